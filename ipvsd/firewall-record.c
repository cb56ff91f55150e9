/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The file: what common/nftables-table.h has, and { "netns": "blue",
 *             "marks": [ { "group": "web", "protocol": 6, "family": 2, "mark": 1000 } ] }
 * Everything may be missing. */

#include "ipvsd/firewall-record.h"

#include <errno.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "common/state-file.h"

void ipvs_firewall_record_done(struct ipvs_firewall_record *r) {
        free(r->netns);
        nftables_table_done(&r->table);
        ipvs_group_marks_done(&r->marks);
        *r = (struct ipvs_firewall_record){};
}

/* --- to JSON --- */

static void put_mark(json_object *list, const struct ipvs_group_mark *m) {
        json_object *o = json_object_new_object();

        (void) json_object_object_add(o, "group", json_object_new_string(m->group));
        (void) json_object_object_add(o, "protocol", json_object_new_int(m->protocol));
        (void) json_object_object_add(o, "family", json_object_new_int(m->family));
        (void) json_object_object_add(o, "mark", json_object_new_uint64(m->mark));
        (void) json_object_array_add(list, o);
}

int ipvs_firewall_record_write(const char *path, const struct ipvs_firewall_record *r) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        json_object *marks = json_object_new_array();

        if (r->netns)
                (void) json_object_object_add(o, "netns", json_object_new_string(r->netns));
        nftables_table_to_json(&r->table, o);
        for (size_t i = 0; i < r->marks.n; i++)
                put_mark(marks, &r->marks.items[i]);
        (void) json_object_object_add(o, "marks", marks);
        return state_file_write(path, o, false);
}

/* --- from JSON --- */

/* "" is a namespace, too. */
static int get_netns(json_object *o, char **ret) {
        json_object *value;

        if (!json_object_object_get_ex(o, "netns", &value) ||
                        !json_object_is_type(value, json_type_string))
                return 0;
        *ret = strdup(json_object_get_string(value));
        return *ret ? 0 : -ENOMEM;
}

static int get_mark(json_object *o, struct ipvs_group_marks *to) {
        const char *group = json_get_string(o, "group");
        uint64_t mark = json_get_uint64(o, "mark");

        if (!json_object_is_type(o, json_type_object) || !*group || mark == 0 || mark > UINT32_MAX)
                return 0;
        return ipvs_group_marks_add(to, group, (int) json_get_uint64(o, "protocol"),
                        (int) json_get_uint64(o, "family"), (uint32_t) mark);
}

static int get_marks(json_object *o, struct ipvs_group_marks *to) {
        json_object *list;
        int r = 0;

        if (!json_object_object_get_ex(o, "marks", &list) ||
                        !json_object_is_type(list, json_type_array))
                return 0;
        for (size_t i = 0; i < json_object_array_length(list) && r >= 0; i++)
                r = get_mark(json_object_array_get_idx(list, i), to);
        return r;
}

int ipvs_firewall_record_read(const char *path, struct ipvs_firewall_record *ret) {
        _cleanup_(ipvs_firewall_record_done) struct ipvs_firewall_record record = {};
        _cleanup_(json_object_putp) json_object *o = NULL;
        int r;

        r = state_file_read(path, &o);
        if (r < 0)
                return r;
        r = get_netns(o, &record.netns);
        if (r >= 0)
                r = nftables_table_from_json(o, &record.table);
        if (r >= 0)
                r = get_marks(o, &record.marks);
        if (r < 0)
                return r;
        *ret = record;
        record = (struct ipvs_firewall_record){};
        return 0;
}
