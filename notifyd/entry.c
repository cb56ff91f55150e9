/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/entry.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/json.h"

/* Takes @value, also on failure; NULL is one. */
static int add(json_object *o, const char *key, json_object *value) {
        if (!value)
                return -ENOMEM;
        if (json_object_object_add(o, key, value) < 0) {
                (void) json_object_put(value);
                return -ENOMEM;
        }
        return 0;
}

static int add_string(json_object *o, const char *key, const char *value) {
        return add(o, key, json_object_new_string(value));
}

int entry_add_number(json_object *entry, const char *key, uint64_t value) {
        return add(entry, key, json_object_new_uint64(value));
}

json_object *entry_cursor(const char *producer, const char *generation, uint64_t sequence) {
        _cleanup_(json_object_putp) json_object *entry = json_object_new_object(),
                                                *cursor = json_object_new_object();

        if (!entry || !cursor || add_string(cursor, "producer", producer) < 0 ||
                        add_string(cursor, "generation", generation) < 0 ||
                        entry_add_number(cursor, "sequence", sequence) < 0)
                return NULL;
        if (add(entry, "cursor", TAKE_PTR(cursor)) < 0)
                return NULL;
        return TAKE_PTR(entry);
}

int entry_add_forget(json_object *entry, const char *prefix) {
        return add_string(entry, "forget", prefix);
}

int entry_add_mailed(json_object *entry, const char *object, const char *state) {
        json_object *mailed;
        int r;

        if (!json_object_object_get_ex(entry, "mailed", &mailed)) {
                mailed = json_object_new_object();
                r = add(entry, "mailed", mailed);
                if (r < 0)
                        return r;
        }
        return add_string(mailed, object, state);
}

int entry_add_action(json_object *entry, uint64_t id, const char *kind, const char *object,
                const char *about, usec_t ordered_usec, json_object *content) {
        _cleanup_(json_object_putp) json_object *action = json_object_new_object(),
                                                *owned = content;
        json_object *actions;
        int r;

        if (!json_object_object_get_ex(entry, "actions", &actions)) {
                actions = json_object_new_array();
                r = add(entry, "actions", actions);
                if (r < 0)
                        return r;
        }

        if (!action || !content || entry_add_number(action, "id", id) < 0 ||
                        add_string(action, "kind", kind) < 0 ||
                        add_string(action, "object", object) < 0 ||
                        add_string(action, "about", about) < 0 ||
                        entry_add_number(action, "ordered", ordered_usec) < 0 ||
                        add(action, "content", TAKE_PTR(owned)) < 0 ||
                        json_object_array_add(actions, action) < 0)
                return -ENOMEM;
        action = NULL;
        return 0;
}

static json_object *entry_of_id(const char *key, uint64_t id) {
        json_object *entry = json_object_new_object();

        if (entry && entry_add_number(entry, key, id) < 0) {
                (void) json_object_put(entry);
                return NULL;
        }
        return entry;
}

json_object *entry_began(uint64_t id) {
        return entry_of_id("began", id);
}

json_object *entry_failed(uint64_t id, bool uncertain, json_object *settled) {
        _cleanup_(json_object_putp) json_object *entry = entry_of_id("failed", id);

        if (!entry)
                return NULL;
        if (uncertain && add(entry, "uncertain", json_object_new_boolean(true)) < 0)
                return NULL;
        if (settled && add(entry, "settled", json_object_get(settled)) < 0)
                return NULL;
        return TAKE_PTR(entry);
}

json_object *entry_ended(uint64_t id) {
        return entry_of_id("ended", id);
}
