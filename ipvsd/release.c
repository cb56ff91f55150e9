/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* ipvsd-release: see common/release.h. The services that the record names are deleted, connection synchronisation that
 * we started ends, timeouts become what they were, and the table of nftables goes. Where the record is torn nothing is known to be ours, and nothing
 * is touched: services of others look the same. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/release.h"
#include "ipvsd/firewall.h"
#include "ipvsd/operation.h"
#include "ipvsd/ownership.h"

static void on_failed(const struct ipvs_operation *o, int error, void *userdata) {
        char text[IPVS_EXPLANATION_MAX];
        int *result = userdata;

        log_error("%s", ipvs_operation_explain(o, error, text));
        *result = error;
}

static int delete_services(struct ipvs_kernel *k, const struct ipvs_table *ours) {
        _cleanup_(ipvs_plan_done) struct ipvs_plan plan = {};
        _cleanup_(ipvs_table_done) struct ipvs_table table = {};
        const struct ipvs_table nothing = {};
        int r, result = 0;

        r = ipvs_kernel_dump(k, &table);
        if (r < 0)
                return r;
        r = ipvs_plan_diff(&nothing, &table, ours, &plan);
        if (r < 0)
                return r;
        r = ipvs_kernel_apply(k, &plan, on_failed, &result);
        if (r < 0)
                return r;
        if (plan.n > 0 && result == 0)
                log_notice("released %zu services", plan.n);
        return result;
}

static int stop_sync(struct ipvs_kernel *k, bool ours, bool backup) {
        int r = ours ? ipvs_kernel_stop_daemon(k, backup) : 0;

        return r == -ESRCH ? 0 : r;
}

/* All of it is tried; the first error is returned. */
static int undo(struct ipvs_kernel *k, const struct ipvs_ownership *o) {
        int services = delete_services(k, &o->services);
        int master = stop_sync(k, o->sync_master, false);
        int backup = stop_sync(k, o->sync_backup, true);
        int timeouts = o->timeouts_set ? ipvs_kernel_set_timeouts(k, &o->timeouts) : 0;

        return services ?: master ?: backup ?: timeouts;
}

static int release_record(const struct ipvs_ownership *o) {
        _cleanup_(ipvs_kernel_freep) struct ipvs_kernel *k = NULL;
        int r;

        r = ipvs_kernel_new(o->netns, &k);
        if (r >= 0)
                r = undo(k, o);
        /* Where there is no balancer, or no longer such a namespace, there is nothing of ours. */
        return r == -EOPNOTSUPP || r == -ENOENT ? 0 : r;
}

static int release_services(const char *directory) {
        _cleanup_(ipvs_ownership_done) struct ipvs_ownership o = {};
        _cleanup_free_ char *path = NULL;
        int r;

        if (asprintf(&path, "%s/ownership", directory) < 0)
                return -ENOMEM;
        r = ipvs_ownership_read(path, &o);
        if (r == -ENOENT)
                return 0;
        if (r < 0) {
                log_error("cannot read %s, nothing is released: %s", path, strerror(-r));
                return r;
        }
        r = release_record(&o);
        if (r < 0) {
                log_error("cannot release what %s names: %s", path, strerror(-r));
                return r;
        }
        return unlink(path) < 0 ? -errno : 0;
}

static int release_firewall(const char *directory) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/firewall", directory) < 0)
                return -ENOMEM;
        return ipvs_firewall_release(path);
}

/* Marks without services mean nothing, but not the other way round. */
static int release(const char *directory, const char *config_id) {
        int services = release_services(directory);
        int firewall = release_firewall(directory);

        return services ?: firewall;
}

static const char *const life[] = { "services", NULL };

int main(int argc, char **argv) {
        static const struct release_ops ops = {
                .daemon = "ipvsd",
                .program = "ipvsd-release",
                .summary = "Remove the services that a dead ipvsd left in the kernel's table.",
                .release = release,
                .life = life,
        };

        return release_main(argc, argv, &ops);
}
