/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The event log's file: any bytes in its place. There is a log afterwards, as far as it could be read, whose events
 * have all that readers rely on, in order; it goes on from there, and another start finds the same. */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/event-log.h"
#include "common/io.h"
#include "common/macro.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char directory[] = "/tmp/fuzz-events-XXXXXX";
static char path[sizeof(directory) + 8], bad[sizeof(path) + 8];

static void must(int condition) {
        if (!condition)
                abort();
}

static void clean(void) {
        (void) unlink(path);
        (void) unlink(bad);
        (void) rmdir(directory);
}

static void prepare(void) {
        if (path[0])
                return;
        must(mkdtemp(directory) != NULL);
        (void) snprintf(path, sizeof(path), "%s/events", directory);
        (void) snprintf(bad, sizeof(bad), "%s.bad", path);
        (void) atexit(clean);
}

static void put(const uint8_t *data, size_t n) {
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        must(fd >= 0 && io_write_all(fd, (const char *) data, n) == 0);
}

/* All events as text, and how they are in order. */
static char *text_of(struct event_log *l) {
        const struct event *e;
        uint64_t last = 0;
        char *text = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        must(f != NULL);
        while ((e = event_log_next(l, last))) {
                must(e->sequence > last && e->sequence <= event_log_last(l));
                must(json_object_is_type(e->data, json_type_object));
                (void) fprintf(f, "%" PRIu64 " %" PRIusec " %zu %zu %s\n", e->sequence,
                                e->realtime_usec, strlen(e->type), strlen(e->object_path),
                                json_object_to_json_string(e->data));
                last = e->sequence;
        }
        must(fclose(f) == 0);
        return text;
}

static void goes_on(struct event_log *l) {
        uint64_t before = event_log_last(l);
        const struct event *e;

        must(event_log_append(l, "instance-state", "/x", NULL, 1, &e) == 0);
        must(e && e->sequence == before + 1 && event_log_last(l) == before + 1);
        must(strcmp(e->type, "instance-state") == 0 && strcmp(e->object_path, "/x") == 0);
        must(!event_log_truncated(l, event_log_generation(l), before));
}

static void is_found_again(struct event_log *l) {
        _cleanup_(event_log_freep) struct event_log *again = NULL;
        _cleanup_free_ char *a = text_of(l), *b = NULL;

        must(event_log_open(path, &again) == 0);
        must(strcmp(event_log_generation(l), event_log_generation(again)) == 0);
        must(event_log_last(l) == event_log_last(again));
        b = text_of(again);
        must(strcmp(a, b) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        _cleanup_(event_log_freep) struct event_log *l = NULL;

        prepare();
        put(data, n);
        must(event_log_open(path, &l) >= 0);
        free(text_of(l));
        goes_on(l);
        is_found_again(l);
        return 0;
}
