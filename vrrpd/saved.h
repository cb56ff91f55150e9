/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What of an instance outlives its process: a value, described field by field, so that a newer
 * or an older release can read it. Whoever stores it writes one name and one text per field,
 * skips names it does not know when reading, and leaves what is missing at the default. Times
 * are on the core's clock and mean nothing after a reboot: the store must not outlive the boot
 * (/run does not). Values are checked when restored, not when parsed. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "common/usec.h"
#include "vrrpd/state.h"

#define VRRP_SAVED_VERSION 1

struct vrrp_saved {
        uint64_t version; /* of the writer; for people, nothing is decided by it */
        enum vrrp_state state;
        enum vrrp_reason reason;
        usec_t since;        /* when it was entered */
        unsigned int faults; /* known when saved; for people */
        bool maintenance;
        bool resigned; /* leaves mastership to others until they are gone */
        bool demoted;  /* an owner that yields to another owner speaks with 254 */
        bool untold;   /* nobody has been told of its FAULT yet; the shell's, the core ignores it */
        usec_t last_sent; /* our last advert; USEC_INFINITY: unknown. Whoever knows a later one than
                             was saved (from shared memory, or the kept socket) puts it here */
        usec_t start_at;  /* end of a running start_delay; USEC_INFINITY: none */
        usec_t preempt_at;      /* end of a running preempt_delay; USEC_INFINITY: none */
        usec_t announce_at;     /* the second burst of announcements is due; USEC_INFINITY: none */
        usec_t master_interval; /* learnt from it; 0: none */
        uint64_t master_priority;
        struct ip_addr master; /* whom BACKUP follows */
};

/* Everything unknown: what fields missing from the store keep. */
#define VRRP_SAVED_INIT                                                                            \
        {                                                                                          \
                .version = VRRP_SAVED_VERSION, .last_sent = USEC_INFINITY,                         \
                .start_at = USEC_INFINITY, .preempt_at = USEC_INFINITY,                            \
                .announce_at = USEC_INFINITY                                                       \
        }

enum vrrp_saved_type {
        VRRP_SAVED_STATE,
        VRRP_SAVED_REASON,
        VRRP_SAVED_UINT64,
        VRRP_SAVED_USEC, /* as UINT64, or "infinity" */
        VRRP_SAVED_FAULTS,
        VRRP_SAVED_BOOL, /* "yes", "no" */
        VRRP_SAVED_IP,
};

struct vrrp_saved_field {
        const char *name; /* as stored: "state", "last-sent" */
        enum vrrp_saved_type type;
        size_t offset; /* in struct vrrp_saved */
};

extern const struct vrrp_saved_field vrrp_saved_fields[];
extern const size_t n_vrrp_saved_fields;

/* The field called @name, NULL when this release knows none. */
const struct vrrp_saved_field *vrrp_saved_field_find(const char *name);

/* The value of @f in @s as text, into @ret of VRRP_SAVED_TEXT_MAX bytes. Returns @ret. */
#define VRRP_SAVED_TEXT_MAX 128
const char *vrrp_saved_field_format(
                const struct vrrp_saved_field *f, const struct vrrp_saved *s, char *ret);

/* Set @f in @s from @text. Returns 0, or -EINVAL and leaves @s as it was. */
int vrrp_saved_field_parse(
                const struct vrrp_saved_field *f, const char *text, struct vrrp_saved *s);
