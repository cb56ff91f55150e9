/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One simulated machine with several routers, each on a network of its own, which share its process, and
 * its sync groups: what vrrpd/sync.c and vrrpd/reload.c are on a real one. */

#include <stdbool.h>
#include <stdint.h>

#include "common/usec.h"
#include "vrrpd/effect.h"
#include "vrrpd/group.h"
#include "vrrpd/input.h"

struct router;

#define TEAM_MEMBERS_MAX 3
#define TEAM_GROUPS_MAX 2

/* Where the configuration has a router. */
enum place {
        PLACE_ALONE,   /* it goes by itself */
        PLACE_GROUP_1, /* in a group */
        PLACE_GROUP_2, /* in another one */
        PLACE_NOWHERE, /* there is no such router */
        _PLACE_MAX,
};

struct team_group {
        struct vrrp_group group;
        enum vrrp_state kept; /* what the runtime directory says that it is */
        usec_t hold_at;
        bool busy; /* feeding members */
        bool unsettled;
};

struct team {
        struct router *members[TEAM_MEMBERS_MAX]; /* all routers of the machine */
        unsigned n;
        struct team_group groups[TEAM_GROUPS_MAX];
};

/* The process is a new one. */
void team_init(struct team *t, uint64_t seed);
void team_join(struct team *t, struct router *r, enum place place);

/* The group of @r, which is the first member that its timer is with; NULL: it is alone. */
struct team_group *team_group_of(const struct router *r);
bool team_is_first(const struct router *r);

/* The members know the facts; the groups of an earlier process go on if there is anything @restored. */
void team_restore(struct team *t, bool restored);

/* Members have the roles of an earlier process, or others than before: who has come to a MASTER group? */
void team_admit(struct team *t);

/* Members that have moved are told what they must know of each other: the end of a wake-up. */
void team_settle(struct team *t);

/* @r has been fed @in, was @before and wanted @effects. */
void team_follow(struct router *r, const struct vrrp_input *in, const struct vrrp_instance *before,
                const struct vrrp_effects *effects);

/* The configuration is read again, or at the next start, and has the routers at @places, one for each. */
void team_regroup(struct team *t, const enum place *places);
