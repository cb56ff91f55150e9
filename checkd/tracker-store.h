/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What of trackers outlives the process: state, since when, why, how far towards the next change, the
 * schedule. One file for all. Whatever a reader does not know it skips; what is missing is a default. */

struct checkd;
struct json_object;
struct tracker;

/* All trackers of @c into @path. Returns 0 or -errno. */
int tracker_store_write(const struct checkd *c, const char *path);

/* Read @path. Returns 0 and a new reference; -ENOENT; -EBADMSG. */
int tracker_store_read(const char *path, struct json_object **ret);

/* What @saved (may be NULL) has of the tracker @id, borrowed, or NULL. */
struct json_object *tracker_store_find(struct json_object *saved, const char *id);

/* Bring @t, which is new, to what @entry says. If another script was saved under its name, its first result
 * decides. */
void tracker_store_restore(struct tracker *t, struct json_object *entry);

/* An event is recorded before anything is told, this file is written a moment later: what the log has beyond
 * @saved counts. */
void tracker_store_catch_up(struct checkd *c, struct json_object *saved);
