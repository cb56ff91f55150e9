/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Variables. Names that begin with an underscore are the built-in ones unless somebody redefines
 * them.
 *
 * keepalived seeds ${_RANDOM} with the time. Here four programs read the same file and must agree
 * about it, so the caller seeds it with something that is the same for all of them. */

#include "common/conf-variable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/cleanup.h"
#include "common/conf-lex.h"
#include "common/macro.h"

#define RANDOM_MAX_DEFAULT 32767

struct conf_variable {
        UT_hash_handle hh;
        char *value;
        char name[];
};

static void variable_free(struct conf_variable *v) {
        free(v->value);
        free(v);
}

void conf_variables_done(struct conf_variables *v) {
        struct conf_variable *i, *tmp;

        HASH_ITER (hh, v->table, i, tmp) {
                HASH_DEL(v->table, i);
                variable_free(i);
        }
        *v = (struct conf_variables){};
}

static struct conf_variable *find(const struct conf_variables *v, const char *name, size_t n) {
        struct conf_variable *found = NULL;

        HASH_FIND(hh, v->table, name, n, found);
        return found;
}

int conf_variable_set(struct conf_variables *v, const char *name, const char *value) {
        size_t n = strlen(name);
        struct conf_variable *old = find(v, name, n), *added;
        char *copy;

        if (!old && v->n >= CONF_VARIABLES_MAX)
                return -E2BIG;
        copy = strdup(value);
        if (!copy)
                return -ENOMEM;
        if (old) {
                free(old->value);
                old->value = copy;
                return 0;
        }
        added = calloc(1, sizeof(*added) + n + 1);
        if (!added) {
                free(copy);
                return -ENOMEM;
        }
        added->value = copy;
        memcpy(added->name, name, n);
        HASH_ADD_KEYPTR(hh, v->table, added->name, n, added);
        v->n++;
        return 0;
}

void conf_variable_unset(struct conf_variables *v, const char *name) {
        struct conf_variable *old = find(v, name, strlen(name));

        if (!old)
                return;
        HASH_DEL(v->table, old);
        variable_free(old);
        v->n--;
}

const char *conf_variable_get(const struct conf_variables *v, const char *name) {
        const struct conf_variable *found = find(v, name, strlen(name));

        return found ? found->value : NULL;
}

static bool is_name_char(char c, bool first) {
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (!first && c >= '0' && c <= '9');
}

size_t conf_variable_name_length(const char *s) {
        size_t n = 0;

        while (is_name_char(s[n], n == 0))
                n++;
        return n;
}

bool conf_variable_is_definition(const char *line, size_t *ret_name_length) {
        size_t n;

        if (line[0] != '$')
                return false;
        n = conf_variable_name_length(line + 1);
        if (n == 0 || line[1 + n] != '=')
                return false;
        *ret_name_length = n;
        return true;
}

/* splitmix64: any seed will do. */
static uint64_t random_next(uint64_t *state) {
        uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

/* "" or "MIN" or "MIN MAX", of which MIN alone means up to the default maximum. */
static int expand_random(struct conf_variables *v, const char *args, char **ret) {
        unsigned long low = 0, high = RANDOM_MAX_DEFAULT;

        (void) sscanf(args, "%9lu %9lu", &low, &high);
        if (low > high)
                high = low;
        if (asprintf(ret, "%lu",
                            low + (unsigned long) (random_next(&v->random) % (high - low + 1))) < 0)
                return -ENOMEM;
        return 0;
}

static int copy_to(const char *value, char **ret) {
        *ret = strdup(value);
        return *ret ? 0 : -ENOMEM;
}

static int expand_env(const char *args, char **ret) {
        _cleanup_free_ char *name = NULL;
        const char *value;
        size_t n = strcspn(args, " \t");

        name = strndup(args, n);
        if (!name)
                return -ENOMEM;
        value = n > 0 ? getenv(name) : NULL;
        return copy_to(value && !strpbrk(value, "\n\r\x01\x02") ? value : "", ret);
}

/* The value of @n bytes of @name with @args behind it; CONF_VARIABLE_NONE for one not defined. */
static int lookup(struct conf_variables *v, const struct conf_variable_context *ctx,
                const char *name, size_t n, const char *args, char **ret) {
        const struct conf_variable *found = find(v, name, n);
        const struct {
                const char *name;
                const char *value;
        } builtin[] = {
                { "_PWD", ctx->directory },
                { "_INSTANCE", ctx->config_id },
                { "_HASH", "\x01" },
                { "_BANG", "\x02" },
        };

        if (found && !*args)
                return copy_to(found->value, ret);
        if (n == 7 && memcmp(name, "_RANDOM", n) == 0)
                return expand_random(v, args, ret);
        if (n == 4 && memcmp(name, "_ENV", n) == 0)
                return expand_env(args, ret);
        for (size_t i = 0; i < ARRAY_SIZE(builtin); i++)
                if (!*args && strlen(builtin[i].name) == n && memcmp(name, builtin[i].name, n) == 0)
                        return copy_to(builtin[i].value ?: "", ret);
        return CONF_VARIABLE_NONE;
}

/* A use at @s (its $): its value and its length. CONF_VARIABLE_NONE when this is not a use of
 * anything known. */
static int use_at(struct conf_variables *v, const struct conf_variable_context *ctx, const char *s,
                char **ret, size_t *ret_length) {
        _cleanup_free_ char *args = NULL;
        bool braced = s[1] == '{';
        const char *name = s + (braced ? 2 : 1), *end;
        size_t n = conf_variable_name_length(name);

        if (n == 0)
                return CONF_VARIABLE_NONE;
        end = name + n;
        if (braced) {
                const char *close = strchr(end, '}');

                if (!close || (close != end && !conf_lex_is_blank(*end)))
                        return CONF_VARIABLE_NONE;
                end = conf_lex_skip_blanks(end);
                args = end < close ? strndup(end, (size_t) (close - end)) : strdup("");
                end = close + 1;
        } else {
                if (*end && !conf_lex_is_blank(*end) && *end != ',' && *end != ')')
                        return CONF_VARIABLE_NONE;
                args = strdup("");
        }
        if (!args)
                return -ENOMEM;
        *ret_length = (size_t) (end - s);
        return lookup(v, ctx, name, n, args, ret);
}

/* A value of several lines may only be used where it ends the line. */
static bool may_stand(const char *value, const char *behind) {
        return !strchr(value, '\n') || !*conf_lex_skip_blanks(behind);
}

int conf_variable_expand_first(struct conf_variables *v, const struct conf_variable_context *ctx,
                const char *line, size_t from, char **ret, size_t *ret_at) {
        for (const char *s = strchr(line + from, '$'); s; s = strchr(s + 1, '$')) {
                _cleanup_free_ char *value = NULL;
                size_t length;
                int r;

                r = use_at(v, ctx, s, &value, &length);
                if (r < 0)
                        return r;
                if (r > 0 || !may_stand(value, s + length))
                        continue;
                if (asprintf(ret, "%.*s%s%s", (int) (s - line), line, value, s + length) < 0)
                        return -ENOMEM;
                *ret_at = (size_t) (s - line);
                return 0;
        }
        return CONF_VARIABLE_NONE;
}
