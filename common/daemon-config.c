/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The configuration in force. What was accepted is kept, expanded, in the runtime directory:
 *
 *  - a start after a crash uses what was kept; the file may be half edited;
 *  - an explicit start or restart reads the file; where live state exists and the file is unusable, or
 *    worse than what was kept, the kept one stays in force and everybody is told;
 *  - a reload prepares first and refuses a file that got worse; then nothing has changed. */

#include "common/daemon-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

#define KEPT_NAME "accepted.conf"

static void keep(struct daemon *d) {
        int r = conf_save_expanded(d->conf, d->private->runtime_fd, KEPT_NAME);

        if (r < 0)
                log_warning("cannot keep the accepted configuration in %s: %s", d->runtime_dir,
                                strerror(-r));
}

static void log_diags(const struct conf *c, const char *message_id) {
        for (size_t i = 0; i < c->diags.n; i++) {
                const struct conf_diag *g = &c->diags.items[i];
                _cleanup_free_ char *text = conf_diag_format(g);

                if (text)
                        log_emit(g->grade >= CONF_COMPLAINT ? LOG_WARNING : LOG_INFO, message_id,
                                        LOG_FIELDS({ "MAINSTAY_FILE", g->pos.file }), "%s", text);
        }
        if (c->diags.n_omitted > 0)
                log_warning("%s: %zu more complaints", c->path, c->diags.n_omitted);
}

static char *diag_reason(const struct conf_diag *g) {
        char *text = conf_diag_format(g);

        return text ?: strdup("out of memory");
}

/* The worst thing that was said about an unusable file. */
static char *unusable_reason(const struct conf *c) {
        const struct conf_diag *g = conf_worse_than(c, NULL);

        return g ? diag_reason(g) : strdup("unusable");
}

/* The file is not taken; @reason says why. */
static void refuse(struct daemon *d, const char *reason) {
        json_object *data = json_object_new_object();

        free(d->conf_problem);
        d->conf_problem = strdup(reason);
        log_emit(LOG_ERR, LOG_MESSAGE_CONFIG_REFUSED, NULL,
                        "the configuration is not used, the one before stays in force: %s", reason);
        daemon_show_status(d);

        if (data)
                json_object_object_add(data, "reason", json_object_new_string(reason));
        daemon_event(d, "config-refused", d->ops->object_path, data);
        json_object_put(data);
        DAEMON_CHANGED(d, d->ops->object_path, "org.mainstay.Daemon1", "ConfigErrors");
}

static struct conf *load_kept(struct daemon *d) {
        struct conf *c = NULL;
        int r;

        r = conf_load_expanded(d->private->runtime_fd, KEPT_NAME, &c);
        if (r == -EBADMSG)
                log_warning("%s/" KEPT_NAME " is torn and ignored", d->runtime_dir);
        else if (r < 0 && r != -ENOENT)
                log_warning("cannot read %s/" KEPT_NAME ": %s", d->runtime_dir, strerror(-r));
        return c;
}

static int read_file(struct daemon *d, struct conf **ret) {
        int r = conf_load(d->conf_path, d->config_id, 0, ret);

        if (r < 0)
                log_error("cannot load %s: %s", d->conf_path, strerror(-r));
        return r;
}

/* A fresh start, or an explicit one where live state of @kept exists (NULL: none). Takes @kept. */
static int start_from_file(struct daemon *d, struct conf *kept_taken) {
        _cleanup_(conf_freep) struct conf *kept = kept_taken, *next = NULL;
        const struct conf_diag *worse;
        int r;

        r = read_file(d, &next);
        if (r < 0)
                return r;

        worse = conf_worse_than(next, kept);
        if (worse && kept) {
                _cleanup_free_ char *reason = diag_reason(worse);

                refuse(d, reason ?: d->conf_path);
                d->conf = TAKE_PTR(kept);
                return 0;
        }
        log_diags(next, LOG_MESSAGE_CONFIG_COMPLAINT);
        if (conf_grade(next) == CONF_UNUSABLE) {
                _cleanup_free_ char *reason = unusable_reason(next);

                daemon_status(d, "unusable configuration: %s", reason ?: "");
                return -EINVAL;
        }
        d->conf = TAKE_PTR(next);
        return 0;
}

int daemon_config_start(struct daemon *d) {
        _cleanup_(conf_freep) struct conf *kept = d->private->succession ? load_kept(d) : NULL;
        int r;

        if (kept && d->after_crash) {
                log_notice("starting after a crash, with the configuration that was in force");
                d->conf = TAKE_PTR(kept);
                return 0;
        }
        r = start_from_file(d, TAKE_PTR(kept));
        if (r < 0)
                return r;
        keep(d);
        return 0;
}

static void forget_prepared(struct daemon *d) {
        d->private->prepared = conf_free(d->private->prepared);
        free(TAKE_PTR(d->private->prepared_by));
}

static int judge(struct daemon *d, const struct conf *next, const char *digest, uint64_t flags,
                char **ret_reason) {
        const struct conf_diag *worse;

        if (digest && *digest && !streq(digest, next->digest)) {
                if (asprintf(ret_reason, "%s: changed while it was being reloaded", next->path) < 0)
                        return -ENOMEM;
                return DAEMON_PREPARE_CHANGED;
        }
        if (conf_grade(next) == CONF_UNUSABLE) {
                *ret_reason = unusable_reason(next);
                return DAEMON_PREPARE_UNUSABLE;
        }
        worse = conf_worse_than(next, d->conf);
        if (worse && !(flags & DAEMON_PREPARE_FORCE)) {
                *ret_reason = diag_reason(worse);
                return DAEMON_PREPARE_WORSE;
        }
        return DAEMON_PREPARED;
}

int daemon_config_prepare(struct daemon *d, const char *digest, uint64_t flags, const char *caller,
                char **ret_reason) {
        _cleanup_(conf_freep) struct conf *next = NULL;
        _cleanup_free_ char *reason = NULL;
        int r;

        forget_prepared(d);
        r = read_file(d, &next);
        if (r < 0)
                return r;
        r = judge(d, next, digest, flags, &reason);
        if (r < 0)
                return r;
        if (r != DAEMON_PREPARED) {
                if (!reason)
                        return -ENOMEM;
                if (r != DAEMON_PREPARE_CHANGED)
                        refuse(d, reason);
                *ret_reason = TAKE_PTR(reason);
                return r;
        }
        if (caller) {
                d->private->prepared_by = strdup(caller);
                if (!d->private->prepared_by)
                        return -ENOMEM;
        }
        d->private->prepared = TAKE_PTR(next);
        return DAEMON_PREPARED;
}

static void record_applied(struct daemon *d) {
        json_object *data = json_object_new_object();

        if (data)
                json_object_object_add(data, "digest", json_object_new_string(d->conf->digest));
        daemon_event(d, "config-applied", d->ops->object_path, data);
        json_object_put(data);
        DAEMON_CHANGED(d, d->ops->object_path, "org.mainstay.Daemon1", "ConfigDigest",
                        "ConfigErrors");
}

int daemon_config_commit(struct daemon *d, const char *caller) {
        _cleanup_(conf_freep) struct conf *old = NULL;

        if (!d->private->prepared || !streq_ptr(d->private->prepared_by, caller))
                return -ENODATA;

        old = d->conf;
        d->conf = TAKE_PTR(d->private->prepared);
        forget_prepared(d);
        free(TAKE_PTR(d->conf_problem));
        if (!streq(old->digest, d->conf->digest))
                log_diags(d->conf, LOG_MESSAGE_CONFIG_COMPLAINT);

        d->ops->apply(d, old, d->conf, d->userdata);
        daemon_apply_options(d);
        keep(d);
        record_applied(d);
        log_info("reloaded %s", d->conf_path);
        daemon_show_status(d);
        return 0;
}

int daemon_config_reload(struct daemon *d, char **ret_reason) {
        int r;

        r = daemon_config_prepare(d, NULL, 0, NULL, ret_reason);
        if (r == DAEMON_PREPARED)
                return daemon_config_commit(d, NULL);
        return r;
}
