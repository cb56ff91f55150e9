/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is on the machine beside the addresses: routes and rules of an instance, the static entries, and the
 * groups of instances that follow the interfaces of these. */

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf-language.h"
#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_conf, f)
#define INSTANCE_FIELD(f) .offset = offsetof(struct vrrp_instance_conf, f)
#define GROUP_FIELD(f) .offset = offsetof(struct vrrp_track_group_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"

static struct vrrp_track_group_conf *find_group(const struct vrrp_conf *c, const char *name) {
        struct vrrp_track_group_conf *g = NULL;

        HASH_FIND_STR(c->track_groups, name, g);
        return g;
}

static struct vrrp_track_group_conf *group_free(struct vrrp_track_group_conf *g) {
        if (!g)
                return NULL;
        conf_build_object_done(conf_language(), &g->object, CONF_BLOCK_TRACK_GROUP);
        free(g->name);
        free(g);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct vrrp_track_group_conf *, group_free);

static int open_group(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        _cleanup_(group_freep) struct vrrp_track_group_conf *g = NULL;
        const char *name = conf_node_arg(n, 0);

        if (find_group(b->conf->vrrp, name)) {
                conf_build_say(b, CONF_COMPLAINT, n, NULL,
                                "there is a track_group %s already, this one is left out", name);
                return CONF_BUILD_DROPPED;
        }
        g = calloc(1, sizeof(*g));
        if (!g)
                return -ENOMEM;
        g->name = strdup(name);
        if (!g->name || conf_build_object(b, &g->object, CONF_BLOCK_TRACK_GROUP, n) < 0)
                return -ENOMEM;
        HASH_ADD_KEYPTR(hh, b->conf->vrrp->track_groups, g->name, strlen(g->name), g);
        *ret = &TAKE_PTR(g)->object;
        return 0;
}

/* Members: names, several on a line if need be. */

static int add_member(struct vrrp_member_list *l, struct conf_node *line, const char *name) {
        struct vrrp_member_conf *items = reallocarray(l->items, l->n + 1, sizeof(*items));
        char *copy = strdup(name);

        if (items)
                l->items = items;
        if (!items || !copy) {
                free(copy);
                return -ENOMEM;
        }
        l->items[l->n++] = (struct vrrp_member_conf){ .line = line, .name = copy };
        return 0;
}

static int parse_members(const struct conf_parse *p, void *field) {
        int r = 0;

        for (size_t i = 0; i < conf_parse_n(p) && r >= 0; i++)
                r = add_member(field, p->node, conf_parse_word(p, i));
        return r;
}

static void done_members(void *field) {
        struct vrrp_member_list *l = field;

        for (size_t i = 0; i < l->n; i++)
                free(l->items[i].name);
        free(l->items);
        *l = (struct vrrp_member_list){};
}

const struct conf_type vrrp_conf_members = {
        .name = "a list of instances",
        .syntax = "{ INSTANCE ... }",
        .size = sizeof(struct vrrp_member_list),
        .list = true,
        .parse = parse_members,
        .done = done_members,
};

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "static_ipaddress", .type = &vrrp_conf_addresses, FIELD(static_ipaddress),
          KEEPALIVED,
          .help = "Addresses that are there as long as the daemon runs, whoever is master. "
                  "`track_group NAME` lets instances follow their interface." },
        { .key = "static_routes", .type = &vrrp_conf_routes, FIELD(static_routes), KEEPALIVED,
          .help = "Routes that are there as long as the daemon runs, in the words of "
                  "ip-route(8). `track_group NAME` lets instances follow their interface." },
        { .key = "static_rules", .type = &vrrp_conf_rules, FIELD(static_rules), KEEPALIVED,
          .help = "Routing rules that are there as long as the daemon runs, in the words of "
                  "ip-rule(8). `track_group NAME` lets instances follow their interface." },
        { .key = "track_group", .type = &conf_block_named, .opens = CONF_BLOCK_TRACK_GROUP,
          .open = open_group, .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "Names the instances that a static address, route or rule affects." },
};
static const struct conf_row track_group_rows[] = {
        { .key = "group", .type = &vrrp_conf_members, GROUP_FIELD(members), KEEPALIVED,
          .help = "The instances of the group." },
};
static const struct conf_row host_rows[] = {
        { .key = "default_interface", .type = &conf_text, FIELD(default_interface),
          .fallback = "eth0", KEEPALIVED,
          .help = "Interface of static addresses that name none." },
        { .key = "iproute_usr_dir", .type = &conf_text, FIELD(iproute_usr_dir),
          .fallback_note = "/usr/share/iproute2, then /usr/lib/iproute2", KEEPALIVED,
          .help = "Directory of iproute2's name tables as shipped." },
        { .key = "iproute_etc_dir", .type = &conf_text, FIELD(iproute_etc_dir),
          .fallback_note = "/etc/iproute2", KEEPALIVED,
          .help = "Directory of iproute2's name tables of this system, which are looked into first." },
};
static const struct conf_row instance_rows[] = {
        { .key = "virtual_routes", .type = &vrrp_conf_routes, INSTANCE_FIELD(virtual_routes),
          KEEPALIVED,
          .help = "Routes that are there while the instance is master, in the words of "
                  "ip-route(8). One that the kernel refuses is tried again and does not keep "
                  "the instance from being master." },
        { .key = "virtual_rules", .type = &vrrp_conf_rules, INSTANCE_FIELD(virtual_rules),
          KEEPALIVED,
          .help = "Routing rules that are there while the instance is master, in the words of "
                  "ip-rule(8)." },
        { .key = "promote_secondaries", .type = &conf_flag, INSTANCE_FIELD(promote_secondaries),
          KEEPALIVED,
          .help = "Set promote_secondaries on the interface: when an address goes, others of "
                  "its network stay." },
};
/* clang-format on */

const struct conf_section vrrp_conf_static_root_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = root_rows,
        .n_rows = ARRAY_SIZE(root_rows),
        .first = 150,
        .globals = vrrp_conf_object,
};
const struct conf_section vrrp_conf_track_group_section = {
        .block = CONF_BLOCK_TRACK_GROUP,
        .rows = track_group_rows,
        .n_rows = ARRAY_SIZE(track_group_rows),
};
const struct conf_section vrrp_conf_static_host_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = host_rows,
        .n_rows = ARRAY_SIZE(host_rows),
        .first = 156,
        .globals = vrrp_conf_object,
};
const struct conf_section vrrp_conf_instance_route_section = {
        .block = CONF_BLOCK_VRRP_INSTANCE,
        .rows = instance_rows,
        .n_rows = ARRAY_SIZE(instance_rows),
        .first = 150,
};

/* Checks */

static void drop_line(struct conf_build *b, struct conf_node *line, const char *why) {
        conf_build_say(b, CONF_COMPLAINT, line, NULL,
                        "static_ipaddress: the address %s, it is left out", why);
        line->dropped = true;
}

static bool is_double(const struct vrrp_address_list *l, size_t n) {
        const struct vrrp_address_conf *a = &l->items[n];

        for (size_t i = 0; i < n; i++)
                if (ip_addr_equal(&l->items[i].addr, &a->addr) && l->items[i].prefix == a->prefix &&
                                streq_ptr(l->items[i].dev, a->dev))
                        return true;
        return false;
}

/* An address without interface is on the default one. */
static int check_addresses(struct conf_build *b) {
        struct vrrp_conf *c = b->conf->vrrp;
        struct vrrp_address_list *l = &c->static_ipaddress;

        for (size_t i = 0; i < l->n;) {
                struct vrrp_address_conf *a = &l->items[i];
                bool has_dev = a->dev;

                if (!has_dev)
                        a->dev = strdup(c->default_interface);
                if (!a->dev)
                        return -ENOMEM;
                if (!is_double(l, i) && (has_dev || !a->track_group)) {
                        i++;
                        continue;
                }
                drop_line(b, a->line,
                                is_double(l, i) ? "is given again" : "needs dev for track_group");
                free(a->dev);
                free(a->label);
                free(a->track_group);
                memmove(a, a + 1, (l->n - i - 1) * sizeof(*a));
                l->n--;
        }
        return 0;
}

/* Order of definition does not matter, so members are looked for when everything has been read. */
static void check_groups(struct conf_build *b) {
        struct vrrp_track_group_conf *g, *next;

        HASH_ITER (hh, b->conf->vrrp->track_groups, g, next) {
                for (size_t i = 0; i < g->members.n; i++)
                        if (!vrrp_conf_find(b->conf->vrrp, g->members.items[i].name))
                                conf_build_say(b, CONF_COMPLAINT, g->members.items[i].line, NULL,
                                                "there is no vrrp_instance %s",
                                                g->members.items[i].name);
                if (g->members.n > 0)
                        continue;
                conf_build_say(b, CONF_COMPLAINT, g->object.node, NULL,
                                "track_group %s has no instances, it is left out", g->name);
                HASH_DEL(b->conf->vrrp->track_groups, g);
                conf_build_drop(&g->object);
                (void) group_free(g);
        }
}

static int follow(struct vrrp_instance_conf *i, const char *interface) {
        const char **links = reallocarray(i->static_links, i->n_static_links + 1, sizeof(*links));

        if (!links)
                return -ENOMEM;
        i->static_links = links;
        i->static_links[i->n_static_links++] = interface;
        return 0;
}

/* The members of the entry's group follow @interface. */
static int follow_entry(struct conf_build *b, const struct conf_node *line, const char *group,
                const char *interface) {
        struct vrrp_track_group_conf *g;

        if (!group)
                return 0;
        g = find_group(b->conf->vrrp, group);
        if (!g)
                conf_build_say(b, CONF_COMPLAINT, line, NULL,
                                "there is no track_group %s, nobody follows this entry", group);
        for (size_t i = 0; g && i < g->members.n; i++) {
                struct vrrp_instance_conf *instance =
                                vrrp_conf_find(b->conf->vrrp, g->members.items[i].name);

                if (instance && follow(instance, interface) < 0)
                        return -ENOMEM;
        }
        return 0;
}

int vrrp_conf_resolve_statics(struct conf_build *b) {
        const struct vrrp_conf *c = b->conf->vrrp;
        int r;

        r = check_addresses(b);
        check_groups(b);
        for (size_t i = 0; i < c->static_ipaddress.n && r >= 0; i++) {
                const struct vrrp_address_conf *a = &c->static_ipaddress.items[i];

                r = follow_entry(b, a->line, a->track_group, a->dev);
        }
        for (size_t i = 0; i < c->static_routes.n && r >= 0; i++) {
                const struct vrrp_route_conf *e = &c->static_routes.items[i];

                for (unsigned k = 0; r >= 0 && vrrp_route_device(e->route, k); k++)
                        r = follow_entry(
                                        b, e->line, e->track_group, vrrp_route_device(e->route, k));
        }
        for (size_t i = 0; i < c->static_rules.n && r >= 0; i++) {
                const struct vrrp_rule_conf *e = &c->static_rules.items[i];

                r = follow_entry(b, e->line, e->track_group, e->rule.iif);
        }
        return r;
}

void vrrp_conf_statics_done(struct vrrp_conf *c) {
        struct vrrp_track_group_conf *g, *next;

        HASH_ITER (hh, c->track_groups, g, next) {
                HASH_DEL(c->track_groups, g);
                (void) group_free(g);
        }
}
