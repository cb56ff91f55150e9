/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/kernel-message.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>
#include <string.h>

/* What the kernel has an address in, whatever its family (union nf_inet_addr). */
#define ADDRESS_BYTES 16

void ipvs_message_begin(struct nl_msg *m, uint16_t family, uint8_t command) {
        struct genlmsghdr body = { .cmd = command, .version = IPVS_GENL_VERSION };
        int r;

        *nlmsg_hdr(m) = (struct nlmsghdr){ .nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = family };
        r = nlmsg_append(m, &body, sizeof(body), NLMSG_ALIGNTO);
        assert(r == 0);
        (void) r;
}

void ipvs_message_put(struct nl_msg *m, int type, const void *data, size_t size) {
        int r = nla_put(m, type, (int) size, data);

        assert(r == 0);
        (void) r;
}

static void put_u8(struct nl_msg *m, int type, uint8_t value) {
        ipvs_message_put(m, type, &value, sizeof(value));
}

static void put_u16(struct nl_msg *m, int type, uint16_t value) {
        ipvs_message_put(m, type, &value, sizeof(value));
}

static void put_u32(struct nl_msg *m, int type, uint32_t value) {
        ipvs_message_put(m, type, &value, sizeof(value));
}

static void put_ip(struct nl_msg *m, int type, const struct ip_addr *a) {
        uint8_t bytes[ADDRESS_BYTES] = {};

        memcpy(bytes, &a->in6, ip_addr_bits(a->family) / 8);
        ipvs_message_put(m, type, bytes, sizeof(bytes));
}

static void put_name(struct nl_msg *m, int type, const char name[static IPVS_NAME_MAX]) {
        char text[IPVS_NAME_MAX] = "";

        memcpy(text, name, strnlen(name, IPVS_NAME_MAX - 1));
        ipvs_message_put(m, type, text, strlen(text) + 1);
}

static struct nlattr *nest(struct nl_msg *m, int type) {
        struct nlattr *a = nla_nest_start(m, type);

        assert(a);
        return a;
}

static void put_service_key(struct nl_msg *m, const struct ipvs_table_service *s) {
        put_u16(m, IPVS_SVC_ATTR_AF, (uint16_t) s->family);
        if (s->fwmark != 0) {
                put_u32(m, IPVS_SVC_ATTR_FWMARK, s->fwmark);
                return;
        }
        put_u16(m, IPVS_SVC_ATTR_PROTOCOL, s->protocol);
        put_ip(m, IPVS_SVC_ATTR_ADDR, &s->addr);
        put_u16(m, IPVS_SVC_ATTR_PORT, htons(s->port));
}

/* HASHED is the kernel's own flag: all others are ours to say. */
static void put_service_behaviour(struct nl_msg *m, const struct ipvs_table_service *s) {
        struct ip_vs_flags flags = {
                .flags = s->flags,
                .mask = ~(uint32_t) IP_VS_SVC_F_HASHED,
        };

        put_name(m, IPVS_SVC_ATTR_SCHED_NAME, s->scheduler);
        if (s->engine[0])
                put_name(m, IPVS_SVC_ATTR_PE_NAME, s->engine);
        ipvs_message_put(m, IPVS_SVC_ATTR_FLAGS, &flags, sizeof(flags));
        put_u32(m, IPVS_SVC_ATTR_TIMEOUT, s->timeout);
        put_u32(m, IPVS_SVC_ATTR_NETMASK, s->mask);
}

void ipvs_message_put_service(struct nl_msg *m, const struct ipvs_table_service *s, bool whole) {
        struct nlattr *a = nest(m, IPVS_CMD_ATTR_SERVICE);

        put_service_key(m, s);
        if (whole)
                put_service_behaviour(m, s);
        (void) nla_nest_end(m, a);
}

static void put_server_behaviour(struct nl_msg *m, const struct ipvs_table_server *s) {
        put_u32(m, IPVS_DEST_ATTR_FWD_METHOD, s->forward);
        put_u32(m, IPVS_DEST_ATTR_WEIGHT, (uint32_t) s->weight);
        put_u32(m, IPVS_DEST_ATTR_U_THRESH, s->upper);
        put_u32(m, IPVS_DEST_ATTR_L_THRESH, s->lower);
        if (s->tunnel_type == IP_VS_CONN_F_TUNNEL_TYPE_IPIP)
                return;
        put_u8(m, IPVS_DEST_ATTR_TUN_TYPE, s->tunnel_type);
        put_u16(m, IPVS_DEST_ATTR_TUN_PORT, htons(s->tunnel_port));
        put_u16(m, IPVS_DEST_ATTR_TUN_FLAGS, s->tunnel_flags);
}

void ipvs_message_put_server(struct nl_msg *m, const struct ipvs_table_server *s, bool whole) {
        struct nlattr *a = nest(m, IPVS_CMD_ATTR_DEST);

        put_u16(m, IPVS_DEST_ATTR_ADDR_FAMILY, (uint16_t) s->addr.family);
        put_ip(m, IPVS_DEST_ATTR_ADDR, &s->addr);
        put_u16(m, IPVS_DEST_ATTR_PORT, htons(s->port));
        if (whole)
                put_server_behaviour(m, s);
        (void) nla_nest_end(m, a);
}

int ipvs_message_parse(const struct nlmsghdr *h, struct nlattr **attrs) {
        int r = nlmsg_parse((struct nlmsghdr *) h, sizeof(struct genlmsghdr), attrs,
                        IPVS_CMD_ATTR_MAX, NULL);

        return r < 0 ? -EBADMSG : 0;
}

static int parse_nested(const struct nlmsghdr *h, int type, int max, struct nlattr **ret) {
        struct nlattr *attrs[IPVS_CMD_ATTR_MAX + 1];
        int r = ipvs_message_parse(h, attrs);

        if (r < 0)
                return r;
        if (!attrs[type] || nla_parse_nested(ret, max, attrs[type], NULL) < 0)
                return -EBADMSG;
        return 0;
}

/* What is not there, or too short, is zero. */
static uint32_t get_u32(const struct nlattr *a) {
        return a && nla_len(a) >= (int) sizeof(uint32_t) ? nla_get_u32(a) : 0;
}

static uint16_t get_u16(const struct nlattr *a) {
        return a && nla_len(a) >= (int) sizeof(uint16_t) ? nla_get_u16(a) : 0;
}

static uint8_t get_u8(const struct nlattr *a) {
        return a && nla_len(a) >= 1 ? nla_get_u8(a) : 0;
}

static int get_ip(const struct nlattr *a, int family, struct ip_addr *ret) {
        unsigned bytes = ip_addr_bits(family) / 8;

        if (!a || bytes == 0 || (unsigned) nla_len(a) < bytes)
                return -EBADMSG;
        *ret = (struct ip_addr){ .family = family };
        memcpy(&ret->in6, nla_data(a), bytes);
        return 0;
}

static void get_name(struct nlattr *a, char ret[static IPVS_NAME_MAX]) {
        if (a)
                (void) nla_strlcpy(ret, a, IPVS_NAME_MAX);
}

/* Kernels before 4.1 have only 32 bits of most, in a nest of its own. */
static uint64_t get_counter(const struct nlattr *a) {
        if (a && nla_len(a) >= (int) sizeof(uint64_t))
                return nla_get_u64((struct nlattr *) a);
        return get_u32(a);
}

static void parse_counters(
                struct nlattr *narrow, struct nlattr *wide, struct ipvs_statistics *ret) {
        struct nlattr *a[IPVS_STATS_ATTR_MAX + 1];
        struct nlattr *stats = wide ? wide : narrow;

        if (!stats || nla_parse_nested(a, IPVS_STATS_ATTR_MAX, stats, NULL) < 0)
                return;
        ret->total = (struct ipvs_counters){
                .connections = get_counter(a[IPVS_STATS_ATTR_CONNS]),
                .packets_in = get_counter(a[IPVS_STATS_ATTR_INPKTS]),
                .packets_out = get_counter(a[IPVS_STATS_ATTR_OUTPKTS]),
                .bytes_in = get_counter(a[IPVS_STATS_ATTR_INBYTES]),
                .bytes_out = get_counter(a[IPVS_STATS_ATTR_OUTBYTES]),
        };
        ret->per_second = (struct ipvs_counters){
                .connections = get_counter(a[IPVS_STATS_ATTR_CPS]),
                .packets_in = get_counter(a[IPVS_STATS_ATTR_INPPS]),
                .packets_out = get_counter(a[IPVS_STATS_ATTR_OUTPPS]),
                .bytes_in = get_counter(a[IPVS_STATS_ATTR_INBPS]),
                .bytes_out = get_counter(a[IPVS_STATS_ATTR_OUTBPS]),
        };
}

static int parse_service_key(struct nlattr **a, struct ipvs_table_service *s) {
        s->family = get_u16(a[IPVS_SVC_ATTR_AF]);
        s->fwmark = get_u32(a[IPVS_SVC_ATTR_FWMARK]);
        if (s->fwmark != 0)
                return 0;
        s->protocol = get_u16(a[IPVS_SVC_ATTR_PROTOCOL]);
        s->port = ntohs(get_u16(a[IPVS_SVC_ATTR_PORT]));
        return get_ip(a[IPVS_SVC_ATTR_ADDR], s->family, &s->addr);
}

/* A timeout without the flag means nothing, and would imply it. */
static void parse_service_behaviour(struct nlattr **a, struct ipvs_table_service *s) {
        struct ip_vs_flags flags = {};

        if (a[IPVS_SVC_ATTR_FLAGS])
                (void) nla_memcpy(&flags, a[IPVS_SVC_ATTR_FLAGS], sizeof(flags));
        get_name(a[IPVS_SVC_ATTR_SCHED_NAME], s->scheduler);
        get_name(a[IPVS_SVC_ATTR_PE_NAME], s->engine);
        s->flags = flags.flags;
        if (s->flags & IP_VS_SVC_F_PERSISTENT)
                s->timeout = get_u32(a[IPVS_SVC_ATTR_TIMEOUT]);
        s->mask = get_u32(a[IPVS_SVC_ATTR_NETMASK]);
}

int ipvs_message_parse_service(const struct nlmsghdr *h, struct ipvs_table_service *ret,
                struct ipvs_statistics *statistics) {
        struct nlattr *a[IPVS_SVC_ATTR_MAX + 1];
        struct ipvs_table_service s = {};
        int r;

        r = parse_nested(h, IPVS_CMD_ATTR_SERVICE, IPVS_SVC_ATTR_MAX, a);
        if (r < 0)
                return r;
        r = parse_service_key(a, &s);
        if (r < 0)
                return r;
        parse_service_behaviour(a, &s);
        if (statistics)
                parse_counters(a[IPVS_SVC_ATTR_STATS], a[IPVS_SVC_ATTR_STATS64], statistics);
        *ret = s;
        return 0;
}

int ipvs_message_parse_server(const struct nlmsghdr *h, int service_family,
                struct ipvs_table_server *ret, struct ipvs_statistics *statistics) {
        struct nlattr *a[IPVS_DEST_ATTR_MAX + 1];
        struct ipvs_table_server s = {};
        int r, family;

        r = parse_nested(h, IPVS_CMD_ATTR_DEST, IPVS_DEST_ATTR_MAX, a);
        if (r < 0)
                return r;
        /* Kernels before 3.18 know no mixed families. */
        family = a[IPVS_DEST_ATTR_ADDR_FAMILY] ? get_u16(a[IPVS_DEST_ATTR_ADDR_FAMILY])
                                               : service_family;
        r = get_ip(a[IPVS_DEST_ATTR_ADDR], family, &s.addr);
        if (r < 0)
                return r;
        s.port = ntohs(get_u16(a[IPVS_DEST_ATTR_PORT]));
        s.weight = (int32_t) get_u32(a[IPVS_DEST_ATTR_WEIGHT]);
        s.forward = (uint8_t) (get_u32(a[IPVS_DEST_ATTR_FWD_METHOD]) & IP_VS_CONN_F_FWD_MASK);
        s.tunnel_type = get_u8(a[IPVS_DEST_ATTR_TUN_TYPE]);
        s.tunnel_port = ntohs(get_u16(a[IPVS_DEST_ATTR_TUN_PORT]));
        s.tunnel_flags = get_u16(a[IPVS_DEST_ATTR_TUN_FLAGS]);
        s.upper = get_u32(a[IPVS_DEST_ATTR_U_THRESH]);
        s.lower = get_u32(a[IPVS_DEST_ATTR_L_THRESH]);
        s.active = get_u32(a[IPVS_DEST_ATTR_ACTIVE_CONNS]);
        s.inactive = get_u32(a[IPVS_DEST_ATTR_INACT_CONNS]);
        s.persistent = get_u32(a[IPVS_DEST_ATTR_PERSIST_CONNS]);
        if (statistics)
                parse_counters(a[IPVS_DEST_ATTR_STATS], a[IPVS_DEST_ATTR_STATS64], statistics);
        *ret = s;
        return 0;
}
