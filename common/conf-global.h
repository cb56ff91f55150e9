/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What concerns all daemons alike: identity, the default identity of scripts. The rows of keywords
 * about processes, priorities and files of keepalived, which mean nothing here, are in the .c. */

#include "common/conf-object.h"
#include "common/conf-process.h"
#include "common/conf-script.h"
#include "common/usec.h"

/* stale_after: what to make of checkd's words when it has been gone for so long. */
struct global_stale_conf {
        usec_t after_usec; /* 0: never */
        bool fault; /* whoever tracks something is in FAULT; else: as if nothing were tracked */
};

struct global_conf {
        struct conf_object object;
        char *router_id;             /* name in mail subjects; NULL: the host name */
        struct conf_script identity; /* script_user as written */
        const char *script_user;     /* NULL: keepalived_script where that user exists, else root */
        const char *script_group;    /* NULL: the user's primary group */
        bool script_supplementary;   /* with all groups of the user */
        bool script_security;        /* enable_script_security */
        bool set_supplementary_groups;
        struct global_stale_conf stale;
        struct process_conf vrrp_process, checker_process;
};
