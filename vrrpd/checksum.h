/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The Internet checksum, RFC 1071. Pure. */

#include <stddef.h>
#include <stdint.h>

/* Add @n bytes at @data to @sum; an odd last byte counts as the high one. */
uint32_t checksum_add(uint32_t sum, const void *data, size_t n);

/* What is written into the packet, high byte first; 0 for a packet whose checksum is right. */
uint16_t checksum_fold(uint32_t sum);
