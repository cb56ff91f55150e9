/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Saved state: one JSON object a file, written aside and renamed, with a digest behind it. A file
 * describes itself: readers skip fields they do not know and supply what is missing, so an older or a
 * newer daemon can read it. Only a torn file is useless, and the digest is how one knows. */

#include <json-c/json.h>
#include <stdbool.h>

/* Replace @path. With @durable the data is on disk (fsync) when this returns; a runtime directory in
 * memory needs none. Returns 0 or -errno. */
int state_file_write(const char *path, json_object *state, bool durable);

/* Read @path. Returns 0 and a new reference; -ENOENT; -EBADMSG for a torn or foreign file. */
int state_file_read(const char *path, json_object **ret);
