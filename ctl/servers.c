/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The servers with what the kernel counts for them. */

#include <errno.h>
#include <stdio.h>

#include "common/json.h"
#include "common/macro.h"
#include "ctl/balancer.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/table.h"

static void count_cells(struct table *t, const struct balancer_counts *c) {
        if (!c->known) {
                for (unsigned i = 0; i < 5; i++)
                        table_cell(t, "-");
                return;
        }
        table_cell(t, "%" PRIu64, c->active);
        table_cell(t, "%" PRIu64, c->inactive);
        table_cell(t, "%" PRIu64, c->per_second[0]);
        table_cell(t, "%" PRIu64, c->per_second[3]);
        table_cell(t, "%" PRIu64, c->per_second[4]);
}

static void row(struct table *t, json_object *server, json_object *statistics) {
        const char *service = json_get_string(server, "Service");
        const char *name = json_get_string(server, "Name");
        struct balancer_counts c = balancer_counts_of(statistics, service, name);
        char order[BALANCER_ORDER_MAX];

        table_row(t);
        table_cell(t, "%s", name);
        table_cell(t, "%s", service);
        table_cell(t, "%s", json_get_string(server, "State"));
        if (json_get_bool(server, "InTable"))
                table_cell(t, "%d", json_object_get_int(json_object_object_get(server, "Weight")));
        else
                table_cell(t, "out");
        table_cell(t, "%s", *balancer_order_words(server, order) ? order : "-");
        count_cells(t, &c);
        if (streq(json_get_string(server, "State"), "DOWN"))
                table_note(t, "%s", json_get_string(server, "StateReason"));
        if (*json_get_string(server, "Problem"))
                table_note(t, "problem: %s", json_get_string(server, "Problem"));
}

static void print_table(json_object *servers, json_object *statistics) {
        static const char *const headings[] = { "SERVER", "SERVICE", "STATE", "WEIGHT", "ORDER",
                "ACTIVE", "INACTIVE", "CONN/S", "BYTES IN/S", "BYTES OUT/S", NULL };
        _cleanup_(table_freep) struct table *t = table_new(headings);

        for (size_t i = 0; t && i < json_object_array_length(servers); i++)
                row(t, json_object_array_get_idx(servers, i), statistics);
        if (t)
                table_print(t, stdout);
}

static json_object *counters_to_json(const uint64_t *counters) {
        static const char *const keys[] = { "Connections", "PacketsIn", "PacketsOut", "BytesIn",
                "BytesOut" };
        json_object *o = json_object_new_object();

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
                (void) json_object_object_add(o, keys[i], json_object_new_uint64(counters[i]));
        return o;
}

static json_object *counts_to_json(const struct balancer_counts *c) {
        json_object *o;

        if (!c->known)
                return NULL;
        o = json_object_new_object();
        (void) json_object_object_add(o, "Active", json_object_new_uint64(c->active));
        (void) json_object_object_add(o, "Inactive", json_object_new_uint64(c->inactive));
        (void) json_object_object_add(o, "Persistent", json_object_new_uint64(c->persistent));
        (void) json_object_object_add(o, "Total", counters_to_json(c->total));
        (void) json_object_object_add(o, "PerSecond", counters_to_json(c->per_second));
        return o;
}

static void print_json(json_object *servers, json_object *statistics) {
        for (size_t i = 0; i < json_object_array_length(servers); i++) {
                json_object *s = json_object_array_get_idx(servers, i);
                struct balancer_counts c = balancer_counts_of(statistics,
                                json_get_string(s, "Service"), json_get_string(s, "Name"));

                (void) json_object_object_add(s, "Statistics", counts_to_json(&c));
        }
        (void) puts(json_object_to_json_string_ext(
                        servers, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* What the words from the first on are: a service, its servers, or both. */
static int find(const struct balancer *b, char **words, json_object **ret_service,
                json_object **ret_servers) {
        json_object *service;
        size_t n = 0;

        service = balancer_find_service(b, words, &n);
        *ret_service = service;
        *ret_servers = balancer_find_servers(b, service, words + n);
        if (!*ret_servers)
                return -ENOMEM;
        if (!words[n] || json_object_array_length(*ret_servers) > 0)
                return 0;
        balancer_complain(b, service, words + n);
        return CTL_FAILED;
}

static int show(const struct ctl *c, sd_bus *bus, const struct balancer *b, char **words) {
        _cleanup_(json_object_putp) json_object *servers = NULL, *statistics = NULL;
        json_object *service;
        int r;

        r = find(b, words, &service, &servers);
        if (r != 0)
                return r;
        statistics = balancer_statistics(bus, json_get_string(service, "Name"), true);
        if (c->json)
                print_json(servers, statistics);
        else
                print_table(servers, statistics);
        return CTL_OK;
}

int verb_servers(const struct ctl *c, char **words) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(balancer_done) struct balancer b = {};
        int r;

        r = client_connect_or_tell(&bus);
        if (r == 0)
                r = balancer_take(bus, &b);
        return r != 0 ? r : show(c, bus, &b, words);
}
