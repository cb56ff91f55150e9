/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The table is for people and compared as they see it; the JSON is for programs and read as they do. */

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <string.h>

#include "common/json.h"
#include "tests/ctl/fixture.h"

#define DIGEST "3f2a91c7d0aa55ee3f2a91c7d0aa55ee3f2a91c7d0aa55ee3f2a91c7d0aa55ee"

#define INSTANCE                                                                                   \
        "{\"Name\":\"VI_1\",\"State\":\"MASTER\",\"Reason\":\"no advert for 3.609 s\","            \
        "\"LastTransitionUsec\":1763694800000000,\"FaultReasons\":[],\"Interface\":\"ens33\","     \
        "\"VirtualRouterId\":26,\"BasePriority\":106,\"EffectivePriority\":86,"                    \
        "\"MasterAddress\":\"192.168.123.6\",\"MasterPriority\":86,"                               \
        "\"Addresses\":[\"192.168.123.66/24 dev ens33\"],"                                         \
        "\"Trackers\":[[\"chk_nginx\",\"DOWN\",-20,-20]]}"
#define GROUP                                                                                      \
        "{\"Name\":\"VG\",\"State\":\"MASTER\",\"Reason\":\"VI_1: no advert for 3.609 s\","        \
        "\"LastTransitionUsec\":1763694800000000,\"Members\":[\"VI_1\",\"web\"]}"
#define ORDERED                                                                                    \
        "{\"Name\":\"VI_1\",\"State\":\"MASTER\",\"Reason\":\"started\","                          \
        "\"LastTransitionUsec\":1763694800000000,\"FaultReasons\":[\"no\"],"                       \
        "\"Interface\":\"ens33\",\"VirtualRouterId\":26,\"BasePriority\":106,"                     \
        "\"OrderedPriority\":120,\"EffectivePriority\":100,"                                       \
        "\"MasterAddress\":\"192.168.123.6\",\"MasterPriority\":100,"                              \
        "\"Addresses\":[\"192.168.123.66/24 dev ens33\"],"                                         \
        "\"Routes\":[\"10.0.0.0/8 via 192.168.123.1\"],\"Rules\":[\"from 10.0.0.1 lookup 7\"],"    \
        "\"Trackers\":[[\"chk_nginx\",\"DOWN\",-20,-20]],"                                         \
        "\"Conflicts\":[[\"192.168.123.66\",\"02:00:00:00:00:07\",1763694800000000]]}"
#define BACKUP                                                                                     \
        "{\"Name\":\"web\",\"State\":\"BACKUP\",\"Reason\":\"heard a higher priority\","           \
        "\"LastTransitionUsec\":0,\"FaultReasons\":[],\"Interface\":\"ens34\","                    \
        "\"VirtualRouterId\":51,\"BasePriority\":90,\"EffectivePriority\":90,"                     \
        "\"MasterAddress\":\"10.0.0.1\",\"MasterPriority\":100,\"Addresses\":[],\"Trackers\":[]}"

static void start_vrrpd(void) {
        fake_start(&fixture.vrrpd, "org.mainstay.Vrrp1", "/org/mainstay/vrrp1",
                        "{\"/org/mainstay/vrrp1\":{\"org.mainstay.Daemon1\":" FAKE_DAEMON(
                                        DIGEST) "},"
                                                "\"/org/mainstay/vrrp1/instance/web\":{\"org.mainstay.Vrrp1.Instance\":" BACKUP
                                                "},\"/org/mainstay/vrrp1/instance/VI_5f1\":{\"org.mainstay.Vrrp1.Instance\":" INSTANCE
                                                "},\"/org/mainstay/vrrp1/group/VG\":{\"org.mainstay.Vrrp1.Group\":" GROUP
                                                "}}");
}

static void start_checkd(void) {
        fake_start(&fixture.checkd, "org.mainstay.Check1", "/org/mainstay/check1",
                        "{\"/org/mainstay/check1\":{\"org.mainstay.Daemon1\":" FAKE_DAEMON(
                                        DIGEST) "},"
                                                "\"/org/mainstay/check1/tracker/chk_5fnginx\":{\"org.mainstay.Check1.Tracker\":"
                                                "{\"Name\":\"chk_nginx\",\"Kind\":\"script\",\"State\":\"DOWN\","
                                                "\"StateSinceUsec\":1763694799000000,\"LastResult\":\"exit status 1\"}}}");
}

static void start_ipvsd(const char *digest_json) {
        char text[4096];

        (void) snprintf(text, sizeof(text),
                        "{\"/org/mainstay/ipvs1\":{\"org.mainstay.Daemon1\":%s,"
                        "\"org.mainstay.Ipvs1.Node\":{\"Problem\":\"the kernel has no IPVS\",\"Override\":\"\","
                        "\"SyncState\":\"backup\"}},"
                        "\"/org/mainstay/ipvs1/service/a\":{\"org.mainstay.Ipvs1.Service\":"
                        "{\"Name\":\"192.0.2.1 80 TCP\",\"State\":\"UP\",\"StateSinceUsec\":0,"
                        "\"Weight\":3,\"Quorum\":1,\"Scheduler\":\"wrr\",\"Forwarding\":\"DR\"}},"
                        "\"/org/mainstay/ipvs1/service/a/server/a\":{\"org.mainstay.Ipvs1.Server\":"
                        "{\"Name\":\"192.0.2.10 80\",\"State\":\"UP\",\"Weight\":3}},"
                        "\"/org/mainstay/ipvs1/service/a/server/b\":{\"org.mainstay.Ipvs1.Server\":"
                        "{\"Name\":\"192.0.2.11 80\",\"Service\":\"192.0.2.1 80 TCP\",\"State\":\"DOWN\","
                        "\"StateSinceUsec\":1763694799000000,\"StateReason\":\"HTTP 503, wanted 200\","
                        "\"Weight\":0,\"InTable\":true,\"Override\":\"drain\",\"OverrideWeight\":-1}}}",
                        digest_json);
        fake_start(&fixture.ipvsd, "org.mainstay.Ipvs1", "/org/mainstay/ipvs1", text);
}

static void start_notifyd(void) {
        fake_start(&fixture.notifyd, "org.mainstay.Notify1", "/org/mainstay/notify1",
                        "{\"/org/mainstay/notify1\":{\"org.mainstay.Daemon1\":" FAKE_DAEMON(
                                        DIGEST) ",\"org.mainstay.Notify1.Spool\":{\"Pending\":2,"
                                                "\"OldestUsec\":1763694810000000,\"Delivered\":40,\"Retries\":3,"
                                                "\"GivenUp\":0,\"LastError\":\"mail to root@localhost: connection refused\"}}}");
}

static void start_all(void) {
        start_vrrpd();
        start_checkd();
        start_ipvsd(FAKE_DAEMON(DIGEST));
        start_notifyd();
}

static json_object *parsed(void) {
        json_object *o = json_tokener_parse(fixture.run.out);

        cr_assert_not_null(o, "%s", fixture.run.out);
        return o;
}

static json_object *member(json_object *o, const char *key) {
        json_object *value = NULL;

        cr_assert(json_object_object_get_ex(o, key, &value), "there is no %s", key);
        return value;
}

CTL_TEST(status, the_table_shows_all_there_is) {
        start_all();
        RUN("status");
        cr_expect_eq(fixture.run.status, 0);
        cr_expect_str_eq(fixture.run.err, "");
        cr_expect_str_eq(fixture.run.out,
                        "DAEMON   STATE    VERSION  SINCE                CONFIGURATION                DIGEST      COMPLAINTS\n"
                        "vrrpd    running  0.1.0    2025-11-21 03:12:44  /etc/mainstay/mainstay.conf  3f2a91c7d0  0\n"
                        "checkd   running  0.1.0    2025-11-21 03:12:44  /etc/mainstay/mainstay.conf  3f2a91c7d0  0\n"
                        "ipvsd    running  0.1.0    2025-11-21 03:12:44  /etc/mainstay/mainstay.conf  3f2a91c7d0  0\n"
                        "notifyd  running  0.1.0    2025-11-21 03:12:44  /etc/mainstay/mainstay.conf  3f2a91c7d0  0\n"
                        "\n"
                        "notifyd: mail to root@localhost: connection refused\n"
                        "ipvsd: the kernel has no IPVS\n"
                        "\n"
                        "INSTANCE  STATE   PRIORITY   MASTER          INTERFACE  VRID  SINCE                REASON\n"
                        "VI_1      MASTER  86 of 106  this node       ens33      26    2025-11-21 03:13:20  no advert for 3.609 s\n"
                        "    192.168.123.66/24 dev ens33\n"
                        "    chk_nginx: DOWN, weight -20, adds -20\n"
                        "web       BACKUP  90         10.0.0.1 (100)  ens34      51    -                    heard a higher priority\n"
                        "\n"
                        "GROUP  STATE   SINCE                REASON\n"
                        "VG     MASTER  2025-11-21 03:13:20  VI_1: no advert for 3.609 s\n"
                        "    VI_1\n"
                        "    web\n"
                        "\n"
                        "TRACKER    KIND    STATE  SINCE                LAST RESULT\n"
                        "chk_nginx  script  DOWN   2025-11-21 03:13:19  exit status 1\n"
                        "\n"
                        "SERVICE           STATE  WEIGHT  SCHEDULER  FORWARDING  SINCE\n"
                        "192.0.2.1 80 TCP  UP     3 of 1  wrr        DR          -\n"
                        "\n"
                        "1 of 2 servers are up and as configured\n"
                        "Connections are synchronised as backup\n"
                        "\n"
                        "SERVER         SERVICE           STATE  WEIGHT  ORDER  SINCE                REASON\n"
                        "192.0.2.11 80  192.0.2.1 80 TCP  DOWN   0       drain  2025-11-21 03:13:19  HTTP 503, wanted 200\n"
                        "\n"
                        "Notifications: 2 waiting (the oldest since 2025-11-21 03:13:30), 40 delivered, 3 retries, 0 given up\n");
}

static void start_vrrpd_with_manager(void) {
        fake_start(&fixture.vrrpd, "org.mainstay.Vrrp1", "/org/mainstay/vrrp1",
                        "{\"/org/mainstay/vrrp1\":{\"org.mainstay.Daemon1\":" FAKE_DAEMON(
                                        DIGEST) ",\"org.mainstay.Vrrp1.Manager\":{\"MaintenanceSinceUsec\":1763694764000000}},"
                                                "\"/org/mainstay/vrrp1/instance/VI_5f1\":{\"org.mainstay.Vrrp1.Instance\":" ORDERED
                                                "},\"/org/mainstay/vrrp1/group/VG\":{\"org.mainstay.Vrrp1.Group\":" GROUP
                                                "}}");
}

CTL_TEST(status, orders_of_the_operator_and_conflicts_cannot_be_overlooked) {
        start_vrrpd_with_manager();
        RUN("status", "vrrpd");
        cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);
        cr_expect_eq(fixture.vrrpd.summaries, 1, "the table needs the compact answer only");
        cr_expect_not_null(
                        strstr(fixture.run.out,
                                        "\n\nvrrpd: this node is in MAINTENANCE by order since 2025-11-21 03:12:44: "
                                        "'mainstayctl maintenance off'\n\nINSTANCE "),
                        "%s", fixture.run.out);
        cr_expect_not_null(
                        strstr(fixture.run.out,
                                        "VI_1      MASTER  100 of 106  this node  ens33      26    2025-11-21 03:13:20  started\n"
                                        "    192.168.123.66/24 dev ens33\n"
                                        "    route 10.0.0.0/8 via 192.168.123.1\n"
                                        "    rule from 10.0.0.1 lookup 7\n"
                                        "    chk_nginx: DOWN, weight -20, adds -20\n"
                                        "    priority 120 by order, instead of the configured 106\n"
                                        "    conflict: 192.168.123.66 is also claimed by the station 02:00:00:00:00:07\n"
                                        "    fault: no\n"),
                        "%s", fixture.run.out);
        cr_expect_not_null(strstr(fixture.run.out, "\nVG     MASTER"), "%s", fixture.run.out);
}

CTL_TEST(status, orders_of_the_operator_and_conflicts_are_in_the_json) {
        _cleanup_(json_object_putp) json_object *o = NULL;
        json_object *instance, *conflict;

        start_vrrpd_with_manager();
        RUN("status", "vrrpd", "--json");
        cr_expect_eq(fixture.vrrpd.summaries, 0, "it has all there is");
        o = parsed();
        cr_expect_eq(json_get_uint64(member(o, "Manager"), "MaintenanceSinceUsec"),
                        1763694764000000);
        instance = json_object_array_get_idx(member(o, "Instances"), 0);
        cr_expect_eq(json_get_uint64(instance, "OrderedPriority"), 120);
        conflict = json_object_array_get_idx(member(instance, "Conflicts"), 0);
        cr_expect_str_eq(json_get_string(conflict, "Address"), "192.168.123.66");
        cr_expect_str_eq(json_get_string(conflict, "Mac"), "02:00:00:00:00:07");
        cr_expect_eq(json_get_uint64(conflict, "SinceUsec"), 1763694800000000);
}

CTL_TEST(status, a_daemon_that_is_down_is_said_and_its_last_state_is_not_shown) {
        start_all();
        fake_stop(&fixture.vrrpd);
        RUN("status");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_not_null(
                        strstr(fixture.run.out, "\nvrrpd: not running\n"), "%s", fixture.run.out);
        cr_expect_null(strstr(fixture.run.out, "MASTER"));
}

CTL_TEST(status, what_cannot_be_known_is_null_in_json) {
        _cleanup_(json_object_putp) json_object *o = NULL;

        start_checkd();
        RUN("status", "--json");
        o = parsed();
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_null(member(o, "Instances"));
        cr_expect_null(member(o, "Services"));
        cr_expect_null(member(o, "Spool"));
        cr_expect_eq(json_object_array_length(member(o, "Trackers")), 1);
        cr_expect_eq(json_object_array_length(member(o, "Problems")), 3);
}

CTL_TEST(status, json_has_the_properties_by_their_names_on_the_bus) {
        _cleanup_(json_object_putp) json_object *o = NULL;
        json_object *instance, *tracker, *service;

        start_all();
        RUN("status", "--json");
        o = parsed();
        cr_expect_eq(fixture.run.status, 0);
        cr_expect_eq(json_get_uint64(o, "Schema"), 1);
        cr_expect_null(member(o, "BusError"));

        instance = json_object_array_get_idx(member(o, "Instances"), 0);
        cr_expect_str_eq(json_get_string(instance, "Name"), "VI_1");
        cr_expect_str_eq(json_get_string(instance, "Path"), "/org/mainstay/vrrp1/instance/VI_5f1");
        cr_expect_eq(json_get_uint64(instance, "EffectivePriority"), 86);
        tracker = json_object_array_get_idx(member(instance, "Trackers"), 0);
        cr_expect_str_eq(json_get_string(tracker, "State"), "DOWN");
        cr_expect_eq(json_object_get_int(member(tracker, "Adds")), -20);

        service = json_object_array_get_idx(member(o, "Services"), 0);
        cr_expect_eq(json_object_array_length(member(service, "Servers")), 2);
        cr_expect_str_eq(json_get_string(member(o, "Balancer"), "SyncState"), "backup");
        cr_expect_eq(json_get_uint64(member(o, "Spool"), "Pending"), 2);
        cr_expect_str_eq(json_get_string(json_object_array_get_idx(member(o, "Daemons"), 3),
                                         "State"),
                        "running");
}

CTL_TEST(status, only_the_daemons_named_count) {
        start_vrrpd();
        RUN("status", "vrrpd");
        cr_expect_eq(fixture.run.status, 0);
        cr_expect_null(strstr(fixture.run.out, "checkd"));
        RUN("status", "mainstay-checkd.service");
        cr_expect_eq(fixture.run.status, 3);
        RUN("status", "sshd");
        cr_expect_eq(fixture.run.status, 64);
}

CTL_TEST(status, a_daemon_that_hangs_is_waited_for_only_a_moment) {
        usec_t before = usec_now(CLOCK_MONOTONIC);

        start_all();
        fixture.checkd.silent = true;
        RUN("status");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_not_null(strstr(fixture.run.out, "\ncheckd: not answering: "), "%s",
                        fixture.run.out);
        cr_expect_not_null(strstr(fixture.run.out, "VI_1"));
        cr_expect_lt(usec_sub(usec_now(CLOCK_MONOTONIC), before), 10 * USEC_PER_SEC);
}

CTL_TEST(status, without_a_bus_everything_is_unknown) {
        private_bus_kill(&fixture.private_bus);
        RUN("status");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_not_null(strstr(fixture.run.out, "the D-Bus system bus cannot be reached"));
        cr_expect_not_null(strstr(fixture.run.out, "vrrpd    unknown\n"), "%s", fixture.run.out);
}

CTL_TEST(status, a_bus_that_hangs_is_waited_for_only_a_moment) {
        usec_t before = usec_now(CLOCK_MONOTONIC);

        cr_assert_eq(kill(fixture.private_bus.pid, SIGSTOP), 0);
        RUN("status");
        cr_expect_eq(fixture.run.status, 3);
        cr_expect_not_null(strstr(fixture.run.out, "it does not answer"), "%s", fixture.run.out);
        cr_expect_lt(usec_sub(usec_now(CLOCK_MONOTONIC), before), 10 * USEC_PER_SEC);
        cr_assert_eq(kill(fixture.private_bus.pid, SIGCONT), 0);
}

CTL_TEST(status, different_configurations_and_refused_ones_are_problems) {
        start_vrrpd();
        start_ipvsd("{\"Version\":\"0.1.0\",\"ConfigDigest\":\"other\",\"StartedUsec\":1,"
                    "\"ConfigErrors\":[[\"refused\",\"/etc/x:3: complaint: what\"],"
                    "[\"complaint\",\"/etc/x:1: complaint: old\"],[\"note\",\"/etc/x:2: note\"]],"
                    "\"StalePeers\":[[\"org.mainstay.Check1\",1]]}");
        RUN("status", "vrrpd", "ipvsd");
        cr_expect_not_null(
                        strstr(fixture.run.out,
                                        "\nipvsd: the configuration before is in force, because: "
                                        "/etc/x:3: complaint: what\n"),
                        "%s", fixture.run.out);
        cr_expect_not_null(
                        strstr(fixture.run.out, "\nvrrpd and ipvsd run different configurations"));
        cr_expect_not_null(strstr(fixture.run.out, "\nipvsd: without checkd for "));
        cr_expect_not_null(strstr(fixture.run.out, "\n  /etc/x:1: complaint: old\n"));
        cr_expect_eq(fixture.run.status, 0);
}
