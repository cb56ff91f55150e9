/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The record of what ipvsd did to the kernel's table, behind the check of its digest. Whatever was read is sorted
 * and each key once, and what is written of it is read back as the same. */

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/json.h"
#include "ipvsd/ownership.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(int condition) {
        if (!condition)
                abort();
}

static json_object *parse(const uint8_t *data, size_t n) {
        _cleanup_free_ char *text = strndup((const char *) data, n);

        must(text != NULL);
        return json_tokener_parse(text);
}

static void keys_are_in_order(const struct ipvs_table *t) {
        for (size_t i = 1; i < t->n_services; i++)
                must(ipvs_table_service_compare_key(&t->services[i - 1], &t->services[i]) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        _cleanup_(json_object_putp) json_object *record = parse(data, n), *written = NULL,
                                                *again = NULL;
        _cleanup_(ipvs_ownership_done) struct ipvs_ownership a = {}, b = {};

        if (!json_object_is_type(record, json_type_object))
                return 0;
        must(ipvs_ownership_from_json(record, &a) == 0);
        keys_are_in_order(&a.services);
        written = ipvs_ownership_to_json(&a);
        must(ipvs_ownership_from_json(written, &b) == 0);
        again = ipvs_ownership_to_json(&b);
        must(json_object_equal(written, again));
        return 0;
}
