/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Orders of the operator to the balancer: drain, enable, disable, weight, for the node, a service or servers. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "ctl/balancer.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/drain.h"

#define SERVER_INTERFACE "org.mainstay.Ipvs1.Server"
#define SERVICE_INTERFACE "org.mainstay.Ipvs1.Service"

struct order {
        const char *method;
        bool for_all; /* services and the node take it, too */
        int weight;   /* SetWeight's */
};

/* Whom it is for. */
struct target {
        bool node;
        json_object *service; /* borrowed; alone: all of it */
        json_object *servers; /* owned; NULL: not single servers */
};

static void target_done(struct target *t) {
        json_object_put(t->servers);
}

/* --- doing it --- */

static int tell_failure(const char *what, const sd_bus_error *error, int r) {
        if (client_error_is_absence(error)) {
                (void) fputs("ipvsd: not running\n", stderr);
                return CTL_NOT_THERE;
        }
        (void) fprintf(stderr, "%s: %s\n", what, client_error_words(error, r));
        return CTL_FAILED;
}

static int call(sd_bus *bus, const struct order *o, const char *path, const char *interface,
                const char *what) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const char *bus_name = producers[PRODUCER_IPVSD].bus_name;
        int r;

        if (streq(o->method, "SetWeight"))
                r = client_call(bus, bus_name, path, interface, o->method, &error, NULL, "i",
                                o->weight);
        else
                r = client_call(bus, bus_name, path, interface, o->method, &error, NULL, "");
        return r < 0 ? tell_failure(what, &error, r) : CTL_OK;
}

static int call_servers(sd_bus *bus, const struct order *o, json_object *servers) {
        int status = CTL_OK;

        for (size_t i = 0; i < json_object_array_length(servers); i++) {
                json_object *s = json_object_array_get_idx(servers, i);
                int r = call(bus, o, json_get_string(s, "Path"), SERVER_INTERFACE,
                                json_get_string(s, "Name"));

                status = r != CTL_OK ? r : status;
                if (r == CTL_NOT_THERE)
                        break;
        }
        return status;
}

static int carry_out(sd_bus *bus, const struct order *o, const struct target *t) {
        const struct producer *p = &producers[PRODUCER_IPVSD];

        if (t->node)
                return call(bus, o, p->root, p->own, "this node");
        if (t->servers)
                return call_servers(bus, o, t->servers);
        return call(bus, o, json_get_string(t->service, "Path"), SERVICE_INTERFACE,
                        json_get_string(t->service, "Name"));
}

/* --- for whom --- */

static int find_service(
                const struct ctl *c, const struct balancer *b, char ***words, struct target *t) {
        char *given[] = { (char *) c->service, NULL };
        size_t n = 0;

        t->service = balancer_find_service(b, c->service ? given : *words, &n);
        if (c->service && !t->service) {
                (void) fprintf(stderr, "There is no service '%s'. ", c->service);
                balancer_print_services(b);
                return CTL_FAILED;
        }
        if (!c->service && t->service)
                *words += n;
        return 0;
}

static int find_servers(const struct balancer *b, char **words, struct target *t) {
        t->servers = balancer_find_servers(b, t->service, words);
        if (!t->servers)
                return -ENOMEM;
        if (json_object_array_length(t->servers) > 0)
                return 0;
        balancer_complain(b, t->service, words);
        return CTL_FAILED;
}

static int usage(const char *why) {
        (void) fprintf(stderr, "%s\n", why);
        return CTL_USAGE;
}

static int find_target(const struct ctl *c, const struct balancer *b, const struct order *o,
                char **words, struct target *t) {
        int r;

        if (c->node) {
                t->node = true;
                if (c->service || words[0])
                        return usage("--node is all services: name nothing else");
                return o->for_all ? 0 : usage("This is for servers, not for the node");
        }
        r = find_service(c, b, &words, t);
        if (r != 0)
                return r;
        if (!words[0] && !t->service)
                return usage("Name a server, a service, or --node");
        if (!words[0])
                return o->for_all ? 0 : usage("This is for servers: name one behind the service");
        return find_servers(b, words, t);
}

/* The servers that a drain of @t concerns: a new reference. */
static json_object *concerned(const struct balancer *b, const struct target *t) {
        static char *no_words[] = { NULL };

        if (t->servers)
                return json_object_get(t->servers);
        return balancer_find_servers(b, t->service, no_words);
}

static int run(const struct ctl *c, const struct order *o, char **words) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(json_object_putp) json_object *servers = NULL;
        _cleanup_(balancer_done) struct balancer b = {};
        _cleanup_(target_done) struct target t = {};
        int r;

        r = client_connect_or_tell(&bus);
        if (r == 0)
                r = balancer_take(bus, &b);
        if (r == 0)
                r = find_target(c, &b, o, words, &t);
        if (r == 0)
                r = carry_out(bus, o, &t);
        if (r != 0 || !c->wait)
                return r;
        servers = concerned(&b, &t);
        return servers ? drain_wait(bus, servers, c->timeout_usec) : -ENOMEM;
}

int verb_drain(const struct ctl *c, char **words) {
        return run(c, &(struct order){ .method = "Drain", .for_all = true }, words);
}

int verb_enable(const struct ctl *c, char **words) {
        return run(c, &(struct order){ .method = "Enable", .for_all = true }, words);
}

int verb_disable(const struct ctl *c, char **words) {
        return run(c, &(struct order){ .method = "Disable" }, words);
}

/* The last word is the weight. */
int verb_weight(const struct ctl *c, char **words) {
        struct order o = { .method = "SetWeight", .weight = -1 };
        size_t n = 0;
        char *end;
        long v;

        while (words[n])
                n++;
        if (!streq(words[n - 1], "configured")) {
                errno = 0;
                v = strtol(words[n - 1], &end, 10);
                if (end == words[n - 1] || *end || errno != 0 || v < 0 || v > INT_MAX) {
                        (void) fprintf(stderr, "'%s' is no weight: 0 to %d, or configured\n",
                                        words[n - 1], INT_MAX);
                        return CTL_USAGE;
                }
                o.weight = (int) v;
        }
        words[n - 1] = NULL;
        return run(c, &o, words);
}
