/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/nftables-mark.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "common/macro.h"
#include "common/netlink.h"

#define RECEIVE_BYTES (1 << 20)

/* nft's own way to keep a comment, in what is opaque to the kernel: type, length, text with its NUL. */
#define COMMENT_TYPE 0
#define COMMENT_HEAD 2

struct search {
        const char *mark;
        struct nftables_table *found;
};

static bool has_mark(const struct nlattr *userdata, const char *mark) {
        const uint8_t *data = nla_data(userdata);
        size_t n = strlen(mark) + 1;

        return (size_t) nla_len(userdata) >= COMMENT_HEAD + n && data[0] == COMMENT_TYPE &&
                        data[1] == n && memcmp(data + COMMENT_HEAD, mark, n) == 0;
}

static int on_table(const struct nlmsghdr *h, void *userdata) {
        const struct nfgenmsg *g = nlmsg_data(h);
        struct nlattr *attrs[NFTA_TABLE_MAX + 1];
        struct search *s = userdata;
        enum nftables_family f;

        if (nlmsg_parse((struct nlmsghdr *) h, sizeof(*g), attrs, NFTA_TABLE_MAX, NULL) < 0 ||
                        !attrs[NFTA_TABLE_NAME] || !attrs[NFTA_TABLE_USERDATA])
                return 0;
        if (g->nfgen_family != AF_INET && g->nfgen_family != AF_INET6)
                return 0;
        f = g->nfgen_family == AF_INET ? NFTABLES_IP : NFTABLES_IP6;
        if (!has_mark(attrs[NFTA_TABLE_USERDATA], s->mark))
                return 0;
        return nftables_table_suppose(s->found, f, nla_get_string(attrs[NFTA_TABLE_NAME]));
}

static int ask(struct netlink *n, struct search *s) {
        const struct nfgenmsg all = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 };
        struct nl_msg *m = nlmsg_alloc_simple(
                        NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, NLM_F_DUMP);
        int r = -ENOMEM;

        if (m && nlmsg_append(m, (void *) &all, sizeof(all), NLMSG_ALIGNTO) == 0)
                r = netlink_query(n, m, on_table, s);
        nlmsg_free(m);
        return r;
}

int nftables_mark_find(const char *mark, struct nftables_table *ret) {
        struct nftables_table found = {};
        struct search s = { mark, &found };
        struct netlink n = NETLINK_INIT;
        int r;

        r = netlink_init(&n, NETLINK_NETFILTER, RECEIVE_BYTES);
        if (r >= 0)
                r = ask(&n, &s);
        if (r == -EINTR) /* it changed meanwhile */
                r = ask(&n, &s);
        netlink_done(&n);
        if (r < 0 && r != -EINTR && r != -EOPNOTSUPP && r != -EPROTONOSUPPORT && r != -EINVAL) {
                nftables_table_done(&found);
                return r;
        }
        *ret = found;
        return 0;
}
