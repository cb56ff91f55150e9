/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What there is: actions in their lanes, cursors, last mailed states, and the entries that change them.
 * What is due is in schedule.c. */

#include "notifyd/spool-private.h"

#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "common/json.h"
#include "common/macro.h"
#include "notifyd/entry.h"

#define ID_END (UINT64_C(1) << 62) /* ids are below; no notifyd lives to see it */

static const char *const kind_words[_ACTION_KIND_MAX] = {
        [ACTION_SCRIPT] = "script",
        [ACTION_MAIL] = "mail",
        [ACTION_FIFO] = "fifo",
};

const char *action_kind_to_string(enum action_kind k) {
        return kind_words[k];
}

enum action_kind action_kind_from_string(const char *word) {
        for (enum action_kind k = 0; k < _ACTION_KIND_MAX; k++)
                if (streq(kind_words[k], word))
                        return k;
        return _ACTION_KIND_INVALID;
}

/* --- lanes and actions --- */

static struct lane *lane_free(struct lane *l) {
        if (!l)
                return NULL;
        free(l->key);
        free(l);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct lane *, lane_free);

static int lane_get(struct spool *s, enum action_kind kind, const char *object, struct lane **ret) {
        _cleanup_(lane_freep) struct lane *l = NULL;
        _cleanup_free_ char *key = NULL;

        if (asprintf(&key, "%s %s", kind_words[kind], object) < 0)
                return -ENOMEM;
        HASH_FIND_STR(s->lanes, key, *ret);
        if (*ret)
                return 0;

        l = malloc(sizeof(*l));
        if (!l)
                return -ENOMEM;
        *l = (struct lane){ .key = TAKE_PTR(key), .kind = kind };
        HASH_ADD_KEYPTR(hh, s->lanes, l->key, strlen(l->key), l);
        *ret = TAKE_PTR(l);
        return 0;
}

static struct action *action_free(struct action *a) {
        if (!a)
                return NULL;
        free(a->object);
        free(a->about);
        (void) json_object_put(a->content);
        (void) json_object_put(a->settled);
        free(a);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct action *, action_free);

void spool_set_running(struct spool *s, struct action *a, bool running) {
        if (a->running == running)
                return;
        a->running = running;
        if (running)
                s->running[a->kind]++;
        else
                s->running[a->kind]--;
}

static void spool_remove(struct spool *s, struct action *a) {
        struct lane *l = a->lane;

        spool_set_running(s, a, false);
        HASH_DEL(s->actions, a);
        s->pending[a->kind]--;
        DL_DELETE(l->actions, a);
        l->n--;
        if (!l->actions) {
                HASH_DEL(s->lanes, l);
                (void) lane_free(l);
        }
        (void) action_free(a);
}

static int spool_insert(struct spool *s, struct action *a) {
        int r;

        r = lane_get(s, a->kind, a->object, &a->lane);
        if (r < 0)
                return r;
        DL_APPEND(a->lane->actions, a);
        a->lane->n++;
        HASH_ADD(hh, s->actions, id, sizeof(a->id), a);
        s->pending[a->kind]++;
        s->next_id = MAX(s->next_id, a->id + 1);
        return 0;
}

/* --- reading entries --- */

static const char *get_string(json_object *o, const char *key) {
        json_object *v;

        if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
                return NULL;
        return json_object_get_string(v);
}

/* A number that an id, a time or a sequence may be: not so large that adding to it overflows. */
static int get_number(json_object *o, const char *key, uint64_t *ret) {
        json_object *v;

        if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int) ||
                        json_object_get_int64(v) < 0 ||
                        json_object_get_uint64(v) > (uint64_t) INT64_MAX)
                return -EBADMSG;
        *ret = json_object_get_uint64(v);
        return 0;
}

static bool get_bool(json_object *o, const char *key) {
        json_object *v;

        return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

static bool has(json_object *o, const char *key) {
        return json_object_object_get_ex(o, key, NULL);
}

static bool is_string_array(json_object *o) {
        if (!json_object_is_type(o, json_type_array))
                return false;
        for (size_t i = 0; i < json_object_array_length(o); i++)
                if (!json_object_is_type(json_object_array_get_idx(o, i), json_type_string))
                        return false;
        return true;
}

static int action_parse(json_object *o, struct action **ret) {
        _cleanup_(action_freep) struct action *a = NULL;
        const char *kind = get_string(o, "kind"), *object = get_string(o, "object");
        const char *about = get_string(o, "about");
        json_object *content, *settled = NULL;

        if (!kind || !object || !about || !json_object_object_get_ex(o, "content", &content) ||
                        !json_object_is_type(content, json_type_object))
                return -EBADMSG;
        if (json_object_object_get_ex(o, "settled", &settled) && !is_string_array(settled))
                return -EBADMSG;

        a = malloc(sizeof(*a));
        if (!a)
                return -ENOMEM;
        *a = (struct action){
                .kind = action_kind_from_string(kind),
                .object = strdup(object),
                .about = strdup(about),
                .content = json_object_get(content),
                .settled = json_object_get(settled),
                .began = get_bool(o, "began"),
                .repeat = get_bool(o, "repeat"),
        };
        if (!a->object || !a->about)
                return -ENOMEM;
        if (a->kind == _ACTION_KIND_INVALID || get_number(o, "id", &a->id) < 0 ||
                        get_number(o, "ordered", &a->ordered_usec) < 0)
                return -EBADMSG;

        *ret = TAKE_PTR(a);
        return 0;
}

/* The actions of an entry, each with an id that is new and above the one before. */
static int actions_parse(const struct spool *s, json_object *array, struct action **ret_list) {
        uint64_t next_id = s->next_id;
        int r = 0;

        if (!json_object_is_type(array, json_type_array))
                return -EBADMSG;
        if (json_object_array_length(array) + HASH_COUNT(s->actions) > 2 * SPOOL_ACTIONS_MAX)
                return -ENOSPC;

        for (size_t i = 0; i < json_object_array_length(array) && r >= 0; i++) {
                struct action *a = NULL;

                r = action_parse(json_object_array_get_idx(array, i), &a);
                if (r < 0)
                        break;
                DL_APPEND(*ret_list, a);
                if (a->id < next_id || a->id >= ID_END)
                        r = -EBADMSG;
                next_id = a->id + 1;
        }
        return r;
}

/* --- what entries change --- */

static int set_string(char **p, const char *value) {
        char *copy = strdup(value);

        if (!copy)
                return -ENOMEM;
        free(*p);
        *p = copy;
        return 0;
}

static struct cursor *cursor_free(struct cursor *c) {
        if (!c)
                return NULL;
        free(c->producer);
        free(c->generation);
        free(c);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct cursor *, cursor_free);

static int apply_cursor(struct spool *s, json_object *o) {
        const char *producer = get_string(o, "producer"), *generation = get_string(o, "generation");
        _cleanup_(cursor_freep) struct cursor *new_ = NULL;
        struct cursor *c;
        uint64_t sequence;
        int r;

        if (!producer || !generation || get_number(o, "sequence", &sequence) < 0)
                return -EBADMSG;

        HASH_FIND_STR(s->cursors, producer, c);
        if (!c) {
                if (HASH_COUNT(s->cursors) >= SPOOL_PRODUCERS_MAX)
                        return -ENOSPC;
                c = new_ = calloc(1, sizeof(*c));
                if (!c || set_string(&c->producer, producer) < 0)
                        return -ENOMEM;
        }
        r = set_string(&c->generation, generation);
        if (r < 0)
                return r;
        c->sequence = sequence;
        if (new_) {
                HASH_ADD_KEYPTR(hh, s->cursors, c->producer, strlen(c->producer), c);
                new_ = NULL;
        }
        return 0;
}

static void mailed_remove(struct spool *s, struct mailed *m) {
        HASH_DEL(s->mailed, m);
        free(m->object);
        free(m->state);
        free(m);
}

static void apply_forget(struct spool *s, const char *prefix) {
        struct mailed *m, *next;

        HASH_ITER (hh, s->mailed, m, next)
                if (strncmp(m->object, prefix, strlen(prefix)) == 0)
                        mailed_remove(s, m);
}

static int apply_one_mailed(struct spool *s, const char *object, const char *state) {
        struct mailed *m;

        HASH_FIND_STR(s->mailed, object, m);
        if (m)
                return set_string(&m->state, state);
        /* A table of so many objects that are gone: some mail may come twice, nothing is lost. */
        if (HASH_COUNT(s->mailed) >= SPOOL_MAILED_MAX)
                mailed_remove(s, s->mailed);

        m = calloc(1, sizeof(*m));
        if (!m)
                return -ENOMEM;
        if (set_string(&m->object, object) < 0 || set_string(&m->state, state) < 0) {
                free(m->object);
                free(m);
                return -ENOMEM;
        }
        HASH_ADD_KEYPTR(hh, s->mailed, m->object, strlen(m->object), m);
        return 0;
}

static int apply_mailed(struct spool *s, json_object *o) {
        json_object_object_foreach(o, object, state) {
                int r = apply_one_mailed(s, object, json_object_get_string(state));

                if (r < 0)
                        return r;
        }
        return 0;
}

static void apply_failed(struct spool *s, json_object *entry, struct action *a) {
        json_object *settled = NULL;

        spool_set_running(s, a, false);
        a->began = false;
        a->repeat = a->repeat || get_bool(entry, "uncertain");
        if (json_object_object_get_ex(entry, "settled", &settled)) {
                (void) json_object_put(a->settled);
                a->settled = json_object_get(settled);
        }
}

/* An id that an entry speaks of. The action may be gone: what ended stays ended. */
static struct action *get_action(const struct spool *s, json_object *entry, const char *key) {
        uint64_t id;

        return get_number(entry, key, &id) < 0 ? NULL : spool_find(s, id);
}

/* Everything that can be wrong with an entry, before anything of it takes effect. */
static int entry_check(json_object *entry) {
        static const char *const ids[] = { "next-id", "began", "failed", "ended" };
        json_object *v;
        uint64_t number;

        if (!json_object_is_type(entry, json_type_object))
                return -EBADMSG;
        for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
                if (has(entry, ids[i]) &&
                                (get_number(entry, ids[i], &number) < 0 || number > ID_END))
                        return -EBADMSG;
        if (has(entry, "forget") && !get_string(entry, "forget"))
                return -EBADMSG;
        if (json_object_object_get_ex(entry, "settled", &v) && !is_string_array(v))
                return -EBADMSG;
        if (json_object_object_get_ex(entry, "mailed", &v)) {
                if (!json_object_is_type(v, json_type_object))
                        return -EBADMSG;
                json_object_object_foreach(v, object, state) {
                        (void) object;
                        if (!json_object_is_type(state, json_type_string))
                                return -EBADMSG;
                }
        }
        return 0;
}

static int apply_state(struct spool *s, json_object *entry) {
        json_object *v;
        uint64_t id;
        int r;

        if (get_number(entry, "next-id", &id) >= 0)
                s->next_id = MAX(s->next_id, id);
        if (json_object_object_get_ex(entry, "cursor", &v)) {
                r = apply_cursor(s, v);
                if (r < 0)
                        return r;
        }
        if (has(entry, "forget"))
                apply_forget(s, get_string(entry, "forget"));
        if (json_object_object_get_ex(entry, "mailed", &v))
                return apply_mailed(s, v);
        return 0;
}

static void apply_progress(struct spool *s, json_object *entry) {
        struct action *a;

        a = get_action(s, entry, "began");
        if (a)
                a->began = true;
        a = get_action(s, entry, "failed");
        if (a)
                apply_failed(s, entry, a);
        a = get_action(s, entry, "ended");
        if (a)
                spool_remove(s, a);
}

int spool_apply(struct spool *s, json_object *entry) {
        struct action *list = NULL, *a, *next;
        json_object *v;
        int r;

        r = entry_check(entry);
        if (r >= 0 && json_object_object_get_ex(entry, "actions", &v))
                r = actions_parse(s, v, &list);
        if (r >= 0)
                r = apply_state(s, entry);

        DL_FOREACH_SAFE (list, a, next) {
                DL_DELETE(list, a);
                if (r >= 0)
                        r = spool_insert(s, a);
                if (r < 0)
                        (void) action_free(a);
        }
        if (r >= 0)
                apply_progress(s, entry);
        return r;
}

void spool_recovered(struct spool *s) {
        for (struct action *a = s->actions; a; a = a->hh.next)
                a->repeat = a->repeat || a->began;
}

/* --- snapshot --- */

static json_object *snapshot_state(const struct spool *s) {
        _cleanup_(json_object_putp) json_object *entry = json_object_new_object();

        if (!entry)
                return NULL;
        for (const struct mailed *m = s->mailed; m; m = m->hh.next)
                if (entry_add_mailed(entry, m->object, m->state) < 0)
                        return NULL;
        if (entry_add_number(entry, "next-id", s->next_id) < 0)
                return NULL;
        return TAKE_PTR(entry);
}

static int add_flag(json_object *o, const char *key, bool flag) {
        return flag ? json_object_object_add(o, key, json_object_new_boolean(true)) : 0;
}

static json_object *snapshot_action(const struct action *a) {
        _cleanup_(json_object_putp) json_object *entry = json_object_new_object();
        json_object *o;

        if (!entry ||
                        entry_add_action(entry, a->id, kind_words[a->kind], a->object, a->about,
                                        a->ordered_usec, json_object_get(a->content)) < 0)
                return NULL;
        o = json_object_array_get_idx(json_object_object_get(entry, "actions"), 0);
        if (add_flag(o, "began", a->began) < 0 || add_flag(o, "repeat", a->repeat) < 0)
                return NULL;
        if (a->settled && json_object_object_add(o, "settled", json_object_get(a->settled)) < 0)
                return NULL;
        return TAKE_PTR(entry);
}

static int emit_one(json_object *taken, int (*emit)(json_object *entry, void *userdata),
                void *userdata) {
        _cleanup_(json_object_putp) json_object *entry = taken;

        return entry ? emit(entry, userdata) : -ENOMEM;
}

int spool_snapshot(const struct spool *s, int (*emit)(json_object *entry, void *userdata),
                void *userdata) {
        int r;

        for (const struct cursor *c = s->cursors; c; c = c->hh.next) {
                r = emit_one(entry_cursor(c->producer, c->generation, c->sequence), emit, userdata);
                if (r < 0)
                        return r;
        }
        for (const struct action *a = s->actions; a; a = a->hh.next) {
                r = emit_one(snapshot_action(a), emit, userdata);
                if (r < 0)
                        return r;
        }
        return emit_one(snapshot_state(s), emit, userdata); /* last: ids below it are old */
}

/* --- asking --- */

struct spool *spool_new(void) {
        struct spool *s = calloc(1, sizeof(*s));

        if (s)
                s->next_id = 1;
        return s;
}

struct spool *spool_free(struct spool *s) {
        struct cursor *c, *next;

        if (!s)
                return NULL;
        while (s->actions)
                spool_remove(s, s->actions);
        HASH_ITER (hh, s->cursors, c, next) {
                HASH_DEL(s->cursors, c);
                (void) cursor_free(c);
        }
        while (s->mailed)
                mailed_remove(s, s->mailed);
        free(s);
        return NULL;
}

uint64_t spool_next_id(const struct spool *s) {
        return s->next_id;
}

bool spool_cursor(const struct spool *s, const char *producer, const char **ret_generation,
                uint64_t *ret_sequence) {
        const struct cursor *c;

        HASH_FIND_STR(s->cursors, producer, c);
        if (!c)
                return false;
        *ret_generation = c->generation;
        *ret_sequence = c->sequence;
        return true;
}

const char *spool_mailed(const struct spool *s, const char *object) {
        const struct mailed *m;

        HASH_FIND_STR(s->mailed, object, m);
        return m ? m->state : NULL;
}

unsigned spool_pending(const struct spool *s) {
        return HASH_COUNT(s->actions);
}

bool spool_full(const struct spool *s) {
        return HASH_COUNT(s->actions) >= SPOOL_ACTIONS_MAX;
}

usec_t spool_oldest_usec(const struct spool *s) {
        usec_t oldest = USEC_INFINITY;

        for (const struct action *a = s->actions; a; a = a->hh.next)
                oldest = MIN(oldest, a->ordered_usec);
        return oldest == USEC_INFINITY ? 0 : oldest;
}

struct action *spool_find(const struct spool *s, uint64_t id) {
        struct action *a;

        HASH_FIND(hh, s->actions, &id, sizeof(id), a);
        return a;
}

struct action *spool_actions(const struct spool *s) {
        return s->actions;
}
