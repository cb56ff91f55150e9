/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Services and their servers as objects: made when their blocks open, completed when all has been
 * read. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipvsd/conf-rows.h"
#include "notifyd/conf.h"

struct ipvs_server_conf *ipvs_server_conf_free(struct ipvs_server_conf *s) {
        if (!s)
                return NULL;
        while (s->checkers) {
                struct check_checker_conf *c = s->checkers;

                LL_DELETE(s->checkers, c);
                check_checker_conf_free(c);
        }
        conf_build_object_done(conf_language(), &s->object, CONF_BLOCK_REAL_SERVER);
        free(s->name);
        free(s->label);
        free(s);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct ipvs_server_conf *, ipvs_server_conf_free);

struct ipvs_service_conf *ipvs_service_conf_free(struct ipvs_service_conf *s) {
        if (!s)
                return NULL;
        while (s->servers) {
                struct ipvs_server_conf *server = s->servers;

                DL_DELETE(s->servers, server);
                ipvs_server_conf_free(server);
        }
        conf_build_object_done(conf_language(), &s->object, CONF_BLOCK_VIRTUAL_SERVER);
        free(s->name);
        free(s->label);
        free(s->group);
        free(s);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct ipvs_service_conf *, ipvs_service_conf_free);

/* "virtual_server fwmark N", "... group NAME", "... ADDRESS [PORT]" */
static int read_header(struct conf_build *b, struct conf_node *n, struct ipvs_service_conf *s) {
        const struct conf_parse p = { .diags = b->diags, .row = n->row, .node = n, .first = 1 };
        const char *word = conf_node_arg(n, 0);
        struct ipvs_endpoint_conf e;
        int64_t mark;
        int r;

        if ((streq(word, "fwmark") || streq(word, "group")) && conf_node_n_args(n) < 2) {
                conf_build_say(b, CONF_COMPLAINT, n, NULL, "virtual_server %s needs a value", word);
                return CONF_BUILD_DROPPED;
        }
        if (streq(word, "fwmark")) {
                s->kind = IPVS_CONF_FWMARK;
                r = conf_parse_integer(&p, 1, 1, UINT32_MAX, &mark);
                s->fwmark = r == 0 ? (uint32_t) mark : 0;
                return r == 0 ? 0 : CONF_BUILD_DROPPED;
        }
        if (streq(word, "group")) {
                s->kind = IPVS_CONF_GROUP;
                s->group = strdup(conf_node_arg(n, 1));
                return s->group ? 0 : -ENOMEM;
        }
        r = ipvs_conf_read_endpoint(b, n, 0, &e);
        if (r != 0)
                return r;
        s->addr = e.addr;
        s->port = e.port;
        return 0;
}

int ipvs_conf_open_service(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        _cleanup_(ipvs_service_conf_freep) struct ipvs_service_conf *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->pos = n->pos;
        r = read_header(b, n, s);
        if (r != 0)
                return r;
        r = conf_build_object(b, &s->object, CONF_BLOCK_VIRTUAL_SERVER, n);
        if (r < 0)
                return r;
        DL_APPEND(b->conf->ipvs->services, s);
        *ret = &TAKE_PTR(s)->object;
        return 0;
}

/* Both names of the server, by its address and port. */
static int name_server(struct ipvs_server_conf *s) {
        char buf[IP_ADDR_STRLEN];

        free(s->name);
        free(s->label);
        (void) ip_addr_format(&s->addr, buf);
        if (asprintf(&s->name, "[%s]:%u", buf, s->port) < 0)
                s->name = NULL;
        if (asprintf(&s->label, "%s %u", buf, s->port) < 0)
                s->label = NULL;
        return s->name && s->label ? 0 : -ENOMEM;
}

int ipvs_conf_open_server(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        _cleanup_(ipvs_server_conf_freep) struct ipvs_server_conf *s = calloc(1, sizeof(*s));
        struct ipvs_service_conf *service = (struct ipvs_service_conf *) parent;
        const struct ipvs_server_conf *other;
        struct ipvs_endpoint_conf e;
        int r;

        if (!s)
                return -ENOMEM;
        r = ipvs_conf_read_endpoint(b, n, 0, &e);
        if (r != 0)
                return r;
        s->pos = n->pos;
        s->addr = e.addr;
        s->port = conf_node_n_args(n) > 1 ? e.port : service->port;
        r = name_server(s);
        if (r < 0)
                return r;
        DL_FOREACH (service->servers, other) {
                if (other->port != s->port || !ip_addr_equal(&other->addr, &s->addr))
                        continue;
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                "the server is there already, this one is left out");
                return CONF_BUILD_DROPPED;
        }
        r = conf_build_object(b, &s->object, CONF_BLOCK_REAL_SERVER, n);
        if (r < 0)
                return r;
        DL_APPEND(service->servers, s);
        *ret = &TAKE_PTR(s)->object;
        return 0;
}

/* Values in force: the checker's own, else the server's, else the service's, else those of its
 * kind. */

static bool service_has(struct conf_build *b, const struct ipvs_service_conf *s, const char *key) {
        return conf_build_has(b, &s->object, CONF_BLOCK_VIRTUAL_SERVER, key);
}

static bool server_has(struct conf_build *b, const struct ipvs_server_conf *s, const char *key) {
        return conf_build_has(b, &s->object, CONF_BLOCK_REAL_SERVER, key);
}

static void inherit_schedule(struct conf_build *b, const struct ipvs_service_conf *v,
                struct ipvs_server_conf *s) {
        if (!server_has(b, s, "retry"))
                s->retry = v->retry;
        if (!server_has(b, s, "delay_before_retry"))
                s->delay_before_retry_usec = v->delay_before_retry_usec;
        if (!server_has(b, s, "delay_loop"))
                s->delay_loop_usec = v->delay_loop_usec;
        if (!server_has(b, s, "warmup"))
                s->warmup_usec = service_has(b, v, "warmup") ? v->warmup_usec : s->delay_loop_usec;
        if (!server_has(b, s, "connect_timeout"))
                s->connect_timeout_usec = v->connect_timeout_usec;
}

static int inherit_server(struct conf_build *b, const struct ipvs_service_conf *v,
                struct ipvs_server_conf *s) {
        const struct notify_conf *n = b->conf->notify;

        if (!server_has(b, s, "weight"))
                s->weight = v->weight;
        if (!server_has(b, s, "lvs_method"))
                s->forward = v->forward;
        if (!server_has(b, s, "inhibit_on_failure"))
                s->inhibit_on_failure = v->inhibit_on_failure;
        if (!server_has(b, s, "alpha"))
                s->alpha = v->alpha;
        if (!server_has(b, s, "smtp_alert"))
                s->smtp_alert = n->smtp_alert_checker >= 0 ? n->smtp_alert_checker
                                                           : n->smtp_alert != 0;
        if (!server_has(b, s, "virtualhost") && v->virtualhost) {
                s->virtualhost = strdup(v->virtualhost);
                if (!s->virtualhost)
                        return -ENOMEM;
        }
        inherit_schedule(b, v, s);
        return 0;
}

/* Only NAT translates ports. */
static int check_port(struct conf_build *b, const struct ipvs_service_conf *v,
                struct ipvs_server_conf *s) {
        uint16_t port = v->kind == IPVS_CONF_ADDRESS ? v->port : 0;

        if (s->forward.method == IPVS_CONF_NAT || s->port == port || v->kind == IPVS_CONF_GROUP)
                return 0;
        if (v->kind == IPVS_CONF_ADDRESS)
                conf_build_say(b, CONF_COMPLAINT, s->object.node, NULL,
                                "%s does not translate ports, %u is taken",
                                ipvs_conf_forward_to_string(s->forward.method), port);
        s->port = port;
        s->port_taken = true;
        return name_server(s);
}

struct kind_defaults {
        unsigned retry;
        usec_t delay_before_retry_usec;
};

static struct kind_defaults defaults_of(const struct check_checker_conf *c) {
        switch (c->kind) {
        case CHECK_CONF_HTTP:
        case CHECK_CONF_SSL: return (struct kind_defaults){ 1, 3 * USEC_PER_SEC };
        case CHECK_CONF_DNS: return (struct kind_defaults){ 3, c->delay_loop_usec };
        case CHECK_CONF_MISC:
        case CHECK_CONF_FILE: return (struct kind_defaults){ 0, USEC_PER_SEC };
        case CHECK_CONF_TCP:
        case CHECK_CONF_SMTP:
        case CHECK_CONF_UDP:
        case CHECK_CONF_PING:
        case CHECK_CONF_BFD:
        case _CHECK_CONF_MAX: break;
        }
        return (struct kind_defaults){ 1, USEC_PER_SEC };
}

/* Whether the checker's block has the line @key. */
static bool checker_has(const struct check_checker_conf *c, const char *key) {
        const struct conf_node *n;

        DL_FOREACH (c->object.node->children, n) {
                if (!n->dropped && n->row && streq(n->row->key, key))
                        return true;
        }
        return false;
}

/* @port is the one that is written for the server: it is checked, also where IPVS takes another. */
static void inherit_checker(struct conf_build *b, const struct ipvs_service_conf *v,
                const struct ipvs_server_conf *s, uint16_t port, struct check_checker_conf *c) {
        struct kind_defaults d;

        if (!checker_has(c, "delay_loop"))
                c->delay_loop_usec = s->delay_loop_usec;
        if (!checker_has(c, "warmup"))
                c->warmup_usec = s->warmup_usec;
        if (!checker_has(c, "connect_timeout"))
                c->connect_timeout_usec = s->connect_timeout_usec;
        if (!checker_has(c, "alpha"))
                c->alpha = s->alpha;
        if (!checker_has(c, "log_all_failures"))
                c->log_all_failures = b->conf->check->log_all_failures;
        d = defaults_of(c);
        if (c->kind == CHECK_CONF_FILE)
                c->retry = d.retry; /* what a file says is so at once */
        else if (!checker_has(c, "retry"))
                c->retry = server_has(b, s, "retry") || service_has(b, v, "retry") ? s->retry
                                                                                   : d.retry;
        if (!checker_has(c, "delay_before_retry"))
                c->delay_before_retry_usec = server_has(b, s, "delay_before_retry") ||
                                                service_has(b, v, "delay_before_retry")
                                ? s->delay_before_retry_usec
                                : d.delay_before_retry_usec;
        if (!ip_addr_is_set(&c->connect_ip))
                c->connect_ip = s->addr;
        if (c->connect_port == 0)
                c->connect_port = port;
}

/* Services */

const char *ipvs_conf_protocol_to_string(int protocol) {
        switch (protocol) {
        case IPPROTO_TCP: return "TCP";
        case IPPROTO_UDP: return "UDP";
        case IPPROTO_SCTP: return "SCTP";
        default: return "";
        }
}

static unsigned group_use(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        const struct ipvs_service_conf *i;
        unsigned n = 0;

        DL_FOREACH (c->services, i) {
                if (i == s)
                        break;
                n += i->kind == IPVS_CONF_GROUP && streq(i->group, s->group);
        }
        return n;
}

/* keepalived writes protocols in small letters there. */
static const char *small_protocol(int protocol) {
        switch (protocol) {
        case IPPROTO_TCP: return "tcp";
        case IPPROTO_UDP: return "udp";
        case IPPROTO_SCTP: return "sctp";
        default: return "none";
        }
}

int ipvs_conf_server_words(const struct ipvs_service_conf *service,
                const struct ipvs_server_conf *server, char **ret) {
        char buf[IP_ADDR_STRLEN];

        (void) ip_addr_format(&server->addr, buf);
        if (asprintf(ret, "[%s]:%s:%u", buf, small_protocol(service->protocol), server->port) < 0) {
                *ret = NULL;
                return -ENOMEM;
        }
        return 0;
}

static int name_address_service(struct ipvs_service_conf *s) {
        const char *protocol = ipvs_conf_protocol_to_string(s->protocol);
        char buf[IP_ADDR_STRLEN];

        (void) ip_addr_format(&s->addr, buf);
        if (asprintf(&s->name, "[%s]:%s:%u", buf, small_protocol(s->protocol), s->port) < 0)
                s->name = NULL;
        if (asprintf(&s->label, "%s %u %s", buf, s->port, protocol) < 0)
                s->label = NULL;
        return s->name && s->label ? 0 : -ENOMEM;
}

/* A mark is one service for each family, as in the kernel; keepalived's word for it does not tell which. */
static int name_marked_service(struct ipvs_service_conf *s) {
        const char *suffix = s->family == AF_INET6 ? " IPv6" : "";

        if (asprintf(&s->name, "FWM %u", s->fwmark) < 0)
                s->name = NULL;
        if (asprintf(&s->label, "fwmark %u%s", s->fwmark, suffix) < 0)
                s->label = NULL;
        return s->name && s->label ? 0 : -ENOMEM;
}

static int name_group_service(struct ipvs_service_conf *s, unsigned number) {
        char suffix[16] = "";

        if (number > 0)
                (void) snprintf(suffix, sizeof(suffix), " %u", number + 1);
        if (asprintf(&s->name, "[%s]:%u", s->group, number) < 0)
                s->name = NULL;
        if (asprintf(&s->label, "group %s%s", s->group, suffix) < 0)
                s->label = NULL;
        return s->name && s->label ? 0 : -ENOMEM;
}

static int name_service(const struct ipvs_conf *c, struct ipvs_service_conf *s) {
        switch (s->kind) {
        case IPVS_CONF_ADDRESS: return name_address_service(s);
        case IPVS_CONF_FWMARK: return name_marked_service(s);
        case IPVS_CONF_GROUP: return name_group_service(s, group_use(c, s));
        }
        return -EINVAL;
}

static int family_of(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        const struct ipvs_group_conf *g = ipvs_conf_find_group(c, s);

        if (s->kind == IPVS_CONF_ADDRESS)
                return s->addr.family;
        if (s->family != AF_UNSPEC)
                return s->family;
        for (size_t i = 0; g && i < g->members.n; i++)
                if (g->members.items[i].family != AF_UNSPEC)
                        return g->members.items[i].family;
        return s->servers ? s->servers->addr.family : AF_INET;
}

/* Why a service cannot be used, or NULL. */
static const char *service_fault(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        if (s->kind == IPVS_CONF_GROUP && !ipvs_conf_find_group(c, s))
                return "there is no such virtual_server_group";
        if (s->kind == IPVS_CONF_GROUP && ipvs_conf_find_group(c, s)->members.n == 0)
                return "its virtual_server_group is empty";
        if (!s->servers)
                return "it has no real_server";
        return NULL;
}

static void complete_service(struct conf_build *b, struct ipvs_service_conf *s) {
        const struct notify_conf *n = b->conf->notify;

        s->scheduler = ipvs_conf_scheduler_to_string(s->scheduler_number);
        s->family = family_of(b->conf->ipvs, s);
        if (s->forward.method == IPVS_CONF_FORWARD_UNSET)
                s->forward.method = IPVS_CONF_NAT;
        if (s->sorry_forward.method == IPVS_CONF_FORWARD_UNSET)
                s->sorry_forward = s->forward;
        if (ip_addr_is_set(&s->sorry.addr) && s->sorry.port == 0)
                s->sorry.port = s->port;
        s->protocol = s->kind == IPVS_CONF_FWMARK ? 0 : s->protocol_given;
        if (s->kind != IPVS_CONF_FWMARK && s->protocol == 0) {
                s->protocol = IPPROTO_UDP;
                conf_build_say(b, CONF_NOTE, s->object.node, "say protocol TCP if that is meant",
                                "it has no protocol and is taken as UDP");
        }
        if (!service_has(b, s, "smtp_alert"))
                s->smtp_alert = n->smtp_alert_checker >= 0 ? n->smtp_alert_checker
                                                           : n->smtp_alert > 0;
}

/* What is of one kind; a checker that cannot be used goes. */
static int complete_checkers(struct conf_build *b, const struct ipvs_service_conf *v,
                struct ipvs_server_conf *s) {
        struct check_inherited_conf from = { s->virtualhost, v->delay_loop_usec, s->weight };
        struct check_checker_conf *c, *tmp;

        LL_FOREACH_SAFE (s->checkers, c, tmp) {
                int r = check_checker_conf_complete(b, c, &from);

                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                LL_DELETE(s->checkers, c);
                conf_build_drop(&c->object);
                check_checker_conf_free(c);
        }
        return 0;
}

static int complete_servers(struct conf_build *b, struct ipvs_service_conf *v) {
        struct ipvs_server_conf *s;

        DL_FOREACH (v->servers, s) {
                uint16_t port = s->port;
                struct check_checker_conf *c;
                int r;

                r = inherit_server(b, v, s);
                if (r >= 0)
                        r = check_port(b, v, s);
                if (r < 0)
                        return r;
                LL_FOREACH (s->checkers, c) {
                        inherit_checker(b, v, s, port, c);
                }
                r = complete_checkers(b, v, s);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool is_double(const struct ipvs_conf *c, const struct ipvs_service_conf *s) {
        const struct ipvs_service_conf *i;

        DL_FOREACH (c->services, i) {
                if (i == s)
                        return false;
                if (streq_ptr(i->label, s->label))
                        return true;
        }
        return false;
}

/* Positive: the service cannot be used. */
static int check_service(struct conf_build *b, struct ipvs_service_conf *s) {
        const char *fault = service_fault(b->conf->ipvs, s);
        int r;

        if (fault) {
                conf_build_say(b, CONF_COMPLAINT, s->object.node, NULL,
                                "%s, the virtual_server is left out", fault);
                return CONF_BUILD_DROPPED;
        }
        complete_service(b, s);
        r = name_service(b->conf->ipvs, s);
        if (r < 0)
                return r;
        if (is_double(b->conf->ipvs, s)) {
                conf_build_say(b, CONF_COMPLAINT, s->object.node, NULL,
                                "the virtual_server is there already, this one is left out");
                return CONF_BUILD_DROPPED;
        }
        r = complete_servers(b, s);
        return r < 0 ? r : ipvs_conf_judge_service(b, s);
}

int ipvs_conf_check(struct conf_build *b) {
        struct ipvs_service_conf *s, *tmp;

        DL_FOREACH_SAFE (b->conf->ipvs->services, s, tmp) {
                int r = check_service(b, s);

                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                DL_DELETE(b->conf->ipvs->services, s);
                conf_build_drop(&s->object);
                ipvs_service_conf_free(s);
        }
        return ipvs_conf_judge_sync(b);
}

const struct ipvs_service_conf *ipvs_conf_find_service(
                const struct ipvs_conf *c, const char *label) {
        const struct ipvs_service_conf *s;

        DL_FOREACH (c->services, s)
                if (streq(s->label, label))
                        return s;
        return NULL;
}

const struct ipvs_server_conf *ipvs_conf_find_server(
                const struct ipvs_service_conf *s, const char *label) {
        const struct ipvs_server_conf *r;

        DL_FOREACH (s->servers, r)
                if (streq(r->label, label))
                        return r;
        return NULL;
}
