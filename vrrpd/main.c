/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/daemon.h"
#include "vrrpd/vrrpd.h"

int main(int argc, char **argv) {
        struct vrrpd v = {};

        return daemon_main(argc, argv, &vrrpd_ops, &v);
}
