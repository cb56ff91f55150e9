/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tables in the kernel, and the elements of their sets. */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/state-file.h"
#include "vrrpd/firewall-private.h"

static const int families[] = {
        [NFTABLES_IP] = AF_INET,
        [NFTABLES_IP6] = AF_INET6,
};

bool vrrp_firewall_needs(const struct vrrp_firewall *f, bool ret[static _NFTABLES_FAMILY_MAX]) {
        for (int i = 0; i < _NFTABLES_FAMILY_MAX; i++)
                ret[i] = f->style.n_vmacs > 0;
        for (const struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                if (e->users > 0 || e->present)
                        ret[vrrp_blocked_family(e) == AF_INET6 ? NFTABLES_IP6 : NFTABLES_IP] = true;
        return ret[NFTABLES_IP] || ret[NFTABLES_IP6];
}

/* Where it cannot be written, traffic is dropped all the same. */
static void write_record(struct vrrp_firewall *f) {
        _cleanup_(json_object_putp) json_object *record = json_object_new_object();
        int r;

        nftables_table_to_json(&f->record, record);
        r = state_file_write(f->record_path, record, false);
        if (r < 0 && !f->unrecorded)
                log_error("cannot write %s, nobody could remove our tables of nftables after us: %s",
                                f->record_path, strerror(-r));
        f->unrecorded = r < 0;
}

void vrrp_firewall_keep_record(struct vrrp_firewall *f) {
        if (f->unrecorded && f->record.name)
                write_record(f);
}

static int print_tables(const struct vrrp_firewall *f, const bool *in, char **ret,
                char ret_digest[static NFTABLES_DIGEST_STRLEN]) {
        size_t n = 0;
        FILE *to = open_memstream(ret, &n);

        if (!to)
                return -ENOMEM;
        for (int i = 0; i < _NFTABLES_FAMILY_MAX; i++)
                if (in[i])
                        vrrp_firewall_rules_print(to, &f->style, families[i], f->name);
        if (fclose(to) != 0)
                return -ENOMEM;
        nftables_digest_text(*ret, n, ret_digest);
        return 0;
}

/* With all elements, those that may soon go as well: what is blocked stays blocked. */
static int print_replacement(struct vrrp_firewall *f, const char *tables, char **ret) {
        size_t n = 0;
        FILE *to = open_memstream(ret, &n);

        if (!to)
                return -ENOMEM;
        nftables_table_print_removal(&f->record, to);
        fputs(tables, to);
        for (struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                if (vrrp_blocked_is_to_be(e) || e->present) {
                        vrrp_blocked_note_link(e);
                        vrrp_blocked_print(to, f, e);
                }
        return fclose(to) == 0 ? 0 : -ENOMEM;
}

static void expect_all(struct vrrp_firewall *f) {
        for (struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                e->present |= vrrp_blocked_is_to_be(e);
}

static int replace(
                struct vrrp_firewall *f, const bool *in, const char *tables, const char *digest) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = nftables_table_claim(&f->record, f->name, in);
        if (r < 0)
                return r;
        write_record(f);
        r = print_replacement(f, tables, &text);
        if (r < 0)
                return r;
        r = nftables_run(f->nft, text);
        if (r < 0)
                return r;
        vrrp_firewall_monitor_pardon(f->monitor);
        expect_all(f);
        f->foreign = false;
        r = nftables_table_remember(&f->record, f->nft, in, digest, false);
        if (r >= 0)
                write_record(f);
        return r;
}

static int open_kernel(struct vrrp_firewall *f) {
        int r = 0;

        if (!f->nft)
                r = nftables_new(&f->nft);
        if (r >= 0 && !f->batch)
                r = vrrp_set_batch_new(&f->batch);
        return r;
}

/* Nothing that is there is believed; elements that are there are put in again, which does no harm. */
static void doubt(struct vrrp_firewall *f) {
        for (struct vrrp_blocked *e = f->elements; e; e = e->hh.next) {
                e->kept |= e->present;
                e->present = false;
        }
}

int vrrp_firewall_establish(struct vrrp_firewall *f, const bool *in) {
        char digest[NFTABLES_DIGEST_STRLEN];
        _cleanup_free_ char *tables = NULL;
        int r;

        r = open_kernel(f);
        if (r >= 0)
                r = print_tables(f, in, &tables, digest);
        if (r < 0)
                return r;
        vrrp_firewall_monitor_watch(f->monitor, f->name, vrrp_set_batch_portid(f->batch));
        r = nftables_table_is_whole(&f->record, f->nft, f->name, digest, false);
        if (r == 0)
                r = replace(f, in, tables, digest);
        else if (r > 0)
                doubt(f);
        if (r >= 0)
                f->whole = true;
        return r;
}

/* Throw everything away and make it anew. */
static int start_over(struct vrrp_firewall *f, const bool *in) {
        char digest[NFTABLES_DIGEST_STRLEN];
        _cleanup_free_ char *tables = NULL;
        int r;

        r = print_tables(f, in, &tables, digest);
        if (r >= 0)
                r = replace(f, in, tables, digest);
        return r;
}

/* --- elements in the kernel --- */

static bool must_come(const struct vrrp_blocked *e) {
        return vrrp_blocked_is_to_be(e) && !e->present;
}

static bool must_go(const struct vrrp_blocked *e) {
        return !vrrp_blocked_is_to_be(e) && e->present;
}

static bool batch_all(struct vrrp_firewall *f, bool add, bool (*is)(const struct vrrp_blocked *e)) {
        bool any = false;

        for (struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                if (is(e)) {
                        if (add)
                                vrrp_blocked_note_link(e);
                        vrrp_blocked_batch(f, e, add);
                        any = true;
                }
        return any;
}

/* What the sets do not take as it is (they are not there, say) is in the tables that are made anew. */
int vrrp_firewall_change(struct vrrp_firewall *f, const bool *in, bool add) {
        int r;

        if (!batch_all(f, add, add ? must_come : must_go))
                return 0;
        r = vrrp_set_batch_commit(f->batch);
        if (r < 0 && !add)
                for (struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                        e->present &= vrrp_blocked_is_to_be(e);
        if (r < 0)
                return start_over(f, in);
        for (struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                e->present = add ? e->present || vrrp_blocked_is_to_be(e)
                                 : e->present && vrrp_blocked_is_to_be(e);
        return 0;
}

static bool expects(const struct vrrp_firewall *f, json_object *elem) {
        json_object *concat = NULL, *first = elem;
        const char *ifname = NULL;
        struct ip_addr addr;

        if (json_object_object_get_ex(elem, "concat", &concat)) {
                first = json_object_array_get_idx(concat, 0);
                ifname = json_object_get_string(json_object_array_get_idx(concat, 1));
        }
        if (!first || ip_addr_parse(json_object_get_string(first), &addr) < 0)
                return false;
        if (!concat) {
                const struct vrrp_blocked_key key = { .address = vrrp_link_address_key(&addr, 0) };
                const struct vrrp_blocked *e;

                HASH_FIND(hh, f->elements, &key, sizeof(key), e);
                return e && vrrp_blocked_is_to_be(e);
        }
        for (const struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                if (vrrp_blocked_is_linklocal(e) && vrrp_blocked_is_to_be(e) &&
                                streq_ptr(ifname, e->ifname) &&
                                ip_addr_equal(&e->key.address.addr, &addr))
                        return true;
        return false;
}

/* 1: the sets have nothing that they should not; 0: they have; or -errno. */
static int are_clean(struct vrrp_firewall *f, enum nftables_family family) {
        _cleanup_(json_object_putp) json_object *listing = NULL;
        int r;

        r = nftables_list(f->nft, nftables_family_to_string(family), f->name, &listing);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        for (size_t i = 0; i < json_object_array_length(listing); i++) {
                json_object *set, *elem;

                if (!json_object_object_get_ex(
                                    json_object_array_get_idx(listing, i), "set", &set) ||
                                strncmp(json_get_string(set, "name"), VRRP_FIREWALL_SET,
                                                strlen(VRRP_FIREWALL_SET)) != 0 ||
                                !json_object_object_get_ex(set, "elem", &elem))
                        continue;
                for (size_t j = 0; j < json_object_array_length(elem); j++)
                        if (!expects(f, json_object_array_get_idx(elem, j)))
                                return 0;
        }
        return 1;
}

int vrrp_firewall_clean(struct vrrp_firewall *f, const bool *in) {
        int r = 1;

        for (int i = 0; i < _NFTABLES_FAMILY_MAX && r > 0; i++)
                if (in[i])
                        r = are_clean(f, i);
        if (r == 0)
                r = start_over(f, in);
        if (r >= 0)
                f->foreign = false;
        return r;
}

int vrrp_firewall_remove(struct vrrp_firewall *f) {
        int r;

        f->whole = false;
        for (struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                e->present = false;
        if (!f->record.name)
                return 0;
        vrrp_firewall_monitor_watch(f->monitor, NULL, 0);
        r = open_kernel(f);
        if (r >= 0)
                r = nftables_table_remove(&f->record, f->nft);
        if (r < 0)
                return r;
        return unlink(f->record_path) < 0 && errno != ENOENT ? -errno : 0;
}
