/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/io.h"
#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"

#define RECORD_VERSION 1
#define ADDED_MAX (64U << 20)

static const char *const names[_VRRP_RECORD_MAX] = {
        [VRRP_RECORD_ADDRESSES] = "addresses",
        [VRRP_RECORD_ROUTES] = "routes",
        [VRRP_RECORD_RULES] = "rules",
        [VRRP_RECORD_LINKS] = "links",
        [VRRP_RECORD_SYSCTLS] = "sysctls",
        [VRRP_RECORD_FIREWALL] = "firewall",
};

const char *vrrp_record_name(enum vrrp_record record) {
        return names[record];
}

static int added_path(const char *path, char ret[static PATH_MAX]) {
        return snprintf(ret, PATH_MAX, "%s.added", path) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int remove_added(const char *path) {
        char added[PATH_MAX];
        int r = added_path(path, added);

        if (r < 0)
                return r;
        return unlink(added) < 0 && errno != ENOENT ? -errno : 0;
}

int vrrp_record_write(const char *path, const char *nouns, json_object *taken) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        int r;

        json_object_object_add(o, "version", json_object_new_int(RECORD_VERSION));
        json_object_object_add(o, nouns, taken);
        r = state_file_write(path, o, false);
        return r < 0 ? r : remove_added(path);
}

int vrrp_record_write_entries(const char *path, const char *nouns, const void *entries, size_t n,
                size_t entry_size, json_object *(*note)(const void *entry)) {
        json_object *lines = json_object_new_array();

        for (size_t i = 0; i < n; i++)
                json_object_array_add(lines, note((const char *) entries + i * entry_size));
        return vrrp_record_write(path, nouns, lines);
}

static const char *line_at(json_object *lines, size_t i) {
        return json_object_get_string(json_object_array_get_idx(lines, i));
}

/* All lines in one write. */
int vrrp_record_add(const char *path, json_object *taken) {
        _cleanup_(json_object_putp) json_object *lines = taken;
        size_t n = json_object_array_length(lines), size = 1;
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -1;
        char added[PATH_MAX], *p;
        int r;

        r = added_path(path, added);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                size += strlen(line_at(lines, i)) + 1;
        p = text = malloc(size);
        if (!text)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                p = stpcpy(p, line_at(lines, i));
                *p++ = '\n';
        }
        fd = open(added, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        return io_write_all(fd, text, (size_t) (p - text));
}

int vrrp_record_remove(const char *path) {
        int r = remove_added(path);

        if (r < 0)
                return r;
        return unlink(path) < 0 ? -errno : 0;
}

static bool has_line(json_object *lines, size_t n, const char *line) {
        for (size_t i = 0; i < n; i++)
                if (streq_ptr(line_at(lines, i), line))
                        return true;
        return false;
}

/* What was written whole may have been added before: the process died in between. */
static void append_added(json_object *lines, char *text) {
        size_t whole = json_object_array_length(lines);
        char *end;

        for (char *line = text; (end = strchr(line, '\n')); line = end + 1) {
                *end = '\0';
                if (!has_line(lines, whole, line))
                        json_object_array_add(lines, json_object_new_string(line));
        }
}

static int read_added(const char *path, json_object *lines) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -1;
        char added[PATH_MAX];
        size_t size;
        int r;

        r = added_path(path, added);
        if (r < 0)
                return r;
        fd = open(added, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        r = io_read_file(fd, ADDED_MAX, &text, &size);
        if (r < 0)
                return r;
        append_added(lines, text);
        return 0;
}

int vrrp_record_read(const char *path, const char *nouns, json_object **ret) {
        _cleanup_(json_object_putp) json_object *o = NULL;
        json_object *lines;
        int r;

        r = state_file_read(path, &o);
        if (r < 0)
                return r;
        if (!json_object_object_get_ex(o, nouns, &lines) ||
                        !json_object_is_type(lines, json_type_array))
                return -EBADMSG;
        r = read_added(path, lines);
        if (r < 0)
                return r;
        *ret = json_object_get(lines);
        return 0;
}

int vrrp_record_read_entries(const char *path, const char *nouns, size_t entry_size,
                int (*parse)(const char *line, void *ret_entry), void *ret, size_t *ret_n) {
        _cleanup_(json_object_putp) json_object *lines = NULL;
        _cleanup_free_ char *entries = NULL;
        size_t total, n = 0;
        int r;

        r = vrrp_record_read(path, nouns, &lines);
        if (r < 0)
                return r;
        total = json_object_array_length(lines);
        entries = calloc(total + 1, entry_size);
        if (!entries)
                return -ENOMEM;
        for (size_t i = 0; i < total; i++) {
                const char *line = line_at(lines, i);

                if (line && parse(line, entries + n * entry_size) >= 0)
                        n++;
        }
        *(void **) ret = TAKE_PTR(entries);
        *ret_n = n;
        return 0;
}
