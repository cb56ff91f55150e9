/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Wait until the daemons do their work: by systemd's word where there is one, and by their names on the
 * bus where there is a bus. This is what the umbrella unit's start means; one daemon that failed for good
 * ends the waiting at once, with its own words. */

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
#define LOOK_EVERY_USEC (100 * USEC_PER_MSEC)

enum readiness {
        READY,
        NOT_YET,
        FAILED,   /* for good */
        UNWANTED, /* masked, or not installed */
};

struct waiting {
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
static void look_at_name(struct waiting *w, size_t i) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r;

        if (!w->bus) {
                set(w, i, READY, "without a bus");
                return;
        }
        r = client_call(w->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                        "org.freedesktop.DBus", "GetNameOwner", &error, NULL, "s",
                        producers[i].bus_name);
        if (r >= 0)
                set(w, i, READY, "ready");
        else
                set(w, i, NOT_YET, "not on the bus as %s", producers[i].bus_name);
}

static void judge_unit(struct waiting *w, size_t i, const struct unit *u) {
        _cleanup_free_ char *state = unit_describe(u);

        if (unit_is_unwanted(u))
                set(w, i, UNWANTED, "%s", state ?: "");
        else if (streq(u->active_state, "failed"))
                set(w, i, FAILED, "%s", state ?: "");
        else if (streq(u->active_state, "active"))
                look_at_name(w, i);
        else
                set(w, i, NOT_YET, "%s", state ?: "");
}

static void look_at(struct waiting *w, size_t i) {
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
        judge_unit(w, i, &u);
        unit_done(&u);
}

/* The worst of all. */
static enum readiness look_at_all(struct waiting *w) {
        enum readiness worst = READY;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                if (!w->wanted[i] || w->readiness[i] == UNWANTED)
                        continue;
                look_at(w, i);
                if (w->readiness[i] == FAILED)
                        worst = FAILED;
                else if (w->readiness[i] == NOT_YET && worst == READY)
                        worst = NOT_YET;
        }
        return worst;
}

static void tell(const struct waiting *w, enum readiness least) {
        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (w->wanted[i] && w->why[i] && w->readiness[i] >= least)
                        (void) fprintf(stderr, "%s: %s\n", producers[i].name, w->why[i]);
}

static int wait_until(struct waiting *w, usec_t end) {
        for (;;) {
                enum readiness worst = look_at_all(w);
                bool late = usec_now(CLOCK_MONOTONIC) >= end;

                if (worst == READY)
                        return CTL_OK;
                if (worst == FAILED || late) {
                        tell(w, NOT_YET);
                        return worst == FAILED ? CTL_FAILED : CTL_NOT_THERE;
                }
                (void) usleep(LOOK_EVERY_USEC);
        }
}

int verb_wait_ready(const struct ctl *c, char **words) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *manager = NULL, *bus = NULL;
        usec_t timeout = c->timeout_usec == USEC_INFINITY ? TIMEOUT_DEFAULT_USEC : c->timeout_usec;
        struct waiting w = {};
        int r;

        if (producers_select(words, w.wanted) < 0)
                return CTL_USAGE;
        for (size_t i = 0; i < N_PRODUCERS; i++)
                w.readiness[i] = NOT_YET;

        (void) unit_manager_connect(&manager);
        r = manager ? client_connect(&bus) : client_connect_or_tell(&bus);
        if (!manager && r != 0)
                return r;
        if (!bus)
                (void) fputs("The bus cannot be reached; the units' states have to do.\n", stderr);

        w.manager = manager;
        w.bus = bus;
        r = wait_until(&w, usec_add(usec_now(CLOCK_MONOTONIC), timeout));
        for (size_t i = 0; i < N_PRODUCERS; i++)
                free(w.why[i]);
        return r;
}
