/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <criterion/criterion.h>
#include <errno.h>

#include "common/ip-addr.h"

static struct ip_addr parse(const char *text) {
        struct ip_addr a = {};

        cr_assert_eq(ip_addr_parse(text, &a), 0, "%s", text);
        return a;
}

Test(ip_addr, is_read_and_written) {
        static const char *const texts[] = { "192.0.2.1", "0.0.0.0", "2001:db8::1",
                "::", "ff02::12" };
        char buf[IP_ADDR_STRLEN];

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
                struct ip_addr a = parse(texts[i]);

                cr_expect_str_eq(ip_addr_format(&a, buf), texts[i]);
        }
}

Test(ip_addr, refuses_what_is_none) {
        static const char *const texts[] = { "", "192.0.2", "192.0.2.256", "192.0.2.1/24",
                "x.x.x.x", "1", ":::" };
        struct ip_addr a = { .family = 77 };

        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
                cr_expect_eq(ip_addr_parse(texts[i], &a), -EINVAL, "%s", texts[i]);
        cr_expect_eq(a.family, 77, "untouched on failure");
}

Test(ip_addr, nothing_is_written_as_nothing) {
        struct ip_addr none = {};
        char buf[IP_ADDR_STRLEN];

        cr_expect_str_eq(ip_addr_format(&none, buf), "");
        cr_expect_not(ip_addr_is_set(&none));
}

Test(ip_addr, compares_as_numbers) {
        struct ip_addr low = parse("192.0.2.9"), high = parse("192.0.10.1"),
                       v6 = parse("2001:db8::1");

        cr_expect_lt(ip_addr_compare(&low, &high), 0);
        cr_expect_gt(ip_addr_compare(&high, &low), 0);
        cr_expect(ip_addr_equal(&low, &low));
        cr_expect_not(ip_addr_equal(&low, &v6));
}

Test(ip_addr, knows_kinds_of_addresses) {
        struct ip_addr mcast4 = parse("224.0.0.18"), mcast6 = parse("ff02::12"),
                       host = parse("223.255.255.255");
        struct ip_addr link = parse("fe80::1"), link4 = parse("169.254.1.1"),
                       global = parse("2001:db8::1");

        cr_expect(ip_addr_is_multicast(&mcast4));
        cr_expect(ip_addr_is_multicast(&mcast6));
        cr_expect_not(ip_addr_is_multicast(&host));
        cr_expect(ip_addr_is_linklocal(&link));
        cr_expect(ip_addr_is_linklocal(&link4));
        cr_expect_not(ip_addr_is_linklocal(&global));
}

Test(ip_addr, tells_networks_from_hosts) {
        struct ip_addr net = parse("198.51.100.0"), host = parse("198.51.100.1"),
                       all = parse("0.0.0.0");

        cr_expect(ip_addr_is_network(&net, 24));
        cr_expect(ip_addr_is_network(&net, 22));
        cr_expect_not(ip_addr_is_network(&net, 21));
        cr_expect_not(ip_addr_is_network(&host, 31));
        cr_expect(ip_addr_is_network(&host, 32));
        cr_expect(ip_addr_is_network(&all, 0));
}
