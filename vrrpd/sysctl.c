/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "common/macro.h"
#include "vrrpd/sysctl.h"

struct setting {
        struct vrrp_sysctl_entry entry; /* before, now and index mean something while held */
        struct vrrp_sysctls *sysctls;
        struct vrrp_sysctl *wants; /* utlist; the first decides */
        bool held;                 /* changed by us, or about to be */
        int seen;                  /* index of the interface, as last heard */
        bool fresh;                /* not compared with the machine yet */
        bool failed;               /* and that was told */
        UT_hash_handle hh;         /* by entry.name, in the order of making */
};

struct vrrp_sysctl {
        struct setting *setting;
        int value;
        struct vrrp_sysctl *prev, *next;
};

struct vrrp_sysctls {
        const char *record_path;
        const char *root;
        const struct vrrp_sysctls_ops *ops;
        void *userdata;
        struct setting *table;
        bool dirty;
        bool record_stale;
        bool unrecorded; /* the record could not be written, which was told */
};

static bool of_an_interface(const struct setting *s) {
        const char *ifname = s->entry.name.ifname;

        return ifname[0] && !streq(ifname, "all") && !streq(ifname, "default");
}

static struct setting *find(struct vrrp_sysctls *ss, const struct vrrp_sysctl_name *name) {
        struct setting *s;

        HASH_FIND(hh, ss->table, name, sizeof(*name), s);
        return s;
}

static int setting_new(struct vrrp_sysctls *ss, const struct vrrp_sysctl_entry *e, bool held,
                struct setting **ret) {
        struct setting *s = malloc(sizeof(*s));

        if (!s)
                return -ENOMEM;
        *s = (struct setting){
                .entry = *e,
                .sysctls = ss,
                .held = held,
                .fresh = true,
                .seen = e->ifindex,
        };
        HASH_ADD(hh, ss->table, entry.name, sizeof(s->entry.name), s);
        ss->dirty = true;
        *ret = s;
        return 0;
}

static void setting_free(struct setting *s) {
        HASH_DEL(s->sysctls->table, s);
        free(s);
}

/* What the record says was set by an earlier process. */
static int adopt(struct vrrp_sysctls *ss) {
        _cleanup_free_ struct vrrp_sysctl_entry *entries = NULL;
        struct setting *s;
        size_t n = 0;
        int r;

        r = vrrp_sysctl_record_read(ss->record_path, &entries, &n);
        if (r < 0 && r != -ENOENT)
                ss->ops->unrecorded(r, ss->userdata);
        for (size_t i = 0; i < n; i++) {
                if (find(ss, &entries[i].name))
                        continue;
                r = setting_new(ss, &entries[i], true, &s);
                if (r < 0)
                        return r;
        }
        return 0;
}

int vrrp_sysctls_new(const char *record_path, const char *root, const struct vrrp_sysctls_ops *ops,
                void *userdata, struct vrrp_sysctls **ret) {
        _cleanup_(vrrp_sysctls_freep) struct vrrp_sysctls *ss = calloc(1, sizeof(*ss));
        int r;

        if (!ss)
                return -ENOMEM;
        *ss = (struct vrrp_sysctls){
                .record_path = record_path,
                .root = root,
                .ops = ops,
                .userdata = userdata,
        };
        r = adopt(ss);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(ss);
        return 0;
}

struct vrrp_sysctls *vrrp_sysctls_free(struct vrrp_sysctls *ss) {
        struct setting *s, *next;

        if (!ss)
                return NULL;
        HASH_ITER (hh, ss->table, s, next) {
                assert(!s->wants);
                setting_free(s);
        }
        free(ss);
        return NULL;
}

static int name_init(struct vrrp_sysctl_name *n, const char *family, const char *ifname,
                const char *key) {
        if (strlen(family) >= sizeof(n->family) || strlen(ifname) >= sizeof(n->ifname) ||
                        strlen(key) >= sizeof(n->key))
                return -ENAMETOOLONG;
        memset(n, 0, sizeof(*n));
        (void) strcpy(n->family, family);
        (void) strcpy(n->ifname, ifname);
        (void) strcpy(n->key, key);
        return 0;
}

int vrrp_sysctl_want(struct vrrp_sysctls *ss, const char *family, const char *ifname,
                const char *key, int value, struct vrrp_sysctl **ret) {
        _cleanup_free_ struct vrrp_sysctl *w = calloc(1, sizeof(*w));
        struct vrrp_sysctl_entry e = {};
        struct setting *s;
        int r;

        if (!w)
                return -ENOMEM;
        r = name_init(&e.name, family, ifname, key);
        if (r < 0)
                return r;
        s = find(ss, &e.name);
        if (!s) {
                r = setting_new(ss, &e, false, &s);
                if (r < 0)
                        return r;
        }
        w->setting = s;
        w->value = value;
        if (!s->wants || s->wants->value != value)
                s->fresh = ss->dirty = true;
        DL_APPEND(s->wants, w);
        *ret = TAKE_PTR(w);
        return 0;
}

struct vrrp_sysctl *vrrp_sysctl_unwant(struct vrrp_sysctl *w) {
        struct setting *s;

        if (!w)
                return NULL;
        s = w->setting;
        if (s->wants == w)
                s->fresh = s->sysctls->dirty = true;
        DL_DELETE(s->wants, w);
        free(w);
        return NULL;
}

int vrrp_sysctl_before(struct vrrp_sysctls *ss, const char *family, const char *ifname,
                const char *key, int *ret) {
        struct vrrp_sysctl_name name;
        const struct setting *s;
        int r;

        r = name_init(&name, family, ifname, key);
        if (r < 0)
                return r;
        s = find(ss, &name);
        if (!s || !s->held)
                return vrrp_sysctl_get(ss->root, &name, ret);
        *ret = s->entry.before;
        return 0;
}

const char *vrrp_sysctls_root(const struct vrrp_sysctls *ss) {
        return ss->root;
}

/* The record */

static int write_record(struct vrrp_sysctls *ss) {
        _cleanup_free_ struct vrrp_sysctl_entry *entries = NULL;
        size_t n = 0;

        entries = calloc(HASH_COUNT(ss->table) + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        for (const struct setting *s = ss->table; s; s = s->hh.next)
                if (s->held)
                        entries[n++] = s->entry;
        return vrrp_sysctl_record_write(ss->record_path, entries, n);
}

static void keep_record(struct vrrp_sysctls *ss) {
        int r;

        if (!ss->record_stale)
                return;
        r = write_record(ss);
        if (r < 0 && !ss->unrecorded)
                ss->ops->unrecorded(r, ss->userdata);
        ss->unrecorded = ss->record_stale = r < 0;
}

/* The commit */

static void tell_failure(struct setting *s, int value, int error) {
        char path[PATH_MAX];

        if (s->failed)
                return;
        s->failed = true;
        s->sysctls->ops->failed(vrrp_sysctl_path(s->sysctls->root, &s->entry.name, path), value,
                        error, s->sysctls->userdata);
}

/* Is it another interface that has the name now? */
static bool has_moved(const struct setting *s) {
        return of_an_interface(s) && s->held &&
                        (int) if_nametoindex(s->entry.name.ifname) != s->entry.ifindex;
}

/* What cannot be set back stays in the record, and is tried again; unless its name is another interface's now. */
static void restore(struct setting *s) {
        int r = vrrp_sysctl_restore(s->sysctls->root, &s->entry);

        if (r < 0)
                tell_failure(s, s->entry.before, r);
        if (r < 0 && !has_moved(s)) {
                s->fresh = false;
                return;
        }
        s->held = false;
        s->sysctls->record_stale = true;
}

/* In the reverse order of making. */
static void restore_unwanted(struct vrrp_sysctls *ss) {
        struct setting *s =
                        ss->table ? ELMT_FROM_HH(ss->table->hh.tbl, ss->table->hh.tbl->tail) : NULL;

        for (struct setting *before; s; s = before) {
                before = s->hh.prev;
                if (s->held && (!s->wants || has_moved(s)))
                        restore(s);
                if (!s->held && !s->wants)
                        setting_free(s);
        }
}

/* What must be changed is ours from here on: it goes into the record first. */
static void note_change(struct setting *s) {
        struct vrrp_sysctl_entry *e = &s->entry;
        int value, r;

        if (s->wants->value != s->wants->prev->value)
                tell_failure(s, s->wants->prev->value, -EBUSY);
        r = vrrp_sysctl_get(s->sysctls->root, &e->name, &value);
        if (r < 0) {
                s->fresh = false;
                if (r != -ENOENT || !of_an_interface(s) || if_nametoindex(e->name.ifname) > 0)
                        tell_failure(s, s->wants->value, r);
                return;
        }
        s->fresh = value != s->wants->value;
        if (!s->fresh)
                return;
        if (!s->held) {
                e->before = value;
                e->ifindex = of_an_interface(s) ? (int) if_nametoindex(e->name.ifname) : 0;
        }
        e->now = s->wants->value;
        s->held = true;
        s->sysctls->record_stale = true;
}

/* Where it fails, what was there before our first change is still to be set back. */
static void change(struct setting *s) {
        int r = vrrp_sysctl_set(s->sysctls->root, &s->entry.name, s->entry.now);
        int value;

        s->fresh = false;
        if (r >= 0)
                return;
        s->held = vrrp_sysctl_get(s->sysctls->root, &s->entry.name, &value) >= 0 &&
                        value != s->entry.before;
        if (s->held)
                s->entry.now = value;
        s->sysctls->record_stale = true;
        if (r != -ENOENT)
                tell_failure(s, s->entry.now, r);
}

void vrrp_sysctls_commit(struct vrrp_sysctls *ss) {
        if (!ss->dirty) {
                keep_record(ss);
                return;
        }
        ss->dirty = false;
        restore_unwanted(ss);
        for (struct setting *s = ss->table; s; s = s->hh.next)
                if (s->fresh)
                        note_change(s);
        keep_record(ss);
        for (struct setting *s = ss->table; s; s = s->hh.next)
                if (s->fresh)
                        change(s);
        keep_record(ss);
}

void vrrp_sysctls_link_changed(struct vrrp_sysctls *ss, const char *ifname, int ifindex) {
        for (struct setting *s = ss->table; s; s = s->hh.next) {
                if (s->seen == ifindex || !streq(s->entry.name.ifname, ifname))
                        continue;
                s->seen = ifindex;
                s->fresh = ss->dirty = true;
                s->failed = false;
        }
}

void vrrp_sysctls_suspect(struct vrrp_sysctls *ss) {
        for (struct setting *s = ss->table; s; s = s->hh.next) {
                s->fresh = s->wants;
                ss->dirty |= s->wants || s->held;
        }
}

void vrrp_sysctls_release(struct vrrp_sysctls *ss) {
        struct setting *s =
                        ss->table ? ELMT_FROM_HH(ss->table->hh.tbl, ss->table->hh.tbl->tail) : NULL;
        bool left = false;

        for (; s; s = s->hh.prev) {
                if (s->held)
                        restore(s);
                left |= s->held;
        }
        keep_record(ss);
        if (!left) /* else the guard tries again */
                (void) unlink(ss->record_path);
}
