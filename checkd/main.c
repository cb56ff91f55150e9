/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "checkd/checkd.h"

int main(int argc, char **argv) {
        struct checkd checkd = {};

        return daemon_main(argc, argv, &checkd_ops, &checkd);
}
