/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Links: the interfaces that the configuration names, and their addresses, as the kernel has them now.
 *
 * A link exists for as long as somebody wants it (vrrp_links_want), whether or not there is such an
 * interface; it is found by name, so that an interface that comes late, goes, returns with another
 * index or is renamed is the same link. What changes is told when the kernel says so (rtnetlink(7)
 * notifications). When the kernel had to drop some of them (ENOBUFS), every link is read again and
 * the differences are told.
 *
 * Nothing here waits: questions to the kernel are answered before the call returns. Owner of the
 * table: struct vrrpd; links belong to the table. */

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <systemd/sd-event.h>
#include <uthash.h>

#include "common/cleanup.h"
#include "common/debounce.h"
#include "common/ip-addr.h"

struct vrrp_links;

#define VRRP_LINK_HWADDR_MAX 32

struct vrrp_link {
        char name[IF_NAMESIZE];
        int ifindex;    /* 0: there is no such interface */
        unsigned flags; /* IFF_* */
        uint16_t type;  /* ARPHRD_* */
        uint32_t mtu;
        uint32_t carrier_changes; /* since the interface was made */
        uint8_t hwaddr[VRRP_LINK_HWADDR_MAX];
        uint8_t hwaddr_size;
        struct vrrp_link_address *addresses; /* uthash, in the kernel's order */

        struct debounce debounce; /* whether it is up, as users are to see it */
        usec_t down_delay;        /* as configured */
        bool beat_down;           /* its driver was asked and says so */
        bool beat_complained;     /* the asker's: it could not be asked, and that was said */

        const char *told; /* the table's user's: what it has said of the link, last */

        /* The table's own. */
        struct vrrp_links *links;
        unsigned users;
        bool unsure; /* it could not be read, or not as it was at one time */
        UT_hash_handle hh;
        UT_hash_handle hh_ifindex;
};

/* Compared byte by byte, so it has no padding, and what of the union is not address is zero. */
struct vrrp_link_address_key {
        struct ip_addr addr;
        uint32_t prefix;
};
_Static_assert(sizeof(struct vrrp_link_address_key) == sizeof(struct ip_addr) + sizeof(uint32_t),
                "no padding");

static inline struct vrrp_link_address_key vrrp_link_address_key(
                const struct ip_addr *addr, unsigned prefix) {
        struct vrrp_link_address_key k = { .prefix = prefix };

        memset(&k.addr, 0, sizeof(k.addr));
        k.addr.family = addr->family;
        memcpy(&k.addr.in6, &addr->in6, ip_addr_bits(addr->family) / 8);
        return k;
}

struct vrrp_link_address {
        struct vrrp_link_address_key key;
        uint8_t scope;           /* RT_SCOPE_* */
        uint8_t protocol;        /* IFA_PROTO; 0: none, or a kernel before 5.18 */
        uint32_t flags;          /* IFA_F_* */
        char label[IF_NAMESIZE]; /* IPv4; the interface's name unless said otherwise */
        bool seen;               /* while the table is being read anew */
        UT_hash_handle hh;
};

/* Who caused a change: the port id and sequence number of the request, of whatever process. */
struct vrrp_link_origin {
        uint32_t portid; /* 0: the kernel, or not known */
        uint32_t seq;
};

struct vrrp_links_ops {
        /* Existence, index, flags, MTU or hardware address are others now. When an interface goes, its
         * addresses go with it (unless it was renamed) and are not told one by one. */
        void (*changed)(struct vrrp_link *l, void *userdata);
        /* The same interface has another hardware address, and the neighbours do not know. May be NULL. */
        void (*rehoused)(struct vrrp_link *l, void *userdata);
        /* The link is new, and nothing has been told of it. May be NULL. */
        void (*wanted)(struct vrrp_link *l, void *userdata);
        /* The longest that it may be thought up when it is down. May be NULL: no limit. */
        usec_t (*down_limit)(const struct vrrp_link *l, void *userdata);
        /* Whether it is up as users see it, or when that will be otherwise, or whether it has delays, has changed. May
         * be NULL. */
        void (*judged)(const struct vrrp_link *l, void *userdata);
        /* An address was added, or removed (and is then no longer in the table). May be NULL. */
        void (*address_added)(struct vrrp_link *l, const struct vrrp_link_address *a,
                        const struct vrrp_link_origin *origin, void *userdata);
        void (*address_removed)(struct vrrp_link *l, const struct vrrp_link_address *a,
                        const struct vrrp_link_origin *origin, void *userdata);
};

/* An empty table that listens to the kernel at @priority of @event. */
int vrrp_links_new(sd_event *event, int64_t priority, const struct vrrp_links_ops *ops,
                void *userdata, struct vrrp_links **ret);
struct vrrp_links *vrrp_links_free(struct vrrp_links *ls);
DEFINE_CLEANUP_FUNC(struct vrrp_links *, vrrp_links_free);

/* The link called @name, with what the kernel knows of it; nothing is told of that. Each call needs a
 * vrrp_link_unwant(). -ENAMETOOLONG, -ENOMEM; no such interface is no error. */
int vrrp_links_want(struct vrrp_links *ls, const char *name, struct vrrp_link **ret);
void vrrp_link_unwant(struct vrrp_link *l);

/* The wanted link that has @ifindex now, or NULL. */
struct vrrp_link *vrrp_links_find(struct vrrp_links *ls, int ifindex);

/* The wanted link called @name, or NULL. */
struct vrrp_link *vrrp_links_find_name(struct vrrp_links *ls, const char *name);

/* Take in now what waits on the socket, instead of at the next turn of the loop. */
void vrrp_links_process(struct vrrp_links *ls);

/* UP and RUNNING, which is how keepalived judges, after its delays; one that is missing is down at once. */
static inline bool vrrp_link_is_up(const struct vrrp_link *l) {
        return l->ifindex > 0 && l->debounce.up;
}

/* How long a change must last before it counts. What waits already goes on. */
void vrrp_link_set_delays(struct vrrp_link *l, usec_t down, usec_t up);

/* Is it one that is there and has delays, which have begun to count? Until it was up once it is believed at once. */
static inline bool vrrp_link_waits(const struct vrrp_link *l) {
        return l->ifindex > 0 && l->debounce.active &&
                        (l->down_delay > 0 || l->debounce.up_delay > 0);
}

/* Another process saw it as @up, and waited until @due (CLOCK_MONOTONIC; USEC_INFINITY: for nothing) to see it
 * otherwise: go on there. Nothing is told of that but that it was judged. */
void vrrp_link_restore(struct vrrp_link *l, bool up, usec_t due);

/* Its driver says so. Told as a change, if it is one. */
void vrrp_link_set_beat(struct vrrp_link *l, bool beats);

void vrrp_links_each(struct vrrp_links *ls, void (*each)(struct vrrp_link *l, void *userdata),
                void *userdata);

static inline bool vrrp_link_exists(const struct vrrp_link *l) {
        return l->ifindex > 0;
}

const struct vrrp_link_address *vrrp_link_find_address(
                const struct vrrp_link *l, const struct ip_addr *addr, unsigned prefix);

/* Is @addr on the link, with whatever prefix? */
bool vrrp_link_has(const struct vrrp_link *l, const struct ip_addr *addr);

/* The address to speak from: the first of @family that can be used and that @skip (may be NULL) does
 * not take out (the virtual ones). For IPv6 only link-local ones can (RFC 9568 §5.1.2.1). False:
 * there is none. */
bool vrrp_link_source(const struct vrrp_link *l, int family,
                bool (*skip)(const struct vrrp_link_address *a, void *userdata), void *userdata,
                struct ip_addr *ret);
