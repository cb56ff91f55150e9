/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What to say about a word that is no keyword where it stands: what it once was, where it belongs,
 * what was probably meant. */

#include "common/conf-build.h"

void conf_unknown_say(struct conf_build *b, const struct conf_node *n, enum conf_block block);
