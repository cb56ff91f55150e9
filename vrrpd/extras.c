/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/extras.h"

#include <errno.h>

#include "vrrpd/vrrpd.h"

static int add(struct vrrp_extras *e, struct vrrp_holdings *table, const void *value, void *owner,
                const char *noun, char *taken_words, bool no_track) {
        struct vrrp_extra *extra = &e->items[e->n++];

        *extra = (struct vrrp_extra){ .noun = noun, .words = taken_words, .no_track = no_track };
        if (!extra->words)
                return -ENOMEM;
        return vrrp_claim_new(table, NULL, value, owner, &extra->claim);
}

int vrrp_extras_make(struct vrrpd *v, const struct vrrp_route_list *routes,
                const struct vrrp_rule_list *rules, void *owner, struct vrrp_extras *ret) {
        int r = 0;

        *ret = (struct vrrp_extras){ calloc(routes->n + rules->n + 1, sizeof(*ret->items)), 0 };
        if (!ret->items)
                return -ENOMEM;
        for (size_t i = 0; i < routes->n && r >= 0; i++) {
                const struct vrrp_route_conf *c = &routes->items[i];

                r = add(ret, v->routes, c->route, owner, "route", vrrp_route_format(c->route),
                                c->no_track);
        }
        for (size_t i = 0; i < rules->n && r >= 0; i++) {
                const struct vrrp_rule_conf *c = &rules->items[i];

                r = add(ret, v->rules, &c->rule, owner, "rule", vrrp_rule_format(&c->rule),
                                c->no_track);
        }
        return r;
}

void vrrp_extras_done(struct vrrp_extras *e) {
        for (size_t i = 0; i < e->n; i++) {
                (void) vrrp_claim_free(e->items[i].claim);
                free(e->items[i].words);
        }
        free(e->items);
        *e = (struct vrrp_extras){};
}

void vrrp_extras_take(const struct vrrp_extras *e) {
        for (size_t i = 0; i < e->n; i++)
                vrrp_claim_take(e->items[i].claim);
}

void vrrp_extras_release(const struct vrrp_extras *e) {
        for (size_t i = e->n; i > 0; i--)
                vrrp_claim_release(e->items[i - 1].claim);
}

void vrrp_extras_adopt(const struct vrrp_extras *e) {
        for (size_t i = 0; i < e->n; i++)
                (void) vrrp_claim_adopt(e->items[i].claim);
}

void vrrp_extras_keep(const struct vrrp_extras *e) {
        for (size_t i = 0; i < e->n; i++)
                if (vrrp_claim_is_held(e->items[i].claim))
                        vrrp_claim_take(e->items[i].claim);
}

const struct vrrp_extra *vrrp_extras_find(const struct vrrp_extras *e, const struct vrrp_claim *c) {
        for (size_t i = 0; i < e->n; i++)
                if (e->items[i].claim == c)
                        return &e->items[i];
        return NULL;
}
