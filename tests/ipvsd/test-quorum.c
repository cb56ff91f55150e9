/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/quorum.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

struct row {
        bool up;
        uint64_t weight;
        unsigned quorum, hysteresis;
        bool next;
};

ParameterizedTestParameters(quorum, is_reached_and_lost) {
        static struct row rows[] = {
                { false, 0, 1, 0, false },
                { false, 1, 1, 0, true },
                { true, 1, 1, 0, true },
                { true, 0, 1, 0, false },
                /* quorum 5, hysteresis 2: up from 7 on, down below 3 */
                { false, 6, 5, 2, false },
                { false, 7, 5, 2, true },
                { true, 6, 5, 2, true },
                { true, 3, 5, 2, true },
                { true, 2, 5, 2, false },
                { false, 2, 5, 2, false },
                /* without weight there is nobody, whatever the hysteresis */
                { true, 0, 2, 1, false },
                { true, 1, 2, 1, true },
                /* large numbers do not wrap */
                { false, UINT32_MAX, 2147483647, 2147483646, true },
                { true, UINT64_MAX / 2, 2147483647, 2147483646, true },
        };

        return cr_make_param_array(struct row, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(struct row *r, quorum, is_reached_and_lost) {
        cr_expect_eq(ipvs_quorum_next(r->up, r->weight, r->quorum, r->hysteresis), r->next,
                        "%s, weight %lu, quorum %u, hysteresis %u", r->up ? "up" : "down",
                        (unsigned long) r->weight, r->quorum, r->hysteresis);
}
