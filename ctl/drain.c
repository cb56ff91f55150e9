/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/drain.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "common/json.h"
#include "common/macro.h"
#include "ctl/balancer.h"
#include "ctl/client.h"
#include "ctl/ctl.h"

#define LOOK_USEC (500 * USEC_PER_MSEC)
#define ABSENCE_USEC (30 * USEC_PER_SEC) /* longer than a restart of ipvsd */

struct wait {
        json_object *servers;    /* borrowed */
        size_t left;             /* not drained */
        uint64_t active, others; /* their connections */
};

/* The same server as it is shown now, or NULL. */
static json_object *now_shown(const struct balancer *b, json_object *server) {
        const char *path = json_get_string(server, "Path");

        for (size_t i = 0; i < json_object_array_length(b->servers); i++) {
                json_object *s = json_object_array_get_idx(b->servers, i);

                if (streq(json_get_string(s, "Path"), path))
                        return s;
        }
        return NULL;
}

static void look(sd_bus *bus, const struct balancer *b, struct wait *w) {
        _cleanup_(json_object_putp) json_object *statistics = balancer_statistics(bus, "", false);

        w->left = 0;
        w->active = w->others = 0;
        for (size_t i = 0; i < json_object_array_length(w->servers); i++) {
                json_object *s = now_shown(b, json_object_array_get_idx(w->servers, i));
                struct balancer_counts c;

                if (!s || json_get_bool(s, "Drained"))
                        continue;
                w->left++;
                c = balancer_counts_of(statistics, json_get_string(s, "Service"),
                                json_get_string(s, "Name"));
                w->active += c.active;
                w->others += c.inactive;
        }
}

static void say(const struct wait *now, const struct wait *before) {
        if (now->left == before->left && now->active == before->active &&
                        now->others == before->others)
                return;
        if (now->left == 0)
                (void) puts("drained");
        else
                printf("%zu of %zu servers: %" PRIu64 " active, %" PRIu64
                       " inactive connections left\n",
                                now->left, json_object_array_length(now->servers), now->active,
                                now->others);
        (void) fflush(stdout);
}

static void pause_(void) {
        struct timespec ts = { .tv_nsec = (long) (LOOK_USEC * NSEC_PER_USEC) };

        (void) nanosleep(&ts, NULL);
}

/* A restart of ipvsd is waited for, and mentioned once. Returns whether it has lasted too long. */
static bool is_gone(usec_t now, usec_t seen, bool *told) {
        if (!*told)
                (void) fputs("ipvsd is not there now; waiting for it\n", stderr);
        *told = true;
        return now > seen + ABSENCE_USEC;
}

int drain_wait(sd_bus *bus, json_object *servers, usec_t timeout_usec) {
        usec_t seen = usec_now(CLOCK_MONOTONIC), end = usec_add(seen, timeout_usec);
        struct wait before = { .servers = servers, .left = SIZE_MAX };
        bool told = false;

        for (;;) {
                _cleanup_(balancer_done) struct balancer b = {};
                struct wait w = { .servers = servers };
                usec_t now;
                int r;

                r = balancer_look(bus, &b);
                now = usec_now(CLOCK_MONOTONIC);
                if (r < 0 || (r == CTL_NOT_THERE && is_gone(now, seen, &told)))
                        return r;
                if (r == 0) {
                        seen = now;
                        told = false;
                        look(bus, &b, &w);
                        say(&w, &before);
                        if (w.left == 0)
                                return CTL_OK;
                        before = w;
                }
                if (now >= end) {
                        (void) fputs("Not drained within the time; the order stands.\n", stderr);
                        return CTL_FAILED;
                }
                pause_();
        }
}
