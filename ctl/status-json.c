/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Properties keep the names that they have on the bus, so the interfaces' XML describes them. What cannot
 * be known, because its daemon does not run, is null, never an empty list. */

#include "ctl/status.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"

#define SCHEMA 1

static void add(json_object *to, const char *key, json_object *value) {
        json_object_object_add(to, key, value);
}

static json_object *string_or_null(const char *text) {
        return text ? json_object_new_string(text) : NULL;
}

static json_object *errors_as_objects(json_object *errors) {
        json_object *list = json_object_new_array();

        for (size_t i = 0; i < json_object_array_length(errors); i++) {
                json_object *pair = json_object_array_get_idx(errors, i);
                json_object *entry = json_object_new_object();

                add(entry, "Grade", json_object_get(json_object_array_get_idx(pair, 0)));
                add(entry, "Text", json_object_get(json_object_array_get_idx(pair, 1)));
                json_object_array_add(list, entry);
        }
        return list;
}

static json_object *peers_as_objects(json_object *peers) {
        json_object *list = json_object_new_array();

        for (size_t i = 0; i < json_object_array_length(peers); i++) {
                json_object *pair = json_object_array_get_idx(peers, i);
                json_object *entry = json_object_new_object();

                add(entry, "BusName", json_object_get(json_object_array_get_idx(pair, 0)));
                add(entry, "SinceBoottimeUsec",
                                json_object_get(json_object_array_get_idx(pair, 1)));
                json_object_array_add(list, entry);
        }
        return list;
}

static json_object *daemon_as_object(const struct snapshot *snap) {
        json_object *o = json_object_new_object();

        add(o, "Name", json_object_new_string(snap->producer->name));
        add(o, "State", json_object_new_string(snapshot_state_to_string(snap->state)));
        add(o, "Why", string_or_null(snap->why));
        if (!snap->daemon)
                return o;

        json_object_object_foreach(snap->daemon, key, value) {
                if (streq(key, "ConfigErrors"))
                        add(o, key, errors_as_objects(value));
                else if (streq(key, "StalePeers"))
                        add(o, key, peers_as_objects(value));
                else
                        add(o, key, json_object_get(value));
        }
        return o;
}

/* Objects with @keys instead of structs without names, in the list @property. */
static void name_members(
                json_object *instance, const char *property, const char *const *keys, size_t n) {
        json_object *structs, *named = json_object_new_array();

        if (!json_object_object_get_ex(instance, property, &structs))
                structs = NULL;
        for (size_t i = 0; structs && i < json_object_array_length(structs); i++) {
                json_object *tuple = json_object_array_get_idx(structs, i);
                json_object *entry = json_object_new_object();

                for (size_t k = 0; k < n; k++)
                        add(entry, keys[k], json_object_get(json_object_array_get_idx(tuple, k)));
                json_object_array_add(named, entry);
        }
        add(instance, property, named);
}

static json_object *instances_of(const struct snapshot *snap) {
        static const char *const tracker[] = { "Name", "State", "Weight", "Adds" };
        static const char *const conflict[] = { "Address", "Mac", "SinceUsec" };
        json_object *instances = snapshot_list(snap, "org.mainstay.Vrrp1.Instance");

        for (size_t i = 0; i < json_object_array_length(instances); i++) {
                json_object *instance = json_object_array_get_idx(instances, i);

                name_members(instance, "Trackers", tracker, ARRAY_SIZE(tracker));
                name_members(instance, "Conflicts", conflict, ARRAY_SIZE(conflict));
        }
        return instances;
}

/* The servers go to the service whose path theirs begins with. */
static void attach_servers(json_object *services, json_object *servers) {
        _cleanup_(json_object_putp) json_object *by_path = json_object_new_object();

        for (size_t i = 0; i < json_object_array_length(services); i++) {
                json_object *service = json_object_array_get_idx(services, i);

                add(service, "Servers", json_object_new_array());
                add(by_path, json_get_string(service, "Path"), json_object_get(service));
        }
        for (size_t i = 0; i < json_object_array_length(servers); i++) {
                json_object *server = json_object_array_get_idx(servers, i), *service, *list;
                _cleanup_free_ char *path = strdup(json_get_string(server, "Path"));
                char *end = path ? strstr(path, "/server/") : NULL;

                if (!end)
                        continue;
                *end = '\0';
                if (json_object_object_get_ex(by_path, path, &service) &&
                                json_object_object_get_ex(service, "Servers", &list))
                        json_object_array_add(list, json_object_get(server));
        }
}

static json_object *services_of(const struct snapshot *snap) {
        json_object *services = snapshot_list(snap, "org.mainstay.Ipvs1.Service");
        _cleanup_(json_object_putp) json_object *servers =
                        snapshot_list(snap, "org.mainstay.Ipvs1.Server");

        attach_servers(services, servers);
        return services;
}

static json_object *groups_of(const struct status *s) {
        const struct snapshot *snap = &s->snapshots[PRODUCER_VRRPD];

        if (snap->state != SNAPSHOT_RUNNING || !s->wanted[PRODUCER_VRRPD])
                return NULL;
        return snapshot_list(snap, "org.mainstay.Vrrp1.Group");
}

static json_object *objects_of(const struct status *s, size_t producer) {
        const struct snapshot *snap = &s->snapshots[producer];

        if (snap->state != SNAPSHOT_RUNNING || !s->wanted[producer])
                return NULL;
        switch (producer) {
        case PRODUCER_VRRPD: return instances_of(snap);
        case PRODUCER_CHECKD: return snapshot_list(snap, "org.mainstay.Check1.Tracker");
        case PRODUCER_IPVSD: return services_of(snap);
        default: return json_object_get(snap->own);
        }
}

void status_print_json(const struct status *s) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        json_object *daemons = json_object_new_array();

        add(o, "Schema", json_object_new_int(SCHEMA));
        add(o, "BusError", string_or_null(s->no_bus));
        add(o, "Problems", json_object_get(s->problems));
        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (s->wanted[i])
                        json_object_array_add(daemons, daemon_as_object(&s->snapshots[i]));
        add(o, "Daemons", daemons);
        add(o, "Manager", json_object_get(s->snapshots[PRODUCER_VRRPD].own));
        add(o, "Instances", objects_of(s, PRODUCER_VRRPD));
        add(o, "Groups", groups_of(s));
        add(o, "Trackers", objects_of(s, PRODUCER_CHECKD));
        add(o, "Services", objects_of(s, PRODUCER_IPVSD));
        add(o, "Balancer", json_object_get(s->snapshots[PRODUCER_IPVSD].own));
        add(o, "Spool", objects_of(s, PRODUCER_NOTIFYD));

        (void) puts(json_object_to_json_string_ext(
                        o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
}
