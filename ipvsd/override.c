/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/override.h"

#include "common/macro.h"

static const char *const names[_IPVS_OVERRIDE_MAX] = {
        [IPVS_OVERRIDE_NONE] = "",
        [IPVS_OVERRIDE_DRAIN] = "drain",
        [IPVS_OVERRIDE_DISABLE] = "disable",
};

const char *ipvs_override_to_string(enum ipvs_override o) {
        return names[o];
}

enum ipvs_override ipvs_override_from_string(const char *word) {
        enum ipvs_override o = IPVS_OVERRIDE_NONE;

        while (o < _IPVS_OVERRIDE_MAX && !streq(names[o], word))
                o++;
        return o;
}
