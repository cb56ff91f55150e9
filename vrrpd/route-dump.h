/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's routes or rules, as read once: to find out what is there already, and what carries our mark
 * when the record of it is torn. */

#include "common/cleanup.h"
#include "vrrpd/route.h"
#include "vrrpd/rule.h"

struct route_dump;

/* The routes of @protocol, of both families, in all tables: struct vrrp_route; and all rules: struct vrrp_rule. 0 or
 * -errno. */
int route_dump_new(unsigned protocol, struct route_dump **ret);
int rule_dump_new(struct route_dump **ret);
struct route_dump *route_dump_free(struct route_dump *d);
DEFINE_CLEANUP_FUNC(struct route_dump *, route_dump_free);

/* The one that is what @value wants, or NULL. */
const void *route_dump_find(const struct route_dump *d, const void *value);
/* The @i-th of those that carry our mark; NULL: there are no more. */
const void *route_dump_get(const struct route_dump *d, size_t i);
