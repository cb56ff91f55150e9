/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/server-name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

#define TEXT_MAX 128U

static int parse_port(const char *text, int *ret) {
        unsigned long v;
        char *end;

        if (text[0] < '0' || text[0] > '9')
                return -EINVAL;
        v = strtoul(text, &end, 10);
        if (*end || v > UINT16_MAX)
                return -EINVAL;
        *ret = (int) v;
        return 0;
}

/* Cut @text in two. Returns the port, or NULL: it has none. */
static char *cut_port(char *text) {
        char *colon = strchr(text, ':'), *at = strchr(text, ' ');

        if (!at && text[0] == '[')
                at = strstr(text, "]:") ? strstr(text, "]:") + 1 : NULL;
        else if (!at && colon && colon == strrchr(text, ':'))
                at = colon;
        if (at)
                *at++ = '\0';
        return at;
}

/* "[ADDRESS]" without its brackets; another text as it is. */
static char *without_brackets(char *text) {
        size_t n = strlen(text);

        if (n < 2 || text[0] != '[' || text[n - 1] != ']')
                return text;
        text[n - 1] = '\0';
        return text + 1;
}

int server_name_parse(char **words, struct server_name *ret) {
        struct server_name s = { .port = -1 };
        char text[TEXT_MAX], *port;
        int n, r;

        if (words[1] && words[2])
                return -EINVAL;
        n = snprintf(text, sizeof(text), "%s%s%s", words[0], words[1] ? " " : "", words[1] ?: "");
        if (n < 0 || n >= (int) sizeof(text))
                return -EINVAL;
        port = cut_port(text);
        r = port ? parse_port(port, &s.port) : 0;
        if (r < 0 || ip_addr_parse(without_brackets(text), &s.addr) < 0)
                return -EINVAL;
        *ret = s;
        return 0;
}

bool server_name_match(const struct server_name *wanted, const char *name) {
        char *words[] = { (char *) name, NULL };
        struct server_name s;

        return server_name_parse(words, &s) == 0 && ip_addr_equal(&s.addr, &wanted->addr) &&
                        (wanted->port < 0 || s.port == wanted->port);
}
