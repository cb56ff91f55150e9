/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Messages are built and read on an unconnected bus object: no bus is needed. */

#include "common/bus-json.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "common/macro.h"

/* Messages can be made only of a bus that has been started: one end of a socketpair does. */
static sd_bus *new_bus(void) {
        sd_bus *bus = NULL;
        int fds[2];

        cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
        cr_assert_eq(sd_bus_new(&bus), 0);
        cr_assert_eq(sd_bus_set_fd(bus, fds[0], fds[0]), 0);
        cr_assert_geq(sd_bus_start(bus), 0);
        /* fds[1] stays open until the test's process ends */
        return bus;
}

static sd_bus_message *new_message(sd_bus *bus) {
        sd_bus_message *m = NULL;

        cr_assert_geq(sd_bus_message_new_signal(bus, &m, "/x", "x.y", "Z"), 0);
        return m;
}

/* Build a message of @types, read every value, and compare with one JSON text each. */
static void expect_values(const char *const *texts, const char *types, ...) {
        _cleanup_(sd_bus_unrefp) sd_bus *bus = new_bus();
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(bus);
        va_list ap;

        va_start(ap, types);
        cr_assert_geq(sd_bus_message_appendv(m, types, ap), 0);
        va_end(ap);
        cr_assert_geq(sd_bus_message_seal(m, 1, 0), 0);

        for (; *texts; texts++) {
                _cleanup_(json_object_putp) json_object *value = NULL;

                cr_assert_eq(bus_message_read_json(m, &value), 0);
                cr_expect_str_eq(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN),
                                *texts);
        }

        json_object *none = NULL;
        cr_expect_eq(bus_message_read_json(m, &none), -ENODATA);
}

#define TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

Test(bus_json, integers_of_every_width_keep_their_value) {
        expect_values(TEXTS("255", "-32768", "65535", "-2147483648", "4294967295",
                                      "-9223372036854775808", "18446744073709551615"),
                        "ynqiuxt", 255, -32768, 65535, INT32_MIN, UINT32_MAX, INT64_MIN,
                        UINT64_MAX);
}

Test(bus_json, strings_paths_signatures_booleans_and_doubles_are_read) {
        expect_values(TEXTS("\"a\\\"b\"", "\"\\/org\\/x\"", "\"a{sv}\"", "true", "false", "1.5"),
                        "sogbbd", "a\"b", "/org/x", "a{sv}", 1, 0, 1.5);
}

Test(bus_json, arrays_and_structs_are_arrays) {
        expect_values(TEXTS("[\"a\",\"b\"]", "[]", "[[\"t\",\"UP\",-20,0],[\"u\",\"DOWN\",1,2]]"),
                        "asasa(ssii)", 2, "a", "b", 0, 2, "t", "UP", -20, 0, "u", "DOWN", 1, 2);
}

Test(bus_json, dictionaries_are_objects_and_variants_what_they_hold) {
        expect_values(TEXTS("{\"a\":1,\"b\":[\"x\"]}", "{\"7\":\"seven\"}", "{}"),
                        "a{sv}a{us}a{st}", 2, "a", "u", 1, "b", "as", 1, "x", 1, 7, "seven", 0);
}

Test(bus_json, a_key_without_a_value_of_its_own_is_a_word_all_the_same) {
        expect_values(TEXTS("{\"null\":\"x\"}", "{\"true\":1}", "{\"1.5\":1}"), "a{hs}a{by}a{dy}",
                        1, STDERR_FILENO, "x", 1, 1, 1, 1, 1.5, 1);
}

Test(bus_json, a_managed_objects_tree_is_read_whole) {
        expect_values(TEXTS("{\"\\/o\":{\"i.J\":{\"P\":\"v\"},\"i.K\":{}}}"), "a{oa{sa{sv}}}", 1,
                        "/o", 2, "i.J", 1, "P", "s", "v", "i.K", 0);
}

Test(bus_json, nested_variants_are_unwrapped_without_end_of_stack) {
        _cleanup_(sd_bus_unrefp) sd_bus *bus = new_bus();
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(bus);
        _cleanup_(json_object_putp) json_object *value = NULL;
        int depth = 0;

        while (depth < 60 && sd_bus_message_open_container(m, 'v', "v") >= 0)
                depth++;
        cr_assert_geq(sd_bus_message_append(m, "v", "u", 5), 0);
        while (depth-- > 0)
                cr_assert_geq(sd_bus_message_close_container(m), 0);
        cr_assert_geq(sd_bus_message_seal(m, 1, 0), 0);

        cr_assert_eq(bus_message_read_json(m, &value), 0);
        cr_expect_eq(json_object_get_int(value), 5);
}

Test(bus_json, a_vardict_survives_the_way_there_and_back) {
        const char *text = "{\"name\":\"VI_1\",\"priority\":104,\"after-crash\":true,\"delta\":-20,"
                           "\"big\":18446744073709551615,\"list\":[\"a\",\"b\"]}";
        _cleanup_(json_object_putp) json_object *dict = json_tokener_parse(text), *back = NULL;
        _cleanup_(sd_bus_unrefp) sd_bus *bus = new_bus();
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(bus);

        cr_assert_eq(bus_message_append_vardict(m, dict), 0);
        cr_assert_geq(sd_bus_message_seal(m, 1, 0), 0);
        cr_assert_str_eq(sd_bus_message_get_signature(m, true), "a{sv}");
        cr_assert_eq(bus_message_read_json(m, &back), 0);
        cr_expect(json_object_equal(dict, back));
}

Test(bus_json, no_dictionary_is_an_empty_one) {
        _cleanup_(json_object_putp) json_object *back = NULL;
        _cleanup_(sd_bus_unrefp) sd_bus *bus = new_bus();
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(bus);

        cr_assert_eq(bus_message_append_vardict(m, NULL), 0);
        cr_assert_geq(sd_bus_message_seal(m, 1, 0), 0);
        cr_assert_eq(bus_message_read_json(m, &back), 0);
        cr_expect_eq(json_object_object_length(back), 0);
}

Test(bus_json, values_without_a_form_on_the_bus_are_refused) {
        const char *texts[] = { "{\"a\":null}", "{\"a\":1.5}", "{\"a\":{}}", "{\"a\":[1]}" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                _cleanup_(json_object_putp) json_object *dict = json_tokener_parse(texts[i]);
                _cleanup_(sd_bus_unrefp) sd_bus *bus = new_bus();
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = new_message(bus);

                cr_expect_eq(bus_message_append_vardict(m, dict), -EINVAL, "%s", texts[i]);
        }
}
