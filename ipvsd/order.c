/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/order.h"

#include "ipvsd/ipvsd.h"
#include "ipvsd/override-store.h"
#include "ipvsd/service-state.h"

/* Who does not drain any more is not drained: not even for the moment until the table is written, when somebody who
 * orders it anew would take the old word for the new one. */
static void forget_drained(struct ipvsd *d) {
        for (struct ipvs_service *s = d->services; s; s = s->hh.next)
                for (struct ipvs_server *r = s->servers; r; r = r->hh.next)
                        if (r->drained && !ipvs_server_is_draining(r))
                                ipvs_server_tell_drained(r);
}

static void take_effect(struct ipvsd *d) {
        forget_drained(d);
        ipvsd_save_soon(d);
        ipvsd_settle_soon(d);
}

int ipvs_server_order(struct ipvs_server *r, enum ipvs_override override, int weight) {
        struct ipvs_service *s = r->service;
        int e;

        if (r->override == override && r->override_weight == weight)
                return 0;
        e = ipvs_override_store_set(s->ipvsd->overrides, s->name, r->name, override, weight);
        if (e < 0)
                return e;
        r->override = override;
        r->override_weight = weight;
        ipvs_server_tell_override(r);
        take_effect(s->ipvsd);
        return 0;
}

int ipvs_service_order(struct ipvs_service *s, enum ipvs_override override) {
        int r;

        if (s->override == override)
                return 0;
        r = ipvs_override_store_set(
                        s->ipvsd->overrides, s->name, NULL, override, IPVS_WEIGHT_AS_CONFIGURED);
        if (r < 0)
                return r;
        s->override = override;
        ipvs_service_tell_override(s);
        take_effect(s->ipvsd);
        return 0;
}

int ipvs_node_order(struct ipvsd *d, enum ipvs_override override) {
        int r;

        if (d->override == override)
                return 0;
        r = ipvs_override_store_set(d->overrides, NULL, NULL, override, IPVS_WEIGHT_AS_CONFIGURED);
        if (r < 0)
                return r;
        d->override = override;
        ipvs_node_tell_override(d);
        take_effect(d);
        return 0;
}
