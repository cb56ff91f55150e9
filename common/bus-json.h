/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Values of D-Bus messages as JSON and back: how the copies of remote state and the data of events
 * are held in memory and shown by the command line.
 *
 * D-Bus to JSON keeps all values and forgets widths: integers of any size are integers, strings,
 * object paths and signatures are strings, arrays and structs are arrays, dictionaries are objects
 * (keys that are not strings are written as such), and a variant is what it holds. A descriptor,
 * which has no value outside its message, is null. */

#include <json-c/json.h>
#include <systemd/sd-bus.h>

/* Read the value at the message's cursor, whatever its type, and move past it. Nesting is bounded by
 * D-Bus itself. Returns 0 and a new reference in @ret, -ENODATA at the end of a container, or another
 * -errno (-EBADMSG for a malformed message); the cursor is then anywhere. A JSON null is the C
 * pointer NULL, as everywhere in json-c. */
int bus_message_read_json(sd_bus_message *m, json_object **ret);

/* Append @dict (NULL: empty), a JSON object of strings, integers, booleans and arrays of strings, as
 * a{sv}. Integers become u where they fit, else t, or x when negative. -EINVAL for other values. */
int bus_message_append_vardict(sd_bus_message *m, json_object *dict);
