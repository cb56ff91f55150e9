/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A network of the test's own: an unshared network namespace with one cable, "ours" at one end and
 * "wire" at the other, where the test plays the rest of the world with a packet socket. Criterion
 * runs each test in its own process, so each has its own network, and nothing needs tidying up. Where no
 * namespace can be made, the whole program exits with 77 and says so. */

#include <stddef.h>
#include <stdint.h>

#include "vrrpd/packet.h"

/* For .init: enter a new network and lay the cable. "ours" has 192.0.2.1/24 and fe80::1/64. */
void netns_init(void);

/* Run a command line with /bin/sh and insist on its success. */
__attribute__((format(printf, 1, 2))) void netns_run(const char *format, ...);

/* A packet socket at the end of the cable. */
int wire_open(void);

/* Send @n bytes from an IPv4 header on (its checksum and total length are filled in) to everybody. */
void wire_send(int fd, const void *packet, size_t n);

/* Send @n bytes from an IPv6 header on, as they are, to everybody. */
void wire_send_inet6(int fd, const void *packet, size_t n);

/* The next frame of @ethertype that "ours" sent within @timeout_ms, from behind the Ethernet header on.
 * Returns its size, or 0 when there was none. */
size_t wire_receive(int fd, uint16_t ethertype, void *buf, size_t size, int timeout_ms);

/* An advert without authentication, as IPv4 packet from @source to @destination, into @buf. @payload
 * bytes follow the IP header, the first two being version/type and @vrid. Returns the whole size. */
size_t wire_advert(void *buf, const char *source, const char *destination, uint8_t vrid,
                size_t payload);

/* The advert @p as IPv4 or IPv6 packet into @buf. Returns the whole size. */
size_t wire_packet(void *buf, const struct vrrp_packet *p);
