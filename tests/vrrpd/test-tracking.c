/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is made of trackers while nobody can be heard; the bus has the node tests. */

#include "vrrpd/tracking.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/daemon.h"
#include "vrrpd/keeper.h"
#include "vrrpd/roles.h"
#include "vrrpd/vrrpd.h"

#define LONG_AGO (1000 * USEC_PER_SEC)

static const struct daemon_ops ops = { .object_path = "/org/mainstay/vrrp1" };
static struct daemon d = { .ops = &ops };
static struct vrrpd v = { .daemon = &d };
static struct vrrp_roles *file; /* of the runtime directory */
static struct conf *conf;
static unsigned assumed;

/* --- what stands for the rest of the daemon --- */

void __wrap_vrrp_keeper_note_word(
                struct vrrp_keeper *k, const char *tracker, const struct vrrp_track_word *word);
struct vrrp_track_word __wrap_vrrp_keeper_word(const struct vrrp_keeper *k, const char *tracker);
void __wrap_vrrp_keeper_note_absence(struct vrrp_keeper *k, usec_t since);
usec_t __wrap_vrrp_keeper_absence(const struct vrrp_keeper *k);
void __wrap_daemon_event(struct daemon *d, const char *type, const char *path, json_object *data);
void __wrap_vrrpd_wake(struct vrrpd *v);

void __wrap_vrrp_keeper_note_word(
                struct vrrp_keeper *k, const char *tracker, const struct vrrp_track_word *word) {
        cr_assert_eq(vrrp_roles_put_tracker(file, tracker, word), 0);
}

struct vrrp_track_word __wrap_vrrp_keeper_word(const struct vrrp_keeper *k, const char *tracker) {
        return vrrp_roles_get_tracker(file, tracker);
}

void __wrap_vrrp_keeper_note_absence(struct vrrp_keeper *k, usec_t since) {
        vrrp_roles_set_absence(file, since);
}

usec_t __wrap_vrrp_keeper_absence(const struct vrrp_keeper *k) {
        return vrrp_roles_get_absence(file);
}

void __wrap_daemon_event(struct daemon *e, const char *type, const char *path, json_object *data) {
        assumed += strcmp(type, "tracker-assumed") == 0;
}

void __wrap_vrrpd_wake(struct vrrpd *w) {
        w->clock.now = usec_now(CLOCK_MONOTONIC);
}

/* --- */

static void init(void) {
        static const char text[] = "vrrp_script chk {\n script \"/bin/true\"\n interval 1\n}\n";

        cr_assert_eq(conf_load_text("test", text, strlen(text), NULL, 0, &conf), 0);
        cr_assert_eq(vrrp_roles_new(&file), 0);
        cr_assert_geq(sd_event_new(&v.event), 0);
        cr_assert_eq(vrrp_tracking_new(&v, &v.tracking), 0);
}

static void done(void) {
        v.tracking = vrrp_tracking_free(v.tracking);
        v.event = sd_event_unref(v.event);
        file = vrrp_roles_free(file);
        conf = conf_free(conf);
}

TestSuite(tracking, .init = init, .fini = done);

static struct vrrp_tracker *want(void) {
        struct vrrp_tracker *t = NULL;

        cr_assert_eq(vrrp_tracking_want(v.tracking, CHECK_TRACKER_SCRIPT, "chk", conf, &t), 0);
        return t;
}

static void restart(void) {
        v.tracking = vrrp_tracking_free(v.tracking);
        cr_assert_eq(vrrp_tracking_new(&v, &v.tracking), 0);
}

static void run_loop(void) {
        while (sd_event_run(v.event, 0) > 0)
                ;
}

Test(tracking, one_that_nobody_reports_on_is_taken_as_good_by_a_successor_too) {
        struct vrrp_tracker *t;

        v.clock.now = usec_sub(usec_now(CLOCK_MONOTONIC), LONG_AGO);
        t = want();
        cr_expect_eq(t->word.verdict, VRRP_TRACK_UNKNOWN);
        run_loop();
        cr_expect_eq(t->word.verdict, VRRP_TRACK_GOOD);
        cr_expect_eq(assumed, 1);
        vrrp_tracker_unwant(t);

        restart();
        t = want();
        cr_expect_eq(t->word.verdict, VRRP_TRACK_GOOD);
        run_loop();
        cr_expect_eq(assumed, 1, "it is told once");
        vrrp_tracker_unwant(t);
}

Test(tracking, one_that_has_time_left_is_waited_for_by_a_successor_too) {
        struct vrrp_tracker *t;

        v.clock.now = usec_now(CLOCK_MONOTONIC);
        t = want();
        run_loop();
        cr_expect_eq(t->word.verdict, VRRP_TRACK_UNKNOWN);
        vrrp_tracker_unwant(t);
        restart();
        t = want();
        run_loop();
        cr_expect_eq(t->word.verdict, VRRP_TRACK_UNKNOWN);
        cr_expect_eq(assumed, 0);
        vrrp_tracker_unwant(t);
}
