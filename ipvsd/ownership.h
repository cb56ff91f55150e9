/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What we did to the kernel's balancer, for whoever has to undo it: the next ipvsd, which must know its own services from
 * those of others, and ipvsd-release. A file in the runtime directory, written before services are added and after they
 * are deleted, so that it does not say too little while it can be written. It means nothing after a reboot. */

#include <json-c/json.h>

#include "ipvsd/kernel.h"

struct ipvs_ownership {
        char *netns;                   /* as for ipvs_kernel_new(): where all this is */
        struct ipvs_table services;    /* keys only, sorted */
        bool timeouts_set;             /* we changed them */
        struct ipvs_timeouts timeouts; /* as they were before that */
        bool sync_master, sync_backup; /* we started that thread */
};

void ipvs_ownership_done(struct ipvs_ownership *o);

/* Take the services of @wanted for ours, besides those that are. 1: some are new, and the record is to be written before
 * they are added; 0: none; -ENOMEM: nothing has changed. */
int ipvs_ownership_claim(struct ipvs_ownership *o, const struct ipvs_table *wanted);

/* Give up what is neither in @wanted nor (may be NULL) in @kernel: it is deleted. 1: something was; 0: nothing. */
int ipvs_ownership_release(struct ipvs_ownership *o, const struct ipvs_table *wanted,
                const struct ipvs_table *kernel);

/* The record as JSON, and back; what cannot be understood is left out. 0 or -ENOMEM. */
json_object *ipvs_ownership_to_json(const struct ipvs_ownership *o);
int ipvs_ownership_from_json(json_object *record, struct ipvs_ownership *ret);

/* Replace the record at @path. 0 or -errno. */
int ipvs_ownership_write(const char *path, const struct ipvs_ownership *o);

/* Read it. -ENOENT: there is none; -EBADMSG: it is torn. */
int ipvs_ownership_read(const char *path, struct ipvs_ownership *ret);
