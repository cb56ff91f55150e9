/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The guesses, best first: a word of old or of a relative of keepalived; a leftover of another
 * tool; a keyword with something stuck to it; a keyword of another block; a near spelling, here or
 * anywhere. */

#include "common/conf-unknown.h"

#include <stdio.h>
#include <string.h>

#include "common/conf-type.h"

#define ADVICE_BYTES 256U

static bool guess_history(const struct conf_schema *s, const char *word, const char **ret_what,
                char advice[static ADVICE_BYTES]) {
        for (const struct conf_history *h = s->history; h->word; h++) {
                if (!streq(h->word, word))
                        continue;
                *ret_what = h->what;
                if (h->advice)
                        snprintf(advice, ADVICE_BYTES, "%s", h->advice);
                return true;
        }
        return false;
}

static bool guess_leftover(
                const char *word, const char **ret_what, char advice[static ADVICE_BYTES]) {
        if (strncmp(word, "<<<<<<<", 7) == 0 || strncmp(word, ">>>>>>>", 7) == 0 ||
                        strncmp(word, "=======", 7) == 0) {
                *ret_what = "is left over from a merge conflict";
                return true;
        }
        if (*word == '$') {
                *ret_what = "is no keyword";
                snprintf(advice, ADVICE_BYTES,
                                "a variable must be defined above, $NAME=VALUE without blanks");
                return true;
        }
        if (strncmp(word, "//", 2) == 0 || strncmp(word, "--", 2) == 0 || *word == ';') {
                *ret_what = "is no keyword";
                snprintf(advice, ADVICE_BYTES, "comments begin with # or !");
                return true;
        }
        return false;
}

/* weight=0, mcast_src_ip:192.0.2.1, virtual_server192.0.2.1 */
static bool guess_glued(const struct conf_schema *s, enum conf_block block, const char *word,
                char advice[static ADVICE_BYTES]) {
        size_t n = strcspn(word, "=:0123456789[(\"'");
        char key[64];

        if (n == 0 || n >= sizeof(key) || !word[n])
                return false;
        snprintf(key, sizeof(key), "%.*s", (int) n, word);
        if (!conf_schema_find(s, block, key))
                return false;
        snprintf(advice, ADVICE_BYTES, "perhaps '%s %s' with a blank", key,
                        word + n + (word[n] == '=' || word[n] == ':'));
        return true;
}

struct elsewhere {
        const char *word;
        char *advice;
        size_t n;
};

static int add_block(
                const struct conf_section *section, const struct conf_row *row, void *userdata) {
        struct elsewhere *e = userdata;
        const char *block = conf_block_to_string(section->block);

        if (!streq(row->key, e->word) && !streq_ptr(row->alias, e->word) &&
                        !streq_ptr(row->old_alias, e->word))
                return 0;
        if (e->n >= ADVICE_BYTES || strstr(e->advice, block))
                return 0;
        e->n += (size_t) snprintf(e->advice + e->n, ADVICE_BYTES - e->n, "%s%s",
                        e->n == 0 ? "it belongs in " : " or ", block);
        return 0;
}

static bool guess_elsewhere(
                const struct conf_schema *s, const char *word, char advice[static ADVICE_BYTES]) {
        struct elsewhere e = { .word = word, .advice = advice };

        (void) conf_schema_each(s, add_block, &e);
        return e.n > 0;
}

static bool guess_spelling(const struct conf_schema *s, enum conf_block block, const char *word,
                char advice[static ADVICE_BYTES]) {
        const char *near = conf_schema_nearest(s, block, word);

        if (near) {
                snprintf(advice, ADVICE_BYTES, "perhaps %s", near);
                return true;
        }
        near = conf_schema_nearest(s, CONF_BLOCK_NONE, word);
        if (near)
                snprintf(advice, ADVICE_BYTES, "perhaps %s, in another block", near);
        return near;
}

static void guess(const struct conf_schema *s, enum conf_block block, const char *word,
                const char **what, char advice[static ADVICE_BYTES]) {
        if (guess_history(s, word, what, advice) || guess_leftover(word, what, advice))
                return;
        if (guess_glued(s, block, word, advice) || guess_elsewhere(s, word, advice))
                return;
        (void) guess_spelling(s, block, word, advice);
}

void conf_unknown_say(struct conf_build *b, const struct conf_node *n, enum conf_block block) {
        const char *word = conf_node_key(n), *what = "is no keyword";
        char advice[ADVICE_BYTES] = "";

        if (n->words.n == 0) {
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                "a quote is not closed, the line is lost");
                return;
        }
        if (b->diags->n < CONF_DIAG_MAX) /* else nobody will read it */
                guess(b->schema, block, word, &what, advice);
        if (streq(what, "is no keyword"))
                what = block == CONF_BLOCK_ROOT ? "is no keyword" : "is no keyword here";
        conf_build_say(b, CONF_COMPLAINT, n, advice[0] ? advice : NULL, "%s %s%s", word, what,
                        n->has_block ? ", its block is left out" : "");
}
