/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The names that iproute2 has for numbers: "table lan" instead of "table 100". They are in files that the
 * administrator edits, and are read when the configuration is, so that a number is what the model has. */

#include <stdbool.h>
#include <stdint.h>

enum vrrp_names_table {
        VRRP_NAMES_TABLES,
        VRRP_NAMES_PROTOCOLS,
        VRRP_NAMES_SCOPES,
        VRRP_NAMES_REALMS,
        VRRP_NAMES_GROUPS,
        VRRP_NAMES_DSFIELDS,
        _VRRP_NAMES_MAX,
};

/* Where they are: the first that knows a name is believed. NULL: iproute2's own places. Borrowed. */
struct vrrp_names {
        const char *etc_dir;
        const char *usr_dir;
};

/* "rt_tables", ... */
const char *vrrp_names_file(enum vrrp_names_table table);

/* Those that iproute2 knows without files, too. False: nobody has that name. */
bool vrrp_names_find(const struct vrrp_names *n, enum vrrp_names_table table, const char *name,
                uint32_t *ret);
