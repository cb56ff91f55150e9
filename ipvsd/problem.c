/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/problem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/macro.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/operation.h"
#include "ipvsd/server-bus.h"
#include "ipvsd/service-bus.h"

void ipvs_problems_clear(struct ipvsd *d) {
        for (struct ipvs_service *s = d->services; s; s = s->hh.next) {
                s->failed[0] = '\0';
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        r->failed[0] = '\0';
        }
}

bool ipvs_problems_note(const struct ipvs_operation *o, int error) {
        struct ipvs_server *r = o->server ? (struct ipvs_server *) o->server->owner : NULL;
        struct ipvs_service *s = (struct ipvs_service *) o->service->owner;
        char text[IPVS_EXPLANATION_MAX], *failed;

        if (!s)
                return false;
        /* Servers of a service that could not be made are not there: the service has said so for all of them. */
        if (o->server && error == -ESRCH && s->failed[0])
                return true;
        failed = r ? r->failed : s->failed;
        if (!failed[0])
                (void) snprintf(failed, IPVS_PROBLEM_MAX, "%s",
                                ipvs_operation_explain(o, error, text));
        return true;
}

static bool show_server(struct ipvs_server *r) {
        if (streq(r->problem, r->failed))
                return r->problem[0];
        memcpy(r->problem, r->failed, sizeof(r->problem));
        if (r->problem[0])
                log_emit(LOG_ERR, NULL, IPVS_SERVER_FIELDS(r), "%s:%u: %s: %s", r->conf->pos.file,
                                r->conf->pos.line, r->service->name, r->problem);
        ipvs_server_bus_problem_changed(r);
        return r->problem[0];
}

static bool show_service(struct ipvs_service *s) {
        if (!s->failed[0] && s->n_left_out > 0)
                (void) snprintf(s->failed, sizeof(s->failed),
                                "%zu of its addresses or marks belong to a virtual_server before it",
                                s->n_left_out);
        if (streq(s->problem, s->failed))
                return s->problem[0];
        memcpy(s->problem, s->failed, sizeof(s->problem));
        if (s->problem[0])
                log_emit(LOG_ERR, NULL, IPVS_SERVICE_FIELDS(s), "%s:%u: %s: %s", s->conf->pos.file,
                                s->conf->pos.line, s->name, s->problem);
        ipvs_service_bus_problem_changed(s);
        return s->problem[0];
}

bool ipvs_problems_show(struct ipvsd *d) {
        bool any = false;

        for (struct ipvs_service *s = d->services; s; s = s->hh.next) {
                any |= show_service(s);
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        any |= show_server(r);
        }
        return any;
}
