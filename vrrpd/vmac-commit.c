/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The commit of the VMACs: what nobody wants is removed, what is wanted is looked at, recorded, made, given its
 * settings and set up, each step for all of them. */

#include <errno.h>
#include <linux/if_link.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"
#include "vrrpd/record.h"
#include "vrrpd/vmac-private.h"

/* One that is deleted again and again, each time within so long, is put back at once so many times, and then
 * only by the timer. */
#define REMAKE_WITHIN (1 * USEC_PER_SEC)
#define REMAKE_MAX 5
#define RETRY_AFTER (1 * USEC_PER_SEC)

/* The record */

static struct vrrp_vmac_record_entry entry_of(const struct vrrp_vmac *v) {
        struct vrrp_vmac_record_entry e = { .kind = v->spec.kind };

        memcpy(e.name, v->name, sizeof(e.name));
        memcpy(e.mac, v->spec.mac, sizeof(e.mac));
        return e;
}

static int write_record(struct vrrp_vmacs *vs) {
        _cleanup_free_ struct vrrp_vmac_record_entry *entries = NULL;
        size_t n = 0;

        entries = calloc(HASH_COUNT(vs->table) + vs->n_left + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        for (const struct vrrp_vmac *v = vs->table; v; v = v->hh.next)
                if (v->ours)
                        entries[n++] = entry_of(v);
        for (size_t i = 0; i < vs->n_left; i++)
                entries[n++] = vs->left[i];
        return vrrp_vmac_record_write(vs->record_path, entries, n);
}

static void keep_record(struct vrrp_vmacs *vs) {
        int r;

        if (!vs->record_stale)
                return;
        r = write_record(vs);
        if (r < 0 && !vs->unrecorded)
                vs->ops->unrecorded(r, vs->userdata);
        vs->unrecorded = vs->record_stale = r < 0;
}

static void note_ours(struct vrrp_vmac *v, bool ours) {
        if (v->ours == ours)
                return;
        v->ours = ours;
        v->vmacs->record_stale = true;
}

static void arm_retry(struct vrrp_vmacs *vs, usec_t now) {
        (void) sd_event_source_set_time(vs->retry, now + RETRY_AFTER);
        (void) sd_event_source_set_enabled(vs->retry, SD_EVENT_ONESHOT);
}

/* Removing */

static int leave(struct vrrp_vmac *v) {
        struct vrrp_vmacs *vs = v->vmacs;
        struct vrrp_vmac_record_entry *left;

        if (!v->ours)
                return 0;
        left = reallocarray(vs->left, vs->n_left + 1, sizeof(*left));
        if (!left)
                return -ENOMEM;
        vs->left = left;
        vs->left[vs->n_left++] = entry_of(v);
        v->ours = false;
        return 0;
}

/* Those for which there is no memory stay until the next commit. */
static void leave_unwanted(struct vrrp_vmacs *vs) {
        struct vrrp_vmac *v, *next;

        HASH_ITER (hh, vs->table, v, next)
                if (v->users == 0 && leave(v) >= 0)
                        vrrp_vmac_free(v);
}

/* 0: there is nothing to be removed; or its index; or -errno: nobody knows. */
static int index_of_left(struct vrrp_vmacs *vs, const struct vrrp_vmac_record_entry *e) {
        struct vrrp_vmac_link l;
        int r = vrrp_vmac_kernel_find(&vs->netlink, e->name, &l);

        if (r < 0)
                return r == -ENODEV ? 0 : r;
        return vrrp_vmac_record_is(e, &l, vs->mark) ? l.ifindex : 0;
}

/* Somebody may want it meanwhile. */
static bool is_spared(
                const struct vrrp_vmacs *vs, const struct vrrp_vmac_record_entry *e, bool all) {
        return !all && vrrp_vmac_find(vs, e->name);
}

/* How many were there; or -errno. */
static int remove_from_kernel(struct vrrp_vmacs *vs, bool all) {
        _cleanup_free_ int *doomed = calloc(vs->n_left + 1, sizeof(*doomed));
        size_t n = 0;
        int r;

        if (!doomed)
                return -ENOMEM;
        for (size_t i = 0; i < vs->n_left; i++) {
                r = is_spared(vs, &vs->left[i], all) ? 0 : index_of_left(vs, &vs->left[i]);
                if (r > 0)
                        doomed[n++] = r;
        }
        r = n > 0 ? vrrp_vmac_kernel_remove(&vs->netlink, doomed, n) : 0;
        return r < 0 ? r : (int) n;
}

/* Those that are gone. */
static void forget_removed(struct vrrp_vmacs *vs, bool all) {
        size_t n = 0;

        for (size_t i = 0; i < vs->n_left; i++)
                if (is_spared(vs, &vs->left[i], all) || index_of_left(vs, &vs->left[i]) != 0)
                        vs->left[n++] = vs->left[i];
        vs->record_stale |= n < vs->n_left;
        vs->n_left = n;
}

static void forget_wanted(struct vrrp_vmacs *vs) {
        size_t n = 0;

        for (size_t i = 0; i < vs->n_left; i++)
                if (!vrrp_vmac_find(vs, vs->left[i].name))
                        vs->left[n++] = vs->left[i];
        vs->n_left = n;
}

static void tell_stuck(struct vrrp_vmacs *vs, int error) {
        const struct vrrp_vmac_record_entry *e = NULL;

        for (size_t i = 0; i < vs->n_left && !e; i++)
                if (!is_spared(vs, &vs->left[i], false))
                        e = &vs->left[i];
        if (e && !vs->stuck)
                vs->ops->stuck(e->name, error < 0 ? error : -EBUSY, vs->userdata);
        vs->stuck = e;
}

/* All that is left and nobody wants, or all. Returns whether there was any. */
static bool remove_left(struct vrrp_vmacs *vs, bool all) {
        int r;

        if (vs->n_left == 0)
                return false;
        r = remove_from_kernel(vs, all);
        forget_removed(vs, all);
        tell_stuck(vs, r);
        return r != 0;
}

/* Making: look at each, write the record, make them, give them their settings, let them go. */

/* The earlier process may have been killed when it had just been made, or was about to go: one that is among the doomed
 * would go with the next that do. */
static int complete(struct vrrp_vmac *v, const struct vrrp_vmac_link *found) {
        struct netlink *n = &v->vmacs->netlink;
        int r = 0;

        if (v->ours && !found->mark[0])
                r = vrrp_vmac_kernel_finish(n, &v->as_made);
        if (r >= 0 && found->group == VRRP_VMAC_DOOMED)
                r = vrrp_vmac_kernel_set_group(n, found->ifindex, v->as_made.group);
        if (r >= 0 && found->mode == MACVLAN_MODE_PRIVATE && found->kind == VRRP_VMAC_MACVLAN)
                r = vrrp_vmac_kernel_set_mode(n, &v->as_made);
        return r;
}

static bool too_often(struct vrrp_vmac *v, usec_t now) {
        if (now - v->made_at > REMAKE_WITHIN)
                v->remade = 0;
        return v->remade >= REMAKE_MAX;
}

/* What is there under the name is used, replaced, or in the way. */
static int judge(struct vrrp_vmac *v, const struct vrrp_vmac_link *found, usec_t now) {
        struct vrrp_vmacs *vs = v->vmacs;

        if (vrrp_vmac_matches(found, &v->as_made)) {
                note_ours(v, v->ours || vrrp_vmac_is_ours(vs, found));
                v->as_made.ifindex = found->ifindex;
                v->as_made.flags = found->flags;
                return complete(v, found);
        }
        if (!vrrp_vmac_is_ours(vs, found))
                return -EEXIST;
        if (too_often(v, now))
                return -EAGAIN;
        v->to_make = true;
        return vrrp_vmac_kernel_remove(&vs->netlink, &found->ifindex, 1);
}

/* Whether it is to be made; 0 or -errno. */
static int look(struct vrrp_vmac *v, usec_t now) {
        struct vrrp_vmacs *vs = v->vmacs;
        struct vrrp_vmac_link parent, found;
        int r;

        v->to_make = false;
        v->as_made = (struct vrrp_vmac_link){};
        if (vrrp_vmac_kernel_find(&vs->netlink, v->parent->name, &parent) < 0)
                return 0;
        if (vrrp_link_exists(v->parent) && v->parent->type != ARPHRD_ETHER)
                return -EMEDIUMTYPE;
        v->parent_group = parent.group;
        v->as_made = vrrp_vmac_as_wanted(&v->spec, v->name, &parent);
        memcpy(v->as_made.mark, vs->mark, sizeof(v->as_made.mark));
        r = vrrp_vmac_kernel_find(&vs->netlink, v->name, &found);
        if (r != -ENODEV)
                return r < 0 ? r : judge(v, &found, now);
        v->to_make = !too_often(v, now);
        return v->to_make ? 0 : -EAGAIN;
}

static int make(struct vrrp_vmac *v, usec_t now) {
        int r = vrrp_vmac_kernel_make(&v->vmacs->netlink, &v->as_made);

        v->remade++;
        v->made_at = now;
        vrrp_sysctls_link_changed(v->vmacs->sysctls, v->name, v->as_made.ifindex);
        return r;
}

/* Positive: it was down. */
static int let_go(struct vrrp_vmac *v) {
        struct vrrp_vmacs *vs = v->vmacs;
        int r;

        if (v->as_made.ifindex == 0 || v->as_made.flags & IFF_UP)
                return 0;
        r = vrrp_vmac_kernel_set_up(&vs->netlink, v->as_made.ifindex);
        if (r >= 0 && v->spec.notify)
                (void) vrrp_vmac_kernel_set_group(
                                &vs->netlink, v->parent->ifindex, v->parent_group);
        return r < 0 ? r : 1;
}

static void tell(struct vrrp_vmac *v) {
        if (v->error == v->error_told)
                return;
        v->error_told = v->error;
        v->vmacs->ops->changed(v, v->vmacs->userdata);
}

static void look_at_all(struct vrrp_vmacs *vs, usec_t now) {
        for (struct vrrp_vmac *v = vs->table; v; v = v->hh.next) {
                if (!v->dirty)
                        continue;
                v->error = look(v, now);
                if (v->error == 0 && v->to_make)
                        note_ours(v, true);
        }
        forget_wanted(vs); /* they are noted with those that are ours now */
        keep_record(vs);
}

static bool make_all(struct vrrp_vmacs *vs, usec_t now) {
        bool made = false;

        for (struct vrrp_vmac *v = vs->table; v; v = v->hh.next) {
                if (!v->dirty || v->error < 0 || !v->to_make)
                        continue;
                v->error = make(v, now);
                made = true;
        }
        vrrp_sysctls_commit(vs->sysctls);
        return made;
}

static bool let_all_go(struct vrrp_vmacs *vs, usec_t now) {
        struct vrrp_vmac *v, *next;
        bool changed = false;

        HASH_ITER (hh, vs->table, v, next) {
                if (!v->dirty)
                        continue;
                v->dirty = false;
                if (v->error == 0)
                        v->error = let_go(v);
                if (v->error < 0)
                        arm_retry(vs, now);
                v->making = v->error >= 0 && (v->to_make || v->error > 0);
                changed |= v->error > 0;
                v->error = MIN(v->error, 0);
                tell(v);
        }
        return changed;
}

static bool keeps_rp_filter(const char *ifname, void *userdata) {
        return vrrp_vmac_find(userdata, ifname);
}

static void mind_rp_filter(struct vrrp_vmacs *vs) {
        if (!vs->table)
                vs->rp_filter = vrrp_rp_filter_free(vs->rp_filter);
        else if (!vs->rp_filter)
                (void) vrrp_rp_filter_new(vs->sysctls, keeps_rp_filter, vs, &vs->rp_filter);
}

bool vrrp_vmacs_make(struct vrrp_vmacs *vs, usec_t now) {
        bool changed;

        if (!vs->dirty)
                return false;
        vs->dirty = false;
        vs->low = true;
        leave_unwanted(vs);
        changed = remove_left(vs, false);
        mind_rp_filter(vs);
        look_at_all(vs, now);
        changed |= make_all(vs, now);
        keep_record(vs);
        if (vs->n_left > 0 || vs->record_stale)
                arm_retry(vs, now);
        return changed;
}

bool vrrp_vmacs_raise(struct vrrp_vmacs *vs, usec_t now) {
        if (!vs->low)
                return false;
        vs->low = false;
        return let_all_go(vs, now);
}

bool vrrp_vmacs_are_low(const struct vrrp_vmacs *vs) {
        for (const struct vrrp_vmac *v = vs->table; vs->low && v; v = v->hh.next)
                if (v->dirty && v->as_made.ifindex > 0 && !(v->as_made.flags & IFF_UP))
                        return true;
        return false;
}

void vrrp_vmacs_release(struct vrrp_vmacs *vs) {
        for (struct vrrp_vmac *v = vs->table; v; v = v->hh.next)
                (void) leave(v);
        (void) remove_left(vs, true);
        vs->record_stale = true;
        keep_record(vs); /* where there is something, the guard tries again */
        if (vs->n_left == 0)
                (void) vrrp_record_remove(vs->record_path);
}
