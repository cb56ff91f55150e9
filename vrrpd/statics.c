/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/statics.h"

#include <errno.h>
#include <stdio.h>

#include "vrrpd/setup.h"
#include "vrrpd/vrrpd.h"

struct static_address {
        struct vrrp_link *link; /* wanted */
        struct vrrp_claim *claim;
        bool no_track;
        bool lost; /* to somebody who removed it, and @no_track */
        int told;  /* the error that was told last, until it is over */
};

struct vrrp_statics {
        struct static_address *addresses;
        size_t n_addresses;
        struct vrrp_extras extras;
};

static int make_address(
                struct vrrpd *v, const struct vrrp_address_conf *c, struct static_address *ret) {
        struct vrrp_address a = vrrp_setup_address(c);
        int r;

        r = vrrp_links_want(v->links, c->dev, &ret->link);
        if (r < 0)
                return r;
        ret->no_track = c->no_track;
        return vrrp_claim_new(v->holdings, ret->link, &a, NULL, &ret->claim);
}

int vrrp_statics_new(struct vrrpd *v, const struct vrrp_conf *conf, struct vrrp_statics **ret) {
        _cleanup_(vrrp_statics_freep) struct vrrp_statics *s = calloc(1, sizeof(*s));
        const struct vrrp_address_list *list = &conf->static_ipaddress;
        int r;

        if (!s)
                return -ENOMEM;
        s->addresses = calloc(list->n + 1, sizeof(*s->addresses));
        if (!s->addresses)
                return -ENOMEM;
        for (size_t i = 0; i < list->n; i++) {
                r = make_address(v, &list->items[i], &s->addresses[s->n_addresses++]);
                if (r < 0)
                        return r;
        }
        r = vrrp_extras_make(v, &conf->static_routes, &conf->static_rules, NULL, &s->extras);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

struct vrrp_statics *vrrp_statics_free(struct vrrp_statics *s) {
        if (!s)
                return NULL;
        vrrp_extras_done(&s->extras);
        for (size_t i = 0; i < s->n_addresses; i++) {
                (void) vrrp_claim_free(s->addresses[i].claim);
                vrrp_link_unwant(s->addresses[i].link);
        }
        free(s->addresses);
        free(s);
        return NULL;
}

void vrrp_statics_adopt(const struct vrrp_statics *s) {
        for (size_t i = 0; s && i < s->n_addresses; i++)
                (void) vrrp_claim_adopt(s->addresses[i].claim);
        if (s)
                vrrp_extras_adopt(&s->extras);
}

void vrrp_statics_take(const struct vrrp_statics *s) {
        for (size_t i = 0; s && i < s->n_addresses; i++)
                vrrp_claim_take(s->addresses[i].claim);
        if (s)
                vrrp_extras_take(&s->extras);
}

void vrrp_statics_release(const struct vrrp_statics *s) {
        if (s)
                vrrp_extras_release(&s->extras);
        for (size_t i = s ? s->n_addresses : 0; i > 0; i--)
                vrrp_claim_release(s->addresses[i - 1].claim);
}

static bool is_missing(const struct static_address *a) {
        return !a->lost && vrrp_claim_is_wanted(a->claim) && !vrrp_claim_is_held(a->claim) &&
                        vrrp_link_exists(a->link);
}

bool vrrp_statics_lack(struct vrrp_statics *s) {
        bool lack = false;

        for (size_t i = 0; s && i < s->n_addresses; i++) {
                struct static_address *a = &s->addresses[i];

                if (vrrp_claim_is_held(a->claim)) {
                        a->told = 0;
                        a->lost = false;
                }
                lack |= is_missing(a);
        }
        return lack;
}

void vrrp_statics_retry(const struct vrrp_statics *s) {
        for (size_t i = 0; s && i < s->n_addresses; i++)
                if (is_missing(&s->addresses[i]))
                        vrrp_claim_take(s->addresses[i].claim);
}

static struct static_address *find_address(
                const struct vrrp_statics *s, const struct vrrp_claim *c) {
        for (size_t i = 0; s && i < s->n_addresses; i++)
                if (s->addresses[i].claim == c)
                        return &s->addresses[i];
        return NULL;
}

bool vrrp_statics_have(const struct vrrp_statics *s, const struct vrrp_claim *c) {
        return s && (vrrp_extras_find(&s->extras, c) || find_address(s, c));
}

bool vrrp_statics_describe(const struct vrrp_statics *s, const struct vrrp_claim *c,
                char *ret_words, size_t size) {
        const struct vrrp_extra *e = s ? vrrp_extras_find(&s->extras, c) : NULL;
        const struct static_address *a = find_address(s, c);
        char ip[IP_ADDR_STRLEN];

        ret_words[0] = '\0';
        if (e)
                (void) snprintf(ret_words, size, "%s %s", e->noun, e->words);
        else if (a)
                (void) snprintf(ret_words, size, "address %s/%u dev %s",
                                ip_addr_format(&vrrp_claim_address(c)->addr, ip),
                                (unsigned) vrrp_claim_address(c)->prefix, a->link->name);
        return e ? e->no_track : !a || a->no_track;
}

bool vrrp_statics_is_news(struct vrrp_statics *s, const struct vrrp_claim *c, int error) {
        struct static_address *a = find_address(s, c);
        bool news = !a || a->told != error;

        if (a)
                a->told = error;
        return news;
}

void vrrp_statics_leave(struct vrrp_statics *s, const struct vrrp_claim *c) {
        struct static_address *a = find_address(s, c);

        if (a)
                a->lost = true;
}
