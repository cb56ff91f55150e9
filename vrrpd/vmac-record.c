/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file: { "version": 1, "links": [ "vrrp.51 macvlan 00:00:5e:00:01:33", ... ] } */

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/state-file.h"
#include "vrrpd/vmac-record.h"

#define RECORD_VERSION 1
#define ENTRY_TEXT_MAX (IF_NAMESIZE + 48)
#define RECEIVE_BYTES (1 << 20)

const char *vrrp_vmac_mark(const char *config_id, char buf[static VRRP_VMAC_MARK_MAX]) {
        (void) snprintf(buf, VRRP_VMAC_MARK_MAX, "mainstay-vrrpd%s%s", config_id ? "-" : "",
                        config_id ?: "");
        return buf;
}

bool vrrp_vmac_record_is(const struct vrrp_vmac_record_entry *e, const struct vrrp_vmac_link *l,
                const char *mark) {
        if (l->kind != e->kind || !streq(l->name, e->name))
                return false;
        if (l->mark[0])
                return streq(l->mark, mark);
        return e->kind == VRRP_VMAC_IPVLAN || memcmp(l->mac, e->mac, sizeof(l->mac)) == 0;
}

static const char *format_entry(
                const struct vrrp_vmac_record_entry *e, char buf[static ENTRY_TEXT_MAX]) {
        (void) snprintf(buf, ENTRY_TEXT_MAX, "%s %s %02x:%02x:%02x:%02x:%02x:%02x", e->name,
                        vrrp_vmac_kind_to_string(e->kind), e->mac[0], e->mac[1], e->mac[2],
                        e->mac[3], e->mac[4], e->mac[5]);
        return buf;
}

static int parse_entry(const char *text, struct vrrp_vmac_record_entry *ret) {
        struct vrrp_vmac_record_entry e = {};
        char kind[16];

        if (sscanf(text, "%15s %15s %2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", e.name, kind, &e.mac[0],
                            &e.mac[1], &e.mac[2], &e.mac[3], &e.mac[4], &e.mac[5]) != 8)
                return -EINVAL;
        e.kind = vrrp_vmac_kind_from_string(kind);
        if (e.kind == VRRP_VMAC_NONE)
                return -EINVAL;
        *ret = e;
        return 0;
}

int vrrp_vmac_record_write(
                const char *path, const struct vrrp_vmac_record_entry *entries, size_t n) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        json_object *list = json_object_new_array();
        char buf[ENTRY_TEXT_MAX];

        json_object_object_add(o, "version", json_object_new_int(RECORD_VERSION));
        json_object_object_add(o, "links", list);
        for (size_t i = 0; i < n; i++)
                json_object_array_add(list, json_object_new_string(format_entry(&entries[i], buf)));
        return state_file_write(path, o, false);
}

int vrrp_vmac_record_read(const char *path, struct vrrp_vmac_record_entry **ret, size_t *ret_n) {
        _cleanup_free_ struct vrrp_vmac_record_entry *entries = NULL;
        _cleanup_(json_object_putp) json_object *o = NULL;
        json_object *list;
        size_t total, n = 0;
        int r;

        r = state_file_read(path, &o);
        if (r < 0)
                return r;
        if (!json_object_object_get_ex(o, "links", &list) ||
                        !json_object_is_type(list, json_type_array))
                return -EBADMSG;

        total = json_object_array_length(list);
        entries = calloc(total + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        for (size_t i = 0; i < total; i++) {
                const char *text = json_object_get_string(json_object_array_get_idx(list, i));

                if (text && parse_entry(text, &entries[n]) >= 0)
                        n++;
        }
        *ret = TAKE_PTR(entries);
        *ret_n = n;
        return 0;
}

/* The release */

/* Those of the record first, which may not have been marked any more. */
static int mark_entry(struct netlink *n, const struct vrrp_vmac_record_entry *e, const char *mark) {
        struct vrrp_vmac_link l;

        if (vrrp_vmac_kernel_find(n, e->name, &l) < 0 || !vrrp_vmac_record_is(e, &l, mark))
                return 0;
        (void) strcpy(l.mark, mark);
        return vrrp_vmac_kernel_mark(n, &l);
}

static int remove_marked(struct netlink *n, const char *mark) {
        _cleanup_free_ int *ifindices = NULL;
        size_t n_links = 0;
        int r;

        r = vrrp_vmac_kernel_find_marked(n, mark, &ifindices, &n_links);
        if (r < 0 || n_links == 0)
                return r;
        r = vrrp_vmac_kernel_remove(n, ifindices, n_links);
        if (r >= 0)
                log_notice("removed %zu interfaces", n_links);
        return r;
}

static int release(struct netlink *n, const char *path, const char *mark) {
        _cleanup_free_ struct vrrp_vmac_record_entry *entries = NULL;
        size_t n_entries = 0;
        int r;

        r = vrrp_vmac_record_read(path, &entries, &n_entries);
        if (r == -ENOENT)
                return 0;
        if (r < 0)
                log_warning("cannot read %s (%s); what is marked as ours is removed", path,
                                strerror(-r));
        for (size_t i = 0; i < n_entries; i++)
                (void) mark_entry(n, &entries[i], mark);
        r = remove_marked(n, mark);
        if (r < 0)
                return r;
        return unlink(path) < 0 ? -errno : 0;
}

int vrrp_vmac_record_release(const char *path, const char *config_id) {
        struct netlink n = NETLINK_INIT;
        char mark[VRRP_VMAC_MARK_MAX];
        int r;

        r = netlink_init(&n, NETLINK_ROUTE, RECEIVE_BYTES);
        if (r >= 0)
                r = release(&n, path, vrrp_vmac_mark(config_id, mark));
        if (r < 0)
                log_error("cannot remove the interfaces in %s: %s", path, strerror(-r));
        netlink_done(&n);
        return r;
}
