/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/process-identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A decimal number below 2^32 - 1 (which means "no change" to setresuid(2)). */
static int parse_id(const char *s, unsigned *ret) {
        unsigned long v;
        char *end;

        if (*s < '0' || *s > '9')
                return -EINVAL;
        errno = 0;
        v = strtoul(s, &end, 10);
        if (errno != 0 || *end || v >= UINT32_MAX)
                return -EINVAL;
        *ret = (unsigned) v;
        return 0;
}

/* getpwnam(3) and getgrnam(3) leave one of these, or nothing, when the answer is "no such entry". */
static int lookup_error(int error, int not_found) {
        if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
                return not_found;
        return -error;
}

static int lookup_user(const char *user, const struct passwd **ret) {
        const struct passwd *pw = NULL;
        unsigned id;

        errno = 0;
        pw = getpwnam(user);
        if (!pw && parse_id(user, &id) == 0) {
                errno = 0;
                pw = getpwuid(id);
        }
        if (!pw)
                return lookup_error(errno, -ENOENT);
        *ret = pw;
        return 0;
}

static int lookup_group(const char *group, gid_t *ret) {
        const struct group *gr;
        int error;

        errno = 0;
        gr = getgrnam(group);
        error = errno;
        if (gr) {
                *ret = gr->gr_gid;
                return 0;
        }
        if (parse_id(group, ret) == 0)
                return 0;
        return lookup_error(error, -ENXIO);
}

static int lookup_supplementary(const char *name, struct process_identity *identity) {
        int n = PROCESS_GROUPS_MAX;

        if (getgrouplist(name, identity->gid, identity->groups, &n) < 0)
                return -E2BIG;
        identity->n_groups = (size_t) n;
        return 0;
}

int process_identity_lookup(const char *user, const char *group, bool supplementary,
                struct process_identity *ret) {
        struct process_identity identity = {};
        const struct passwd *pw = NULL;
        int r;

        r = lookup_user(user, &pw);
        if (r < 0)
                return r;
        identity.uid = pw->pw_uid;
        identity.gid = pw->pw_gid;
        if (group) {
                r = lookup_group(group, &identity.gid);
                if (r < 0)
                        return r;
        }
        if (supplementary) {
                r = lookup_supplementary(pw->pw_name, &identity);
                if (r < 0)
                        return r;
        }
        *ret = identity;
        return 0;
}

void process_identity_self(struct process_identity *ret) {
        int n;

        *ret = (struct process_identity){ .uid = geteuid(), .gid = getegid() };
        n = getgroups(PROCESS_GROUPS_MAX, ret->groups);
        ret->n_groups = n > 0 ? (size_t) n : 0;
}

bool process_identity_equal(const struct process_identity *a, const struct process_identity *b) {
        return a->uid == b->uid && a->gid == b->gid && a->n_groups == b->n_groups &&
                        memcmp(a->groups, b->groups, a->n_groups * sizeof(a->groups[0])) == 0;
}

int process_identity_assume(const struct process_identity *identity) {
        /* Groups of its own user cost an ordinary daemon (a test) nothing and it may not drop them. */
        if (geteuid() != 0 && identity->uid == geteuid() && identity->gid == getegid())
                return 0;
        if (setgroups(identity->n_groups, identity->groups) < 0)
                return -errno;
        if (setresgid(identity->gid, identity->gid, identity->gid) < 0)
                return -errno;
        if (setresuid(identity->uid, identity->uid, identity->uid) < 0)
                return -errno;
        return 0;
}
