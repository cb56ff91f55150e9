/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/held.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "vrrpd/record.h"

int vrrp_held_left(const struct vrrp_held_kind *kind, const char *path, bool alone,
                json_object **ret) {
        int r = vrrp_record_read(path, kind->nouns, ret);

        if (r != -EBADMSG)
                return r;
        if (!alone) {
                log_warning("%s is torn and ignored", path);
                return -ENOENT;
        }
        log_warning("%s is torn and ignored; what is marked as ours counts", path);
        return kind->marked(ret);
}
