/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/holding.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/usec.h"
#include "netns.h"
#include "vrrpd/address-mark.h"
#include "vrrpd/address-record.h"
#include "vrrpd/record.h"

struct seen {
        unsigned failed, lost, unrecorded;
        int error;
        bool taking;
        void *owner;
        unsigned notices; /* of the kernel, of any address */
        bool take_again;  /* what is lost */
};

static struct fixture {
        sd_event *event;
        struct vrrp_links *links;
        struct vrrp_link *ours;
        struct vrrp_holdings *holdings;
        char directory[64];
        char record[96];
        struct seen seen;
} f;

static void on_failed(struct vrrp_claim *c, void *owner, bool taking, int error, void *userdata) {
        f.seen.failed++;
        f.seen.error = error;
        f.seen.taking = taking;
        f.seen.owner = owner;
}

static void on_lost(struct vrrp_claim *c, void *owner, void *userdata) {
        f.seen.lost++;
        f.seen.owner = owner;
        if (f.seen.take_again)
                vrrp_claim_take(c);
}

static void on_unrecorded(int error, void *userdata) {
        f.seen.unrecorded++;
        f.seen.error = error;
}

static const struct vrrp_holdings_ops ops = {
        .failed = on_failed,
        .lost = on_lost,
        .unrecorded = on_unrecorded,
};

static void on_changed(struct vrrp_link *l, void *userdata) {
        vrrp_holdings_link_changed(f.holdings, l);
}

static void on_added(struct vrrp_link *l, const struct vrrp_link_address *a,
                const struct vrrp_link_origin *origin, void *userdata) {
        f.seen.notices++;
}

static void on_removed(struct vrrp_link *l, const struct vrrp_link_address *a,
                const struct vrrp_link_origin *origin, void *userdata) {
        f.seen.notices++;
        vrrp_holdings_address_removed(f.holdings, l, a, origin);
}

static const struct vrrp_links_ops links_ops = {
        .changed = on_changed,
        .address_added = on_added,
        .address_removed = on_removed,
};

static void init(void) {
        netns_init();
        netns_run("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
        (void) strcpy(f.directory, "/tmp/holding.XXXXXX");
        cr_assert_not_null(mkdtemp(f.directory));
        (void) sprintf(f.record, "%s/addresses", f.directory);
        cr_assert_geq(sd_event_new(&f.event), 0);
        cr_assert_eq(vrrp_links_new(f.event, 0, &links_ops, NULL, &f.links), 0);
        cr_assert_eq(vrrp_links_want(f.links, "ours", &f.ours), 0);
        cr_assert_eq(vrrp_holdings_new(&vrrp_held_address, f.links, f.record, &ops, NULL,
                                     &f.holdings),
                        0);
}

static void done(void) {
        f.holdings = vrrp_holdings_free(f.holdings);
        vrrp_link_unwant(f.ours);
        f.links = vrrp_links_free(f.links);
        f.event = sd_event_unref(f.event);
        (void) unlink(f.record);
        (void) rmdir(f.directory);
}

TestSuite(holding, .init = init, .fini = done, .timeout = 60);

static void run_loop(void) {
        while (sd_event_run(f.event, 0) > 0)
                ;
}

static struct vrrp_address address(const char *text, unsigned prefix) {
        struct vrrp_address a = { .prefix = (uint8_t) prefix };

        cr_assert_eq(ip_addr_parse(text, &a.addr), 0);
        return a;
}

static struct vrrp_claim *claim(const struct vrrp_address *a) {
        struct vrrp_claim *c = NULL;

        cr_assert_eq(vrrp_claim_new(f.holdings, f.ours, a, NULL, &c), 0);
        return c;
}

static struct vrrp_claim *claim_text(const char *text, unsigned prefix) {
        struct vrrp_address a = address(text, prefix);

        return claim(&a);
}

static void take(struct vrrp_claim *c) {
        vrrp_claim_take(c);
        vrrp_holdings_commit(f.holdings);
}

static void release(struct vrrp_claim *c) {
        vrrp_claim_release(c);
        vrrp_holdings_commit(f.holdings);
}

/* Does `ip addr` show @text in a line of the interface? */
static bool shown_on(const char *interface, const char *text) {
        char command[256];

        (void) snprintf(command, sizeof(command), "ip -o addr show dev %s | grep -qF -- '%s'",
                        interface, text);
        return system(command) == 0;
}

static bool shown(const char *text) {
        return shown_on("ours", text);
}

static size_t recorded(void) {
        _cleanup_free_ struct vrrp_address_record_entry *entries = NULL;
        size_t n = 0;

        cr_assert_eq(vrrp_address_record_read(f.record, &entries, &n), 0);
        return n;
}

Test(holding, nothing_happens_before_the_commit) {
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        vrrp_claim_take(c);
        cr_expect_not(shown("192.0.2.100/32"));
        cr_expect_neq(access(f.record, F_OK), 0);
        vrrp_holdings_commit(f.holdings);
        cr_expect(shown("192.0.2.100/32"));
        cr_expect(vrrp_claim_is_held(c));
        cr_expect_eq(recorded(), 1);

        release(c);
        cr_expect_not(shown("192.0.2.100/32"));
        cr_expect_not(vrrp_claim_is_held(c));
        cr_expect_eq(recorded(), 0);
        c = vrrp_claim_free(c);
}

Test(holding, label_broadcast_scope_and_mark_reach_the_kernel) {
        struct vrrp_address a = address("198.51.100.1", 24);
        struct vrrp_claim *c;

        cr_assert_eq(ip_addr_parse("198.51.100.255", &a.broadcast), 0);
        a.scope = 253; /* link */
        (void) strcpy(a.label, "ours:1");
        c = claim(&a);
        take(c);

        cr_expect(shown("198.51.100.1/24 brd 198.51.100.255 scope link"));
        cr_expect(shown("ours:1"));
        run_loop();
        cr_expect_eq(vrrp_link_find_address(f.ours, &a.addr, 24)->protocol, VRRP_ADDRESS_PROTOCOL);
        release(c);
        c = vrrp_claim_free(c);
}

Test(holding, a_thousand_addresses_are_one_batch) {
        static struct vrrp_claim *claims[1020];
        struct vrrp_address a = address("10.0.0.0", 32);
        usec_t start;

        for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
                a.addr.in.s_addr = htonl(0x0a000001 + (uint32_t) i);
                claims[i] = claim(&a);
                vrrp_claim_take(claims[i]);
        }
        start = usec_now(CLOCK_MONOTONIC);
        vrrp_holdings_commit(f.holdings);
        fprintf(stderr, "1020 addresses in %" PRIusec " us\n", usec_now(CLOCK_MONOTONIC) - start);
        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                cr_expect(vrrp_claim_is_held(claims[i]));
        cr_expect_eq(recorded(), ARRAY_SIZE(claims));
        run_loop();
        cr_expect_eq(HASH_COUNT(f.ours->addresses), ARRAY_SIZE(claims) + 1);

        for (size_t i = 0; i < ARRAY_SIZE(claims); i++)
                claims[i] = vrrp_claim_free(claims[i]);
        vrrp_holdings_commit(f.holdings);
        run_loop();
        cr_expect_eq(HASH_COUNT(f.ours->addresses), 1);
        cr_expect_eq(f.seen.failed + f.seen.lost, 0);
}

Test(holding, one_refusal_in_a_batch_is_told_and_the_others_are_done) {
        struct vrrp_address bad = address("192.0.2.102", 32);
        struct vrrp_claim *a = claim_text("192.0.2.101", 32), *c = claim_text("192.0.2.103", 32),
                          *b;
        int owner;

        bad.prefix = 77;
        cr_assert_eq(vrrp_claim_new(f.holdings, f.ours, &bad, &owner, &b), 0);
        vrrp_claim_take(a);
        vrrp_claim_take(b);
        vrrp_claim_take(c);
        vrrp_holdings_commit(f.holdings);
        cr_expect(vrrp_claim_is_held(a) && !vrrp_claim_is_held(b) && vrrp_claim_is_held(c));
        cr_expect_eq(f.seen.failed, 1);
        cr_expect_eq(f.seen.owner, &owner);
        cr_expect(f.seen.taking);
        cr_expect_eq(f.seen.error, -EINVAL);
        a = vrrp_claim_free(a);
        b = vrrp_claim_free(b);
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
}

Test(holding, what_is_there_already_is_adopted_without_a_word) {
        struct vrrp_claim *c = claim_text("192.0.2.1", 24);

        cr_expect(vrrp_claim_adopt(c));
        take(c);
        run_loop();
        cr_expect_eq(f.seen.notices, 0);
        cr_expect_eq(recorded(), 1, "the record knows it all the same");
        c = vrrp_claim_free(c);
}

Test(holding, an_address_put_there_by_hand_is_no_failure) {
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        netns_run("ip addr add 192.0.2.100/32 dev ours");
        take(c);
        cr_expect(vrrp_claim_is_held(c));
        cr_expect_eq(f.seen.failed, 0);
        release(c);
        cr_expect_not(shown("192.0.2.100"));
        c = vrrp_claim_free(c);
}

Test(holding, what_is_not_held_is_not_removed) {
        struct vrrp_claim *c = claim_text("192.0.2.1", 24);

        release(c);
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
        cr_expect(shown("192.0.2.1/24"));
}

Test(holding, a_loss_is_told_and_can_be_mended) {
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        take(c);
        f.seen.take_again = true;
        netns_run("ip addr del 192.0.2.100/32 dev ours");
        run_loop();
        cr_expect_eq(f.seen.lost, 1);
        vrrp_holdings_commit(f.holdings);
        cr_expect(shown("192.0.2.100/32"));
        release(c);
        run_loop();
        cr_expect_eq(f.seen.lost, 1, "our own removal is no loss");
        c = vrrp_claim_free(c);
}

Test(holding, late_news_of_our_own_removal_are_no_loss) {
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        take(c);
        release(c);
        take(c);
        run_loop();
        cr_expect_eq(f.seen.lost, 0);
        cr_expect(vrrp_claim_is_held(c));
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
}

/* Without promote_secondaries the kernel removes 198.51.100.2 with 198.51.100.1. */
Test(holding, an_address_that_goes_with_another_is_lost) {
        struct vrrp_claim *a = claim_text("198.51.100.1", 24), *b = claim_text("198.51.100.2", 24);

        netns_run("echo 0 > /proc/sys/net/ipv4/conf/ours/promote_secondaries && "
                  "echo 0 > /proc/sys/net/ipv4/conf/all/promote_secondaries");
        take(a);
        take(b);
        f.seen.take_again = true;
        release(a);
        run_loop();
        cr_expect_eq(f.seen.lost, 1);
        vrrp_holdings_commit(f.holdings);
        cr_expect(shown("198.51.100.2/24"));
        a = vrrp_claim_free(a);
        b = vrrp_claim_free(b);
        vrrp_holdings_commit(f.holdings);
}

Test(holding, an_address_that_moves_to_another_claim_is_not_touched) {
        struct vrrp_claim *old = claim_text("192.0.2.100", 32), *new;

        take(old);
        run_loop();
        f.seen.notices = 0;
        new = claim_text("192.0.2.100", 32);
        vrrp_claim_take(new);
        old = vrrp_claim_free(old);
        vrrp_holdings_commit(f.holdings);
        run_loop();
        cr_expect_eq(f.seen.notices, 0);
        cr_expect(vrrp_claim_is_held(new));
        new = vrrp_claim_free(new);
        vrrp_holdings_commit(f.holdings);
        cr_expect_not(shown("192.0.2.100"));
}

Test(holding, another_label_is_put_on) {
        struct vrrp_address a = address("192.0.2.100", 32);
        struct vrrp_claim *old = claim(&a), *new;

        take(old);
        (void) strcpy(a.label, "ours:7");
        new = claim(&a);
        vrrp_claim_take(new);
        old = vrrp_claim_free(old);
        vrrp_holdings_commit(f.holdings);
        cr_expect(shown("ours:7"));
        new = vrrp_claim_free(new);
        vrrp_holdings_commit(f.holdings);
}

Test(holding, without_its_interface_it_fails_and_comes_with_it) {
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        netns_run("ip link del ours");
        run_loop();
        take(c);
        cr_expect_eq(f.seen.failed, 1);
        cr_expect_eq(f.seen.error, -ENODEV);
        netns_run("ip link add ours type veth peer name wire && ip link set ours up");
        run_loop();
        vrrp_holdings_commit(f.holdings);
        cr_expect(shown("192.0.2.100/32"));

        netns_run("ip link del ours");
        run_loop();
        cr_expect_not(vrrp_claim_is_held(c));
        cr_expect_eq(f.seen.lost, 0, "it went with its interface");
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
}

/* An address follows its interface to another name, where nobody would look for it. */
Test(holding, what_was_on_an_interface_that_is_called_otherwise_now_is_removed_from_it) {
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        take(c);
        netns_run("ip link set ours down && ip link set ours name other && ip link set other up");
        run_loop();
        vrrp_holdings_commit(f.holdings);
        cr_expect_eq(f.seen.error, -ENODEV);
        netns_run("! ip -o addr show dev other | grep -q 192.0.2.100");
        netns_run("ip link set other down && ip link set other name ours && ip link set ours up");
        run_loop();
        vrrp_holdings_commit(f.holdings);
        cr_expect(shown("192.0.2.100/32"));
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
}

/* Whoever has to remove it after us looks where the record says. */
Test(holding, what_returns_on_another_interface_of_that_name_is_recorded_there) {
        _cleanup_free_ struct vrrp_address_record_entry *entries = NULL;
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);
        int before = f.ours->ifindex;
        size_t n = 0;

        take(c);
        netns_run("ip link del ours && ip link add ours type veth peer name wire && "
                  "ip link set ours up");
        run_loop();
        vrrp_holdings_commit(f.holdings);
        cr_assert(shown("192.0.2.100/32"));
        cr_assert_neq(f.ours->ifindex, before);
        cr_assert_eq(vrrp_address_record_read(f.record, &entries, &n), 0);
        cr_assert_eq(n, 1);
        cr_expect_eq(entries[0].ifindex, f.ours->ifindex);
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
}

/* The kernel lets an interface be renamed that is up, and its addresses stay on it. */
Test(holding, nothing_is_left_on_an_interface_that_was_renamed) {
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        take(c);
        netns_run("ip link set ours down && ip link set ours name elsewhere");
        run_loop();
        cr_expect_not(vrrp_claim_is_held(c));
        cr_expect_eq(f.seen.lost, 0);
        release(c);
        cr_expect_not(shown_on("elsewhere", "192.0.2.100/32"));
        cr_expect_eq(f.seen.failed, 0);

        netns_run("ip link set elsewhere name ours");
        run_loop();
        take(c);
        cr_expect(shown("192.0.2.100/32"));
        netns_run("ip link set ours name elsewhere && "
                  "ip link add ours type veth peer name wire2 && ip link set ours up");
        run_loop();
        vrrp_holdings_commit(f.holdings);
        cr_expect_not(shown_on("elsewhere", "192.0.2.100/32"));
        cr_expect(shown("192.0.2.100/32"));
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
}

/* A successor with another configuration. */
Test(holding, what_nobody_wants_any_more_is_taken_over_and_removed) {
        _cleanup_(json_object_putp) json_object *lines = NULL;
        struct vrrp_claim *a = claim_text("192.0.2.100", 32), *b = claim_text("192.0.2.101", 32);

        vrrp_claim_take(a);
        take(b);
        run_loop();
        a = vrrp_claim_free(a);
        b = vrrp_claim_free(b);
        f.holdings = vrrp_holdings_free(f.holdings); /* no commit: all stays */
        cr_expect(shown("192.0.2.100/32") && shown("192.0.2.101/32"));

        cr_assert_eq(vrrp_holdings_new(&vrrp_held_address, f.links, f.record, &ops, NULL,
                                     &f.holdings),
                        0);
        a = claim_text("192.0.2.100", 32);
        cr_expect(vrrp_claim_adopt(a));
        vrrp_claim_take(a);
        cr_assert_eq(vrrp_record_read(f.record, "addresses", &lines), 0);
        cr_expect_eq(vrrp_holdings_take_over(f.holdings, lines), 1);
        vrrp_holdings_commit(f.holdings);
        cr_expect(shown("192.0.2.100/32"));
        cr_expect_not(shown("192.0.2.101/32"));
        cr_expect_eq(recorded(), 1);
        a = vrrp_claim_free(a);
        vrrp_holdings_commit(f.holdings);
}

/* One that the record has, and that the kernel has or has not, but did not show. */
static struct vrrp_claim *come_to_what_was_not_seen(void) {
        _cleanup_(json_object_putp) json_object *lines = NULL;
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        take(c);
        run_loop();
        c = vrrp_claim_free(c);
        f.holdings = vrrp_holdings_free(f.holdings); /* no commit: all stays */
        cr_assert_eq(vrrp_holdings_new(&vrrp_held_address, f.links, f.record, &ops, NULL,
                                     &f.holdings),
                        0);
        c = claim_text("192.0.2.100", 32);
        cr_assert_eq(vrrp_record_read(f.record, "addresses", &lines), 0);
        cr_expect_eq(vrrp_holdings_take_over(f.holdings, lines), 0, "it has a claim");
        return c;
}

Test(holding, what_an_interrupted_reading_did_not_show_does_not_stay_on_a_backup) {
        struct vrrp_claim *c = come_to_what_was_not_seen();

        vrrp_holdings_commit(f.holdings);
        cr_expect_not(shown("192.0.2.100/32"));
        cr_expect_eq(recorded(), 0);
        cr_expect_eq(f.seen.failed, 0);
        c = vrrp_claim_free(c);
}

Test(holding, what_an_interrupted_reading_did_not_show_is_held_by_a_master) {
        struct vrrp_claim *c = come_to_what_was_not_seen();

        take(c);
        cr_expect(shown("192.0.2.100/32"));
        cr_expect(vrrp_claim_is_held(c));
        cr_expect_eq(recorded(), 1);
        release(c);
        cr_expect_not(shown("192.0.2.100/32"));
        cr_expect_eq(f.seen.failed + f.seen.lost, 0);
        c = vrrp_claim_free(c);
}

Test(holding, what_only_the_record_has_is_no_failure) {
        struct vrrp_claim *c = come_to_what_was_not_seen();

        netns_run("ip addr del 192.0.2.100/32 dev ours");
        vrrp_holdings_commit(f.holdings);
        cr_expect_eq(recorded(), 0);
        cr_expect_eq(f.seen.failed, 0);
        c = vrrp_claim_free(c);
}

Test(holding, the_kernel_knows_which_are_ours) {
        _cleanup_free_ struct vrrp_address_record_entry *entries = NULL;
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);
        char ip[IP_ADDR_STRLEN];
        size_t n = 0;

        take(c);
        cr_assert_eq(vrrp_address_mark_find(&entries, &n), 0);
        cr_assert_eq(n, 1, "and not 192.0.2.1");
        cr_expect_str_eq(ip_addr_format(&entries[0].addr, ip), "192.0.2.100");
        cr_expect_eq(entries[0].prefix, 32);
        cr_expect_eq(entries[0].ifindex, f.ours->ifindex);
        cr_expect_str_eq(entries[0].ifname, "ours");
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
}

Test(holding, without_a_record_it_goes_on) {
        struct vrrp_claim *c = claim_text("192.0.2.100", 32);

        netns_run("rm -rf %s", f.directory);
        take(c);
        cr_expect_geq(f.seen.unrecorded, 1);
        cr_expect(shown("192.0.2.100/32"));
        c = vrrp_claim_free(c);
        vrrp_holdings_commit(f.holdings);
}
