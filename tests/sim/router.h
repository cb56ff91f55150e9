/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One machine with a vrrpd, as the core's shell is on a real one: it feeds inputs, carries
 * effects out, keeps sockets and saved state across processes. What belongs to the machine
 * outlives the process, what belongs to the kernel dies with the power. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/macro.h"
#include "event-queue.h"
#include "team.h"
#include "vrrpd/instance.h"
#include "vrrpd/packet.h"
#include "vrrpd/track.h"

struct world;

#define SOCKET_PACKETS_MAX 512

enum process {
        PROCESS_DEAD,
        PROCESS_RUNNING,
        PROCESS_PAUSED, /* packets wait in the socket */
        PROCESS_FROZEN, /* the whole machine is, packets are lost */
};

/* What the invariants remember of one router, on its own clock. */
struct oracle {
        usec_t base;        /* when the down timer was last set, by the rules */
        const char *rule;   /* the invariant that says so */
        usec_t start_until; /* end of the start delay of the process that started cold */
        usec_t deaf_until;  /* the same, for one that has become BACKUP */
        bool skew_only;     /* to the skew, by a priority 0 */
        bool hastened;      /* to one interval and the skew: a starting owner */
        usec_t interval;    /* of the master then; 0: our own */
        usec_t first_lower; /* the first advert that started a preempt_delay; USEC_INFINITY: none */
        bool resigned;
        bool timer_unknown;   /* what was fed is none of what the oracle works the timer out from */
        bool was_lied_to;     /* about timers, too, which the oracle does not follow from then on */
        enum vrrp_state told; /* the last state that people were told of */
        bool parted;          /* has sent priority 0 since it was last master */
        bool odd;             /* what it is fed now comes from nobody */
        bool behind;          /* its group cannot be master with it; else it may be a newcomer */
};

struct router {
        struct world *world;
        unsigned id;
        char name[8];
        struct team *team; /* the routers of its machine; NULL: it is the only one */
        enum place place;
        bool comes;   /* to it, by the last reload; at a start all do but earlier masters */
        unsigned lan; /* members of a team are on different ones */

        /* The machine. */
        int32_t clock_ppm; /* its clock runs faster by so much */
        usec_t clock_offset;
        bool link_up;
        bool powered;
        struct vrrp_params params;
        uint8_t priority;       /* what the trackers make of it */
        unsigned int faults;    /* what they and the interface say */
        bool keeps_sockets;     /* there is a descriptor store */
        struct ip_addr address; /* the virtual one */

        /* The kernel. */
        bool addresses;
        bool addresses_due; /* somebody removed them, they will be put back in time */
        bool socket_open;
        bool socket_gaps; /* packets were dropped from it */
        struct packet socket[SOCKET_PACKETS_MAX];
        size_t n_socket;

        /* The runtime directory. */
        bool has_saved;
        struct vrrp_saved saved;
        usec_t last_sent; /* recorded with each advert; USEC_INFINITY: never */

        /* The process. */
        enum process process;
        unsigned generation; /* of timers and processes: outdated events are ignored */
        struct vrrp_instance instance;
        unsigned int saved_revision;
        bool cold; /* began without anything of an earlier one */
        bool kept; /* found its socket */
        bool superseded; /* another one has become master while it could not know, by what it can know now */
        bool adopting;     /* is being told what the machine knows, before it has a role */
        int crash_after;   /* it dies when so many more effects are carried out; -1: it does not */
        usec_t crash_away; /* and is back so much later */

        struct oracle oracle;
};

void router_init(struct router *r, struct world *w, unsigned id, const struct vrrp_params *params);

/* Its clock now, and the world's time at which its clock shows @local. */
usec_t router_clock(const struct router *r);
usec_t router_when(const struct router *r, usec_t local);

/* Those that share a machine with @r, itself among them: router_peer(r, 0), ... until NULL. What
 * happens to a process or a machine happens to all of them. */
struct router *router_peer(struct router *r, unsigned k);

/* A process starts: cold, or going on from what is left. */
void router_start(struct router *r);

/* The process ends without a word. What it held stays in the kernel and the runtime directory. */
void router_kill(struct router *r);

/* A new one starts so much later, if nothing else happens before. */
void router_start_later(struct router *r, usec_t away);

/* The power fails: all is gone but the configuration. */
void router_power_off(struct router *r);

/* The process, or the whole machine, stands still until router_go_on(). */
void router_pause(struct router *r, enum process how);
void router_go_on(struct router *r);

/* The guard of a dead process lets go what it held. */
void router_release(struct router *r);

void router_feed(struct router *r, const struct vrrp_input *in);
void router_feed_type(struct router *r, enum vrrp_input_type type);
void router_feed_machine(struct router *r, enum vrrp_input_type type); /* all of its routers */
void router_arm(struct router *r); /* its timer, for itself and its team */

/* Known to the machine; told to the process when there is one. */
void router_set_faults(struct router *r, unsigned int faults);
void router_set_priority(struct router *r, uint8_t priority);
void router_set_maintenance(struct router *r, bool on);
void router_set_link(struct router *r, bool up);
void router_reconfigure(struct router *r, const struct vrrp_params *params);
void router_tell_params(struct router *r); /* the ones it has, again */

/* The process, which goes on, has this one more, or less. */
void router_add(struct router *r);
void router_remove(struct router *r);

/* Events. */
void router_receive(struct router *r, const struct packet *packet);
void router_wake(struct router *r);

static inline bool router_runs(const struct router *r) {
        return r->powered && r->process == PROCESS_RUNNING;
}

static inline bool router_is_master(const struct router *r) {
        return router_runs(r) && r->instance.state == VRRP_STATE_MASTER;
}

/* Owns the addresses, and is to be master at once. */
static inline bool router_is_ruling_owner(const struct router *r) {
        return r->params.start_master && r->params.priority == VRRP_PRIORITY_OWNER;
}

/* Fit to be master, now; with its whole group. */
bool router_is_healthy(const struct router *r);
