/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/rp-filter.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/macro.h"

#define KEY "rp_filter"

struct vrrp_rp_filter {
        struct vrrp_sysctls *sysctls;
        struct vrrp_sysctl **wants;
        size_t n;
};

static DIR *directory_free(DIR *d) {
        (void) closedir(d);
        return NULL;
}
DEFINE_CLEANUP_FUNC(DIR *, directory_free);

static int want(struct vrrp_rp_filter *f, const char *ifname, int value) {
        struct vrrp_sysctl **wants = reallocarray(f->wants, f->n + 1, sizeof(struct vrrp_sysctl *));
        int r;

        if (!wants)
                return -ENOMEM;
        f->wants = wants;
        r = vrrp_sysctl_want(f->sysctls, "ipv4", ifname, KEY, value, &f->wants[f->n]);
        if (r >= 0)
                f->n++;
        return r;
}

/* The larger of the two is what holds. */
static int hand_down(struct vrrp_rp_filter *f, const char *ifname, int all) {
        int own;

        if (vrrp_sysctl_before(f->sysctls, "ipv4", ifname, KEY, &own) < 0)
                return 0;
        return want(f, ifname, MAX(own, all));
}

static int hand_down_to_each(struct vrrp_rp_filter *f, int all,
                bool (*keeps)(const char *ifname, void *userdata), void *userdata) {
        _cleanup_(directory_freep) DIR *d = NULL;
        const struct dirent *e;
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/ipv4/conf", vrrp_sysctls_root(f->sysctls));
        d = opendir(path);
        while (d && (e = readdir(d))) {
                int r;

                if (e->d_name[0] == '.' || streq(e->d_name, "all") || keeps(e->d_name, userdata))
                        continue;
                r = hand_down(f, e->d_name, all);
                if (r < 0)
                        return r;
        }
        return 0;
}

int vrrp_rp_filter_new(struct vrrp_sysctls *ss, bool (*keeps)(const char *ifname, void *userdata),
                void *userdata, struct vrrp_rp_filter **ret) {
        _cleanup_(vrrp_rp_filter_freep) struct vrrp_rp_filter *f = calloc(1, sizeof(*f));
        int all = 0, r;

        if (!f)
                return -ENOMEM;
        f->sysctls = ss;
        if (vrrp_sysctl_before(ss, "ipv4", "all", KEY, &all) >= 0 && all != 0) {
                r = hand_down_to_each(f, all, keeps, userdata);
                if (r < 0)
                        return r;
                r = want(f, "all", 0); /* last */
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(f);
        return 0;
}

struct vrrp_rp_filter *vrrp_rp_filter_free(struct vrrp_rp_filter *f) {
        if (!f)
                return NULL;
        for (size_t i = 0; i < f->n; i++)
                (void) vrrp_sysctl_unwant(f->wants[i]);
        free(f->wants);
        free(f);
        return NULL;
}
