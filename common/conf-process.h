/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* vrrp_rt_priority and its like: how the processes are to be run. Without a word all is as the unit says. */

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/process-options.h"

struct conf_build;

/* As written. */
struct process_conf {
        int nice;
        bool no_swap;
        int rt_priority;
        uint32_t rttime_usec; /* [10000] */
        cpu_set_t cpus;
        struct process_options options; /* in force */
};

extern const struct conf_section process_conf_section;

void process_conf_check(struct conf_build *b);
