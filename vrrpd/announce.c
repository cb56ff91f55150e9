/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utlist.h>

#include "common/macro.h"
#include "vrrpd/announce.h"
#include "vrrpd/checksum.h"

#define BATCH 64

/* Between the messages of an announcement that is sent several times, when no spacing is asked for: what a switch
 * that has just lost a port misses the first time it may hear the next. */
#define ROUND (20 * USEC_PER_MSEC)

/* What waits of one family, in the order in which it leaves. */
struct queue {
        usec_t spacing;
        usec_t next_at; /* of @again; with spacing, of the next message of either */
        struct vrrp_announcement *waiting; /* new */
        struct vrrp_announcement *again;   /* have been said, and have more to say */
};

/* Of one interface, or of a group of them. */
struct pace {
        struct queue garp, gna;
};

struct group {
        struct pace pace;
        char **interfaces;
        size_t n_interfaces;
};

/* One interface. */
struct vrrp_lane {
        struct vrrp_announcer *announcer;
        struct vrrp_link *link;
        unsigned users;
        struct pace own;
        struct pace *pace; /* its own, or its group's */
        struct vrrp_lane *prev, *next;
};

struct arp_frame {
        struct ether_header ethernet;
        struct ether_arp arp;
} __attribute__((packed));

struct na_frame {
        struct ether_header ethernet;
        struct ip6_hdr ip;
        struct nd_neighbor_advert na;
        struct nd_opt_hdr option;
        uint8_t hwaddr[ETH_ALEN];
} __attribute__((packed));

struct slot {
        union {
                struct arp_frame arp;
                struct na_frame na;
        } frame;
        struct sockaddr_ll to;
        struct iovec vector;
        void *owner;
};

struct vrrp_announcer {
        int fd;
        sd_event_source *timer;
        struct vrrp_spacing spacing; /* of interfaces without group */
        struct group *groups;
        size_t n_groups;
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

static void groups_free(struct group *groups, size_t n) {
        for (size_t i = 0; i < n; i++) {
                for (size_t k = 0; k < groups[i].n_interfaces; k++)
                        free(groups[i].interfaces[k]);
                free(groups[i].interfaces);
        }
        free(groups);
}

struct vrrp_announcer *vrrp_announcer_free(struct vrrp_announcer *a) {
        if (!a)
                return NULL;
        assert(!a->lanes);
        groups_free(a->groups, a->n_groups);
        sd_event_source_disable_unref(a->timer);
        if (a->fd >= 0)
                (void) close(a->fd);
        free(a);
        return NULL;
}

static struct pace pace_of(const struct vrrp_spacing *spacing) {
        return (struct pace){ .garp.spacing = spacing->garp, .gna.spacing = spacing->gna };
}

static int group_copy(const struct vrrp_spacing_group *from, struct group *to) {
        *to = (struct group){ .pace = pace_of(&from->spacing) };
        to->interfaces = calloc(from->n_interfaces + 1, sizeof(*to->interfaces));
        if (!to->interfaces)
                return -ENOMEM;
        for (size_t i = 0; i < from->n_interfaces; i++) {
                to->interfaces[i] = strdup(from->interfaces[i]);
                if (!to->interfaces[i])
                        return -ENOMEM;
                to->n_interfaces++;
        }
        return 0;
}

static struct group *groups_copy(const struct vrrp_spacing_group *from, size_t n) {
        struct group *groups = calloc(n + 1, sizeof(*groups));

        for (size_t i = 0; groups && i < n; i++)
                if (group_copy(&from[i], &groups[i]) < 0) {
                        groups_free(groups, i + 1);
                        return NULL;
                }
        return groups;
}

static struct pace *find_pace(struct vrrp_lane *l) {
        struct vrrp_announcer *a = l->announcer;

        for (size_t i = 0; i < a->n_groups; i++)
                for (size_t k = 0; k < a->groups[i].n_interfaces; k++)
                        if (streq(a->groups[i].interfaces[k], l->link->name))
                                return &a->groups[i].pace;
        return &l->own;
}

static struct queue *queue_of(const struct vrrp_announcement *n) {
        struct pace *p = n->lane->pace;

        return n->addr.family == AF_INET6 ? &p->gna : &p->garp;
}

static void take_waiting(struct pace *p, struct vrrp_announcement **all) {
        DL_CONCAT(*all, p->garp.waiting);
        DL_CONCAT(*all, p->garp.again);
        DL_CONCAT(*all, p->gna.waiting);
        DL_CONCAT(*all, p->gna.again);
        p->garp.waiting = p->garp.again = p->gna.waiting = p->gna.again = NULL;
}

int vrrp_announcer_set_spacing(struct vrrp_announcer *a, const struct vrrp_spacing *spacing,
                const struct vrrp_spacing_group *groups, size_t n_groups) {
        struct group *new_ = groups_copy(groups, n_groups);
        struct vrrp_announcement *all = NULL, *n, *next;
        struct vrrp_lane *l;

        if (!new_)
                return -ENOMEM;
        for (size_t i = 0; i < a->n_groups; i++)
                take_waiting(&a->groups[i].pace, &all);
        DL_FOREACH (a->lanes, l)
                take_waiting(&l->own, &all);
        groups_free(a->groups, a->n_groups);
        a->groups = new_;
        a->n_groups = n_groups;
        a->spacing = *spacing;
        DL_FOREACH (a->lanes, l) {
                l->own = pace_of(spacing);
                l->pace = find_pace(l);
        }
        DL_FOREACH_SAFE (all, n, next) {
                DL_DELETE(all, n);
                n->said = false;
                DL_APPEND(queue_of(n)->waiting, n);
        }
        return 0;
}

static struct vrrp_lane *lane_get(struct vrrp_announcer *a, struct vrrp_link *link) {
        struct vrrp_lane *l;

        DL_FOREACH (a->lanes, l)
                if (l->link == link)
                        return l;

        l = malloc(sizeof(*l));
        if (!l)
                return NULL;
        *l = (struct vrrp_lane){ .announcer = a, .link = link, .own = pace_of(&a->spacing) };
        l->pace = find_pace(l);
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
                DL_APPEND(queue_of(n)->waiting, n);
        }
        n->left = MAX(n->left, repeat);
}

static void unqueue(struct vrrp_announcement *n) {
        if (n->said)
                DL_DELETE(queue_of(n)->again, n);
        else
                DL_DELETE(queue_of(n)->waiting, n);
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

static const uint8_t all_stations[ETH_ALEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
static const uint8_t all_nodes_mac[ETH_ALEN] = { 0x33, 0x33, 0, 0, 0, 1 };
static const struct in6_addr all_nodes = { .s6_addr = { 0xff, 0x02, [15] = 1 } };

static void put_ethernet(struct ether_header *e, const struct vrrp_link *link, const uint8_t *to,
                uint16_t protocol) {
        memcpy(e->ether_dhost, to, ETH_ALEN);
        memcpy(e->ether_shost, link->hwaddr, ETH_ALEN);
        e->ether_type = htons(protocol);
}

static void put_arp(struct arp_frame *f, const struct vrrp_link *link, const struct in_addr *addr) {
        *f = (struct arp_frame) {
                .arp.ea_hdr = {
                        .ar_hrd = htons(ARPHRD_ETHER),
                        .ar_pro = htons(ETH_P_IP),
                        .ar_hln = ETH_ALEN,
                        .ar_pln = sizeof(*addr),
                        .ar_op = htons(ARPOP_REQUEST),
                },
        };
        put_ethernet(&f->ethernet, link, all_stations, ETH_P_ARP);
        memcpy(f->arp.arp_sha, link->hwaddr, ETH_ALEN);
        memcpy(f->arp.arp_spa, addr, sizeof(*addr));
        memcpy(f->arp.arp_tpa, addr, sizeof(*addr));
}

/* Of the ICMPv6 message behind the header, with the pseudo-header of RFC 8200 §8.1. */
static uint16_t na_checksum(const struct na_frame *f) {
        size_t n = sizeof(*f) - offsetof(struct na_frame, na);
        uint32_t sum = IPPROTO_ICMPV6 + (uint32_t) n;

        sum = checksum_add(sum, &f->ip.ip6_src, sizeof(f->ip.ip6_src));
        sum = checksum_add(sum, &f->ip.ip6_dst, sizeof(f->ip.ip6_dst));
        return checksum_fold(checksum_add(sum, &f->na, n));
}

static void put_na(struct na_frame *f, const struct vrrp_link *link, const struct in6_addr *addr) {
        *f = (struct na_frame) {
                .ip = {
                        .ip6_flow = htonl(UINT32_C(6) << 28),
                        .ip6_plen = htons(sizeof(*f) - offsetof(struct na_frame, na)),
                        .ip6_nxt = IPPROTO_ICMPV6,
                        .ip6_hlim = 255,
                        .ip6_src = *addr,
                        .ip6_dst = all_nodes,
                },
                .na.nd_na_target = *addr,
                .option = { .nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1 },
        };
        f->na.nd_na_type = ND_NEIGHBOR_ADVERT;
        f->na.nd_na_flags_reserved = ND_NA_FLAG_ROUTER | ND_NA_FLAG_OVERRIDE;
        put_ethernet(&f->ethernet, link, all_nodes_mac, ETH_P_IPV6);
        memcpy(f->hwaddr, link->hwaddr, ETH_ALEN);
        f->na.nd_na_cksum = htons(na_checksum(f));
}

/* Returns the size of the frame. */
static size_t put_frame(struct slot *s, const struct vrrp_announcement *n) {
        const struct vrrp_link *link = n->lane->link;

        if (n->addr.family == AF_INET6) {
                put_na(&s->frame.na, link, &n->addr.in6);
                return sizeof(s->frame.na);
        }
        put_arp(&s->frame.arp, link, &n->addr.in);
        return sizeof(s->frame.arp);
}

static void put(struct vrrp_announcer *a, const struct vrrp_announcement *n) {
        struct slot *s;
        size_t size;

        if (a->n == BATCH)
                send_batch(a);
        s = &a->slots[a->n];
        size = put_frame(s, n);
        s->owner = n->owner;
        s->to = (struct sockaddr_ll){
                .sll_family = AF_PACKET,
                .sll_protocol = s->frame.arp.ethernet.ether_type,
                .sll_ifindex = n->lane->link->ifindex,
                .sll_halen = ETH_ALEN,
        };
        memcpy(s->to.sll_addr, s->frame.arp.ethernet.ether_dhost, ETH_ALEN);
        s->vector = (struct iovec){ .iov_base = &s->frame, .iov_len = size };
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
static void step(struct queue *q, struct vrrp_announcement *n) {
        if (speaks_arp(n->lane->link))
                put(n->lane->announcer, n);
        unqueue(n);
        if (--n->left == 0)
                return;
        n->said = true;
        DL_APPEND(q->again, n);
}

static usec_t flush_spaced(struct queue *q, usec_t now) {
        struct vrrp_announcement *n = q->waiting ?: q->again;

        if (n && q->next_at <= now) {
                step(q, n);
                q->next_at = usec_add(now, q->spacing);
        }
        return q->waiting || q->again ? q->next_at : USEC_INFINITY;
}

/* What is new at once, and what is said again all together: a thousand addresses that are announced together are
 * all heard once before any is heard twice, on whatever interface, and what else falls due comes in between. */
static usec_t flush_rounds(struct queue *q, usec_t now) {
        struct vrrp_announcement *last = q->again && q->next_at <= now ? q->again->prev : NULL;
        bool new_round = last || !q->again;

        while (q->waiting)
                step(q, q->waiting);
        for (struct vrrp_announcement *n = NULL; n != last;) {
                n = q->again;
                step(q, n);
        }
        if (new_round)
                q->next_at = usec_add(now, ROUND);
        return q->again ? q->next_at : USEC_INFINITY;
}

/* Returns when the queue wants to be looked at again. */
static usec_t flush_queue(struct queue *q, usec_t now) {
        return q->spacing == 0 ? flush_rounds(q, now) : flush_spaced(q, now);
}

static usec_t flush_pace(struct pace *p, usec_t now) {
        usec_t garp = flush_queue(&p->garp, now), gna = flush_queue(&p->gna, now);

        return MIN(garp, gna);
}

void vrrp_announcer_flush(struct vrrp_announcer *a, usec_t now) {
        usec_t next = USEC_INFINITY, wanted;
        struct vrrp_lane *l;

        DL_FOREACH (a->lanes, l) {
                wanted = flush_pace(&l->own, now);
                next = MIN(next, wanted);
        }
        for (size_t i = 0; i < a->n_groups; i++) {
                wanted = flush_pace(&a->groups[i].pace, now);
                next = MIN(next, wanted);
        }
        send_batch(a);

        (void) sd_event_source_set_time(a->timer, next);
        (void) sd_event_source_set_enabled(
                        a->timer, next == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}
