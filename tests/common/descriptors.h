/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A process without descriptors to spare. */

#include <criterion/criterion.h>
#include <sys/resource.h>

/* From now on nothing can be opened beyond @n descriptors. Returns how many it were before. */
static inline rlim_t descriptors_limit(rlim_t n) {
        struct rlimit limit;
        rlim_t before;

        cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        before = limit.rlim_cur;
        limit.rlim_cur = n;
        cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        return before;
}
