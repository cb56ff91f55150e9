/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/operation.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <string.h>

#include "ipvsd/table-name.h"

#define REASON_MAX 128U

static const char *verb_of(enum ipvs_operation_kind kind) {
        switch (kind) {
        case IPVS_ADD_SERVICE:
        case IPVS_ADD_SERVER: return "add";
        case IPVS_EDIT_SERVICE:
        case IPVS_EDIT_SERVER: return "change";
        case IPVS_DELETE_SERVICE:
        case IPVS_DELETE_SERVER: return "delete";
        }
        return "";
}

/* ip_vs_add_service(), ip_vs_edit_service(). False: nothing is known beyond the error itself. */
static bool explain_service(
                const struct ipvs_table_service *s, int error, char buf[static REASON_MAX]) {
        switch (error) {
        case -ENOENT:
                if (s->engine[0])
                        (void) snprintf(buf, REASON_MAX,
                                        "the kernel has no scheduler %s or no persistence engine %s",
                                        s->scheduler, s->engine);
                else
                        (void) snprintf(buf, REASON_MAX, "the kernel has no scheduler %s",
                                        s->scheduler);
                return true;
        case -EAFNOSUPPORT:
                (void) snprintf(buf, REASON_MAX, "the kernel does not balance this address family");
                return true;
        case -ESRCH:
                (void) snprintf(buf, REASON_MAX, "it is not in the kernel's table");
                return true;
        default: return false;
        }
}

/* The kernel has one word for all of these (ip_vs_genl_set_cmd(), ip_vs_add_dest()). */
static const char *explain_invalid_server(
                const struct ipvs_table_service *service, const struct ipvs_table_server *s) {
        if (s->addr.family != service->family && s->forward != IP_VS_CONN_F_TUNNEL)
                return "only TUN reaches a server of another address family";
        if (s->addr.family != service->family)
                return "no server can be of another address family while connections are synchronised";
        if (s->tunnel_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE && s->tunnel_port == 0)
                return "a gue tunnel needs a port";
        return "the kernel cannot send to this address";
}

static bool explain_server(const struct ipvs_table_service *service,
                const struct ipvs_table_server *s, int error, char buf[static REASON_MAX]) {
        switch (error) {
        case -ESRCH:
                (void) snprintf(buf, REASON_MAX, "the service is not in the kernel's table");
                return true;
        case -ENOENT:
                (void) snprintf(buf, REASON_MAX, "it is not in the kernel's table");
                return true;
        case -EINVAL:
                (void) snprintf(buf, REASON_MAX, "%s", explain_invalid_server(service, s));
                return true;
        case -ERANGE:
                if (s->lower > s->upper)
                        (void) snprintf(buf, REASON_MAX,
                                        "its lower threshold %u is above the upper one, %u",
                                        s->lower, s->upper);
                else
                        (void) snprintf(buf, REASON_MAX, "weight %d is out of range", s->weight);
                return true;
        case -EAFNOSUPPORT:
                (void) snprintf(buf, REASON_MAX, "the kernel does not balance this address family");
                return true;
        default: return false;
        }
}

const char *ipvs_operation_explain(
                const struct ipvs_operation *o, int error, char buf[static IPVS_EXPLANATION_MAX]) {
        char service[IPVS_SERVICE_NAME_MAX], server[IPVS_SERVER_NAME_MAX], reason[REASON_MAX];
        bool known;

        known = o->server ? explain_server(o->service, o->server, error, reason)
                          : explain_service(o->service, error, reason);
        if (!known)
                (void) snprintf(reason, sizeof(reason), "%s", strerror(-error));

        (void) ipvs_table_service_format(o->service, service);
        if (o->server)
                (void) snprintf(buf, IPVS_EXPLANATION_MAX, "cannot %s server %s of service %s: %s",
                                verb_of(o->kind), ipvs_table_server_format(o->server, server),
                                service, reason);
        else
                (void) snprintf(buf, IPVS_EXPLANATION_MAX, "cannot %s service %s: %s",
                                verb_of(o->kind), service, reason);
        return buf;
}
