/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/sequence.h"

#include <stddef.h>

#include "common/macro.h"

void vrrp_sequence_init(struct vrrp_sequence *s, uint64_t kept, uint32_t seconds) {
        uint32_t sent = (uint32_t) kept, heard = (uint32_t) (kept >> 32);

        *s = (struct vrrp_sequence){ .sent = MAX(sent, seconds), .heard = heard, .floor = heard };
}

uint64_t vrrp_sequence_kept(const struct vrrp_sequence *s) {
        return (uint64_t) s->heard << 32 | s->sent;
}

/* At the end of all numbers, in some 70 years, it stays there, and the password must be changed. */
uint32_t vrrp_sequence_next(struct vrrp_sequence *s) {
        uint32_t last = MAX(s->sent, s->heard);

        s->sent = last < UINT32_MAX ? last + 1 : last;
        return s->sent;
}

static uint32_t *last_of(struct vrrp_sequence *s, const struct ip_addr *source) {
        for (unsigned i = 0; i < s->n; i++)
                if (ip_addr_equal(&s->senders[i].source, source))
                        return &s->senders[i].last;
        return NULL;
}

/* Without room, the sender that is furthest behind is forgotten; its number becomes the floor, so that it
 * cannot be replayed. */
static void remember(struct vrrp_sequence *s, const struct ip_addr *source, uint32_t number) {
        unsigned at = 0;

        if (s->n < ARRAY_SIZE(s->senders)) {
                at = s->n++;
        } else {
                for (unsigned i = 1; i < s->n; i++)
                        if (s->senders[i].last < s->senders[at].last)
                                at = i;
                s->floor = MAX(s->floor, s->senders[at].last);
        }
        s->senders[at].source = *source;
        s->senders[at].last = number;
}

bool vrrp_sequence_take(struct vrrp_sequence *s, const struct ip_addr *source, uint32_t number) {
        uint32_t *last = last_of(s, source);

        if (number <= (last ? *last : s->floor))
                return false;
        if (last)
                *last = number;
        else
                remember(s, source, number);
        s->heard = MAX(s->heard, number);
        return true;
}
