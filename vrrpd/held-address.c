/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses as things that are held: there is one of an address and prefix on a link, whatever else is said
 * of it. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/address-mark.h"
#include "vrrpd/address-record.h"
#include "vrrpd/held.h"

struct address_form {
        struct vrrp_address address;
        int ifindex;
};

struct vrrp_held_key vrrp_held_address_key(const struct vrrp_link_address_key *address) {
        struct vrrp_held_key key = {};

        _Static_assert(sizeof(*address) <= sizeof(key), "the key is the address");
        memcpy(&key, address, sizeof(*address));
        return key;
}

static struct vrrp_held_key key_of(const struct ip_addr *addr, unsigned prefix) {
        struct vrrp_link_address_key address = vrrp_link_address_key(addr, prefix);

        return vrrp_held_address_key(&address);
}

static void key(const void *value, struct vrrp_held_key *ret) {
        const struct vrrp_address *a = value;

        *ret = key_of(&a->addr, a->prefix);
}

static size_t value_size(const void *value) {
        return sizeof(struct vrrp_address);
}

static size_t form_size(const void *value) {
        return sizeof(struct address_form);
}

static const char *device(const void *value, unsigned i) {
        return NULL;
}

static int form(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                void *ret_form) {
        const struct vrrp_address *a = value;

        if (!vrrp_link_exists(link))
                return -ENODEV;
        *(struct address_form *) ret_form = (struct address_form){ *a, link->ifindex };
        return 0;
}

static bool differs(const void *value, const void *form_) {
        const struct address_form *f = form_;

        return !vrrp_address_equal(value, &f->address);
}

static void add(struct vrrp_batch *b, const void *form_, void *cookie) {
        const struct address_form *f = form_;

        vrrp_address_add(b, &f->address, f->ifindex, cookie);
}

static void remove_(struct vrrp_batch *b, const void *form_, void *cookie) {
        const struct address_form *f = form_;

        vrrp_address_remove(b, &f->address, f->ifindex, cookie);
}

/* Put there by hand, or left by somebody: it is ours now. */
static bool is_there(int error) {
        return error == -EEXIST;
}

/* Gone already, by whatever hand or with its interface. */
static bool is_gone(int error) {
        return error == -EADDRNOTAVAIL || error == -ENODEV;
}

static json_object *note(const void *form_, const struct vrrp_link *link) {
        const struct address_form *f = form_;
        struct vrrp_address_record_entry e = {
                .addr = f->address.addr,
                .prefix = f->address.prefix,
                .peer = f->address.peer,
                .ifindex = f->ifindex,
        };
        char buf[VRRP_ADDRESS_RECORD_TEXT_MAX];

        (void) strcpy(e.ifname, link ? link->name : "?");
        return json_object_new_string(vrrp_address_record_format(&e, buf));
}

static int read_(const char *line, void *ret_form, size_t size) {
        struct vrrp_address_record_entry e;

        if (size < sizeof(struct address_form) || vrrp_address_record_parse(line, &e) < 0)
                return -EINVAL;
        *(struct address_form *) ret_form = (struct address_form){
                { .addr = e.addr, .prefix = e.prefix, .peer = e.peer },
                e.ifindex,
        };
        return (int) sizeof(struct address_form);
}

static bool locate(const void *form_, struct vrrp_links *links, struct vrrp_link **ret_link,
                struct vrrp_held_key *ret) {
        const struct address_form *f = form_;

        *ret_link = vrrp_links_find(links, f->ifindex);
        *ret = key_of(&f->address.addr, f->address.prefix);
        return true;
}

static char *describe(const void *form_) {
        const struct address_form *f = form_;
        char ip[IP_ADDR_STRLEN], name[IF_NAMESIZE] = "?", *text;

        (void) if_indextoname((unsigned) f->ifindex, name);
        if (asprintf(&text, "%s/%u on %s", ip_addr_format(&f->address.addr, ip), f->address.prefix,
                            name) < 0)
                return NULL;
        return text;
}

static int marked(json_object **ret) {
        _cleanup_free_ struct vrrp_address_record_entry *entries = NULL;
        char buf[VRRP_ADDRESS_RECORD_TEXT_MAX];
        json_object *lines;
        size_t n = 0;
        int r;

        r = vrrp_address_mark_find(&entries, &n);
        if (r < 0)
                return r;
        lines = json_object_new_array();
        for (size_t i = 0; i < n; i++)
                json_object_array_add(lines,
                                json_object_new_string(
                                                vrrp_address_record_format(&entries[i], buf)));
        *ret = lines;
        return 0;
}

/* The links know already. */
static int look(void **ret) {
        *ret = NULL;
        return 0;
}

static void forget(void *seen) {
}

/* How the kernel has it, as far as that can be told from ours. */
static bool find(const void *value, const struct vrrp_link *link, struct vrrp_links *links,
                const void *seen, void *ret_form) {
        const struct vrrp_address *a = value;
        const struct vrrp_link_address *found = vrrp_link_find_address(link, &a->addr, a->prefix);
        struct address_form f = { *a, link->ifindex };

        if (!found)
                return false;
        if (a->label[0] || !streq(found->label, link->name))
                (void) strcpy(f.address.label, found->label);
        *(struct address_form *) ret_form = f;
        return true;
}

const struct vrrp_held_kind vrrp_held_address = {
        .nouns = "addresses",
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
        .note = note,
        .read = read_,
        .locate = locate,
        .describe = describe,
        .marked = marked,
        .look = look,
        .forget = forget,
        .find = find,
};
