/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which boot of the machine this is: what a file of the runtime directory says of itself, so that one that
 * outlived its boot is recognised. */

#include <stdbool.h>

#define BOOT_ID_SIZE 64

/* The id, or "" where /proc does not show it (ProcSubset=pid, systemd.exec(5)). Returns @buf. */
const char *boot_id_read(char buf[static BOOT_ID_SIZE]);

/* Was something that says @of written in another boot? Where either is not known: no. */
bool boot_id_is_other(const char *of);
