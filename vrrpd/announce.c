/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "common/macro.h"
#include "vrrpd/announce.h"

#define BATCH 64

/* Between the messages of an announcement that is sent several times, when no spacing is asked for: what a switch
 * that has just lost a port misses the first time it may hear the next. */
#define ROUND (20 * USEC_PER_MSEC)

/* One interface's queue. */
struct vrrp_lane {
        struct vrrp_announcer *announcer;
        struct vrrp_link *link;
        unsigned users;
        struct vrrp_announcement *waiting; /* new */
        struct vrrp_announcement *again;   /* have been said, and have more to say */
        usec_t next_at; /* of @again; with spacing, of the next message of either */
        struct vrrp_lane *prev, *next;
};

struct frame {
        struct ether_header ethernet;
        struct ether_arp arp;
} __attribute__((packed));

struct slot {
        struct frame frame;
        struct sockaddr_ll to;
        struct iovec vector;
        void *owner;
};

struct vrrp_announcer {
        int fd;
        sd_event_source *timer;
        usec_t spacing;
        struct vrrp_lane *lanes;
        vrrp_announce_failed_t failed;
        void *userdata;
        unsigned n;
        struct mmsghdr messages[BATCH];
        struct slot slots[BATCH];
};

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_announcer *a = userdata;
        usec_t now;

        (void) sd_event_now(sd_event_source_get_event(s), CLOCK_MONOTONIC, &now);
        vrrp_announcer_flush(a, now);
        return 0;
}

int vrrp_announcer_new(sd_event *event, int64_t priority, vrrp_announce_failed_t failed,
                void *userdata, struct vrrp_announcer **ret) {
        _cleanup_(vrrp_announcer_freep) struct vrrp_announcer *a = calloc(1, sizeof(*a));
        int r;

        if (!a)
                return -ENOMEM;
        a->failed = failed;
        a->userdata = userdata;
        /* Protocol 0: it sends only. */
        a->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (a->fd < 0)
                return -errno;
        r = sd_event_add_time(event, &a->timer, CLOCK_MONOTONIC, USEC_INFINITY, 1, on_timer, a);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(a->timer, priority);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

struct vrrp_announcer *vrrp_announcer_free(struct vrrp_announcer *a) {
        if (!a)
                return NULL;
        assert(!a->lanes);
        sd_event_source_disable_unref(a->timer);
        if (a->fd >= 0)
                (void) close(a->fd);
        free(a);
        return NULL;
}

void vrrp_announcer_set_spacing(struct vrrp_announcer *a, usec_t spacing) {
        a->spacing = spacing;
}

static struct vrrp_lane *lane_get(struct vrrp_announcer *a, struct vrrp_link *link) {
        struct vrrp_lane *l;

        DL_FOREACH (a->lanes, l)
                if (l->link == link)
                        return l;

        l = malloc(sizeof(*l));
        if (!l)
                return NULL;
        *l = (struct vrrp_lane){ .announcer = a, .link = link };
        DL_APPEND(a->lanes, l);
        return l;
}

static void lane_unuse(struct vrrp_lane *l) {
        if (--l->users > 0)
                return;
        DL_DELETE(l->announcer->lanes, l);
        free(l);
}

int vrrp_announcement_init(struct vrrp_announcement *n, struct vrrp_announcer *a,
                struct vrrp_link *link, const struct ip_addr *addr, void *owner) {
        struct vrrp_lane *l;

        if (addr->family != AF_INET)
                return -EAFNOSUPPORT;
        l = lane_get(a, link);
        if (!l)
                return -ENOMEM;
        l->users++;
        *n = (struct vrrp_announcement){ .addr = *addr, .owner = owner, .lane = l };
        return 0;
}

void vrrp_announcement_done(struct vrrp_announcement *n) {
        if (!n->lane)
                return;
        vrrp_announcement_cancel(n);
        lane_unuse(n->lane);
        n->lane = NULL;
}

void vrrp_announcement_send(struct vrrp_announcement *n, unsigned repeat) {
        if (repeat == 0 || !n->lane)
                return;
        if (n->left == 0) {
                n->said = false;
                DL_APPEND(n->lane->waiting, n);
        }
        n->left = MAX(n->left, repeat);
}

static void unqueue(struct vrrp_announcement *n) {
        if (n->said)
                DL_DELETE(n->lane->again, n);
        else
                DL_DELETE(n->lane->waiting, n);
}

void vrrp_announcement_cancel(struct vrrp_announcement *n) {
        if (n->left == 0)
                return;
        unqueue(n);
        n->left = 0;
}

struct failure {
        void *owner;
        int error;
};

/* Send the batch; what fails is told and left out. */
static void send_batch(struct vrrp_announcer *a) {
        struct failure failures[BATCH];
        unsigned done = 0, n_failures = 0;

        while (done < a->n) {
                int n = sendmmsg(a->fd, a->messages + done, a->n - done, MSG_DONTWAIT);

                if (n > 0) {
                        done += (unsigned) n;
                        continue;
                }
                if (n < 0 && errno == EINTR)
                        continue;
                failures[n_failures++] = (struct failure){
                        .owner = a->slots[done].owner,
                        .error = -errno,
                };
                done++;
        }
        a->n = 0;
        for (unsigned i = 0; i < n_failures; i++)
                a->failed(failures[i].owner, failures[i].error, a->userdata);
}

static void put_arp(struct frame *f, const struct vrrp_link *link, const struct in_addr *addr) {
        *f = (struct frame) {
                .ethernet.ether_type = htons(ETH_P_ARP),
                .arp.ea_hdr = {
                        .ar_hrd = htons(ARPHRD_ETHER),
                        .ar_pro = htons(ETH_P_IP),
                        .ar_hln = ETH_ALEN,
                        .ar_pln = sizeof(*addr),
                        .ar_op = htons(ARPOP_REQUEST),
                },
        };
        memset(f->ethernet.ether_dhost, 0xff, ETH_ALEN);
        memcpy(f->ethernet.ether_shost, link->hwaddr, ETH_ALEN);
        memcpy(f->arp.arp_sha, link->hwaddr, ETH_ALEN);
        memcpy(f->arp.arp_spa, addr, sizeof(*addr));
        memcpy(f->arp.arp_tpa, addr, sizeof(*addr));
}

static void put(struct vrrp_announcer *a, const struct vrrp_announcement *n) {
        const struct vrrp_link *link = n->lane->link;
        struct slot *s;

        if (a->n == BATCH)
                send_batch(a);
        s = &a->slots[a->n];
        put_arp(&s->frame, link, &n->addr.in);
        s->owner = n->owner;
        s->to = (struct sockaddr_ll){
                .sll_family = AF_PACKET,
                .sll_protocol = htons(ETH_P_ARP),
                .sll_ifindex = link->ifindex,
                .sll_halen = ETH_ALEN,
        };
        memset(s->to.sll_addr, 0xff, ETH_ALEN);
        s->vector = (struct iovec){ .iov_base = &s->frame, .iov_len = sizeof(s->frame) };
        a->messages[a->n] = (struct mmsghdr) {
                .msg_hdr = {
                        .msg_name = &s->to,
                        .msg_namelen = sizeof(s->to),
                        .msg_iov = &s->vector,
                        .msg_iovlen = 1,
                },
        };
        a->n++;
}

static bool speaks_arp(const struct vrrp_link *l) {
        return vrrp_link_exists(l) && l->type == ARPHRD_ETHER && l->hwaddr_size == ETH_ALEN &&
                        !(l->flags & IFF_NOARP);
}

/* One message of @n, which then waits to say it again if it has more. */
static void step(struct vrrp_lane *l, struct vrrp_announcement *n) {
        if (speaks_arp(l->link))
                put(l->announcer, n);
        unqueue(n);
        if (--n->left == 0)
                return;
        n->said = true;
        DL_APPEND(l->again, n);
}

static usec_t flush_spaced(struct vrrp_lane *l, usec_t now) {
        struct vrrp_announcement *n = l->waiting ?: l->again;

        if (n && l->next_at <= now) {
                step(l, n);
                l->next_at = usec_add(now, l->announcer->spacing);
        }
        return l->waiting || l->again ? l->next_at : USEC_INFINITY;
}

/* What is new at once, and what is said again all together: a thousand addresses that are announced together are
 * all heard once before any is heard twice, on whatever interface, and what else falls due comes in between. */
static usec_t flush_rounds(struct vrrp_lane *l, usec_t now) {
        struct vrrp_announcement *last = l->again && l->next_at <= now ? l->again->prev : NULL;
        bool new_round = last || !l->again;

        while (l->waiting)
                step(l, l->waiting);
        for (struct vrrp_announcement *n = NULL; n != last;) {
                n = l->again;
                step(l, n);
        }
        if (new_round)
                l->next_at = usec_add(now, ROUND);
        return l->again ? l->next_at : USEC_INFINITY;
}

/* Returns when the lane wants to be looked at again. */
static usec_t flush_lane(struct vrrp_lane *l, usec_t now) {
        return l->announcer->spacing == 0 ? flush_rounds(l, now) : flush_spaced(l, now);
}

void vrrp_announcer_flush(struct vrrp_announcer *a, usec_t now) {
        usec_t next = USEC_INFINITY;
        struct vrrp_lane *l;

        DL_FOREACH (a->lanes, l)
                next = MIN(next, flush_lane(l, now));
        send_batch(a);

        (void) sd_event_source_set_time(a->timer, next);
        (void) sd_event_source_set_enabled(
                        a->timer, next == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}
