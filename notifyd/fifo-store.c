/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo-store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "common/notify.h"

struct kept {
        int fd; /* -1: exchanged */
        char *name;
};

struct fifo_store {
        struct kept *kept;
        size_t n;
};

int fifo_store_new(struct fifo_store **ret) {
        _cleanup_(fifo_store_freep) struct fifo_store *s = calloc(1, sizeof(*s));
        char **names = NULL;
        int n;

        if (!s)
                return -ENOMEM;
        n = sd_listen_fds_with_names(true, &names);
        if (n < 0)
                return n;
        s->kept = calloc((size_t) n + 1, sizeof(*s->kept));
        if (!s->kept)
                return -ENOMEM;
        for (int i = 0; i < n; i++)
                s->kept[s->n++] = (struct kept){ SD_LISTEN_FDS_START + i, names[i] };
        free(names);
        *ret = TAKE_PTR(s);
        return 0;
}

struct fifo_store *fifo_store_free(struct fifo_store *s) {
        if (!s)
                return NULL;
        for (size_t i = 0; i < s->n; i++) {
                if (s->kept[i].fd >= 0) {
                        (void) close(s->kept[i].fd);
                        fifo_store_forget(s->kept[i].name);
                }
                free(s->kept[i].name);
        }
        free(s->kept);
        free(s);
        return NULL;
}

void fifo_store_exchange(struct fifo_store *s, struct fifo *f) {
        struct stat st;

        for (size_t i = 0; s && i < s->n; i++) {
                if (s->kept[i].fd < 0 || fstat(s->kept[i].fd, &st) < 0 || st.st_dev != f->device ||
                                st.st_ino != f->inode)
                        continue;
                (void) close(f->fd);
                f->fd = TAKE_FD(s->kept[i].fd);
                return;
        }
}

void fifo_store_put(const char *key, const struct fifo *f) {
        char message[128];

        (void) snprintf(message, sizeof(message), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s", key);
        (void) notify_send_fds(message, &f->fd, 1);
}

void fifo_store_forget(const char *key) {
        char message[128];

        (void) snprintf(message, sizeof(message), "FDSTOREREMOVE=1\nFDNAME=%s", key);
        (void) notify_send(message);
}
