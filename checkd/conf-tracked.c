/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is tracked without a script: track_file and vrrp_track_process. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/conf-rows.h"

#define FILE_(f) .offset = offsetof(struct check_file_conf, f)
#define PROCESS(f) .offset = offsetof(struct check_process_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"
#define SECONDS(s) ((int64_t) (s) * (int64_t) USEC_PER_SEC)

static const char *const kind_names[_CHECK_TRACKER_MAX] = {
        [CHECK_TRACKER_SCRIPT] = "script",
        [CHECK_TRACKER_FILE] = "file",
        [CHECK_TRACKER_PROCESS] = "process",
};

const char *check_tracker_kind_to_string(enum check_tracker_kind k) {
        return kind_names[k];
}

enum check_tracker_kind check_tracker_kind_from_string(const char *word) {
        enum check_tracker_kind k;

        for (k = 0; k < _CHECK_TRACKER_MAX; k++)
                if (streq(word, kind_names[k]))
                        break;
        return k;
}

char *check_tracker_id(enum check_tracker_kind kind, const char *name) {
        char *id;

        if (kind == CHECK_TRACKER_SCRIPT)
                return strdup(name);
        return asprintf(&id, "%s:%s", kind_names[kind], name) < 0 ? NULL : id;
}

/* init_file [VALUE] [overwrite] */
static int parse_init_file(const struct conf_parse *p, void *field) {
        struct check_init_file_conf c = { .given = true };
        size_t i = 0;
        int64_t v;

        if (conf_parse_n(p) > 0 && !streq(conf_parse_word(p, 0), "overwrite")) {
                if (conf_parse_integer(p, i++, INT32_MIN, INT32_MAX, &v) != 0)
                        return CONF_TYPE_REFUSED;
                c.value = (int32_t) v;
        }
        if (i < conf_parse_n(p) && streq(conf_parse_word(p, i), "overwrite")) {
                c.overwrite = true;
                i++;
        }
        if (i < conf_parse_n(p))
                conf_parse_say(p, CONF_COMPLAINT, i, "only overwrite may follow",
                                "init_file: %s is ignored", conf_parse_word(p, i));
        *(struct check_init_file_conf *) field = c;
        return 0;
}

static void print_init_file(FILE *to, const struct conf_row *row, const void *field) {
        const struct check_init_file_conf *c = field;

        fprintf(to, " %d%s", c->value, c->overwrite ? " overwrite" : "");
}

static const struct conf_type init_file_type = {
        .name = "a whole number, and whether in any case",
        .syntax = "[N] [overwrite]",
        .size = sizeof(struct check_init_file_conf),
        .max_args = 2,
        .parse = parse_init_file,
        .print = print_init_file,
};

/* NAME [PARAMETER ...] */
static int parse_argv(const struct conf_parse *p, void *field) {
        size_t n = conf_parse_n(p);
        char **argv = calloc(n + 1, sizeof(*argv));

        for (size_t i = 0; argv && i < n; i++) {
                argv[i] = strdup(conf_parse_word(p, i));
                if (!argv[i]) {
                        conf_strv_free(argv);
                        return -ENOMEM;
                }
        }
        if (!argv)
                return -ENOMEM;
        conf_strv_free(*(char ***) field);
        *(char ***) field = argv;
        return 0;
}

static void print_argv(FILE *to, const struct conf_row *row, const void *field) {
        for (char *const *word = *(char *const *const *) field; word && *word; word++) {
                fputc(' ', to);
                conf_print_word(to, *word);
        }
}

static void done_argv(void *field) {
        conf_strv_free(*(char ***) field);
        *(char ***) field = NULL;
}

static const struct conf_type argv_type = {
        .name = "a program, perhaps with parameters",
        .syntax = "NAME [PARAMETER ...]",
        .size = sizeof(char **),
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .parse = parse_argv,
        .print = print_argv,
        .done = done_argv,
};

/* [initial|partial] */
static int parse_param_match(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_n(p) > 0 ? conf_parse_word(p, 0) : NULL;

        if (word && !streq(word, "initial") && !streq(word, "partial")) {
                conf_parse_say(p, CONF_COMPLAINT, 0, "initial, partial, or nothing",
                                "param_match: unknown word %s", word);
                return CONF_TYPE_REFUSED;
        }
        *(int *) field = !word                   ? CHECK_PARAMS_EXACT
                        : streq(word, "initial") ? CHECK_PARAMS_INITIAL
                                                 : CHECK_PARAMS_PARTIAL;
        return 0;
}

static void print_param_match(FILE *to, const struct conf_row *row, const void *field) {
        int v = *(const int *) field;

        if (v == CHECK_PARAMS_INITIAL)
                fputs(" initial", to);
        else if (v == CHECK_PARAMS_PARTIAL)
                fputs(" partial", to);
}

static const struct conf_type param_match_type = {
        .name = "how parameters are compared",
        .syntax = "[initial|partial]",
        .size = sizeof(int),
        .max_args = 1,
        .parse = parse_param_match,
        .print = print_param_match,
};

/* clang-format off */
static const struct conf_row file_rows[] = {
        { .key = "file", .type = &conf_text, FILE_(file), KEEPALIVED,
          .fallback_note = "none: required",
          .help = "Path of the file. A number is read from its beginning; without one, or "
                  "without the file, it is 0." },
        { .key = "weight", .type = &check_conf_weight, FILE_(weight_given), .min = -254, .max = 254,
          .fallback = "1", KEEPALIVED,
          .help = "What the number is multiplied with where track_file or FILE_CHECK does not "
                  "say. 0: a number other than 0 means FAULT." },
        { .key = "init_file", .type = &init_file_type, FILE_(init_file), KEEPALIVED,
          .fallback_note = "not made; 0 when bare",
          .help = "Make the file at start where it is missing, with this number; overwrite says: "
                  "in any case." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row process_rows[] = {
        { .key = "process", .type = &argv_type, PROCESS(argv), KEEPALIVED,
          .fallback_note = "none: required",
          .help = "Name of the process, as ps -o comm says, or its command line: with parameters "
                  "every word is compared." },
        { .key = "param_match", .type = &param_match_type, PROCESS(param_match), KEEPALIVED,
          .fallback_note = "exactly, where parameters are given",
          .help = "How parameters are compared. Bare: exactly, so that without parameters it must "
                  "have none; initial: the last may be longer, and others may follow; partial: "
                  "others may follow." },
        { .key = "weight", .type = &check_conf_weight, PROCESS(weight_given), .min = -254,
          .max = 254, .fallback = "0", KEEPALIVED, .help = "As weight of vrrp_script." },
        { .key = "quorum", .type = &conf_unsigned, PROCESS(quorum), .min = 1, .max = 65535,
          .fallback = "1", .unit = "processes", KEEPALIVED, .help = "How many must run." },
        { .key = "quorum_max", .type = &conf_unsigned, PROCESS(quorum_max), .max = 65535,
          .fallback_note = "no limit", .unit = "processes", KEEPALIVED,
          .help = "How many may run; 0: none." },
        { .key = "delay", .type = &conf_seconds, PROCESS(delay_usec), .min = 1,
          .max = SECONDS(3600), .fallback_note = "0", .unit = "seconds", KEEPALIVED,
          .help = "Both fork_delay and terminate_delay." },
        { .key = "fork_delay", .type = &conf_seconds, PROCESS(fork_delay_usec), .min = 1,
          .max = SECONDS(3600), .fallback_note = "delay", .unit = "seconds", KEEPALIVED,
          .help = "How long enough must run before that counts." },
        { .key = "terminate_delay", .type = &conf_seconds, PROCESS(terminate_delay_usec), .min = 1,
          .max = SECONDS(3600), .fallback_note = "delay", .unit = "seconds", KEEPALIVED,
          .help = "How long too few, or too many, must run before that counts." },
        { .key = "full_command", .type = &conf_flag, PROCESS(full_command), KEEPALIVED,
          .help = "Compare the first word of the command line, and not the name, which the kernel "
                  "cuts at 15 characters." },
};
/* clang-format on */

const struct conf_section check_conf_file_section = {
        .block = CONF_BLOCK_TRACK_FILE,
        .rows = file_rows,
        .n_rows = ARRAY_SIZE(file_rows),
};
const struct conf_section check_conf_process_section = {
        .block = CONF_BLOCK_VRRP_TRACK_PROCESS,
        .rows = process_rows,
        .n_rows = ARRAY_SIZE(process_rows),
};

int check_file_conf_complete(struct conf_build *b, struct check_file_conf *f) {
        f->weight = f->weight_given.value;
        f->reverse = f->weight_given.reverse;
        if (f->file && f->file[0] == '/')
                return 0;
        if (f->file)
                conf_build_say(b, CONF_COMPLAINT, conf_build_node(&f->object, "file"),
                                "write the whole path",
                                "%s does not begin with /, the block is left out", f->file);
        else
                conf_build_say(b, CONF_COMPLAINT, f->object.node, NULL,
                                "it has no file, the block is left out");
        return CONF_BUILD_DROPPED;
}

static bool process_has(struct conf_build *b, const struct check_process_conf *p, const char *key) {
        return conf_build_has(b, &p->object, CONF_BLOCK_VRRP_TRACK_PROCESS, key);
}

/* quorum_max 0 asks that nothing runs, whatever quorum says. */
static void resolve_quorum(struct conf_build *b, struct check_process_conf *p) {
        if (!process_has(b, p, "quorum_max")) {
                p->quorum_max = UINT_MAX;
                return;
        }
        if (p->quorum_max == 0)
                p->quorum = 0;
        else if (p->quorum > p->quorum_max) {
                conf_build_say(b, CONF_COMPLAINT, conf_build_node(&p->object, "quorum_max"), NULL,
                                "quorum_max %u is less than quorum %u, there is no limit",
                                p->quorum_max, p->quorum);
                conf_build_unset(b, &p->object, CONF_BLOCK_VRRP_TRACK_PROCESS, "quorum_max");
                p->quorum_max = UINT_MAX;
        }
}

int check_process_conf_complete(struct conf_build *b, struct check_process_conf *p) {
        p->weight = p->weight_given.value;
        p->reverse = p->weight_given.reverse;
        if (!p->argv) {
                conf_build_say(b, CONF_COMPLAINT, p->object.node, NULL,
                                "it has no process, the block is left out");
                return CONF_BUILD_DROPPED;
        }
        resolve_quorum(b, p);
        if (!process_has(b, p, "fork_delay"))
                p->fork_delay_usec = p->delay_usec;
        if (!process_has(b, p, "terminate_delay"))
                p->terminate_delay_usec = p->delay_usec;
        return 0;
}
