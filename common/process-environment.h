/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The environment of processes of others: the daemon's, without what would change how a shell or the loader
 * works (as keepalived) and without what the service manager told the daemon about itself. */

#include "common/cleanup.h"

/* @extra: "NAME=value", NULL-terminated, or NULL; they replace inherited ones of the same name and are
 * borrowed, as the daemon's are: the array alone is the caller's. Returns 0 or -ENOMEM. */
int process_environment_new(char *const *extra, char ***ret);
char **process_environment_free(char **environment);
DEFINE_CLEANUP_FUNC(char **, process_environment_free);
