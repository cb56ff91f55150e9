/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/file-system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

/* Does @path lie at or below @mount (with the octal escapes of mountinfo)? Then how long the mount point is,
 * else -1. */
static int match_mount(const char *mount, size_t n, const char *path) {
        size_t k = 0;

        for (size_t i = 0; i < n; i++, k++) {
                char c = mount[i];

                if (c == '\\' && i + 3 < n) {
                        c = (char) ((mount[i + 1] - '0') << 6 | (mount[i + 2] - '0') << 3 |
                                        (mount[i + 3] - '0'));
                        i += 3;
                }
                if (path[k] != c)
                        return -1;
        }
        if (k == 1) /* the root */
                return 1;
        return path[k] == '/' || path[k] == '\0' ? (int) k : -1;
}

/* The @i-th word of a line that ends at @end. */
static const char *word_of(const char *line, const char *end, unsigned i, size_t *ret_n) {
        while (i-- > 0 && line < end) {
                line += strcspn(line, " \n");
                line += *line == ' ';
        }
        *ret_n = strcspn(line, " \n");
        return line;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" */
static void take_line(const char *line, const char *end, struct file_system *ret) {
        const char *dash = strstr(line, " - ");

        if (dash && dash < end)
                (void) snprintf(ret->type, sizeof(ret->type), "%.*s",
                                (int) strcspn(dash + 3, " \n"), dash + 3);
}

bool file_system_find(const char *mountinfo, const char *path, struct file_system *ret) {
        struct file_system found = {};
        int best = -1;

        for (const char *line = mountinfo; *line;) {
                const char *end = line + strcspn(line, "\n");
                size_t n;
                const char *mount = word_of(line, end, 4, &n);
                int length = match_mount(mount, n, path);

                if (length >= best && length > 0) { /* of two on one place the later is on top */
                        best = length;
                        take_line(line, end, &found);
                }
                line = *end ? end + 1 : end;
        }
        if (best < 0 || !found.type[0])
                return false;
        *ret = found;
        return true;
}

const char *file_system_unwatchable(const struct file_system *fs) {
        static const char *const unseen[] = { "9p", "afs", "autofs", "bpf", "ceph", "cgroup",
                "cgroup2", "cifs", "coda", "configfs", "debugfs", "devpts", "efivarfs", "fuse",
                "gfs2", "lustre", "mqueue", "nfs", "nfs4", "ocfs2", "proc", "pstore", "securityfs",
                "selinuxfs", "smb3", "smbfs", "sysfs", "tracefs", "virtiofs" };

        if (strncmp(fs->type, "fuse.", 5) == 0)
                return "changes there are not told to this machine";
        for (size_t i = 0; i < ARRAY_SIZE(unseen); i++)
                if (streq(fs->type, unseen[i]))
                        return "changes there are not told";
        return NULL;
}
