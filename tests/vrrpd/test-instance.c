/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The election as the RFCs have it: who becomes master, when, and in which order things happen
 * then. */

#include "node.h"
#include "vrrpd/track.h"

TestSuite(instance);

Test(instance, waits_a_whole_down_interval_after_the_start) {
        node_start();
        run(4);
        EXPECT("[0.000] start > remove, INIT>BACKUP start\n"
               "[3.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance, speaks_every_interval_and_announces_a_second_time_after_the_delay) {
        node_start();
        run(4);
        trace_forget();
        run(9);
        EXPECT("[4.609] timer > advert 100 1s\n"
               "[5.609] timer > advert 100 1s\n"
               "[6.609] timer > advert 100 1s\n"
               "[7.609] timer > advert 100 1s\n"
               "[8.609] timer > advert 100 1s, announce 5 master-second\n");
}

Test(instance, refreshes_its_announcements_when_told_to) {
        params.garp_master_delay = 0;
        params.garp_master_refresh = 2 * USEC_PER_SEC;
        params.garp_master_refresh_repeat = 3;
        node_start();
        run(4);
        trace_forget();
        run(8);
        EXPECT("[4.609] timer > advert 100 1s\n"
               "[5.609] timer > advert 100 1s, announce 3 refresh\n"
               "[6.609] timer > advert 100 1s\n"
               "[7.609] timer > advert 100 1s, announce 3 refresh\n");
}

Test(instance, sends_no_second_burst_without_a_delay) {
        params.garp_master_delay = 0;
        node_start();
        run(4);
        cr_assert_eq(node.announce_at, USEC_INFINITY);
}

Test(instance, an_owner_is_master_at_once) {
        params.priority = 255;
        params.start_master = true;
        node_start();
        EXPECT("[0.000] start > advert 255 1s, add, announce 5 master, INIT>MASTER owner\n");
}

Test(instance, an_owner_told_to_be_backup_waits_like_the_others) {
        params.priority = 255;
        node_start();
        run(4);
        EXPECT("[0.000] start > remove, INIT>BACKUP start\n"
               "[3.004] timer > advert 255 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance, follows_a_better_master_and_takes_over_when_it_falls_silent) {
        node_start();
        trace_forget();
        run(0.5);
        hears(200, 2);
        run(1.5);
        hears(200, 2);
        run(6);
        EXPECT("[0.500] hears > (new-master 10.0.0.2 200)\n"
               "[5.109] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance, never_takes_over_before_the_down_interval_has_passed) {
        node_start();
        run(1);
        hears(200, 2);
        run(1 + 3.609374);
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
        run(1 + 3.609375);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
}

Test(instance, counts_from_when_the_advert_came_and_not_from_when_it_was_read) {
        node_start();
        trace_forget();
        run(2);
        heard(200, 2, 1.25);
        run(5);
        EXPECT("[2.000] hears > (new-master 10.0.0.2 200)\n"
               "[4.859] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance, takes_over_after_the_skew_when_the_master_resigns) {
        node_start();
        trace_forget();
        hears(200, 2);
        run(1);
        hears(0, 2);
        run(2);
        EXPECT("[0.000] hears > (new-master 10.0.0.2 200)\n"
               "[1.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n");
}

Test(instance, stays_backup_when_another_one_is_quicker_after_a_resignation) {
        node_start();
        trace_forget();
        hears(200, 2);
        run(1);
        hears(0, 2);
        run(1.4);
        hears(150, 3);
        run(4.9);
        EXPECT("[0.000] hears > (new-master 10.0.0.2 200)\n"
               "[1.400] hears > (new-master 10.0.0.3 150)\n");
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
        run(5.1);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
}

Test(instance, ignores_a_lower_master_and_takes_over_when_its_timer_ends) {
        node_start();
        trace_forget();
        for (int k = 0; k < 4; k++) {
                run(k);
                hears(50, 2);
        }
        run(4);
        EXPECT("[3.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER preempted-lower\n");
}

Test(instance, remembers_when_its_master_was_heard_and_that_a_lower_one_was_before_it) {
        node_start();
        run(1);
        hears(50, 2);
        cr_assert_eq(node.heard, USEC_INFINITY);
        run(2);
        hears(200, 3);
        cr_assert_eq(node.heard, 2 * USEC_PER_SEC);
        trace_forget();
        run(6);
        EXPECT("[5.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance, leaves_an_equal_master_in_office_whatever_its_address) {
        params.source = host_addr(9);
        node_start();
        for (int k = 0; k < 20; k++) {
                run(k);
                hears(100, 2);
        }
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
}

Test(instance, leaves_a_lower_master_in_office_when_told_not_to_preempt) {
        params.preempt = false;
        node_start();
        for (int k = 0; k < 20; k++) {
                run(k);
                hears(50, 2);
        }
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
        run(23);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
}

Test(instance, preempt_delay_begins_with_the_first_lower_advert_and_ends_in_a_down_interval) {
        params.preempt_delay = 10 * USEC_PER_SEC;
        node_start();
        trace_forget();
        for (int k = 1; k < 20 && node.state == VRRP_STATE_BACKUP; k++) {
                run(k);
                if (node.state == VRRP_STATE_BACKUP)
                        hears(50, 2);
        }
        /* Ends at 11 s; the last advert before it was that of 10 s. */
        EXPECT("[1.000] hears > (new-master 10.0.0.2 50)\n"
               "[13.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER preempted-lower\n");
}

Test(instance, preempt_delay_starts_anew_after_a_better_master) {
        params.preempt_delay = 10 * USEC_PER_SEC;
        node_start();
        run(1);
        hears(50, 2);
        cr_assert_eq(node.preempt_at, 11 * USEC_PER_SEC);
        run(2);
        hears(100, 2);
        hears(50, 2);
        hears(100, 2);
        cr_assert_eq(node.preempt_at, USEC_INFINITY);
        run(3);
        hears(50, 2);
        cr_assert_eq(node.preempt_at, 13 * USEC_PER_SEC);
}

Test(instance, preempt_delay_does_not_hold_up_the_successor_of_a_dead_master) {
        params.preempt_delay = 1000 * USEC_PER_SEC;
        node_start();
        run(1);
        hears(50, 2);
        run(4.7);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
}

Test(instance, a_v3_backup_learns_the_interval_of_its_master) {
        node_start();
        hears_interval(200, 2, 0.1);
        cr_assert_eq(vrrp_instance_down_interval(&node), 360937);
        trace_forget();
        run(1);
        EXPECT("[0.361] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
        cr_assert_eq(vrrp_instance_down_interval(&node), 3609375, "its own again");
}

Test(instance, a_v3_backup_learns_nothing_from_whom_it_does_not_accept) {
        node_start();
        hears_interval(50, 2, 0.1);
        cr_assert_eq(vrrp_instance_down_interval(&node), 3609375);
}

Test(instance, a_v2_backup_counts_with_its_own_interval) {
        params.version = 2;
        node_start();
        hears_interval(200, 2, 7);
        cr_assert_eq(vrrp_instance_down_interval(&node), 3609375);
        run(3.7);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
}

Test(instance, the_skew_of_v2_is_a_share_of_a_second_and_that_of_v3_of_the_interval) {
        params.advert_interval = 2 * USEC_PER_SEC;
        params.version = 2;
        node_init();
        cr_assert_eq(vrrp_instance_skew(&node), 609375);
        cr_assert_eq(vrrp_instance_down_interval(&node), 6609375);
        params.version = 3;
        node_init();
        cr_assert_eq(vrrp_instance_skew(&node), 1218750);
        cr_assert_eq(vrrp_instance_down_interval(&node), 7218750);
}

Test(instance, waits_for_as_many_adverts_as_configured) {
        params.down_timer_adverts = 5;
        node_start();
        run(5.6);
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
        run(5.61);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
}

Test(instance, hears_and_does_nothing_during_the_start_delay) {
        params.start_delay = 10 * USEC_PER_SEC;
        node_start();
        trace_forget();
        run(2);
        hears(200, 2);
        hears(0, 2);
        run(13);
        EXPECT("");
        run(14);
        EXPECT("[13.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

/* keepalived: "received adverts are thrown away and timers are extended until it passes". */
Test(instance, a_fault_at_the_start_does_not_end_the_start_delay) {
        params.start_delay = 10 * USEC_PER_SEC;
        node_init();
        faults(VRRP_FAULT_TRACKER, 0);
        feed(VRRP_INPUT_START);
        run(2);
        faults(0, VRRP_FAULT_TRACKER);
        run(5);
        hears(50, 2);
        run(14);
        EXPECT("[0.000] start > remove, INIT>FAULT fault:tracker\n"
               "[2.000] fault > FAULT>BACKUP fault-cleared\n"
               "[13.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance, a_fault_that_ends_after_the_start_delay_knows_it_no_more) {
        params.start_delay = 10 * USEC_PER_SEC;
        node_start();
        faults(VRRP_FAULT_TRACKER, 0);
        run(30);
        trace_forget();
        faults(0, VRRP_FAULT_TRACKER);
        run(34);
        EXPECT("[30.000] fault > FAULT>BACKUP fault-cleared\n"
               "[33.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance, hears_again_after_the_start_delay) {
        params.start_delay = 10 * USEC_PER_SEC;
        node_start();
        trace_forget();
        run(11);
        hears(200, 2);
        run(14);
        EXPECT("[11.000] hears > (new-master 10.0.0.2 200)\n");
}

/* Master */

static void become_master(void) {
        node_start();
        run_on(3.7);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
        trace_forget();
}

Test(instance, a_master_yields_to_a_higher_priority_without_a_farewell) {
        become_master();
        run(4);
        hears(101, 2);
        EXPECT("[4.000] hears > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.2 101)\n");
        run(7.6);
        EXPECT("");
}

Test(instance, a_master_may_send_one_more_advert_before_it_yields) {
        params.higher_prio_send_advert = true;
        become_master();
        run(4);
        hears(101, 2);
        EXPECT("[4.000] hears > advert 100 1s, remove, MASTER>BACKUP higher-priority, "
               "(new-master 10.0.0.2 101)\n");
}

Test(instance, of_two_equal_masters_the_higher_address_stays) {
        params.source = host_addr(5);
        become_master();
        run(4);
        hears(100, 4);
        EXPECT("[4.000] hears > advert 100 1s, announce 5 lower-priority, (lower-priority 10.0.0.4 100)\n");
        hears(100, 6);
        EXPECT("[4.000] hears > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.6 100)\n");
}

Test(instance, addresses_are_compared_as_numbers_in_network_order) {
        params.source = host_addr(5);
        params.source.in.s_addr = htonl(0x0a000105); /* 10.0.1.5 against 10.0.0.200 */
        become_master();
        run(4);
        hears(100, 200);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
}

Test(instance, a_changed_source_address_counts_for_the_next_tie) {
        struct vrrp_input in = { .type = VRRP_INPUT_SOURCE };

        params.source = host_addr(5);
        become_master();
        in.source.source = host_addr(3);
        vrrp_instance_step(&node, &in, 0, &(struct vrrp_effects){});
        run(4);
        hears(100, 4);
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
}

Test(instance, in_every_state_a_changed_source_address_is_noted) {
        struct vrrp_input in = { .type = VRRP_INPUT_SOURCE };
        struct vrrp_effects e;

        in.source.source = host_addr(77);
        for (int k = 0; k < 4; k++) {
                node_start();
                if (k == 1)
                        faults(VRRP_FAULT_TRACKER, 0);
                if (k == 2)
                        maintenance(true);
                if (k == 3)
                        feed(VRRP_INPUT_STOP);
                vrrp_instance_step(&node, &in, 0, &e);
                cr_assert_eq(e.n, 0);
                cr_assert(ip_addr_equal(&node.params.source, &in.source.source), "%d", k);
        }
}

Test(instance, an_equal_advert_from_our_own_address_is_only_told_and_not_too_often) {
        become_master();
        run(4);
        hears(100, 1);
        hears(100, 1);
        EXPECT("[4.000] hears > (same-source 10.0.0.1 100)\n");
}

Test(instance, a_master_answers_a_lower_priority_and_keeps_its_beat_from_there) {
        params.garp_lower_prio_delay = 2 * USEC_PER_SEC;
        become_master();
        run(4);
        hears(50, 2);
        run(6.5);
        EXPECT("[4.000] hears > advert 100 1s, announce 5 lower-priority, (lower-priority 10.0.0.2 50)\n"
               "[5.000] timer > advert 100 1s\n"
               "[6.000] timer > advert 100 1s, announce 5 lower-priority-second\n");
}

Test(instance, a_master_may_be_told_not_to_answer_a_lower_priority) {
        params.lower_prio_no_advert = true;
        params.garp_lower_prio_repeat = 0;
        become_master();
        run(4);
        hears(50, 2);
        EXPECT("[4.000] hears > (lower-priority 10.0.0.2 50)\n");
        cr_assert_eq(node.lower_announce_at, USEC_INFINITY);
}

Test(instance, a_master_announces_once_after_a_lower_priority_when_there_is_no_delay) {
        params.garp_lower_prio_delay = 0;
        become_master();
        run(4);
        hears(50, 2);
        cr_assert_eq(node.lower_announce_at, USEC_INFINITY);
}

Test(instance, a_flood_of_lower_adverts_is_told_once_a_second) {
        become_master();
        run(4);
        for (int k = 0; k < 10; k++)
                hears(50, 2);
        trace_forget();
        run(4.5);
        hears(50, 2);
        EXPECT("[4.500] hears > advert 100 1s, announce 5 lower-priority\n");
        run(5);
        trace_forget();
        hears(50, 2);
        EXPECT("[5.000] hears > advert 100 1s, announce 5 lower-priority, (lower-priority 10.0.0.2 50)\n");
}

Test(instance, a_master_answers_a_resignation_at_once_and_stays) {
        become_master();
        run(4);
        hears(0, 2);
        run(5.1);
        EXPECT("[4.000] hears > advert 100 1s\n"
               "[5.000] timer > advert 100 1s\n");
}

Test(instance, a_master_keeps_its_beat_although_its_timer_is_a_little_late) {
        become_master();
        sleep_until(4.7);
        feed(VRRP_INPUT_TIMER);
        EXPECT("[4.700] timer > advert 100 1s\n");
        run(6);
        EXPECT("[5.609] timer > advert 100 1s\n");
}

Test(instance, an_early_timer_is_harmless) {
        become_master();
        feed(VRRP_INPUT_TIMER);
        EXPECT("");
}

/* Two owners */

Test(instance, of_two_owners_the_lower_address_yields_at_once) {
        params.priority = 255;
        params.start_master = true;
        node_start();
        trace_forget();
        hears(255, 2);
        EXPECT("[0.000] hears > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.2 255)\n");
}

Test(instance, of_two_owners_the_higher_address_goes_down_to_254_when_the_other_does_not_yield) {
        params.priority = 255;
        params.start_master = true;
        params.source = host_addr(5);
        params.garp_lower_prio_repeat = 0;
        node_start();
        run(0.5);
        trace_forget();
        hears(255, 2);
        EXPECT("[0.500] hears > (two-owners 10.0.0.2 255), advert 255 1s, (lower-priority 10.0.0.2 255)\n");
        for (int k = 1; k <= 3; k++) {
                run(0.5 + k);
                hears(255, 2);
        }
        cr_assert_eq(node.state, VRRP_STATE_MASTER, "2 adverts and 1.2 intervals are not over");
        run(3.8);
        trace_forget();
        hears(255, 2);
        EXPECT("[3.800] hears > (priority-changed 255>254), remove, MASTER>BACKUP higher-priority, "
               "(new-master 10.0.0.2 255)\n");
        cr_assert_eq(vrrp_instance_priority(&node), 254);
}

Test(instance, a_demoted_owner_is_itself_again_when_the_other_has_yielded) {
        params.priority = 255;
        params.start_master = true;
        params.source = host_addr(5);
        node_start();
        for (int k = 0; k < 6; k++) {
                run(k);
                hears(255, 2);
        }
        cr_assert(node.demoted);
        run(6);
        trace_forget();
        hears(100, 3);
        EXPECT("[6.000] hears > (priority-changed 254>255)\n");
        cr_assert_not(node.demoted);
        cr_assert_eq(node.down_at, 8003906, "by the skew of 255");
        run(9);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
        cr_assert_eq(vrrp_instance_priority(&node), 255);
}

Test(instance, a_demoted_owner_is_itself_again_when_the_other_is_gone) {
        params.priority = 255;
        params.start_master = true;
        params.source = host_addr(5);
        node_start();
        for (int k = 0; k < 6; k++) {
                run(k);
                hears(255, 2);
        }
        run(5.01);
        trace_forget();
        run(8.5);
        EXPECT("[8.008] timer > advert 255 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

/* Words */

Test(instance, every_state_and_reason_has_one_word_both_ways) {
        for (int k = 0; k < _VRRP_STATE_MAX; k++)
                cr_assert_eq(vrrp_state_from_string(vrrp_state_to_string((enum vrrp_state) k)), k);
        for (int k = 0; k < _VRRP_REASON_MAX; k++)
                cr_assert_eq(vrrp_reason_from_string(vrrp_reason_to_string((enum vrrp_reason) k)),
                                k);
        cr_assert_str_eq(vrrp_state_to_string(VRRP_STATE_INIT), "INIT");
        cr_assert_str_eq(vrrp_state_to_string(VRRP_STATE_MAINTENANCE), "MAINTENANCE");
        cr_assert_null(vrrp_state_to_string(_VRRP_STATE_MAX));
        cr_assert_eq(vrrp_state_from_string("Active"), _VRRP_STATE_INVALID);
        cr_assert_eq(vrrp_reason_from_string(""), _VRRP_REASON_INVALID);
}

Test(instance, every_input_effect_burst_and_event_has_a_word) {
        for (int k = 0; k < _VRRP_INPUT_TYPE_MAX; k++)
                cr_assert_not_null(vrrp_input_type_to_string((enum vrrp_input_type) k));
        for (int k = 0; k < _VRRP_EFFECT_TYPE_MAX; k++)
                cr_assert_not_null(vrrp_effect_type_to_string((enum vrrp_effect_type) k));
        for (int k = 0; k < _VRRP_BURST_MAX; k++)
                cr_assert_not_null(vrrp_burst_to_string((enum vrrp_burst) k));
        for (int k = 0; k < _VRRP_EVENT_TYPE_MAX; k++)
                cr_assert_not_null(vrrp_event_type_to_string((enum vrrp_event_type) k));
}
