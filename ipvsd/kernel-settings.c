/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What holds for the whole table: timeouts, and the threads that synchronise connections. */

#include <errno.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <string.h>

#include "common/macro.h"
#include "ipvsd/kernel-private.h"

static uint32_t get_u32(const struct nlattr *a) {
        return a && nla_len(a) >= (int) sizeof(uint32_t) ? nla_get_u32(a) : 0;
}

static uint16_t get_u16(const struct nlattr *a) {
        return a && nla_len(a) >= (int) sizeof(uint16_t) ? nla_get_u16(a) : 0;
}

static int on_timeouts(const struct nlmsghdr *h, void *userdata) {
        struct nlattr *a[IPVS_CMD_ATTR_MAX + 1];
        struct ipvs_timeouts *t = userdata;
        int r;

        r = ipvs_message_parse(h, a);
        if (r < 0)
                return r;
        *t = (struct ipvs_timeouts){
                .tcp = get_u32(a[IPVS_CMD_ATTR_TIMEOUT_TCP]),
                .tcp_fin = get_u32(a[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN]),
                .udp = get_u32(a[IPVS_CMD_ATTR_TIMEOUT_UDP]),
        };
        return 0;
}

int ipvs_kernel_get_timeouts(struct ipvs_kernel *k, struct ipvs_timeouts *ret) {
        return ipvs_kernel_query(k, IPVS_CMD_GET_CONFIG, 0, NULL, NULL, on_timeouts, ret);
}

static void put_timeouts(struct nl_msg *m, const void *what) {
        const struct ipvs_timeouts *t = what;

        ipvs_message_put(m, IPVS_CMD_ATTR_TIMEOUT_TCP, &t->tcp, sizeof(t->tcp));
        ipvs_message_put(m, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, &t->tcp_fin, sizeof(t->tcp_fin));
        ipvs_message_put(m, IPVS_CMD_ATTR_TIMEOUT_UDP, &t->udp, sizeof(t->udp));
}

int ipvs_kernel_set_timeouts(struct ipvs_kernel *k, const struct ipvs_timeouts *t) {
        return ipvs_kernel_query(k, IPVS_CMD_SET_CONFIG, NLM_F_ACK, put_timeouts, t, NULL, NULL);
}

struct daemons {
        struct ipvs_sync_daemon *items;
        size_t n;
};

static void get_group(struct nlattr **a, struct ip_addr *ret) {
        const struct nlattr *v4 = a[IPVS_DAEMON_ATTR_MCAST_GROUP];
        const struct nlattr *v6 = a[IPVS_DAEMON_ATTR_MCAST_GROUP6];

        if (v4 && nla_len(v4) >= (int) sizeof(ret->in)) {
                ret->family = AF_INET;
                memcpy(&ret->in, nla_data(v4), sizeof(ret->in));
        } else if (v6 && nla_len(v6) >= (int) sizeof(ret->in6)) {
                ret->family = AF_INET6;
                memcpy(&ret->in6, nla_data(v6), sizeof(ret->in6));
        }
}

static int on_daemon(const struct nlmsghdr *h, void *userdata) {
        struct nlattr *outer[IPVS_CMD_ATTR_MAX + 1], *a[IPVS_DAEMON_ATTR_MAX + 1];
        struct ipvs_sync_daemon d = {};
        struct daemons *ds = userdata;

        if (ipvs_message_parse(h, outer) < 0 || !outer[IPVS_CMD_ATTR_DAEMON])
                return -EBADMSG;
        if (nla_parse_nested(a, IPVS_DAEMON_ATTR_MAX, outer[IPVS_CMD_ATTR_DAEMON], NULL) < 0)
                return -EBADMSG;
        if (ds->n == IPVS_SYNC_DAEMONS_MAX)
                return 0;
        d.backup = get_u32(a[IPVS_DAEMON_ATTR_STATE]) == IP_VS_STATE_BACKUP;
        if (a[IPVS_DAEMON_ATTR_MCAST_IFN])
                (void) nla_strlcpy(d.interface, a[IPVS_DAEMON_ATTR_MCAST_IFN], sizeof(d.interface));
        d.id = get_u32(a[IPVS_DAEMON_ATTR_SYNC_ID]);
        d.maxlen = get_u16(a[IPVS_DAEMON_ATTR_SYNC_MAXLEN]);
        d.port = get_u16(a[IPVS_DAEMON_ATTR_MCAST_PORT]);
        if (a[IPVS_DAEMON_ATTR_MCAST_TTL])
                d.ttl = nla_get_u8(a[IPVS_DAEMON_ATTR_MCAST_TTL]);
        get_group(a, &d.group);
        ds->items[ds->n++] = d;
        return 0;
}

int ipvs_kernel_get_daemons(struct ipvs_kernel *k,
                struct ipvs_sync_daemon ret[static IPVS_SYNC_DAEMONS_MAX], size_t *ret_n) {
        struct daemons ds = { .items = ret };
        int r;

        r = ipvs_kernel_query(k, IPVS_CMD_GET_DAEMON, NLM_F_DUMP, NULL, NULL, on_daemon, &ds);
        if (r < 0)
                return r;
        *ret_n = ds.n;
        return 0;
}

static void put_state(struct nl_msg *m, bool backup) {
        uint32_t state = backup ? IP_VS_STATE_BACKUP : IP_VS_STATE_MASTER;

        ipvs_message_put(m, IPVS_DAEMON_ATTR_STATE, &state, sizeof(state));
}

/* The port, unlike all others, is in the byte order of the host. */
static void put_transport(struct nl_msg *m, const struct ipvs_sync_daemon *d) {
        if (d->maxlen != 0)
                ipvs_message_put(m, IPVS_DAEMON_ATTR_SYNC_MAXLEN, &d->maxlen, sizeof(d->maxlen));
        if (d->port != 0)
                ipvs_message_put(m, IPVS_DAEMON_ATTR_MCAST_PORT, &d->port, sizeof(d->port));
        if (d->ttl != 0)
                ipvs_message_put(m, IPVS_DAEMON_ATTR_MCAST_TTL, &d->ttl, sizeof(d->ttl));
        if (d->group.family == AF_INET)
                ipvs_message_put(
                                m, IPVS_DAEMON_ATTR_MCAST_GROUP, &d->group.in, sizeof(d->group.in));
        else if (d->group.family == AF_INET6)
                ipvs_message_put(m, IPVS_DAEMON_ATTR_MCAST_GROUP6, &d->group.in6,
                                sizeof(d->group.in6));
}

static void put_daemon(struct nl_msg *m, const void *what) {
        const struct ipvs_sync_daemon *d = what;
        struct nlattr *nest = nla_nest_start(m, IPVS_CMD_ATTR_DAEMON);

        put_state(m, d->backup);
        ipvs_message_put(m, IPVS_DAEMON_ATTR_MCAST_IFN, d->interface,
                        strnlen(d->interface, sizeof(d->interface) - 1) + 1);
        ipvs_message_put(m, IPVS_DAEMON_ATTR_SYNC_ID, &d->id, sizeof(d->id));
        put_transport(m, d);
        (void) nla_nest_end(m, nest);
}

int ipvs_kernel_start_daemon(struct ipvs_kernel *k, const struct ipvs_sync_daemon *d) {
        return ipvs_kernel_query(k, IPVS_CMD_NEW_DAEMON, NLM_F_ACK, put_daemon, d, NULL, NULL);
}

static void put_role(struct nl_msg *m, const void *what) {
        const bool *backup = what;
        struct nlattr *nest = nla_nest_start(m, IPVS_CMD_ATTR_DAEMON);

        put_state(m, *backup);
        (void) nla_nest_end(m, nest);
}

int ipvs_kernel_stop_daemon(struct ipvs_kernel *k, bool backup) {
        return ipvs_kernel_query(k, IPVS_CMD_DEL_DAEMON, NLM_F_ACK, put_role, &backup, NULL, NULL);
}

/* What the kernel makes of a wanted length (start_sync_thread()). */
static uint16_t clamp_maxlen(const struct ipvs_sync_daemon *d) {
        unsigned headers = d->group.family == AF_INET6 ? 40 + 8 : 20 + 8;

        return (uint16_t) CLAMP(d->maxlen, d->backup ? 1024U : 1U, UINT16_MAX - headers);
}

bool ipvs_sync_daemon_same(
                const struct ipvs_sync_daemon *wanted, const struct ipvs_sync_daemon *running) {
        return wanted->backup == running->backup && streq(wanted->interface, running->interface) &&
                        wanted->id == running->id &&
                        (wanted->maxlen == 0 || clamp_maxlen(wanted) == running->maxlen) &&
                        (wanted->port == 0 || wanted->port == running->port) &&
                        (wanted->ttl == 0 || wanted->ttl == running->ttl) &&
                        (!ip_addr_is_set(&wanted->group) ||
                                        ip_addr_equal(&wanted->group, &running->group));
}
