/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/replay.h"

#include <string.h>

#include "common/log.h"
#include "common/macro.h"

/* A transition, as an event has it. */
struct transition {
        const char *type;
        const char *name;
        const char *word; /* the state, or what people are told instead: STOP, DELETED */
        const char *previous;
        const char *words;
        enum vrrp_state state;
        enum vrrp_reason reason;
        usec_t since;
};

static const char *text_of(const struct event *e, const char *key) {
        json_object *v = json_object_object_get(e->data, key);

        return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

/* Who was about to stop, and killed before the end of it, starts anew. */
static struct transition transition_of(const struct event *e, usec_t now, usec_t real) {
        struct transition t = {
                .type = e->type,
                .name = text_of(e, "name"),
                .word = text_of(e, "state"),
                .previous = text_of(e, "previous"),
                .words = text_of(e, "reason"),
                .since = usec_sub(now, usec_sub(real, e->realtime_usec)),
        };

        t.state = vrrp_state_from_string(t.word);
        if (t.state == _VRRP_STATE_INVALID)
                t.state = VRRP_STATE_INIT;
        t.reason = vrrp_reason_from_string(text_of(e, "cause"));
        if (t.reason == _VRRP_REASON_INVALID)
                t.reason = VRRP_REASON_NONE;
        return t;
}

static bool replay_group(struct vrrp_roles *roles, const struct transition *t) {
        struct vrrp_kept_group k = {
                .state = t->state,
                .reason = t->reason,
                .since = t->since,
                .words = t->words,
        };
        struct vrrp_kept_group before;

        return vrrp_roles_get_group(roles, t->name, &before) >= 0 &&
                        vrrp_roles_put_group(roles, t->name, &k) >= 0;
}

static bool replay_router(struct vrrp_roles *roles, const struct transition *t) {
        struct vrrp_saved s;

        if (vrrp_roles_get_router(roles, t->name, &s) < 0)
                return false;
        s.state = t->state;
        s.reason = t->reason;
        s.since = t->since;
        s.untold = false;
        s.preempt_at = s.announce_at = USEC_INFINITY;
        return vrrp_roles_put_router(roles, t->name, &s, t->words) >= 0;
}

static void replay(struct vrrp_roles *roles, const struct transition *t) {
        bool group = streq(t->type, "group-state");

        if (!group && !streq(t->type, "instance-state"))
                return;
        if (group ? !replay_group(roles, t) : !replay_router(roles, t))
                return;
        log_emit(LOG_NOTICE, LOG_MESSAGE_STATE_CHANGED,
                        LOG_FIELDS({ group ? "MAINSTAY_GROUP" : "MAINSTAY_INSTANCE", t->name },
                                        { "MAINSTAY_STATE", t->word },
                                        { "MAINSTAY_PREVIOUS_STATE", t->previous }),
                        "%s%s: became %s before the earlier process ended: %s",
                        group ? "group " : "", t->name, t->word, t->words);
}

void vrrp_replay(struct vrrp_roles *roles, struct event_log *log, usec_t now, usec_t real) {
        uint64_t told = vrrp_roles_get_told(roles, event_log_generation(log));
        const struct event *e;

        while ((e = event_log_next(log, told))) {
                struct transition t = transition_of(e, now, real);

                replay(roles, &t);
                told = e->sequence;
        }
}
