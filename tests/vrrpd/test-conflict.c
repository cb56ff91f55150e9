/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/conflict.h"

#include <criterion/criterion.h>
#include <string.h>

#define MS USEC_PER_MSEC
#define S USEC_PER_SEC
#define START (1000 * S)
#define INTERVAL S
#define SETTLED (START + 2 * INTERVAL) /* the take-over is over */
#define PATIENCE (2 * INTERVAL)

#define ASK VRRP_CONFLICT_DO_ASK
#define ANNOUNCE VRRP_CONFLICT_DO_ANNOUNCE
#define TELL VRRP_CONFLICT_DO_TELL
#define TELL_END VRRP_CONFLICT_DO_TELL_END

static const uint8_t them[VRRP_MAC_SIZE] = { 2, 0, 0, 0, 0, 7 };
static const uint8_t others[VRRP_MAC_SIZE] = { 2, 0, 0, 0, 0, 8 };
static struct vrrp_conflict c;

static void watch(void) {
        vrrp_conflict_watch(&c, INTERVAL, true, START);
}

TestSuite(conflict, .init = watch);

/* Step whenever it is asked for until @end; whoever is asked answers as @mac (NULL: nobody). What was done. */
static unsigned run(usec_t end, const uint8_t *mac, unsigned *ret_announced) {
        unsigned done = 0;
        usec_t at;

        while ((at = vrrp_conflict_deadline(&c)) <= end) {
                unsigned todo = vrrp_conflict_step(&c, at);

                cr_assert_eq(vrrp_conflict_step(&c, at) & ~ASK, 0, "nothing is done twice");
                done |= todo;
                if (ret_announced)
                        *ret_announced += (todo & ANNOUNCE) != 0;
                if (todo & ASK && mac)
                        vrrp_conflict_hear(&c, mac, at + MS);
        }
        return done;
}

Test(conflict, a_new_master_asks_once_who_else_has_the_address) {
        cr_expect_eq(vrrp_conflict_deadline(&c), SETTLED);
        cr_expect_eq(vrrp_conflict_step(&c, SETTLED - 1), 0);
        cr_expect_eq(vrrp_conflict_step(&c, SETTLED), ASK);
        cr_expect_eq(vrrp_conflict_deadline(&c), USEC_INFINITY, "that was all");
}

Test(conflict, with_fast_adverts_it_waits_a_second_with_that) {
        vrrp_conflict_watch(&c, 10 * MS, true, START);
        cr_expect_eq(vrrp_conflict_deadline(&c), START + S);
}

Test(conflict, an_answer_is_judged_when_the_peer_has_had_time_to_take_over) {
        cr_expect_eq(vrrp_conflict_step(&c, SETTLED), ASK);
        vrrp_conflict_hear(&c, them, SETTLED + MS);
        cr_expect_not(vrrp_conflict_exists(&c));
        cr_expect_eq(vrrp_conflict_deadline(&c), SETTLED + MS + PATIENCE);
        cr_expect_eq(vrrp_conflict_step(&c, SETTLED + PATIENCE), 0);
        cr_expect_eq(vrrp_conflict_step(&c, SETTLED + MS + PATIENCE), ASK | ANNOUNCE | TELL);
        cr_expect(vrrp_conflict_exists(&c));
        cr_expect_eq(c.since, SETTLED + MS);
}

Test(conflict, whoever_yields_meanwhile_has_had_none) {
        vrrp_conflict_hear(&c, them, SETTLED + S);
        vrrp_conflict_unwatch(&c);
        cr_expect_eq(vrrp_conflict_deadline(&c), USEC_INFINITY);
        cr_expect_eq(vrrp_conflict_step(&c, SETTLED + 10 * S), 0);
        vrrp_conflict_hear(&c, them, SETTLED + 10 * S);
        cr_expect_eq(vrrp_conflict_deadline(&c), USEC_INFINITY, "a backup does not mind");
        cr_expect_not(vrrp_conflict_exists(&c));
}

Test(conflict, the_last_word_of_the_old_master_is_answered_and_forgotten) {
        vrrp_conflict_hear(&c, them, START + 10 * MS);
        cr_expect_eq(run(START + 60 * S, NULL, NULL), ASK | ANNOUNCE);
        cr_expect_not(vrrp_conflict_exists(&c));
}

Test(conflict, unless_he_goes_on) {
        vrrp_conflict_hear(&c, them, START + 10 * MS);
        cr_expect_eq(run(START + 6 * S, them, NULL), ASK | ANNOUNCE | TELL);
        cr_expect(vrrp_conflict_exists(&c));
}

Test(conflict, one_that_lasts_is_told_once_and_answered_every_ten_seconds) {
        unsigned announced = 0;

        vrrp_conflict_hear(&c, them, SETTLED + S);
        cr_expect(run(SETTLED + S + PATIENCE, them, NULL) & TELL);
        cr_expect_eq(run(SETTLED + S + PATIENCE + 60 * S, them, &announced), ASK | ANNOUNCE);
        cr_expect_eq(announced, 6);
}

Test(conflict, the_end_is_seen_by_questions_and_announced) {
        usec_t quiet;

        vrrp_conflict_hear(&c, them, SETTLED + S);
        (void) run(SETTLED + 20 * S, them, NULL);
        cr_assert(vrrp_conflict_exists(&c));
        quiet = SETTLED + 20 * S;
        cr_expect_eq(run(quiet + VRRP_CONFLICT_ASK, NULL, NULL) & TELL_END, 0,
                        "one answer may be lost");
        cr_expect_eq(run(quiet + 4 * VRRP_CONFLICT_ASK, NULL, NULL) & (ANNOUNCE | TELL_END),
                        ANNOUNCE | TELL_END);
        cr_expect_not(vrrp_conflict_exists(&c));
        cr_expect_eq(vrrp_conflict_deadline(&c), USEC_INFINITY);
}

Test(conflict, another_claimant_is_another_conflict) {
        vrrp_conflict_hear(&c, them, SETTLED + S);
        (void) run(SETTLED + 30 * S, them, NULL);
        vrrp_conflict_hear(&c, others, SETTLED + 30 * S);
        cr_expect(run(SETTLED + 40 * S, others, NULL) & TELL);
        cr_expect_eq(memcmp(c.mac, others, sizeof(others)), 0);
}

Test(conflict, claimants_without_end_are_not_told_without_end) {
        unsigned told = 0, announced = 0;

        for (usec_t at = SETTLED; at < SETTLED + 60 * S; at += 10 * MS) {
                uint8_t mac[VRRP_MAC_SIZE] = { 2, 0, 0, 0, 0, (uint8_t) (at / MS / 10) };
                unsigned todo;

                vrrp_conflict_hear(&c, mac, at);
                todo = vrrp_conflict_step(&c, at);
                told += (todo & TELL) != 0;
                announced += (todo & ANNOUNCE) != 0;
        }
        cr_expect_leq(told, 6);
        cr_expect_leq(announced, 7);
        cr_expect_geq(told, 1);
}

Test(conflict, it_is_not_told_again_because_mastership_came_back) {
        vrrp_conflict_hear(&c, them, SETTLED + S);
        cr_expect(run(SETTLED + 3 * S, them, NULL) & TELL);
        vrrp_conflict_unwatch(&c);
        vrrp_conflict_watch(&c, 100 * MS, true, SETTLED + 4 * S);
        cr_expect_eq(run(SETTLED + 8 * S, them, NULL) & TELL, 0);
        cr_expect(vrrp_conflict_exists(&c));
}

Test(conflict, the_end_of_one_that_was_not_told_is_not_told) {
        vrrp_conflict_hear(&c, them, SETTLED + S);
        cr_expect(run(SETTLED + S + PATIENCE, NULL, NULL) & TELL);
        cr_expect(run(SETTLED + 7 * S + PATIENCE, NULL, NULL) & TELL_END);
        vrrp_conflict_hear(&c, them, SETTLED + 7 * S + PATIENCE);
        cr_expect_eq(run(SETTLED + 30 * S, NULL, NULL) & (TELL | TELL_END), 0);
}

Test(conflict, one_that_began_too_soon_to_be_told_is_told_when_it_lasts) {
        vrrp_conflict_hear(&c, them, SETTLED + S);
        cr_expect(run(SETTLED + S + PATIENCE, NULL, NULL) & TELL);
        (void) run(SETTLED + 6 * S + PATIENCE, NULL, NULL);
        cr_assert_not(vrrp_conflict_exists(&c));
        vrrp_conflict_hear(&c, them, SETTLED + 6 * S + PATIENCE);
        cr_expect_eq(run(SETTLED + 10 * S, them, NULL) & TELL, 0);
        cr_assert(vrrp_conflict_exists(&c));
        cr_expect(run(SETTLED + 20 * S, them, NULL) & TELL);
        cr_expect(run(SETTLED + 40 * S, NULL, NULL) & TELL_END);
}

Test(conflict, ones_own_answer_is_none) {
        vrrp_conflict_hear(&c, them, SETTLED + S);
        (void) run(SETTLED + S + PATIENCE, NULL, NULL);
        vrrp_conflict_dismiss(&c);
        cr_expect_not(vrrp_conflict_exists(&c));
        cr_expect_eq(vrrp_conflict_deadline(&c), USEC_INFINITY);
}

Test(conflict, where_nobody_is_asked_silence_must_be_longer) {
        usec_t told = SETTLED + S + PATIENCE;
        unsigned done;

        vrrp_conflict_watch(&c, INTERVAL, false, START);
        cr_expect_eq(vrrp_conflict_deadline(&c), USEC_INFINITY);
        vrrp_conflict_hear(&c, them, SETTLED + S);
        done = run(told, NULL, NULL);
        cr_expect_eq(done, ANNOUNCE | TELL);
        cr_expect_eq(run(told + 25 * S, NULL, NULL), 0);
        cr_expect(vrrp_conflict_exists(&c));
        cr_expect_eq(run(told + 35 * S, NULL, NULL), ANNOUNCE | TELL_END);
}

Test(conflict, a_zeroed_one_watches_nothing, .init = NULL) {
        struct vrrp_conflict zero = {};

        vrrp_conflict_hear(&zero, them, START);
        cr_expect_eq(vrrp_conflict_step(&zero, START + S), 0);
        cr_expect_eq(vrrp_conflict_deadline(&zero), USEC_INFINITY);
        cr_expect_not(vrrp_conflict_exists(&zero));
}
