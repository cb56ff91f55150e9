/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* How a process of ours itself is run by the kernel: nice value, real-time priority, memory, processors. And how
 * it was run before it changed any of that, which is how the processes are run that it starts. */

#include <sched.h>
#include <stdbool.h>
#include <sys/resource.h>

struct process_options {
        const char *prefix; /* of the keywords: "vrrp_" */
        bool nice_given;
        int nice; /* -20..19 */
        bool no_swap;
        int rt_priority;      /* 1..99, 0: no real time */
        unsigned rttime_usec; /* in real time without a pause, until it is complained of; 0: any time */
        bool cpus_given;
        cpu_set_t cpus;
};

/* How this process was started. */
struct process_origin {
        int nice;
        struct rlimit files, rttime;
        cpu_set_t cpus;
};

void process_origin_read(struct process_origin *ret);

/* Bring this process into the state of @origin: in a child, before it becomes a program. Whatever is refused is left
 * as it is. */
void process_origin_restore(const struct process_origin *origin);

/* Apply @o; what it does not ask for is as in @origin. @refused is called for each keyword (without the prefix,
 * "rt_priority") that the kernel refused; the others are done all the same. */
void process_options_apply(const struct process_options *o, const struct process_origin *origin,
                void (*refused)(const char *keyword, int error, void *userdata), void *userdata);
