/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A probe: one distinct question, asked of one server again and again, however many checkers want the
 * answer. Two checkers share a probe if their kind, target, way there, limits and schedule are equal.
 *
 * The probe makes one try at a time, when its course (course.h) says; its checkers take over what the course
 * decides. While all of them are suspended it rests. It lives as long as it has checkers. */

#include <systemd/sd-event.h>
#include <uthash.h>

#include "checkd/course.h"
#include "checkd/kind.h"
#include "checkd/turns.h"

struct checkd;
struct checker;

struct check_probe {
        struct checkd *checkd;     /* owner */
        UT_hash_handle hh;         /* by key, if it is the first of those alike */
        struct check_probe *alike; /* the next with this key: what differs only the kind knows */
        char *key; /* the question in words, and behind question_n bytes its schedule */
        size_t question_n;
        const struct check_kind *kind;
        const struct check_checker_conf *conf; /* of one of its checkers, in force */
        struct checker *checkers;              /* DL */

        struct check_course course;
        sd_event_source *timer; /* when it is due */
        struct turn turn;
        struct file_watch *news; /* of kinds that watch something; or NULL */
        struct check_try *try;   /* or NULL */

        int weight_change;    /* by the last good try */
        usec_t last_run_usec; /* end of the last try, CLOCK_REALTIME; 0: none */
        char last_result[CHECK_TEXT_MAX];
        uint64_t runs, failures;        /* since the start of the process */
        char complaint[CHECK_TEXT_MAX]; /* our own want that was told last, or "" */
};

/* The probe for the question of @conf, made if there is none. */
int check_probe_get(
                struct checkd *c, const struct check_checker_conf *conf, struct check_probe **ret);
/* Ends its try and frees it; it must have no checkers. */
struct check_probe *check_probe_free(struct check_probe *p);

/* Is @conf the question that @p asks, on the same schedule? */
bool check_probe_fits(const struct check_probe *p, const struct check_checker_conf *conf);
/* Do both ask the same of the same, on whatever schedule? */
bool check_probe_same_question(const struct check_probe *a, const struct check_probe *b);
/* The question in words, "TCP_CHECK 10.0.0.11 port 80 ...": what is saved to know it again. */
char *check_probe_question(const struct check_probe *p);

/* What is asked, for people: "10.0.0.11 port 80". @buf has CHECK_TEXT_MAX bytes. */
void check_probe_describe(const struct check_probe *p, char *buf);

/* Set going what has somebody to work for: from the schedule it has, else first at @first. Put to rest what
 * has not. */
void check_probe_schedule(struct check_probe *p, usec_t first);

/* Make the next try not later than @at. */
void check_probe_hurry(struct check_probe *p, usec_t at);

/* The configuration has been loaded anew, and p->conf with it. */
void check_probe_rebase(struct check_probe *p, const struct check_checker_conf *conf);
