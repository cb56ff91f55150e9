/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/runs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "common/daemon.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/process.h"
#include "common/script.h"

#define LAST_PATIENCE_USEC (PROCESS_KILL_AFTER_USEC + 10 * USEC_PER_SEC) /* after the time limit */
#define TAG_MAX 320U

struct run {
        struct runs *runs; /* owner */
        struct run *prev, *next;
        uint64_t id;
        char tag[TAG_MAX]; /* "VI_1 notify_master" */
        char *about;
        struct process *process; /* until gone() */
        sd_event_source *limit;
        bool late; /* the time limit is over */
        struct process_result result;
};

struct runs {
        sd_event *event;
        struct process_runner *runner;
        usec_t time_limit_usec;
        carried_t carried;
        void *userdata;
        struct run *list;
};

/* --- content --- */

static json_object *strv_to_json(char *const *strv) {
        json_object *array = json_object_new_array();

        for (; array && strv && *strv; strv++)
                (void) json_object_array_add(array, json_object_new_string(*strv));
        return array;
}

static void add_optional(json_object *o, const char *key, const char *value) {
        if (value)
                (void) json_object_object_add(o, key, json_object_new_string(value));
}

json_object *runs_content(const char *which, const struct conf_script *s, char *const *append) {
        json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        add_optional(o, "which", which);
        add_optional(o, "command", s->command);
        (void) json_object_object_add(o, "argv", strv_to_json(s->argv));
        add_optional(o, "user", s->user);
        add_optional(o, "group", s->group);
        (void) json_object_object_add(
                        o, "supplementary", json_object_new_boolean(s->supplementary));
        (void) json_object_object_add(o, "shell", json_object_new_boolean(s->needs_shell));
        (void) json_object_object_add(o, "file-test", json_object_new_boolean(s->file_test));
        (void) json_object_object_add(o, "append", strv_to_json(append));
        return o;
}

static char *get_copy(json_object *o, const char *key) {
        json_object *v;

        if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
                return NULL;
        return strdup(json_object_get_string(v));
}

static bool get_bool(json_object *o, const char *key) {
        return json_object_get_boolean(json_object_object_get(o, key));
}

static char **strv_from_json(json_object *array) {
        size_t n = json_object_is_type(array, json_type_array) ? json_object_array_length(array)
                                                               : 0;
        char **strv = calloc(n + 1, sizeof(*strv));

        for (size_t i = 0; strv && i < n; i++) {
                const char *s = json_object_get_string(json_object_array_get_idx(array, i));

                strv[i] = strdup(s ? s : "");
                if (!strv[i]) {
                        conf_strv_free(strv);
                        return NULL;
                }
        }
        return strv;
}

/* 0; -EBADMSG: not ours, or from a version that wrote otherwise; -ENOMEM. */
static int script_from_content(json_object *o, struct conf_script *ret) {
        struct conf_script s = {
                .command = get_copy(o, "command"),
                .argv = strv_from_json(json_object_object_get(o, "argv")),
                .user = get_copy(o, "user"),
                .group = get_copy(o, "group"),
                .supplementary = get_bool(o, "supplementary"),
                .needs_shell = get_bool(o, "shell"),
                .file_test = get_bool(o, "file-test"),
        };

        if (!s.command || !s.argv || !s.argv[0]) {
                conf_script_done(&s);
                return -EBADMSG;
        }
        *ret = s;
        return 0;
}

static void strv_freep(char ***strv) {
        conf_strv_free(*strv);
}

/* --- runs --- */

static struct run *run_free(struct run *run) {
        if (!run)
                return NULL;
        if (run->process)
                process_forget(run->process);
        if (run->prev)
                DL_DELETE(run->runs->list, run);
        (void) sd_event_source_disable_unref(run->limit);
        free(run->about);
        free(run);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct run *, run_free);

static void run_tell(struct run *run) {
        struct carried c = { .outcome = CARRIED_DONE };
        struct runs *r = run->runs;
        uint64_t id = run->id;

        if (run->late) {
                c.outcome = CARRIED_GIVEN_UP;
                (void) snprintf(c.text, sizeof(c.text), "still running after %g s, ended",
                                (double) r->time_limit_usec / (double) USEC_PER_SEC);
        } else if (run->result.outcome == PROCESS_NOT_RUN) {
                c.outcome = CARRIED_GIVEN_UP;
                (void) snprintf(c.text, sizeof(c.text), "%s", run->result.text);
        } else if (!process_result_good(&run->result) && run->result.outcome != PROCESS_UNSEEN)
                (void) process_result_format(&run->result, c.text, sizeof(c.text));

        if (run->result.warning[0])
                log_emit(LOG_WARNING, NULL, LOG_INSTANCE(run->about), "%s: %s", run->tag,
                                run->result.warning);
        (void) run_free(run);
        r->carried(id, &c, r->userdata);
}

static void on_result(struct process *p, const struct process_result *result, void *userdata) {
        struct run *run = userdata;

        run->result = *result;
}

static void on_gone(struct process *p, void *userdata) {
        struct run *run = userdata;

        run->process = NULL;
        run_tell(run);
}

static const struct process_ops run_process_ops = { .result = on_result, .gone = on_gone };

/* First the whole group is ended; a process that does not even die then is not waited for. */
static int on_limit(sd_event_source *source, uint64_t usec, void *userdata) {
        struct run *run = userdata;

        if (run->late) {
                run_tell(run);
                return 0;
        }
        run->late = true;
        process_end(run->process);
        (void) sd_event_source_set_time_relative(source, LAST_PATIENCE_USEC);
        (void) sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
        return 0;
}

static int run_new(struct runs *r, const struct action *a, struct run **ret) {
        _cleanup_(run_freep) struct run *run = NULL;
        const char *which;
        int e;

        run = malloc(sizeof(*run));
        if (!run)
                return -ENOMEM;
        *run = (struct run){ .runs = r, .id = a->id, .about = strdup(a->about) };
        if (!run->about)
                return -ENOMEM;
        which = json_object_get_string(json_object_object_get(a->content, "which"));
        (void) snprintf(run->tag, sizeof(run->tag), "%.255s %s", a->about,
                        which ? which : "notify");

        e = sd_event_add_time_relative(r->event, &run->limit, CLOCK_MONOTONIC, r->time_limit_usec,
                        0, on_limit, run);
        if (e < 0)
                return e;
        e = sd_event_source_set_priority(run->limit, DAEMON_PRIORITY_TIMER);
        if (e < 0)
                return e;
        *ret = TAKE_PTR(run);
        return 0;
}

static int later(struct carried *ret, int error) {
        *ret = (struct carried){ .outcome = CARRIED_LATER };
        (void) snprintf(ret->text, sizeof(ret->text), "cannot start a process: %s",
                        strerrordesc_np(-error));
        return 1;
}

static int given_up(struct carried *ret, const char *why) {
        *ret = (struct carried){ .outcome = CARRIED_GIVEN_UP };
        (void) snprintf(ret->text, sizeof(ret->text), "%s", why);
        return 1;
}

int runs_start(struct runs *r, const struct action *a, const struct global_conf *global,
                struct carried *ret) {
        static char repeat[] = "MAINSTAY_REPEAT=1";
        char *const environment[] = { a->repeat ? repeat : NULL, NULL };
        _cleanup_(conf_script_done) struct conf_script conf = {};
        _cleanup_(script_done) struct script script = {};
        _cleanup_(run_freep) struct run *run = NULL;
        _cleanup_(strv_freep) char **append = NULL;
        int e;

        if (script_from_content(a->content, &conf) < 0)
                return given_up(ret, "what was kept of this script is not understood");
        append = strv_from_json(json_object_object_get(a->content, "append"));
        if (!append)
                return later(ret, -ENOMEM);
        e = run_new(r, a, &run);
        if (e < 0)
                return later(ret, e);

        script_init(&script, &conf, global);
        e = script_start(&script, r->runner, run->tag, append, environment, USEC_INFINITY,
                        &run_process_ops, run, &run->process);
        if (e == -E2BIG)
                return given_up(ret, "too many arguments");
        if (e < 0)
                return later(ret, e);
        if (e > 0)
                return given_up(ret, script.problem);

        DL_APPEND(r->list, run);
        run = NULL;
        return 0;
}

bool runs_claim(struct runs *r, const struct action *a) {
        _cleanup_(run_freep) struct run *run = NULL;

        if (run_new(r, a, &run) < 0)
                return false;
        run->process = process_claim(r->runner, run->tag, &run_process_ops, run);
        if (!run->process)
                return false;
        DL_APPEND(r->list, run);
        run = NULL;
        return true;
}

int runs_new(sd_event *event, const char *record_dir, usec_t time_limit_usec, carried_t carried,
                void *userdata, struct runs **ret) {
        _cleanup_(runs_freep) struct runs *r = NULL;
        int e;

        r = malloc(sizeof(*r));
        if (!r)
                return -ENOMEM;
        *r = (struct runs){
                .event = event,
                .time_limit_usec = time_limit_usec,
                .carried = carried,
                .userdata = userdata,
        };
        e = process_runner_new(event, record_dir, &r->runner);
        if (e < 0)
                return e;
        *ret = TAKE_PTR(r);
        return 0;
}

struct runs *runs_free(struct runs *r) {
        if (!r)
                return NULL;
        while (r->list)
                (void) run_free(r->list);
        (void) process_runner_free(r->runner);
        free(r);
        return NULL;
}
