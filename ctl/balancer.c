/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/balancer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bus-json.h"
#include "common/ip-addr.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"
#include "ctl/ctl.h"

#define LISTED_MAX 20U /* names in an error message */
#define NAME_MAX_ 512U

int balancer_take(sd_bus *bus, struct balancer *ret) {
        struct balancer b = {};
        int r;

        r = snapshot_take(bus, &producers[PRODUCER_IPVSD], &b.snapshot);
        if (r < 0)
                return r;
        if (b.snapshot.state != SNAPSHOT_RUNNING) {
                (void) fprintf(stderr, "ipvsd: %s\n", snapshot_state_to_string(b.snapshot.state));
                snapshot_done(&b.snapshot);
                return CTL_NOT_THERE;
        }
        b.services = snapshot_list(&b.snapshot, "org.mainstay.Ipvs1.Service");
        b.servers = snapshot_list(&b.snapshot, "org.mainstay.Ipvs1.Server");
        *ret = b;
        return 0;
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

/* "ADDRESS PORT" as servers are called, or "ADDRESS" for any port, from what was written. */
static void canonical(char **words, char *buf, size_t n) {
        char text[NAME_MAX_ / 2], *port = words[1], *address = text;
        char formatted[IP_ADDR_STRLEN];
        struct ip_addr a;

        (void) snprintf(text, sizeof(text), "%s", words[0]);
        if (!port && (port = strchr(text, ' ')))
                *port++ = '\0';
        if (!port && *text == '[' && (port = strstr(text, "]:"))) {
                *port = '\0';
                port += 2;
                address = text + 1;
        } else if (!port && strchr(text, ':') && strchr(text, ':') == strrchr(text, ':')) {
                port = strchr(text, ':');
                *port++ = '\0';
        }
        if (ip_addr_parse(address, &a) == 0)
                address = (char *) ip_addr_format(&a, formatted);
        (void) snprintf(buf, n, "%.128s%s%.64s", address, port ? " " : "", port ?: "");
}

static bool is_called(const char *name, const char *wanted) {
        size_t n = strlen(wanted);

        if (strchr(wanted, ' '))
                return streq(name, wanted);
        return strncmp(name, wanted, n) == 0 && name[n] == ' ';
}

json_object *balancer_find_servers(const struct balancer *b, json_object *service, char **words) {
        json_object *found = json_object_new_array();
        char wanted[NAME_MAX_] = "";

        if (words[0])
                canonical(words, wanted, sizeof(wanted));
        for (size_t i = 0; found && i < json_object_array_length(b->servers); i++) {
                json_object *s = json_object_array_get_idx(b->servers, i);

                if (service &&
                                !streq(json_get_string(s, "Service"),
                                                json_get_string(service, "Name")))
                        continue;
                if (!*wanted || is_called(json_get_string(s, "Name"), wanted))
                        (void) json_object_array_add(found, json_object_get(s));
        }
        return found;
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

void balancer_print_servers(const struct balancer *b, json_object *service) {
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

json_object *balancer_statistics(sd_bus *bus, const char *service) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        _cleanup_(json_object_putp) json_object *list = NULL;
        const struct producer *p = &producers[PRODUCER_IPVSD];
        int r;

        r = client_call(bus, p->bus_name, p->root, p->own, "Statistics", &error, &reply, "s",
                        service);
        if (r >= 0)
                r = bus_message_read_json(reply, &list);
        if (r < 0) {
                (void) fprintf(stderr, "No counters: %s\n", client_error_words(&error, r));
                return NULL;
        }
        return by_name(list);
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
