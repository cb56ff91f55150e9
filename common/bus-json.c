/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reading walks the message by its own signature and therefore terminates: containers are finite, and
 * sd-bus refuses to enter more of them than D-Bus allows (128 deep). */

#include "common/bus-json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/macro.h"

static int read_integer(sd_bus_message *m, char type, json_object **ret) {
        union {
                uint8_t y;
                int16_t n;
                uint16_t q;
                int32_t i;
                uint32_t u;
                int64_t x;
                uint64_t t;
        } v;
        int r;

        r = sd_bus_message_read_basic(m, type, &v);
        if (r < 0)
                return r;

        switch (type) {
        case SD_BUS_TYPE_BYTE: *ret = json_object_new_int64(v.y); break;
        case SD_BUS_TYPE_INT16: *ret = json_object_new_int64(v.n); break;
        case SD_BUS_TYPE_UINT16: *ret = json_object_new_int64(v.q); break;
        case SD_BUS_TYPE_INT32: *ret = json_object_new_int64(v.i); break;
        case SD_BUS_TYPE_UINT32: *ret = json_object_new_int64(v.u); break;
        case SD_BUS_TYPE_INT64: *ret = json_object_new_int64(v.x); break;
        case SD_BUS_TYPE_UINT64: *ret = json_object_new_uint64(v.t); break;
        default: return -EBADMSG;
        }
        return *ret ? 0 : -ENOMEM;
}

static int read_basic(sd_bus_message *m, char type, json_object **ret) {
        const char *s;
        double d;
        int b, r;

        switch (type) {
        case SD_BUS_TYPE_STRING:
        case SD_BUS_TYPE_OBJECT_PATH:
        case SD_BUS_TYPE_SIGNATURE:
                r = sd_bus_message_read_basic(m, type, &s);
                if (r < 0)
                        return r;
                *ret = json_object_new_string(s);
                return *ret ? 0 : -ENOMEM;

        case SD_BUS_TYPE_BOOLEAN:
                r = sd_bus_message_read_basic(m, type, &b);
                if (r < 0)
                        return r;
                *ret = json_object_new_boolean(b);
                return *ret ? 0 : -ENOMEM;

        case SD_BUS_TYPE_DOUBLE:
                r = sd_bus_message_read_basic(m, type, &d);
                if (r < 0)
                        return r;
                *ret = json_object_new_double(d);
                return *ret ? 0 : -ENOMEM;

        case SD_BUS_TYPE_UNIX_FD:
                r = sd_bus_message_skip(m, "h");
                if (r < 0)
                        return r;
                *ret = NULL;
                return 0;

        default: return read_integer(m, type, ret);
        }
}

/* The values up to the end of the entered array or struct. */
static int read_elements(sd_bus_message *m, json_object **ret) {
        _cleanup_(json_object_putp) json_object *array = json_object_new_array();
        int r;

        if (!array)
                return -ENOMEM;

        for (;;) {
                json_object *value;

                r = sd_bus_message_at_end(m, false);
                if (r < 0)
                        return r;
                if (r > 0)
                        break;

                r = bus_message_read_json(m, &value);
                if (r < 0)
                        return r;
                if (json_object_array_add(array, value) < 0) {
                        json_object_put(value);
                        return -ENOMEM;
                }
        }

        *ret = TAKE_PTR(array);
        return 0;
}

/* The entries up to the end of the entered array of dictionary entries with @contents ("sv"). */
static int read_entries(sd_bus_message *m, const char *contents, json_object **ret) {
        _cleanup_(json_object_putp) json_object *dict = json_object_new_object();
        int r;

        if (!dict)
                return -ENOMEM;

        while ((r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, contents)) > 0) {
                _cleanup_(json_object_putp) json_object *key = NULL;
                json_object *value;

                r = bus_message_read_json(m, &key);
                if (r < 0)
                        return r;
                r = bus_message_read_json(m, &value);
                if (r < 0)
                        return r;
                /* A descriptor as a key: no producer of ours has one, but D-Bus allows it. */
                if (json_object_object_add(dict, json_object_get_string(key) ?: "null", value) <
                                0) {
                        json_object_put(value);
                        return -ENOMEM;
                }
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;

        *ret = TAKE_PTR(dict);
        return 0;
}

/* Enter the array whose elements are @contents, which begins with '{' for a dictionary. */
static int read_array(sd_bus_message *m, const char *contents, json_object **ret) {
        if (contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN) {
                _cleanup_free_ char *inner = strndup(contents + 1, strlen(contents) - 2);

                if (!inner)
                        return -ENOMEM;
                return read_entries(m, inner, ret);
        }
        return read_elements(m, ret);
}

static int read_container(sd_bus_message *m, char type, const char *contents, json_object **ret) {
        _cleanup_(json_object_putp) json_object *value = NULL;
        _cleanup_free_ char *signature =
                        strdup(contents); /* the message's own moves with the cursor */
        int r;

        if (!signature)
                return -ENOMEM;

        r = sd_bus_message_enter_container(m, type, signature);
        if (r < 0)
                return r;
        if (r == 0)
                return -EBADMSG;

        switch (type) {
        case SD_BUS_TYPE_VARIANT: r = bus_message_read_json(m, &value); break;
        case SD_BUS_TYPE_ARRAY: r = read_array(m, signature, &value); break;
        case SD_BUS_TYPE_STRUCT: r = read_elements(m, &value); break;
        default: r = -EBADMSG;
        }
        if (r < 0)
                return r;

        r = sd_bus_message_exit_container(m);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(value);
        return 0;
}

int bus_message_read_json(sd_bus_message *m, json_object **ret) {
        const char *contents;
        char type;
        int r;

        r = sd_bus_message_peek_type(m, &type, &contents);
        if (r < 0)
                return r;
        if (r == 0)
                return -ENODATA;

        if (contents)
                return read_container(m, type, contents, ret);
        return read_basic(m, type, ret);
}

static int append_integer(sd_bus_message *m, json_object *value) {
        int64_t x = json_object_get_int64(value);
        uint64_t t = json_object_get_uint64(value);

        if (x < 0)
                return sd_bus_message_append(m, "v", "x", x);
        if (t <= UINT32_MAX)
                return sd_bus_message_append(m, "v", "u", (uint32_t) t);
        return sd_bus_message_append(m, "v", "t", t);
}

static int append_strings(sd_bus_message *m, json_object *array) {
        size_t n = json_object_array_length(array);
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_VARIANT, "as");
        if (r < 0)
                return r;
        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "s");
        if (r < 0)
                return r;

        for (size_t i = 0; i < n; i++) {
                json_object *s = json_object_array_get_idx(array, i);

                if (!json_object_is_type(s, json_type_string))
                        return -EINVAL;
                r = sd_bus_message_append(m, "s", json_object_get_string(s));
                if (r < 0)
                        return r;
        }

        r = sd_bus_message_close_container(m);
        if (r < 0)
                return r;
        return sd_bus_message_close_container(m);
}

static int append_value(sd_bus_message *m, json_object *value) {
        switch (json_object_get_type(value)) {
        case json_type_string:
                return sd_bus_message_append(m, "v", "s", json_object_get_string(value));
        case json_type_boolean:
                return sd_bus_message_append(m, "v", "b", (int) json_object_get_boolean(value));
        case json_type_int: return append_integer(m, value);
        case json_type_array: return append_strings(m, value);
        case json_type_null:
        case json_type_double:
        case json_type_object: break;
        }
        return -EINVAL;
}

int bus_message_append_vardict(sd_bus_message *m, json_object *dict) {
        int r;

        r = sd_bus_message_open_container(m, SD_BUS_TYPE_ARRAY, "{sv}");
        if (r < 0)
                return r;

        if (dict) {
                json_object_object_foreach(dict, key, value) {
                        r = sd_bus_message_open_container(m, SD_BUS_TYPE_DICT_ENTRY, "sv");
                        if (r < 0)
                                return r;
                        r = sd_bus_message_append(m, "s", key);
                        if (r < 0)
                                return r;
                        r = append_value(m, value);
                        if (r < 0)
                                return r;
                        r = sd_bus_message_close_container(m);
                        if (r < 0)
                                return r;
                }
        }

        r = sd_bus_message_close_container(m);
        return r < 0 ? r : 0;
}
