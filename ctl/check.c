/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What do the checks of a server see now? All that match are run side by side by checkd; nothing of it is
 * counted. */

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/server-name.h"
#include "ctl/snapshot.h"
#include "ctl/table.h"

#define CHECKER_INTERFACE "org.mainstay.Check1.Checker"
#define AT_A_TIME_MAX 32U /* checkd runs no more than 64 for everybody */

/* A check has some steps, each with its own limit; checkd ends them itself. */
#define PATIENCE_USEC (30 * USEC_PER_SEC)
#define STEPS 20U

struct asked {
        json_object *checker; /* properties and Path, borrowed from the list */
        struct checking *checking;
        const char *verdict; /* "good", "bad"; "not run": that says nothing of the server */
        char *result;        /* in words; NULL: not yet */
};

struct checking {
        sd_bus *bus;
        struct asked *asked;
        size_t n, next, running;
};

/* --- which --- */

static int choose(struct checking *w, json_object *list, const struct server_name *wanted,
                const char *service) {
        size_t n = json_object_array_length(list);

        w->asked = calloc(n + 1, sizeof(*w->asked));
        if (!w->asked)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                json_object *checker = json_object_array_get_idx(list, i);

                if (server_name_match(wanted, json_get_string(checker, "Server")) &&
                                (!service || streq(service, json_get_string(checker, "Service"))))
                        w->asked[w->n++] = (struct asked){ .checker = checker, .checking = w };
        }
        return 0;
}

/* --- asking --- */

static void take(struct asked *a, const char *verdict, const char *result) {
        a->verdict = verdict;
        a->result = strdup(result);
        a->checking->running--;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *ret_error) {
        const sd_bus_error *error = sd_bus_message_get_error(m);
        const char *result;
        int good;

        if (error)
                take(userdata, "not run", client_error_words(error, -EIO));
        else if (sd_bus_message_read(m, "bs", &good, &result) < 0)
                take(userdata, "not run", "the answer makes no sense");
        else
                take(userdata, good ? "good" : "bad", result);
        return 0;
}

static int ask(struct checking *w, struct asked *a) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        usec_t limit = usec_add(PATIENCE_USEC, STEPS * json_get_uint64(a->checker, "TimeoutUsec"));
        int r;

        r = sd_bus_message_new_method_call(w->bus, &call, producers[PRODUCER_CHECKD].bus_name,
                        json_get_string(a->checker, "Path"), CHECKER_INTERFACE, "Run");
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(call, 0);
        if (r < 0)
                return r;
        r = sd_bus_call_async(w->bus, NULL, call, on_answer, a, limit);
        if (r < 0)
                return r;
        w->running++;
        return 0;
}

static int ask_all(struct checking *w) {
        while (w->next < w->n || w->running > 0) {
                int r = 0;

                while (r >= 0 && w->next < w->n && w->running < AT_A_TIME_MAX)
                        r = ask(w, &w->asked[w->next++]);
                if (r >= 0)
                        r = sd_bus_process(w->bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(w->bus, USEC_INFINITY);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* --- telling --- */

static bool is_good(const struct asked *a) {
        return streq(a->verdict, "good");
}

/* null: nobody asked the server. */
static json_object *judgement(const struct asked *a) {
        return streq(a->verdict, "not run") ? NULL : json_object_new_boolean(is_good(a));
}

static void print_json(const struct checking *w) {
        static const char *const keys[][2] = {
                { "service", "Service" },
                { "server", "Server" },
                { "kind", "Kind" },
                { "target", "Target" },
        };
        _cleanup_(json_object_putp) json_object *list = json_object_new_array();

        for (size_t i = 0; list && i < w->n; i++) {
                const struct asked *a = &w->asked[i];
                json_object *o = json_object_new_object();

                for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
                        (void) json_object_object_add(o, keys[k][0],
                                        json_object_new_string(
                                                        json_get_string(a->checker, keys[k][1])));
                (void) json_object_object_add(o, "good", judgement(a));
                (void) json_object_object_add(o, "result", json_object_new_string(a->result ?: ""));
                (void) json_object_array_add(list, o);
        }
        (void) puts(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PRETTY));
}

static void print_table(const struct checking *w) {
        static const char *const headings[] = { "SERVICE", "SERVER", "CHECK", "TARGET", "", "SEEN",
                NULL };
        _cleanup_(table_freep) struct table *t = table_new(headings);

        for (size_t i = 0; t && i < w->n; i++) {
                const struct asked *a = &w->asked[i];

                table_row(t);
                table_cell(t, "%s", json_get_string(a->checker, "Service"));
                table_cell(t, "%s", json_get_string(a->checker, "Server"));
                table_cell(t, "%s", json_get_string(a->checker, "Kind"));
                table_cell(t, "%s", json_get_string(a->checker, "Target"));
                table_cell(t, "%s", a->verdict);
                table_cell(t, "%s", a->result ?: "");
        }
        if (t)
                table_print(t, stdout);
}

static int tell(const struct checking *w, bool json) {
        bool good = true;

        for (size_t i = 0; i < w->n; i++)
                good = good && is_good(&w->asked[i]);
        if (json)
                print_json(w);
        else
                print_table(w);
        return good ? CTL_OK : CTL_FAILED;
}

/* --- the verb --- */

static int check(const struct ctl *c, sd_bus *bus, json_object *list, char **words,
                const struct server_name *wanted) {
        struct checking w = { .bus = bus };
        int r;

        r = choose(&w, list, wanted, c->service);
        if (r >= 0 && w.n == 0) {
                (void) fprintf(stderr, "No check asks server %s%s%s%s%s.\n", words[0],
                                words[1] ? " " : "", words[1] ?: "",
                                c->service ? " of service " : "", c->service ?: "");
                r = CTL_FAILED;
        } else if (r >= 0) {
                r = ask_all(&w);
                r = r < 0 ? r : tell(&w, c->json);
        }
        for (size_t i = 0; i < w.n; i++)
                free(w.asked[i].result);
        free(w.asked);
        return r;
}

int verb_check(const struct ctl *c, char **words) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(json_object_putp) json_object *list = NULL;
        struct server_name wanted;
        struct snapshot s;
        int r;

        if (server_name_parse(words, &wanted) < 0) {
                (void) fprintf(stderr, "'%s%s%s' is no server: " SERVER_NAME_FORMS "\n", words[0],
                                words[1] ? " " : "", words[1] ?: "");
                return CTL_USAGE;
        }
        r = client_connect_or_tell(&bus);
        if (r != 0)
                return r;
        r = snapshot_take(bus, &producers[PRODUCER_CHECKD], &s);
        if (r < 0)
                return r;
        if (s.state != SNAPSHOT_RUNNING) {
                (void) fprintf(stderr, "checkd: %s\n", snapshot_state_to_string(s.state));
                snapshot_done(&s);
                return CTL_NOT_THERE;
        }
        list = snapshot_list(&s, CHECKER_INTERFACE);
        snapshot_done(&s);
        return list ? check(c, bus, list, words, &wanted) : -ENOMEM;
}
