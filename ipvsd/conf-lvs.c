/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The values of the kernel's load balancer as a whole: lvs_timeouts, lvs_sync_daemon, lvs_flush_on_stop. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipvsd/conf-rows.h"

static int unknown_word(const struct conf_parse *p, size_t i) {
        conf_parse_say(p, CONF_COMPLAINT, i, p->row->type->syntax, "%s: unknown word %s",
                        p->row->key, conf_parse_word(p, i));
        return CONF_TYPE_REFUSED;
}

/* The number behind the word at @i. */
static int parse_value(
                const struct conf_parse *p, size_t i, int64_t min, int64_t max, int64_t *ret) {
        const struct conf_parse named = { p->diags, p->row, p->node, p->first,
                conf_parse_word(p, i) };

        if (i + 1 < conf_parse_n(p))
                return conf_parse_integer(&named, i + 1, min, max, ret);
        conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s: %s needs a value", p->row->key,
                        conf_parse_word(p, i));
        return CONF_TYPE_REFUSED;
}

/* --- lvs_timeouts --- */

static int parse_timeouts(const struct conf_parse *p, void *field) {
        struct ipvs_timeouts_conf t = {};

        for (size_t i = 0; i < conf_parse_n(p); i += 2) {
                const char *word = conf_parse_word(p, i);
                uint32_t *to = streq(word, "tcp")       ? &t.tcp
                                : streq(word, "tcpfin") ? &t.tcp_fin
                                : streq(word, "udp")    ? &t.udp
                                                        : NULL;
                int64_t v;

                if (!to)
                        return unknown_word(p, i);
                if (parse_value(p, i, 0, p->row->max, &v) != 0)
                        return CONF_TYPE_REFUSED;
                *to = (uint32_t) v;
        }
        *(struct ipvs_timeouts_conf *) field = t;
        return 0;
}

static void print_timeouts(FILE *to, const struct conf_row *row, const void *field) {
        const struct ipvs_timeouts_conf *t = field;

        fprintf(to, " tcp %u tcpfin %u udp %u", t->tcp, t->tcp_fin, t->udp);
}

const struct conf_type ipvs_conf_timeouts = {
        .name = "times by protocol, whole",
        .syntax = "[tcp N] [tcpfin N] [udp N]",
        .size = sizeof(struct ipvs_timeouts_conf),
        .min_args = 2,
        .max_args = 6,
        .parse = parse_timeouts,
        .print = print_timeouts,
};

/* --- lvs_sync_daemon --- */

static void done_sync(void *field) {
        struct ipvs_sync_conf *s = field;

        free(s->instance);
        *s = (struct ipvs_sync_conf){};
}

static bool is_number(const char *word) {
        return word[strspn(word, "0123456789")] == '\0';
}

static int set_instance(struct ipvs_sync_conf *s, const char *name) {
        free(s->instance);
        s->instance = strdup(name);
        return s->instance ? 0 : -ENOMEM;
}

/* One word with its value, from @i. Positive (CONF_TYPE_REFUSED): complained; *ret_used: words taken. */
static int parse_sync_word(
                const struct conf_parse *p, size_t i, struct ipvs_sync_conf *s, size_t *ret_used) {
        const char *word = conf_parse_word(p, i);
        int64_t v = 0;
        int r;

        *ret_used = 2;
        if (streq(word, "inst") && i + 1 < conf_parse_n(p))
                return set_instance(s, conf_parse_word(p, i + 1));
        if (streq(word, "group") && i + 1 < conf_parse_n(p))
                return conf_parse_address(p, i + 1, AF_UNSPEC, &s->group);
        if (streq(word, "id")) {
                r = parse_value(p, i, 0, 255, &v);
                s->id = (int) v;
        } else if (streq(word, "maxlen")) {
                r = parse_value(p, i, 1, 65507, &v);
                s->maxlen = (uint16_t) v;
        } else if (streq(word, "port")) {
                r = parse_value(p, i, 1, UINT16_MAX, &v);
                s->port = (uint16_t) v;
        } else if (streq(word, "ttl")) {
                r = parse_value(p, i, 1, 255, &v);
                s->ttl = (uint8_t) v;
        } else {
                /* as of old: INTERFACE INSTANCE ID */
                *ret_used = 1;
                if (!s->instance && !streq(word, "inst") && !streq(word, "group"))
                        return set_instance(s, word);
                if (s->id >= 0 || !is_number(word))
                        return unknown_word(p, i);
                r = conf_parse_integer(p, i, 0, 255, &v);
                s->id = (int) v;
        }
        return r;
}

static int parse_sync(const struct conf_parse *p, void *field) {
        _cleanup_(done_sync) struct ipvs_sync_conf s = { .pos = p->node->pos, .id = -1 };
        size_t used;
        int r = 0;

        if (strlen(conf_parse_word(p, 0)) >= sizeof(s.interface)) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s: %s is no name of an interface",
                                p->row->key, conf_parse_word(p, 0));
                return CONF_TYPE_REFUSED;
        }
        strcpy(s.interface, conf_parse_word(p, 0));
        for (size_t i = 1; i < conf_parse_n(p) && r == 0; i += used)
                r = parse_sync_word(p, i, &s, &used);
        if (r == 0 && ip_addr_is_set(&s.group) && !ip_addr_is_multicast(&s.group)) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s: the group is no multicast address",
                                p->row->key);
                r = CONF_TYPE_REFUSED;
        }
        if (r != 0)
                return r;
        *(struct ipvs_sync_conf *) field = s;
        s.instance = NULL;
        return 0;
}

static void print_sync(FILE *to, const struct conf_row *row, const void *field) {
        const struct ipvs_sync_conf *s = field;
        char buf[IP_ADDR_STRLEN];

        fputc(' ', to);
        conf_print_word(to, s->interface);
        if (s->instance) {
                fputs(" inst ", to);
                conf_print_word(to, s->instance);
        }
        if (s->id >= 0)
                fprintf(to, " id %d", s->id);
        if (s->maxlen > 0)
                fprintf(to, " maxlen %u", s->maxlen);
        if (s->port > 0)
                fprintf(to, " port %u", s->port);
        if (s->ttl > 0)
                fprintf(to, " ttl %u", s->ttl);
        if (ip_addr_is_set(&s->group))
                fprintf(to, " group %s", ip_addr_format(&s->group, buf));
}

const struct conf_type ipvs_conf_sync = {
        .name = "an interface, and what is to be different from the kernel's defaults",
        .syntax = "INTERFACE [[inst] VRRP_INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group ADDRESS]",
        .size = sizeof(struct ipvs_sync_conf),
        .min_args = 1,
        .max_args = 13,
        .parse = parse_sync,
        .print = print_sync,
        .done = done_sync,
};

/* --- lvs_flush_on_stop --- */

static int parse_flush(const struct conf_parse *p, void *field) {
        bool services = conf_parse_n(p) > 0;

        if (services && !streq(conf_parse_word(p, 0), "VS"))
                return unknown_word(p, 0);
        *(enum ipvs_flush_conf *) field = services ? IPVS_FLUSH_SERVICES : IPVS_FLUSH_ALL;
        return 0;
}

static void print_flush(FILE *to, const struct conf_row *row, const void *field) {
        if (*(const enum ipvs_flush_conf *) field == IPVS_FLUSH_SERVICES)
                fputs(" VS", to);
}

const struct conf_type ipvs_conf_flush = {
        .name = "what is removed",
        .syntax = "[VS]",
        .size = sizeof(enum ipvs_flush_conf),
        .max_args = 1,
        .parse = parse_flush,
        .print = print_flush,
};
