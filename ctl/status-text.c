/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/balancer.h"
#include "ctl/status.h"

#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "ctl/table.h"
#include "ctl/words.h"

#define DIGEST_SHOWN 10 /* characters: enough to compare by eye */

static const char *text_at(json_object *array, size_t i) {
        return json_object_get_string(json_object_array_get_idx(array, i)) ?: "";
}

static int number_at(json_object *array, size_t i) {
        return json_object_get_int(json_object_array_get_idx(array, i));
}

/* The array property @key; NULL where there is none. */
static json_object *list_of(json_object *o, const char *key) {
        json_object *list;

        return json_object_object_get_ex(o, key, &list) &&
                                        json_object_is_type(list, json_type_array)
                        ? list
                        : NULL;
}

static size_t length_of(json_object *list) {
        return list ? json_object_array_length(list) : 0;
}

/* ---- daemons ---- */

static void daemon_row(struct table *t, const struct snapshot *snap) {
        json_object *errors = list_of(snap->daemon, "ConfigErrors");
        unsigned complaints = 0;
        char time[32];

        table_row(t);
        table_cell(t, "%s", snap->producer->name);
        table_cell(t, "%s", snapshot_state_to_string(snap->state));
        if (snap->state != SNAPSHOT_RUNNING)
                return;

        for (size_t i = 0; i < length_of(errors); i++)
                complaints += streq(text_at(json_object_array_get_idx(errors, i), 0), "complaint");
        table_cell(t, "%s", json_get_string(snap->daemon, "Version"));
        table_cell(t, "%s",
                        words_time(time, sizeof(time),
                                        json_get_uint64(snap->daemon, "StartedUsec")));
        table_cell(t, "%s", json_get_string(snap->daemon, "ConfigFile"));
        table_cell(t, "%.*s", DIGEST_SHOWN, json_get_string(snap->daemon, "ConfigDigest"));
        table_cell(t, "%u", complaints);
}

/* All daemons judge the whole file: the first that runs speaks for those with the same digest. */
static void print_complaints(const struct status *s) {
        const char *digest = NULL;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                json_object *daemon = s->snapshots[i].daemon;
                json_object *errors = list_of(daemon, "ConfigErrors");

                if (!daemon || (digest && streq(digest, json_get_string(daemon, "ConfigDigest"))))
                        continue;
                digest = json_get_string(daemon, "ConfigDigest");
                for (size_t e = 0; e < length_of(errors); e++) {
                        json_object *error = json_object_array_get_idx(errors, e);

                        if (streq(text_at(error, 0), "complaint"))
                                printf("  %s\n", text_at(error, 1));
                }
        }
}

static void print_daemons(const struct status *s) {
        static const char *const headings[] = { "DAEMON", "STATE", "VERSION", "SINCE",
                "CONFIGURATION", "DIGEST", "COMPLAINTS", NULL };
        _cleanup_(table_freep) struct table *t = table_new(headings);

        if (!t)
                return;
        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (s->wanted[i])
                        daemon_row(t, &s->snapshots[i]);
        table_print(t, stdout);
        print_complaints(s);
}

static void print_problems(const struct status *s) {
        if (length_of(s->problems) == 0)
                return;
        (void) putchar('\n');
        for (size_t i = 0; i < length_of(s->problems); i++)
                printf("%s\n", text_at(s->problems, i));
}

/* ---- instances ---- */

static void master_cell(struct table *t, json_object *instance) {
        const char *address = json_get_string(instance, "MasterAddress");

        if (streq(json_get_string(instance, "State"), "MASTER"))
                table_cell(t, "this node");
        else if (*address)
                table_cell(t, "%s (%d)", address,
                                (int) json_get_uint64(instance, "MasterPriority"));
        else
                table_cell(t, "-");
}

static void instance_notes(struct table *t, json_object *instance) {
        json_object *list;

        list = list_of(instance, "Addresses");
        for (size_t i = 0; i < length_of(list); i++)
                table_note(t, "%s", text_at(list, i));

        list = list_of(instance, "Routes");
        for (size_t i = 0; i < length_of(list); i++)
                table_note(t, "route %s", text_at(list, i));

        list = list_of(instance, "Rules");
        for (size_t i = 0; i < length_of(list); i++)
                table_note(t, "rule %s", text_at(list, i));

        list = list_of(instance, "Trackers");
        for (size_t i = 0; i < length_of(list); i++) {
                json_object *tracker = json_object_array_get_idx(list, i);

                table_note(t, "%s: %s, weight %d, adds %d", text_at(tracker, 0),
                                text_at(tracker, 1), number_at(tracker, 2), number_at(tracker, 3));
        }

        if (json_get_uint64(instance, "OrderedPriority") > 0)
                table_note(t, "priority %u by order, instead of the configured %u",
                                (unsigned) json_get_uint64(instance, "OrderedPriority"),
                                (unsigned) json_get_uint64(instance, "BasePriority"));

        list = list_of(instance, "Conflicts");
        for (size_t i = 0; i < length_of(list); i++) {
                json_object *conflict = json_object_array_get_idx(list, i);

                table_note(t, "conflict: %s is also claimed by the station %s",
                                text_at(conflict, 0), text_at(conflict, 1));
        }

        list = list_of(instance, "FaultReasons");
        for (size_t i = 0; i < length_of(list); i++)
                table_note(t, "fault: %s", text_at(list, i));
}

static void instance_row(struct table *t, json_object *instance) {
        unsigned base = (unsigned) json_get_uint64(instance, "BasePriority");
        unsigned effective = (unsigned) json_get_uint64(instance, "EffectivePriority");
        char time[32];

        table_row(t);
        table_cell(t, "%s", json_get_string(instance, "Name"));
        table_cell(t, "%s", json_get_string(instance, "State"));
        if (base == effective)
                table_cell(t, "%u", base);
        else
                table_cell(t, "%u of %u", effective, base);
        master_cell(t, instance);
        table_cell(t, "%s", json_get_string(instance, "Interface"));
        table_cell(t, "%u", (unsigned) json_get_uint64(instance, "VirtualRouterId"));
        table_cell(t, "%s",
                        words_time(time, sizeof(time),
                                        json_get_uint64(instance, "LastTransitionUsec")));
        table_cell(t, "%s", json_get_string(instance, "Reason"));
        instance_notes(t, instance);
}

/* ---- groups ---- */

static void group_row(struct table *t, json_object *group) {
        json_object *members = list_of(group, "Members");
        char time[32];

        table_row(t);
        table_cell(t, "%s", json_get_string(group, "Name"));
        table_cell(t, "%s", json_get_string(group, "State"));
        table_cell(t, "%s",
                        words_time(time, sizeof(time),
                                        json_get_uint64(group, "LastTransitionUsec")));
        table_cell(t, "%s", json_get_string(group, "Reason"));
        for (size_t i = 0; i < length_of(members); i++)
                table_note(t, "%s", text_at(members, i));
}

/* ---- trackers, services ---- */

static void tracker_row(struct table *t, json_object *tracker) {
        char time[32];

        table_row(t);
        table_cell(t, "%s", json_get_string(tracker, "Name"));
        table_cell(t, "%s", json_get_string(tracker, "Kind"));
        table_cell(t, "%s", json_get_string(tracker, "State"));
        table_cell(t, "%s",
                        words_time(time, sizeof(time), json_get_uint64(tracker, "StateSinceUsec")));
        table_cell(t, "%s", json_get_string(tracker, "LastResult"));
}

static void problem_note(struct table *t, json_object *o) {
        if (*json_get_string(o, "Problem"))
                table_note(t, "problem: %s", json_get_string(o, "Problem"));
}

static void service_row(struct table *t, json_object *service) {
        char time[32];

        table_row(t);
        table_cell(t, "%s", json_get_string(service, "Name"));
        table_cell(t, "%s", json_get_string(service, "State"));
        table_cell(t, "%" PRIu64 " of %" PRIu64, json_get_uint64(service, "Weight"),
                        json_get_uint64(service, "Quorum"));
        table_cell(t, "%s", json_get_string(service, "Scheduler"));
        table_cell(t, "%s", json_get_string(service, "Forwarding"));
        table_cell(t, "%s",
                        words_time(time, sizeof(time), json_get_uint64(service, "StateSinceUsec")));
        if (streq(json_get_string(service, "Override"), "drain"))
                table_note(t, "draining by order");
        if (json_get_bool(service, "SorryActive"))
                table_note(t, "the sorry server %s takes the connections",
                                json_get_string(service, "SorryServer"));
        problem_note(t, service);
}

/* Those that are as they should be are only counted. */
static bool is_remarkable(json_object *server) {
        char order[BALANCER_ORDER_MAX];

        return !streq(json_get_string(server, "State"), "UP") ||
                        *balancer_order_words(server, order) || *json_get_string(server, "Problem");
}

static void server_row(struct table *t, json_object *server) {
        char order[BALANCER_ORDER_MAX], time[32];

        if (!is_remarkable(server))
                return;
        table_row(t);
        table_cell(t, "%s", json_get_string(server, "Name"));
        table_cell(t, "%s", json_get_string(server, "Service"));
        table_cell(t, "%s", json_get_string(server, "State"));
        if (json_get_bool(server, "InTable"))
                table_cell(t, "%d", json_object_get_int(json_object_object_get(server, "Weight")));
        else
                table_cell(t, "out");
        table_cell(t, "%s", *balancer_order_words(server, order) ? order : "-");
        table_cell(t, "%s",
                        words_time(time, sizeof(time), json_get_uint64(server, "StateSinceUsec")));
        table_cell(t, "%s", json_get_string(server, "StateReason"));
        problem_note(t, server);
}

static void print_balancer(const struct snapshot *snap) {
        _cleanup_(json_object_putp) json_object *servers =
                        snapshot_list(snap, "org.mainstay.Ipvs1.Server");
        const char *sync = json_get_string(snap->own, "SyncState");
        size_t n = length_of(servers), good = 0;

        if (n == 0)
                return;
        for (size_t i = 0; i < n; i++)
                good += !is_remarkable(json_object_array_get_idx(servers, i));
        printf("\n%zu of %zu servers are up and as configured\n", good, n);
        if (*sync)
                printf("Connections are synchronised as %s\n", sync);
}

/* A table of the objects with @interface; nothing where there are none. */
static void print_objects(const struct snapshot *snap, const char *interface,
                const char *const *headings, void (*row)(struct table *t, json_object *o)) {
        _cleanup_(json_object_putp) json_object *list = snapshot_list(snap, interface);
        _cleanup_(table_freep) struct table *t = table_new(headings);

        if (!t || length_of(list) == 0)
                return;
        for (size_t i = 0; i < length_of(list); i++)
                row(t, json_object_array_get_idx(list, i));
        if (table_is_empty(t))
                return;
        (void) putchar('\n');
        table_print(t, stdout);
}

static void print_spool(json_object *spool) {
        char time[32];

        if (!spool)
                return;
        printf("\nNotifications: %" PRIu64 " waiting", json_get_uint64(spool, "Pending"));
        if (json_get_uint64(spool, "OldestUsec") > 0)
                printf(" (the oldest since %s)",
                                words_time(time, sizeof(time),
                                                json_get_uint64(spool, "OldestUsec")));
        printf(", %" PRIu64 " delivered, %" PRIu64 " retries, %" PRIu64 " given up\n",
                        json_get_uint64(spool, "Delivered"), json_get_uint64(spool, "Retries"),
                        json_get_uint64(spool, "GivenUp"));
}

void status_print_text(const struct status *s) {
        static const char *const instances[] = { "INSTANCE", "STATE", "PRIORITY", "MASTER",
                "INTERFACE", "VRID", "SINCE", "REASON", NULL };
        static const char *const groups[] = { "GROUP", "STATE", "SINCE", "REASON", NULL };
        static const char *const trackers[] = { "TRACKER", "KIND", "STATE", "SINCE", "LAST RESULT",
                NULL };
        static const char *const services[] = { "SERVICE", "STATE", "WEIGHT", "SCHEDULER",
                "FORWARDING", "SINCE", NULL };
        static const char *const servers[] = { "SERVER", "SERVICE", "STATE", "WEIGHT", "ORDER",
                "SINCE", "REASON", NULL };

        print_daemons(s);
        print_problems(s);
        print_objects(&s->snapshots[PRODUCER_VRRPD], "org.mainstay.Vrrp1.Instance", instances,
                        instance_row);
        print_objects(&s->snapshots[PRODUCER_VRRPD], "org.mainstay.Vrrp1.Group", groups, group_row);
        print_objects(&s->snapshots[PRODUCER_CHECKD], "org.mainstay.Check1.Tracker", trackers,
                        tracker_row);
        print_objects(&s->snapshots[PRODUCER_IPVSD], "org.mainstay.Ipvs1.Service", services,
                        service_row);
        print_balancer(&s->snapshots[PRODUCER_IPVSD]);
        print_objects(&s->snapshots[PRODUCER_IPVSD], "org.mainstay.Ipvs1.Server", servers,
                        server_row);
        print_spool(s->snapshots[PRODUCER_NOTIFYD].own);
}
