/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/service-state.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/quorum.h"
#include "ipvsd/server-bus.h"
#include "ipvsd/service-bus.h"
#include "ipvsd/wanted.h"

/* --- events --- */

static void put(json_object *o, const char *key, json_object *value) {
        (void) json_object_object_add(o, key, value);
}

static void put_text(json_object *o, const char *key, const char *value) {
        put(o, key, json_object_new_string(value));
}

/* What was UNKNOWN has not been told: it had no state before. */
static void put_states(
                json_object *o, enum ipvs_check_state state, enum ipvs_check_state previous) {
        put_text(o, "state", ipvs_check_state_to_string(state));
        put_text(o, "previous",
                        previous == IPVS_CHECK_UNKNOWN ? "" : ipvs_check_state_to_string(previous));
}

static json_object *service_data(const struct ipvs_service *s) {
        json_object *o = json_object_new_object();

        if (o)
                put_text(o, "service", s->name);
        return o;
}

static json_object *server_data(const struct ipvs_server *r) {
        json_object *o = service_data(r->service);

        if (o)
                put_text(o, "server", r->name);
        return o;
}

/* @end: NULL, or "departed" or "stopping". */
static void record_server(
                const struct ipvs_server *r, enum ipvs_check_state previous, const char *end) {
        _cleanup_(json_object_putp) json_object *o = server_data(r);

        if (o) {
                put_states(o, end ? IPVS_CHECK_DOWN : r->state, previous);
                put_text(o, "reason", end ? "" : r->reason);
                put(o, "weight", json_object_new_int(ipvs_server_weight(r)));
                put(o, "initial", json_object_new_boolean(previous == IPVS_CHECK_UNKNOWN));
                put(o, "departed", json_object_new_boolean(end && streq(end, "departed")));
                put(o, "stopping", json_object_new_boolean(end && streq(end, "stopping")));
        }
        daemon_event(r->service->ipvsd->daemon, "server-state", r->path, o);
}

static void record_service(
                const struct ipvs_service *s, enum ipvs_check_state previous, const char *end) {
        _cleanup_(json_object_putp) json_object *o = service_data(s);

        if (o) {
                put_states(o, end ? IPVS_CHECK_DOWN : s->state, previous);
                put(o, "weight", json_object_new_uint64(s->weight));
                put(o, "quorum", json_object_new_uint64(s->conf->quorum));
                put(o, "hysteresis", json_object_new_uint64(s->conf->hysteresis));
                put(o, "initial", json_object_new_boolean(previous == IPVS_CHECK_UNKNOWN));
                put(o, "departed", json_object_new_boolean(end && streq(end, "departed")));
                put(o, "stopping", json_object_new_boolean(end && streq(end, "stopping")));
        }
        daemon_event(s->ipvsd->daemon, "quorum-state", s->path, o);
}

/* --- health --- */

static const char *reason_of(const struct ipvs_server *r, const struct ipvs_check *fault) {
        if (fault)
                return ipvs_health_reason(fault);
        if (r->n_checks == 0)
                return "nothing checks it";
        return r->fault < r->n_checks ? r->checks[r->fault].reason : "";
}

static void settle_server(struct ipvs_server *r) {
        const struct ipvs_check *fault = ipvs_health_fault(r->checks, r->n_checks);
        enum ipvs_check_state previous = r->state;
        bool down = fault;

        if (previous == (down ? IPVS_CHECK_DOWN : IPVS_CHECK_UP))
                return;
        r->state = down ? IPVS_CHECK_DOWN : IPVS_CHECK_UP;
        r->since_usec = usec_now(CLOCK_REALTIME);
        (void) snprintf(r->reason, sizeof(r->reason), "%s", reason_of(r, fault));
        if (fault)
                r->fault = (size_t) (fault - r->checks);
        record_server(r, previous, NULL);
        log_emit(down ? LOG_WARNING : LOG_NOTICE, NULL, IPVS_SERVER_FIELDS(r),
                        "%s: server %s is %s%s%s", r->service->name, r->name,
                        ipvs_check_state_to_string(r->state), r->reason[0] ? ": " : "", r->reason);
        ipvs_server_bus_state_changed(r);
}

/* --- quorum --- */

static void settle_weight(struct ipvs_service *s) {
        uint64_t weight = 0;

        for (const struct ipvs_server *r = s->servers; r; r = r->hh.next) {
                struct ipvs_wanted_server wanted = ipvs_server_wanted(r);

                weight += ipvs_wanted_vote(&wanted);
        }
        if (weight == s->weight)
                return;
        s->weight = weight;
        ipvs_service_bus_weight_changed(s);
}

static void settle_quorum(struct ipvs_service *s) {
        enum ipvs_check_state previous = s->state;
        bool up = ipvs_quorum_next(
                        previous == IPVS_CHECK_UP, s->weight, s->conf->quorum, s->conf->hysteresis);

        if (previous == (up ? IPVS_CHECK_UP : IPVS_CHECK_DOWN))
                return;
        s->state = up ? IPVS_CHECK_UP : IPVS_CHECK_DOWN;
        s->since_usec = usec_now(CLOCK_REALTIME);
        record_service(s, previous, NULL);
        log_emit(up ? LOG_NOTICE : LOG_WARNING, NULL, IPVS_SERVICE_FIELDS(s),
                        "%s is %s: its good servers weigh %" PRIu64 ", quorum %u, hysteresis %u",
                        s->name, ipvs_check_state_to_string(s->state), s->weight, s->conf->quorum,
                        s->conf->hysteresis);
        ipvs_service_bus_state_changed(s);
}

void ipvs_services_settle(struct ipvsd *d) {
        for (struct ipvs_service *s = d->services; s; s = s->hh.next) {
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        settle_server(r);
                settle_weight(s);
                settle_quorum(s);
        }
}

/* --- the end --- */

static const char *end_word(enum ipvs_end why) {
        switch (why) {
        case IPVS_END_DEPARTED: return "departed";
        case IPVS_END_STOPPING: return "stopping";
        }
        return NULL;
}

void ipvs_server_tell_end(struct ipvs_server *r, enum ipvs_end why) {
        if (r->state != IPVS_CHECK_UP)
                return;
        record_server(r, r->state, end_word(why));
        r->state = IPVS_CHECK_UNKNOWN;
}

void ipvs_service_tell_end(struct ipvs_service *s, enum ipvs_end why) {
        if (s->state != IPVS_CHECK_UP)
                return;
        s->weight = 0;
        record_service(s, s->state, end_word(why));
        s->state = IPVS_CHECK_UNKNOWN;
}

/* --- orders --- */

static void put_overrides(
                json_object *o, enum ipvs_override override, enum ipvs_override previous) {
        put_text(o, "override", ipvs_override_to_string(override));
        put_text(o, "previous", ipvs_override_to_string(previous));
}

void ipvs_server_tell_override(struct ipvs_server *r) {
        _cleanup_(json_object_putp) json_object *o = server_data(r);

        if (o) {
                put_overrides(o, r->override, r->override_told);
                put(o, "weight", json_object_new_int(r->override_weight));
        }
        daemon_event(r->service->ipvsd->daemon, "server-override", r->path, o);
        r->override_told = r->override;
        r->override_weight_told = r->override_weight;
        if (r->override == IPVS_OVERRIDE_NONE && r->override_weight == IPVS_WEIGHT_AS_CONFIGURED)
                log_emit(LOG_NOTICE, NULL, IPVS_SERVER_FIELDS(r),
                                "%s: server %s: no order any more", r->service->name, r->name);
        else if (r->override_weight == IPVS_WEIGHT_AS_CONFIGURED)
                log_emit(LOG_NOTICE, NULL, IPVS_SERVER_FIELDS(r), "%s: server %s: %s was ordered",
                                r->service->name, r->name, ipvs_override_to_string(r->override));
        else
                log_emit(LOG_NOTICE, NULL, IPVS_SERVER_FIELDS(r),
                                "%s: server %s: weight %d%s%s was ordered", r->service->name,
                                r->name, r->override_weight,
                                r->override == IPVS_OVERRIDE_NONE ? "" : " and ",
                                ipvs_override_to_string(r->override));
        ipvs_server_bus_override_changed(r);
}

void ipvs_service_tell_override(struct ipvs_service *s) {
        _cleanup_(json_object_putp) json_object *o = service_data(s);

        if (o)
                put_overrides(o, s->override, s->override_told);
        daemon_event(s->ipvsd->daemon, "service-override", s->path, o);
        s->override_told = s->override;
        log_emit(LOG_NOTICE, NULL, IPVS_SERVICE_FIELDS(s), "%s: %s", s->name,
                        s->override == IPVS_OVERRIDE_NONE ? "no order any more"
                                                          : "drain was ordered");
        ipvs_service_bus_override_changed(s);
}

void ipvs_node_tell_override(struct ipvsd *d) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();

        if (o)
                put_overrides(o, d->override, d->override_told);
        daemon_event(d->daemon, "node-override", IPVSD_OBJECT_PATH, o);
        d->override_told = d->override;
        log_notice("this node: %s",
                        d->override == IPVS_OVERRIDE_NONE ? "no order any more"
                                                          : "drain was ordered");
        DAEMON_CHANGED(d->daemon, IPVSD_OBJECT_PATH, "org.mainstay.Ipvs1.Node", "Override");
}

void ipvs_overrides_tell_rest(struct ipvsd *d) {
        if (d->override != d->override_told)
                ipvs_node_tell_override(d);
        for (struct ipvs_service *s = d->services; s; s = s->hh.next) {
                if (s->override != s->override_told)
                        ipvs_service_tell_override(s);
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        if (r->override != r->override_told ||
                                        r->override_weight != r->override_weight_told)
                                ipvs_server_tell_override(r);
        }
}

/* --- draining --- */

void ipvs_server_tell_drained(struct ipvs_server *r) {
        bool drained = ipvs_server_is_draining(r) && r->connections == 0;
        _cleanup_(json_object_putp) json_object *o = NULL;

        /* Counts from before its weight was taken away prove nothing. */
        if (drained == r->drained || (drained && r->taking))
                return;
        r->drained = drained;
        if (drained) {
                o = server_data(r);
                daemon_event(r->service->ipvsd->daemon, "server-drained", r->path, o);
                log_emit(LOG_NOTICE, NULL, IPVS_SERVER_FIELDS(r),
                                "%s: server %s is drained: its connections are gone",
                                r->service->name, r->name);
        }
        ipvs_server_bus_drained_changed(r);
}
