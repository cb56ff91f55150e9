/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The state of the whole node: what each daemon shows now, and what follows from that. What a daemon
 * that does not run has shown before is not part of it: nobody sees a dead vrrpd's MASTER. */

#include <json-c/json.h>
#include <stdbool.h>

#include "ctl/snapshot.h"

struct status {
        bool wanted[N_PRODUCERS];
        struct snapshot snapshots[N_PRODUCERS];
        char *no_bus;          /* why the bus cannot be reached, or NULL */
        json_object *problems; /* array of strings, one line each */
        bool complete;         /* all daemons that are asked for and not masked run and answer */
};

void status_print_text(const struct status *s);
/* The schema is described in mainstayctl(1). */
void status_print_json(const struct status *s);
