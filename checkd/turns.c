/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/turns.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/daemon.h"

#define TURNS_IN_A_ROW 16U

struct turns {
        struct turn *waiting;
        sd_event_source *source;
};

/* A timer, not a deferred source: that would be the oldest of its priority for ever, and the bus never had a turn. */
static int on_turn(sd_event_source *s, uint64_t usec, void *userdata) {
        struct turns *ts = userdata;

        for (unsigned i = 0; i < TURNS_IN_A_ROW && ts->waiting; i++) {
                struct turn *t = ts->waiting;

                turns_leave(t);
                t->begin(t);
        }
        return ts->waiting ? sd_event_source_set_enabled(s, SD_EVENT_ONESHOT) : 0;
}

int turns_new(sd_event *event, struct turns **ret) {
        _cleanup_(turns_freep) struct turns *ts = calloc(1, sizeof(*ts));
        int r;

        if (!ts)
                return -ENOMEM;
        r = sd_event_add_time(event, &ts->source, CLOCK_MONOTONIC, 0, 1, on_turn, ts);
        if (r >= 0)
                r = sd_event_source_set_enabled(ts->source, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_source_set_priority(ts->source, DAEMON_PRIORITY_BUS);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(ts);
        return 0;
}

struct turns *turns_free(struct turns *ts) {
        if (!ts)
                return NULL;
        assert(!ts->waiting);
        (void) sd_event_source_disable_unref(ts->source);
        free(ts);
        return NULL;
}

void turns_wait(struct turns *ts, struct turn *t) {
        if (t->turns)
                return;
        t->turns = ts;
        DL_APPEND(ts->waiting, t);
        (void) sd_event_source_set_enabled(ts->source, SD_EVENT_ONESHOT);
}

void turns_leave(struct turn *t) {
        if (!t->turns)
                return;
        DL_DELETE(t->turns->waiting, t);
        t->turns = NULL;
}
