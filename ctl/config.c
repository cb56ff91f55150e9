/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The configuration file, looked at without any daemon or bus. */

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include "common/conf.h"
#include "common/json.h"
#include "ctl/ctl.h"

/* The file that @words or -f name, else the default one. */
static int load(const struct ctl *c, char **words, unsigned flags, struct conf **ret) {
        const char *path = words[0] ?: c->conf_path ?: conf_default_path();

        return conf_load(path, c->config_id, flags, ret);
}

static json_object *string_or_null(const char *text) {
        return text ? json_object_new_string(text) : NULL;
}

static json_object *diag_as_object(const struct conf_diag *g) {
        json_object *o = json_object_new_object();

        json_object_object_add(o, "Grade", json_object_new_string(conf_grade_to_string(g->grade)));
        json_object_object_add(o, "File", string_or_null(g->pos.file));
        json_object_object_add(o, "Line", json_object_new_int64(g->pos.line));
        json_object_object_add(o, "Column", json_object_new_int64(g->pos.column));
        json_object_object_add(o, "Object", string_or_null(g->object));
        json_object_object_add(o, "What", string_or_null(g->what));
        json_object_object_add(o, "Advice", string_or_null(g->advice));
        return o;
}

static void print_json(const struct conf *conf) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        json_object *list = json_object_new_array();

        for (size_t i = 0; i < conf->diags.n; i++)
                json_object_array_add(list, diag_as_object(&conf->diags.items[i]));
        json_object_object_add(o, "File", json_object_new_string(conf->path));
        json_object_object_add(
                        o, "Grade", json_object_new_string(conf_grade_to_string(conf_grade(conf))));
        json_object_object_add(o, "Digest", json_object_new_string(conf->digest));
        json_object_object_add(o, "Diagnostics", list);
        json_object_object_add(
                        o, "Omitted", json_object_new_int64((int64_t) conf->diags.n_omitted));
        (void) puts(json_object_to_json_string_ext(
                        o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void print_text(const struct conf *conf) {
        conf_diags_print(&conf->diags, CONF_NOTE, stdout);
        printf("%s: ", conf->path);
        switch (conf_grade(conf)) {
        case CONF_CLEAN: (void) puts("no complaints"); break;
        case CONF_NOTE: (void) puts("no complaints, only notes"); break;
        case CONF_COMPLAINT: (void) puts("usable, but not all of it: see the complaints"); break;
        case CONF_UNUSABLE: (void) puts("unusable"); break;
        case _CONF_GRADE_MAX: break;
        }
}

int verb_config_check(const struct ctl *c, char **words) {
        _cleanup_(conf_freep) struct conf *conf = NULL;
        int r;

        r = load(c, words, CONF_READ_SCRIPTS, &conf);
        if (r < 0)
                return r;

        if (c->json)
                print_json(conf);
        else
                print_text(conf);
        return conf_grade_exit_status(conf_grade(conf));
}

int verb_config_dump(const struct ctl *c, char **words) {
        _cleanup_(conf_freep) struct conf *conf = NULL;
        int r;

        r = load(c, words, 0, &conf);
        if (r < 0)
                return r;
        conf_diags_print(&conf->diags, CONF_COMPLAINT, stderr);
        if (conf_grade(conf) == CONF_UNUSABLE)
                return CTL_UNUSABLE;
        r = conf_dump(conf, stdout);
        return r < 0 ? r : CTL_OK;
}

int verb_config_explain(const struct ctl *c, char **words) {
        const char *nearest = NULL;
        int r;

        r = conf_explain(words[0], stdout, &nearest);
        if (r != -ENOENT)
                return r < 0 ? r : CTL_OK;

        (void) fprintf(stderr, "'%s' is no keyword of the configuration", words[0]);
        if (nearest)
                (void) fprintf(stderr, "; the nearest one is '%s'", nearest);
        (void) fputs(".\n", stderr);
        return CTL_FAILED;
}
