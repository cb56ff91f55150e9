/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A reload of several daemons is one act: each gets ready for the file with the digest that was seen
 * here (Prepare), and only when all are, each puts it in force (Commit). One refusal and nothing happens
 * anywhere: what the others prepared is forgotten when this process leaves the bus. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/conf.h"
#include "common/json.h"
#include "common/macro.h"
#include "ctl/alike.h"
#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/producers.h"

#define DAEMON_INTERFACE "org.mainstay.Daemon1"
#define PREPARE_FORCE UINT64_C(1)

struct reload {
        const struct ctl *ctl;
        sd_bus *bus;
        bool wanted[N_PRODUCERS];
        bool by_name; /* the daemons were named: each must be there */
        bool prepared[N_PRODUCERS];
        json_object *refusals; /* as alike_add() */
        struct conf *conf;     /* the file as seen here; NULL: not read yet */
};

/* The digest that @path has now; "" (whatever the daemon finds) where it cannot be told. Borrowed. */
static int digest_of(struct reload *r, const char *path, const char **ret) {
        int k;

        if (path[0] != '/') { /* relative to the daemon's directory, not to ours */
                *ret = "";
                return 0;
        }
        if (!r->conf || !streq(r->conf->path, path)) {
                r->conf = conf_free(r->conf);
                k = conf_load(path, r->ctl->config_id, 0, &r->conf);
                if (k < 0)
                        return k;
        }
        *ret = r->conf->digest;
        return 0;
}

static int config_file(
                struct reload *r, const struct producer *p, sd_bus_error *error, char **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *path;
        int k;

        k = client_call(r->bus, p->bus_name, p->root, "org.freedesktop.DBus.Properties", "Get",
                        error, &reply, "ss", DAEMON_INTERFACE, "ConfigFile");
        if (k < 0)
                return k;
        k = sd_bus_message_read(reply, "v", "s", &path);
        if (k < 0)
                return k;
        *ret = strdup(path);
        return *ret ? 0 : -ENOMEM;
}

static int prepare(struct reload *r, const struct producer *p, sd_bus_error *error) {
        _cleanup_free_ char *path = NULL;
        const char *digest;
        int k;

        k = config_file(r, p, error, &path);
        if (k < 0)
                return k;
        k = digest_of(r, path, &digest);
        if (k < 0)
                return k;
        if (r->ctl->force)
                return client_call(r->bus, p->bus_name, p->root, DAEMON_INTERFACE,
                                "PrepareWithFlags", error, NULL, "st", digest, PREPARE_FORCE);
        return client_call(r->bus, p->bus_name, p->root, DAEMON_INTERFACE, "Prepare", error, NULL,
                        "s", digest);
}

static int prepare_one(struct reload *r, size_t i) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int k;

        k = prepare(r, &producers[i], &error);
        if (k >= 0) {
                r->prepared[i] = true;
                return 0;
        }
        if (k == -ENOMEM)
                return k;
        if (client_error_is_absence(&error) && !r->by_name) {
                printf("%s: not running, left out\n", producers[i].name);
                return 0;
        }
        alike_add(r->refusals, producers[i].name, client_error_words(&error, k));
        return 0;
}

static int prepare_all(struct reload *r) {
        int k;

        for (size_t i = 0; i < N_PRODUCERS; i++) {
                if (!r->wanted[i])
                        continue;
                k = prepare_one(r, i);
                if (k < 0)
                        return k;
        }
        return 0;
}

/* notifyd first, vrrpd last: who uses something knows it before it speaks. What vrrpd says of an instance
 * that is new to it is for scripts that notifyd has to know, and the checks it tracks are checkd's. */
static int commit_all(struct reload *r) {
        unsigned n = 0, failed = 0;

        for (size_t i = N_PRODUCERS; i-- > 0;) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                int k;

                if (!r->prepared[i])
                        continue;
                n++;
                k = client_call(r->bus, producers[i].bus_name, producers[i].root, DAEMON_INTERFACE,
                                "Commit", &error, NULL, "");
                if (k >= 0) {
                        printf("%s: reloaded\n", producers[i].name);
                        continue;
                }
                failed++;
                (void) fprintf(stderr, "%s: was ready, but did not take it: %s\n",
                                producers[i].name, client_error_words(&error, k));
        }
        if (n == 0) {
                (void) fputs("None of the daemons is running.\n", stderr);
                return CTL_NOT_THERE;
        }
        return failed > 0 ? CTL_FAILED : CTL_OK;
}

static void print_refusal(const char *names, const char *text, void *userdata) {
        (void) fprintf(stderr, "%s: %s\n", names, text);
}

int verb_reload(const struct ctl *c, char **words) {
        _cleanup_(json_object_putp) json_object *refusals = json_object_new_object();
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        struct reload r = { .ctl = c, .by_name = words[0], .refusals = refusals };
        int k;

        if (producers_select(words, r.wanted) < 0)
                return CTL_USAGE;
        k = client_connect_or_tell(&bus);
        if (k != 0)
                return k;
        r.bus = bus;

        k = prepare_all(&r);
        conf_free(r.conf);
        if (k < 0)
                return k;
        if (json_object_object_length(refusals) > 0) {
                alike_each(refusals, print_refusal, NULL);
                (void) fputs("Nothing was reloaded; what ran before goes on.\n", stderr);
                return CTL_FAILED;
        }
        return commit_all(&r);
}
