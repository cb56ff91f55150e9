/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the rows cannot see by themselves: lines of a service that contradict each other, or ask for what the
 * kernel does not have. As little as possible is lost: a flag, a server, and only then the service. */

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#include "ipvsd/conf-rows.h"
#include "vrrpd/conf.h"

#define PERSISTENCE_OF_ANY_PORT 360U /* as keepalived */

static const struct conf_node *line_of(const struct ipvs_service_conf *s, const char *key) {
        return conf_build_node(&s->object, key);
}

static bool has(struct conf_build *b, const struct ipvs_service_conf *s, const char *key) {
        return conf_build_has(b, &s->object, CONF_BLOCK_VIRTUAL_SERVER, key);
}

static void take_back(struct conf_build *b, struct ipvs_service_conf *s, const char *key) {
        conf_build_unset(b, &s->object, CONF_BLOCK_VIRTUAL_SERVER, key);
}

/* --- flags --- */

static void judge_flags(struct conf_build *b, struct ipvs_service_conf *s) {
        static const struct {
                const char *key, *raw, *scheduler;
                size_t flag;
        } flags[] = {
                { "sh-fallback", "flag-1", "sh", 0 },
                { "sh-port", "flag-2", "sh", 1 },
                { "mh-fallback", "flag-1", "mh", 0 },
                { "mh-port", "flag-2", "mh", 1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
                if (!has(b, s, flags[i].key) || streq(s->scheduler, flags[i].scheduler))
                        continue;
                conf_build_say(b, CONF_COMPLAINT, line_of(s, flags[i].key), NULL,
                                "%s is for lb_algo %s and not for %s, it is ignored", flags[i].key,
                                flags[i].scheduler, s->scheduler);
                take_back(b, s, flags[i].key);
                s->flags[flags[i].flag] = has(b, s, flags[i].raw);
        }
}

static void judge_ops(struct conf_build *b, struct ipvs_service_conf *s) {
        if (!s->ops || s->protocol == 0 || s->protocol == IPPROTO_UDP)
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(s, "ops"), NULL,
                        "ops is for UDP and marks, it is ignored");
        s->ops = false;
        take_back(b, s, "ops");
}

/* --- persistence --- */

static bool has_any_port(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        const struct ipvs_group_conf *g = ipvs_conf_find_group(c, s);

        if (s->kind == IPVS_CONF_ADDRESS)
                return s->port == 0;
        for (size_t i = 0; g && i < g->members.n; i++)
                if (g->members.items[i].fwmark == 0 && g->members.items[i].port == 0)
                        return true;
        return false;
}

static void judge_granularity(struct conf_build *b, struct ipvs_service_conf *s) {
        struct ipvs_granularity_conf *g = &s->granularity;
        bool wrong = s->family == AF_INET6 ? ip_addr_is_set(&g->mask) : g->prefix > 0;

        if (!wrong)
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(s, "persistence_granularity"),
                        "a netmask for IPv4, the length of a prefix for IPv6",
                        "persistence_granularity is for the other family, it is ignored");
        *g = (struct ipvs_granularity_conf){};
        take_back(b, s, "persistence_granularity");
}

static void judge_engine(struct conf_build *b, struct ipvs_service_conf *s) {
        if (!s->persistence_engine || strlen(s->persistence_engine) < IP_VS_PENAME_MAXLEN)
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(s, "persistence_engine"), NULL,
                        "persistence_engine %s is longer than %d characters, it is ignored",
                        s->persistence_engine, IP_VS_PENAME_MAXLEN - 1);
        free(s->persistence_engine);
        s->persistence_engine = NULL;
        take_back(b, s, "persistence_engine");
}

static void judge_persistence(struct conf_build *b, struct ipvs_service_conf *s) {
        const char *why = NULL;

        judge_granularity(b, s);
        judge_engine(b, s);
        if (s->persistence_timeout > 0)
                return;
        if (has_any_port(b->conf->ipvs, s))
                why = "a service of all ports has persistence";
        else if (ip_addr_is_set(&s->granularity.mask) || s->granularity.prefix > 0)
                why = "persistence_granularity needs persistence";
        if (!why)
                return;
        s->persistence_timeout = PERSISTENCE_OF_ANY_PORT;
        conf_build_say(b, CONF_NOTE, s->object.node, NULL, "%s: it is %u s", why,
                        s->persistence_timeout);
}

/* --- quorum --- */

static void judge_quorum(struct conf_build *b, struct ipvs_service_conf *s) {
        const struct ipvs_server_conf *r;
        uint64_t total = 0;

        DL_FOREACH (s->servers, r)
                total += (unsigned) r->weight;
        if (s->quorum > total && total > 0) {
                conf_build_say(b, CONF_COMPLAINT, line_of(s, "quorum"), NULL,
                                "quorum %u is more than all servers weigh, %" PRIu64 " is taken",
                                s->quorum, total);
                s->quorum = (unsigned) total;
        }
        if (s->hysteresis >= s->quorum && s->hysteresis > 0) {
                conf_build_say(b, CONF_COMPLAINT, line_of(s, "hysteresis"), NULL,
                                "hysteresis %u is not below quorum, %u is taken", s->hysteresis,
                                s->quorum - 1);
                s->hysteresis = s->quorum - 1;
        }
        /* As in keepalived it is left at that: weights can grow, by checks and by order. */
        if (s->hysteresis > 0 && (uint64_t) s->quorum + s->hysteresis > total && total > 0)
                conf_build_say(b, CONF_COMPLAINT, line_of(s, "hysteresis"), NULL,
                                "quorum %u and hysteresis %u together are more than all servers "
                                "weigh, %" PRIu64 ": the service never comes up",
                                s->quorum, s->hysteresis, total);
}

/* --- servers --- */

/* Why @r cannot be used, or NULL. */
static const char *server_fault(
                const struct ipvs_service_conf *s, const struct ipvs_server_conf *r) {
        const struct ipvs_server_conf *other;

        if (r->addr.family != s->family && r->forward.method != IPVS_CONF_TUN)
                return "only TUN reaches servers of the other address family";
        /* What was written twice is out already; but two may have become one. */
        if (!r->port_taken)
                return NULL;
        DL_FOREACH (s->servers, other) {
                if (other == r)
                        continue;
                if (other->port == r->port && ip_addr_equal(&other->addr, &r->addr))
                        return "the server is there already";
        }
        return NULL;
}

/* The kernel would not take the server. */
static void judge_thresholds(struct conf_build *b, struct ipvs_server_conf *r) {
        if (r->lthreshold <= r->uthreshold)
                return;
        conf_build_say(b, CONF_COMPLAINT, conf_build_node(&r->object, "lthreshold"), NULL,
                        "lthreshold %u is above uthreshold %u, it is ignored", r->lthreshold,
                        r->uthreshold);
        r->lthreshold = 0;
        conf_build_unset(b, &r->object, CONF_BLOCK_REAL_SERVER, "lthreshold");
}

static void judge_servers(struct conf_build *b, struct ipvs_service_conf *s) {
        struct ipvs_server_conf *r, *next;

        DL_FOREACH_SAFE (s->servers, r, next) {
                const char *fault = server_fault(s, r);

                if (!fault) {
                        judge_thresholds(b, r);
                        continue;
                }
                conf_build_say(b, CONF_COMPLAINT, r->object.node, NULL, "%s, this one is left out",
                                fault);
                DL_DELETE(s->servers, r);
                conf_build_drop(&r->object);
                (void) ipvs_server_conf_free(r);
        }
}

static void judge_sorry(struct conf_build *b, struct ipvs_service_conf *s) {
        if (!ip_addr_is_set(&s->sorry.addr) || s->sorry.addr.family == s->family ||
                        s->sorry_forward.method == IPVS_CONF_TUN)
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(s, "sorry_server"), NULL,
                        "only TUN reaches a sorry_server of the other address family, it is "
                        "ignored");
        s->sorry = (struct ipvs_endpoint_conf){};
        take_back(b, s, "sorry_server");
}

/* --- groups --- */

static bool all_tunnelled(const struct ipvs_service_conf *s) {
        const struct ipvs_server_conf *r;

        DL_FOREACH (s->servers, r)
                if (r->forward.method != IPVS_CONF_TUN)
                        return false;
        return true;
}

static bool has_both_families(const struct ipvs_group_conf *g, const struct ipvs_service_conf *s) {
        for (size_t i = 0; i < g->members.n; i++)
                if (g->members.items[i].family && g->members.items[i].family != s->family)
                        return true;
        return false;
}

static bool is_used_by_another(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        const struct ipvs_service_conf *i;

        DL_FOREACH (c->services, i) {
                if (i == s)
                        break;
                if (i->kind == IPVS_CONF_GROUP && i->label && streq(i->group, s->group) &&
                                i->protocol == s->protocol && i->family == s->family)
                        return true;
        }
        return false;
}

static const char *group_fault(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        const struct ipvs_group_conf *g = ipvs_conf_find_group(c, s);

        if (!g)
                return NULL;
        if (has_both_families(g, s) && !all_tunnelled(s))
                return "its virtual_server_group has both address families, which only TUN serves";
        if (is_used_by_another(c, s))
                return "another virtual_server has this group for the same protocol and family";
        return NULL;
}

/* --- size --- */

uint32_t ipvs_conf_expansion(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        const struct ipvs_group_conf *g = ipvs_conf_find_group(c, s);
        uint64_t n = 0;

        if (s->kind != IPVS_CONF_GROUP)
                return 1;
        for (size_t i = 0; g && i < g->members.n && n < UINT32_MAX; i++)
                if (!c->marks.table || g->members.items[i].fwmark > 0)
                        n += ipvs_member_conf_size(&g->members.items[i]);
        if (g && c->marks.table)
                n += 2; /* one for each family */
        return (uint32_t) MIN(n, UINT32_MAX);
}

static uint64_t count_servers(const struct ipvs_service_conf *s) {
        const struct ipvs_server_conf *r;
        uint64_t n = 1; /* the sorry server */

        DL_FOREACH (s->servers, r)
                n++;
        return n;
}

/* With all that come before it. */
static bool is_too_much(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        uint64_t services = 0, servers = 0;
        const struct ipvs_service_conf *i;

        DL_FOREACH (c->services, i) {
                uint32_t n = ipvs_conf_expansion(c, i);

                services += n;
                servers += n * count_servers(i);
                if (i == s)
                        break;
        }
        return services > IPVS_CONF_SERVICES_MAX || servers > IPVS_CONF_SERVERS_MAX;
}

/* --- a service --- */

static const char *fault_of(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        const char *fault;

        if (!s->servers)
                return "none of its real_servers can be used";
        fault = group_fault(c, s);
        if (fault || s->kind != IPVS_CONF_GROUP || !is_too_much(c, s))
                return fault;
        return "with it there would be more than 65536 services or 262144 servers in the kernel";
}

int ipvs_conf_judge_service(struct conf_build *b, struct ipvs_service_conf *s) {
        const char *fault;

        judge_servers(b, s);
        fault = fault_of(b->conf->ipvs, s);
        if (fault) {
                conf_build_say(b, CONF_COMPLAINT, s->object.node, NULL,
                                "%s, the virtual_server is left out", fault);
                return CONF_BUILD_DROPPED;
        }
        judge_flags(b, s);
        judge_ops(b, s);
        judge_persistence(b, s);
        judge_quorum(b, s);
        judge_sorry(b, s);
        return 0;
}

/* --- global_defs --- */

/* lvs_sync_daemon_interface of an instance, as of old: what is not said elsewhere. */
static int take_sync_of_instances(struct conf_build *b, struct ipvs_sync_conf *sync) {
        for (const struct vrrp_instance_conf *v = b->conf->vrrp->instances; v; v = v->hh.next) {
                const char *name = v->lvs_sync_interface;

                if (!name)
                        continue;
                if (sync->interface[0] || strlen(name) >= sizeof(sync->interface)) {
                        conf_diag_add(&b->conf->diags, CONF_COMPLAINT, &v->pos, NULL, NULL,
                                        sync->interface[0]
                                                        ? "lvs_sync_daemon_interface %s is not used: there is one sync daemon, which is configured already"
                                                        : "lvs_sync_daemon_interface: %s is no name of an interface",
                                        name);
                        continue;
                }
                *sync = (struct ipvs_sync_conf){
                        .pos = v->pos,
                        .instance = strdup(v->name),
                        .id = -1,
                };
                strcpy(sync->interface, name);
                if (!sync->instance)
                        return -ENOMEM;
        }
        return 0;
}

int ipvs_conf_judge_sync(struct conf_build *b) {
        struct ipvs_sync_conf *sync = &b->conf->ipvs->sync;
        const struct vrrp_instance_conf *v;
        int r;

        r = take_sync_of_instances(b, sync);
        if (r < 0 || !sync->interface[0])
                return r;
        if (!sync->instance) {
                sync->id = MAX(sync->id, 0);
                return 0;
        }
        v = vrrp_conf_find(b->conf->vrrp, sync->instance);
        if (v) {
                sync->id = sync->id >= 0 ? sync->id : v->vrid;
                return 0;
        }
        conf_diag_add(&b->conf->diags, CONF_COMPLAINT, &sync->pos, NULL, NULL,
                        "lvs_sync_daemon: there is no vrrp_instance %s, so it is not run",
                        sync->instance);
        sync->interface[0] = '\0';
        conf_build_unset(b, &b->conf->ipvs->object, CONF_BLOCK_GLOBAL_DEFS, "lvs_sync_daemon");
        return 0;
}
