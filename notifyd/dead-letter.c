/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/dead-letter.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/io.h"
#include "common/json.h"

static int open_file(const char *directory) {
        _cleanup_free_ char *path = NULL, *old = NULL;
        struct stat st;

        if (asprintf(&path, "%s/dead-letters", directory) < 0) {
                path = NULL;
                return -1;
        }
        if (asprintf(&old, "%s.old", path) < 0) {
                old = NULL;
                return -1;
        }
        if (lstat(path, &st) >= 0 && st.st_size >= DEAD_LETTER_BYTES_MAX)
                (void) rename(path, old);
        return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                        0600);
}

void dead_letter_write(const char *directory, const struct action *a, const char *target,
                const char *reason) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        _cleanup_free_ char *line = NULL;
        _cleanup_close_ int fd = -1;
        int n;

        if (!o)
                return;
        (void) json_object_object_add(
                        o, "kind", json_object_new_string(action_kind_to_string(a->kind)));
        (void) json_object_object_add(o, "about", json_object_new_string(a->about));
        (void) json_object_object_add(o, "ordered", json_object_new_uint64(a->ordered_usec));
        (void) json_object_object_add(o, "target", json_object_new_string(target));
        (void) json_object_object_add(o, "reason", json_object_new_string(reason));
        (void) json_object_object_add(o, "content", json_object_get(a->content));

        n = asprintf(&line, "%s\n",
                        json_object_to_json_string_ext(o,
                                        JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        if (n < 0) {
                line = NULL;
                return;
        }
        fd = open_file(directory);
        if (fd >= 0)
                (void) io_write_all(fd, line, (size_t) n);
}
