/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The spool's journal. Input that begins with the journal's header is read as a file; in any other each
 * line is an entry, because no fuzzer guesses checks. Whatever was taken in, the spool is in order: what is
 * due stands first in its lane, and a snapshot makes an equal spool. */

#include <json-c/json.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "notifyd/entry.h"
#include "notifyd/journal.h"
#include "notifyd/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define INPUT_MAX 100000U

static void must(int condition) {
        if (!condition)
                abort();
}

static int print(json_object *entry, void *userdata) {
        return fprintf(userdata, "%s\n",
                               json_object_to_json_string_ext(entry, JSON_C_TO_STRING_PLAIN)) < 0
                        ? -1
                        : 0;
}

static char *text_of(const struct spool *s) {
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);

        must(f && spool_snapshot(s, print, f) == 0);
        must(fclose(f) == 0);
        return text;
}

static int collect(json_object *entry, void *userdata) {
        return spool_apply(userdata, entry);
}

static void snapshots_are_equal(const struct spool *s) {
        _cleanup_(spool_freep) struct spool *copy = spool_new();
        _cleanup_free_ char *a = NULL, *b = NULL;

        must(copy && spool_snapshot(s, collect, copy) == 0);
        a = text_of(s);
        b = text_of(copy);
        must(strcmp(a, b) == 0);
}

/* Do all that is due, in turn done, failed and with the far end in trouble. */
static void work(struct spool *s) {
        usec_t now = 1;

        for (unsigned i = 0; i < 1000 && spool_pending(s) > 0; i++) {
                _cleanup_(json_object_putp) json_object *began = NULL, *outcome = NULL;
                struct action *a = spool_due(s, now);

                if (!a) {
                        now = spool_deadline(s);
                        must(now != USEC_INFINITY);
                        continue;
                }
                must(!a->running && a->not_before <= now);
                began = entry_began(a->id);
                must(spool_apply(s, began) == 0);
                spool_start(s, a);
                outcome = i % 3 == 0 ? entry_failed(a->id, i & 1, NULL) : entry_ended(a->id);
                must(spool_apply(s, outcome) == 0);
                if (i % 3 == 0 && i % 2 == 0)
                        spool_close_gate(s, a->kind, now);
                else if (i % 3 == 0)
                        spool_postpone(s, a, now);
        }
}

static void apply_lines(struct spool *s, char *text) {
        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
                _cleanup_(json_object_putp) json_object *entry = json_tokener_parse(line);

                if (entry)
                        (void) spool_apply(s, entry);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        _cleanup_(spool_freep) struct spool *s = spool_new();
        _cleanup_free_ char *text = malloc(n + 1);
        size_t bad;

        if (n > INPUT_MAX)
                return 0;
        must(s && text);
        memcpy(text, data, n);
        text[n] = '\0';
        if (journal_parse(text, n, s, &bad) < 0)
                apply_lines(s, text);
        snapshots_are_equal(s);
        work(s);
        snapshots_are_equal(s);
        return 0;
}
