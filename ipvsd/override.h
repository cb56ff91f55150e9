/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the operator ordered for a server, a service or the node. It stands until it is undone, whatever the
 * checks say. Pure. */

enum ipvs_override {
        IPVS_OVERRIDE_NONE,
        IPVS_OVERRIDE_DRAIN,   /* weight 0: no new connections, those that are there go on */
        IPVS_OVERRIDE_DISABLE, /* as if the checks had failed; servers only */
        _IPVS_OVERRIDE_MAX,
};

#define IPVS_WEIGHT_AS_CONFIGURED (-1)

/* "", "drain", "disable". */
const char *ipvs_override_to_string(enum ipvs_override o);
/* _IPVS_OVERRIDE_MAX for another word. */
enum ipvs_override ipvs_override_from_string(const char *word);
