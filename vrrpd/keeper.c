/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/keeper.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/macro.h"
#include "vrrpd/port.h"
#include "vrrpd/replay.h"
#include "vrrpd/router.h"
#include "vrrpd/sync.h"
#include "vrrpd/vrrpd.h"

struct vrrp_keeper {
        struct vrrpd *vrrpd;
        char *path;
        struct vrrp_roles *earlier; /* NULL: nothing is known */
        struct vrrp_roles *roles;
        sd_event_source *timer;
        usec_t written_at;
        bool touched;
        bool complained; /* that it cannot be written */
};

static int on_timer(sd_event_source *s, usec_t now, void *userdata) {
        vrrp_keeper_write(userdata);
        return 0;
}

static void read_earlier(struct vrrp_keeper *k) {
        int r = vrrp_roles_read(k->path, &k->earlier);

        if (r >= 0)
                vrrp_replay(k->earlier, k->vrrpd->daemon->events, k->vrrpd->clock.now,
                                k->vrrpd->clock.real);
        else if (r == -EBADMSG)
                log_warning("%s is torn and ignored; addresses and sockets will tell", k->path);
        else if (r != -ENOENT && r != -ESTALE)
                log_warning("cannot read %s: %s", k->path, strerror(-r));
}

int vrrp_keeper_new(struct vrrpd *v, struct vrrp_keeper **ret) {
        _cleanup_(vrrp_keeper_freep) struct vrrp_keeper *k = calloc(1, sizeof(*k));
        int r;

        if (!k)
                return -ENOMEM;
        k->vrrpd = v;
        k->path = daemon_runtime_path(v->daemon, "roles");
        if (!k->path)
                return -ENOMEM;
        r = vrrp_roles_new(&k->roles);
        if (r < 0)
                return r;
        r = sd_event_add_time(v->event, &k->timer, CLOCK_MONOTONIC, USEC_INFINITY, 0, on_timer, k);
        if (r < 0)
                return r;
        (void) sd_event_source_set_priority(k->timer, DAEMON_PRIORITY_SAVE);
        (void) sd_event_source_set_enabled(k->timer, SD_EVENT_OFF);
        read_earlier(k);
        *ret = TAKE_PTR(k);
        return 0;
}

struct vrrp_keeper *vrrp_keeper_free(struct vrrp_keeper *k) {
        if (!k)
                return NULL;
        k->timer = sd_event_source_disable_unref(k->timer);
        k->earlier = vrrp_roles_free(k->earlier);
        k->roles = vrrp_roles_free(k->roles);
        free(k->path);
        free(k);
        return NULL;
}

int vrrp_keeper_saved(const struct vrrp_keeper *k, const char *router, struct vrrp_saved *ret) {
        return k->earlier ? vrrp_roles_get_router(k->earlier, router, ret) : -ENOENT;
}

const char *vrrp_keeper_words(const struct vrrp_keeper *k, const char *router) {
        return k->earlier ? vrrp_roles_get_words(k->earlier, router) : "";
}

int vrrp_keeper_kept_port(
                const struct vrrp_keeper *k, const char *port, struct vrrp_kept_port *ret) {
        return k->earlier ? vrrp_roles_get_port(k->earlier, port, ret) : -ENOENT;
}

int vrrp_keeper_kept_link(
                const struct vrrp_keeper *k, const char *link, struct vrrp_kept_link *ret) {
        return k->earlier ? vrrp_roles_get_link(k->earlier, link, ret) : -ENOENT;
}

int vrrp_keeper_kept_group(
                const struct vrrp_keeper *k, const char *group, struct vrrp_kept_group *ret) {
        return k->earlier ? vrrp_roles_get_group(k->earlier, group, ret) : -ENOENT;
}

struct vrrp_track_word vrrp_keeper_word(const struct vrrp_keeper *k, const char *tracker) {
        return vrrp_roles_get_tracker(k->earlier ?: k->roles, tracker);
}

usec_t vrrp_keeper_absence(const struct vrrp_keeper *k) {
        return k->earlier ? vrrp_roles_get_absence(k->earlier) : 0;
}

void vrrp_keeper_forget_earlier(struct vrrp_keeper *k) {
        k->earlier = vrrp_roles_free(k->earlier);
}

void vrrp_keeper_touch(struct vrrp_keeper *k) {
        k->touched = true;
}

void vrrp_keeper_note_port(struct vrrp_keeper *k, const struct vrrp_port *p) {
        struct vrrp_kept_port kept = {
                .ifindex = vrrp_receiver_ifindex(p->receiver),
                .carrier_changes = p->link ? p->link->carrier_changes : 0,
                .dropped = vrrp_receiver_dropped(p->receiver),
        };

        (void) vrrp_roles_put_port(k->roles, p->name, &kept);
        k->touched = true;
}

/* Without delays there is nothing that a successor would not see itself. */
void vrrp_keeper_note_link(struct vrrp_keeper *k, const struct vrrp_link *l) {
        const struct vrrp_kept_link kept = {
                .ifindex = l->ifindex,
                .up = l->debounce.up,
                .due = l->debounce.due,
        };

        if (vrrp_link_waits(l))
                (void) vrrp_roles_put_link(k->roles, l->name, &kept);
        else
                vrrp_roles_drop_link(k->roles, l->name);
        k->touched = true;
}

void vrrp_keeper_note_word(
                struct vrrp_keeper *k, const char *tracker, const struct vrrp_track_word *word) {
        (void) vrrp_roles_put_tracker(k->roles, tracker, word);
        k->touched = true;
}

void vrrp_keeper_note_absence(struct vrrp_keeper *k, usec_t since) {
        vrrp_roles_set_absence(k->roles, since);
        k->touched = true;
}

void vrrp_keeper_note_group(struct vrrp_keeper *k, const struct vrrp_sync *s) {
        const struct vrrp_kept_group kept = {
                .state = s->group.state,
                .reason = s->group.reason,
                .since = s->group.since,
                .untold = s->untold,
                .words = s->reason,
        };

        (void) vrrp_roles_put_group(k->roles, s->name, &kept);
        k->touched = true;
}

void vrrp_keeper_drop_group(struct vrrp_keeper *k, const char *group) {
        vrrp_roles_drop_group(k->roles, group);
        k->touched = true;
}

void vrrp_keeper_drop_router(struct vrrp_keeper *k, const char *router) {
        vrrp_roles_drop_router(k->roles, router);
        k->touched = true;
}

static void collect(struct vrrp_keeper *k) {
        for (struct vrrp_router *r = k->vrrpd->routers; r; r = r->hh.next) {
                struct vrrp_saved s;

                if (r->revision_kept == r->instance.revision)
                        continue;
                s = vrrp_instance_save(&r->instance);
                s.untold = r->untold;
                if (vrrp_roles_put_router(k->roles, r->name, &s, r->reason) >= 0)
                        r->revision_kept = r->instance.revision;
        }
}

void vrrp_keeper_write_now(struct vrrp_keeper *k) {
        const struct event_log *log = k->vrrpd->daemon->events;
        int r;

        collect(k);
        vrrp_roles_set_told(k->roles, event_log_generation(log), event_log_last(log));
        r = vrrp_roles_write(k->roles, k->path);
        if (r < 0 && !k->complained)
                log_error("cannot write %s, a successor would have to start over: %s", k->path,
                                strerror(-r));
        k->complained = r < 0;
        k->touched = false;
        k->written_at = usec_now(CLOCK_MONOTONIC);
        (void) sd_event_source_set_enabled(k->timer, SD_EVENT_OFF);
}

void vrrp_keeper_write(struct vrrp_keeper *k) {
        usec_t due = usec_add(k->written_at, VRRP_KEEPER_INTERVAL);

        if (!k->touched)
                return;
        if (usec_now(CLOCK_MONOTONIC) >= due) {
                vrrp_keeper_write_now(k);
                return;
        }
        (void) sd_event_source_set_time(k->timer, due);
        (void) sd_event_source_set_enabled(k->timer, SD_EVENT_ONESHOT);
}

void vrrp_keeper_erase(struct vrrp_keeper *k) {
        k->touched = false;
        (void) sd_event_source_set_enabled(k->timer, SD_EVENT_OFF);
        if (unlink(k->path) < 0 && errno != ENOENT)
                log_warning("cannot remove %s: %s", k->path, strerror(errno));
}
