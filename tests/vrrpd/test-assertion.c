/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/assertion.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "common/macro.h"

#define MAC 0x02, 0, 0, 0, 0, 0x07

static const uint8_t reply[VRRP_ARP_SIZE] = { 0, 1, 8, 0, 6, 4, 0, 2, MAC, 10, 0, 0, 100, 2, 0, 0,
        0, 0, 1, 10, 0, 0, 1 };

static const uint8_t na[32] = { 136, 0, 0, 0, 0x20, 0, 0, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 100, 2, 1, MAC };

static struct vrrp_assertion a;

static void expect(const char *ip) {
        char text[IP_ADDR_STRLEN];

        cr_expect_str_eq(ip_addr_format(&a.addr, text), ip);
        cr_expect_eq(memcmp(a.mac, (const uint8_t[]){ MAC }, sizeof(a.mac)), 0);
}

Test(assertion, the_sender_of_an_arp_packet_asserts_its_address) {
        uint8_t request[VRRP_ARP_SIZE], padded[46] = {};

        cr_assert_eq(vrrp_assertion_parse_arp(reply, sizeof(reply), &a), 0);
        expect("10.0.0.100");
        memcpy(request, reply, sizeof(request));
        request[7] = 1;
        cr_assert_eq(vrrp_assertion_parse_arp(request, sizeof(request), &a), 0);
        expect("10.0.0.100");
        memcpy(padded, reply, sizeof(reply));
        cr_assert_eq(vrrp_assertion_parse_arp(padded, sizeof(padded), &a), 0, "Ethernet's minimum");
}

/* One byte that is wrong: where, and what. */
struct wrong {
        size_t at;
        uint8_t value;
        const char *why;
};

Test(assertion, what_is_no_assertion_by_arp_is_refused) {
        static const struct wrong wrongs[] = {
                { 1, 6, "other hardware" },
                { 2, 0x86, "other protocol" },
                { 4, 8, "longer hardware" },
                { 5, 16, "longer addresses" },
                { 7, 3, "RARP" },
                { 6, 1, "no operation" },
                { 8, 3, "the address of a group" },
        };
        uint8_t p[VRRP_ARP_SIZE];

        for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
                memcpy(p, reply, sizeof(p));
                p[wrongs[i].at] = wrongs[i].value;
                cr_expect_eq(vrrp_assertion_parse_arp(p, sizeof(p), &a), -EBADMSG, "%s",
                                wrongs[i].why);
        }
        memcpy(p, reply, sizeof(p));
        memset(p + 14, 0, 4);
        cr_expect_eq(vrrp_assertion_parse_arp(p, sizeof(p), &a), -EBADMSG, "a probe");
        memcpy(p, reply, sizeof(p));
        memset(p + 8, 0, 6);
        cr_expect_eq(vrrp_assertion_parse_arp(p, sizeof(p), &a), -EBADMSG, "from nobody");
        for (size_t n = 0; n < sizeof(reply); n++)
                cr_expect_eq(vrrp_assertion_parse_arp(reply, n, &a), -EBADMSG, "%zu bytes", n);
}

Test(assertion, a_question_asserts_nothing) {
        uint8_t p[VRRP_ARP_SIZE];
        struct in_addr addr;

        cr_assert_eq(inet_pton(AF_INET, "10.0.0.100", &addr), 1);
        vrrp_assertion_ask(&addr, (const uint8_t[]){ MAC }, p);
        cr_expect_eq(vrrp_assertion_parse_arp(p, sizeof(p), &a), -EBADMSG);
        cr_expect_eq(p[7], 1, "a request");
        cr_expect_eq(memcmp(p + 8, (const uint8_t[]){ MAC, 0, 0, 0, 0 }, 10), 0);
        cr_expect_eq(memcmp(p + 24, &addr, sizeof(addr)), 0);
}

Test(assertion, a_neighbour_advertisement_asserts_its_target) {
        uint8_t two[40] = {};

        cr_assert_eq(vrrp_assertion_parse_na(na, sizeof(na), &a), 0);
        expect("2001:db8::64");
        memcpy(two, na, 24);
        two[24] = 14; /* a nonce before it */
        two[25] = 1;
        memcpy(two + 32, na + 24, 8);
        cr_assert_eq(vrrp_assertion_parse_na(two, sizeof(two), &a), 0);
        expect("2001:db8::64");
}

Test(assertion, what_is_no_assertion_by_advertisement_is_refused) {
        static const struct wrong wrongs[] = {
                { 0, 135, "a solicitation" },
                { 1, 1, "a code" },
                { 8, 0xff, "a group" },
                { 24, 1, "no address of the target" },
                { 25, 0, "an empty option" },
                { 25, 2, "an option beyond the end" },
                { 26, 3, "the address of a group" },
        };
        uint8_t p[sizeof(na)];

        for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
                memcpy(p, na, sizeof(p));
                p[wrongs[i].at] = wrongs[i].value;
                cr_expect_eq(vrrp_assertion_parse_na(p, sizeof(p), &a), -EBADMSG, "%s",
                                wrongs[i].why);
        }
        memcpy(p, na, sizeof(p));
        memset(p + 8, 0, 16);
        cr_expect_eq(vrrp_assertion_parse_na(p, sizeof(p), &a), -EBADMSG, "of no address");
        for (size_t n = 0; n < sizeof(na); n++)
                cr_expect_eq(vrrp_assertion_parse_na(na, n, &a), -EBADMSG, "%zu bytes", n);
}

Test(assertion, nothing_is_returned_on_failure) {
        memset(&a, 0x55, sizeof(a));
        (void) vrrp_assertion_parse_arp(reply, 27, &a);
        (void) vrrp_assertion_parse_na(na, 31, &a);
        cr_expect_eq(a.mac[0], 0x55);
}
