/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "ctl/alike.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/unit.h"
#include "ctl/words.h"

_printf_(2, 3) static void add_problem(struct status *s, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r >= 0)
                json_object_array_add(s->problems, json_object_new_string(text));
}

/* Why @snap does not run what is in the file, or NULL. */
static const char *refused_configuration(const struct snapshot *snap) {
        json_object *errors, *first;

        if (!json_object_object_get_ex(snap->daemon, "ConfigErrors", &errors))
                return NULL;
        first = json_object_array_get_idx(errors, 0);
        if (!first ||
                        !streq(json_object_get_string(json_object_array_get_idx(first, 0)),
                                        "refused"))
                return NULL;
        return json_object_get_string(json_object_array_get_idx(first, 1));
}

static void add_refused(const char *names, const char *text, void *userdata) {
        add_problem(userdata, "%s: the configuration before is in force, because: %s", names, text);
}

static void add_refused_configurations(struct status *s) {
        _cleanup_(json_object_putp) json_object *said = json_object_new_object();

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                const char *why = refused_configuration(&s->snapshots[i]);

                if (why)
                        alike_add(said, producers[i].name, why);
        }
        alike_each(said, add_refused, s);
}

static void add_stale_peers(struct status *s, const struct snapshot *snap) {
        json_object *peers;
        char span[32];

        if (!json_object_object_get_ex(snap->daemon, "StalePeers", &peers))
                return;
        for (size_t i = 0; i < json_object_array_length(peers); i++) {
                json_object *peer = json_object_array_get_idx(peers, i);
                const char *bus_name = json_object_get_string(json_object_array_get_idx(peer, 0));
                const struct producer *gone = producer_find_bus_name(bus_name);
                usec_t since = json_object_get_uint64(json_object_array_get_idx(peer, 1));

                if (gone && s->snapshots[gone - producers].state == SNAPSHOT_UNWANTED)
                        continue;
                add_problem(s, "%s: without %s for %s; what it said last is kept",
                                snap->producer->name, gone ? gone->name : bus_name,
                                words_span(span, sizeof(span),
                                                usec_sub(usec_now(CLOCK_BOOTTIME), since)));
        }
}

/* All daemons judge and run the same file; where they do not, a reload was missed by some. */
static void add_different_configurations(struct status *s) {
        const struct snapshot *first = NULL;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                const struct snapshot *snap = &s->snapshots[i];

                if (!s->wanted[i] || snap->state != SNAPSHOT_RUNNING)
                        continue;
                if (!first)
                        first = snap;
                if (streq(json_get_string(snap->daemon, "ConfigDigest"),
                                    json_get_string(first->daemon, "ConfigDigest")))
                        continue;
                add_problem(s, "%s and %s run different configurations: 'mainstayctl reload'",
                                first->producer->name, snap->producer->name);
        }
}

static void add_failed_delivery(struct status *s) {
        const struct snapshot *notifyd = &s->snapshots[PRODUCER_NOTIFYD];
        const char *error = json_get_string(notifyd->own, "LastError");

        if (*error)
                add_problem(s, "notifyd: %s", error);
}

static void add_balancer(struct status *s) {
        const struct snapshot *ipvsd = &s->snapshots[PRODUCER_IPVSD];
        const char *problem = json_get_string(ipvsd->own, "Problem");

        if (*problem)
                add_problem(s, "ipvsd: %s", problem);
        if (streq(json_get_string(ipvsd->own, "Override"), "drain"))
                add_problem(s, "ipvsd: this node is draining by order: 'mainstayctl enable --node'");
}

static void add_maintenance(struct status *s) {
        usec_t since = json_get_uint64(s->snapshots[PRODUCER_VRRPD].own, "MaintenanceSinceUsec");
        char time[32];

        if (since > 0)
                add_problem(s, "vrrpd: this node is in MAINTENANCE by order since %s: 'mainstayctl maintenance off'",
                                words_time(time, sizeof(time), since));
}

static void add_absence(struct status *s, const struct snapshot *snap) {
        const char *name = snap->producer->name, *colon = snap->why ? ": " : "";
        const char *why = snap->why ?: "";

        switch (snap->state) {
        case SNAPSHOT_RUNNING: add_stale_peers(s, snap); break;
        case SNAPSHOT_NOT_RUNNING: add_problem(s, "%s: not running%s%s", name, colon, why); break;
        case SNAPSHOT_NOT_ANSWERING: add_problem(s, "%s: not answering: %s", name, why); break;
        case SNAPSHOT_UNKNOWN:
                if (snap->why)
                        add_problem(s, "%s: its unit is %s", name, why);
                break;
        case SNAPSHOT_UNWANTED:
        case _SNAPSHOT_STATE_MAX: break;
        }
}

static void find_problems(struct status *s) {
        if (s->no_bus)
                add_problem(s, "the D-Bus system bus cannot be reached: %s; the daemons go on without it",
                                s->no_bus);
        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (s->wanted[i])
                        add_absence(s, &s->snapshots[i]);
        add_refused_configurations(s);
        add_different_configurations(s);
        add_failed_delivery(s);
        add_maintenance(s);
        add_balancer(s);
}

/* What systemd knows about those that do not speak for themselves. */
static void explain_absences(struct status *s) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *manager = NULL;

        if (s->complete || unit_manager_connect(&manager) < 0)
                return;

        s->complete = true;
        for (size_t i = 0; i < N_PRODUCERS; i++) {
                struct snapshot *snap = &s->snapshots[i];

                if (!s->wanted[i])
                        continue;
                snapshot_explain(snap, manager);
                if (snap->state != SNAPSHOT_RUNNING && snap->state != SNAPSHOT_UNWANTED)
                        s->complete = false;
        }
}

static int take_snapshots(struct status *s, bool briefly) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = client_connect(&bus);
        if (r < 0)
                s->no_bus = strdup(r == -ETIMEDOUT ? "it does not answer" : strerror(-r));

        s->complete = true;
        for (size_t i = 0; i < N_PRODUCERS; i++) {
                if (!s->wanted[i])
                        continue;
                r = (briefly ? snapshot_take_summary : snapshot_take)(
                                bus, &producers[i], &s->snapshots[i]);
                if (r < 0)
                        return r;
                if (s->snapshots[i].state != SNAPSHOT_RUNNING)
                        s->complete = false;
        }
        explain_absences(s);
        return 0;
}

static void status_done(struct status *s) {
        for (size_t i = 0; i < N_PRODUCERS; i++)
                snapshot_done(&s->snapshots[i]);
        free(s->no_bus);
        json_object_put(s->problems);
}

int verb_status(const struct ctl *c, char **words) {
        _cleanup_(status_done) struct status s = {};
        int r;

        r = producers_select(words, s.wanted);
        if (r < 0)
                return CTL_USAGE;

        s.problems = json_object_new_array();
        if (!s.problems)
                return -ENOMEM;
        r = take_snapshots(&s, !c->json);
        if (r < 0)
                return r;
        find_problems(&s);

        if (c->json)
                status_print_json(&s);
        else
                status_print_text(&s);
        return s.complete ? CTL_OK : CTL_NOT_THERE;
}
