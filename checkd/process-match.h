/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Is a process the one that a vrrp_track_process means? Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "checkd/conf.h"

#define PROCESS_COMM_MAX 16U /* TASK_COMM_LEN, the NUL included */

/* What /proc says of a process. */
struct process_image {
        char comm[PROCESS_COMM_MAX]; /* its name, which the kernel cuts */
        bool dead;                   /* a zombie: it does not count */
        char *cmdline;               /* words, each with its NUL; NULL: not read, or it has none */
        size_t cmdline_bytes;
};

/* Read "PID (comm) STATE ..." of /proc/PID/stat; the name may have blanks and brackets. False: it is none. */
bool process_image_parse_stat(const char *stat, struct process_image *ret);

/* Must the command line be read to know whether it is @c? */
bool process_match_needs_cmdline(const struct check_process_conf *c);

bool process_match(const struct check_process_conf *c, const struct process_image *i);

/* Do both mean the same processes? */
bool process_match_same(const struct check_process_conf *a, const struct check_process_conf *b);
