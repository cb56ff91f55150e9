/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/check-mirror.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/mirror.h"
#include "ipvsd/ipvsd.h"

#define PEER "org.mainstay.Check1"
#define ROOT "/org/mainstay/check1"
#define INTERFACE "org.mainstay.Check1.Checker"

/* A checkd that is restarted or updated is no news; one that stays away for longer is. */
#define ABSENCE_USEC (60 * USEC_PER_SEC)

struct ipvs_check_mirror {
        struct ipvsd *ipvsd; /* owner */
        struct mirror *mirror;
        sd_event_source *absence;
        bool absence_told;
};

/* Does anybody wait for what checkd says? */
static bool has_checks(const struct ipvsd *d) {
        for (const struct ipvs_service *s = d->services; s; s = s->hh.next)
                for (const struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        if (r->n_checks > 0)
                                return true;
        return false;
}

/* Which of the server's checks "SERVICE/SERVER/N" is, from 0; SIZE_MAX: none. */
static size_t number_of(const char *name) {
        const char *slash = strrchr(name, '/');
        unsigned long n = slash ? strtoul(slash + 1, NULL, 10) : 0;

        return n > 0 ? n - 1 : SIZE_MAX;
}

static bool hear(struct ipvs_server *r, size_t i, json_object *properties) {
        json_object *change = NULL;

        /* After a reload of checkd alone the number may be another check's. */
        if (i >= r->n_checks || !streq(json_get_string(properties, "Kind"), r->checks[i].kind))
                return false;
        (void) json_object_object_get_ex(properties, "WeightChange", &change);
        return ipvs_server_hear(r, i,
                        ipvs_check_state_from_string(json_get_string(properties, "State")),
                        json_get_string(properties, "StateReason"), json_object_get_int(change));
}

static void on_changed(struct mirror *mirror, const char *path, const char *interface,
                json_object *properties, json_object *changed, void *userdata) {
        struct ipvs_check_mirror *m = userdata;
        struct ipvs_service *s;
        struct ipvs_server *r;

        if (!streq(interface, INTERFACE))
                return;
        s = ipvs_service_find(m->ipvsd, json_get_string(properties, "Service"));
        r = s ? ipvs_server_find(s, json_get_string(properties, "Server")) : NULL;
        if (!r || !hear(r, number_of(json_get_string(properties, "Name")), properties))
                return;
        ipvsd_save_soon(m->ipvsd);
        ipvsd_settle_soon(m->ipvsd);
}

void ipvs_check_mirror_learn(struct ipvs_check_mirror *m, struct ipvs_server *r) {
        for (size_t i = 0; m && i < r->n_checks; i++) {
                _cleanup_free_ char *name = NULL, *path = NULL;
                json_object *properties;

                if (asprintf(&name, "%s/%s/%zu", r->service->name, r->name, i + 1) < 0) {
                        name = NULL;
                        return;
                }
                if (sd_bus_path_encode(ROOT "/checker", name, &path) < 0)
                        return;
                properties = mirror_get(m->mirror, path, INTERFACE);
                if (properties)
                        (void) hear(r, i, properties);
        }
}

/* --- presence --- */

static void tell_stale(struct ipvs_check_mirror *m) {
        struct daemon *d = m->ipvsd->daemon;

        DAEMON_CHANGED(d, d->ops->object_path, "org.mainstay.Daemon1", "StalePeers");
}

static void record_absence(struct ipvs_check_mirror *m, const char *type) {
        struct daemon *d = m->ipvsd->daemon;
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        if (data)
                (void) json_object_object_add(data, "producer", json_object_new_string(PEER));
        daemon_event(d, type, d->ops->object_path, data);
}

static int on_absent(sd_event_source *s, usec_t usec, void *userdata) {
        struct ipvs_check_mirror *m = userdata;

        if (!has_checks(m->ipvsd))
                return 0;
        m->absence_told = true;
        record_absence(m, "producer-absent");
        log_emit(LOG_WARNING, LOG_MESSAGE_PEER_STALE, NULL,
                        "checkd has not been heard for a minute; is it to run?");
        return 0;
}

static void watch_absence(struct ipvs_check_mirror *m) {
        int armed = SD_EVENT_OFF;

        (void) sd_event_source_get_enabled(m->absence, &armed);
        if (armed != SD_EVENT_OFF || m->absence_told)
                return;
        (void) sd_event_source_set_time_relative(m->absence, ABSENCE_USEC);
        (void) sd_event_source_set_enabled(m->absence, SD_EVENT_ONESHOT);
}

static void on_synced(struct mirror *mirror, void *userdata) {
        struct ipvs_check_mirror *m = userdata;

        (void) sd_event_source_set_enabled(m->absence, SD_EVENT_OFF);
        if (m->absence_told)
                record_absence(m, "producer-returned");
        m->absence_told = false;
        tell_stale(m);
        /* Whoever waited for the first word need not wait any longer. */
        ipvsd_settle_soon(m->ipvsd);
}

static void on_lost(struct mirror *mirror, void *userdata) {
        struct ipvs_check_mirror *m = userdata;

        if (has_checks(m->ipvsd) && !daemon_is_ending(m->ipvsd->daemon))
                log_emit(LOG_WARNING, LOG_MESSAGE_PEER_STALE, NULL,
                                "checkd cannot be heard; its last words on servers stand");
        watch_absence(m);
        tell_stale(m);
}

static const struct mirror_ops mirror_ops = {
        .changed = on_changed,
        .synced = on_synced,
        .lost = on_lost,
};

int ipvs_check_mirror_new(struct ipvsd *d, struct ipvs_check_mirror **ret) {
        _cleanup_(ipvs_check_mirror_freep) struct ipvs_check_mirror *m = calloc(1, sizeof(*m));
        int r;

        if (!m)
                return -ENOMEM;
        m->ipvsd = d;
        r = mirror_new(d->daemon->event, PEER, ROOT, &mirror_ops, m, &m->mirror);
        if (r < 0)
                return r;
        r = sd_event_add_time(d->daemon->event, &m->absence, CLOCK_BOOTTIME, USEC_INFINITY, 0,
                        on_absent, m);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(m->absence, SD_EVENT_OFF);
        (void) sd_event_source_set_priority(m->absence, DAEMON_PRIORITY_BUS);
        watch_absence(m);
        *ret = TAKE_PTR(m);
        return 0;
}

struct ipvs_check_mirror *ipvs_check_mirror_free(struct ipvs_check_mirror *m) {
        if (!m)
                return NULL;
        m->mirror = mirror_free(m->mirror);
        m->absence = sd_event_source_disable_unref(m->absence);
        free(m);
        return NULL;
}

int ipvs_check_mirror_attach(struct ipvs_check_mirror *m, sd_bus *bus) {
        return mirror_attach(m->mirror, bus);
}

usec_t ipvs_check_mirror_stale_since(const struct ipvs_check_mirror *m) {
        return has_checks(m->ipvsd) ? mirror_stale_since(m->mirror) : USEC_INFINITY;
}

const char *ipvs_check_mirror_peer(const struct ipvs_check_mirror *m) {
        return mirror_bus_name(m->mirror);
}
