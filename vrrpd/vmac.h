/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* VMACs: the interfaces that this daemon puts upon others for virtual routers, so that their addresses have
 * the MAC address that RFC 9568 §7.3 gives them: a macvlan, or an ipvlan where only one address may be on the
 * wire.
 *
 * A VMAC is wanted by whoever has addresses on it; several may share it. It is made by the commit at the end
 * of the wake-up, when the interface below it, its parent, is there; made again when that returns or somebody
 * has deleted it; and removed by the commit when nobody wants it any more. One that was there before is
 * used, and stays at the end, unless an earlier process of ours has made it: its mark and the record
 * (vrrpd/vmac-record.h) tell.
 *
 * The settings that it and its parent need (vrrpd/sysctl.h) go with it: only the interface that has an
 * address answers for it, and with its own MAC address. Owner of the table: struct vrrpd. */

#include <systemd/sd-event.h>
#include <uthash.h>

#include "common/cleanup.h"
#include "common/usec.h"
#include "vrrpd/link.h"
#include "vrrpd/sysctl.h"
#include "vrrpd/vmac-kernel.h"

struct vrrp_vmacs;

#define VRRP_VMAC_SYSCTLS_MAX 12

/* What is wanted. Strings are borrowed for the call. */
struct vrrp_vmac_spec {
        enum vrrp_vmac_kind kind;
        const char *parent;
        const char *name;   /* NULL: one is made up, of @prefix and @vrid */
        const char *prefix; /* "vrrp" */
        int family;         /* of the router */
        uint8_t vrid;
        uint8_t mac[6];        /* of a macvlan */
        uint16_t ipvlan_flags; /* IPVLAN_F_* */
        bool has_group;        /* else the parent's */
        uint32_t group;
        bool notify; /* have the kernel tell of the parent once more: it does not always tell that it has
                      * become promiscuous */
        bool ipv6; /* there will be IPv6 addresses */
};

struct vrrp_vmac {
        UT_hash_handle hh; /* by name, in the order of making */
        char name[IF_NAMESIZE];
        struct vrrp_link *link;     /* wanted; exists when the VMAC does */
        struct vrrp_link *parent;   /* wanted */
        struct vrrp_vmac_spec spec; /* its strings are not to be looked at */
        int error; /* -errno: why it cannot be made, tried again every second; else 0 */

        /* The table's own. */
        struct vrrp_vmacs *vmacs;
        unsigned users;
        bool named;   /* the name was given */
        bool ours;    /* made by us, to be removed by us */
        bool dirty;   /* to be looked at by the next commit */
        bool making;  /* it is missing, and will be up in a moment, as far as we have to say */
        bool to_make; /* by the commit under way */
        int error_told;
        usec_t made_at;                /* last */
        unsigned remade;               /* times in a row, each shortly after the one before */
        struct vrrp_vmac_link as_made; /* what it is to be, in the commit under way */
        uint32_t parent_group;
        struct vrrp_sysctl *ipv6_off;
        struct vrrp_sysctl *sysctls[VRRP_VMAC_SYSCTLS_MAX];
        size_t n_sysctls;
};

struct vrrp_vmacs_ops {
        /* @v->error is another now. */
        void (*changed)(struct vrrp_vmac *v, void *userdata);
        /* The next commit has something to do. */
        void (*pending)(void *userdata);
        /* @name could not be removed, for the first time in a row; it is tried again. */
        void (*stuck)(const char *name, int error, void *userdata);
        /* The record could not be written; what it is for is done all the same. */
        void (*unrecorded)(int error, void *userdata);
};

/* @record_path is borrowed; @config_id (borrowed, may be NULL) goes into the mark. What the record of an earlier process
 * names and nobody wants is removed by the first commit. */
int vrrp_vmacs_new(sd_event *event, int64_t priority, const char *record_path,
                const char *config_id, struct vrrp_links *links, struct vrrp_sysctls *sysctls,
                const struct vrrp_vmacs_ops *ops, void *userdata, struct vrrp_vmacs **ret);
/* What is there stays, and in the record. */
struct vrrp_vmacs *vrrp_vmacs_free(struct vrrp_vmacs *vs);
DEFINE_CLEANUP_FUNC(struct vrrp_vmacs *, vrrp_vmacs_free);

/* A VMAC of @spec: the one there is, or a new one. Without a name it gets that under which the machine has it already, or
 * the first that no interface has: no order of wanting takes one from another. -ENOMEM, -ENAMETOOLONG; what is wrong
 * with the machine shows in its error later. */
int vrrp_vmac_want(
                struct vrrp_vmacs *vs, const struct vrrp_vmac_spec *spec, struct vrrp_vmac **ret);
/* The next commit removes it if nobody else wants it. NULL is fine. */
void vrrp_vmac_unwant(struct vrrp_vmac *v);

/* It is not there yet, or not any more, but will be in a moment. */
bool vrrp_vmac_is_pending(const struct vrrp_vmac *v);

/* Why it cannot be made, as a phrase: "eth0 is no Ethernet". NULL without an error. */
const char *vrrp_vmac_problem(const struct vrrp_vmac *v, char *buf, size_t size);

/* Make it so, in two steps: remove and make interfaces, which stay down; set them up, when the rules are there that keep
 * them quiet. Each returns whether something was done: then the links have news. */
bool vrrp_vmacs_make(struct vrrp_vmacs *vs, usec_t now);
bool vrrp_vmacs_raise(struct vrrp_vmacs *vs, usec_t now);
/* Is the second step to come? */
bool vrrp_vmacs_are_low(const struct vrrp_vmacs *vs);

/* The monitor's news: @l has come, gone or changed. */
void vrrp_vmacs_link_changed(struct vrrp_vmacs *vs, const struct vrrp_link *l);

/* The end: what we have made is removed, whoever still wants it. What could not be stays in the record. */
void vrrp_vmacs_release(struct vrrp_vmacs *vs);

/* The first of all, the others follow by hh.next; for whoever filters what leaves through them. */
struct vrrp_vmac *vrrp_vmacs_first(const struct vrrp_vmacs *vs);
