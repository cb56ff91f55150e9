/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Planted bugs. An invariant that has never failed may not be able to: so each of these must be
 * caught. They are planted around the core, not in it: its leaf functions are wrapped by the
 * linker (--wrap), its inputs withheld, its struct tampered with. The product has no hook for
 * them. */

#include <stdbool.h>

#include "vrrpd/group.h"
#include "vrrpd/instance.h"

struct router;

/* Plant the bug called @name, or none for NULL. Returns 0, or -ENOENT for an unknown name. */
int mutation_select(const char *name);

/* Write all names, one a line. */
void mutation_list(void);

/* Where bugs may sit. All do nothing unless the selected one sits there. */
bool mutation_hides(const struct router *r, const struct vrrp_input *in);
void mutation_spoils(
                struct router *r, const struct vrrp_input *in, const struct vrrp_instance *before);
void mutation_blinds(struct router *r);
bool mutation_keeps_addresses(const struct router *r);
void mutation_spoils_group(struct vrrp_group *g);
bool mutation_settles_early(void);
bool mutation_trusts(void);
bool mutation_forgets(void);
