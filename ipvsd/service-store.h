/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What of services and servers outlives the process: their states, since when, why, the last word on each check,
 * what was told of orders. One file for all. Whatever a reader does not know it skips; what is missing is a default. */

struct ipvsd;
struct json_object;

/* All of @d into @path. Returns 0 or -errno. */
int ipvs_store_write(const struct ipvsd *d, const char *path);

/* Read @path. Returns 0 and a new reference; -ENOENT; -EBADMSG. */
int ipvs_store_read(const char *path, struct json_object **ret);

/* Bring the services of @d, which are new, to what @saved says, and to what was recorded as an event after it was
 * written: an event comes first, the file a moment later. What @saved knows and the configuration does not any more
 * has departed, which is told. */
void ipvs_store_restore(struct ipvsd *d, struct json_object *saved);
