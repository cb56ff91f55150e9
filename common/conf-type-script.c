/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Scripts as values. They read the text of the line themselves, because single quotes count in
 * them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf-script.h"
#include "common/conf-type.h"

static void strv_freep(char ***strv) {
        conf_strv_free(*strv);
}

static int refuse(const struct conf_parse *p, int error) {
        if (error == -ENOMEM)
                return error;
        conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s: %s", p->row->key,
                        error == -EINVAL                  ? "a quote is not closed"
                                        : error == -E2BIG ? "too many arguments"
                                                          : "no command");
        return CONF_TYPE_REFUSED;
}

static int parse_command_line(const struct conf_parse *p, const char *line, struct conf_script *s) {
        int r;

        r = conf_script_parse(line, p->node->directory, s);
        if (r < 0)
                return refuse(p, r);
        s->pos = p->node->pos;
        if (s->needs_shell)
                conf_parse_say(p, CONF_NOTE, 0, "keepalived would pass the operators as arguments",
                                "%s: a command line with shell operators is run by /bin/sh -c",
                                p->row->key);
        return 0;
}

static int parse_words(const struct conf_parse *p, char ***ret) {
        int r = conf_script_words(conf_node_rest(p->node), ret);

        return r < 0 ? refuse(p, r) : 0;
}

static size_t strv_length(char **strv) {
        size_t n = 0;

        while (strv[n])
                n++;
        return n;
}

static int parse_identity(const struct conf_parse *p, char **words, struct conf_script *s) {
        int r = conf_script_set_identity(s, words[0], words[1]);

        if (r != -EINVAL)
                return r;
        conf_parse_say(p, CONF_COMPLAINT, 1, NULL, "%s: no user", p->row->key);
        return CONF_TYPE_REFUSED;
}

/* COMMAND [USER [GROUP]] */
static int parse_script(const struct conf_parse *p, void *field) {
        _cleanup_(strv_freep) char **words = NULL;
        struct conf_script s = {};
        int r;

        r = parse_words(p, &words);
        if (r != 0)
                return r;
        r = parse_command_line(p, words[0], &s);
        if (r == 0 && words[1])
                r = parse_identity(p, words + 1, &s);
        if (r == 0 && words[1] && (words[1][0] == '-' || strchr(words[1], '/')))
                conf_parse_say(p, CONF_COMPLAINT, 1,
                                "put the command and its arguments in double quotes",
                                "%s: %s is taken as a user", p->row->key, words[1]);
        else if (r == 0 && strv_length(words) > 3)
                conf_parse_say(p, CONF_COMPLAINT, 3,
                                "put the command and its arguments in double quotes",
                                "%s: %s and what follows is ignored", p->row->key, words[3]);
        if (r != 0) {
                conf_script_done(&s);
                return r;
        }
        *(struct conf_script *) field = s;
        return 0;
}

static int parse_optional_script(const struct conf_parse *p, void *field) {
        return conf_parse_n(p) > 0 ? parse_script(p, field) : 0;
}

/* COMMAND alone: further words are ignored. */
static int parse_command(const struct conf_parse *p, void *field) {
        _cleanup_(strv_freep) char **words = NULL;
        int r;

        r = parse_words(p, &words);
        if (r != 0)
                return r;
        if (words[1])
                conf_parse_say(p, CONF_COMPLAINT, 1,
                                "put the command and its arguments in double quotes",
                                "%s: %s and what follows is ignored", p->row->key, words[1]);
        return parse_command_line(p, words[0], field);
}

/* USER [GROUP] */
static int parse_user(const struct conf_parse *p, void *field) {
        char *words[] = { (char *) conf_parse_word(p, 0),
                conf_parse_n(p) > 1 ? (char *) conf_parse_word(p, 1) : NULL };

        return parse_identity(p, words, field);
}

static void done_script(void *field) {
        conf_script_done(field);
}

const struct conf_type conf_script = {
        .name = "a command in one word, then user and group",
        .syntax = "COMMAND [USER [GROUP]]",
        .size = sizeof(struct conf_script),
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .raw = true,
        .parse = parse_script,
        .done = done_script,
};
const struct conf_type conf_optional_script = {
        .name = "a command in one word, then user and group, or nothing",
        .syntax = "[COMMAND [USER [GROUP]]]",
        .size = sizeof(struct conf_script),
        .max_args = CONF_ARGS_ANY,
        .raw = true,
        .parse = parse_optional_script,
        .done = done_script,
};
const struct conf_type conf_command = {
        .name = "a command in one word",
        .syntax = "COMMAND",
        .size = sizeof(struct conf_script),
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .raw = true,
        .parse = parse_command,
        .done = done_script,
};
const struct conf_type conf_user = {
        .name = "a user, perhaps a group",
        .syntax = "USER [[:]GROUP]",
        .size = sizeof(struct conf_script),
        .min_args = 1,
        .max_args = 2,
        .parse = parse_user,
        .done = done_script,
};
