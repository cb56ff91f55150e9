/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sync group of one simulated machine: what vrrpd/sync.c is on a real one. Its members share the
 * machine and its process, and each is on a network of its own. */

#include <stdbool.h>

#include "common/usec.h"
#include "vrrpd/effect.h"
#include "vrrpd/group.h"
#include "vrrpd/input.h"

struct router;

#define TEAM_MEMBERS_MAX 3

struct team {
        struct vrrp_group group;
        struct router *members[TEAM_MEMBERS_MAX];
        unsigned n;
        usec_t hold_at;
        bool busy; /* feeding members */
};

/* The process of its members is a new one. */
void team_init(struct team *t, uint64_t seed);
void team_join(struct team *t, struct router *r);

/* Members are told what they must know of each other. */
void team_settle(struct team *t);

/* @r, a member, has been fed @in, was @before and wanted @effects. */
void team_follow(struct router *r, const struct vrrp_input *in, const struct vrrp_instance *before,
                const struct vrrp_effects *effects);
