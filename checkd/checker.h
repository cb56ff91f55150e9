/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A checker: one check of one real server of one virtual service, an object on the bus. What is asked is
 * its probe's business, which it may share with checkers of other services; the state is its own, since it
 * may be suspended while others are not.
 *
 * Over a reload a checker keeps its state, whatever it asks from then on: if that is another question, the
 * next result decides alone (keepalived starts anew; here a server does not flap by a reload). */

#include <uthash.h>

#include "checkd/kind.h"
#include "checkd/verdict.h"
#include "common/cleanup.h"
#include "common/macro.h"
#include "common/usec.h"

struct check_probe;
struct checkd;
struct ipvs_server_conf;
struct ipvs_service_conf;

struct checker {
        struct checkd *checkd;       /* owner */
        UT_hash_handle hh;           /* by name, in the order of the file */
        char *name;                  /* "SERVICE/SERVER/N" */
        char *path;                  /* of the object on the bus */
        char *service, *server;      /* names, as ipvsd has them */
        struct check_probe *probe;   /* has it in its list */
        struct checker *prev, *next; /* of the same probe */

        /* Of the configuration in force. */
        const struct ipvs_service_conf *service_conf;
        const struct check_checker_conf *conf;

        enum check_state state;
        usec_t state_since_usec; /* CLOCK_REALTIME; 0: UNKNOWN */
        char state_reason[CHECK_TEXT_MAX];
        int weight_change; /* 0 while not UP */
        bool suspended;    /* nothing is fed: the last state stays */
        unsigned file;     /* in which it is saved */
        bool seen;         /* the new configuration has it, too; only within a reload */
};

/* Make the checker called @name of @conf in @c's table. It knows nothing and has its probe. */
int checker_new(struct checkd *c, const char *name, const struct ipvs_service_conf *service,
                const struct ipvs_server_conf *server, const struct check_checker_conf *conf,
                struct checker **ret);
/* Removes it from the table; nobody is told. Its probe goes with the last one. */
struct checker *checker_free(struct checker *k);
DEFINE_CLEANUP_FUNC(struct checker *, checker_free);

struct checker *checker_find(const struct checkd *c, const char *name);

/* "SERVICE/SERVER/N", a new string, or NULL. */
char *checker_name(const struct ipvs_service_conf *service, const struct ipvs_server_conf *server,
                unsigned n);

/* Its block in a new configuration; the old one is still there. */
int checker_reconfigure(struct checker *k, const struct ipvs_service_conf *service,
                const struct check_checker_conf *conf);

/* Take over what @v has decided by a try that ended with @result. */
void checker_take(struct checker *k, const struct check_verdict *v, int weight_change,
                const char *result);

/* Take over what its probe knows already, if it does. */
void checker_catch_up(struct checker *k);

/* It is, or it is not suspended any more. Says whether that is new. */
bool checker_suspend(struct checker *k, bool suspended);

/* One line about it, with its fields. */
_printf_(4, 5) void checker_log(const struct checker *k, int level, const char *message_id,
                const char *format, ...);
