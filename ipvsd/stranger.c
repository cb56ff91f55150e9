/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/stranger.h"

void ipvs_stranger_done(struct ipvs_stranger *s) {
        ipvs_table_done(&s->settled);
        *s = (struct ipvs_stranger){};
}

/* Without memory it is taken for another one: then nothing is told. */
static bool is_settled(const struct ipvs_stranger *s, const struct ipvs_table *wanted) {
        struct ipvs_plan change = {};
        bool same;

        same = ipvs_plan_diff(wanted, &s->settled, &s->settled, &change) >= 0 && change.n == 0;
        ipvs_plan_done(&change);
        return same;
}

size_t ipvs_stranger_look(struct ipvs_stranger *s, const struct ipvs_table *wanted,
                const struct ipvs_plan *plan) {
        if (plan->n == 0)
                s->told = false;
        if (plan->n == 0 || s->told || !s->known || !is_settled(s, wanted))
                return 0;
        s->told = true;
        return plan->n;
}

void ipvs_stranger_settle(struct ipvs_stranger *s, struct ipvs_table *wanted) {
        ipvs_table_done(&s->settled);
        s->settled = *wanted;
        s->known = true;
        *wanted = (struct ipvs_table){};
}

void ipvs_stranger_unsettle(struct ipvs_stranger *s) {
        ipvs_table_done(&s->settled);
        s->known = false;
}
