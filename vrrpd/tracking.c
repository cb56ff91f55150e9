/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/tracking.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "checkd/conf.h"
#include "common/conf-global.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/mirror.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

#define PEER "org.mainstay.Check1"
#define ROOT "/org/mainstay/check1"
#define INTERFACE "org.mainstay.Check1.Tracker"

#define WORD_MAX 16U /* of a state or number as text */

/* A checkd that is restarted or updated is no news; one that stays away for longer is. */
#define ABSENCE_USEC (60 * USEC_PER_SEC)

struct vrrp_tracking {
        struct vrrpd *vrrpd;
        struct mirror *mirror;
        struct vrrp_tracker *trackers;
        sd_event_source *timer; /* at the first assume_at */
        sd_event_source *absence;
        bool absence_told;

        struct global_stale_conf stale;
        usec_t gone_since;      /* CLOCK_BOOTTIME; USEC_INFINITY: checkd is there */
        sd_event_source *doubt; /* when stale_after has passed */
        bool doubted;
};

static struct vrrp_tracker *find(const struct vrrp_tracking *t, const char *id) {
        struct vrrp_tracker *tracker;

        HASH_FIND_STR(t->trackers, id, tracker);
        return tracker;
}

static bool tracks(const struct vrrp_router *r, const struct vrrp_tracker *tracker) {
        for (size_t i = 0; i < r->setup->n_tracks; i++)
                if (r->setup->track_sources[i].tracker == tracker)
                        return true;
        return false;
}

static void refresh_routers(const struct vrrp_tracker *tracker) {
        struct vrrpd *v = tracker->tracking->vrrpd;

        for (struct vrrp_router *r = v->routers; r; r = r->hh.next)
                if (tracks(r, tracker))
                        vrrp_router_refresh(r);
}

static void set_timer(struct vrrp_tracking *t) {
        usec_t next = USEC_INFINITY;

        for (const struct vrrp_tracker *tracker = t->trackers; tracker; tracker = tracker->hh.next)
                next = MIN(next, tracker->assume_at);
        (void) sd_event_source_set_time(t->timer, next);
        (void) sd_event_source_set_enabled(
                        t->timer, next == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static const char *describe_word(const struct vrrp_track_word *w, char buf[static WORD_MAX]) {
        if (w->kind == VRRP_TRACK_VALUE && w->verdict != VRRP_TRACK_UNKNOWN)
                (void) snprintf(buf, WORD_MAX, "%" PRId32, w->value);
        else
                (void) snprintf(buf, WORD_MAX, "%s", vrrp_track_verdict_to_string(w->verdict));
        return buf;
}

static void set_word(struct vrrp_tracker *tracker, const struct vrrp_track_word *word) {
        struct vrrp_track_word before = tracker->word;
        char is[WORD_MAX], was[WORD_MAX];

        tracker->assume_at = USEC_INFINITY;
        tracker->word = *word;
        vrrp_keeper_note_word(tracker->tracking->vrrpd->keeper, tracker->id, word);
        if (vrrp_track_word_same(word, &before))
                return;
        log_emit(LOG_INFO, LOG_MESSAGE_TRACKER_CHANGED,
                        LOG_FIELDS({ "MAINSTAY_TRACKER", tracker->name }),
                        "tracker %s is %s, was %s", tracker->name, describe_word(word, is),
                        describe_word(&before, was));
        refresh_routers(tracker);
}

/* Nobody has ever said anything: taken as good, by a successor, too. */
static void assume_good(struct vrrp_tracker *tracker) {
        struct daemon *d = tracker->tracking->vrrpd->daemon;
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        log_emit(LOG_WARNING, LOG_MESSAGE_TRACKER_CHANGED,
                        LOG_FIELDS({ "MAINSTAY_TRACKER", tracker->name }),
                        "tracker %s has not been reported on; it is taken as UP from now on",
                        tracker->name);
        if (data) {
                json_object_object_add(data, "name", json_object_new_string(tracker->name));
                json_object_object_add(data, "tracker", json_object_new_string(tracker->name));
        }
        daemon_event(d, "tracker-assumed", d->ops->object_path, data);
        tracker->word.verdict = VRRP_TRACK_GOOD;
        tracker->assume_at = USEC_INFINITY;
        vrrp_keeper_note_word(tracker->tracking->vrrpd->keeper, tracker->id, &tracker->word);
        refresh_routers(tracker);
}

static int on_timer(sd_event_source *s, usec_t usec, void *userdata) {
        struct vrrp_tracking *t = userdata;

        vrrpd_wake(t->vrrpd);
        for (struct vrrp_tracker *tracker = t->trackers; tracker; tracker = tracker->hh.next)
                if (tracker->assume_at <= t->vrrpd->clock.now)
                        assume_good(tracker);
        set_timer(t);
        return 0;
}

/* What @properties of a Tracker say. */
static struct vrrp_track_word read_word(enum check_tracker_kind kind, json_object *properties) {
        const char *state = json_object_get_string(json_object_object_get(properties, "State"));
        struct vrrp_track_word w = {
                .kind = kind == CHECK_TRACKER_FILE ? VRRP_TRACK_VALUE : VRRP_TRACK_STATE,
                .verdict = state ? vrrp_track_verdict_from_string(state) : VRRP_TRACK_UNKNOWN,
        };

        if (w.kind == VRRP_TRACK_VALUE)
                w.value = json_object_get_int(json_object_object_get(properties, "Value"));
        return w;
}

static struct vrrp_tracker *find_by_properties(struct vrrp_tracking *t, json_object *properties) {
        const char *name = json_object_get_string(json_object_object_get(properties, "Name"));
        const char *word = json_object_get_string(json_object_object_get(properties, "Kind"));
        enum check_tracker_kind kind =
                        word ? check_tracker_kind_from_string(word) : _CHECK_TRACKER_MAX;
        _cleanup_free_ char *id =
                        name && kind != _CHECK_TRACKER_MAX ? check_tracker_id(kind, name) : NULL;

        return id ? find(t, id) : NULL;
}

static void on_changed(struct mirror *m, const char *path, const char *interface,
                json_object *properties, json_object *changed, void *userdata) {
        struct vrrp_tracking *t = userdata;
        struct vrrp_tracker *tracker;
        struct vrrp_track_word word;

        if (!streq(interface, INTERFACE))
                return;
        tracker = find_by_properties(t, properties);
        if (!tracker)
                return;
        word = read_word(tracker->kind, properties);
        /* A checkd that begins anew knows nothing yet; what was known stands. */
        if (word.verdict == VRRP_TRACK_UNKNOWN)
                return;
        vrrpd_wake(t->vrrpd);
        set_word(tracker, &word);
        set_timer(t);
}

static void tell_stale(struct vrrp_tracking *t) {
        struct daemon *d = t->vrrpd->daemon;

        DAEMON_CHANGED(d, d->ops->object_path, "org.mainstay.Daemon1", "StalePeers");
}

static void record_absence(struct vrrp_tracking *t, const char *type) {
        struct daemon *d = t->vrrpd->daemon;
        _cleanup_(json_object_putp) json_object *data = json_object_new_object();

        if (data)
                json_object_object_add(data, "producer", json_object_new_string(PEER));
        daemon_event(d, type, d->ops->object_path, data);
}

static int on_absent(sd_event_source *s, usec_t usec, void *userdata) {
        struct vrrp_tracking *t = userdata;

        if (!t->trackers) /* no more */
                return 0;
        t->absence_told = true;
        record_absence(t, "producer-absent");
        log_emit(LOG_WARNING, LOG_MESSAGE_PEER_STALE, NULL,
                        "checkd has not been heard for a minute; is it to run?");
        return 0;
}

/* Counted from the first loss, however often it seems to come back in between. */
static void watch_absence(struct vrrp_tracking *t) {
        int armed = SD_EVENT_OFF;

        (void) sd_event_source_get_enabled(t->absence, &armed);
        if (armed != SD_EVENT_OFF || t->absence_told || mirror_synced(t->mirror))
                return;
        (void) sd_event_source_set_time_relative(t->absence, ABSENCE_USEC);
        (void) sd_event_source_set_enabled(t->absence, SD_EVENT_ONESHOT);
}

/* --- stale_after --- */

static void set_doubted(struct vrrp_tracking *t, bool doubted) {
        struct vrrpd *v = t->vrrpd;

        if (t->doubted == doubted)
                return;
        t->doubted = doubted;
        if (t->trackers && doubted)
                log_emit(LOG_WARNING, LOG_MESSAGE_PEER_STALE, NULL,
                                "checkd has been gone for %g s: %s",
                                (double) t->stale.after_usec / USEC_PER_SEC,
                                t->stale.fault ? "instances that track something are in FAULT"
                                               : "what is tracked is ignored");
        for (const struct vrrp_tracker *tracker = t->trackers; tracker; tracker = tracker->hh.next)
                refresh_routers(tracker);
        v->unsettled = true;
}

static void judge_absence(struct vrrp_tracking *t) {
        usec_t due = t->stale.after_usec > 0 ? usec_add(t->gone_since, t->stale.after_usec)
                                             : USEC_INFINITY;
        bool over = due != USEC_INFINITY && due <= usec_now(CLOCK_BOOTTIME);

        (void) sd_event_source_set_time(t->doubt, due);
        (void) sd_event_source_set_enabled(
                        t->doubt, due == USEC_INFINITY || over ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
        set_doubted(t, over);
}

static int on_doubt(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_tracking *t = userdata;

        vrrpd_wake(t->vrrpd);
        judge_absence(t);
        return 0;
}

void vrrp_tracking_set_stale(struct vrrp_tracking *t, const struct global_stale_conf *stale) {
        bool other = t->stale.fault != stale->fault;

        t->stale = *stale;
        if (other)
                set_doubted(t, false);
        judge_absence(t);
}

static void set_gone(struct vrrp_tracking *t, usec_t since) {
        t->gone_since = since;
        vrrp_keeper_note_absence(t->vrrpd->keeper, since == USEC_INFINITY ? 0 : since);
        judge_absence(t);
}

enum vrrp_trust vrrp_tracker_trust(const struct vrrp_tracker *tracker) {
        const struct vrrp_tracking *t = tracker->tracking;

        if (!t->doubted)
                return VRRP_TRUST_KEPT;
        return t->stale.fault ? VRRP_TRUST_FAULT : VRRP_TRUST_IGNORED;
}

static void on_synced(struct mirror *m, void *userdata) {
        struct vrrp_tracking *t = userdata;

        (void) sd_event_source_set_enabled(t->absence, SD_EVENT_OFF);
        if (t->absence_told)
                record_absence(t, "producer-returned");
        t->absence_told = false;
        vrrpd_wake(t->vrrpd);
        set_gone(t, USEC_INFINITY);
        tell_stale(t);
}

static void on_lost(struct mirror *m, void *userdata) {
        struct vrrp_tracking *t = userdata;

        if (t->trackers && !daemon_is_ending(t->vrrpd->daemon))
                log_emit(LOG_WARNING, LOG_MESSAGE_PEER_STALE, NULL,
                                "checkd cannot be heard; its last words on trackers stand");
        watch_absence(t);
        if (t->gone_since == USEC_INFINITY)
                set_gone(t, usec_now(CLOCK_BOOTTIME));
        tell_stale(t);
}

static const struct mirror_ops mirror_ops = {
        .changed = on_changed,
        .synced = on_synced,
        .lost = on_lost,
};

int vrrp_tracking_new(struct vrrpd *v, struct vrrp_tracking **ret) {
        _cleanup_(vrrp_tracking_freep) struct vrrp_tracking *t = calloc(1, sizeof(*t));
        int r;

        if (!t)
                return -ENOMEM;
        t->vrrpd = v;
        r = mirror_new(v->event, PEER, ROOT, &mirror_ops, t, &t->mirror);
        if (r < 0)
                return r;
        r = sd_event_add_time(v->event, &t->timer, CLOCK_MONOTONIC, USEC_INFINITY, 0, on_timer, t);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(t->timer, SD_EVENT_OFF);
        (void) sd_event_source_set_priority(t->timer, DAEMON_PRIORITY_TIMER);
        r = sd_event_add_time(
                        v->event, &t->absence, CLOCK_BOOTTIME, USEC_INFINITY, 0, on_absent, t);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(t->absence, SD_EVENT_OFF);
        (void) sd_event_source_set_priority(t->absence, DAEMON_PRIORITY_BUS);
        r = sd_event_add_time(v->event, &t->doubt, CLOCK_BOOTTIME, USEC_INFINITY, 0, on_doubt, t);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(t->doubt, SD_EVENT_OFF);
        (void) sd_event_source_set_priority(t->doubt, DAEMON_PRIORITY_BUS);
        set_gone(t, vrrp_keeper_absence(v->keeper) ?: usec_now(CLOCK_BOOTTIME));
        *ret = TAKE_PTR(t);
        return 0;
}

struct vrrp_tracking *vrrp_tracking_free(struct vrrp_tracking *t) {
        if (!t)
                return NULL;
        t->mirror = mirror_free(t->mirror);
        t->timer = sd_event_source_disable_unref(t->timer);
        t->absence = sd_event_source_disable_unref(t->absence);
        t->doubt = sd_event_source_disable_unref(t->doubt);
        free(t);
        return NULL;
}

/* What the copy shows already. */
static struct vrrp_track_word word_now(const struct vrrp_tracker *tracker) {
        _cleanup_free_ char *path = NULL;

        if (sd_bus_path_encode(ROOT "/tracker", tracker->id, &path) < 0)
                return (struct vrrp_track_word){};
        return read_word(tracker->kind, mirror_get(tracker->tracking->mirror, path, INTERFACE));
}

static usec_t grace(const struct vrrp_tracker *tracker, const struct conf *conf) {
        const struct check_script_conf *s = tracker->kind == CHECK_TRACKER_SCRIPT
                        ? check_conf_find_script(conf->check, tracker->name)
                        : NULL;

        return s ? vrrp_track_grace(s->interval_usec, s->fall, s->timeout_usec)
                 : vrrp_track_grace(0, 0, 0);
}

static bool starts_bad(const struct vrrp_tracker *tracker, const struct conf *conf) {
        const struct check_script_conf *s = check_conf_find_script(conf->check, tracker->name);

        return tracker->kind == CHECK_TRACKER_SCRIPT && s && s->init_fail;
}

/* What is said now, else the last word of earlier, else (init_fail) what the configuration presumes. */
static void learn(struct vrrp_tracker *tracker, const struct conf *conf) {
        struct vrrp_tracking *t = tracker->tracking;
        struct vrrp_keeper *k = t->vrrpd->keeper;

        tracker->word = word_now(tracker);
        if (tracker->word.verdict == VRRP_TRACK_UNKNOWN)
                tracker->word = vrrp_keeper_word(k, tracker->id);
        tracker->word.kind =
                        tracker->kind == CHECK_TRACKER_FILE ? VRRP_TRACK_VALUE : VRRP_TRACK_STATE;
        if (tracker->word.verdict != VRRP_TRACK_UNKNOWN)
                vrrp_keeper_note_word(k, tracker->id, &tracker->word);
        else if (starts_bad(tracker, conf))
                tracker->word.verdict = VRRP_TRACK_BAD;
        else
                tracker->assume_at = usec_add(t->vrrpd->clock.now, grace(tracker, conf));
}

static struct vrrp_tracker *tracker_free(struct vrrp_tracker *tracker) {
        if (!tracker)
                return NULL;
        free(tracker->id);
        free(tracker->name);
        free(tracker);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct vrrp_tracker *, tracker_free);

static int tracker_new(struct vrrp_tracking *t, enum check_tracker_kind kind, const char *name,
                struct vrrp_tracker **ret) {
        _cleanup_(tracker_freep) struct vrrp_tracker *tracker = malloc(sizeof(*tracker));

        if (!tracker)
                return -ENOMEM;
        *tracker = (struct vrrp_tracker){ .kind = kind, .tracking = t, .assume_at = USEC_INFINITY };
        tracker->name = strdup(name);
        tracker->id = check_tracker_id(kind, name);
        if (!tracker->name || !tracker->id)
                return -ENOMEM;
        *ret = TAKE_PTR(tracker);
        return 0;
}

int vrrp_tracking_want(struct vrrp_tracking *t, enum check_tracker_kind kind, const char *name,
                const struct conf *conf, struct vrrp_tracker **ret) {
        _cleanup_free_ char *id = check_tracker_id(kind, name);
        struct vrrp_tracker *tracker = id ? find(t, id) : NULL;

        if (!tracker) {
                int r = tracker_new(t, kind, name, &tracker);

                if (r < 0)
                        return r;
                HASH_ADD_KEYPTR(hh, t->trackers, tracker->id, strlen(tracker->id), tracker);
                learn(tracker, conf);
                set_timer(t);
                watch_absence(t);
        }
        tracker->users++;
        *ret = tracker;
        return 0;
}

void vrrp_tracker_unwant(struct vrrp_tracker *tracker) {
        struct vrrp_tracking *t;

        if (!tracker || --tracker->users > 0)
                return;
        t = tracker->tracking;
        HASH_DEL(t->trackers, tracker);
        (void) tracker_free(tracker);
        set_timer(t);
}

int vrrp_tracking_attach(struct vrrp_tracking *t, sd_bus *bus) {
        return mirror_attach(t->mirror, bus);
}

usec_t vrrp_tracking_stale_since(const struct vrrp_tracking *t) {
        return t->trackers ? mirror_stale_since(t->mirror) : USEC_INFINITY;
}

const char *vrrp_tracking_peer(const struct vrrp_tracking *t) {
        return mirror_bus_name(t->mirror);
}
