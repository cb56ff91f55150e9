/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A setup: what of a router follows from its configuration, bound to this machine. Interface, rules for
 * packets, virtual addresses, trackers. A reload makes a new one and lets the old one go; claims and
 * wants overlap meanwhile, so that what both have is not touched. Owner: its router. */

#include "common/cleanup.h"
#include "common/conf.h"
#include "vrrpd/announce.h"
#include "vrrpd/conf.h"
#include "vrrpd/extra-garp.h"
#include "vrrpd/firewall.h"
#include "vrrpd/extras.h"
#include "vrrpd/conflict.h"
#include "vrrpd/holding.h"
#include "vrrpd/packet.h"
#include "vrrpd/params.h"
#include "vrrpd/receiver.h"
#include "vrrpd/track.h"
#include "vrrpd/vmac.h"

struct vrrpd;
struct vrrp_router;
struct vrrp_tracker;

/* One virtual address. */
struct vrrp_virtual {
        struct vrrp_link *link; /* wanted */
        struct vrrp_vmac *vmac; /* wanted, what the link is; NULL: it is somebody else's */
        struct vrrp_claim *claim;
        struct vrrp_block *block; /* NULL: it takes the traffic that is sent to it */
        struct vrrp_announcement announcement;
        struct vrrp_conflict conflict; /* the lookout's */
        bool no_track;                 /* its loss is nobody's concern */
};

/* What a tracker looks at: exactly one of the first two. */
struct vrrp_track_source {
        struct vrrp_link *link; /* wanted */
        struct vrrp_tracker *tracker;
        const struct vrrp_vmac *vmac; /* borrowed from the setup, what the link is; else NULL */
};

struct vrrp_setup {
        struct vrrp_link *link;          /* wanted; NULL: none, a unicast router may do without */
        struct vrrp_vmac *vmac;          /* wanted, upon the link; NULL: none */
        struct vrrp_claim *vmac_address; /* its own, there in all states; NULL: none */
        bool lacks_address;              /* an ipvlan needs one and was given none */
        bool xmit_base;                  /* adverts leave by the link all the same */
        struct vrrp_receiver *receiver;  /* borrowed from the port; NULL: the router is shut out */
        struct ip_addr group;            /* joined on the receiver; unset: unicast */
        struct vrrp_packet_rules rules;
        struct vrrp_packet packet; /* what does not change in an advert */
        struct vrrp_packet_peer *peers;
        struct ip_addr *addresses; /* of rules and packet */
        struct vrrp_virtual *virtuals;
        size_t n_virtuals;
        struct vrrp_extras extras;   /* routes and rules */
        struct vrrp_sysctl *promote; /* promote_secondaries */
        struct vrrp_track *tracks;
        struct vrrp_track_source *track_sources; /* as many */
        size_t n_tracks;
        struct vrrp_extra_garp *extra_garp; /* NULL: none */
        struct vrrp_announcement source;    /* where peers send to, when they have to hear of it */
        int error;                          /* -errno: the group could not be joined */
};

/* Make one of @conf, a part of @whole, for @owner. @receiver may be NULL. -ENOMEM is the only error; what is
 * wrong with the machine shows later. */
int vrrp_setup_new(struct vrrpd *v, const struct conf *whole, const struct vrrp_instance_conf *conf,
                struct vrrp_receiver *receiver, struct vrrp_router *owner, struct vrrp_setup **ret);
struct vrrp_setup *vrrp_setup_free(struct vrrp_setup *s);
DEFINE_CLEANUP_FUNC(struct vrrp_setup *, vrrp_setup_free);

/* Do both have the same addresses, wherever in the list? */
bool vrrp_setup_same_addresses(const struct vrrp_setup *a, const struct vrrp_setup *b);

/* Is one of its addresses on @l? */
bool vrrp_setup_has_address_on(const struct vrrp_setup *s, const struct vrrp_link *l);

/* Addresses, routes and rules are wanted; or not, in the reverse order. */
void vrrp_setup_take(struct vrrp_setup *s);
void vrrp_setup_release(struct vrrp_setup *s);

/* What @old still had to announce, @s announces, and at its pace; what it knew of others that claim an address, @s
 * knows. */
void vrrp_setup_inherit(struct vrrp_setup *s, const struct vrrp_setup *old);

/* Let the peers of a unicast router find @source where it is now; nothing for others. */
void vrrp_setup_announce_source(struct vrrp_setup *s, struct vrrp_announcer *a,
                const struct ip_addr *source, unsigned repeat, struct vrrp_router *owner);

/* The interface that adverts leave by now; NULL: whichever the routing table says. */
struct vrrp_link *vrrp_setup_way_out(const struct vrrp_setup *s);

/* What is wrong with the VMACs: enum vrrp_fault bits, and each as a phrase. */
unsigned vrrp_setup_vmac_faults(const struct vrrp_setup *s);
void vrrp_setup_describe_vmacs(const struct vrrp_setup *s,
                void (*phrase)(const char *text, void *userdata), void *userdata);

/* Look at the links and trackers again. */
struct vrrp_track_sum vrrp_setup_track(struct vrrp_setup *s);

/* The configuration's values without the machine. @uptime is the time since boot. Pure. */
void vrrp_setup_params(const struct vrrp_instance_conf *conf, const struct vrrp_conf *globals,
                usec_t uptime, struct vrrp_params *ret);
struct vrrp_address vrrp_setup_address(const struct vrrp_address_conf *conf);
