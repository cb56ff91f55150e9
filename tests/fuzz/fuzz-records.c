/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What vrrpd leaves in its runtime directory, behind the check of the digest: any JSON object as the roles, as the
 * orders, and as the record of each kind of thing; the string "added" in it is what was added to a record.
 * Whatever could be read is written again and read back as the same. */

#include <fcntl.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"
#include "vrrpd/address-record.h"
#include "vrrpd/boot-id.h"
#include "vrrpd/held.h"
#include "vrrpd/orders.h"
#include "vrrpd/record.h"
#include "vrrpd/roles.h"
#include "vrrpd/sysctl-record.h"
#include "vrrpd/vmac-record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char directory[] = "/tmp/fuzz-records-XXXXXX";
static char path[sizeof(directory) + 8], added[sizeof(path) + 8];

static void must(int condition) {
        if (!condition)
                abort();
}

static void clean(void) {
        (void) unlink(path);
        (void) unlink(added);
        (void) rmdir(directory);
}

static void prepare(void) {
        if (path[0])
                return;
        must(mkdtemp(directory) != NULL);
        (void) snprintf(path, sizeof(path), "%s/file", directory);
        (void) snprintf(added, sizeof(added), "%s.added", path);
        (void) atexit(clean);
}

static json_object *parse(const uint8_t *data, size_t n) {
        _cleanup_free_ char *text = strndup((const char *) data, n);

        must(text != NULL);
        return json_tokener_parse(text);
}

static void put_added(const char *text) {
        _cleanup_close_ int fd = open(added, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        must(fd >= 0 && io_write_all(fd, text, strlen(text)) == 0);
}

/* Before each reader, since they write, too. */
static void put(json_object *state) {
        must(state_file_write(path, state, false) == 0);
        put_added(json_get_string(state, "added"));
}

/* The names in one table of a file of roles, each put where it came from. */
static void names(json_object *state, const char *table, struct vrrp_roles *from,
                struct vrrp_roles *to,
                void (*copy)(struct vrrp_roles *, struct vrrp_roles *, const char *)) {
        json_object *names;

        if (!json_object_object_get_ex(state, table, &names) ||
                        !json_object_is_type(names, json_type_object))
                return;
        json_object_object_foreach(names, name, ignored) {
                (void) ignored;
                copy(from, to, name);
                copy(from, from, name);
        }
}

static void copy_router(struct vrrp_roles *from, struct vrrp_roles *to, const char *name) {
        struct vrrp_saved a = {}, b = {};

        if (vrrp_roles_get_router(from, name, &a) < 0)
                return;
        must(vrrp_roles_put_router(to, name, &a, vrrp_roles_get_words(from, name)) == 0);
        must(vrrp_roles_get_router(to, name, &b) == 0);
        must(streq(vrrp_roles_get_words(from, name), vrrp_roles_get_words(to, name)));
        for (size_t i = 0; i < n_vrrp_saved_fields; i++) {
                char x[VRRP_SAVED_TEXT_MAX], y[VRRP_SAVED_TEXT_MAX];

                must(streq(vrrp_saved_field_format(&vrrp_saved_fields[i], &a, x),
                                vrrp_saved_field_format(&vrrp_saved_fields[i], &b, y)));
        }
}

static void copy_group(struct vrrp_roles *from, struct vrrp_roles *to, const char *name) {
        struct vrrp_kept_group a, b;

        if (vrrp_roles_get_group(from, name, &a) < 0)
                return;
        must(vrrp_roles_put_group(to, name, &a) == 0);
        must(vrrp_roles_get_group(to, name, &b) == 0);
        must(a.state == b.state && a.reason == b.reason && a.since == b.since &&
                        a.untold == b.untold && streq(a.words, b.words));
}

static void copy_port(struct vrrp_roles *from, struct vrrp_roles *to, const char *name) {
        struct vrrp_kept_port a, b;

        if (vrrp_roles_get_port(from, name, &a) < 0)
                return;
        must(vrrp_roles_put_port(to, name, &a) == 0);
        must(vrrp_roles_get_port(to, name, &b) == 0);
        must(a.ifindex == b.ifindex && a.carrier_changes == b.carrier_changes &&
                        a.dropped == b.dropped);
}

static void copy_link(struct vrrp_roles *from, struct vrrp_roles *to, const char *name) {
        struct vrrp_kept_link a, b;

        if (vrrp_roles_get_link(from, name, &a) < 0)
                return;
        must(vrrp_roles_put_link(to, name, &a) == 0);
        must(vrrp_roles_get_link(to, name, &b) == 0);
        must(a.ifindex == b.ifindex && a.up == b.up && a.due == b.due);
}

static void copy_tracker(struct vrrp_roles *from, struct vrrp_roles *to, const char *name) {
        struct vrrp_track_word a = vrrp_roles_get_tracker(from, name), b;

        must(vrrp_roles_put_tracker(to, name, &a) == 0);
        b = vrrp_roles_get_tracker(to, name);
        must(a.kind == b.kind && a.verdict == b.verdict && a.value == b.value);
}

static void try_roles(json_object *state) {
        _cleanup_(vrrp_roles_freep) struct vrrp_roles *from = NULL, *to = NULL;

        put(state);
        if (vrrp_roles_read(path, &from) < 0)
                return;
        must(vrrp_roles_new(&to) == 0);
        names(state, "routers", from, to, copy_router);
        names(state, "groups", from, to, copy_group);
        names(state, "ports", from, to, copy_port);
        names(state, "links", from, to, copy_link);
        names(state, "trackers", from, to, copy_tracker);
        (void) vrrp_roles_get_told(from, "1");
        vrrp_roles_set_absence(to, vrrp_roles_get_absence(from));
        must(vrrp_roles_get_absence(from) == vrrp_roles_get_absence(to));
}

static void try_orders(json_object *state) {
        _cleanup_(vrrp_orders_freep) struct vrrp_orders *a = NULL, *b = NULL;
        usec_t since;

        put(state);
        (void) vrrp_orders_open(path, &a);
        since = vrrp_orders_maintenance_since(a);
        must(vrrp_orders_set_priority(a, "VI_1", 7) == 0);
        must(vrrp_orders_open(path, &b) == 0);
        must(vrrp_orders_priority(b, "VI_1") == 7);
        must(vrrp_orders_priority(a, "VI_2") == vrrp_orders_priority(b, "VI_2"));
        must(vrrp_orders_maintenance_since(b) == since);
}

static void try_addresses(json_object *state) {
        _cleanup_free_ struct vrrp_address_record_entry *a = NULL, *b = NULL;
        size_t n = 0, n_again = 0;

        put(state);
        if (vrrp_address_record_read(path, &a, &n) < 0)
                return;
        must(vrrp_address_record_write(path, a, n) == 0);
        must(vrrp_address_record_read(path, &b, &n_again) == 0);
        must(n == n_again && (n == 0 || memcmp(a, b, n * sizeof(*a)) == 0));
}

static void try_links(json_object *state) {
        _cleanup_free_ struct vrrp_vmac_record_entry *a = NULL, *b = NULL;
        size_t n = 0, n_again = 0;

        put(state);
        if (vrrp_vmac_record_read(path, &a, &n) < 0)
                return;
        must(vrrp_vmac_record_write(path, a, n) == 0);
        must(vrrp_vmac_record_read(path, &b, &n_again) == 0);
        must(n == n_again);
        for (size_t i = 0; i < n; i++)
                must(a[i].kind == b[i].kind && streq(a[i].name, b[i].name) &&
                                memcmp(a[i].mac, b[i].mac, sizeof(a[i].mac)) == 0);
}

static void try_sysctls(json_object *state) {
        _cleanup_free_ struct vrrp_sysctl_entry *a = NULL, *b = NULL;
        size_t n = 0, n_again = 0;

        put(state);
        if (vrrp_sysctl_record_read(path, &a, &n) < 0)
                return;
        for (size_t i = 0; i < n; i++) {
                char setting[PATH_MAX];

                must(!strstr(vrrp_sysctl_path(VRRP_SYSCTL_ROOT, &a[i].name, setting), "/."));
        }
        must(vrrp_sysctl_record_write(path, a, n) == 0);
        must(vrrp_sysctl_record_read(path, &b, &n_again) == 0);
        must(n == n_again && (n == 0 || memcmp(a, b, n * sizeof(*a)) == 0));
}

static void nothing_is_sent(const struct vrrp_batch_change *c, void *userdata) {
        abort();
}

/* It can be taken back. That is not sent: the batch goes before it is committed. */
static void can_be_removed(const struct vrrp_held_kind *kind, const void *form) {
        _cleanup_(vrrp_batch_freep) struct vrrp_batch *b = NULL;

        must(vrrp_batch_new(nothing_is_sent, NULL, &b) == 0);
        kind->remove(b, form, NULL);
}

/* Each line that a kind understands is written as one that it understands. */
static void try_held(json_object *state, const struct vrrp_held_kind *kind) {
        static _Alignas(16) char form[VRRP_HELD_FORM_MAX], again[VRRP_HELD_FORM_MAX];
        _cleanup_(json_object_putp) json_object *lines = NULL;
        const struct vrrp_link link = { .name = "eth0" };

        put(state);
        if (vrrp_record_read(path, kind->nouns, &lines) < 0)
                return;
        for (size_t i = 0; i < json_object_array_length(lines); i++) {
                const char *line = json_object_get_string(json_object_array_get_idx(lines, i));
                _cleanup_(json_object_putp) json_object *note = NULL;
                _cleanup_free_ char *words = NULL;

                if (!line || kind->read(line, form, sizeof(form)) < 0)
                        continue;
                words = kind->describe(form);
                note = kind->note(form, &link);
                must(kind->read(json_object_get_string(note), again, sizeof(again)) >= 0);
                can_be_removed(kind, form);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        _cleanup_(json_object_putp) json_object *state = parse(data, n);
        char boot[BOOT_ID_SIZE];

        prepare();
        if (!json_object_is_type(state, json_type_object))
                return 0;
        json_object_object_add(state, "boot", json_object_new_string(boot_id_read(boot)));
        try_roles(state);
        try_orders(state);
        try_addresses(state);
        try_links(state);
        try_sysctls(state);
        try_held(state, &vrrp_held_address);
        try_held(state, &vrrp_held_route);
        try_held(state, &vrrp_held_rule);
        return 0;
}
