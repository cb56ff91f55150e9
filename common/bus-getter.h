/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A getter appends the value of a property of the object @userdata to @reply (sd_bus_add_object_vtable(3)). */

#include <systemd/sd-bus.h>

#define BUS_GETTER(name)                                                                           \
        static int name(sd_bus *bus, const char *path, const char *interface,                      \
                        const char *property, sd_bus_message *reply, void *userdata,               \
                        sd_bus_error *ret_error)
