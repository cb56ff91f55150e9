/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/link.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/macro.h"
#include "common/usec.h"
#include "netns.h"
#include "vrrpd/linkbeat.h"

/* What was told, one word a call: "changed:ours", "+192.0.2.9", "-192.0.2.9". */
struct seen {
        char text[4096];
        struct vrrp_link_origin origin;
        unsigned calls;
};

static struct fixture {
        sd_event *event;
        struct vrrp_links *links;
        struct vrrp_link *ours;
        struct seen seen;
} f;

static void say(struct seen *s, const char *prefix, const char *what) {
        size_t n = strlen(s->text);

        s->calls++;
        if (n < sizeof(s->text) - 64)
                (void) sprintf(s->text + n, "%s%s%s", n > 0 ? " " : "", prefix, what);
}

static void on_changed(struct vrrp_link *l, void *userdata) {
        say(userdata, "changed:", l->name);
}

static void on_added(struct vrrp_link *l, const struct vrrp_link_address *a,
                const struct vrrp_link_origin *origin, void *userdata) {
        struct seen *s = userdata;
        char buf[IP_ADDR_STRLEN];

        s->origin = *origin;
        say(s, "+", ip_addr_format(&a->key.addr, buf));
}

static void on_removed(struct vrrp_link *l, const struct vrrp_link_address *a,
                const struct vrrp_link_origin *origin, void *userdata) {
        struct seen *s = userdata;
        char buf[IP_ADDR_STRLEN];

        s->origin = *origin;
        say(s, "-", ip_addr_format(&a->key.addr, buf));
}

static const struct vrrp_links_ops ops = {
        .changed = on_changed,
        .address_added = on_added,
        .address_removed = on_removed,
};

static void init(void) {
        netns_init();
        netns_run("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
        cr_assert_geq(sd_event_new(&f.event), 0);
        cr_assert_eq(vrrp_links_new(f.event, 0, &ops, &f.seen, &f.links), 0);
        cr_assert_eq(vrrp_links_want(f.links, "ours", &f.ours), 0);
}

static void done(void) {
        vrrp_link_unwant(f.ours);
        f.links = vrrp_links_free(f.links);
        f.event = sd_event_unref(f.event);
}

TestSuite(link, .init = init, .fini = done, .timeout = 60);

static const char *told(void) {
        while (sd_event_run(f.event, 0) > 0)
                ;
        return f.seen.text;
}

static void forget(void) {
        (void) told();
        f.seen = (struct seen){};
}

static struct ip_addr addr(const char *text) {
        struct ip_addr a;

        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

Test(link, what_is_there_is_known_at_once_and_not_told) {
        struct ip_addr a = addr("192.0.2.1");

        cr_expect(vrrp_link_is_up(f.ours));
        cr_expect_eq(f.ours->ifindex, (int) if_nametoindex("ours"));
        cr_expect_eq(f.ours->type, ARPHRD_ETHER);
        cr_expect_eq(f.ours->hwaddr_size, 6);
        cr_expect_eq(f.ours->mtu, 1500);
        cr_expect(vrrp_link_has(f.ours, &a));
        cr_expect_not_null(vrrp_link_find_address(f.ours, &a, 24));
        cr_expect_null(vrrp_link_find_address(f.ours, &a, 32));
        cr_expect_str_eq(told(), "");
}

Test(link, one_that_is_missing_is_no_error_and_comes_with_its_addresses) {
        struct vrrp_link *late;
        struct ip_addr source;

        cr_assert_eq(vrrp_links_want(f.links, "late0", &late), 0);
        cr_expect_not(vrrp_link_exists(late));
        netns_run("ip link add late0 type veth peer name late1 && ip link set late1 up && "
                  "ip link set late0 up && ip addr add 198.51.100.1/24 dev late0");
        (void) told();
        cr_expect(vrrp_link_is_up(late));
        cr_assert(vrrp_link_source(late, AF_INET, NULL, NULL, &source));
        cr_expect_eq(ip_addr_compare(&source,
                                     &(struct ip_addr){ .family = AF_INET,
                                                     .in.s_addr = htonl(0xc6336401) }),
                        0);
        vrrp_link_unwant(late);
}

/* The kernel tells of a carrier from a worker of its own, somewhat later. */
static const char *told_when(bool up) {
        const char *text = told();

        for (int i = 0; i < 500 && vrrp_link_is_up(f.ours) != up; i++) {
                (void) usleep(10000);
                text = told();
        }
        return text;
}

Test(link, a_pulled_cable_is_down_and_comes_up_again) {
        uint32_t changes = f.ours->carrier_changes;

        netns_run("ip link set wire down");
        cr_expect_str_eq(told_when(false), "changed:ours");
        cr_expect_not(vrrp_link_is_up(f.ours));
        cr_expect(vrrp_link_exists(f.ours));
        netns_run("ip link set wire up");
        (void) told_when(true);
        cr_expect(vrrp_link_is_up(f.ours));
        cr_expect_gt(f.ours->carrier_changes, changes);
}

Test(link, set_down_is_down) {
        netns_run("ip link set ours down");
        (void) told();
        cr_expect_not(vrrp_link_is_up(f.ours));
}

Test(link, one_that_goes_and_returns_has_its_new_index) {
        int before = f.ours->ifindex;
        struct ip_addr a = addr("192.0.2.1");

        netns_run("ip link del ours");
        (void) told();
        cr_expect_not(vrrp_link_exists(f.ours));
        cr_expect_not(vrrp_link_has(f.ours, &a));

        netns_run("ip link add ours type veth peer name wire && ip addr add 192.0.2.1/24 dev ours && "
                  "ip link set wire up && ip link set ours up");
        (void) told_when(true);
        cr_expect(vrrp_link_is_up(f.ours));
        cr_expect_neq(f.ours->ifindex, before);
        cr_expect(vrrp_link_has(f.ours, &a));
}

Test(link, a_renamed_interface_is_another_link) {
        struct vrrp_link *other;
        int index = f.ours->ifindex;

        cr_assert_eq(vrrp_links_want(f.links, "other", &other), 0);
        netns_run("ip link set ours down && ip link set ours name other");
        (void) told();
        cr_expect_not(vrrp_link_exists(f.ours));
        cr_expect_eq(other->ifindex, index);
        vrrp_link_unwant(other);
}

Test(link, addresses_are_told_with_who_did_it) {
        netns_run("ip addr add 192.0.2.9/32 dev ours && ip addr add 192.0.2.10/32 dev wire");
        cr_expect_str_eq(told(), "+192.0.2.9");
        cr_expect_neq(f.seen.origin.portid, 0);
        forget();
        netns_run("ip addr del 192.0.2.9/32 dev ours");
        cr_expect_str_eq(told(), "-192.0.2.9");
        cr_expect_neq(f.seen.origin.portid, 0);
}

Test(link, a_changed_address_is_not_a_new_one) {
        netns_run("ip addr add 192.0.2.9/32 dev ours");
        forget();
        netns_run("ip addr change 192.0.2.9/32 dev ours valid_lft 1000 preferred_lft 1000");
        cr_expect_str_eq(told(), "");
}

static bool is_first(const struct vrrp_link_address *a, void *userdata) {
        return ip_addr_equal(&a->key.addr, userdata);
}

Test(link, the_source_is_the_first_that_is_not_taken_out) {
        struct ip_addr first = addr("192.0.2.1"), second = addr("192.0.2.2"), source;

        netns_run("ip addr add 192.0.2.2/24 dev ours");
        (void) told();
        cr_assert(vrrp_link_source(f.ours, AF_INET, NULL, NULL, &source));
        cr_expect(ip_addr_equal(&source, &first));
        cr_assert(vrrp_link_source(f.ours, AF_INET, is_first, &first, &source));
        cr_expect(ip_addr_equal(&source, &second));
        netns_run("ip addr flush dev ours");
        (void) told();
        cr_expect_not(vrrp_link_source(f.ours, AF_INET, NULL, NULL, &source));
}

/* Fewer notices fit into the socket than are made here. */
Test(link, news_that_the_kernel_dropped_are_found_out) {
        struct ip_addr gone = addr("192.0.2.1"), there = addr("10.0.39.15");

        netns_run("for i in $(seq 0 39); do for j in $(seq 0 255); do "
                  "echo addr add 10.0.$i.$j/32 dev ours; done; done | ip -batch - && "
                  "for i in $(seq 0 38); do for j in $(seq 0 255); do "
                  "echo addr del 10.0.$i.$j/32 dev ours; done; done | ip -batch - && "
                  "ip addr del 192.0.2.1/24 dev ours");
        (void) told();
        cr_expect_not(vrrp_link_has(f.ours, &gone));
        cr_expect(vrrp_link_has(f.ours, &there));
        cr_expect_eq(HASH_COUNT(f.ours->addresses), 256);
        cr_expect_eq(f.seen.calls, 257, "each difference once: %u", f.seen.calls);
}

Test(link, wanted_twice_it_stays_until_unwanted_twice) {
        struct vrrp_link *again;

        cr_assert_eq(vrrp_links_want(f.links, "ours", &again), 0);
        cr_expect_eq(again, f.ours);
        vrrp_link_unwant(again);
        cr_expect(vrrp_link_is_up(f.ours));
        cr_expect_eq(vrrp_links_want(f.links, "a-name-that-is-too-long", &again), -ENAMETOOLONG);
}

static usec_t limit = USEC_INFINITY;

static usec_t down_limit(const struct vrrp_link *l, void *userdata) {
        return limit;
}

static bool becomes(struct vrrp_link *l, bool up, unsigned msec) {
        for (unsigned i = 0; i < msec && vrrp_link_is_up(l) != up; i++) {
                (void) told();
                (void) usleep(1000);
        }
        return vrrp_link_is_up(l) == up;
}

Test(link, a_change_must_last_before_it_counts) {
        static const struct vrrp_links_ops delayed_ops = { .changed = on_changed,
                .down_limit = down_limit };
        struct vrrp_links *links;
        struct vrrp_link *l;

        cr_assert_eq(vrrp_links_new(f.event, 0, &delayed_ops, &f.seen, &links), 0);
        cr_assert_eq(vrrp_links_want(links, "ours", &l), 0);
        vrrp_link_set_delays(l, 300 * USEC_PER_MSEC, 300 * USEC_PER_MSEC);
        netns_run("ip link set wire up");
        netns_run("ip link set ours up");
        cr_assert(becomes(l, true, 2000), "at once or late, it was up before or not");

        netns_run("ip link set ours down");
        cr_expect_not(becomes(l, false, 50));
        cr_assert(becomes(l, false, 2000));
        netns_run("ip link set ours up");
        cr_expect_not(becomes(l, true, 50));
        netns_run("ip link set ours down");
        cr_expect_not(becomes(l, true, 500), "not long enough");
        netns_run("ip link set ours up");
        cr_assert(becomes(l, true, 2000));

        limit = 0; /* a user cannot wait */
        netns_run("ip link set ours down");
        cr_expect(becomes(l, false, 100));
        limit = USEC_INFINITY;

        netns_run("ip link set ours up");
        cr_assert(becomes(l, true, 2000));
        netns_run("ip link delete ours");
        cr_expect(becomes(l, false, 100), "what is gone is gone");
        vrrp_link_unwant(l);
        (void) vrrp_links_free(links);
}

Test(link, what_a_driver_says_counts_as_well) {
        int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        cr_assert_geq(fd, 0);
        netns_run("ip link set wire up");
        netns_run("ip link set ours up");
        cr_assert(becomes(f.ours, true, 2000));
        cr_expect_eq(vrrp_linkbeat_ask(fd, "ours", VRRP_BEAT_ETHTOOL), 1);
        cr_expect_eq(vrrp_linkbeat_ask(fd, "ours", VRRP_BEAT_IOCTL), 1);
        cr_expect_eq(vrrp_linkbeat_ask(fd, "ours", VRRP_BEAT_MII), -EOPNOTSUPP);
        cr_expect_eq(vrrp_linkbeat_ask(fd, "ours", VRRP_BEAT_ANY), 1);
        cr_expect_eq(vrrp_linkbeat_ask(fd, "nothing", VRRP_BEAT_ANY), -ENODEV);

        forget();
        vrrp_link_set_beat(f.ours, false);
        cr_expect_str_eq(told(), "changed:ours");
        cr_expect_not(vrrp_link_is_up(f.ours));
        vrrp_link_set_beat(f.ours, true);
        cr_expect(vrrp_link_is_up(f.ours));

        netns_run("ip link set wire down");
        cr_expect_eq(vrrp_linkbeat_ask(fd, "ours", VRRP_BEAT_ETHTOOL), 0);
        cr_expect_eq(vrrp_linkbeat_ask(fd, "ours", VRRP_BEAT_ANY), 0);
        (void) close(fd);
}
