/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The steps of conf_load(), for whoever has the tree from elsewhere. */

#include "common/conf.h"

/* A conf with an empty tree and without models. @config_id may be NULL: the host's name. */
int conf_new(const char *path, const char *config_id, struct conf **ret);

/* Build and check the models of a conf whose tree is there. 0 or -ENOMEM. */
int conf_judge(struct conf *c, unsigned flags);
