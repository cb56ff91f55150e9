/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/wanted.h"

#include <linux/ip_vs.h>
#include <stdio.h>

#include "common/macro.h"

/* --- one server --- */

unsigned ipvs_wanted_vote(const struct ipvs_wanted_server *r) {
        return r->good && r->override == IPVS_OVERRIDE_NONE ? (unsigned) r->weight : 0;
}

bool ipvs_wanted_is_sorry(const struct ipvs_wanted_service *s) {
        return !s->up && ip_addr_is_set(&s->conf->sorry.addr);
}

/* Good, and not ordered away. */
static bool is_alive(const struct ipvs_wanted_server *r) {
        return r->good && r->override != IPVS_OVERRIDE_DISABLE;
}

/* Does it take new connections? */
static bool is_serving(const struct ipvs_wanted_service *s, const struct ipvs_wanted_server *r) {
        return is_alive(r) && r->override != IPVS_OVERRIDE_DRAIN && !s->drain &&
                        !ipvs_wanted_is_sorry(s);
}

bool ipvs_wanted_in_table(const struct ipvs_wanted_service *s, const struct ipvs_wanted_server *r) {
        if (r->conf->inhibit_on_failure)
                return true;
        if (ipvs_wanted_is_sorry(s))
                return is_alive(r) && r->override == IPVS_OVERRIDE_DRAIN;
        return is_alive(r);
}

int ipvs_wanted_weight(const struct ipvs_wanted_service *s, const struct ipvs_wanted_server *r) {
        /* What is not in the table shows what it would have there. */
        if (!ipvs_wanted_in_table(s, r) && r->override == IPVS_OVERRIDE_NONE && !s->drain)
                return r->weight;
        return is_serving(s, r) ? r->weight : 0;
}

static uint8_t forward_of(const struct ipvs_forward_conf *f) {
        switch (f->method) {
        case IPVS_CONF_DR: return IP_VS_CONN_F_DROUTE;
        case IPVS_CONF_TUN: return IP_VS_CONN_F_TUNNEL;
        case IPVS_CONF_FORWARD_UNSET:
        case IPVS_CONF_NAT: break;
        }
        return IP_VS_CONN_F_MASQ;
}

static void set_forward(struct ipvs_table_server *t, const struct ipvs_forward_conf *f) {
        t->forward = forward_of(f);
        if (f->method != IPVS_CONF_TUN)
                return;
        t->tunnel_type = f->tunnel_type;
        t->tunnel_port = f->tunnel_port;
        t->tunnel_flags = f->tunnel_flags;
}

/* Only NAT translates ports; without one of its own a server has that of the kernel's service. */
static uint16_t port_of(const struct ipvs_forward_conf *f, uint16_t port,
                const struct ipvs_table_service *t) {
        return f->method == IPVS_CONF_NAT && port > 0 ? port : t->port;
}

static int add_server(
                struct ipvs_table_service *t, const struct ipvs_wanted_server *r, int weight) {
        struct ipvs_table_server server = {
                .addr = r->conf->addr,
                .port = port_of(&r->conf->forward, r->conf->port, t),
                .weight = weight,
                .upper = r->conf->uthreshold,
                .lower = r->conf->lthreshold,
                .owner = r->owner,
        };

        set_forward(&server, &r->conf->forward);
        return ipvs_table_add_server(t, &server);
}

static int add_sorry(struct ipvs_table_service *t, const struct ipvs_wanted_service *s) {
        const struct ipvs_service_conf *c = s->conf;
        bool active = ipvs_wanted_is_sorry(s);
        struct ipvs_table_server sorry = {
                .addr = c->sorry.addr,
                .port = port_of(&c->sorry_forward, c->sorry.port, t),
                .weight = active && !s->drain ? IPVS_SORRY_WEIGHT : 0,
        };

        if (!ip_addr_is_set(&sorry.addr) || (!active && !c->sorry_inhibit))
                return 0;
        set_forward(&sorry, &c->sorry_forward);
        return ipvs_table_add_server(t, &sorry);
}

/* Where the sorry server also is one of the others, it is there once: as what counts at the time. The first
 * one added stays. */
static int add_servers(struct ipvs_table_service *t, const struct ipvs_wanted_service *s) {
        bool active = ipvs_wanted_is_sorry(s);
        int r = active ? add_sorry(t, s) : 0;

        for (size_t i = 0; i < s->n_servers && r == 0; i++) {
                const struct ipvs_wanted_server *server = &s->servers[i];

                if (ipvs_wanted_in_table(s, server))
                        r = add_server(t, server, ipvs_wanted_weight(s, server));
        }
        return r < 0 || active ? r : add_sorry(t, s);
}

/* --- one service --- */

static uint32_t flags_of(const struct ipvs_service_conf *c) {
        static const uint32_t scheduler[] = { IP_VS_SVC_F_SCHED1, IP_VS_SVC_F_SCHED2,
                IP_VS_SVC_F_SCHED3 };
        uint32_t flags = 0;

        for (size_t i = 0; i < ARRAY_SIZE(scheduler); i++)
                if (c->flags[i])
                        flags |= scheduler[i];
        if (c->persistence_timeout > 0)
                flags |= IP_VS_SVC_F_PERSISTENT;
        if (c->ops)
                flags |= IP_VS_SVC_F_ONEPACKET;
        return flags;
}

/* The kernel wants one even where nothing persists. */
static uint32_t mask_of(const struct ipvs_service_conf *c, int family) {
        bool persistent = c->persistence_timeout > 0;

        if (family == AF_INET6)
                return persistent && c->granularity.prefix > 0 ? c->granularity.prefix : 128;
        return persistent && ip_addr_is_set(&c->granularity.mask) ? c->granularity.mask.in.s_addr
                                                                  : UINT32_MAX;
}

/* @key has family, protocol, address and port, or the mark. */
static int add_service(struct ipvs_table *to, const struct ipvs_wanted_service *s,
                const struct ipvs_table_service *key) {
        const struct ipvs_service_conf *c = s->conf;
        struct ipvs_table_service t = *key, *added;
        int r;

        t.flags = flags_of(c);
        t.timeout = c->persistence_timeout;
        t.mask = mask_of(c, t.family);
        t.owner = s;
        (void) snprintf(t.scheduler, sizeof(t.scheduler), "%s", c->scheduler);
        if (c->persistence_timeout > 0 && c->persistence_engine)
                (void) snprintf(t.engine, sizeof(t.engine), "%s", c->persistence_engine);
        r = ipvs_table_add_service(to, &t, &added);
        return r < 0 ? r : add_servers(added, s);
}

static int add_mark(struct ipvs_table *to, const struct ipvs_wanted_service *s, uint32_t mark,
                int family) {
        return add_service(to, s, &(struct ipvs_table_service){ .family = family, .fwmark = mark });
}

static int add_address(struct ipvs_table *to, const struct ipvs_wanted_service *s,
                const struct ip_addr *a, uint16_t port) {
        return add_service(to, s,
                        &(struct ipvs_table_service){
                                        .family = a->family,
                                        .protocol = (uint16_t) s->conf->protocol,
                                        .addr = *a,
                                        .port = port,
                        });
}

/* --- groups --- */

static void next_address(struct ip_addr *a) {
        uint8_t *bytes = a->family == AF_INET ? (uint8_t *) &a->in : a->in6.s6_addr;

        for (size_t i = ip_addr_bits(a->family) / 8; i-- > 0;)
                if (++bytes[i] != 0)
                        return;
}

static int add_member(struct ipvs_table *to, const struct ipvs_wanted_service *s,
                const struct ipvs_member_conf *m) {
        struct ip_addr a = m->first;
        int r;

        if (m->fwmark > 0)
                return add_mark(to, s, m->fwmark, m->family ?: s->conf->family);
        for (;;) {
                r = add_address(to, s, &a, m->port);
                if (r < 0 || ip_addr_equal(&a, &m->last))
                        return r;
                next_address(&a);
        }
}

/* All addresses of a family are behind one mark. */
static int add_marked(struct ipvs_table *to, const struct ipvs_wanted_service *s, int family) {
        const struct ipvs_service_conf *c = s->conf;
        uint32_t mark = ipvs_group_marks_find(s->marks, c->group, c->protocol, family);

        return mark > 0 && ipvs_group_has_family(s->group, family) ? add_mark(to, s, mark, family)
                                                                   : 0;
}

static int add_group(struct ipvs_table *to, const struct ipvs_wanted_service *s) {
        int r = 0;

        for (size_t i = 0; i < s->group->members.n && r == 0; i++) {
                const struct ipvs_member_conf *m = &s->group->members.items[i];

                if (m->fwmark > 0 || !s->marks)
                        r = add_member(to, s, m);
        }
        if (r == 0)
                r = add_marked(to, s, AF_INET);
        return r < 0 ? r : add_marked(to, s, AF_INET6);
}

static int add_wanted(struct ipvs_table *to, const struct ipvs_wanted_service *s) {
        switch (s->conf->kind) {
        case IPVS_CONF_ADDRESS: return add_address(to, s, &s->conf->addr, s->conf->port);
        case IPVS_CONF_FWMARK: return add_mark(to, s, s->conf->fwmark, s->conf->family);
        case IPVS_CONF_GROUP: return s->group ? add_group(to, s) : 0;
        }
        return 0;
}

/* --- all --- */

/* Until here a service's owner is what it was made of. */
static void settle_owners(struct ipvs_wanted_service *services, struct ipvs_table *t) {
        for (size_t i = 0; i < t->n_services; i++) {
                size_t of = (size_t) ((const struct ipvs_wanted_service *) t->services[i].owner -
                                services);

                services[of].n_left_out--;
                t->services[i].owner = services[of].owner;
        }
}

int ipvs_wanted_build(struct ipvs_wanted_service *services, size_t n, struct ipvs_table *ret) {
        _cleanup_(ipvs_table_done) struct ipvs_table t = {};
        int r;

        for (size_t i = 0; i < n; i++) {
                size_t before = t.n_services;

                r = add_wanted(&t, &services[i]);
                if (r < 0)
                        return r;
                services[i].n_left_out = t.n_services - before;
        }
        ipvs_table_sort(&t);
        settle_owners(services, &t);
        *ret = t;
        t = (struct ipvs_table){};
        return 0;
}
