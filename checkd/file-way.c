/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/file-way.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"

static int print_path(char *to, const char *a, const char *slash, const char *b) {
        int n = snprintf(to, PATH_MAX, "%s%s%s", a, slash, b);

        return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static void go_up(struct file_way *y) {
        char *slash = strrchr(y->at, '/');

        slash[slash == y->at] = '\0';
}

int file_way_init(struct file_way *y, const char *path) {
        *y = (struct file_way){ .at = "/" };
        return print_path(y->rest, path, "", "");
}

int file_way_next(struct file_way *y) {
        for (;;) {
                char *begin = y->rest + strspn(y->rest, "/");
                size_t n = strcspn(begin, "/");

                if (n == 0)
                        return 0;
                if (n > NAME_MAX)
                        return -ENAMETOOLONG;
                (void) snprintf(y->name, sizeof(y->name), "%.*s", (int) n, begin);
                memmove(y->rest, begin + n, strlen(begin + n) + 1);
                if (streq(y->name, ".."))
                        go_up(y);
                else if (!streq(y->name, "."))
                        return 1;
        }
}

int file_way_enter(struct file_way *y) {
        char path[PATH_MAX];
        int r;

        r = file_way_path(y, path);
        if (r >= 0)
                memcpy(y->at, path, sizeof(path));
        return r;
}

int file_way_follow(struct file_way *y, const char *target) {
        char rest[PATH_MAX];
        int r;

        if (y->links >= FILE_WAY_LINKS_MAX)
                return -ELOOP;
        r = print_path(rest, target, "/", y->rest);
        if (r < 0)
                return r;
        memcpy(y->rest, rest, sizeof(rest));
        y->links++;
        if (target[0] == '/')
                (void) strcpy(y->at, "/");
        return 0;
}

int file_way_path(const struct file_way *y, char ret[static PATH_MAX]) {
        return print_path(ret, y->at, streq(y->at, "/") ? "" : "/", y->name);
}
