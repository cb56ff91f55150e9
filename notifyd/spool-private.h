/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What spool.c (what there is) and schedule.c (what is due) share. */

#include "notifyd/spool.h"

struct lane {
        UT_hash_handle hh;
        char *key; /* "KIND OBJECT" */
        enum action_kind kind;
        struct action *actions; /* oldest first */
        unsigned n;
};

struct cursor {
        UT_hash_handle hh;
        char *producer;
        char *generation;
        uint64_t sequence;
};

struct mailed {
        UT_hash_handle hh;
        char *object;
        char *state;
};

struct gate {
        unsigned failures; /* in a row; 0: open */
        usec_t until;
};

struct spool {
        struct action *actions;
        struct lane *lanes;
        struct cursor *cursors;
        struct mailed *mailed;
        uint64_t next_id; /* above all ids that were ever given out */
        unsigned pending[_ACTION_KIND_MAX];
        unsigned running[_ACTION_KIND_MAX];
        struct gate gates[_ACTION_KIND_MAX];
};

void spool_set_running(struct spool *s, struct action *a, bool running);
