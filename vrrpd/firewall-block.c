/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Addresses that take no traffic, and the blocks that say which. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/firewall-private.h"

bool vrrp_blocked_is_linklocal(const struct vrrp_blocked *e) {
        return e->key.link;
}

int vrrp_blocked_family(const struct vrrp_blocked *e) {
        return e->key.address.addr.family;
}

static const char *set_of(const struct vrrp_blocked *e) {
        return vrrp_blocked_is_linklocal(e) ? VRRP_FIREWALL_LINKLOCAL_SET : VRRP_FIREWALL_SET;
}

/* Only who has a block for it keeps its link alive: what nobody has any more goes as it was put there. */
void vrrp_blocked_note_link(struct vrrp_blocked *e) {
        if (!vrrp_blocked_is_linklocal(e) || e->users == 0)
                return;
        memcpy(e->ifname, e->key.link->name, sizeof(e->ifname));
        e->ifindex = e->key.link->ifindex;
}

/* What the kernel compares: the address, and behind it the interface. */
static size_t element_bytes(const struct vrrp_firewall *f, const struct vrrp_blocked *e,
                uint8_t ret[static sizeof(struct in6_addr) + IF_NAMESIZE]) {
        size_t n = ip_addr_bits(vrrp_blocked_family(e)) / 8;

        memcpy(ret, &e->key.address.addr.in6, n);
        if (!vrrp_blocked_is_linklocal(e))
                return n;
        if (f->style.ifindex) {
                memcpy(ret + n, &e->ifindex, sizeof(e->ifindex));
                return n + sizeof(e->ifindex);
        }
        memcpy(ret + n, e->ifname, IF_NAMESIZE);
        return n + IF_NAMESIZE;
}

void vrrp_blocked_batch(struct vrrp_firewall *f, const struct vrrp_blocked *e, bool add) {
        uint8_t key[sizeof(struct in6_addr) + IF_NAMESIZE];
        size_t n = element_bytes(f, e, key);

        vrrp_set_batch_put(
                        f->batch, add, vrrp_blocked_family(e), f->record.name, set_of(e), key, n);
}

void vrrp_blocked_print(FILE *to, const struct vrrp_firewall *f, const struct vrrp_blocked *e) {
        char text[IP_ADDR_STRLEN];

        fprintf(to, "add element %s %s %s { %s", vrrp_blocked_family(e) == AF_INET6 ? "ip6" : "ip",
                        f->name, set_of(e), ip_addr_format(&e->key.address.addr, text));
        if (vrrp_blocked_is_linklocal(e) && f->style.ifindex)
                fprintf(to, " . %d", e->ifindex);
        else if (vrrp_blocked_is_linklocal(e))
                fprintf(to, " . \"%s\"", e->ifname);
        fputs(" }\n", to);
}

bool vrrp_blocked_is_to_be(const struct vrrp_blocked *e) {
        return e->wanted > 0 || e->kept;
}

/* --- blocks --- */

struct vrrp_block {
        struct vrrp_firewall *firewall;
        struct vrrp_blocked *element;
        bool taken;
};

static struct vrrp_blocked *get_element(
                struct vrrp_firewall *f, const struct vrrp_blocked_key *key) {
        struct vrrp_blocked *e;

        HASH_FIND(hh, f->elements, key, sizeof(*key), e);
        if (e)
                return e;
        e = calloc(1, sizeof(*e));
        if (!e)
                return NULL;
        e->key = *key;
        HASH_ADD(hh, f->elements, key, sizeof(e->key), e);
        vrrp_firewall_touch(f);
        return e;
}

int vrrp_block_new(struct vrrp_firewall *f, struct vrrp_link *link, const struct ip_addr *addr,
                struct vrrp_block **ret) {
        const struct vrrp_blocked_key key = {
                .address = vrrp_link_address_key(addr, 0),
                .link = ip_addr_is_linklocal(addr) && addr->family == AF_INET6 ? link : NULL,
        };
        struct vrrp_block *b = calloc(1, sizeof(*b));

        if (!b)
                return -ENOMEM;
        b->firewall = f;
        b->element = get_element(f, &key);
        if (!b->element) {
                free(b);
                return -ENOMEM;
        }
        b->element->users++;
        *ret = b;
        return 0;
}

struct vrrp_block *vrrp_block_free(struct vrrp_block *b) {
        if (!b)
                return NULL;
        vrrp_block_release(b);
        b->element->users--;
        vrrp_firewall_touch(b->firewall);
        free(b);
        return NULL;
}

void vrrp_block_take(struct vrrp_block *b) {
        if (!b || b->taken)
                return;
        b->taken = true;
        b->element->wanted++;
        vrrp_firewall_touch(b->firewall);
}

void vrrp_block_release(struct vrrp_block *b) {
        if (!b || !b->taken)
                return;
        b->taken = false;
        b->element->wanted--;
        vrrp_firewall_touch(b->firewall);
}

void vrrp_block_keep(struct vrrp_block *b) {
        if (b)
                b->element->kept = true;
}

void vrrp_firewall_forget_unused(struct vrrp_firewall *f) {
        struct vrrp_blocked *e, *next;

        HASH_ITER (hh, f->elements, e, next)
                if (e->users == 0 && !e->present) {
                        HASH_DEL(f->elements, e);
                        free(e);
                }
}
