/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A feed and a producer on a real bus, both in one loop. */

#include "common/event-feed.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"
#include "tests/bus/fake-producer.h"
#include "tests/bus/private-bus.h"

#define NAME "org.mainstay.Fake1"
#define ROOT "/org/mainstay/fake1"
#define OBJECT ROOT "/thing/a"

/* What the feed told. */
struct reader {
        unsigned events, truncated, caught_up, lost;
        char generation[40];
        uint64_t last;
        unsigned forged;
        unsigned gaps; /* told without being asked for */
        unsigned pause_at;
};

static struct private_bus bus;
static sd_event *event;
static struct reader reader;
static char directory[] = "/tmp/test-event-feed-XXXXXX";
static char path[sizeof(directory) + 16];

static void set_up(void) {
        private_bus_start(&bus);
        cr_assert_geq(sd_event_new(&event), 0);
        cr_assert_not_null(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/events", directory);
}

static void tear_down(void) {
        char command[64];

        event = sd_event_unref(event);
        private_bus_stop(&bus);
        (void) snprintf(command, sizeof(command), "rm -rf %s", directory);
        cr_assert_eq(system(command), 0);
}

TestSuite(event_feed, .init = set_up, .fini = tear_down, .timeout = 60);

static void on_event(struct event_feed *f, const struct event_feed_event *e, void *userdata) {
        json_object *number;

        if (streq(e->object_path, "/forged")) {
                reader.forged++;
                return;
        }

        cr_assert(json_object_object_get_ex(e->data, "number", &number));
        cr_expect_eq(json_object_get_uint64(number), e->sequence);
        if (!streq(reader.generation, e->generation))
                reader.last = 0;
        if (e->sequence != reader.last + 1)
                reader.gaps++;
        (void) snprintf(reader.generation, sizeof(reader.generation), "%s", e->generation);
        reader.last = e->sequence;
        reader.events++;
        if (reader.events == reader.pause_at)
                event_feed_pause(f);
}

static void on_truncated(struct event_feed *f, void *userdata) {
        reader.truncated++;
}

static void on_caught_up(struct event_feed *f, void *userdata) {
        reader.caught_up++;
}

static void on_lost(struct event_feed *f, void *userdata) {
        reader.lost++;
}

static const struct event_feed_ops ops = { on_event, on_truncated, on_caught_up, on_lost };

static struct event_feed *new_feed(sd_bus *b, const char *generation, uint64_t sequence) {
        struct event_feed *f = NULL;

        cr_assert_eq(event_feed_new(NAME, ROOT, generation, sequence, &ops, NULL, &f), 0);
        cr_assert_eq(event_feed_attach(f, b), 0);
        cr_expect_str_eq(event_feed_bus_name(f), NAME);
        return f;
}

static struct event_log *open_log(void) {
        struct event_log *l = NULL;

        cr_assert_eq(event_log_open(path, &l), 0);
        return l;
}

static void drop_bus(sd_bus **b) {
        if (*b)
                *b = sd_bus_flush_close_unref(*b);
}

#define BUS_CLEANUP _cleanup_(drop_bus)
#define FEED_CLEANUP _cleanup_(event_feed_freep)
#define LOG_CLEANUP _cleanup_(event_log_freep)

static void emit_n(struct fake_producer *p, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                fake_producer_emit(p, "t", OBJECT);
}

Test(event_feed, reads_what_was_and_follows_what_comes) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 3);
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.events, 3);

        emit_n(&p, 2);
        cr_assert(event_run_until(event, &reader.events, 5));
        cr_expect_eq(p.calls, 2); /* the page and the empty one */
        cr_expect_eq(reader.gaps, 0);
        cr_expect_eq(reader.truncated, 0);
        cr_expect_eq(reader.lost, 0);
}

Test(event_feed, goes_on_from_its_cursor) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 10);
        f = new_feed(mine, event_log_generation(l), 7);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.events, 3);
        cr_expect_eq(reader.last, 10);
}

Test(event_feed, reads_a_new_generation_from_the_start) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 4);
        f = new_feed(mine, "00112233445566778899aabbccddeeff", 1234);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.events, 4);
        cr_expect_eq(reader.truncated, 0);
}

Test(event_feed, reads_thousands_in_pages) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        p.mute = true;
        emit_n(&p, 3000);
        p.mute = false;
        f = new_feed(mine, NULL, 0);
        /* Some come while the pages are being read. */
        cr_assert(event_run_until(event, &reader.events, 1000));
        emit_n(&p, 10);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.events, 3010);
        cr_expect_eq(reader.gaps, 0);
        cr_expect_eq(p.calls, 8);
}

Test(event_feed, says_when_events_are_gone) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        p.mute = true;
        emit_n(&p, EVENT_LOG_KEEP + 100);
        f = new_feed(mine, event_log_generation(l), 50);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.truncated, 1);
        cr_expect_eq(reader.events, EVENT_LOG_KEEP);
        cr_expect_eq(reader.last, EVENT_LOG_KEEP + 100);
}

Test(event_feed, asks_when_a_signal_was_missed) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        p.mute = true;
        emit_n(&p, 3);
        p.mute = false;
        emit_n(&p, 1);
        cr_assert(event_run_until(event, &reader.caught_up, 2));
        cr_expect_eq(reader.events, 4);
        cr_expect_eq(reader.gaps, 0);
        cr_expect_eq(reader.truncated, 0);
}

/* What is signalled while a page is awaited is told at once, and not again when the page has it, too. */
Test(event_feed, a_signal_may_be_faster_than_its_page) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 1);
        p.hold = true;
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &p.calls, 1));
        emit_n(&p, 1); /* of a generation that the feed does not know yet */
        event_run_for(event, 50 * USEC_PER_MSEC);
        cr_expect_eq(reader.events, 0);
        fake_producer_release(&p);
        cr_assert(event_run_until(event, &p.calls, 2));
        cr_expect_eq(reader.events, 2);

        emit_n(&p, 2);
        cr_assert(event_run_until(event, &reader.events, 4));
        cr_expect_eq(reader.caught_up, 0);
        fake_producer_release(&p);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.events, 4);
        cr_expect_eq(reader.gaps, 0);
}

Test(event_feed, a_repeated_signal_is_told_once) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 2);
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        fake_producer_signal(b, ROOT, event_log_generation(l), 1, "t", NULL);
        fake_producer_signal(b, ROOT, event_log_generation(l), 2, "t", NULL);
        event_run_for(event, 50 * USEC_PER_MSEC);
        cr_expect_eq(reader.forged, 0);
        cr_expect_eq(p.calls, 2);
}

Test(event_feed, forged_signals_change_nothing) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *stranger = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        const char *me, *generation = event_log_generation(l);
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_assert_geq(sd_bus_get_unique_name(mine, &me), 0);

        fake_producer_signal(stranger, ROOT, generation, 1, "t", NULL); /* to all */
        fake_producer_signal(stranger, ROOT, generation, 1, "t", me);   /* to us */
        fake_producer_signal(stranger, ROOT, "another", 1, "t", me);
        fake_producer_signal(stranger, ROOT, generation, 99, "t", me);
        fake_producer_signal(b, ROOT, generation, 1, "t", me); /* the owner, but directed */
        event_run_for(event, 100 * USEC_PER_MSEC);
        cr_expect_eq(reader.forged, 0);
        cr_expect_eq(p.calls, 1);

        /* "The owner is gone", and "it is me". */
        for (unsigned i = 0; i < 2; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
                const char *unique;

                cr_assert_geq(sd_bus_get_unique_name(stranger, &unique), 0);
                cr_assert_geq(sd_bus_message_new_signal(stranger, &m, "/org/freedesktop/DBus",
                                              "org.freedesktop.DBus", "NameOwnerChanged"),
                                0);
                cr_assert_geq(sd_bus_message_append(m, "sss", NAME, "", i == 0 ? "" : unique), 0);
                cr_assert_geq(sd_bus_message_set_destination(m, me), 0);
                cr_assert_geq(sd_bus_send(stranger, m, NULL), 0);
                cr_assert_geq(sd_bus_flush(stranger), 0);
        }
        event_run_for(event, 100 * USEC_PER_MSEC);
        cr_expect_eq(reader.lost, 0);

        emit_n(&p, 1);
        cr_assert(event_run_until(event, &reader.events, 1));
        cr_expect_eq(p.calls, 1);
}

Test(event_feed, follows_the_producer_through_a_restart) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *first = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *second = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p, q;

        fake_producer_start(&p, first, NAME, ROOT, l);
        emit_n(&p, 5);
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.caught_up, 1));

        first = sd_bus_flush_close_unref(first);
        cr_assert(event_run_until(event, &reader.lost, 1));
        cr_assert_eq(event_log_append(l, "t", "/forged", NULL, 1, NULL), 0); /* while it was away */

        fake_producer_start(&q, second, NAME, ROOT, l);
        emit_n(&q, 1);
        cr_assert(event_run_until(event, &reader.caught_up, 2));
        cr_expect_eq(reader.forged, 1);
        cr_expect_eq(reader.events, 6);
        cr_expect_eq(reader.last, 7);
}

/* A new owner with a new log while the pages of the old one are being read. */
Test(event_feed, the_owner_changes_while_pages_are_read) {
        LOG_CLEANUP struct event_log *l = open_log();
        LOG_CLEANUP struct event_log *other = NULL;
        BUS_CLEANUP sd_bus *first = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *second = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p, q;

        fake_producer_start(&p, first, NAME, ROOT, l);
        p.mute = true;
        emit_n(&p, 2000);
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.events, 500));
        first = sd_bus_close_unref(first);

        cr_assert_eq(unlink(path), 0);
        other = open_log();
        fake_producer_start(&q, second, NAME, ROOT, other);
        emit_n(&q, 3);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_str_eq(reader.generation, event_log_generation(other));
        cr_expect_eq(reader.last, 3);
        cr_expect_eq(reader.gaps, 0);
        cr_expect_eq(reader.lost, 1);
}

Test(event_feed, a_failed_call_is_tried_again) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        p.failing = 1;
        emit_n(&p, 3);
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.events, 3);
        cr_expect_eq(p.calls, 3);
}

Test(event_feed, a_paused_feed_leaves_events_with_the_producer) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 10);
        reader.pause_at = 4;
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.events, 4));
        emit_n(&p, 1);
        event_run_for(event, 100 * USEC_PER_MSEC);
        cr_expect_eq(reader.events, 4);

        event_feed_resume(f);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.events, 11);
        cr_expect_eq(reader.gaps, 0);
}

/* The producer crashed and had not been able to save its last events: it gives their numbers out again. */
Test(event_feed, numbers_given_out_again_are_news) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 3);
        f = new_feed(mine, event_log_generation(l), 6);
        cr_assert(event_run_until(event, &reader.caught_up, 1));
        cr_expect_eq(reader.truncated, 1);
        cr_expect_eq(reader.events, 0);

        emit_n(&p, 2);
        cr_assert(event_run_until(event, &reader.events, 2));
        cr_expect_eq(reader.last, 5);
}

Test(event_feed, survives_the_loss_of_the_bus) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *b = private_bus_connect(&bus, event);
        sd_bus *mine = private_bus_connect(&bus, event);
        FEED_CLEANUP struct event_feed *f = NULL;
        struct fake_producer p;

        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 2);
        f = new_feed(mine, NULL, 0);
        cr_assert(event_run_until(event, &reader.caught_up, 1));

        private_bus_kill(&bus);
        event_run_for(event, 50 * USEC_PER_MSEC);
        cr_assert_eq(event_feed_attach(f, NULL), 0);
        cr_expect_eq(reader.lost, 1);
        mine = sd_bus_close_unref(mine);
        b = sd_bus_close_unref(b);

        private_bus_restart(&bus);
        b = private_bus_connect(&bus, event);
        mine = private_bus_connect(&bus, event);
        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 2);
        cr_assert_eq(event_feed_attach(f, mine), 0);
        cr_assert(event_run_until(event, &reader.caught_up, 2));
        cr_expect_eq(reader.events, 4);
        cr_expect_eq(reader.gaps, 0);
        f = event_feed_free(f);
        mine = sd_bus_close_unref(mine);
}

Test(event_feed, a_producer_may_come_later) {
        LOG_CLEANUP struct event_log *l = open_log();
        BUS_CLEANUP sd_bus *mine = private_bus_connect(&bus, event);
        BUS_CLEANUP sd_bus *b = NULL;
        FEED_CLEANUP struct event_feed *f = new_feed(mine, NULL, 0);
        struct fake_producer p;

        event_run_for(event, 50 * USEC_PER_MSEC);
        cr_expect_eq(reader.lost, 0);
        b = private_bus_connect(&bus, event);
        fake_producer_start(&p, b, NAME, ROOT, l);
        emit_n(&p, 1);
        cr_assert(event_run_until(event, &reader.events, 1));
}
