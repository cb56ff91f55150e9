/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/notify.h"
#include "vrrpd/port.h"

#define RETRY_USEC (100 * USEC_PER_MSEC)

struct kept {
        int fd; /* -1: taken */
        char *name;
};

struct vrrp_store {
        struct vrrp_port *const *ports;
        sd_event_source *retry;
        struct kept *kept;
        size_t n_kept;
};

static int on_retry(sd_event_source *source, usec_t now, void *userdata) {
        vrrp_store_flush(userdata);
        return 0;
}

/* The names come with the descriptors; all are closed on exec from now on. */
static int receive_kept(struct vrrp_store *s) {
        char **names = NULL;
        int n = sd_listen_fds_with_names(true, &names);

        if (n <= 0)
                return n;
        s->kept = calloc((size_t) n, sizeof(*s->kept));
        if (!s->kept)
                return -ENOMEM;
        for (int i = 0; i < n; i++)
                s->kept[s->n_kept++] = (struct kept){
                        .fd = SD_LISTEN_FDS_START + i,
                        .name = names[i],
                };
        free(names);
        return 0;
}

int vrrp_store_new(sd_event *event, struct vrrp_port *const *ports, struct vrrp_store **ret) {
        _cleanup_(vrrp_store_freep) struct vrrp_store *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->ports = ports;
        r = receive_kept(s);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &s->retry, CLOCK_MONOTONIC, USEC_INFINITY, 0, on_retry, s);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(s->retry, SD_EVENT_OFF);
        (void) sd_event_source_set_priority(s->retry, DAEMON_PRIORITY_SAVE);
        *ret = TAKE_PTR(s);
        return 0;
}

static void kept_done(struct kept *k) {
        if (k->fd >= 0)
                (void) close(TAKE_FD(k->fd));
        free(TAKE_PTR(k->name));
}

struct vrrp_store *vrrp_store_free(struct vrrp_store *s) {
        if (!s)
                return NULL;
        s->retry = sd_event_source_disable_unref(s->retry);
        for (size_t i = 0; i < s->n_kept; i++)
                kept_done(&s->kept[i]);
        free(s->kept);
        free(s);
        return NULL;
}

static bool is_for(const struct kept *k, struct raw_socket_kind kind, int ifindex) {
        struct raw_socket_kind found;
        int i;

        return k->fd >= 0 && vrrp_receiver_fdname_parse(k->name, &found, &i) >= 0 &&
                        raw_socket_kind_equal(found, kind) && i == ifindex;
}

int vrrp_store_take(struct vrrp_store *s, struct raw_socket_kind kind, int ifindex) {
        for (size_t i = 0; i < s->n_kept; i++)
                if (is_for(&s->kept[i], kind, ifindex))
                        return TAKE_FD(s->kept[i].fd);
        return -ENOENT;
}

static void forget(const char *name) {
        char message[512];

        (void) snprintf(message, sizeof(message), "FDSTOREREMOVE=1\nFDNAME=%s", name);
        (void) notify_send(message);
}

void vrrp_store_discard(struct vrrp_store *s) {
        for (size_t i = 0; i < s->n_kept; i++) {
                if (s->kept[i].fd >= 0) {
                        log_info("the kept socket %s is not needed any more", s->kept[i].name);
                        forget(s->kept[i].name);
                }
                kept_done(&s->kept[i]);
        }
        s->n_kept = 0;
}

/* FDPOLL=0: a socket with an error waiting must not be thrown out. */
static int put(struct vrrp_port *p) {
        char name[VRRP_RECEIVER_FDNAME_MAX], message[128];
        int fd = vrrp_receiver_fd(p->receiver);

        if (fd < 0)
                return 0;
        (void) snprintf(message, sizeof(message), "FDSTORE=1\nFDPOLL=0\nFDNAME=%s",
                        vrrp_receiver_fdname(p->receiver, name));
        return notify_send_fds(message, &fd, 1);
}

void vrrp_store_flush(struct vrrp_store *s) {
        for (struct vrrp_port *p = *s->ports; p; p = p->hh.next) {
                int r;

                if (!p->unstored)
                        continue;
                r = put(p);
                if (r == -EAGAIN) {
                        (void) sd_event_source_set_time_relative(s->retry, RETRY_USEC);
                        (void) sd_event_source_set_enabled(s->retry, SD_EVENT_ONESHOT);
                        return;
                }
                if (r < 0)
                        log_warning("%s: the socket cannot be stored: %s", p->name, strerror(-r));
                p->unstored = false;
        }
}

void vrrp_store_remove(struct vrrp_store *s, const struct vrrp_receiver *r) {
        char name[VRRP_RECEIVER_FDNAME_MAX];

        if (s && vrrp_receiver_is_open(r))
                forget(vrrp_receiver_fdname(r, name));
}
