/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the VMACs share: vrrpd/vmac.c, the table and who wants what of it, and vrrpd/vmac-commit.c,
 * which makes it so. */

#include <stdbool.h>

#include "vrrpd/rp-filter.h"
#include "vrrpd/vmac-record.h"
#include "vrrpd/vmac.h"

struct vrrp_vmacs {
        struct netlink netlink;
        sd_event_source *retry;
        const char *record_path;
        char mark[VRRP_VMAC_MARK_MAX];
        struct vrrp_links *links;
        struct vrrp_sysctls *sysctls;
        const struct vrrp_vmacs_ops *ops;
        void *userdata;
        struct vrrp_vmac *table;
        struct vrrp_rp_filter *rp_filter; /* as long as there is a VMAC */
        bool dirty;
        bool low; /* those that are dirty are to be set up */
        bool record_stale;
        bool unrecorded; /* the record could not be written, which was told */
        /* What was made, by an earlier process or by us, and nobody wants (yet). It is in the record until the kernel has
         * it no longer. */
        struct vrrp_vmac_record_entry *left;
        size_t n_left;
        bool stuck; /* some of it could not be removed, which was told */
};

struct vrrp_vmac *vrrp_vmac_find(const struct vrrp_vmacs *vs, const char *name);

/* It is taken out of the table; nothing happens to the interface. */
void vrrp_vmac_free(struct vrrp_vmac *v);

/* How a VMAC of @spec is to be, on @parent. */
struct vrrp_vmac_link vrrp_vmac_as_wanted(const struct vrrp_vmac_spec *spec, const char *name,
                const struct vrrp_vmac_link *parent);

/* Can @found be used where @wanted is wanted? Its mode may be another. */
bool vrrp_vmac_matches(const struct vrrp_vmac_link *found, const struct vrrp_vmac_link *wanted);

/* Made by us, now or by an earlier process? */
bool vrrp_vmac_is_ours(const struct vrrp_vmacs *vs, const struct vrrp_vmac_link *l);
