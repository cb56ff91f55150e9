/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keywords of a vrrp_instance that make the election: who it is, where it speaks, how it
 * behaves. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_instance_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define RFC(section) .owner = CONF_OWNER_VRRPD, .source = "RFC 9568 " section
#define SECONDS(s) ((int64_t) (s) * (int64_t) USEC_PER_SEC)

/* state: keepalived takes any other word as BACKUP. */
static int parse_state(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_word(p, 0);

        *(enum vrrp_conf_state *) field =
                        streq(word, "MASTER") ? VRRP_CONF_STATE_MASTER : VRRP_CONF_STATE_BACKUP;
        if (!streq(word, "MASTER") && !streq(word, "BACKUP"))
                conf_parse_say(p, CONF_COMPLAINT, 0, "MASTER or BACKUP, in capitals",
                                "state %s is taken as BACKUP", word);
        return 0;
}

static void print_state(FILE *to, const struct conf_row *row, const void *field) {
        fputs(*(const enum vrrp_conf_state *) field == VRRP_CONF_STATE_MASTER ? " MASTER"
                                                                              : " BACKUP",
                        to);
}

static const struct conf_type state_type = {
        .name = "a state",
        .syntax = "MASTER|BACKUP",
        .size = sizeof(enum vrrp_conf_state),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_state,
        .print = print_state,
};

/* auth_pass: eight bytes, RFC 2338 §5.3.6.1. */
static int parse_auth_pass(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_word(p, 0);

        strncpy(field, word, VRRP_CONF_AUTH_PASS_BYTES);
        if (strlen(word) > VRRP_CONF_AUTH_PASS_BYTES)
                conf_parse_say(p, CONF_COMPLAINT, 0,
                                "make it the same eight characters on all routers",
                                "auth_pass has more than %u characters, the rest is cut off",
                                VRRP_CONF_AUTH_PASS_BYTES);
        return 0;
}

static void print_auth_pass(FILE *to, const struct conf_row *row, const void *field) {
        fputc(' ', to);
        conf_print_word(to, field);
}

static const struct conf_type auth_pass_type = {
        .name = "a word",
        .syntax = "TEXT",
        .size = VRRP_CONF_AUTH_PASS_BYTES + 1,
        .min_args = 1,
        .max_args = 1,
        .parse = parse_auth_pass,
        .print = print_auth_pass,
};

static const struct conf_name auth_types[] = {
        { "PASS", VRRP_CONF_AUTH_PASS },
        { "AH", VRRP_CONF_AUTH_AH },
        {},
};

struct vrrp_instance_conf *vrrp_instance_conf_free(struct vrrp_instance_conf *i) {
        if (!i)
                return NULL;
        conf_build_object_done(conf_language(), &i->object, CONF_BLOCK_VRRP_INSTANCE);
        free(i->static_links);
        free(i->name);
        free(i);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct vrrp_instance_conf *, vrrp_instance_conf_free);

static int open_instance(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        _cleanup_(vrrp_instance_conf_freep) struct vrrp_instance_conf *i = NULL;
        const char *name = conf_node_arg(n, 0);

        if (vrrp_conf_find(b->conf->vrrp, name)) {
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                "there is a vrrp_instance %s already, this one is left out", name);
                return CONF_BUILD_DROPPED;
        }
        i = calloc(1, sizeof(*i));
        if (!i)
                return -ENOMEM;
        i->name = strdup(name);
        i->pos = n->pos;
        if (!i->name || conf_build_object(b, &i->object, CONF_BLOCK_VRRP_INSTANCE, n) < 0)
                return -ENOMEM;
        HASH_ADD_KEYPTR(hh, b->conf->vrrp->instances, i->name, strlen(i->name), i);
        *ret = &TAKE_PTR(i)->object;
        return 0;
}

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "vrrp_instance", .type = &conf_block_named, .opens = CONF_BLOCK_VRRP_INSTANCE,
          .open = open_instance, .flags = CONF_ROW_REPEATS, RFC("§6.1"),
          .help = "A virtual router: addresses that the best of several machines holds." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row instance_rows[] = {
        { .key = "state", .type = &state_type, FIELD(state),
          .fallback_note = "BACKUP; MASTER with priority 255", KEEPALIVED,
          .help = "What this router is meant to be. The election goes by priority alone; "
                  "MASTER only rules out nopreempt and preempt_delay, and makes a missing "
                  "priority 255." },
        { .key = "interface", .type = &conf_text, FIELD(interface),
          .fallback_note = "none: required unless unicast", KEEPALIVED,
          .help = "The interface that advertisements are sent from and heard on." },
        { .key = "virtual_router_id", .type = &conf_u8, FIELD(vrid), .min = 1, .max = 255,
          .fallback_note = "none: required", RFC("§5.2.3"),
          .help = "Number of the virtual router, the same on all its machines, unique on the "
                  "network." },
        { .key = "priority", .type = &conf_u8, FIELD(priority), .min = 1, .max = 255,
          .fallback = "100", .fallback_note = "100; 255 with state MASTER", RFC("§5.2.4"),
          .help = "The highest wins the election; 255 says that this router owns the addresses." },
        { .key = "advert_int", .type = &conf_seconds, FIELD(advert_int_usec), .min = 10000,
          .max = SECONDS(255), .fallback = "1", .unit = "seconds", RFC("§5.2.7"),
          .help = "Time between advertisements: whole seconds in version 2, steps of 10 ms up "
                  "to 40.95 s in version 3. In version 2 it must be the same on all routers." },
        { .key = "version", .type = &conf_u8, FIELD(version), .min = 2, .max = 3,
          .fallback_note = "vrrp_version; 3 for IPv6", RFC("§5.2.1"),
          .help = "VRRP version of this instance." },
        { .key = "authentication", .type = &conf_block_only, .opens = CONF_BLOCK_AUTHENTICATION,
          .flags = CONF_ROW_INLINE, .owner = CONF_OWNER_VRRPD, .source = "RFC 2338 §5.3.6",
          .help = "A password in each advertisement, VRRPv2 only. It guards against mistakes, "
                  "not attackers." },
        { .key = "virtual_ipaddress", .type = &vrrp_conf_addresses, FIELD(virtual_ipaddress),
          RFC("§5.2.9"), .help = "The addresses of the virtual router, all IPv4 or all IPv6." },
        { .key = "virtual_ipaddress_excluded", .type = &vrrp_conf_addresses,
          FIELD(virtual_ipaddress_excluded), KEEPALIVED,
          .help = "More addresses that the master holds, not named in advertisements." },
        { .key = "no_virtual_ipaddress", .type = &conf_flag, FIELD(no_virtual_ipaddress),
          KEEPALIVED, .help = "This instance has no addresses, and that is no mistake." },
        { .key = "mcast_src_ip", .type = &conf_address, FIELD(mcast_src),
          .fallback_note = "first of the interface", KEEPALIVED,
          .help = "Source address of advertisements." },
        { .key = "unicast_src_ip", .type = &conf_address, FIELD(unicast_src),
          .fallback_note = "first of the interface", KEEPALIVED,
          .help = "Source address of advertisements to peers." },
        { .key = "mcast_dst_ip", .type = &conf_address, FIELD(mcast_dst_ip),
          .fallback_note = "vrrp_mcast_group4 or vrrp_mcast_group6", KEEPALIVED,
          .help = "Multicast address that advertisements are sent to and heard on." },
        { .key = "unicast_peer", .type = &vrrp_conf_peers, FIELD(unicast_peer), .min = 0,
          .max = 255, KEEPALIVED,
          .help = "Routers that advertisements are sent to one by one, instead of by multicast." },
        { .key = "unicast_ttl", .type = &conf_u8, FIELD(unicast_ttl), .fallback = "255", KEEPALIVED,
          .help = "Time to live of advertisements to peers." },
        { .key = "check_unicast_src", .type = &conf_flag, FIELD(check_unicast_src),
          .fallback_note = "vrrp_check_unicast_src", KEEPALIVED,
          .help = "Take unicast advertisements from listed peers only." },
        { .key = "dont_track_primary", .type = &conf_flag, FIELD(dont_track_primary), KEEPALIVED,
          .help = "The interface going down is no reason for FAULT." },
        { .key = "nopreempt", .type = &conf_flag, FIELD(nopreempt), RFC("§6.1"),
          .help = "Do not take over from a master of lower priority that works." },
        { .key = "preempt", .type = &conf_flag, FIELD(preempt), KEEPALIVED,
          .help = "Undo a nopreempt above it." },
        { .key = "preempt_delay", .type = &conf_seconds, FIELD(preempt_delay_usec),
          .max = SECONDS(1000), .fallback = "0", .unit = "seconds", KEEPALIVED,
          .help = "How long to leave a master of lower priority alone before taking over from "
                  "it." },
        { .key = "accept", .type = &conf_flag, FIELD(accept_given),
          .fallback_note = "on; off with strict_mode", RFC("§6.1"),
          .help = "Take packets sent to the address although this router does not own it." },
        { .key = "no_accept", .type = &conf_flag, FIELD(no_accept),
          RFC("§6.1"), .help = "Drop packets sent to the address unless this router owns it." },
        { .key = "strict_mode", .type = &conf_boolean, FIELD(strict),
          .fallback_note = "vrrp_strict", KEEPALIVED,
          .help = "Hold this instance to the RFC, as vrrp_strict does for all." },
        { .key = "skip_check_adv_addr", .type = &conf_boolean, FIELD(skip_check_adv_addr),
          .fallback_note = "vrrp_skip_check_adv_addr", KEEPALIVED,
          .help = "Do not compare the addresses in an advertisement when its sender is the one "
                  "heard before." },
        { .key = "lower_prio_no_advert", .type = &conf_boolean, FIELD(lower_prio_no_advert),
          .fallback_note = "vrrp_lower_prio_no_advert", KEEPALIVED,
          .help = "As master, do not answer an advertisement of lower priority with one." },
        { .key = "higher_prio_send_advert", .type = &conf_boolean, FIELD(higher_prio_send_advert),
          .fallback_note = "vrrp_higher_prio_send_advert", KEEPALIVED,
          .help = "As master that hears a higher priority, send one more advertisement before "
                  "yielding." },
        { .key = "owner_ignore_adverts", .type = &conf_boolean, FIELD(owner_ignore_adverts),
          .fallback_note = "vrrp_owner_ignore_adverts", KEEPALIVED,
          .help = "With priority 255, drop the advertisements heard." },
        { .key = "down_timer_adverts", .type = &conf_unsigned, FIELD(down_timer_adverts), .min = 1,
          .max = 100, .fallback_note = "vrrp_down_timer_adverts", .unit = "advertisements",
          KEEPALIVED,
          .help = "How many advertisements must be missed before this backup takes over." },
        { .key = "garp_master_delay", .type = &conf_whole_seconds, FIELD(garp.master_delay_usec),
          .max = SECONDS(86400), .fallback_note = "vrrp_garp_master_delay", .unit = "seconds",
          KEEPALIVED,
          .help = "When a new master announces its addresses a second time; 0: not at all." },
        { .key = "garp_master_repeat", .type = &conf_unsigned, FIELD(garp.master_repeat), .min = 1,
          .max = 255, .fallback_note = "vrrp_garp_master_repeat", .flags = CONF_ROW_ZERO_IS_ONE,
          .unit = "messages", KEEPALIVED,
          .help = "How many gratuitous ARPs an announcement has for each address." },
        { .key = "garp_master_refresh", .type = &conf_whole_seconds,
          FIELD(garp.master_refresh_usec), .max = SECONDS(86400),
          .fallback_note = "vrrp_garp_master_refresh", .unit = "seconds", KEEPALIVED,
          .help = "How often a master announces its addresses again; 0: not at all." },
        { .key = "garp_master_refresh_repeat", .type = &conf_unsigned,
          FIELD(garp.master_refresh_repeat), .min = 1, .max = 255,
          .fallback_note = "vrrp_garp_master_refresh_repeat", .flags = CONF_ROW_ZERO_IS_ONE,
          .unit = "messages", KEEPALIVED,
          .help = "How many gratuitous ARPs such a repeated announcement has for each address." },
        { .key = "garp_lower_prio_delay", .type = &conf_whole_seconds,
          FIELD(garp.lower_prio_delay_usec), .max = SECONDS(86400),
          .fallback_note = "vrrp_garp_lower_prio_delay", .unit = "seconds", KEEPALIVED,
          .help = "The second announcement after an advertisement of lower priority; 0: none." },
        { .key = "garp_lower_prio_repeat", .type = &conf_unsigned, FIELD(garp.lower_prio_repeat),
          .max = 255, .fallback_note = "vrrp_garp_lower_prio_repeat", .unit = "messages",
          KEEPALIVED,
          .help = "How many gratuitous ARPs a master sends after an advertisement of lower "
                  "priority; 0: none." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row authentication_rows[] = {
        { .key = "auth_type", .type = &conf_word, FIELD(auth_type), .names = auth_types,
          .fallback_note = "none", .owner = CONF_OWNER_VRRPD, .source = "RFC 2338 §5.3.6",
          .help = "PASS: a password in clear. AH: a keyed digest and a growing number in an "
                  "authentication header, IPv4 only." },
        { .key = "auth_pass", .type = &auth_pass_type, FIELD(auth_pass),
          .fallback_note = "none: no authentication", .owner = CONF_OWNER_VRRPD,
          .source = "RFC 2338 §5.3.6.1", .help = "The password. Eight characters count." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row auth_hmac_rows[] = {
        { .key = "key", .type = &conf_some, .flags = CONF_ROW_TODO | CONF_ROW_REPEATS, KEEPALIVED,
          .help = "A key: its number (1..255) and 32 to 64 bytes as text, hex:DIGITS or "
                  "file:PATH." },
        { .key = "active_key", .type = &conf_u8, .min = 1, .max = 255, .flags = CONF_ROW_TODO,
          KEEPALIVED, .help = "Number of the key to sign with." },
        { .key = "time_window", .type = &conf_unsigned, .min = 1, .max = 300, .unit = "seconds",
          .fallback_note = "3 x advert_int, at least 5", .flags = CONF_ROW_TODO, KEEPALIVED,
          .help = "How old a signed advertisement may be." },
        { .key = "anti_replay", .type = &conf_some, .fallback_note = "time", .flags = CONF_ROW_TODO,
          KEEPALIVED,
          .help = "Judge freshness by the clock (time) or by growing numbers (monotonic)." },
        { .key = "mode", .type = &conf_some, .fallback_note = "enforce", .flags = CONF_ROW_TODO,
          KEEPALIVED,
          .help = "enforce, permissive (unsigned advertisements are taken, too) or "
                  "receive-only." },
};
/* clang-format on */

const struct conf_section vrrp_conf_instance_root_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = root_rows,
        .n_rows = ARRAY_SIZE(root_rows),
        .first = 15,
        .globals = vrrp_conf_object,
};
const struct conf_section vrrp_conf_instance_section = {
        .block = CONF_BLOCK_VRRP_INSTANCE,
        .rows = instance_rows,
        .n_rows = ARRAY_SIZE(instance_rows),
};
const struct conf_section vrrp_conf_authentication_section = {
        .block = CONF_BLOCK_AUTHENTICATION,
        .rows = authentication_rows,
        .n_rows = ARRAY_SIZE(authentication_rows),
        .first = 48,
};
const struct conf_section vrrp_conf_auth_hmac_section = {
        .block = CONF_BLOCK_AUTH_HMAC,
        .rows = auth_hmac_rows,
        .n_rows = ARRAY_SIZE(auth_hmac_rows),
        .first = 50,
};
