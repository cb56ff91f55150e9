/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A tracked track_file: the number in it is read when it begins, and when the file may have changed. */

#include "checkd/tracker.h"

int tracker_file_new(struct checkd *c, const struct check_file_conf *conf, struct tracker **ret);

/* init_file: make the file, as at a cold start, unless it is there and need not be overwritten. Says what it could not do. */
void tracker_file_create(const struct check_file_conf *conf);
