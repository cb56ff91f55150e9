/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* VRRP packets from strangers. The first byte chooses the rules they are judged by, the second how they came; with
 * one bit of it checksum and digest are made right, since no fuzzer guesses them. Whatever is accepted is in range, and what is
 * built from it again reads the same. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "vrrpd/packet.h"
#include "vrrpd/timing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum {
        RULES_V3 = 1 << 0,
        RULES_IPV6 = 1 << 1,
        RULES_PASS = 1 << 2,
        RULES_UNICAST = 1 << 3,
        RULES_CHECK_SOURCE = 1 << 4,
        RULES_CHECKSUM_AS_V2 = 1 << 5,
        RULES_SLOW = 1 << 6,
        RULES_TRUST_MASTER = 1 << 7,
};

enum {
        RX_MEND = 1 << 0,
        RX_HOP_LIMIT = 1 << 1,
        RX_CHECKSUM_DONE = 1 << 2,
        RX_AUTH_HEADER = 1 << 3,
        RX_OLD_CHECKSUM = 1 << 4,
};

static const uint8_t password[VRRP_AUTH_SIZE] = "123456";

static void must(bool condition) {
        if (!condition)
                abort();
}

static struct ip_addr addr(const char *text) {
        struct ip_addr a;

        must(ip_addr_parse(text, &a) == 0);
        return a;
}

static uint32_t sum16(const uint8_t *p, size_t n, uint32_t sum) {
        for (size_t k = 0; k < n; k++)
                sum += k % 2 ? p[k] : (uint32_t) p[k] << 8;
        return sum;
}

static void put_checksum(uint8_t *vrrp, size_t n, uint32_t pseudo) {
        uint32_t sum;

        vrrp[6] = vrrp[7] = 0;
        sum = sum16(vrrp, n, pseudo);
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        vrrp[6] = (uint8_t) (~sum >> 8);
        vrrp[7] = (uint8_t) ~sum;
}

/* Put the right checksum and digest into the IPv4 packet at @p, as far as it looks like one. */
static void mend(uint8_t *p, size_t n, const struct vrrp_packet_rules *rules) {
        size_t header, total, auth = rules->auth == VRRP_AUTH_AH ? AUTH_HEADER_SIZE : 0;
        uint32_t pseudo = 0;

        if (n < 20)
                return;
        header = (size_t) (p[0] & 15) * 4;
        total = (size_t) p[2] << 8 | p[3];
        if (header < 20 || total > n || total < header + auth + 8)
                return;
        if (rules->version == 3)
                pseudo = sum16(p + 12, 8, VRRP_IPPROTO + (uint32_t) (total - header));
        put_checksum(p + header + auth, total - header - auth, pseudo);
        if (auth > 0)
                auth_header_build(p, header, total, VRRP_IPPROTO, 7, rules->password, true);
}

static void mend_inet6(uint8_t *p, size_t n, const struct vrrp_rx *rx) {
        uint32_t pseudo = VRRP_IPPROTO + (uint32_t) n;

        if (n < 8)
                return;
        pseudo = sum16((const uint8_t *) &rx->source.in6, 16, pseudo);
        pseudo = sum16((const uint8_t *) &rx->destination.in6, 16, pseudo);
        put_checksum(p, n, pseudo);
}

static enum vrrp_auth auth_of(uint8_t bits, uint8_t rx_bits) {
        if (bits & (RULES_V3 | RULES_IPV6))
                return VRRP_AUTH_NONE;
        return rx_bits & RX_AUTH_HEADER     ? VRRP_AUTH_AH
                        : bits & RULES_PASS ? VRRP_AUTH_PASS
                                            : VRRP_AUTH_NONE;
}

static struct vrrp_packet_rules make_rules(uint8_t bits, uint8_t rx_bits,
                const struct ip_addr *addresses, const struct vrrp_packet_peer *peer) {
        struct vrrp_packet_rules rules = {
                .version = bits & (RULES_V3 | RULES_IPV6) ? 3 : 2,
                .family = bits & RULES_IPV6 ? AF_INET6 : AF_INET,
                .auth = auth_of(bits, rx_bits),
                .interval = bits & RULES_SLOW ? 2 * USEC_PER_SEC : USEC_PER_SEC,
                .unicast = bits & RULES_UNICAST,
                .check_source = bits & RULES_CHECK_SOURCE,
                .checksum_as_v2 = bits & RULES_CHECKSUM_AS_V2,
                .skip_known_sender = bits & RULES_TRUST_MASTER,
                .peers = peer,
                .n_peers = 1,
                .addresses = addresses,
                .n_addresses = 2,
        };

        memcpy(rules.password, password, sizeof(password));
        if (rx_bits & RX_OLD_CHECKSUM && rules.unicast && rules.family == AF_INET)
                rules.checksum_group = addr("224.0.0.18");
        return rules;
}

static void advert_is_in_range(const struct vrrp_advert *a, const struct vrrp_packet_rules *rules) {
        unsigned int notes = 1U << VRRP_PACKET_NOTED_INTERVAL | 1U << VRRP_PACKET_NOTED_ADDRESSES |
                        1U << VRRP_PACKET_NOTED_CHECKSUM;

        must(a->version == rules->version && a->vrid == rules->vrid);
        must(a->source.family == rules->family);
        must(a->interval > 0);
        must(a->interval == vrrp_timing_announced(a->version, a->interval));
        must(rules->version == 3 || a->interval == rules->interval);
        must((a->notes & ~notes) == 0);
}

/* Say the same again. */
static void goes_round(const struct vrrp_advert *a, const struct vrrp_packet_rules *rules) {
        struct vrrp_rx rx = { .hop_limit = -1, .checksum_done = true };
        struct vrrp_packet p = {
                .version = a->version,
                .vrid = a->vrid,
                .priority = a->priority,
                .interval = a->interval,
                .source = a->source,
                .destination = addr(rules->family == AF_INET6 ? "ff02::12" : "224.0.0.18"),
                .ttl = VRRP_TTL,
                .auth = rules->auth,
                .sequence = a->sequence,
                .addresses = rules->addresses,
                .n_addresses = rules->n_addresses,
        };
        struct vrrp_packet_rules multicast = *rules;
        uint8_t buf[VRRP_PACKET_SIZE_MAX];
        struct vrrp_advert again;
        int n;

        memcpy(p.password, rules->password, sizeof(p.password));
        multicast.unicast = multicast.check_source = multicast.checksum_as_v2 = false;
        rx.source = a->source;
        n = vrrp_packet_build(&p, buf, sizeof(buf));
        must(n > 0);
        must(vrrp_packet_parse(buf, (size_t) n, &rx, &multicast, &again) == 0);
        must(again.sequence == a->sequence);
        must(again.priority == a->priority && again.interval == a->interval);
        must(ip_addr_equal(&again.source, &a->source));
        must(!(again.notes & 1U << VRRP_PACKET_NOTED_ADDRESSES));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        bool ipv6 = n > 0 && data[0] & RULES_IPV6;
        struct ip_addr addresses[] = {
                addr(ipv6 ? "fe80::100" : "10.0.0.100"),
                addr(ipv6 ? "2001:db8::100" : "10.0.0.101"),
        };
        struct vrrp_packet_peer peer = { .address = addr("10.0.0.1"), .min_ttl = 200 };
        _cleanup_free_ uint8_t *packet = NULL;
        struct vrrp_packet_counters counters = {};
        struct vrrp_packet_rules rules;
        struct vrrp_advert advert;
        struct vrrp_rx rx = {};
        int vrid, r;

        if (n < 2)
                return 0;
        rules = make_rules(data[0], data[1], addresses, &peer);
        rx.hop_limit = data[1] & RX_HOP_LIMIT ? 255 : -1;
        rx.checksum_done = data[1] & RX_CHECKSUM_DONE;
        rx.master = peer.address;
        if (ipv6) {
                rx.source = addr("fe80::1");
                rx.destination = addr("ff02::12");
        }

        /* Of its very size, so that a sanitizer sees every step beyond it. */
        packet = malloc(n - 2 > 0 ? n - 2 : 1);
        must(packet);
        memcpy(packet, data + 2, n - 2);
        if (data[1] & RX_MEND && ipv6)
                mend_inet6(packet, n - 2, &rx);
        else if (data[1] & RX_MEND)
                mend(packet, n - 2, &rules);

        vrid = vrrp_packet_vrid(rules.family, packet, n - 2);
        must(vrid != 0 && vrid <= 255 && vrid > -_VRRP_PACKET_RESULT_MAX);
        rules.vrid = vrid > 0 ? (uint8_t) vrid : 1;
        r = vrrp_packet_parse(packet, n - 2, &rx, &rules, &advert);
        must(r >= 0 && r < VRRP_PACKET_NOTED_INTERVAL);
        must(vrid > 0 || r != 0);
        vrrp_packet_count(&counters, r, r == 0 ? &advert : NULL);
        if (r == 0) {
                advert_is_in_range(&advert, &rules);
                goes_round(&advert, &rules);
        }
        return 0;
}
