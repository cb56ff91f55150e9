/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The VRRP model as a whole: its sections, and the checks that need more than one object. Rules are
 * those of keepalived 2.4.3 unless a comment says otherwise; what keepalived ends the program for
 * loses only itself here. */

#include "vrrpd/conf.h"

#include <stdlib.h>
#include <utlist.h>

#include "checkd/conf.h"
#include "vrrpd/conf-rows.h"

/* Of rules that have none, downwards: as keepalived has it. */
#define RULE_PREFERENCE_FIRST 16384U

const struct conf_section *const vrrp_conf_sections[] = {
        &vrrp_conf_root_section,
        &vrrp_conf_static_root_section,
        &vrrp_conf_link_section,
        &vrrp_conf_track_group_section,
        &vrrp_conf_sync_root_section,
        &vrrp_conf_sync_group_section,
        &vrrp_conf_garp_group_root_section,
        &vrrp_conf_garp_group_section,
        &vrrp_conf_instance_root_section,
        &vrrp_conf_instance_section,
        &vrrp_conf_authentication_section,
        &vrrp_conf_auth_hmac_section,
        &vrrp_conf_instance_more_section,
        &vrrp_conf_vmac_section,
        &vrrp_conf_defaults_section,
        &vrrp_conf_garp_section,
        &vrrp_conf_host_section,
        &vrrp_conf_firewall_section,
        &vrrp_conf_instance_route_section,
        &vrrp_conf_static_host_section,
        NULL,
};

struct conf_object *vrrp_conf_object(struct conf *c) {
        return &c->vrrp->object;
}

struct vrrp_instance_conf *vrrp_conf_find(const struct vrrp_conf *c, const char *name) {
        struct vrrp_instance_conf *i = NULL;

        HASH_FIND_STR(c->instances, name, i);
        return i;
}

struct vrrp_group_conf *vrrp_conf_find_group(const struct vrrp_conf *c, const char *name) {
        struct vrrp_group_conf *g = NULL;

        HASH_FIND_STR(c->groups, name, g);
        return g;
}

struct vrrp_conf *vrrp_conf_free(struct vrrp_conf *c) {
        struct vrrp_instance_conf *i, *tmp;
        struct vrrp_group_conf *g, *next;
        struct vrrp_garp_group_conf *garp, *next_garp;

        if (!c)
                return NULL;
        LL_FOREACH_SAFE (c->garp_groups, garp, next_garp)
                vrrp_garp_group_conf_free(garp);
        HASH_ITER (hh, c->instances, i, tmp) {
                HASH_DEL(c->instances, i);
                vrrp_instance_conf_free(i);
        }
        vrrp_conf_statics_done(c);
        HASH_ITER (hh, c->groups, g, next) {
                HASH_DEL(c->groups, g);
                vrrp_group_conf_free(g);
        }
        free(c);
        return NULL;
}

static void drop_instance(struct conf_build *b, struct vrrp_instance_conf *i) {
        HASH_DEL(b->conf->vrrp->instances, i);
        conf_build_drop(&i->object);
        vrrp_instance_conf_free(i);
}

/* Globals */

static bool global_is_set(struct conf_build *b, const char *key) {
        return conf_build_has(b, &b->conf->vrrp->object, CONF_BLOCK_GLOBAL_DEFS, key);
}

static void resolve_globals(struct conf_build *b) {
        struct vrrp_conf *c = b->conf->vrrp;
        struct vrrp_garp_conf *g = &c->garp;

        if (c->min_garp) {
                if (!global_is_set(b, "vrrp_garp_master_delay"))
                        g->master_delay_usec = 0;
                if (!global_is_set(b, "vrrp_garp_master_repeat"))
                        g->master_repeat = 1;
                if (!global_is_set(b, "vrrp_garp_master_refresh"))
                        g->master_refresh_usec = 0;
        }
        if (!global_is_set(b, "vrrp_garp_lower_prio_delay"))
                g->lower_prio_delay_usec = g->master_delay_usec;
        if (!global_is_set(b, "vrrp_garp_lower_prio_repeat"))
                g->lower_prio_repeat = g->master_repeat;
}

/* Trackers */

static void resolve_interfaces(struct conf_build *b, struct vrrp_instance_conf *i) {
        struct vrrp_track_list *l = &i->track_interface;

        for (size_t k = 0; k < l->n;) {
                const struct conf_node *line = l->items[k].line;

                if (!streq_ptr(l->items[k].name, i->interface)) {
                        k++;
                        continue;
                }
                conf_build_say(b, l->items[k].weight == 0 ? CONF_NOTE : CONF_COMPLAINT, line, NULL,
                                "track_interface: %s is the instance's own interface, which is tracked anyway",
                                l->items[k].name);
                vrrp_track_list_remove(l, k);
        }
}

/* A file that has a weight only because it said nothing else keeps what it can: FAULT. */
static void unweigh_file(struct conf_build *b, struct vrrp_instance_conf *i) {
        for (size_t k = 0; i->priority == 255 && k < i->track_file.n;) {
                struct vrrp_track_conf *t = &i->track_file.items[k];
                const struct check_file_conf *f = check_conf_find_file(b->conf->check, t->name);

                if (!t->has_weight && f &&
                                !conf_build_has(b, &f->object, CONF_BLOCK_TRACK_FILE, "weight"))
                        t->weight = 0;
                if (t->weight == 0 || t->from_group) {
                        k++;
                        continue;
                }
                conf_build_say(b, CONF_COMPLAINT, t->line, "use priority 254 or weight 0",
                                "track_file: %s has a weight, which priority 255 does not follow",
                                t->name);
                vrrp_track_list_remove(&i->track_file, k);
        }
}

/* RFC 9568 §5.2.4: 255 is the owner's, whatever happens around it. */
static void check_owner_weights(struct conf_build *b, struct vrrp_instance_conf *i) {
        const struct {
                const char *key;
                struct vrrp_track_list *list;
        } lists[] = {
                { "track_interface", &i->track_interface },
                { "track_script", &i->track_script },
                { "track_process", &i->track_process },
        };

        for (size_t n = 0; i->priority == 255 && n < ARRAY_SIZE(lists); n++)
                for (size_t k = 0; k < lists[n].list->n;) {
                        const struct vrrp_track_conf *t = &lists[n].list->items[k];
                        const struct conf_node *line = t->line;

                        if (t->weight == 0 || t->from_group) {
                                k++;
                                continue;
                        }
                        conf_build_say(b, CONF_COMPLAINT, line, "use priority 254 or weight 0",
                                        "%s: %s has a weight, which priority 255 does not follow",
                                        lists[n].key, t->name);
                        vrrp_track_list_remove(lists[n].list, k);
                }
}

/* Instances beside each other */

static bool same_router(const struct vrrp_instance_conf *a, const struct vrrp_instance_conf *b) {
        return a->vrid == b->vrid && a->family == b->family && a->unicast == b->unicast &&
                        streq_ptr(a->port, b->port) &&
                        (!a->unicast || ip_addr_equal(&a->src_ip, &b->src_ip));
}

/* Whether an instance above @i in the file is the same virtual router on the same network. */
static bool is_double(struct conf_build *b, const struct vrrp_instance_conf *i) {
        for (const struct vrrp_instance_conf *k = b->conf->vrrp->instances; k && k != i;
                        k = k->hh.next) {
                if (!same_router(k, i))
                        continue;
                conf_build_say(b, CONF_COMPLAINT, conf_build_node(&i->object, "virtual_router_id"),
                                NULL,
                                "virtual_router_id %u is that of %s on the same interface, this instance is left out",
                                i->vrid, k->name);
                return true;
        }
        return false;
}

static int read_routes(struct conf_build *b) {
        uint32_t preference = RULE_PREFERENCE_FIRST;
        struct vrrp_conf *c = b->conf->vrrp;
        int r;

        r = vrrp_conf_read_routes(b, &c->static_routes, true);
        if (r >= 0)
                r = vrrp_conf_read_rules(b, &c->static_rules, true, &preference);
        for (struct vrrp_instance_conf *i = c->instances; i && r >= 0; i = i->hh.next) {
                r = vrrp_conf_read_routes(b, &i->virtual_routes, false);
                if (r >= 0)
                        r = vrrp_conf_read_rules(b, &i->virtual_rules, false, &preference);
        }
        return r;
}

static int resolve_trackers(struct conf_build *b) {
        int r = vrrp_conf_join_groups(b);

        for (struct vrrp_instance_conf *i = b->conf->vrrp->instances; i && r >= 0; i = i->hh.next) {
                resolve_interfaces(b, i);
                r = vrrp_conf_track_with_group(b, i);
                if (r < 0)
                        return r;
                vrrp_conf_resolve_tracks(b, &i->track_script, VRRP_CONF_TRACK_SCRIPT);
                vrrp_conf_resolve_tracks(b, &i->track_file, VRRP_CONF_TRACK_FILE);
                vrrp_conf_resolve_tracks(b, &i->track_process, VRRP_CONF_TRACK_PROCESS);
                check_owner_weights(b, i);
                unweigh_file(b, i);
                vrrp_conf_weigh_with_group(b, i);
        }
        return r;
}

static int resolve_garp_groups(struct conf_build *b) {
        struct vrrp_garp_group_conf *g;
        int r = 0;

        LL_FOREACH (b->conf->vrrp->garp_groups, g)
                if (r >= 0)
                        r = vrrp_conf_resolve_garp_group(b, g);
        return r;
}

int vrrp_conf_check(struct conf_build *b) {
        struct vrrp_instance_conf *i, *tmp;
        int r;

        resolve_globals(b);
        r = read_routes(b);
        if (r < 0)
                return r;
        r = resolve_garp_groups(b);
        if (r < 0)
                return r;
        HASH_ITER (hh, b->conf->vrrp->instances, i, tmp) {
                r = vrrp_conf_resolve_instance(b, i);
                if (r < 0)
                        return r;
                if (r > 0 || vrrp_conf_check_strict(b, i) > 0 || is_double(b, i)) {
                        drop_instance(b, i);
                        continue;
                }
                vrrp_conf_check_own_names(b, i);
        }
        r = resolve_trackers(b);
        if (r < 0)
                return r;
        vrrp_conf_check_delays(b);
        return vrrp_conf_resolve_statics(b);
}
