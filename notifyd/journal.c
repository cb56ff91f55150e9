/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/io.h"
#include "common/json.h"
#include "common/macro.h"

#define HEADER "mainstay-spool 1\n"
#define CHECK_CHARS 16U /* of the digest of the JSON text, in hex */
#define FILE_BYTES_MAX (256U << 20)
#define RETRY_USEC USEC_PER_SEC
#define IDLE_LINES 1000U /* written anew above that many, and four lines per pending action */

struct journal {
        char *path;
        struct spool *spool; /* borrowed */
        int fd;              /* -1: to be written anew */
        size_t bytes;        /* of the file, all sound */
        size_t lines;
        bool dirty;
        int error;
        usec_t retry_usec; /* CLOCK_MONOTONIC: with fd -1, not tried again before */
};

static void check_of(const char *text, size_t n, char ret[static CHECK_CHARS + 1]) {
        char digest[SHA256_DIGEST_STRING_LENGTH];

        (void) SHA256Data((const uint8_t *) text, n, digest);
        memcpy(ret, digest, CHECK_CHARS);
        ret[CHECK_CHARS] = '\0';
}

/* --- reading --- */

/* @line has no newline but a NUL at @n. */
static int line_parse(const char *line, size_t n, json_object **ret) {
        char check[CHECK_CHARS + 1];
        const char *text;

        if (n <= CHECK_CHARS + 1 || line[CHECK_CHARS] != ' ' || memchr(line, '\0', n))
                return -EBADMSG;
        text = line + CHECK_CHARS + 1;
        check_of(text, n - CHECK_CHARS - 1, check);
        if (memcmp(line, check, CHECK_CHARS) != 0)
                return -EBADMSG;
        *ret = json_tokener_parse(text);
        return *ret ? 0 : -EBADMSG;
}

static int line_apply(const char *line, size_t n, struct spool *spool) {
        _cleanup_(json_object_putp) json_object *entry = NULL;
        int r;

        r = line_parse(line, n, &entry);
        return r < 0 ? r : spool_apply(spool, entry);
}

int journal_parse(char *text, size_t n, struct spool *spool, size_t *ret_bad) {
        char *newline, *p = text + strlen(HEADER);
        size_t bad = 0;

        if (n < strlen(HEADER) || memcmp(text, HEADER, strlen(HEADER)) != 0)
                return -EBADMSG;
        for (; (newline = memchr(p, '\n', n - (size_t) (p - text))); p = newline + 1) {
                *newline = '\0';
                if (line_apply(p, (size_t) (newline - p), spool) < 0)
                        bad++;
        }

        spool_recovered(spool);
        *ret_bad = bad;
        return 0;
}

/* --- writing --- */

static int line_print(FILE *f, json_object *entry) {
        const char *text = json_object_to_json_string_ext(
                        entry, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
        char check[CHECK_CHARS + 1];

        if (!text)
                return -ENOMEM;
        check_of(text, strlen(text), check);
        return fprintf(f, "%s %s\n", check, text) < 0 ? -ENOMEM : 0;
}

struct print {
        FILE *f;
        size_t lines;
};

static int print_entry(json_object *entry, void *userdata) {
        struct print *p = userdata;

        p->lines++;
        return line_print(p->f, entry);
}

/* What the spool comes to, as a whole file. */
static int journal_format(
                const struct journal *j, char **ret, size_t *ret_bytes, size_t *ret_lines) {
        _cleanup_free_ char *buf = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        struct print p = {};
        int r;

        f = p.f = open_memstream(&buf, ret_bytes);
        if (!f)
                return -ENOMEM;
        if (fputs(HEADER, f) < 0)
                return -ENOMEM;
        r = spool_snapshot(j->spool, print_entry, &p);
        if (r < 0)
                return r;
        if (fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;

        *ret = TAKE_PTR(buf);
        *ret_lines = p.lines;
        return 0;
}

/* Write @buf to @aside and put it in the place of @path, on the disk. Returns the descriptor. */
static int replace_file(const char *path, const char *aside, const char *buf, size_t n) {
        _cleanup_close_ int fd = -1;
        int r;

        fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        r = io_write_all(fd, buf, n);
        if (r < 0)
                return r;
        if (fdatasync(fd) < 0 || rename(aside, path) < 0)
                return -errno;
        r = io_sync_directory_of(path);
        return r < 0 ? r : TAKE_FD(fd);
}

static int journal_rewrite(struct journal *j) {
        _cleanup_free_ char *buf = NULL, *aside = NULL;
        size_t bytes = 0, lines = 0;
        int fd, r;

        r = journal_format(j, &buf, &bytes, &lines);
        if (r < 0)
                return r;
        if (asprintf(&aside, "%s.new", j->path) < 0)
                return -ENOMEM;
        fd = replace_file(j->path, aside, buf, bytes);
        if (fd < 0) {
                (void) unlink(aside);
                return fd;
        }

        if (j->fd >= 0)
                (void) close(j->fd);
        j->fd = fd;
        j->bytes = bytes;
        j->lines = lines;
        j->dirty = false;
        return 0;
}

/* What is in the file is not what the spool is any more: to be written anew, but not with each entry. */
static void journal_fail(struct journal *j, int error) {
        if (j->fd >= 0)
                (void) close(j->fd);
        j->fd = -1;
        j->error = error;
}

static int journal_append(struct journal *j, json_object *entry) {
        _cleanup_free_ char *buf = NULL;
        _cleanup_fclose_ FILE *f = NULL;
        size_t n = 0;
        int r;

        f = open_memstream(&buf, &n);
        if (!f || line_print(f, entry) < 0 || fclose(TAKE_PTR(f)) != 0)
                return -ENOMEM;

        r = io_write_all(j->fd, buf, n);
        if (r < 0) {
                (void) ftruncate(j->fd, (off_t) j->bytes); /* half a line may stand there */
                return r;
        }
        j->bytes += n;
        j->lines++;
        j->dirty = true;
        return 0;
}

static int journal_write_anew(struct journal *j) {
        usec_t now = usec_now(CLOCK_MONOTONIC);

        if (j->fd < 0 && now < j->retry_usec)
                return j->error;
        j->retry_usec = usec_add(now, RETRY_USEC);
        return journal_rewrite(j);
}

static int journal_write(struct journal *j, json_object *entry) {
        if (j->fd >= 0 && j->lines <= IDLE_LINES + 4 * (size_t) spool_pending(j->spool))
                return journal_append(j, entry);
        return journal_write_anew(j);
}

int journal_put(struct journal *j, json_object *entry) {
        int r;

        r = spool_apply(j->spool, entry);
        if (r < 0)
                return r;

        r = journal_write(j, entry);
        if (r < 0)
                journal_fail(j, r);
        else
                j->error = 0;
        return r < 0 ? JOURNAL_UNWRITTEN : 0;
}

int journal_error(const struct journal *j) {
        return j->error;
}

bool journal_dirty(const struct journal *j) {
        return j->dirty || j->fd < 0;
}

int journal_sync(struct journal *j) {
        int r = 0;

        if (j->fd < 0)
                r = journal_write_anew(j);
        else if (j->dirty && fdatasync(j->fd) < 0)
                r = -errno;
        j->dirty = false;
        if (r < 0)
                journal_fail(j, r);
        else
                j->error = 0;
        return r;
}

/* --- life --- */

/* Keep a copy of what could not be read, whole or in part. */
static int journal_put_aside(const struct journal *j) {
        _cleanup_free_ char *bad = NULL;

        if (asprintf(&bad, "%s.bad", j->path) < 0)
                return -ENOMEM;
        (void) unlink(bad);
        return link(j->path, bad) < 0 ? -errno : 0;
}

static int journal_load(struct journal *j) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -1;
        size_t n = 0, bad = 0;
        int r;

        fd = open(j->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd >= 0) {
                r = io_read_file(fd, FILE_BYTES_MAX, &text, &n);
                if (r >= 0)
                        r = journal_parse(text, n, j->spool, &bad);
        } else
                r = errno == ELOOP ? -EBADMSG : -errno;

        if (r == -EBADMSG)
                r = JOURNAL_REPLACED;
        else if (r >= 0 && bad > 0)
                r = JOURNAL_DAMAGED;
        if (r > 0)
                (void) journal_put_aside(j);
        return r;
}

int journal_open(const char *path, struct spool *spool, struct journal **ret) {
        _cleanup_(journal_freep) struct journal *j = NULL;
        int outcome, r;

        j = malloc(sizeof(*j));
        if (!j)
                return -ENOMEM;
        *j = (struct journal){ .fd = -1, .spool = spool, .path = strdup(path) };
        if (!j->path)
                return -ENOMEM;

        outcome = journal_load(j);
        if (outcome < 0)
                return outcome;
        r = journal_rewrite(j);
        /* The disk may be full just now: what there is to tell is known all the same. */
        if (r < 0 && r != -ENOSPC && r != -EDQUOT && r != -EFBIG)
                return r;
        if (r < 0)
                journal_fail(j, r);

        *ret = TAKE_PTR(j);
        return outcome;
}

struct journal *journal_free(struct journal *j) {
        if (!j)
                return NULL;
        if (j->fd >= 0)
                (void) close(j->fd);
        free(j->path);
        free(j);
        return NULL;
}
