/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rules as things that are held. They name interfaces by name, which need not exist. */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <stdio.h>

#include "common/macro.h"
#include "vrrpd/held-message.h"
#include "vrrpd/route-dump.h"
#include "vrrpd/rule.h"

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

static int form(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                void *ret_form) {
        struct nl_msg *m = nlmsg_alloc_size(RULE_BYTES);
        struct held_message *f = ret_form;
        int r;

        if (!m)
                return -ENOMEM;
        nlmsg_hdr(m)->nlmsg_len = NLMSG_HDRLEN;
        f->insert = 0;
        r = vrrp_rule_encode(value, m);
        if (r >= 0)
                r = held_message_keep(f, form_size(value), m);
        nlmsg_free(m);
        return r;
}

/* Another value is another thing. */
static bool differs(const void *value, const void *form_) {
        return false;
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

static bool locate(const void *form_, struct vrrp_links *links, struct vrrp_link **ret_link,
                struct vrrp_held_key *ret) {
        return false;
}

static char *describe(const void *form_) {
        _cleanup_free_ char *words = rule_dump_words(form_);
        char *text;

        return asprintf(&text, "rule %s", words ?: "?") < 0 ? NULL : text;
}

static int marked(json_object **ret) {
        _Alignas(16) char room[VRRP_HELD_FORM_MAX];
        struct held_message *f = (struct held_message *) room;
        _cleanup_(rule_dump_freep) struct rule_dump *dump = NULL;
        json_object *lines;
        int r;

        r = rule_dump_new(&dump);
        if (r < 0)
                return r;
        lines = json_object_new_array();
        for (size_t i = 0; rule_dump_form(dump, i, f, sizeof(room)); i++)
                if (f->size > 0)
                        json_object_array_add(lines, held_message_note(f, NULL));
        *ret = lines;
        return 0;
}

static int look(void **ret) {
        return rule_dump_new((struct rule_dump **) ret);
}

static void forget(void *seen) {
        (void) rule_dump_free(seen);
}

static bool find(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                const void *seen, void *ret_form) {
        return seen && rule_dump_has(seen, value) && form(value, link, links, ret_form) >= 0;
}

const struct vrrp_held_kind vrrp_held_rule = {
        .nouns = "rules",
        .key = key,
        .value_size = value_size,
        .form_size = form_size,
        .device = device,
        .form = form,
        .differs = differs,
        .add = add,
        .remove = remove_,
        .is_there = is_there,
        .is_gone = is_gone,
        .note = held_message_note,
        .read = held_message_read,
        .locate = locate,
        .same = held_message_same,
        .describe = describe,
        .marked = marked,
        .look = look,
        .forget = forget,
        .find = find,
};
