/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A carrier takes an action and tells, once, what became of it. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#define CARRIED_TEXT_MAX 256U

enum carried_outcome {
        CARRIED_DONE,     /* it happened */
        CARRIED_LATER,    /* it did not, and may be tried again */
        CARRIED_GIVEN_UP, /* it did not and will not */
};

struct carried {
        enum carried_outcome outcome;
        bool far_end;         /* LATER: nothing else of this kind would work either */
        bool uncertain;       /* LATER: it may have happened all the same */
        json_object *settled; /* LATER: recipients who need no further try; borrowed, or NULL */
        char text[CARRIED_TEXT_MAX]; /* what went wrong, also with DONE; "" */
};

typedef void (*carried_t)(uint64_t id, const struct carried *c, void *userdata);
