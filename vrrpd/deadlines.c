/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/deadlines.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int vrrp_deadlines_reserve(struct vrrp_deadlines *ds, size_t n) {
        struct vrrp_deadline **items;

        if (n <= ds->room)
                return 0;
        items = reallocarray(ds->items, n, sizeof(struct vrrp_deadline *));
        if (!items)
                return -ENOMEM;
        ds->items = items;
        ds->room = n;
        return 0;
}

void vrrp_deadlines_done(struct vrrp_deadlines *ds) {
        free(ds->items);
        *ds = (struct vrrp_deadlines){};
}

static void put(struct vrrp_deadlines *ds, size_t i, struct vrrp_deadline *d) {
        ds->items[i] = d;
        d->position = i + 1;
}

static void sift_up(struct vrrp_deadlines *ds, size_t i, struct vrrp_deadline *d) {
        while (i > 0) {
                size_t parent = (i - 1) / 2;

                if (ds->items[parent]->at <= d->at)
                        break;
                put(ds, i, ds->items[parent]);
                i = parent;
        }
        put(ds, i, d);
}

static void sift_down(struct vrrp_deadlines *ds, size_t i, struct vrrp_deadline *d) {
        for (;;) {
                size_t child = 2 * i + 1;

                if (child >= ds->n)
                        break;
                if (child + 1 < ds->n && ds->items[child + 1]->at < ds->items[child]->at)
                        child++;
                if (ds->items[child]->at >= d->at)
                        break;
                put(ds, i, ds->items[child]);
                i = child;
        }
        put(ds, i, d);
}

static void take_out(struct vrrp_deadlines *ds, struct vrrp_deadline *d) {
        size_t i = d->position - 1;
        struct vrrp_deadline *last = ds->items[--ds->n];

        d->position = 0;
        if (last == d)
                return;
        if (i > 0 && last->at < ds->items[(i - 1) / 2]->at)
                sift_up(ds, i, last);
        else
                sift_down(ds, i, last);
}

void vrrp_deadlines_set(struct vrrp_deadlines *ds, struct vrrp_deadline *d, usec_t at) {
        usec_t before = d->at;

        if (at == USEC_INFINITY) {
                if (d->position > 0)
                        take_out(ds, d);
                d->at = at;
                return;
        }
        d->at = at;
        if (d->position == 0) {
                assert(ds->n < ds->room);
                sift_up(ds, ds->n++, d);
        } else if (at < before)
                sift_up(ds, d->position - 1, d);
        else
                sift_down(ds, d->position - 1, d);
}

usec_t vrrp_deadlines_next(const struct vrrp_deadlines *ds) {
        return ds->n > 0 ? ds->items[0]->at : USEC_INFINITY;
}

void *vrrp_deadlines_pop(struct vrrp_deadlines *ds, usec_t now) {
        struct vrrp_deadline *d;

        if (vrrp_deadlines_next(ds) > now)
                return NULL;
        d = ds->items[0];
        take_out(ds, d);
        return d->owner;
}
