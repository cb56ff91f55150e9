/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/packet.h"

#include <errno.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/checksum.h"

/* The layouts below are read and written byte by byte: packets come unaligned and from
 * strangers.
 *
 *     IPv4 header   0 version and length, 1 TOS, 2 total length, 4 id, 8 TTL, 9 protocol,
 *                   10 checksum, 12 source, 16 destination
 *     VRRP header   0 version and type, 1 VRID, 2 priority, 3 number of addresses, 6 checksum,
 *                   8 the addresses
 *       VRRPv2      4 auth type, 5 interval in seconds; 8 bytes of auth data behind the addresses
 *       VRRPv3      4 reserved (4 bits) and interval in centiseconds (12 bits) */
#define IPV4_HEADER_MIN 20
#define VRRP_HEADER 8
#define VRRP_TYPE_ADVERTISEMENT 1
#define V3_INTERVAL_MASK 0x0fff

static const char *const result_words[_VRRP_PACKET_RESULT_MAX] = {
        [VRRP_PACKET_OK] = "ok",
        [VRRP_PACKET_AUTH_HEADER] = "auth-header",
        [VRRP_PACKET_TRUNCATED] = "truncated",
        [VRRP_PACKET_FOREIGN_VRID] = "foreign-vrid",
        [VRRP_PACKET_FROM_SELF] = "from-self",
        [VRRP_PACKET_BAD_TTL] = "bad-ttl",
        [VRRP_PACKET_BAD_VERSION] = "bad-version",
        [VRRP_PACKET_BAD_AUTH_TYPE] = "bad-auth-type",
        [VRRP_PACKET_BAD_AUTH] = "bad-auth",
        [VRRP_PACKET_REPLAYED] = "replayed",
        [VRRP_PACKET_BAD_INTERVAL] = "bad-interval",
        [VRRP_PACKET_BAD_TYPE] = "bad-type",
        [VRRP_PACKET_BAD_LENGTH] = "bad-length",
        [VRRP_PACKET_BAD_CHECKSUM] = "bad-checksum",
        [VRRP_PACKET_BAD_DESTINATION] = "bad-destination",
        [VRRP_PACKET_OWNER_IGNORES] = "owner-ignores",
        [VRRP_PACKET_UNKNOWN_PEER] = "unknown-peer",
        [VRRP_PACKET_NOTED_INTERVAL] = "noted-interval",
        [VRRP_PACKET_NOTED_ADDRESSES] = "noted-addresses",
        [VRRP_PACKET_NOTED_CHECKSUM] = "noted-checksum",
};

static const char *const result_reasons[_VRRP_PACKET_RESULT_MAX] = {
        [VRRP_PACKET_OK] = "nothing is wrong with it",
        [VRRP_PACKET_AUTH_HEADER] = "an authentication header is missing, or not wanted",
        [VRRP_PACKET_TRUNCATED] = "it is shorter than its headers say",
        [VRRP_PACKET_FOREIGN_VRID] = "its virtual router is none of ours",
        [VRRP_PACKET_FROM_SELF] = "it comes from our own address",
        [VRRP_PACKET_BAD_TTL] = "its TTL is not what it leaves a neighbour with",
        [VRRP_PACKET_BAD_VERSION] = "it is of another VRRP version",
        [VRRP_PACKET_BAD_AUTH_TYPE] = "its authentication is of another type",
        [VRRP_PACKET_BAD_AUTH] = "its password is another one",
        [VRRP_PACKET_REPLAYED] = "it is not newer than one before",
        [VRRP_PACKET_BAD_INTERVAL] = "its interval of adverts is another one",
        [VRRP_PACKET_BAD_TYPE] = "it is no advert",
        [VRRP_PACKET_BAD_LENGTH] = "its length is not what its number of addresses says",
        [VRRP_PACKET_BAD_CHECKSUM] = "its checksum is wrong",
        [VRRP_PACKET_BAD_DESTINATION] = "one of us two is unicast, the other is not",
        [VRRP_PACKET_OWNER_IGNORES] = "this router owns the addresses",
        [VRRP_PACKET_UNKNOWN_PEER] = "its sender is none of the peers",
        [VRRP_PACKET_NOTED_INTERVAL] = "its interval of adverts is another one",
        [VRRP_PACKET_NOTED_ADDRESSES] = "its addresses are others",
        [VRRP_PACKET_NOTED_CHECKSUM] = "its checksum is that of a multicast packet",
};

const char *vrrp_packet_result_reason(enum vrrp_packet_result r) {
        return (size_t) r < ARRAY_SIZE(result_reasons) ? result_reasons[r] : NULL;
}

const char *vrrp_packet_result_to_string(enum vrrp_packet_result r) {
        return (size_t) r < ARRAY_SIZE(result_words) ? result_words[r] : NULL;
}

void vrrp_packet_count(
                struct vrrp_packet_counters *c, int result, const struct vrrp_advert *advert) {
        if (result < 0)
                result = -result;
        if (result >= _VRRP_PACKET_RESULT_MAX)
                return;

        c->count[result]++;
        if (!advert)
                return;
        for (int r = 0; r < _VRRP_PACKET_RESULT_MAX; r++)
                if (advert->notes & (1U << r))
                        c->count[r]++;
}

static size_t address_size(int family) {
        return ip_addr_bits(family) / 8;
}

static struct ip_addr address_from_bytes(int family, const uint8_t *bytes) {
        struct ip_addr a = { .family = family };

        memcpy(&a.in6, bytes, address_size(family));
        return a;
}

static uint16_t read_u16(const uint8_t *p) {
        return (uint16_t) (p[0] << 8 | p[1]);
}

static void write_u16(uint8_t *p, size_t v) {
        p[0] = (uint8_t) (v >> 8);
        p[1] = (uint8_t) v;
}

/* A received packet taken apart, as far as its length allows. Borrows the packet. */
struct dissected {
        const uint8_t *ip; /* IPv4: its header, of @ip_size bytes, else NULL */
        size_t ip_size;
        bool auth_header;    /* between it and the next */
        const uint8_t *vrrp; /* the VRRP header */
        size_t n;            /* from there on, by the IP header's own account */
        struct ip_addr source;
        struct ip_addr destination;
        int ttl; /* -1: not known */
};

/* The sum of the pseudo-header. RFC 9568 §5.2.8 wants IPv6's (RFC 8200 §8.1) for both families;
 * over IPv4 that is source, destination, protocol and length. */
static uint32_t checksum_pseudo(
                const struct ip_addr *source, const struct ip_addr *destination, size_t n) {
        size_t size = address_size(source->family);
        uint32_t sum = 0;

        sum = checksum_add(sum, &source->in6, size);
        sum = checksum_add(sum, &destination->in6, size);
        return sum + VRRP_IPPROTO + (uint32_t) n;
}

static int dissect_ipv4(const uint8_t *p, size_t n, struct dissected *ret) {
        size_t header, total, auth;

        if (n < IPV4_HEADER_MIN || p[0] >> 4 != 4)
                return VRRP_PACKET_TRUNCATED;
        header = (size_t) (p[0] & 0x0f) * 4;
        total = read_u16(p + 2);
        if (header < IPV4_HEADER_MIN || n < header)
                return VRRP_PACKET_TRUNCATED;
        if ((p[9] != VRRP_IPPROTO && p[9] != AUTH_HEADER_IPPROTO) || total < header || total > n)
                return VRRP_PACKET_TRUNCATED;
        auth = p[9] == AUTH_HEADER_IPPROTO ? AUTH_HEADER_SIZE : 0;
        if (auth > 0 && !auth_header_is_sound(p, header, total, VRRP_IPPROTO))
                return VRRP_PACKET_AUTH_HEADER;

        *ret = (struct dissected){
                .ip = p,
                .ip_size = header,
                .auth_header = auth > 0,
                .vrrp = p + header + auth,
                .n = total - header - auth,
                .source = address_from_bytes(AF_INET, p + 12),
                .destination = address_from_bytes(AF_INET, p + 16),
                .ttl = p[8],
        };
        return 0;
}

static int dissect(int family, const void *buf, size_t n, const struct vrrp_rx *rx,
                struct dissected *ret) {
        if (family == AF_INET)
                return dissect_ipv4(buf, n, ret);

        *ret = (struct dissected){
                .vrrp = buf,
                .n = n,
                .source = rx ? rx->source : (struct ip_addr){},
                .destination = rx ? rx->destination : (struct ip_addr){},
                .ttl = rx ? rx->hop_limit : -1,
        };
        return 0;
}

int vrrp_packet_vrid(int family, const void *buf, size_t n) {
        struct dissected d;
        int r;

        r = dissect(family, buf, n, NULL, &d);
        if (r != 0)
                return -r;
        if (d.n < VRRP_HEADER)
                return -VRRP_PACKET_TRUNCATED;
        return d.vrrp[1] != 0 ? d.vrrp[1] : -VRRP_PACKET_FOREIGN_VRID;
}

static uint8_t packet_version(const uint8_t *vrrp) {
        return vrrp[0] >> 4;
}

/* Bytes that the packet needs by its own account, from the VRRP header on. */
static size_t wanted_size(const uint8_t *vrrp, int family) {
        return VRRP_HEADER + vrrp[3] * address_size(family) +
                        (packet_version(vrrp) == 2 ? VRRP_AUTH_SIZE : 0);
}

static const struct vrrp_packet_peer *peer_find(
                const struct vrrp_packet_rules *rules, const struct ip_addr *source) {
        for (size_t k = 0; k < rules->n_peers; k++)
                if (ip_addr_compare(&rules->peers[k].address, source) == 0)
                        return &rules->peers[k];
        return NULL;
}

/* RFC 9568 §7.1 "MUST verify that the IPv4 TTL/IPv6 Hop Limit is 255", which keeps adverts from
 * other networks out. A unicast peer may be some hops away: then the limits are the peer's. */
static bool ttl_is_good(const struct vrrp_packet_rules *rules, const struct dissected *d) {
        const struct vrrp_packet_peer *peer;

        if (d->ttl < 0)
                return true;
        if (!rules->unicast)
                return d->ttl == VRRP_TTL;
        peer = peer_find(rules, &d->source);
        return !peer ||
                        (d->ttl >= peer->min_ttl &&
                                        (peer->max_ttl == 0 || d->ttl <= peer->max_ttl));
}

/* All bytes are looked at whatever they are: the time tells nothing of the password. */
static bool password_is_equal(const uint8_t *a, const uint8_t *b) {
        unsigned int difference = 0;

        for (size_t k = 0; k < VRRP_AUTH_SIZE; k++)
                difference |= a[k] ^ b[k];
        return difference == 0;
}

static bool is_authentic(const struct vrrp_packet_rules *rules, const struct dissected *d) {
        switch (rules->auth) {
        case VRRP_AUTH_NONE: return true;
        case VRRP_AUTH_PASS:
                return password_is_equal(
                                d->vrrp + VRRP_HEADER + d->vrrp[3] * address_size(rules->family),
                                rules->password);
        case VRRP_AUTH_AH:
                return auth_header_is_authentic(d->ip, d->ip_size,
                                d->ip_size + AUTH_HEADER_SIZE + d->n, rules->password);
        }
        return false;
}

/* What only VRRPv2 has. RFC 3768 §5.3.6, §5.3.7, §7.1: another interval is discarded. */
static int check_v2(const struct vrrp_packet_rules *rules, const struct dissected *d) {
        const uint8_t *vrrp = d->vrrp;

        if (vrrp[4] != rules->auth)
                return VRRP_PACKET_BAD_AUTH_TYPE;
        if (!is_authentic(rules, d))
                return VRRP_PACKET_BAD_AUTH;
        if (vrrp[5] * USEC_PER_SEC != rules->interval)
                return VRRP_PACKET_BAD_INTERVAL;
        return 0;
}

static usec_t packet_interval(const uint8_t *vrrp) {
        if (packet_version(vrrp) == 2)
                return vrrp[5] * USEC_PER_SEC;
        return (read_u16(vrrp + 4) & V3_INTERVAL_MASK) * USEC_PER_CENTISEC;
}

/* Is the checksum of VRRPv3 right, with @destination in the pseudo-header? */
static bool checksum_is(const struct dissected *d, const struct ip_addr *destination) {
        uint32_t sum = checksum_pseudo(&d->source, destination, d->n);

        return checksum_fold(checksum_add(sum, d->vrrp, d->n)) == 0;
}

/* The sums of some addresses are the group's: then it is right either way, and says nothing of the peer. */
static bool checksum_is_old(const struct vrrp_packet_rules *rules, const struct dissected *d) {
        return rules->version == 3 && ip_addr_is_set(&rules->checksum_group) &&
                        checksum_is(d, &rules->checksum_group) && !checksum_is(d, &d->destination);
}

/* v3_checksum_as_v2: peers that leave the pseudo-header out and peers that do not are both out
 * there, so that any checksum will do, as with keepalived. */
static bool checksum_is_good(const struct vrrp_packet_rules *rules, const struct vrrp_rx *rx,
                const struct dissected *d) {
        if (rules->version == 3 && rules->family == AF_INET6 &&
                        (rx->checksum_done || !ip_addr_is_set(&d->destination)))
                return true;
        if (rules->version == 3 && rules->checksum_as_v2)
                return true;
        if (rules->version == 3)
                return checksum_is(d, &d->destination) || checksum_is_old(rules, d);
        return checksum_fold(checksum_add(0, d->vrrp, d->n)) == 0;
}

/* Whether the advertised addresses are those of the rules, in any order. RFC 9568 §7.1 "MAY
 * verify". */
static bool addresses_are_equal(const struct vrrp_packet_rules *rules, const uint8_t *vrrp) {
        size_t size = address_size(rules->family);

        if (vrrp[3] != rules->n_addresses)
                return false;
        for (size_t k = 0; k < rules->n_addresses; k++) {
                bool found = false;

                for (size_t j = 0; j < vrrp[3] && !found; j++)
                        found = memcmp(&rules->addresses[k].in6, vrrp + VRRP_HEADER + j * size,
                                                size) == 0;
                if (!found)
                        return false;
        }
        return true;
}

/* The checks, in the order in which they count. Returns 0 or the reason to drop. */
static int check(const struct vrrp_packet_rules *rules, const struct vrrp_rx *rx,
                const struct dissected *d) {
        int r;

        if (d->auth_header != (rules->auth == VRRP_AUTH_AH))
                return VRRP_PACKET_AUTH_HEADER;
        if (d->n < VRRP_HEADER || d->n < wanted_size(d->vrrp, rules->family))
                return VRRP_PACKET_TRUNCATED;
        if (d->vrrp[1] != rules->vrid)
                return VRRP_PACKET_FOREIGN_VRID;
        if (ip_addr_is_set(&rx->self) && ip_addr_compare(&rx->self, &d->source) == 0)
                return VRRP_PACKET_FROM_SELF;
        if (!ttl_is_good(rules, d))
                return VRRP_PACKET_BAD_TTL;
        if (packet_version(d->vrrp) != rules->version)
                return VRRP_PACKET_BAD_VERSION;
        r = rules->version == 2 ? check_v2(rules, d) : 0;
        if (r != 0)
                return r;
        if ((d->vrrp[0] & 0x0f) != VRRP_TYPE_ADVERTISEMENT)
                return VRRP_PACKET_BAD_TYPE;
        if (d->n != wanted_size(d->vrrp, rules->family))
                return VRRP_PACKET_BAD_LENGTH;
        if (packet_interval(d->vrrp) == 0)
                return VRRP_PACKET_BAD_INTERVAL;
        if (!checksum_is_good(rules, rx, d))
                return VRRP_PACKET_BAD_CHECKSUM;
        if (ip_addr_is_set(&d->destination) &&
                        ip_addr_is_multicast(&d->destination) == rules->unicast)
                return VRRP_PACKET_BAD_DESTINATION;
        if (rules->owner_ignores)
                return VRRP_PACKET_OWNER_IGNORES;
        if (rules->check_source && !peer_find(rules, &d->source))
                return VRRP_PACKET_UNKNOWN_PEER;
        return 0;
}

/* What is worth a word, but no reason to drop. keepalived dropped a differing address list until
 * 2.3.3. */
static unsigned int notes(const struct vrrp_packet_rules *rules, const struct vrrp_rx *rx,
                const struct dissected *d) {
        unsigned int n = 0;

        if (packet_interval(d->vrrp) != rules->interval)
                n |= 1U << VRRP_PACKET_NOTED_INTERVAL;
        if (checksum_is_old(rules, d))
                n |= 1U << VRRP_PACKET_NOTED_CHECKSUM;
        if (rules->skip_known_sender && ip_addr_is_set(&rx->master) &&
                        ip_addr_compare(&rx->master, &d->source) == 0)
                return n;
        if (!addresses_are_equal(rules, d->vrrp))
                n |= 1U << VRRP_PACKET_NOTED_ADDRESSES;
        return n;
}

int vrrp_packet_parse(const void *buf, size_t n, const struct vrrp_rx *rx,
                const struct vrrp_packet_rules *rules, struct vrrp_advert *ret) {
        struct dissected d;
        int r;

        r = dissect(rules->family, buf, n, rx, &d);
        if (r != 0)
                return r;
        r = check(rules, rx, &d);
        if (r != 0)
                return r;

        *ret = (struct vrrp_advert){
                .version = packet_version(d.vrrp),
                .vrid = d.vrrp[1],
                .priority = d.vrrp[2],
                .n_addresses = d.vrrp[3],
                .interval = packet_interval(d.vrrp),
                .source = d.source,
                .sequence = d.auth_header ? auth_header_sequence(d.ip, d.ip_size) : 0,
                .notes = notes(rules, rx, &d),
        };
        return 0;
}

static void build_ipv4_header(const struct vrrp_packet *p, size_t total, uint8_t *h) {
        memset(h, 0, IPV4_HEADER_MIN);
        h[0] = 4 << 4 | IPV4_HEADER_MIN / 4;
        h[1] = VRRP_TOS;
        write_u16(h + 2, total);
        write_u16(h + 4, p->ip_id);
        h[8] = p->ttl;
        h[9] = p->auth == VRRP_AUTH_AH ? AUTH_HEADER_IPPROTO : VRRP_IPPROTO;
        memcpy(h + 12, &p->source.in6, 4);
        memcpy(h + 16, &p->destination.in6, 4);
        write_u16(h + 10, checksum_fold(checksum_add(0, h, IPV4_HEADER_MIN)));
}

/* RFC 9568 §5.2.9 and erratum 8300: over IPv6 the link-local address comes first. */
static void build_addresses(const struct vrrp_packet *p, uint8_t *to) {
        size_t size = address_size(p->source.family);

        for (int first = 1; first >= 0; first--)
                for (size_t k = 0; k < p->n_addresses; k++) {
                        const struct ip_addr *a = &p->addresses[k];

                        if ((a->family == AF_INET6 && ip_addr_is_linklocal(a)) != first)
                                continue;
                        memcpy(to, &a->in6, size);
                        to += size;
                }
}

static void build_vrrp(const struct vrrp_packet *p, size_t n, uint8_t *v) {
        const struct ip_addr *destination =
                        ip_addr_is_set(&p->checksum_group) ? &p->checksum_group : &p->destination;
        uint32_t sum = 0;

        memset(v, 0, n);
        v[0] = (uint8_t) (p->version << 4 | VRRP_TYPE_ADVERTISEMENT);
        v[1] = p->vrid;
        v[2] = p->priority;
        v[3] = (uint8_t) p->n_addresses;
        if (p->version == 2) {
                v[4] = (uint8_t) p->auth;
                v[5] = (uint8_t) (p->interval / USEC_PER_SEC);
        } else
                write_u16(v + 4, p->interval / USEC_PER_CENTISEC & V3_INTERVAL_MASK);

        build_addresses(p, v + VRRP_HEADER);
        if (p->version == 2 && p->auth == VRRP_AUTH_PASS)
                memcpy(v + n - VRRP_AUTH_SIZE, p->password, VRRP_AUTH_SIZE);

        if (p->version == 3 && !(p->checksum_as_v2 && p->source.family == AF_INET))
                sum = checksum_pseudo(&p->source, destination, n);
        write_u16(v + 6, checksum_fold(checksum_add(sum, v, n)));
}

static bool is_possible(const struct vrrp_packet *p) {
        int family = p->source.family;

        if (address_size(family) == 0 || p->destination.family != family ||
                        p->n_addresses > VRRP_ADDRESSES_MAX)
                return false;
        if (p->auth == VRRP_AUTH_AH && (family != AF_INET || p->version != 2))
                return false;
        for (size_t k = 0; k < p->n_addresses; k++)
                if (p->addresses[k].family != family)
                        return false;
        return true;
}

/* The digest covers the identification: the kernel may not put in one of its own, as it does for 0. */
static void build_authenticated(const struct vrrp_packet *p, size_t n, uint8_t *buf) {
        struct vrrp_packet copy = *p;

        if (copy.ip_id == 0)
                copy.ip_id = (uint16_t) (copy.sequence % UINT16_MAX + 1);
        build_ipv4_header(&copy, n, buf);
        auth_header_build(buf, IPV4_HEADER_MIN, n, VRRP_IPPROTO, p->sequence, p->password,
                        ip_addr_is_multicast(&p->destination));
}

int vrrp_packet_build(const struct vrrp_packet *p, void *buf, size_t size) {
        int family = p->source.family;
        size_t before, n;

        if (!is_possible(p))
                return -EINVAL;
        before = family == AF_INET ? IPV4_HEADER_MIN : 0;
        if (p->auth == VRRP_AUTH_AH)
                before += AUTH_HEADER_SIZE;
        n = VRRP_HEADER + p->n_addresses * address_size(family) +
                        (p->version == 2 ? VRRP_AUTH_SIZE : 0);
        if (size < before + n)
                return -ENOBUFS;

        build_vrrp(p, n, (uint8_t *) buf + before);
        if (p->auth == VRRP_AUTH_AH)
                build_authenticated(p, before + n, buf);
        else if (family == AF_INET)
                build_ipv4_header(p, before + n, buf);
        return (int) (before + n);
}
