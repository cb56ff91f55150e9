/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/process-record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"

/* The fields of /proc/PID/stat that tell whose a process is. */
struct stat_line {
        char state;
        pid_t group;
        pid_t session;
        uint64_t start_ticks;
};

static int read_stat_line(pid_t pid, struct stat_line *ret) {
        char path[64], buf[1024];
        _cleanup_close_ int fd = -1;
        unsigned long long start;
        int group, session;
        const char *p;
        ssize_t n;

        (void) snprintf(path, sizeof(path), "/proc/%d/stat", pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        n = read(fd, buf, sizeof(buf) - 1);
        if (n < 0)
                return -errno;
        buf[n] = '\0';

        /* The name in parentheses may contain anything, parentheses too. */
        p = strrchr(buf, ')');
        if (!p ||
                        sscanf(p + 1,
                                        " %c %*d %d %d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d "
                                        "%*d %*d %*d %llu",
                                        &ret->state, &group, &session, &start) != 4)
                return -EBADMSG;
        ret->group = group;
        ret->session = session;
        ret->start_ticks = start;
        return 0;
}

void process_record_done(struct process_record *r) {
        free(r->tag);
        *r = (struct process_record){};
}

int process_record_init(struct process_record *r, pid_t pid, usec_t timeout_usec, const char *tag) {
        struct stat_line line;
        char *copy;
        int error;

        error = read_stat_line(pid, &line);
        if (error < 0)
                return error;
        copy = strdup(tag);
        if (!copy)
                return -ENOMEM;
        *r = (struct process_record){
                .pid = pid,
                .session = line.session,
                .start_ticks = line.start_ticks,
                .timeout_usec = timeout_usec,
                .deadline = usec_add(usec_now(CLOCK_MONOTONIC), timeout_usec),
                .tag = copy,
        };
        return 0;
}

static void record_path(char *buf, size_t n, const char *directory, const char *name) {
        (void) snprintf(buf, n, "%s/%s", directory, name);
}

int process_record_write(const char *directory, const struct process_record *r) {
        _cleanup_(json_object_putp) json_object *o = NULL;
        char path[PATH_MAX], name[16];

        o = json_object_new_object();
        if (!o)
                return -ENOMEM;
        (void) json_object_object_add(o, "pid", json_object_new_int(r->pid));
        (void) json_object_object_add(o, "session", json_object_new_int(r->session));
        (void) json_object_object_add(o, "start", json_object_new_uint64(r->start_ticks));
        (void) json_object_object_add(o, "timeout", json_object_new_uint64(r->timeout_usec));
        (void) json_object_object_add(o, "deadline", json_object_new_uint64(r->deadline));
        (void) json_object_object_add(o, "tag", json_object_new_string(r->tag));

        (void) snprintf(name, sizeof(name), "%d", r->pid);
        record_path(path, sizeof(path), directory, name);
        return state_file_write(path, o, false);
}

void process_record_remove(const char *directory, pid_t pid) {
        char path[PATH_MAX], name[16];

        (void) snprintf(name, sizeof(name), "%d", pid);
        record_path(path, sizeof(path), directory, name);
        (void) unlink(path);
}

static uint64_t get_number(json_object *o, const char *key) {
        return json_object_get_uint64(json_object_object_get(o, key));
}

static int record_read(const char *path, struct process_record *ret) {
        _cleanup_(json_object_putp) json_object *o = NULL;
        uint64_t pid, session;
        const char *tag;
        char *copy;
        int r;

        r = state_file_read(path, &o);
        if (r < 0)
                return r;
        pid = get_number(o, "pid");
        session = get_number(o, "session");
        tag = json_object_get_string(json_object_object_get(o, "tag"));
        /* 1 would become "everybody" in kill(2) of its group. */
        if (pid <= 1 || pid > INT_MAX || session > INT_MAX || !tag)
                return -EBADMSG;
        copy = strdup(tag);
        if (!copy)
                return -ENOMEM;
        *ret = (struct process_record){
                .pid = (pid_t) pid,
                .session = (pid_t) session,
                .start_ticks = get_number(o, "start"),
                .timeout_usec = get_number(o, "timeout"),
                .deadline = get_number(o, "deadline"),
                .tag = copy,
        };
        return 0;
}

static int append_record(const char *directory, const char *name, struct process_record **records,
                size_t *n, size_t *torn) {
        char path[PATH_MAX];
        struct process_record record;
        struct process_record *grown;
        int r;

        record_path(path, sizeof(path), directory, name);
        /* NAME.new was never finished. */
        r = name[strspn(name, "0123456789")] ? -EBADMSG : record_read(path, &record);
        if (r < 0) {
                (void) unlink(path);
                (*torn)++;
                return r == -ENOMEM ? r : 0;
        }
        grown = reallocarray(*records, *n + 1, sizeof(record));
        if (!grown) {
                process_record_done(&record);
                return -ENOMEM;
        }
        grown[(*n)++] = record;
        *records = grown;
        return 0;
}

static void closedirp(DIR **d) {
        if (*d)
                (void) closedir(*d);
}

int process_record_read_all(const char *directory, struct process_record **ret, size_t *ret_n,
                size_t *ret_torn) {
        _cleanup_(closedirp) DIR *d = NULL;
        struct process_record *records = NULL;
        size_t n = 0, torn = 0;
        struct dirent *entry;
        int r = 0;

        d = opendir(directory);
        if (!d && errno != ENOENT)
                return -errno;
        while (r >= 0 && d && (entry = readdir(d)))
                if (entry->d_name[0] != '.')
                        r = append_record(directory, entry->d_name, &records, &n, &torn);
        if (r < 0) {
                for (size_t i = 0; i < n; i++)
                        process_record_done(&records[i]);
                free(records);
                return r;
        }
        *ret = records;
        *ret_n = n;
        *ret_torn = torn;
        return 0;
}

bool process_record_main_alive(const struct process_record *r) {
        struct stat_line line;

        return read_stat_line(r->pid, &line) >= 0 && line.start_ticks == r->start_ticks &&
                        line.state != 'Z' && line.state != 'X';
}

static bool is_member(const struct process_record *r, pid_t pid) {
        struct stat_line line;

        return read_stat_line(pid, &line) >= 0 && line.group == r->pid &&
                        line.session == r->session && line.start_ticks >= r->start_ticks &&
                        line.state != 'Z' && line.state != 'X';
}

bool process_record_group_alive(const struct process_record *r) {
        _cleanup_(closedirp) DIR *d = NULL;
        struct dirent *entry;

        d = opendir("/proc");
        while (d && (entry = readdir(d))) {
                pid_t pid = (pid_t) strtol(entry->d_name, NULL, 10);

                if (pid > 0 && is_member(r, pid))
                        return true;
        }
        return false;
}
