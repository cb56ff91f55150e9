/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/process-environment.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "common/macro.h"

/* Names; with '*' at the end: beginnings of names. */
static const char *const withheld[] = {
        "IFS",
        "LD_*",
        "NOTIFY_SOCKET",
        "WATCHDOG_*",
        "LISTEN_*",
        "JOURNAL_STREAM",
        "RUNTIME_DIRECTORY",
        "STATE_DIRECTORY",
};

static bool matches(const char *variable, size_t name, const char *pattern) {
        size_t n = strlen(pattern);

        if (pattern[n - 1] == '*')
                return name >= n - 1 && strncmp(variable, pattern, n - 1) == 0;
        return name == n && strncmp(variable, pattern, n) == 0;
}

static bool is_withheld(const char *variable, char *const *extra) {
        size_t name = strcspn(variable, "=");

        for (size_t i = 0; i < ARRAY_SIZE(withheld); i++)
                if (matches(variable, name, withheld[i]))
                        return true;
        for (; extra && *extra; extra++)
                if (strncmp(variable, *extra, name) == 0 && (*extra)[name] == '=')
                        return true;
        return false;
}

static size_t count(char *const *strings) {
        size_t n = 0;

        while (strings && strings[n])
                n++;
        return n;
}

int process_environment_new(char *const *extra, char ***ret) {
        char **environment;
        size_t n = 0;

        environment = calloc(count(environ) + count(extra) + 1, sizeof(*environment));
        if (!environment)
                return -ENOMEM;
        for (char *const *e = environ; e && *e; e++)
                if (!is_withheld(*e, extra))
                        environment[n++] = *e;
        for (char *const *e = extra; e && *e; e++)
                environment[n++] = *e;
        *ret = environment;
        return 0;
}

char **process_environment_free(char **environment) {
        free(environment);
        return NULL;
}
