/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file: { "version": 1, "addresses": [ "192.0.2.1/32 3 eth0", "192.0.2.9/32 4 ppp0 peer 192.0.2.8", ... ] }.
 * One string an address, because a thousand of them are written in the middle of a takeover. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "vrrpd/address-record.h"
#include "vrrpd/record.h"

#define NOUNS "addresses"

const char *vrrp_address_record_format(const struct vrrp_address_record_entry *e,
                char buf[static VRRP_ADDRESS_RECORD_TEXT_MAX]) {
        char addr[IP_ADDR_STRLEN], peer[IP_ADDR_STRLEN];
        bool has_peer = ip_addr_is_set(&e->peer);

        (void) snprintf(buf, VRRP_ADDRESS_RECORD_TEXT_MAX, "%s/%u %d %s%s%s",
                        ip_addr_format(&e->addr, addr), (unsigned) e->prefix, e->ifindex, e->ifname,
                        has_peer ? " peer " : "", ip_addr_format(&e->peer, peer));
        return buf;
}

int vrrp_address_record_parse(const char *text, struct vrrp_address_record_entry *ret) {
        char addr[IP_ADDR_STRLEN], peer[IP_ADDR_STRLEN] = "";
        struct vrrp_address_record_entry e = {};
        unsigned prefix;
        int n;

        n = sscanf(text, "%45[^/]/%3u %9d %15s peer %45s", addr, &prefix, &e.ifindex, e.ifname,
                        peer);
        if (n < 4 || e.ifindex <= 0 || ip_addr_parse(addr, &e.addr) < 0)
                return -EINVAL;
        if (prefix > ip_addr_bits(e.addr.family))
                return -EINVAL;
        if (n == 5 && ip_addr_parse(peer, &e.peer) < 0)
                return -EINVAL;
        e.prefix = (uint8_t) prefix;
        *ret = e;
        return 0;
}

static json_object *note(const void *entry) {
        char buf[VRRP_ADDRESS_RECORD_TEXT_MAX];

        return json_object_new_string(vrrp_address_record_format(entry, buf));
}

static int parse(const char *line, void *ret) {
        return vrrp_address_record_parse(line, ret);
}

int vrrp_address_record_write(
                const char *path, const struct vrrp_address_record_entry *entries, size_t n) {
        return vrrp_record_write_entries(path, NOUNS, entries, n, sizeof(*entries), note);
}

int vrrp_address_record_read(
                const char *path, struct vrrp_address_record_entry **ret, size_t *ret_n) {
        return vrrp_record_read_entries(path, NOUNS, sizeof(**ret), parse, ret, ret_n);
}
