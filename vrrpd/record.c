/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/record.h"

#include <errno.h>

#include "common/json.h"
#include "common/state-file.h"

#define RECORD_VERSION 1

int vrrp_record_write(const char *path, const char *nouns, json_object *taken) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();

        json_object_object_add(o, "version", json_object_new_int(RECORD_VERSION));
        json_object_object_add(o, nouns, taken);
        return state_file_write(path, o, false);
}

int vrrp_record_read(const char *path, const char *nouns, json_object **ret) {
        _cleanup_(json_object_putp) json_object *o = NULL;
        json_object *lines;
        int r;

        r = state_file_read(path, &o);
        if (r < 0)
                return r;
        if (!json_object_object_get_ex(o, nouns, &lines) ||
                        !json_object_is_type(lines, json_type_array))
                return -EBADMSG;
        *ret = json_object_get(lines);
        return 0;
}
