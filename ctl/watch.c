/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the daemons show, as it changes: a line for each object at first, then one for each change. */

#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/mirror.h"
#include "ctl/ctl.h"
#include "ctl/live.h"
#include "ctl/producers.h"
#include "ctl/words.h"

struct watch {
        const struct ctl *ctl;
        struct mirror *mirrors[N_PRODUCERS];
};

static const struct producer *mirror_producer(const struct mirror *m) {
        return producer_find_bus_name(mirror_bus_name(m));
}

static void begin_line(struct mirror *m) {
        char time[40];

        printf("%s %-7s", words_time_exact(time, sizeof(time), usec_now(CLOCK_REALTIME)),
                        mirror_producer(m)->name);
}

static void print_json(struct mirror *m, const char *what, const char *path, const char *interface,
                json_object *properties) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();

        json_object_object_add(o, "RealtimeUsec", json_object_new_uint64(usec_now(CLOCK_REALTIME)));
        json_object_object_add(o, "Daemon", json_object_new_string(mirror_producer(m)->name));
        json_object_object_add(o, "What", json_object_new_string(what));
        if (path) {
                json_object_object_add(o, "Object", json_object_new_string(path));
                json_object_object_add(o, "Interface", json_object_new_string(interface));
        }
        if (properties)
                json_object_object_add(o, "Properties", json_object_get(properties));
        (void) puts(json_object_to_json_string_ext(
                        o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
        (void) fflush(stdout);
}

static void on_changed(struct mirror *m, const char *path, const char *interface,
                json_object *properties, json_object *changed, void *userdata) {
        const struct watch *w = userdata;

        if (w->ctl->json) {
                print_json(m, changed == properties ? "shown" : "changed", path, interface,
                                changed);
                return;
        }

        begin_line(m);
        printf(" %s", json_get_string(properties, "Name"));
        if (changed == properties) {
                printf(": %s", json_get_string(properties, "State"));
        } else {
                json_object_object_foreach(changed, key, value) {
                        printf(" %s=%s", key,
                                        json_object_to_json_string_ext(value,
                                                        JSON_C_TO_STRING_PLAIN |
                                                                        JSON_C_TO_STRING_NOSLASHESCAPE));
                }
        }
        (void) putchar('\n');
        (void) fflush(stdout);
}

static void on_removed(struct mirror *m, const char *path, const char *interface, void *userdata) {
        const struct watch *w = userdata;
        _cleanup_free_ char *label = NULL;

        if (w->ctl->json) {
                print_json(m, "removed", path, interface, NULL);
                return;
        }
        label = object_label(path);
        begin_line(m);
        printf(" %s: removed\n", label ?: path);
        (void) fflush(stdout);
}

static void tell(struct mirror *m, const struct watch *w, const char *what, const char *words) {
        if (w->ctl->json) {
                print_json(m, what, NULL, NULL, NULL);
                return;
        }
        begin_line(m);
        printf(" %s\n", words);
        (void) fflush(stdout);
}

static void on_synced(struct mirror *m, void *userdata) {
        tell(m, userdata, "synced", "is there");
}

static void on_lost(struct mirror *m, void *userdata) {
        tell(m, userdata, "lost", "is gone; what it showed is not current any more");
}

static const struct mirror_ops mirror_ops = {
        .changed = on_changed,
        .removed = on_removed,
        .synced = on_synced,
        .lost = on_lost,
};

static int attach(sd_bus *bus, void *userdata) {
        struct watch *w = userdata;
        int r;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                r = w->mirrors[i] ? mirror_attach(w->mirrors[i], bus) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

static void detach(void *userdata) {
        struct watch *w = userdata;

        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (w->mirrors[i])
                        (void) mirror_attach(w->mirrors[i], NULL);
}

static const struct live_ops live_ops = { .attach = attach, .detach = detach };

static int new_mirrors(struct watch *w, sd_event *event, const bool *wanted) {
        int r;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                if (!wanted[i])
                        continue;
                r = mirror_new(event, producers[i].bus_name, producers[i].root, &mirror_ops, w,
                                &w->mirrors[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

int verb_watch(const struct ctl *c, char **words) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        struct watch w = { .ctl = c };
        bool wanted[N_PRODUCERS];
        int r;

        if (producers_select(words, wanted) < 0)
                return CTL_USAGE;

        r = sd_event_new(&event);
        if (r >= 0)
                r = new_mirrors(&w, event, wanted);
        if (r >= 0)
                r = live_run(event, &live_ops, &w);
        for (size_t i = 0; i < N_PRODUCERS; i++)
                mirror_free(w.mirrors[i]);
        return r;
}
