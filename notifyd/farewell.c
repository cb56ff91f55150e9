/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Of all daemons notifyd ends last when all are stopped. The units have no order for that: it would hold for a restart
 * of all as well, where vrrpd would then be away until everybody has ended and notifyd has started, which takes
 * longer than peers wait. So the manager is asked who is being stopped, and those are heard out. */

#include "common/macro.h"
#include "notifyd/notifyd.h"

#define ANSWER_USEC (200 * USEC_PER_MSEC)

static void on_job(const char *type, void *userdata) {
        struct source *s = userdata;

        s->asked = false;
        s->ends = type && streq(type, "stop");
        notifyd_dispatch_soon(s->notifyd);
}

void notifyd_farewell_begin(struct notifyd *n) {
        for (size_t i = 0; i < NOTIFYD_SOURCES; i++) {
                struct source *s = &n->sources[i];

                s->asked = job_query_new(n->daemon->event, s->unit, ANSWER_USEC, on_job, s,
                                           &s->job) >= 0;
        }
}

static bool is_awaited(const struct source *s) {
        return s->asked || (s->ends && s->absent_since == USEC_INFINITY);
}

bool notifyd_farewell_waits(const struct notifyd *n) {
        for (size_t i = 0; i < NOTIFYD_SOURCES; i++)
                if (is_awaited(&n->sources[i]))
                        return true;
        return false;
}

/* For its last words there is as much time as for ours. */
void notifyd_farewell_lost(struct notifyd *n, const struct source *s) {
        if (!s->ends)
                return;
        (void) sd_event_source_set_time_relative(n->drain, NOTIFYD_DRAIN_USEC);
        notifyd_dispatch_soon(n);
}

void notifyd_farewell_stop(struct notifyd *n) {
        for (size_t i = 0; i < NOTIFYD_SOURCES; i++)
                n->sources[i].job = job_query_free(n->sources[i].job);
}
