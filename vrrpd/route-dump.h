/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's routes and rules, as read once: to find out what is there already, and what carries our mark
 * when the record of it is torn. */

#include "common/cleanup.h"
#include "vrrpd/held-message.h"
#include "vrrpd/route.h"
#include "vrrpd/rule.h"

struct route_dump;
struct rule_dump;

/* Those of @protocol, of both families, in all tables. 0 or -errno. */
int route_dump_new(unsigned protocol, struct route_dump **ret);
struct route_dump *route_dump_free(struct route_dump *d);
DEFINE_CLEANUP_FUNC(struct route_dump *, route_dump_free);
bool route_dump_has(const struct route_dump *d, const struct vrrp_route *r);
/* The @i-th as a message that would remove it; false: there are no more. */
bool route_dump_form(const struct route_dump *d, size_t i, struct held_message *ret, size_t room);

/* All. */
int rule_dump_new(struct rule_dump **ret);
struct rule_dump *rule_dump_free(struct rule_dump *d);
DEFINE_CLEANUP_FUNC(struct rule_dump *, rule_dump_free);
bool rule_dump_has(const struct rule_dump *d, const struct vrrp_rule *r);
/* Likewise of those of our protocol; the others are passed over, with 0 bytes. */
bool rule_dump_form(const struct rule_dump *d, size_t i, struct held_message *ret, size_t room);

/* A message in words, as a new string; NULL: it cannot be told. */
char *route_dump_words(const struct held_message *f);
char *rule_dump_words(const struct held_message *f);
