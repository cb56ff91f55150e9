/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/balancer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus-json.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/server-name.h"

#define LISTED_MAX 20U /* names in an error message */
#define NAME_MAX_ 512U

int balancer_look(sd_bus *bus, struct balancer *ret) {
        struct balancer b = {};
        int r;

        r = snapshot_take(bus, &producers[PRODUCER_IPVSD], &b.snapshot);
        if (r < 0)
                return r;
        if (b.snapshot.state == SNAPSHOT_RUNNING) {
                b.services = snapshot_list(&b.snapshot, "org.mainstay.Ipvs1.Service");
                b.servers = snapshot_list(&b.snapshot, "org.mainstay.Ipvs1.Server");
        }
        *ret = b;
        return b.snapshot.state == SNAPSHOT_RUNNING ? 0 : CTL_NOT_THERE;
}

int balancer_take(sd_bus *bus, struct balancer *ret) {
        int r = balancer_look(bus, ret);

        if (r == CTL_NOT_THERE)
                (void) fprintf(stderr, "ipvsd: %s\n",
                                snapshot_state_to_string(ret->snapshot.state));
        return r;
}

void balancer_done(struct balancer *b) {
        json_object_put(b->services);
        json_object_put(b->servers);
        snapshot_done(&b->snapshot);
        *b = (struct balancer){};
}

/* --- names --- */

static json_object *service_called(const struct balancer *b, const char *name) {
        for (size_t i = 0; i < json_object_array_length(b->services); i++) {
                json_object *s = json_object_array_get_idx(b->services, i);

                if (streq(json_get_string(s, "Name"), name))
                        return s;
        }
        return NULL;
}

json_object *balancer_find_service(const struct balancer *b, char **words, size_t *ret_n) {
        char name[NAME_MAX_] = "";
        json_object *found = NULL;
        size_t used = 0;

        for (size_t i = 0; words[i]; i++) {
                json_object *s;
                int n = snprintf(name + used, sizeof(name) - used, "%s%s", i > 0 ? " " : "",
                                words[i]);

                used += (size_t) MAX(n, 0);
                if (used >= sizeof(name))
                        break;
                s = service_called(b, name);
                if (s) {
                        found = s;
                        *ret_n = i + 1;
                }
        }
        return found;
}

json_object *balancer_find_servers(const struct balancer *b, json_object *service, char **words) {
        json_object *found = json_object_new_array();
        struct server_name wanted;

        if (words[0] && server_name_parse(words, &wanted) < 0)
                return found;
        for (size_t i = 0; found && i < json_object_array_length(b->servers); i++) {
                json_object *s = json_object_array_get_idx(b->servers, i);

                if (service &&
                                !streq(json_get_string(s, "Service"),
                                                json_get_string(service, "Name")))
                        continue;
                if (!words[0] || server_name_match(&wanted, json_get_string(s, "Name")))
                        (void) json_object_array_add(found, json_object_get(s));
        }
        return found;
}

/* --- orders --- */

/* What is disabled is so also while its service drains. */
static const char *order_word(json_object *server) {
        const char *order = json_get_string(server, "Override");

        return json_get_bool(server, "Drained") && !streq(order, "disable") ? "drained" : order;
}

const char *balancer_order_words(json_object *server, char buf[static BALANCER_ORDER_MAX]) {
        const char *order = order_word(server);
        json_object *weight = NULL;

        if (json_object_object_get_ex(server, "OverrideWeight", &weight) &&
                        json_object_get_int(weight) >= 0)
                (void) snprintf(buf, BALANCER_ORDER_MAX, "%s%sweight %d", order, *order ? ", " : "",
                                json_object_get_int(weight));
        else
                (void) snprintf(buf, BALANCER_ORDER_MAX, "%s", order);
        return buf;
}

/* --- what there is --- */

void balancer_print_services(const struct balancer *b) {
        size_t n = json_object_array_length(b->services);

        (void) fputs(n > 0 ? "There are:\n" : "There is none.\n", stderr);
        for (size_t i = 0; i < MIN(n, LISTED_MAX); i++)
                (void) fprintf(stderr, "  %s\n",
                                json_get_string(json_object_array_get_idx(b->services, i), "Name"));
        if (n > LISTED_MAX)
                (void) fprintf(stderr, "  and %zu more\n", n - LISTED_MAX);
}

static void print_servers(const struct balancer *b, json_object *service) {
        static char *no_words[] = { NULL };
        _cleanup_(json_object_putp) json_object *all = balancer_find_servers(b, service, no_words);
        size_t n = all ? json_object_array_length(all) : 0;

        (void) fputs(n > 0 ? "There are:\n" : "There is none.\n", stderr);
        for (size_t i = 0; i < MIN(n, LISTED_MAX); i++) {
                json_object *s = json_object_array_get_idx(all, i);

                (void) fprintf(stderr, "  %s  of  %s\n", json_get_string(s, "Name"),
                                json_get_string(s, "Service"));
        }
        if (n > LISTED_MAX)
                (void) fprintf(stderr, "  and %zu more\n", n - LISTED_MAX);
}

void balancer_complain(const struct balancer *b, json_object *service, char **words) {
        (void) fprintf(stderr, "There is no server%s '", service ? "" : " or service");
        for (size_t i = 0; words[i]; i++)
                (void) fprintf(stderr, "%s%s", i > 0 ? " " : "", words[i]);
        (void) fprintf(stderr, "'%s%s. ", service ? " of " : "",
                        service ? json_get_string(service, "Name") : "");
        print_servers(b, service);
}

/* --- statistics --- */

static uint64_t number_at(json_object *tuple, size_t i) {
        return json_object_get_uint64(json_object_array_get_idx(tuple, i));
}

static const char *text_at(json_object *tuple, size_t i) {
        return json_object_get_string(json_object_array_get_idx(tuple, i)) ?: "";
}

static const char *key_of(char buf[static NAME_MAX_], const char *service, const char *server) {
        (void) snprintf(buf, NAME_MAX_, "%s/%s", service, server);
        return buf;
}

static json_object *by_name(json_object *list) {
        json_object *o = json_object_new_object();
        char key[NAME_MAX_];

        for (size_t i = 0; o && i < json_object_array_length(list); i++) {
                json_object *t = json_object_array_get_idx(list, i);

                (void) json_object_object_add(
                                o, key_of(key, text_at(t, 0), text_at(t, 1)), json_object_get(t));
        }
        return o;
}

json_object *balancer_statistics(sd_bus *bus, const char *service, bool loud) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(json_object_putp) json_object *list = NULL;
        const struct producer *p = &producers[PRODUCER_IPVSD];
        int r;

        r = client_call(bus, p->bus_name, p->root, p->own, "Statistics", &error, &reply, "s",
                        service);
        if (r >= 0)
                r = bus_message_read_json(reply, &list);
        if (r < 0 && loud)
                (void) fprintf(stderr, "No counters: %s\n", client_error_words(&error, r));
        return r < 0 ? NULL : by_name(list);
}

struct balancer_counts balancer_counts_of(
                json_object *statistics, const char *service, const char *server) {
        struct balancer_counts c = {};
        json_object *t;
        char key[NAME_MAX_];

        if (!json_object_object_get_ex(statistics, key_of(key, service, server), &t))
                return c;
        c.known = true;
        c.active = number_at(t, 2);
        c.inactive = number_at(t, 3);
        c.persistent = number_at(t, 4);
        for (size_t k = 0; k < ARRAY_SIZE(c.total); k++) {
                c.total[k] = number_at(t, 5 + k);
                c.per_second[k] = number_at(t, 5 + ARRAY_SIZE(c.total) + k);
        }
        return c;
}
