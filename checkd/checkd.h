/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* checkd: runs checks and says what they found. It changes nothing itself. */

#include "checkd/tracker.h"
#include "common/daemon.h"

#define CHECKD_OBJECT_PATH "/org/mainstay/check1"

struct checkd {
        struct daemon *daemon;
        struct process_runner *runner;
        struct tracker *trackers; /* table by name */
        sd_event_source *save_timer;
};

extern const struct daemon_ops checkd_ops;

/* Something that is kept for a successor has changed: it is written soon, once for all changes. */
void checkd_save_soon(struct checkd *c);

/* The line in systemctl status: how many are up and down. */
void checkd_show_status(struct checkd *c);
