/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Whom a process runs as. Found out beforehand, because looking up users may ask a network: a configuration
 * is loaded rarely, a script runs every second. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PROCESS_GROUPS_MAX 256U

struct process_identity {
        uid_t uid;
        gid_t gid;
        gid_t groups[PROCESS_GROUPS_MAX]; /* supplementary */
        size_t n_groups;
};

/* Look up @user and @group (names or numbers; NULL: the user's primary group; a user given by number alone
 * must be known then). With @supplementary all groups of the user are taken on, else none but @group.
 * Returns 0; -ENOENT: no such user; -ENXIO: no such group; -E2BIG: more than PROCESS_GROUPS_MAX groups;
 * -EIO etc. when the user database did not answer. */
int process_identity_lookup(const char *user, const char *group, bool supplementary,
                struct process_identity *ret);

/* What this process is: a process_identity that changes nothing. */
void process_identity_self(struct process_identity *ret);

bool process_identity_equal(const struct process_identity *a, const struct process_identity *b);

/* Take on @identity, for ever. Only in a child that is about to execute something: concerns the calling
 * thread alone. Does nothing when it is the identity already. Returns 0 or -errno. */
int process_identity_assume(const struct process_identity *identity);
