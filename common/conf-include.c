/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/conf-include.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf-script.h"
#include "common/macro.h"

int conf_include_checks(const char *word) {
        static const struct {
                const char *word;
                unsigned checks;
        } forms[] = {
                { "include", 0 },
                { "includer", CONF_INCLUDE_READ },
                { "includem", CONF_INCLUDE_READ | CONF_INCLUDE_MATCH },
                { "includew",
                                CONF_INCLUDE_READ | CONF_INCLUDE_MATCH |
                                                CONF_INCLUDE_WILDCARD_MATCH },
                { "includeb", CONF_INCLUDE_READ | CONF_INCLUDE_BRACE_MATCH },
                { "includea", CONF_INCLUDE_ALL },
        };

        for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
                if (streq(forms[i].word, word))
                        return (int) forms[i].checks;
        return -ENOENT;
}

int conf_include_check_word(const char *word, bool first, unsigned *checks) {
        static const struct {
                const char *word;
                unsigned check;
        } names[] = {
                { "read", CONF_INCLUDE_READ },
                { "match", CONF_INCLUDE_MATCH },
                { "wildcard_match", CONF_INCLUDE_WILDCARD_MATCH },
                { "brace_match", CONF_INCLUDE_BRACE_MATCH },
        };
        char sign = *word == '+' || *word == '-' ? *word++ : 0;

        if (!sign && !first)
                return -EINVAL;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                if (!streq(names[i].word, word))
                        continue;
                if (sign == '-')
                        *checks &= ~names[i].check;
                else
                        *checks = (sign ? *checks : 0) | names[i].check;
                return 0;
        }
        return -EINVAL;
}

/* The first {...} of @s with a comma in it: its end, or NULL. */
static const char *brace_end(const char *open) {
        unsigned depth = 0;

        for (const char *s = open; *s; s++) {
                depth += *s == '{';
                if (*s == '}' && --depth == 0)
                        return s;
        }
        return NULL;
}

static int add(char **list, size_t *n, const char *pattern) {
        const char *open = strchr(pattern, '{'), *close = open ? brace_end(open) : NULL;
        unsigned depth = 0;

        if (!close) {
                if (*n >= CONF_INCLUDE_ALTERNATIVES_MAX)
                        return -E2BIG;
                list[*n] = strdup(pattern);
                return list[(*n)++] ? 0 : -ENOMEM;
        }
        for (const char *s = open + 1, *from = s; s <= close; s++) {
                _cleanup_free_ char *one = NULL;
                int r;

                depth += *s == '{';
                depth -= *s == '}' && s < close;
                if (s < close && (*s != ',' || depth > 0))
                        continue;
                if (asprintf(&one, "%.*s%.*s%s", (int) (open - pattern), pattern, (int) (s - from),
                                    from, close + 1) < 0)
                        return -ENOMEM;
                r = add(list, n, one);
                if (r < 0)
                        return r;
                from = s + 1;
        }
        return 0;
}

int conf_include_alternatives(const char *pattern, char ***ret) {
        char **list = calloc(CONF_INCLUDE_ALTERNATIVES_MAX + 1, sizeof(*list));
        size_t n = 0;
        int r;

        if (!list)
                return -ENOMEM;
        r = add(list, &n, pattern);
        if (r < 0) {
                conf_strv_free(list);
                return r;
        }
        *ret = list;
        return 0;
}
