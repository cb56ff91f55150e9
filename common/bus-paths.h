/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Object paths as sd_bus_node_enumerator_t returns them: strings, NULL at the end. */

#include <stdlib.h>

#include "common/cleanup.h"

static inline char **bus_paths_free(char **paths) {
        for (char **p = paths; p && *p; p++)
                free(*p);
        free(paths);
        return NULL;
}
DEFINE_CLEANUP_FUNC(char **, bus_paths_free);
