/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What operators, trackers, interfaces and the kernel do to an election. */

#include <errno.h>

#include "node.h"
#include "vrrpd/track.h"

TestSuite(instance_operation);

static void become_master(void) {
        node_start();
        run_on(3.7);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
        trace_forget();
}

/* Stopping and resigning */

Test(instance_operation, a_stopped_master_says_farewell_before_it_lets_go) {
        become_master();
        feed(VRRP_INPUT_STOP);
        EXPECT("[3.700] stop > advert 100 1s, advert 0 1s, remove, MASTER>INIT stop\n");
        cr_assert_eq(vrrp_instance_deadline(&node), USEC_INFINITY);
}

Test(instance_operation, a_stopped_backup_says_nothing_to_the_network) {
        node_start();
        trace_forget();
        feed(VRRP_INPUT_STOP);
        EXPECT("[0.000] stop > BACKUP>INIT stop\n");
}

Test(instance_operation, a_stopped_instance_can_be_started_again) {
        become_master();
        feed(VRRP_INPUT_STOP);
        feed(VRRP_INPUT_STOP);
        trace_forget();
        feed(VRRP_INPUT_START);
        EXPECT("[3.700] start > remove, INIT>BACKUP start\n");
}

Test(instance_operation, a_resigned_master_leaves_office_to_whoever_takes_it) {
        become_master();
        feed(VRRP_INPUT_RESIGN);
        EXPECT("[3.700] resign > advert 100 1s, advert 0 1s, remove, MASTER>BACKUP resign\n");
        for (int k = 4; k < 20; k++) {
                run(k);
                hears(50, 2);
        }
        EXPECT("[4.000] hears > (new-master 10.0.0.2 50)\n");
        run(23);
        EXPECT("[22.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance_operation, a_resigned_master_that_nobody_succeeds_takes_office_again) {
        become_master();
        feed(VRRP_INPUT_RESIGN);
        trace_forget();
        run(7.4);
        EXPECT("[7.309] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
        cr_assert_not(node.resigned);
}

Test(instance_operation, a_resignation_is_forgotten_once_its_successor_is_better) {
        unsigned int before;

        become_master();
        feed(VRRP_INPUT_RESIGN);
        run(4);
        hears(99, 2);
        priority(99);
        before = node.revision;
        run(5);
        hears(99, 2);
        cr_assert_not(node.resigned);
        cr_assert_neq(node.revision, before, "a successor process must know");
}

Test(instance_operation, a_backup_has_nothing_to_resign) {
        node_start();
        trace_forget();
        feed(VRRP_INPUT_RESIGN);
        EXPECT("");
        cr_assert_not(node.resigned);
}

/* Faults */

Test(instance_operation, a_faulty_master_says_farewell_and_a_faulty_backup_does_not) {
        become_master();
        faults(VRRP_FAULT_INTERFACE, 0);
        EXPECT("[3.700] fault > advert 100 1s, advert 0 1s, remove, MASTER>FAULT fault:interface\n");
        node_start();
        trace_forget();
        faults(VRRP_FAULT_TRACKER | VRRP_FAULT_SOURCE, 0);
        EXPECT("[3.700] fault > BACKUP>FAULT fault:tracker,no-source-address\n");
}

Test(instance_operation, a_fault_ends_with_its_last_reason_and_a_whole_down_interval_follows) {
        become_master();
        faults(VRRP_FAULT_INTERFACE | VRRP_FAULT_SOURCE, 0);
        trace_forget();
        run(10);
        faults(0, VRRP_FAULT_INTERFACE);
        run(11);
        faults(0, VRRP_FAULT_SOURCE);
        run(15);
        EXPECT("[10.000] fault > (faults-changed no-source-address)\n"
               "[11.000] fault > FAULT>BACKUP fault-cleared\n"
               "[14.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance_operation, an_owner_comes_back_from_a_fault_after_one_interval_and_its_skew) {
        params.priority = 255;
        params.start_master = true;
        node_start();
        faults(VRRP_FAULT_INTERFACE, 0);
        run(5);
        faults(0, VRRP_FAULT_INTERFACE);
        trace_forget();
        run(7);
        EXPECT("[6.004] timer > advert 255 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance_operation, a_fault_named_again_is_no_news) {
        become_master();
        faults(VRRP_FAULT_INTERFACE, 0);
        trace_forget();
        faults(VRRP_FAULT_INTERFACE, 0);
        faults(0, VRRP_FAULT_SOURCE);
        EXPECT("");
}

Test(instance_operation, one_that_is_faulty_from_the_beginning_starts_in_fault) {
        node_init();
        faults(VRRP_FAULT_TRACKER_UNKNOWN, 0);
        EXPECT("");
        feed(VRRP_INPUT_START);
        EXPECT("[0.000] start > remove, INIT>FAULT fault:tracker-unknown\n");
}

Test(instance_operation, a_faulty_owner_does_not_start_as_master) {
        params.priority = 255;
        params.start_master = true;
        node_init();
        faults(VRRP_FAULT_INTERFACE, 0);
        feed(VRRP_INPUT_START);
        cr_assert_eq(node.state, VRRP_STATE_FAULT);
}

Test(instance_operation, in_fault_nothing_is_heard_and_nothing_said) {
        node_start();
        faults(VRRP_FAULT_INTERFACE, 0);
        trace_forget();
        hears(50, 2);
        hears(0, 2);
        feed(VRRP_INPUT_SEND_ANNOUNCEMENTS);
        feed(VRRP_INPUT_RESIGN);
        feed(VRRP_INPUT_PREPARE_RESTART);
        run(100);
        EXPECT("");
}

Test(instance_operation, learns_its_own_interval_again_in_fault) {
        node_start();
        hears_interval(200, 2, 0.1);
        faults(VRRP_FAULT_INTERFACE, 0);
        faults(0, VRRP_FAULT_INTERFACE);
        cr_assert_eq(vrrp_instance_down_interval(&node), 3609375);
}

/* Maintenance */

Test(instance_operation, maintenance_gives_everything_up_and_stays_out) {
        become_master();
        maintenance(true);
        EXPECT("[3.700] maintenance > advert 100 1s, advert 0 1s, remove, MASTER>MAINTENANCE maintenance\n");
        hears(50, 2);
        run(30);
        EXPECT("");
        maintenance(false);
        run(34);
        EXPECT("[30.000] maintenance > MAINTENANCE>BACKUP maintenance-over\n"
               "[33.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance_operation, maintenance_hides_a_fault_that_shows_when_it_ends) {
        node_start();
        maintenance(true);
        trace_forget();
        faults(VRRP_FAULT_TRACKER, 0);
        EXPECT("");
        maintenance(false);
        EXPECT("[0.000] maintenance > MAINTENANCE>FAULT fault:tracker\n");
        maintenance(true);
        EXPECT("[0.000] maintenance > FAULT>MAINTENANCE maintenance\n");
        faults(0, VRRP_FAULT_TRACKER);
        maintenance(false);
        EXPECT("[0.000] maintenance > MAINTENANCE>BACKUP maintenance-over\n");
}

Test(instance_operation, one_in_maintenance_from_the_beginning_starts_there) {
        node_init();
        maintenance(true);
        feed(VRRP_INPUT_START);
        EXPECT("[0.000] start > remove, INIT>MAINTENANCE maintenance\n");
        feed(VRRP_INPUT_STOP);
        EXPECT("[0.000] stop > MAINTENANCE>INIT stop\n");
}

/* Priorities */

Test(instance_operation, a_changed_priority_moves_the_running_timer_by_the_difference) {
        node_start();
        trace_forget();
        run(1);
        priority(200);
        cr_assert_eq(node.down_at, 3218750);
        run(2);
        priority(50);
        cr_assert_eq(node.down_at, 3804687);
        EXPECT("[1.000] priority > (priority-changed 100>200)\n"
               "[2.000] priority > (priority-changed 200>50)\n");
}

Test(instance_operation, the_same_priority_again_is_no_news) {
        node_start();
        trace_forget();
        priority(100);
        EXPECT("");
}

Test(instance_operation,
                a_master_says_its_new_priority_with_the_next_advert_and_yields_to_a_better) {
        become_master();
        priority(80);
        run(5);
        hears(90, 2);
        EXPECT("[3.700] priority > (priority-changed 100>80)\n"
               "[4.609] timer > advert 80 1s\n"
               "[5.000] hears > remove, MASTER>BACKUP higher-priority, (new-master 10.0.0.2 90)\n");
}

/* Addresses */

Test(instance_operation, a_lost_address_is_back_at_once_and_reported) {
        become_master();
        address_lost(2);
        EXPECT("[3.700] address-lost > (address-lost 2), add, announce 5 addresses\n");
}

Test(instance_operation, whoever_keeps_removing_addresses_is_answered_five_times_a_second) {
        become_master();
        for (int k = 0; k < 5; k++)
                address_lost(1);
        trace_forget();
        for (int k = 0; k < 100; k++)
                address_lost(1);
        EXPECT("");
        run(4.7);
        EXPECT("[4.609] timer > advert 100 1s\n"
               "[4.700] timer > add, announce 5 addresses\n");
        address_lost(1);
        EXPECT("[4.700] address-lost > (address-lost 1), add, announce 5 addresses\n");
}

Test(instance_operation, a_backup_that_loses_an_address_does_not_care) {
        node_start();
        trace_forget();
        address_lost(1);
        EXPECT("");
}

Test(instance_operation, addresses_that_cannot_be_added_are_tried_again) {
        become_master();
        effect_failed(VRRP_EFFECT_ADD_ADDRESSES, -ENOBUFS);
        run(4.8);
        EXPECT("[3.700] effect-failed > (effect-failed add ENOBUFS)\n"
               "[4.609] timer > advert 100 1s\n"
               "[4.700] timer > add, announce 5 addresses\n");
}

Test(instance_operation, addresses_that_cannot_be_removed_are_tried_again_in_any_state) {
        node_start();
        trace_forget();
        effect_failed(VRRP_EFFECT_REMOVE_ADDRESSES, -EPERM);
        run(1.5);
        EXPECT("[0.000] effect-failed > (effect-failed remove EPERM)\n"
               "[1.000] timer > remove\n");
        faults(VRRP_FAULT_INTERFACE, 0);
        trace_forget();
        effect_failed(VRRP_EFFECT_REMOVE_ADDRESSES, -EPERM);
        run(3);
        EXPECT("[1.500] effect-failed > (effect-failed remove EPERM)\n"
               "[2.500] timer > remove\n");
        maintenance(true);
        trace_forget();
        effect_failed(VRRP_EFFECT_REMOVE_ADDRESSES, -EPERM);
        run(4.5);
        EXPECT("[3.000] effect-failed > (effect-failed remove EPERM)\n"
               "[4.000] timer > remove\n");
}

Test(instance_operation, an_advert_that_cannot_be_sent_is_told_once_a_second_and_a_farewell_never) {
        become_master();
        effect_failed(VRRP_EFFECT_SEND_ADVERT, -ENETUNREACH);
        effect_failed(VRRP_EFFECT_SEND_ADVERT, -ENETUNREACH);
        EXPECT("[3.700] effect-failed > (effect-failed advert ENETUNREACH)\n");
        faults(VRRP_FAULT_INTERFACE, 0);
        run(10);
        trace_forget();
        effect_failed(VRRP_EFFECT_SEND_ADVERT, -ENETDOWN);
        EXPECT("");
}

Test(instance_operation, announcements_are_sent_on_request_by_a_master_only) {
        become_master();
        feed(VRRP_INPUT_SEND_ANNOUNCEMENTS);
        EXPECT("[3.700] send-announcements > announce 5 requested\n");
        node_start();
        trace_forget();
        feed(VRRP_INPUT_SEND_ANNOUNCEMENTS);
        EXPECT("");
}

/* Reload */

Test(instance_operation, a_reload_that_changes_nothing_does_nothing) {
        struct vrrp_instance before;

        become_master();
        before = node;
        reconfigure(false);
        EXPECT("");
        cr_assert_eq(memcmp(&before, &node, sizeof(node)), 0);

        node_start();
        hears(200, 2);
        trace_forget();
        before = node;
        reconfigure(false);
        EXPECT("");
        cr_assert_eq(memcmp(&before, &node, sizeof(node)), 0);
}

Test(instance_operation, a_new_interval_is_told_at_once_by_a_master) {
        become_master();
        params.advert_interval = 2 * USEC_PER_SEC;
        reconfigure(false);
        run(6);
        EXPECT("[3.700] reconfigure > advert 100 2s\n"
               "[5.700] timer > advert 100 2s\n");
}

Test(instance_operation, a_new_interval_moves_the_timer_of_a_v2_backup) {
        params.version = 2;
        node_start();
        hears(200, 2);
        run(1);
        params.advert_interval = 2 * USEC_PER_SEC;
        reconfigure(false);
        cr_assert_eq(node.down_at, 6609375);
}

Test(instance_operation, a_v3_backup_keeps_the_interval_of_its_master) {
        node_start();
        hears(200, 2);
        params.advert_interval = 2 * USEC_PER_SEC;
        reconfigure(false);
        cr_assert_eq(node.down_at, 3609375);
}

Test(instance_operation, a_v3_backup_that_follows_nobody_counts_with_its_new_interval) {
        node_start();
        params.advert_interval = 2 * USEC_PER_SEC;
        reconfigure(false);
        cr_assert_eq(node.down_at, 7218750);
}

Test(instance_operation, new_addresses_are_added_and_announced) {
        become_master();
        reconfigure(true);
        EXPECT("[3.700] reconfigure > add, announce 5 addresses\n");
        cr_assert_eq(node.announce_at, 8700000);
        node_start();
        trace_forget();
        reconfigure(true);
        EXPECT("");
}

Test(instance_operation, a_new_priority_comes_with_the_reload) {
        node_start();
        trace_forget();
        params.priority = 200;
        reconfigure(false);
        EXPECT("[0.000] reconfigure > (priority-changed 100>200)\n");
        cr_assert_eq(node.down_at, 3218750);
}

Test(instance_operation, a_running_preempt_delay_follows_the_new_one) {
        params.preempt_delay = 10 * USEC_PER_SEC;
        node_start();
        hears(50, 2);
        params.preempt_delay = 20 * USEC_PER_SEC;
        reconfigure(false);
        cr_assert_eq(node.preempt_at, 20 * USEC_PER_SEC);
        params.preempt = false;
        reconfigure(false);
        cr_assert_eq(node.preempt_at, USEC_INFINITY);
}

Test(instance_operation, a_new_refresh_begins_or_ends_at_once) {
        params.garp_master_delay = 0;
        become_master();
        params.garp_master_refresh = 2 * USEC_PER_SEC;
        reconfigure(false);
        cr_assert_eq(node.refresh_at, 5700000);
        params.garp_master_refresh = 0;
        reconfigure(false);
        cr_assert_eq(node.refresh_at, USEC_INFINITY);
}

Test(instance_operation, what_must_be_saved_moves_the_revision_and_adverts_do_not) {
        unsigned int before;

        node_start();
        before = node.revision;
        hears(200, 2);
        cr_assert_neq(node.revision, before, "a new master");
        before = node.revision;
        run(1);
        hears(200, 2);
        cr_assert_eq(node.revision, before, "the same one again");
        hears(150, 2);
        cr_assert_neq(node.revision, before, "with another priority");
        before = node.revision;
        hears_interval(150, 2, 2);
        cr_assert_neq(node.revision, before, "with another interval");
        params.preempt_delay = 10 * USEC_PER_SEC;
        node_start();
        hears(50, 2);
        before = node.revision;
        hears(50, 2);
        cr_assert_eq(node.revision, before, "a delay that runs already");
        become_master();
        before = node.revision;
        run(8);
        cr_assert_eq(node.revision, before, "adverts sent");
        run_on(2);
        cr_assert_neq(node.revision, before, "the second burst is done");
}
