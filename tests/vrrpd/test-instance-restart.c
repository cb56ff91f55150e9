/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A role that outlives its process: what a successor does, and what a process does that slept. */

#include "node.h"
#include "vrrpd/track.h"

TestSuite(instance_restart);

static void become_master(void) {
        node_start();
        run_on(3.7);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
        trace_forget();
}

static void become_backup(unsigned master_priority) {
        node_start();
        hears(master_priority, 2);
        trace_forget();
}

/* Nobody spoke meanwhile. */

Test(instance_restart, a_restarted_master_goes_on_without_a_transition) {
        become_master();
        run(4);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        EXPECT("");
        feed(VRRP_INPUT_RESUME);
        run(6.2);
        EXPECT("[4.100] resume > advert 100 1s, add, (adopted 0.491s)\n"
               "[5.100] timer > advert 100 1s\n"
               "[6.100] timer > advert 100 1s\n");
}

Test(instance_restart, it_announces_when_more_than_an_interval_of_silence_lay_between) {
        become_master();
        run(4);
        restart(0.7, VRRP_EVIDENCE_COMPLETE);
        feed(VRRP_INPUT_RESUME);
        EXPECT("[4.700] resume > advert 100 1s, add, announce 5 resumed, (adopted 1.091s)\n");
        run(9.7);
        trace_forget();
        cr_assert_eq(node.announce_at, USEC_INFINITY, "a second burst as well");
}

Test(instance_restart, it_does_not_announce_when_the_silence_was_one_interval) {
        become_master();
        run(4);
        restart(0.609375, VRRP_EVIDENCE_COMPLETE);
        feed(VRRP_INPUT_RESUME);
        EXPECT("[4.609] resume > advert 100 1s, add, (adopted 1.000s)\n");
}

Test(instance_restart, it_announces_when_nobody_knows_how_long_it_was_silent) {
        struct vrrp_input in = { .type = VRRP_INPUT_RESTORE };

        in.restore.saved = (struct vrrp_saved) VRRP_SAVED_INIT;
        in.restore.saved.state = VRRP_STATE_MASTER;
        node_init();
        vrrp_instance_step(&node, &in, 0, &(struct vrrp_effects){});
        feed(VRRP_INPUT_RESUME);
        EXPECT("[0.000] resume > advert 100 1s, add, announce 5 resumed, (adopted)\n");
}

Test(instance_restart, a_second_burst_that_was_due_is_not_forgotten) {
        become_master();
        run(4);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        feed(VRRP_INPUT_RESUME);
        run(8.2);
        trace_forget();
        run(8.7);
        EXPECT("[8.609] timer > announce 5 master-second\n");
}

Test(instance_restart, it_is_silent_until_the_kept_sockets_are_drained) {
        become_master();
        restart(20, VRRP_EVIDENCE_COMPLETE);
        cr_assert_eq(vrrp_instance_deadline(&node), USEC_INFINITY);
        feed(VRRP_INPUT_TIMER);
        EXPECT("");
}

static void tempt_to_speak(void) {
        params.advert_interval = 100 * USEC_PER_MSEC;
        reconfigure(true);
        feed(VRRP_INPUT_PREPARE_RESTART);
        feed(VRRP_INPUT_SEND_ANNOUNCEMENTS);
        heard(50, 2, 0);
        EXPECT("");
        address_lost(1);
}

Test(instance_restart, it_goes_on_refreshing) {
        params.garp_master_delay = 0;
        params.garp_master_refresh = 10 * USEC_PER_SEC;
        become_master();
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        feed(VRRP_INPUT_RESUME);
        run(13.75);
        trace_forget();
        run(13.85);
        EXPECT("[13.800] timer > advert 100 1s, announce 1 refresh\n");
}

Test(instance_restart, nothing_makes_it_speak_before_that) {
        become_master();
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        tempt_to_speak();
        EXPECT("[3.800] address-lost > (address-lost 1)\n");
        feed(VRRP_INPUT_RESUME);
        EXPECT("[3.800] resume > advert 100 0.1s, add, announce 5 resumed, (adopted 0.191s)\n");
}

Test(instance_restart, nor_while_it_listens) {
        become_master();
        restart(0.1, VRRP_EVIDENCE_NONE);
        params.advert_interval = 100 * USEC_PER_MSEC;
        reconfigure(true);
        feed(VRRP_INPUT_PREPARE_RESTART);
        feed(VRRP_INPUT_SEND_ANNOUNCEMENTS);
        EXPECT("");
        address_lost(1);
        EXPECT("[3.800] address-lost > (address-lost 1)\n");
}

Test(instance_restart, a_stop_before_it_speaks_resigns_without_claiming_anything) {
        become_master();
        restart(0.1, VRRP_EVIDENCE_NONE);
        feed(VRRP_INPUT_STOP);
        EXPECT("[3.800] stop > advert 0 1s, remove, MASTER>INIT stop\n");
}

Test(instance_restart, a_second_restart_before_the_first_is_done_changes_nothing) {
        become_master();
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        feed(VRRP_INPUT_RESUME);
        EXPECT("[3.900] resume > advert 100 1s, add, (adopted 0.291s)\n");
}

Test(instance_restart, of_a_backup_nobody_hears_anything) {
        become_backup(200);
        run(1);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        feed(VRRP_INPUT_RESUME);
        EXPECT("[1.100] restore > remove, (adopted)\n");
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
        hears(200, 2);
        EXPECT("");
}

Test(instance_restart, a_backup_waits_a_whole_down_interval_again) {
        become_backup(200);
        run(3);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        feed(VRRP_INPUT_RESUME);
        run(6.7);
        trace_forget();
        run(6.8);
        EXPECT("[6.709] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance_restart, what_a_backup_finds_in_its_kept_socket_counts_from_when_it_came) {
        become_backup(200);
        run(3);
        restart(0.4, VRRP_EVIDENCE_COMPLETE);
        heard(200, 2, 3.2);
        feed(VRRP_INPUT_RESUME);
        cr_assert_eq(node.down_at, 6809375);
}

Test(instance_restart, a_backup_remembers_the_interval_it_has_learnt) {
        node_start();
        hears_interval(200, 2, 2);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        cr_assert_eq(vrrp_instance_down_interval(&node), 7218750);
        cr_assert(ip_addr_equal(&node.master,
                        &(struct ip_addr){ .family = AF_INET, .in.s_addr = htonl(0x0a000002) }));
        cr_assert_eq(node.master_priority, 200);
}

Test(instance_restart, a_running_preempt_delay_goes_on) {
        params.preempt_delay = 10 * USEC_PER_SEC;
        node_start();
        for (int k = 1; k < 7; k++) {
                run(k);
                hears(50, 2);
        }
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        cr_assert_eq(node.preempt_at, 11 * USEC_PER_SEC);
}

Test(instance_restart, a_running_start_delay_goes_on_through_a_fault) {
        params.start_delay = 10 * USEC_PER_SEC;
        node_init();
        faults(VRRP_FAULT_TRACKER, 0);
        feed(VRRP_INPUT_START);
        run(2);
        trace_forget();
        restart(1, VRRP_EVIDENCE_NONE); /* the fault has gone */
        run(14);
        EXPECT("[3.000] restore > remove, (adopted), FAULT>BACKUP fault-cleared\n"
               "[13.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance_restart, a_running_start_delay_goes_on) {
        params.start_delay = 10 * USEC_PER_SEC;
        node_start();
        run(4);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        hears(0, 2);
        trace_forget();
        run(14);
        EXPECT("[13.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

/* Somebody did. */

Test(instance_restart, a_master_superseded_by_a_better_one_becomes_backup_and_follows_it) {
        become_master();
        run(4);
        restart(6, VRRP_EVIDENCE_COMPLETE);
        finds(150, 2, 9.5);
        feed(VRRP_INPUT_RESUME);
        EXPECT("[10.000] finds > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 150), "
               "(new-master 10.0.0.2 150)\n");
        cr_assert_eq(node.down_at, 13109375);
}

Test(instance_restart,
                a_preempting_master_superseded_by_a_lower_one_takes_over_after_a_down_interval) {
        become_master();
        run(4);
        restart(6, VRRP_EVIDENCE_COMPLETE);
        finds(50, 2, 9.5);
        feed(VRRP_INPUT_RESUME);
        run(15);
        EXPECT("[10.000] finds > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 50)\n"
               "[13.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER preempted-lower\n"
               "[14.609] timer > advert 100 1s\n");
}

Test(instance_restart, a_nopreempt_master_superseded_by_a_lower_one_leaves_it_in_office) {
        params.preempt = false;
        become_master();
        run(4);
        restart(6, VRRP_EVIDENCE_COMPLETE);
        finds(50, 2, 9.5);
        feed(VRRP_INPUT_RESUME);
        EXPECT("[10.000] finds > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 50), "
               "(new-master 10.0.0.2 50)\n");
        for (int k = 11; k < 30; k++) {
                run(k);
                hears(50, 2);
        }
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
}

Test(instance_restart, a_preempt_delay_begins_when_superseded_by_a_lower_one) {
        params.preempt_delay = 60 * USEC_PER_SEC;
        become_master();
        run(4);
        restart(6, VRRP_EVIDENCE_COMPLETE);
        finds(50, 2, 9.5);
        cr_assert_eq(node.preempt_at, usec_add(9 * USEC_PER_SEC + 500000, params.preempt_delay));
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
}

Test(instance_restart, everything_found_after_the_first_is_judged_by_backups_rules) {
        become_master();
        run(4);
        restart(6, VRRP_EVIDENCE_COMPLETE);
        finds(150, 2, 8.5);
        finds(0, 2, 9.5);
        feed(VRRP_INPUT_RESUME);
        trace_forget();
        run(10.2);
        EXPECT("[10.109] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-resigned\n");
}

Test(instance_restart, a_resignation_alone_supersedes_nobody) {
        become_master();
        run(4);
        restart(6, VRRP_EVIDENCE_COMPLETE);
        finds(0, 2, 9.5);
        feed(VRRP_INPUT_RESUME);
        EXPECT("[10.000] resume > advert 100 1s, add, announce 5 resumed, (adopted 6.391s)\n");
}

Test(instance_restart, an_advert_older_than_our_last_one_supersedes_nobody) {
        become_master();
        run(4);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        heard(200, 2, 3.2);
        EXPECT("");
        feed(VRRP_INPUT_RESUME);
        cr_assert_eq(node.state, VRRP_STATE_MASTER);
}

/* Weaker evidence. */

Test(instance_restart, after_gaps_any_advert_in_the_first_interval_supersedes) {
        become_master();
        run(4);
        restart(6, VRRP_EVIDENCE_GAPS);
        feed(VRRP_INPUT_RESUME);
        run(10.9);
        hears(50, 2);
        EXPECT("[10.000] resume > advert 100 1s, add, announce 5 resumed, (adopted 6.391s)\n"
               "[10.900] hears > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 50)\n");
}

Test(instance_restart, after_that_interval_it_is_a_master_like_any_other) {
        become_master();
        run(4);
        restart(0.1, VRRP_EVIDENCE_GAPS);
        feed(VRRP_INPUT_RESUME);
        run(5.2);
        trace_forget();
        hears(50, 2);
        EXPECT("[5.200] hears > advert 100 1s, announce 5 lower-priority, (lower-priority 10.0.0.2 50)\n");
}

Test(instance_restart, without_kept_sockets_it_listens_for_one_interval) {
        become_master();
        run(4);
        restart(0.5, VRRP_EVIDENCE_NONE);
        feed(VRRP_INPUT_RESUME);
        run(6);
        EXPECT("[5.500] timer > advert 100 1s, add, announce 5 resumed, (adopted 1.891s)\n");
}

/* The elected one beats once an interval, and may be late by some of it. */
Test(instance_restart, after_a_long_absence_it_listens_for_half_an_interval_more) {
        become_master();
        run(4);
        restart(5, VRRP_EVIDENCE_NONE);
        run(10.4);
        EXPECT("");
        run(11);
        EXPECT("[10.500] timer > advert 100 1s, add, announce 5 resumed, (adopted 6.891s)\n");
}

Test(instance_restart, who_was_elected_and_is_a_little_late_supersedes) {
        become_master();
        run(4);
        restart(5, VRRP_EVIDENCE_NONE);
        run(10.2);
        hears(50, 2);
        EXPECT("[10.200] hears > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 50)\n");
}

Test(instance_restart, what_it_hears_then_supersedes) {
        become_master();
        run(4);
        restart(5, VRRP_EVIDENCE_NONE);
        run(9.4);
        hears(50, 2);
        EXPECT("[9.400] hears > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 50)\n");
}

Test(instance_restart, a_refresh_that_is_no_longer_wanted_ends_while_it_listens) {
        params.garp_master_refresh = USEC_PER_SEC;
        become_master();
        restart(0.1, VRRP_EVIDENCE_NONE);
        params.garp_master_refresh = 0;
        reconfigure(false);
        run(20);
        cr_assert_eq(node.refresh_at, USEC_INFINITY);
}

Test(instance_restart, a_resignation_heard_then_ends_the_listening) {
        become_master();
        run(4);
        restart(5, VRRP_EVIDENCE_NONE);
        run(9.4);
        hears(0, 2);
        EXPECT("[9.400] hears > advert 100 1s, add, announce 5 resumed, (adopted 5.791s)\n");
}

/* The world has changed meanwhile. */

static void note_fault_and_restore(enum vrrp_state state, unsigned int fault) {
        struct vrrp_input restore = { .type = VRRP_INPUT_RESTORE };
        struct vrrp_effects e;
        char text[VRRP_EFFECTS_TEXT_MAX];

        restore.restore.saved = (struct vrrp_saved) VRRP_SAVED_INIT;
        restore.restore.saved.state = state;
        node_init();
        faults(fault, 0);
        vrrp_instance_step(&node, &restore, 0, &e);
        (void) vrrp_effects_format(&e, text, sizeof(text));
        cr_assert_str_eq(text,
                        state == VRRP_STATE_MASTER
                                        ? "advert 0 1s, remove, MASTER>FAULT fault:interface"
                                        : state == VRRP_STATE_BACKUP
                                        ? "remove, (adopted), BACKUP>FAULT fault:interface"
                                        : "remove, (adopted)",
                        "%s", text);
}

Test(instance_restart, a_master_that_finds_itself_faulty_resigns_without_claiming_anything) {
        note_fault_and_restore(VRRP_STATE_MASTER, VRRP_FAULT_INTERFACE);
}

Test(instance_restart, a_backup_that_finds_itself_faulty_says_so) {
        note_fault_and_restore(VRRP_STATE_BACKUP, VRRP_FAULT_INTERFACE);
}

Test(instance_restart, a_fault_that_lasts_is_not_told_again) {
        note_fault_and_restore(VRRP_STATE_FAULT, VRRP_FAULT_INTERFACE);
}

Test(instance_restart, a_fault_that_is_over_ends) {
        node_init();
        faults(VRRP_FAULT_INTERFACE, 0);
        feed(VRRP_INPUT_START);
        trace_forget();
        restart(1, VRRP_EVIDENCE_COMPLETE);
        run(5);
        EXPECT("[1.000] restore > remove, (adopted), FAULT>BACKUP fault-cleared\n"
               "[4.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down\n");
}

Test(instance_restart, maintenance_outlives_the_process) {
        become_master();
        maintenance(true);
        trace_forget();
        restart(1, VRRP_EVIDENCE_COMPLETE);
        run(20);
        EXPECT("[4.700] restore > remove, (adopted)\n");
        cr_assert_eq(node.state, VRRP_STATE_MAINTENANCE);
        maintenance(false);
        EXPECT("[20.000] maintenance > MAINTENANCE>BACKUP maintenance-over\n");
}

Test(instance_restart, a_resignation_outlives_the_process) {
        become_master();
        feed(VRRP_INPUT_RESIGN);
        hears(50, 2);
        restart(0.1, VRRP_EVIDENCE_COMPLETE);
        for (int k = 4; k < 20; k++) {
                run(k);
                hears(50, 2);
        }
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
}

Test(instance_restart, so_do_the_time_and_the_reason_of_its_state) {
        become_master();
        run(4);
        restart(1, VRRP_EVIDENCE_COMPLETE);
        cr_assert_eq(node.since, 3609375);
        cr_assert_eq(node.reason, VRRP_REASON_MASTER_DOWN);
}

Test(instance_restart, so_does_the_modesty_of_a_demoted_owner) {
        params.priority = 255;
        params.start_master = true;
        params.source = host_addr(5);
        node_start();
        for (int k = 0; k < 6; k++) {
                run(k);
                hears(255, 2);
        }
        restart(1, VRRP_EVIDENCE_COMPLETE);
        cr_assert_eq(vrrp_instance_priority(&node), 254);
}

Test(instance_restart, a_saved_state_that_never_started_is_a_cold_start) {
        node_init();
        restart(1, VRRP_EVIDENCE_COMPLETE);
        EXPECT("[1.000] restore > remove, INIT>BACKUP start\n");
}

Test(instance_restart, lies_in_the_saved_state_are_brought_into_range) {
        struct vrrp_input in = { .type = VRRP_INPUT_RESTORE };
        struct vrrp_saved *s = &in.restore.saved;

        params.preempt_delay = 10 * USEC_PER_SEC;
        *s = (struct vrrp_saved) VRRP_SAVED_INIT;
        s->state = VRRP_STATE_BACKUP;
        s->since = 1000 * USEC_PER_SEC;
        s->preempt_at = 1000 * USEC_PER_SEC;
        s->last_sent = 1000 * USEC_PER_SEC;
        s->master = (struct ip_addr){ .family = AF_INET, .in.s_addr = 1 };
        s->master_priority = 200;
        s->master_interval = 7;
        s->demoted = true;
        node_init();
        vrrp_instance_step(&node, &in, USEC_PER_SEC, &(struct vrrp_effects){});
        cr_assert_eq(node.since, USEC_PER_SEC);
        cr_assert_eq(node.preempt_at, 11 * USEC_PER_SEC);
        cr_assert_eq(node.last_sent, USEC_INFINITY);
        cr_assert_eq(node.master_interval, USEC_PER_CENTISEC);
        cr_assert_not(node.demoted, "it is no owner");

        static const struct {
                uint64_t priority;
                bool plausible;
        } masters[] = { { 0, false }, { 1, true }, { 255, true }, { 256, false },
                { 70000, false } };

        for (size_t k = 0; k < sizeof(masters) / sizeof(masters[0]); k++) {
                s->master_priority = masters[k].priority;
                node_init();
                vrrp_instance_step(&node, &in, USEC_PER_SEC, &(struct vrrp_effects){});
                cr_assert_eq(ip_addr_is_set(&node.master), masters[k].plausible);
                if (!masters[k].plausible)
                        cr_assert_eq(node.master_interval, 0);
        }
}

/* Planned restarts at fast adverts. */

Test(instance_restart, fast_peers_are_asked_for_patience_before_a_planned_restart) {
        params.advert_interval = 10 * USEC_PER_MSEC;
        node_start();
        run(0.04);
        trace_forget();
        feed(VRRP_INPUT_PREPARE_RESTART);
        EXPECT("[0.040] prepare-restart > advert 100 0.3s x3\n");
        run(0.05);
        EXPECT("[0.050] timer > advert 100 0.3s\n");
        restart(0.25, VRRP_EVIDENCE_COMPLETE);
        feed(VRRP_INPUT_RESUME);
        EXPECT("[0.300] resume > advert 100 0.01s, add, announce 5 resumed, (adopted 0.250s)\n");
}

Test(instance_restart, slow_peers_begin_to_wait_when_the_restart_begins) {
        become_master();
        run(4.4);
        trace_forget();
        feed(VRRP_INPUT_PREPARE_RESTART);
        EXPECT("[4.400] prepare-restart > advert 100 1s\n");
        cr_expect_eq(vrrp_instance_deadline(&node), 5400000);
}

Test(instance_restart, a_restart_that_does_not_come_takes_the_request_back) {
        params.advert_interval = 10 * USEC_PER_MSEC;
        node_start();
        run(0.04);
        feed(VRRP_INPUT_PREPARE_RESTART);
        trace_forget();
        feed(VRRP_INPUT_RESUME);
        run(0.05);
        EXPECT("[0.040] resume > advert 100 0.01s\n"
               "[0.050] timer > advert 100 0.01s\n");
}

Test(instance_restart, a_stop_after_that_request_tells_the_normal_interval_first) {
        params.advert_interval = 10 * USEC_PER_MSEC;
        node_start();
        run(0.04);
        feed(VRRP_INPUT_PREPARE_RESTART);
        trace_forget();
        feed(VRRP_INPUT_STOP);
        EXPECT("[0.040] stop > advert 100 0.01s, advert 0 0.01s, remove, MASTER>INIT stop\n");
}

Test(instance_restart, nothing_more_is_asked_for_where_adverts_are_slow_or_v2_or_we_are_backup) {
        become_master();
        feed(VRRP_INPUT_PREPARE_RESTART);
        EXPECT("[3.700] prepare-restart > advert 100 1s\n");
        params.version = 2;
        become_master();
        feed(VRRP_INPUT_PREPARE_RESTART);
        EXPECT("[7.400] prepare-restart > advert 100 1s\n");
        params.version = 3;
        params.advert_interval = 10 * USEC_PER_MSEC;
        become_backup(200);
        feed(VRRP_INPUT_PREPARE_RESTART);
        EXPECT("");
}

/* A process that slept. */

Test(instance_restart, a_master_that_slept_is_superseded_by_whom_it_finds_elected) {
        params.preempt = false;
        become_master();
        run(4);
        sleep_until(10);
        heard(50, 2, 7.3);
        feed(VRRP_INPUT_TIMER);
        EXPECT("[10.000] hears > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 50), "
               "(new-master 10.0.0.2 50)\n");
}

Test(instance_restart, a_master_that_slept_reads_all_before_it_says_anything) {
        become_master();
        run(4);
        sleep_until(10);
        heard(200, 3, 3.6);
        heard(0, 3, 4.1);
        EXPECT("");
        heard(50, 2, 4.2);
        heard(150, 3, 8);
        EXPECT("[10.000] hears > remove, MASTER>BACKUP superseded, (superseded 10.0.0.2 50)\n"
               "[10.000] hears > (new-master 10.0.0.3 150)\n");
}

Test(instance_restart, a_master_that_slept_alone_goes_on_and_announces) {
        become_master();
        run(4);
        sleep_until(10);
        feed(VRRP_INPUT_TIMER);
        EXPECT("[10.000] timer > advert 100 1s, announce 5 resumed, (late 6.391s), "
               "announce 5 master-second\n");
}

Test(instance_restart, being_late_by_less_than_the_down_interval_proves_nothing) {
        become_master();
        run(4);
        sleep_until(6.5);
        heard(50, 2, 6.4);
        EXPECT("[6.500] hears > advert 100 1s, announce 5 lower-priority, (lower-priority 10.0.0.2 50)\n");
}

Test(instance_restart, a_master_is_not_late_every_time_when_peers_wait_for_one_advert_only) {
        params.down_timer_adverts = 1;
        node_start();
        run(1.7);
        trace_forget();
        run(3);
        EXPECT("[2.609] timer > advert 100 1s\n");
}

Test(instance_restart, a_backup_that_slept_reads_its_sockets_before_it_believes_its_timer) {
        become_backup(200);
        run(1);
        sleep_until(20);
        heard(200, 2, 19.5);
        feed(VRRP_INPUT_TIMER);
        EXPECT("");
        cr_assert_eq(node.state, VRRP_STATE_BACKUP);
}
