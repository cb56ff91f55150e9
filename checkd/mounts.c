/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/mounts.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <utlist.h>

#include "common/daemon.h"

#define MOUNTINFO "/proc/self/mountinfo"

struct mounts {
        sd_event_source *source; /* NULL: there is nothing to read */
        char *text;              /* NULL: to be read anew */
        struct mounts_listener *listeners;
};

static int on_news(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct mounts *m = userdata;
        struct mounts_listener *l, *next;

        free(m->text);
        m->text = NULL;
        DL_FOREACH_SAFE (m->listeners, l, next)
                l->changed(l);
        return 0;
}

/* The kernel tells by POLLPRI, once, and the text need not be read for that. */
static int watch(struct mounts *m, sd_event *event) {
        _cleanup_close_ int fd = open(MOUNTINFO, O_RDONLY | O_CLOEXEC);
        int r;

        if (fd < 0)
                return 0;
        r = sd_event_add_io(event, &m->source, fd, EPOLLPRI, on_news, m);
        if (r < 0)
                return r;
        (void) sd_event_source_set_io_fd_own(m->source, true);
        (void) TAKE_FD(fd);
        return sd_event_source_set_priority(m->source, DAEMON_PRIORITY_TIMER);
}

int mounts_new(sd_event *event, struct mounts **ret) {
        _cleanup_(mounts_freep) struct mounts *m = calloc(1, sizeof(*m));
        int r;

        if (!m)
                return -ENOMEM;
        r = watch(m, event);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

struct mounts *mounts_free(struct mounts *m) {
        if (!m)
                return NULL;
        assert(!m->listeners);
        (void) sd_event_source_disable_unref(m->source);
        free(m->text);
        free(m);
        return NULL;
}

void mounts_listen(struct mounts *m, struct mounts_listener *l) {
        DL_APPEND(m->listeners, l);
}

void mounts_unlisten(struct mounts *m, struct mounts_listener *l) {
        DL_DELETE(m->listeners, l);
}

static const char *get_text(struct mounts *m) {
        _cleanup_fclose_ FILE *f = m->text ? NULL : fopen(MOUNTINFO, "re");
        size_t n = 0;

        if (f && getdelim(&m->text, &n, '\0', f) < 0) {
                free(m->text);
                m->text = NULL;
        }
        return m->text ?: "";
}

bool mounts_find(struct mounts *m, const char *path, struct file_system *ret) {
        return file_system_find(get_text(m), path, ret);
}
