/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A FIFO as the configuration wants it. Two keywords with one path are one FIFO, read by the first script. */

#include <stddef.h>

#include "notifyd/conf.h"

struct conf;
struct global_conf;

/* All is borrowed from the configuration. */
struct fifo_wish {
        enum notify_fifo which;        /* whose path it is */
        enum notify_fifo script_which; /* whose script */
        const struct notify_fifo_place *place;
        const struct conf_script *script; /* NULL: none */
        const struct global_conf *global;
};

/* What @conf wants, at most one for each path; how many. */
size_t fifo_wishes_of(const struct conf *conf, struct fifo_wish ret[_NOTIFY_FIFO_MAX]);

/* The one of @path among @n, or NULL. */
struct fifo_wish *fifo_wish_find(struct fifo_wish *wishes, size_t n, const char *path);

/* Who is to own the file, as the configuration says it: a new string, NULL for lack of memory. */
char *fifo_wish_owner(const struct fifo_wish *w);
