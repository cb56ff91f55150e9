/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/conf.h"

#include "checkd/conf.h"
#include "common/conf-global.h"
#include "ipvsd/conf.h"
#include "notifyd/conf.h"
#include "vrrpd/conf.h"

#include <errno.h>

const char *conf_default_path(void) {
        return "/etc/mainstay/mainstay.conf";
}

int conf_load(const char *path, const char *config_id, unsigned flags, struct conf **ret) {
        return -ENOSYS;
}

int conf_load_text(const char *name, const char *text, size_t n, const char *config_id,
                unsigned flags, struct conf **ret) {
        return -ENOSYS;
}

struct conf *conf_free(struct conf *c) {
        return NULL;
}

const struct conf_diag *conf_worse_than(const struct conf *next, const struct conf *running) {
        return NULL;
}

int conf_dump(const struct conf *c, FILE *to) {
        return -ENOSYS;
}

int conf_save_expanded(const struct conf *c, int dirfd, const char *name) {
        return -ENOSYS;
}

int conf_load_expanded(int dirfd, const char *name, struct conf **ret) {
        return -ENOSYS;
}

int conf_explain(const char *keyword, FILE *to, const char **ret_nearest) {
        return -ENOSYS;
}
