/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/bus-authorize.h"

#include <errno.h>
#include <stdlib.h>

#include "common/cleanup.h"

struct authorization {
        sd_bus_message *message;
        bus_authorized_t handler;
        void *userdata;
};

static void authorization_free(void *p) {
        struct authorization *a = p;

        sd_bus_message_unref(a->message);
        free(a);
}

static int denied(sd_bus_message *m) {
        return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_ACCESS_DENIED, "only root may call %s.%s",
                        sd_bus_message_get_interface(m), sd_bus_message_get_member(m));
}

static int on_sender_uid(sd_bus_message *reply, void *userdata, sd_bus_error *ret_error) {
        struct authorization *a = userdata;
        sd_bus_error error = SD_BUS_ERROR_NULL;
        uint32_t uid;
        int r;

        if (sd_bus_message_is_method_error(reply, NULL) ||
                        sd_bus_message_read(reply, "u", &uid) < 0 || uid != 0)
                (void) denied(a->message);
        else {
                r = a->handler(a->message, a->userdata, &error);
                if (r < 0 || sd_bus_error_is_set(&error))
                        (void) sd_bus_reply_method_errno(a->message, r, &error);
                sd_bus_error_free(&error);
        }
        return 0;
}

int bus_authorize(sd_bus_message *m, bus_authorized_t handler, void *userdata) {
        struct authorization *a;
        sd_bus_slot *slot;
        int r;

        a = malloc(sizeof(*a));
        if (!a)
                return -ENOMEM;
        *a = (struct authorization){
                .message = sd_bus_message_ref(m), .handler = handler, .userdata = userdata
        };

        r = sd_bus_call_method_async(sd_bus_message_get_bus(m), &slot, "org.freedesktop.DBus",
                        "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixUser",
                        on_sender_uid, a, "s", sd_bus_message_get_sender(m));
        if (r < 0) {
                authorization_free(a);
                return r;
        }
        (void) sd_bus_slot_set_destroy_callback(slot, authorization_free);
        (void) sd_bus_slot_set_floating(slot, 1);
        sd_bus_slot_unref(slot);
        return 1;
}
