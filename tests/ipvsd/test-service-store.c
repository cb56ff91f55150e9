/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a daemon without bus and kernel saves of its services, and what the next one makes of it and of the events
 * that came after. */

#include "ipvsd/service-store.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/json.h"
#include "common/macro.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/service-state.h"

#define HEAD "virtual_server 10.0.0.1 80 {\n protocol TCP\n"
#define CHECKED " real_server 10.0.1.1 80 {\n TCP_CHECK {\n }\n }\n"
#define PLAIN " real_server 10.0.1.2 80 {\n }\n"
#define WEB "10.0.0.1 80 TCP"

static char directory[] = "/tmp/mainstay-services-XXXXXX";
static char path[64], events[64];
static struct daemon d;
static struct ipvsd ipvsd;
static json_object *held; /* the last event that was looked at */

static void load(const char *text) {
        struct conf *next = NULL;

        cr_assert_eq(conf_load_text("test", text, strlen(text), "id", 0, &next), 0);
        ipvs_services_configure(&ipvsd, next->ipvs);
        d.conf = conf_free(d.conf);
        d.conf = next;
}

static void open_log(void) {
        d.events = event_log_free(d.events);
        cr_assert_geq(event_log_open(events, &d.events), 0);
}

static void setup(void) {
        cr_assert(mkdtemp(directory));
        (void) snprintf(path, sizeof(path), "%s/services", directory);
        (void) snprintf(events, sizeof(events), "%s/events", directory);
        ipvsd.daemon = &d;
        open_log();
        load(HEAD CHECKED PLAIN "}\n");
        ipvs_services_settle(&ipvsd);
}

static void teardown(void) {
        json_object_put(held);
        ipvs_services_free(&ipvsd);
        d.conf = conf_free(d.conf);
        d.events = event_log_free(d.events);
        (void) unlink(path);
        (void) unlink(events);
        cr_expect_eq(rmdir(directory), 0);
}

TestSuite(service_store, .init = setup, .fini = teardown);

static struct ipvs_service *web(void) {
        return ipvs_service_find(&ipvsd, WEB);
}

static struct ipvs_server *checked(void) {
        return ipvs_server_find(web(), "10.0.1.1 80");
}

static void save(void) {
        cr_assert_eq(ipvs_store_write(&ipvsd, path), 0);
}

static void fail(void) {
        cr_assert(ipvs_server_hear(checked(), 0, IPVS_CHECK_DOWN, "timeout", 0));
        ipvs_services_settle(&ipvsd);
}

/* As after a kill: what is not in the files is gone. @text is the configuration now. */
static void die_and_return(const char *text) {
        _cleanup_(json_object_putp) json_object *saved = NULL;

        ipvs_services_free(&ipvsd);
        open_log();
        load(text);
        cr_assert_eq(ipvs_store_read(path, &saved), 0);
        ipvs_store_restore(&ipvsd, saved);
        ipvs_overrides_tell_rest(&ipvsd);
}

/* How many events of @type there are, and the last one. */
static unsigned count(const char *type, json_object **ret_last) {
        const struct event *e;
        unsigned n = 0;

        for (uint64_t after = 0; (e = event_log_next(d.events, after)); after = e->sequence)
                if (streq(e->type, type)) {
                        n++;
                        json_object_put(held);
                        held = json_object_get(e->data);
                }
        if (ret_last)
                *ret_last = held;
        return n;
}

Test(service_store, a_start_from_nothing_tells_of_all) {
        json_object *last = NULL;

        cr_expect_eq(count("server-state", &last), 2);
        cr_expect(json_get_bool(last, "initial"));
        cr_expect_str_eq(json_get_string(last, "state"), "UP");
        cr_expect_str_empty(json_get_string(last, "previous"));
        cr_expect_eq(count("quorum-state", NULL), 1);
}

Test(service_store, what_was_saved_is_not_told_again) {
        fail();
        save();
        die_and_return(HEAD CHECKED PLAIN "}\n");
        cr_expect_eq(checked()->state, IPVS_CHECK_DOWN);
        cr_expect_str_eq(checked()->reason, "timeout");
        cr_expect_gt(checked()->since_usec, 0);
        ipvs_services_settle(&ipvsd);
        cr_expect_eq(checked()->state, IPVS_CHECK_DOWN);
        cr_expect_eq(count("server-state", NULL), 3);
        cr_expect_eq(count("quorum-state", NULL), 1);
        cr_expect_eq(web()->weight, 1);
}

Test(service_store, what_was_told_and_not_saved_counts) {
        save();
        fail();
        die_and_return(HEAD CHECKED PLAIN "}\n");
        ipvs_services_settle(&ipvsd);
        cr_expect_eq(checked()->state, IPVS_CHECK_DOWN);
        cr_expect_str_eq(checked()->reason, "timeout");
        cr_expect_eq(count("server-state", NULL), 3, "and is not taken back by older words");
        cr_assert(ipvs_server_hear(checked(), 0, IPVS_CHECK_UP, "connected", 0));
        ipvs_services_settle(&ipvsd);
        cr_expect_eq(count("server-state", NULL), 4);
}

Test(service_store, an_order_that_was_not_told_is_told) {
        json_object *last = NULL;

        save();
        ipvs_services_free(&ipvsd);
        load(HEAD CHECKED PLAIN "}\n");
        checked()->override = IPVS_OVERRIDE_DRAIN;
        ipvs_overrides_tell_rest(&ipvsd);
        cr_expect_eq(count("server-override", &last), 1);
        cr_expect_str_eq(json_get_string(last, "override"), "drain");
        ipvs_overrides_tell_rest(&ipvsd);
        cr_expect_eq(count("server-override", NULL), 1);
}

Test(service_store, who_is_not_in_the_file_any_more_has_departed) {
        json_object *last = NULL;

        save();
        die_and_return(HEAD CHECKED "}\n");
        cr_expect_eq(count("server-state", &last), 3);
        cr_expect(json_get_bool(last, "departed"));
        cr_expect_str_eq(json_get_string(last, "server"), "10.0.1.2 80");
        save();
        die_and_return("global_defs {\n router_id x\n}\n");
        cr_expect_eq(count("server-state", NULL), 4);
        cr_expect_eq(count("quorum-state", &last), 2);
        cr_expect(json_get_bool(last, "departed"));
}

Test(service_store, another_kind_of_check_begins_anew) {
        fail();
        save();
        die_and_return(HEAD " real_server 10.0.1.1 80 {\n PING_CHECK {\n }\n }\n" PLAIN "}\n");
        ipvs_services_settle(&ipvsd);
        cr_expect_eq(checked()->state, IPVS_CHECK_UP, "nothing is known of it");
}

Test(service_store, nonsense_is_passed_over) {
        static const char *const files[] = { "{}", "[]", "{\"services\":7,\"sequence\":\"x\"}",
                "{\"services\":{\"" WEB "\":[]}}",
                "{\"services\":{\"" WEB "\":{\"state\":\"SIDEWAYS\",\"servers\":{\"10.0.1.1 80\":"
                "{\"state\":3,\"checks\":[null,7,{}],\"since\":-1,\"override\":\"x\"}}}}}" };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                json_object *saved = json_tokener_parse(files[i]);

                cr_assert(saved);
                ipvs_store_restore(&ipvsd, saved);
                json_object_put(saved);
                ipvs_services_settle(&ipvsd);
                cr_expect_eq(checked()->state, IPVS_CHECK_UP);
        }
}
