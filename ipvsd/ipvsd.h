/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ipvsd: owner of the kernel's load-balancing table (IPVS). What checkd says of checks makes servers good or
 * bad (health), their weight makes services go up and down (quorum), and with what the operator ordered
 * (overrides) that makes a table (wanted), towards which the kernel's is brought (reconcile). */

#include "common/daemon.h"
#include "ipvsd/service.h"

#define IPVSD_OBJECT_PATH "/org/mainstay/ipvs1"

struct ipvs_check_mirror;
struct ipvs_firewall;
struct ipvs_override_store;
struct ipvs_reconciler;
struct ipvs_sync;

struct ipvsd {
        struct daemon *daemon;
        struct ipvs_service *services; /* table by name, in the order of the file at first */

        struct ipvs_override_store *overrides;
        enum ipvs_override override;      /* of the node */
        enum ipvs_override override_told; /* what the last event said of it */

        struct ipvs_check_mirror *checks; /* of checkd */
        struct ipvs_firewall *firewall;   /* marks of groups */
        struct ipvs_reconciler *reconciler;
        struct ipvs_sync *sync;
        sd_event_source *save_timer;
};

extern const struct daemon_ops ipvsd_ops;

/* Something has changed: what follows from it is told and done soon, once for all changes of a wake-up. */
void ipvsd_settle_soon(struct ipvsd *d);
/* What is kept for a successor has changed: it is written soon. */
void ipvsd_save_soon(struct ipvsd *d);
/* The line in systemctl status. */
void ipvsd_show_status(struct ipvsd *d);
