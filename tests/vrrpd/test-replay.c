/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/replay.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/usec.h"

#define NOW (1000 * USEC_PER_SEC)
#define REAL (5000 * USEC_PER_SEC)

static char directory[64], path[96];
static struct event_log *events;
static struct vrrp_roles *roles;

static void init(void) {
        struct vrrp_saved s = VRRP_SAVED_INIT;
        struct vrrp_kept_group g = { VRRP_STATE_MASTER, VRRP_REASON_MASTER_DOWN, 1, true,
                "VI_1: silence" };

        (void) strcpy(directory, "/tmp/replay.XXXXXX");
        cr_assert_not_null(mkdtemp(directory));
        (void) sprintf(path, "%s/events", directory);
        cr_assert_eq(event_log_open(path, &events), 0);
        cr_assert_eq(vrrp_roles_new(&roles), 0);
        s.state = VRRP_STATE_MASTER;
        s.reason = VRRP_REASON_MASTER_DOWN;
        s.since = 1;
        s.announce_at = NOW;
        cr_assert_eq(vrrp_roles_put_router(roles, "VI_1", &s, "the MASTER has been silent"), 0);
        cr_assert_eq(vrrp_roles_put_group(roles, "G", &g), 0);
}

static void done(void) {
        events = event_log_free(events);
        roles = vrrp_roles_free(roles);
        (void) unlink(path);
        (void) rmdir(directory);
}

TestSuite(replay, .init = init, .fini = done);

static void tell(const char *type, const char *text) {
        json_object *data = json_tokener_parse(text);

        cr_assert_not_null(data);
        cr_assert_eq(event_log_append(events, type, "/x", data, REAL - USEC_PER_SEC, NULL), 0);
        json_object_put(data);
}

static struct vrrp_saved router(void) {
        struct vrrp_saved s;

        vrrp_replay(roles, events, NOW, REAL);
        cr_assert_eq(vrrp_roles_get_router(roles, "VI_1", &s), 0);
        return s;
}

Test(replay, a_transition_that_was_recorded_has_happened_with_its_reason_and_time) {
        struct vrrp_saved s;

        tell("instance-state",
                        "{ \"name\": \"VI_1\", \"state\": \"BACKUP\", \"previous\": \"MASTER\","
                        " \"reason\": \"192.0.2.3 took over\", \"cause\": \"superseded\" }");
        s = router();
        cr_expect_eq(s.state, VRRP_STATE_BACKUP);
        cr_expect_eq(s.reason, VRRP_REASON_SUPERSEDED);
        cr_expect_eq(s.since, NOW - USEC_PER_SEC);
        cr_expect_eq(s.announce_at, USEC_INFINITY);
        cr_expect_str_eq(vrrp_roles_get_words(roles, "VI_1"), "192.0.2.3 took over");
}

Test(replay, what_the_file_knows_is_not_replayed) {
        tell("instance-state", "{ \"name\": \"VI_1\", \"state\": \"BACKUP\" }");
        vrrp_roles_set_told(roles, event_log_generation(events), event_log_last(events));
        cr_expect_eq(router().state, VRRP_STATE_MASTER);
        cr_expect_str_eq(vrrp_roles_get_words(roles, "VI_1"), "the MASTER has been silent");
}

Test(replay, an_event_of_an_earlier_release_has_no_cause) {
        struct vrrp_saved s;

        tell("instance-state",
                        "{ \"name\": \"VI_1\", \"state\": \"BACKUP\", \"reason\": \"words\" }");
        s = router();
        cr_expect_eq(s.state, VRRP_STATE_BACKUP);
        cr_expect_eq(s.reason, VRRP_REASON_NONE);
        cr_expect_str_eq(vrrp_roles_get_words(roles, "VI_1"), "words");
}

Test(replay, who_stopped_starts_anew) {
        tell("instance-state", "{ \"name\": \"VI_1\", \"state\": \"STOP\", \"cause\": \"stop\" }");
        cr_expect_eq(router().state, VRRP_STATE_INIT);
}

Test(replay, a_group_likewise) {
        struct vrrp_kept_group g;

        tell("group-state",
                        "{ \"name\": \"G\", \"state\": \"BACKUP\", \"previous\": \"MASTER\","
                        " \"reason\": \"VI_1: 192.0.2.3 took over\", \"cause\": \"superseded\" }");
        vrrp_replay(roles, events, NOW, REAL);
        cr_assert_eq(vrrp_roles_get_group(roles, "G", &g), 0);
        cr_expect_eq(g.state, VRRP_STATE_BACKUP);
        cr_expect_eq(g.reason, VRRP_REASON_SUPERSEDED);
        cr_expect_eq(g.since, NOW - USEC_PER_SEC);
        cr_expect_str_eq(g.words, "VI_1: 192.0.2.3 took over");
}

Test(replay, other_events_strangers_and_nonsense_change_nothing) {
        tell("instance-priority", "{ \"name\": \"VI_1\", \"state\": \"BACKUP\", \"priority\": 3 }");
        tell("instance-state", "{ \"name\": \"VI_9\", \"state\": \"BACKUP\" }");
        tell("instance-state", "{ \"name\": 7, \"state\": [] }");
        tell("group-state", "{ \"name\": \"H\", \"state\": \"BACKUP\" }");
        cr_expect_eq(router().state, VRRP_STATE_MASTER);
}
