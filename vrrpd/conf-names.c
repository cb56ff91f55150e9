/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A file has lines "NUMBER NAME"; beside it, FILE.d/ has more of them, *.conf. */

#include "vrrpd/conf-names.h"

#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/macro.h"
#include "vrrpd/route.h"

static const char *const files[_VRRP_NAMES_MAX] = {
        [VRRP_NAMES_TABLES] = "rt_tables",
        [VRRP_NAMES_PROTOCOLS] = "rt_protos",
        [VRRP_NAMES_SCOPES] = "rt_scopes",
        [VRRP_NAMES_REALMS] = "rt_realms",
        [VRRP_NAMES_GROUPS] = "group",
        [VRRP_NAMES_DSFIELDS] = "rt_dsfield",
};

static const struct {
        enum vrrp_names_table table;
        const char *name;
        uint32_t value;
} known[] = {
        { VRRP_NAMES_TABLES, "main", RT_TABLE_MAIN },
        { VRRP_NAMES_TABLES, "local", RT_TABLE_LOCAL },
        { VRRP_NAMES_TABLES, "default", RT_TABLE_DEFAULT },
        { VRRP_NAMES_PROTOCOLS, "kernel", RTPROT_KERNEL },
        { VRRP_NAMES_PROTOCOLS, "boot", RTPROT_BOOT },
        { VRRP_NAMES_PROTOCOLS, "static", RTPROT_STATIC },
        { VRRP_NAMES_PROTOCOLS, "ra", RTPROT_RA },
        { VRRP_NAMES_PROTOCOLS, "keepalived", VRRP_ROUTE_PROTOCOL },
        { VRRP_NAMES_SCOPES, "global", RT_SCOPE_UNIVERSE },
        { VRRP_NAMES_SCOPES, "universe", RT_SCOPE_UNIVERSE },
        { VRRP_NAMES_SCOPES, "site", RT_SCOPE_SITE },
        { VRRP_NAMES_SCOPES, "link", RT_SCOPE_LINK },
        { VRRP_NAMES_SCOPES, "host", RT_SCOPE_HOST },
        { VRRP_NAMES_SCOPES, "nowhere", RT_SCOPE_NOWHERE },
        { VRRP_NAMES_REALMS, "cosmos", 0 },
        { VRRP_NAMES_GROUPS, "default", 0 },
};

const char *vrrp_names_file(enum vrrp_names_table table) {
        return files[table];
}

static bool find_in_file(const char *path, const char *name, uint32_t *ret) {
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        char line[512], found[256];

        while (f && fgets(line, sizeof(line), f)) {
                int value;

                if (sscanf(line, " %i %255s", &value, found) == 2 && found[0] != '#' &&
                                streq(found, name)) {
                        *ret = (uint32_t) value;
                        return true;
                }
        }
        return false;
}

static bool find_in_parts(const char *pattern, const char *name, uint32_t *ret) {
        bool found = false;
        glob_t parts;

        if (glob(pattern, 0, NULL, &parts) != 0)
                return false;
        for (size_t i = 0; i < parts.gl_pathc && !found; i++)
                found = find_in_file(parts.gl_pathv[i], name, ret);
        globfree(&parts);
        return found;
}

static bool find_in_dir(const char *dir, const char *file, const char *name, uint32_t *ret) {
        char path[PATH_MAX];

        (void) snprintf(path, sizeof(path), "%s/%s", dir, file);
        if (find_in_file(path, name, ret))
                return true;
        (void) snprintf(path, sizeof(path), "%s/%s.d/*.conf", dir, file);
        return find_in_parts(path, name, ret);
}

bool vrrp_names_find(const struct vrrp_names *n, enum vrrp_names_table table, const char *name,
                uint32_t *ret) {
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (known[i].table == table && streq(known[i].name, name)) {
                        *ret = known[i].value;
                        return true;
                }
        if (find_in_dir(n->etc_dir ?: "/etc/iproute2", files[table], name, ret))
                return true;
        if (n->usr_dir)
                return find_in_dir(n->usr_dir, files[table], name, ret);
        return find_in_dir("/usr/share/iproute2", files[table], name, ret) ||
                        find_in_dir("/usr/lib/iproute2", files[table], name, ret);
}
