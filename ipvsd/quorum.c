/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/quorum.h"

bool ipvs_quorum_next(bool up, uint64_t weight, unsigned quorum, unsigned hysteresis) {
        if (weight == 0 || weight + hysteresis < quorum)
                return false;
        if (weight >= (uint64_t) quorum + hysteresis)
                return true;
        return up;
}
