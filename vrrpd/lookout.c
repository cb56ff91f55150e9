/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/lookout.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/assertion-socket.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/news.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

/* Claims read in one go, and how long it is until the next. */
#define READ_MAX 128
#define READ_INTERVAL (50 * USEC_PER_MSEC)

/* So many claims are judged in one go, which may have to be told, and so many others asked about; the rest comes
 * STEP_MIN later. A router that hangs with a thousand addresses makes a thousand conflicts. Judgements come once
 * in each; questions come again, and there is room for those about five thousand. */
#define JUDGEMENTS_MAX 32
#define QUESTIONS_MAX 256

/* Changes of roles come in hundreds: what follows from them is done once for all. */
#define GATHER (250 * USEC_PER_MSEC)
#define STEP_MIN (50 * USEC_PER_MSEC)

/* Where it listens. */
struct post {
        struct vrrp_lookout *lookout;
        struct vrrp_link *link; /* wanted */
        int family;
        int fd; /* -1: closed */
        int ifindex;
        bool complained; /* that it cannot be opened */
        bool needed;
        sd_event_source *source;
        struct post *prev, *next;
};

struct vrrp_lookout {
        struct vrrpd *vrrpd;
        sd_event_source *timer;
        struct post *posts;
        bool stale;          /* the posts are not what is needed */
        unsigned judgements; /* in this go */
        unsigned questions;
        struct ifaddrs *locals; /* this machine's interfaces, while conflicts are judged */
};

typedef void (*visit_t)(struct vrrp_router *r, struct vrrp_virtual *v, void *userdata);

/* All addresses that are looked after. */
static void each_watched(struct vrrpd *v, visit_t visit, void *userdata) {
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                for (size_t i = 0; i < r->setup->n_virtuals; i++)
                        if (r->setup->virtuals[i].conflict.watching)
                                visit(r, &r->setup->virtuals[i], userdata);
}

static const struct ip_addr *address_of(const struct vrrp_virtual *v) {
        return &vrrp_claim_address(v->claim)->addr;
}

/* Posts */

static void post_close(struct post *p) {
        p->source = sd_event_source_disable_unref(p->source);
        if (p->fd >= 0)
                (void) close(TAKE_FD(p->fd));
        p->ifindex = 0;
}

static void post_free(struct post *p) {
        post_close(p);
        DL_DELETE(p->lookout->posts, p);
        vrrp_link_unwant(p->link);
        free(p);
}

static bool is_at(const struct post *p, const struct vrrp_virtual *v) {
        return p->link == v->link && p->family == address_of(v)->family;
}

static struct post *find_post(struct vrrp_lookout *l, const struct vrrp_virtual *v) {
        struct post *p;

        DL_FOREACH (l->posts, p)
                if (is_at(p, v))
                        return p;
        return NULL;
}

static struct post *post_new(struct vrrp_lookout *l, const struct vrrp_virtual *v) {
        struct post *p = malloc(sizeof(*p));

        if (!p)
                return NULL;
        *p = (struct post){ .lookout = l, .family = address_of(v)->family, .fd = -1 };
        if (vrrp_links_want(l->vrrpd->links, v->link->name, &p->link) < 0) {
                free(p);
                return NULL;
        }
        DL_APPEND(l->posts, p);
        return p;
}

/* Without memory one does without it, until the next change. */
static void need_post(struct vrrp_router *r, struct vrrp_virtual *v, void *userdata) {
        struct vrrp_lookout *l = userdata;
        struct post *p = find_post(l, v) ?: post_new(l, v);

        if (p)
                p->needed = true;
}

static bool can_listen(const struct vrrp_link *l) {
        return vrrp_link_exists(l) && l->type == ARPHRD_ETHER && l->hwaddr_size == VRRP_MAC_SIZE &&
                        !(l->flags & IFF_NOARP);
}

struct claimed {
        const struct post *post;
        const struct vrrp_assertion *assertion;
};

static void hear(struct vrrp_router *r, struct vrrp_virtual *v, void *userdata) {
        const struct claimed *c = userdata;

        if (is_at(c->post, v) && ip_addr_equal(address_of(v), &c->assertion->addr))
                vrrp_conflict_hear(&v->conflict, c->assertion->mac, r->vrrpd->clock.now);
}

static void arm(struct vrrp_lookout *l);

static int on_claim(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct post *p = userdata;
        struct vrrpd *v = p->lookout->vrrpd;

        vrrpd_wake(v);
        for (int i = 0; i < READ_MAX; i++) {
                struct vrrp_assertion a;
                struct claimed c = { .post = p, .assertion = &a };
                int r = assertion_socket_read(fd, p->family, &a);

                /* An error (the interface is down) has been taken off the socket by this. */
                if (r < 0)
                        break;
                if (r > 0 && memcmp(a.mac, p->link->hwaddr, sizeof(a.mac)) != 0)
                        each_watched(v, hear, &c);
        }
        arm(p->lookout);
        return 0;
}

static int post_watch(struct post *p) {
        struct vrrpd *v = p->lookout->vrrpd;
        int r;

        r = sd_event_add_io(v->event, &p->source, p->fd, EPOLLIN, on_claim, p);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(p->source, SD_EVENT_PRIORITY_IDLE);
        if (r < 0)
                return r;
        return sd_event_source_set_ratelimit(p->source, READ_INTERVAL, 1);
}

static int post_open(struct post *p) {
        int r;

        if (p->fd >= 0 && p->ifindex == p->link->ifindex)
                return 0;
        post_close(p);
        r = assertion_socket_open(p->family, p->link->ifindex);
        if (r < 0)
                return r;
        p->fd = r;
        p->ifindex = p->link->ifindex;
        return post_watch(p);
}

struct addresses {
        const struct post *post;
        struct ip_addr *items;
        size_t n;
};

static void count_address(struct vrrp_router *r, struct vrrp_virtual *v, void *userdata) {
        struct addresses *a = userdata;

        a->n += is_at(a->post, v);
}

static void add_address(struct vrrp_router *r, struct vrrp_virtual *v, void *userdata) {
        struct addresses *a = userdata;

        if (is_at(a->post, v))
                a->items[a->n++] = *address_of(v);
}

static int post_filter(struct post *p) {
        struct vrrpd *v = p->lookout->vrrpd;
        struct addresses a = { .post = p };
        _cleanup_free_ struct ip_addr *items = NULL;

        each_watched(v, count_address, &a);
        items = calloc(a.n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        a = (struct addresses){ .post = p, .items = items };
        each_watched(v, add_address, &a);
        return assertion_socket_set_filter(p->fd, p->family, items, a.n, p->link->hwaddr);
}

/* It is a matter of diagnosis: without it everything else goes on. */
static void post_refresh(struct post *p) {
        int r;

        if (!can_listen(p->link)) {
                post_close(p);
                return;
        }
        r = post_open(p);
        if (r >= 0)
                r = post_filter(p);
        if (r < 0 && !p->complained)
                log_warning("cannot see on %s whether others claim our addresses: %s",
                                p->link->name, strerror(-r));
        p->complained = r < 0;
        if (r < 0)
                post_close(p);
}

static void refresh_posts(struct vrrp_lookout *l) {
        struct post *p, *next;

        l->stale = false;
        DL_FOREACH (l->posts, p)
                p->needed = false;
        each_watched(l->vrrpd, need_post, l);
        DL_FOREACH_SAFE (l->posts, p, next)
                if (p->needed)
                        post_refresh(p);
                else
                        post_free(p);
}

/* Conflicts */

static bool is_same_mac(const struct ifaddrs *i, const uint8_t mac[static VRRP_MAC_SIZE]) {
        struct sockaddr_ll a;

        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_PACKET)
                return false;
        memcpy(&a, i->ifa_addr, sizeof(a));
        return a.sll_halen == VRRP_MAC_SIZE && memcmp(a.sll_addr, mac, VRRP_MAC_SIZE) == 0;
}

/* Linux answers for any of its addresses on any of its interfaces. Two of them on one network would make a
 * conflict with itself of every address. */
static bool is_local(struct vrrp_lookout *l, const uint8_t mac[static VRRP_MAC_SIZE]) {
        if (!l->locals && getifaddrs(&l->locals) < 0)
                return false;
        for (const struct ifaddrs *i = l->locals; i; i = i->ifa_next)
                if (is_same_mac(i, mac))
                        return true;
        return false;
}

/* That nobody can be asked is no news: the next announcement will say why. */
static void ask(struct vrrp_lookout *l, const struct vrrp_virtual *v) {
        const struct post *p = find_post(l, v);

        if (p && p->fd >= 0)
                (void) assertion_socket_ask(p->fd, p->ifindex, &address_of(v)->in, p->link->hwaddr);
}

static void announce(struct vrrp_router *r, struct vrrp_virtual *v) {
        vrrp_announcement_send(&v->announcement, r->instance.params.garp_master_repeat);
        r->vrrpd->unsettled = true;
}

static void tell(struct vrrp_router *r, const struct vrrp_virtual *v, unsigned todo) {
        if (todo & VRRP_CONFLICT_DO_TELL) {
                r->conflicts++;
                vrrp_news_conflict(r, v);
        }
        if (todo & VRRP_CONFLICT_DO_TELL_END)
                vrrp_news_conflict_over(r, v);
}

static bool has_room(struct vrrp_lookout *l, const struct vrrp_conflict *c) {
        if (vrrp_conflict_doubts(c))
                return l->judgements++ < JUDGEMENTS_MAX;
        return l->questions++ < QUESTIONS_MAX;
}

static void step(struct vrrp_router *r, struct vrrp_virtual *v, void *userdata) {
        struct vrrp_lookout *l = userdata;
        bool existed = vrrp_conflict_exists(&v->conflict);
        usec_t now = r->vrrpd->clock.now;
        unsigned todo;

        if (vrrp_conflict_deadline(&v->conflict) > now || !has_room(l, &v->conflict))
                return;
        todo = vrrp_conflict_step(&v->conflict, now);
        if (todo & (VRRP_CONFLICT_DO_ANNOUNCE | VRRP_CONFLICT_DO_TELL) && !existed &&
                        is_local(l, v->conflict.mac)) {
                vrrp_conflict_dismiss(&v->conflict);
                return;
        }
        if (todo & VRRP_CONFLICT_DO_ANNOUNCE)
                announce(r, v);
        if (todo & VRRP_CONFLICT_DO_ASK)
                ask(l, v);
        tell(r, v, todo);
        if (existed != vrrp_conflict_exists(&v->conflict))
                instance_bus_conflict(r);
}

/* The timer */

static void note_deadline(struct vrrp_router *r, struct vrrp_virtual *v, void *userdata) {
        usec_t *next = userdata;

        *next = MIN(*next, vrrp_conflict_deadline(&v->conflict));
}

/* Only ever earlier: under a flood of claims it would otherwise be put off without end. */
static void arm_by(struct vrrp_lookout *l, usec_t at) {
        usec_t armed = USEC_INFINITY;
        int enabled = SD_EVENT_OFF;

        (void) sd_event_source_get_enabled(l->timer, &enabled);
        if (enabled != SD_EVENT_OFF)
                (void) sd_event_source_get_time(l->timer, &armed);
        if (armed <= at)
                return;
        (void) sd_event_source_set_time(l->timer, at);
        (void) sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT);
}

static void arm(struct vrrp_lookout *l) {
        usec_t now = l->vrrpd->clock.now, next = USEC_INFINITY;

        each_watched(l->vrrpd, note_deadline, &next);
        if (next < USEC_INFINITY)
                arm_by(l, MAX(next, usec_add(now, STEP_MIN)));
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_lookout *l = userdata;

        vrrpd_wake(l->vrrpd);
        if (l->stale)
                refresh_posts(l);
        l->judgements = l->questions = 0;
        each_watched(l->vrrpd, step, l);
        if (l->locals)
                freeifaddrs(l->locals);
        l->locals = NULL;
        arm(l);
        return 0;
}

int vrrp_lookout_new(struct vrrpd *v, struct vrrp_lookout **ret) {
        _cleanup_(vrrp_lookout_freep) struct vrrp_lookout *l = calloc(1, sizeof(*l));
        int r;

        if (!l)
                return -ENOMEM;
        l->vrrpd = v;
        r = sd_event_add_time(
                        v->event, &l->timer, CLOCK_MONOTONIC, USEC_INFINITY, STEP_MIN, on_timer, l);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(l->timer, SD_EVENT_PRIORITY_IDLE);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(l);
        return 0;
}

struct vrrp_lookout *vrrp_lookout_free(struct vrrp_lookout *l) {
        struct post *p, *next;

        if (!l)
                return NULL;
        DL_FOREACH_SAFE (l->posts, p, next)
                post_free(p);
        l->timer = sd_event_source_disable_unref(l->timer);
        free(l);
        return NULL;
}

/* What follows is done from the timer: it must not hold up a change of roles. */
static void hurry(struct vrrp_lookout *l) {
        l->stale = true;
        arm_by(l, usec_add(l->vrrpd->clock.now, GATHER));
}

static void look_at(const struct vrrp_router *r, struct vrrp_virtual *v) {
        usec_t interval = r->instance.params.advert_interval;
        bool asks = address_of(v)->family == AF_INET;

        if (r->instance.state != VRRP_STATE_MASTER)
                vrrp_conflict_unwatch(&v->conflict);
        else if (!v->conflict.watching)
                vrrp_conflict_watch(&v->conflict, interval, asks, r->vrrpd->clock.now);
}

void vrrp_lookout_look(struct vrrp_lookout *l, struct vrrp_router *r) {
        bool existed = false;

        if (!l)
                return;
        for (size_t i = 0; i < r->setup->n_virtuals; i++) {
                existed = existed || vrrp_conflict_exists(&r->setup->virtuals[i].conflict);
                look_at(r, &r->setup->virtuals[i]);
        }
        if (existed)
                instance_bus_conflict(r);
        hurry(l);
}

void vrrp_lookout_link_changed(struct vrrp_lookout *l) {
        if (l && l->posts)
                hurry(l);
}
