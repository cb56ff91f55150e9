/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/sync.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/mirror.h"
#include "ipvsd/ipvsd.h"
#include "ipvsd/node-bus.h"

#define PEER "org.mainstay.Vrrp1"
#define ROOT "/org/mainstay/vrrp1"
#define INTERFACE "org.mainstay.Vrrp1.Instance"

enum role {
        ROLE_UNKNOWN, /* nobody has said yet: what runs goes on */
        ROLE_MASTER,
        ROLE_BACKUP,
        ROLE_BOTH,
        ROLE_NONE,
};

struct ipvs_sync {
        struct ipvsd *ipvsd; /* owner */
        struct mirror *mirror;
        bool master, backup; /* what runs */
};

static const struct ipvs_sync_conf *conf_of(const struct ipvs_sync *s) {
        return &s->ipvsd->daemon->conf->ipvs->sync;
}

bool ipvs_sync_wanted(const struct ipvs_sync *s) {
        return conf_of(s)->interface[0];
}

static bool follows_instance(const struct ipvs_sync *s) {
        return ipvs_sync_wanted(s) && conf_of(s)->instance;
}

static enum role role_of(const struct ipvs_sync *s) {
        _cleanup_free_ char *path = NULL;
        json_object *instance;
        const char *state;

        if (!ipvs_sync_wanted(s))
                return ROLE_NONE;
        if (!conf_of(s)->instance)
                return ROLE_BOTH;
        if (sd_bus_path_encode(ROOT "/instance", conf_of(s)->instance, &path) < 0)
                return ROLE_UNKNOWN;
        instance = mirror_get(s->mirror, path, INTERFACE);
        state = json_get_string(instance, "State");
        if (!*state || streq(state, "INIT"))
                return ROLE_UNKNOWN;
        return streq(state, "MASTER") ? ROLE_MASTER : ROLE_BACKUP;
}

/* --- the kernel's threads --- */

static struct ipvs_sync_daemon thread_of(const struct ipvs_sync_conf *c, bool backup) {
        struct ipvs_sync_daemon d = {
                .backup = backup,
                .id = (uint32_t) MAX(c->id, 0),
                .maxlen = c->maxlen,
                .port = c->port,
                .ttl = c->ttl,
                .group = c->group,
        };

        (void) snprintf(d.interface, sizeof(d.interface), "%s", c->interface);
        return d;
}

const char *ipvs_sync_explain(
                const struct ipvs_sync *s, int error, char buf[static IPVS_PROBLEM_MAX]) {
        const struct ipvs_sync_conf *c = conf_of(s);
        const char *why = error == -ENODEV ? "there is no such interface" : strerrordesc_np(-error);

        /* When the line has gone, what it asked for is still to be ended. */
        if (c->interface[0])
                (void) snprintf(buf, IPVS_PROBLEM_MAX, "%s:%u: lvs_sync_daemon on %s: %s",
                                c->pos.file ?: "", c->pos.line, c->interface, why);
        else
                (void) snprintf(buf, IPVS_PROBLEM_MAX,
                                "connection synchronisation cannot be ended: %s", why);
        return buf;
}

/* @running: what is there in this role, or NULL. Returns whether it runs then, or -errno. */
static int set_thread(struct ipvs_sync *s, struct ipvs_kernel *k, bool backup, bool wanted,
                bool ours, const struct ipvs_sync_daemon *running) {
        struct ipvs_sync_daemon to = thread_of(conf_of(s), backup);
        int r;

        if (running && wanted && ipvs_sync_daemon_same(&to, running))
                return true;
        if (running && !wanted && !ours)
                return true;
        if (running) {
                r = ipvs_kernel_stop_daemon(k, backup);
                if (r < 0 && r != -ESRCH)
                        return r;
        }
        if (!wanted)
                return false;
        r = ipvs_kernel_start_daemon(k, &to);
        if (r < 0)
                return r;
        log_info("connection synchronisation runs as %s on %s", backup ? "backup" : "master",
                        to.interface);
        return true;
}

static void show(struct ipvs_sync *s, bool master, bool backup) {
        struct daemon *d = s->ipvsd->daemon;

        if (s->master == master && s->backup == backup)
                return;
        s->master = master;
        s->backup = backup;
        DAEMON_CHANGED(d, IPVSD_OBJECT_PATH, IPVS_NODE_INTERFACE, "SyncState");
}

/* Written before a thread is started: better once too much than never. */
static int claim(struct ipvs_ownership *owned, bool master, bool backup, const char *path) {
        if (owned->sync_master == master && owned->sync_backup == backup)
                return 0;
        owned->sync_master = master;
        owned->sync_backup = backup;
        return ipvs_ownership_write(path, owned);
}

static int apply(struct ipvs_sync *s, struct ipvs_kernel *k, enum role role,
                struct ipvs_ownership *owned, const char *path) {
        bool master = role == ROLE_MASTER || role == ROLE_BOTH;
        bool backup = role == ROLE_BACKUP || role == ROLE_BOTH;
        const struct ipvs_sync_daemon *running[2] = {};
        struct ipvs_sync_daemon all[IPVS_SYNC_DAEMONS_MAX];
        int runs[2], r;
        size_t n = 0;

        r = ipvs_kernel_get_daemons(k, all, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                running[all[i].backup] = &all[i];
        if (role == ROLE_UNKNOWN) {
                show(s, running[0], running[1]);
                return 0;
        }
        r = claim(owned, owned->sync_master || master, owned->sync_backup || backup, path);
        if (r < 0)
                return r;
        /* The one that ends goes first: the kernel has one socket for both on an interface. */
        for (size_t i = 0; i < 2; i++) {
                bool is_backup = master ? i == 0 : i == 1;

                runs[is_backup] = set_thread(s, k, is_backup, is_backup ? backup : master,
                                is_backup ? owned->sync_backup : owned->sync_master,
                                running[is_backup]);
        }
        show(s, runs[0] > 0, runs[1] > 0);
        if (runs[0] < 0 || runs[1] < 0)
                return MIN(runs[0], runs[1]);
        return claim(owned, master, backup, path);
}

int ipvs_sync_apply(struct ipvs_sync *s, struct ipvs_kernel *k, struct ipvs_ownership *owned,
                const char *path) {
        if (!ipvs_sync_wanted(s) && !owned->sync_master && !owned->sync_backup)
                return 0;
        return apply(s, k, role_of(s), owned, path);
}

void ipvs_sync_stop(struct ipvs_sync *s, struct ipvs_kernel *k, struct ipvs_ownership *owned,
                const char *path) {
        if (owned->sync_master)
                (void) ipvs_kernel_stop_daemon(k, false);
        if (owned->sync_backup)
                (void) ipvs_kernel_stop_daemon(k, true);
        (void) claim(owned, false, false, path);
        show(s, false, false);
}

const char *ipvs_sync_state(const struct ipvs_sync *s) {
        if (s->master)
                return s->backup ? "master backup" : "master";
        return s->backup ? "backup" : "";
}

/* --- vrrpd --- */

static void on_changed(struct mirror *mirror, const char *path, const char *interface,
                json_object *properties, json_object *changed, void *userdata) {
        struct ipvs_sync *s = userdata;

        if (follows_instance(s) && streq(interface, INTERFACE) &&
                        streq(json_get_string(properties, "Name"), conf_of(s)->instance) &&
                        json_object_object_get_ex(changed, "State", NULL))
                ipvsd_settle_soon(s->ipvsd);
}

static void tell_stale(struct mirror *mirror, void *userdata) {
        struct ipvs_sync *s = userdata;
        struct daemon *d = s->ipvsd->daemon;

        if (follows_instance(s))
                DAEMON_CHANGED(d, d->ops->object_path, "org.mainstay.Daemon1", "StalePeers");
}

static const struct mirror_ops mirror_ops = {
        .changed = on_changed,
        .synced = tell_stale,
        .lost = tell_stale,
};

int ipvs_sync_new(struct ipvsd *d, struct ipvs_sync **ret) {
        _cleanup_(ipvs_sync_freep) struct ipvs_sync *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        s->ipvsd = d;
        r = mirror_new(d->daemon->event, PEER, ROOT, &mirror_ops, s, &s->mirror);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

struct ipvs_sync *ipvs_sync_free(struct ipvs_sync *s) {
        if (!s)
                return NULL;
        s->mirror = mirror_free(s->mirror);
        free(s);
        return NULL;
}

int ipvs_sync_attach(struct ipvs_sync *s, sd_bus *bus) {
        return mirror_attach(s->mirror, bus);
}

usec_t ipvs_sync_stale_since(const struct ipvs_sync *s) {
        return follows_instance(s) ? mirror_stale_since(s->mirror) : USEC_INFINITY;
}

const char *ipvs_sync_peer(const struct ipvs_sync *s) {
        return mirror_bus_name(s->mirror);
}
