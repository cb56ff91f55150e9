/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/conf.h"

struct vrrp_instance_conf *vrrp_conf_find(const struct vrrp_conf *c, const char *name) {
        struct vrrp_instance_conf *i = NULL;

        HASH_FIND_STR(c->instances, name, i);
        return i;
}
