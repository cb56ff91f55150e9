/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Layout: the JSON object on one line, then "sha256 HEX" of that line on a second. */

#include "common/state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/macro.h"

#define STATE_FILE_BYTES_MAX (64U << 20)
#define STATE_FILE_TRAILER "sha256 "
#define STATE_FILE_TRAILER_BYTES (sizeof(STATE_FILE_TRAILER) - 1 + SHA256_DIGEST_STRING_LENGTH)

static int write_aside(const char *path, const char *text, size_t n, bool durable) {
        char digest[SHA256_DIGEST_STRING_LENGTH], trailer[STATE_FILE_TRAILER_BYTES + 2];
        _cleanup_close_ int fd = -1;
        int r;

        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        (void) SHA256Data((const uint8_t *) text, n, digest);
        r = snprintf(trailer, sizeof(trailer), "\n" STATE_FILE_TRAILER "%s\n", digest);
        r = io_write_all(fd, text, n) ?: io_write_all(fd, trailer, (size_t) r);
        if (r < 0)
                return r;
        if (durable && fsync(fd) < 0)
                return -errno;
        return 0;
}

int state_file_write(const char *path, json_object *state, bool durable) {
        char aside[PATH_MAX];
        const char *text;
        size_t n;
        int r;

        if (snprintf(aside, sizeof(aside), "%s.new", path) >= (int) sizeof(aside))
                return -ENAMETOOLONG;
        text = json_object_to_json_string_length(state, JSON_C_TO_STRING_PLAIN, &n);
        if (!text)
                return -ENOMEM;

        r = write_aside(aside, text, n, durable);
        if (r >= 0 && rename(aside, path) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlink(aside);
                return r;
        }
        return durable ? io_sync_directory_of(path) : 0;
}

/* The digest must be that of everything before the line it stands on. */
static int check_trailer(char *buf, size_t n, size_t *ret_text) {
        char digest[SHA256_DIGEST_STRING_LENGTH];
        size_t text;

        if (n < STATE_FILE_TRAILER_BYTES + 1)
                return -EBADMSG;
        text = n - STATE_FILE_TRAILER_BYTES - 1;
        if (buf[text] != '\n' || buf[n - 1] != '\n')
                return -EBADMSG;
        buf[n - 1] = '\0';
        (void) SHA256Data((const uint8_t *) buf, text, digest);
        if (strncmp(buf + text + 1, STATE_FILE_TRAILER, sizeof(STATE_FILE_TRAILER) - 1) != 0 ||
                        !streq(buf + text + sizeof(STATE_FILE_TRAILER), digest))
                return -EBADMSG;
        buf[text] = '\0';
        *ret_text = text;
        return 0;
}

int state_file_read(const char *path, json_object **ret) {
        _cleanup_free_ char *buf = NULL;
        _cleanup_close_ int fd = -1;
        json_object *o;
        size_t n = 0, text = 0;
        int r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return -errno;
        r = io_read_file(fd, STATE_FILE_BYTES_MAX, &buf, &n);
        if (r < 0)
                return r;
        r = check_trailer(buf, n, &text);
        if (r < 0)
                return r;

        o = json_tokener_parse(buf);
        if (!json_object_is_type(o, json_type_object)) {
                json_object_put(o);
                return -EBADMSG;
        }
        *ret = o;
        return 0;
}
