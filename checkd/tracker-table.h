/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All trackers that the configuration wants, as the configuration wants them. */

struct check_conf;
struct checkd;
struct global_conf;
struct json_object;

/* Make those that are missing, with the past that @saved (may be NULL) has. */
void tracker_table_add(struct checkd *c, const struct check_conf *conf, struct json_object *saved);

/* Set going what is not: what has a past goes on, the others begin one after the other. */
void tracker_table_begin(struct checkd *c);

/* Another configuration: remove, change, add, begin. */
void tracker_table_reconfigure(struct checkd *c, const struct check_conf *conf,
                const struct global_conf *old_global);

/* No more news of any; and then free them. */
void tracker_table_stop(struct checkd *c);
void tracker_table_done(struct checkd *c);
