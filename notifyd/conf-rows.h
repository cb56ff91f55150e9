/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What conf.c (mail) and conf-fifo.c share. */

#include "common/conf-block.h"
#include "common/conf-build.h"
#include "common/conf-language.h"

#define NOTIFY_FIELD(f) .offset = offsetof(struct notify_conf, f)
#define NOTIFY_KEEPALIVED .owner = CONF_OWNER_NOTIFYD, .source = "keepalived 2.4.3"

extern const struct conf_section notify_conf_fifo_section;

/* The globals have no block of their own: the line of @key among all global_defs, else the file's root. */
const struct conf_node *notify_conf_line_of(struct conf_build *b, const char *key);

/* What concerns several FIFOs. */
void notify_conf_check_fifos(struct conf_build *b);
