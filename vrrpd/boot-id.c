/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/boot-id.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/macro.h"

const char *boot_id_read(char buf[static BOOT_ID_SIZE]) {
        _cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, buf, BOOT_ID_SIZE - 1);

        buf[MAX(n, 0)] = '\0';
        buf[strcspn(buf, "\n")] = '\0';
        return buf;
}

bool boot_id_is_other(const char *of) {
        char boot[BOOT_ID_SIZE];

        (void) boot_id_read(boot);
        return *of && *boot && !streq(of, boot);
}
