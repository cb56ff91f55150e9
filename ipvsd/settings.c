/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/settings.h"

bool ipvs_settings_wanted(const struct ipvs_timeouts_conf *c) {
        return c->tcp > 0 || c->tcp_fin > 0 || c->udp > 0;
}

int ipvs_settings_restore(struct ipvs_kernel *k, struct ipvs_ownership *owned, const char *path) {
        int r;

        if (!owned->timeouts_set)
                return 0;
        r = ipvs_kernel_set_timeouts(k, &owned->timeouts);
        if (r < 0)
                return r;
        owned->timeouts_set = false;
        return ipvs_ownership_write(path, owned);
}

static int keep(struct ipvs_ownership *owned, const struct ipvs_timeouts *now, const char *path) {
        int r;

        if (owned->timeouts_set)
                return 0;
        owned->timeouts = *now;
        owned->timeouts_set = true;
        r = ipvs_ownership_write(path, owned);
        if (r < 0)
                owned->timeouts_set = false;
        return r;
}

int ipvs_settings_apply(const struct ipvs_timeouts_conf *c, struct ipvs_kernel *k,
                struct ipvs_ownership *owned, const char *path) {
        struct ipvs_timeouts now, wanted;
        int r;

        if (!ipvs_settings_wanted(c))
                return ipvs_settings_restore(k, owned, path);
        r = ipvs_kernel_get_timeouts(k, &now);
        if (r < 0)
                return r;
        r = keep(owned, &now, path);
        if (r < 0)
                return r;
        wanted = (struct ipvs_timeouts){
                .tcp = c->tcp ?: owned->timeouts.tcp,
                .tcp_fin = c->tcp_fin ?: owned->timeouts.tcp_fin,
                .udp = c->udp ?: owned->timeouts.udp,
        };
        if (wanted.tcp == now.tcp && wanted.tcp_fin == now.tcp_fin && wanted.udp == now.udp)
                return 0;
        return ipvs_kernel_set_timeouts(k, &wanted);
}
