/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Splitting of script lines. One scanner serves the three questions: words by quotes, words by
 * quotes and escapes, operators outside quotes. Backslashes escape inside quotes of either kind,
 * too: that is what keepalived does, though a shell would not. */

#include "common/conf-script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-lex.h"
#include "common/macro.h"

#define SHELL "/bin/sh"

void conf_strv_free(char **strv) {
        for (char **s = strv; s && *s; s++)
                free(*s);
        free(strv);
}

static void strv_freep(char ***strv) {
        conf_strv_free(*strv);
}

void conf_script_done(struct conf_script *s) {
        free(s->command);
        conf_strv_free(s->argv);
        free(s->user);
        free(s->group);
        *s = (struct conf_script){};
}

/* Digits of @base at @s, at most @max of them, as one character; what is left of the string in @s. */
static char take_digits(const char **s, int base, int max) {
        char digits[4] = {};
        int n = 0;

        while (n < max && (*s)[n] &&
                        strchr(base == 8 ? "01234567" : "0123456789abcdefABCDEF", (*s)[n])) {
                digits[n] = (*s)[n];
                n++;
        }
        *s += n;
        return (char) strtol(digits, NULL, base);
}

/* The character that the escape at @s (behind the backslash) means; @s goes behind it. */
static char take_escape(const char **s) {
        static const char letters[] = "abEfnrtv", meanings[] = "\a\b\033\f\n\r\t\v";
        const char *letter;
        char c = **s;

        if (c >= '0' && c <= '7')
                return take_digits(s, 8, 3);
        (*s)++;
        if (c == 'x' && **s && strchr("0123456789abcdefABCDEF", **s))
                return take_digits(s, 16, 2);
        if (c == 'c' && **s) {
                c = **s;
                (*s)++;
                return c & 0x1f;
        }
        letter = strchr(letters, c);
        return letter ? meanings[letter - letters] : c;
}

/* Read one word at @s into @buf, which has room for all of it. 0 or -EINVAL. */
static int take_word(const char **s, bool escapes, char *buf) {
        char quote = 0;

        while (**s && (quote || !conf_lex_is_blank(**s))) {
                char c = *(*s)++;

                if (escapes && c == '\\' && **s)
                        *buf++ = take_escape(s);
                else if (quote ? c == quote : c == '"' || c == '\'')
                        quote = quote ? 0 : c;
                else
                        *buf++ = c;
        }
        *buf = '\0';
        return quote ? -EINVAL : 0;
}

static int split(const char *text, bool escapes, char ***ret) {
        _cleanup_(strv_freep) char **words = calloc(CONF_SCRIPT_ARGS_MAX + 1, sizeof(*words));
        _cleanup_free_ char *buf = malloc(strlen(text) + 1);
        const char *s = conf_lex_skip_blanks(text);
        size_t n = 0;

        if (!words || !buf)
                return -ENOMEM;
        for (; *s; s = conf_lex_skip_blanks(s)) {
                int r = take_word(&s, escapes, buf);

                if (r < 0)
                        return r;
                if (n >= CONF_SCRIPT_ARGS_MAX)
                        return -E2BIG;
                words[n] = strdup(buf);
                if (!words[n++])
                        return -ENOMEM;
        }
        if (n == 0)
                return -ENOENT;
        *ret = TAKE_PTR(words);
        return 0;
}

int conf_script_split(const char *command, char ***ret) {
        return split(command, true, ret);
}

int conf_script_words(const char *text, char ***ret) {
        return split(text, false, ret);
}

bool conf_script_has_operators(const char *command) {
        const char *first = conf_lex_skip_blanks(command);
        char quote = 0;

        for (const char *s = first; *s; s++) {
                if (*s == '\\' && s[1])
                        s++;
                else if (quote)
                        quote = *s == quote ? 0 : quote;
                else if (*s == '"' || *s == '\'')
                        quote = *s;
                else if (*s == ';' || *s == '|' || (*s == '&' && s[1] == '&'))
                        return true;
                else if ((*s == '<' || *s == '>') && s > first)
                        return true;
        }
        return false;
}

static int shell_argv(const char *command, char ***ret) {
        _cleanup_(strv_freep) char **argv = calloc(5, sizeof(*argv));
        const char *const words[] = { SHELL, "-c", command, "sh" };

        if (!argv)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                argv[i] = strdup(words[i]);
                if (!argv[i])
                        return -ENOMEM;
        }
        *ret = TAKE_PTR(argv);
        return 0;
}

/* "dir/x" and "./x" are meant from the directory of the file that says so. */
static int make_absolute(char **program, const char *directory) {
        char *joined = NULL;

        if (!directory || (*program)[0] == '/' || !strchr(*program, '/'))
                return 0;
        if (asprintf(&joined, "%s/%s", directory, *program) < 0)
                return -ENOMEM;
        free(*program);
        *program = joined;
        return 0;
}

static int parse_argv(const char *command, const char *directory, struct conf_script *s) {
        int r;

        if (conf_script_has_operators(command)) {
                s->needs_shell = true;
                return shell_argv(command, &s->argv);
        }
        r = conf_script_split(command, &s->argv);
        if (r < 0)
                return r;
        if (s->argv[0][0] == '<') {
                memmove(s->argv[0], s->argv[0] + 1, strlen(s->argv[0]));
                s->file_test = true;
        }
        if (!s->argv[0][0])
                return -ENOENT;
        return make_absolute(&s->argv[0], directory);
}

int conf_script_parse(const char *command, const char *directory, struct conf_script *ret) {
        struct conf_script s = {};
        int r;

        r = parse_argv(command, directory, &s);
        if (r >= 0) {
                s.command = strdup(command);
                r = s.command ? 0 : -ENOMEM;
        }
        if (r < 0) {
                conf_script_done(&s);
                return r;
        }
        ret->command = s.command;
        ret->argv = s.argv;
        ret->needs_shell = s.needs_shell;
        ret->file_test = s.file_test;
        return 0;
}

int conf_script_set_identity(struct conf_script *s, const char *user, const char *group) {
        _cleanup_free_ char *u = NULL, *g = NULL;
        bool supplementary = false;

        if (!*user || *user == ':')
                return -EINVAL;
        if (group && *group == ':') {
                supplementary = true;
                group++;
        }
        u = strdup(user);
        if (!u)
                return -ENOMEM;
        if (group && *group) {
                g = strdup(group);
                if (!g)
                        return -ENOMEM;
        }
        free(s->user);
        free(s->group);
        s->user = TAKE_PTR(u);
        s->group = TAKE_PTR(g);
        s->supplementary = supplementary;
        return 0;
}
