/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The name of a table of nftables, or nothing: "" then, because that the keyword stands there has a meaning. */

#include <errno.h>
#include <string.h>

#include "common/conf-schema.h"
#include "common/conf-type.h"
#include "common/nftables-name.h"

#define NAME_MAX_BYTES 63U /* some are added to it for a vrrpd with an id */

static int parse_table(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_n(p) > 0 ? conf_parse_word(p, 0) : "";
        char *copy;

        if (*word && (!nftables_is_name(word) || strlen(word) > NAME_MAX_BYTES)) {
                conf_parse_say(p, CONF_COMPLAINT, 0,
                                "a letter, then letters, digits, - _ and .; at most 63 of them",
                                "%s cannot be the name of a table", word);
                return CONF_TYPE_REFUSED;
        }
        copy = strdup(word);
        if (!copy)
                return -ENOMEM;
        *(char **) field = copy;
        return 0;
}

static void print_table(FILE *to, const struct conf_row *row, const void *field) {
        const char *name = *(char *const *) field;

        if (name && *name)
                conf_print_text(to, row, field);
}

const struct conf_type conf_nftables_table = {
        .name = "the name of a table of nftables, or nothing",
        .syntax = "[TABLE]",
        .size = sizeof(char *),
        .max_args = 1,
        .parse = parse_table,
        .print = print_table,
        .done = conf_done_text,
};
