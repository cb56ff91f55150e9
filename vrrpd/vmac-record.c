/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file: { "version": 1, "links": [ "vrrp.51 macvlan 00:00:5e:00:01:33", ... ] } */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/record.h"
#include "vrrpd/vmac-record.h"

#define NOUNS "links"
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

static json_object *note(const void *entry) {
        const struct vrrp_vmac_record_entry *e = entry;
        char buf[ENTRY_TEXT_MAX];

        (void) snprintf(buf, sizeof(buf), "%s %s %02x:%02x:%02x:%02x:%02x:%02x", e->name,
                        vrrp_vmac_kind_to_string(e->kind), e->mac[0], e->mac[1], e->mac[2],
                        e->mac[3], e->mac[4], e->mac[5]);
        return json_object_new_string(buf);
}

static int parse(const char *text, void *ret) {
        struct vrrp_vmac_record_entry e = {};
        char kind[16];

        if (sscanf(text, "%15s %15s %2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", e.name, kind, &e.mac[0],
                            &e.mac[1], &e.mac[2], &e.mac[3], &e.mac[4], &e.mac[5]) != 8)
                return -EINVAL;
        e.kind = vrrp_vmac_kind_from_string(kind);
        if (e.kind == VRRP_VMAC_NONE)
                return -EINVAL;
        *(struct vrrp_vmac_record_entry *) ret = e;
        return 0;
}

int vrrp_vmac_record_write(
                const char *path, const struct vrrp_vmac_record_entry *entries, size_t n) {
        return vrrp_record_write_entries(path, NOUNS, entries, n, sizeof(*entries), note);
}

int vrrp_vmac_record_read(const char *path, struct vrrp_vmac_record_entry **ret, size_t *ret_n) {
        return vrrp_record_read_entries(path, NOUNS, sizeof(**ret), parse, ret, ret_n);
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
        return vrrp_record_remove(path);
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
