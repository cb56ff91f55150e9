/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Daemons reload one after the other, so notifyd may have lost something from its configuration before its
 * owner says that it is gone: what it ordered is remembered. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"
#include "ipvsd/conf.h"
#include "notifyd/orders-private.h"
#include "notifyd/runs.h"
#include "vrrpd/conf.h"

static int add(json_object *o, const char *key, json_object *value) {
        return value && json_object_object_add(o, key, value) >= 0 ? 0 : -ENOMEM;
}

static int add_script(
                json_object *o, const char *key, const char *which, const struct conf_script *s) {
        return conf_script_is_set(s) ? add(o, key, runs_content(which, s, NULL)) : 0;
}

/* What is run when it is DELETED. */
static int add_gone(json_object *o, const struct vrrp_instance_conf *i) {
        if (i->tells_deleted)
                return add_script(o, "gone", "notify_deleted", &i->notify_deleted);
        return add_script(o, "gone", "notify_fault", &i->notify_fault);
}

json_object *orders_of_instance(const struct vrrp_instance_conf *i) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();

        if (!o || add(o, "mail", json_object_new_boolean(i->smtp_alert)) < 0 ||
                        (i->tells_deleted &&
                                        add(o, "deleted", json_object_new_boolean(true)) < 0) ||
                        add_gone(o, i) < 0 || add_script(o, "notify", "notify", &i->notify) < 0)
                return NULL;
        return TAKE_PTR(o);
}

json_object *orders_of_service(const struct ipvs_service_conf *s) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();

        if (!o || add(o, "words", json_object_new_string(s->name)) < 0 ||
                        add(o, "mail", json_object_new_boolean(s->smtp_alert)) < 0 ||
                        add(o, "sorry", json_object_new_boolean(ip_addr_is_set(&s->sorry.addr))) <
                                        0 ||
                        add_script(o, "up", "quorum_up", &s->quorum_up) < 0 ||
                        add_script(o, "down", "quorum_down", &s->quorum_down) < 0)
                return NULL;
        return TAKE_PTR(o);
}

static int count_checkers(const struct ipvs_server_conf *rs) {
        int n = 0;

        for (const struct check_checker_conf *c = rs->checkers; c; c = c->next)
                n++;
        return n;
}

/* Does it count as bad before it has been checked? */
static bool has_alpha(const struct ipvs_server_conf *rs) {
        for (const struct check_checker_conf *c = rs->checkers; c; c = c->next)
                if (c->alpha)
                        return true;
        return false;
}

json_object *orders_of_server(
                const struct ipvs_service_conf *s, const struct ipvs_server_conf *rs) {
        _cleanup_(json_object_putp) json_object *o = json_object_new_object();
        _cleanup_free_ char *words = NULL;

        if (!o || ipvs_conf_server_words(s, rs, &words) < 0)
                return NULL;
        if (add(o, "words", json_object_new_string(words)) < 0 ||
                        add(o, "service", json_object_new_string(s->name)) < 0 ||
                        add(o, "mail", json_object_new_boolean(rs->smtp_alert)) < 0 ||
                        add(o, "alpha", json_object_new_boolean(rs->alpha)) < 0 ||
                        add(o, "proves", json_object_new_boolean(has_alpha(rs))) < 0 ||
                        add(o, "checks", json_object_new_int(count_checkers(rs))) < 0 ||
                        add_script(o, "up", "notify_up", &rs->notify_up) < 0 ||
                        add_script(o, "down", "notify_down", &rs->notify_down) < 0)
                return NULL;
        return TAKE_PTR(o);
}

char *orders_server_name(const char *service, const char *server) {
        char *name = NULL;

        return asprintf(&name, "%s of %s", server, service) < 0 ? NULL : name;
}

int orders_add_run(struct notice *n, json_object *orders, const char *key) {
        json_object *script, *copy = NULL;

        if (!json_object_object_get_ex(orders, key, &script))
                return 0;
        if (json_object_deep_copy(script, &copy, NULL) < 0)
                return -ENOMEM;
        return notice_add_run(n, copy);
}

/* --- those that have left: {"KIND NAME": orders} --- */

static char *key_of(const char *kind, const char *name) {
        char *key = NULL;

        return asprintf(&key, "%s %s", kind, name) < 0 ? NULL : key;
}

json_object *orders_departed_find(const struct orders *o, const char *kind, const char *name) {
        _cleanup_free_ char *key = key_of(kind, name);

        return key && o->departed ? json_object_object_get(o->departed, key) : NULL;
}

/* Still or again there. */
static int forget(json_object *departed, const char *kind, const char *name) {
        _cleanup_free_ char *key = key_of(kind, name);

        if (!key)
                return -ENOMEM;
        json_object_object_del(departed, key);
        return 0;
}

/* Those that left first, so that nothing that leaves now goes untold for the sake of what left long ago. */
static void make_room(json_object *departed) {
        while (json_object_object_length(departed) >= ORDERS_DEPARTED_MAX) {
                struct json_object_iterator first = json_object_iter_begin(departed);

                json_object_object_del(departed, json_object_iter_peek_name(&first));
        }
}

/* @orders is taken. */
static int remember(
                json_object *departed, const char *kind, const char *name, json_object *orders) {
        _cleanup_(json_object_putp) json_object *owned = orders;
        _cleanup_free_ char *key = key_of(kind, name);

        if (!owned || !key)
                return -ENOMEM;
        make_room(departed);
        return add(departed, key, TAKE_PTR(owned));
}

static int compare_instances(
                const struct conf *old, const struct conf *new_, json_object *departed) {
        int r = 0;

        for (const struct vrrp_instance_conf *i = new_->vrrp->instances; i && r >= 0;
                        i = i->hh.next)
                r = forget(departed, "instance", i->name);
        for (const struct vrrp_instance_conf *i = old->vrrp->instances; i && r >= 0; i = i->hh.next)
                if (!vrrp_conf_find(new_->vrrp, i->name))
                        r = remember(departed, "instance", i->name, orders_of_instance(i));
        return r;
}

/* @new_: the same service later, or NULL. */
static int compare_servers(const struct ipvs_service_conf *old,
                const struct ipvs_service_conf *new_, json_object *departed, bool only_forget) {
        const struct ipvs_server_conf *rs;
        int r = 0;

        DL_FOREACH (old->servers, rs) {
                _cleanup_free_ char *name = orders_server_name(old->label, rs->label);

                if (!name)
                        return -ENOMEM;
                if (only_forget)
                        r = forget(departed, "server", name);
                else if (!new_ || !ipvs_conf_find_server(new_, rs->label))
                        r = remember(departed, "server", name, orders_of_server(old, rs));
                if (r < 0)
                        return r;
        }
        return 0;
}

static int compare_services(
                const struct conf *old, const struct conf *new_, json_object *departed) {
        const struct ipvs_service_conf *s;
        int r = 0;

        DL_FOREACH (new_->ipvs->services, s) {
                r = forget(departed, "service", s->label);
                if (r >= 0)
                        r = compare_servers(s, NULL, departed, true);
                if (r < 0)
                        return r;
        }
        DL_FOREACH (old->ipvs->services, s) {
                const struct ipvs_service_conf *later =
                                ipvs_conf_find_service(new_->ipvs, s->label);

                if (!later)
                        r = remember(departed, "service", s->label, orders_of_service(s));
                if (r >= 0)
                        r = compare_servers(s, later, departed, false);
                if (r < 0)
                        return r;
        }
        return 0;
}

int orders_departed(const struct conf *old, const struct conf *new_, json_object **departed) {
        int r;

        if (!*departed)
                *departed = json_object_new_object();
        if (!*departed)
                return -ENOMEM;
        r = compare_instances(old, new_, *departed);
        return r < 0 ? r : compare_services(old, new_, *departed);
}
