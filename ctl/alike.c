/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/alike.h"

#include <stdio.h>

#include "common/cleanup.h"
#include "common/json.h"

void alike_add(json_object *said, const char *name, const char *text) {
        const char *before = json_get_string(said, text);
        _cleanup_free_ char *names = NULL;

        if (asprintf(&names, "%s%s%s", before, *before ? ", " : "", name) < 0) {
                names = NULL;
                return;
        }
        json_object_object_add(said, text, json_object_new_string(names));
}

void alike_each(json_object *said,
                void (*print)(const char *names, const char *text, void *userdata),
                void *userdata) {
        json_object_object_foreach(said, text, names) {
                print(json_object_get_string(names), text, userdata);
        }
}
