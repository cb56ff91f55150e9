/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* vrrpd-release: see common/release.h. What the records name is removed; where one is torn, what is marked as
 * ours. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/release.h"
#include "vrrpd/held.h"
#include "vrrpd/record.h"
#include "vrrpd/firewall.h"
#include "vrrpd/sysctl-record.h"
#include "vrrpd/vmac-record.h"

/* One thing that is removed. */
struct removal {
        const struct vrrp_held_kind *kind;
        int error; /* the first that left something where it is */
        _Alignas(16) char form[VRRP_HELD_FORM_MAX];
};

static void on_removed(const struct vrrp_batch_change *c, void *userdata) {
        struct removal *r = userdata;
        _cleanup_free_ char *text = r->kind->describe(r->form);

        if (c->error == 0)
                log_notice("released %s", text ?: "?");
        if (c->error == 0 || r->kind->is_gone(c->error))
                return;
        log_error("cannot release %s: %s", text ?: "?", strerror(-c->error));
        r->error = r->error ?: c->error;
}

/* One after the other: nobody waits for it. */
static int remove_lines(const struct vrrp_held_kind *kind, json_object *lines) {
        _cleanup_(vrrp_batch_freep) struct vrrp_batch *batch = NULL;
        struct removal removal = { .kind = kind };
        size_t n = json_object_array_length(lines);
        int r;

        r = vrrp_batch_new(on_removed, &removal, &batch);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++) {
                const char *line = json_object_get_string(json_object_array_get_idx(lines, i));

                if (!line || kind->read(line, removal.form, sizeof(removal.form)) < 0)
                        continue;
                kind->remove(batch, removal.form, &removal);
                vrrp_batch_commit(batch);
        }
        return removal.error;
}

static int release_held(
                const struct vrrp_held_kind *kind, const char *path, const char *config_id) {
        _cleanup_(json_object_putp) json_object *lines = NULL;
        int r;

        r = vrrp_held_left(kind, path, !config_id, &lines);
        if (r == -ENOENT)
                return 0;
        if (r < 0) {
                log_error("cannot read %s: %s", path, strerror(-r));
                return r;
        }
        r = remove_lines(kind, lines);
        if (r < 0)
                return r;
        return vrrp_record_remove(path);
}

static int release_rules(const char *path, const char *config_id) {
        return release_held(&vrrp_held_rule, path, config_id);
}

static int release_routes(const char *path, const char *config_id) {
        return release_held(&vrrp_held_route, path, config_id);
}

static int release_addresses(const char *path, const char *config_id) {
        return release_held(&vrrp_held_address, path, config_id);
}

static int release_sysctls(const char *path, const char *config_id) {
        return vrrp_sysctl_record_release(path, VRRP_SYSCTL_ROOT);
}

static int release_firewall(const char *path, const char *config_id) {
        return vrrp_firewall_release(path, config_id);
}

static int release_one(enum vrrp_record record, const char *directory, const char *config_id,
                int (*release)(const char *path, const char *config_id)) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/%s", directory, vrrp_record_name(record)) < 0)
                return -ENOMEM;
        return release(path, config_id);
}

/* Each kind of thing has its record, and one that is torn keeps no other from being read. The firewall goes
 * last: what it kept from an address is gone with the address. */
static int release(const char *directory, const char *config_id) {
        static const struct {
                enum vrrp_record record;
                int (*release)(const char *path, const char *config_id);
        } steps[] = {
                { VRRP_RECORD_RULES, release_rules },
                { VRRP_RECORD_ROUTES, release_routes },
                { VRRP_RECORD_ADDRESSES, release_addresses },
                { VRRP_RECORD_LINKS, vrrp_vmac_record_release },
                { VRRP_RECORD_SYSCTLS, release_sysctls },
                { VRRP_RECORD_FIREWALL, release_firewall },
        };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
                r = release_one(steps[i].record, directory, config_id, steps[i].release) ?: r;
        return r;
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
