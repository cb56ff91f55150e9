/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/debounce.h"

bool debounce_set(struct debounce *d, bool up) {
        bool news = d->up != up;

        d->up = up;
        d->due = USEC_INFINITY;
        return news;
}

bool debounce_feed(struct debounce *d, bool up, usec_t now) {
        usec_t delay = up ? d->up_delay : d->down_delay;

        if (!d->active || delay == 0)
                return debounce_set(d, up);
        if (up == d->up)
                d->due = USEC_INFINITY;
        else if (d->due == USEC_INFINITY)
                d->due = usec_add(now, delay);
        return debounce_tick(d, now);
}

bool debounce_tick(struct debounce *d, usec_t now) {
        if (now < d->due || d->due == USEC_INFINITY)
                return false;
        return debounce_set(d, !d->up);
}

void debounce_restore(struct debounce *d, bool up, usec_t due) {
        d->active = true;
        d->up = up;
        d->due = due;
}
