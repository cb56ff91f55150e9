/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/macro.h"
#include "ctl/ctl.h"

/* sd-bus connects in the background; waiting for it inside of the first call would have no bound. */
static int wait_ready(sd_bus *bus) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), CLIENT_TIMEOUT_USEC);
        int r;

        for (;;) {
                usec_t left = usec_sub(end, usec_now(CLOCK_MONOTONIC));

                r = sd_bus_is_ready(bus);
                if (r != 0)
                        return r < 0 ? r : 0;
                if (left == 0)
                        return -ETIMEDOUT;
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, left);
                if (r < 0)
                        return r;
        }
}

int client_connect(sd_bus **ret) {
        _cleanup_(sd_bus_close_unrefp) sd_bus *bus = NULL;
        int r;

        r = sd_bus_open_system(&bus);
        if (r < 0)
                return r;
        r = wait_ready(bus);
        if (r < 0)
                return r;
        r = sd_bus_set_method_call_timeout(bus, CLIENT_TIMEOUT_USEC);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(bus);
        return 0;
}

int client_connect_or_tell(sd_bus **ret) {
        int r = client_connect(ret);

        if (r >= 0)
                return 0;
        (void) fprintf(stderr,
                        "The D-Bus system bus cannot be reached: %s. The daemons go on without it; "
                        "see 'systemctl status dbus mainstay-*'.\n",
                        r == -ETIMEDOUT ? "it does not answer" : strerror(-r));
        return CTL_NOT_THERE;
}

int client_call(sd_bus *bus, const char *destination, const char *path, const char *interface,
                const char *member, sd_bus_error *error, sd_bus_message **ret, const char *types,
                ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *call = NULL;
        va_list ap;
        int r;

        r = sd_bus_message_new_method_call(bus, &call, destination, path, interface, member);
        if (r < 0)
                return r;
        r = sd_bus_message_set_auto_start(call, 0);
        if (r < 0)
                return r;

        va_start(ap, types);
        r = sd_bus_message_appendv(call, types, ap);
        va_end(ap);
        if (r < 0)
                return r;
        return sd_bus_call(bus, call, CLIENT_TIMEOUT_USEC, error, ret);
}

bool client_error_is_absence(const sd_bus_error *error) {
        return sd_bus_error_has_names(error, SD_BUS_ERROR_SERVICE_UNKNOWN,
                        SD_BUS_ERROR_NAME_HAS_NO_OWNER, SD_BUS_ERROR_DISCONNECTED);
}

const char *client_error_words(const sd_bus_error *error, int r) {
        if (r == -ETIMEDOUT || sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT))
                return "it does not answer";
        /* The bus says so when the daemon went away before it answered. */
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY))
                return "it went away before it answered, or does not answer";
        if (client_error_is_absence(error))
                return "it is not running";
        if (sd_bus_error_has_name(error, SD_BUS_ERROR_ACCESS_DENIED))
                return "only root may do this";
        if (error->message)
                return error->message;
        return strerror(-r);
}
