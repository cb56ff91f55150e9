/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/orders.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/conf-global.h"
#include "common/json.h"
#include "common/macro.h"
#include "ipvsd/conf.h"
#include "notifyd/conf.h"
#include "notifyd/entry.h"
#include "notifyd/spool.h"
#include "vrrpd/conf.h"

#define PATH "/org/mainstay/vrrp1/instance/VI_5f1"
#define SPOOL _cleanup_(spool_freep)
#define JSON _cleanup_(json_object_putp)
#define FIXTURE _cleanup_(fixture_done)

/* A configuration with one instance that has everything. */
struct fixture {
        struct conf conf;
        struct global_conf global;
        struct vrrp_conf vrrp;
        struct ipvs_conf ipvs;
        struct notify_conf notify;
        struct vrrp_instance_conf instance;
        struct vrrp_group_conf group;
        struct notify_address_conf recipient;
};

static void set_script(struct conf_script *s, const char *command) {
        char **argv = calloc(2, sizeof(*argv));

        argv[0] = strdup(command);
        *s = (struct conf_script){ .command = strdup(command), .argv = argv };
}

static void fixture_init(struct fixture *f) {
        *f = (struct fixture){
                .conf = { .global = &f->global,
                                .vrrp = &f->vrrp,
                                .ipvs = &f->ipvs,
                                .notify = &f->notify },
                .global = { .router_id = (char *) "r1" },
                .recipient = { .header = (char *) "a@x", .envelope = (char *) "a@x" },
                .notify = { .to = { &f->recipient, 1 }, .smtp_server = (char *) "::1" },
                .instance = { .name = (char *) "VI_1", .smtp_alert = true },
                .group = { .name = (char *) "VG_1", .smtp_alert = true },
        };
        set_script(&f->instance.notify_master, "/s/master");
        set_script(&f->instance.notify_backup, "/s/backup");
        set_script(&f->instance.notify_fault, "/s/fault");
        set_script(&f->instance.notify_stop, "/s/stop");
        set_script(&f->instance.notify, "/s/notify");
        set_script(&f->instance.notify_master_rx_lower_pri, "/s/lower");
        set_script(&f->group.notify_master, "/g/master");
        set_script(&f->group.notify_backup, "/g/backup");
        set_script(&f->group.notify_fault, "/g/fault");
        set_script(&f->group.notify_stop, "/g/stop");
        set_script(&f->group.notify, "/g/notify");
        HASH_ADD_KEYPTR(hh, f->vrrp.groups, f->group.name, strlen(f->group.name), &f->group);
        HASH_ADD_KEYPTR(hh, f->vrrp.instances, f->instance.name, strlen(f->instance.name),
                        &f->instance);
}

static void fixture_done(struct fixture *f) {
        HASH_CLEAR(hh, f->vrrp.instances);
        HASH_CLEAR(hh, f->vrrp.groups);
        conf_script_done(&f->group.notify_master);
        conf_script_done(&f->group.notify_backup);
        conf_script_done(&f->group.notify_fault);
        conf_script_done(&f->group.notify_stop);
        conf_script_done(&f->group.notify);
        conf_script_done(&f->instance.notify_master);
        conf_script_done(&f->instance.notify_backup);
        conf_script_done(&f->instance.notify_fault);
        conf_script_done(&f->instance.notify_stop);
        conf_script_done(&f->instance.notify);
        conf_script_done(&f->instance.notify_master_rx_lower_pri);
        conf_script_done(&f->instance.notify_deleted);
}

static struct event_feed_event event_of(const char *type, json_object *data) {
        return (struct event_feed_event){
                .generation = "g",
                .sequence = 1,
                .realtime_usec = 4711,
                .type = type,
                .object_path = PATH,
                .data = data,
        };
}

/* Order by an event and take it in; what was ordered, a word for each: "/s/master", "/s/notify INSTANCE
 * VI_1 MASTER 100", "mail". */
static const char *order(const struct fixture *f, struct spool *s, json_object *departed,
                const char *type, const char *data_text) {
        struct orders o = {
                .conf = &f->conf, .spool = s, .departed = departed, .hostname = "host"
        };
        JSON json_object *data = json_tokener_parse(data_text);
        JSON json_object *entry = entry_cursor("p", "g", 1);
        struct event_feed_event e = event_of(type, data);
        static char text[1024];
        uint64_t from = spool_next_id(s);
        size_t n = 0;

        cr_assert_not_null(data);
        cr_assert_eq(orders_add(&o, &e, entry), 0);
        cr_assert_eq(spool_apply(s, entry), 0);
        text[0] = '\0';
        for (uint64_t id = from; id < spool_next_id(s); id++) {
                const struct action *a = spool_find(s, id);
                json_object *append = json_object_object_get(a->content, "append");

                cr_expect_str_eq(a->object, PATH);
                cr_expect_str_eq(a->about, json_get_string(data, "name"));
                cr_expect_eq(a->ordered_usec, 4711);
                n += (size_t) snprintf(text + n, sizeof(text) - n, "%s%s", n > 0 ? ", " : "",
                                a->kind == ACTION_MAIL
                                                ? json_object_get_string(json_object_object_get(
                                                                  a->content, "subject"))
                                                : json_object_get_string(json_object_object_get(
                                                                  a->content, "command")));
                for (size_t i = 0; append && i < json_object_array_length(append); i++)
                        n += (size_t) snprintf(text + n, sizeof(text) - n, " %s",
                                        json_object_get_string(
                                                        json_object_array_get_idx(append, i)));
        }
        return text;
}

static const char *order_state(const struct fixture *f, struct spool *s, const char *state) {
        char data[256];

        (void) snprintf(data, sizeof(data),
                        "{\"name\":\"VI_1\",\"state\":\"%s\",\"previous\":\"INIT\",\"priority\":100,"
                        "\"reason\":\"because\",\"group\":\"\"}",
                        state);
        return order(f, s, NULL, "instance-state", data);
}

Test(orders, each_state_has_its_script_then_notify_then_mail) {
        static const char *const expected[][2] = {
                { "MASTER",
                                "/s/master, /s/notify INSTANCE VI_1 MASTER 100, "
                                "[r1] VRRP Instance VI_1 - Entering MASTER state" },
                { "BACKUP",
                                "/s/backup, /s/notify INSTANCE VI_1 BACKUP 100, "
                                "[r1] VRRP Instance VI_1 - Entering BACKUP state" },
                { "FAULT",
                                "/s/fault, /s/notify INSTANCE VI_1 FAULT 100, "
                                "[r1] VRRP Instance VI_1 - Entering FAULT state" },
                { "MAINTENANCE",
                                "/s/fault, /s/notify INSTANCE VI_1 MAINTENANCE 100, "
                                "[r1] VRRP Instance VI_1 - Entering MAINTENANCE state" },
                { "STOP",
                                "/s/stop, /s/notify INSTANCE VI_1 STOP 100, "
                                "[r1] VRRP Instance VI_1 - Stopping" },
                { "DELETED",
                                "/s/fault, /s/notify INSTANCE VI_1 FAULT 100, "
                                "[r1] VRRP Instance VI_1 - Deleted" },
                { "INIT", "" },
                { "SOMETHING", "" },
        };
        SPOOL struct spool *s = spool_new();
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
                cr_expect_str_eq(order_state(&f, s, expected[i][0]), expected[i][1]);
}

Test(orders, a_group_has_scripts_of_its_own_and_no_priority) {
        static const char *const expected[][2] = {
                { "MASTER",
                                "/g/master, /g/notify GROUP VG_1 MASTER 0, "
                                "[r1] VRRP Group VG_1 - Entering MASTER state" },
                { "BACKUP",
                                "/g/backup, /g/notify GROUP VG_1 BACKUP 0, "
                                "[r1] VRRP Group VG_1 - Entering BACKUP state" },
                { "FAULT",
                                "/g/fault, /g/notify GROUP VG_1 FAULT 0, "
                                "[r1] VRRP Group VG_1 - Entering FAULT state" },
                { "STOP",
                                "/g/stop, /g/notify GROUP VG_1 STOP 0, "
                                "[r1] VRRP Group VG_1 - Stopping" },
                { "DELETED", "" },
                { "INIT", "" },
        };
        FIXTURE struct fixture f;
        SPOOL struct spool *s = spool_new();

        fixture_init(&f);
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                char data[256];

                (void) snprintf(data, sizeof(data),
                                "{\"name\":\"VG_1\",\"state\":\"%s\",\"previous\":\"INIT\","
                                "\"reason\":\"VI_1: because\"}",
                                expected[i][0]);
                cr_expect_str_eq(order(&f, s, NULL, "group-state", data), expected[i][1]);
        }
        cr_expect_str_eq(order(&f, s, NULL, "group-state",
                                         "{\"name\":\"VG_2\",\"state\":\"MASTER\"}"),
                        "");
}

Test(orders, what_is_not_configured_is_not_ordered) {
        SPOOL struct spool *s = spool_new();
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        conf_script_done(&f.instance.notify_master);
        f.instance.smtp_alert = false;
        cr_expect_str_eq(order_state(&f, s, "MASTER"), "/s/notify INSTANCE VI_1 MASTER 100");
        conf_script_done(&f.instance.notify);
        cr_expect_str_eq(order_state(&f, s, "MASTER"), "");
        cr_expect_str_eq(order_state(&f, s, "BACKUP"), "/s/backup");
}

Test(orders, a_state_is_mailed_once) {
        SPOOL struct spool *s = spool_new();
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        conf_script_done(&f.instance.notify_master);
        conf_script_done(&f.instance.notify_fault);
        conf_script_done(&f.instance.notify);
        cr_expect_str_neq(order_state(&f, s, "MASTER"), "");
        cr_expect_str_eq(order_state(&f, s, "MASTER"), "");
        cr_expect_str_neq(order_state(&f, s, "FAULT"), "");
        cr_expect_str_neq(order_state(&f, s, "MASTER"), "");
}

Test(orders, no_mail_without_recipient_or_server) {
        SPOOL struct spool *s = spool_new();
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        f.notify.to.n = 0;
        cr_expect_str_eq(order_state(&f, s, "BACKUP"),
                        "/s/backup, /s/notify INSTANCE VI_1 BACKUP 100");
        f.notify.to.n = 1;
        f.notify.smtp_server = NULL;
        cr_expect_str_eq(order_state(&f, s, "BACKUP"),
                        "/s/backup, /s/notify INSTANCE VI_1 BACKUP 100");
        cr_expect_null(spool_mailed(s, PATH));
}

Test(orders, no_email_faults_keeps_faults_to_itself) {
        SPOOL struct spool *s = spool_new();
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        f.notify.no_email_faults = true;
        cr_expect_str_eq(
                        order_state(&f, s, "FAULT"), "/s/fault, /s/notify INSTANCE VI_1 FAULT 100");
        cr_expect_str_neq(order_state(&f, s, "MASTER"), "");
        (void) order_state(&f, s, "FAULT");
        /* The last mail said MASTER, and it is MASTER again. */
        cr_expect_str_eq(order_state(&f, s, "MASTER"),
                        "/s/master, /s/notify INSTANCE VI_1 MASTER 100");
}

Test(orders, a_lower_advert_has_its_script) {
        SPOOL struct spool *s = spool_new();
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        cr_expect_str_eq(
                        order(&f, s, NULL, "instance-rx-lower-priority",
                                        "{\"name\":\"VI_1\",\"priority\":50,\"address\":\"10.0.0.2\"}"),
                        "/s/lower");
}

Test(orders, other_events_and_odd_ones_order_nothing) {
        static const char *const odd[] = {
                "{}",
                "{\"name\":7}",
                "{\"name\":\"VI_2\",\"state\":\"MASTER\"}",
                "{\"name\":\"VI_1\"}",
                "{\"name\":\"VI_1\",\"state\":null}",
        };
        SPOOL struct spool *s = spool_new();
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        cr_expect_str_eq(order(&f, s, NULL, "instance-priority", "{\"name\":\"VI_1\"}"), "");
        cr_expect_str_eq(order(&f, s, NULL, "daemon-started", "{}"), "");
        for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
                cr_expect_str_eq(order(&f, s, NULL, "instance-state", odd[i]), "");
}

Test(orders, long_texts_are_cut) {
        SPOOL struct spool *s = spool_new();
        const struct action *a;
        char data[2000], reason[1200];
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        conf_script_done(&f.instance.notify_master);
        conf_script_done(&f.instance.notify);
        memset(reason, 'x', sizeof(reason) - 1);
        reason[sizeof(reason) - 1] = '\0';
        (void) snprintf(data, sizeof(data),
                        "{\"name\":\"VI_1\",\"state\":\"MASTER\",\"reason\":\"%s\"}", reason);
        (void) order(&f, s, NULL, "instance-state", data);
        a = spool_actions(s);
        cr_expect_leq(strlen(json_object_get_string(json_object_object_get(a->content, "body"))),
                        ORDERS_BODY_MAX);
        cr_expect_leq(strlen(json_object_get_string(json_object_object_get(a->content, "subject"))),
                        ORDERS_SUBJECT_MAX);
}

Test(orders, the_host_name_stands_in_for_router_id) {
        SPOOL struct spool *s = spool_new();
        FIXTURE struct fixture f = {};

        fixture_init(&f);
        f.global.router_id = NULL;
        cr_expect_not_null(strstr(order_state(&f, s, "MASTER"), "[host] VRRP Instance VI_1"));
}

/* The daemons reload one after the other: the instance may have left our configuration before vrrpd says
 * that it is deleted. */
Test(orders, an_instance_that_left_is_told_by_its_old_scripts) {
        static const char deleted[] =
                        "{\"name\":\"VI_1\",\"state\":\"DELETED\",\"priority\":0,\"reason\":\"reload\"}";
        SPOOL struct spool *s = spool_new();
        JSON json_object *departed = NULL;
        struct vrrp_conf none = {};
        FIXTURE struct fixture f = {};
        struct conf later;

        fixture_init(&f);
        later = f.conf;
        later.vrrp = &none;
        cr_assert_eq(orders_departed(&f.conf, &later, &departed), 0);
        cr_expect_eq(json_object_object_length(departed), 1);
        f.conf = later;
        cr_expect_str_eq(order(&f, s, departed, "instance-state", deleted),
                        "/s/fault, /s/notify INSTANCE VI_1 FAULT 0, [r1] VRRP Instance VI_1 - Deleted");
}

Test(orders, an_instance_with_notify_deleted_is_told_as_deleted) {
        static const char deleted[] =
                        "{\"name\":\"VI_1\",\"state\":\"DELETED\",\"priority\":7,\"reason\":\"reload\"}";
        static const char expected[] = "/s/deleted, /s/notify INSTANCE VI_1 DELETED 7, "
                                       "[r1] VRRP Instance VI_1 - Deleted";
        SPOOL struct spool *s = spool_new(), *other = spool_new();
        JSON json_object *departed = NULL;
        struct vrrp_conf none = {};
        FIXTURE struct fixture f = {};
        struct conf later;

        fixture_init(&f);
        f.instance.tells_deleted = true;
        set_script(&f.instance.notify_deleted, "/s/deleted");
        cr_expect_str_eq(order(&f, s, NULL, "instance-state", deleted), expected);
        later = f.conf;
        later.vrrp = &none;
        cr_assert_eq(orders_departed(&f.conf, &later, &departed), 0);
        f.conf = later;
        cr_expect_str_eq(order(&f, other, departed, "instance-state", deleted), expected);
}

Test(orders, an_instance_that_returned_is_no_departed_one) {
        JSON json_object *departed = NULL;
        struct vrrp_conf none = {};
        FIXTURE struct fixture f = {};
        struct conf without;

        fixture_init(&f);
        without = f.conf;
        without.vrrp = &none;
        cr_assert_eq(orders_departed(&f.conf, &without, &departed), 0);
        cr_assert_eq(orders_departed(&without, &f.conf, &departed), 0);
        cr_expect_eq(json_object_object_length(departed), 0);
}
