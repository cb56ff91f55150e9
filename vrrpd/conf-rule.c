/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of virtual_rules and static_rules. ip-rule(8) has the meaning of the words. */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf-line.h"
#include "vrrpd/conf-rows.h"

/* One rule line being read. */
struct rule_line {
        struct conf_line line;
        struct vrrp_rule *rule;
        bool has_preference, has_protocol;
        unsigned n_actions;
};

static void take_from(struct rule_line *l) {
        conf_line_prefix(&l->line, "from", &l->rule->from);
}

static void take_to(struct rule_line *l) {
        conf_line_prefix(&l->line, "to", &l->rule->to);
}

static void take_table(struct rule_line *l) {
        l->rule->table = conf_line_name(&l->line, "table", VRRP_NAMES_TABLES, UINT32_MAX);
        l->rule->action = FR_ACT_TO_TBL;
        l->n_actions++;
}

static void take_not(struct rule_line *l) {
        l->rule->invert = 1;
}

static void take_preference(struct rule_line *l) {
        l->rule->preference = conf_line_number(&l->line, "preference", UINT32_MAX);
        l->has_preference = true;
}

static void take_tos(struct rule_line *l) {
        l->rule->tos = conf_line_name(&l->line, "tos", VRRP_NAMES_DSFIELDS, UINT8_MAX);
}

/* MARK or MARK/MASK */
static void take_mark(struct rule_line *l) {
        const char *word = conf_line_text(&l->line, "fwmark");
        unsigned long mark, mask = UINT32_MAX;
        char *end;

        mark = strtoul(word, &end, 0);
        if (*end == '/')
                mask = strtoul(end + 1, &end, 0);
        if (*word < '0' || *word > '9' || *end || end[-1] == '/' || mark > UINT32_MAX ||
                        mask > UINT32_MAX) {
                conf_line_refuse(&l->line, "fwmark: %s is not MARK or MARK/MASK", word);
                return;
        }
        l->rule->mark = (uint32_t) mark;
        l->rule->mask = (uint32_t) mask;
}

static void take_realms(struct rule_line *l) {
        l->rule->realms = conf_line_realms(&l->line);
}

static void take_suppress_prefix(struct rule_line *l) {
        l->rule->suppress_prefix = conf_line_number(&l->line, "suppress_prefixlength", 128);
        l->rule->has_suppress_prefix = 1;
}

static void take_suppress_group(struct rule_line *l) {
        l->rule->suppress_group =
                        conf_line_name(&l->line, "suppress_ifgroup", VRRP_NAMES_GROUPS, INT32_MAX);
        l->rule->has_suppress_group = 1;
}

static void take_iif(struct rule_line *l) {
        conf_line_device(&l->line, "iif", l->rule->iif);
}

static void take_oif(struct rule_line *l) {
        conf_line_device(&l->line, "oif", l->rule->oif);
}

static void take_tunnel(struct rule_line *l) {
        l->rule->tunnel_id = conf_line_number64(&l->line, "tunnel-id");
}

/* A-B, or one number for both. */
static void take_range(struct rule_line *l, const char *key, uint32_t max, struct vrrp_range *ret) {
        const char *word = conf_line_text(&l->line, key);
        unsigned long first, last;
        char *end;

        first = last = strtoul(word, &end, 10);
        if (*end == '-')
                last = strtoul(end + 1, &end, 10);
        if (*word < '0' || *word > '9' || *end || first > last || last > max) {
                conf_line_refuse(&l->line, "%s: %s is not FIRST-LAST up to %u", key, word, max);
                return;
        }
        *ret = (struct vrrp_range){ (uint32_t) first, (uint32_t) last, 1 };
}

static void take_uids(struct rule_line *l) {
        take_range(l, "uidrange", UINT32_MAX, &l->rule->uids);
}

static void take_sports(struct rule_line *l) {
        take_range(l, "sport", UINT16_MAX, &l->rule->sports);
}

static void take_dports(struct rule_line *l) {
        take_range(l, "dport", UINT16_MAX, &l->rule->dports);
}

static void take_l3mdev(struct rule_line *l) {
        l->rule->l3mdev = 1;
        l->rule->action = FR_ACT_TO_TBL;
        l->n_actions++;
}

static void take_protocol(struct rule_line *l) {
        l->rule->protocol = conf_line_name(&l->line, "protocol", VRRP_NAMES_PROTOCOLS, UINT8_MAX);
        l->has_protocol = true;
}

/* A number, or a name of /etc/protocols; the names that matter are known without it. */
static void take_ip_protocol(struct rule_line *l) {
        static const struct conf_name known[] = {
                { "tcp", IPPROTO_TCP },
                { "udp", IPPROTO_UDP },
                { "icmp", IPPROTO_ICMP },
                { "sctp", IPPROTO_SCTP },
                {},
        };
        const char *word = conf_line_text(&l->line, "ipproto");
        unsigned long number;
        struct protoent *p;
        char *end;

        for (const struct conf_name *k = known; k->name; k++)
                if (streq(k->name, word)) {
                        l->rule->ip_protocol = (uint32_t) k->value;
                        return;
                }
        number = strtoul(word, &end, 10);
        p = *end || end == word ? getprotobyname(word) : NULL;
        if (p)
                number = (unsigned long) p->p_proto;
        else if (*end || end == word || number > UINT8_MAX)
                conf_line_refuse(&l->line, "ipproto: %s is not an IP protocol", word);
        l->rule->ip_protocol = (uint32_t) number;
}

static void take_goto(struct rule_line *l) {
        l->rule->target = conf_line_number(&l->line, "goto", UINT32_MAX);
        l->rule->action = FR_ACT_GOTO;
        l->n_actions++;
}

static void set_action(struct rule_line *l, uint32_t action) {
        l->rule->action = action;
        l->n_actions++;
}

static void take_nop(struct rule_line *l) {
        set_action(l, FR_ACT_NOP);
}

static void take_blackhole(struct rule_line *l) {
        set_action(l, FR_ACT_BLACKHOLE);
}

static void take_unreachable(struct rule_line *l) {
        set_action(l, FR_ACT_UNREACHABLE);
}

static void take_prohibit(struct rule_line *l) {
        set_action(l, FR_ACT_PROHIBIT);
}

static void take_type(struct rule_line *l) {
        const char *word = conf_line_text(&l->line, "type");
        int type = vrrp_route_type_from_string(word);

        if (type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT)
                set_action(l, (uint32_t) type);
        else
                conf_line_refuse(&l->line, "type: %s is not blackhole, unreachable or prohibit",
                                word);
}

static const struct {
        const char *word;
        void (*take)(struct rule_line *l);
} rule_words[] = {
        { "from", take_from },
        { "to", take_to },
        { "table", take_table },
        { "lookup", take_table },
        { "not", take_not },
        { "preference", take_preference },
        { "pref", take_preference },
        { "order", take_preference },
        { "priority", take_preference },
        { "tos", take_tos },
        { "dsfield", take_tos },
        { "fwmark", take_mark },
        { "realms", take_realms },
        { "suppress_prefixlength", take_suppress_prefix },
        { "sup_pl", take_suppress_prefix },
        { "suppress_ifgroup", take_suppress_group },
        { "sup_group", take_suppress_group },
        { "dev", take_iif },
        { "iif", take_iif },
        { "oif", take_oif },
        { "tunnel-id", take_tunnel },
        { "uidrange", take_uids },
        { "l3mdev", take_l3mdev },
        { "protocol", take_protocol },
        { "ipproto", take_ip_protocol },
        { "ip_proto", take_ip_protocol },
        { "sport", take_sports },
        { "dport", take_dports },
        { "goto", take_goto },
        { "nop", take_nop },
        { "blackhole", take_blackhole },
        { "unreachable", take_unreachable },
        { "prohibit", take_prohibit },
        { "type", take_type },
};

static void take_word(struct rule_line *l) {
        const char *word = conf_line_word(&l->line);

        l->line.i++;
        for (size_t k = 0; k < ARRAY_SIZE(rule_words); k++)
                if (streq(rule_words[k].word, word)) {
                        rule_words[k].take(l);
                        return;
                }
        conf_line_refuse(&l->line, "%s is no word of a rule", word);
}

/* keepalived numbers them so, too. */
static void give_preference(struct rule_line *l, uint32_t *preference) {
        if (l->has_preference)
                return;
        l->rule->preference = (*preference)--;
        conf_parse_say(&l->line.p, CONF_COMPLAINT, 0, "write preference N",
                        "the rule has no preference, it gets %u", l->rule->preference);
}

static void resolve_rule(struct rule_line *l, uint32_t *preference) {
        struct conf_line *line = &l->line;
        struct vrrp_rule *r = l->rule;

        r->family = line->family == AF_UNSPEC ? AF_INET : line->family;
        if (r->from.bits == 0)
                r->from = (struct vrrp_prefix){};
        if (r->to.bits == 0)
                r->to = (struct vrrp_prefix){};
        if (l->n_actions != 1)
                conf_line_refuse(line,
                                "a rule needs one action (table, goto, blackhole, ...), here are %u",
                                l->n_actions);
        else if (r->action == FR_ACT_GOTO && (!l->has_preference || r->target <= r->preference))
                conf_line_refuse(line, "goto needs a preference below %u", r->target);
        else if (r->realms && r->family == AF_INET6)
                conf_line_refuse(line, "realms are for IPv4 rules");
        else if (line->track_group && !r->iif[0])
                conf_line_refuse(line, "track_group needs iif");
        if (!l->has_protocol || !line->no_track)
                r->protocol = VRRP_ROUTE_PROTOCOL;
        if (line->error == 0)
                give_preference(l, preference);
}

static int read_line(struct conf_build *b, struct vrrp_rule_conf *c, bool is_static,
                uint32_t *preference) {
        const struct vrrp_names names = { b->conf->vrrp->iproute_etc_dir,
                b->conf->vrrp->iproute_usr_dir };
        struct rule_line l = {
                .line = {
                        .p = { .diags = b->diags, .row = c->line->parent->row, .node = c->line },
                        .names = &names,
                        .is_static = is_static,
                },
                .rule = &c->rule,
        };

        while (l.line.error == 0 && conf_line_word(&l.line))
                if (!conf_line_common(&l.line))
                        take_word(&l);
        if (l.line.error == 0)
                resolve_rule(&l, preference);
        c->no_track = l.line.no_track;
        c->track_group = l.line.track_group;
        return l.line.error;
}

static bool is_double(const struct vrrp_rule_list *l, size_t n, const struct vrrp_rule *r) {
        for (size_t i = 0; i < n; i++)
                if (vrrp_rule_equal(&l->items[i].rule, r))
                        return true;
        return false;
}

int vrrp_conf_read_rules(struct conf_build *b, struct vrrp_rule_list *l, bool is_static,
                uint32_t *preference) {
        size_t kept = 0;

        for (size_t i = 0; i < l->n; i++) {
                struct vrrp_rule_conf *c = &l->items[i];
                int r = read_line(b, c, is_static, preference);

                if (r < 0)
                        return r;
                if (r == 0 && is_double(l, kept, &c->rule)) {
                        conf_build_say(b, CONF_COMPLAINT, c->line, NULL,
                                        "the rule is given again, it is left out");
                        r = CONF_TYPE_REFUSED;
                }
                if (r == 0) {
                        if (kept < i)
                                memcpy(&l->items[kept], c, sizeof(*c));
                        if (kept++ < i)
                                c->track_group = NULL;
                        continue;
                }
                c->line->dropped = true;
                free(TAKE_PTR(c->track_group));
        }
        l->n = kept;
        return 0;
}

/* The line as such; vrrp_conf_read_rules() reads it. */
static int note_line(const struct conf_parse *p, void *field) {
        struct vrrp_rule_list *l = field;
        struct vrrp_rule_conf *items = reallocarray(l->items, l->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        l->items = items;
        memset(&l->items[l->n], 0, sizeof(*items));
        l->items[l->n].pos = p->node->pos;
        l->items[l->n++].line = p->node;
        return 0;
}

void vrrp_rule_list_done(struct vrrp_rule_list *l) {
        for (size_t i = 0; i < l->n; i++)
                free(l->items[i].track_group);
        free(l->items);
        *l = (struct vrrp_rule_list){};
}

static void list_done(void *field) {
        vrrp_rule_list_done(field);
}

const struct conf_type vrrp_conf_rules = {
        .name = "a list of rules, one a line",
        .syntax = "{ [not] [from PREFIX] [to PREFIX] [iif IF] ... table TABLE [preference N] }",
        .size = sizeof(struct vrrp_rule_list),
        .list = true,
        .parse = note_line,
        .done = list_done,
};
