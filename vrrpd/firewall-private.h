/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What vrrpd/firewall.c, firewall-block.c and firewall-table.c share. */

#include <stdio.h>
#include <uthash.h>

#include "common/nftables-table.h"
#include "common/usec.h"
#include "vrrpd/firewall-monitor.h"
#include "vrrpd/firewall-set.h"
#include "vrrpd/firewall.h"
#include "vrrpd/vmac-record.h"

#define VRRP_FIREWALL_PROBLEM_MAX 256U

/* Compared byte by byte. */
struct vrrp_blocked_key {
        struct vrrp_link_address_key address;
        struct vrrp_link *link; /* of a link-local one, else NULL */
};
_Static_assert(sizeof(struct vrrp_blocked_key) ==
                                sizeof(struct vrrp_link_address_key) + sizeof(struct vrrp_link *),
                "no padding");

/* An address that somebody has a block for. */
struct vrrp_blocked {
        struct vrrp_blocked_key key;
        UT_hash_handle hh;
        unsigned users, wanted; /* blocks; those that want it */
        bool kept;              /* by vrrp_block_keep() */
        bool present;           /* in the kernel, by this process's word */

        /* how it was put there, for the set of link-local ones */
        char ifname[IF_NAMESIZE];
        int ifindex;
};

struct vrrp_firewall {
        const struct vrrp_firewall_ops *ops;
        void *userdata;
        const char *record_path, *config_id;
        char mark[VRRP_VMAC_MARK_MAX];
        bool unrecorded; /* the record could not be written, which was told */

        char *name;
        struct vrrp_firewall_rules style;
        struct vrrp_firewall_vmac *vmacs;
        size_t vmacs_size;
        bool vmacs_changed;

        struct vrrp_blocked *elements; /* uthash by key */
        struct nftables_table record;
        bool dirty;   /* there is something for the end of the wake-up */
        bool whole;   /* the tables are there as they are to be, but for elements */
        bool foreign; /* others may have been at them: an earlier process, or somebody else */

        struct nftables *nft; /* both are made when first needed */
        struct vrrp_set_batch *batch;
        struct vrrp_firewall_monitor *monitor;
        sd_event *event;
        int64_t priority;
        sd_event_source *retry;
        usec_t retry_usec; /* 0: all is well */
        bool waiting;      /* for it: nothing is tried before */
        char problem[VRRP_FIREWALL_PROBLEM_MAX];
};

/* There is something for the end of the wake-up. */
void vrrp_firewall_touch(struct vrrp_firewall *f);

/* --- firewall-block.c --- */

int vrrp_blocked_family(const struct vrrp_blocked *b);
bool vrrp_blocked_is_linklocal(const struct vrrp_blocked *b);
bool vrrp_blocked_is_to_be(const struct vrrp_blocked *b);

/* Its link may have another number or no longer be there when it is taken out: how it is put there is noted. */
void vrrp_blocked_note_link(struct vrrp_blocked *b);

/* Into or out of the kernel's set, by the batch; and as a command of nft's language. */
void vrrp_blocked_batch(struct vrrp_firewall *f, const struct vrrp_blocked *b, bool add);
void vrrp_blocked_print(FILE *to, const struct vrrp_firewall *f, const struct vrrp_blocked *b);

/* Those that are nobody's any more, and out of the kernel, are freed. */
void vrrp_firewall_forget_unused(struct vrrp_firewall *f);

/* --- firewall-table.c; all return 0 or -errno, -EIO as nftables_run() --- */

/* Are tables needed, and in which families? */
bool vrrp_firewall_needs(const struct vrrp_firewall *f, bool ret[static _NFTABLES_FAMILY_MAX]);

/* Bring the tables to be there, with whatever elements. */
int vrrp_firewall_establish(struct vrrp_firewall *f, const bool *in);

/* Put in what is to be, or (not @add) take out what is not. */
int vrrp_firewall_change(struct vrrp_firewall *f, const bool *in, bool add);

/* Take out what an earlier process blocked and nobody wants blocked any more. */
int vrrp_firewall_clean(struct vrrp_firewall *f, const bool *in);

/* Write the record, if it is not as it should be. */
void vrrp_firewall_keep_record(struct vrrp_firewall *f);

/* Remove the tables, and their record. */
int vrrp_firewall_remove(struct vrrp_firewall *f);
