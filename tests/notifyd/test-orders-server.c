/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "notifyd/entry.h"
#include "notifyd/orders.h"
#include "notifyd/spool.h"
#include "tests/common/conf-text.h"

#define SERVICE "/org/mainstay/ipvs1/service/web"
#define SERVER SERVICE "/server/a"
#define CHECKER "/org/mainstay/check1/checker/web_2fa_2f"

static struct conf *c;
static struct spool *spool;
static json_object *departed;

static void set_up(void) {
        spool = spool_new();
}

static void forget(void) {
        c = conf_free(c);
        spool = spool_free(spool);
        (void) json_object_put(departed);
        departed = NULL;
}

TestSuite(orders_server, .init = set_up, .fini = forget);

/* @globals and the lines of a service and of its server. */
static struct conf *conf_with(const char *globals, const char *service, const char *server) {
        char text[4096];

        (void) snprintf(text, sizeof(text),
                        "global_defs {\nrouter_id r1\n%s\n}\n"
                        "virtual_server 192.0.2.1 80 {\nprotocol TCP\n%s\n"
                        "real_server 192.0.2.10 8080 {\n%s\nTCP_CHECK {\n}\nMISC_CHECK {\n"
                        "misc_path /bin/true\n}\n}\n}\n",
                        globals, service, server);
        return conf_of(text);
}

static void load(const char *globals, const char *service, const char *server) {
        c = conf_free(c);
        c = conf_with(globals, service, server);
}

#define SCRIPTS_OF_SERVICE "quorum_up /s/quorum-up\nquorum_down /s/quorum-down"
#define SCRIPTS_OF_SERVER "notify_up /s/up\nnotify_down /s/down"
#define MAIL "notification_email {\na@x\n}\nsmtp_server ::1"
#define FIFOS "notify_fifo /run/all\nvrrp_notify_fifo /run/vrrp\nlvs_notify_fifo /run/lvs"

static const char *member(const struct action *a, const char *key) {
        const char *text = json_object_get_string(json_object_object_get(a->content, key));

        return text ? text : "";
}

/* What is ordered, a line each: the command; the FIFO and its line; subject and body of a mail. */
static void describe(const struct action *a, char *buf, size_t n) {
        switch (a->kind) {
        case ACTION_SCRIPT: (void) snprintf(buf, n, "%s\n", member(a, "command")); break;
        case ACTION_FIFO: (void) snprintf(buf, n, "%s: %s", a->object, member(a, "line")); break;
        case ACTION_MAIL:
                (void) snprintf(buf, n, "%s %s\n", member(a, "subject"), member(a, "body"));
                break;
        case _ACTION_KIND_MAX:
        case _ACTION_KIND_INVALID: break;
        }
}

static const char *order(const char *type, const char *path, const char *data_text) {
        struct orders o = { .conf = c, .spool = spool, .departed = departed, .hostname = "host" };
        _cleanup_(json_object_putp) json_object *data = json_tokener_parse(data_text);
        _cleanup_(json_object_putp) json_object *entry = entry_cursor("p", "g", 1);
        struct event_feed_event e = { .generation = "g",
                .sequence = 1,
                .realtime_usec = 4711,
                .type = type,
                .object_path = path,
                .data = data };
        static char text[4096];
        uint64_t from = spool_next_id(spool);
        size_t n = 0;

        cr_assert_not_null(data, "%s", data_text);
        cr_assert_eq(orders_add(&o, &e, entry), 0);
        cr_assert_eq(spool_apply(spool, entry), 0);
        text[0] = '\0';
        for (uint64_t id = from; id < spool_next_id(spool); id++) {
                describe(spool_find(spool, id), text + n, sizeof(text) - n);
                n = strlen(text);
        }
        return text;
}

/* @more: further members, each with a comma in front. */
static const char *order_server(const char *state, const char *more) {
        char data[512];

        (void) snprintf(data, sizeof(data),
                        "{\"service\":\"192.0.2.1 80 TCP\",\"server\":\"192.0.2.10 8080\",\"state\":\"%s\","
                        "\"previous\":\"\",\"reason\":\"because\",\"weight\":1%s}",
                        state, more);
        return order("server-state", SERVER, data);
}

static const char *order_quorum(const char *state, const char *more) {
        char data[512];

        (void) snprintf(data, sizeof(data),
                        "{\"service\":\"192.0.2.1 80 TCP\",\"state\":\"%s\",\"previous\":\"\",\"weight\":3,"
                        "\"quorum\":2,\"hysteresis\":1%s}",
                        state, more);
        return order("quorum-state", SERVICE, data);
}

static const char *order_checker(int number, const char *state, const char *previous) {
        char data[512], path[128];

        (void) snprintf(path, sizeof(path), "%s%d", CHECKER, number);
        (void) snprintf(data, sizeof(data),
                        "{\"name\":\"192.0.2.1 80 TCP/192.0.2.10 8080/%d\",\"service\":\"192.0.2.1 80 TCP\","
                        "\"server\":\"192.0.2.10 8080\",\"kind\":\"TCP_CHECK\",\"state\":\"%s\","
                        "\"previous\":\"%s\",\"result\":\"so\"}",
                        number, state, previous);
        return order("checker-state", path, data);
}

#define INITIAL ",\"initial\":true"
#define DEPARTED ",\"departed\":true"
#define STOPPING ",\"stopping\":true"
#define RS "[r1] Realserver [192.0.2.10]:tcp:8080 of virtual server [192.0.2.1]:tcp:80 - "
#define VS "[r1] Virtualserver [192.0.2.1]:tcp:80 - "

Test(orders_server, a_server_has_a_script_then_lines) {
        load(FIFOS, SCRIPTS_OF_SERVICE, SCRIPTS_OF_SERVER);
        cr_expect_str_eq(order_server("DOWN", ""),
                        "/s/down\n/run/all: RS [192.0.2.10]:tcp:8080 [192.0.2.1]:tcp:80 DOWN\n"
                        "/run/lvs: RS [192.0.2.10]:tcp:8080 [192.0.2.1]:tcp:80 DOWN\n");
        cr_expect_str_eq(order_server("UP", ""),
                        "/s/up\n/run/all: RS [192.0.2.10]:tcp:8080 [192.0.2.1]:tcp:80 UP\n"
                        "/run/lvs: RS [192.0.2.10]:tcp:8080 [192.0.2.1]:tcp:80 UP\n");
}

Test(orders_server, a_quorum_has_a_script_lines_and_mail) {
        load(FIFOS "\n" MAIL, SCRIPTS_OF_SERVICE "\nsmtp_alert", "");
        cr_expect_str_eq(order_quorum("DOWN", ""),
                        "/s/quorum-down\n/run/all: VS [192.0.2.1]:tcp:80 DOWN\n"
                        "/run/lvs: VS [192.0.2.1]:tcp:80 DOWN\n" VS
                        "DOWN => Lost quorum 2+1=1 <= 3 <=\n");
        cr_expect_str_eq(order_quorum("UP", ""),
                        "/s/quorum-up\n/run/all: VS [192.0.2.1]:tcp:80 UP\n"
                        "/run/lvs: VS [192.0.2.1]:tcp:80 UP\n" VS
                        "UP => Gained quorum 2+1=3 <= 3 <=\n");
        cr_expect_str_eq(order_quorum("DOWN", STOPPING),
                        "/s/quorum-down\n/run/all: VS [192.0.2.1]:tcp:80 DOWN\n"
                        "/run/lvs: VS [192.0.2.1]:tcp:80 DOWN\n" VS "DOWN => Shutting down <=\n");
}

Test(orders_server, at_the_start_only_a_quorum_that_matters_is_told) {
        load(MAIL, SCRIPTS_OF_SERVICE "\nsmtp_alert", SCRIPTS_OF_SERVER);
        cr_expect_str_eq(order_quorum("UP", INITIAL),
                        "/s/quorum-up\n" VS "UP => Starting with quorum up 2+1=3 <= 3 <=\n");
        cr_expect_str_eq(order_quorum("DOWN", INITIAL), "");
        cr_expect_str_eq(order_server("UP", INITIAL), "");
        cr_expect_str_eq(order_server("DOWN", INITIAL), "");

        load("rs_init_notifies", "sorry_server 192.0.2.99 80\n" SCRIPTS_OF_SERVICE,
                        SCRIPTS_OF_SERVER);
        cr_expect_str_eq(order_quorum("DOWN", INITIAL), "/s/quorum-down\n");

        load(MAIL, "smtp_alert\nsorry_server 192.0.2.99 80", "");
        cr_expect_str_eq(order_quorum("DOWN", INITIAL),
                        VS "DOWN => Starting with quorum down 2+1=3 <= 3 <=\n");
        load("rs_init_notifies", "", SCRIPTS_OF_SERVER);
        cr_expect_str_eq(order_server("UP", INITIAL), "/s/up\n");
        cr_expect_str_eq(order_server("DOWN", INITIAL), "");
}

Test(orders_server, each_check_that_changes_is_mailed) {
        load(MAIL, "", "");
        cr_expect_str_eq(order_checker(1, "UP", "UNKNOWN"), "");
        cr_expect_str_eq(order_checker(1, "DOWN", "UP"), RS "DOWN => TCP_CHECK: so <=\n");
        cr_expect_str_eq(order_checker(2, "DOWN", "UNKNOWN"), RS "DOWN => TCP_CHECK: so <=\n");
        /* The subject is about the server, and its other check still fails. */
        cr_expect_str_eq(order_checker(1, "UP", "DOWN"), RS "DOWN => TCP_CHECK: so <=\n");
        cr_expect_str_eq(order_checker(2, "UP", "DOWN"), RS "UP => TCP_CHECK: so <=\n");
        cr_expect_str_eq(order_server("UP", ""), "");
}

Test(orders_server, a_check_that_begins_anew_goes_on_from_what_was_told) {
        load(MAIL, "", "");
        cr_expect_str_eq(order_checker(1, "DOWN", "UP"), RS "DOWN => TCP_CHECK: so <=\n");
        cr_expect_str_eq(order_checker(1, "DOWN", "UNKNOWN"), "");
        cr_expect_str_eq(order_checker(1, "UP", "UNKNOWN"), RS "UP => TCP_CHECK: so <=\n");
        cr_expect_str_eq(order_checker(1, "UP", "UNKNOWN"), "");
        cr_expect_str_eq(order_checker(2, "DOWN", "UP"), RS "DOWN => TCP_CHECK: so <=\n");
        cr_expect_str_eq(order_checker(2, "UP", "DOWN"), RS "UP => TCP_CHECK: so <=\n");
}

Test(orders_server, with_alpha_the_first_success_is_news) {
        load(MAIL, "", "alpha");
        cr_expect_str_eq(order_checker(1, "DOWN", "UNKNOWN"), "");
        cr_expect_str_eq(order_checker(1, "UP", "DOWN"), RS "DOWN => TCP_CHECK: so <=\n");
        cr_expect_str_eq(order_checker(2, "UP", "UNKNOWN"), RS "UP => TCP_CHECK: so <=\n");
        cr_expect_str_eq(order_checker(2, "DOWN", "UNKNOWN"), RS "DOWN => TCP_CHECK: so <=\n");
}

Test(orders_server, no_checker_emails_mails_of_servers_alone) {
        load(MAIL "\nno_checker_emails", "", "");
        cr_expect_str_eq(order_checker(1, "DOWN", "UP"), "");
        cr_expect_str_eq(order_server("DOWN", ""), RS "DOWN => because <=\n");
        cr_expect_str_eq(order_server("UP", ""), RS "UP => because <=\n");
        cr_expect_str_eq(order_server("UP", INITIAL), "");
}

Test(orders_server, smtp_alert_decides_about_mail) {
        load(MAIL, "", "smtp_alert off");
        cr_expect_str_eq(order_checker(1, "DOWN", "UP"), "");
        cr_expect_str_eq(order_server("DOWN", STOPPING), "");
        cr_expect_str_eq(order_quorum("DOWN", ""), "");
        load("smtp_server ::1", "smtp_alert", "");
        cr_expect_str_eq(order_checker(1, "DOWN", "UP"), "");
        cr_expect_str_eq(order_quorum("DOWN", ""), "");
}

Test(orders_server, the_end_of_a_server_is_told) {
        load(MAIL, "", SCRIPTS_OF_SERVER);
        cr_expect_str_eq(order_server("DOWN", STOPPING),
                        "/s/down\n" RS "DOWN => Shutting down <=\n");
        cr_expect_str_eq(order_server("DOWN", DEPARTED), "/s/down\n" RS "DOWN => Removing <=\n");
}

Test(orders_server, what_has_left_the_configuration_has_its_old_orders) {
        struct conf *old = conf_with(MAIL, SCRIPTS_OF_SERVICE, SCRIPTS_OF_SERVER);

        c = conf_of("global_defs {\nrouter_id r1\n" MAIL "\n}\n");
        cr_expect_str_eq(order_server("DOWN", DEPARTED), "");
        cr_assert_eq(orders_departed(old, c, &departed), 0);
        cr_expect_eq(json_object_object_length(departed), 2);
        cr_expect_str_eq(order_server("DOWN", DEPARTED), "/s/down\n" RS "DOWN => Removing <=\n");
        cr_expect_str_eq(order_quorum("DOWN", ""), "/s/quorum-down\n");

        /* And it is there again. */
        cr_assert_eq(orders_departed(c, old, &departed), 0);
        cr_expect_eq(json_object_object_length(departed), 0);
        (void) conf_free(old);
}

Test(orders_server, what_leaves_last_is_remembered_however_much_has_left_before) {
        struct conf *old = conf_with(MAIL, SCRIPTS_OF_SERVICE, SCRIPTS_OF_SERVER);
        char key[32];

        departed = json_object_new_object();
        for (unsigned i = 0; i < ORDERS_DEPARTED_MAX; i++) {
                (void) snprintf(key, sizeof(key), "server %u", i);
                (void) json_object_object_add(departed, key, json_object_new_object());
        }
        c = conf_of("global_defs {\nrouter_id r1\n" MAIL "\n}\n");
        cr_assert_eq(orders_departed(old, c, &departed), 0);
        cr_expect_eq(json_object_object_length(departed), ORDERS_DEPARTED_MAX);
        cr_expect_str_eq(order_server("DOWN", DEPARTED), "/s/down\n" RS "DOWN => Removing <=\n");
        cr_expect_null(json_object_object_get(departed, "server 1"));
        cr_expect_not_null(json_object_object_get(departed, "server 2"));
        (void) conf_free(old);
}

Test(orders_server, odd_events_order_nothing) {
        static const char *const odd[] = {
                "{}",
                "{\"service\":7,\"server\":[],\"state\":\"UP\"}",
                "{\"service\":\"192.0.2.1 80 TCP\",\"server\":\"192.0.2.10 8080\"}",
                "{\"service\":\"192.0.2.1 80 TCP\",\"server\":\"192.0.2.10 8080\",\"state\":\"SIDEWAYS\"}",
                "{\"service\":\"192.0.2.1 80 TCP\",\"server\":\"192.0.2.11 8080\",\"state\":\"UP\"}",
                "{\"service\":\"192.0.2.2 80 TCP\",\"server\":\"192.0.2.10 8080\",\"state\":\"UP\"}",
        };

        load(MAIL "\n" FIFOS, SCRIPTS_OF_SERVICE, SCRIPTS_OF_SERVER);
        for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
                cr_expect_str_eq(order("server-state", SERVER, odd[i]), "");
                cr_expect_str_eq(order("checker-state", CHECKER "1", odd[i]), "");
        }
        cr_expect_str_eq(order("quorum-state", SERVICE, "{}"), "");
        cr_expect_str_eq(order("checker-state", "/", odd[0]), "");
}

Test(orders_server, instances_have_lines_in_their_fifos) {
        static const char lower[] =
                        "{\"name\":\"VI_1\",\"priority\":50,\"address\":\"192.0.2.9\",\"own\":100}";

        c = conf_of("global_defs {\n" FIFOS "\nvrrp_notify_priority_changes\n}\n"
                    "vrrp_instance VI_1 {\ninterface eth0\nvirtual_router_id 1\nnotify /s/notify\n"
                    "virtual_ipaddress {\n192.0.2.1\n}\n}\n");
        cr_expect_str_eq(
                        order("instance-state", "/i",
                                        "{\"name\":\"VI_1\",\"state\":\"MASTER\",\"priority\":100}"),
                        "/s/notify\n/run/all: INSTANCE \"VI_1\" MASTER 100\n"
                        "/run/vrrp: INSTANCE \"VI_1\" MASTER 100\n");
        cr_expect_str_eq(
                        order("instance-repeated", "/i",
                                        "{\"name\":\"VI_1\",\"state\":\"MASTER\",\"priority\":100}"),
                        "/run/all: INSTANCE \"VI_1\" MASTER 100\n"
                        "/run/vrrp: INSTANCE \"VI_1\" MASTER 100\n");
        cr_expect_str_eq(order("instance-rx-lower-priority", "/i", lower),
                        "/run/all: INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 100\n"
                        "/run/vrrp: INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 100\n");
        cr_expect_str_eq(
                        order("instance-priority", "/i",
                                        "{\"name\":\"VI_1\",\"state\":\"BACKUP\",\"priority\":90}"),
                        "/run/all: INSTANCE \"VI_1\" BACKUP_PRIORITY 90\n"
                        "/run/vrrp: INSTANCE \"VI_1\" BACKUP_PRIORITY 90\n");
        cr_expect_str_eq(order("instance-priority", "/i",
                                         "{\"name\":\"VI_1\",\"state\":\"FAULT\",\"priority\":0}"),
                        "");
}

Test(orders_server, a_fifo_of_the_same_path_gets_a_line_once) {
        load("notify_fifo /run/all\nlvs_notify_fifo /run/all", "", "");
        cr_expect_str_eq(order_quorum("UP", ""), "/run/all: VS [192.0.2.1]:tcp:80 UP\n");
}
