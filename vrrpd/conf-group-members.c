/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Sync groups and their members: who belongs to whom, and what the ones track for the others.
 *
 * What a group tracks is tracked by each member. What a member tracks by itself is to put the whole group
 * into FAULT or nothing at all, since a priority that moved in one member would set it against the
 * others: so its weights go, unless sync_group_tracking_weight keeps them. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "notifyd/conf.h"
#include "vrrpd/conf-rows.h"

/* --- members --- */

static void drop_group(struct conf_build *b, struct vrrp_group_conf *g) {
        HASH_DEL(b->conf->vrrp->groups, g);
        conf_build_drop(&g->object);
        vrrp_group_conf_free(g);
}

/* NULL: @name cannot be one (told). */
static struct vrrp_instance_conf *find_member(struct conf_build *b, const struct vrrp_group_conf *g,
                const struct vrrp_track_conf *name) {
        struct vrrp_instance_conf *i = vrrp_conf_find(b->conf->vrrp, name->name);

        if (!i)
                conf_build_say(b, CONF_COMPLAINT, name->line, NULL,
                                "group: there is no vrrp_instance %s", name->name);
        else if (i->group == g)
                conf_build_say(b, CONF_COMPLAINT, name->line, NULL, "group: %s is named twice",
                                name->name);
        else if (i->group)
                conf_build_say(b, CONF_COMPLAINT, name->line, NULL,
                                "group: %s is a member of vrrp_sync_group %s already", name->name,
                                i->group->name);
        return i && !i->group ? i : NULL;
}

static void inherit(struct conf_build *b, struct vrrp_group_conf *g) {
        const struct notify_conf *n = b->conf->notify;

        if (!conf_build_has(b, &g->object, CONF_BLOCK_VRRP_SYNC_GROUP, "smtp_alert"))
                g->smtp_alert = n->smtp_alert_vrrp >= 0 ? n->smtp_alert_vrrp : n->smtp_alert > 0;
}

/* What the members take from their group. */
static void bequeath(struct conf_build *b, const struct vrrp_group_conf *g,
                struct vrrp_instance_conf *i) {
        const char *key = "notify_priority_changes";

        if (conf_build_has(b, &g->object, CONF_BLOCK_VRRP_SYNC_GROUP, key) &&
                        !conf_build_has(b, &i->object, CONF_BLOCK_VRRP_INSTANCE, key))
                i->notify_priority_changes = g->notify_priority_changes;
}

static bool wants_master_at_once(const struct vrrp_instance_conf *i) {
        return i->priority == 255 && i->state != VRRP_CONF_STATE_BACKUP;
}

/* Positive: there are none (told). */
static int gather(struct conf_build *b, struct vrrp_group_conf *g) {
        g->members = calloc(g->names.n + 1, sizeof(struct vrrp_instance_conf *));
        if (!g->members)
                return -ENOMEM;
        g->start_master = true;
        for (size_t k = 0; k < g->names.n; k++) {
                struct vrrp_instance_conf *i = find_member(b, g, &g->names.items[k]);

                if (!i)
                        continue;
                i->group = g;
                g->members[g->n_members++] = i;
                g->start_master = g->start_master && wants_master_at_once(i);
                bequeath(b, g, i);
        }
        if (g->n_members == 0) {
                conf_build_say(b, CONF_COMPLAINT, g->object.node, NULL,
                                "it has no members, the group is left out");
                return CONF_BUILD_DROPPED;
        }
        if (g->n_members == 1)
                conf_build_say(b, CONF_NOTE, g->object.node, NULL,
                                "%s is its only member, which has nobody to keep in step with",
                                g->members[0]->name);
        return 0;
}

int vrrp_conf_join_groups(struct conf_build *b) {
        struct vrrp_group_conf *g, *next;

        HASH_ITER (hh, b->conf->vrrp->groups, g, next) {
                int r = gather(b, g);

                if (r < 0)
                        return r;
                if (r > 0)
                        drop_group(b, g);
                else
                        inherit(b, g);
        }
        return 0;
}

/* --- trackers --- */

static struct vrrp_track_conf *find(struct vrrp_track_list *l, const char *name) {
        for (size_t k = 0; k < l->n; k++)
                if (streq(l->items[k].name, name))
                        return &l->items[k];
        return NULL;
}

/* Both track it: the group's weight counts, unless the member's is 0. */
static void reconcile(struct conf_build *b, const char *key, struct vrrp_track_conf *own,
                const struct vrrp_track_conf *groups) {
        conf_build_say(b, CONF_NOTE, own->line, "remove one of the two",
                        "%s: %s is tracked by the sync group as well", key, own->name);
        if (own->has_weight && own->weight == 0)
                return;
        own->has_weight = groups->has_weight;
        own->weight = groups->weight;
        own->reverse = groups->reverse;
        own->from_group = true;
}

/* A line that turned out to be wrong when an earlier member was looked at has been complained of. */
static int add_all(struct conf_build *b, const char *key, const struct vrrp_track_list *groups,
                struct vrrp_track_list *own, const char *except) {
        int r = 0;

        for (size_t k = 0; k < groups->n && r >= 0; k++) {
                const struct vrrp_track_conf *t = &groups->items[k];
                struct vrrp_track_conf *present = find(own, t->name), copy = *t;

                if (t->line->dropped || streq_ptr(t->name, except))
                        continue;
                if (present) {
                        reconcile(b, key, present, t);
                        continue;
                }
                copy.from_group = true;
                r = vrrp_track_list_append(own, copy, t->name);
        }
        return r;
}

/* The lists of a member and of its group, in pairs. */
struct pair {
        const char *key;
        struct vrrp_track_list *own;
        const struct vrrp_track_list *groups;
        bool value; /* a number times a weight is added, so 0 is a weight as well */
};

#define N_PAIRS 5

static void pair_lists(struct vrrp_instance_conf *i, struct pair ret[static N_PAIRS]) {
        const struct vrrp_group_conf *g = i->group;
        const struct pair pairs[N_PAIRS] = {
                { "track_interface", &i->track_interface, &g->track_interface, false },
                { "track_script", &i->track_script, &g->track_script, false },
                { "track_file", &i->track_file, &g->track_file, true },
                { "track_process", &i->track_process, &g->track_process, false },
                { "track_bfd", &i->track_bfd, &g->track_bfd, false },
        };

        memcpy(ret, pairs, sizeof(pairs));
}

int vrrp_conf_track_with_group(struct conf_build *b, struct vrrp_instance_conf *i) {
        struct pair pairs[N_PAIRS];
        int r = 0;

        if (!i->group)
                return 0;
        pair_lists(i, pairs);
        for (size_t k = 0; k < N_PAIRS && r >= 0; k++)
                r = add_all(b, pairs[k].key, pairs[k].groups, pairs[k].own,
                                k == 0 ? i->interface : NULL);
        return r;
}

/* An interface cannot be left out, and a file without a weight of its own need not. */
static bool may_stay_without(const struct pair *p, const struct vrrp_track_conf *t) {
        return streq(p->key, "track_interface") || (p->value && !t->has_weight);
}

/* Returns whether item @k stays. */
static bool weigh(struct conf_build *b, const struct pair *p, size_t k) {
        struct vrrp_track_conf *t = &p->own->items[k];
        bool stays = may_stay_without(p, t);

        conf_build_say(b, CONF_COMPLAINT, t->line,
                        "track it in the group, or add sync_group_tracking_weight to that",
                        stays ? "%s: %s loses its weight in a sync group"
                              : "%s: %s has a weight, and is not tracked in a sync group",
                        p->key, t->name);
        if (stays) {
                t->weight = 0;
                return true;
        }
        vrrp_track_list_remove(p->own, k);
        return false;
}

static bool has_owner(const struct vrrp_group_conf *g) {
        for (size_t k = 0; k < g->n_members; k++)
                if (g->members[k]->priority == 255)
                        return true;
        return false;
}

/* An owner's priority does not move, and so the others' had better not. */
static void drop_weight(struct conf_build *b, const struct pair *p, size_t k) {
        const struct vrrp_track_conf *t = &p->own->items[k];

        if (!t->line->dropped)
                conf_build_say(b, CONF_COMPLAINT, t->line, "use weight 0",
                                "%s: %s has a weight, which a group with a member of priority 255 does not follow",
                                p->key, t->name);
        vrrp_track_list_remove(p->own, k);
}

void vrrp_conf_weigh_with_group(struct conf_build *b, struct vrrp_instance_conf *i) {
        const struct vrrp_group_conf *g = i->group;
        struct pair pairs[N_PAIRS];

        if (!g)
                return;
        pair_lists(i, pairs);
        for (size_t n = 0; n < N_PAIRS; n++)
                for (size_t k = 0; k < pairs[n].own->n;) {
                        const struct vrrp_track_conf *t = &pairs[n].own->items[k];

                        if (t->weight == 0)
                                k++;
                        else if (t->from_group && has_owner(g))
                                drop_weight(b, &pairs[n], k);
                        else if (t->from_group || g->tracking_weight)
                                k++;
                        else if (weigh(b, &pairs[n], k))
                                k++;
                }
}
