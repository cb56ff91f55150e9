/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/file-way.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct file_way way;

/* All names on the way along @path, each as "DIRECTORY NAME,", when every one is a directory. */
static const char *names(const char *path) {
        static char text[256];
        size_t n = 0;

        text[0] = '\0';
        cr_assert_eq(file_way_init(&way, path), 0);
        while (file_way_next(&way) > 0) {
                n += (size_t) snprintf(text + n, sizeof(text) - n, "%s %s,", way.at, way.name);
                cr_assert_eq(file_way_enter(&way), 0);
        }
        return text;
}

Test(file_way, looks_into_each_directory_for_the_next_name) {
        cr_expect_str_eq(names("/a"), "/ a,");
        cr_expect_str_eq(names("/a/b/c"), "/ a,/a b,/a/b c,");
        cr_expect_str_eq(names("//a///b/"), "/ a,/a b,");
        cr_expect_str_eq(names("/a/./b/../c"), "/ a,/a b,/a c,");
        cr_expect_str_eq(names("/../..data"), "/ ..data,");
        cr_expect_str_eq(names("/"), "");
        cr_expect_str_eq(way.at, "/");
        (void) names("/a/b/..");
        cr_expect_str_eq(way.at, "/a");
}

static void take(const char *at, const char *name) {
        cr_assert_eq(file_way_next(&way), 1);
        cr_expect_str_eq(way.at, at);
        cr_expect_str_eq(way.name, name);
}

Test(file_way, follows_links_from_where_they_are) {
        cr_assert_eq(file_way_init(&way, "/cfg/flag"), 0);
        take("/", "cfg");
        cr_assert_eq(file_way_enter(&way), 0);
        take("/cfg", "flag");
        cr_assert_eq(file_way_follow(&way, "..data/flag"), 0);
        take("/cfg", "..data");
        cr_assert_eq(file_way_follow(&way, "/srv/x/"), 0);
        take("/", "srv");
        cr_assert_eq(file_way_enter(&way), 0);
        take("/srv", "x");
        cr_assert_eq(file_way_enter(&way), 0);
        take("/srv/x", "flag");
        cr_assert_eq(file_way_follow(&way, "../y"), 0);
        take("/srv", "y");
        cr_assert_eq(file_way_next(&way), 0);
}

Test(file_way, is_not_endless) {
        char name[NAME_MAX + 3], path[PATH_MAX + 1];

        cr_assert_eq(file_way_init(&way, "/loop"), 0);
        for (unsigned i = 0; i < FILE_WAY_LINKS_MAX; i++) {
                take("/", "loop");
                cr_assert_eq(file_way_follow(&way, "loop"), 0);
        }
        take("/", "loop");
        cr_expect_eq(file_way_follow(&way, "loop"), -ELOOP);

        memset(path, 'a', PATH_MAX);
        path[PATH_MAX] = '\0';
        cr_expect_eq(file_way_init(&way, path), -ENAMETOOLONG);
        (void) snprintf(name, sizeof(name), "/%.*s", NAME_MAX + 1, path);
        cr_assert_eq(file_way_init(&way, name), 0);
        cr_expect_eq(file_way_next(&way), -ENAMETOOLONG);
        name[NAME_MAX + 1] = '\0';
        cr_assert_eq(file_way_init(&way, name), 0);
        cr_expect_eq(file_way_next(&way), 1);
        path[PATH_MAX - 2] = '\0';
        cr_expect_eq(file_way_follow(&way, path), 0,
                        "with the slash and the NUL as long as can be");
        cr_expect_eq(file_way_next(&way), -ENAMETOOLONG, "but that is one name");
        (void) strcpy(way.rest, "b");
        cr_expect_eq(file_way_follow(&way, path), -ENAMETOOLONG);
}

Test(file_way, to_a_place_that_is_too_far_ends) {
        char name[NAME_MAX + 2];
        int r = 0, i;

        memset(name, 'a', NAME_MAX + 1);
        name[0] = '/';
        name[NAME_MAX + 1] = '\0';
        cr_assert_eq(file_way_init(&way, "/"), 0);
        for (i = 0; i < 20 && r == 0; i++) {
                (void) strcpy(way.rest, name);
                cr_assert_eq(file_way_next(&way), 1);
                r = file_way_enter(&way);
        }
        cr_expect_eq(r, -ENAMETOOLONG);
        cr_expect_eq(i, 16);
}
