/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What systemd says of a unit. Asked over the manager's private socket, which works while there is no
 * bus, and which only root may use; others ask on the bus. */

#include <stdbool.h>
#include <systemd/sd-bus.h>

struct unit {
        char *load_state;   /* "loaded", "masked", "not-found", ... */
        char *active_state; /* "active", "activating", "failed", "inactive", ... */
        char *sub_state;    /* "running", "auto-restart", ... */
        char *result;       /* of a service: "success", "exit-code", "start-limit-hit", ... */
        bool has_job;       /* it is about to be started, stopped, restarted, ... */
        char *status_text;  /* what the service said last with STATUS=, or "" */
};

/* Connect to the manager of the daemons. -errno: no systemd here, none that answers, or they are not its
 * own: with DBUS_SYSTEM_BUS_ADDRESS the daemons of another world are asked for. */
int unit_manager_connect(sd_bus **ret);

int unit_read(sd_bus *manager, const char *name, struct unit *ret);
void unit_done(struct unit *u);

/* Its state for people: "failed (exit-code): STATUS", "activating (auto-restart)", "masked". Free it. */
char *unit_describe(const struct unit *u);

/* Somebody does not want it: masked, or not installed. */
bool unit_is_unwanted(const struct unit *u);

/* Is the job of the unit that this process belongs to of that type ("stop", "restart")? False where there is
 * neither unit nor job. */
bool unit_own_job_is(sd_bus *manager, const char *type);
