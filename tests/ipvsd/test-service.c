/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Services of a daemon without a bus: which objects there are after one configuration and the next. */

#include "ipvsd/service.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/conf.h"
#include "ipvsd/ipvsd.h"

#define WEB "virtual_server 192.0.2.1 80 {\n protocol TCP\n lb_algo rr\n lb_kind DR\n"
#define SERVER(address) " real_server " address " 80 {\n weight 3\n }\n"
#define MARK "virtual_server fwmark 7 {\n lb_kind NAT\n" SERVER("198.51.100.1") "}\n"

static struct daemon d;
static struct ipvsd ipvsd = { .daemon = &d };

static void configure(const char *text) {
        struct conf *next = NULL;

        cr_assert_eq(conf_load_text("test", text, strlen(text), "id", 0, &next), 0);
        ipvs_services_configure(&ipvsd, next->ipvs);
        d.conf = conf_free(d.conf);
        d.conf = next;
}

static void teardown(void) {
        ipvs_services_free(&ipvsd);
        d.conf = conf_free(d.conf);
}

TestSuite(ipvs_service, .fini = teardown);

Test(ipvs_service, has_the_name_of_the_file_and_its_servers) {
        struct ipvs_service *s;
        struct ipvs_server *r;

        configure(WEB SERVER("198.51.100.1") SERVER("198.51.100.2") "}\n" MARK);
        cr_expect_eq(HASH_COUNT(ipvsd.services), 2);
        cr_expect(ipvs_service_find(&ipvsd, "fwmark 7"));
        s = ipvs_service_find(&ipvsd, "192.0.2.1 80 TCP");
        cr_assert(s);
        cr_expect_eq(HASH_COUNT(s->servers), 2);
        r = ipvs_server_find(s, "198.51.100.2 80");
        cr_assert(r);
        cr_expect_eq(r->conf->weight, 3);
        cr_expect_str_eq(ipvs_server_forwarding(r), "DR");
}

Test(ipvs_service, stays_the_same_object_when_its_configuration_changes) {
        struct ipvs_service *s;
        struct ipvs_server *r;

        configure(WEB SERVER("198.51.100.1") "}\n");
        s = ipvs_service_find(&ipvsd, "192.0.2.1 80 TCP");
        r = ipvs_server_find(s, "198.51.100.1 80");
        configure("virtual_server 192.0.2.1 80 {\n protocol TCP\n lb_algo wlc\n lb_kind NAT\n" SERVER(
                        "198.51.100.1") "}\n");
        cr_expect_eq(ipvs_service_find(&ipvsd, "192.0.2.1 80 TCP"), s);
        cr_expect_eq(ipvs_server_find(s, "198.51.100.1 80"), r);
        cr_expect_str_eq(s->conf->scheduler, "wlc");
        cr_expect_str_eq(ipvs_server_forwarding(r), "NAT");
}

Test(ipvs_service, comes_and_goes_with_the_file) {
        struct ipvs_service *s;

        configure(WEB SERVER("198.51.100.1") "}\n" MARK);
        configure(WEB SERVER("198.51.100.2") "}\n");
        cr_expect_not(ipvs_service_find(&ipvsd, "fwmark 7"));
        s = ipvs_service_find(&ipvsd, "192.0.2.1 80 TCP");
        cr_expect_not(ipvs_server_find(s, "198.51.100.1 80"));
        cr_expect(ipvs_server_find(s, "198.51.100.2 80"));
        configure("global_defs {\n router_id x\n}\n");
        cr_expect_eq(HASH_COUNT(ipvsd.services), 0);
}

Test(ipvs_service, written_twice_is_there_once) {
        configure(MARK MARK);
        cr_expect_eq(HASH_COUNT(ipvsd.services), 1);
        configure(MARK MARK);
        cr_expect_eq(HASH_COUNT(ipvsd.services), 1);
}

/* Of the processor: what else the machine does is not to be judged. */
Test(ipvs_service, by_the_thousand_is_configured_in_no_time, .timeout = 300) {
        static char text[2 << 20];
        size_t n = 0;

        n += (size_t) snprintf(text, sizeof(text), "%s", WEB);
        for (unsigned i = 0; i < 10000; i++)
                n += (size_t) snprintf(text + n, sizeof(text) - n,
                                " real_server 10.1.%u.%u 80 {\n weight 1\n }\n", i / 250,
                                i % 250 + 1);
        (void) snprintf(text + n, sizeof(text) - n, "}\n");
        configure(text);
        configure(text);
        cr_expect_eq(HASH_COUNT(ipvsd.services->servers), 10000);
        cr_expect_lt(clock(), 20 * CLOCKS_PER_SEC);
}
