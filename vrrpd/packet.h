/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The wire: VRRPv2 (RFC 3768 §5) and VRRPv3 (RFC 9568 §5) over IPv4 and IPv6, with the
 * authentication that VRRPv2 had in RFC 2338: a password in clear, or an authentication header
 * (vrrpd/auth-header.h). Pure: bytes in, a value or a reason out, and back.
 *
 * Receiving is two steps, because one socket serves all VRIDs of an interface:
 * vrrp_packet_vrid() says whom a packet is for, vrrp_packet_parse() judges it by that instance's
 * rules. Every reason to drop has a code that is counted; three findings are only noted
 * (vrrp_advert.notes) and counted too, and the advertisement is used.
 *
 * IPv4 packets stand with their IP header, as raw sockets deliver them and IP_HDRINCL takes
 * them; IPv6 packets without, source, destination and hop limit come from the socket (struct
 * vrrp_rx). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "common/usec.h"
#include "vrrpd/auth-header.h"

#define VRRP_IPPROTO 112
#define VRRP_TTL 255
#define VRRP_TOS 0xc0
#define VRRP_ADDRESSES_MAX 255
#define VRRP_AUTH_SIZE 8

/* The largest packet we build or look at: IPv4 header, authentication header, VRRP header,
 * addresses, auth. */
#define VRRP_PACKET_SIZE_MAX (60 + AUTH_HEADER_SIZE + 8 + VRRP_ADDRESSES_MAX * 16 + VRRP_AUTH_SIZE)

enum vrrp_auth {
        VRRP_AUTH_NONE = 0,
        VRRP_AUTH_PASS = 1, /* VRRPv2 only */
        VRRP_AUTH_AH = 2,   /* VRRPv2 over IPv4 only */
};

/* Outcome of reading a packet, in the order of the checks; also the index of its counter. */
enum vrrp_packet_result {
        VRRP_PACKET_OK = 0,
        VRRP_PACKET_AUTH_HEADER,  /* protocol 51 (AH) where none is configured, or the reverse */
        VRRP_PACKET_TRUNCATED,    /* shorter than its headers say */
        VRRP_PACKET_FOREIGN_VRID, /* no instance here has this VRID (counted by the shell) */
        VRRP_PACKET_FROM_SELF,    /* our own, come back */
        VRRP_PACKET_BAD_TTL, /* multicast: not 255; unicast: outside the peer's min_ttl..max_ttl */
        VRRP_PACKET_BAD_VERSION,
        VRRP_PACKET_BAD_AUTH_TYPE, /* VRRPv2: another type than configured */
        VRRP_PACKET_BAD_AUTH,      /* VRRPv2: wrong password, or digest */
        VRRP_PACKET_REPLAYED,      /* AH: not newer than an earlier one (counted by the shell) */
        VRRP_PACKET_BAD_INTERVAL,  /* VRRPv2: another interval than configured; VRRPv3: zero */
        VRRP_PACKET_BAD_TYPE,      /* not an ADVERTISEMENT */
        VRRP_PACKET_BAD_LENGTH,    /* the IP length is not what the address count says */
        VRRP_PACKET_BAD_CHECKSUM,
        VRRP_PACKET_BAD_DESTINATION, /* unicast to a multicast instance, or the reverse */
        VRRP_PACKET_OWNER_IGNORES,   /* an address owner told to ignore adverts */
        VRRP_PACKET_UNKNOWN_PEER,    /* check_unicast_src: not from a listed peer */
        VRRP_PACKET_NOTED_INTERVAL,  /* VRRPv3: another interval than ours; used, and learnt */
        VRRP_PACKET_NOTED_ADDRESSES, /* the address list differs; used all the same */
        VRRP_PACKET_NOTED_CHECKSUM,  /* VRRPv3 unicast: the checksum is the group's; used */
        _VRRP_PACKET_RESULT_MAX,
};

/* The word that status and log have for it ("bad-checksum"); NULL for an unknown value. */
const char *vrrp_packet_result_to_string(enum vrrp_packet_result r);
/* The same for people: "its checksum is wrong". */
const char *vrrp_packet_result_reason(enum vrrp_packet_result r);

struct vrrp_packet_counters {
        uint64_t count[_VRRP_PACKET_RESULT_MAX]; /* [VRRP_PACKET_OK]: used */
};

/* One peer of a unicast instance. */
struct vrrp_packet_peer {
        struct ip_addr address;
        uint8_t min_ttl; /* default 0 */
        uint8_t max_ttl; /* default 255; 0 stands for 255 */
};

/* What one instance expects of an advertisement. Borrows its arrays from the instance's owner. */
struct vrrp_packet_rules {
        uint8_t version; /* 2 or 3 */
        uint8_t vrid;
        int family;
        enum vrrp_auth auth;              /* VRRPv2 */
        uint8_t password[VRRP_AUTH_SIZE]; /* zero padded; the key of AH */
        usec_t interval;                  /* as configured */
        bool unicast;                     /* peers are configured */
        bool check_source;                /* drop what does not come from a peer */
        bool checksum_as_v2;              /* v3_checksum_as_v2: any checksum will do */
        struct ip_addr checksum_group;    /* VRRPv3 unicast over IPv4: the destination that very
                                             old peers put into the checksum; unset: none did */
        bool owner_ignores;               /* owner_ignore_adverts, and the priority is 255 */
        bool skip_known_sender;           /* skip_check_adv_addr: trust the known master's list */
        const struct vrrp_packet_peer *peers;
        size_t n_peers;
        const struct ip_addr
                        *addresses; /* the advertised ones, as configured; order does not matter */
        size_t n_addresses;
};

/* How a packet came. */
struct vrrp_rx {
        struct ip_addr source;      /* IPv6 only; IPv4 has it in the packet */
        struct ip_addr destination; /* IPv6 only */
        int hop_limit;              /* IPv6 only; -1: not known, not checked */
        bool checksum_done;         /* IPv6 only: the kernel has verified it (IPV6_CHECKSUM) */
        struct ip_addr self;        /* our source address; unset: any source is another router */
        struct ip_addr master;      /* the master this instance follows now, or unset */
};

/* One good advertisement. */
struct vrrp_advert {
        uint8_t version;
        uint8_t vrid;
        uint8_t priority; /* 0: the sender resigns */
        uint8_t n_addresses;
        usec_t interval; /* announced */
        struct ip_addr source;
        uint32_t sequence;  /* AH */
        unsigned int notes; /* bits 1 << VRRP_PACKET_NOTED_... */
};

/* Whom the packet at @buf is for: the VRID 1..255, or -VRRP_PACKET_... when it is too short or
 * hides behind a header that is not known. Looks at nothing else, so that a foreign VRID is not an error of
 * anything. */
int vrrp_packet_vrid(int family, const void *buf, size_t n);

/* Read one advertisement from @buf (borrowed; @n bytes, Ethernet padding behind it is
 * tolerated). Fills @ret only on 0. Returns 0, or a VRRP_PACKET_* reason to count and drop. The
 * checks and their order: RFC 9568 §7.1, with keepalived's departures: the address list is only
 * noted, unicast has its own limits of TTL. */
int vrrp_packet_parse(const void *buf, size_t n, const struct vrrp_rx *rx,
                const struct vrrp_packet_rules *rules, struct vrrp_advert *ret);

/* Count an outcome of vrrp_packet_parse() and, where it is 0, the notes of @advert (NULL
 * otherwise). */
void vrrp_packet_count(
                struct vrrp_packet_counters *c, int result, const struct vrrp_advert *advert);

/* What to say. */
struct vrrp_packet {
        uint8_t version;
        uint8_t vrid;
        uint8_t priority;
        usec_t interval;
        struct ip_addr source;
        struct ip_addr destination; /* the group, or one peer: it is part of the VRRPv3 checksum */
        uint8_t ttl;                /* hop limit; VRRP_TTL unless unicast_ttl says otherwise */
        uint16_t ip_id;             /* IPv4; 0: the kernel's own; with AH it is chosen here */
        enum vrrp_auth auth;        /* VRRPv2 */
        uint8_t password[VRRP_AUTH_SIZE];
        uint32_t sequence;               /* AH */
        bool checksum_as_v2;             /* VRRPv3 over IPv4: leave the pseudo-header out */
        struct ip_addr checksum_group;   /* in the place of the destination; unset: not */
        const struct ip_addr *addresses; /* borrowed */
        size_t n_addresses;              /* at most VRRP_ADDRESSES_MAX */
};

/* Write @p into @buf; family is that of p->source. Over IPv4 with its IP header, over IPv6 from
 * the VRRP header on, link-local addresses first, checksum included. Returns the length (> 0),
 * -ENOBUFS when @size is too small, -EINVAL when the addresses are of another family or too many, or
 * AH is wanted elsewhere than in VRRPv2 over IPv4. RFC 9568 §5.1, §5.2; RFC 3768 §5.2, §5.3. */
int vrrp_packet_build(const struct vrrp_packet *p, void *buf, size_t size);
