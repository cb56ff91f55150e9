/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

#define DEFAULT_USER "keepalived_script"

/* What a script runs as, as far as the file says. */
struct wish {
        const char *user; /* NULL: nothing was said */
        const char *group;
        bool supplementary;
};

static struct wish wish_of(const struct conf_script *c, const struct global_conf *g) {
        bool all = g->set_supplementary_groups;

        if (c->user)
                return (struct wish){ c->user, c->group, c->supplementary || all };
        return (struct wish){ g->script_user, g->script_group, g->script_supplementary || all };
}

/* What the user database said, as opposed to that it could not be asked. */
static void explain_lookup(struct script *s, const struct wish *w, int error) {
        if (error == -ENOENT && !w->user)
                (void) snprintf(s->problem, sizeof(s->problem),
                                "cannot run: enable_script_security is set, but there is neither "
                                "script_user nor a user " DEFAULT_USER);
        else if (error == -ENOENT)
                (void) snprintf(s->problem, sizeof(s->problem), "cannot run: no user %s", w->user);
        else if (error == -ENXIO)
                (void) snprintf(s->problem, sizeof(s->problem), "cannot run: no group %s",
                                w->group);
        else if (error == -E2BIG)
                (void) snprintf(s->problem, sizeof(s->problem),
                                "cannot run: user %s is in too many groups",
                                w->user ?: DEFAULT_USER);
        else
                s->lookup_error = error;
}

/* Nobody said whom to be: keepalived_script where there is such a user, else what the daemon is, which
 * enable_script_security does not let pass. */
static int look_up_default(struct script *s, const struct wish *w) {
        int r;

        r = process_identity_lookup(DEFAULT_USER, NULL, w->supplementary, &s->identity);
        if (r != -ENOENT || s->global->script_security)
                return r;
        process_identity_self(&s->identity);
        return 0;
}

static void look_up(struct script *s) {
        struct wish w = wish_of(s->conf, s->global);
        int r;

        s->problem[0] = '\0';
        s->lookup_error = 0;
        s->looked_up_usec = usec_now(CLOCK_MONOTONIC);
        if (w.user)
                r = process_identity_lookup(w.user, w.group, w.supplementary, &s->identity);
        else
                r = look_up_default(s, &w);
        s->identity_known = r >= 0;
        if (r < 0)
                explain_lookup(s, &w, r);
}

/* What a shell is to run is looked at in its place; what cannot be told from the text is not. */
static char *program_of(const struct conf_script *c) {
        char **words = NULL;
        char *program = NULL;

        if (!c->needs_shell || conf_script_split(c->command, &words) < 0)
                return NULL;
        if (words[0][0] == '/')
                program = strdup(words[0]);
        conf_strv_free(words);
        return program;
}

void script_init(struct script *s, const struct conf_script *conf,
                const struct global_conf *global) {
        *s = (struct script){ .conf = conf, .global = global, .program = program_of(conf) };
        look_up(s);
}

void script_done(struct script *s) {
        free(s->program);
        *s = (struct script){};
}

void script_rebase(struct script *s, const struct conf_script *conf,
                const struct global_conf *global) {
        script_done(s);
        script_init(s, conf, global);
}

static bool wish_equal(const struct wish *a, const struct wish *b) {
        return streq_ptr(a->user, b->user) && streq_ptr(a->group, b->group) &&
                        a->supplementary == b->supplementary;
}

bool script_same(const struct conf_script *a, const struct global_conf *a_global,
                const struct conf_script *b, const struct global_conf *b_global) {
        struct wish wish_a = wish_of(a, a_global), wish_b = wish_of(b, b_global);

        return streq_ptr(a->command, b->command) && a->needs_shell == b->needs_shell &&
                        a->file_test == b->file_test && wish_equal(&wish_a, &wish_b);
}

/* The configured words and the further ones. Borrows all strings. */
static int append_arguments(char *const *argv, char *const *append, char ***ret) {
        size_t n = 0, k = 0;
        char **all;

        while (argv[n])
                n++;
        while (append && append[k])
                k++;
        all = calloc(n + k + 1, sizeof(*all));
        if (!all)
                return -ENOMEM;
        memcpy(all, argv, n * sizeof(*all));
        if (k > 0)
                memcpy(all + n, append, k * sizeof(*all));
        *ret = all;
        return 0;
}

int script_start(struct script *s, struct process_runner *runner, const char *tag,
                char *const *append, char *const *environment, usec_t timeout_usec,
                const struct process_ops *ops, void *userdata, struct process **ret) {
        _cleanup_free_ char **argv = NULL;
        int r;

        if (!s->identity_known &&
                        usec_now(CLOCK_MONOTONIC) >= s->looked_up_usec + SCRIPT_LOOKUP_USEC)
                look_up(s);
        if (!s->identity_known)
                return s->lookup_error < 0 ? s->lookup_error : 1;
        r = append_arguments(s->conf->argv, append, &argv);
        if (r < 0)
                return r;
        return process_start(runner,
                        &(struct process_spec){
                                        .tag = tag,
                                        .argv = argv,
                                        .file_test = s->conf->file_test,
                                        .inspect = s->program,
                                        .secure = s->global->script_security,
                                        .identity = &s->identity,
                                        .environment = environment,
                                        .timeout_usec = timeout_usec,
                                        .hold_open = s->hold_open,
                        },
                        ops, userdata, ret);
}
