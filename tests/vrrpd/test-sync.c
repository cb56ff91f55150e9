/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Groups at work, on routers that consist of an election alone: what a reload does to them, and what it costs
 * when a thousand members move in one wake-up. The work is counted, not timed. */

#include "vrrpd/sync.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "vrrpd/group-bus.h"
#include "vrrpd/instance-bus.h"
#include "vrrpd/keeper.h"
#include "vrrpd/news.h"
#include "vrrpd/roles.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

#define S USEC_PER_SEC
#define MANY 1020

static struct daemon d;
static struct vrrpd v = { .daemon = &d, .clock = { .now = 100 * S } };
static struct conf *conf;
static size_t fed, added;
static char told[4096];         /* the transitions of groups and routers */
static unsigned facts[MANY];    /* the faults that each router has by itself */
static struct vrrp_roles *file; /* of the runtime directory */

/* --- what stands for the rest of the daemon --- */

void __wrap_vrrp_router_feed(struct vrrp_router *r, const struct vrrp_input *in);
void __wrap_vrrp_group_add(struct vrrp_group_sum *sum, const struct vrrp_instance *member);
void __real_vrrp_group_add(struct vrrp_group_sum *sum, const struct vrrp_instance *member);
void __wrap_vrrp_news_put_group(struct vrrp_news *news, struct vrrp_sync *s, enum vrrp_state from,
                const struct vrrp_router *cause);
void __wrap_vrrp_news_group_deleted(const struct vrrp_sync *s);
void __wrap_vrrp_keeper_note_group(struct vrrp_keeper *k, const struct vrrp_sync *s);
void __wrap_vrrp_keeper_drop_group(struct vrrp_keeper *k, const char *group);
int __wrap_vrrp_keeper_saved(const struct vrrp_keeper *k, const char *name, struct vrrp_saved *ret);
int __wrap_vrrp_keeper_kept_group(
                const struct vrrp_keeper *k, const char *name, struct vrrp_kept_group *ret);
void __wrap_vrrpd_settle(struct vrrpd *v);
void __wrap_instance_bus_grouped(struct vrrp_router *r);
void __wrap_group_bus_added(struct vrrp_sync *s);
void __wrap_group_bus_removed(struct vrrp_sync *s);
void __wrap_group_bus_members_changed(struct vrrp_sync *s);

static void write_down(const char *name, enum vrrp_state from, enum vrrp_state to) {
        size_t n = strlen(told);

        (void) snprintf(told + n, sizeof(told) - n, "%s %s>%s\n", name, vrrp_state_to_string(from),
                        vrrp_state_to_string(to));
}

void __wrap_vrrp_router_feed(struct vrrp_router *r, const struct vrrp_input *in) {
        struct vrrp_instance before = r->instance;
        struct vrrp_effects effects;

        fed++;
        vrrp_instance_step(&r->instance, in, v.clock.now, &effects);
        for (size_t k = 0; k < effects.n; k++)
                if (effects.items[k].type == VRRP_EFFECT_STATE_CHANGED)
                        write_down(r->name, effects.items[k].state_changed.from,
                                        effects.items[k].state_changed.to);
        if (r->sync)
                vrrp_sync_follow(r, in, &before, &effects);
}

void __wrap_vrrp_group_add(struct vrrp_group_sum *sum, const struct vrrp_instance *member) {
        added++;
        __real_vrrp_group_add(sum, member);
}

void __wrap_vrrp_news_put_group(struct vrrp_news *news, struct vrrp_sync *s, enum vrrp_state from,
                const struct vrrp_router *cause) {
        write_down(s->name, from, s->group.state);
}

void __wrap_vrrp_news_group_deleted(const struct vrrp_sync *s) {
        size_t n = strlen(told);

        (void) snprintf(told + n, sizeof(told) - n, "%s deleted\n", s->name);
}

void __wrap_vrrp_keeper_note_group(struct vrrp_keeper *k, const struct vrrp_sync *s) {
        const struct vrrp_kept_group kept = {
                .state = s->group.state,
                .reason = s->group.reason,
                .since = s->group.since,
                .untold = s->untold,
                .words = "",
        };

        cr_assert_eq(vrrp_roles_put_group(file, s->name, &kept), 0);
}

void __wrap_vrrp_keeper_drop_group(struct vrrp_keeper *k, const char *group) {
        vrrp_roles_drop_group(file, group);
}

int __wrap_vrrp_keeper_saved(
                const struct vrrp_keeper *k, const char *name, struct vrrp_saved *ret) {
        return vrrp_roles_get_router(file, name, ret);
}

int __wrap_vrrp_keeper_kept_group(
                const struct vrrp_keeper *k, const char *name, struct vrrp_kept_group *ret) {
        return vrrp_roles_get_group(file, name, ret);
}

void __wrap_vrrpd_settle(struct vrrpd *w) {
        vrrp_syncs_settle(w);
}
void __wrap_instance_bus_grouped(struct vrrp_router *r) {
}
void __wrap_group_bus_added(struct vrrp_sync *s) {
}
void __wrap_group_bus_removed(struct vrrp_sync *s) {
}
void __wrap_group_bus_members_changed(struct vrrp_sync *s) {
}

/* --- routers and reloads --- */

static void load(const char *text) {
        conf = conf_free(conf);
        cr_assert_eq(conf_load_text("test", text, strlen(text), NULL, 0, &conf), 0);
}

/* The routers V0, V1, ... and these groups. */
static void read_groups(unsigned n, const char *groups) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        cr_assert_not_null(f);
        for (unsigned k = 0; k < n; k++)
                (void) fprintf(f,
                                "vrrp_instance V%u {\n interface eth%u\n virtual_router_id %u\n"
                                " version 3\n virtual_ipaddress {\n 10.0.0.%u/24\n }\n}\n",
                                k, k / 255, k % 255 + 1, k % 250 + 1);
        (void) fputs(groups, f);
        cr_assert_eq(fclose(f), 0);
        load(text);
        free(text);
}

static struct vrrp_router *router(unsigned k) {
        char name[16];

        (void) snprintf(name, sizeof(name), "V%u", k);
        return vrrpd_find_router(&v, name);
}

static void feed(unsigned k, enum vrrp_input_type type) {
        vrrp_router_feed(router(k), &(struct vrrp_input){ .type = type });
}

static void set_fault(unsigned k, unsigned set, unsigned cleared) {
        struct vrrp_input in = { .type = VRRP_INPUT_FAULT };

        in.fault.set = set;
        in.fault.cleared = cleared;
        facts[k] = (facts[k] & ~cleared) | set;
        vrrp_router_feed(router(k), &in);
}

static void make_router(const struct vrrp_instance_conf *c) {
        struct vrrp_router *r = calloc(1, sizeof(*r));
        struct vrrp_params params;

        cr_assert_not_null(r);
        r->vrrpd = &v;
        r->name = strdup(c->name);
        r->conf = c;
        r->deadline = (struct vrrp_deadline){ .at = USEC_INFINITY, .owner = r };
        vrrp_setup_params(c, conf->vrrp, 0, &params);
        vrrp_instance_init(&r->instance, &params);
        HASH_ADD_KEYPTR(hh, v.routers, r->name, strlen(r->name), r);
}

/* What each hears of the world, without a word where that is nothing. */
static void tell_facts(void) {
        unsigned n = HASH_COUNT(v.routers);

        for (unsigned k = 0; k < n; k++)
                if (facts[k])
                        set_fault(k, facts[k], 0);
}

/* As vrrp_reload() does it; all routers stay. */
static void reload(unsigned n, const char *groups) {
        struct vrrp_input in = { .type = VRRP_INPUT_RECONFIGURE };
        struct conf *old = TAKE_PTR(conf);

        read_groups(n, groups);
        vrrp_syncs_begin(&v, conf->vrrp);
        for (struct vrrp_instance_conf *c = conf->vrrp->instances; c; c = c->hh.next) {
                struct vrrp_router *r = vrrpd_find_router(&v, c->name);

                if (!r) {
                        make_router(c);
                        continue;
                }
                r->conf = c;
                vrrp_setup_params(c, conf->vrrp, 0, &in.reconfigure.params);
                in.reconfigure.priority = in.reconfigure.params.priority;
                vrrp_router_feed(r, &in);
        }
        tell_facts();
        for (unsigned k = 0; k < n; k++)
                if (router(k)->instance.state == VRRP_STATE_INIT)
                        feed(k, VRRP_INPUT_START);
        cr_assert_eq(vrrp_syncs_update(&v, conf->vrrp), 0);
        vrrpd_settle(&v);
        (void) conf_free(old);
}

static void free_routers(void) {
        struct vrrp_router *r, *next;

        vrrp_syncs_free(&v);
        HASH_ITER (hh, v.routers, r, next) {
                vrrp_deadlines_set(&v.deadlines, &r->deadline, USEC_INFINITY);
                HASH_DEL(v.routers, r);
                free(r->name);
                free(r);
        }
}

/* Nobody is told anything. */
static void die(void) {
        for (struct vrrp_router *r = v.routers; r; r = r->hh.next) {
                struct vrrp_saved s = vrrp_instance_save(&r->instance);

                cr_assert_eq(vrrp_roles_put_router(file, r->name, &s, ""), 0);
        }
        free_routers();
        conf = conf_free(conf);
        told[0] = '\0';
}

/* As adopt.c does it. */
static void take_role(struct vrrp_router *r) {
        struct vrrp_input in = { .type = VRRP_INPUT_RESTORE };

        if (vrrp_roles_get_router(file, r->name, &in.restore.saved) < 0) {
                vrrp_router_feed(r, &(struct vrrp_input){ .type = VRRP_INPUT_START });
                return;
        }
        in.restore.evidence = VRRP_EVIDENCE_COMPLETE;
        r->comes = r->comes && in.restore.saved.state != VRRP_STATE_MASTER;
        vrrp_router_feed(r, &in);
}

static void restart(unsigned n, const char *groups) {
        die();
        read_groups(n, groups);
        for (struct vrrp_instance_conf *c = conf->vrrp->instances; c; c = c->hh.next)
                make_router(c);
        cr_assert_eq(vrrp_syncs_update(&v, conf->vrrp), 0);
        tell_facts();
        for (struct vrrp_sync *s = v.syncs; s; s = s->hh.next)
                vrrp_sync_restore(s);
        for (unsigned k = 0; k < n; k++)
                take_role(router(k));
        vrrp_syncs_admit(&v);
        for (unsigned k = 0; k < n; k++)
                feed(k, VRRP_INPUT_RESUME);
        vrrpd_settle(&v);
}

static void init(void) {
        cr_assert_eq(vrrp_roles_new(&file), 0);
}

static void begin(unsigned n, const char *groups) {
        cr_assert_eq(vrrp_deadlines_reserve(&v.deadlines, n + 8), 0);
        reload(n, groups);
        told[0] = '\0';
}

/* Nobody is heard. */
static void wait_for_masters(unsigned n) {
        v.clock.now += 4 * S;
        for (unsigned k = 0; k < n; k++)
                feed(k, VRRP_INPUT_TIMER);
        vrrpd_settle(&v);
}

#define EXPECT(text)                                                                               \
        do {                                                                                       \
                cr_assert_str_eq(told, text, "told is\n%s", told);                                 \
                told[0] = '\0';                                                                    \
        } while (0)

static void done(void) {
        free_routers();
        vrrp_deadlines_done(&v.deadlines);
        conf = conf_free(conf);
        file = vrrp_roles_free(file);
}

TestSuite(sync, .init = init, .fini = done);

#define GROUP(name, members) "vrrp_sync_group " name " {\n group {\n " members "\n }\n}\n"
#define G(members) GROUP("G", members)
#define H(members) GROUP("H", members)

static void begin_as_masters(unsigned n, const char *groups) {
        begin(n, groups);
        wait_for_masters(n);
        told[0] = '\0';
}

Test(sync, a_reload_of_the_same_is_nothing) {
        begin_as_masters(2, G("V0\n V1"));
        reload(2, G("V0\n V1"));
        EXPECT("");
}

Test(sync, a_new_member_comes_to_a_master) {
        begin_as_masters(2, G("V0\n V1"));
        reload(3, G("V0\n V1\n V2"));
        EXPECT("V2 INIT>BACKUP\n");
        wait_for_masters(3);
        EXPECT("V2 BACKUP>MASTER\n");
}

Test(sync, a_new_member_with_a_fault_is_everybodys_concern) {
        begin_as_masters(3, G("V0\n V1"));
        set_fault(2, VRRP_FAULT_INTERFACE, 0);
        told[0] = '\0';
        reload(3, G("V0\n V1\n V2"));
        EXPECT("V0 MASTER>FAULT\nV1 MASTER>FAULT\nG MASTER>FAULT\n");
        set_fault(2, 0, VRRP_FAULT_INTERFACE);
        vrrpd_settle(&v);
        EXPECT("V2 FAULT>BACKUP\nV0 FAULT>BACKUP\nV1 FAULT>BACKUP\nG FAULT>BACKUP\n");
}

Test(sync, a_member_goes_as_what_it_is) {
        begin_as_masters(3, G("V0\n V1\n V2"));
        reload(3, G("V0\n V1"));
        EXPECT("");
        cr_expect_null(router(2)->sync);
}

Test(sync, a_member_that_goes_leaves_the_fault_of_its_group_behind) {
        begin_as_masters(3, G("V0\n V1\n V2"));
        set_fault(0, VRRP_FAULT_TRACKER, 0);
        vrrpd_settle(&v);
        told[0] = '\0';
        reload(3, G("V0\n V1"));
        EXPECT("V2 FAULT>BACKUP\n");
        reload(3, G("V1\n V2") H("V0"));
        EXPECT("V1 FAULT>BACKUP\nG FAULT>BACKUP\nH INIT>FAULT\n");
}

Test(sync, a_member_moves_from_master_to_master_and_from_fault_to_fault) {
        begin_as_masters(4, G("V0\n V1") H("V2\n V3"));
        reload(4, G("V0") H("V1\n V2\n V3"));
        EXPECT("");
        set_fault(0, VRRP_FAULT_TRACKER, 0);
        set_fault(3, VRRP_FAULT_TRACKER, 0);
        vrrpd_settle(&v);
        told[0] = '\0';
        reload(4, G("V0\n V1") H("V2\n V3"));
        EXPECT("");
}

Test(sync, groups_of_masters_are_merged) {
        begin_as_masters(4, G("V0\n V1") H("V2\n V3"));
        reload(4, G("V0\n V1\n V2\n V3"));
        EXPECT("H deleted\n");
}

Test(sync, a_group_is_dissolved) {
        begin_as_masters(2, G("V0\n V1"));
        reload(2, "");
        EXPECT("G deleted\n");
        cr_expect_eq(router(1)->instance.state, VRRP_STATE_MASTER);
}

/* The new name has never been heard of, so it is told once. */
Test(sync, a_group_is_renamed_and_gets_a_member) {
        begin_as_masters(2, G("V0\n V1"));
        reload(3, H("V0\n V1\n V2"));
        EXPECT("V2 INIT>BACKUP\nG deleted\nH INIT>MASTER\n");
        wait_for_masters(3);
        EXPECT("V2 BACKUP>MASTER\n");
}

Test(sync, a_master_comes_to_a_group_that_waits) {
        begin_as_masters(1, "");
        begin(3, G("V1\n V2"));
        reload(3, G("V0\n V1\n V2"));
        EXPECT("V0 MASTER>BACKUP\n");
}

/* It would be the last of its group, alone, before the newcomer is there. */
Test(sync, nothing_is_concluded_from_half_of_a_reload) {
        begin(3, G("V0\n V1") H("V2"));
        v.clock.now += 4 * S;
        feed(0, VRRP_INPUT_TIMER);
        vrrpd_settle(&v);
        reload(3, G("V0\n V2"));
        EXPECT("H deleted\n");
        cr_expect_eq(router(0)->instance.state, VRRP_STATE_BACKUP);
}

/* --- those that wait for a first report --- */

#define UNKNOWN VRRP_FAULT_TRACKER_UNKNOWN
#define STATE(k) (router(k)->instance.state)

static void expect_that_it_follows(void) {
        set_fault(2, 0, UNKNOWN);
        vrrpd_settle(&v);
        EXPECT("V2 FAULT>BACKUP\n");
        wait_for_masters(3);
        EXPECT("V2 BACKUP>MASTER\n");
}

Test(sync, a_restart_beside_a_newcomer_that_waits_moves_nobody) {
        begin_as_masters(2, G("V0\n V1"));
        facts[2] = UNKNOWN;
        reload(3, G("V0\n V1\n V2"));
        EXPECT("V2 INIT>FAULT\n");
        restart(3, G("V0\n V1\n V2"));
        EXPECT("");
        cr_expect_eq(STATE(0), VRRP_STATE_MASTER);
        expect_that_it_follows();
}

Test(sync, a_newcomer_that_waits_may_come_with_a_restart) {
        begin_as_masters(2, G("V0\n V1"));
        facts[2] = UNKNOWN;
        restart(3, G("V0\n V1\n V2"));
        EXPECT("V2 INIT>FAULT\n");
        cr_expect_eq(STATE(0), VRRP_STATE_MASTER);
        expect_that_it_follows();
}

Test(sync, a_fault_that_came_meanwhile_is_everybodys_concern) {
        begin_as_masters(2, G("V0\n V1"));
        facts[1] = VRRP_FAULT_INTERFACE;
        restart(2, G("V0\n V1"));
        EXPECT("V1 MASTER>FAULT\nV0 MASTER>FAULT\nG MASTER>FAULT\n");
}

/* Its addresses were on nobody, were it a newcomer. */
Test(sync, a_member_that_has_to_wait_anew_is_no_newcomer) {
        begin_as_masters(2, G("V0\n V1"));
        facts[1] = UNKNOWN;
        reload(2, G("V0\n V1"));
        EXPECT("V1 MASTER>FAULT\nV0 MASTER>FAULT\nG MASTER>FAULT\n");
        set_fault(1, 0, UNKNOWN);
        vrrpd_settle(&v);
        wait_for_masters(2);
        cr_expect_eq(STATE(0), VRRP_STATE_MASTER);
        cr_expect_eq(STATE(1), VRRP_STATE_MASTER);
}

Test(sync, what_nobody_was_told_of_is_told_after_a_restart) {
        facts[0] = UNKNOWN;
        begin(2, G("V0\n V1"));
        restart(2, G("V0\n V1"));
        EXPECT("");
        set_fault(0, VRRP_FAULT_TRACKER, UNKNOWN);
        vrrpd_settle(&v);
        EXPECT("G INIT>FAULT\n");
        restart(2, G("V0\n V1"));
        EXPECT("");
}

/* --- work --- */

static void hear(unsigned k, uint8_t priority) {
        struct vrrp_input in = { .type = VRRP_INPUT_ADVERT };

        in.advert.advert = (struct vrrp_advert){
                .version = 3,
                .vrid = (uint8_t) (k % 255 + 1),
                .priority = priority,
                .interval = S,
                .source = { .family = AF_INET, .in.s_addr = 0x0200000a },
        };
        in.advert.received = v.clock.now;
        vrrp_router_feed(router(k), &in);
}

static void begin_with_many(void) {
        char *text = NULL;
        size_t size = 0;
        FILE *f = open_memstream(&text, &size);

        cr_assert_not_null(f);
        (void) fputs("vrrp_sync_group G {\n group {\n", f);
        for (unsigned k = 0; k < MANY; k++)
                (void) fprintf(f, " V%u\n", k);
        (void) fputs(" }\n}\n", f);
        cr_assert_eq(fclose(f), 0);
        begin(MANY, text);
        free(text);
}

/* Each member is fed what came, and what follows, and is added up some few times for that. */
static void expect_work(const char *what, size_t feeds) {
        cr_expect_leq(fed, feeds * MANY, "%s: %zu inputs", what, fed);
        cr_expect_leq(added, 4 * MANY, "%s: %zu members were added up", what, added);
        fed = added = 0;
}

Test(sync, the_work_grows_with_the_members_and_not_with_their_square) {
        begin_with_many();
        fed = added = 0;
        wait_for_masters(MANY);
        cr_expect_eq(router(MANY - 1)->instance.state, VRRP_STATE_MASTER);
        expect_work("all become master", 2);

        v.clock.now += S;
        for (unsigned k = 0; k < MANY; k++)
                hear(k, 50);
        vrrpd_settle(&v);
        expect_work("all hear one of lower priority", 2);

        v.clock.now += S;
        for (unsigned k = 0; k < MANY; k++)
                hear(k, 200);
        vrrpd_settle(&v);
        cr_expect_eq(router(0)->instance.state, VRRP_STATE_BACKUP);
        expect_work("all give way", 1);

        for (unsigned k = 0; k < MANY; k++)
                set_fault(k, VRRP_FAULT_INTERFACE, 0);
        vrrpd_settle(&v);
        expect_work("all have a fault", 2);
        for (unsigned k = 0; k < MANY; k++)
                set_fault(k, 0, VRRP_FAULT_INTERFACE);
        vrrpd_settle(&v);
        cr_expect_eq(router(0)->instance.state, VRRP_STATE_BACKUP);
        expect_work("none has it any more", 2);
}
