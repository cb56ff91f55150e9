/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a successor has to know of our FIFOs: {path: {"ours", "device", "inode", "command"}}. */

#include <json-c/json.h>

#include "notifyd/fifo.h"

/* Read the file, or an empty one where there is none of use. NULL: no memory. */
json_object *fifos_record_read(const char *path);
/* Replaces the file; without it a successor starts the readers anew and leaves the FIFOs behind. */
void fifos_record_write(const char *path, json_object *record);

int fifos_record_add(json_object *record, const struct fifo *f, const char *command);

/* The command that reads @path; NULL: not known. Borrowed. */
const char *fifos_record_command(json_object *record, const char *path);
/* Was @f, which is open, made by a predecessor? */
bool fifos_record_is_ours(json_object *record, const struct fifo *f);
/* Remove the FIFO at @path if it is one that a predecessor made. */
void fifos_record_remove(json_object *record, const char *path);
