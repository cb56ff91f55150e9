/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* mainstayctl as a user runs it, against daemons that a test plays: each is a connection to a private bus
 * that owns a daemon's name and shows what it was given as JSON. */

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "tests/bus/private-bus.h"

struct fake {
        sd_bus *bus;
        char *root;          /* "/org/mainstay/vrrp1" */
        json_object *shown;  /* { path: { interface: { property: value } } } */
        json_object *events; /* array of [sequence, realtime, type, object, {data}] */
        bool silent;         /* never answers */
        const char *refusal; /* what Prepare answers, as BUS_ERROR_CONFIG_WORSE; NULL: it is ready */
        const char *method_error; /* the error of methods of objects; NULL: they work */
        unsigned prepared, committed, called, summaries;
        int argument; /* of the last method that had one */
        char *digest; /* what Prepare was given */
        uint64_t flags;
};

struct run {
        int status; /* exit status; -1: killed by a signal or by the time limit */
        char *out, *err;
};

struct fixture {
        struct private_bus private_bus;
        sd_event *event;
        struct fake vrrpd, checkd, ipvsd, notifyd;
        struct run run;
        pid_t pid; /* of the mainstayctl that runs, with its output in: */
        FILE *out, *err;
        size_t seen; /* of its output, by wait_for_output() */
};

extern struct fixture fixture;

void fixture_init(void);
void fixture_done(void);

/* Play a daemon: own @name, show @shown (JSON text). */
void fake_start(struct fake *f, const char *name, const char *root, const char *shown);
void fake_stop(struct fake *f);

/* What Daemon1 of a healthy daemon shows, as JSON text of its properties, with this digest. */
#define FAKE_DAEMON(digest)                                                                        \
        "{\"Version\":\"0.1.0\",\"ConfigFile\":\"/etc/mainstay/mainstay.conf\","                   \
        "\"ConfigDigest\":\"" digest "\",\"ConfigErrors\":[],\"StartedUsec\":1763694764000000,"    \
        "\"StalePeers\":[],\"LogDropped\":0}"

/* Run mainstayctl with these words and fill fixture.run; the daemons answer meanwhile. */
void run_ctl(const char *const *words);
#define RUN(...) run_ctl((const char *const[]){ __VA_ARGS__, NULL })

/* The same for a verb without end: start it, and do with it what follows. */
void start_ctl(const char *const *words);
#define START(...) start_ctl((const char *const[]){ __VA_ARGS__, NULL })
/* Wait until its output has @text, behind what was waited for before; all of it is in fixture.run. */
bool wait_for_output(const char *text);
void stop_ctl(void);

#define CTL_TEST(suite, name)                                                                      \
        Test(suite, name, .init = fixture_init, .fini = fixture_done, .timeout = 60)
