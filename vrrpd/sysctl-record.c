/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file: { "version": 1, "sysctls": [ "ipv4 eth0 arp_ignore 3 0 1", "ipv4 - igmp_max_msf 0 10 20", ... ] };
 * behind the name stand index, value before and value now. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/record.h"
#include "vrrpd/sysctl-record.h"

#define NOUNS "sysctls"
#define ENTRY_TEXT_MAX (sizeof(struct vrrp_sysctl_name) + 48)
#define NOBODYS "-"

const char *vrrp_sysctl_path(
                const char *root, const struct vrrp_sysctl_name *name, char buf[static PATH_MAX]) {
        (void) snprintf(buf, PATH_MAX, "%s/%s/%s%s%s%s", root, name->family,
                        name->ifname[0] ? "conf/" : "", name->ifname, name->ifname[0] ? "/" : "",
                        name->key);
        return buf;
}

int vrrp_sysctl_get(const char *root, const struct vrrp_sysctl_name *name, int *ret) {
        char path[PATH_MAX], text[32], *end;
        _cleanup_close_ int fd = -1;
        ssize_t n;
        long value;

        fd = open(vrrp_sysctl_path(root, name, path), O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        n = read(fd, text, sizeof(text) - 1);
        if (n < 0)
                return -errno;
        text[n] = '\0';
        value = strtol(text, &end, 10);
        if (end == text || value < INT_MIN || value > INT_MAX)
                return -EBADMSG;
        *ret = (int) value;
        return 0;
}

int vrrp_sysctl_set(const char *root, const struct vrrp_sysctl_name *name, int value) {
        char path[PATH_MAX], text[32];
        _cleanup_close_ int fd = -1;
        int n;

        fd = open(vrrp_sysctl_path(root, name, path), O_WRONLY | O_TRUNC | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        n = snprintf(text, sizeof(text), "%d\n", value);
        return io_write_all(fd, text, (size_t) n);
}

int vrrp_sysctl_restore(const char *root, const struct vrrp_sysctl_entry *e) {
        struct vrrp_sysctl_name name = e->name;
        int value, r;

        if (e->ifindex > 0 && !if_indextoname((unsigned) e->ifindex, name.ifname))
                return 0;
        r = vrrp_sysctl_get(root, &name, &value);
        if (r >= 0 && value == e->now)
                r = vrrp_sysctl_set(root, &name, e->before);
        return r == -ENOENT ? 0 : r;
}

/* The record */

static json_object *note(const void *entry) {
        const struct vrrp_sysctl_entry *e = entry;
        char buf[ENTRY_TEXT_MAX];

        (void) snprintf(buf, sizeof(buf), "%s %s %s %d %d %d", e->name.family,
                        e->name.ifname[0] ? e->name.ifname : NOBODYS, e->name.key, e->ifindex,
                        e->before, e->now);
        return json_object_new_string(buf);
}

/* What was torn or forged must not name a file elsewhere. */
static bool is_component(const char *text) {
        return text[0] != '.' && !strchr(text, '/');
}

static int parse(const char *text, void *ret) {
        struct vrrp_sysctl_entry e = {};

        if (sscanf(text, "%7s %15s %39s %9d %11d %11d", e.name.family, e.name.ifname, e.name.key,
                            &e.ifindex, &e.before, &e.now) != 6)
                return -EINVAL;
        if (!streq(e.name.family, "ipv4") && !streq(e.name.family, "ipv6"))
                return -EINVAL;
        if (e.ifindex < 0 || !is_component(e.name.ifname) || !is_component(e.name.key))
                return -EINVAL;
        if (streq(e.name.ifname, NOBODYS))
                e.name.ifname[0] = '\0';
        *(struct vrrp_sysctl_entry *) ret = e;
        return 0;
}

int vrrp_sysctl_record_write(const char *path, const struct vrrp_sysctl_entry *entries, size_t n) {
        return vrrp_record_write_entries(path, NOUNS, entries, n, sizeof(*entries), note);
}

int vrrp_sysctl_record_read(const char *path, struct vrrp_sysctl_entry **ret, size_t *ret_n) {
        return vrrp_record_read_entries(path, NOUNS, sizeof(**ret), parse, ret, ret_n);
}

static int release_entry(const char *root, const struct vrrp_sysctl_entry *e) {
        char path[PATH_MAX];
        int r = vrrp_sysctl_restore(root, e);

        (void) vrrp_sysctl_path(root, &e->name, path);
        if (r < 0)
                log_error("cannot set %s back to %d: %s", path, e->before, strerror(-r));
        else
                log_notice("set %s back to %d", path, e->before);
        return r;
}

/* The last change is undone first. */
int vrrp_sysctl_record_release(const char *path, const char *root) {
        _cleanup_free_ struct vrrp_sysctl_entry *entries = NULL;
        size_t n = 0;
        int r, error = 0;

        r = vrrp_sysctl_record_read(path, &entries, &n);
        if (r == -ENOENT)
                return 0;
        if (r < 0) {
                log_error("cannot read %s, the settings in it stay changed: %s", path,
                                strerror(-r));
                return r;
        }
        while (n > 0) {
                r = release_entry(root, &entries[--n]);
                error = MIN(r, error);
        }
        if (error < 0)
                return error;
        return unlink(path) < 0 ? -errno : 0;
}
