/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/macro.h"
#include "vrrpd/raw-socket.h"
#include "vrrpd/receiver.h"

/* The stray socket is there to be counted, not to be read: what does not fit in is dropped by the
 * kernel, which counts it, and nobody wakes up for it. */
#define STRAY_RECEIVE_BYTES 4096
#define STRAY_BUDGET 32

struct group {
        struct ip_addr addr;
        unsigned users; /* 0: the slot is free */
};

struct vrrp_receiver {
        char ifname[IF_NAMESIZE];
        struct raw_socket_kind kind;
        int64_t priority;
        sd_event *event;               /* borrowed */
        struct receive_buffer *buffer; /* borrowed */
        const struct vrrp_receiver_ops *ops;
        void *userdata;

        struct vrid_set vrids;
        struct group groups[VRRP_RECEIVER_GROUPS_MAX];

        int fd; /* -1: closed */
        int ifindex;
        sd_event_source *source;

        int stray_fd;
        sd_event_source *stray_source;
        bool stray_shown;     /* in this reading */
        uint64_t strays_read; /* and those of sockets that are closed */
};

int vrrp_receiver_new(sd_event *event, int64_t priority, const char *ifname,
                struct raw_socket_kind kind, struct receive_buffer *buffer,
                const struct vrrp_receiver_ops *ops, void *userdata, struct vrrp_receiver **ret) {
        struct vrrp_receiver *r;

        if (strlen(ifname) >= sizeof(r->ifname))
                return -ENAMETOOLONG;

        r = malloc(sizeof(*r));
        if (!r)
                return -ENOMEM;
        *r = (struct vrrp_receiver){
                .kind = kind,
                .priority = priority,
                .event = sd_event_ref(event),
                .buffer = buffer,
                .ops = ops,
                .userdata = userdata,
                .fd = -1,
                .stray_fd = -1,
        };
        (void) strcpy(r->ifname, ifname);
        *ret = r;
        return 0;
}

struct vrrp_receiver *vrrp_receiver_free(struct vrrp_receiver *r) {
        if (!r)
                return NULL;
        vrrp_receiver_close(r);
        sd_event_unref(r->event);
        free(r);
        return NULL;
}

const char *vrrp_receiver_ifname(const struct vrrp_receiver *r) {
        return r->ifname;
}

struct raw_socket_kind vrrp_receiver_kind(const struct vrrp_receiver *r) {
        return r->kind;
}

static int apply_filters(struct vrrp_receiver *r) {
        int e = 0, s = 0;

        if (r->fd >= 0)
                e = raw_socket_set_filter(r->fd, r->kind, &r->vrids, VRID_FILTER_MEMBERS);
        if (r->stray_fd >= 0)
                s = raw_socket_set_filter(r->stray_fd, r->kind, &r->vrids, VRID_FILTER_STRAYS);
        return e < 0 ? e : s;
}

int vrrp_receiver_add_vrid(struct vrrp_receiver *r, uint8_t vrid) {
        vrid_set_add(&r->vrids, vrid);
        return apply_filters(r);
}

int vrrp_receiver_remove_vrid(struct vrrp_receiver *r, uint8_t vrid) {
        vrid_set_remove(&r->vrids, vrid);
        return apply_filters(r);
}

static struct group *group_find(struct vrrp_receiver *r, const struct ip_addr *addr) {
        for (size_t i = 0; i < ARRAY_SIZE(r->groups); i++)
                if (r->groups[i].users > 0 && ip_addr_equal(&r->groups[i].addr, addr))
                        return &r->groups[i];
        return NULL;
}

static struct group *group_find_free(struct vrrp_receiver *r) {
        for (size_t i = 0; i < ARRAY_SIZE(r->groups); i++)
                if (r->groups[i].users == 0)
                        return &r->groups[i];
        return NULL;
}

int vrrp_receiver_join(struct vrrp_receiver *r, const struct ip_addr *group) {
        struct group *g = group_find(r, group);

        if (g) {
                g->users++;
                return 0;
        }

        g = group_find_free(r);
        if (!g)
                return -ENOSPC;
        *g = (struct group){ .addr = *group, .users = 1 };
        return r->fd >= 0 ? raw_socket_join(r->fd, group, r->ifindex) : 0;
}

int vrrp_receiver_leave(struct vrrp_receiver *r, const struct ip_addr *group) {
        struct group *g = group_find(r, group);

        assert(g);
        if (--g->users > 0 || r->fd < 0)
                return 0;
        return raw_socket_leave(r->fd, group, r->ifindex);
}

static int join_all(const struct vrrp_receiver *r, int fd, int ifindex) {
        for (size_t i = 0; i < ARRAY_SIZE(r->groups); i++) {
                int e;

                if (r->groups[i].users == 0)
                        continue;
                e = raw_socket_join(fd, &r->groups[i].addr, ifindex);
                if (e < 0)
                        return e;
        }
        return 0;
}

static void show_packet(const struct vrrp_received *p, void *userdata) {
        struct vrrp_receiver *r = userdata;

        r->ops->packet(r, p, r->userdata);
}

static int on_readable(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct vrrp_receiver *r = userdata;

        /* An error has been taken off the socket by reading it; the next packet may come all the
         * same. */
        (void) vrrp_receiver_drain(r, VRRP_RECEIVER_BUDGET);
        if (r->ops->drained)
                r->ops->drained(r, r->userdata);
        return 0;
}

int vrrp_receiver_drain(struct vrrp_receiver *r, unsigned budget) {
        if (r->fd < 0)
                return 0;
        return receive_packets(r->buffer, r->fd, budget, show_packet, r);
}

static void show_stray(const struct vrrp_received *p, void *userdata) {
        struct vrrp_receiver *r = userdata;

        r->strays_read++;
        if (r->stray_shown || !r->ops->stray)
                return;
        r->stray_shown = true;
        r->ops->stray(r, p, r->userdata);
}

static int on_stray(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct vrrp_receiver *r = userdata;

        r->stray_shown = false;
        (void) receive_packets(r->buffer, fd, STRAY_BUDGET, show_stray, r);
        return 0;
}

/* Strays are a matter of diagnosis: a receiver works without this. */
static void open_strays(struct vrrp_receiver *r) {
        _cleanup_(sd_event_source_unrefp) sd_event_source *s = NULL;
        _cleanup_close_ int fd = -1;

        fd = raw_socket_open_receive(
                        r->kind, r->ifindex, &r->vrids, VRID_FILTER_STRAYS, STRAY_RECEIVE_BYTES);
        if (fd < 0 || sd_event_add_io(r->event, &s, fd, EPOLLIN, on_stray, r) < 0)
                return;
        if (sd_event_source_set_priority(s, SD_EVENT_PRIORITY_IDLE) < 0)
                return;
        if (sd_event_source_set_ratelimit(s, VRRP_STRAY_INTERVAL, 1) < 0)
                return;

        r->stray_source = TAKE_PTR(s);
        r->stray_fd = TAKE_FD(fd);
}

static int watch(struct vrrp_receiver *r, int fd, sd_event_source **ret) {
        _cleanup_(sd_event_source_unrefp) sd_event_source *s = NULL;
        int e;

        e = sd_event_add_io(r->event, &s, fd, EPOLLIN, on_readable, r);
        if (e < 0)
                return e;
        e = sd_event_source_set_priority(s, r->priority);
        if (e < 0)
                return e;
        *ret = TAKE_PTR(s);
        return 0;
}

/* Make @fd, bound to @ifindex and filtered, the receiver's socket. It stays the caller's on error. */
static int install(struct vrrp_receiver *r, int fd, int ifindex) {
        _cleanup_(sd_event_source_unrefp) sd_event_source *s = NULL;
        int e;

        e = join_all(r, fd, ifindex);
        if (e < 0)
                return e;
        e = watch(r, fd, &s);
        if (e < 0)
                return e;

        vrrp_receiver_close(r);
        r->fd = fd;
        r->ifindex = ifindex;
        r->source = TAKE_PTR(s);
        open_strays(r);
        return 0;
}

int vrrp_receiver_open(struct vrrp_receiver *r, int ifindex) {
        _cleanup_close_ int fd = -1;
        int e;

        fd = raw_socket_open_receive(
                        r->kind, ifindex, &r->vrids, VRID_FILTER_MEMBERS, RAW_SOCKET_RECEIVE_BYTES);
        if (fd < 0)
                return fd;
        e = install(r, fd, ifindex);
        if (e < 0)
                return e;
        (void) TAKE_FD(fd);
        return 0;
}

int vrrp_receiver_adopt(struct vrrp_receiver *r, int fd, int ifindex) {
        int bound, e;

        e = raw_socket_identify(fd, r->kind, &bound);
        if (e < 0)
                return e;
        if (bound != ifindex)
                return -ESTALE;
        e = raw_socket_set_filter(fd, r->kind, &r->vrids, VRID_FILTER_MEMBERS);
        if (e < 0)
                return e;
        return install(r, fd, ifindex);
}

void vrrp_receiver_close(struct vrrp_receiver *r) {
        if (r->stray_fd >= 0) {
                uint32_t dropped;

                if (raw_socket_dropped(r->stray_fd, &dropped) >= 0)
                        r->strays_read += dropped;
                r->stray_source = sd_event_source_disable_unref(r->stray_source);
                (void) close(TAKE_FD(r->stray_fd));
        }
        if (r->fd >= 0) {
                r->source = sd_event_source_disable_unref(r->source);
                (void) close(TAKE_FD(r->fd));
                r->ifindex = 0;
        }
}

bool vrrp_receiver_is_open(const struct vrrp_receiver *r) {
        return r->fd >= 0;
}

int vrrp_receiver_ifindex(const struct vrrp_receiver *r) {
        return r->ifindex;
}

int vrrp_receiver_fd(const struct vrrp_receiver *r) {
        return r->fd;
}

const char *vrrp_receiver_fdname(
                const struct vrrp_receiver *r, char buf[static VRRP_RECEIVER_FDNAME_MAX]) {
        (void) snprintf(buf, VRRP_RECEIVER_FDNAME_MAX, "vrrp-%s-%d",
                        raw_socket_kind_to_string(r->kind), r->ifindex);
        return buf;
}

int vrrp_receiver_fdname_parse(
                const char *name, struct raw_socket_kind *ret_kind, int *ret_ifindex) {
        char kind[8], rest;
        int ifindex;

        if (sscanf(name, "vrrp-%7[a-z0-9]-%9d%c", kind, &ifindex, &rest) != 2 || ifindex < 0)
                return -EINVAL;
        if (raw_socket_kind_from_string(kind, ret_kind) < 0)
                return -EINVAL;
        *ret_ifindex = ifindex;
        return 0;
}

void vrrp_receiver_pause(struct vrrp_receiver *r, bool pause) {
        if (r->source)
                (void) sd_event_source_set_enabled(r->source, pause ? SD_EVENT_OFF : SD_EVENT_ON);
}

uint32_t vrrp_receiver_dropped(const struct vrrp_receiver *r) {
        uint32_t dropped;

        return r->fd >= 0 && raw_socket_dropped(r->fd, &dropped) >= 0 ? dropped : 0;
}

uint64_t vrrp_receiver_strays(const struct vrrp_receiver *r) {
        uint32_t dropped = 0;

        if (r->stray_fd >= 0)
                (void) raw_socket_dropped(r->stray_fd, &dropped);
        return r->strays_read + dropped;
}
