/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who is due, in the order of coming. What begins anew takes turns with the bus, and comes after what runs already, the
 * watchdog and the signals: so more checks than the machine can do make only each other late. And a flood of
 * messages does not hold them up either.
 *
 * Owner: struct checkd. */

#include <systemd/sd-event.h>

#include "common/cleanup.h"

struct turns;

/* One who is due now and then; embedded in its owner. */
struct turn {
        void (*begin)(struct turn *t);
        struct turns *turns; /* where it waits; NULL: it does not */
        struct turn *prev, *next;
};

int turns_new(sd_event *event, struct turns **ret);
/* Nobody must wait any more. */
struct turns *turns_free(struct turns *ts);
DEFINE_CLEANUP_FUNC(struct turns *, turns_free);

/* @t is due: t->begin() is called from the loop, once. Nothing happens when it waits already. */
void turns_wait(struct turns *ts, struct turn *t);
/* It is not. Nothing happens when it does not wait. */
void turns_leave(struct turn *t);
