/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* ipvsd: owner of the kernel's load-balancing table (IPVS). It knows the services of the configuration and
 * shows them on the bus; it does not write the table yet, and says so wherever it is asked. */

#include "common/daemon.h"
#include "ipvsd/service.h"

#define IPVSD_OBJECT_PATH "/org/mainstay/ipvs1"

struct ipvsd {
        struct daemon *daemon;
        struct ipvs_service *services; /* table by name */
};

extern const struct daemon_ops ipvsd_ops;
