/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/group-mark.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/macro.h"

void ipvs_group_marks_done(struct ipvs_group_marks *m) {
        for (size_t i = 0; i < m->n; i++)
                free(m->items[i].group);
        free(m->items);
        *m = (struct ipvs_group_marks){};
}

int ipvs_group_marks_add(struct ipvs_group_marks *m, const char *group, int protocol, int family,
                uint32_t mark) {
        struct ipvs_group_mark *items;
        char *copy;

        items = reallocarray(m->items, m->n + 1, sizeof(*items));
        if (!items)
                return -ENOMEM;
        m->items = items;
        copy = strdup(group);
        if (!copy)
                return -ENOMEM;
        m->items[m->n++] = (struct ipvs_group_mark){
                .group = copy,
                .protocol = protocol,
                .family = family,
                .mark = mark,
        };
        return 0;
}

uint32_t ipvs_group_marks_find(
                const struct ipvs_group_marks *m, const char *group, int protocol, int family) {
        for (size_t i = 0; m && i < m->n; i++)
                if (m->items[i].protocol == protocol && m->items[i].family == family &&
                                streq(m->items[i].group, group))
                        return m->items[i].mark;
        return 0;
}

bool ipvs_group_has_family(const struct ipvs_group_conf *g, int family) {
        for (size_t i = 0; i < g->members.n; i++)
                if (g->members.items[i].fwmark == 0 && g->members.items[i].first.family == family)
                        return true;
        return false;
}

/* --- giving out --- */

static bool is_configured(const struct ipvs_conf *c, uint32_t mark) {
        const struct ipvs_service_conf *s;

        DL_FOREACH (c->services, s)
                if (s->kind == IPVS_CONF_FWMARK && s->fwmark == mark)
                        return true;
        for (const struct ipvs_group_conf *g = c->groups; g; g = g->hh.next)
                for (size_t i = 0; i < g->members.n; i++)
                        if (g->members.items[i].fwmark == mark)
                                return true;
        return false;
}

static bool is_in(const struct ipvs_group_marks *m, uint32_t mark) {
        for (size_t i = 0; m && i < m->n; i++)
                if (m->items[i].mark == mark)
                        return true;
        return false;
}

/* Even what a departed group had is given to nobody at once: its service is about to be removed, and must not turn into
 * another's. */
static bool is_free(const struct ipvs_conf *c, const struct ipvs_group_marks *before,
                const struct ipvs_group_marks *now, uint32_t mark) {
        return !is_configured(c, mark) && !is_in(before, mark) && !is_in(now, mark);
}

static uint32_t earlier(const struct ipvs_conf *c, const struct ipvs_group_marks *before,
                const struct ipvs_service_conf *s, int family) {
        uint32_t mark = ipvs_group_marks_find(before, s->group, s->protocol, family);

        return mark >= c->marks.start && !is_configured(c, mark) ? mark : 0;
}

static int assign(const struct ipvs_conf *c, const struct ipvs_group_marks *before,
                const struct ipvs_service_conf *s, int family, struct ipvs_group_marks *m) {
        uint32_t mark;

        if (ipvs_group_marks_find(m, s->group, s->protocol, family) > 0)
                return 0;
        mark = earlier(c, before, s, family);
        for (uint32_t next = c->marks.start; mark == 0 && next > 0; next++)
                if (is_free(c, before, m, next))
                        mark = next;
        if (mark == 0)
                return -ERANGE;
        return ipvs_group_marks_add(m, s->group, s->protocol, family, mark);
}

int ipvs_group_marks_assign(const struct ipvs_conf *c, const struct ipvs_group_marks *before,
                struct ipvs_group_marks *ret) {
        _cleanup_(ipvs_group_marks_done) struct ipvs_group_marks m = {};
        static const int families[] = { AF_INET, AF_INET6 };
        const struct ipvs_service_conf *s;
        int r = 0;

        DL_FOREACH (c->services, s) {
                const struct ipvs_group_conf *g = ipvs_conf_find_group(c, s);

                for (size_t i = 0; g && i < ARRAY_SIZE(families) && r >= 0; i++)
                        if (ipvs_group_has_family(g, families[i]))
                                r = assign(c, before, s, families[i], &m);
        }
        if (r < 0)
                return r;
        *ret = m;
        m = (struct ipvs_group_marks){};
        return 0;
}
