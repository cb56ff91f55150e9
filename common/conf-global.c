/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keywords that no daemon owns alone. Most are about how keepalived runs its processes; here
 * systemd does that, so they are known, judged and without effect. */

#include "common/conf-global.h"

#include <stddef.h>

#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"

#define FIELD(f) .offset = offsetof(struct global_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_ALL, .source = "keepalived 2.4.3"
#define MOOT .flags = CONF_ROW_TODO_NOTE

/* stale_after SECONDS fault|ignore */
static int parse_stale_after(const struct conf_parse *p, void *field) {
        struct global_stale_conf *s = field;
        const char *word = conf_parse_word(p, 1);

        if (!streq(word, "fault") && !streq(word, "ignore")) {
                conf_parse_say(p, CONF_COMPLAINT, 1, "fault or ignore",
                                "stale_after: unknown word %s", word);
                return CONF_TYPE_REFUSED;
        }
        if (conf_parse_seconds(p, 0, 6, USEC_PER_SEC, 86400 * (int64_t) USEC_PER_SEC,
                            &s->after_usec) != 0)
                return CONF_TYPE_REFUSED;
        s->fault = streq(word, "fault");
        return 0;
}

static void print_stale_after(FILE *to, const struct conf_row *row, const void *field) {
        const struct global_stale_conf *s = field;

        fputc(' ', to);
        conf_print_seconds(to, s->after_usec);
        fputs(s->fault ? " fault" : " ignore", to);
}

static const struct conf_type stale_after_type = {
        .name = "a time and what then",
        .syntax = "SECONDS fault|ignore",
        .size = sizeof(struct global_stale_conf),
        .min_args = 2,
        .max_args = 2,
        .parse = parse_stale_after,
        .print = print_stale_after,
};

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "global_defs", .type = &conf_block_only, .opens = CONF_BLOCK_GLOBAL_DEFS,
          .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "What concerns everything. May stand several times." },
        { .key = "net_namespace", .type = &conf_text, .flags = CONF_ROW_TODO, KEEPALIVED,
          .instead = "set NetworkNamespacePath= in the units",
          .help = "Network namespace to work in." },
        { .key = "instance", .type = &conf_text, MOOT, KEEPALIVED,
          .instead = "start the daemons with -i NAME",
          .help = "Name that tells several keepalived on one machine apart." },
        { .key = "use_pid_dir", .type = &conf_flag, MOOT, KEEPALIVED,
          .help = "Put pid files into a directory." },
        { .key = "child_wait_time", .type = &conf_unsigned, .unit = "seconds", .fallback_note = "5",
          MOOT, KEEPALIVED, .instead = "set TimeoutStopSec= in the units",
          .help = "How long to wait for the processes to end." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row defs_rows[] = {
        { .key = "router_id", .type = &conf_text, FIELD(router_id),
          .fallback_note = "the host name", KEEPALIVED,
          .help = "Name of this machine in mail subjects." },
        { .key = "script_user", .type = &conf_user, FIELD(identity),
          .fallback_note = "keepalived_script where that user exists, else root", KEEPALIVED,
          .help = "Who runs scripts that name nobody." },
        { .key = "enable_script_security", .type = &conf_flag, FIELD(script_security), KEEPALIVED,
          .help = "Do not run scripts as root that others than root can change." },
        { .key = "use_symlink_paths", .type = &conf_boolean, MOOT, KEEPALIVED,
          .instead = "paths are followed each time a script is run",
          .help = "Keep symbolic links in script paths." },
        { .key = "set_supplementary_groups", .type = &conf_boolean, FIELD(set_supplementary_groups),
          .fallback = "off", KEEPALIVED, .help = "Give scripts all groups of their user." },
        { .key = "stale_after", .type = &stale_after_type, FIELD(stale), .unit = "seconds",
          .fallback_note = "what was known last is kept for ever", .flags = CONF_ROW_EXTENSION,
          .owner = CONF_OWNER_VRRPD, .source = "Mainstay",
          .help = "What to make of trackers when checkd has been gone for so long: every instance "
                  "that tracks one is in FAULT (fault), or as if it tracked none (ignore)." },
        { .key = "startup_script", .type = &conf_script, .flags = CONF_ROW_TODO, KEEPALIVED,
          .instead = "no daemon starts before the others; set ExecStartPre= in a unit",
          .help = "Run before anything else." },
        { .key = "startup_script_timeout", .type = &conf_unsigned, .min = 1, .max = 1000,
          .unit = "seconds", .fallback_note = "10", .flags = CONF_ROW_TODO, KEEPALIVED,
          .help = "How long that may take." },
        { .key = "shutdown_script", .type = &conf_script, .flags = CONF_ROW_TODO, KEEPALIVED,
          .instead = "no daemon ends after the others; set ExecStopPost= in a unit",
          .help = "Run after everything else." },
        { .key = "shutdown_script_timeout", .type = &conf_unsigned, .min = 1, .max = 1000,
          .unit = "seconds", .fallback_note = "10", .flags = CONF_ROW_TODO, KEEPALIVED,
          .help = "How long that may take." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row process_rows[] = {
        { .key = "process_names", .type = &conf_flag, MOOT, KEEPALIVED,
          .help = "Name processes by what they do." },
        { .key = "process_name", .type = &conf_text, .fallback_note = "keepalived", MOOT,
          KEEPALIVED, .help = "Name of the main process." },
        { .key = "max_auto_priority", .type = &conf_any, .fallback_note = "0", MOOT, KEEPALIVED,
          .instead = "set CPUSchedulingPolicy= in the units",
          .help = "Become a realtime process when timers run late." },
        { .key = "min_auto_priority_delay", .type = &conf_u32, .min = 1, .max = 10000000,
          .unit = "microseconds", .fallback_note = "1000000", MOOT, KEEPALIVED,
          .help = "How late that is." },
        { .key = "umask", .type = &conf_some, .fallback_note = "0177", MOOT, KEEPALIVED,
          .instead = "set UMask= in the units", .help = "Permissions that files made do not get." },
        { .key = "random_seed", .type = &conf_u32, MOOT, KEEPALIVED,
          .instead = "${_RANDOM} depends on the config id alone",
          .help = "Where ${_RANDOM} begins." },
        { .key = "tmp_config_directory", .type = &conf_text, MOOT, KEEPALIVED,
          .help = "Where the copy of the configuration lies that the processes share." },
        { .key = "config_save_dir", .type = &conf_text, MOOT, KEEPALIVED,
          .instead = "the configuration in force lies in the runtime directory",
          .help = "Where to keep copies around each reload." },
        { .key = "include_check", .type = &conf_any, .flags = CONF_ROW_MOOT, KEEPALIVED,
          .fallback_note = "no checks; all when bare",
          .help = "What the files of later include lines must be: read, match, wildcard_match, "
                  "brace_match; with + or - to add or remove." },
        { .key = "reload_check_config", .type = &conf_optional_text, .flags = CONF_ROW_MOOT,
          KEEPALIVED, .help = "Judge a file before it is reloaded. Here that is always so." },
        { .key = "reload_time_file", .type = &conf_text, .flags = CONF_ROW_TODO, KEEPALIVED,
          .instead = "write a systemd timer", .help = "A file that says when to reload." },
        { .key = "reload_repeat", .type = &conf_flag, .flags = CONF_ROW_TODO, KEEPALIVED,
          .instead = "write a systemd timer", .help = "Reload at that time every day." },
        { .key = "reload_file", .type = &conf_optional_text, .flags = CONF_ROW_TODO, KEEPALIVED,
          .help = "A file that is there while the configuration is being read." },
        { .key = "data_use_instance", .type = &conf_boolean, MOOT, KEEPALIVED,
          .help = "Put the instance's name into the names of dump files." },
        { .key = "json_version", .type = &conf_u8, .min = 1, .max = 2, .fallback_note = "1", MOOT,
          KEEPALIVED, .instead = "see mainstayctl status --json",
          .help = "Format of the JSON dump." },
        { .key = "state_dump_file", .type = &conf_text, .fallback_note = "/tmp/keepalived.data",
          MOOT, KEEPALIVED, .instead = "see mainstayctl status", .help = "Where SIGUSR1 writes." },
        { .key = "stats_dump_file", .type = &conf_text, .fallback_note = "/tmp/keepalived.stats",
          MOOT, KEEPALIVED, .instead = "see mainstayctl status", .help = "Where SIGUSR2 writes." },
        { .key = "json_dump_file", .type = &conf_text, .fallback_note = "/tmp/keepalived.json",
          MOOT, KEEPALIVED, .instead = "see mainstayctl status --json",
          .help = "Where the JSON dump is written." },
        { .key = "snmp_socket", .type = &conf_text, .fallback_note = "unix:/var/agentx/master",
          MOOT, KEEPALIVED, .instead = "there is no SNMP agent yet",
          .help = "The AgentX master to register with." },
        { .key = "enable_traps", .type = &conf_flag, MOOT, KEEPALIVED,
          .instead = "there is no SNMP agent yet", .help = "Send SNMP notifications." },
};
/* clang-format on */

static const struct conf_section root_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = root_rows,
        .n_rows = ARRAY_SIZE(root_rows),
        .globals = global_conf_object,
};
static const struct conf_section defs_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = defs_rows,
        .n_rows = ARRAY_SIZE(defs_rows),
        .first = 16,
        .globals = global_conf_object,
};
static const struct conf_section process_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = process_rows,
        .n_rows = ARRAY_SIZE(process_rows),
        .first = 32,
        .globals = global_conf_object,
};

const struct conf_section *const global_conf_sections[] = {
        &root_section,
        &defs_section,
        &process_section,
        &process_conf_section,
        NULL,
};

int global_conf_check(struct conf_build *b) {
        struct global_conf *g = b->conf->global;

        g->script_user = g->identity.user;
        g->script_group = g->identity.group;
        g->script_supplementary = g->identity.supplementary;
        process_conf_check(b);
        return 0;
}

struct conf_object *global_conf_object(struct conf *c) {
        return &c->global->object;
}
