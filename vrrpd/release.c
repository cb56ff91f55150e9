/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* vrrpd-release: see common/release.h. What the records name is removed; where one is torn, what is marked as
 * ours. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/release.h"
#include "vrrpd/held.h"
#include "vrrpd/record.h"
#include "vrrpd/firewall.h"
#include "vrrpd/sysctl-record.h"
#include "vrrpd/vmac-record.h"

/* One thing that is removed. */
struct removal {
        const struct vrrp_held_kind *kind;
        _Alignas(16) char form[VRRP_HELD_FORM_MAX];
};

static void on_removed(const struct vrrp_batch_change *c, void *userdata) {
        const struct removal *r = userdata;
        _cleanup_free_ char *text = r->kind->describe(r->form);

        if (c->error == 0)
                log_notice("released %s", text ?: "?");
        else if (!r->kind->is_gone(c->error))
                log_error("cannot release %s: %s", text ?: "?", strerror(-c->error));
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
        return 0;
}

static int release_kind(
                const struct vrrp_held_kind *kind, const char *directory, const char *config_id) {
        _cleanup_(json_object_putp) json_object *lines = NULL;
        _cleanup_free_ char *path = NULL;
        int r;

        if (asprintf(&path, "%s/%s", directory, kind->nouns) < 0)
                return -ENOMEM;
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

/* What fails is no reason to leave the rest. */
static int release_held(const char *directory, const char *config_id) {
        int rules = release_kind(&vrrp_held_rule, directory, config_id);
        int routes = release_kind(&vrrp_held_route, directory, config_id);
        int addresses = release_kind(&vrrp_held_address, directory, config_id);

        return rules < 0 ? rules : routes < 0 ? routes : addresses;
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

static int release_firewall(const char *directory) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/firewall", directory) < 0)
                return -ENOMEM;
        return vrrp_firewall_release(path);
}

/* Each kind of thing has its record, and one that is torn keeps no other from being read. The firewall goes
 * last: what it kept from an address is gone with the address. */
static int release(const char *directory, const char *config_id) {
        int r = release_held(directory, config_id);

        r = release_links(directory, config_id) ?: r;
        r = release_sysctls(directory) ?: r;
        return release_firewall(directory) ?: r;
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
