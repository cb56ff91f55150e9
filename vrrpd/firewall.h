/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The firewall: virtual addresses that take no traffic themselves (no_accept, vrrp_strict) are in sets of nftables, whose
 * rules drop it (vrrpd/firewall-rules.h).
 *
 * A router has a block for each such address and says by it what it wants; several blocks for one address share an
 * element. Nothing happens until the end of the wake-up, which closes before addresses come and opens after they
 * went, so that no packet passes in between; all of a wake-up is one transaction. The tables are made when the
 * configuration first needs them, and are not there otherwise; nor is libnftables called.
 *
 * What is ours is recorded before it is made, and marked. A successor that finds the tables as they were made writes nothing. The
 * kernel tells of changes by others, and what is missing is put back. A kernel without nf_tables is a problem, told once
 * and tried again; elections do not depend on it. Owner: struct vrrpd; of a block: its router's setup. */

#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "common/ip-addr.h"
#include "vrrpd/firewall-rules.h"
#include "vrrpd/link.h"

struct vrrp_firewall;
struct vrrp_block;

struct vrrp_firewall_ops {
        /* Something is to be done at the end of this wake-up. */
        void (*wanted)(void *userdata);
        /* vrrp_firewall_problem() says something else now. */
        void (*problem)(void *userdata);
};

/* @record_path and @config_id (may be NULL) are borrowed for as long as it lives. Timers and news of the kernel come at
 * @priority of @event. */
int vrrp_firewall_new(sd_event *event, int64_t priority, const char *record_path,
                const char *config_id, const struct vrrp_firewall_ops *ops, void *userdata,
                struct vrrp_firewall **ret);
/* What is in the kernel stays there, and in the record. There are no blocks any more. */
struct vrrp_firewall *vrrp_firewall_free(struct vrrp_firewall *f);
DEFINE_CLEANUP_FUNC(struct vrrp_firewall *, vrrp_firewall_free);

/* How the tables are called (with an id, that stands behind it) and look; @style has no mark and no vmacs. 0 or
 * -ENOMEM. */
int vrrp_firewall_configure(
                struct vrrp_firewall *f, const char *name, const struct vrrp_firewall_rules *style);

/* The interfaces with virtual MACs that there are, or will be in a moment: each by its place in the list, from 0, with
 * the number of the interface below it, 0 while that is missing; then how many there are. Allocates nothing while they
 * are the same. 0 or -ENOMEM. */
int vrrp_firewall_put_vmac(struct vrrp_firewall *f, size_t i, const char *name, int parent);
void vrrp_firewall_end_vmacs(struct vrrp_firewall *f, size_t n);

/* A block for @addr, which wants nothing yet. Link-local addresses are blocked on @link (borrowed) alone. 0 or -ENOMEM. */
int vrrp_block_new(struct vrrp_firewall *f, struct vrrp_link *link, const struct ip_addr *addr,
                struct vrrp_block **ret);
/* As released. */
struct vrrp_block *vrrp_block_free(struct vrrp_block *b);
DEFINE_CLEANUP_FUNC(struct vrrp_block *, vrrp_block_free);

/* NULL is nobody's block, and nothing happens. */
void vrrp_block_take(struct vrrp_block *b);
void vrrp_block_release(struct vrrp_block *b);
/* The address has been there since before this process: it stays blocked until it is known whether it is to be. */
void vrrp_block_keep(struct vrrp_block *b);

/* Before addresses are put on, and after they were taken off. */
void vrrp_firewall_close(struct vrrp_firewall *f);
void vrrp_firewall_open(struct vrrp_firewall *f);

/* Remove everything: there are no addresses any more. */
void vrrp_firewall_end(struct vrrp_firewall *f);

/* For vrrpd-release: remove what the record at @path names, or where that is torn, what carries the mark of the vrrpd
 * with the option -i @config_id. 0 or -errno, logged. */
int vrrp_firewall_release(const char *path, const char *config_id);

/* What is wrong, or "". */
const char *vrrp_firewall_problem(const struct vrrp_firewall *f);
