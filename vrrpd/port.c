/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/port.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/hear.h"
#include "vrrpd/roles.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

/* A kept socket is read up to its end, but not for ever. */
#define DRAIN_MAX 1000000

static void on_packet(struct vrrp_receiver *receiver, const struct vrrp_received *packet,
                void *userdata) {
        struct vrrp_port *p = userdata;

        vrrpd_wake(p->vrrpd);
        vrrp_hear(p, packet);
}

static void on_drained(struct vrrp_receiver *receiver, void *userdata) {
        struct vrrp_port *p = userdata;

        p->read_in = p->vrrpd->wakeups;
        vrrpd_after_read(p->vrrpd, p);
}

static void on_stray(struct vrrp_receiver *receiver, const struct vrrp_received *packet,
                void *userdata) {
        vrrp_hear_stray(userdata, packet);
}

static const struct vrrp_receiver_ops receiver_ops = {
        .packet = on_packet,
        .drained = on_drained,
        .stray = on_stray,
};

static struct vrrp_port *port_free(struct vrrp_port *p) {
        if (!p)
                return NULL;
        vrrp_store_remove(p->vrrpd->store, p->receiver);
        p->receiver = vrrp_receiver_free(p->receiver);
        vrrp_link_unwant(p->link);
        free(p);
        return NULL;
}

DEFINE_CLEANUP_FUNC(struct vrrp_port *, port_free);

static const char *port_name(
                const struct vrrp_link *link, struct raw_socket_kind kind, char *buf, size_t size) {
        (void) snprintf(buf, size, "%s %s", link ? link->name : "*",
                        raw_socket_kind_to_string(kind));
        return buf;
}

static int port_new(struct vrrpd *v, struct vrrp_link *link, struct raw_socket_kind kind,
                struct vrrp_port **ret) {
        _cleanup_(port_freep) struct vrrp_port *p = calloc(1, sizeof(*p));
        int r;

        if (!p)
                return -ENOMEM;
        p->vrrpd = v;
        (void) port_name(link, kind, p->name, sizeof(p->name));
        if (link) {
                r = vrrp_links_want(v->links, link->name, &p->link);
                if (r < 0)
                        return r;
        }
        r = vrrp_receiver_new(v->event, DAEMON_PRIORITY_SOCKET, link ? link->name : "", kind,
                        v->buffer, &receiver_ops, p, &p->receiver);
        if (r < 0)
                return r;
        HASH_ADD_STR(v->ports, name, p);
        *ret = TAKE_PTR(p);
        return 0;
}

/* The first router brings the multicast group with it before the socket is opened, so that nothing is
 * missed, and a kept one keeps what it has. */
int vrrp_port_join(struct vrrpd *v, struct vrrp_link *link, struct raw_socket_kind kind,
                uint8_t vrid, struct vrrp_router *r, struct vrrp_port **ret) {
        char name[sizeof((*ret)->name)];
        struct vrrp_port *p;
        int e;

        HASH_FIND_STR(v->ports, port_name(link, kind, name, sizeof(name)), p);
        if (!p) {
                e = port_new(v, link, kind, &p);
                if (e < 0)
                        return e;
        }
        if (p->routers[vrid])
                return -EEXIST;

        e = vrrp_receiver_add_vrid(p->receiver, vrid);
        if (e < 0)
                log_warning("%s: cannot take in virtual router %u: %s", p->name, vrid,
                                strerror(-e));
        p->routers[vrid] = r;
        p->n_routers++;
        *ret = p;
        return 0;
}

void vrrp_port_leave(struct vrrp_port *p, uint8_t vrid) {
        p->routers[vrid] = NULL;
        p->n_routers--;
        (void) vrrp_receiver_remove_vrid(p->receiver, vrid);
        if (p->n_routers > 0)
                return;
        HASH_DEL(p->vrrpd->ports, p);
        port_free(p);
}

static int wanted_ifindex(const struct vrrp_port *p) {
        return p->link ? p->link->ifindex : 0;
}

static void close_port(struct vrrp_port *p) {
        vrrp_store_remove(p->vrrpd->store, p->receiver);
        vrrp_receiver_close(p->receiver);
        p->kept = p->gaps = p->unstored = false;
}

/* Silence of a kept socket proves something if nothing was dropped, and the cable never pulled. */
static bool has_gaps(const struct vrrp_port *p) {
        struct vrrp_kept_port k;

        if (vrrp_keeper_kept_port(p->vrrpd->keeper, p->name, &k) < 0)
                return true;
        if (k.ifindex != wanted_ifindex(p) || k.dropped != vrrp_receiver_dropped(p->receiver))
                return true;
        return p->link && k.carrier_changes != p->link->carrier_changes;
}

static bool adopt(struct vrrp_port *p) {
        int fd = vrrp_store_take(
                        p->vrrpd->store, vrrp_receiver_kind(p->receiver), wanted_ifindex(p));
        int r;

        if (fd < 0)
                return false;
        r = vrrp_receiver_adopt(p->receiver, fd, wanted_ifindex(p));
        if (r < 0) {
                log_warning("%s: the kept socket cannot be used: %s", p->name, strerror(-r));
                (void) close(fd);
                return false;
        }
        p->kept = true;
        p->gaps = has_gaps(p);
        return true;
}

static int open_port(struct vrrp_port *p) {
        int r;

        r = vrrp_receiver_open(p->receiver, wanted_ifindex(p));
        if (r >= 0)
                p->unstored = true;
        return r;
}

static void refault(struct vrrp_port *p) {
        for (size_t i = 0; i < ARRAY_SIZE(p->routers); i++)
                if (p->routers[i])
                        vrrp_router_refresh(p->routers[i]);
}

void vrrp_port_refresh(struct vrrp_port *p) {
        bool exists = !p->link || vrrp_link_exists(p->link);
        int error = 0;

        if (vrrp_receiver_is_open(p->receiver)) {
                if (exists && vrrp_receiver_ifindex(p->receiver) == wanted_ifindex(p))
                        return;
                close_port(p);
        }
        if (exists && !adopt(p))
                error = open_port(p);
        vrrp_keeper_note_port(p->vrrpd->keeper, p);
        vrrp_store_flush(p->vrrpd->store);

        if (error == p->error)
                return;
        p->error = error;
        if (error < 0)
                log_error("%s: cannot receive: %s", p->name, strerror(-error));
        refault(p);
}

void vrrp_port_let_go(struct vrrp_port *p) {
        vrrp_receiver_close(p->receiver);
}

void vrrp_port_drain(struct vrrp_port *p) {
        (void) vrrp_receiver_drain(p->receiver, DRAIN_MAX);
        p->dropped = vrrp_receiver_dropped(p->receiver);
}

void vrrp_port_read(struct vrrp_port *p) {
        if (p->read_in == p->vrrpd->wakeups)
                return;
        p->read_in = p->vrrpd->wakeups;
        (void) vrrp_receiver_drain(p->receiver, VRRP_RECEIVER_BUDGET);
}
