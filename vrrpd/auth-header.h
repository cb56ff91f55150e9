/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The authentication header of VRRPv2 (RFC 2338 §5.3.6.2): an AH (RFC 2402) with HMAC-MD5-96 (RFC 2403)
 * between the IPv4 header and the advertisement. Pure.
 *
 *     0 next header, 1 length in words less two, 4 SPI, 8 sequence number, 12 digest
 *
 * As keepalived has it, the SPI is the source address, the key is the password, and the digest of a
 * multicast packet covers the TTL, which must be 255 anyway; the RFC leaves it out, as keepalived does for
 * unicast. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUTH_HEADER_IPPROTO 51
#define AUTH_HEADER_SIZE 24
#define AUTH_HEADER_DIGEST 12
#define AUTH_HEADER_KEY 8

/* Write the header for the advertisement behind it into the packet at @ip: IPv4 header of @ip_size bytes, room
 * for this one, the advertisement; @n bytes together. Everything but this header must be in place. @ttl: the
 * digest covers the TTL. */
void auth_header_build(uint8_t *ip, size_t ip_size, size_t n, uint8_t next, uint32_t sequence,
                const uint8_t key[static AUTH_HEADER_KEY], bool ttl);

/* Does the packet at @ip have such a header, with @next behind it? */
bool auth_header_is_sound(const uint8_t *ip, size_t ip_size, size_t n, uint8_t next);

/* Is a sound one's digest that of @key, with or without the TTL? */
bool auth_header_is_authentic(const uint8_t *ip, size_t ip_size, size_t n,
                const uint8_t key[static AUTH_HEADER_KEY]);

uint32_t auth_header_sequence(const uint8_t *ip, size_t ip_size);
