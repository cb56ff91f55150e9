/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A tracked vrrp_track_process: good while as many run as quorum and quorum_max say, after fork_delay and
 * terminate_delay. */

#include "checkd/tracker.h"

int tracker_process_new(
                struct checkd *c, const struct check_process_conf *conf, struct tracker **ret);
