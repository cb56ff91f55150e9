/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stories of several routers, told in full: what each hears, does and says. Clocks are exact,
 * links take a microsecond. Adverts sent on time are left out. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "invariant.h"
#include "mutation.h"
#include "vrrpd/track.h"
#include "world.h"

TestSuite(network);

static struct world world;
static char *text;
static size_t text_size;

static struct vrrp_params params = {
        .family = AF_INET,
        .version = 3,
        .vrid = 51,
        .advert_interval = USEC_PER_SEC,
        .down_timer_adverts = 3,
        .preempt = true,
        .garp_master_repeat = 5,
};

static void begin(void) {
        world_init(&world, 1, open_memstream(&text, &text_size));
        world.delay_max = world.jitter_max = 1;
        world.fifo = true;
}

static struct router *add(uint8_t priority) {
        params.priority = priority;
        return world_add_router(&world, &params);
}

/* Go on to @seconds of the story. */
static void run(double seconds) {
        world_run(&world, 1000 * USEC_PER_SEC + (usec_t) (seconds * 1e6));
}

/* Forget what has been told. */
static void skip_to(double seconds) {
        run(seconds);
        rewind(world.trace);
}

/* A line of nothing but an advert is one on time. */
static bool is_a_beat(const char *line) {
        const char *effects = strstr(line, " timer > advert ");

        return effects && !strchr(effects, ',');
}

static const char *told(void) {
        static char story[16384];
        char *line, *rest;

        cr_assert_not(world_has_failed(&world), "%s", world.failure);
        cr_assert_eq(fputc('\0', world.trace), '\0');
        cr_assert_eq(fflush(world.trace), 0);
        story[0] = '\0';
        for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
                if (is_a_beat(line))
                        continue;
                strcat(story, line);
                strcat(story, "\n");
        }
        rewind(world.trace);
        return story;
}

#define EXPECT(golden)                                                                             \
        do {                                                                                       \
                const char *_story = told();                                                       \
                cr_assert_str_eq(_story, golden, "the story is\n%s\nand should be\n%s", _story,    \
                                golden);                                                           \
        } while (0)

Test(network, the_first_dies_then_the_second) {
        struct router *r1, *r2, *r3;

        begin();
        r1 = add(106);
        r2 = add(105);
        r3 = add(104);
        router_start(r1);
        router_start(r2);
        router_start(r3);
        run(10);
        router_power_off(r1);
        run(20);
        router_power_off(r2);
        run(30);
        EXPECT("[0.000] r1 starts\n"
               "[0.000] r1 start > remove, INIT>BACKUP start\n"
               "[0.000] r2 starts\n"
               "[0.000] r2 start > remove, INIT>BACKUP start\n"
               "[0.000] r3 starts\n"
               "[0.000] r3 start > remove, INIT>BACKUP start\n"
               "[3.586] r1 timer > advert 106 1s, add, announce 5 master, BACKUP>MASTER master-down\n"
               "[3.586] r2 hears 10.0.0.1 106 > (new-master 10.0.0.1 106)\n"
               "[3.586] r3 hears 10.0.0.1 106 > (new-master 10.0.0.1 106)\n"
               "[13.176] r2 timer > advert 105 1s, add, announce 5 master, BACKUP>MASTER master-down\n"
               "[13.176] r3 hears 10.0.0.2 105 > (new-master 10.0.0.2 105)\n"
               "[22.770] r3 timer > advert 104 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(network, a_failing_check_hands_over_and_a_good_one_takes_back) {
        struct router *r1, *r2;

        begin();
        r1 = add(106);
        r2 = add(105);
        router_start(r1);
        router_start(r2);
        skip_to(10);
        router_set_priority(r1, vrrp_track_priority(106, -20));
        run(20);
        router_set_priority(r1, 106);
        run(30);
        EXPECT("[10.000] r1 priority > (priority-changed 106>86)\n"
               "[13.176] r2 timer > advert 105 1s, add, announce 5 master, BACKUP>MASTER preempted-lower\n"
               "[13.176] r1 hears 10.0.0.2 105 > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.2 105)\n"
               "[20.000] r1 priority > (priority-changed 86>106)\n"
               "[22.762] r1 timer > advert 106 1s, add, announce 5 master, BACKUP>MASTER preempted-lower\n"
               "[22.762] r2 hears 10.0.0.1 106 > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.1 106)\n");
}

Test(network, with_nopreempt_the_one_who_returns_leaves_it) {
        struct router *r1, *r2;

        begin();
        params.preempt = false;
        r1 = add(100);
        r2 = add(50);
        router_start(r1);
        router_start(r2);
        skip_to(10);
        router_power_off(r1);
        run(20);
        router_start(r1);
        run(60);
        EXPECT("[13.414] r2 timer > advert 50 1s, add, announce 5 master, BACKUP>MASTER master-down\n"
               "[20.000] r1 starts\n"
               "[20.000] r1 start > remove, INIT>BACKUP start\n"
               "[20.414] r1 hears 10.0.0.2 50 > (new-master 10.0.0.2 50)\n");
}

Test(network, a_stop_hands_over_within_the_skew) {
        struct router *r1, *r2;

        begin();
        r1 = add(100);
        r2 = add(90);
        router_start(r1);
        router_start(r2);
        skip_to(10);
        router_feed_type(r1, VRRP_INPUT_STOP);
        run(11);
        EXPECT("[10.000] r1 stop > advert 100 1s, advert 0 1s, remove, MASTER>INIT stop\n"
               "[10.648] r2 timer > advert 90 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n");
}

static void restart(struct router *r, double away) {
        router_kill(r);
        router_start_later(r, (usec_t) (away * 1e6));
}

Test(network, a_restart_and_a_crash_of_the_master_move_nothing) {
        struct router *r1, *r2;

        begin();
        r1 = add(100);
        r2 = add(90);
        router_start(r1);
        router_start(r2);
        skip_to(10);
        router_feed_type(r1, VRRP_INPUT_PREPARE_RESTART);
        restart(r1, 0.1);
        run(20);
        restart(r1, 1.5);
        run(30);
        restart(r2, 2);
        run(40);
        EXPECT("[10.000] r1 prepare-restart > advert 100 1s\n"
               "[10.100] r1 starts and finds traces of itself\n"
               "[10.100] r1 resume > advert 100 1s, add, (adopted 0.100s)\n"
               "[21.500] r1 starts and finds traces of itself\n"
               "[21.500] r1 resume > advert 100 1s, add, announce 5 resumed, (adopted 2.400s)\n"
               "[32.000] r2 starts and finds traces of itself\n"
               "[32.000] r2 restore > remove, (adopted)\n");
        cr_assert(r1->addresses && !r2->addresses);
}

Test(network, at_ten_milliseconds_a_planned_restart_may_take_a_while) {
        struct router *r1, *r2;

        begin();
        params.advert_interval = 10 * USEC_PER_MSEC;
        r1 = add(100);
        r2 = add(90);
        router_start(r1);
        router_start(r2);
        skip_to(1);
        router_feed_type(r1, VRRP_INPUT_PREPARE_RESTART);
        restart(r1, 0.8);
        run(3);
        EXPECT("[1.000] r1 prepare-restart > advert 100 0.3s x3\n"
               "[1.800] r1 starts and finds traces of itself\n"
               "[1.800] r1 resume > advert 100 0.01s, add, announce 5 resumed, (adopted 0.800s)\n");
        router_power_off(r1);
        run(4);
        EXPECT("[3.026] r2 timer > advert 90 0.01s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(network, a_master_away_for_too_long_does_not_fight) {
        struct router *r1, *r2;

        begin();
        params.preempt = false;
        r1 = add(100);
        r2 = add(90);
        router_start(r1);
        router_start(r2);
        skip_to(10);
        router_pause(r1, PROCESS_PAUSED);
        run(20);
        router_go_on(r1);
        run(30);
        EXPECT("[13.258] r2 timer > advert 90 1s, add, announce 5 master, BACKUP>MASTER master-down\n"
               "[20.000] r1 hears 10.0.0.2 90 > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 90), (new-master 10.0.0.2 90)\n");
        restart(r2, 10);
        run(60);
        EXPECT("[32.867] r1 timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n"
               "[40.000] r2 starts and finds traces of itself\n"
               "[40.000] r2 finds 10.0.0.1 100 > remove, MASTER>BACKUP superseded, (superseded 10.0.0.1 100), (new-master 10.0.0.1 100)\n");
}

Test(network, a_split_makes_two_and_its_end_leaves_the_better) {
        struct router *r1, *r2;

        begin();
        r1 = add(100);
        r2 = add(90);
        router_start(r1);
        router_start(r2);
        skip_to(10);
        world.cut[0][1] = world.cut[1][0] = true;
        run(20);
        world.cut[0][1] = world.cut[1][0] = false;
        run(30);
        EXPECT("[13.258] r2 timer > advert 90 1s, add, announce 5 master, BACKUP>MASTER master-down\n"
               "[20.258] r1 hears 10.0.0.2 90 > advert 100 1s, (lower-priority 10.0.0.2 90)\n"
               "[20.258] r2 hears 10.0.0.1 100 > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.1 100)\n");
}

Test(network, preempt_delay_ends_in_a_takeover) {
        struct router *r1, *r2;

        begin();
        params.preempt_delay = 5 * USEC_PER_SEC;
        r1 = add(100);
        r2 = add(90);
        router_start(r2);
        run(5);
        router_start(r1);
        skip_to(5.1);
        run(20);
        EXPECT("[5.648] r1 hears 10.0.0.2 90 > (new-master 10.0.0.2 90)\n"
               "[13.258] r1 timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER preempted-lower\n"
               "[13.258] r2 hears 10.0.0.1 100 > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.1 100)\n");
}

/* --- sync groups: r1 and r2 on one machine, r3 and r4 on the other --- */

static void add_team(uint8_t first, uint8_t second) {
        struct team *t = &world.teams[world.n_teams++];

        params.grouped = true;
        team_join(t, add(first), PLACE_GROUP_1);
        team_join(t, add(second), PLACE_GROUP_1);
        t->members[1]->lan = 1;
}

Test(network, a_member_whose_timer_ends_first_waits_for_the_other) {
        begin();
        add_team(200, 100);
        router_start(&world.routers[0]);
        run(4);
        EXPECT("[0.000] r1 starts\n"
               "[0.000] r2 starts\n"
               "[0.000] r1 start > remove, INIT>BACKUP start\n"
               "[0.000] r2 start > remove, INIT>BACKUP start\n"
               "[3.609] r1 group-master > advert 200 1s, add, announce 5 master, BACKUP>MASTER master-down\n"
               "[3.609] r2 group-master > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(network, a_fault_of_one_member_is_the_groups_and_the_peer_has_all_within_its_skew) {
        begin();
        add_team(100, 100);
        add_team(90, 90);
        router_start(&world.routers[0]);
        router_start(&world.routers[2]);
        skip_to(10);
        router_set_faults(&world.routers[1], VRRP_FAULT_INTERFACE);
        run(11);
        router_set_faults(&world.routers[1], 0);
        run(12);
        EXPECT("[10.000] r2 fault > advert 100 1s, advert 0 1s, remove, MASTER>FAULT fault:interface\n"
               "[10.000] r1 fault > advert 100 1s, advert 0 1s, remove, MASTER>FAULT fault:group\n"
               "[10.648] r3 group-master > advert 90 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n"
               "[10.648] r4 group-master > advert 90 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n"
               "[11.000] r2 fault > FAULT>BACKUP fault-cleared\n"
               "[11.000] r1 fault > FAULT>BACKUP fault-cleared\n");
}

Test(network, the_one_that_yields_takes_the_others_along_without_a_word) {
        begin();
        add_team(100, 100);
        add_team(90, 90);
        router_start(&world.routers[2]);
        skip_to(10);
        router_start(&world.routers[0]);
        run(14);
        EXPECT("[10.000] r1 starts\n"
               "[10.000] r2 starts\n"
               "[10.000] r1 start > remove, INIT>BACKUP start\n"
               "[10.000] r2 start > remove, INIT>BACKUP start\n"
               "[13.609] r1 group-master > advert 100 1s, add, announce 5 master, BACKUP>MASTER preempted-lower\n"
               "[13.609] r2 group-master > advert 100 1s, add, announce 5 master, BACKUP>MASTER preempted-lower\n"
               "[13.609] r3 hears 10.0.0.1 100 > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.1 100)\n"
               "[13.609] r4 group-backup > remove, MASTER>BACKUP group\n"
               "[13.609] r4 hears 10.0.0.2 100 > (new-master 10.0.0.2 100)\n");
}

Test(network, resigning_and_maintenance_are_the_groups) {
        struct router *r1;

        begin();
        add_team(100, 100);
        add_team(90, 90);
        r1 = &world.routers[0];
        router_start(r1);
        router_start(&world.routers[2]);
        skip_to(10);
        router_feed_type(r1, VRRP_INPUT_RESIGN);
        run(15);
        router_set_maintenance(&world.routers[3], true);
        run(20);
        router_set_maintenance(&world.routers[2], false);
        run(20.5);
        EXPECT("[10.000] r1 resign > advert 100 1s, advert 0 1s, remove, MASTER>BACKUP resign\n"
               "[10.000] r2 resign > advert 100 1s, advert 0 1s, remove, MASTER>BACKUP resign\n"
               "[10.648] r3 group-master > advert 90 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n"
               "[10.648] r4 group-master > advert 90 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n"
               "[10.648] r1 hears 10.0.0.3 90 > (new-master 10.0.0.3 90)\n"
               "[10.648] r2 hears 10.0.0.4 90 > (new-master 10.0.0.4 90)\n"
               "[15.000] r4 maintenance > advert 90 1s, advert 0 1s, remove, MASTER>MAINTENANCE maintenance\n"
               "[15.000] r3 maintenance > advert 90 1s, advert 0 1s, remove, MASTER>MAINTENANCE maintenance\n"
               "[15.609] r1 group-master > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n"
               "[15.609] r2 group-master > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n"
               "[20.000] r3 maintenance > MAINTENANCE>BACKUP maintenance-over\n"
               "[20.000] r4 maintenance > MAINTENANCE>BACKUP maintenance-over\n");
}

Test(network, what_a_lower_router_taught_the_switches_is_put_right_for_all_members) {
        begin();
        params.garp_lower_prio_repeat = 2;
        add_team(100, 100);
        add_team(90, 90);
        router_start(&world.routers[0]);
        router_start(&world.routers[2]);
        world.cut[0][2] = world.cut[1][3] = world.cut[2][0] = world.cut[3][1] = true;
        skip_to(10);
        world.cut[2][0] = false;
        run(11);
        EXPECT("[10.648] r1 hears 10.0.0.3 90 > advert 100 1s, announce 2 lower-priority, (lower-priority 10.0.0.3 90)\n"
               "[10.648] r2 group-lower > announce 2 lower-priority\n");
}

/* As when the power comes back to both at once. Each has the better half, so both become master, and both
 * yield to the other, at the same time: without chance again and again. */
static void cross(void) {
        begin();
        add_team(100, 50);
        add_team(50, 100);
        router_start(&world.routers[0]);
        router_start(&world.routers[2]);
        run(120);
}

static unsigned times_master(const char *name) {
        unsigned n = 0;
        char needle[32];

        (void) snprintf(needle, sizeof(needle), " %s group-master", name);
        cr_assert_eq(fflush(world.trace), 0);
        for (const char *p = text; (p = strstr(p, needle)); p++)
                n++;
        return n;
}

Test(network, groups_with_crossed_priorities_come_to_rest) {
        cross();
        cr_assert_not(world_has_failed(&world), "%s", world.failure);
        cr_expect_eq(invariant_count_holders(&world, 0), 1);
        cr_expect_eq(invariant_count_holders(&world, 1), 1);
        cr_expect_eq(invariant_holder(&world, 0)->team, invariant_holder(&world, 1)->team);
        cr_expect_lt(times_master("r1") + times_master("r3"), 8);
}

Test(network, and_would_not_without_chance) {
        cr_assert_eq(mutation_select("collisions-repeated"), 0);
        cross();
        cr_expect_gt(times_master("r1"), 20);
        cr_expect_gt(times_master("r3"), 20);
}
