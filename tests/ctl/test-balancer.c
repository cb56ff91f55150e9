/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Listing and ordering servers, with an ipvsd that the test plays. It takes every order and has no counters. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "tests/ctl/fixture.h"

#define ROOT "/org/mainstay/ipvs1"
#define SERVICE(label, name)                                                                       \
        "\"" ROOT "/service/" label "\":{\"org.mainstay.Ipvs1.Service\":{\"Name\":\"" name "\"}}"
#define SERVER(label, service, name, more)                                                         \
        "\"" ROOT "/service/" label "\":{\"org.mainstay.Ipvs1.Server\":{\"Name\":\"" name          \
        "\",\"Service\":\"" service "\",\"State\":\"UP\",\"InTable\":true,\"Weight\":3," more "}}"
#define PLAIN "\"Override\":\"\",\"OverrideWeight\":-1,\"Drained\":false"

#define WEB "10.0.0.100 80 TCP"

static void start(void) {
        fake_start(&fixture.ipvsd, "org.mainstay.Ipvs1", ROOT,
                        "{\"" ROOT "\":{\"org.mainstay.Daemon1\":" FAKE_DAEMON(
                                        "a") ","
                                             "\"org.mainstay.Ipvs1.Node\":{\"Problem\":\"\",\"Override\":\"\",\"SyncState\":\"\"}}," SERVICE(
                                                             "web", WEB) "," SERVICE("mark",
                                                             "fwmark 7") "," SERVER("web/server/a",
                                                             WEB, "10.0.0.11 80",
                                                             PLAIN) "," SERVER("web/server/b", WEB,
                                                             "10.0.0.12 80",
                                                             "\"Override\":\"drain\",\"OverrideWeight\":5,\"Drained\":true") "," SERVER("mark/server/a",
                                                             "fwmark 7", "10.0.0.11 0",
                                                             PLAIN) "," SERVER("mark/server/v6",
                                                             "fwmark 7", "2001:db8::1 80",
                                                             "\"Override\":\"disable\",\"OverrideWeight\":-1,\"Drained\":true") "}");
}

#define EXPECT_ORDERS(n, ...)                                                                      \
        do {                                                                                       \
                fixture.ipvsd.called = 0;                                                          \
                RUN(__VA_ARGS__);                                                                  \
                cr_expect_eq(fixture.run.status, 0, "%s", fixture.run.err);                        \
                cr_expect_eq(fixture.ipvsd.called, n);                                             \
        } while (false)

#define EXPECT_USAGE(...)                                                                          \
        do {                                                                                       \
                RUN(__VA_ARGS__);                                                                  \
                cr_expect_eq(fixture.run.status, 64, "%s", fixture.run.err);                       \
                cr_expect_eq(fixture.ipvsd.called, 0);                                             \
        } while (false)

CTL_TEST(balancer, servers_are_named_in_several_ways) {
        start();
        EXPECT_ORDERS(1, "drain", "10.0.0.12");
        EXPECT_ORDERS(1, "disable", "10.0.0.12:80");
        EXPECT_ORDERS(1, "enable", "10.0.0.12", "80");
        EXPECT_ORDERS(1, "weight", "10.0.0.12 80", "7");
        EXPECT_ORDERS(1, "weight", "[2001:0db8::1]:80", "configured");
        EXPECT_ORDERS(1, "drain", "2001:db8:0::1");
        EXPECT_ORDERS(2, "drain", "10.0.0.11");
        EXPECT_ORDERS(1, "drain", "10.0.0.11", "--service", "fwmark 7");
        EXPECT_ORDERS(1, "drain", WEB, "10.0.0.11 80");
        EXPECT_ORDERS(1, "drain", "10.0.0.100", "80", "TCP", "10.0.0.11", "80");
}

CTL_TEST(balancer, servers_are_shown_by_the_same_names) {
        start();
        RUN("servers", "10.0.0.12");
        cr_expect_eq(fixture.run.status, 0);
        cr_expect_not_null(strstr(fixture.run.out, "10.0.0.12 80"));
        cr_expect_null(strstr(fixture.run.out, "10.0.0.11"));
        RUN("servers", "fwmark", "7", "10.0.0.11");
        cr_expect_not_null(strstr(fixture.run.out, "10.0.0.11 0 "));
        cr_expect_null(strstr(fixture.run.out, "10.0.0.11 80"));
        RUN("servers", "2001:db8::1");
        cr_expect_not_null(strstr(fixture.run.out, " disable "), "though its service drains");
        RUN("servers", "10.0.0.100", "80");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_not_null(strstr(fixture.run.err,
                        "There is no server or service '10.0.0.100 80'. There are:\n"));
}

CTL_TEST(balancer, a_service_or_the_node_is_drained_as_one) {
        start();
        EXPECT_ORDERS(1, "drain", WEB);
        EXPECT_ORDERS(1, "enable", "--service", WEB);
        EXPECT_ORDERS(1, "drain", "--node");
        EXPECT_ORDERS(2, "drain", "10.0.0.12", "--wait"); /* and the counters */
        cr_expect_str_eq(fixture.run.out, "drained\n");
}

CTL_TEST(balancer, what_makes_no_sense_does_nothing) {
        start();
        EXPECT_USAGE("drain");
        EXPECT_USAGE("drain", "--node", "10.0.0.12");
        EXPECT_USAGE("disable", "--node");
        EXPECT_USAGE("disable", WEB);
        EXPECT_USAGE("weight", "10.0.0.12", "-1");
        EXPECT_USAGE("weight", "10.0.0.12", "5x");
        EXPECT_USAGE("weight", "10.0.0.12");
        EXPECT_USAGE("enable", "10.0.0.12", "--wait");
}

CTL_TEST(balancer, unknown_names_are_answered_with_those_there_are) {
        start();
        RUN("drain", "10.0.0.13", "--service", WEB);
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_str_eq(fixture.run.err,
                        "There is no server '10.0.0.13' of " WEB ". There are:\n"
                        "  10.0.0.11 80  of  " WEB "\n  10.0.0.12 80  of  " WEB "\n");
        RUN("drain", "--service", "nope");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_str_eq(fixture.run.err,
                        "There is no service 'nope'. There are:\n  " WEB "\n  fwmark 7\n");
        RUN("servers", "nope");
        cr_expect_eq(fixture.run.status, 1);
        fake_stop(&fixture.ipvsd);
        RUN("drain", "10.0.0.13");
        cr_expect_eq(fixture.run.status, 3);
}

CTL_TEST(balancer, refusals_are_passed_on) {
        start();
        fixture.ipvsd.method_error = SD_BUS_ERROR_ACCESS_DENIED;
        RUN("drain", "10.0.0.12");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_str_eq(fixture.run.err, "10.0.0.12 80: only root may do this\n");
}

CTL_TEST(balancer, a_drain_is_not_waited_for_longer_than_told) {
        start();
        RUN("drain", "10.0.0.11:80", "--wait", "--timeout", "0");
        cr_expect_eq(fixture.run.status, 1);
        cr_expect_not_null(
                        strstr(fixture.run.err, "Not drained within the time; the order stands."));
}

CTL_TEST(balancer, servers_are_shown_without_counters_too) {
        json_object *list;

        start();
        fixture.ipvsd.method_error = SD_BUS_ERROR_FAILED;
        RUN("servers", "10.0.0.100", "80", "TCP");
        cr_expect_eq(fixture.run.status, 0);
        cr_expect_str_eq(fixture.run.out,
                        "SERVER        SERVICE            STATE  WEIGHT  ORDER              ACTIVE  INACTIVE  CONN/S  BYTES IN/S  BYTES OUT/S\n"
                        "10.0.0.11 80  10.0.0.100 80 TCP  UP     3       -                  -       -         -       -           -\n"
                        "10.0.0.12 80  10.0.0.100 80 TCP  UP     3       drained, weight 5  -       -         -       -           -\n");
        cr_expect_not_null(strstr(fixture.run.err, "No counters: "));
        RUN("servers", "--json");
        list = json_tokener_parse(fixture.run.out);
        cr_expect_eq(json_object_array_length(list), 4);
        json_object_put(list);
}
