/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be asked of one virtual router. */

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/snapshot.h"

#define INSTANCE_INTERFACE "org.mainstay.Vrrp1.Instance"

static void print_instances(sd_bus *bus) {
        _cleanup_(json_object_putp) json_object *list = NULL;
        struct snapshot s;

        if (snapshot_take(bus, &producers[PRODUCER_VRRPD], &s) < 0)
                return;
        list = snapshot_list(&s, INSTANCE_INTERFACE);
        snapshot_done(&s);

        (void) fputs("There are:", stderr);
        for (size_t i = 0; i < json_object_array_length(list); i++)
                (void) fprintf(stderr, " %s",
                                json_get_string(json_object_array_get_idx(list, i), "Name"));
        (void) fputs(json_object_array_length(list) > 0 ? "\n" : " none\n", stderr);
}

static int tell_failure(sd_bus *bus, const char *name, const sd_bus_error *error, int r) {
        if (client_error_is_absence(error)) {
                (void) fputs("vrrpd: not running\n", stderr);
                return CTL_NOT_THERE;
        }
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_OBJECT)) {
                (void) fprintf(stderr, "There is no instance '%s'. ", name);
                print_instances(bus);
                return CTL_FAILED;
        }
        (void) fprintf(stderr, "%s: %s\n", name, client_error_words(error, r));
        return CTL_FAILED;
}

/* @priority is SetPriority's; others have no argument. */
static int call_instance(const char *name, const char *method, uint8_t priority) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        const struct producer *vrrpd = &producers[PRODUCER_VRRPD];
        _cleanup_free_ char *path = NULL;
        int r;

        r = sd_bus_path_encode("/org/mainstay/vrrp1/instance", name, &path);
        if (r < 0)
                return r;
        r = client_connect_or_tell(&bus);
        if (r != 0)
                return r;
        r = client_call(bus, vrrpd->bus_name, path, INSTANCE_INTERFACE, method, &error, NULL,
                        streq(method, "SetPriority") ? "y" : "", priority);
        return r < 0 ? tell_failure(bus, name, &error, r) : CTL_OK;
}

int verb_resign(const struct ctl *c, char **words) {
        return call_instance(words[0], "Resign", 0);
}

int verb_announce(const struct ctl *c, char **words) {
        return call_instance(words[0], "SendAnnouncements", 0);
}

int verb_priority(const struct ctl *c, char **words) {
        unsigned long priority = 0;
        char *end;

        if (!streq(words[1], "configured")) {
                priority = strtoul(words[1], &end, 10);
                if (strspn(words[1], "0123456789") == 0 || *end || priority < 1 || priority > 254) {
                        (void) fprintf(stderr, "'%s' is no priority: 1 to 254, or configured\n",
                                        words[1]);
                        return CTL_USAGE;
                }
        }
        return call_instance(words[0], "SetPriority", (uint8_t) priority);
}
