/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The five states and the reasons for entering them. The words are the same on the bus, in the
 * log, on the command line, in scripts and in traces. RFC 9568 §6.4 has Initialize, Backup and
 * Active; FAULT and MAINTENANCE are Initialize with a reason to stay there. */

enum vrrp_state {
        VRRP_STATE_INIT, /* not started, or stopped */
        VRRP_STATE_BACKUP,
        VRRP_STATE_MASTER,      /* RFC 9568: Active */
        VRRP_STATE_FAULT,       /* something it needs is missing */
        VRRP_STATE_MAINTENANCE, /* the operator wants it out */
        _VRRP_STATE_MAX,
        _VRRP_STATE_INVALID = -1,
};

const char *vrrp_state_to_string(enum vrrp_state s);
enum vrrp_state vrrp_state_from_string(
                const char *word); /* _VRRP_STATE_INVALID for an unknown word */

/* Why the present state was entered. */
enum vrrp_reason {
        VRRP_REASON_NONE,
        VRRP_REASON_START,           /* cold start */
        VRRP_REASON_OWNER,           /* owns the addresses: MASTER without waiting */
        VRRP_REASON_MASTER_DOWN,     /* the master has been silent for the down interval */
        VRRP_REASON_MASTER_RESIGNED, /* the master said so with priority 0 */
        VRRP_REASON_PREEMPTED_LOWER, /* the master has a lower priority than we */
        VRRP_REASON_HIGHER_PRIORITY, /* a better one spoke: priority, then address */
        VRRP_REASON_SUPERSEDED, /* another one became master while this process could not speak */
        VRRP_REASON_FAULT,
        VRRP_REASON_FAULT_CLEARED,
        VRRP_REASON_RESIGN,
        VRRP_REASON_MAINTENANCE,
        VRRP_REASON_MAINTENANCE_OVER,
        VRRP_REASON_STOP,
        VRRP_REASON_GROUP, /* another member of the sync group gave way */
        _VRRP_REASON_MAX,
        _VRRP_REASON_INVALID = -1,
};

const char *vrrp_reason_to_string(enum vrrp_reason r);
enum vrrp_reason vrrp_reason_from_string(
                const char *word); /* _VRRP_REASON_INVALID for an unknown word */
