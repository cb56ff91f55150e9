/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Loading: read, build, check, in this order, always all three. A configuration without anything in
 * it that could be used is unusable; so is one that reading found so (no file, unbalanced braces).
 * Then the models are emptied, so that nobody acts on half a file. */

#include "common/conf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>

#include "common/conf-language.h"
#include "common/conf-load.h"
#include "common/conf-read.h"
#include "common/conf-script-text.h"

const char *conf_default_path(void) {
        static const char ours[] = MAINSTAY_SYSCONFDIR "/mainstay/mainstay.conf";
        static const char theirs[] = MAINSTAY_SYSCONFDIR "/keepalived/keepalived.conf";

        if (access(ours, F_OK) < 0 && access(theirs, F_OK) == 0)
                return theirs;
        return ours;
}

struct conf *conf_free(struct conf *c) {
        if (!c)
                return NULL;
        conf_language_free_models(c);
        conf_tree_free(c->tree);
        conf_diags_done(&c->diags);
        free(c->path);
        free(c->config_id);
        free(c);
        return NULL;
}

static char *default_config_id(void) {
        char name[HOST_NAME_MAX + 1] = "";

        (void) gethostname(name, sizeof(name) - 1);
        name[strcspn(name, ".")] = '\0';
        return strdup(name);
}

int conf_new(const char *path, const char *config_id, struct conf **ret) {
        _cleanup_(conf_freep) struct conf *c = calloc(1, sizeof(*c));

        if (!c)
                return -ENOMEM;
        c->path = strdup(path);
        c->config_id = config_id ? strdup(config_id) : default_config_id();
        c->tree = conf_tree_new();
        if (!c->path || !c->config_id || !c->tree)
                return -ENOMEM;
        *ret = TAKE_PTR(c);
        return 0;
}

/* Whether a block of the top level has made it into the model. */
static bool has_usable_block(const struct conf_tree *t) {
        const struct conf_node *n;

        DL_FOREACH (t->root->children, n) {
                if (n->row && n->has_block && !n->dropped)
                        return true;
        }
        return false;
}

static int empty_models(struct conf *c, struct conf_build *b) {
        conf_language_free_models(c);
        c->global = NULL;
        c->notify = NULL;
        return conf_language_new_models(b);
}

static void sort_diags(struct conf *c) {
        const char **files = calloc(c->tree->n_files + 1, sizeof(*files));

        if (!files)
                return;
        for (size_t i = 0; i < c->tree->n_files; i++)
                files[i] = c->tree->files[i]->name;
        conf_diags_sort(&c->diags, files, c->tree->n_files);
        free(files);
}

int conf_judge(struct conf *c, unsigned flags) {
        struct conf_build b = {
                .conf = c,
                .schema = conf_language(),
                .tree = c->tree,
                .diags = &c->diags,
        };
        int r;

        conf_diags_copy(&c->diags, &c->tree->diags);
        r = conf_language_new_models(&b);
        if (r >= 0)
                r = conf_build_tree(&b);
        if (r >= 0)
                r = conf_language_check(&b);
        if (r < 0)
                return r;
        if (flags & CONF_READ_SCRIPTS)
                conf_script_text_check(&b);
        if (c->diags.grade < CONF_UNUSABLE && !has_usable_block(c->tree))
                conf_diag_add(&c->diags, CONF_UNUSABLE, &(struct conf_pos){ .file = c->path }, NULL,
                                NULL, "there is no block in it that can be used");
        sort_diags(c);
        return c->diags.grade == CONF_UNUSABLE ? empty_models(c, &b) : 0;
}

int conf_load(const char *path, const char *config_id, unsigned flags, struct conf **ret) {
        _cleanup_(conf_freep) struct conf *c = NULL;
        int r;

        r = conf_new(path, config_id, &c);
        if (r < 0)
                return r;
        r = conf_read_files(c->tree, conf_language(), c->path, c->config_id, c->digest);
        if (r >= 0)
                r = conf_judge(c, flags);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

int conf_load_text(const char *name, const char *text, size_t n, const char *config_id,
                unsigned flags, struct conf **ret) {
        _cleanup_(conf_freep) struct conf *c = NULL;
        int r;

        r = conf_new(name, config_id, &c);
        if (r < 0)
                return r;
        r = conf_read_text(c->tree, conf_language(), c->path, text, n, c->config_id, c->digest);
        if (r >= 0)
                r = conf_judge(c, flags);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

const struct conf_diag *conf_worse_than(const struct conf *next, const struct conf *running) {
        if (next->diags.grade == CONF_UNUSABLE) {
                for (size_t i = 0; i < next->diags.n; i++)
                        if (next->diags.items[i].grade == CONF_UNUSABLE)
                                return &next->diags.items[i];
        }
        return running ? conf_diags_worse(&next->diags, &running->diags) : NULL;
}
