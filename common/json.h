/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* json-c with scope-bound ownership: _cleanup_(json_object_putp) json_object *o = NULL; */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/cleanup.h"

DEFINE_CLEANUP_FUNC(json_object *, json_object_put);

/* The member @key of @object (which may be NULL), or what stands for nothing: "", 0, false. Strings are
 * borrowed from the object. */
static inline const char *json_get_string(json_object *object, const char *key) {
        json_object *value;

        if (!json_object_object_get_ex(object, key, &value) || !value)
                return "";
        return json_object_get_string(value);
}

static inline uint64_t json_get_uint64(json_object *object, const char *key) {
        json_object *value;

        return json_object_object_get_ex(object, key, &value) ? json_object_get_uint64(value) : 0;
}

static inline bool json_get_bool(json_object *object, const char *key) {
        json_object *value;

        return json_object_object_get_ex(object, key, &value) && json_object_get_boolean(value);
}
