/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A script as configured: what to execute, as whom. The text is one or more words; the first is the
 * whole command line, which is split a second time into program and arguments (keepalived.conf(5),
 * "scripts"). Nothing here looks at the machine: whether program and user exist is found out when
 * it is started. */

#include <stdbool.h>
#include <stddef.h>

#include "common/conf-diag.h"

#define CONF_SCRIPT_ARGS_MAX 256U

struct conf_script {
        struct conf_pos pos;
        char *command; /* the command line as one string; NULL: no script configured */
        char **argv;   /* ready for execve(), NULL at the end; {"/bin/sh", "-c", command, "sh"} with
                        * needs_shell: arguments appended are then the shell's $1, $2, ... A program without
                        * a slash is to be searched in PATH. */
        char *user;    /* name or number; NULL: the default identity */
        char *group;   /* name or number; NULL: the user's primary group */
        bool supplementary; /* take on all groups of the user as well */
        bool needs_shell;   /* the command line has shell operators outside quotes */
        bool file_test; /* "</path": nothing is run; success is that argv[0] can be opened for reading */
};

void conf_script_done(struct conf_script *s);

static inline bool conf_script_is_set(const struct conf_script *s) {
        return s->command;
}

/* Split a command line into program and arguments: blanks separate, single and double quotes group,
 * pieces next to each other join; a backslash escapes, inside quotes too (\a \b \E \f \n \r \t \v,
 * octal, \xHH, \cC; before anything else it is dropped). @ret is NULL-terminated, free it with
 * conf_strv_free(). 0; -EINVAL for an unclosed quote; -E2BIG above CONF_SCRIPT_ARGS_MAX; -ENOENT
 * for an empty line; -ENOMEM. */
int conf_script_split(const char *command, char ***ret);

/* Split the raw text behind a script keyword into words by quotes alone (no escapes): the command
 * line, then user and group. Same errors. */
int conf_script_words(const char *text, char ***ret);

void conf_strv_free(char **strv);

/* Whether a command line has && || ; | or a redirection outside quotes (a < in first place is
 * file_test). */
bool conf_script_has_operators(const char *command);

/* Fill @ret from a command line. A relative program with a slash is taken from @directory (may be
 * NULL). The identity is left alone. Errors as conf_script_split(). */
int conf_script_parse(const char *command, const char *directory, struct conf_script *ret);

/* The identity: USER, USER GROUP, USER :GROUP or USER : (with all groups of the user). @group may
 * be NULL. 0, -EINVAL, -ENOMEM. */
int conf_script_set_identity(struct conf_script *s, const char *user, const char *group);
