/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/spool.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>

#include "common/json.h"
#include "common/macro.h"
#include "notifyd/entry.h"

#define PRODUCER "org.mainstay.Vrrp1"
#define A "/org/mainstay/vrrp1/instance/A"
#define B "/org/mainstay/vrrp1/instance/B"
#define SPOOL _cleanup_(spool_freep)
#define JSON _cleanup_(json_object_putp)
#define SEC USEC_PER_SEC

static int apply_text(struct spool *s, const char *text) {
        JSON json_object *entry = json_tokener_parse(text);

        cr_assert_not_null(entry, "%s", text);
        return spool_apply(s, entry);
}

/* Take over @entry and apply it. */
static void put(struct spool *s, json_object *entry) {
        cr_assert_not_null(entry);
        cr_assert_eq(spool_apply(s, entry), 0);
        (void) json_object_put(entry);
}

/* Order an action and return its id. */
static uint64_t order(struct spool *s, const char *kind, const char *object, usec_t ordered) {
        json_object *entry = entry_cursor(PRODUCER, "g", spool_next_id(s));
        uint64_t id = spool_next_id(s);

        cr_assert_eq(entry_add_action(entry, id, kind, object, "name", ordered,
                                     json_object_new_object()),
                        0);
        put(s, entry);
        return id;
}

/* What is due at @now begins; its id, or 0. */
static uint64_t begin(struct spool *s, usec_t now) {
        struct action *a = spool_due(s, now);

        if (!a)
                return 0;
        put(s, entry_began(a->id));
        spool_start(s, a);
        return a->id;
}

static void end(struct spool *s, uint64_t id) {
        put(s, entry_ended(id));
}

static void fail(struct spool *s, uint64_t id, usec_t now) {
        put(s, entry_failed(id, false, NULL));
        spool_postpone(s, spool_find(s, id), now);
}

Test(spool, an_object_s_scripts_run_one_after_the_other) {
        SPOOL struct spool *s = spool_new();
        uint64_t first = order(s, "script", A, 1), second = order(s, "script", A, 2);

        cr_expect_eq(begin(s, 0), first);
        cr_expect_eq(begin(s, 0), 0);
        cr_expect_eq(spool_deadline(s), USEC_INFINITY);
        end(s, first);
        cr_expect_eq(begin(s, 0), second);
        end(s, second);
        cr_expect_eq(begin(s, 0), 0);
        cr_expect_eq(spool_pending(s), 0);
}

Test(spool, objects_do_not_wait_for_each_other) {
        SPOOL struct spool *s = spool_new();
        uint64_t a = order(s, "script", A, 1), b = order(s, "script", B, 2);

        cr_expect_eq(begin(s, 0), a);
        cr_expect_eq(begin(s, 0), b);
        cr_expect_eq(spool_running(s, ACTION_SCRIPT), 2);
}

Test(spool, scripts_do_not_wait_for_mail) {
        SPOOL struct spool *s = spool_new();
        uint64_t mail = order(s, "mail", A, 1), script = order(s, "script", A, 2);

        cr_expect_eq(begin(s, 0), mail);
        cr_expect_eq(begin(s, 0), script);
}

Test(spool, a_fifo_that_takes_nothing_holds_up_its_own_lines_alone) {
        SPOOL struct spool *s = spool_new();
        uint64_t stuck = order(s, "fifo", "/run/a", 1), behind = order(s, "fifo", "/run/a", 2);
        uint64_t other = order(s, "fifo", "/run/b", 2), script = order(s, "script", A, 3);

        cr_expect_eq(begin(s, 0), stuck);
        cr_expect_eq(begin(s, 0), other);
        cr_expect_eq(begin(s, 0), script);
        cr_expect_eq(begin(s, 0), 0);
        end(s, stuck);
        cr_expect_eq(begin(s, 0), behind);
}

Test(spool, lines_are_never_hopeless) {
        SPOOL struct spool *s = spool_new();
        uint64_t id = order(s, "fifo", "/run/a", 1);
        usec_t now = 0;

        for (unsigned i = 0; i < 1000; i++, now += 3600 * SEC) {
                cr_assert_eq(begin(s, now), id);
                fail(s, id, now);
                cr_expect_not(spool_hopeless(spool_find(s, id), now));
        }
}

Test(spool, so_many_at_a_time) {
        SPOOL struct spool *s = spool_new();
        unsigned scripts = 0, mails = 0;
        char object[32];

        for (unsigned i = 0; i < 100; i++) {
                (void) snprintf(object, sizeof(object), "/o%u", i);
                (void) order(s, "script", object, 1);
                (void) order(s, "mail", object, 1);
        }
        while (begin(s, 0))
                ;
        scripts = spool_running(s, ACTION_SCRIPT);
        mails = spool_running(s, ACTION_MAIL);
        cr_expect_eq(scripts, 32);
        cr_expect_eq(mails, 4);
}

Test(spool, a_failed_one_waits_longer_each_time_and_holds_its_lane) {
        SPOOL struct spool *s = spool_new();
        uint64_t first = order(s, "mail", A, 1), second = order(s, "mail", A, 2);
        usec_t now = 100 * SEC, last = 0;

        for (unsigned i = 0; i < 12; i++) {
                usec_t wait;

                cr_assert_eq(begin(s, now), first);
                fail(s, first, now);
                wait = usec_sub(spool_deadline(s), now);
                cr_expect_geq(wait, last);
                cr_expect_leq(wait, 300 * SEC);
                cr_expect_eq(begin(s, now + wait - 1), 0);
                last = wait;
                now += wait;
        }
        cr_expect_eq(last, 300 * SEC);

        cr_assert_eq(begin(s, now), first);
        end(s, first);
        cr_expect_eq(begin(s, now), second);
}

Test(spool, a_gate_holds_a_kind_and_lets_one_try) {
        SPOOL struct spool *s = spool_new();
        uint64_t a = order(s, "mail", A, 1), b = order(s, "mail", B, 2);
        uint64_t script = order(s, "script", B, 3);

        cr_assert_eq(begin(s, 0), a);
        put(s, entry_failed(a, false, NULL));
        spool_close_gate(s, ACTION_MAIL, 0);
        cr_expect_eq(begin(s, 0), script);
        cr_expect_eq(begin(s, 0), 0);
        cr_expect_eq(spool_deadline(s), 5 * SEC);

        /* After the first failure 5 s, then 10: one at a time. */
        cr_assert_eq(begin(s, 5 * SEC), a);
        cr_expect_eq(begin(s, 5 * SEC), 0);
        put(s, entry_failed(a, false, NULL));
        spool_close_gate(s, ACTION_MAIL, 5 * SEC);
        cr_expect_eq(spool_deadline(s), 15 * SEC);

        cr_assert_eq(begin(s, 15 * SEC), a);
        end(s, a);
        spool_open_gate(s, ACTION_MAIL);
        cr_expect_eq(begin(s, 15 * SEC), b);
}

Test(spool, a_hurry_forgets_all_waiting) {
        SPOOL struct spool *s = spool_new();
        uint64_t a = order(s, "mail", A, 1);

        cr_assert_eq(begin(s, 0), a);
        fail(s, a, 0);
        spool_close_gate(s, ACTION_MAIL, 0);
        cr_expect_eq(begin(s, 1), 0);
        spool_hurry(s);
        cr_expect_eq(begin(s, 1), a);
}

Test(spool, is_hopeless_after_days_and_tries) {
        SPOOL struct spool *s = spool_new();
        uint64_t id = order(s, "mail", A, 1000 * SEC);
        struct action *a = spool_find(s, id);
        usec_t days = 3 * 24 * 3600 * SEC;

        cr_expect_not(spool_hopeless(a, 1000 * SEC + days + 1)); /* a clock that jumped */
        a->tries = 10;
        cr_expect_not(spool_hopeless(a, 1000 * SEC + days - 1));
        cr_expect(spool_hopeless(a, 1000 * SEC + days + 1));
        cr_expect_not(spool_hopeless(a, 0));
}

Test(spool, a_lane_that_grows_too_long_loses_its_oldest) {
        SPOOL struct spool *s = spool_new();
        uint64_t first = order(s, "script", A, 1);

        cr_assert_eq(begin(s, 0), first);
        for (unsigned i = 1; i < SPOOL_LANE_MAX; i++)
                (void) order(s, "script", A, 1);
        cr_expect_null(spool_overflow(s));
        (void) order(s, "script", A, 1);
        cr_assert_not_null(spool_overflow(s));
        cr_expect_eq(spool_overflow(s)->id, first + 1); /* not the one that runs */
        end(s, spool_overflow(s)->id);
        cr_expect_null(spool_overflow(s));
}

Test(spool, mail_that_waits_leaves_room_for_scripts) {
        SPOOL struct spool *s = spool_new();
        uint64_t first = order(s, "mail", A, 1);
        char object[32];

        cr_assert_eq(begin(s, 0), first);
        for (unsigned i = 1; i <= SPOOL_MAILS_MAX; i++) {
                cr_expect_null(spool_overflow(s));
                (void) snprintf(object, sizeof(object), "/o%u", i);
                (void) order(s, "mail", object, 1);
        }
        cr_assert_not_null(spool_overflow(s));
        cr_expect_eq(spool_overflow(s)->id, first + 1); /* not the one under way */
        end(s, spool_overflow(s)->id);
        (void) order(s, "script", A, 1);
        cr_expect_null(spool_overflow(s));
        cr_expect_not(spool_full(s));
}

Test(spool, is_full_at_its_bound_and_refuses_at_twice_that) {
        SPOOL struct spool *s = spool_new();
        char object[32], text[256];

        for (unsigned i = 0; i < 2 * SPOOL_ACTIONS_MAX; i++) {
                cr_assert_eq(spool_full(s), i >= SPOOL_ACTIONS_MAX);
                (void) snprintf(object, sizeof(object), "/o%u", i % 500);
                (void) order(s, "script", object, 1);
        }
        (void) snprintf(text, sizeof(text),
                        "{\"actions\":[{\"id\":99999,\"kind\":\"mail\",\"object\":\"/\","
                        "\"about\":\"x\",\"ordered\":1,\"content\":{}}]}");
        cr_expect_eq(apply_text(s, text), -ENOSPC);
}

Test(spool, cursors_and_mailed_states_are_kept) {
        SPOOL struct spool *s = spool_new();
        const char *generation;
        uint64_t sequence;

        cr_expect_not(spool_cursor(s, PRODUCER, &generation, &sequence));
        cr_expect_eq(apply_text(s,
                                     "{\"cursor\":{\"producer\":\"" PRODUCER
                                     "\",\"generation\":\"abc\",\"sequence\":7},"
                                     "\"mailed\":{\"" A "\":\"MASTER\"}}"),
                        0);
        cr_assert(spool_cursor(s, PRODUCER, &generation, &sequence));
        cr_expect_str_eq(generation, "abc");
        cr_expect_eq(sequence, 7);
        cr_expect_str_eq(spool_mailed(s, A), "MASTER");
        cr_expect_null(spool_mailed(s, B));

        cr_expect_eq(apply_text(s, "{\"mailed\":{\"" A "\":\"BACKUP\",\"/other/x\":\"FAULT\"}}"),
                        0);
        cr_expect_str_eq(spool_mailed(s, A), "BACKUP");
        /* Forgetting comes before remembering. */
        cr_expect_eq(apply_text(s,
                                     "{\"forget\":\"/org/mainstay/vrrp1/\",\"mailed\":{\"" B
                                     "\":\"MASTER\"}}"),
                        0);
        cr_expect_null(spool_mailed(s, A));
        cr_expect_str_eq(spool_mailed(s, B), "MASTER");
        cr_expect_str_eq(spool_mailed(s, "/other/x"), "FAULT");
}

Test(spool, nonsense_changes_nothing) {
        static const char *const texts[] = {
                "[]",
                "7",
                "{\"ended\":-1}",
                "{\"ended\":\"1\"}",
                "{\"began\":1.5}",
                "{\"next-id\":18446744073709551615}",
                "{\"cursor\":{}}",
                "{\"cursor\":[]}",
                "{\"cursor\":{\"producer\":\"p\",\"generation\":7,\"sequence\":1}}",
                "{\"mailed\":[]}",
                "{\"mailed\":{\"/x\":1}}",
                "{\"mailed\":{\"/x\":null}}",
                "{\"forget\":1}",
                "{\"settled\":[1]}",
                "{\"actions\":{}}",
                "{\"actions\":[1]}",
                "{\"actions\":[{\"id\":5,\"kind\":\"script\"}]}",
                /* the second is bad: the first must not stay */
                "{\"actions\":[{\"id\":5,\"kind\":\"script\",\"object\":\"/\",\"about\":\"\","
                "\"ordered\":1,\"content\":{}},{\"id\":5,\"kind\":\"script\",\"object\":\"/\","
                "\"about\":\"\",\"ordered\":1,\"content\":{}}]}",
                "{\"actions\":[{\"id\":5,\"kind\":\"pigeon\",\"object\":\"/\",\"about\":\"\","
                "\"ordered\":1,\"content\":{}}]}",
                /* an id that was given out before */
                "{\"actions\":[{\"id\":1,\"kind\":\"script\",\"object\":\"/\",\"about\":\"\","
                "\"ordered\":1,\"content\":{}}]}",
        };

        SPOOL struct spool *s = spool_new();
        uint64_t id = order(s, "script", A, 1);

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                cr_expect_eq(apply_text(s, texts[i]), -EBADMSG, "%s", texts[i]);
                cr_expect_eq(spool_pending(s), 1);
                cr_expect_not_null(spool_find(s, id));
                cr_expect_eq(spool_next_id(s), id + 1);
        }
        /* What an older or newer version does not know is passed over. */
        cr_expect_eq(apply_text(s, "{\"colour\":\"red\",\"ended\":777}"), 0);
        cr_expect_eq(spool_pending(s), 1);
}

Test(spool, so_many_producers_and_no_more) {
        SPOOL struct spool *s = spool_new();
        char text[128];

        for (unsigned i = 0; i <= SPOOL_PRODUCERS_MAX; i++) {
                (void) snprintf(text, sizeof(text),
                                "{\"cursor\":{\"producer\":\"p%u\",\"generation\":\"g\","
                                "\"sequence\":1}}",
                                i);
                cr_expect_eq(apply_text(s, text), i < SPOOL_PRODUCERS_MAX ? 0 : -ENOSPC);
        }
}

Test(spool, mailed_states_are_bounded) {
        SPOOL struct spool *s = spool_new();
        char object[32];

        for (unsigned i = 0; i < SPOOL_MAILED_MAX + 5; i++) {
                JSON json_object *entry = json_object_new_object();

                (void) snprintf(object, sizeof(object), "/o%u", i);
                cr_assert_eq(entry_add_mailed(entry, object, "MASTER"), 0);
                cr_assert_eq(spool_apply(s, entry), 0);
        }
        cr_expect_null(spool_mailed(s, "/o4"));
        cr_expect_not_null(spool_mailed(s, "/o5"));
        cr_expect_not_null(spool_mailed(s, object));
}

static int collect(json_object *entry, void *userdata) {
        return spool_apply(userdata, entry);
}

static int print(json_object *entry, void *userdata) {
        return fprintf(userdata, "%s\n", json_object_to_json_string(entry)) < 0 ? -EIO : 0;
}

static char *text_of(const struct spool *s) {
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);

        cr_assert_eq(spool_snapshot(s, print, f), 0);
        cr_assert_eq(fclose(f), 0);
        return text;
}

Test(spool, a_snapshot_makes_an_equal_spool) {
        SPOOL struct spool *s = spool_new(), *t = spool_new();
        _cleanup_free_ char *first = NULL, *second = NULL;
        JSON json_object *settled = json_tokener_parse("[\"a@b\"]");
        uint64_t id;

        (void) order(s, "script", A, 1);
        id = order(s, "mail", B, 2);
        (void) order(s, "mail", B, 3);
        end(s, order(s, "script", B, 4)); /* leaves a hole below the next id */
        cr_assert_eq(apply_text(s, "{\"mailed\":{\"/x\":\"MASTER\"}}"), 0);
        put(s, entry_began(id));
        put(s, entry_failed(id, true, settled));
        put(s, entry_began(1));

        cr_assert_eq(spool_snapshot(s, collect, t), 0);
        first = text_of(s);
        second = text_of(t);
        cr_expect_str_eq(first, second);
        cr_expect_eq(spool_next_id(t), 5);
        cr_expect(spool_find(t, id)->repeat);
        cr_expect_eq(json_object_array_length(spool_find(t, id)->settled), 1);
        cr_expect(spool_find(t, 1)->began);
        cr_expect_not(spool_find(t, 1)->repeat);
}

Test(spool, what_began_is_repeated_after_a_crash_and_what_failed_is_not) {
        SPOOL struct spool *s = spool_new();
        uint64_t a = order(s, "script", A, 1), b = order(s, "mail", B, 2);

        put(s, entry_began(a));
        put(s, entry_began(b));
        put(s, entry_failed(b, false, NULL));
        spool_recovered(s);
        cr_expect(spool_find(s, a)->repeat);
        cr_expect_not(spool_find(s, b)->repeat);
        cr_expect_eq(spool_due(s, 0)->id, a);
}

Test(spool, knows_its_oldest) {
        SPOOL struct spool *s = spool_new();

        cr_expect_eq(spool_oldest_usec(s), 0);
        (void) order(s, "mail", A, 50);
        (void) order(s, "mail", B, 40);
        cr_expect_eq(spool_oldest_usec(s), 40);
}

Test(spool, kinds_have_words) {
        for (enum action_kind k = 0; k < _ACTION_KIND_MAX; k++)
                cr_expect_eq(action_kind_from_string(action_kind_to_string(k)), k);
        cr_expect_eq(action_kind_from_string("pigeon"), _ACTION_KIND_INVALID);
}
