/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What concerns all daemons alike: identity, the default identity of scripts. The rows of keywords about
 * processes, priorities and files of keepalived, which mean nothing here, are in the .c. */

#include "common/conf-object.h"
#include "common/conf-script.h"

struct global_conf {
        struct conf_object object;
        char *router_id;           /* name in mail subjects; NULL: the host name */
        char *script_user;         /* NULL: keepalived_script where that user exists, else root */
        char *script_group;        /* NULL: the user's primary group */
        bool script_supplementary; /* script_user NAME :  */
        bool script_security;      /* enable_script_security */
        bool set_supplementary_groups;
        uint64_t stale_after_usec; /* a producer's silence before stale_action; USEC_INFINITY: never */
        char *stale_action;        /* "fault" or "ignore" */
};
