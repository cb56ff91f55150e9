/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Attributes of netlink messages, for those who write and read many: a message that is too small, or an
 * attribute that is missing or too short, is found once at the end instead of at each. */

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stddef.h>
#include <stdint.h>

/* The first failure is kept, what follows is left out. */
struct attribute_writer {
        struct nl_msg *m;
        int error; /* 0 or -errno */
};

static inline void attribute_put(
                struct attribute_writer *w, int type, const void *data, size_t size) {
        if (w->error == 0 && nla_put(w->m, type, (int) size, data) < 0)
                w->error = -EMSGSIZE;
}

static inline void attribute_put_u32(struct attribute_writer *w, int type, uint32_t value) {
        attribute_put(w, type, &value, sizeof(value));
}

static inline void attribute_put_u8(struct attribute_writer *w, int type, uint32_t value) {
        uint8_t byte = (uint8_t) value;

        attribute_put(w, type, &byte, sizeof(byte));
}

/* 0 when it is not there. */
static inline uint32_t attribute_u32(const struct nlattr *attr) {
        return attr && nla_len(attr) >= (int) sizeof(uint32_t) ? nla_get_u32(attr) : 0;
}

static inline uint32_t attribute_u8(const struct nlattr *attr) {
        return attr && nla_len(attr) >= 1 ? nla_get_u8(attr) : 0;
}
