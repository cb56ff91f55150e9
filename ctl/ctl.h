/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The command line: one file per verb, each a function that gets what the options said and its own
 * words. Everything is asked synchronously and with a bounded wait; nothing is started by asking. */

#include <stdbool.h>

#include "common/usec.h"

/* Exit statuses, documented in mainstayctl(1). `config check` has 0, 1, 2 by the file's grade. */
enum {
        CTL_OK = 0,
        CTL_FAILED = 1,    /* refused, or an error that was printed */
        CTL_UNUSABLE = 2,  /* config: the file cannot be used */
        CTL_NOT_THERE = 3, /* the bus, or a daemon that was asked for, is not there */
        CTL_USAGE = 64,    /* EX_USAGE */
};

/* What the options before and behind the verb said. */
struct ctl {
        const char *conf_path; /* -f, or NULL */
        const char *config_id; /* -i, or NULL */
        const char *connect;   /* --connect, or NULL */
        const char *service;   /* --service, or NULL */
        bool json;
        bool follow;
        bool force;
        bool node;           /* --node */
        bool wait;           /* --wait */
        usec_t timeout_usec; /* --timeout; USEC_INFINITY: not given */
};

/* Options that a verb understands, besides --help. */
enum {
        CTL_OPTION_FILE = 1 << 0,
        CTL_OPTION_ID = 1 << 1,
        CTL_OPTION_JSON = 1 << 2,
        CTL_OPTION_FOLLOW = 1 << 3,
        CTL_OPTION_FORCE = 1 << 4,
        CTL_OPTION_TIMEOUT = 1 << 5,
        CTL_OPTION_NODE = 1 << 6,
        CTL_OPTION_SERVICE = 1 << 7,
        CTL_OPTION_WAIT = 1 << 8,
        CTL_OPTION_CONNECT = 1 << 9,
};

struct ctl_verb {
        const char *name;         /* "config check": of two words */
        const char *words;        /* what follows it, for the help: "[NAME...]" */
        int min_words, max_words; /* max -1: any number */
        unsigned options;
        const char *help; /* one line */

        /* @words are NULL-terminated. An exit status, or -errno, which the caller puts in words. */
        int (*run)(const struct ctl *c, char **words);
};

int verb_announce(const struct ctl *c, char **words);
int verb_check_digest(const struct ctl *c, char **words);
int verb_check(const struct ctl *c, char **words);
int verb_config_check(const struct ctl *c, char **words);
int verb_config_dump(const struct ctl *c, char **words);
int verb_config_explain(const struct ctl *c, char **words);
int verb_disable(const struct ctl *c, char **words);
int verb_drain(const struct ctl *c, char **words);
int verb_enable(const struct ctl *c, char **words);
int verb_events(const struct ctl *c, char **words);
int verb_help(const struct ctl *c, char **words);
int verb_maintenance(const struct ctl *c, char **words);
int verb_priority(const struct ctl *c, char **words);
int verb_reload(const struct ctl *c, char **words);
int verb_resign(const struct ctl *c, char **words);
int verb_servers(const struct ctl *c, char **words);
int verb_status(const struct ctl *c, char **words);
int verb_version(const struct ctl *c, char **words);
int verb_wait_ready(const struct ctl *c, char **words);
int verb_wait_stopped(const struct ctl *c, char **words);
int verb_watch(const struct ctl *c, char **words);
int verb_weight(const struct ctl *c, char **words);
