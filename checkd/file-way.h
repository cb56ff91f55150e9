/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The way to a file: which directories are looked into for which names, until it is found, as the kernel does it
 * (path_resolution(7)). Symbolic links are followed one at a time, so that whoever wants to know when the path leads
 * elsewhere sees each name on the way. What a name is, is the caller's to find out. Pure. */

#include <limits.h>

#define FILE_WAY_LINKS_MAX 40U /* as the kernel's */

struct file_way {
        char at[PATH_MAX];       /* a directory, with no link in it: "/", "/a/b" */
        char name[NAME_MAX + 1]; /* what is looked for there */
        char rest[PATH_MAX];     /* and what after that */
        unsigned links;          /* followed so far */
};

/* From the root along @path, which is absolute. -ENAMETOOLONG. */
int file_way_init(struct file_way *y, const char *path);

/* The next name into y->name; "." and ".." are gone through. 1; 0: the way ends in y->at; -ENAMETOOLONG. */
int file_way_next(struct file_way *y);

/* y->name is a directory: go on in it. 0, -ENAMETOOLONG. */
int file_way_enter(struct file_way *y);

/* It is a symbolic link to @target: go on there. 0, -ENAMETOOLONG; -ELOOP: there were too many. */
int file_way_follow(struct file_way *y, const char *target);

/* The path of y->name. 0, -ENAMETOOLONG. */
int file_way_path(const struct file_way *y, char ret[static PATH_MAX]);
