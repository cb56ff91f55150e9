/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/tracker-table.h"

#include <errno.h>
#include <string.h>

#include "checkd/checkd.h"
#include "checkd/process-table.h"
#include "checkd/tracker-bus.h"
#include "checkd/tracker-file.h"
#include "checkd/tracker-process.h"
#include "checkd/tracker-script.h"
#include "checkd/tracker-store.h"
#include "common/conf.h"
#include "common/log.h"

static int make(struct checkd *c, enum check_tracker_kind kind, const void *block,
                struct tracker **ret) {
        switch (kind) {
        case CHECK_TRACKER_SCRIPT: return tracker_script_new(c, block, ret);
        case CHECK_TRACKER_FILE: return tracker_file_new(c, block, ret);
        case CHECK_TRACKER_PROCESS: return tracker_process_new(c, block, ret);
        case _CHECK_TRACKER_MAX: break;
        }
        return -EINVAL;
}

/* Make the tracker of @block, which is called @name, unless it is there. */
static void add(struct checkd *c, enum check_tracker_kind kind, const char *name, const void *block,
                struct json_object *saved) {
        _cleanup_free_ char *id = check_tracker_id(kind, name);
        struct json_object *entry;
        struct tracker *t = id ? tracker_find(c, id) : NULL;
        int r;

        if (t && t->kind->kind == kind)
                return;
        r = make(c, kind, block, &t);
        if (r < 0) {
                log_error("cannot track the %s %s: %s", check_tracker_kind_to_string(kind), name,
                                r == -EEXIST ? "another tracker is called so"
                                             : strerrordesc_np(-r));
                return;
        }
        entry = tracker_store_find(saved, t->id);
        if (entry)
                tracker_store_restore(t, entry);
        daemon_object_added(c->daemon, t->path);
}

void tracker_table_add(struct checkd *c, const struct check_conf *conf, struct json_object *saved) {
        for (const struct check_script_conf *s = conf->scripts; s; s = s->hh.next)
                if (s->n_trackers > 0)
                        add(c, CHECK_TRACKER_SCRIPT, s->name, s, saved);
        for (const struct check_file_conf *f = conf->files; f; f = f->hh.next)
                if (f->n_trackers > 0)
                        add(c, CHECK_TRACKER_FILE, f->name, f, saved);
        for (const struct check_process_conf *p = conf->processes; p; p = p->hh.next)
                if (p->n_trackers > 0)
                        add(c, CHECK_TRACKER_PROCESS, p->name, p, saved);
}

void tracker_table_begin(struct checkd *c) {
        unsigned n = HASH_COUNT(c->trackers), i = 0;

        for (struct tracker *t = c->trackers; t; t = t->hh.next)
                if (!t->begun)
                        t->kind->begin(t, t->verdict.provisional ? i++ : 0, n);
}

static void remove_tracker(struct tracker *t) {
        log_info("%s %s is not tracked any more", tracker_kind_name(t), t->name);
        daemon_object_removed(t->checkd->daemon, t->path, TRACKER_INTERFACE);
        if (t->kind->end)
                t->kind->end(t);
        (void) tracker_free(t);
}

/* The block of @t in @conf, if it is tracked there. */
static const void *block_of(const struct tracker *t, const struct check_conf *conf) {
        const struct check_script_conf *script;
        const struct check_file_conf *file;
        const struct check_process_conf *process;

        switch (t->kind->kind) {
        case CHECK_TRACKER_SCRIPT:
                script = check_conf_find_script(conf, t->name);
                return script && script->n_trackers > 0 ? script : NULL;
        case CHECK_TRACKER_FILE:
                file = check_conf_find_file(conf, t->name);
                return file && file->n_trackers > 0 ? file : NULL;
        case CHECK_TRACKER_PROCESS:
                process = check_conf_find_process(conf, t->name);
                return process && process->n_trackers > 0 ? process : NULL;
        case _CHECK_TRACKER_MAX: break;
        }
        return NULL;
}

/* The table of processes borrows nothing of the configuration but by its trackers. */
static void drop_processes(struct checkd *c) {
        for (const struct tracker *t = c->trackers; t; t = t->hh.next)
                if (t->kind->kind == CHECK_TRACKER_PROCESS)
                        return;
        c->processes = process_table_free(c->processes);
}

void tracker_table_reconfigure(struct checkd *c, const struct check_conf *conf,
                const struct global_conf *old_global) {
        struct tracker *t, *next;

        HASH_ITER (hh, c->trackers, t, next) {
                const void *block = block_of(t, conf);

                if (block)
                        t->kind->reconfigure(t, block, old_global);
                else
                        remove_tracker(t);
        }
        tracker_table_add(c, conf, NULL);
        tracker_table_begin(c);
        drop_processes(c);
}

void tracker_table_stop(struct checkd *c) {
        for (struct tracker *t = c->trackers; t; t = t->hh.next)
                t->kind->stop(t);
}

void tracker_table_done(struct checkd *c) {
        struct tracker *t, *next;

        HASH_ITER (hh, c->trackers, t, next)
                (void) tracker_free(t);
        c->processes = process_table_free(c->processes);
}
