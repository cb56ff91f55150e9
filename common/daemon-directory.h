/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Where a daemon keeps what must survive it, and the lock that makes it the only one.
 *
 * Under systemd the manager makes the directories and names them ($RUNTIME_DIRECTORY,
 * $STATE_DIRECTORY); by hand they are /run/mainstay/NAME and /var/lib/mainstay/NAME, with -ID behind
 * the name for the config id. */

#include <sys/types.h>

/* The path, made if it is missing. Free it. Returns 0 or -errno. */
int daemon_runtime_directory(const char *name, const char *config_id, char **ret);
int daemon_state_directory(const char *name, const char *config_id, char **ret);

/* Take the lock of @runtime_dir for life: it is held while *ret_fd is open and is not inherited.
 * -EBUSY: somebody else has it, and *ret_holder is the pid (0: not known). */
int daemon_lock(const char *runtime_dir, int *ret_fd, pid_t *ret_holder);
