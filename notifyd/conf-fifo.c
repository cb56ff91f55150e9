/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The FIFOs of global_defs, and what reads them. */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"
#include "notifyd/conf-rows.h"
#include "notifyd/conf.h"

#define FIELD(f) NOTIFY_FIELD(f)
#define KEEPALIVED NOTIFY_KEEPALIVED
#define ONCE .flags = CONF_ROW_FIRST_WINS
#define FIFO(which) FIELD(fifos[which].place)
#define SCRIPT(which) FIELD(fifos[which].script)

static const char *const fifo_words[_NOTIFY_FIFO_MAX][2] = {
        [NOTIFY_FIFO_ALL] = { "notify_fifo", "notify_fifo_script" },
        [NOTIFY_FIFO_VRRP] = { "vrrp_notify_fifo", "vrrp_notify_fifo_script" },
        [NOTIFY_FIFO_LVS] = { "lvs_notify_fifo", "lvs_notify_fifo_script" },
};

const char *notify_fifo_to_string(enum notify_fifo f) {
        return fifo_words[f][0];
}

const char *notify_fifo_script_to_string(enum notify_fifo f) {
        return fifo_words[f][1];
}

/* PATH [USER [GROUP]] */

static void done_place(void *field) {
        struct notify_fifo_place *place = field;

        free(place->path);
        conf_script_done(&place->owner);
        *place = (struct notify_fifo_place){};
}

static int parse_place(const struct conf_parse *p, void *field) {
        struct notify_fifo_place place = {}, *ret = field;
        const char *path = conf_parse_word(p, 0);
        int r = 0;

        if (path[0] != '/') {
                conf_parse_say(p, CONF_COMPLAINT, 0, "write the whole path",
                                "%s: %s does not begin with /", p->row->key, path);
                return CONF_TYPE_REFUSED;
        }
        place.path = strdup(path);
        if (!place.path)
                return -ENOMEM;
        if (conf_parse_n(p) > 1)
                r = conf_script_set_identity(&place.owner, conf_parse_word(p, 1),
                                conf_parse_n(p) > 2 ? conf_parse_word(p, 2) : NULL);
        if (r < 0) {
                done_place(&place);
                if (r != -EINVAL)
                        return r;
                conf_parse_say(p, CONF_COMPLAINT, 1, NULL, "%s: no user", p->row->key);
                return CONF_TYPE_REFUSED;
        }
        *ret = place;
        return 0;
}

static const struct conf_type place_type = {
        .name = "a path, perhaps a user and a group",
        .syntax = "PATH [USER [GROUP]]",
        .size = sizeof(struct notify_fifo_place),
        .min_args = 1,
        .max_args = 3,
        .parse = parse_place,
        .done = done_place,
};

/* clang-format off */
static const struct conf_row fifo_rows[] = {
        { .key = "notify_fifo", .type = &place_type, FIFO(NOTIFY_FIFO_ALL), ONCE, KEEPALIVED,
          .fallback_note = "none; the user is that of scripts",
          .help = "A FIFO to write all changes to, a line each. It is made when it is not there." },
        { .key = "notify_fifo_script", .type = &conf_script, SCRIPT(NOTIFY_FIFO_ALL), ONCE,
          KEEPALIVED,
          .help = "A program that reads that FIFO, whose path is its last argument. It is started "
                  "again whenever it ends." },
        { .key = "vrrp_notify_fifo", .type = &place_type, FIFO(NOTIFY_FIFO_VRRP), ONCE, KEEPALIVED,
          .fallback_note = "none; the user is that of scripts",
          .help = "A FIFO to write changes of VRRP instances to." },
        { .key = "vrrp_notify_fifo_script", .type = &conf_script, SCRIPT(NOTIFY_FIFO_VRRP), ONCE,
          KEEPALIVED, .help = "A program that reads that FIFO." },
        { .key = "lvs_notify_fifo", .type = &place_type, FIFO(NOTIFY_FIFO_LVS), ONCE, KEEPALIVED,
          .fallback_note = "none; the user is that of scripts",
          .help = "A FIFO to write changes of virtual and real servers to." },
        { .key = "lvs_notify_fifo_script", .type = &conf_script, SCRIPT(NOTIFY_FIFO_LVS), ONCE,
          KEEPALIVED, .help = "A program that reads that FIFO." },
        { .key = "vrrp_notify_priority_changes", .type = &conf_boolean,
          FIELD(vrrp_notify_priority_changes), KEEPALIVED, .fallback = "off",
          .help = "Write lines about changes of priorities to the FIFOs. Default for "
                  "notify_priority_changes of instances." },
        { .key = "fifo_write_vrrp_states_on_reload", .type = &conf_flag,
          FIELD(fifo_write_vrrp_states_on_reload), KEEPALIVED, .help = "Write the states of all VRRP instances to the FIFOs again after a reload." },
};
/* clang-format on */

const struct conf_section notify_conf_fifo_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = fifo_rows,
        .n_rows = ARRAY_SIZE(fifo_rows),
        .first = 32,
        .globals = notify_conf_object,
};

/* What concerns several of them. */

/* notify_fifo gets all lines; a second one of the same path would double them. */
static void check_ignored(struct conf_build *b, enum notify_fifo which) {
        struct notify_fifo_conf *all = &b->conf->notify->fifos[NOTIFY_FIFO_ALL],
                                *f = &b->conf->notify->fifos[which];

        if (which == NOTIFY_FIFO_ALL || !f->place.path || !all->place.path ||
                        !streq(f->place.path, all->place.path))
                return;
        f->ignored = true;
        conf_build_say(b, CONF_NOTE, notify_conf_line_of(b, notify_fifo_to_string(which)), NULL,
                        "%s is ignored: notify_fifo has the same path and gets these lines, too",
                        notify_fifo_to_string(which));
}

static void ignore_script(struct conf_build *b, enum notify_fifo which, const char *why) {
        const char *key = notify_fifo_script_to_string(which);

        b->conf->notify->fifos[which].script_ignored = true;
        conf_build_say(b, CONF_COMPLAINT, notify_conf_line_of(b, key), NULL, "%s is not run: %s",
                        key, why);
}

static void check_script(struct conf_build *b, enum notify_fifo which) {
        const struct notify_fifo_conf *fifos = b->conf->notify->fifos, *f = &fifos[which],
                                      *vrrp = &fifos[NOTIFY_FIFO_VRRP];

        if (!conf_script_is_set(&f->script))
                return;
        if (!f->place.path)
                ignore_script(b, which, "there is no FIFO for it");
        else if (f->ignored)
                ignore_script(b, which, "its FIFO is ignored");
        else if (which == NOTIFY_FIFO_LVS && notify_fifo_conf_is_set(vrrp) &&
                        conf_script_is_set(&vrrp->script) && streq(f->place.path, vrrp->place.path))
                ignore_script(b, which, "vrrp_notify_fifo_script reads the same FIFO");
}

void notify_conf_check_fifos(struct conf_build *b) {
        for (enum notify_fifo f = 0; f < _NOTIFY_FIFO_MAX; f++) {
                check_ignored(b, f);
                check_script(b, f);
        }
}
