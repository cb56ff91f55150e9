/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of track_interface, track_script, track_file, track_process and track_bfd:
 * NAME [weight N [reverse|noreverse]]. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/conf.h"
#include "vrrpd/conf-rows.h"

void vrrp_track_list_done(struct vrrp_track_list *l) {
        for (size_t i = 0; i < l->n; i++)
                free(l->items[i].name);
        free(l->items);
        *l = (struct vrrp_track_list){};
}

void vrrp_track_list_remove(struct vrrp_track_list *l, size_t i) {
        l->items[i].line->dropped = true;
        free(l->items[i].name);
        for (l->n--; i < l->n; i++)
                l->items[i] = l->items[i + 1];
}

static void list_done(void *field) {
        vrrp_track_list_done(field);
}

/* The weight's range is the row's; one more on either side is cut, as keepalived does for old
 * files. */
static int take_weight(const struct conf_parse *p, size_t i, struct vrrp_track_conf *t) {
        const struct conf_parse weight = { p->diags, p->row, p->node, p->first, "weight" };
        int limit = (int) p->row->max;
        int64_t v;

        if (conf_parse_integer(&weight, i, -limit - 1, limit + 1, &v) != 0)
                return CONF_TYPE_REFUSED;
        if (v < -limit || v > limit) {
                v = CLAMP(v, -limit, limit);
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "weight %s is taken as %d",
                                conf_parse_word(p, i), (int) v);
        }
        t->weight = (int) v;
        t->has_weight = true;
        return 0;
}

static void take_words(const struct conf_parse *p, struct vrrp_track_conf *t) {
        for (size_t i = 1; i < conf_parse_n(p); i++) {
                const char *word = conf_parse_word(p, i);

                if (streq(word, "weight") && i + 1 < conf_parse_n(p))
                        (void) take_weight(p, ++i, t);
                else if (streq(word, "reverse") || streq(word, "noreverse"))
                        t->reverse = streq(word, "reverse");
                else
                        conf_parse_say(p, CONF_COMPLAINT, i, "NAME weight N",
                                        streq(word, "weight") ? "%s needs a value"
                                                              : "%s is ignored",
                                        word);
        }
}

int vrrp_track_list_append(
                struct vrrp_track_list *list, struct vrrp_track_conf t, const char *name) {
        struct vrrp_track_conf *items = reallocarray(list->items, list->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        list->items = items;
        t.name = strdup(name);
        if (!t.name)
                return -ENOMEM;
        list->items[list->n++] = t;
        return 0;
}

static int parse_track_line(const struct conf_parse *p, void *field) {
        struct vrrp_track_conf t = { .pos = p->node->pos, .line = p->node };
        struct vrrp_track_list *list = field;
        const char *name = conf_parse_word(p, 0);

        for (size_t i = 0; i < list->n; i++)
                if (streq(list->items[i].name, name)) {
                        conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s is tracked already", name);
                        return CONF_TYPE_REFUSED;
                }
        take_words(p, &t);
        return vrrp_track_list_append(list, t, name);
}

const struct conf_type vrrp_conf_track_interfaces = {
        .name = "a list of interfaces, one a line",
        .syntax = "{ INTERFACE [weight N [reverse]] }",
        .size = sizeof(struct vrrp_track_list),
        .list = true,
        .parse = parse_track_line,
        .done = list_done,
};
const struct conf_type vrrp_conf_tracks = {
        .name = "a list of names, one a line",
        .syntax = "{ NAME [weight N [reverse|noreverse]] }",
        .size = sizeof(struct vrrp_track_list),
        .list = true,
        .parse = parse_track_line,
        .done = list_done,
};

static int parse_names(const struct conf_parse *p, void *field) {
        struct vrrp_track_list *list = field;
        int r = 0;

        for (size_t i = 0; i < conf_parse_n(p) && r >= 0; i++) {
                const struct vrrp_track_conf t = {
                        .pos = conf_node_word_pos(p->node, p->first + i),
                        .line = p->node,
                };

                r = vrrp_track_list_append(list, t, conf_parse_word(p, i));
        }
        return r;
}

const struct conf_type vrrp_conf_names = {
        .name = "a list of names",
        .syntax = "{ NAME ... }",
        .size = sizeof(struct vrrp_track_list),
        .list = true,
        .parse = parse_names,
        .done = list_done,
};

/* What a name stands for */

static const struct {
        const char *list, *block;
} kinds[_VRRP_CONF_TRACK_MAX] = {
        [VRRP_CONF_TRACK_SCRIPT] = { "track_script", "vrrp_script" },
        [VRRP_CONF_TRACK_FILE] = { "track_file", "track_file" },
        [VRRP_CONF_TRACK_PROCESS] = { "track_process", "vrrp_track_process" },
};

struct tracked {
        int weight;
        bool reverse;
        unsigned *users;
};

#define TRACKED(t) ((struct tracked){ (t)->weight, (t)->reverse, &(t)->n_trackers })

/* False: there is no such thing. */
static bool find_tracked(const struct check_conf *c, enum vrrp_conf_track_kind kind,
                const char *name, struct tracked *ret) {
        struct check_script_conf *script;
        struct check_file_conf *file;
        struct check_process_conf *process;

        switch (kind) {
        case VRRP_CONF_TRACK_SCRIPT:
                script = check_conf_find_script(c, name);
                *ret = script ? TRACKED(script) : (struct tracked){};
                break;
        case VRRP_CONF_TRACK_FILE:
                file = check_conf_find_file(c, name);
                *ret = file ? TRACKED(file) : (struct tracked){};
                break;
        case VRRP_CONF_TRACK_PROCESS:
                process = check_conf_find_process(c, name);
                *ret = process ? TRACKED(process) : (struct tracked){};
                break;
        case _VRRP_CONF_TRACK_MAX: *ret = (struct tracked){}; break;
        }
        return ret->users;
}

static void say_undefined(struct conf_build *b, const struct vrrp_track_conf *t,
                enum vrrp_conf_track_kind kind) {
        char advice[64];

        (void) snprintf(advice, sizeof(advice), "define it with %s", kinds[kind].block);
        conf_build_say(b, CONF_COMPLAINT, t->line, advice, "%s: there is no %s %s",
                        kinds[kind].list, kinds[kind].block, t->name);
}

/* Order of definition does not matter, so references are followed when everything has been read. */
void vrrp_conf_resolve_tracks(
                struct conf_build *b, struct vrrp_track_list *l, enum vrrp_conf_track_kind kind) {
        for (size_t k = 0; k < l->n;) {
                struct vrrp_track_conf *t = &l->items[k];
                struct tracked tracked = {};

                if (!find_tracked(b->conf->check, kind, t->name, &tracked)) {
                        say_undefined(b, t, kind);
                        vrrp_track_list_remove(l, k);
                        continue;
                }
                ++*tracked.users;
                if (!t->has_weight) {
                        t->weight = tracked.weight;
                        t->reverse ^= tracked.reverse;
                }
                k++;
        }
}
