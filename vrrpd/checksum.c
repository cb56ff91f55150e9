/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/checksum.h"

uint32_t checksum_add(uint32_t sum, const void *data, size_t n) {
        const uint8_t *p = data;

        for (; n > 1; n -= 2, p += 2)
                sum += (uint32_t) (p[0] << 8 | p[1]);
        return n > 0 ? sum + (uint32_t) (*p << 8) : sum;
}

uint16_t checksum_fold(uint32_t sum) {
        while (sum >> 16)
                sum = (sum & 0xffff) + (sum >> 16);
        return (uint16_t) ~sum;
}
