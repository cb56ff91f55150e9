/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of virtual_ipaddress and unicast_peer. ip-address(8) has the meaning of the words. */

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf-rows.h"

/* One address line being read: the words behind the address. */
struct address_line {
        const struct conf_parse *p;
        size_t i; /* the word looked at */
        struct vrrp_address_conf *address;
};

static void address_done(struct vrrp_address_conf *a) {
        free(a->dev);
        free(a->label);
        free(a->track_group);
}

void vrrp_address_list_done(struct vrrp_address_list *l) {
        for (size_t i = 0; i < l->n; i++)
                address_done(&l->items[i]);
        free(l->items);
        *l = (struct vrrp_address_list){};
}

static void list_done(void *field) {
        vrrp_address_list_done(field);
}

/* "ADDR" or "ADDR/PREFIX". */
int vrrp_conf_parse_prefixed(
                const struct conf_parse *p, size_t i, struct ip_addr *ret, uint8_t *ret_prefix) {
        const char *word = conf_parse_word(p, i), *slash = strchr(word, '/');
        _cleanup_free_ char *address = NULL;
        unsigned long prefix;
        struct ip_addr a;
        char *end;

        address = slash ? strndup(word, (size_t) (slash - word)) : strdup(word);
        if (!address)
                return -ENOMEM;
        if (ip_addr_parse(address, &a) < 0) {
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s is not an IP address", address);
                return CONF_TYPE_REFUSED;
        }
        prefix = ip_addr_bits(a.family);
        if (slash) {
                prefix = strtoul(slash + 1, &end, 10);
                if (slash[1] < '0' || slash[1] > '9' || *end || prefix > ip_addr_bits(a.family)) {
                        conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s: the prefix is not in 0..%u",
                                        word, ip_addr_bits(a.family));
                        return CONF_TYPE_REFUSED;
                }
        }
        *ret = a;
        *ret_prefix = (uint8_t) prefix;
        return 0;
}

/* The host part of @a all ones, or all zeros. */
static struct ip_addr broadcast_of(const struct ip_addr *a, unsigned prefix, bool ones) {
        uint32_t mask = prefix == 0 ? 0 : ~UINT32_C(0) << (32 - prefix);
        uint32_t address = ntohl(a->in.s_addr);
        struct ip_addr b = { .family = AF_INET };

        b.in.s_addr = htonl(ones ? address | ~mask : address & mask);
        return b;
}

static int take_broadcast(struct address_line *l) {
        const char *word = conf_parse_word(l->p, l->i);
        struct vrrp_address_conf *a = l->address;

        if (a->addr.family != AF_INET) {
                conf_parse_say(l->p, CONF_COMPLAINT, l->i, NULL, "IPv6 has no broadcast addresses");
                return 0;
        }
        if (streq(word, "+") || streq(word, "-")) {
                a->broadcast = broadcast_of(&a->addr, a->prefix, *word == '+');
                return 0;
        }
        return conf_parse_address(l->p, l->i, AF_INET, &a->broadcast) < 0 ? -ENOMEM : 0;
}

static int take_scope(struct address_line *l) {
        static const struct conf_name scopes[] = {
                { "global", RT_SCOPE_UNIVERSE },
                { "universe", RT_SCOPE_UNIVERSE },
                { "site", RT_SCOPE_SITE },
                { "link", RT_SCOPE_LINK },
                { "host", RT_SCOPE_HOST },
                { "nowhere", RT_SCOPE_NOWHERE },
                {},
        };
        const char *word = conf_parse_word(l->p, l->i);
        int64_t v;

        for (const struct conf_name *s = scopes; s->name; s++)
                if (streq(s->name, word)) {
                        l->address->scope = (uint8_t) s->value;
                        return 0;
                }
        if (conf_parse_integer(l->p, l->i, 0, UINT8_MAX, &v) == 0)
                l->address->scope = (uint8_t) v;
        return 0;
}

static int replace_text(char **text, const char *word) {
        char *copy = strdup(word);

        if (!copy)
                return -ENOMEM;
        free(*text);
        *text = copy;
        return 0;
}

static int take_label(struct address_line *l) {
        const char *word = conf_parse_word(l->p, l->i);

        if (l->address->addr.family != AF_INET || strlen(word) >= IFNAMSIZ) {
                conf_parse_say(l->p, CONF_COMPLAINT, l->i, NULL, "label %s: %s", word,
                                strlen(word) >= IFNAMSIZ ? "more than 15 characters"
                                                         : "IPv6 addresses have none");
                return 0;
        }
        return replace_text(&l->address->label, word);
}

static int take_dev(struct address_line *l) {
        const char *word = conf_parse_word(l->p, l->i);

        if (strlen(word) >= IFNAMSIZ) {
                conf_parse_say(l->p, CONF_COMPLAINT, l->i, NULL,
                                "%s is not the name of an interface", word);
                return CONF_TYPE_REFUSED;
        }
        return replace_text(&l->address->dev, word);
}

static int take_peer(struct address_line *l) {
        struct ip_addr peer;
        uint8_t prefix;
        int r;

        r = vrrp_conf_parse_prefixed(l->p, l->i, &peer, &prefix);
        if (r != 0)
                return r < 0 ? r : 0;
        if (peer.family != l->address->addr.family) {
                conf_parse_say(l->p, CONF_COMPLAINT, l->i, NULL,
                                "peer and address are of different families");
                return 0;
        }
        l->address->peer = peer;
        l->address->peer_prefix = prefix;
        return 0;
}

static int take_lifetime(struct address_line *l) {
        int64_t v = UINT32_MAX;

        if (!streq(conf_parse_word(l->p, l->i), "forever") &&
                        conf_parse_integer(l->p, l->i, 0, UINT32_MAX - 1, &v) != 0)
                return 0;
        l->address->preferred_lft = (uint32_t) v;
        l->address->has_preferred_lft = true;
        return 0;
}

static int take_group(struct address_line *l) {
        if (!streq(l->p->row->key, "static_ipaddress")) {
                conf_parse_say(l->p, CONF_COMPLAINT, l->i - 1, NULL,
                                "track_group is for static addresses");
                return 0;
        }
        return replace_text(&l->address->track_group, conf_parse_word(l->p, l->i));
}

/* Words with an argument. */
static const struct {
        const char *word;
        int (*take)(struct address_line *l);
} argument_words[] = {
        { "dev", take_dev },
        { "brd", take_broadcast },
        { "broadcast", take_broadcast },
        { "scope", take_scope },
        { "label", take_label },
        { "peer", take_peer },
        { "preferred_lft", take_lifetime },
        { "track_group", take_group },
};

static const struct conf_name flag_words[] = {
        { "home", IFA_F_HOMEADDRESS },
        { "mngtmpaddr", IFA_F_MANAGETEMPADDR },
        { "noprefixroute", IFA_F_NOPREFIXROUTE },
        { "autojoin", IFA_F_MCAUTOJOIN },
        {},
};

/* Whether the word at l->i is one without argument. */
static bool take_flag(struct address_line *l) {
        const char *word = conf_parse_word(l->p, l->i);

        for (const struct conf_name *f = flag_words; f->name; f++)
                if (streq(f->name, word)) {
                        l->address->flags |= (uint32_t) f->value;
                        return true;
                }
        if (streq(word, "-nodad"))
                l->address->dad = true;
        else if (streq(word, "no_track"))
                l->address->no_track = true;
        else if (streq(word, "use_vmac"))
                l->address->use_vmac = true;
        else
                return false;
        return true;
}

static int take_words(struct address_line *l) {
        for (; l->i < conf_parse_n(l->p); l->i++) {
                const char *word = conf_parse_word(l->p, l->i);
                int (*take)(struct address_line * l) = NULL;
                int r;

                if (take_flag(l))
                        continue;
                for (size_t k = 0; k < ARRAY_SIZE(argument_words); k++)
                        if (streq(argument_words[k].word, word))
                                take = argument_words[k].take;
                if (!take) {
                        conf_parse_say(l->p, CONF_COMPLAINT, l->i, NULL,
                                        "%s is no word of an address line", word);
                        continue;
                }
                if (++l->i >= conf_parse_n(l->p)) {
                        conf_parse_say(l->p, CONF_COMPLAINT, l->i - 1, NULL, "%s needs a value",
                                        word);
                        return 0;
                }
                r = take(l);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int parse_address_line(const struct conf_parse *p, void *field) {
        struct vrrp_address_list *list = field;
        struct vrrp_address_conf a = { .pos = p->node->pos, .line = p->node }, *items;
        struct address_line l = { .p = p, .i = 1, .address = &a };
        int r;

        r = vrrp_conf_parse_prefixed(p, 0, &a.addr, &a.prefix);
        if (r == 0)
                r = take_words(&l);
        if (r == 0) {
                items = reallocarray(list->items, list->n + 1, sizeof(*items));
                if (items) {
                        list->items = items;
                        list->items[list->n++] = a;
                        return 0;
                }
                r = -ENOMEM;
        }
        address_done(&a);
        return r;
}

const struct conf_type vrrp_conf_addresses = {
        .name = "a list of addresses, one a line",
        .syntax = "{ ADDRESS[/PREFIX] [dev IF] [label TEXT] [brd ADDRESS|+|-] [scope SCOPE] [use_vmac] ... }",
        .size = sizeof(struct vrrp_address_list),
        .list = true,
        .parse = parse_address_line,
        .done = list_done,
};

/* Peers */

static int parse_ttl(const struct conf_parse *p, size_t i, struct vrrp_peer_conf *peer) {
        const char *word = conf_parse_word(p, i);
        bool min = streq(word, "min_ttl");
        int64_t v;

        if (!min && !streq(word, "max_ttl")) {
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s is no word of a peer's line", word);
                return 1;
        }
        if (i + 1 >= conf_parse_n(p)) {
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s needs a value", word);
                return 1;
        }
        if (conf_parse_integer(&(struct conf_parse){ p->diags, p->row, p->node, p->first, word },
                            i + 1, 0, UINT8_MAX, &v) != 0)
                return 2;
        *(min ? &peer->min_ttl : &peer->max_ttl) = (uint8_t) v;
        peer->has_ttl = true;
        return 2;
}

static int parse_peer_line(const struct conf_parse *p, void *field) {
        struct vrrp_peer_conf peer = { .pos = p->node->pos, .line = p->node, .max_ttl = UINT8_MAX },
                              *items;
        struct vrrp_peer_list *list = field;
        int r;

        r = conf_parse_address(p, 0, AF_UNSPEC, &peer.addr);
        if (r != 0)
                return r;
        for (size_t i = 1; i < conf_parse_n(p);)
                i += (size_t) parse_ttl(p, i, &peer);
        for (size_t i = 0; i < list->n; i++)
                if (ip_addr_equal(&list->items[i].addr, &peer.addr)) {
                        conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "the peer %s is given again",
                                        conf_parse_word(p, 0));
                        return CONF_TYPE_REFUSED;
                }
        items = reallocarray(list->items, list->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        list->items = items;
        list->items[list->n++] = peer;
        return 0;
}

static void done_peers(void *field) {
        struct vrrp_peer_list *list = field;

        free(list->items);
        *list = (struct vrrp_peer_list){};
}

const struct conf_type vrrp_conf_peers = {
        .name = "a list of addresses, one a line",
        .syntax = "{ ADDRESS [min_ttl N] [max_ttl N] }",
        .size = sizeof(struct vrrp_peer_list),
        .list = true,
        .parse = parse_peer_line,
        .done = done_peers,
};
