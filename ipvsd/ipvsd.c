/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/ipvsd.h"

#include "common/conf.h"
#include "common/log.h"
#include "ipvsd/service-bus.h"

/* Whoever configured balancing must not believe that it happens. */
static void say_what_is_missing(const struct ipvsd *d) {
        unsigned n = HASH_COUNT(d->services);

        if (n > 0)
                log_warning("%u virtual services are configured; balancing them is not implemented "
                            "yet, the kernel's table is not touched",
                                n);
}

static int ipvsd_start(struct daemon *daemon, void *userdata) {
        struct ipvsd *d = userdata;

        d->daemon = daemon;
        ipvs_services_configure(d, daemon->conf->ipvs);
        say_what_is_missing(d);
        return 0;
}

static void ipvsd_apply(struct daemon *daemon, const struct conf *old, const struct conf *new_,
                void *userdata) {
        struct ipvsd *d = userdata;
        unsigned before = HASH_COUNT(d->services);

        ipvs_services_configure(d, new_->ipvs);
        if (HASH_COUNT(d->services) != before)
                say_what_is_missing(d);
}

static int ipvsd_export(struct daemon *daemon, sd_bus *bus, void *userdata) {
        return ipvs_service_bus_export(userdata, bus);
}

static void ipvsd_end(struct daemon *daemon, enum daemon_end why, void *userdata) {
        daemon_finished(daemon);
}

static void ipvsd_done(struct daemon *daemon, void *userdata) {
        ipvs_services_free(userdata);
}

const struct daemon_ops ipvsd_ops = {
        .name = "ipvsd",
        .bus_name = "org.mainstay.Ipvs1",
        .object_path = IPVSD_OBJECT_PATH,
        .summary = "Shows the virtual services; balancing them is not implemented yet.",
        .start = ipvsd_start,
        .apply = ipvsd_apply,
        .export = ipvsd_export,
        .end = ipvsd_end,
        .done = ipvsd_done,
};
