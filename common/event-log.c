/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The event log of one producer: a file that only grows at its end, and its newest lines in memory.
 *
 *   {"mainstay-events":1,"generation":"3f2a..."}
 *   {"sequence":1,"time":1700000000000000,"type":"instance-state","object":"/org/...","data":{...}}
 *
 * Every line begins with its sequence, so a start only counts lines and parses none: it may stand
 * between a crash and the first advert. Events stay text in memory too and are parsed when somebody asks
 * for them, which is rare. When the file holds twice what is kept, it is written anew beside and renamed.
 *
 * The file lies on a tmpfs and is for processes that die, not for machines that do: nothing is synced.
 * An append that failed leaves the file behind; the next one writes it anew from memory. The log belongs
 * to its daemon, which holds the lock of its directory. */

#include "common/event-log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "common/io.h"
#include "common/json.h"
#include "common/macro.h"

#define EVENT_LOG_FORMAT 1
#define FILE_LINES_MAX (2U * EVENT_LOG_KEEP)
#define FILE_BYTES_MAX (64U * 1024U * 1024U)
#define LINE_PREFIX "{\"sequence\":"
#define SEQUENCE_MAX ((uint64_t) INT64_MAX) /* there is always a next one */

struct event_log {
        char *path;
        int fd; /* -1: to be written anew */
        size_t file_bytes;
        size_t file_lines; /* events in the file */
        char generation[SD_ID128_STRING_MAX];

        uint64_t last;
        size_t n;                   /* kept: last - n + 1 ... last */
        size_t unsaved;             /* the newest of them, which the file lacks */
        char *ring[EVENT_LOG_KEEP]; /* the line of a sequence is at sequence % EVENT_LOG_KEEP */

        json_object *current_root; /* what the event handed out last points into */
        struct event current;
};

static char **event_log_slot(struct event_log *l, uint64_t sequence) {
        return &l->ring[sequence % EVENT_LOG_KEEP];
}

static uint64_t event_log_first(const struct event_log *l) {
        return l->last - l->n + 1;
}

/* Keep @line (taken), whose sequence is the next one. */
static void event_log_keep(struct event_log *l, char *line) {
        char **slot;

        l->last++;
        slot = event_log_slot(l, l->last);
        free(*slot);
        *slot = line;
        if (l->n < EVENT_LOG_KEEP)
                l->n++;
}

/* Header and kept lines as they are to stand in the file. */
static int event_log_format(const struct event_log *l, char **ret, size_t *ret_n) {
        _cleanup_free_ char *buf = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        size_t n = 0;

        f = open_memstream(&buf, &n);
        if (!f)
                return -ENOMEM;

        (void) fprintf(f, "{\"mainstay-events\":%d,\"generation\":\"%s\"}\n", EVENT_LOG_FORMAT,
                        l->generation);
        for (uint64_t s = event_log_first(l); s <= l->last; s++)
                (void) fprintf(f, "%s\n", l->ring[s % EVENT_LOG_KEEP]);
        if (fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;

        *ret = TAKE_PTR(buf);
        *ret_n = n;
        return 0;
}

/* Write the file anew from memory: aside, then renamed. */
static int event_log_rewrite(struct event_log *l) {
        _cleanup_free_ char *aside = NULL, *buf = NULL;
        _cleanup_close_ int fd = -1;
        size_t n = 0;
        int r;

        r = event_log_format(l, &buf, &n);
        if (r < 0)
                return r;
        if (asprintf(&aside, "%s.new", l->path) < 0)
                return -ENOMEM;

        fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        r = io_write_all(fd, buf, n);
        if (r >= 0 && rename(aside, l->path) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlink(aside);
                return r;
        }

        if (l->fd >= 0)
                (void) close(l->fd);
        l->fd = TAKE_FD(fd);
        l->file_bytes = n;
        l->file_lines = l->n;
        l->unsaved = 0;
        return 0;
}

/* The lines that are not in the file, as they are to stand there. */
static int event_log_format_unsaved(const struct event_log *l, char **ret, size_t *ret_n) {
        _cleanup_free_ char *buf = NULL;
        size_t size = 0;
        char *p;

        for (uint64_t s = l->last - l->unsaved + 1; s <= l->last; s++)
                size += strlen(l->ring[s % EVENT_LOG_KEEP]) + 1;
        p = buf = malloc(size + 1);
        if (!buf)
                return -ENOMEM;
        for (uint64_t s = l->last - l->unsaved + 1; s <= l->last; s++) {
                p = stpcpy(p, l->ring[s % EVENT_LOG_KEEP]);
                *p++ = '\n';
        }
        *ret = TAKE_PTR(buf);
        *ret_n = size;
        return 0;
}

/* Add the newest lines to the file, or write it anew where that is due: also when there are more of them than are
 * kept, since a file must have no gap. */
int event_log_save(struct event_log *l) {
        _cleanup_free_ char *lines = NULL;
        size_t n;
        int r;

        if (l->unsaved == 0)
                return 0;
        if (l->fd < 0 || l->unsaved > l->n || l->file_lines + l->unsaved > FILE_LINES_MAX)
                return event_log_rewrite(l);

        r = event_log_format_unsaved(l, &lines, &n);
        if (r < 0)
                return r;
        r = io_write_all(l->fd, lines, n);
        if (r < 0) {
                /* Half a line may stand there now, and a whole one must not follow it. */
                (void) ftruncate(l->fd, (off_t) l->file_bytes);
                (void) close(l->fd);
                l->fd = -1;
                return r;
        }

        l->file_bytes += n;
        l->file_lines += l->unsaved;
        l->unsaved = 0;
        return 0;
}

/* Begin a generation: nothing has happened yet. */
static int event_log_begin(struct event_log *l) {
        sd_id128_t id;
        int r;

        r = sd_id128_randomize(&id);
        if (r < 0)
                return r;

        for (size_t i = 0; i < EVENT_LOG_KEEP; i++) {
                free(l->ring[i]);
                l->ring[i] = NULL;
        }
        l->n = 0;
        l->last = 0;
        l->unsaved = 0;
        (void) sd_id128_to_string(id, l->generation);
        return event_log_rewrite(l);
}

static int event_log_parse_header(struct event_log *l, const char *line) {
        _cleanup_(json_object_putp) json_object *root = json_tokener_parse(line);
        json_object *format, *generation;
        sd_id128_t id;

        if (!json_object_object_get_ex(root, "mainstay-events", &format) ||
                        json_object_get_int(format) != EVENT_LOG_FORMAT ||
                        !json_object_object_get_ex(root, "generation", &generation) ||
                        !json_object_is_type(generation, json_type_string) ||
                        sd_id128_from_string(json_object_get_string(generation), &id) < 0)
                return -EBADMSG;

        (void) sd_id128_to_string(id, l->generation);
        return 0;
}

/* Take in one line of @n bytes (without its newline). */
static int event_log_parse_line(struct event_log *l, const char *line, size_t n) {
        unsigned long long sequence;
        char *end, *copy;

        if (n <= strlen(LINE_PREFIX) || memcmp(line, LINE_PREFIX, strlen(LINE_PREFIX)) != 0)
                return -EBADMSG;
        if (memchr(line, '\0', n) || line[n - 1] != '}' || line[strlen(LINE_PREFIX)] == '-')
                return -EBADMSG;

        sequence = strtoull(line + strlen(LINE_PREFIX), &end, 10);
        if (*end != ',' || sequence == 0 || sequence > SEQUENCE_MAX)
                return -EBADMSG;
        if (l->n > 0 && sequence != l->last + 1)
                return -EBADMSG;

        copy = strndup(line, n);
        if (!copy)
                return -ENOMEM;
        l->last = sequence - 1;
        event_log_keep(l, copy);
        l->file_lines++;
        return 0;
}

/* Take in @buf, which is NUL-terminated. The end of it that is no whole line is left out of file_bytes. */
static int event_log_parse(struct event_log *l, char *buf, size_t n) {
        char *newline, *p = buf;
        int r;

        while ((newline = memchr(p, '\n', n - (size_t) (p - buf)))) {
                *newline = '\0';
                if (p == buf)
                        r = event_log_parse_header(l, p);
                else
                        r = event_log_parse_line(l, p, (size_t) (newline - p));
                if (r < 0)
                        return r;
                p = newline + 1;
        }

        l->file_bytes = (size_t) (p - buf);
        return p == buf ? -EBADMSG : 0;
}

/* -EBADMSG: there is something, but it is of no use. */
static int event_log_load(struct event_log *l) {
        _cleanup_free_ char *buf = NULL;
        _cleanup_close_ int fd = -1;
        size_t n = 0;
        int r;

        fd = open(l->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return errno == ELOOP || errno == EISDIR ? -EBADMSG : -errno;

        r = io_read_file(fd, FILE_BYTES_MAX, &buf, &n);
        if (r < 0)
                return r;
        r = event_log_parse(l, buf, n);
        if (r < 0)
                return r;
        if (l->file_bytes < n && ftruncate(fd, (off_t) l->file_bytes) < 0)
                return -errno;

        l->fd = TAKE_FD(fd);
        return 0;
}

static int event_log_replace(struct event_log *l) {
        _cleanup_free_ char *bad = NULL;
        int r;

        if (asprintf(&bad, "%s.bad", l->path) < 0)
                return -ENOMEM;
        if (rename(l->path, bad) < 0)
                return -errno;

        r = event_log_begin(l);
        return r < 0 ? r : EVENT_LOG_REPLACED;
}

int event_log_open(const char *path, struct event_log **ret) {
        _cleanup_(event_log_freep) struct event_log *l = NULL;
        int r;

        l = calloc(1, sizeof(*l));
        if (!l)
                return -ENOMEM;
        l->fd = -1;
        l->path = strdup(path);
        if (!l->path)
                return -ENOMEM;

        r = event_log_load(l);
        if (r == -ENOENT)
                r = event_log_begin(l);
        else if (r == -EBADMSG)
                r = event_log_replace(l);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(l);
        return r;
}

struct event_log *event_log_free(struct event_log *l) {
        if (!l)
                return NULL;

        (void) json_object_put(l->current_root);
        for (size_t i = 0; i < EVENT_LOG_KEEP; i++)
                free(l->ring[i]);
        if (l->fd >= 0)
                (void) close(l->fd);
        free(l->path);
        free(l);
        return NULL;
}

const char *event_log_generation(const struct event_log *l) {
        return l->generation;
}

uint64_t event_log_last(const struct event_log *l) {
        return l->last;
}

/* Point l->current into @root (taken), whose line is that of @sequence. -EBADMSG: it has not what an event has. */
static int event_log_set_current(struct event_log *l, uint64_t sequence, json_object *root) {
        json_object *time, *type, *object, *data;

        (void) json_object_put(l->current_root);
        l->current_root = root;
        if (!json_object_object_get_ex(root, "time", &time) ||
                        !json_object_object_get_ex(root, "type", &type) ||
                        !json_object_object_get_ex(root, "object", &object) ||
                        !json_object_object_get_ex(root, "data", &data) ||
                        !json_object_is_type(type, json_type_string) ||
                        !json_object_is_type(object, json_type_string) ||
                        !json_object_is_type(data, json_type_object))
                return -EBADMSG;

        l->current = (struct event){
                .sequence = sequence,
                .realtime_usec = json_object_get_uint64(time),
                .type = json_object_get_string(type),
                .object_path = json_object_get_string(object),
                .data = data,
        };
        return 0;
}

static json_object *event_to_json(uint64_t sequence, const char *type, const char *object_path,
                json_object *data, usec_t realtime_usec) {
        _cleanup_(json_object_putp) json_object *root = json_object_new_object();

        if (!root)
                return NULL;

        data = data ? json_object_get(data) : json_object_new_object();
        if (json_object_object_add(root, "sequence", json_object_new_uint64(sequence)) < 0 ||
                        json_object_object_add(
                                        root, "time", json_object_new_uint64(realtime_usec)) < 0 ||
                        json_object_object_add(root, "type", json_object_new_string(type)) < 0 ||
                        json_object_object_add(
                                        root, "object", json_object_new_string(object_path)) < 0 ||
                        json_object_object_add(root, "data", data) < 0)
                return NULL;
        return TAKE_PTR(root);
}

int event_log_add(struct event_log *l, const char *type, const char *object_path, json_object *data,
                usec_t realtime_usec) {
        _cleanup_(json_object_putp) json_object *root = NULL;
        const char *text;
        char *line;

        root = event_to_json(l->last + 1, type, object_path, data, realtime_usec);
        text = root ? json_object_to_json_string_ext(
                                      root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                    : NULL;
        line = text ? strdup(text) : NULL;
        if (!line)
                return -ENOMEM;

        event_log_keep(l, line);
        l->unsaved++;
        return 0;
}

int event_log_append(struct event_log *l, const char *type, const char *object_path,
                json_object *data, usec_t realtime_usec, const struct event **ret) {
        int r = event_log_add(l, type, object_path, data, realtime_usec);

        if (r < 0)
                return r;
        r = event_log_save(l);
        if (ret)
                *ret = event_log_next(l, l->last - 1);
        return r;
}

const struct event *event_log_next(struct event_log *l, uint64_t after) {
        uint64_t s;

        if (after >= l->last)
                return NULL;
        /* A line that is no event cannot be told; readers see the gap and are not held up by it. */
        for (s = MAX(after + 1, event_log_first(l)); s <= l->last; s++)
                if (event_log_set_current(l, s, json_tokener_parse(*event_log_slot(l, s))) >= 0)
                        return &l->current;
        return NULL;
}

bool event_log_truncated(const struct event_log *l, const char *generation, uint64_t after) {
        if (!streq(generation, l->generation))
                after = 0;
        return after > l->last || after + 1 < event_log_first(l);
}
