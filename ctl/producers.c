/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ctl/producers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#include "common/cleanup.h"
#include "common/macro.h"

#define UNIT_PREFIX "mainstay-"

const struct producer producers[N_PRODUCERS] = {
        [PRODUCER_VRRPD] = { "vrrpd", "org.mainstay.Vrrp1", "/org/mainstay/vrrp1",
                        UNIT_PREFIX "vrrpd.service", "org.mainstay.Vrrp1.Manager" },
        [PRODUCER_CHECKD] = { "checkd", "org.mainstay.Check1", "/org/mainstay/check1",
                        UNIT_PREFIX "checkd.service", NULL },
        [PRODUCER_IPVSD] = { "ipvsd", "org.mainstay.Ipvs1", "/org/mainstay/ipvs1",
                        UNIT_PREFIX "ipvsd.service", "org.mainstay.Ipvs1.Node" },
        [PRODUCER_NOTIFYD] = { "notifyd", "org.mainstay.Notify1", "/org/mainstay/notify1",
                        UNIT_PREFIX "notifyd.service", "org.mainstay.Notify1.Spool" },
};

const struct producer *producer_find(const char *name) {
        if (strncmp(name, UNIT_PREFIX, strlen(UNIT_PREFIX)) == 0)
                name += strlen(UNIT_PREFIX);

        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (streq(name, producers[i].name) ||
                                streq(name, producers[i].unit + strlen(UNIT_PREFIX)))
                        return &producers[i];
        return NULL;
}

int producers_select(char **words, bool ret[static N_PRODUCERS]) {
        for (size_t i = 0; i < N_PRODUCERS; i++)
                ret[i] = !*words;

        for (; *words; words++) {
                const struct producer *p = producer_find(*words);

                if (!p) {
                        (void) fprintf(stderr, "There is no daemon '%s'; there are:", *words);
                        for (size_t i = 0; i < N_PRODUCERS; i++)
                                (void) fprintf(stderr, " %s", producers[i].name);
                        (void) fputc('\n', stderr);
                        return -EINVAL;
                }
                ret[p - producers] = true;
        }
        return 0;
}

const struct producer *producer_find_bus_name(const char *bus_name) {
        for (size_t i = 0; i < N_PRODUCERS; i++)
                if (streq(bus_name, producers[i].bus_name))
                        return &producers[i];
        return NULL;
}

char *object_label(const char *path) {
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *parent = slash ? strndup(path, (size_t) (slash - path)) : NULL;
        char *label = NULL;

        if (parent && sd_bus_path_decode(path, parent, &label) > 0)
                return label;
        return strdup(slash ? slash + 1 : path);
}
