/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Inputs: everything that may move an election. A closed tagged union; the shell translates
 * sockets, netlink, the bus, the configuration and the service manager into these and decides
 * nothing itself. */

#include <stdbool.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "common/usec.h"
#include "vrrpd/effect.h"
#include "vrrpd/packet.h"
#include "vrrpd/params.h"
#include "vrrpd/saved.h"

enum vrrp_input_type {
        /* A cold start: nobody knows what was. Effective priority, faults, source and
         * maintenance have been told by inputs of their own before; in INIT those are noted and
         * have no effect. RFC 9568 §6.4.1. */
        VRRP_INPUT_START,

        /* An earlier process of this boot left .restore.saved. Its role goes on without a
         * transition. The shell must not let time pass unheard: RESTORE, then every advert of
         * the kept sockets in order (SUPERSEDED for those newer than our own last one, else
         * nothing), then RESUME, and only then TIMER or anything else. */
        VRRP_INPUT_RESTORE,

        /* The deadline is reached, or not: the core compares. Feed whatever the sockets hold
         * before it. */
        VRRP_INPUT_TIMER,

        /* A valid advertisement from another router. */
        VRRP_INPUT_ADVERT,

        /* The same, found in a kept socket and newer than our own last one. A restored master
         * that sees one with a priority above 0 has been superseded: it becomes BACKUP, and the
         * advert is judged by Backup's rules. In every other state it is an ADVERT. */
        VRRP_INPUT_SUPERSEDED,

        /* The kept sockets are drained. A restored master that has not been superseded speaks
         * again, at once. Also takes back PREPARE_RESTART. Without effect otherwise. */
        VRRP_INPUT_RESUME,

        VRRP_INPUT_PRIORITY, /* the effective one, by trackers or the operator */
        VRRP_INPUT_FAULT,    /* reasons for FAULT came or went */
        VRRP_INPUT_SOURCE, /* our source address changed; losing the last one is a FAULT as well */
        VRRP_INPUT_RECONFIGURE,     /* but never family, version or VRID */
        VRRP_INPUT_MAINTENANCE,     /* the operator takes the node out, or puts it back */
        VRRP_INPUT_RESIGN,          /* give up mastership, and leave it to the one who takes it */
        VRRP_INPUT_STOP,            /* for good: release everything. INIT afterwards */
        VRRP_INPUT_PREPARE_RESTART, /* another process goes on soon: ask peers for patience */
        VRRP_INPUT_ADDRESS_LOST,    /* somebody else removed .address_lost.n of our addresses */
        VRRP_INPUT_EFFECT_FAILED,   /* an effect could not be carried out */
        VRRP_INPUT_SEND_ANNOUNCEMENTS, /* the operator asks for it */

        /* From the sync group (vrrpd/group.h), to its members alone. */
        VRRP_INPUT_GROUP_MASTER, /* all members are ready: be master */
        VRRP_INPUT_GROUP_BACKUP, /* another member is not master: give way, without a word */
        VRRP_INPUT_GROUP_LOWER, /* another member heard a router of lower priority: announce, too */
        VRRP_INPUT_GROUP_NEWCOMER, /* the others are master and go on without it; or no more */
        _VRRP_INPUT_TYPE_MAX,
};

/* What silence of the kept sockets proves. */
enum vrrp_evidence {
        VRRP_EVIDENCE_COMPLETE, /* kept, no drops, same interface, carrier never lost */
        VRRP_EVIDENCE_GAPS,     /* kept, but not all of that: a peer's advert in the first
                                   interval after RESUME still supersedes */
        VRRP_EVIDENCE_NONE,     /* no kept sockets: listen for one interval, after a long absence
                                   for a half more, without RESUME */
        _VRRP_EVIDENCE_MAX,
};

struct vrrp_input {
        enum vrrp_input_type type;
        union {
                struct {
                        struct vrrp_saved saved;
                        enum vrrp_evidence evidence;
                } restore;
                struct {
                        struct vrrp_advert advert;
                        usec_t received; /* the kernel's time stamp on the core's clock, not
                                            later than now; now where drops were counted */
                } advert;                /* ADVERT, SUPERSEDED */
                struct {
                        uint8_t priority; /* 1..255; 255 if and only if the configured one is */
                } priority;
                struct {
                        unsigned int set; /* enum vrrp_fault bits */
                        unsigned int cleared;
                } fault;
                struct {
                        struct ip_addr source;
                } source;
                struct {
                        struct vrrp_params params;
                        uint8_t priority;       /* the effective one under these parameters */
                        bool addresses_changed; /* the set of addresses is another one */
                } reconfigure;
                struct {
                        bool on;
                } maintenance;
                struct {
                        bool on;
                } newcomer;
                struct {
                        uint32_t n;
                } address_lost;
                struct {
                        enum vrrp_effect_type effect;
                        int error; /* -errno */
                } effect_failed;
        };
};

/* The word of an input in traces ("timer", "advert"); NULL for an unknown value. */
const char *vrrp_input_type_to_string(enum vrrp_input_type t);
