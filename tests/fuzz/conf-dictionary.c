/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Prints libFuzzer's dictionary of the configuration language: all keywords, from their rows, and
 * what the lexical rules know. */

#include <stdio.h>

#include "common/conf-language.h"

static void print(const char *word) {
        if (!word)
                return;
        putchar('"');
        for (; *word; word++)
                printf(*word == '"' || *word == '\\' ? "\\%c" : "%c", *word);
        puts("\"");
}

static int print_row(
                const struct conf_section *section, const struct conf_row *row, void *userdata) {
        print(row->key);
        print(row->alias);
        print(row->old_alias);
        for (const struct conf_name *n = row->names; n && n->name; n++)
                print(n->name);
        return 0;
}

int main(void) {
        static const char *const others[] = {
                "{",
                "}",
                "#",
                "!",
                "\"",
                "\\",
                "@node ",
                "@^node ",
                "$A=",
                "${A}",
                "$A",
                "~SEQ(i, 1, 3) ",
                "~SEQx(i, 9, 11) ",
                "~LST({a, b}, {1, 2}) ",
                "include ",
                "${_PWD}",
                "${_HASH}",
                "${_RANDOM 1 9}",
                "192.0.2.1/24",
                "2001:db8::1",
                "fwmark 7",
                "group g",
                "weight",
                "reverse",
                "dev",
                "label",
                "peer",
        };

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                print(others[i]);
        return conf_schema_each(conf_language(), print_row, NULL);
}
