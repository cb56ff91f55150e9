/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/file-system.h"

#include <criterion/criterion.h>

static const char mounts[] =
                "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro\n"
                "22 21 0:20 / /proc rw,nosuid - proc proc rw\n"
                "23 21 0:21 / /srv/share rw shared:9 master:2 - nfs4 host:/x rw,vers=4.2\n"
                "24 21 0:22 / /srv/with\\040blank rw - fuse.sshfs a rw\n"
                "25 21 0:23 / /run ro - tmpfs tmpfs ro,size=4k\n"
                "26 25 0:24 / /run/rw rw - tmpfs tmpfs rw\n"
                "27 21 0:25 / /over rw - tmpfs tmpfs rw\n"
                "28 27 0:26 / /over rw - cifs //x/y rw\n";

static const char *type_of(const char *path) {
        static struct file_system fs;

        return file_system_find(mounts, path, &fs) ? fs.type : "none";
}

static const char *why_not(const char *path) {
        struct file_system fs;

        cr_assert(file_system_find(mounts, path, &fs));
        return file_system_unwatchable(&fs);
}

Test(file_system, is_that_of_the_longest_mount_point) {
        cr_expect_str_eq(type_of("/etc/flag"), "ext4");
        cr_expect_str_eq(type_of("/proc/1/stat"), "proc");
        cr_expect_str_eq(type_of("/processes"), "ext4", "only whole names count");
        cr_expect_str_eq(type_of("/srv/share/a/b"), "nfs4");
        cr_expect_str_eq(type_of("/srv/with blank/f"), "fuse.sshfs");
        cr_expect_str_eq(type_of("/over/f"), "cifs", "the later one is on top");
}

Test(file_system, may_tell_nothing) {
        cr_expect_null(why_not("/etc/flag"));
        cr_expect_null(why_not("/run/rw/flag"));
        cr_expect_null(why_not("/run/flag"), "one that is read-only tells as others do");
        cr_expect_not_null(why_not("/proc/uptime"));
        cr_expect_not_null(why_not("/srv/share/f"));
        cr_expect_not_null(why_not("/srv/with blank/f"));
}

Test(file_system, of_a_torn_text_is_not_known) {
        struct file_system fs;

        cr_expect_not(file_system_find("", "/x", &fs));
        cr_expect_not(file_system_find("1 2 3", "/x", &fs));
        cr_expect_not(file_system_find("21 1 8:1 / / rw,relatime", "/x", &fs));
        cr_expect_not(file_system_find("21 1 8:1 / / rw - ", "/x", &fs));
        cr_expect_not(file_system_find("\n\n - \n", "/x", &fs));
}
