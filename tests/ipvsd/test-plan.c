/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Plans between random tables, carried out on a model of the kernel that is as strict as the kernel. The tables have few
 * keys and few values, so that they have much in common. */

#include "ipvsd/plan.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"
#include "model-kernel.h"

#define PAIRS 10000U
#define SERVICES 9U
#define SERVERS 6U

/* xorshift64: the same on every machine. */
static uint64_t random_state;

static unsigned random_below(unsigned n) {
        random_state ^= random_state << 13;
        random_state ^= random_state >> 7;
        random_state ^= random_state << 17;
        return (unsigned) (random_state >> 33) % n;
}

static struct ip_addr address(int family, unsigned number) {
        struct ip_addr a;
        char text[IP_ADDR_STRLEN];

        (void) snprintf(text, sizeof(text), family == AF_INET ? "10.0.0.%u" : "2001:db8::%u",
                        number);
        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

/* Addresses of both families, one with several ports and protocols; marks of both families. */
static struct ipvs_table_service service_key(unsigned number) {
        struct ipvs_table_service s = { .family = number % 2 ? AF_INET6 : AF_INET };

        if (number >= SERVICES - 3) {
                s.fwmark = 1 + number / 2;
                return s;
        }
        s.addr = address(s.family, 100 + number / 4);
        s.protocol = number % 3 ? IPPROTO_TCP : IPPROTO_UDP;
        s.port = (uint16_t) (80 + number % 4);
        return s;
}

static struct ipvs_table_service random_service(unsigned number) {
        static const char *const schedulers[] = { "rr", "wlc" };
        struct ipvs_table_service s = service_key(number);

        (void) strcpy(s.scheduler, schedulers[random_below(2)]);
        s.timeout = random_below(3) == 0 ? 300 : 0;
        s.mask = ipvs_table_host_mask(s.family) - random_below(2);
        s.flags = random_below(3) == 0 ? IP_VS_SVC_F_SCHED1 : 0;
        return s;
}

static struct ipvs_table_server random_server(int family, unsigned number) {
        static const uint8_t forwards[] = { IP_VS_CONN_F_MASQ, IP_VS_CONN_F_DROUTE,
                IP_VS_CONN_F_TUNNEL };
        bool mixed = number == 0;
        struct ipvs_table_server s = {
                .weight = (int) random_below(3),
                .forward = forwards[random_below(3)],
                .tunnel_type = (uint8_t) random_below(3),
                .tunnel_port = 6080,
                .upper = random_below(3) == 0 ? 100 : 0,
                .active = random_below(100),
        };

        s.addr = address(mixed ? (family == AF_INET ? AF_INET6 : AF_INET) : family, number / 2);
        s.port = (uint16_t) (8080 + number % 2);
        if (mixed)
                s.forward = IP_VS_CONN_F_TUNNEL;
        return s;
}

static void random_table(struct ipvs_table *ret) {
        *ret = (struct ipvs_table){};
        for (unsigned i = 0; i < SERVICES; i++) {
                struct ipvs_table_service s = random_service(i), *added;

                if (random_below(3) == 0)
                        continue;
                cr_assert_eq(ipvs_table_add_service(ret, &s, &added), 0);
                for (unsigned j = 0; j < SERVERS; j++) {
                        struct ipvs_table_server server = random_server(s.family, j);

                        if (random_below(2))
                                cr_assert_eq(ipvs_table_add_server(added, &server), 0);
                }
        }
        ipvs_table_sort(ret);
}

/* About half of the keys, whether they are in the tables or not. */
static void random_ours(struct ipvs_table *ret) {
        *ret = (struct ipvs_table){};
        for (unsigned i = 0; i < SERVICES; i++) {
                struct ipvs_table_service s = service_key(i);

                if (random_below(2))
                        cr_assert_eq(ipvs_table_add_service(ret, &s, NULL), 0);
        }
        ipvs_table_sort(ret);
}

static bool has_weight(const struct ipvs_table *t, const struct ipvs_table_service *key) {
        const struct ipvs_table_service *s = ipvs_table_find_service(t, key);

        for (size_t i = 0; s && i < s->n_servers; i++)
                if (s->servers[i].weight > 0)
                        return true;
        return false;
}

static bool has_server(const struct ipvs_table *t, const struct ipvs_table_service *key) {
        const struct ipvs_table_service *s = ipvs_table_find_service(t, key);

        return s && s->n_servers > 0;
}

/* Whether two services are alike in everything, servers included. */
static bool alike(const struct ipvs_table_service *a, const struct ipvs_table_service *b) {
        if (!ipvs_table_service_same(a, b) || a->n_servers != b->n_servers)
                return false;
        for (size_t i = 0; i < a->n_servers; i++)
                if (ipvs_table_server_compare_key(&a->servers[i], &b->servers[i]) != 0 ||
                                !ipvs_table_server_same(&a->servers[i], &b->servers[i]))
                        return false;
        return true;
}

/* One operation is due for each thing that is in one table only, or differs; counted the slow way. */
static size_t count_server_differences(
                const struct ipvs_table_service *wanted, const struct ipvs_table_service *kernel) {
        size_t n = 0;

        for (size_t i = 0; i < wanted->n_servers; i++) {
                const struct ipvs_table_server *s =
                                ipvs_table_find_server(kernel, &wanted->servers[i]);

                n += !s || !ipvs_table_server_same(s, &wanted->servers[i]);
        }
        for (size_t i = 0; i < kernel->n_servers; i++)
                n += !ipvs_table_find_server(wanted, &kernel->servers[i]);
        return n;
}

static size_t count_differences(const struct ipvs_table *wanted, const struct ipvs_table *kernel,
                const struct ipvs_table *ours) {
        size_t n = 0;

        for (size_t i = 0; i < wanted->n_services; i++) {
                const struct ipvs_table_service *w = &wanted->services[i];
                const struct ipvs_table_service *k = ipvs_table_find_service(kernel, w);

                if (k)
                        n += !ipvs_table_service_same(w, k) + count_server_differences(w, k);
                else
                        n += 1 + w->n_servers;
        }
        for (size_t i = 0; i < kernel->n_services; i++)
                n += !ipvs_table_find_service(wanted, &kernel->services[i]) &&
                                ipvs_table_find_service(ours, &kernel->services[i]);
        return n;
}

struct pair {
        uint64_t seed;
        struct ipvs_table wanted, before, ours;
        struct model_kernel kernel;
        struct ipvs_plan plan;
};

static void pair_init(struct pair *p, uint64_t seed) {
        *p = (struct pair){ .seed = seed };
        random_state = seed * UINT64_C(0x9e3779b97f4a7c15);
        random_table(&p->wanted);
        random_table(&p->before);
        random_ours(&p->ours);
        cr_assert_eq(ipvs_table_copy(&p->before, &p->kernel.table), 0);
        cr_assert_eq(ipvs_plan_diff(&p->wanted, &p->before, &p->ours, &p->plan), 0);
}

static void pair_done(struct pair *p) {
        ipvs_plan_done(&p->plan);
        model_kernel_done(&p->kernel);
        ipvs_table_done(&p->wanted);
        ipvs_table_done(&p->before);
        ipvs_table_done(&p->ours);
}

/* Never without a server between, where there was one before and is one after. */
static void expect_served(const struct pair *p, size_t i) {
        for (size_t j = 0; j < p->wanted.n_services; j++) {
                const struct ipvs_table_service *s = &p->wanted.services[j];

                if (has_server(&p->before, s) && s->n_servers > 0)
                        cr_expect(has_server(&p->kernel.table, s),
                                        "seed %" PRIu64 ": no server after operation %zu", p->seed,
                                        i);
                if (has_weight(&p->before, s) && has_weight(&p->wanted, s))
                        cr_expect(has_weight(&p->kernel.table, s),
                                        "seed %" PRIu64 ": no weight after operation %zu", p->seed,
                                        i);
        }
}

static void expect_result(const struct pair *p) {
        const struct ipvs_table *after = &p->kernel.table;

        for (size_t i = 0; i < p->wanted.n_services; i++) {
                const struct ipvs_table_service *s =
                                ipvs_table_find_service(after, &p->wanted.services[i]);

                cr_expect(s && alike(s, &p->wanted.services[i]), "seed %" PRIu64 ": not as wanted",
                                p->seed);
        }
        for (size_t i = 0; i < p->before.n_services; i++) {
                const struct ipvs_table_service *b = &p->before.services[i];
                const struct ipvs_table_service *s = ipvs_table_find_service(after, b);

                if (ipvs_table_find_service(&p->wanted, b))
                        continue;
                if (ipvs_table_find_service(&p->ours, b))
                        cr_expect(!s, "seed %" PRIu64 ": ours is still there", p->seed);
                else
                        cr_expect(s && alike(s, b), "seed %" PRIu64 ": somebody else's was touched",
                                        p->seed);
        }
}

static void expect_nothing_left(const struct pair *p) {
        struct ipvs_plan again = {};

        cr_assert_eq(ipvs_plan_diff(&p->wanted, &p->kernel.table, &p->ours, &again), 0);
        cr_expect_eq(again.n, 0, "seed %" PRIu64 ": %zu operations are left", p->seed, again.n);
        ipvs_plan_done(&again);
}

static void check_pair(uint64_t seed) {
        struct pair p;

        pair_init(&p, seed);
        cr_expect_eq(p.plan.n, count_differences(&p.wanted, &p.before, &p.ours),
                        "seed %" PRIu64 ": %zu operations", seed, p.plan.n);
        for (size_t i = 0; i < p.plan.n; i++) {
                int r = model_kernel_apply(&p.kernel, &p.plan.operations[i]);

                cr_expect_eq(r, 0, "seed %" PRIu64 ": operation %zu: %s", seed, i, strerror(-r));
                expect_served(&p, i);
        }
        expect_result(&p);
        expect_nothing_left(&p);
        pair_done(&p);
}

Test(plan, random_tables_become_the_wanted_ones) {
        for (unsigned i = 1; i <= PAIRS; i++)
                check_pair(i);
}

/* A service at 10.0.0.100 port 80 with servers of these weights at 10.0.0.1, .2, ...; -1: none there. */
static struct ipvs_table make(const int *weights, size_t n) {
        struct ipvs_table_service s = { .family = AF_INET, .protocol = IPPROTO_TCP, .port = 80 },
                                  *added;
        struct ipvs_table t = {};

        s.addr = address(AF_INET, 100);
        cr_assert_eq(ipvs_table_add_service(&t, &s, &added), 0);
        for (size_t i = 0; i < n; i++) {
                struct ipvs_table_server server = { .port = 80, .weight = weights[i] };

                server.addr = address(AF_INET, (unsigned) i + 1);
                if (weights[i] >= 0)
                        cr_assert_eq(ipvs_table_add_server(added, &server), 0);
        }
        ipvs_table_sort(&t);
        return t;
}

#define MAKE(...) make((const int[]){ __VA_ARGS__ }, ARRAY_SIZE(((const int[]){ __VA_ARGS__ })))

/* "add 1, edit 2, delete 3": the servers by the last number of their addresses. */
static void trace(const struct ipvs_plan *p, char *buf, size_t size) {
        static const char *const words[] = { "Add", "Edit", "Delete", "add", "edit", "delete" };
        size_t n = 0;

        buf[0] = '\0';
        for (size_t i = 0; i < p->n; i++) {
                const struct ipvs_operation *o = &p->operations[i];
                const struct ip_addr *a = o->server ? &o->server->addr : &o->service->addr;

                n += (size_t) snprintf(buf + n, size - n, "%s%s %u", i > 0 ? ", " : "",
                                words[o->kind], ntohl(a->in.s_addr) & 0xff);
        }
}

static void expect_plan(struct ipvs_table wanted, struct ipvs_table kernel,
                const struct ipvs_table *ours, const char *expected) {
        struct ipvs_plan p = {};
        char text[256];

        cr_assert_eq(ipvs_plan_diff(&wanted, &kernel, ours, &p), 0);
        trace(&p, text, sizeof(text));
        cr_expect_str_eq(text, expected);
        ipvs_plan_done(&p);
        ipvs_table_done(&wanted);
        ipvs_table_done(&kernel);
}

Test(plan, nothing_is_to_be_done_between_equal_tables) {
        expect_plan(MAKE(1, 2, 0), MAKE(1, 2, 0), NULL, "");
        expect_plan((struct ipvs_table){}, (struct ipvs_table){}, NULL, "");
}

Test(plan, a_new_service_comes_before_its_servers) {
        expect_plan(MAKE(1, 2), (struct ipvs_table){}, NULL, "Add 100, add 1, add 2");
}

Test(plan, one_changed_weight_is_one_operation) {
        expect_plan(MAKE(1, 5, 1), MAKE(1, 2, 1), NULL, "edit 2");
}

Test(plan, servers_come_before_others_go) {
        expect_plan(MAKE(-1, -1, 1), MAKE(1, 1, -1), NULL, "add 3, delete 1, delete 2");
}

Test(plan, servers_come_before_others_lose_their_weight) {
        expect_plan(MAKE(0, 1), MAKE(1, -1), NULL, "add 2, edit 1");
        expect_plan(MAKE(0, 1), MAKE(1, 0), NULL, "edit 2, edit 1");
}

Test(plan, only_our_services_are_deleted) {
        struct ipvs_table ours = MAKE(1);

        expect_plan((struct ipvs_table){}, MAKE(1, 1), NULL, "");
        expect_plan((struct ipvs_table){}, MAKE(1, 1), &ours, "Delete 100");
        ipvs_table_done(&ours);
}

Test(plan, a_service_that_goes_goes_last) {
        struct ipvs_table wanted = {}, kernel = MAKE(1), ours = MAKE(-1);
        struct ipvs_table_service s = { .family = AF_INET, .protocol = IPPROTO_TCP, .port = 443 };

        s.addr = address(AF_INET, 200);
        cr_assert_eq(ipvs_table_add_service(&wanted, &s, NULL), 0);
        expect_plan(wanted, kernel, &ours, "Add 200, Delete 100");
        ipvs_table_done(&ours);
}
