/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Trackers with names: vrrp_script, track_file, vrrp_track_process, bfd_instance. */

#include "checkd/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/conf-rows.h"

#define SCRIPT(f) .offset = offsetof(struct check_script_conf, f)
#define SSL(f) .offset = offsetof(struct check_conf, ssl.f)
#define BFD(f) .offset = offsetof(struct check_bfd_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"
#define RFC(number) .owner = CONF_OWNER_CHECKD, .source = "RFC " number
#define TODO .flags = CONF_ROW_TODO
#define SECONDS(s) ((int64_t) (s) * (int64_t) USEC_PER_SEC)

static const char *const kind_names[_CHECK_CONF_MAX] = {
        [CHECK_CONF_TCP] = "TCP_CHECK",
        [CHECK_CONF_HTTP] = "HTTP_GET",
        [CHECK_CONF_SSL] = "SSL_GET",
        [CHECK_CONF_SMTP] = "SMTP_CHECK",
        [CHECK_CONF_DNS] = "DNS_CHECK",
        [CHECK_CONF_UDP] = "UDP_CHECK",
        [CHECK_CONF_PING] = "PING_CHECK",
        [CHECK_CONF_MISC] = "MISC_CHECK",
        [CHECK_CONF_FILE] = "FILE_CHECK",
        [CHECK_CONF_BFD] = "BFD_CHECK",
};

const char *check_kind_conf_to_string(enum check_kind_conf k) {
        return kind_names[k];
}

struct check_script_conf *check_conf_find_script(const struct check_conf *c, const char *name) {
        struct check_script_conf *s = NULL;

        HASH_FIND_STR(c->scripts, name, s);
        return s;
}

struct check_file_conf *check_conf_find_file(const struct check_conf *c, const char *name) {
        struct check_file_conf *f = NULL;

        HASH_FIND_STR(c->files, name, f);
        return f;
}

struct check_process_conf *check_conf_find_process(const struct check_conf *c, const char *name) {
        struct check_process_conf *p = NULL;

        HASH_FIND_STR(c->processes, name, p);
        return p;
}

/* N [reverse|noreverse] */
static int parse_weight(const struct conf_parse *p, void *field) {
        struct check_weight_conf *w = field;
        int64_t v;

        if (conf_parse_integer(p, 0, p->row->min, p->row->max, &v) != 0)
                return CONF_TYPE_REFUSED;
        w->value = (int) v;
        if (conf_parse_n(p) < 2)
                return 0;
        w->reverse = streq(conf_parse_word(p, 1), "reverse");
        if (!w->reverse && !streq(conf_parse_word(p, 1), "noreverse"))
                conf_parse_say(p, CONF_COMPLAINT, 1, "only reverse may follow",
                                "weight: %s is ignored", conf_parse_word(p, 1));
        return 0;
}

static void print_weight(FILE *to, const struct conf_row *row, const void *field) {
        const struct check_weight_conf *w = field;

        fprintf(to, " %d%s", w->value, w->reverse ? " reverse" : "");
}

const struct conf_type check_conf_weight = {
        .name = "a whole number, perhaps reversed",
        .syntax = "N [reverse]",
        .size = sizeof(struct check_weight_conf),
        .min_args = 1,
        .max_args = 2,
        .parse = parse_weight,
        .print = print_weight,
};

/* Objects of the four kinds differ in their struct only. */
#define DEFINE_TRACKER(type, table, id)                                                            \
        static struct type *type##_free(struct type *t) {                                          \
                if (!t)                                                                            \
                        return NULL;                                                               \
                conf_build_object_done(conf_language(), &t->object, id);                           \
                free(t->name);                                                                     \
                free(t);                                                                           \
                return NULL;                                                                       \
        }                                                                                          \
        DEFINE_CLEANUP_FUNC(struct type *, type##_free);                                           \
        static int type##_open(struct conf_build *b, struct conf_node *n,                          \
                        struct conf_object *parent, struct conf_object **ret) {                    \
                _cleanup_(type##_freep) struct type *t = NULL;                                     \
                struct type *old = NULL;                                                           \
                const char *name = conf_node_arg(n, 0);                                            \
                                                                                                   \
                HASH_FIND_STR(b->conf->check->table, name, old);                                   \
                if (old)                                                                           \
                        return already_there(b, n);                                                \
                t = calloc(1, sizeof(*t));                                                         \
                if (!t)                                                                            \
                        return -ENOMEM;                                                            \
                t->name = strdup(name);                                                            \
                t->pos = n->pos;                                                                   \
                if (!t->name || conf_build_object(b, &t->object, id, n) < 0)                       \
                        return -ENOMEM;                                                            \
                HASH_ADD_KEYPTR(hh, b->conf->check->table, t->name, strlen(t->name), t);           \
                *ret = &TAKE_PTR(t)->object;                                                       \
                return 0;                                                                          \
        }                                                                                          \
        static void type##_drop(struct conf_build *b, struct type *t) {                            \
                HASH_DEL(b->conf->check->table, t);                                                \
                conf_build_drop(&t->object);                                                       \
                type##_free(t);                                                                    \
        }

static int already_there(struct conf_build *b, const struct conf_node *n) {
        conf_build_say(b, CONF_COMPLAINT, n, NULL, "there is a %s %s already, this one is left out",
                        conf_node_key(n), conf_node_arg(n, 0));
        return CONF_BUILD_DROPPED;
}

DEFINE_TRACKER(check_script_conf, scripts, CONF_BLOCK_VRRP_SCRIPT)
DEFINE_TRACKER(check_file_conf, files, CONF_BLOCK_TRACK_FILE)
DEFINE_TRACKER(check_process_conf, processes, CONF_BLOCK_VRRP_TRACK_PROCESS)
DEFINE_TRACKER(check_bfd_conf, bfds, CONF_BLOCK_BFD_INSTANCE)

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "vrrp_script", .type = &conf_block_named, .opens = CONF_BLOCK_VRRP_SCRIPT,
          .open = check_script_conf_open, .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "A command run again and again, whose exit status moves priorities." },
        { .key = "track_file", .old_alias = "vrrp_track_file", .type = &conf_block_named,
          .opens = CONF_BLOCK_TRACK_FILE, .open = check_file_conf_open, .flags = CONF_ROW_REPEATS,
          KEEPALIVED,
          .help = "A file with a number that moves priorities, by track_file, and weights, by "
                  "FILE_CHECK." },
        { .key = "vrrp_track_process", .type = &conf_block_named,
          .opens = CONF_BLOCK_VRRP_TRACK_PROCESS, .open = check_process_conf_open,
          .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "A process whose presence moves priorities." },
        { .key = "bfd_instance", .type = &conf_block_named, .opens = CONF_BLOCK_BFD_INSTANCE,
          .open = check_bfd_conf_open, .flags = CONF_ROW_REPEATS | CONF_ROW_TODO, RFC("5880"),
          .help = "A BFD session with a neighbour." },
        { .key = "SSL", .type = &conf_block_only, .opens = CONF_BLOCK_SSL, KEEPALIVED,
          .help = "Certificates of SSL_GET checks." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row script_rows[] = {
        { .key = "script", .type = &conf_command, SCRIPT(script), .flags = CONF_ROW_FIRST_WINS,
          KEEPALIVED, .fallback_note = "none: required",
          .help = "The command; exit status 0 is good. </path only tries to open the file." },
        { .key = "interval", .type = &conf_seconds, SCRIPT(interval_usec), .min = 1000,
          .max = SECONDS(86400), .decimals = 3, .fallback = "1", .flags = CONF_ROW_ZERO_IS_ONE,
          .unit = "seconds", KEEPALIVED, .help = "From one start to the next." },
        { .key = "timeout", .type = &conf_seconds, SCRIPT(timeout_usec), .min = 1000,
          .max = SECONDS(86400), .decimals = 3, .fallback_note = "interval",
          .flags = CONF_ROW_ZERO_IS_ONE, .unit = "seconds", KEEPALIVED,
          .help = "How long a run may take; then it is ended and counts as bad." },
        { .key = "weight", .type = &check_conf_weight, SCRIPT(weight_given), .min = -253,
          .max = 253, .fallback = "0", .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3",
          .help = "Added to priorities while good, when positive; taken off while bad, when "
                  "negative. 0: bad means FAULT." },
        { .key = "rise", .type = &conf_unsigned, SCRIPT(rise), .min = 1, .max = INT32_MAX,
          .fallback = "1", .unit = "runs", KEEPALIVED,
          .help = "Good runs in a row to become good." },
        { .key = "fall", .type = &conf_unsigned, SCRIPT(fall), .min = 1, .max = INT32_MAX,
          .fallback = "1", .unit = "runs", KEEPALIVED, .help = "Bad runs in a row to become bad." },
        { .key = "user", .type = &conf_user, SCRIPT(identity), .fallback_note = "script_user",
          KEEPALIVED, .help = "Who runs it." },
        { .key = "init_fail", .type = &conf_flag, SCRIPT(init_fail), KEEPALIVED,
          .help = "Bad until a run has proved it good. Without it nothing is taken as bad before "
                  "the first result." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row bfd_rows[] = {
        { .key = "neighbor_ip", .alias = "neighbour_ip", .type = &conf_address, BFD(neighbor_ip),
          TODO, RFC("5881"), .fallback_note = "none: required", .help = "The neighbour." },
        { .key = "source_ip", .type = &conf_address, TODO, RFC("5881"), .fallback_note = "any",
          .help = "The local address." },
        { .key = "min_rx", .type = &conf_some, .unit = "milliseconds", .fallback_note = "10", TODO,
          RFC("5880 §6.8.1"), .help = "Shortest time between packets that can be received." },
        { .key = "min_tx", .type = &conf_some, .unit = "milliseconds", .fallback_note = "10", TODO,
          RFC("5880 §6.8.1"), .help = "Time between packets sent while up." },
        { .key = "idle_tx", .type = &conf_some, .unit = "milliseconds", .fallback_note = "1000",
          TODO, RFC("5880 §6.8.3"), .help = "Time between packets sent while not up." },
        { .key = "multiplier", .type = &conf_u8, .min = 1, .max = 255, .fallback_note = "5", TODO,
          RFC("5880 §6.8.1"), .unit = "packets", .help = "How many missed packets mean down." },
        { .key = "passive", .type = &conf_flag, TODO, RFC("5880 §6.1"),
          .help = "Wait for the neighbour to begin." },
        { .key = "ttl", .alias = "hoplimit", .type = &conf_u8, .min = 1, .max = 255,
          .fallback_note = "255 for IPv4, 64 for IPv6", TODO, RFC("5881 §5"),
          .help = "Time to live of packets sent." },
        { .key = "max_hops", .type = &conf_int, .min = -1, .max = 255, .fallback_note = "0", TODO,
          RFC("5881 §5"), .help = "How much of it may be lost on the way." },
        { .key = "multihop", .type = &conf_boolean, .fallback_note = "off", TODO, RFC("5883"),
          .help = "The neighbour is more than one hop away." },
        { .key = "weight", .type = &check_conf_weight, BFD(weight_given), .min = -253, .max = 253,
          .fallback = "0", TODO, KEEPALIVED, .help = "As weight of vrrp_script." },
        { .key = "vrrp", .type = &conf_flag, TODO, KEEPALIVED, .help = "Tell VRRP only." },
        { .key = "checker", .type = &conf_flag, TODO, KEEPALIVED, .help = "Tell checkers only." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row ssl_rows[] = {
        { .key = "password", .type = &conf_text, SSL(password), KEEPALIVED,
          .fallback_note = "none", .help = "Passphrase of the key." },
        { .key = "ca", .type = &conf_text, SSL(ca), KEEPALIVED, .fallback_note = "not verified",
          .help = "PEM file of the authorities that must have signed the servers' certificates. "
                  "With it certificates are verified, unless tls_verify says no." },
        { .key = "certificate", .type = &conf_text, SSL(certificate), KEEPALIVED,
          .fallback_note = "none", .help = "PEM file of our certificate, with its chain." },
        { .key = "key", .type = &conf_text, SSL(key), KEEPALIVED,
          .fallback_note = "in the certificate's file", .help = "PEM file of its key." },
};
/* clang-format on */

const struct conf_section check_conf_root_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = root_rows,
        .n_rows = ARRAY_SIZE(root_rows),
        .globals = check_conf_object,
};
const struct conf_section check_conf_script_section = {
        .block = CONF_BLOCK_VRRP_SCRIPT,
        .rows = script_rows,
        .n_rows = ARRAY_SIZE(script_rows),
};
const struct conf_section check_conf_bfd_section = {
        .block = CONF_BLOCK_BFD_INSTANCE,
        .rows = bfd_rows,
        .n_rows = ARRAY_SIZE(bfd_rows),
};
const struct conf_section check_conf_ssl_section = {
        .block = CONF_BLOCK_SSL,
        .rows = ssl_rows,
        .n_rows = ARRAY_SIZE(ssl_rows),
        .first = 64,
        .globals = check_conf_object,
};

struct conf_object *check_conf_object(struct conf *c) {
        return &c->check->object;
}

struct check_conf *check_conf_free(struct check_conf *c) {
        if (!c)
                return NULL;
        while (c->scripts) {
                struct check_script_conf *t = c->scripts;

                HASH_DEL(c->scripts, t);
                check_script_conf_free(t);
        }
        while (c->files) {
                struct check_file_conf *t = c->files;

                HASH_DEL(c->files, t);
                check_file_conf_free(t);
        }
        while (c->processes) {
                struct check_process_conf *t = c->processes;

                HASH_DEL(c->processes, t);
                check_process_conf_free(t);
        }
        while (c->bfds) {
                struct check_bfd_conf *t = c->bfds;

                HASH_DEL(c->bfds, t);
                check_bfd_conf_free(t);
        }
        free(c);
        return NULL;
}

/* Checks */

/* script and user are two keywords but one thing to whoever runs it. */
static void join_identity(struct conf_build *b, struct check_script_conf *s) {
        s->script.user = TAKE_PTR(s->identity.user);
        s->script.group = TAKE_PTR(s->identity.group);
        s->script.supplementary = s->identity.supplementary;
}

static void check_scripts(struct conf_build *b) {
        struct check_script_conf *s, *tmp;

        HASH_ITER (hh, b->conf->check->scripts, s, tmp) {
                if (!conf_script_is_set(&s->script)) {
                        conf_build_say(b, CONF_COMPLAINT, s->object.node, NULL,
                                        "it has no script, the vrrp_script is left out");
                        check_script_conf_drop(b, s);
                        continue;
                }
                join_identity(b, s);
                s->weight = s->weight_given.value;
                s->reverse = s->weight_given.reverse;
                if (s->timeout_usec == 0)
                        s->timeout_usec = s->interval_usec;
        }
}

static void check_files(struct conf_build *b) {
        struct check_file_conf *f, *next;

        HASH_ITER (hh, b->conf->check->files, f, next)
                if (check_file_conf_complete(b, f) != 0)
                        check_file_conf_drop(b, f);
}

static void check_processes(struct conf_build *b) {
        struct check_process_conf *p, *next;

        HASH_ITER (hh, b->conf->check->processes, p, next)
                if (check_process_conf_complete(b, p) != 0)
                        check_process_conf_drop(b, p);
}

static void check_bfds(struct conf_build *b) {
        struct check_bfd_conf *d, *next_bfd;

        HASH_ITER (hh, b->conf->check->bfds, d, next_bfd) {
                d->weight = d->weight_given.value;
                d->reverse = d->weight_given.reverse;
                if (ip_addr_is_set(&d->neighbor_ip))
                        continue;
                conf_build_say(b, CONF_COMPLAINT, d->object.node, NULL,
                                "it has no neighbor_ip, the block is left out");
                check_bfd_conf_drop(b, d);
        }
}

int check_conf_check(struct conf_build *b) {
        check_scripts(b);
        check_files(b);
        check_processes(b);
        check_bfds(b);
        return 0;
}

void check_conf_check_use(struct conf_build *b) {
        for (const struct check_script_conf *s = b->conf->check->scripts; s; s = s->hh.next)
                if (s->n_trackers == 0)
                        conf_build_say(b, CONF_NOTE, s->object.node, "name it in a track_script",
                                        "nothing tracks it, so it is not run");
        for (const struct check_process_conf *p = b->conf->check->processes; p; p = p->hh.next)
                if (p->n_trackers == 0)
                        conf_build_say(b, CONF_NOTE, p->object.node, "name it in a track_process",
                                        "nothing tracks it");
}
