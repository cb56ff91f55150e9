/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/weight-change.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "common/macro.h"

bool check_misc_status_good(int status, int configured, int *ret_change) {
        *ret_change = status >= 2 ? status - 2 - configured : 0;
        return status != 1;
}

int check_file_number(const char *text, int64_t *ret) {
        char *end = NULL;
        long long v;

        errno = 0;
        v = strtoll(text, &end, 0);
        if (end == text || errno == ERANGE)
                return -EINVAL;
        while (isspace((unsigned char) *end))
                end++;
        if (*end)
                return -EINVAL;
        *ret = v;
        return 0;
}

bool check_file_good(int64_t number, const struct check_weight_conf *weight, int *ret_change) {
        int64_t change = 0;

        *ret_change = 0;
        if (weight->value == 0)
                return weight->reverse ? number != 0 : number == 0;
        if (__builtin_mul_overflow(number, (int64_t) weight->value, &change))
                change = (number < 0) == (weight->value < 0) ? INT64_MAX : INT64_MIN + 1;
        if (weight->reverse)
                change = -CLAMP(change, -INT64_MAX, INT64_MAX);
        if (change <= INT32_MIN)
                return false;
        *ret_change = (int) MIN(change, (int64_t) INT32_MAX);
        return true;
}
