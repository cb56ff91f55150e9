/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/conf-process.h"

#include <stddef.h>
#include <string.h>

#include "common/conf-global.h"
#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"

#define VRRP(f) .offset = offsetof(struct global_conf, vrrp_process.f)
#define CHECKER(f) .offset = offsetof(struct global_conf, checker_process.f)
#define OF_VRRPD .owner = CONF_OWNER_VRRPD, .source = "keepalived 2.4.3"
#define OF_CHECKD .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"

/* One bad number drops the whole list. */
static int parse_cpus(const struct conf_parse *p, void *field) {
        cpu_set_t cpus;

        CPU_ZERO(&cpus);
        for (size_t i = 0; i < conf_parse_n(p); i++) {
                int64_t v;

                if (conf_parse_integer(p, i, 0, CPU_SETSIZE - 1, &v) != 0)
                        return CONF_TYPE_REFUSED;
                CPU_SET((size_t) v, &cpus);
        }
        *(cpu_set_t *) field = cpus;
        return 0;
}

static void print_cpus(FILE *to, const struct conf_row *row, const void *field) {
        for (size_t i = 0; i < CPU_SETSIZE; i++)
                if (CPU_ISSET(i, (const cpu_set_t *) field))
                        fprintf(to, " %zu", i);
}

static const struct conf_type cpus_type = {
        .name = "numbers of processors",
        .syntax = "N ...",
        .size = sizeof(cpu_set_t),
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .parse = parse_cpus,
        .print = print_cpus,
};

/* clang-format off */
static const struct conf_row rows[] = {
        { .key = "vrrp_priority", .type = &conf_int, VRRP(nice), .min = -20, .max = 19,
          .fallback_note = "as the unit says, -10", OF_VRRPD, .help = "Nice value of vrrpd." },
        { .key = "vrrp_no_swap", .type = &conf_flag, VRRP(no_swap), OF_VRRPD,
          .help = "Keep vrrpd's memory in memory." },
        { .key = "vrrp_rt_priority", .type = &conf_int, VRRP(rt_priority), .min = 1, .max = 99,
          .fallback_note = "not in real time", .flags = CONF_ROW_CLAMP, OF_VRRPD,
          .help = "Run vrrpd in real time (SCHED_RR) with this priority." },
        { .key = "vrrp_cpu_affinity", .type = &cpus_type, VRRP(cpus), OF_VRRPD,
          .fallback_note = "all", .help = "Processors that vrrpd may use." },
        { .key = "vrrp_rlimit_rttime", .old_alias = "vrrp_rlimit_rtime", .type = &conf_u32,
          VRRP(rttime_usec), .min = 1, .max = UINT32_MAX, .unit = "microseconds",
          .fallback = "10000", OF_VRRPD,
          .help = "How long vrrpd may run in real time without a pause before that is complained "
                  "of." },
        { .key = "checker_priority", .type = &conf_int, CHECKER(nice), .min = -20, .max = 19,
          .fallback_note = "0", OF_CHECKD, .help = "Nice value of checkd." },
        { .key = "checker_no_swap", .type = &conf_flag, CHECKER(no_swap), OF_CHECKD,
          .help = "Keep checkd's memory in memory." },
        { .key = "checker_rt_priority", .type = &conf_int, CHECKER(rt_priority), .min = 1,
          .max = 99, .fallback_note = "not in real time", .flags = CONF_ROW_CLAMP, OF_CHECKD,
          .help = "Run checkd in real time (SCHED_RR) with this priority; the scripts that it "
                  "runs are not." },
        { .key = "checker_cpu_affinity", .type = &cpus_type, CHECKER(cpus), OF_CHECKD,
          .fallback_note = "all", .help = "Processors that checkd may use, its scripts not "
                  "included." },
        { .key = "checker_rlimit_rttime", .old_alias = "checker_rlimit_rtime", .type = &conf_u32,
          CHECKER(rttime_usec), .min = 1, .max = UINT32_MAX, .unit = "microseconds",
          .fallback = "10000", OF_CHECKD,
          .help = "How long checkd may run in real time without a pause before that is complained "
                  "of." },
};
/* clang-format on */

const struct conf_section process_conf_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = rows,
        .n_rows = sizeof(rows) / sizeof(rows[0]),
        .first = 96,
        .globals = global_conf_object,
};

static bool is_set(struct conf_build *b, const char *key) {
        return conf_build_has(b, &b->conf->global->object, CONF_BLOCK_GLOBAL_DEFS, key);
}

static void resolve(struct process_conf *p, const char *prefix, bool nice_given, bool cpus_given) {
        p->options = (struct process_options){
                .prefix = prefix,
                .nice_given = nice_given,
                .nice = p->nice,
                .no_swap = p->no_swap,
                .rt_priority = p->rt_priority,
                .rttime_usec = p->rttime_usec,
                .cpus_given = cpus_given,
                .cpus = p->cpus,
        };
}

void process_conf_check(struct conf_build *b) {
        struct global_conf *g = b->conf->global;

        resolve(&g->vrrp_process, "vrrp_", is_set(b, "vrrp_priority"),
                        is_set(b, "vrrp_cpu_affinity"));
        resolve(&g->checker_process, "checker_", is_set(b, "checker_priority"),
                        is_set(b, "checker_cpu_affinity"));
}
