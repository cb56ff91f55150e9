/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel's refusals and counts mean for the services of a daemon without bus and kernel. */

#include "ipvsd/service-table.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/problem.h"
#include "ipvsd/service-wanted.h"

#define CONFIG                                                                                       \
        "virtual_server 10.0.0.1 80 {\n protocol TCP\n sorry_server 10.0.1.9 80\n"                   \
        " sorry_server_inhibit\n real_server 10.0.1.1 80 {\n }\n real_server 10.0.1.2 80 {\n }\n}\n" \
        "virtual_server_group g {\n 10.0.0.1 80\n 10.0.0.2 80\n}\n"                                  \
        "virtual_server group g {\n protocol TCP\n real_server 10.0.1.3 80 {\n }\n}\n"

static char directory[] = "/tmp/mainstay-table-XXXXXX";
static char events[64];
static struct daemon d;
static struct ipvsd ipvsd = { .daemon = &d };
static struct ipvs_table wanted, kernel;

static void setup(void) {
        cr_assert(mkdtemp(directory));
        (void) snprintf(events, sizeof(events), "%s/events", directory);
        cr_assert_geq(event_log_open(events, &d.events), 0);
        cr_assert_eq(conf_load_text("test", CONFIG, strlen(CONFIG), "id", 0, &d.conf), 0);
        ipvs_services_configure(&ipvsd, d.conf->ipvs);
        for (struct ipvs_service *s = ipvsd.services; s; s = s->hh.next)
                s->state = IPVS_CHECK_UP;
        cr_assert_eq(ipvs_services_wanted(&ipvsd, &wanted, NULL, ipvs_service_show_wanted), 0);
        cr_assert_eq(ipvs_table_copy(&wanted, &kernel), 0);
}

static void teardown(void) {
        ipvs_table_done(&wanted);
        ipvs_table_done(&kernel);
        ipvs_services_free(&ipvsd);
        d.conf = conf_free(d.conf);
        d.events = event_log_free(d.events);
        (void) unlink(events);
        cr_expect_eq(rmdir(directory), 0);
}

TestSuite(service_table, .init = setup, .fini = teardown);

static struct ipvs_service *web(void) {
        return ipvs_service_find(&ipvsd, "10.0.0.1 80 TCP");
}

static struct ipvs_server *server(const char *name) {
        return ipvs_server_find(web(), name);
}

static struct ipvs_operation add(size_t service, const char *name) {
        struct ipvs_operation o = { .kind = IPVS_ADD_SERVICE,
                .service = &wanted.services[service] };
        struct ipvs_table_server key = { .port = 80 };

        if (!name)
                return o;
        cr_assert_eq(ip_addr_parse(name, &key.addr), 0);
        o.kind = IPVS_ADD_SERVER;
        o.server = ipvs_table_find_server(o.service, &key);
        cr_assert(o.server);
        return o;
}

static bool refuse(const struct ipvs_operation o, int error) {
        return ipvs_problems_note(&o, error);
}

/* --- problems --- */

Test(service_table, a_refused_server_has_a_problem_and_no_other) {
        ipvs_problems_clear(&ipvsd);
        cr_expect(refuse(add(0, "10.0.1.1"), -EINVAL));
        cr_expect(ipvs_problems_show(&ipvsd));
        cr_expect(strstr(server("10.0.1.1 80")->problem, "cannot add server 10.0.1.1 80"));
        cr_expect_str_eq(server("10.0.1.2 80")->problem, "");
        cr_expect_str_eq(web()->problem, "");
}

Test(service_table, servers_do_not_repeat_what_their_service_says) {
        ipvs_problems_clear(&ipvsd);
        cr_expect(refuse(add(0, NULL), -ENOENT));
        cr_expect(refuse(add(0, "10.0.1.1"), -ESRCH));
        cr_expect(ipvs_problems_show(&ipvsd));
        cr_expect(strstr(web()->problem, "the kernel has no scheduler wlc"));
        cr_expect_str_eq(server("10.0.1.1 80")->problem, "");
}

Test(service_table, a_refused_sorry_server_is_its_services_problem) {
        ipvs_problems_clear(&ipvsd);
        cr_expect(refuse(add(0, "10.0.1.9"), -EINVAL));
        cr_expect(ipvs_problems_show(&ipvsd));
        cr_expect(strstr(web()->problem, "cannot add server 10.0.1.9 80"));
}

Test(service_table, what_is_in_no_configuration_is_nobodys_problem) {
        const struct ipvs_table_service left = { .family = AF_INET, .fwmark = 3 };

        cr_expect_not(refuse(
                        (struct ipvs_operation){ .kind = IPVS_DELETE_SERVICE, .service = &left },
                        -EINVAL));
}

Test(service_table, addresses_of_another_service_are_a_problem_that_lasts) {
        const struct ipvs_service *group = ipvs_service_find(&ipvsd, "group g");

        for (unsigned i = 0; i < 2; i++) {
                ipvs_problems_clear(&ipvsd);
                cr_expect(ipvs_problems_show(&ipvsd));
                cr_expect_str_eq(group->problem,
                                "1 of its addresses or marks belong to a virtual_server before it");
        }
        cr_expect_str_eq(web()->problem, "");
}

/* --- draining --- */

static struct ipvs_table_server *in_kernel(size_t i) {
        return &kernel.services[0].servers[i];
}

Test(service_table, is_drained_when_the_kernel_gives_it_nothing_and_has_nothing_of_it) {
        struct ipvs_server *r = server("10.0.1.1 80");

        r->override = IPVS_OVERRIDE_DRAIN;
        in_kernel(0)->active = 1;
        ipvs_services_count(&ipvsd, &wanted, &kernel);
        cr_expect_eq(r->connections, 1);
        cr_expect(ipvs_services_tell_drained(&ipvsd));
        cr_expect_not(r->drained);

        in_kernel(0)->active = 0;
        ipvs_services_count(&ipvsd, &wanted, &kernel);
        cr_expect(ipvs_services_tell_drained(&ipvsd), "its weight was there still");
        cr_expect_not(r->drained);

        in_kernel(0)->weight = 0;
        ipvs_services_count(&ipvsd, &wanted, &kernel);
        cr_expect_not(ipvs_services_tell_drained(&ipvsd));
        cr_expect(r->drained);
        cr_expect_str_eq(event_log_next(d.events, 0)->type, "server-drained");
        cr_expect_eq(event_log_last(d.events), 1);
        ipvs_services_count(&ipvsd, &wanted, &kernel);
        (void) ipvs_services_tell_drained(&ipvsd);
        cr_expect_eq(event_log_last(d.events), 1, "it is told once");
}
