/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The configuration: keepalived's language, read whole by each of the four daemons and the command
 * line, so that all agree about it. Text -> logical lines -> tree with positions -> typed model ->
 * checked model. Each stage is a function of its input and adds to one list of diagnostics; none
 * looks at the machine (a missing interface is a state at run time) and none stops before the end
 * of the file.
 *
 * A struct conf is never changed after it was loaded. All pointers in it live as long as it does. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/conf-diag.h"
#include "common/conf-script.h"

struct check_conf;
struct conf_tree;
struct global_conf;
struct ipvs_conf;
struct notify_conf;
struct vrrp_conf;

#define CONF_DIGEST_STRLEN 65U /* SHA-256 in hex and a NUL */

struct conf {
        char *path;                      /* of the main file, as given */
        char *config_id;                 /* what @id lines and ${_INSTANCE} compare with */
        char digest[CONF_DIGEST_STRLEN]; /* over the config id and the raw bytes of all files read */
        struct conf_diags diags;
        struct conf_tree *tree;

        struct global_conf *global; /* common/conf-global.h */
        struct vrrp_conf *vrrp;     /* vrrpd/conf.h */
        struct check_conf *check;   /* checkd/conf.h */
        struct ipvs_conf *ipvs;     /* ipvsd/conf.h */
        struct notify_conf *notify; /* notifyd/conf.h */
};

enum {
        CONF_READ_SCRIPTS = 1
                        << 0, /* `config check`: also open the scripts named and warn of what they do */
};

/* Where the file is when -f does not say: the first of /etc/mainstay/mainstay.conf and
 * /etc/keepalived/keepalived.conf that exists, else the first. A constant string. */
const char *conf_default_path(void);

/* Load the file at @path (a glob, too). @config_id may be NULL: the host name up to its first dot.
 * Returns 0 whenever there is something to say, an unusable or missing file included: then the
 * models are empty and @ret's grade is CONF_UNUSABLE. Negative only without memory. */
int conf_load(const char *path, const char *config_id, unsigned flags, struct conf **ret);

/* The same for a text in memory, called @name in messages: for tests. */
int conf_load_text(const char *name, const char *text, size_t n, const char *config_id,
                unsigned flags, struct conf **ret);

struct conf *conf_free(struct conf *c);
DEFINE_CLEANUP_FUNC(struct conf *, conf_free);

static inline enum conf_grade conf_grade(const struct conf *c) {
        return c->diags.grade;
}

/* Why a reload to @next is a change for the worse: the first complaint that @running does not have,
 * or the reason why @next is unusable. NULL: it is not. @running may be NULL (then only unusable
 * counts). */
const struct conf_diag *conf_worse_than(const struct conf *next, const struct conf *running);

/* Write the configuration in keepalived's syntax: one file, includes and variables resolved,
 * dropped parts left out. Loading the output gives an equal configuration. */
int conf_dump(const struct conf *c, FILE *to);

/* Keep an accepted configuration: what was read, expanded, with positions and diagnostics, as one
 * file @name in directory @dirfd, replaced atomically. 0 or -errno. */
int conf_save_expanded(const struct conf *c, int dirfd, const char *name);

/* Read it back. The result has the same models, positions, digest and diagnostics. 0; -ENOENT;
 * -EBADMSG for a torn or foreign file, which is to be ignored with a message; other -errno. */
int conf_load_expanded(int dirfd, const char *name, struct conf **ret);

/* Explain @keyword on @to: where it may stand, its type, range, unit, default, owner, source. 0, or
 * -ENOENT for a word that is no keyword: then @ret_nearest (may be NULL) is the nearest one or
 * NULL. */
int conf_explain(const char *keyword, FILE *to, const char **ret_nearest);
