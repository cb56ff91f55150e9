/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/auth-header.h"

#include <md5.h>
#include <string.h>

#define IPV4_HEADER_MAX 60
#define FIXED_PART (AUTH_HEADER_SIZE - AUTH_HEADER_DIGEST)
#define LENGTH_FIELD (AUTH_HEADER_SIZE / 4 - 2)

/* RFC 2104: the key in a block of the hash's own size, with each byte changed by @pad. */
static void begin_pad(MD5_CTX *md5, const uint8_t *key, uint8_t pad) {
        uint8_t block[MD5_BLOCK_LENGTH] = {};

        memcpy(block, key, AUTH_HEADER_KEY);
        for (size_t i = 0; i < sizeof(block); i++)
                block[i] ^= pad;
        MD5Init(md5);
        MD5Update(md5, block, sizeof(block));
}

/* The IPv4 header with what routers may change on the way zeroed (RFC 2402 §3.3.3.1.1.1): TOS, flags and
 * fragment offset, TTL, checksum. */
static void add_ip_header(MD5_CTX *md5, const uint8_t *ip, size_t ip_size, bool ttl) {
        uint8_t header[IPV4_HEADER_MAX];

        memcpy(header, ip, ip_size);
        header[1] = 0;
        memset(header + 6, 0, 2);
        if (!ttl)
                header[8] = 0;
        memset(header + 10, 0, 2);
        MD5Update(md5, header, ip_size);
}

/* RFC 2403: HMAC-MD5, the first 96 bits. The digest's own place counts as zero. */
static void digest(const uint8_t *ip, size_t ip_size, size_t n, const uint8_t *key, bool ttl,
                uint8_t ret[static AUTH_HEADER_DIGEST]) {
        static const uint8_t zero[AUTH_HEADER_DIGEST];
        uint8_t inner[MD5_DIGEST_LENGTH], outer[MD5_DIGEST_LENGTH];
        MD5_CTX md5;

        begin_pad(&md5, key, 0x36);
        add_ip_header(&md5, ip, ip_size, ttl);
        MD5Update(&md5, ip + ip_size, FIXED_PART);
        MD5Update(&md5, zero, sizeof(zero));
        MD5Update(&md5, ip + ip_size + AUTH_HEADER_SIZE, n - ip_size - AUTH_HEADER_SIZE);
        MD5Final(inner, &md5);
        begin_pad(&md5, key, 0x5c);
        MD5Update(&md5, inner, sizeof(inner));
        MD5Final(outer, &md5);
        memcpy(ret, outer, AUTH_HEADER_DIGEST);
}

void auth_header_build(uint8_t *ip, size_t ip_size, size_t n, uint8_t next, uint32_t sequence,
                const uint8_t key[static AUTH_HEADER_KEY], bool ttl) {
        uint8_t *ah = ip + ip_size;

        memset(ah, 0, AUTH_HEADER_SIZE);
        ah[0] = next;
        ah[1] = LENGTH_FIELD;
        memcpy(ah + 4, ip + 12, 4);
        for (unsigned i = 0; i < 4; i++)
                ah[8 + i] = (uint8_t) (sequence >> (24 - 8 * i));
        digest(ip, ip_size, n, key, ttl, ah + FIXED_PART);
}

bool auth_header_is_sound(const uint8_t *ip, size_t ip_size, size_t n, uint8_t next) {
        const uint8_t *ah = ip + ip_size;

        return n >= ip_size + AUTH_HEADER_SIZE && ah[0] == next && ah[1] == LENGTH_FIELD;
}

/* All bytes are looked at whatever they are: the time tells nothing of the digest. */
static bool digest_is(const uint8_t *ip, size_t ip_size, size_t n, const uint8_t *key, bool ttl) {
        const uint8_t *theirs = ip + ip_size + FIXED_PART;
        uint8_t ours[AUTH_HEADER_DIGEST];
        unsigned difference = 0;

        digest(ip, ip_size, n, key, ttl, ours);
        for (size_t i = 0; i < sizeof(ours); i++)
                difference |= (unsigned) (ours[i] ^ theirs[i]);
        return difference == 0;
}

bool auth_header_is_authentic(const uint8_t *ip, size_t ip_size, size_t n,
                const uint8_t key[static AUTH_HEADER_KEY]) {
        if (memcmp(ip + ip_size + 4, ip + 12, 4) != 0)
                return false;
        return digest_is(ip, ip_size, n, key, true) || digest_is(ip, ip_size, n, key, false);
}

uint32_t auth_header_sequence(const uint8_t *ip, size_t ip_size) {
        const uint8_t *p = ip + ip_size + 8;

        return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8 | p[3];
}
