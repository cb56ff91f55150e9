/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The group between its members: what each is told, in which order, and when. */

#include "vrrpd/group.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "vrrpd/timing.h"
#include "vrrpd/track.h"

#define S USEC_PER_SEC
#define MEMBERS 3

static const struct vrrp_params params = {
        .family = AF_INET,
        .version = 3,
        .vrid = 51,
        .priority = 100,
        .advert_interval = S,
        .down_timer_adverts = 3,
        .preempt = true,
        .grouped = true,
        .garp_master_repeat = 1,
        .garp_lower_prio_repeat = 1,
        .source = { .family = AF_INET, .in.s_addr = 0x0100000a },
};

static struct vrrp_instance members[MEMBERS];
static struct vrrp_group group;
static usec_t now;
static char story[4096];

static void write_down(unsigned k, const struct vrrp_input *in) {
        size_t n = strlen(story);

        (void) snprintf(story + n, sizeof(story) - n, "%u %s\n", k + 1,
                        vrrp_input_type_to_string(in->type));
}

static struct vrrp_effects step(unsigned k, const struct vrrp_input *in) {
        struct vrrp_effects effects;

        vrrp_instance_step(&members[k], in, now, &effects);
        return effects;
}

static struct vrrp_group_sum add_up(void) {
        struct vrrp_group_sum sum = {};

        for (unsigned k = 0; k < MEMBERS; k++)
                vrrp_group_add(&sum, &members[k]);
        return sum;
}

static bool give_orders(const struct vrrp_group_sum *sum) {
        bool any = false;

        for (unsigned k = 0; k < MEMBERS; k++) {
                struct vrrp_input in;

                if (!vrrp_group_order(&group, sum, &members[k], now, &in))
                        continue;
                any = true;
                write_down(k, &in);
                (void) step(k, &in);
        }
        return any;
}

/* Returns whether the group has changed; what members were told stands in the story. */
static bool settle(void) {
        struct vrrp_group_sum sum = add_up();

        for (int rounds = 0; give_orders(&sum); rounds++) {
                cr_assert_lt(rounds, VRRP_GROUP_ROUNDS_MAX, "orders without end");
                sum = add_up();
        }
        return vrrp_group_settle(&group, &sum, now);
}

static void feed(unsigned k, enum vrrp_input_type type) {
        (void) step(k, &(struct vrrp_input){ .type = type });
}

static void fault(unsigned k, unsigned set, unsigned cleared) {
        struct vrrp_input in = { .type = VRRP_INPUT_FAULT };

        in.fault.set = set;
        in.fault.cleared = cleared;
        (void) step(k, &in);
}

static void hear(unsigned k, uint8_t priority) {
        struct vrrp_input in = { .type = VRRP_INPUT_ADVERT };

        in.advert.advert = (struct vrrp_advert){
                .version = 3,
                .vrid = 51,
                .priority = priority,
                .interval = S,
                .source = { .family = AF_INET, .in.s_addr = 0x0200000a },
        };
        in.advert.received = now;
        (void) step(k, &in);
}

#define EXPECT(text)                                                                               \
        do {                                                                                       \
                cr_assert_str_eq(story, text, "the story is\n%s", story);                          \
                story[0] = '\0';                                                                   \
        } while (0)

static void init(void) {
        now = 100 * S;
        vrrp_group_init(&group, 4711);
        for (unsigned k = 0; k < MEMBERS; k++)
                vrrp_instance_init(&members[k], &params);
}

static void start(void) {
        for (unsigned k = 0; k < MEMBERS; k++)
                feed(k, VRRP_INPUT_START);
        cr_assert(settle());
        cr_assert_eq(group.state, VRRP_STATE_BACKUP);
        EXPECT("");
}

static void become_master(void) {
        start();
        now += 4 * S;
        for (unsigned k = 0; k < MEMBERS; k++)
                feed(k, VRRP_INPUT_TIMER);
        cr_assert(settle());
        cr_assert_eq(group.state, VRRP_STATE_MASTER);
        story[0] = '\0';
}

TestSuite(group, .init = init);

Test(group, is_not_master_before_all_members_are_ready) {
        start();
        now += 4 * S;
        feed(0, VRRP_INPUT_TIMER);
        feed(2, VRRP_INPUT_TIMER);
        cr_expect_not(settle());
        EXPECT("");
        cr_expect_eq(vrrp_instance_deadline(&members[0]), USEC_INFINITY);
        feed(1, VRRP_INPUT_TIMER);
        cr_expect(settle());
        EXPECT("1 group-master\n2 group-master\n3 group-master\n");
        cr_expect_eq(group.state, VRRP_STATE_MASTER);
        cr_expect_eq(group.reason, VRRP_REASON_MASTER_DOWN);
        cr_expect_eq(group.since, now);
}

Test(group, a_member_that_hears_a_master_is_ready_no_more) {
        start();
        now += 4 * S;
        feed(0, VRRP_INPUT_TIMER);
        hear(0, 200);
        feed(1, VRRP_INPUT_TIMER);
        feed(2, VRRP_INPUT_TIMER);
        cr_expect_not(settle());
        EXPECT("");
}

Test(group, a_ready_member_forgets_what_the_lost_master_announced) {
        start();
        hear(0, 200);
        members[0].master_interval = 10 * S;
        now += 40 * S;
        feed(0, VRRP_INPUT_TIMER);
        cr_expect(vrrp_instance_is_ready(&members[0]));
        hear(0, 0);
        cr_expect_not(vrrp_instance_is_ready(&members[0]));
        cr_expect_leq(vrrp_instance_deadline(&members[0]), now + S);
}

Test(group, a_ready_member_tries_again_what_had_failed) {
        struct vrrp_input failed = { .type = VRRP_INPUT_EFFECT_FAILED };
        struct vrrp_effects e;

        start();
        failed.effect_failed.effect = VRRP_EFFECT_REMOVE_ADDRESSES;
        failed.effect_failed.error = -1;
        (void) step(0, &failed);
        now += 4 * S;
        e = step(0, &(struct vrrp_input){ .type = VRRP_INPUT_TIMER });
        cr_expect(vrrp_instance_is_ready(&members[0]));
        cr_assert_eq(e.n, 1);
        cr_expect_eq(e.items[0].type, VRRP_EFFECT_REMOVE_ADDRESSES);
        cr_expect_eq(vrrp_instance_deadline(&members[0]), USEC_INFINITY);
}

Test(group, a_ready_member_stays_ready_when_the_configuration_is_read_again) {
        struct vrrp_input in = { .type = VRRP_INPUT_RECONFIGURE };

        start();
        hear(0, 200);
        members[0].master_interval = 2 * S;
        now += 10 * S;
        feed(0, VRRP_INPUT_TIMER);
        in.reconfigure.params = params;
        in.reconfigure.priority = params.priority;
        (void) step(0, &in);
        cr_expect(vrrp_instance_is_ready(&members[0]));
        cr_expect_eq(vrrp_instance_deadline(&members[0]), USEC_INFINITY);
}

Test(group, a_ready_member_that_leaves_the_group_takes_over_by_itself) {
        struct vrrp_input in = { .type = VRRP_INPUT_RECONFIGURE };

        start();
        now += 4 * S;
        feed(0, VRRP_INPUT_TIMER);
        cr_assert(vrrp_instance_is_ready(&members[0]));
        in.reconfigure.params = params;
        in.reconfigure.params.grouped = false;
        in.reconfigure.priority = params.priority;
        (void) step(0, &in);
        cr_expect_not(vrrp_instance_is_ready(&members[0]));
        cr_assert_leq(vrrp_instance_deadline(&members[0]), now, "nobody would wake it");
        feed(0, VRRP_INPUT_TIMER);
        cr_expect_eq(members[0].state, VRRP_STATE_MASTER);
}

Test(group, a_ready_member_takes_the_interval_that_is_configured_now) {
        struct vrrp_input in = { .type = VRRP_INPUT_RECONFIGURE };

        start();
        hear(0, 200);
        now += 4 * S;
        feed(0, VRRP_INPUT_TIMER);
        cr_assert(vrrp_instance_is_ready(&members[0]));
        in.reconfigure.params = params;
        in.reconfigure.params.advert_interval = 2 * S;
        in.reconfigure.priority = params.priority;
        (void) step(0, &in);
        cr_expect_gt(vrrp_instance_deadline(&members[0]), now + 2 * S);
        hear(0, 0);
        cr_expect_eq(vrrp_instance_deadline(&members[0]) - now,
                        vrrp_timing_skew(3, params.priority, 2 * S));
        in.reconfigure.params.advert_interval = 3 * S;
        (void) step(0, &in);
        cr_expect_eq(vrrp_instance_deadline(&members[0]) - now,
                        vrrp_timing_skew(3, params.priority, 3 * S), "after a farewell, too");
}

Test(group, a_member_that_is_told_too_early_does_not_become_master) {
        start();
        feed(0, VRRP_INPUT_GROUP_MASTER);
        cr_expect_eq(members[0].state, VRRP_STATE_BACKUP);
}

Test(group, the_one_that_yields_pulls_the_others_down_and_they_say_nothing) {
        struct vrrp_effects e;

        become_master();
        now += S;
        hear(1, 200);
        e = step(0, &(struct vrrp_input){ .type = VRRP_INPUT_GROUP_BACKUP });
        cr_expect_eq(e.n, 2);
        cr_expect_eq(e.items[0].type, VRRP_EFFECT_REMOVE_ADDRESSES);
        cr_expect_eq(e.items[1].type, VRRP_EFFECT_STATE_CHANGED);
        cr_expect_eq(e.items[1].state_changed.reason, VRRP_REASON_GROUP);
        cr_expect(settle());
        EXPECT("3 group-backup\n");
        cr_expect_eq(group.state, VRRP_STATE_BACKUP);
        cr_expect_eq(group.reason, VRRP_REASON_HIGHER_PRIORITY);
}

Test(group, a_fault_is_everybodys_until_the_last_is_gone) {
        become_master();
        fault(1, VRRP_FAULT_INTERFACE, 0);
        cr_expect(settle());
        EXPECT("1 fault\n3 fault\n");
        cr_expect_eq(group.state, VRRP_STATE_FAULT);
        cr_expect_eq(members[0].faults, VRRP_FAULT_GROUP);
        cr_expect_eq(members[1].faults, VRRP_FAULT_INTERFACE);

        fault(2, VRRP_FAULT_TRACKER, 0);
        cr_expect_not(settle());
        EXPECT("2 fault\n");
        fault(1, 0, VRRP_FAULT_INTERFACE);
        cr_expect_not(settle());
        EXPECT("3 fault\n");
        cr_expect_eq(members[1].state, VRRP_STATE_FAULT);
        fault(2, 0, VRRP_FAULT_TRACKER);
        cr_expect(settle());
        EXPECT("1 fault\n2 fault\n");
        cr_expect_eq(group.state, VRRP_STATE_BACKUP);
        cr_expect_eq(group.reason, VRRP_REASON_FAULT_CLEARED);
}

Test(group, a_report_that_is_missing_is_told_apart_from_a_bad_one) {
        fault(0, VRRP_FAULT_TRACKER_UNKNOWN, 0);
        cr_expect_not(settle());
        EXPECT("2 fault\n3 fault\n");
        cr_expect_eq(members[1].faults, VRRP_FAULT_GROUP_UNKNOWN);
        fault(0, VRRP_FAULT_TRACKER, VRRP_FAULT_TRACKER_UNKNOWN);
        (void) settle();
        cr_expect_eq(members[1].faults, VRRP_FAULT_GROUP);
}

Test(group, faults_are_known_before_anybody_starts) {
        fault(2, VRRP_FAULT_SOURCE, 0);
        (void) settle();
        feed(0, VRRP_INPUT_START);
        cr_expect_eq(members[0].state, VRRP_STATE_FAULT);
}

Test(group, maintenance_of_one_is_everybodys) {
        struct vrrp_input on = { .type = VRRP_INPUT_MAINTENANCE }, ret;
        struct vrrp_effects e;

        become_master();
        on.maintenance.on = true;
        e = step(1, &on);
        cr_expect(vrrp_group_share(&on, &e, &ret));
        cr_expect_eq(ret.type, VRRP_INPUT_MAINTENANCE);
        cr_expect(settle());
        EXPECT("1 maintenance\n3 maintenance\n");
        cr_expect_eq(group.state, VRRP_STATE_MAINTENANCE);
}

Test(group, shares_what_concerns_all_and_nothing_else) {
        struct vrrp_input in = { .type = VRRP_INPUT_RESIGN }, ret;
        struct vrrp_effects lower = { .n = 1, .items = { { .type = VRRP_EFFECT_ANNOUNCE } } };

        cr_expect(vrrp_group_share(&in, &(struct vrrp_effects){}, &ret));
        cr_expect_eq(ret.type, VRRP_INPUT_RESIGN);
        in.type = VRRP_INPUT_ADVERT;
        cr_expect_not(vrrp_group_share(&in, &(struct vrrp_effects){}, &ret));
        lower.items[0].announce.burst = VRRP_BURST_LOWER_PRIORITY;
        cr_expect(vrrp_group_share(&in, &lower, &ret));
        cr_expect_eq(ret.type, VRRP_INPUT_GROUP_LOWER);
        lower.items[0].announce.burst = VRRP_BURST_REFRESH;
        cr_expect_not(vrrp_group_share(&in, &lower, &ret));
        in.type = VRRP_INPUT_STOP;
        cr_expect_not(vrrp_group_share(&in, &(struct vrrp_effects){}, &ret));
}

Test(group, while_some_have_not_started_nobody_is_behind) {
        feed(0, VRRP_INPUT_START);
        members[1].state = VRRP_STATE_MASTER;
        cr_expect_not(settle());
        EXPECT("");
        cr_expect_eq(group.state, VRRP_STATE_INIT);
}

Test(group, after_yielding_it_waits_longer_by_chance_and_not_after_a_farewell) {
        struct vrrp_group_sum sum;

        become_master();
        hear(0, 200);
        (void) settle();
        cr_expect_geq(group.hold_until, now + 3 * S);
        cr_expect_leq(group.hold_until, now + 3 * S + S + 2 * S);
        group.hold_until = now + 10 * S;
        now += 4 * S + 100;
        for (unsigned k = 0; k < MEMBERS; k++)
                feed(k, VRRP_INPUT_TIMER);
        story[0] = '\0';
        cr_expect_not(settle());
        EXPECT("");
        sum = add_up();
        cr_expect_eq(vrrp_group_deadline(&group, &sum), group.hold_until);
        sum.resigned = true;
        cr_expect_eq(vrrp_group_deadline(&group, &sum), USEC_INFINITY);
        now = group.hold_until;
        cr_expect(settle());
        EXPECT("1 group-master\n2 group-master\n3 group-master\n");
}

/* --- who comes --- */

/* The third member has been by itself until now; the group has been master without it. */
static void join_the_third(void) {
        struct vrrp_group_sum sum;
        struct vrrp_input in;

        become_master();
        feed(2, VRRP_INPUT_STOP);
        feed(2, VRRP_INPUT_START);
        sum = add_up();
        cr_assert(vrrp_group_join(&group, &sum, &members[2], &in));
        cr_assert_eq(in.type, VRRP_INPUT_GROUP_NEWCOMER);
        cr_assert(in.newcomer.on);
        cr_expect_not(vrrp_group_join(&group, &sum, &members[0], &in), "it is master already");
        (void) step(2,
                        &(struct vrrp_input){
                                        .type = VRRP_INPUT_GROUP_NEWCOMER, .newcomer.on = true });
        cr_expect_not(settle());
        EXPECT("");
        cr_expect_eq(group.state, VRRP_STATE_MASTER);
}

Test(group, a_newcomer_waits_for_its_own_mastership_and_nobody_for_it) {
        join_the_third();
        now += 3 * S;
        feed(2, VRRP_INPUT_TIMER);
        cr_expect_not(settle());
        EXPECT("");
        now += S;
        feed(2, VRRP_INPUT_TIMER);
        cr_expect_not(settle());
        EXPECT("3 group-master\n");
        cr_expect_eq(members[2].state, VRRP_STATE_MASTER);
        cr_expect_not(members[2].newcomer);

        /* From now on it is a member as any. */
        hear(2, 200);
        cr_expect(settle());
        EXPECT("1 group-backup\n2 group-backup\n");
}

Test(group, a_newcomer_that_must_follow_another_pulls_the_group_down) {
        join_the_third();
        now += S;
        hear(2, 100);
        cr_expect(settle());
        EXPECT("1 group-backup\n2 group-backup\n");
        cr_expect_eq(group.state, VRRP_STATE_BACKUP);
        cr_expect_eq(group.reason, VRRP_REASON_HIGHER_PRIORITY);
}

Test(group, a_newcomer_that_must_not_preempt_follows) {
        struct vrrp_input in = { .type = VRRP_INPUT_RECONFIGURE };

        join_the_third();
        in.reconfigure.params = params;
        in.reconfigure.params.preempt = false;
        in.reconfigure.priority = params.priority;
        (void) step(2, &in);
        hear(2, 50);
        cr_expect(settle());
        cr_expect_eq(group.state, VRRP_STATE_BACKUP);
}

Test(group, a_newcomer_that_preempts_is_waited_for) {
        join_the_third();
        for (int k = 0; k < 4; k++) {
                now += S;
                hear(2, 50);
                feed(2, VRRP_INPUT_TIMER);
        }
        cr_expect_not(settle());
        EXPECT("3 group-master\n");
        cr_expect_eq(members[2].reason, VRRP_REASON_PREEMPTED_LOWER);
}

Test(group, a_newcomer_that_preempts_later_is_waited_for) {
        join_the_third();
        members[2].params.preempt_delay = 10 * S;
        for (int k = 0; k < 9; k++) {
                now += S;
                hear(2, 50);
                cr_expect_not(settle());
        }
        EXPECT("");
        cr_expect(members[2].newcomer);
}

Test(group, a_newcomer_with_a_fault_takes_all_into_fault) {
        join_the_third();
        fault(2, VRRP_FAULT_INTERFACE, 0);
        cr_expect(settle());
        EXPECT("1 fault\n2 fault\n3 group-newcomer\n");
        cr_expect_eq(group.state, VRRP_STATE_FAULT);
        cr_expect_not(members[2].newcomer);
}

Test(group, a_newcomer_that_waits_for_a_report_moves_nobody) {
        join_the_third();
        fault(2, VRRP_FAULT_TRACKER_UNKNOWN, 0);
        cr_expect_eq(members[2].state, VRRP_STATE_FAULT);
        cr_expect_not(settle());
        EXPECT("");
        cr_expect_eq(group.state, VRRP_STATE_MASTER);

        fault(2, 0, VRRP_FAULT_TRACKER_UNKNOWN);
        cr_expect_eq(members[2].state, VRRP_STATE_BACKUP);
        cr_expect_not(settle());
        now += 4 * S;
        feed(2, VRRP_INPUT_TIMER);
        cr_expect_not(settle());
        EXPECT("3 group-master\n");
}

Test(group, a_newcomer_waits_with_the_others_once_they_are_masters_no_more) {
        join_the_third();
        fault(2, VRRP_FAULT_TRACKER_UNKNOWN, 0);
        hear(0, 200);
        cr_expect(settle());
        EXPECT("2 group-backup\n3 group-newcomer\n1 fault\n2 fault\n");
        cr_expect_eq(group.state, VRRP_STATE_FAULT);
        cr_expect_eq(members[0].faults, VRRP_FAULT_GROUP_UNKNOWN);
}

Test(group, comers_are_newcomers_only_where_there_are_masters) {
        struct vrrp_group_sum sum;
        struct vrrp_input in;

        start();
        sum = add_up();
        cr_expect_not(vrrp_group_join(&group, &sum, &members[0], &in), "nobody is master");
        now += 4 * S;
        feed(0, VRRP_INPUT_TIMER);
        feed(0, VRRP_INPUT_GROUP_MASTER);
        cr_assert_eq(members[0].state, VRRP_STATE_MASTER);
        sum = add_up();
        cr_expect_not(vrrp_group_join(&group, &sum, &members[1], &in), "the many go on");
        group.state = VRRP_STATE_INIT;
        cr_expect(vrrp_group_join(&group, &sum, &members[1], &in), "a new group of old masters");
}

Test(group, a_master_that_comes_to_a_group_that_is_not_gives_way) {
        start();
        now += 4 * S;
        feed(0, VRRP_INPUT_TIMER);
        feed(0, VRRP_INPUT_GROUP_MASTER);
        cr_expect_not(settle());
        EXPECT("1 group-backup\n");
}

Test(group, an_empty_one_is_what_it_was) {
        const struct vrrp_group_sum none = {};

        become_master();
        cr_expect_not(vrrp_group_settle(&group, &none, now));
        cr_expect_eq(group.state, VRRP_STATE_MASTER);
        cr_expect_eq(vrrp_group_deadline(&group, &none), USEC_INFINITY);
}

Test(group, is_stopped_when_all_are) {
        become_master();
        for (unsigned k = 0; k < MEMBERS; k++) {
                feed(k, VRRP_INPUT_STOP);
                cr_expect_eq(settle(), k == MEMBERS - 1);
        }
        EXPECT("");
        cr_expect_eq(group.state, VRRP_STATE_INIT);
        cr_expect_eq(group.reason, VRRP_REASON_STOP);
}
