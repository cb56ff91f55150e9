/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/ipvsd.h"

int main(int argc, char **argv) {
        struct ipvsd ipvsd = {};

        return daemon_main(argc, argv, &ipvsd_ops, &ipvsd);
}
