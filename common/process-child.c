/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs between fork(2) and execve(2), in a process of its own: whatever waits here (a dead network file
 * system) makes only this run late, and its time limit ends it. */

#include "common/process-child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/macro.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum {
        EXIT_NOT_RUN = 126, /* only seen by whoever traces us: the report is what counts */
};

static void report(const struct process_child *c, enum process_report_kind kind, const char *format,
                ...) _printf_(3, 4);

static void report(const struct process_child *c, enum process_report_kind kind, const char *format,
                ...) {
        struct process_report message = { .kind = kind };
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(message.text, sizeof(message.text), format, ap);
        va_end(ap);
        (void) send(c->status_fd, &message, sizeof(message), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The daemon's lock above all: whoever is held up here, on a dead network file system for instance, must
 * not keep a successor from taking it. */
static void close_inherited(const struct process_child *c) {
        int low = c->output_fd < c->status_fd ? c->output_fd : c->status_fd;
        int high = c->output_fd < c->status_fd ? c->status_fd : c->output_fd;

        if (low > STDERR_FILENO + 1)
                (void) close_range(STDERR_FILENO + 1, (unsigned) low - 1, 0);
        if (high > low + 1)
                (void) close_range((unsigned) low + 1, (unsigned) high - 1, 0);
        (void) close_range((unsigned) high + 1, UINT_MAX, 0);
}

static void wait_until_recorded(const struct process_child *c) {
        ssize_t n;
        char go;

        do
                n = recv(c->status_fd, &go, sizeof(go), 0);
        while (n < 0 && errno == EINTR);
        if (n != sizeof(go))
                _exit(EXIT_NOT_RUN); /* the daemon died meanwhile: nobody would know of us */
}

static void reset_signals(void) {
        sigset_t none;

        for (int s = 1; s < NSIG; s++)
                (void) signal(s, SIG_DFL);
        (void) sigemptyset(&none);
        (void) sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Opened for reading too, the pipe always has a reader: when the daemon is restarted or dies, a script
 * that prints is not killed by SIGPIPE in the middle of its work. */
static int set_streams(const struct process_child *c) {
        char path[64];
        int null, out;

        null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (null < 0)
                return -errno;
        (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", c->output_fd);
        out = open(path, O_RDWR | O_CLOEXEC);
        if (out < 0)
                out = c->output_fd;
        if (dup2(null, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
                        dup2(out, STDERR_FILENO) < 0)
                return -errno;
        /* All are CLOEXEC from birth; this is for those of libraries. Linux 5.11. */
        (void) close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
        return 0;
}

/* Before another identity is taken on, and without CLOEXEC. A FIFO that cannot be opened so has nobody
 * who reads it at this moment: no reason not to run. */
static void hold_open(const struct process_child *c) {
        if (c->spec->hold_open)
                (void) open(c->spec->hold_open, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY);
}

/* Run nothing, open a file. Without O_NONBLOCK a FIFO without a writer would hang. */
static void test_file(const struct process_child *c) {
        const char *path = c->spec->argv[0];
        int fd;

        fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0)
                _exit(EXIT_SUCCESS);
        report(c, PROCESS_REPORT_FAILED, "cannot open %s: %s", path, strerrordesc_np(errno));
        _exit(EXIT_FAILURE);
}

static bool is_executable_file(const char *path) {
        struct stat st;

        return stat(path, &st) >= 0 && S_ISREG(st.st_mode) &&
                        faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) >= 0;
}

/* execvp(3)'s search, but the path found is inspected before it is executed. */
static bool find_program(const char *name, char *ret, size_t n) {
        const char *path = getenv("PATH") ?: DEFAULT_PATH;

        if (strchr(name, '/'))
                return snprintf(ret, n, "%s", name) < (int) n;
        while (*path) {
                int length = (int) strcspn(path, ":");

                if (length > 0 && snprintf(ret, n, "%.*s/%s", length, path, name) < (int) n &&
                                is_executable_file(ret))
                        return true;
                path += length;
                path += *path == ':';
        }
        return false;
}

/* May anybody but root put something else in place of @path? A sticky directory lets only owners do so. */
static bool replaceable_by_others(const char *path) {
        struct stat st;

        if (stat(path, &st) < 0)
                return false; /* executing it will say so better */
        if (st.st_uid != 0)
                return true;
        if (S_ISDIR(st.st_mode) && st.st_mode & S_ISVTX)
                return false;
        return st.st_mode & S_IWOTH || (st.st_mode & S_IWGRP && st.st_gid != 0);
}

/* The same for the file and every directory on the way to it. */
static bool changeable_by_others(const char *path, char *ret_part, size_t n) {
        size_t length = path[0] == '/' ? 1 : strcspn(path, "/");

        for (;;) {
                if (snprintf(ret_part, n, "%.*s", (int) length, path) >= (int) n)
                        return true;
                if (replaceable_by_others(ret_part))
                        return true;
                if (!path[length])
                        return false;
                length += strspn(path + length, "/");
                length += strcspn(path + length, "/");
        }
}

static bool runs_as_root(const char *path) {
        struct stat st;

        if (geteuid() == 0 || getegid() == 0)
                return true;
        return stat(path, &st) >= 0 &&
                        ((st.st_mode & S_ISUID && st.st_uid == 0) ||
                                        (st.st_mode & S_ISGID && st.st_gid == 0));
}

/* keepalived's enable_script_security, for the path as written and for what it leads to; looked at before
 * each run instead of once. */
static bool is_insecure(const char *path, char *ret_part, size_t n) {
        char link[64], resolved[PATH_MAX] = "";
        ssize_t k = -1;
        int fd;

        if (!runs_as_root(path))
                return false;
        if (changeable_by_others(path, ret_part, n))
                return true;
        fd = open(path, O_PATH | O_CLOEXEC);
        if (fd < 0)
                return false;
        (void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        k = readlink(link, resolved, sizeof(resolved) - 1);
        (void) close(fd);
        return k > 0 && changeable_by_others(resolved, ret_part, n);
}

static void inspect(const struct process_child *c, const char *program) {
        char part[PATH_MAX];
        const char *path = c->spec->inspect ?: program;

        if (!is_insecure(path, part, sizeof(part)))
                return;
        if (!c->spec->secure) {
                report(c, PROCESS_REPORT_WARNING, "%s runs as root, but others may change %s", path,
                                part);
                return;
        }
        report(c, PROCESS_REPORT_NOT_RUN, "not run: %s would run as root, but others may change %s",
                        path, part);
        _exit(EXIT_NOT_RUN);
}

/* A file that is no program and has no #! line is a shell script, as with execvp(3). */
static void execute_by_shell(const struct process_child *c, const char *program) {
        char *argv[PROCESS_ARGS_MAX + 3];
        size_t n = 0;

        argv[n++] = (char *) "/bin/sh";
        argv[n++] = (char *) program;
        for (char *const *a = c->spec->argv + 1; *a && n < ARRAY_SIZE(argv) - 1; a++)
                argv[n++] = *a;
        argv[n] = NULL;
        (void) execve(argv[0], argv, c->environment);
}

static void execute(const struct process_child *c, const char *program) {
        int error;

        (void) execve(program, c->spec->argv, c->environment);
        if (errno == ENOEXEC)
                execute_by_shell(c, program);
        error = errno;
        if (error == ENOENT && access(program, F_OK) >= 0)
                report(c, PROCESS_REPORT_NOT_RUN, "cannot run %s: its interpreter does not exist",
                                program);
        else
                report(c, PROCESS_REPORT_NOT_RUN, "cannot run %s: %s", program,
                                strerrordesc_np(error));
}

void process_child_run(const struct process_child *c) {
        const char *name = c->spec->argv[0];
        char program[PATH_MAX];
        int r = 0;

        (void) setpgid(0, 0);
        close_inherited(c);
        wait_until_recorded(c);
        reset_signals();
        process_origin_restore(c->origin);
        r = set_streams(c);
        hold_open(c);
        if (r >= 0 && c->spec->identity)
                r = process_identity_assume(c->spec->identity);
        if (r < 0) {
                report(c, PROCESS_REPORT_NOT_RUN, "cannot run %s as user %u: %s", name,
                                c->spec->identity ? c->spec->identity->uid : geteuid(),
                                strerrordesc_np(-r));
                _exit(EXIT_NOT_RUN);
        }

        if (c->spec->file_test)
                test_file(c);
        if (!find_program(name, program, sizeof(program))) {
                report(c, PROCESS_REPORT_NOT_RUN, "cannot run %s: not found in PATH", name);
                _exit(EXIT_NOT_RUN);
        }
        inspect(c, program);
        execute(c, program);
        _exit(EXIT_NOT_RUN);
}
