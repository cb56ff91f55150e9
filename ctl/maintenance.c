/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Taking this node out of all elections, and putting it back. */

#include <errno.h>
#include <stdio.h>

#include "common/bus-json.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/producers.h"
#include "ctl/words.h"

static int tell_failure(const sd_bus_error *error, int r) {
        if (client_error_is_absence(error)) {
                (void) fputs("vrrpd: not running\n", stderr);
                return CTL_NOT_THERE;
        }
        (void) fprintf(stderr, "vrrpd: %s\n", client_error_words(error, r));
        return CTL_FAILED;
}

static int order(sd_bus *bus, bool on) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const struct producer *p = &producers[PRODUCER_VRRPD];
        int r = client_call(bus, p->bus_name, p->root, p->own, "Maintenance", &error, NULL, "b",
                        (int) on);

        return r < 0 ? tell_failure(&error, r) : CTL_OK;
}

static int show(sd_bus *bus) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const struct producer *p = &producers[PRODUCER_VRRPD];
        _cleanup_(json_object_putp) json_object *value = NULL;
        usec_t since;
        char time[32];
        int r;

        r = client_call(bus, p->bus_name, p->root, "org.freedesktop.DBus.Properties", "Get", &error,
                        &reply, "ss", p->own, "MaintenanceSinceUsec");
        if (r >= 0)
                r = bus_message_read_json(reply, &value);
        if (r < 0)
                return tell_failure(&error, r);
        since = json_object_get_uint64(value);
        if (since > 0)
                printf("on since %s\n", words_time(time, sizeof(time), since));
        else
                (void) puts("off");
        return CTL_OK;
}

int verb_maintenance(const struct ctl *c, char **words) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        bool on = streq(words[0], "on");
        int r;

        if (!on && !streq(words[0], "off") && !streq(words[0], "status")) {
                (void) fprintf(stderr, "Maintenance is on, off or status, not '%s'\n", words[0]);
                return CTL_USAGE;
        }
        r = client_connect_or_tell(&bus);
        if (r != 0)
                return r;
        return streq(words[0], "status") ? show(bus) : order(bus, on);
}
