/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/live.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"
#include "common/usec.h"
#include "ctl/client.h"

#define RETRY_USEC (500 * USEC_PER_MSEC)

struct live {
        sd_event *event;
        const struct live_ops *ops;
        void *userdata;
        sd_bus *bus;
        bool gone; /* the connection has died and is to be put away outside of its callbacks */
};

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct live *l = userdata;

        l->gone = true;
        return 0;
}

static void drop(struct live *l) {
        l->ops->detach(l->userdata);
        (void) sd_bus_detach_event(l->bus);
        l->bus = sd_bus_close_unref(l->bus);
        l->gone = false;
}

static int take(struct live *l, sd_bus *bus) {
        int r;

        l->bus = bus;
        r = sd_bus_match_signal(bus, NULL, "org.freedesktop.DBus.Local", NULL,
                        "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, l);
        if (r < 0)
                return r;
        r = sd_bus_attach_event(bus, l->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                return r;
        return l->ops->attach(bus, l->userdata);
}

/* Once around: without a connection try to get one, else wait for something to happen. */
static int step(struct live *l) {
        sd_bus *bus = NULL;

        if (l->gone) {
                drop(l);
                (void) fputs("The bus is gone; waiting for its return.\n", stderr);
        }
        if (!l->bus && client_connect(&bus) >= 0 && take(l, bus) < 0)
                drop(l);
        return sd_event_run(l->event, l->bus ? UINT64_MAX : RETRY_USEC);
}

int live_run(sd_event *event, const struct live_ops *ops, void *userdata) {
        struct live l = { .event = event, .ops = ops, .userdata = userdata };
        sd_bus *bus = NULL;
        int r;

        r = client_connect_or_tell(&bus);
        if (r != 0)
                return r;

        r = take(&l, bus);
        while (r >= 0 && sd_event_get_state(event) != SD_EVENT_FINISHED && !ferror(stdout))
                r = step(&l);
        if (l.bus)
                drop(&l);
        return r < 0 ? r : 0;
}
