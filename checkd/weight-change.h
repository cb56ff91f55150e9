/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What MISC_CHECK with misc_dynamic, and FILE_CHECK, make of a number: is the server good, and what is to be
 * added to its configured weight? Clamping the sum is ipvsd's. */

#include <stdbool.h>
#include <stddef.h>

#include "checkd/conf.h"

/* An exit status. 0: good, no change; 1: bad; 2..255: good, and the weight is the status less 2 instead of
 * @configured. */
bool check_misc_status_good(int status, int configured, int *ret_change);

/* The number that a file's text begins with, decimal, or with 0x or 0 as in C; blanks may be around it. 0 or
 * -EINVAL: there is none, or something else follows, or it is no int64_t. */
int check_file_number(const char *text, int64_t *ret);

/* @number times the weight is the change; INT32_MIN and below is bad. Weight 0: any number but 0 is bad; with
 * reverse, 0 is. */
bool check_file_good(int64_t number, const struct check_weight_conf *weight, int *ret_change);
