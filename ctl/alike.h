/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What several daemons say alike is printed once: "vrrpd, checkd: TEXT". In the order of first mention. */

#include <json-c/json.h>

/* @said is a JSON object, empty at first. */
void alike_add(json_object *said, const char *name, const char *text);

/* Call @print for each text, with the names that said it. */
void alike_each(json_object *said,
                void (*print)(const char *names, const char *text, void *userdata), void *userdata);
