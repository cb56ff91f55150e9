/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Wait until the daemons do their work, or until they have ended: by systemd's word where there is one, and
 * by their names on the bus where there is a bus. This is what the start and the stop of the umbrella unit
 * mean. systemctl waits for the job of the unit that it was given and for no other; the umbrella has no order
 * towards the daemons, because it would then be stopped before them. When one has failed for good the others
 * are not waited for much longer, and what they say is told. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/macro.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/producers.h"
#include "ctl/unit.h"

#define TIMEOUT_DEFAULT_USEC (60 * USEC_PER_SEC)
#define OTHERS_USEC (3 * USEC_PER_SEC) /* after one has failed: to tell all that fail in one go */
#define LOOK_EVERY_USEC (50 * USEC_PER_MSEC)

enum readiness {
        READY, /* or ended, if that is waited for */
        NOT_YET,
        FAILED,   /* for good */
        UNWANTED, /* masked, or not installed */
        _READINESS_MAX,
};

struct waiting {
        bool for_end;
        sd_bus *manager; /* NULL: no systemd */
        sd_bus *bus;     /* NULL: no bus */
        bool wanted[N_PRODUCERS];
        enum readiness readiness[N_PRODUCERS];
        char *why[N_PRODUCERS]; /* not READY: in words */
};

_printf_(4, 5) static void set(
                struct waiting *w, size_t i, enum readiness readiness, const char *why, ...) {
        va_list ap;

        free(w->why[i]);
        va_start(ap, why);
        if (vasprintf(&w->why[i], why, ap) < 0)
                w->why[i] = NULL;
        va_end(ap);
        w->readiness[i] = readiness;
}

/* Has the name an owner? Without a bus nothing can be said against it. */
static bool is_on_bus(struct waiting *w, size_t i) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

        return client_call(w->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                               "org.freedesktop.DBus", "GetNameOwner", &error, NULL, "s",
                               producers[i].bus_name) >= 0;
}

static void look_at_name(struct waiting *w, size_t i) {
        if (!w->bus || is_on_bus(w, i) != w->for_end)
                set(w, i, READY, "ready");
        else
                set(w, i, NOT_YET, "%s the bus as %s", w->for_end ? "still on" : "not on",
                                producers[i].bus_name);
}

static void judge_start(struct waiting *w, size_t i, const struct unit *u, const char *state) {
        if (unit_is_unwanted(u))
                set(w, i, UNWANTED, "%s", state);
        else if (u->has_job) /* what it is now is about to end */
                set(w, i, NOT_YET, "%s, with a job", state);
        else if (streq(u->active_state, "failed"))
                set(w, i, FAILED, "%s", state);
        else if (streq(u->active_state, "active"))
                look_at_name(w, i);
        else
                set(w, i, NOT_YET, "%s", state);
}

static void judge_end(struct waiting *w, size_t i, const struct unit *u, const char *state) {
        bool ended = streq(u->active_state, "inactive") || streq(u->active_state, "failed");

        set(w, i, ended && !u->has_job ? READY : NOT_YET, "%s", state);
}

static void look_at(struct waiting *w, size_t i) {
        _cleanup_free_ char *state = NULL;
        struct unit u;
        int r;

        if (!w->manager) {
                look_at_name(w, i);
                return;
        }
        r = unit_read(w->manager, producers[i].unit, &u);
        if (r < 0) {
                set(w, i, NOT_YET, "systemd does not tell its state: %s", strerror(-r));
                return;
        }
        state = unit_describe(&u);
        if (w->for_end)
                judge_end(w, i, &u, state ?: "");
        else
                judge_start(w, i, &u, state ?: "");
        unit_done(&u);
}

/* How many are in which state. */
static void look_at_all(struct waiting *w, unsigned ret_n[static _READINESS_MAX]) {
        memset(ret_n, 0, _READINESS_MAX * sizeof(*ret_n));
        for (size_t i = 0; i < N_PRODUCERS; i++) {
                if (!w->wanted[i])
                        continue;
                look_at(w, i);
                ret_n[w->readiness[i]]++;
        }
}

static void tell(const struct waiting *w) {
        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (w->wanted[i] && (w->readiness[i] == NOT_YET || w->readiness[i] == FAILED))
                        (void) fprintf(stderr, "%s: %s\n", producers[i].name, w->why[i] ?: "");
}

static int wait_until(struct waiting *w, usec_t end) {
        for (;;) {
                usec_t now = usec_now(CLOCK_MONOTONIC);
                unsigned n[_READINESS_MAX];

                look_at_all(w, n);
                if (n[FAILED] > 0)
                        end = MIN(end, usec_add(now, OTHERS_USEC));
                if (n[NOT_YET] == 0 || now >= end) {
                        tell(w);
                        return n[FAILED] > 0 ? CTL_FAILED : n[NOT_YET] > 0 ? CTL_NOT_THERE : CTL_OK;
                }
                (void) usleep(LOOK_EVERY_USEC);
        }
}

static int wait_for(struct waiting *w, const struct ctl *c) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        usec_t timeout = c->timeout_usec == USEC_INFINITY ? TIMEOUT_DEFAULT_USEC : c->timeout_usec;
        int r;

        r = w->manager ? client_connect(&bus) : client_connect_or_tell(&bus);
        if (!w->manager && r != 0)
                return r;
        w->bus = bus;

        r = wait_until(w, usec_add(usec_now(CLOCK_MONOTONIC), timeout));
        for (size_t i = 0; i < N_PRODUCERS; i++)
                free(w->why[i]);
        return r;
}

int verb_wait_ready(const struct ctl *c, char **words) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *manager = NULL;
        struct waiting w = {};

        if (producers_select(words, w.wanted) < 0)
                return CTL_USAGE;
        (void) unit_manager_connect(&manager);
        w.manager = manager;
        return wait_for(&w, c);
}

/* Within a unit: only if that is being stopped; in a restart the daemons do not stay away. */
int verb_wait_stopped(const struct ctl *c, char **words) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *manager = NULL;
        struct waiting w = { .for_end = true };

        if (producers_select(words, w.wanted) < 0)
                return CTL_USAGE;
        (void) unit_manager_connect(&manager);
        if (manager && unit_own_job_is(manager, "restart"))
                return CTL_OK;
        w.manager = manager;
        return wait_for(&w, c);
}
