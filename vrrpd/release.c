/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* vrrpd-release: see common/release.h. What the record names is removed; where it is torn, what is marked as ours. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/release.h"
#include "vrrpd/address-mark.h"
#include "vrrpd/address-record.h"
#include "vrrpd/sysctl-record.h"
#include "vrrpd/vmac-record.h"

static void on_removed(const struct vrrp_address_change *c, void *userdata) {
        const struct vrrp_address_record_entry *e = c->cookie;
        char text[IP_ADDR_STRLEN];

        (void) ip_addr_format(&e->addr, text);
        if (c->error == 0)
                log_notice("released %s/%u on %s", text, e->prefix, e->ifname);
        else if (c->error != -EADDRNOTAVAIL && c->error != -ENODEV)
                log_error("cannot release %s/%u on %s: %s", text, e->prefix, e->ifname,
                                strerror(-c->error));
}

static int remove_entries(struct vrrp_address_record_entry *entries, size_t n) {
        _cleanup_(vrrp_address_batch_freep) struct vrrp_address_batch *batch = NULL;
        int r;

        r = vrrp_address_batch_new(on_removed, NULL, &batch);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                struct vrrp_address a = { .addr = entries[i].addr,
                        .prefix = entries[i].prefix,
                        .peer = entries[i].peer };

                vrrp_address_batch_remove(batch, &a, entries[i].ifindex, &entries[i]);
        }
        vrrp_address_batch_commit(batch);
        return 0;
}

static int release_addresses(const char *directory, const char *config_id) {
        _cleanup_free_ struct vrrp_address_record_entry *entries = NULL;
        _cleanup_free_ char *path = NULL;
        size_t n = 0;
        int r;

        if (asprintf(&path, "%s/addresses", directory) < 0)
                return -ENOMEM;
        r = vrrp_address_record_read(path, &entries, &n);
        if (r == -ENOENT)
                return 0;
        if (r == -EBADMSG &&
                        !config_id) { /* with ids there may be another one, whose are marked, too */
                log_warning("%s is torn; what is marked as ours is released", path);
                r = vrrp_address_mark_find(&entries, &n);
        }
        if (r < 0) {
                log_error("cannot read %s: %s", path, strerror(-r));
                return r;
        }
        r = remove_entries(entries, n);
        if (r < 0)
                return r;
        return vrrp_address_record_remove(path);
}

static int release_sysctls(const char *directory) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/sysctls", directory) < 0)
                return -ENOMEM;
        return vrrp_sysctl_record_release(path, VRRP_SYSCTL_ROOT);
}

static int release_links(const char *directory, const char *config_id) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/links", directory) < 0)
                return -ENOMEM;
        return vrrp_vmac_record_release(path, config_id);
}

/* Each kind of thing has its record, and one that is torn keeps no other from being read. */
static int release(const char *directory, const char *config_id) {
        int r = release_addresses(directory, config_id);

        r = release_links(directory, config_id) ?: r;
        return release_sysctls(directory) ?: r;
}

static const char *const life[] = { "roles", "last-adverts", NULL };

int main(int argc, char **argv) {
        static const struct release_ops ops = {
                .daemon = "vrrpd",
                .program = "vrrpd-release",
                .summary = "Release what a dead vrrpd left on this machine.",
                .release = release,
                .life = life,
        };

        return release_main(argc, argv, &ops);
}
