/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How interfaces are judged: how long a change must last before it is believed, and whom to ask for the state of
 * the cable. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vrrpd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct vrrp_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define DELAY_MAX ((int64_t) (255 * USEC_PER_SEC))

static int append(struct vrrp_link_list *l, const struct conf_parse *p, struct vrrp_link_conf c) {
        struct vrrp_link_conf *items = reallocarray(l->items, l->n + 1, sizeof(*items));

        if (!items)
                return -ENOMEM;
        l->items = items;
        c.line = p->node;
        c.name = strdup(conf_parse_word(p, 0));
        if (!c.name)
                return -ENOMEM;
        l->items[l->n++] = c;
        return 0;
}

static void list_done(void *field) {
        struct vrrp_link_list *l = field;

        for (size_t i = 0; i < l->n; i++)
                free(l->items[i].name);
        free(l->items);
        *l = (struct vrrp_link_list){};
}

const struct vrrp_link_conf *vrrp_link_conf_find(const struct vrrp_link_list *l, const char *name) {
        for (size_t i = 0; i < l->n; i++)
                if (streq(l->items[i].name, name))
                        return &l->items[i];
        return NULL;
}

static bool is_double(const struct conf_parse *p, const struct vrrp_link_list *l) {
        if (!vrrp_link_conf_find(l, conf_parse_word(p, 0)))
                return false;
        conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s stands here already", conf_parse_word(p, 0));
        return true;
}

static void say_surplus(const struct conf_parse *p, size_t most) {
        if (conf_parse_n(p) > most)
                conf_parse_say(p, CONF_COMPLAINT, most, NULL, "%s is ignored",
                                conf_parse_word(p, most));
}

/* INTERFACE DOWN [UP] */
static int parse_delay(const struct conf_parse *p, void *field) {
        const struct conf_parse time = { p->diags, p->row, p->node, p->first, "delay" };
        struct vrrp_link_conf c = {};

        if (is_double(p, field))
                return CONF_TYPE_REFUSED;
        if (conf_parse_n(p) < 2) {
                conf_parse_say(p, CONF_COMPLAINT, 0, "INTERFACE DOWN [UP]", "%s has no delay",
                                conf_parse_word(p, 0));
                return CONF_TYPE_REFUSED;
        }
        if (conf_parse_seconds(&time, 1, 6, 0, DELAY_MAX, &c.down_usec) != 0 ||
                        (conf_parse_n(p) > 2 &&
                                        conf_parse_seconds(&time, 2, 6, 0, DELAY_MAX, &c.up_usec) !=
                                                        0))
                return CONF_TYPE_REFUSED;
        say_surplus(p, 3);
        return append(field, p, c);
}

/* INTERFACE [MII|ETHTOOL|IOCTL] */
static int parse_beat(const struct conf_parse *p, void *field) {
        static const char *const words[_VRRP_BEAT_MAX] = {
                [VRRP_BEAT_MII] = "MII",
                [VRRP_BEAT_ETHTOOL] = "ETHTOOL",
                [VRRP_BEAT_IOCTL] = "IOCTL",
        };
        struct vrrp_link_conf c = {};

        if (is_double(p, field))
                return CONF_TYPE_REFUSED;
        for (int k = 1; k < _VRRP_BEAT_MAX && conf_parse_n(p) > 1; k++)
                if (strcasecmp(conf_parse_word(p, 1), words[k]) == 0)
                        c.beat = (enum vrrp_beat) k;
        if (conf_parse_n(p) > 1 && c.beat == VRRP_BEAT_ANY)
                conf_parse_say(p, CONF_COMPLAINT, 1, "MII, ETHTOOL or IOCTL", "%s is ignored",
                                conf_parse_word(p, 1));
        say_surplus(p, 2);
        return append(field, p, c);
}

static const struct conf_type delays_type = {
        .name = "a list of interfaces and times, one a line",
        .syntax = "{ INTERFACE DOWN [UP] }",
        .size = sizeof(struct vrrp_link_list),
        .list = true,
        .parse = parse_delay,
        .done = list_done,
};
static const struct conf_type beats_type = {
        .name = "a list of interfaces, one a line",
        .syntax = "{ INTERFACE [MII|ETHTOOL|IOCTL] }",
        .size = sizeof(struct vrrp_link_list),
        .list = true,
        .parse = parse_beat,
        .done = list_done,
};

/* clang-format off */
static const struct conf_row rows[] = {
        { .key = "linkbeat_use_polling", .type = &conf_flag, FIELD(beat_all), KEEPALIVED,
          .help = "Ask every network driver for the state of its link once a second, and do not "
                  "only wait for the kernel's messages." },
        { .key = "linkbeat_interfaces", .type = &beats_type, FIELD(beats), KEEPALIVED,
          .help = "Interfaces whose driver is to be asked, and how; else first by MII, then "
                  "ETHTOOL, then IOCTL." },
        { .key = "interface_up_down_delays", .type = &delays_type, FIELD(delays), KEEPALIVED,
          .unit = "seconds",
          .help = "How long an interface must be down, and up (0), before instances hear of it, "
                  "once it has been up. Down always counts before the backups would take over." },
};
/* clang-format on */

const struct conf_section vrrp_conf_link_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = rows,
        .n_rows = ARRAY_SIZE(rows),
        .first = 170,
        .globals = vrrp_conf_object,
};

/* Checks */

static bool list_has(const struct vrrp_address_list *l, const char *link) {
        for (size_t k = 0; k < l->n; k++)
                if (streq_ptr(l->items[k].dev, link))
                        return true;
        return false;
}

static bool uses(const struct vrrp_instance_conf *i, const char *link) {
        for (size_t k = 0; k < i->track_interface.n; k++)
                if (streq(i->track_interface.items[k].name, link))
                        return true;
        return streq_ptr(i->interface, link) || list_has(&i->virtual_ipaddress, link) ||
                        list_has(&i->virtual_ipaddress_excluded, link);
}

usec_t vrrp_conf_down_limit(unsigned down_timer_adverts, usec_t interval) {
        return usec_sub((down_timer_adverts - 1) * interval, USEC_PER_CENTISEC);
}

/* A master that believes in its interface for longer would find itself replaced. */
void vrrp_conf_check_delays(struct conf_build *b) {
        const struct vrrp_link_list *l = &b->conf->vrrp->delays;

        for (size_t k = 0; k < l->n; k++)
                for (const struct vrrp_instance_conf *i = b->conf->vrrp->instances; i;
                                i = i->hh.next) {
                        usec_t limit = vrrp_conf_down_limit(
                                        i->down_timer_adverts, i->advert_int_usec);

                        if (l->items[k].down_usec <= limit || !uses(i, l->items[k].name))
                                continue;
                        conf_build_say(b, CONF_COMPLAINT, l->items[k].line, NULL,
                                        "%s: down counts after %g s already, for the sake of %s",
                                        l->items[k].name, (double) limit / USEC_PER_SEC, i->name);
                        break;
                }
}
