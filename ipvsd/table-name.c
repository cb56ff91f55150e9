/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/table-name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/macro.h"

#define PROTOCOL_NAME_MAX 8U

static const struct {
        uint16_t number;
        const char *name;
} protocols[] = {
        { IPPROTO_TCP, "TCP" },
        { IPPROTO_UDP, "UDP" },
        { IPPROTO_SCTP, "SCTP" },
};

static void protocol_format(uint16_t protocol, char buf[static PROTOCOL_NAME_MAX]) {
        (void) snprintf(buf, PROTOCOL_NAME_MAX, "%u", protocol);
        for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
                if (protocols[i].number == protocol)
                        (void) snprintf(buf, PROTOCOL_NAME_MAX, "%s", protocols[i].name);
}

static int protocol_parse(const char *text, uint16_t *ret) {
        unsigned number;
        char end;

        for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
                if (streq(protocols[i].name, text)) {
                        *ret = protocols[i].number;
                        return 0;
                }
        if (sscanf(text, "%5u%c", &number, &end) != 1 || number > UINT16_MAX)
                return -EINVAL;
        *ret = (uint16_t) number;
        return 0;
}

const char *ipvs_table_service_format(
                const struct ipvs_table_service *s, char buf[static IPVS_SERVICE_NAME_MAX]) {
        char addr[IP_ADDR_STRLEN], protocol[PROTOCOL_NAME_MAX];

        if (s->fwmark != 0) {
                (void) snprintf(buf, IPVS_SERVICE_NAME_MAX, "fwmark %u%s", s->fwmark,
                                s->family == AF_INET6 ? " IPv6" : "");
                return buf;
        }
        protocol_format(s->protocol, protocol);
        (void) snprintf(buf, IPVS_SERVICE_NAME_MAX, "%s %u %s", ip_addr_format(&s->addr, addr),
                        s->port, protocol);
        return buf;
}

static int parse_mark(const char *text, struct ipvs_table_service *ret) {
        char family[8] = "";
        uint32_t mark;
        char end;
        int n = sscanf(text, "fwmark %10u %7s %c", &mark, family, &end);

        if (n < 1 || n > 2 || mark == 0 || (n == 2 && !streq(family, "IPv6")))
                return -EINVAL;
        *ret = (struct ipvs_table_service){
                .family = n == 2 ? AF_INET6 : AF_INET,
                .fwmark = mark,
        };
        return 0;
}

int ipvs_table_service_parse(const char *text, struct ipvs_table_service *ret) {
        char addr[IP_ADDR_STRLEN], protocol[PROTOCOL_NAME_MAX], end;
        struct ipvs_table_service s = {};
        unsigned port;

        if (strncmp(text, "fwmark ", 7) == 0)
                return parse_mark(text, ret);
        if (sscanf(text, "%45s %5u %7s %c", addr, &port, protocol, &end) != 3 || port > UINT16_MAX)
                return -EINVAL;
        if (ip_addr_parse(addr, &s.addr) < 0 || protocol_parse(protocol, &s.protocol) < 0)
                return -EINVAL;
        s.family = s.addr.family;
        s.port = (uint16_t) port;
        *ret = s;
        return 0;
}

const char *ipvs_table_server_format(
                const struct ipvs_table_server *s, char buf[static IPVS_SERVER_NAME_MAX]) {
        char addr[IP_ADDR_STRLEN];

        (void) snprintf(buf, IPVS_SERVER_NAME_MAX, "%s %u", ip_addr_format(&s->addr, addr),
                        s->port);
        return buf;
}
