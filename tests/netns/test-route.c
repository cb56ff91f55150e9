/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Routes and rules between the kernel and us: what is told, shown, held, adopted and taken over. */

#include <criterion/criterion.h>
#include <errno.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/usec.h"
#include "netns.h"
#include "tests/common/conf-text.h"
#include "vrrpd/conf.h"
#include "vrrpd/holding.h"
#include "vrrpd/record.h"
#include "vrrpd/route-dump.h"

struct seen {
        unsigned failed, mended, lost;
        int error;
};

static struct fixture {
        sd_event *event;
        struct vrrp_links *links;
        struct vrrp_holdings *routes, *rules;
        char directory[64], routes_path[96], rules_path[96];
        struct conf *conf;
        struct seen seen;
} f;

static void on_failed(struct vrrp_claim *c, void *owner, bool taking, int error, void *userdata) {
        f.seen.failed++;
        f.seen.error = error;
}

static void on_mended(struct vrrp_claim *c, void *owner, void *userdata) {
        f.seen.mended++;
}

static void on_lost(struct vrrp_claim *c, void *owner, void *userdata) {
        f.seen.lost++;
}

static void on_unrecorded(int error, void *userdata) {
        cr_assert_fail("unrecorded: %s", strerror(-error));
}

static const struct vrrp_holdings_ops ops = {
        .failed = on_failed,
        .mended = on_mended,
        .lost = on_lost,
        .unrecorded = on_unrecorded,
};

static void on_changed(struct vrrp_link *l, void *userdata) {
}

static const struct vrrp_links_ops links_ops = { .changed = on_changed };

static void new_tables(void) {
        cr_assert_eq(vrrp_holdings_new(&vrrp_held_route, f.links, f.routes_path, &ops, NULL,
                                     &f.routes),
                        0);
        cr_assert_eq(vrrp_holdings_new(
                                     &vrrp_held_rule, f.links, f.rules_path, &ops, NULL, &f.rules),
                        0);
}

static void init(void) {
        netns_init();
        (void) strcpy(f.directory, "/tmp/route.XXXXXX");
        cr_assert_not_null(mkdtemp(f.directory));
        (void) sprintf(f.routes_path, "%s/routes", f.directory);
        (void) sprintf(f.rules_path, "%s/rules", f.directory);
        cr_assert_geq(sd_event_new(&f.event), 0);
        cr_assert_eq(vrrp_links_new(f.event, 0, &links_ops, NULL, &f.links), 0);
        new_tables();
}

static void done(void) {
        f.routes = vrrp_holdings_free(f.routes);
        f.rules = vrrp_holdings_free(f.rules);
        f.links = vrrp_links_free(f.links);
        f.event = sd_event_unref(f.event);
        f.conf = conf_free(f.conf);
        (void) unlink(f.routes_path);
        (void) unlink(f.rules_path);
        (void) rmdir(f.directory);
}

TestSuite(route, .init = init, .fini = done, .timeout = 60);

/* The values of one line each. */

static const struct vrrp_conf *load(const char *list, const char *line) {
        char text[1024];

        f.conf = conf_free(f.conf);
        (void) snprintf(text, sizeof(text), "%s {\n%s\n}\n", list, line);
        f.conf = conf_of(text);
        return f.conf->vrrp;
}

static const struct vrrp_route *route_of(const char *line) {
        const struct vrrp_conf *c = load("static_routes", line);

        cr_assert_eq(c->static_routes.n, 1, "%s", line);
        return c->static_routes.items[0].route;
}

static const struct vrrp_rule *rule_of(const char *line) {
        const struct vrrp_conf *c = load("static_rules", line);

        cr_assert_eq(c->static_rules.n, 1, "%s", line);
        return &c->static_rules.items[0].rule;
}

static struct vrrp_claim *claim(struct vrrp_holdings *hs, const void *value) {
        struct vrrp_claim *c = NULL;

        cr_assert_eq(vrrp_claim_new(hs, NULL, value, NULL, &c), 0);
        return c;
}

static void take(struct vrrp_holdings *hs, struct vrrp_claim *c) {
        vrrp_claim_take(c);
        vrrp_holdings_commit(hs);
}

static void forget(struct vrrp_holdings *hs, struct vrrp_claim *c) {
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(hs);
}

static bool has_route(const struct vrrp_route *r) {
        _cleanup_(route_dump_freep) struct route_dump *d = NULL;

        cr_assert_eq(route_dump_new(r->protocol, &d), 0);
        return route_dump_find(d, r);
}

static bool has_rule(const struct vrrp_rule *r) {
        _cleanup_(route_dump_freep) struct route_dump *d = NULL;

        cr_assert_eq(rule_dump_new(&d), 0);
        return route_dump_find(d, r);
}

static size_t recorded(const char *path, const char *nouns) {
        _cleanup_(json_object_putp) json_object *lines = NULL;

        cr_assert_eq(vrrp_record_read(path, nouns, &lines), 0);
        return json_object_array_length(lines);
}

/* The encapsulations are modules of their own: a kernel without them refuses. */
static bool is_optional(const char *line) {
        return strstr(line, "encap") || strstr(line, "congctl");
}

Test(route, the_kernel_shows_each_route_as_it_was_told) {
        static const char *const lines[] = {
                "10.0.0.0/8 via 192.0.2.254",
                "10.0.0.0/8 via 192.0.2.254 append metric 3",
                "10.0.0.0/8 dev ours scope link",
                "default via 192.0.2.254 table 1000",
                "blackhole 10.1.0.0/16",
                "unreachable 10.1.0.0/16 metric 7",
                "prohibit 2001:db8:9::/48",
                "throw 10.1.0.0/16 table 5",
                "local 10.0.0.9 dev lo",
                "2001:db8::/32 dev ours",
                "2001:db8::/32 via fe80::11 dev ours metric 7 pref high",
                "2001:db8::/32 dev ours expires 600",
                "10.0.0.0/8 via 192.0.2.254 src 192.0.2.1 tos 0x10",
                "10.0.0.0/8 via 10.77.0.1 dev ours onlink",
                "10.0.0.0/8 via inet6 fe80::11 dev ours",
                "10.0.0.0/8 via 192.0.2.254 mtu lock 1400 rtt 300ms rttvar 300ms rto_min 200ms",
                "10.0.0.0/8 via 192.0.2.254 advmss 1300 initcwnd 9 initrwnd 8 quickack 1 hoplimit 9",
                "10.0.0.0/8 via 192.0.2.254 features ecn window 3000 cwnd 5 ssthresh 6 reordering 4",
                "10.0.0.0/8 via 192.0.2.254 congctl reno",
                "10.0.0.0/8 via 192.0.2.254 realms 3/4",
                "10.0.0.0/8 via 192.0.2.254 protocol static no_track",
                "10.0.0.0/8 nexthop via 192.0.2.2 weight 3 nexthop via 192.0.2.3 dev ours",
                "2001:db8::/32 nexthop via fe80::11 dev ours nexthop via fe80::2 dev ours weight 2",
                "10.0.0.0/8 encap mpls 100/200 ttl 9 via 192.0.2.2",
                "10.0.0.0/8 encap ip id 7 dst 192.0.2.3 ttl 5 dev ours",
                "10.0.0.0/8 encap ip6 id 7 dst 2001:db8::2 hoplimit 5 dev ours",
        };
        unsigned n = 0;

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                const struct vrrp_route *r = route_of(lines[i]);
                struct vrrp_claim *c = claim(f.routes, r);

                f.seen = (struct seen){};
                take(f.routes, c);
                if (f.seen.failed > 0 && is_optional(lines[i])) {
                        (void) fprintf(stderr, "%s: %s\n", lines[i], strerror(-f.seen.error));
                        forget(f.routes, c);
                        continue;
                }
                n++;
                cr_expect_eq(f.seen.failed, 0, "%s: %s", lines[i], strerror(-f.seen.error));
                cr_expect(vrrp_claim_is_held(c));
                cr_expect(has_route(r), "%s is shown otherwise", lines[i]);
                cr_expect_eq(recorded(f.routes_path, "routes"), 1);
                forget(f.routes, c);
                cr_expect_not(has_route(r), "%s stays", lines[i]);
                cr_expect_eq(recorded(f.routes_path, "routes"), 0);
        }
        cr_expect_geq(n, ARRAY_SIZE(lines) - 4);
}

Test(route, the_kernel_shows_each_rule_as_it_was_told) {
        static const char *const lines[] = {
                "from 10.0.0.0/8 table 100 preference 5",
                "not to 10.0.0.0/8 table 1000 preference 5",
                "from 2001:db8::/32 to 2001:db8:1::/48 table 100 preference 5",
                "fwmark 0x5/0xff iif ours table 6 preference 5",
                "fwmark 5 oif nowhere table 6 preference 5",
                "uidrange 5-9 ipproto udp sport 53 dport 1-9 table 6 preference 5",
                "from all goto 100 preference 5",
                "from all nop preference 5",
                "blackhole from 10.0.0.0/8 preference 5",
                "unreachable from 10.0.0.0/8 preference 5",
                "prohibit from 10.0.0.0/8 preference 5",
                "tos 0x10 tunnel-id 77 realms 3 table 6 preference 5",
                "table main suppress_prefixlength 0 suppress_ifgroup 3 preference 5",
                "l3mdev preference 5",
                "from 10.0.0.0/8 table 100 protocol static no_track preference 5",
        };

        for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
                const struct vrrp_rule *r = rule_of(lines[i]);
                struct vrrp_claim *c = claim(f.rules, r);

                f.seen = (struct seen){};
                take(f.rules, c);
                cr_expect_eq(f.seen.failed, 0, "%s: %s", lines[i], strerror(-f.seen.error));
                cr_expect(has_rule(r), "%s is shown otherwise", lines[i]);
                forget(f.rules, c);
                cr_expect_not(has_rule(r), "%s stays", lines[i]);
        }
        cr_expect_eq(recorded(f.rules_path, "rules"), 0);
}

/* As after a crash. */
static void begin_anew(void) {
        f.routes = vrrp_holdings_free(f.routes);
        f.rules = vrrp_holdings_free(f.rules);
        new_tables();
}

Test(route, what_is_there_is_adopted_and_what_nobody_wants_is_removed) {
        _cleanup_(json_object_putp) json_object *lines = NULL;
        struct vrrp_route *a = vrrp_route_copy(route_of("10.1.0.0/16 via 192.0.2.254")),
                          *b = vrrp_route_copy(route_of("10.2.0.0/16 via 192.0.2.254")),
                          *other = vrrp_route_copy(route_of(
                                          "10.3.0.0/16 dev ours protocol static no_track"));
        struct vrrp_claim *claims[] = { claim(f.routes, a), claim(f.routes, b),
                claim(f.routes, other) };

        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                vrrp_claim_take(claims[i]);
        vrrp_holdings_commit(f.routes);
        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                claims[i] = vrrp_claim_free(claims[i]);
        begin_anew();
        cr_expect(has_route(a) && has_route(b) && has_route(other));

        claims[0] = claim(f.routes, a);
        claims[2] = claim(f.routes, other);
        cr_assert_eq(vrrp_holdings_look(f.routes), 0);
        cr_expect(vrrp_claim_adopt(claims[0]), "the kernel shows it");
        cr_expect_not(vrrp_claim_adopt(claims[2]), "others have that protocol, too");
        vrrp_holdings_look_away(f.routes);
        cr_assert_eq(vrrp_record_read(f.routes_path, "routes", &lines), 0);
        cr_expect_eq(vrrp_holdings_take_over(f.routes, lines), 1);
        cr_expect(vrrp_claim_is_held(claims[2]), "but it is in the record");
        vrrp_claim_take(claims[0]);
        vrrp_claim_take(claims[2]);
        vrrp_holdings_commit(f.routes);
        cr_expect(has_route(a) && has_route(other));
        cr_expect_not(has_route(b));
        cr_expect_eq(recorded(f.routes_path, "routes"), 2);
        forget(f.routes, claims[0]);
        forget(f.routes, claims[2]);
        free(a);
        free(b);
        free(other);
}

Test(route, a_silent_loss_is_found_by_those_who_suspect_it) {
        struct vrrp_claim *c = claim(f.routes, route_of("10.1.0.0/16 dev ours src 192.0.2.7"));

        netns_run("ip addr add 192.0.2.7/32 dev ours");
        take(f.routes, c);
        vrrp_holdings_suspect(f.routes);
        vrrp_holdings_commit(f.routes);
        cr_expect_eq(f.seen.failed + f.seen.mended + f.seen.lost, 0, "nothing is wrong");

        netns_run("ip addr del 192.0.2.7/32 dev ours");
        cr_expect_not(has_route(vrrp_claim_value(c)));
        vrrp_holdings_suspect(f.routes);
        vrrp_holdings_commit(f.routes);
        cr_expect_eq(f.seen.failed, 1);
        cr_expect(vrrp_holdings_lack(f.routes));
        vrrp_holdings_retry(f.routes);
        vrrp_holdings_commit(f.routes);
        cr_expect_eq(f.seen.failed, 1, "an error is told once");

        netns_run("ip addr add 192.0.2.7/32 dev ours");
        vrrp_holdings_retry(f.routes);
        vrrp_holdings_commit(f.routes);
        cr_expect_eq(f.seen.mended, 1);
        cr_expect_not(vrrp_holdings_lack(f.routes));
        cr_expect(has_route(vrrp_claim_value(c)));
        forget(f.routes, c);
}

/* A route that is put on again may be refused for another reason than that it is gone. */
Test(route, one_that_cannot_be_put_on_again_is_still_removed_at_the_end) {
        struct vrrp_route *r = vrrp_route_copy(route_of("10.1.0.0/16 via 192.0.2.254"));
        struct vrrp_claim *c = claim(f.routes, r);

        take(f.routes, c);
        netns_run("ip rule add unreachable preference 1");
        vrrp_holdings_suspect(f.routes);
        vrrp_holdings_commit(f.routes);
        cr_expect_eq(f.seen.failed, 1);
        cr_expect(has_route(r) && vrrp_claim_is_held(c));
        forget(f.routes, c);
        cr_expect_not(has_route(r));
        free(r);
}

Test(route, marked_ones_are_found_without_a_record) {
        _cleanup_(json_object_putp) json_object *lines = NULL, *rules = NULL;
        struct vrrp_claim *c = claim(f.routes, route_of("10.1.0.0/16 via 192.0.2.254")), *d;

        netns_run("ip route add 10.9.0.0/16 dev ours && ip rule add from 10.9.0.0/16 table 9");
        take(f.routes, c);
        d = claim(f.rules, rule_of("from 10.0.0.0/8 table 100 preference 5"));
        take(f.rules, d);
        cr_assert_eq(vrrp_held_route.marked(&lines), 0);
        cr_expect_eq(json_object_array_length(lines), 1);
        cr_assert_eq(vrrp_held_rule.marked(&rules), 0);
        cr_expect_eq(json_object_array_length(rules), 1);
        forget(f.routes, c);
        forget(f.rules, d);
}

Test(route, records_are_added_to_and_survive_a_torn_end) {
        _cleanup_(json_object_putp) json_object *lines = NULL;
        static const char *const addition[] = { "two", "one", "three" };
        json_object *whole = json_object_new_array();
        char path[128];

        (void) json_object_array_add(whole, json_object_new_string("one"));
        cr_assert_eq(vrrp_record_write(f.routes_path, "routes", whole), 0);
        for (size_t i = 0; i < ARRAY_SIZE(addition); i++) {
                json_object *added = json_object_new_array();

                (void) json_object_array_add(added, json_object_new_string(addition[i]));
                cr_assert_eq(vrrp_record_add(f.routes_path, added), 0);
        }
        (void) sprintf(path, "%s.added", f.routes_path);
        netns_run("truncate -s -2 %s", path);
        cr_assert_eq(vrrp_record_read(f.routes_path, "routes", &lines), 0);
        cr_expect_str_eq(json_object_to_json_string_ext(lines, JSON_C_TO_STRING_PLAIN),
                        "[\"one\",\"two\"]");
        cr_assert_eq(vrrp_record_remove(f.routes_path), 0);
        cr_expect_neq(access(path, F_OK), 0);
}

Test(route, a_thousand_routes_are_a_few_batches) {
        static struct vrrp_claim *claims[1000];
        struct vrrp_route *r = vrrp_route_copy(route_of("10.0.0.0/24 via 192.0.2.254"));
        usec_t start;

        for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
                r->dst.addr.in.s_addr = htonl(0x0a000000 + ((uint32_t) i << 8));
                claims[i] = claim(f.routes, r);
                vrrp_claim_take(claims[i]);
        }
        start = usec_now(CLOCK_MONOTONIC);
        vrrp_holdings_commit(f.routes);
        fprintf(stderr, "1000 routes in %" PRIusec " us\n", usec_now(CLOCK_MONOTONIC) - start);
        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                cr_expect(vrrp_claim_is_held(claims[i]));
        cr_expect_eq(recorded(f.routes_path, "routes"), ARRAY_SIZE(claims));
        start = usec_now(CLOCK_MONOTONIC);
        vrrp_holdings_suspect(f.routes);
        vrrp_holdings_commit(f.routes);
        fprintf(stderr, "looked at again in %" PRIusec " us\n", usec_now(CLOCK_MONOTONIC) - start);
        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                claims[i] = vrrp_claim_free(claims[i]);
        vrrp_holdings_commit(f.routes);
        r->dst.addr.in.s_addr = htonl(0x0a000000);
        cr_expect_not(has_route(r));
        cr_expect_eq(f.seen.failed + f.seen.lost, 0);
        free(r);
}
