/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifos-record.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/log.h"
#include "common/state-file.h"

json_object *fifos_record_read(const char *path) {
        json_object *record = NULL;
        int r;

        r = state_file_read(path, &record);
        if (r >= 0)
                return record;
        if (r != -ENOENT)
                log_warning("cannot read %s: %s; readers of FIFOs are started anew", path,
                                strerrordesc_np(-r));
        return json_object_new_object();
}

void fifos_record_write(const char *path, json_object *record) {
        int r;

        r = state_file_write(path, record, false);
        if (r < 0)
                log_warning("cannot write %s: %s", path, strerrordesc_np(-r));
}

int fifos_record_add(json_object *record, const struct fifo *f, const char *command) {
        json_object *o = json_object_new_object();

        if (!o || json_object_object_add(record, f->path, o) < 0)
                return -ENOMEM;
        (void) json_object_object_add(o, "ours", json_object_new_boolean(f->ours));
        (void) json_object_object_add(o, "device", json_object_new_uint64(f->device));
        (void) json_object_object_add(o, "inode", json_object_new_uint64(f->inode));
        (void) json_object_object_add(o, "command", json_object_new_string(command));
        return 0;
}

const char *fifos_record_command(json_object *record, const char *path) {
        json_object *o = json_object_object_get(record, path), *v;

        if (!json_object_object_get_ex(o, "command", &v) ||
                        !json_object_is_type(v, json_type_string))
                return NULL;
        return json_object_get_string(v);
}

bool fifos_record_is_ours(json_object *record, const struct fifo *f) {
        json_object *o = json_object_object_get(record, f->path);

        return o && json_object_get_boolean(json_object_object_get(o, "ours")) &&
                        json_object_get_uint64(json_object_object_get(o, "device")) == f->device &&
                        json_object_get_uint64(json_object_object_get(o, "inode")) == f->inode;
}

void fifos_record_remove(json_object *record, const char *path) {
        _cleanup_(fifo_freep) struct fifo *f = fifo_new(path);
        json_object *o = json_object_object_get(record, path);

        if (!f || !o)
                return;
        f->device = json_object_get_uint64(json_object_object_get(o, "device"));
        f->inode = json_object_get_uint64(json_object_object_get(o, "inode"));
        f->ours = fifos_record_is_ours(record, f);
        fifo_remove(f);
}
