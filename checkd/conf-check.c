/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What can be said of checkers only when everything has been read: servers have given them their
 * addresses, instances have theirs. */

#include <string.h>

#include "checkd/conf-rows.h"
#include "ipvsd/conf.h"
#include "vrrpd/conf.h"

/* --- ha_suspend --- */

static bool list_has(const struct vrrp_address_list *l, const struct ip_addr *first,
                const struct ip_addr *last) {
        for (size_t i = 0; i < l->n; i++)
                if (ip_addr_compare(&l->items[i].addr, first) >= 0 &&
                                ip_addr_compare(&l->items[i].addr, last) <= 0)
                        return true;
        return false;
}

static bool instance_has(const struct vrrp_instance_conf *i, const struct ip_addr *first,
                const struct ip_addr *last) {
        return list_has(&i->virtual_ipaddress, first, last) ||
                        list_has(&i->virtual_ipaddress_excluded, first, last);
}

bool check_conf_instance_serves(const struct conf *c, const struct vrrp_instance_conf *instance,
                const struct ipvs_service_conf *service) {
        struct ipvs_group_conf *g = NULL;

        if (service->kind == IPVS_CONF_ADDRESS)
                return instance_has(instance, &service->addr, &service->addr);
        if (service->kind == IPVS_CONF_GROUP)
                HASH_FIND_STR(c->ipvs->groups, service->group, g);
        for (size_t i = 0; g && i < g->members.n; i++)
                if (ip_addr_is_set(&g->members.items[i].first) &&
                                instance_has(instance, &g->members.items[i].first,
                                                &g->members.items[i].last))
                        return true;
        return false;
}

static void check_suspend(struct conf_build *b, const struct ipvs_service_conf *s) {
        const struct vrrp_instance_conf *i;

        if (!s->ha_suspend)
                return;
        for (i = b->conf->vrrp->instances; i; i = i->hh.next)
                if (check_conf_instance_serves(b->conf, i, s))
                        return;
        conf_build_say(b, CONF_NOTE, conf_build_node(&s->object, "ha_suspend"), NULL,
                        "no vrrp_instance has %s, so it is always checked",
                        s->kind == IPVS_CONF_FWMARK                  ? "a mark"
                                        : s->kind == IPVS_CONF_GROUP ? "an address of the group"
                                                                     : "its address");
}

/* --- the way to the server --- */

static bool asks_a_port(const struct check_checker_conf *c) {
        switch (c->kind) {
        case CHECK_CONF_TCP:
        case CHECK_CONF_HTTP:
        case CHECK_CONF_SSL:
        case CHECK_CONF_SMTP:
        case CHECK_CONF_DNS:
        case CHECK_CONF_UDP: return true;
        case CHECK_CONF_PING:
        case CHECK_CONF_MISC:
        case CHECK_CONF_FILE:
        case CHECK_CONF_BFD:
        case _CHECK_CONF_MAX: break;
        }
        return false;
}

static bool asks_an_address(const struct check_checker_conf *c) {
        return asks_a_port(c) || c->kind == CHECK_CONF_PING;
}

static void check_reply(struct conf_build *b, struct check_checker_conf *c) {
        c->udp_require_reply = conf_build_has(b, &c->object, CONF_BLOCK_UDP_CHECK, "require_reply");
        if (c->udp_min_reply > c->udp_max_reply)
                conf_build_say(b, CONF_COMPLAINT, conf_build_node(&c->object, "min_reply_length"),
                                NULL, "no answer has at least %u and at most %u bytes",
                                c->udp_min_reply, c->udp_max_reply);
}

static void check_checker(struct conf_build *b, struct check_checker_conf *c) {
        char target[IP_ADDR_STRLEN], source[IP_ADDR_STRLEN];
        const struct conf_node *at = conf_build_node(&c->object, "bindto");

        if (c->kind == CHECK_CONF_UDP)
                check_reply(b, c);
        if (!asks_an_address(c))
                return;
        (void) ip_addr_format(&c->connect_ip, target);
        if (ip_addr_is_set(&c->bind_ip) && c->bind_ip.family != c->connect_ip.family) {
                conf_build_say(b, CONF_COMPLAINT, at, NULL,
                                "bindto: from %s there is no way to %s, it is ignored",
                                ip_addr_format(&c->bind_ip, source), target);
                c->bind_ip = (struct ip_addr){};
        }
        if (ip_addr_is_linklocal(&c->connect_ip) && c->connect_ip.family == AF_INET6 && !c->bind_if)
                conf_build_say(b, CONF_COMPLAINT, c->object.node, "say bind_if INTERFACE",
                                "%s is a link-local address and cannot be checked", target);
        if (asks_a_port(c) && c->connect_port == 0)
                conf_build_say(b, CONF_COMPLAINT, c->object.node, "say connect_port PORT",
                                "the server has no port that could be checked");
}

/* keepalived reads the ca and verifies nothing: a file that worked there may have all servers down here. */
static void tell_verified(struct conf_build *b, const struct check_checker_conf *c) {
        conf_build_say(b, CONF_NOTE, c->object.node,
                        "say tls_verify on, or off for no verification",
                        "certificates are verified because SSL has a ca; keepalived would not");
}

static bool is_verified_untold(const struct check_checker_conf *c) {
        return c->kind == CHECK_CONF_SSL && c->http.tls_verify && c->http.tls_verify_given < 0;
}

void check_conf_check_checkers(struct conf_build *b) {
        const struct check_checker_conf *verified = NULL;
        struct ipvs_service_conf *service;
        struct ipvs_server_conf *server;
        struct check_checker_conf *c;

        DL_FOREACH (b->conf->ipvs->services, service) {
                check_suspend(b, service);
                DL_FOREACH (service->servers, server)
                        LL_FOREACH (server->checkers, c) {
                                check_checker(b, c);
                                if (!verified && is_verified_untold(c))
                                        verified = c;
                        }
        }
        if (verified) /* once is enough */
                tell_verified(b, verified);
}
