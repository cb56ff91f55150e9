/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rules as things that are held. They name interfaces by name, which need not exist. */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>

#include "common/macro.h"
#include "vrrpd/held-message.h"

#define RULE_BYTES 512U

static size_t value_size(const void *value) {
        return sizeof(struct vrrp_rule);
}

static void key(const void *value, struct vrrp_held_key *ret) {
        held_message_key(value, sizeof(struct vrrp_rule), ret);
}

static size_t form_size(const void *value) {
        return sizeof(struct held_message) + RULE_BYTES;
}

static const char *device(const void *value, unsigned i) {
        return NULL;
}

static int encode(const void *value, struct nl_msg *m, void *userdata) {
        return vrrp_rule_encode(value, m);
}

static int form(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                void *ret_form) {
        return held_message_form(ret_form, form_size(value), value, encode, NULL);
}

/* Without NLM_F_EXCL the kernel would have the same rule twice. */
static void add(struct vrrp_batch *b, const void *form_, void *cookie) {
        held_message_queue(b, form_, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, cookie);
}

static void remove_(struct vrrp_batch *b, const void *form_, void *cookie) {
        held_message_queue(b, form_, RTM_DELRULE, 0, cookie);
}

static bool is_there(int error) {
        return error == -EEXIST;
}

static bool is_gone(int error) {
        return error == -ENOENT;
}

static char *describe(const void *form_) {
        struct nl_msg *m = held_message_open(form_);
        _cleanup_free_ char *words = NULL;
        struct vrrp_rule rule;
        char *text;

        if (m && vrrp_rule_decode(nlmsg_hdr(m), &rule) >= 0)
                words = vrrp_rule_format(&rule);
        nlmsg_free(m);
        return asprintf(&text, "rule %s", words ?: "?") < 0 ? NULL : text;
}

static int marked(json_object **ret) {
        struct route_dump *dump = NULL;
        int r = rule_dump_new(&dump);

        return r < 0 ? r : held_message_note_all(dump, encode, NULL, ret);
}

static int look(void **ret) {
        return rule_dump_new((struct route_dump **) ret);
}

static void forget(void *seen) {
        (void) route_dump_free(seen);
}

static bool find(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                const void *seen, void *ret_form) {
        return seen && route_dump_find(seen, value) && form(value, link, links, ret_form) >= 0;
}

const struct vrrp_held_kind vrrp_held_rule = {
        .nouns = "rules",
        .key = key,
        .value_size = value_size,
        .form_size = form_size,
        .device = device,
        .form = form,
        .differs = held_message_differs,
        .add = add,
        .remove = remove_,
        .is_there = is_there,
        .is_gone = is_gone,
        .note = held_message_note,
        .read = held_message_read,
        .locate = held_message_locate,
        .same = held_message_same,
        .describe = describe,
        .marked = marked,
        .look = look,
        .forget = forget,
        .find = find,
};
