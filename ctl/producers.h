/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The four daemons as the command line knows them. */

#include <stdbool.h>

struct producer {
        const char *name;     /* "vrrpd" */
        const char *bus_name; /* "org.mainstay.Vrrp1" */
        const char *root;     /* "/org/mainstay/vrrp1" */
        const char *unit;     /* "mainstay-vrrpd.service" */
        const char *own;      /* the interface of its own at the root object, or NULL */
};

enum {
        PRODUCER_VRRPD,
        PRODUCER_CHECKD,
        PRODUCER_IPVSD,
        PRODUCER_NOTIFYD,
        N_PRODUCERS,
};

extern const struct producer producers[N_PRODUCERS];

/* By "vrrpd", "mainstay-vrrpd" or "mainstay-vrrpd.service"; NULL: there is no such daemon. */
const struct producer *producer_find(const char *name);

const struct producer *producer_find_bus_name(const char *bus_name);

/* Which ones do @words (NULL-terminated; none means all) name? @ret[i] says it of producers[i]. A word
 * that names none is complained of; -EINVAL then. */
int producers_select(char **words, bool ret[static N_PRODUCERS]);

/* What an object is called: the decoded label at the end of its path. Free it. */
char *object_label(const char *path);
