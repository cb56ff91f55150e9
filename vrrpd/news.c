/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/news.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "vrrpd/group-bus.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/sync.h"
#include "vrrpd/vrrpd.h"
#include "vrrpd/words.h"

#define WORDS_MAX sizeof((struct vrrp_news_item){}.words)

int vrrp_news_reserve(struct vrrp_news *news, size_t n) {
        struct vrrp_news_item *items;

        if (n <= news->room)
                return 0;
        items = reallocarray(news->items, n, sizeof(*items));
        if (!items)
                return -ENOMEM;
        news->items = items;
        news->room = n;
        return 0;
}

void vrrp_news_done(struct vrrp_news *news) {
        free(news->items);
        *news = (struct vrrp_news){};
}

static void add_phrase(const char *text, void *userdata) {
        char *words = userdata;
        size_t n = strlen(words);

        (void) snprintf(words + n, WORDS_MAX - n, "%s%s", n > 0 ? ", " : "", text);
}

/* A fault is told by name: which interface, which script. */
static void put_words(struct vrrp_news_item *item, const struct vrrp_instance *before,
                const struct vrrp_input *in) {
        const struct vrrp_effect *e = &item->effect;
        struct vrrp_router *r = item->router;

        bool fault = e->type == VRRP_EFFECT_EVENT ? e->event.type == VRRP_EVENT_FAULTS_CHANGED
                                                  : e->state_changed.reason == VRRP_REASON_FAULT;

        item->words[0] = '\0';
        if (e->type == VRRP_EFFECT_STATE_CHANGED && r->sync &&
                        e->state_changed.reason == VRRP_REASON_GROUP)
                (void) snprintf(item->words, WORDS_MAX, "%s of the sync group %s gave way",
                                vrrp_sync_cause(r->sync), r->sync->name);
        if (fault)
                vrrp_router_describe_faults(r, add_phrase, item->words);
        if (item->words[0] != '\0')
                return;
        if (e->type == VRRP_EFFECT_EVENT)
                (void) vrrp_words_event(&e->event, item->words, WORDS_MAX);
        else
                (void) vrrp_words_transition(
                                e, before, in, r->vrrpd->clock.now, item->words, WORDS_MAX);
}

/* Without memory what there is is told early, which costs time and nothing else. NULL: there is none at all. */
static struct vrrp_news_item *add_item(struct vrrp_news *news) {
        struct vrrp_news_item *item;

        if (news->n == news->room && vrrp_news_reserve(news, 2 * news->room + 16) < 0)
                vrrp_news_finish(news);
        if (news->n == news->room)
                return NULL;
        item = &news->items[news->n++];
        *item = (struct vrrp_news_item){};
        return item;
}

void vrrp_news_put_group(struct vrrp_news *news, struct vrrp_sync *s, enum vrrp_state from,
                const struct vrrp_router *cause) {
        struct vrrp_news_item *item = add_item(news);

        if (!item)
                return;
        item->sync = s;
        item->cause = cause;
        item->effect.type = VRRP_EFFECT_STATE_CHANGED;
        item->effect.state_changed.from = from;
        item->effect.state_changed.to = s->group.state;
        item->effect.state_changed.reason = s->group.reason;
}

void vrrp_news_put(struct vrrp_news *news, struct vrrp_router *r, const struct vrrp_effect *e,
                const struct vrrp_instance *before, const struct vrrp_input *in) {
        struct vrrp_news_item *item = add_item(news);

        if (!item)
                return;
        item->router = r;
        item->effect = *e;
        item->priority = vrrp_instance_priority(&r->instance);
        put_words(item, before, in);
}

static void add_string(json_object *o, const char *key, const char *value) {
        json_object_object_add(o, key, json_object_new_string(value));
}

static void add_number(json_object *o, const char *key, int64_t value) {
        json_object_object_add(o, key, json_object_new_int64(value));
}

static void add_ip(json_object *o, const char *key, const struct ip_addr *a) {
        char ip[IP_ADDR_STRLEN];

        add_string(o, key, ip_addr_format(a, ip));
}

static json_object *data_new(const struct vrrp_router *r) {
        json_object *o = json_object_new_object();

        if (o)
                add_string(o, "name", r->name);
        return o;
}

static void note(const struct vrrp_router *r, const char *type, json_object *taken) {
        _cleanup_(json_object_putp) json_object *data = taken;

        daemon_event_note(r->vrrpd->daemon, type, r->path, data);
}

/* Of what is told by itself. */
static void record(const struct vrrp_router *r, const char *type, json_object *data) {
        note(r, type, data);
        daemon_events_record(r->vrrpd->daemon);
        (void) daemon_events_signal(r->vrrpd->daemon, UINT_MAX);
}

void vrrp_news_loss(struct vrrp_router *r, const struct vrrp_virtual *v) {
        const struct vrrp_address *a = vrrp_claim_address(v->claim);
        json_object *data = data_new(r);
        char ip[IP_ADDR_STRLEN];

        if (data) {
                add_ip(data, "address", &a->addr);
                add_string(data, "interface", v->link->name);
        }
        record(r, "address-restored", data);
        log_emit(LOG_WARNING, LOG_MESSAGE_ADDRESS_RESTORED, LOG_INSTANCE(r->name),
                        "%s: somebody removed %s from %s; it is put back", r->name,
                        ip_addr_format(&a->addr, ip), v->link->name);
}

void vrrp_news_restored(struct vrrpd *v, const struct vrrp_router *r, const char *words) {
        _cleanup_(json_object_putp) json_object *data = r ? data_new(r) : json_object_new_object();
        const char *thing = strchr(words, ' ');
        bool rule = strncmp(words, "rule ", 5) == 0;

        if (data && r)
                add_string(data, rule ? "rule" : "route", thing ? thing + 1 : words);
        else if (data)
                add_string(data, "entry", words);
        daemon_event(v->daemon,
                        !r                     ? "static-restored"
                                        : rule ? "rule-restored"
                                               : "route-restored",
                        r ? r->path : "/org/mainstay/vrrp1", data);
        log_emit(LOG_WARNING, LOG_MESSAGE_ADDRESS_RESTORED, LOG_INSTANCE(r ? r->name : "static"),
                        "%s: somebody removed %s; it is put back", r ? r->name : "static", words);
}

static void record_conflict(
                const struct vrrp_router *r, const struct vrrp_virtual *v, const char *type) {
        json_object *data = data_new(r);
        char mac[VRRP_WORDS_MAC_MAX];

        if (data) {
                add_ip(data, "address", &vrrp_claim_address(v->claim)->addr);
                add_string(data, "mac", vrrp_words_mac(v->conflict.mac, mac));
                add_string(data, "interface", v->link->name);
        }
        record(r, type, data);
}

void vrrp_news_conflict(struct vrrp_router *r, const struct vrrp_virtual *v) {
        const struct ip_addr *addr = &vrrp_claim_address(v->claim)->addr;
        usec_t since = usec_sub(r->vrrpd->clock.now, v->conflict.since);
        char ip[IP_ADDR_STRLEN], mac[VRRP_WORDS_MAC_MAX];

        record_conflict(r, v, "address-conflict");
        log_emit(LOG_WARNING, LOG_MESSAGE_ADDRESS_CONFLICT, LOG_INSTANCE(r->name),
                        "%s: the station %s on %s also claims %s, for %.3f s now; it is announced that it is ours",
                        r->name, vrrp_words_mac(v->conflict.mac, mac), v->link->name,
                        ip_addr_format(addr, ip), (double) since / (double) USEC_PER_SEC);
}

void vrrp_news_conflict_over(struct vrrp_router *r, const struct vrrp_virtual *v) {
        const struct ip_addr *addr = &vrrp_claim_address(v->claim)->addr;
        char ip[IP_ADDR_STRLEN], mac[VRRP_WORDS_MAC_MAX];

        record_conflict(r, v, "address-conflict-over");
        log_emit(LOG_NOTICE, LOG_MESSAGE_ADDRESS_CONFLICT, LOG_INSTANCE(r->name),
                        "%s: the station %s on %s does not claim %s any more", r->name,
                        vrrp_words_mac(v->conflict.mac, mac), v->link->name,
                        ip_addr_format(addr, ip));
}

void vrrp_news_repeat(const struct vrrp_router *r) {
        json_object *data = data_new(r);

        if (data) {
                add_string(data, "state", vrrp_state_to_string(r->instance.state));
                add_number(data, "priority", vrrp_instance_priority(&r->instance));
        }
        record(r, "instance-repeated", data);
}

static void note_state(const struct vrrp_news_item *item, const char *to, const char *from,
                enum vrrp_reason cause) {
        const struct vrrp_router *r = item->router;
        json_object *data = data_new(r);

        if (data) {
                add_string(data, "state", to);
                add_string(data, "previous", from);
                add_number(data, "priority", item->priority);
                add_string(data, "reason", item->words);
                add_string(data, "cause", vrrp_reason_to_string(cause));
                add_string(data, "group", r->sync ? r->sync->name : "");
        }
        note(r, "instance-state", data);
}

/* A router that tracks something of weight 0 begins in FAULT, until the first report. That is no
 * failure, and nobody is told (keepalived does the same): only when the report is bad, or as what it
 * becomes otherwise. */
static bool is_waiting_start(const struct vrrp_effect *e) {
        return e->state_changed.from == VRRP_STATE_INIT &&
                        e->state_changed.to == VRRP_STATE_FAULT &&
                        !(e->state_changed.faults & ~(unsigned) VRRP_FAULTS_UNKNOWN);
}

static void record_transition(struct vrrp_news_item *item) {
        const struct vrrp_effect *e = &item->effect;
        struct vrrp_router *r = item->router;

        item->from = vrrp_state_to_string(r->untold ? VRRP_STATE_INIT : e->state_changed.from);
        item->to = r->farewell ?: vrrp_state_to_string(e->state_changed.to);
        r->untold = is_waiting_start(e);
        if (!r->untold)
                note_state(item, item->to, item->from, e->state_changed.reason);

        (void) snprintf(r->reason, sizeof(r->reason), "%s", item->words);
        r->transition_realtime = r->vrrpd->clock.real;
        if (e->state_changed.to == VRRP_STATE_MASTER)
                r->became_master++;
        if (e->state_changed.from == VRRP_STATE_MASTER)
                r->released_master++;
}

static void tell_transition(const struct vrrp_news_item *item) {
        const struct vrrp_router *r = item->router;

        instance_bus_changed(item->router);
        log_emit(LOG_NOTICE, LOG_MESSAGE_STATE_CHANGED,
                        LOG_FIELDS({ "MAINSTAY_INSTANCE", r->name }, { "MAINSTAY_STATE", item->to },
                                        { "MAINSTAY_PREVIOUS_STATE", item->from }),
                        "%s: %s, was %s: %s", r->name, item->to, item->from, item->words);
}

/* Those that notifyd is told. (A lost address is told one by one where its name is known.) */
static void note_event(const struct vrrp_news_item *item) {
        const struct vrrp_event *e = &item->effect.event;
        const struct vrrp_router *r = item->router;
        json_object *data;

        if (e->type != VRRP_EVENT_LOWER_PRIORITY && e->type != VRRP_EVENT_PRIORITY_CHANGED)
                return;
        data = data_new(r);
        if (data) {
                add_number(data, "priority", e->priority);
                if (e->type == VRRP_EVENT_LOWER_PRIORITY) {
                        add_ip(data, "address", &e->ip);
                        add_number(data, "own", item->priority);
                } else
                        add_string(data, "state", vrrp_state_to_string(r->instance.state));
        }
        note(r,
                        e->type == VRRP_EVENT_LOWER_PRIORITY ? "instance-rx-lower-priority"
                                                             : "instance-priority",
                        data);
}

static int event_level(enum vrrp_event_type type) {
        switch (type) {
        case VRRP_EVENT_ADOPTED:
        case VRRP_EVENT_NEW_MASTER:
        case VRRP_EVENT_PRIORITY_CHANGED:
        case VRRP_EVENT_FAULTS_CHANGED: return LOG_INFO;
        case VRRP_EVENT_SUPERSEDED: return LOG_DEBUG; /* the transition has said so */
        case VRRP_EVENT_LATE:
        case VRRP_EVENT_LOWER_PRIORITY:
        case VRRP_EVENT_TWO_OWNERS:
        case VRRP_EVENT_SAME_SOURCE:
        case VRRP_EVENT_ADDRESS_LOST:
        case VRRP_EVENT_EFFECT_FAILED: return LOG_WARNING;
        case _VRRP_EVENT_TYPE_MAX: break;
        }
        return LOG_DEBUG;
}

/* The first report was bad: now the FAULT is one. */
static void note_late(const struct vrrp_news_item *item) {
        const struct vrrp_event *e = &item->effect.event;
        struct vrrp_router *r = item->router;

        if (!r->untold || e->type != VRRP_EVENT_FAULTS_CHANGED ||
                        !(e->value & ~(unsigned) VRRP_FAULTS_UNKNOWN))
                return;
        r->untold = false;
        note_state(item, vrrp_state_to_string(VRRP_STATE_FAULT),
                        vrrp_state_to_string(VRRP_STATE_INIT), VRRP_REASON_FAULT);
}

static void tell_event(const struct vrrp_news_item *item) {
        instance_bus_tracked(item->router);
        log_emit(event_level(item->effect.event.type), NULL, LOG_INSTANCE(item->router->name),
                        "%s: %s", item->router->name, item->words);
}

/* --- groups --- */

static json_object *group_data_new(const struct vrrp_sync *s, const char *state) {
        json_object *o = json_object_new_object();

        if (o) {
                add_string(o, "name", s->name);
                add_string(o, "state", state);
        }
        return o;
}

static json_object *group_transition_new(const struct vrrp_sync *s, const char *state,
                const char *previous, const char *reason, enum vrrp_reason cause) {
        json_object *o = group_data_new(s, state);

        if (o) {
                add_string(o, "previous", previous);
                add_string(o, "reason", reason);
                add_string(o, "cause", vrrp_reason_to_string(cause));
        }
        return o;
}

void vrrp_news_repeat_group(const struct vrrp_sync *s) {
        _cleanup_(json_object_putp) json_object *data =
                        group_data_new(s, vrrp_state_to_string(s->group.state));

        daemon_event(s->vrrpd->daemon, "group-repeated", s->path, data);
}

void vrrp_news_group_deleted(const struct vrrp_sync *s) {
        _cleanup_(json_object_putp) json_object *data =
                        group_transition_new(s, "DELETED", vrrp_state_to_string(s->group.state),
                                        "no part of the configuration any more", VRRP_REASON_NONE);

        daemon_event(s->vrrpd->daemon, "group-state", s->path, data);
        log_emit(LOG_NOTICE, LOG_MESSAGE_STATE_CHANGED, LOG_FIELDS({ "MAINSTAY_GROUP", s->name }),
                        "group %s: is no part of the configuration any more", s->name);
}

static struct vrrpd *vrrpd_of(const struct vrrp_news_item *item) {
        return item->sync ? item->sync->vrrpd : item->router->vrrpd;
}

/* A newcomer that has found a master has no transition of its own to tell of. */
static bool is_found_master(const struct vrrp_news_item *item) {
        return item->effect.state_changed.reason == VRRP_REASON_HIGHER_PRIORITY &&
                        item->cause->instance.reason != VRRP_REASON_HIGHER_PRIORITY;
}

static void put_reason_of_group(const struct vrrp_news_item *item) {
        struct vrrp_sync *s = item->sync;
        const struct vrrp_router *cause = item->cause;
        char ip[IP_ADDR_STRLEN];

        if (!cause)
                (void) snprintf(s->reason, sizeof(s->reason), "%s",
                                vrrp_words_reason(item->effect.state_changed.reason));
        else if (is_found_master(item))
                (void) snprintf(s->reason, sizeof(s->reason), "%s: %s is MASTER with priority %u",
                                cause->name, ip_addr_format(&cause->instance.master, ip),
                                cause->instance.master_priority);
        else
                (void) snprintf(s->reason, sizeof(s->reason), "%s: %s", cause->name, cause->reason);
}

/* Its members have been told of before, so they know why. */
static void record_transition_of_group(struct vrrp_news_item *item) {
        _cleanup_(json_object_putp) json_object *data = NULL;
        const struct vrrp_effect *e = &item->effect;
        struct vrrp_sync *s = item->sync;

        item->from = vrrp_state_to_string(e->state_changed.from);
        item->to = e->state_changed.to == VRRP_STATE_INIT
                        ? "STOP"
                        : vrrp_state_to_string(e->state_changed.to);
        put_reason_of_group(item);
        (void) snprintf(item->words, WORDS_MAX, "%.*s", (int) WORDS_MAX - 1, s->reason);
        s->transition_realtime = s->vrrpd->clock.real;
        vrrp_keeper_note_group(s->vrrpd->keeper, s); /* with its words */
        data = group_transition_new(s, item->to, item->from, s->reason, e->state_changed.reason);
        daemon_event_note(s->vrrpd->daemon, "group-state", s->path, data);
}

static void tell_group(const struct vrrp_news_item *item) {
        group_bus_changed(item->sync);
        log_emit(LOG_NOTICE, LOG_MESSAGE_STATE_CHANGED,
                        LOG_FIELDS({ "MAINSTAY_GROUP", item->sync->name },
                                        { "MAINSTAY_STATE", item->to },
                                        { "MAINSTAY_PREVIOUS_STATE", item->from }),
                        "group %s: %s, was %s: %s", item->sync->name, item->to, item->from,
                        item->words);
}

/* --- all --- */

static void record_one(struct vrrp_news_item *item) {
        if (item->sync)
                record_transition_of_group(item);
        else if (item->effect.type == VRRP_EFFECT_STATE_CHANGED)
                record_transition(item);
        else {
                note_event(item);
                note_late(item);
        }
}

void vrrp_news_record(struct vrrp_news *news) {
        if (news->recorded == news->n)
                return;
        while (news->recorded < news->n)
                record_one(&news->items[news->recorded++]);
        daemon_events_record(vrrpd_of(&news->items[0])->daemon);
}

bool vrrp_news_tell(struct vrrp_news *news, size_t most) {
        size_t end = MIN(news->recorded, news->told + most);

        if (news->told < end)
                (void) daemon_events_signal(
                                vrrpd_of(&news->items[0])->daemon, (unsigned) (end - news->told));
        for (; news->told < end; news->told++) {
                const struct vrrp_news_item *item = &news->items[news->told];

                if (item->sync)
                        tell_group(item);
                else if (item->effect.type == VRRP_EFFECT_STATE_CHANGED)
                        tell_transition(item);
                else
                        tell_event(item);
        }
        if (news->told < news->n)
                return true;
        news->n = news->recorded = news->told = 0;
        return false;
}

void vrrp_news_finish(struct vrrp_news *news) {
        vrrp_news_record(news);
        while (vrrp_news_tell(news, news->n))
                ;
}
