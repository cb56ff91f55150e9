/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sysctls: the settings below /proc/sys/net that this daemon needs otherwise than it finds them.
 *
 * Whoever needs one says so by a want, and lets go of it when he needs it no longer; several wants share
 * a setting. Nothing happens until the commit at the end of the wake-up: then what nobody wants any more
 * is set back to what was there before, the record (vrrpd/sysctl-record.h) is written, and what is wanted is
 * set. An interface that does not exist yet is waited for. What an earlier process has changed is in the
 * record: it is ours from the beginning, and is set back by the first commit if nobody wants it then.
 *
 * The first want decides on the value; a setting that has it already is left alone, then and at the end.
 * Owner of the table: struct vrrpd; of a want: whoever made it. */

#include "common/cleanup.h"
#include "vrrpd/sysctl-record.h"

struct vrrp_sysctls;
struct vrrp_sysctl;

struct vrrp_sysctls_ops {
        /* @path could not be set to @value, told once. -EBUSY: others want another value. */
        void (*failed)(const char *path, int value, int error, void *userdata);
        /* The record could not be written or read; what it is for is done all the same. */
        void (*unrecorded)(int error, void *userdata);
};

/* @root (VRRP_SYSCTL_ROOT) and @record_path are borrowed. The record of an earlier process is read. -ENOMEM. */
int vrrp_sysctls_new(const char *record_path, const char *root, const struct vrrp_sysctls_ops *ops,
                void *userdata, struct vrrp_sysctls **ret);
/* What was changed stays changed, and in the record. No want may be left. */
struct vrrp_sysctls *vrrp_sysctls_free(struct vrrp_sysctls *ss);
DEFINE_CLEANUP_FUNC(struct vrrp_sysctls *, vrrp_sysctls_free);

/* Want @family ("ipv4", "ipv6") conf/@ifname/@key to be @value; @ifname "" : @family/@key itself. -ENOMEM,
 * -ENAMETOOLONG; what is wrong with the machine shows at the commit. */
int vrrp_sysctl_want(struct vrrp_sysctls *ss, const char *family, const char *ifname,
                const char *key, int value, struct vrrp_sysctl **ret);
struct vrrp_sysctl *vrrp_sysctl_unwant(struct vrrp_sysctl *w);
DEFINE_CLEANUP_FUNC(struct vrrp_sysctl *, vrrp_sysctl_unwant);

/* What the setting was before it was changed by us, or is where it was not. -ENOENT: there is none. */
int vrrp_sysctl_before(struct vrrp_sysctls *ss, const char *family, const char *ifname,
                const char *key, int *ret);
const char *vrrp_sysctls_root(const struct vrrp_sysctls *ss);

/* Make it so. */
void vrrp_sysctls_commit(struct vrrp_sysctls *ss);

/* The interface @ifname has come, gone (@ifindex 0) or returned as another: it is looked at by the next
 * commit. */
void vrrp_sysctls_link_changed(struct vrrp_sysctls *ss, const char *ifname, int ifindex);

/* Somebody may have set them otherwise (sysctl --system), of which the kernel says nothing: the next commit looks
 * at all of them. */
void vrrp_sysctls_suspect(struct vrrp_sysctls *ss);

/* The end: everything is set back, whoever still wants it. */
void vrrp_sysctls_release(struct vrrp_sysctls *ss);
