/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Replay: an event that is newer than the file of roles (vrrpd/roles.h) tells of a state that was reached,
 * and that people know or will know of. The file is written seldom, the event before anything is done. */

#include "common/event-log.h"
#include "common/usec.h"
#include "vrrpd/roles.h"

/* Bring @roles, as read, up to the last event of @log: state, reason in one word and in many, and since
 * when; what an event does not know is as it was, and timers of the earlier state run no more. @now and
 * @real are the two clocks, at one moment. Each transition is logged: whoever recorded it may have
 * died before the journal heard of it. */
void vrrp_replay(struct vrrp_roles *roles, struct event_log *log, usec_t now, usec_t real);
