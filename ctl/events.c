/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The events that the daemons keep, in the order of their time, and then, if asked, those to come. */

#include "common/event-feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus-json.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/live.h"
#include "ctl/producers.h"
#include "ctl/words.h"

/* An event as it is printed: { Daemon, Generation, Sequence, RealtimeUsec, Type, Object, Data }. */
struct history {
        json_object *events;           /* array of them, oldest first per daemon */
        char *generation[N_PRODUCERS]; /* where the daemon's numbering is; NULL: not there */
        uint64_t sequence[N_PRODUCERS];
};

struct follower {
        const struct ctl *ctl;
        struct event_feed *feeds[N_PRODUCERS];
};

/* ---- printing ---- */

static json_object *new_event(const struct producer *p, const char *generation, uint64_t sequence,
                usec_t realtime_usec, const char *type, const char *object, json_object *data) {
        json_object *o = json_object_new_object();

        json_object_object_add(o, "Daemon", json_object_new_string(p->name));
        json_object_object_add(o, "Generation", json_object_new_string(generation));
        json_object_object_add(o, "Sequence", json_object_new_uint64(sequence));
        json_object_object_add(o, "RealtimeUsec", json_object_new_uint64(realtime_usec));
        json_object_object_add(o, "Type", json_object_new_string(type));
        json_object_object_add(o, "Object", json_object_new_string(object));
        json_object_object_add(o, "Data", json_object_get(data));
        return o;
}

static void print_value(const char *key, json_object *value) {
        const char *text = json_object_to_json_string_ext(
                        value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

        /* Words that need no quotes go without. */
        if (json_object_is_type(value, json_type_string) &&
                        !strpbrk(json_object_get_string(value), " \"\\=\n\t") &&
                        json_object_get_string_len(value) > 0)
                text = json_object_get_string(value);
        printf(" %s=%s", key, text);
}

static void print_event(const struct ctl *c, json_object *event) {
        char time[40];
        json_object *data = NULL;

        if (c->json) {
                (void) puts(json_object_to_json_string_ext(
                                event, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
                return;
        }

        printf("%s %-7s %s",
                        words_time_exact(
                                        time, sizeof(time), json_get_uint64(event, "RealtimeUsec")),
                        json_get_string(event, "Daemon"), json_get_string(event, "Type"));
        (void) json_object_object_get_ex(event, "Data", &data);
        if (data) {
                json_object_object_foreach(data, key, value) {
                        print_value(key, value);
                }
        }
        (void) putchar('\n');
}

/* ---- what was ---- */

/* Read the entered (ttsoa{sv}) into @h. */
static int read_event(sd_bus_message *m, const struct producer *p, struct history *h) {
        _cleanup_(json_object_putp) json_object *data = NULL;
        size_t i = (size_t) (p - producers);
        const char *type, *object;
        uint64_t sequence, realtime;
        int r;

        r = sd_bus_message_read(m, "ttso", &sequence, &realtime, &type, &object);
        if (r < 0)
                return r;
        r = bus_message_read_json(m, &data);
        if (r < 0)
                return r;
        json_object_array_add(h->events,
                        new_event(p, h->generation[i], sequence, realtime, type, object, data));
        h->sequence[i] = sequence;
        return 0;
}

/* Read one answer of EventsSince. Returns how many events it had. */
static int read_answer(sd_bus_message *m, const struct producer *p, struct history *h) {
        size_t i = (size_t) (p - producers);
        const char *generation;
        int truncated, n = 0, r;

        r = sd_bus_message_read(m, "sb", &generation, &truncated);
        if (r < 0)
                return r;
        free(h->generation[i]);
        h->generation[i] = strdup(generation);
        if (!h->generation[i])
                return -ENOMEM;

        r = sd_bus_message_enter_container(m, 'a', "(ttsoa{sv})");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'r', "ttsoa{sv}")) > 0) {
                r = read_event(m, p, h);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
                n++;
        }
        return r < 0 ? r : n;
}

static int read_history(
                sd_bus *bus, const struct producer *p, struct history *h, sd_bus_error *error) {
        size_t i = (size_t) (p - producers);
        int r;

        do {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

                r = client_call(bus, p->bus_name, p->root, "org.mainstay.Daemon1", "EventsSince",
                                error, &reply, "st", h->generation[i] ?: "", h->sequence[i]);
                if (r < 0)
                        return r;
                r = read_answer(reply, p, h);
        } while (r > 0);
        return r;
}

static int compare_times(const void *a, const void *b) {
        json_object *const *x = a, *const *y = b;
        uint64_t tx = json_get_uint64(*x, "RealtimeUsec"), ty = json_get_uint64(*y, "RealtimeUsec");

        if (tx != ty)
                return tx < ty ? -1 : 1;
        tx = json_get_uint64(*x, "Sequence");
        ty = json_get_uint64(*y, "Sequence");
        return tx < ty ? -1 : tx > ty;
}

/* Returns CTL_NOT_THERE when one of the @wanted is not there. */
static int gather(sd_bus *bus, const bool *wanted, struct history *h) {
        int status = CTL_OK, r;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;

                if (!wanted[i])
                        continue;
                r = read_history(bus, &producers[i], h, &error);
                if (r == -ENOMEM)
                        return r;
                if (r < 0) {
                        (void) fprintf(stderr, "%s: %s\n", producers[i].name,
                                        client_error_words(&error, r));
                        status = CTL_NOT_THERE;
                }
        }
        json_object_array_sort(h->events, compare_times);
        return status;
}

static int print_history(const struct ctl *c, const bool *wanted, struct history *h) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = client_connect_or_tell(&bus);
        if (r != 0)
                return r;
        r = gather(bus, wanted, h);
        if (r < 0)
                return r;
        for (size_t i = 0; i < json_object_array_length(h->events); i++)
                print_event(c, json_object_array_get_idx(h->events, i));
        (void) fflush(stdout);
        return r;
}

/* ---- what comes ---- */

static const struct producer *feed_producer(const struct event_feed *feed) {
        return producer_find_bus_name(event_feed_bus_name(feed));
}

static void on_event(struct event_feed *feed, const struct event_feed_event *e, void *userdata) {
        const struct follower *f = userdata;
        _cleanup_(json_object_putp) json_object *event =
                        new_event(feed_producer(feed), e->generation, e->sequence, e->realtime_usec,
                                        e->type, e->object_path, e->data);

        print_event(f->ctl, event);
        (void) fflush(stdout);
}

static void on_truncated(struct event_feed *feed, void *userdata) {
        (void) fprintf(stderr, "%s: events were lost\n", feed_producer(feed)->name);
}

static void on_lost(struct event_feed *feed, void *userdata) {
        (void) fprintf(stderr, "%s: gone; waiting for its return\n", feed_producer(feed)->name);
}

static const struct event_feed_ops feed_ops = {
        .event = on_event,
        .truncated = on_truncated,
        .lost = on_lost,
};

static int attach(sd_bus *bus, void *userdata) {
        struct follower *f = userdata;
        int r;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                r = f->feeds[i] ? event_feed_attach(f->feeds[i], bus) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

static void detach(void *userdata) {
        struct follower *f = userdata;

        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (f->feeds[i])
                        (void) event_feed_attach(f->feeds[i], NULL);
}

static const struct live_ops live_ops = { .attach = attach, .detach = detach };

static int new_feeds(struct follower *f, const bool *wanted, const struct history *h) {
        int r;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                if (!wanted[i])
                        continue;
                r = event_feed_new(producers[i].bus_name, producers[i].root, h->generation[i],
                                h->sequence[i], &feed_ops, f, &f->feeds[i]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int follow(const struct ctl *c, const bool *wanted, const struct history *h) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        struct follower f = { .ctl = c };
        int r;

        r = sd_event_new(&event);
        if (r >= 0)
                r = new_feeds(&f, wanted, h);
        if (r >= 0)
                r = live_run(event, &live_ops, &f);
        for (size_t i = 0; i < N_PRODUCERS; i++)
                event_feed_free(f.feeds[i]);
        return r;
}

int verb_events(const struct ctl *c, char **words) {
        struct history h = { .events = json_object_new_array() };
        bool wanted[N_PRODUCERS];
        int r;

        if (!h.events)
                return -ENOMEM;
        r = producers_select(words, wanted) < 0 ? CTL_USAGE : print_history(c, wanted, &h);
        if (c->follow && (r == CTL_OK || r == CTL_NOT_THERE))
                r = follow(c, wanted, &h);

        json_object_put(h.events);
        for (size_t i = 0; i < N_PRODUCERS; i++)
                free(h.generation[i]);
        return r;
}
