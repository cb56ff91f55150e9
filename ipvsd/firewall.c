/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/firewall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/macro.h"
#include "ipvsd/namespace.h"

#define ERROR_MAX 256U

struct ipvs_firewall {
        char *path;
        struct ipvs_firewall_record record;
        bool wanted;          /* nftables_ipvs is in force */
        struct nftables *nft; /* made when first needed */
        char error[ERROR_MAX];
};

static const int families[] = {
        [NFTABLES_IP] = AF_INET,
        [NFTABLES_IP6] = AF_INET6,
};

/* --- marks --- */

static int write_record(struct ipvs_firewall *f) {
        return ipvs_firewall_record_write(f->path, &f->record);
}

int ipvs_firewall_configure(struct ipvs_firewall *f, const struct ipvs_conf *c) {
        struct ipvs_group_marks marks = {};
        int r;

        f->wanted = c->marks.table;
        if (!f->wanted)
                return 0;
        r = ipvs_group_marks_assign(c, &f->record.marks, &marks);
        if (r < 0)
                return r;
        ipvs_group_marks_done(&f->record.marks);
        f->record.marks = marks;
        return write_record(f);
}

const struct ipvs_group_marks *ipvs_firewall_marks(const struct ipvs_firewall *f) {
        return f->wanted ? &f->record.marks : NULL;
}

bool ipvs_firewall_wanted(const struct ipvs_firewall *f) {
        return f->wanted && f->record.marks.n > 0;
}

bool ipvs_firewall_exists(const struct ipvs_firewall *f) {
        return f->record.table.name;
}

/* --- the table --- */

static int fail(struct ipvs_firewall *f, int error) {
        const char *why =
                        error == -EIO && f->nft ? nftables_error(f->nft) : strerrordesc_np(-error);

        (void) snprintf(f->error, sizeof(f->error), "nftables_ipvs: %s", why ?: "");
        return error;
}

const char *ipvs_firewall_error(const struct ipvs_firewall *f) {
        return f->error;
}

static void print_tables(FILE *to, const struct ipvs_mark_rules *rules,
                const struct ipvs_marks_conf *c, const char *name, bool counters) {
        for (int i = 0; i < _NFTABLES_FAMILY_MAX; i++)
                if (ipvs_mark_rules_have(rules, families[i]))
                        ipvs_mark_rules_print(to, rules, families[i], name, c->priority, counters);
}

/* In one transaction; under its old name it goes with it. */
static int replace(struct ipvs_firewall *f, const char *tables, const char *digest,
                const struct ipvs_mark_rules *rules, const char *name) {
        const bool in[] = { ipvs_mark_rules_have(rules, AF_INET),
                ipvs_mark_rules_have(rules, AF_INET6) };
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        FILE *to;
        int r;

        r = nftables_table_claim(&f->record.table, name, in);
        if (r >= 0)
                r = write_record(f);
        if (r < 0)
                return r;
        to = open_memstream(&text, &n);
        if (!to)
                return -ENOMEM;
        nftables_table_print_removal(&f->record.table, to);
        fputs(tables, to);
        if (fclose(to) != 0)
                return -ENOMEM;
        r = nftables_run(f->nft, text);
        if (r >= 0)
                r = nftables_table_remember(&f->record.table, f->nft, in, digest, true);
        return r < 0 ? r : write_record(f);
}

static int bring(struct ipvs_firewall *f, const struct ipvs_mark_rules *rules,
                const struct ipvs_marks_conf *c, bool counters) {
        const char *name = *c->table ? c->table : IPVS_MARKS_TABLE;
        char digest[NFTABLES_DIGEST_STRLEN];
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        FILE *to = open_memstream(&text, &n);
        int r;

        if (!to)
                return -ENOMEM;
        print_tables(to, rules, c, name, counters);
        if (fclose(to) != 0)
                return -ENOMEM;
        nftables_digest_text(text, n, digest);
        r = nftables_table_is_whole(&f->record.table, f->nft, name, digest, true);
        if (r != 0)
                return r < 0 ? r : 0;
        r = replace(f, text, digest, rules, name);
        if (r >= 0)
                log_notice("marks of groups are set by the table %s of nftables", name);
        return r;
}

/* Nothing is ours any more; where it would be stays known. */
static int forget(struct ipvs_firewall *f) {
        char *netns = TAKE_PTR(f->record.netns);

        ipvs_firewall_record_done(&f->record);
        f->record.netns = netns;
        return unlink(f->path) < 0 && errno != ENOENT ? -errno : 0;
}

static int remove_table(struct ipvs_firewall *f) {
        int r = nftables_table_remove(&f->record.table, f->nft);

        return r < 0 ? r : forget(f);
}

/* libnftables opens its socket anew when the rules change under it, so that each call is made in the namespace. */
static int enter(struct ipvs_firewall *f, int *ret_here) {
        int here, r;

        r = ipvs_namespace_enter(f->record.netns, &here);
        if (r < 0)
                return r;
        if (!f->nft && nftables_new(&f->nft) < 0)
                return ipvs_namespace_leave(here) ?: -ENOMEM;
        *ret_here = here;
        return 0;
}

int ipvs_firewall_apply(struct ipvs_firewall *f, const struct ipvs_mark_rules *rules,
                const struct ipvs_marks_conf *c, bool counters) {
        int here, left, r;

        r = enter(f, &here);
        if (r < 0)
                return fail(f, r);
        r = bring(f, rules, c, counters);
        left = ipvs_namespace_leave(here);
        if (left < 0)
                return left;
        return r < 0 ? fail(f, r) : 0;
}

int ipvs_firewall_remove(struct ipvs_firewall *f) {
        int here, left, r;

        if (!f->record.table.name)
                return 0;
        r = enter(f, &here);
        if (r < 0)
                return fail(f, r);
        r = remove_table(f);
        left = ipvs_namespace_leave(here);
        if (left < 0)
                return left;
        return r < 0 ? fail(f, r) : 0;
}

/* --- the object --- */

static int open_record(const char *path, struct ipvs_firewall **ret) {
        _cleanup_(ipvs_firewall_freep) struct ipvs_firewall *f = calloc(1, sizeof(*f));
        int r;

        if (!f)
                return -ENOMEM;
        f->path = strdup(path);
        if (!f->path)
                return -ENOMEM;
        r = ipvs_firewall_record_read(path, &f->record);
        if (r == -ENOMEM)
                return r;
        if (r < 0 && r != -ENOENT)
                log_warning("%s is ignored: %s", path, strerrordesc_np(-r));
        *ret = TAKE_PTR(f);
        return 0;
}

int ipvs_firewall_new(const char *path, const char *netns, struct ipvs_firewall **ret) {
        _cleanup_(ipvs_firewall_freep) struct ipvs_firewall *f = NULL;
        int r;

        r = open_record(path, &f);
        if (r < 0)
                return r;
        if (!streq_ptr(f->record.netns, netns)) {
                ipvs_firewall_record_done(&f->record);
                f->record.netns = netns ? strdup(netns) : NULL;
                if (netns && !f->record.netns)
                        return -ENOMEM;
        }
        *ret = TAKE_PTR(f);
        return 0;
}

int ipvs_firewall_release(const char *path) {
        _cleanup_(ipvs_firewall_freep) struct ipvs_firewall *f = NULL;
        int r;

        r = open_record(path, &f);
        if (r < 0 || !f->record.table.name)
                return r;
        r = ipvs_firewall_remove(f);
        if (r == -ENOENT) /* there is no such namespace any more */
                return forget(f);
        if (r < 0)
                log_error("%s", ipvs_firewall_error(f));
        return r;
}

struct ipvs_firewall *ipvs_firewall_free(struct ipvs_firewall *f) {
        if (!f)
                return NULL;
        ipvs_firewall_record_done(&f->record);
        f->nft = nftables_free(f->nft);
        free(f->path);
        free(f);
        return NULL;
}
