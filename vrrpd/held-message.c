/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/held-message.h"

#include <assert.h>
#include <errno.h>
#include <sha256.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"

/* Of the largest message, without its header. */
#define CONTENT_MAX (VRRP_BATCH_MESSAGE_MAX - NLMSG_HDRLEN)

/* An empty message, to be filled. */
static struct nl_msg *workshop(void) {
        struct nl_msg *m = nlmsg_alloc_size(VRRP_BATCH_MESSAGE_MAX);

        if (m)
                nlmsg_hdr(m)->nlmsg_len = NLMSG_HDRLEN;
        return m;
}

static int keep(struct held_message *f, size_t room, struct nl_msg *m) {
        const struct nlmsghdr *h = nlmsg_hdr(m);
        size_t size = h->nlmsg_len - NLMSG_HDRLEN;

        if (sizeof(*f) + size > room)
                return -EMSGSIZE;
        f->size = (uint32_t) size;
        memcpy(f->data, nlmsg_data(h), size);
        return 0;
}

int held_message_form(struct held_message *f, size_t room, const void *value,
                int (*encode)(const void *value, struct nl_msg *m, void *userdata),
                void *userdata) {
        struct nl_msg *m = workshop();
        int r;

        if (!m)
                return -ENOMEM;
        r = encode(value, m, userdata);
        if (r >= 0)
                r = keep(f, room, m);
        nlmsg_free(m);
        return r;
}

void held_message_queue(struct vrrp_batch *b, const struct held_message *f, uint16_t type,
                uint16_t flags, void *cookie) {
        struct nl_msg *m = vrrp_batch_begin(b, type, flags);
        int r = nlmsg_append(m, (void *) f->data, f->size, NLMSG_ALIGNTO);

        assert(r == 0);
        (void) r;
        vrrp_batch_queue(b, cookie);
}

bool held_message_same(const void *a, const void *b) {
        const struct held_message *f = a, *g = b;

        return f->size == g->size && memcmp(f->data, g->data, f->size) == 0;
}

json_object *held_message_note(const void *form, const struct vrrp_link *link) {
        static const char digits[] = "0123456789abcdef";
        const struct held_message *f = form;
        char line[2 * VRRP_BATCH_MESSAGE_MAX];

        for (uint32_t i = 0; i < f->size; i++) {
                line[2 * i] = digits[(unsigned char) f->data[i] >> 4];
                line[2 * i + 1] = digits[f->data[i] & 15];
        }
        return json_object_new_string_len(line, 2 * (int) f->size);
}

static int digit(char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int held_message_read(const char *line, void *ret_form, size_t size) {
        struct held_message *f = ret_form;
        size_t n = strcspn(line, " ");

        if (n < 2 || n % 2 != 0 || n / 2 > CONTENT_MAX || sizeof(*f) + n / 2 > size)
                return -EINVAL;
        *f = (struct held_message){ .size = (uint32_t) (n / 2) };
        for (size_t i = 0; i < n / 2; i++) {
                int high = digit(line[2 * i]), low = digit(line[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                f->data[i] = (char) (high << 4 | low);
        }
        return (int) (sizeof(*f) + n / 2);
}

struct nl_msg *held_message_open(const struct held_message *f) {
        struct nl_msg *m = workshop();

        if (m && nlmsg_append(m, (void *) f->data, f->size, NLMSG_ALIGNTO) < 0) {
                nlmsg_free(m);
                return NULL;
        }
        return m;
}

void held_message_key(const void *value, size_t size, struct vrrp_held_key *ret) {
        SHA2_CTX c;

        SHA256Init(&c);
        SHA256Update(&c, value, size);
        SHA256Final(ret->bytes, &c);
}
_Static_assert(SHA256_DIGEST_LENGTH == VRRP_HELD_KEY_BYTES, "a key is a digest");

bool held_message_differs(const void *value, const void *form) {
        return false;
}

bool held_message_locate(const void *form, struct vrrp_links *links, struct vrrp_link **ret_link,
                struct vrrp_held_key *ret) {
        return false;
}

int held_message_note_all(struct route_dump *dump,
                int (*encode)(const void *value, struct nl_msg *m, void *userdata), void *userdata,
                json_object **ret) {
        _cleanup_(route_dump_freep) struct route_dump *d = dump;
        _cleanup_(json_object_putp) json_object *lines = json_object_new_array();
        _Alignas(16) char room[VRRP_HELD_FORM_MAX];
        struct held_message *f = (struct held_message *) room;
        const void *value;

        if (!lines)
                return -ENOMEM;
        for (size_t i = 0; (value = route_dump_get(d, i)); i++)
                if (held_message_form(f, sizeof(room), value, encode, userdata) >= 0)
                        json_object_array_add(lines, held_message_note(f, NULL));
        *ret = TAKE_PTR(lines);
        return 0;
}
