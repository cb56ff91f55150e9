/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/process-match.h"

#include <string.h>

#include "common/macro.h"

bool process_image_parse_stat(const char *stat, struct process_image *ret) {
        const char *open = strchr(stat, '('), *close = strrchr(stat, ')');
        size_t n;

        if (!open || !close || close < open || close[1] != ' ' || !close[2])
                return false;
        n = MIN((size_t) (close - open - 1), sizeof(ret->comm) - 1);
        memcpy(ret->comm, open + 1, n);
        ret->comm[n] = '\0';
        ret->dead = close[2] == 'Z' || close[2] == 'X';
        return true;
}

/* A name that the kernel would have cut is looked for where it is whole. */
static bool is_cut(const char *name) {
        return strlen(name) >= PROCESS_COMM_MAX;
}

bool process_match_needs_cmdline(const struct check_process_conf *c) {
        return c->full_command || c->argv[1] || c->param_match != CHECK_PARAMS_UNSET ||
                        is_cut(c->argv[0]);
}

/* The words of @c, compared with as many of @i: how many bytes of the command line they are; 0: they are not.
 * @longer: the last may go on. */
static size_t compare_words(
                const struct check_process_conf *c, const struct process_image *i, bool longer) {
        size_t at = 0;

        for (char *const *word = c->argv; *word; word++) {
                size_t n = strlen(*word);
                bool last = !word[1] && word != c->argv;

                if (at + n >= i->cmdline_bytes || memcmp(i->cmdline + at, *word, n) != 0)
                        return 0;
                if (i->cmdline[at + n] != '\0' && !(longer && last))
                        return 0;
                at += n + strlen(i->cmdline + at + n) + 1;
        }
        return at;
}

static bool match_parameters(const struct check_process_conf *c, const struct process_image *i) {
        size_t n = compare_words(c, i, c->param_match == CHECK_PARAMS_INITIAL);

        if (n == 0)
                return false;
        switch ((enum check_params_conf) c->param_match) {
        case CHECK_PARAMS_UNSET: return !c->argv[1] || n == i->cmdline_bytes;
        case CHECK_PARAMS_EXACT: return n == i->cmdline_bytes;
        case CHECK_PARAMS_INITIAL:
        case CHECK_PARAMS_PARTIAL: break;
        }
        return true;
}

/* The name without its directory, as comm is. */
static bool match_long_name(const char *name, const struct process_image *i) {
        const char *slash = strrchr(i->cmdline, '/');

        return streq(i->cmdline, name) || (slash && streq(slash + 1, name));
}

static bool compares_cmdline(const struct check_process_conf *c) {
        return c->full_command || c->argv[1] || c->param_match != CHECK_PARAMS_UNSET;
}

bool process_match(const struct check_process_conf *c, const struct process_image *i) {
        if (i->dead)
                return false;
        if (!process_match_needs_cmdline(c))
                return streq(c->argv[0], i->comm);
        if (!i->cmdline || i->cmdline_bytes == 0)
                return false;
        return compares_cmdline(c) ? match_parameters(c, i) : match_long_name(c->argv[0], i);
}

bool process_match_same(const struct check_process_conf *a, const struct check_process_conf *b) {
        size_t k = 0;

        if (a->param_match != b->param_match || a->full_command != b->full_command)
                return false;
        while (a->argv[k] && b->argv[k] && streq(a->argv[k], b->argv[k]))
                k++;
        return !a->argv[k] && !b->argv[k];
}
