/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The files of a configuration as bytes: finding them and reading them whole. */

#include <stdbool.h>
#include <stddef.h>

/* Of one file, and of all files of a configuration together. */
#define CONF_FILE_BYTES_MAX (16U * 1024U * 1024U)
#define CONF_FILES_MAX 4096U

/* Why a file was not read. */
enum conf_file_outcome {
        CONF_FILE_READ = 0,
        CONF_FILE_MISSING,
        CONF_FILE_UNREADABLE,
        CONF_FILE_NOT_REGULAR, /* a directory, a device; never opened for reading */
        CONF_FILE_EXECUTABLE, /* has an execute bit: keepalived takes it for a script that strayed in */
        CONF_FILE_OVERSIZED,
        _CONF_FILE_OUTCOME_MAX,
};

/* "no such file", ... as the end of a sentence. */
const char *conf_file_outcome_to_string(enum conf_file_outcome o);

/* Read @path whole; @ret is NUL-terminated besides its @ret_n bytes. An executable file is read
 * only when @allow_executable. Returns a conf_file_outcome or -ENOMEM. */
int conf_file_read(const char *path, bool allow_executable, char **ret, size_t *ret_n);

/* The paths that @pattern matches (*, ?, [], {a,b}), sorted, relative ones from @directory (NULL:
 * where the process is), NULL-terminated. A pattern without wildcards that matches nothing gives no
 * path either. 0 or -ENOMEM. */
int conf_file_glob(const char *directory, const char *pattern, char ***ret);

/* Whether @pattern has *, ? or []. */
bool conf_file_has_wildcard(const char *pattern);

/* The absolute directory of @path, symbolic links resolved where it exists. A new string or NULL. */
char *conf_file_directory(const char *path);
