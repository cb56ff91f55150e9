/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first file: { "version": 1, "addresses": [ "192.0.2.1/32 3 eth0", "192.0.2.9/32 4 ppp0 peer 192.0.2.8", ... ] }.
 * One string an address, because a thousand of them are written in the middle of a takeover. The second one has
 * the same strings, one a line. */

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"
#include "vrrpd/address-record.h"

#define RECORD_VERSION 1
#define ADDED_MAX (64U << 20)
#define ENTRY_TEXT_MAX (2 * IP_ADDR_STRLEN + IF_NAMESIZE + 32)

static const char *format_entry(
                const struct vrrp_address_record_entry *e, char buf[static ENTRY_TEXT_MAX]) {
        char addr[IP_ADDR_STRLEN], peer[IP_ADDR_STRLEN];
        bool has_peer = ip_addr_is_set(&e->peer);

        (void) snprintf(buf, ENTRY_TEXT_MAX, "%s/%u %d %s%s%s", ip_addr_format(&e->addr, addr),
                        (unsigned) e->prefix, e->ifindex, e->ifname, has_peer ? " peer " : "",
                        ip_addr_format(&e->peer, peer));
        return buf;
}

static int parse_entry(const char *text, struct vrrp_address_record_entry *ret) {
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

static char *added_path(const char *path) {
        char *added;

        return asprintf(&added, "%s.added", path) < 0 ? NULL : added;
}

static int remove_added(const char *path) {
        _cleanup_free_ char *added = added_path(path);

        if (!added)
                return -ENOMEM;
        return unlink(added) < 0 ? -errno : 0;
}

int vrrp_address_record_write(
                const char *path, const struct vrrp_address_record_entry *entries, size_t n) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        json_object *list = json_object_new_array();
        char buf[ENTRY_TEXT_MAX];
        int r;

        json_object_object_add(o, "version", json_object_new_int(RECORD_VERSION));
        json_object_object_add(o, "addresses", list);
        for (size_t i = 0; i < n; i++)
                json_object_array_add(list, json_object_new_string(format_entry(&entries[i], buf)));
        r = state_file_write(path, o, false);
        if (r < 0)
                return r;
        r = remove_added(path);
        return r == -ENOENT ? 0 : r;
}

int vrrp_address_record_add(
                const char *path, const struct vrrp_address_record_entry *entries, size_t n) {
        _cleanup_free_ char *text = NULL, *added = NULL;
        _cleanup_close_ int fd = -1;
        char buf[ENTRY_TEXT_MAX], *p;

        p = text = malloc(n * (ENTRY_TEXT_MAX + 1) + 1);
        added = added_path(path);
        if (!text || !added)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                p = stpcpy(p, format_entry(&entries[i], buf));
                *p++ = '\n';
        }
        fd = open(added, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
                return -errno;
        return io_write_all(fd, text, (size_t) (p - text));
}

int vrrp_address_record_remove(const char *path) {
        int r = remove_added(path);

        if (r < 0 && r != -ENOENT)
                return r;
        return unlink(path) < 0 ? -errno : 0;
}

/* The whole lines of what was added; "" when nothing was. */
static int read_added(const char *path, char **ret, size_t *ret_lines) {
        _cleanup_free_ char *added = added_path(path), *text = NULL;
        _cleanup_close_ int fd = -1;
        size_t size, lines = 0;
        int r;

        if (!added)
                return -ENOMEM;
        fd = open(added, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 && errno != ENOENT)
                return -errno;
        r = fd < 0 ? 0 : io_read_file(fd, ADDED_MAX, &text, &size);
        if (r < 0)
                return r;
        if (!text)
                text = strdup("");
        if (!text)
                return -ENOMEM;
        for (const char *p = text; (p = strchr(p, '\n')); p++)
                lines++;
        *ret = TAKE_PTR(text);
        *ret_lines = lines;
        return 0;
}

static bool has_entry(const struct vrrp_address_record_entry *entries, size_t n,
                const struct vrrp_address_record_entry *e) {
        for (size_t i = 0; i < n; i++)
                if (entries[i].ifindex == e->ifindex && entries[i].prefix == e->prefix &&
                                ip_addr_equal(&entries[i].addr, &e->addr))
                        return true;
        return false;
}

/* What was written whole may have been added before: the process died in between. */
static size_t parse_added(char *text, struct vrrp_address_record_entry *entries, size_t n) {
        size_t whole = n;
        char *end;

        for (char *line = text; (end = strchr(line, '\n')); line = end + 1) {
                *end = '\0';
                if (parse_entry(line, &entries[n]) >= 0 && !has_entry(entries, whole, &entries[n]))
                        n++;
        }
        return n;
}

int vrrp_address_record_read(
                const char *path, struct vrrp_address_record_entry **ret, size_t *ret_n) {
        _cleanup_free_ struct vrrp_address_record_entry *entries = NULL;
        _cleanup_(json_object_putp) json_object *o = NULL;
        _cleanup_free_ char *added = NULL;
        size_t total, n = 0, n_added = 0;
        json_object *list;
        int r;

        r = state_file_read(path, &o);
        if (r < 0)
                return r;
        r = read_added(path, &added, &n_added);
        if (r < 0)
                return r;
        if (!json_object_object_get_ex(o, "addresses", &list) ||
                        !json_object_is_type(list, json_type_array))
                return -EBADMSG;

        total = json_object_array_length(list);
        entries = calloc(total + n_added + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        for (size_t i = 0; i < total; i++) {
                const char *text = json_object_get_string(json_object_array_get_idx(list, i));

                if (text && parse_entry(text, &entries[n]) >= 0)
                        n++;
        }
        *ret = TAKE_PTR(entries);
        *ret_n = parse_added(added, *ret, n);
        return 0;
}
