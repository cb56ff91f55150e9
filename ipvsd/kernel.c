/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/kernel.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>

#include "ipvsd/kernel-private.h"
#include "ipvsd/namespace.h"

/* For the refusals of a whole batch (kernel-apply.c), and for a part of a dump. */
#define RECEIVE_BYTES (1 << 20)

static int open_socket(struct netlink *n) {
        return netlink_init(n, NETLINK_GENERIC, RECEIVE_BYTES);
}

static int open_socket_in(const char *netns, struct netlink *n) {
        int here, left, r;

        r = ipvs_namespace_enter(netns, &here);
        if (r < 0)
                return r;
        r = open_socket(n);
        left = ipvs_namespace_leave(here);
        return left < 0 ? left : r;
}

int ipvs_kernel_new(const char *netns, struct ipvs_kernel **ret) {
        _cleanup_(ipvs_kernel_freep) struct ipvs_kernel *k = calloc(1, sizeof(*k));
        int r;

        if (!k)
                return -ENOMEM;
        k->netlink = (struct netlink) NETLINK_INIT;
        k->message = nlmsg_alloc_size(IPVS_MESSAGE_MAX);
        if (!k->message)
                return -ENOMEM;
        r = open_socket_in(netns, &k->netlink);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(k);
        return 0;
}

struct ipvs_kernel *ipvs_kernel_free(struct ipvs_kernel *k) {
        if (!k)
                return NULL;
        netlink_done(&k->netlink);
        nlmsg_free(k->message);
        free(k);
        return NULL;
}

static int on_family(const struct nlmsghdr *h, void *userdata) {
        struct nlattr *a[CTRL_ATTR_MAX + 1];
        uint16_t *family = userdata;

        if (nlmsg_parse((struct nlmsghdr *) h, sizeof(struct genlmsghdr), a, CTRL_ATTR_MAX, NULL) <
                                        0 ||
                        !a[CTRL_ATTR_FAMILY_ID])
                return -EBADMSG;
        *family = nla_get_u16(a[CTRL_ATTR_FAMILY_ID]);
        return 0;
}

int ipvs_kernel_resolve(struct ipvs_kernel *k) {
        int r;

        if (k->family != 0)
                return 0;
        ipvs_message_begin(k->message, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
        ipvs_message_put(k->message, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof(IPVS_GENL_NAME));
        r = netlink_query(&k->netlink, k->message, on_family, &k->family);
        return r == -ENOENT ? -EOPNOTSUPP : r;
}

int ipvs_kernel_resolve_again(struct ipvs_kernel *k) {
        uint16_t before = k->family;
        int r;

        k->family = 0;
        r = ipvs_kernel_resolve(k);
        return r < 0 ? r : k->family != before;
}

static int query_once(struct ipvs_kernel *k, uint8_t command, uint16_t flags,
                ipvs_kernel_build_t build, const void *what, netlink_handler_t handler,
                void *userdata) {
        int r;

        r = ipvs_kernel_resolve(k);
        if (r < 0)
                return r;
        ipvs_message_begin(k->message, k->family, command);
        nlmsg_hdr(k->message)->nlmsg_flags = flags;
        if (build)
                build(k->message, what);
        return netlink_query(&k->netlink, k->message, handler, userdata);
}

/* IPVS itself says ENOENT to none of the requests that are made this way. */
int ipvs_kernel_query(struct ipvs_kernel *k, uint8_t command, uint16_t flags,
                ipvs_kernel_build_t build, const void *what, netlink_handler_t handler,
                void *userdata) {
        int r;

        r = query_once(k, command, flags, build, what, handler, userdata);
        if (r == -ENOENT) {
                r = ipvs_kernel_resolve_again(k);
                if (r < 0)
                        return r;
                r = query_once(k, command, flags, build, what, handler, userdata);
        }
        return r;
}

int ipvs_kernel_flush(struct ipvs_kernel *k) {
        return ipvs_kernel_query(k, IPVS_CMD_FLUSH, NLM_F_ACK, NULL, NULL, NULL, NULL);
}
