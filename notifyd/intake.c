/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From events to entries: the producers' feeds, begun where the spool says.
 *
 * A producer that was never heard before has a log that goes back to the boot; when notifyd is installed
 * on a machine that has been up for a week, the transitions of that week are no news. So at the first
 * contact only events of the last FIRST_CONTACT_USEC are taken. Later nothing is too old: what happened
 * while notifyd was down is told when it is up. */

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "notifyd/entry.h"
#include "notifyd/notifyd.h"
#include "notifyd/orders.h"

#define FIRST_CONTACT_USEC (600 * USEC_PER_SEC)

static const struct {
        const char *bus_name;
        const char *root;
        const char *unit;
} producers[NOTIFYD_SOURCES] = {
        { "org.mainstay.Vrrp1", "/org/mainstay/vrrp1", "mainstay-vrrpd.service" },
        { "org.mainstay.Check1", "/org/mainstay/check1", "mainstay-checkd.service" },
        { "org.mainstay.Ipvs1", "/org/mainstay/ipvs1", "mainstay-ipvsd.service" },
};

static bool is_news(const struct source *s, const struct event_feed_event *e) {
        return !s->first ||
                        usec_sub(usec_now(CLOCK_REALTIME), e->realtime_usec) <= FIRST_CONTACT_USEC;
}

/* A new numbering: the machine was started anew, and what was mailed before is of another life. */
static bool is_other_life(const struct source *s, const struct event_feed_event *e) {
        const char *generation;
        uint64_t sequence;

        return spool_cursor(s->notifyd->spool, s->bus_name, &generation, &sequence) &&
                        !streq(generation, e->generation);
}

static json_object *entry_of_event(const struct source *s, const struct event_feed_event *e) {
        struct notifyd *n = s->notifyd;
        struct orders o = {
                .conf = n->daemon->conf,
                .spool = n->spool,
                .departed = n->departed,
                .hostname = n->hostname,
        };
        _cleanup_(json_object_putp) json_object *entry = NULL;

        entry = entry_cursor(s->bus_name, e->generation, e->sequence);
        if (!entry)
                return NULL;
        if (is_other_life(s, e) && entry_add_forget(entry, s->root) < 0)
                return NULL;
        if (is_news(s, e) && orders_add(&o, e, entry) < 0)
                return NULL;
        return TAKE_PTR(entry);
}

static void on_event(struct event_feed *f, const struct event_feed_event *e, void *userdata) {
        struct source *s = userdata;
        struct notifyd *n = s->notifyd;
        int r;

        r = notifyd_put(n, entry_of_event(s, e));
        if (r < 0)
                log_error("event %" PRIu64 " of %s is lost: %s", e->sequence, s->bus_name,
                                strerror(-r));
        notifyd_give_up_overflow(n);
        notifyd_intake_check_room(n);
        notifyd_dispatch_soon(n);
}

static void on_truncated(struct event_feed *f, void *userdata) {
        const struct source *s = userdata;

        if (!s->first)
                log_warning("events of %s are lost: it keeps only the newest, and they were not heard",
                                s->bus_name);
}

static void on_caught_up(struct event_feed *f, void *userdata) {
        struct source *s = userdata;

        s->first = false;
        s->absent_since = USEC_INFINITY;
        DAEMON_CHANGED(s->notifyd->daemon, NOTIFYD_PATH, "org.mainstay.Daemon1", "StalePeers");
}

static void on_lost(struct event_feed *f, void *userdata) {
        struct source *s = userdata;

        if (s->absent_since == USEC_INFINITY)
                s->absent_since = usec_now(CLOCK_BOOTTIME);
        DAEMON_CHANGED(s->notifyd->daemon, NOTIFYD_PATH, "org.mainstay.Daemon1", "StalePeers");
        notifyd_farewell_lost(s->notifyd, s);
}

static const struct event_feed_ops feed_ops = { on_event, on_truncated, on_caught_up, on_lost };

void notifyd_intake_check_room(struct notifyd *n) {
        bool full = spool_full(n->spool);

        if (full == n->paused)
                return;
        n->paused = full;
        if (full)
                log_warning("%u actions wait: events are left with their producers until some are done",
                                spool_pending(n->spool));
        for (size_t i = 0; i < NOTIFYD_SOURCES; i++)
                if (full)
                        event_feed_pause(n->sources[i].feed);
                else
                        event_feed_resume(n->sources[i].feed);
}

int notifyd_intake_start(struct notifyd *n) {
        for (size_t i = 0; i < NOTIFYD_SOURCES; i++) {
                struct source *s = &n->sources[i];
                const char *generation = NULL;
                uint64_t sequence = 0;
                int r;

                *s = (struct source){
                        .notifyd = n,
                        .bus_name = producers[i].bus_name,
                        .root = producers[i].root,
                        .unit = producers[i].unit,
                        .absent_since = usec_now(CLOCK_BOOTTIME),
                };
                s->first = !spool_cursor(n->spool, s->bus_name, &generation, &sequence);
                r = event_feed_new(
                                s->bus_name, s->root, generation, sequence, &feed_ops, s, &s->feed);
                if (r < 0)
                        return r;
        }
        notifyd_intake_check_room(n);
        return 0;
}

int notifyd_intake_attach(struct notifyd *n, sd_bus *bus) {
        for (size_t i = 0; i < NOTIFYD_SOURCES; i++) {
                int r = event_feed_attach(n->sources[i].feed, bus);

                if (r < 0)
                        return r;
        }
        return 0;
}

void notifyd_intake_stop(struct notifyd *n) {
        for (size_t i = 0; i < NOTIFYD_SOURCES; i++)
                n->sources[i].feed = event_feed_free(n->sources[i].feed);
}
