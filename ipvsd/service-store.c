/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/service-store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/server-bus.h"
#include "ipvsd/service-bus.h"

/* --- writing --- */

static void put(json_object *o, const char *key, json_object *value) {
        (void) json_object_object_add(o, key, value);
}

static void put_text(json_object *o, const char *key, const char *value) {
        put(o, key, json_object_new_string(value));
}

static json_object *save_check(const struct ipvs_check *c) {
        json_object *o = json_object_new_object();

        put_text(o, "kind", c->kind);
        put_text(o, "state", ipvs_check_state_to_string(c->state));
        put_text(o, "reason", c->reason);
        if (c->weight_change != 0)
                put(o, "change", json_object_new_int(c->weight_change));
        return o;
}

static json_object *save_server(const struct ipvs_server *r) {
        json_object *o = json_object_new_object(), *checks = json_object_new_array();

        put_text(o, "state", ipvs_check_state_to_string(r->state));
        put(o, "since", json_object_new_uint64(r->since_usec));
        put_text(o, "reason", r->reason);
        put(o, "fault", json_object_new_uint64(r->fault));
        put_text(o, "override", ipvs_override_to_string(r->override_told));
        put(o, "override-weight", json_object_new_int(r->override_weight_told));
        put(o, "drained", json_object_new_boolean(r->drained));
        for (size_t i = 0; i < r->n_checks; i++)
                (void) json_object_array_add(checks, save_check(&r->checks[i]));
        put(o, "checks", checks);
        return o;
}

static json_object *save_service(const struct ipvs_service *s) {
        json_object *o = json_object_new_object(), *servers = json_object_new_object();

        put_text(o, "state", ipvs_check_state_to_string(s->state));
        put(o, "since", json_object_new_uint64(s->since_usec));
        put(o, "weight", json_object_new_uint64(s->weight));
        put_text(o, "override", ipvs_override_to_string(s->override_told));
        for (const struct ipvs_server *r = s->servers; r; r = r->hh.next)
                put(servers, r->name, save_server(r));
        put(o, "servers", servers);
        return o;
}

int ipvs_store_write(const struct ipvsd *d, const char *path) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        json_object *services = json_object_new_object();

        if (!o || !services) {
                json_object_put(services);
                return -ENOMEM;
        }
        put(o, "services", services);
        for (const struct ipvs_service *s = d->services; s; s = s->hh.next)
                put(services, s->name, save_service(s));
        put_text(o, "override", ipvs_override_to_string(d->override_told));
        put_text(o, "generation", event_log_generation(d->daemon->events));
        put(o, "sequence", json_object_new_uint64(event_log_last(d->daemon->events)));
        return state_file_write(path, o, false);
}

int ipvs_store_read(const char *path, struct json_object **ret) {
        return state_file_read(path, ret);
}

/* --- reading --- */

/* The member @key where it is of @type, else NULL. */
static json_object *member(json_object *o, const char *key, json_type type) {
        json_object *value = NULL;

        if (!json_object_is_type(o, json_type_object) ||
                        !json_object_object_get_ex(o, key, &value) ||
                        !json_object_is_type(value, type))
                return NULL;
        return value;
}

static const char *text(json_object *o, const char *key) {
        json_object *value = member(o, key, json_type_string);

        return value ? json_object_get_string(value) : "";
}

static enum ipvs_check_state state_at(json_object *o) {
        enum ipvs_check_state s = ipvs_check_state_from_string(text(o, "state"));

        return s == _IPVS_CHECK_STATE_MAX ? IPVS_CHECK_UNKNOWN : s;
}

static enum ipvs_override override_at(json_object *o) {
        enum ipvs_override v = ipvs_override_from_string(text(o, "override"));

        return v == _IPVS_OVERRIDE_MAX ? IPVS_OVERRIDE_NONE : v;
}

static int override_weight_at(json_object *o, const char *key) {
        json_object *value = member(o, key, json_type_int);

        return value ? json_object_get_int(value) : IPVS_WEIGHT_AS_CONFIGURED;
}

static void restore_checks(struct ipvs_server *r, json_object *list) {
        for (size_t i = 0; list && i < json_object_array_length(list) && i < r->n_checks; i++) {
                json_object *o = json_object_array_get_idx(list, i);

                if (streq(text(o, "kind"), r->checks[i].kind))
                        (void) ipvs_server_hear(r, i, state_at(o), text(o, "reason"),
                                        json_object_get_int(member(o, "change", json_type_int)));
        }
}

static void restore_server(struct ipvs_server *r, json_object *o) {
        r->state = state_at(o);
        r->since_usec = json_get_uint64(o, "since");
        (void) snprintf(r->reason, sizeof(r->reason), "%s", text(o, "reason"));
        r->fault = json_get_uint64(o, "fault");
        r->override_told = override_at(o);
        r->override_weight_told = override_weight_at(o, "override-weight");
        r->drained = json_get_bool(o, "drained");
        restore_checks(r, member(o, "checks", json_type_array));
}

static void restore_service(struct ipvs_service *s, json_object *o) {
        json_object *servers = member(o, "servers", json_type_object);

        s->state = state_at(o);
        s->since_usec = json_get_uint64(o, "since");
        s->weight = json_get_uint64(o, "weight");
        s->override_told = override_at(o);
        for (struct ipvs_server *r = s->servers; servers && r; r = r->hh.next) {
                json_object *server = member(servers, r->name, json_type_object);

                if (server)
                        restore_server(r, server);
        }
}

/* --- what was recorded later --- */

static void take_server_state(struct ipvs_server *r, const struct event *e) {
        bool ended = json_get_bool(e->data, "departed") || json_get_bool(e->data, "stopping");

        r->state = ended ? IPVS_CHECK_UNKNOWN : state_at(e->data);
        r->since_usec = e->realtime_usec;
        (void) snprintf(r->reason, sizeof(r->reason), "%s", text(e->data, "reason"));
        if (r->state != IPVS_CHECK_UNKNOWN)
                ipvs_health_assume(r->checks, r->n_checks, r->state == IPVS_CHECK_UP, r->reason);
}

static void take_server_event(struct ipvs_server *r, const struct event *e) {
        if (streq(e->type, "server-state"))
                take_server_state(r, e);
        else if (streq(e->type, "server-override")) {
                r->override_told = override_at(e->data);
                r->override_weight_told = override_weight_at(e->data, "weight");
        } else if (streq(e->type, "server-drained"))
                r->drained = true;
}

static void take_service_event(struct ipvs_service *s, const struct event *e) {
        bool ended = json_get_bool(e->data, "departed") || json_get_bool(e->data, "stopping");

        if (streq(e->type, "quorum-state")) {
                s->state = ended ? IPVS_CHECK_UNKNOWN : state_at(e->data);
                s->since_usec = e->realtime_usec;
        } else if (streq(e->type, "service-override"))
                s->override_told = override_at(e->data);
}

static void take_event(struct ipvsd *d, const struct event *e) {
        struct ipvs_service *s = ipvs_service_find(d, text(e->data, "service"));
        const char *server = text(e->data, "server");
        struct ipvs_server *r = s && *server ? ipvs_server_find(s, server) : NULL;

        if (streq(e->type, "node-override"))
                d->override_told = override_at(e->data);
        else if (r)
                take_server_event(r, e);
        else if (s && !*server)
                take_service_event(s, e);
}

/* --- who is not there any more --- */

static json_object *departed_data(const char *service) {
        json_object *o = json_object_new_object();

        put_text(o, "service", service);
        put_text(o, "state", "DOWN");
        put_text(o, "previous", "UP");
        put(o, "initial", json_object_new_boolean(false));
        put(o, "departed", json_object_new_boolean(true));
        put(o, "stopping", json_object_new_boolean(false));
        return o;
}

static void depart_server(
                struct ipvsd *d, const char *path, const char *service, const char *server) {
        _cleanup_(json_object_putp) json_object *o = departed_data(service);

        put_text(o, "server", server);
        put_text(o, "reason", "");
        put(o, "weight", json_object_new_int(0));
        daemon_event(d->daemon, "server-state", path, o);
}

static void depart_service(struct ipvsd *d, const char *path, const char *service) {
        _cleanup_(json_object_putp) json_object *o = departed_data(service);

        put(o, "weight", json_object_new_uint64(0));
        put(o, "quorum", json_object_new_uint64(0));
        put(o, "hysteresis", json_object_new_uint64(0));
        daemon_event(d->daemon, "quorum-state", path, o);
}

static void depart_servers(struct ipvsd *d, const char *service, json_object *saved) {
        const struct ipvs_service *s = ipvs_service_find(d, service);
        json_object *servers = member(saved, "servers", json_type_object);
        _cleanup_free_ char *service_path = NULL;

        if (!servers || ipvs_service_bus_path(service, &service_path) < 0)
                return;
        json_object_object_foreach(servers, server, o) {
                _cleanup_free_ char *path = NULL;

                if ((s && ipvs_server_find(s, server)) || state_at(o) != IPVS_CHECK_UP ||
                                ipvs_server_bus_path(service, server, &path) < 0)
                        continue;
                depart_server(d, path, service, server);
        }
        if (!s && state_at(saved) == IPVS_CHECK_UP)
                depart_service(d, service_path, service);
}

void ipvs_store_restore(struct ipvsd *d, struct json_object *saved) {
        struct event_log *log = d->daemon->events;
        json_object *services = member(saved, "services", json_type_object);
        uint64_t after = json_get_uint64(saved, "sequence"), last = event_log_last(log);
        const struct event *e;

        for (struct ipvs_service *s = d->services; services && s; s = s->hh.next) {
                json_object *service = member(services, s->name, json_type_object);

                if (service)
                        restore_service(s, service);
        }
        d->override_told = override_at(saved);
        if (streq(text(saved, "generation"), event_log_generation(log)))
                for (; after < last && (e = event_log_next(log, after)); after = e->sequence)
                        take_event(d, e);
        if (!services)
                return;
        json_object_object_foreach(services, name, service) {
                depart_servers(d, name, service);
        }
}
