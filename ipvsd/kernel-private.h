/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of kernel.h share: the socket, and how one request is made. */

#include "common/netlink.h"
#include "ipvsd/kernel-message.h"

struct ipvs_kernel {
        struct netlink netlink;
        struct nl_msg *message; /* the workshop: emptied and filled again */
        uint16_t family;        /* of IPVS; 0: not known */
};

/* Learn the number of the family where it is not known. The kernel loads its module for it. 0 or -EOPNOTSUPP. */
int ipvs_kernel_resolve(struct ipvs_kernel *k);

/* After -ENOENT, which also says that the module was unloaded since: learn the number anew. 1: it is another one, say it
 * again; 0: it is the same, and the error means what it says; -EOPNOTSUPP. */
int ipvs_kernel_resolve_again(struct ipvs_kernel *k);

/* Put a request of @command together. The family must be known. */
typedef void (*ipvs_kernel_build_t)(struct nl_msg *m, const void *what);

/* Send one request: @build (may be NULL) adds attributes to it, @handler gets what comes back. @flags: NLM_F_DUMP for
 * several answers, NLM_F_ACK where nothing but an acknowledgement comes. */
int ipvs_kernel_query(struct ipvs_kernel *k, uint8_t command, uint16_t flags,
                ipvs_kernel_build_t build, const void *what, netlink_handler_t handler,
                void *userdata);
