/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/vmac-private.h"

#define RECEIVE_BYTES (1 << 20)
#define NUMBERED_MAX 99 /* made up names */

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_vmacs *vs = userdata;

        for (struct vrrp_vmac *v = vs->table; v; v = v->hh.next)
                if (v->error < 0)
                        v->dirty = vs->dirty = true;
        vs->dirty |= vs->n_left > 0 || vs->record_stale;
        vs->ops->pending(vs->userdata);
        return 0;
}

static int add_timer(struct vrrp_vmacs *vs, sd_event *event, int64_t priority) {
        int r;

        r = sd_event_add_time(event, &vs->retry, CLOCK_MONOTONIC, USEC_INFINITY, 0, on_retry, vs);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(vs->retry, SD_EVENT_OFF);
        if (r < 0)
                return r;
        return sd_event_source_set_priority(vs->retry, priority);
}

int vrrp_vmacs_new(sd_event *event, int64_t priority, const char *record_path,
                const char *config_id, struct vrrp_links *links, struct vrrp_sysctls *sysctls,
                const struct vrrp_vmacs_ops *ops, void *userdata, struct vrrp_vmacs **ret) {
        _cleanup_(vrrp_vmacs_freep) struct vrrp_vmacs *vs = calloc(1, sizeof(*vs));
        int r;

        if (!vs)
                return -ENOMEM;
        *vs = (struct vrrp_vmacs){
                .netlink = NETLINK_INIT,
                .record_path = record_path,
                .links = links,
                .sysctls = sysctls,
                .ops = ops,
                .userdata = userdata,
        };
        (void) vrrp_vmac_mark(config_id, vs->mark);
        r = netlink_init(&vs->netlink, NETLINK_ROUTE, RECEIVE_BYTES);
        if (r < 0)
                return r;
        r = add_timer(vs, event, priority);
        if (r < 0)
                return r;
        r = vrrp_vmac_record_read(record_path, &vs->left, &vs->n_left);
        if (r < 0 && r != -ENOENT)
                ops->unrecorded(r, userdata);
        vs->dirty = true;
        *ret = TAKE_PTR(vs);
        return 0;
}

void vrrp_vmac_free(struct vrrp_vmac *v) {
        HASH_DEL(v->vmacs->table, v);
        for (size_t i = 0; i < v->n_sysctls; i++)
                (void) vrrp_sysctl_unwant(v->sysctls[i]);
        (void) vrrp_sysctl_unwant(v->ipv6_off);
        vrrp_link_unwant(v->link);
        vrrp_link_unwant(v->parent);
        free(v);
}

struct vrrp_vmacs *vrrp_vmacs_free(struct vrrp_vmacs *vs) {
        struct vrrp_vmac *v, *next;

        if (!vs)
                return NULL;
        HASH_ITER (hh, vs->table, v, next) {
                assert(v->users == 0);
                vrrp_vmac_free(v);
        }
        vrrp_rp_filter_free(vs->rp_filter);
        sd_event_source_disable_unref(vs->retry);
        netlink_done(&vs->netlink);
        free(vs->left);
        free(vs);
        return NULL;
}

/* What is there, and whose */

static const struct vrrp_vmac_record_entry *find_left(
                const struct vrrp_vmacs *vs, const char *name) {
        for (size_t i = 0; i < vs->n_left; i++)
                if (streq(vs->left[i].name, name))
                        return &vs->left[i];
        return NULL;
}

bool vrrp_vmac_is_ours(const struct vrrp_vmacs *vs, const struct vrrp_vmac_link *l) {
        const struct vrrp_vmac_record_entry *e = find_left(vs, l->name);

        return streq(l->mark, vs->mark) || (e && vrrp_vmac_record_is(e, l, vs->mark));
}

/* The mode of a macvlan can be changed where it is. */
bool vrrp_vmac_matches(const struct vrrp_vmac_link *found, const struct vrrp_vmac_link *wanted) {
        if (found->kind != wanted->kind || found->parent != wanted->parent)
                return false;
        if (found->kind == VRRP_VMAC_IPVLAN)
                return found->mode == wanted->mode && found->ipvlan_flags == wanted->ipvlan_flags;
        return memcmp(found->mac, wanted->mac, sizeof(found->mac)) == 0;
}

/* A macvlan in private mode, which keepalived uses, takes whatever was sent from its own MAC address for its
 * own, and keeps it from the interface below: to hear the adverts of other routers one had to join their group
 * on the VMAC, and the IGMP reports of a backup would tell the switches that the virtual MAC address is here.
 * In VEPA mode it sends the same, and the interface below hears everything. */
#define MACVLAN_MODE MACVLAN_MODE_VEPA

/* Upon another macvlan the kernel puts it beside that. */
struct vrrp_vmac_link vrrp_vmac_as_wanted(const struct vrrp_vmac_spec *spec, const char *name,
                const struct vrrp_vmac_link *parent) {
        struct vrrp_vmac_link l = {
                .kind = spec->kind,
                .parent = parent->kind == spec->kind ? parent->parent : parent->ifindex,
                .group = spec->has_group ? spec->group : parent->group,
                .mode = spec->kind == VRRP_VMAC_MACVLAN ? MACVLAN_MODE : IPVLAN_MODE_L2,
                .ipvlan_flags = spec->ipvlan_flags,
        };

        (void) strcpy(l.name, name);
        memcpy(l.mac, spec->mac, sizeof(l.mac));
        return l;
}

/* Names */

struct vrrp_vmac *vrrp_vmac_find(const struct vrrp_vmacs *vs, const char *name) {
        struct vrrp_vmac *v;

        HASH_FIND_STR(vs->table, name, v);
        return v;
}

/* What we want is there already under it. */
static bool is_that(struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec, const char *name) {
        struct vrrp_vmac_link found, parent, wanted;

        if (vrrp_vmac_find(vs, name) || vrrp_vmac_kernel_find(&vs->netlink, name, &found) < 0 ||
                        vrrp_vmac_kernel_find(&vs->netlink, spec->parent, &parent) < 0)
                return false;
        wanted = vrrp_vmac_as_wanted(spec, name, &parent);
        return vrrp_vmac_matches(&found, &wanted);
}

/* Nobody has it; one that an earlier process made may be wanted by another. */
static bool is_free(struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec, const char *name) {
        struct vrrp_vmac_link found;

        return !vrrp_vmac_find(vs, name) &&
                        vrrp_vmac_kernel_find(&vs->netlink, name, &found) == -ENODEV;
}

/* The first that @is_it of vrrp.51, with IPv6 then vrrp6.51, then vrrp1.51, vrrp2.51, ... A number for IPv6 that is
 * taken, too, is passed over with the others. */
static int try_names(struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec,
                bool (*is_it)(struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec,
                                const char *name),
                char ret[static IF_NAMESIZE]) {
        char name[IF_NAMESIZE + 16];

        for (int i = spec->family == AF_INET6 ? -1 : 0; i <= NUMBERED_MAX; i++) {
                if (i == (spec->family == AF_INET6 ? -1 : 0))
                        (void) snprintf(name, sizeof(name), "%s.%u", spec->prefix, spec->vrid);
                else
                        (void) snprintf(name, sizeof(name), "%s%d.%u", spec->prefix, i == 0 ? 6 : i,
                                        spec->vrid);
                if (strlen(name) >= IF_NAMESIZE)
                        return -ENAMETOOLONG;
                if (!is_it(vs, spec, name))
                        continue;
                memcpy(ret, name, IF_NAMESIZE);
                return 0;
        }
        return -ENAMETOOLONG;
}

static int make_up_name(struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec,
                char ret[static IF_NAMESIZE]) {
        if (try_names(vs, spec, is_that, ret) >= 0)
                return 0;
        return try_names(vs, spec, is_free, ret);
}

/* Wanting */

static bool same_vmac(const struct vrrp_vmac *v, const struct vrrp_vmac_spec *spec) {
        if (v->spec.kind != spec->kind || !streq(v->parent->name, spec->parent))
                return false;
        if (spec->name ? !v->named || !streq(v->name, spec->name) : v->named)
                return false;
        if (spec->kind == VRRP_VMAC_MACVLAN)
                return memcmp(v->spec.mac, spec->mac, sizeof(spec->mac)) == 0;
        return v->spec.vrid == spec->vrid && v->spec.family == spec->family &&
                        v->spec.ipvlan_flags == spec->ipvlan_flags;
}

static struct vrrp_vmac *find_same(const struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec) {
        for (struct vrrp_vmac *v = vs->table; v; v = v->hh.next)
                if (same_vmac(v, spec))
                        return v;
        return NULL;
}

struct need {
        bool parent; /* of the parent, not the VMAC */
        const char *key;
        int value;
};

/* Who has an address answers for it, with what it is on; packets for it come in by another way than those to
 * their sender leave; the second address of a network outlives the first. */
static const struct need needs[] = {
        { true, "arp_ignore", 1 },
        { true, "arp_announce", 2 },
        { true, "arp_filter", 1 },
        { false, "arp_ignore", 1 },
        { false, "arp_announce", 2 },
        { false, "accept_local", 1 },
        { false, "rp_filter", 0 },
        { false, "promote_secondaries", 1 },
};
_Static_assert(ARRAY_SIZE(needs) <= VRRP_VMAC_SYSCTLS_MAX, "room for all");

static int want_sysctls(struct vrrp_vmac *v) {
        for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
                int r = vrrp_sysctl_want(v->vmacs->sysctls, "ipv4",
                                needs[i].parent ? v->parent->name : v->name, needs[i].key,
                                needs[i].value, &v->sysctls[v->n_sysctls]);

                if (r < 0)
                        return r;
                v->n_sysctls++;
        }
        return 0;
}

/* Without addresses of it IPv6 is off: it would speak by itself, with the virtual MAC address. */
static int want_ipv6(struct vrrp_vmac *v, bool on) {
        if (v->ipv6_off && v->spec.ipv6 == on)
                return 0;
        v->spec.ipv6 = on;
        v->ipv6_off = vrrp_sysctl_unwant(v->ipv6_off);
        return vrrp_sysctl_want(
                        v->vmacs->sysctls, "ipv6", v->name, "disable_ipv6", !on, &v->ipv6_off);
}

static int name_of(struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec,
                char ret[static IF_NAMESIZE]) {
        if (!spec->name)
                return make_up_name(vs, spec, ret);
        if (strlen(spec->name) >= IF_NAMESIZE)
                return -ENAMETOOLONG;
        (void) strcpy(ret, spec->name);
        return vrrp_vmac_find(vs, ret) ? -EEXIST : 0;
}

static int fill(struct vrrp_vmac *v, const struct vrrp_vmac_spec *spec) {
        int r;

        r = vrrp_links_want(v->vmacs->links, spec->parent, &v->parent);
        if (r < 0)
                return r;
        r = vrrp_links_want(v->vmacs->links, v->name, &v->link);
        if (r < 0)
                return r;
        r = want_sysctls(v);
        return r < 0 ? r : want_ipv6(v, spec->ipv6);
}

static int vmac_new(
                struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec, struct vrrp_vmac **ret) {
        char name[IF_NAMESIZE];
        struct vrrp_vmac *v;
        int r;

        r = name_of(vs, spec, name);
        if (r < 0)
                return r;
        v = calloc(1, sizeof(*v));
        if (!v)
                return -ENOMEM;
        *v = (struct vrrp_vmac){
                .vmacs = vs, .spec = *spec, .named = spec->name, .dirty = true, .making = true
        };
        memcpy(v->name, name, sizeof(v->name));
        HASH_ADD_STR(vs->table, name, v);
        r = fill(v, spec);
        if (r < 0) {
                vrrp_vmac_free(v);
                return r;
        }
        v->spec.parent = v->parent->name;
        v->spec.name = v->spec.prefix = NULL;
        vs->dirty = true;
        *ret = v;
        return 0;
}

int vrrp_vmac_want(
                struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec, struct vrrp_vmac **ret) {
        struct vrrp_vmac *v = find_same(vs, spec);
        int r = 0;

        if (!v)
                r = vmac_new(vs, spec, &v);
        else if (spec->ipv6)
                r = want_ipv6(v, true);
        if (r < 0)
                return r;
        v->users++;
        *ret = v;
        return 0;
}

void vrrp_vmac_unwant(struct vrrp_vmac *v) {
        if (v && --v->users == 0)
                v->vmacs->dirty = true;
}

bool vrrp_vmac_is_pending(const struct vrrp_vmac *v) {
        return v->making && vrrp_link_is_up(v->parent) && v->error == 0;
}

const char *vrrp_vmac_problem(const struct vrrp_vmac *v, char *buf, size_t size) {
        const char *kind = vrrp_vmac_kind_to_string(v->spec.kind);

        switch (-v->error) {
        case 0: return NULL;
        case EMEDIUMTYPE:
                (void) snprintf(buf, size, "%s is no Ethernet, there can be no %s on it",
                                v->parent->name, kind);
                break;
        case EEXIST:
                (void) snprintf(buf, size,
                                "there is another interface %s, which is no %s on %s as it must be",
                                v->name, kind, v->parent->name);
                break;
        case EADDRINUSE:
                (void) snprintf(buf, size, "another interface on %s has the MAC address of %s",
                                v->parent->name, v->name);
                break;
        case EOPNOTSUPP:
                (void) snprintf(buf, size, "this kernel has no %s, or %s cannot carry one", kind,
                                v->parent->name);
                break;
        case EAGAIN:
                (void) snprintf(buf, size, "%s is deleted or changed by somebody again and again",
                                v->name);
                break;
        default:
                (void) snprintf(buf, size, "%s cannot be made on %s: %s", v->name, v->parent->name,
                                strerror(-v->error));
        }
        return buf;
}

static void make_again(struct vrrp_vmac *v) {
        v->making = v->dirty = v->vmacs->dirty = true;
}

/* It is told to be down. That is the first news of a deletion, too, and of one that has just been made, to be set up in a
 * moment (dirty); but the kernel knows by now. */
static void note_down(struct vrrp_vmac *v) {
        struct vrrp_vmac_link found;
        int r = vrrp_vmac_kernel_find(&v->vmacs->netlink, v->name, &found);

        if (r == -ENODEV)
                make_again(v);
        else if (r >= 0 && !(found.flags & IFF_UP) && !v->dirty)
                v->making = false;
}

/* Somebody has given it another MAC address. */
static bool was_rehoused(const struct vrrp_vmac *v) {
        return v->spec.kind == VRRP_VMAC_MACVLAN && v->ours &&
                        memcmp(v->link->hwaddr, v->spec.mac, sizeof(v->spec.mac)) != 0;
}

static void note_change(struct vrrp_vmac *v) {
        if (!vrrp_link_exists(v->parent))
                v->making = false;
        else if (!vrrp_link_exists(v->link) || was_rehoused(v))
                make_again(v);
        else if (vrrp_link_is_up(v->link))
                v->making = false;
        else
                note_down(v);
}

void vrrp_vmacs_link_changed(struct vrrp_vmacs *vs, const struct vrrp_link *l) {
        for (struct vrrp_vmac *v = vs->table; v; v = v->hh.next)
                if (v->link == l || v->parent == l)
                        note_change(v);
}

struct vrrp_vmac *vrrp_vmacs_first(const struct vrrp_vmacs *vs) {
        return vs->table;
}
