/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ARP packets (first byte even) and neighbour advertisements (odd) from strangers. What is accepted is a station's, and
 * of an address. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/assertion.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        struct vrrp_assertion a;
        void *copy;
        int r;

        if (n == 0)
                return 0;
        copy = malloc(n - 1); /* of its very size: who reads beyond it is caught */
        if (!copy)
                return 0;
        memcpy(copy, data + 1, n - 1);
        r = data[0] & 1 ? vrrp_assertion_parse_na(copy, n - 1, &a)
                        : vrrp_assertion_parse_arp(copy, n - 1, &a);
        if (r == 0 && ((a.mac[0] & 1) || !ip_addr_is_set(&a.addr)))
                abort();
        if (r == 0 && a.addr.family != (data[0] & 1 ? AF_INET6 : AF_INET))
                abort();
        free(copy);
        return 0;
}
