/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo-wish.h"

#include <stdio.h>

#include "common/conf-global.h"
#include "common/conf.h"
#include "common/macro.h"

struct fifo_wish *fifo_wish_find(struct fifo_wish *wishes, size_t n, const char *path) {
        for (size_t i = 0; i < n; i++)
                if (streq(wishes[i].place->path, path))
                        return &wishes[i];
        return NULL;
}

size_t fifo_wishes_of(const struct conf *conf, struct fifo_wish ret[_NOTIFY_FIFO_MAX]) {
        size_t n = 0;

        for (enum notify_fifo which = 0; which < _NOTIFY_FIFO_MAX; which++) {
                const struct notify_fifo_conf *f = &conf->notify->fifos[which];
                struct fifo_wish *w;

                if (!notify_fifo_conf_is_set(f))
                        continue;
                w = fifo_wish_find(ret, n, f->place.path);
                if (!w) {
                        w = &ret[n++];
                        *w = (struct fifo_wish){
                                .which = which, .place = &f->place, .global = conf->global
                        };
                }
                if (!w->script && !f->script_ignored && conf_script_is_set(&f->script)) {
                        w->script = &f->script;
                        w->script_which = which;
                }
        }
        return n;
}

char *fifo_wish_owner(const struct fifo_wish *w) {
        const struct conf_script *o = &w->place->owner;
        const struct global_conf *g = w->global;
        char *text = NULL;

        return asprintf(&text, "%s\n%s", (o->user ? o->user : g->script_user) ?: "",
                               (o->user ? o->group : g->script_group) ?: "") < 0
                        ? NULL
                        : text;
}
