/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/assertion.h"

#include <errno.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <stdbool.h>
#include <string.h>

_Static_assert(sizeof(struct ether_arp) == VRRP_ARP_SIZE, "ARP for IPv4 over Ethernet");
_Static_assert(VRRP_MAC_SIZE == ETH_ALEN, "Ethernet");

/* No station has the address of a group, or none at all. */
static bool is_station(const uint8_t mac[static VRRP_MAC_SIZE]) {
        static const uint8_t none[VRRP_MAC_SIZE];

        return !(mac[0] & 1) && memcmp(mac, none, VRRP_MAC_SIZE) != 0;
}

int vrrp_assertion_parse_arp(const void *buf, size_t n, struct vrrp_assertion *ret) {
        struct vrrp_assertion a = { .addr.family = AF_INET };
        struct ether_arp arp;

        if (n < sizeof(arp))
                return -EBADMSG;
        memcpy(&arp, buf, sizeof(arp));
        if (ntohs(arp.ea_hdr.ar_hrd) != ARPHRD_ETHER || ntohs(arp.ea_hdr.ar_pro) != ETHERTYPE_IP ||
                        arp.ea_hdr.ar_hln != ETH_ALEN ||
                        arp.ea_hdr.ar_pln != sizeof(struct in_addr))
                return -EBADMSG;
        if (ntohs(arp.ea_hdr.ar_op) != ARPOP_REQUEST && ntohs(arp.ea_hdr.ar_op) != ARPOP_REPLY)
                return -EBADMSG;
        memcpy(&a.addr.in, arp.arp_spa, sizeof(a.addr.in));
        memcpy(a.mac, arp.arp_sha, sizeof(a.mac));
        if (a.addr.in.s_addr == INADDR_ANY || !is_station(a.mac))
                return -EBADMSG;
        *ret = a;
        return 0;
}

/* The value of the target link-layer address option of RFC 4861 §4.6.1, of the first there is. */
static const uint8_t *find_target_mac(const uint8_t *options, size_t n) {
        while (n >= sizeof(struct nd_opt_hdr)) {
                size_t size = options[1] * 8U;

                if (size == 0 || size > n)
                        return NULL;
                if (options[0] == ND_OPT_TARGET_LINKADDR)
                        return options + sizeof(struct nd_opt_hdr);
                options += size;
                n -= size;
        }
        return NULL;
}

int vrrp_assertion_parse_na(const void *buf, size_t n, struct vrrp_assertion *ret) {
        struct vrrp_assertion a = { .addr.family = AF_INET6 };
        struct nd_neighbor_advert na;
        const uint8_t *mac;

        if (n < sizeof(na))
                return -EBADMSG;
        memcpy(&na, buf, sizeof(na));
        if (na.nd_na_type != ND_NEIGHBOR_ADVERT || na.nd_na_code != 0 ||
                        IN6_IS_ADDR_UNSPECIFIED(&na.nd_na_target) ||
                        IN6_IS_ADDR_MULTICAST(&na.nd_na_target))
                return -EBADMSG;
        mac = find_target_mac((const uint8_t *) buf + sizeof(na), n - sizeof(na));
        if (!mac || !is_station(mac))
                return -EBADMSG;
        a.addr.in6 = na.nd_na_target;
        memcpy(a.mac, mac, sizeof(a.mac));
        *ret = a;
        return 0;
}

void vrrp_assertion_ask(const struct in_addr *addr, const uint8_t mac[static VRRP_MAC_SIZE],
                uint8_t ret[static VRRP_ARP_SIZE]) {
        struct ether_arp arp = {
                .ea_hdr = {
                        .ar_hrd = htons(ARPHRD_ETHER),
                        .ar_pro = htons(ETHERTYPE_IP),
                        .ar_hln = ETH_ALEN,
                        .ar_pln = sizeof(*addr),
                        .ar_op = htons(ARPOP_REQUEST),
                },
        };

        memcpy(arp.arp_sha, mac, VRRP_MAC_SIZE);
        memcpy(arp.arp_tpa, addr, sizeof(*addr));
        memcpy(ret, &arp, sizeof(arp));
}
