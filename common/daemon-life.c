/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How did the one before us end? The file "life" in the runtime directory is there while a daemon lives
 * or a successor is expected, and is gone after a stop. It says whether the end was orderly; a crash is
 * the absence of that word. It also says how many messages the journal had not taken by then. Crashes in a
 * row are counted until one start has been alive for a second past its readiness. */

#include "common/daemon-private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/state-file.h"

static void write_life(struct daemon *d, bool orderly) {
        _cleanup_free_ char *path = daemon_runtime_path(d, "life");
        json_object *o = json_object_new_object();
        int r = -ENOMEM;

        if (path && o) {
                json_object_object_add(o, "orderly-end", json_object_new_boolean(orderly));
                json_object_object_add(o, "crashes", json_object_new_int64(d->crashes));
                json_object_object_add(o, "untold",
                                json_object_new_uint64(orderly ? daemon_log_end() : 0));
                r = state_file_write(path, o, false);
        }
        json_object_put(o);
        if (r < 0)
                log_warning("cannot write %s: %s; the next start will take this one for crashed",
                                path ?: "the life file", strerror(-r));
}

static void tell_untold(json_object *o) {
        uint64_t n = json_object_get_uint64(json_object_object_get(o, "untold"));

        if (n > 0)
                log_warning("%" PRIu64
                            " messages of the process before this one may be lost: the journal did not read",
                                n);
}

void daemon_life_begin(struct daemon *d) {
        _cleanup_free_ char *path = daemon_runtime_path(d, "life");
        json_object *o = NULL;
        int r;

        r = path ? state_file_read(path, &o) : -ENOMEM;
        if (r == -EBADMSG)
                log_warning("%s is torn and ignored", path);
        d->private->succession = r != -ENOENT;
        if (r >= 0) {
                d->after_crash = !json_object_get_boolean(json_object_object_get(o, "orderly-end"));
                d->crashes = (unsigned) json_object_get_int64(json_object_object_get(o, "crashes"));
                d->crashes = d->after_crash ? d->crashes + 1 : 0;
                tell_untold(o);
        }
        json_object_put(o);
        write_life(d, false);
}

void daemon_life_settled(struct daemon *d) {
        if (d->crashes == 0)
                return;
        d->crashes = 0;
        write_life(d, false);
}

void daemon_life_end(struct daemon *d, enum daemon_end why) {
        _cleanup_free_ char *path = NULL;

        if (why == DAEMON_END_KEEP) {
                d->crashes = 0;
                write_life(d, true);
                return;
        }
        path = daemon_runtime_path(d, "life");
        if (path)
                (void) unlink(path);
}
