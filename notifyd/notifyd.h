/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* notifyd: hears the events of the other daemons and tells the outside, each news once.
 *
 *   feeds -> intake.c (what an event orders) -> spool and journal -> dispatch.c (what is due) -> carriers
 *
 * An event and its actions are written down together before anything of it happens; each action is marked
 * as begun before its carrier gets it. Whatever is killed when, nothing is missed, and what may have
 * happened already is marked when it is done again. */

#include <systemd/sd-event.h>

#include "common/daemon.h"
#include "common/event-feed.h"
#include "common/job.h"
#include "notifyd/carrier.h"
#include "notifyd/fifos.h"
#include "notifyd/journal.h"
#include "notifyd/mailer.h"
#include "notifyd/runs.h"
#include "notifyd/spool.h"

#define NOTIFYD_BUS_NAME "org.mainstay.Notify1"
#define NOTIFYD_PATH "/org/mainstay/notify1"
#define NOTIFYD_DRAIN_USEC (5 * USEC_PER_SEC) /* at the end, for what is under way */

struct notifyd;

/* A producer of events. */
struct source {
        struct notifyd *notifyd;
        const char *bus_name;
        const char *root;
        const char *unit;
        struct event_feed *feed;
        usec_t absent_since;   /* CLOCK_BOOTTIME; USEC_INFINITY: it is there */
        bool first;            /* never heard before: old news are no news */
        struct job_query *job; /* at our end; NULL: not asked yet */
        bool asked;            /* and not answered yet */
        bool ends;             /* along with us */
};

enum {
        NOTIFYD_SOURCES = 3,
};

struct notifyd {
        struct daemon *daemon;
        struct spool *spool;
        struct journal *journal;
        struct runs *runs;
        struct mailer *mailer;
        struct fifos *fifos;
        struct source sources[NOTIFYD_SOURCES];
        json_object *departed; /* see orders.h */
        char hostname[256];

        sd_event_source *dispatch; /* at the spool's deadline */
        sd_event_source *sync;     /* puts the journal on the disk */
        sd_event_source *drain;    /* the end comes at the latest then */
        bool paused;               /* the feeds are: the spool is full */
        bool unwritten;            /* the journal cannot be written, and that was said */
        bool mail_in_trouble;      /* and that was said */
        bool ending, keep;         /* keep: start nothing more, a successor comes */
        bool finishing;            /* all is told; the readers of FIFOs end */

        /* since the start of the process */
        uint64_t delivered, retries, given_up;
        char last_error[CARRIED_TEXT_MAX];
};

extern const struct daemon_ops notifyd_ops;

/* intake.c */
int notifyd_intake_start(struct notifyd *n);
int notifyd_intake_attach(struct notifyd *n, sd_bus *bus); /* NULL: the bus is gone */
void notifyd_intake_stop(struct notifyd *n);
/* There is room in the spool again, or none. */
void notifyd_intake_check_room(struct notifyd *n);

/* farewell.c: who is stopped along with us, by an order or for the machine's shutdown, has something to say at its
 * end, and is waited for. */
void notifyd_farewell_begin(struct notifyd *n);
bool notifyd_farewell_waits(const struct notifyd *n);
/* A producer has left the bus. */
void notifyd_farewell_lost(struct notifyd *n, const struct source *s);
void notifyd_farewell_stop(struct notifyd *n);

/* dispatch.c */
int notifyd_dispatch_start(struct notifyd *n);
void notifyd_dispatch_stop(struct notifyd *n);
/* Something may be due now. */
void notifyd_dispatch_soon(struct notifyd *n);
/* Take an entry (owned by us from here, NULL for lack of memory) into spool and journal. 0 or -errno. */
int notifyd_put(struct notifyd *n, json_object *entry);
/* Give up what waits of a lane that is too long. */
void notifyd_give_up_overflow(struct notifyd *n);

/* notifyd.c: is everything done that the end waits for? */
void notifyd_check_end(struct notifyd *n);
