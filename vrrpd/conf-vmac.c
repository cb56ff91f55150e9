/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keywords of a vrrp_instance that give it an interface of its own: use_vmac, use_ipvlan and what
 * goes with them, and garp_extra_if, which such interfaces need. */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_instance_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"

/* The line of use_vmac or use_ipvlan being read. */
struct own_line {
        const struct conf_parse *p;
        size_t i;
        char **name;
        struct vrrp_link_group_conf *group;
};

/* The word behind the one at l->i, which needs it. NULL: there is none (told). */
static const char *take_argument(struct own_line *l) {
        if (l->i + 1 < conf_parse_n(l->p))
                return conf_parse_word(l->p, ++l->i);
        conf_parse_say(l->p, CONF_COMPLAINT, l->i, NULL, "%s: %s needs a value",
                        conf_parse_name(l->p), conf_parse_word(l->p, l->i));
        return NULL;
}

bool vrrp_conf_is_ifname(const char *name) {
        if (!name[0] || strlen(name) >= IFNAMSIZ || streq(name, ".") || streq(name, ".."))
                return false;
        /* The first are the kernel's; it numbers names with %, and to nft(8) the others are no letters. */
        return !strpbrk(name, "/: \t%*\"\\");
}

static int take_name(struct own_line *l) {
        const char *word = conf_parse_word(l->p, l->i);

        if (*l->name || !vrrp_conf_is_ifname(word)) {
                conf_parse_say(l->p, CONF_COMPLAINT, l->i, NULL,
                                *l->name ? "%s: %s is a second name, the first stays"
                                         : "%s: %s cannot be the name of an interface",
                                conf_parse_name(l->p), word);
                return 0;
        }
        *l->name = strdup(word);
        return *l->name ? 0 : -ENOMEM;
}

/* Names of groups are iproute2's business (/etc/iproute2/group); all machines have the one. */
static void take_group(struct own_line *l) {
        const char *word = take_argument(l);
        int64_t v = 0;

        if (!word)
                return;
        if (!streq(word, "default") &&
                        conf_parse_integer(&(struct conf_parse){ l->p->diags, l->p->row, l->p->node,
                                                           l->p->first, "group" },
                                        l->i, 0, UINT32_MAX, &v) != 0)
                return;
        *l->group = (struct vrrp_link_group_conf){ .given = true, .number = (uint32_t) v };
}

/* What both have. Whether the word was one of those, or -ENOMEM. */
static int take_common(struct own_line *l) {
        const char *word = conf_parse_word(l->p, l->i);

        if (streq(word, "group")) {
                take_group(l);
                return 1;
        }
        if (!streq(word, "name"))
                return 0;
        if (!take_argument(l))
                return 1;
        return take_name(l) < 0 ? -ENOMEM : 1;
}

static void print_common(FILE *to, const char *name, const struct vrrp_link_group_conf *group) {
        if (name) {
                fputs(" name ", to);
                conf_print_word(to, name);
        }
        if (group->given)
                fprintf(to, " group %u", group->number);
}

/* use_vmac */

/* Octets of @word, up to six; 0: it is no MAC address. */
static unsigned parse_mac(const char *word, uint8_t ret[static 6]) {
        unsigned n = 0;

        while (n < 6) {
                char *end;
                unsigned long octet = strtoul(word, &end, 16);

                if (end == word || end > word + 2 || strchr("+-xX", word[0]) || octet > 0xff)
                        return 0;
                ret[n++] = (uint8_t) octet;
                if (!*end)
                        return n;
                if (*end != ':')
                        return 0;
                word = end + 1;
        }
        return 0;
}

/* Why the address cannot be a virtual router's, or NULL. */
static const char *mac_fault(const uint8_t mac[static 6], unsigned n) {
        static const uint8_t rfc[] = { 0x00, 0x00, 0x5e, 0x00 };

        if (n < 5)
                return "is no MAC address of five or six octets";
        if (mac[0] & 1)
                return "is a multicast address";
        if (memcmp(mac, rfc, sizeof(rfc)) == 0 && (mac[4] == 1 || mac[4] == 2))
                return "is in the range that the RFC gives to virtual routers";
        return NULL;
}

static void take_mac(struct own_line *l, struct vrrp_vmac_conf *vmac) {
        const char *word = conf_parse_word(l->p, l->i), *fault;
        uint8_t mac[6] = {};
        unsigned n = parse_mac(word, mac);

        fault = mac_fault(mac, n);
        if (fault) {
                conf_parse_say(l->p, CONF_COMPLAINT, l->i, NULL,
                                "use_vmac: %s %s, the virtual router's own is used", word, fault);
                return;
        }
        memcpy(vmac->mac, mac, sizeof(mac));
        vmac->mac_octets = n;
}

static int parse_vmac(const struct conf_parse *p, void *field) {
        struct vrrp_vmac_conf *vmac = field;
        struct own_line l = { .p = p, .name = &vmac->name, .group = &vmac->group };

        vmac->on = true;
        for (; l.i < conf_parse_n(p); l.i++) {
                const char *word = conf_parse_word(p, l.i);
                int r = take_common(&l);

                if (r == 0 && streq(word, "netlink_notify_msg"))
                        vmac->notify = true;
                else if (r == 0 && strchr(word, ':'))
                        take_mac(&l, vmac);
                else if (r == 0)
                        r = take_name(&l);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void print_vmac(FILE *to, const struct conf_row *row, const void *field) {
        const struct vrrp_vmac_conf *vmac = field;

        print_common(to, vmac->name, &vmac->group);
        for (unsigned i = 0; i < vmac->mac_octets; i++)
                fprintf(to, "%c%02x", i == 0 ? ' ' : ':', vmac->mac[i]);
        if (vmac->notify)
                fputs(" netlink_notify_msg", to);
}

void vrrp_vmac_conf_done(void *field) {
        struct vrrp_vmac_conf *vmac = field;

        free(vmac->name);
        *vmac = (struct vrrp_vmac_conf){};
}

static const struct conf_type vmac_type = {
        .name = "a name, a MAC address, options",
        .syntax = "[[name] IF] [MAC] [netlink_notify_msg] [group N]",
        .size = sizeof(struct vrrp_vmac_conf),
        .max_args = CONF_ARGS_ANY,
        .parse = parse_vmac,
        .print = print_vmac,
        .done = vrrp_vmac_conf_done,
};

/* RFC 9568 §7.3 */
void vrrp_vmac_conf_mac(const struct vrrp_vmac_conf *vmac, int family, uint8_t vrid,
                uint8_t ret[static 6]) {
        const uint8_t own[6] = { 0x00, 0x00, 0x5e, 0x00, family == AF_INET6 ? 2 : 1, vrid };

        memcpy(ret, vmac->mac_octets > 0 ? vmac->mac : own, 6);
        if (vmac->mac_octets == 5)
                ret[5] = vrid;
}

/* use_ipvlan */

static const char *const ipvlan_modes[_VRRP_IPVLAN_MAX] = {
        [VRRP_IPVLAN_BRIDGE] = "bridge",
        [VRRP_IPVLAN_PRIVATE] = "private",
        [VRRP_IPVLAN_VEPA] = "vepa",
};

static bool take_mode(const char *word, struct vrrp_ipvlan_conf *ipvlan) {
        for (unsigned i = 0; i < _VRRP_IPVLAN_MAX; i++)
                if (streq(word, ipvlan_modes[i])) {
                        ipvlan->mode = (enum vrrp_ipvlan_mode) i;
                        return true;
                }
        return false;
}

static bool looks_like_address(const char *word) {
        return strchr(word, ':') || strspn(word, "0123456789./") == strlen(word);
}

static int parse_ipvlan(const struct conf_parse *p, void *field) {
        struct vrrp_ipvlan_conf *ipvlan = field;
        struct own_line l = { .p = p, .name = &ipvlan->name, .group = &ipvlan->group };

        ipvlan->on = true;
        for (; l.i < conf_parse_n(p); l.i++) {
                const char *word = conf_parse_word(p, l.i);
                int r = take_common(&l);

                if (r == 0 && take_mode(word, ipvlan))
                        continue;
                if (r == 0 && looks_like_address(word))
                        r = vrrp_conf_parse_prefixed(p, l.i, &ipvlan->addr, &ipvlan->prefix);
                else if (r == 0)
                        r = take_name(&l);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void print_ipvlan(FILE *to, const struct conf_row *row, const void *field) {
        const struct vrrp_ipvlan_conf *ipvlan = field;
        char buf[IP_ADDR_STRLEN];

        print_common(to, ipvlan->name, &ipvlan->group);
        if (ip_addr_is_set(&ipvlan->addr))
                fprintf(to, " %s/%u", ip_addr_format(&ipvlan->addr, buf), ipvlan->prefix);
        if (ipvlan->mode != VRRP_IPVLAN_BRIDGE)
                fprintf(to, " %s", ipvlan_modes[ipvlan->mode]);
}

void vrrp_ipvlan_conf_done(void *field) {
        struct vrrp_ipvlan_conf *ipvlan = field;

        free(ipvlan->name);
        *ipvlan = (struct vrrp_ipvlan_conf){};
}

static const struct conf_type ipvlan_type = {
        .name = "a name, an address, options",
        .syntax = "[[name] IF] [ADDRESS[/PREFIX]] [bridge|private|vepa] [group N]",
        .size = sizeof(struct vrrp_ipvlan_conf),
        .max_args = CONF_ARGS_ANY,
        .parse = parse_ipvlan,
        .print = print_ipvlan,
        .done = vrrp_ipvlan_conf_done,
};

/* garp_extra_if, vrrp_garp_extra_if */

static int parse_extra_garp(const struct conf_parse *p, void *field) {
        struct vrrp_extra_garp_conf *extra = field;
        bool all = streq(conf_parse_word(p, 0), "all");
        int64_t v;

        if (all && conf_parse_n(p) < 2) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s all needs a number of seconds",
                                conf_parse_name(p));
                return CONF_TYPE_REFUSED;
        }
        if (conf_parse_integer(p, all, p->row->min, p->row->max, &v) != 0)
                return CONF_TYPE_REFUSED;
        *extra = (struct vrrp_extra_garp_conf){ .all = all, .seconds = (unsigned) v };
        return 0;
}

static void print_extra_garp(FILE *to, const struct conf_row *row, const void *field) {
        const struct vrrp_extra_garp_conf *extra = field;

        fprintf(to, "%s %u", extra->all ? " all" : "", extra->seconds);
}

const struct conf_type vrrp_conf_extra_garp = {
        .name = "a time",
        .syntax = "[all] N",
        .size = sizeof(struct vrrp_extra_garp_conf),
        .min_args = 1,
        .max_args = 2,
        .parse = parse_extra_garp,
        .print = print_extra_garp,
};

/* vmac_prefix: there must be room for a number, a point and a VRID. */
#define NAME_PREFIX_MAX (IFNAMSIZ - 1 - (int) sizeof("99.255"))

static int parse_prefix(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_word(p, 0);

        if (!vrrp_conf_is_ifname(word) || strlen(word) > NAME_PREFIX_MAX) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL,
                                "%s: names of interfaces cannot begin with %s", conf_parse_name(p),
                                word);
                return CONF_TYPE_REFUSED;
        }
        return conf_parse_text(p, field);
}

const struct conf_type vrrp_conf_prefix = {
        .name = "a word",
        .syntax = "TEXT",
        .size = sizeof(char *),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_prefix,
        .print = conf_print_text,
        .done = conf_done_text,
};

/* dynamic_interfaces */

static int parse_dynamic(const struct conf_parse *p, void *field) {
        if (conf_parse_n(p) > 0 && !streq(conf_parse_word(p, 0), "allow_if_changes"))
                conf_parse_say(p, CONF_COMPLAINT, 0, "allow_if_changes",
                                "dynamic_interfaces: %s is no word of it", conf_parse_word(p, 0));
        return 0;
}

const struct conf_type vrrp_conf_dynamic = {
        .name = "a word or nothing",
        .syntax = "[allow_if_changes]",
        .max_args = 1,
        .parse = parse_dynamic,
};

/* clang-format off */
static const struct conf_row vmac_rows[] = {
        { .key = "use_vmac", .type = &vmac_type, FIELD(vmac), .fallback_note = "off",
          .owner = CONF_OWNER_VRRPD, .source = "RFC 9568 §7.3",
          .help = "Hold the addresses on an interface (a macvlan, vrrp.VRID unless named) that has "
                  "the virtual router's MAC address, 00:00:5e:00:01:VRID (IPv6: 02), or MAC; VRID "
                  "is the sixth of five octets." },
        { .key = "use_vmac_addr", .type = &conf_flag, FIELD(use_vmac_addr), KEEPALIVED,
          .help = "Also addresses on other interfaces, or of the other family, get such an "
                  "interface." },
        { .key = "vmac_xmit_base", .type = &conf_flag, FIELD(vmac_xmit_base),
          .fallback_note = "off; on with unicast_peer", KEEPALIVED,
          .help = "Send advertisements from the underlying interface, with its MAC address." },
        { .key = "use_ipvlan", .type = &ipvlan_type, FIELD(ipvlan), .fallback_note = "off",
          KEEPALIVED,
          .help = "Hold the addresses on an ipvlan interface, which has the MAC address of the "
                  "underlying one. ADDRESS is its own, and advertisements come from it; IPv4 needs "
                  "one." },
        { .key = "garp_extra_if", .old_alias = "vmac_garp_intvl", .type = &vrrp_conf_extra_garp,
          FIELD(extra_garp), .max = 86400, .unit = "seconds",
          .fallback_note = "vrrp_garp_extra_if", KEEPALIVED,
          .help = "How often a master announces the addresses that are on interfaces which no "
                  "advertisements leave from: those made by use_vmac and use_vmac_addr, or all; "
                  "0: not at all." },
};
/* clang-format on */

const struct conf_section vrrp_conf_vmac_section = {
        .block = CONF_BLOCK_VRRP_INSTANCE,
        .rows = vmac_rows,
        .n_rows = ARRAY_SIZE(vmac_rows),
        .first = 160,
};
