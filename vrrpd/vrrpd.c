/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/vrrpd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/conf-global.h"
#include "common/log.h"
#include "common/macro.h"
#include "notifyd/conf.h"
#include "vrrpd/adopt.h"
#include "vrrpd/group-bus.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/lookout.h"
#include "vrrpd/machine.h"
#include "vrrpd/manager-bus.h"
#include "vrrpd/mend.h"
#include "vrrpd/news.h"
#include "vrrpd/operator.h"
#include "vrrpd/port.h"
#include "vrrpd/reload.h"
#include "vrrpd/router.h"
#include "vrrpd/statics.h"
#include "vrrpd/sync.h"
#include "vrrpd/tracking.h"

/* Between timers and the bus: what an event has brought about is carried out before the next of lower
 * rank is looked at. */
#define PRIORITY_SETTLE ((DAEMON_PRIORITY_TIMER + DAEMON_PRIORITY_BUS) / 2)

/* The journal and the bus hear what has been done before anybody on the bus may ask, and a few at a time. */
#define PRIORITY_TELL (DAEMON_PRIORITY_BUS - 1)
#define NEWS_IN_A_ROW 16

/* Saying it again can wait for those who have not spoken yet. */
#define PRIORITY_ANNOUNCE (DAEMON_PRIORITY_TIMER + 1)

/* Carrying out may fail, which is an input, which has effects, ... */
#define SETTLE_ROUNDS 4

/* Readings of ports in a row, without anything of lower priority in between. */
#define READS_IN_A_ROW 32

/* A timer that comes later than that means that this process did not run. */
#define LATE_USEC (5 * USEC_PER_MSEC)

void vrrpd_wake(struct vrrpd *v) {
        usec_t now, real;

        if (sd_event_now(v->event, CLOCK_MONOTONIC, &now) < 0 ||
                        sd_event_now(v->event, CLOCK_REALTIME, &real) < 0)
                return;
        if (now == v->clock.now)
                return;
        vrrp_stamp_clock_set(&v->clock, now, real);
        v->wakeups++;
}

struct vrrp_router *vrrpd_find_router(const struct vrrpd *v, const char *name) {
        struct vrrp_router *r;

        HASH_FIND_STR(v->routers, name, r);
        return r;
}

struct vrrp_sender *vrrpd_sender(const struct vrrpd *v, int family) {
        return v->senders[family == AF_INET6];
}

/* The wake-up */

/* What one member concludes concerns all, before anybody's time is up. */
static void read_ports(struct vrrp_router *r) {
        if (r->port)
                vrrp_port_read(r->port);
        if (r->sync && vrrp_sync_read_ports(r->sync))
                vrrp_syncs_settle(r->vrrpd);
}

/* A backup's timer says that nobody has spoken, and a master's that comes late that somebody may have: first
 * see what has come meanwhile. It may move the deadline. */
static void feed_timer(struct vrrpd *v, struct vrrp_router *r) {
        bool late = usec_sub(v->clock.now, r->deadline.at) > LATE_USEC;

        if (late || r->instance.state == VRRP_STATE_BACKUP)
                read_ports(r);
        vrrp_router_feed_plain(r, VRRP_INPUT_TIMER);
}

static void run_deadlines(struct vrrpd *v) {
        size_t most = v->deadlines.n;
        struct vrrp_router *r;

        for (size_t i = 0; i < most && (r = vrrp_deadlines_pop(&v->deadlines, v->clock.now)); i++)
                feed_timer(v, r);
}

static int on_timer(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        run_deadlines(v);
        return 0;
}

static void tell_noted(struct vrrpd *v) {
        struct vrrp_router *r;

        while ((r = v->noted)) {
                v->noted = r->next_noted;
                vrrp_router_tell_noted(r);
        }
}

static void arm_timer(struct vrrpd *v) {
        usec_t next = vrrp_deadlines_next(&v->deadlines);

        (void) sd_event_source_set_time(v->timer, next);
        (void) sd_event_source_set_enabled(
                        v->timer, next == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/* "3 instances: 2 MASTER, 1 BACKUP", and what is wrong beside. */
static void tell_counts(struct vrrpd *v) {
        unsigned count[_VRRP_STATE_MAX] = {}, n = HASH_COUNT(v->routers);
        const char *problem = vrrp_firewall_problem(v->firewall);
        char states[128] = "";
        size_t length = 0;

        v->uncounted = false;
        for (const struct vrrp_router *r = v->routers; r; r = r->hh.next)
                count[r->instance.state]++;
        for (unsigned s = 0; s < _VRRP_STATE_MAX; s++)
                if (count[s] > 0)
                        length += (size_t) snprintf(states + length, sizeof(states) - length,
                                        "%s%u %s", length > 0 ? ", " : ": ", count[s],
                                        vrrp_state_to_string((enum vrrp_state) s));
        daemon_status(v->daemon, "%s%u instance%s%s%s%s",
                        vrrp_orders_maintenance_since(v->orders) > 0 ? "in maintenance by order; "
                                                                     : "",
                        n, n == 1 ? "" : "s", states, *problem ? "; nftables: " : "", problem);
}

static void flush_senders(struct vrrpd *v) {
        for (size_t i = 0; i < ARRAY_SIZE(v->senders); i++)
                if (v->senders[i])
                        vrrp_sender_flush(v->senders[i]);
}

/* The order is explained in the header; the adverts do not wait for the news, because a peer that hears
 * a master whose addresses are not there yet has lost nothing. */
void vrrpd_settle(struct vrrpd *v) {
        for (int i = 0; i < SETTLE_ROUNDS && v->unsettled; i++) {
                v->unsettled = false;
                vrrp_syncs_settle(v);
                flush_senders(v);
                vrrp_news_record(&v->news);
                vrrp_machine_commit(v);
                vrrp_announcer_flush(v->announcer, v->clock.now);
                tell_noted(v);
        }
        vrrp_keeper_write(v->keeper);
        vrrp_mend_arm(v);
        if (v->uncounted)
                tell_counts(v);
        if (v->news.n > 0)
                (void) sd_event_source_set_enabled(v->teller, SD_EVENT_ONESHOT);
        arm_timer(v);
}

static int on_tell(sd_event_source *s, void *userdata) {
        struct vrrpd *v = userdata;

        if (vrrp_news_tell(&v->news, NEWS_IN_A_ROW))
                (void) sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
        return 0;
}

static int on_settle(sd_event_source *s, void *userdata) {
        struct vrrpd *v = userdata;

        v->reads = 0;
        vrrpd_settle(v);
        return 0;
}

void vrrpd_after_read(struct vrrpd *v, struct vrrp_port *p) {
        vrrpd_wake(v);
        if (vrrp_deadlines_next(&v->deadlines) <= v->clock.now) {
                run_deadlines(v);
                vrrpd_settle(v);
        }
        if (++v->reads < READS_IN_A_ROW)
                return;
        vrrp_receiver_pause(p->receiver, true);
        (void) sd_event_source_set_enabled(v->breather, SD_EVENT_ONESHOT);
}

static int on_breather(sd_event_source *s, void *userdata) {
        struct vrrpd *v = userdata;

        v->reads = 0;
        for (struct vrrp_port *p = v->ports; p; p = p->hh.next)
                vrrp_receiver_pause(p->receiver, false);
        return 0;
}

/* Start */

static int start_teller(struct vrrpd *v) {
        int r;

        r = sd_event_add_defer(v->event, &v->teller, on_tell, v);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(v->teller, SD_EVENT_OFF);
        return sd_event_source_set_priority(v->teller, PRIORITY_TELL);
}

static int start_loop(struct vrrpd *v) {
        int r;

        r = sd_event_add_time(v->event, &v->timer, CLOCK_MONOTONIC, USEC_INFINITY, 1, on_timer, v);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(v->timer, DAEMON_PRIORITY_TIMER);
        if (r < 0)
                return r;
        r = sd_event_add_post(v->event, &v->settler, on_settle, v);
        if (r < 0)
                return r;
        r = sd_event_add_defer(v->event, &v->breather, on_breather, v);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(v->breather, SD_EVENT_OFF);
        r = sd_event_source_set_priority(v->breather, SD_EVENT_PRIORITY_IDLE);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(v->settler, PRIORITY_SETTLE);
        if (r < 0)
                return r;
        return start_teller(v);
}

static void on_send_failed(void *cookie, int error, void *userdata) {
        vrrp_router_note_failure(cookie, VRRP_EFFECT_SEND_ADVERT, error);
}

static void on_announce_failed(void *owner, int error, void *userdata) {
        vrrp_router_note_failure(owner, VRRP_EFFECT_ANNOUNCE, error);
}

/* A machine without IPv6 elects over IPv4 all the same. */
static int start_senders(struct vrrpd *v) {
        int r;

        r = vrrp_sender_new(AF_INET, on_send_failed, v, &v->senders[0]);
        if (r < 0)
                return r;
        r = vrrp_sender_new(AF_INET6, on_send_failed, v, &v->senders[1]);
        return r == -EAFNOSUPPORT ? 0 : r;
}

static int start_network(struct vrrpd *v) {
        int r;

        r = receive_buffer_new(&v->buffer);
        if (r < 0)
                return r;
        r = start_senders(v);
        if (r < 0)
                return r;
        r = vrrp_announcer_new(v->event, PRIORITY_ANNOUNCE, on_announce_failed, v, &v->announcer);
        if (r < 0)
                return r;
        return vrrp_machine_start(v);
}

static int start_orders(struct vrrpd *v) {
        _cleanup_free_ char *path = daemon_runtime_path(v->daemon, "orders");
        int r;

        if (!path)
                return -ENOMEM;
        r = vrrp_orders_open(path, &v->orders);
        if (!v->orders)
                return r;
        if (r < 0)
                log_warning("%s is torn and ignored: what the operator ordered is not known", path);
        if (vrrp_orders_maintenance_since(v->orders) > 0)
                log_notice("this node is in maintenance by order, until 'mainstayctl maintenance off'");
        return 0;
}

static int start_memory(struct vrrpd *v) {
        _cleanup_free_ char *path = daemon_runtime_path(v->daemon, "last-adverts");
        int r;

        if (!path)
                return -ENOMEM;
        r = start_orders(v);
        if (r < 0)
                return r;
        r = vrrp_last_adverts_open(path, &v->last_adverts);
        if (!v->last_adverts)
                return r;
        if (r < 0)
                log_warning("cannot keep the times of adverts in %s: %s", path, strerror(-r));
        r = vrrp_keeper_new(v, &v->keeper);
        if (r < 0)
                return r;
        return vrrp_store_new(v->event, &v->ports, &v->store);
}

static int start(struct daemon *d, void *userdata) {
        struct vrrpd *v = userdata;
        int r;

        v->daemon = d;
        v->event = sd_event_ref(d->event);
        vrrpd_wake(v);
        r = start_loop(v);
        if (r < 0)
                return r;
        r = start_memory(v);
        if (r < 0)
                return r;
        r = start_network(v);
        if (r < 0)
                return r;
        r = vrrp_tracking_new(v, &v->tracking);
        if (r < 0)
                return r;
        r = vrrp_lookout_new(v, &v->lookout);
        if (r < 0)
                return r;

        vrrp_reload_globals(v, d->conf->vrrp);
        for (struct vrrp_instance_conf *c = d->conf->vrrp->instances; c; c = c->hh.next)
                (void) vrrp_reload_make(v, c);
        r = vrrp_statics_new(v, d->conf->vrrp, &v->statics);
        if (r < 0)
                return r;
        vrrp_mend_watch(v);
        r = vrrp_syncs_update(v, d->conf->vrrp);
        if (r < 0)
                return r;
        (void) vrrp_news_reserve(&v->news, 3 * HASH_COUNT(v->routers) + 16);
        vrrp_adopt(v);
        return 0;
}

static void apply(
                struct daemon *d, const struct conf *old, const struct conf *new_, void *userdata) {
        struct vrrpd *v = userdata;

        vrrp_operator_forget_priorities(v);
        vrrp_reload(v, old, new_);
        if (!new_->notify->fifo_write_vrrp_states_on_reload)
                return;
        for (const struct vrrp_router *r = v->routers; r; r = r->hh.next)
                vrrp_news_repeat(r);
        for (const struct vrrp_sync *s = v->syncs; s; s = s->hh.next)
                vrrp_news_repeat_group(s);
}

static int export(struct daemon *d, sd_bus *bus, void *userdata) {
        struct vrrpd *v = userdata;
        int r;

        r = instance_bus_export(v, bus);
        if (r < 0)
                return r;
        r = group_bus_export(v, bus);
        if (r < 0)
                return r;
        r = manager_bus_export(v, bus);
        if (r < 0)
                return r;
        return vrrp_tracking_attach(v->tracking, bus);
}

static void bus_lost(struct daemon *d, void *userdata) {
        struct vrrpd *v = userdata;

        if (v->tracking)
                (void) vrrp_tracking_attach(v->tracking, NULL);
}

/* End */

/* A planned restart: peers are asked for patience, everything stays. */
static void end_for_successor(struct vrrpd *v) {
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                vrrp_router_feed_plain(r, VRRP_INPUT_PREPARE_RESTART);
        vrrpd_settle(v);
        vrrp_news_finish(&v->news);
        vrrp_keeper_write_now(v->keeper);
}

static void end_for_good(struct vrrpd *v) {
        for (struct vrrp_router *r = v->routers; r; r = r->hh.next) {
                r->farewell = "STOP";
                vrrp_router_feed_plain(r, VRRP_INPUT_STOP);
        }
        vrrp_statics_release(v->statics);
        v->unsettled = true;
        vrrpd_settle(v);
        vrrp_news_finish(&v->news);
        vrrp_machine_release(v);
        vrrp_operator_forget_priorities(v);
        vrrp_keeper_erase(v->keeper);
}

static void end(struct daemon *d, enum daemon_end why, void *userdata) {
        struct vrrpd *v = userdata;

        vrrpd_wake(v);
        switch (why) {
        case DAEMON_END_STOP: end_for_good(v); break;
        case DAEMON_END_KEEP: end_for_successor(v); break;
        }
        daemon_finished(d);
}

static void stale_peers(struct daemon *d,
                void (*add)(void *ctx, const char *bus_name, usec_t since), void *ctx,
                void *userdata) {
        const struct vrrpd *v = userdata;
        usec_t since = vrrp_tracking_stale_since(v->tracking);

        if (since != USEC_INFINITY)
                add(ctx, vrrp_tracking_peer(v->tracking), since);
}

/* The store goes first: a port that ends with the process must not take its socket out of the manager's
 * hands. What is held stays, because nothing is committed any more. */
static void done(struct daemon *d, void *userdata) {
        struct vrrpd *v = userdata;
        struct vrrp_router *r, *next;

        v->store = vrrp_store_free(v->store);
        for (struct vrrp_port *p = v->ports; p; p = p->hh.next)
                vrrp_port_let_go(p);
        vrrp_syncs_free(v);
        HASH_ITER (hh, v->routers, r, next)
                (void) vrrp_router_free(r);
        v->lookout = vrrp_lookout_free(v->lookout);
        v->statics = vrrp_statics_free(v->statics);
        v->igmp_off = vrrp_sysctl_unwant(v->igmp_off);
        v->tracking = vrrp_tracking_free(v->tracking);
        v->announcer = vrrp_announcer_free(v->announcer);
        for (size_t i = 0; i < ARRAY_SIZE(v->senders); i++)
                v->senders[i] = vrrp_sender_free(v->senders[i]);
        vrrp_machine_done(v);
        v->buffer = receive_buffer_free(v->buffer);
        v->keeper = vrrp_keeper_free(v->keeper);
        v->orders = vrrp_orders_free(v->orders);
        v->last_adverts = vrrp_last_adverts_free(v->last_adverts);
        vrrp_news_done(&v->news);
        vrrp_deadlines_done(&v->deadlines);
        v->timer = sd_event_source_disable_unref(v->timer);
        v->settler = sd_event_source_disable_unref(v->settler);
        v->teller = sd_event_source_disable_unref(v->teller);
        v->breather = sd_event_source_disable_unref(v->breather);
        v->event = sd_event_unref(v->event);
}

static const struct process_options *options(const struct conf *conf) {
        return &conf->global->vrrp_process.options;
}

const struct daemon_ops vrrpd_ops = {
        .name = "vrrpd",
        .bus_name = "org.mainstay.Vrrp1",
        .object_path = "/org/mainstay/vrrp1",
        .summary = "Mainstay's VRRP daemon: elects which router has an address, and puts it there.",
        .start = start,
        .apply = apply,
        .export = export,
        .bus_lost = bus_lost,
        .end = end,
        .done = done,
        .stale_peers = stale_peers,
        .options = options,
};
