/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file:
 *
 *     { "version": 1, "boot": "<id of this boot>", "told": { "generation": "...", "sequence": 17 },
 *       "routers": { "VI_1": { "state": "MASTER", "since": "12345", "words": "the MASTER has resigned", ... } },
 *       "ports": { "eth0 inet": { "ifindex": 3, "carrier-changes": 2, "dropped": 0 } },
 *       "links": { "eth0": { "ifindex": 3, "up": true, "due": 12345 } },
 *       "trackers": { "chk_nginx": "UP", "file:load": 7 },
 *       "groups": { "G1": { "state": "MASTER", "reason": "master-down", "since": 12345, "words": "..." } } } */

#include "vrrpd/roles.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"
#include "vrrpd/boot-id.h"

#define ROLES_VERSION 1

struct vrrp_roles {
        json_object *root;
};

static int wrap(json_object *taken, struct vrrp_roles **ret) {
        _cleanup_(json_object_putp) json_object *root = taken;
        struct vrrp_roles *r;

        if (!root)
                return -ENOMEM;
        r = malloc(sizeof(*r));
        if (!r)
                return -ENOMEM;
        r->root = TAKE_PTR(root);
        *ret = r;
        return 0;
}

/* Add @value, which is taken, to @o. */
static int put(json_object *o, const char *key, json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(o, key, value) < 0) {
                json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

int vrrp_roles_new(struct vrrp_roles **ret) {
        static const char *const tables[] = { "routers", "groups", "ports", "links", "trackers",
                "told" };
        _cleanup_(vrrp_roles_freep) struct vrrp_roles *r = NULL;
        char boot[BOOT_ID_SIZE];
        int e;

        e = wrap(json_object_new_object(), &r);
        if (e < 0)
                return e;
        e = put(r->root, "version", json_object_new_int(ROLES_VERSION));
        if (e >= 0)
                e = put(r->root, "boot", json_object_new_string(boot_id_read(boot)));
        for (size_t i = 0; i < ARRAY_SIZE(tables) && e >= 0; i++)
                e = put(r->root, tables[i], json_object_new_object());
        if (e < 0)
                return e;
        *ret = TAKE_PTR(r);
        return 0;
}

struct vrrp_roles *vrrp_roles_free(struct vrrp_roles *r) {
        if (!r)
                return NULL;
        json_object_put(r->root);
        free(r);
        return NULL;
}

/* The object @key of @o, or NULL when it is missing or something else. */
static json_object *get_object(json_object *o, const char *key) {
        json_object *v;

        if (!o || !json_object_object_get_ex(o, key, &v) ||
                        !json_object_is_type(v, json_type_object))
                return NULL;
        return v;
}

static const char *get_text(json_object *o, const char *key) {
        json_object *v;

        if (!o || !json_object_object_get_ex(o, key, &v) ||
                        !json_object_is_type(v, json_type_string))
                return NULL;
        return json_object_get_string(v);
}

static int64_t get_number(json_object *o, const char *key) {
        json_object *v;

        if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int))
                return 0;
        return json_object_get_int64(v);
}

int vrrp_roles_read(const char *path, struct vrrp_roles **ret) {
        json_object *root = NULL;
        int e;

        e = state_file_read(path, &root);
        if (e < 0)
                return e;
        if (boot_id_is_other(get_text(root, "boot") ?: "")) {
                json_object_put(root);
                return -ESTALE;
        }
        return wrap(root, ret);
}

int vrrp_roles_write(const struct vrrp_roles *r, const char *path) {
        return state_file_write(path, r->root, false);
}

int vrrp_roles_put_router(struct vrrp_roles *r, const char *name, const struct vrrp_saved *s,
                const char *words) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        char text[VRRP_SAVED_TEXT_MAX];

        if (!o || put(o, "words", json_object_new_string(words)) < 0)
                return -ENOMEM;
        for (size_t i = 0; i < n_vrrp_saved_fields; i++) {
                const struct vrrp_saved_field *f = &vrrp_saved_fields[i];
                int e = put(o, f->name,
                                json_object_new_string(vrrp_saved_field_format(f, s, text)));

                if (e < 0)
                        return e;
        }
        return put(get_object(r->root, "routers"), name, TAKE_PTR(o));
}

void vrrp_roles_drop_router(struct vrrp_roles *r, const char *name) {
        json_object_object_del(get_object(r->root, "routers"), name);
}

/* A field that cannot be understood keeps its default, as one that is missing. */
int vrrp_roles_get_router(const struct vrrp_roles *r, const char *name, struct vrrp_saved *ret) {
        json_object *o = get_object(get_object(r->root, "routers"), name);
        struct vrrp_saved s = VRRP_SAVED_INIT;

        if (!o)
                return -ENOENT;
        for (size_t i = 0; i < n_vrrp_saved_fields; i++) {
                const char *text = get_text(o, vrrp_saved_fields[i].name);

                if (text)
                        (void) vrrp_saved_field_parse(&vrrp_saved_fields[i], text, &s);
        }
        *ret = s;
        return 0;
}

const char *vrrp_roles_get_words(const struct vrrp_roles *r, const char *router) {
        return get_text(get_object(get_object(r->root, "routers"), router), "words") ?: "";
}

int vrrp_roles_put_group(struct vrrp_roles *r, const char *name, const struct vrrp_kept_group *k) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        int e = -ENOMEM;

        if (o)
                e = put(o, "state", json_object_new_string(vrrp_state_to_string(k->state)));
        if (e >= 0)
                e = put(o, "reason", json_object_new_string(vrrp_reason_to_string(k->reason)));
        if (e >= 0)
                e = put(o, "since", json_object_new_int64((int64_t) k->since));
        if (e >= 0)
                e = put(o, "untold", json_object_new_boolean(k->untold));
        if (e >= 0)
                e = put(o, "words", json_object_new_string(k->words));
        if (e < 0)
                return e;
        return put(get_object(r->root, "groups"), name, TAKE_PTR(o));
}

void vrrp_roles_drop_group(struct vrrp_roles *r, const char *name) {
        json_object_object_del(get_object(r->root, "groups"), name);
}

/* Words that cannot be understood are those of a group that has not started. */
int vrrp_roles_get_group(
                const struct vrrp_roles *r, const char *name, struct vrrp_kept_group *ret) {
        json_object *o = get_object(get_object(r->root, "groups"), name);
        enum vrrp_state state = vrrp_state_from_string(get_text(o, "state") ?: "");
        enum vrrp_reason reason = vrrp_reason_from_string(get_text(o, "reason") ?: "");

        if (!o)
                return -ENOENT;
        *ret = (struct vrrp_kept_group){
                .state = state == _VRRP_STATE_INVALID ? VRRP_STATE_INIT : state,
                .reason = reason == _VRRP_REASON_INVALID ? VRRP_REASON_NONE : reason,
                .since = (usec_t) MAX(get_number(o, "since"), 0),
                .untold = json_object_get_boolean(json_object_object_get(o, "untold")),
                .words = get_text(o, "words") ?: "",
        };
        return 0;
}

int vrrp_roles_put_port(struct vrrp_roles *r, const char *port, const struct vrrp_kept_port *k) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        int e = -ENOMEM;

        if (o)
                e = put(o, "ifindex", json_object_new_int(k->ifindex));
        if (e >= 0)
                e = put(o, "carrier-changes", json_object_new_int64(k->carrier_changes));
        if (e >= 0)
                e = put(o, "dropped", json_object_new_int64(k->dropped));
        if (e < 0)
                return e;
        return put(get_object(r->root, "ports"), port, TAKE_PTR(o));
}

int vrrp_roles_get_port(const struct vrrp_roles *r, const char *port, struct vrrp_kept_port *ret) {
        json_object *o = get_object(get_object(r->root, "ports"), port);

        if (!o)
                return -ENOENT;
        *ret = (struct vrrp_kept_port){
                .ifindex = (int) get_number(o, "ifindex"),
                .carrier_changes = (uint32_t) get_number(o, "carrier-changes"),
                .dropped = (uint32_t) get_number(o, "dropped"),
        };
        return 0;
}

int vrrp_roles_put_link(struct vrrp_roles *r, const char *name, const struct vrrp_kept_link *k) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        int e = -ENOMEM;

        if (o)
                e = put(o, "ifindex", json_object_new_int(k->ifindex));
        if (e >= 0)
                e = put(o, "up", json_object_new_boolean(k->up));
        if (e >= 0 && k->due != USEC_INFINITY)
                e = put(o, "due", json_object_new_int64((int64_t) k->due));
        if (e < 0)
                return e;
        return put(get_object(r->root, "links"), name, TAKE_PTR(o));
}

void vrrp_roles_drop_link(struct vrrp_roles *r, const char *name) {
        json_object_object_del(get_object(r->root, "links"), name);
}

int vrrp_roles_get_link(const struct vrrp_roles *r, const char *name, struct vrrp_kept_link *ret) {
        json_object *o = get_object(get_object(r->root, "links"), name), *up = NULL;
        int64_t due;

        if (!o || !json_object_object_get_ex(o, "up", &up))
                return -ENOENT;
        due = get_number(o, "due");
        *ret = (struct vrrp_kept_link){
                .ifindex = (int) get_number(o, "ifindex"),
                .up = json_object_get_boolean(up),
                .due = due > 0 ? (usec_t) due : USEC_INFINITY,
        };
        return 0;
}

int vrrp_roles_put_tracker(struct vrrp_roles *r, const char *id, const struct vrrp_track_word *w) {
        bool number = w->kind == VRRP_TRACK_VALUE && w->verdict != VRRP_TRACK_UNKNOWN;

        return put(get_object(r->root, "trackers"), id,
                        number ? json_object_new_int(w->value)
                               : json_object_new_string(vrrp_track_verdict_to_string(w->verdict)));
}

struct vrrp_track_word vrrp_roles_get_tracker(const struct vrrp_roles *r, const char *id) {
        json_object *o = get_object(r->root, "trackers"), *v = NULL;
        struct vrrp_track_word w = {};

        if (!o || !json_object_object_get_ex(o, id, &v))
                return w;
        if (json_object_is_type(v, json_type_int))
                return (struct vrrp_track_word){ .kind = VRRP_TRACK_VALUE,
                        .verdict = VRRP_TRACK_GOOD,
                        .value = json_object_get_int(v) };
        if (json_object_is_type(v, json_type_string))
                w.verdict = vrrp_track_verdict_from_string(json_object_get_string(v));
        return w;
}

void vrrp_roles_set_absence(struct vrrp_roles *r, usec_t since) {
        (void) put(r->root, "checkd-gone-since", json_object_new_int64((int64_t) since));
}

usec_t vrrp_roles_get_absence(const struct vrrp_roles *r) {
        return (usec_t) MAX(get_number(r->root, "checkd-gone-since"), (int64_t) 0);
}

void vrrp_roles_set_told(struct vrrp_roles *r, const char *generation, uint64_t sequence) {
        json_object *o = get_object(r->root, "told");

        (void) put(o, "generation", json_object_new_string(generation));
        (void) put(o, "sequence", json_object_new_int64((int64_t) sequence));
}

uint64_t vrrp_roles_get_told(const struct vrrp_roles *r, const char *generation) {
        json_object *o = get_object(r->root, "told");
        const char *of = get_text(o, "generation");

        return of && streq(of, generation) ? (uint64_t) get_number(o, "sequence") : 0;
}
