/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/bus-error.h"
#include "common/json.h"
#include "tests/ctl/fixture.h"

static void start_vrrpd(void) {
        fake_start(&fixture.vrrpd, "org.mainstay.Vrrp1", "/org/mainstay/vrrp1",
                        "{\"/org/mainstay/vrrp1\":{\"org.mainstay.Daemon1\":" FAKE_DAEMON(
                                        "a") "},"
                                             "\"/org/mainstay/vrrp1/instance/VI_5f1\":{\"org.mainstay.Vrrp1.Instance\":"
                                             "{\"Name\":\"VI_1\",\"State\":\"BACKUP\"}}}");
}

static void start_checkd(void) {
        fake_start(&fixture.checkd, "org.mainstay.Check1", "/org/mainstay/check1",
                        "{\"/org/mainstay/check1\":{\"org.mainstay.Daemon1\":" FAKE_DAEMON(
                                        "a") "}}");
}

/* ---- reload ---- */

CTL_TEST(reload, all_get_ready_and_then_take_it) {
        start_vrrpd();
        start_checkd();
        RUN("reload");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_str_eq(fixture.run.out,
                        "ipvsd: not running, left out\nnotifyd: not running, left out\n"
                        "checkd: reloaded\nvrrpd: reloaded\n");
        cr_expect_eq(fixture.vrrpd.committed, 1);
        cr_expect_eq(fixture.checkd.committed, 1);
        cr_expect_str_eq(fixture.vrrpd.digest, fixture.checkd.digest);
        cr_expect_eq(strlen(fixture.vrrpd.digest), 64);
}

CTL_TEST(reload, one_refusal_and_nobody_takes_it) {
        start_vrrpd();
        start_checkd();
        fixture.checkd.refusal = "/etc/mainstay/mainstay.conf:7:3: complaint: no such thing";
        RUN("reload");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_str_eq(fixture.run.err,
                        "checkd: /etc/mainstay/mainstay.conf:7:3: complaint: no such thing\n"
                        "Nothing was reloaded; what ran before goes on.\n");
        cr_expect_eq(fixture.vrrpd.prepared, 1);
        cr_expect_eq(fixture.vrrpd.committed, 0);
        cr_expect_eq(fixture.checkd.committed, 0);
}

CTL_TEST(reload, force_accepts_complaints) {
        start_vrrpd();
        fixture.vrrpd.refusal = "worse";
        RUN("reload", "vrrpd", "--force");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_eq(fixture.vrrpd.flags, 1);
        cr_expect_eq(fixture.vrrpd.committed, 1);
}

CTL_TEST(reload, a_named_daemon_has_to_be_there) {
        start_vrrpd();
        RUN("reload", "vrrpd", "checkd");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_not_null(strstr(fixture.run.err, "checkd: it is not running\n"), "%s",
                        fixture.run.err);
        cr_expect_eq(fixture.vrrpd.committed, 0);
}

CTL_TEST(reload, with_nobody_there_it_fails) {
        RUN("reload");
        cr_expect_eq(fixture.run.status, 3);
        private_bus_kill(&fixture.private_bus);
        RUN("reload");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_not_null(strstr(fixture.run.err, "cannot be reached"));
}

/* ---- resign, announce ---- */

CTL_TEST(instance, resign_reaches_the_instance) {
        start_vrrpd();
        RUN("resign", "VI_1");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        RUN("announce", "VI_1");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_eq(fixture.vrrpd.called, 2);
}

CTL_TEST(instance, a_priority_is_ordered_and_taken_back) {
        start_vrrpd();
        RUN("priority", "VI_1", "120");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_eq(fixture.vrrpd.argument, 120);
        RUN("priority", "VI_1", "configured");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_eq(fixture.vrrpd.argument, 0);
        cr_expect_eq(fixture.vrrpd.called, 2);
        fixture.vrrpd.method_error = BUS_ERROR_ADDRESS_OWNER;
        RUN("priority", "VI_1", "7");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_str_eq(fixture.run.err, "VI_1: as org.mainstay.Error.AddressOwner said\n");
}

CTL_TEST(instance, what_is_no_priority_is_not_asked_for) {
        static const char *const words[] = { "0", "255", "300", "-5", "12x", "", "high" };

        start_vrrpd();
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                RUN("priority", "--", "VI_1", words[i]);
                cr_expect_eq(fixture.run.status, 64, "%s", words[i]);
                cr_expect_not_null(
                                strstr(fixture.run.err, "is no priority: 1 to 254, or configured"));
        }
        cr_expect_eq(fixture.vrrpd.called, 0);
}

/* ---- maintenance ---- */

static void start_manager(const char *since) {
        char text[1024];

        (void) snprintf(text, sizeof(text),
                        "{\"/org/mainstay/vrrp1\":{\"org.mainstay.Daemon1\":%s,"
                        "\"org.mainstay.Vrrp1.Manager\":{\"MaintenanceSinceUsec\":%s}}}",
                        FAKE_DAEMON("a"), since);
        fake_start(&fixture.vrrpd, "org.mainstay.Vrrp1", "/org/mainstay/vrrp1", text);
}

CTL_TEST(maintenance, is_ordered_and_ended) {
        start_manager("1763694764000000");
        RUN("maintenance", "on");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_eq(fixture.vrrpd.argument, 1);
        RUN("maintenance", "off");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_eq(fixture.vrrpd.argument, 0);
        cr_expect_eq(fixture.vrrpd.called, 2);
        fixture.vrrpd.method_error = SD_BUS_ERROR_ACCESS_DENIED;
        RUN("maintenance", "on");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_str_eq(fixture.run.err, "vrrpd: only root may do this\n");
        RUN("maintenance", "perhaps");
        cr_expect_eq(fixture.run.status, 64);
}

CTL_TEST(maintenance, is_shown) {
        start_manager("1763694764000000");
        RUN("maintenance", "status");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_str_eq(fixture.run.out, "on since 2025-11-21 03:12:44\n");
        fake_stop(&fixture.vrrpd);
        RUN("maintenance", "status");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_str_eq(fixture.run.err, "vrrpd: not running\n");
        start_manager("0");
        RUN("maintenance", "status");
        cr_expect_str_eq(fixture.run.out, "off\n");
}

CTL_TEST(instance, the_reason_of_a_refusal_is_passed_on) {
        start_vrrpd();
        fixture.vrrpd.method_error = BUS_ERROR_NOT_MASTER;
        RUN("resign", "VI_1");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_str_eq(fixture.run.err, "VI_1: as org.mainstay.Error.NotMaster said\n");
        fixture.vrrpd.method_error = SD_BUS_ERROR_ACCESS_DENIED;
        RUN("resign", "VI_1");
        cr_expect_str_eq(fixture.run.err, "VI_1: only root may do this\n");
}

CTL_TEST(instance, an_unknown_one_is_answered_with_those_there_are) {
        start_vrrpd();
        RUN("resign", "VI_2");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_str_eq(fixture.run.err, "There is no instance 'VI_2'. There are: VI_1\n");
        fake_stop(&fixture.vrrpd);
        RUN("resign", "VI_1");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_str_eq(fixture.run.err, "vrrpd: not running\n");
}

/* ---- events ---- */

static void start_with_events(void) {
        start_vrrpd();
        start_checkd();
        fixture.vrrpd.events = json_tokener_parse(
                        "[[1,1763694764000000,\"daemon-started\",\"/org/mainstay/vrrp1\",{}],"
                        "[2,1763694765100000,\"instance-state\",\"/org/mainstay/vrrp1/instance/VI_5f1\","
                        "{\"name\":\"VI_1\",\"state\":\"BACKUP\",\"priority\":100,\"reason\":\"it began\"}],"
                        "[3,1763694768709000,\"instance-state\",\"/org/mainstay/vrrp1/instance/VI_5f1\","
                        "{\"name\":\"VI_1\",\"state\":\"MASTER\",\"group\":\"\"}]]");
        fixture.checkd.events = json_tokener_parse(
                        "[[1,1763694766000000,\"tracker-state\",\"/org/mainstay/check1/tracker/x\","
                        "{\"name\":\"x\",\"up\":true}]]");
}

CTL_TEST(events, all_daemons_are_told_in_one_order) {
        start_with_events();
        RUN("events", "vrrpd", "checkd");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_str_eq(fixture.run.out,
                        "2025-11-21 03:12:44.000 vrrpd   daemon-started\n"
                        "2025-11-21 03:12:45.100 vrrpd   instance-state name=VI_1 state=BACKUP priority=100 "
                        "reason=\"it began\"\n"
                        "2025-11-21 03:12:46.000 checkd  tracker-state name=x up=true\n"
                        "2025-11-21 03:12:48.709 vrrpd   instance-state name=VI_1 state=MASTER group=\"\"\n");
}

CTL_TEST(events, json_is_one_object_a_line) {
        _cleanup_(json_object_putp) json_object *first = NULL;
        char *end;

        start_with_events();
        RUN("events", "--json", "vrrpd");
        end = strchr(fixture.run.out, '\n');
        cr_assert_not_null(end);
        *end = '\0';
        first = json_tokener_parse(fixture.run.out);
        cr_expect_str_eq(json_get_string(first, "Daemon"), "vrrpd");
        cr_expect_str_eq(json_get_string(first, "Type"), "daemon-started");
        cr_expect_eq(json_get_uint64(first, "Sequence"), 1);
        cr_expect_str_eq(json_get_string(first, "Generation"), "generation");
}

CTL_TEST(events, a_daemon_that_is_down_is_said_and_the_others_told) {
        start_with_events();
        fake_stop(&fixture.checkd);
        RUN("events", "vrrpd", "checkd");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_str_eq(fixture.run.err, "checkd: it is not running\n");
        cr_expect_not_null(strstr(fixture.run.out, "MASTER"));
}

static void emit_event(uint64_t sequence) {
        cr_assert_geq(sd_bus_emit_signal(fixture.vrrpd.bus, "/org/mainstay/vrrp1",
                                      "org.mainstay.Daemon1", "Event", "sttsoa{sv}", "generation",
                                      sequence, UINT64_C(1763694770000000), "instance-state",
                                      "/org/mainstay/vrrp1/instance/VI_5f1", 1, "state", "s",
                                      "FAULT"),
                        0);
}

CTL_TEST(events, follow_goes_on_behind_what_was) {
        start_with_events();
        START("events", "--follow", "vrrpd");
        cr_assert(wait_for_output("state=MASTER"));
        event_run_for(fixture.event, 300 * USEC_PER_MSEC); /* until the feed has caught up */
        emit_event(4);
        cr_expect(wait_for_output("2025-11-21 03:12:50.000 vrrpd   instance-state state=FAULT\n"),
                        "%s", fixture.run.out);
        cr_expect_eq(strstr(strstr(fixture.run.out, "state=MASTER") + 1, "state=MASTER"), NULL);
        stop_ctl();
}

/* ---- watch ---- */

CTL_TEST(watch, it_shows_what_is_and_then_changes_and_losses) {
        start_vrrpd();
        START("watch", "vrrpd");
        cr_assert(wait_for_output("vrrpd   VI_1: BACKUP\n"), "%s", fixture.run.out);
        cr_assert(wait_for_output("vrrpd   is there\n"), "%s", fixture.run.out);
        cr_assert_geq(sd_bus_emit_signal(fixture.vrrpd.bus, "/org/mainstay/vrrp1/instance/VI_5f1",
                                      "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                      "sa{sv}as", "org.mainstay.Vrrp1.Instance", 1, "State", "s",
                                      "MASTER", 0),
                        0);
        cr_expect(wait_for_output("vrrpd   VI_1 State=\"MASTER\"\n"), "%s", fixture.run.out);
        fake_stop(&fixture.vrrpd);
        cr_expect(wait_for_output("vrrpd   is gone"), "%s", fixture.run.out);
        start_vrrpd();
        cr_expect(wait_for_output("State=\"BACKUP\"\n"), "%s", fixture.run.out);
        stop_ctl();
}

CTL_TEST(watch, it_survives_the_bus) {
        start_vrrpd();
        START("watch", "vrrpd");
        cr_assert(wait_for_output("vrrpd   is there\n"), "%s", fixture.run.out);
        private_bus_kill(&fixture.private_bus);
        cr_expect(wait_for_output("vrrpd   is gone"), "%s", fixture.run.out);
        fake_stop(&fixture.vrrpd);
        private_bus_restart(&fixture.private_bus);
        start_vrrpd();
        cr_expect(wait_for_output("is there\n"), "%s", fixture.run.out);
        stop_ctl();
}

/* ---- wait-ready ---- */

CTL_TEST(wait_ready, it_ends_when_all_are_on_the_bus) {
        start_vrrpd();
        start_checkd();
        RUN("wait-ready", "vrrpd", "checkd");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
}

CTL_TEST(wait_ready, it_says_who_did_not_come) {
        start_vrrpd();
        RUN("wait-ready", "vrrpd", "checkd", "--timeout", "0.3");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_str_eq(fixture.run.err, "checkd: not on the bus as org.mainstay.Check1\n");
}

CTL_TEST(wait_stopped, it_ends_when_nobody_is_on_the_bus) {
        start_vrrpd();
        RUN("wait-stopped", "--timeout", "0.3");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_str_eq(fixture.run.err, "vrrpd: still on the bus as org.mainstay.Vrrp1\n");
        fake_stop(&fixture.vrrpd);
        RUN("wait-stopped", "--timeout", "5");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
}

/* ---- usage ---- */

CTL_TEST(usage, wrong_words_and_options_are_64) {
        RUN("no-such-verb");
        cr_expect_eq(fixture.run.status, 64);
        RUN("resign");
        cr_expect_eq(fixture.run.status, 64);
        RUN("resign", "a", "b");
        cr_expect_eq(fixture.run.status, 64);
        RUN("status", "--force");
        cr_expect_eq(fixture.run.status, 64);
        RUN("wait-ready", "--timeout", "soon");
        cr_expect_eq(fixture.run.status, 64);
        RUN("config", "chekc");
        cr_expect_eq(fixture.run.status, 64);
}

CTL_TEST(usage, help_and_version_need_nothing) {
        private_bus_kill(&fixture.private_bus);
        RUN("help");
        cr_expect_eq(fixture.run.status, 0);
        RUN("help", "config", "check");
        cr_expect_eq(fixture.run.status, 0);
        cr_expect_not_null(strstr(fixture.run.out, "config check [FILE]"));
        RUN("version");
        cr_expect_str_eq(fixture.run.out, "mainstay " MAINSTAY_VERSION "\n");
        RUN("--version");
        cr_expect_eq(fixture.run.status, 0);
}
