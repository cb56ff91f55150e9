/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The deadlines of many routers behind one timer: a binary heap. A router has one struct
 * vrrp_deadline and moves it whenever its election's deadline is another one. */

#include <stddef.h>

#include "common/usec.h"

struct vrrp_deadline {
        usec_t at;
        size_t position; /* in the heap, from 1; 0: not in it. The heap's own */
        void *owner;
};

struct vrrp_deadlines {
        struct vrrp_deadline **items; /* borrowed; the earliest is items[0] */
        size_t n;
        size_t room;
};

/* Make room for @n deadlines in all, so that setting one cannot fail. 0 or -ENOMEM. */
int vrrp_deadlines_reserve(struct vrrp_deadlines *ds, size_t n);
/* A zeroed one is empty. */
void vrrp_deadlines_done(struct vrrp_deadlines *ds);

/* Let @d be at @at; USEC_INFINITY takes it out. */
void vrrp_deadlines_set(struct vrrp_deadlines *ds, struct vrrp_deadline *d, usec_t at);

/* When the next one is; USEC_INFINITY: there is none. */
usec_t vrrp_deadlines_next(const struct vrrp_deadlines *ds);

/* The owner of the earliest deadline if that is not after @now, which is taken out; else NULL. */
void *vrrp_deadlines_pop(struct vrrp_deadlines *ds, usec_t now);
