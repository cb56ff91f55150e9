/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/file-value.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"

int file_value_parse(const char *text, int32_t *ret) {
        intmax_t v;

        errno = 0;
        v = strtoimax(text, NULL, 0);
        if (errno == ERANGE || v < INT32_MIN || v > INT32_MAX)
                return -ERANGE;
        *ret = (int32_t) v;
        return 0;
}

int file_value_read_text(const char *path, char buf[static FILE_VALUE_TEXT_MAX]) {
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EISDIR;
        n = read(fd, buf, FILE_VALUE_TEXT_MAX - 1);
        if (n < 0)
                return -errno;
        buf[n] = '\0';
        return 0;
}

bool file_value_own_want(int error) {
        return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

int file_value_read(const char *path, int32_t *ret, char *words, size_t n) {
        char text[FILE_VALUE_TEXT_MAX];
        int r;

        r = file_value_read_text(path, text);
        if (file_value_own_want(r)) {
                (void) snprintf(words, n, "cannot read %s: %s", path, strerrordesc_np(-r));
                return r;
        }
        if (r < 0) {
                *ret = 0;
                (void) snprintf(words, n, "cannot read %s: %s, taken as 0", path,
                                r == -EISDIR ? "it is no file" : strerrordesc_np(-r));
                return 0;
        }
        r = file_value_parse(text, ret);
        if (r < 0)
                (void) snprintf(words, n, "the number in %s is out of range and ignored", path);
        else
                (void) snprintf(words, n, "%s says %" PRId32, path, *ret);
        return r;
}
