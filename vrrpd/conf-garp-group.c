/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keywords of garp_group: interfaces that share one pace of announcements. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_garp_group_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define SECONDS(s) ((int64_t) (s) * (int64_t) USEC_PER_SEC)

static void names_done(void *field) {
        struct vrrp_name_list *l = field;

        for (size_t i = 0; i < l->n; i++)
                free(l->items[i]);
        free(l->items);
        *l = (struct vrrp_name_list){};
}

static int names_add(struct vrrp_name_list *l, const char *name) {
        char **items = reallocarray(l->items, l->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        l->items = items;
        l->items[l->n] = strdup(name);
        if (!l->items[l->n])
                return -ENOMEM;
        l->n++;
        return 0;
}

/* All words of all lines. */
static int parse_names(const struct conf_parse *p, void *field) {
        for (size_t i = 0; i < conf_parse_n(p); i++) {
                int r = names_add(field, conf_parse_word(p, i));

                if (r < 0)
                        return r;
        }
        return 0;
}

static const struct conf_type names_type = {
        .name = "a list of interfaces",
        .syntax = "{ IF ... }",
        .size = sizeof(struct vrrp_name_list),
        .list = true,
        .parse = parse_names,
        .done = names_done,
};

struct vrrp_garp_group_conf *vrrp_garp_group_conf_free(struct vrrp_garp_group_conf *g) {
        if (!g)
                return NULL;
        conf_build_object_done(conf_language(), &g->object, CONF_BLOCK_GARP_GROUP);
        names_done(&g->members);
        free(g);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct vrrp_garp_group_conf *, vrrp_garp_group_conf_free);

static int open_group(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        _cleanup_(vrrp_garp_group_conf_freep) struct vrrp_garp_group_conf *g =
                        calloc(1, sizeof(*g));

        if (!g || conf_build_object(b, &g->object, CONF_BLOCK_GARP_GROUP, n) < 0)
                return -ENOMEM;
        LL_APPEND(b->conf->vrrp->garp_groups, g);
        *ret = &TAKE_PTR(g)->object;
        return 0;
}

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "garp_group", .type = &conf_block_only, .opens = CONF_BLOCK_GARP_GROUP,
          .open = open_group, .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "Interfaces that share one pace of gratuitous ARPs." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row group_rows[] = {
        { .key = "garp_interval", .type = &conf_seconds, FIELD(garp_interval_usec), .min = 1,
          .max = SECONDS(3600), .fallback_note = "vrrp_garp_interval", .unit = "seconds",
          .flags = CONF_ROW_ZERO_IS_DEFAULT, KEEPALIVED, .help = "Pause between gratuitous ARPs." },
        { .key = "gna_interval", .type = &conf_seconds, FIELD(gna_interval_usec), .min = 1,
          .max = SECONDS(3600), .fallback_note = "vrrp_gna_interval", .unit = "seconds",
          .flags = CONF_ROW_ZERO_IS_DEFAULT, KEEPALIVED,
          .help = "Pause between unsolicited neighbour advertisements." },
        { .key = "interface", .type = &conf_text, FIELD(interface), KEEPALIVED,
          .fallback_note = "none", .help = "One interface." },
        { .key = "interfaces", .type = &names_type, FIELD(interfaces), KEEPALIVED,
          .help = "Interfaces that share the pace." },
};
/* clang-format on */

/* Is @name in a group above @g? */
static bool is_taken(struct conf_build *b, const struct vrrp_garp_group_conf *g, const char *name) {
        for (const struct vrrp_garp_group_conf *k = b->conf->vrrp->garp_groups; k != g; k = k->next)
                for (size_t i = 0; i < k->members.n; i++)
                        if (streq(k->members.items[i], name))
                                return true;
        return false;
}

static int add_member(struct conf_build *b, struct vrrp_garp_group_conf *g, const char *key,
                const char *name) {
        if (!is_taken(b, g, name))
                return names_add(&g->members, name);
        conf_build_say(b, CONF_COMPLAINT, conf_build_node(&g->object, key), NULL,
                        "%s is in another garp_group above, which counts", name);
        return 0;
}

/* keepalived takes a group without pace of its own for none; here it is one that shares the global pace. */
int vrrp_conf_resolve_garp_group(struct conf_build *b, struct vrrp_garp_group_conf *g) {
        int r = 0;

        if (g->interface)
                r = add_member(b, g, "interface", g->interface);
        for (size_t i = 0; i < g->interfaces.n && r >= 0; i++)
                r = add_member(b, g, "interfaces", g->interfaces.items[i]);
        if (r < 0)
                return r;
        if (g->members.n == 0)
                conf_build_say(b, CONF_COMPLAINT, g->object.node, NULL,
                                "the garp_group has no interfaces, and no effect");
        if (!conf_build_has(b, &g->object, CONF_BLOCK_GARP_GROUP, "garp_interval"))
                g->garp_interval_usec = b->conf->vrrp->garp_interval_usec;
        if (!conf_build_has(b, &g->object, CONF_BLOCK_GARP_GROUP, "gna_interval"))
                g->gna_interval_usec = b->conf->vrrp->gna_interval_usec;
        return 0;
}

const struct conf_section vrrp_conf_garp_group_root_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = root_rows,
        .n_rows = ARRAY_SIZE(root_rows),
        .first = 11,
        .globals = vrrp_conf_object,
};
const struct conf_section vrrp_conf_garp_group_section = {
        .block = CONF_BLOCK_GARP_GROUP,
        .rows = group_rows,
        .n_rows = ARRAY_SIZE(group_rows),
};
