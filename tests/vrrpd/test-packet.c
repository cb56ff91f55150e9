/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The wire. The golden packets were captured from keepalived 2.2.7. */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/packet.h"

TestSuite(packet);

/* What keepalived sends for VRID 51, priority 255, 10.0.0.100 and 10.0.0.101, from 10.0.0.1. */
static const uint8_t golden_v2[] = {
        0x45,
        0xc0,
        0x00,
        0x2c,
        0x00,
        0x01,
        0x00,
        0x00,
        0xff,
        0x70,
        0xd0,
        0x8d,
        0x0a,
        0x00,
        0x00,
        0x01,
        0xe0,
        0x00,
        0x00,
        0x12,
        0x21,
        0x33,
        0xff,
        0x02,
        0x00,
        0x02,
        0xca,
        0xfe,
        0x0a,
        0x00,
        0x00,
        0x64,
        0x0a,
        0x00,
        0x00,
        0x65,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
}; /* every 2 s */
static const uint8_t golden_v2_pass[] = {
        0x45,
        0xc0,
        0x00,
        0x2c,
        0x00,
        0x01,
        0x00,
        0x00,
        0xff,
        0x70,
        0xd0,
        0x8d,
        0x0a,
        0x00,
        0x00,
        0x01,
        0xe0,
        0x00,
        0x00,
        0x12,
        0x21,
        0x33,
        0xff,
        0x02,
        0x01,
        0x01,
        0x30,
        0x63,
        0x0a,
        0x00,
        0x00,
        0x64,
        0x0a,
        0x00,
        0x00,
        0x65,
        0x31,
        0x32,
        0x33,
        0x34,
        0x35,
        0x36,
        0x00,
        0x00,
}; /* every second, "123456" */
static const uint8_t golden_v3[] = {
        0x45,
        0xc0,
        0x00,
        0x24,
        0x00,
        0x01,
        0x00,
        0x00,
        0xff,
        0x70,
        0xd0,
        0x95,
        0x0a,
        0x00,
        0x00,
        0x01,
        0xe0,
        0x00,
        0x00,
        0x12,
        0x31,
        0x33,
        0xff,
        0x02,
        0x00,
        0x32,
        0xd0,
        0x3a,
        0x0a,
        0x00,
        0x00,
        0x64,
        0x0a,
        0x00,
        0x00,
        0x65,
}; /* every 0.5 s */
static const uint8_t golden_v3_unicast[] = {
        0x45,
        0xc0,
        0x00,
        0x24,
        0x00,
        0x01,
        0x00,
        0x00,
        0xff,
        0x70,
        0xa6,
        0xa6,
        0x0a,
        0x00,
        0x00,
        0x01,
        0x0a,
        0x00,
        0x00,
        0x02,
        0x31,
        0x33,
        0xff,
        0x02,
        0x00,
        0x64,
        0xa6,
        0x19,
        0x0a,
        0x00,
        0x00,
        0x64,
        0x0a,
        0x00,
        0x00,
        0x65,
}; /* every second, to 10.0.0.2 */

#define VRRP_AT 20 /* where the VRRP header begins in these */

static struct ip_addr addr(const char *text) {
        struct ip_addr a;

        cr_assert_eq(ip_addr_parse(text, &a), 0);
        return a;
}

static struct ip_addr addresses[2];
static struct vrrp_packet_peer peers[1];
static struct vrrp_packet_rules rules;
static struct vrrp_packet packet;
static struct vrrp_rx rx;
static struct vrrp_advert advert;
static uint8_t buf[VRRP_PACKET_SIZE_MAX];

static void set_up(uint8_t version, usec_t interval) {
        addresses[0] = addr("10.0.0.100");
        addresses[1] = addr("10.0.0.101");
        rules = (struct vrrp_packet_rules){
                .version = version,
                .vrid = 51,
                .family = AF_INET,
                .interval = interval,
                .addresses = addresses,
                .n_addresses = 2,
                .peers = peers,
        };
        packet = (struct vrrp_packet){
                .version = version,
                .vrid = 51,
                .priority = 255,
                .interval = interval,
                .source = addr("10.0.0.1"),
                .destination = addr("224.0.0.18"),
                .ttl = VRRP_TTL,
                .ip_id = 1,
                .addresses = addresses,
                .n_addresses = 2,
        };
        rx = (struct vrrp_rx){ .hop_limit = -1 };
}

static void set_password(const char *password) {
        rules.auth = packet.auth = VRRP_AUTH_PASS;
        memcpy(rules.password, password, MIN(strlen(password), (size_t) VRRP_AUTH_SIZE));
        memcpy(packet.password, rules.password, VRRP_AUTH_SIZE);
}

static void set_peer(const char *peer) {
        rules.unicast = true;
        peers[0].address = addr(peer);
        rules.n_peers = 1;
}

/* Mend the checksums of the IPv4 packet in buf after a change, so that the change is what is
 * judged. */
static void mend(size_t n) {
        uint32_t sum = 0;

        buf[VRRP_AT + 6] = buf[VRRP_AT + 7] = 0;
        if (buf[VRRP_AT] >> 4 == 3) {
                for (size_t k = 12; k < 20; k++)
                        sum += k % 2 ? buf[k] : (uint32_t) buf[k] << 8;
                sum += VRRP_IPPROTO + (uint32_t) (n - VRRP_AT);
        }
        for (size_t k = VRRP_AT; k < n; k++)
                sum += (k - VRRP_AT) % 2 ? buf[k] : (uint32_t) buf[k] << 8;
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        sum = ~sum;
        buf[VRRP_AT + 6] = (uint8_t) (sum >> 8);
        buf[VRRP_AT + 7] = (uint8_t) sum;
}

static size_t load(const uint8_t *golden, size_t n) {
        memcpy(buf, golden, n);
        return n;
}

static int parse(size_t n) {
        return vrrp_packet_parse(buf, n, &rx, &rules, &advert);
}

#define EXPECT_BUILT(golden)                                                                       \
        do {                                                                                       \
                cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), sizeof(golden));        \
                cr_assert_arr_eq(buf, golden, sizeof(golden));                                     \
        } while (0)

#define EXPECT_RESULT(n, result)                                                                   \
        do {                                                                                       \
                int _r = parse(n);                                                                 \
                cr_assert_eq(_r, result, "it is %s", vrrp_packet_result_to_string(_r));            \
        } while (0)

/* Golden */

/* With an authentication header: VRID 51, priority 200, 10.0.0.100, every second, "secret12". */
static const uint8_t golden_ah[] = {
        0x45,
        0xc0,
        0x00,
        0x40,
        0x00,
        0x01,
        0x00,
        0x00,
        0xff,
        0x33,
        0xd0,
        0xb6,
        0x0a,
        0x00,
        0x00,
        0x01,
        0xe0,
        0x00,
        0x00,
        0x12,
        0x70,
        0x04,
        0x00,
        0x00,
        0x0a,
        0x00,
        0x00,
        0x01,
        0x00,
        0x00,
        0x00,
        0x01,
        0xb6,
        0xa7,
        0x38,
        0x8a,
        0xf2,
        0x2c,
        0x75,
        0x9b,
        0x82,
        0x06,
        0x86,
        0x49,
        0x21,
        0x33,
        0xc8,
        0x01,
        0x02,
        0x01,
        0x0a,
        0x66,
        0x0a,
        0x00,
        0x00,
        0x64,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
};
/* To 10.0.0.2: VRID 52, 10.0.0.101 and 10.0.0.102, "abc". */
static const uint8_t golden_ah_unicast[] = {
        0x45,
        0xc0,
        0x00,
        0x44,
        0x00,
        0x01,
        0x00,
        0x00,
        0xff,
        0x33,
        0xa6,
        0xc3,
        0x0a,
        0x00,
        0x00,
        0x01,
        0x0a,
        0x00,
        0x00,
        0x02,
        0x70,
        0x04,
        0x00,
        0x00,
        0x0a,
        0x00,
        0x00,
        0x01,
        0x00,
        0x00,
        0x00,
        0x01,
        0xa8,
        0x0c,
        0xc9,
        0x5c,
        0x78,
        0x1d,
        0x09,
        0x73,
        0x0f,
        0xea,
        0xe1,
        0x1c,
        0x21,
        0x34,
        0xc8,
        0x02,
        0x02,
        0x01,
        0xff,
        0xfc,
        0x0a,
        0x00,
        0x00,
        0x65,
        0x0a,
        0x00,
        0x00,
        0x66,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
};

Test(packet, v2_is_built_and_read_as_keepalived_does) {
        set_up(2, 2 * USEC_PER_SEC);
        EXPECT_BUILT(golden_v2);
        EXPECT_RESULT(sizeof(golden_v2), 0);
        cr_assert_eq(advert.version, 2);
        cr_assert_eq(advert.vrid, 51);
        cr_assert_eq(advert.priority, 255);
        cr_assert_eq(advert.n_addresses, 2);
        cr_assert_eq(advert.interval, 2 * USEC_PER_SEC);
        cr_assert(ip_addr_equal(&advert.source, &packet.source));
        cr_assert_eq(advert.notes, 0);
}

Test(packet, v2_with_a_password_is_built_and_read_as_keepalived_does) {
        set_up(2, USEC_PER_SEC);
        set_password("123456");
        EXPECT_BUILT(golden_v2_pass);
        EXPECT_RESULT(sizeof(golden_v2_pass), 0);
}

Test(packet, v3_is_built_and_read_as_keepalived_does) {
        set_up(3, 500 * USEC_PER_MSEC);
        EXPECT_BUILT(golden_v3);
        EXPECT_RESULT(sizeof(golden_v3), 0);
        cr_assert_eq(advert.interval, 500 * USEC_PER_MSEC);
}

Test(packet, v3_unicast_is_built_and_read_as_keepalived_does) {
        set_up(3, USEC_PER_SEC);
        packet.destination = addr("10.0.0.2");
        set_peer("10.0.0.1");
        EXPECT_BUILT(golden_v3_unicast);
        EXPECT_RESULT(sizeof(golden_v3_unicast), 0);
}

Test(packet, tells_whom_it_is_for) {
        cr_assert_eq(vrrp_packet_vrid(AF_INET, golden_v2, sizeof(golden_v2)), 51);
        cr_assert_eq(vrrp_packet_vrid(AF_INET6, golden_v3 + VRRP_AT, sizeof(golden_v3) - VRRP_AT),
                        51);
        cr_assert_eq(vrrp_packet_vrid(AF_INET, golden_v2, VRRP_AT + 7), -VRRP_PACKET_TRUNCATED);
        cr_assert_eq(vrrp_packet_vrid(AF_INET, golden_v2, 0), -VRRP_PACKET_TRUNCATED);
        load(golden_v2, sizeof(golden_v2));
        buf[VRRP_AT + 1] = 0;
        cr_assert_eq(vrrp_packet_vrid(AF_INET, buf, sizeof(golden_v2)), -VRRP_PACKET_FOREIGN_VRID);
        buf[9] = 51;
        cr_assert_eq(vrrp_packet_vrid(AF_INET, buf, sizeof(golden_v2)), -VRRP_PACKET_AUTH_HEADER);
}

/* Each check. A change of one byte of a good packet, and what must come of it. */

struct change {
        const char *what;
        size_t at;
        uint8_t value;
        enum vrrp_packet_result result;
};

static void expect_change(const uint8_t *golden, size_t n, const struct change *c) {
        int r;

        load(golden, n);
        buf[c->at] = c->value;
        if (c->result != VRRP_PACKET_BAD_CHECKSUM)
                mend(n);
        r = parse(n);
        cr_assert_eq(r, (int) c->result, "%s: is %s", c->what, vrrp_packet_result_to_string(r));
}

static struct change v2_changes[] = {
        { "the AH protocol", 9, 51, VRRP_PACKET_AUTH_HEADER },
        { "another protocol", 9, 17, VRRP_PACKET_TRUNCATED },
        { "IP version 6", 0, 0x65, VRRP_PACKET_TRUNCATED },
        { "an IP header of 16 bytes", 0, 0x44, VRRP_PACKET_TRUNCATED },
        { "a total length beyond the packet", 3, 0x2d, VRRP_PACKET_TRUNCATED },
        { "a total length within the IP header", 3, 0x10, VRRP_PACKET_TRUNCATED },
        { "another VRID", VRRP_AT + 1, 52, VRRP_PACKET_FOREIGN_VRID },
        { "TTL 254", 8, 254, VRRP_PACKET_BAD_TTL },
        { "version 3", VRRP_AT, 0x31, VRRP_PACKET_BAD_VERSION },
        { "version 0", VRRP_AT, 0x01, VRRP_PACKET_BAD_VERSION },
        { "another authentication", VRRP_AT + 4, 0, VRRP_PACKET_BAD_AUTH_TYPE },
        { "authentication AH", VRRP_AT + 4, 2, VRRP_PACKET_BAD_AUTH_TYPE },
        { "another first letter", VRRP_AT + 16, '0', VRRP_PACKET_BAD_AUTH },
        { "another last letter", VRRP_AT + 23, '7', VRRP_PACKET_BAD_AUTH },
        { "another interval", VRRP_AT + 5, 2, VRRP_PACKET_BAD_INTERVAL },
        { "another type", VRRP_AT, 0x22, VRRP_PACKET_BAD_TYPE },
        { "one address more than there are", VRRP_AT + 3, 3, VRRP_PACKET_TRUNCATED },
        { "a wrong checksum", VRRP_AT + 7, 0, VRRP_PACKET_BAD_CHECKSUM },
        { "a unicast destination", 16, 10, VRRP_PACKET_BAD_DESTINATION },
};

ParameterizedTestParameters(packet, v2_drops) {
        return cr_make_param_array(struct change, v2_changes, ARRAY_SIZE(v2_changes));
}

ParameterizedTest(struct change *c, packet, v2_drops) {
        set_up(2, USEC_PER_SEC);
        set_password("123456");
        expect_change(golden_v2_pass, sizeof(golden_v2_pass), c);
}

static struct change v3_changes[] = {
        { "version 2", VRRP_AT, 0x21, VRRP_PACKET_TRUNCATED }, /* it has no room for VRRPv2's end */
        { "version 4", VRRP_AT, 0x41, VRRP_PACKET_BAD_VERSION },
        { "type 0", VRRP_AT, 0x30, VRRP_PACKET_BAD_TYPE },
        { "one address fewer than there are", VRRP_AT + 3, 1, VRRP_PACKET_BAD_LENGTH },
        { "an interval of 0", VRRP_AT + 5, 0, VRRP_PACKET_BAD_INTERVAL },
        { "a wrong checksum", VRRP_AT + 6, 0, VRRP_PACKET_BAD_CHECKSUM },
        { "a source the checksum was not made for", 15, 9, VRRP_PACKET_BAD_CHECKSUM },
};

ParameterizedTestParameters(packet, v3_drops) {
        return cr_make_param_array(struct change, v3_changes, ARRAY_SIZE(v3_changes));
}

ParameterizedTest(struct change *c, packet, v3_drops) {
        set_up(3, 500 * USEC_PER_MSEC);
        expect_change(golden_v3, sizeof(golden_v3), c);
}

Test(packet, every_shorter_one_is_truncated) {
        set_up(2, USEC_PER_SEC);
        set_password("123456");
        for (size_t n = 0; n < sizeof(golden_v2_pass); n++) {
                load(golden_v2_pass, sizeof(golden_v2_pass));
                EXPECT_RESULT(n, VRRP_PACKET_TRUNCATED);
                buf[3] = (uint8_t) n; /* and the same when the IP header says so */
                EXPECT_RESULT(n, VRRP_PACKET_TRUNCATED);
        }
}

Test(packet, padding_behind_it_is_tolerated) {
        set_up(3, 500 * USEC_PER_MSEC);
        load(golden_v3, sizeof(golden_v3));
        memset(buf + sizeof(golden_v3), 0xaa, 10);
        EXPECT_RESULT(sizeof(golden_v3) + 10, 0);
}

Test(packet, more_than_the_addresses_need_is_a_bad_length) {
        set_up(3, 500 * USEC_PER_MSEC);
        load(golden_v3, sizeof(golden_v3));
        buf[3] = (uint8_t) (buf[3] + 4);
        mend(sizeof(golden_v3) + 4);
        EXPECT_RESULT(sizeof(golden_v3) + 4, VRRP_PACKET_BAD_LENGTH);
}

Test(packet, ip_options_are_skipped) {
        set_up(2, 2 * USEC_PER_SEC);
        memcpy(buf, golden_v2, 20);
        memset(buf + 20, 1, 4); /* four no-operations */
        memcpy(buf + 24, golden_v2 + 20, sizeof(golden_v2) - 20);
        buf[0] = 0x46;
        buf[3] = (uint8_t) (buf[3] + 4);
        EXPECT_RESULT(sizeof(golden_v2) + 4, 0);
        cr_assert_eq(vrrp_packet_vrid(AF_INET, buf, sizeof(golden_v2) + 4), 51);
}

Test(packet, our_own_come_back_is_told_apart) {
        set_up(2, 2 * USEC_PER_SEC);
        rx.self = addr("10.0.0.1");
        EXPECT_RESULT(load(golden_v2, sizeof(golden_v2)), VRRP_PACKET_FROM_SELF);
}

Test(packet, an_owner_may_ignore_adverts) {
        set_up(2, 2 * USEC_PER_SEC);
        rules.owner_ignores = true;
        EXPECT_RESULT(load(golden_v2, sizeof(golden_v2)), VRRP_PACKET_OWNER_IGNORES);
}

Test(packet, without_authentication_its_data_do_not_matter) {
        set_up(2, 2 * USEC_PER_SEC);
        load(golden_v2, sizeof(golden_v2));
        memset(buf + VRRP_AT + 16, 0xff, 8);
        mend(sizeof(golden_v2));
        EXPECT_RESULT(sizeof(golden_v2), 0);
}

Test(packet, reserved_bits_of_v3_are_ignored) {
        set_up(3, 500 * USEC_PER_MSEC);
        load(golden_v3, sizeof(golden_v3));
        buf[VRRP_AT + 4] |= 0xf0;
        mend(sizeof(golden_v3));
        EXPECT_RESULT(sizeof(golden_v3), 0);
        cr_assert_eq(advert.interval, 500 * USEC_PER_MSEC);
}

/* Noted, not dropped */

Test(packet, another_interval_is_noted_in_v3) {
        set_up(3, USEC_PER_SEC);
        EXPECT_RESULT(load(golden_v3, sizeof(golden_v3)), 0);
        cr_assert_eq(advert.notes, 1U << VRRP_PACKET_NOTED_INTERVAL);
        cr_assert_eq(advert.interval, 500 * USEC_PER_MSEC);
}

Test(packet, another_address_list_is_noted_whatever_the_difference) {
        set_up(2, 2 * USEC_PER_SEC);
        addresses[1] = addr("10.0.0.102");
        EXPECT_RESULT(load(golden_v2, sizeof(golden_v2)), 0);
        cr_assert_eq(advert.notes, 1U << VRRP_PACKET_NOTED_ADDRESSES);
        rules.n_addresses = 1;
        EXPECT_RESULT(load(golden_v2, sizeof(golden_v2)), 0);
        cr_assert_eq(advert.notes, 1U << VRRP_PACKET_NOTED_ADDRESSES);
}

Test(packet, the_order_of_addresses_does_not_matter) {
        set_up(2, 2 * USEC_PER_SEC);
        addresses[0] = addr("10.0.0.101");
        addresses[1] = addr("10.0.0.100");
        EXPECT_RESULT(load(golden_v2, sizeof(golden_v2)), 0);
        cr_assert_eq(advert.notes, 0);
}

Test(packet, the_list_of_a_known_master_may_be_trusted) {
        set_up(2, 2 * USEC_PER_SEC);
        rules.n_addresses = 1;
        rules.skip_known_sender = true;
        rx.master = addr("10.0.0.1");
        EXPECT_RESULT(load(golden_v2, sizeof(golden_v2)), 0);
        cr_assert_eq(advert.notes, 0);
        rx.master = addr("10.0.0.2");
        EXPECT_RESULT(load(golden_v2, sizeof(golden_v2)), 0);
        cr_assert_eq(advert.notes, 1U << VRRP_PACKET_NOTED_ADDRESSES);
}

/* Unicast */

Test(packet, unicast_instances_take_any_ttl_unless_the_peer_has_limits) {
        set_up(3, USEC_PER_SEC);
        set_peer("10.0.0.1");
        load(golden_v3_unicast, sizeof(golden_v3_unicast));
        buf[8] = 3;
        EXPECT_RESULT(sizeof(golden_v3_unicast), 0);
        peers[0].min_ttl = 4;
        EXPECT_RESULT(sizeof(golden_v3_unicast), VRRP_PACKET_BAD_TTL);
        peers[0].min_ttl = 3;
        EXPECT_RESULT(sizeof(golden_v3_unicast), 0);
        peers[0].max_ttl = 2;
        EXPECT_RESULT(sizeof(golden_v3_unicast), VRRP_PACKET_BAD_TTL);
}

Test(packet, unicast_instances_drop_multicast) {
        set_up(3, 500 * USEC_PER_MSEC);
        set_peer("10.0.0.1");
        EXPECT_RESULT(load(golden_v3, sizeof(golden_v3)), VRRP_PACKET_BAD_DESTINATION);
}

Test(packet, strangers_are_dropped_only_when_told_so) {
        set_up(3, USEC_PER_SEC);
        set_peer("10.0.0.9");
        load(golden_v3_unicast, sizeof(golden_v3_unicast));
        EXPECT_RESULT(sizeof(golden_v3_unicast), 0);
        rules.check_source = true;
        EXPECT_RESULT(sizeof(golden_v3_unicast), VRRP_PACKET_UNKNOWN_PEER);
}

/* v3_checksum_as_v2 */

Test(packet, the_pseudo_header_can_be_left_out) {
        set_up(3, 500 * USEC_PER_MSEC);
        packet.checksum_as_v2 = true;
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), sizeof(golden_v3));
        cr_assert_neq(memcmp(buf, golden_v3, sizeof(golden_v3)), 0);
        EXPECT_RESULT(sizeof(golden_v3), VRRP_PACKET_BAD_CHECKSUM);
        rules.checksum_as_v2 = true;
        EXPECT_RESULT(sizeof(golden_v3), 0);
        EXPECT_RESULT(load(golden_v3, sizeof(golden_v3)), 0);
}

/* IPv6 */

static void set_up_ipv6(void) {
        set_up(3, USEC_PER_SEC);
        addresses[0] = addr("fe80::100");
        addresses[1] = addr("2001:db8::100");
        rules.family = AF_INET6;
        packet.source = rx.source = addr("fe80::1");
        packet.destination = rx.destination = addr("ff02::12");
        rx.hop_limit = 255;
}

Test(packet, ipv6_goes_round) {
        set_up_ipv6();
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), 8 + 2 * 16);
        EXPECT_RESULT(40, 0);
        cr_assert(ip_addr_equal(&advert.source, &rx.source));
        cr_assert_eq(advert.notes, 0);
}

Test(packet, ipv6_has_the_same_checks) {
        set_up_ipv6();
        vrrp_packet_build(&packet, buf, sizeof(buf));
        EXPECT_RESULT(39, VRRP_PACKET_TRUNCATED);
        EXPECT_RESULT(41, VRRP_PACKET_BAD_LENGTH);
        rx.hop_limit = 254;
        EXPECT_RESULT(40, VRRP_PACKET_BAD_TTL);
        rx.hop_limit = -1;
        EXPECT_RESULT(40, 0);
        buf[39] ^= 1;
        EXPECT_RESULT(40, VRRP_PACKET_BAD_CHECKSUM);
        rx.checksum_done = true;
        EXPECT_RESULT(40, 0);
        cr_assert_eq(advert.notes, 1U << VRRP_PACKET_NOTED_ADDRESSES);
}

/* Building */

Test(packet, as_many_addresses_as_there_can_be) {
        static struct ip_addr many[VRRP_ADDRESSES_MAX + 1];
        char text[32];
        int n;

        for (size_t k = 0; k < ARRAY_SIZE(many); k++) {
                (void) snprintf(text, sizeof(text), "10.1.%zu.1", k % 256);
                many[k] = addr(text);
        }
        set_up(2, 2 * USEC_PER_SEC);
        packet.addresses = rules.addresses = many;
        packet.n_addresses = rules.n_addresses = VRRP_ADDRESSES_MAX;
        n = vrrp_packet_build(&packet, buf, sizeof(buf));
        cr_assert_eq(n, 20 + 8 + 255 * 4 + 8);
        EXPECT_RESULT((size_t) n, 0);
        cr_assert_eq(advert.notes, 0);

        cr_assert_eq(vrrp_packet_build(&packet, buf, (size_t) n - 1), -ENOBUFS);
        packet.n_addresses++;
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), -EINVAL);
}

Test(packet, a_mixture_of_families_is_refused) {
        set_up(3, USEC_PER_SEC);
        addresses[1] = addr("fe80::1");
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), -EINVAL);
        set_up(3, USEC_PER_SEC);
        packet.destination = addr("ff02::12");
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), -EINVAL);
        packet.source = (struct ip_addr){};
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), -EINVAL);
}

Test(packet, no_addresses_are_possible) {
        set_up(3, USEC_PER_SEC);
        packet.n_addresses = rules.n_addresses = 0;
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), 28);
        EXPECT_RESULT(28, 0);
        cr_assert_eq(advert.notes, 0);
}

/* Counting */

Test(packet, outcomes_and_notes_are_counted) {
        struct vrrp_packet_counters c = {};

        set_up(3, USEC_PER_SEC);
        vrrp_packet_count(&c, parse(load(golden_v3, sizeof(golden_v3))), &advert);
        vrrp_packet_count(&c, VRRP_PACKET_BAD_TTL, NULL);
        vrrp_packet_count(&c, -VRRP_PACKET_FOREIGN_VRID, NULL);
        vrrp_packet_count(&c, _VRRP_PACKET_RESULT_MAX, NULL);
        cr_assert_eq(c.count[VRRP_PACKET_OK], 1);
        cr_assert_eq(c.count[VRRP_PACKET_NOTED_INTERVAL], 1);
        cr_assert_eq(c.count[VRRP_PACKET_NOTED_ADDRESSES], 0);
        cr_assert_eq(c.count[VRRP_PACKET_BAD_TTL], 1);
        cr_assert_eq(c.count[VRRP_PACKET_FOREIGN_VRID], 1);
}

Test(packet, every_result_has_a_word) {
        for (int k = 0; k < _VRRP_PACKET_RESULT_MAX; k++) {
                cr_assert_not_null(vrrp_packet_result_to_string((enum vrrp_packet_result) k));
                cr_assert_not_null(vrrp_packet_result_reason((enum vrrp_packet_result) k));
        }
        cr_assert_null(vrrp_packet_result_to_string(_VRRP_PACKET_RESULT_MAX));
        cr_assert_null(vrrp_packet_result_reason(_VRRP_PACKET_RESULT_MAX));
}

/* The authentication header */

static void set_up_ah(void) {
        set_up(2, USEC_PER_SEC);
        set_password("secret12");
        rules.auth = packet.auth = VRRP_AUTH_AH;
        packet.priority = 200;
        packet.n_addresses = rules.n_addresses = 1;
        packet.ip_id = 1;
        packet.sequence = 1;
}

Test(packet, ah_is_built_and_read_as_keepalived_does) {
        set_up_ah();
        EXPECT_BUILT(golden_ah);
        EXPECT_RESULT(sizeof(golden_ah), 0);
        cr_assert_eq(advert.sequence, 1);
        cr_assert_eq(advert.priority, 200);
        cr_assert_eq(advert.notes, 0);
        cr_assert_eq(vrrp_packet_vrid(AF_INET, golden_ah, sizeof(golden_ah)), 51);
}

Test(packet, ah_over_unicast_leaves_the_ttl_out_of_the_digest) {
        set_up_ah();
        memset(rules.password, 0, sizeof(rules.password));
        memset(packet.password, 0, sizeof(packet.password));
        memcpy(rules.password, "abc", 3);
        memcpy(packet.password, "abc", 3);
        addresses[0] = addr("10.0.0.101");
        addresses[1] = addr("10.0.0.102");
        packet.n_addresses = rules.n_addresses = 2;
        packet.vrid = rules.vrid = 52;
        packet.destination = addr("10.0.0.2");
        set_peer("10.0.0.1");
        EXPECT_BUILT(golden_ah_unicast);
        EXPECT_RESULT(sizeof(golden_ah_unicast), 0);
        buf[8] = 7;
        EXPECT_RESULT(sizeof(golden_ah_unicast), 0);
}

#define AH_AT 20

static struct change ah_changes[] = {
        { "no AH", 9, 112, VRRP_PACKET_AUTH_HEADER },
        { "another next header", AH_AT, 17, VRRP_PACKET_AUTH_HEADER },
        { "another length", AH_AT + 1, 5, VRRP_PACKET_AUTH_HEADER },
        { "another SPI", AH_AT + 7, 2, VRRP_PACKET_BAD_AUTH },
        { "another number", AH_AT + 11, 2, VRRP_PACKET_BAD_AUTH },
        { "another digest, at its beginning", AH_AT + 12, 0, VRRP_PACKET_BAD_AUTH },
        { "another digest, at its end", AH_AT + 23, 0, VRRP_PACKET_BAD_AUTH },
        { "another source", 15, 2, VRRP_PACKET_BAD_AUTH },
        { "another destination", 19, 0x13, VRRP_PACKET_BAD_AUTH },
        { "another identification", 5, 2, VRRP_PACKET_BAD_AUTH },
        { "another priority", AH_AT + 26, 100, VRRP_PACKET_BAD_AUTH },
        { "another address", AH_AT + 35, 101, VRRP_PACKET_BAD_AUTH },
        { "other data at the end", AH_AT + 43, 1, VRRP_PACKET_BAD_AUTH },
        { "authentication PASS", AH_AT + 28, 1, VRRP_PACKET_BAD_AUTH_TYPE },
        { "a total length without digest", 3, 40, VRRP_PACKET_AUTH_HEADER },
        { "another TTL", 8, 254, VRRP_PACKET_BAD_TTL },
};

ParameterizedTestParameters(packet, ah_drops) {
        return cr_make_param_array(struct change, ah_changes, ARRAY_SIZE(ah_changes));
}

ParameterizedTest(struct change *c, packet, ah_drops) {
        int r;

        set_up_ah();
        load(golden_ah, sizeof(golden_ah));
        buf[c->at] = c->value;
        r = parse(sizeof(golden_ah));
        cr_assert_eq(r, (int) c->result, "%s: is %s", c->what, vrrp_packet_result_to_string(r));
}

Test(packet, ah_of_another_key_or_where_none_is_wanted_is_dropped) {
        set_up_ah();
        load(golden_ah, sizeof(golden_ah));
        rules.password[7] = 'x';
        EXPECT_RESULT(sizeof(golden_ah), VRRP_PACKET_BAD_AUTH);
        rules.auth = VRRP_AUTH_NONE;
        EXPECT_RESULT(sizeof(golden_ah), VRRP_PACKET_AUTH_HEADER);
        rules.auth = VRRP_AUTH_PASS;
        EXPECT_RESULT(sizeof(golden_ah), VRRP_PACKET_AUTH_HEADER);
}

Test(packet, every_shorter_one_with_ah_is_refused) {
        set_up_ah();
        load(golden_ah, sizeof(golden_ah));
        for (size_t n = 0; n < sizeof(golden_ah); n++)
                cr_assert_neq(parse(n), 0, "%zu bytes", n);
}

Test(packet, ah_chooses_an_identification_that_the_kernel_leaves_alone) {
        set_up_ah();
        packet.ip_id = 0;
        for (uint32_t n = UINT16_MAX - 1; n < UINT16_MAX + 2; n++) {
                packet.sequence = n;
                cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), sizeof(golden_ah));
                cr_assert(buf[4] != 0 || buf[5] != 0);
                EXPECT_RESULT(sizeof(golden_ah), 0);
                cr_assert_eq(advert.sequence, n);
        }
}

Test(packet, ah_is_for_version_2_over_ipv4) {
        set_up_ah();
        packet.version = 3;
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), -EINVAL);
        set_up_ipv6();
        packet.auth = VRRP_AUTH_AH;
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), -EINVAL);
}

/* Erratum 8300 of RFC 9568 */

Test(packet, link_local_addresses_come_first) {
        set_up_ipv6();
        addresses[0] = addr("2001:db8::100");
        addresses[1] = addr("fe80::100");
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), 40);
        cr_assert_eq(memcmp(buf + 8, &addresses[1].in6, 16), 0);
        cr_assert_eq(memcmp(buf + 24, &addresses[0].in6, 16), 0);
        EXPECT_RESULT(40, 0);
        cr_assert_eq(advert.notes, 0, "the order does not matter");
}

/* old_unicast_checksum */

Test(packet, an_old_checksum_of_unicast_is_recognised_and_noted) {
        set_up(3, USEC_PER_SEC);
        packet.destination = addr("10.0.0.2");
        packet.checksum_group = addr("224.0.0.18");
        set_peer("10.0.0.1");
        cr_assert_eq(vrrp_packet_build(&packet, buf, sizeof(buf)), sizeof(golden_v3_unicast));
        cr_assert_neq(memcmp(buf, golden_v3_unicast, sizeof(golden_v3_unicast)), 0);
        EXPECT_RESULT(sizeof(golden_v3_unicast), VRRP_PACKET_BAD_CHECKSUM);
        rules.checksum_group = addr("224.0.0.18");
        EXPECT_RESULT(sizeof(golden_v3_unicast), 0);
        cr_assert_eq(advert.notes, 1U << VRRP_PACKET_NOTED_CHECKSUM);
        EXPECT_RESULT(load(golden_v3_unicast, sizeof(golden_v3_unicast)), 0);
        cr_assert_eq(advert.notes, 0);
}

/* 0x0a00 + 0xd612 = 0xe012 = 0xe000 + 0x0012 */
Test(packet, an_address_with_the_sum_of_the_group_makes_no_checksum_an_old_one) {
        int n;

        set_up(3, USEC_PER_SEC);
        packet.destination = addr("10.0.214.18");
        set_peer("10.0.0.1");
        rules.checksum_group = addr("224.0.0.18");
        n = vrrp_packet_build(&packet, buf, sizeof(buf));
        cr_assert_gt(n, 0);
        EXPECT_RESULT((size_t) n, 0);
        cr_assert_eq(advert.notes, 0);
}
