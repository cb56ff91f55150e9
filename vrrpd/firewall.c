/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/firewall.h"

#include <ctype.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/nftables-table.h"
#include "common/state-file.h"
#include "common/usec.h"
#include "vrrpd/firewall-monitor.h"
#include "vrrpd/firewall-set.h"

#define RETRY_MIN_USEC USEC_PER_SEC
#define RETRY_MAX_USEC (60 * USEC_PER_SEC)
#define PROBLEM_MAX 256U

/* Compared byte by byte. */
struct element_key {
        struct vrrp_link_address_key address;
        struct vrrp_link *link; /* of a link-local one, else NULL */
};
_Static_assert(sizeof(struct element_key) ==
                                sizeof(struct vrrp_link_address_key) + sizeof(struct vrrp_link *),
                "no padding");

struct element {
        struct element_key key;
        UT_hash_handle hh;
        unsigned users, wanted; /* blocks; those that want it */
        bool kept;              /* by vrrp_block_keep() */
        bool present;           /* in the kernel, by this process's word */

        /* how it was put there, for the set of link-local ones */
        char ifname[IF_NAMESIZE];
        int ifindex;
};

struct vrrp_block {
        struct vrrp_firewall *firewall;
        struct element *element;
        bool taken;
};

struct vrrp_firewall {
        const struct vrrp_firewall_ops *ops;
        void *userdata;
        const char *record_path, *config_id;

        char *name;
        struct vrrp_firewall_rules style;
        struct vrrp_firewall_vmac *vmacs;
        size_t vmacs_size;
        bool vmacs_changed;

        struct element *elements; /* uthash by key */
        struct nftables_table record;
        bool dirty;   /* there is something for the end of the wake-up */
        bool whole;   /* the tables are there as they are to be, but for elements */
        bool foreign; /* others may have been at them: an earlier process, or somebody else */

        struct nftables *nft; /* both are made when first needed */
        struct vrrp_set_batch *batch;
        struct vrrp_firewall_monitor *monitor;
        sd_event *event;
        int64_t priority;
        sd_event_source *retry;
        usec_t retry_usec; /* 0: all is well */
        bool waiting;      /* for it: nothing is tried before */
        char problem[PROBLEM_MAX];
};

static const int families[] = {
        [NFTABLES_IP] = AF_INET,
        [NFTABLES_IP6] = AF_INET6,
};

static void touch(struct vrrp_firewall *f) {
        f->dirty = true;
        f->ops->wanted(f->userdata);
}

/* --- problems --- */

static void set_problem(struct vrrp_firewall *f, const char *text) {
        if (streq(f->problem, text))
                return;
        if (*text)
                log_error("nftables: %s; addresses take traffic that they should not", text);
        else
                log_notice("nftables: addresses that take no traffic are blocked again");
        (void) snprintf(f->problem, sizeof(f->problem), "%s", text);
        f->ops->problem(f->userdata);
}

const char *vrrp_firewall_problem(const struct vrrp_firewall *f) {
        return f->problem;
}

static void fail(struct vrrp_firewall *f, int error) {
        set_problem(f, error == -EIO && f->nft ? nftables_error(f->nft)
                                               : strerrordesc_np(-error) ?: "unknown error");
        f->whole = false;
        f->retry_usec = f->retry_usec ? MIN(2 * f->retry_usec, RETRY_MAX_USEC) : RETRY_MIN_USEC;
        (void) sd_event_source_set_time_relative(f->retry, f->retry_usec);
        (void) sd_event_source_set_enabled(f->retry, SD_EVENT_ONESHOT);
        f->waiting = true;
}

static void succeed(struct vrrp_firewall *f) {
        f->retry_usec = 0;
        f->waiting = false;
        (void) sd_event_source_set_enabled(f->retry, SD_EVENT_OFF);
        set_problem(f, "");
}

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_firewall *f = userdata;

        f->waiting = false;
        touch(f);
        return 0;
}

/* --- elements --- */

static bool is_linklocal(const struct element *e) {
        return e->key.link;
}

static int family_of(const struct element *e) {
        return e->key.address.addr.family;
}

static const char *set_of(const struct element *e) {
        return is_linklocal(e) ? VRRP_FIREWALL_LINKLOCAL_SET : VRRP_FIREWALL_SET;
}

/* Its link may have another number or no longer be there when it is taken out. */
static void note_link(struct element *e) {
        if (!is_linklocal(e))
                return;
        memcpy(e->ifname, e->key.link->name, sizeof(e->ifname));
        e->ifindex = e->key.link->ifindex;
}

/* What the kernel compares: the address, and behind it the interface. */
static size_t element_bytes(const struct vrrp_firewall *f, const struct element *e,
                uint8_t ret[static sizeof(struct in6_addr) + IF_NAMESIZE]) {
        size_t n = ip_addr_bits(family_of(e)) / 8;

        memcpy(ret, &e->key.address.addr.in6, n);
        if (!is_linklocal(e))
                return n;
        if (f->style.ifindex) {
                memcpy(ret + n, &e->ifindex, sizeof(e->ifindex));
                return n + sizeof(e->ifindex);
        }
        memcpy(ret + n, e->ifname, IF_NAMESIZE);
        return n + IF_NAMESIZE;
}

static void batch_element(struct vrrp_firewall *f, const struct element *e, bool add) {
        uint8_t key[sizeof(struct in6_addr) + IF_NAMESIZE];
        size_t n = element_bytes(f, e, key);

        vrrp_set_batch_put(f->batch, add, family_of(e) == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
                        f->record.name, set_of(e), key, n);
}

static void print_element(FILE *to, const struct vrrp_firewall *f, const struct element *e) {
        char text[IP_ADDR_STRLEN];

        fprintf(to, "add element %s %s %s { %s", family_of(e) == AF_INET6 ? "ip6" : "ip", f->name,
                        set_of(e), ip_addr_format(&e->key.address.addr, text));
        if (is_linklocal(e) && f->style.ifindex)
                fprintf(to, " . %d", e->ifindex);
        else if (is_linklocal(e))
                fprintf(to, " . \"%s\"", e->ifname);
        fputs(" }\n", to);
}

static bool is_to_be(const struct element *e) {
        return e->wanted > 0 || e->kept;
}

/* --- blocks --- */

static struct element *get_element(struct vrrp_firewall *f, const struct element_key *key) {
        struct element *e;

        HASH_FIND(hh, f->elements, key, sizeof(*key), e);
        if (e)
                return e;
        e = calloc(1, sizeof(*e));
        if (!e)
                return NULL;
        e->key = *key;
        HASH_ADD(hh, f->elements, key, sizeof(e->key), e);
        touch(f);
        return e;
}

int vrrp_block_new(struct vrrp_firewall *f, struct vrrp_link *link, const struct ip_addr *addr,
                struct vrrp_block **ret) {
        const struct element_key key = {
                .address = vrrp_link_address_key(addr, 0),
                .link = ip_addr_is_linklocal(addr) && addr->family == AF_INET6 ? link : NULL,
        };
        struct vrrp_block *b = calloc(1, sizeof(*b));

        if (!b)
                return -ENOMEM;
        b->firewall = f;
        b->element = get_element(f, &key);
        if (!b->element) {
                free(b);
                return -ENOMEM;
        }
        b->element->users++;
        *ret = b;
        return 0;
}

struct vrrp_block *vrrp_block_free(struct vrrp_block *b) {
        if (!b)
                return NULL;
        vrrp_block_release(b);
        b->element->users--;
        touch(b->firewall);
        free(b);
        return NULL;
}

void vrrp_block_take(struct vrrp_block *b) {
        if (!b || b->taken)
                return;
        b->taken = true;
        b->element->wanted++;
        touch(b->firewall);
}

void vrrp_block_release(struct vrrp_block *b) {
        if (!b || !b->taken)
                return;
        b->taken = false;
        b->element->wanted--;
        touch(b->firewall);
}

void vrrp_block_keep(struct vrrp_block *b) {
        if (b)
                b->element->kept = true;
}

/* Nobody's any more, and out of the kernel. */
static void forget_unused(struct vrrp_firewall *f) {
        struct element *e, *next;

        HASH_ITER (hh, f->elements, e, next)
                if (e->users == 0 && !e->present) {
                        HASH_DEL(f->elements, e);
                        free(e);
                }
}

/* --- the tables --- */

/* In which families. */
static bool find_needed(const struct vrrp_firewall *f, bool ret[static _NFTABLES_FAMILY_MAX]) {
        for (int i = 0; i < _NFTABLES_FAMILY_MAX; i++)
                ret[i] = f->style.n_vmacs > 0;
        for (const struct element *e = f->elements; e; e = e->hh.next)
                if (e->users > 0 || e->present)
                        ret[family_of(e) == AF_INET6 ? NFTABLES_IP6 : NFTABLES_IP] = true;
        return ret[NFTABLES_IP] || ret[NFTABLES_IP6];
}

static int write_record(struct vrrp_firewall *f) {
        _cleanup_(json_object_putp) json_object *record = json_object_new_object();

        nftables_table_to_json(&f->record, record);
        return state_file_write(f->record_path, record, false);
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
        for (struct element *e = f->elements; e; e = e->hh.next)
                if (is_to_be(e) || e->present) {
                        note_link(e);
                        print_element(to, f, e);
                }
        return fclose(to) == 0 ? 0 : -ENOMEM;
}

static void expect_all(struct vrrp_firewall *f) {
        for (struct element *e = f->elements; e; e = e->hh.next)
                e->present |= is_to_be(e);
}

static int replace(
                struct vrrp_firewall *f, const bool *in, const char *tables, const char *digest) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = nftables_table_claim(&f->record, f->name, in);
        if (r >= 0)
                r = write_record(f);
        if (r >= 0)
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
        return r < 0 ? r : write_record(f);
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
        for (struct element *e = f->elements; e; e = e->hh.next) {
                e->kept |= e->present;
                e->present = false;
        }
}

/* Bring the tables to be there, with whatever elements. */
static int establish(struct vrrp_firewall *f, const bool *in) {
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

static bool must_come(const struct element *e) {
        return is_to_be(e) && !e->present;
}

static bool must_go(const struct element *e) {
        return !is_to_be(e) && e->present;
}

static bool batch_all(struct vrrp_firewall *f, bool add, bool (*is)(const struct element *e)) {
        bool any = false;

        for (struct element *e = f->elements; e; e = e->hh.next)
                if (is(e)) {
                        if (add)
                                note_link(e);
                        batch_element(f, e, add);
                        any = true;
                }
        return any;
}

/* What the sets do not take as it is (they are not there, say) is in the tables that are made anew. */
static int change_elements(struct vrrp_firewall *f, const bool *in, bool add,
                bool (*is)(const struct element *e)) {
        int r;

        if (!batch_all(f, add, is))
                return 0;
        r = vrrp_set_batch_commit(f->batch);
        if (r < 0 && !add)
                for (struct element *e = f->elements; e; e = e->hh.next)
                        e->present &= is_to_be(e);
        if (r < 0)
                return start_over(f, in);
        for (struct element *e = f->elements; e; e = e->hh.next)
                e->present = add ? e->present || is_to_be(e) : e->present && is_to_be(e);
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
                const struct element_key key = { .address = vrrp_link_address_key(&addr, 0) };
                const struct element *e;

                HASH_FIND(hh, f->elements, &key, sizeof(key), e);
                return e && is_to_be(e);
        }
        for (const struct element *e = f->elements; e; e = e->hh.next)
                if (is_linklocal(e) && is_to_be(e) && streq_ptr(ifname, e->ifname) &&
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

/* What an earlier process blocked and nobody wants blocked any more. */
static int clean(struct vrrp_firewall *f, const bool *in) {
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

static int remove_tables(struct vrrp_firewall *f) {
        int r;

        f->whole = false;
        for (struct element *e = f->elements; e; e = e->hh.next)
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

/* --- the end of a wake-up --- */

static bool is_in_place(const struct vrrp_firewall *f, const bool *in) {
        for (int i = 0; i < _NFTABLES_FAMILY_MAX; i++)
                if (in[i] != (*f->record.listed[i] != '\0'))
                        return false;
        return f->whole;
}

void vrrp_firewall_close(struct vrrp_firewall *f) {
        bool in[_NFTABLES_FAMILY_MAX];
        int r = 0;

        if (!f->dirty || f->waiting || !find_needed(f, in))
                return;
        if (!is_in_place(f, in))
                r = establish(f, in);
        if (r >= 0)
                r = change_elements(f, in, true, must_come);
        if (r < 0)
                fail(f, r);
}

/* 0; 1: something has failed before, and is tried again later, as a whole; or -errno. */
static int open_again(struct vrrp_firewall *f) {
        bool in[_NFTABLES_FAMILY_MAX];
        bool needed = find_needed(f, in);
        int r = 0;

        if (needed && f->whole && f->foreign)
                r = clean(f, in);
        if (needed && f->whole && r >= 0)
                r = change_elements(f, in, false, must_go);
        if (r < 0)
                return r;
        if (!find_needed(f, in))
                return remove_tables(f);
        return !f->whole;
}

void vrrp_firewall_open(struct vrrp_firewall *f) {
        int r;

        if (!f->dirty || f->waiting)
                return;
        f->dirty = false;
        for (struct element *e = f->elements; e; e = e->hh.next)
                e->kept = false;
        r = open_again(f);
        forget_unused(f);
        if (r < 0)
                fail(f, r);
        else if (r == 0)
                succeed(f);
}

void vrrp_firewall_end(struct vrrp_firewall *f) {
        int r = remove_tables(f);

        if (r < 0)
                fail(f, r);
}

/* --- news of the kernel --- */

static void on_foreign_change(bool certain, void *userdata) {
        struct vrrp_firewall *f = userdata;

        if (certain)
                log_warning("somebody has taken something out of the tables %s of nftables; it is "
                            "put back",
                                f->name);
        f->whole = false;
        f->foreign = true;
        touch(f);
}

/* --- how it looks --- */

int vrrp_firewall_configure(struct vrrp_firewall *f, const char *name,
                const struct vrrp_firewall_rules *style) {
        struct vrrp_firewall_rules next = *style;
        _cleanup_free_ char *full = NULL;

        if (asprintf(&full, "%s%s%s", name, f->config_id ? "-" : "", f->config_id ?: "") < 0)
                return -ENOMEM;
        for (char *c = full; *c; c++)
                if (!isalnum((unsigned char) *c) && !strchr("_-.", *c))
                        *c = '_';
        next.vmacs = f->vmacs;
        next.n_vmacs = f->style.n_vmacs;
        if (f->name && streq(f->name, full) && f->style.priority == next.priority &&
                        f->style.ifindex == next.ifindex && f->style.counters == next.counters)
                return 0;
        free(f->name);
        f->name = TAKE_PTR(full);
        f->style = next;
        f->whole = f->waiting = false;
        touch(f);
        return 0;
}

int vrrp_firewall_put_vmac(struct vrrp_firewall *f, size_t i, const char *name, int parent) {
        struct vrrp_firewall_vmac vmac = { .parent = parent };

        (void) snprintf(vmac.name, sizeof(vmac.name), "%s", name);
        if (i >= f->vmacs_size) {
                size_t size = MAX(2 * f->vmacs_size, i + 8);
                struct vrrp_firewall_vmac *larger = reallocarray(f->vmacs, size, sizeof(*larger));

                if (!larger)
                        return -ENOMEM;
                memset(larger + f->vmacs_size, 0, (size - f->vmacs_size) * sizeof(*larger));
                f->style.vmacs = f->vmacs = larger;
                f->vmacs_size = size;
        }
        if (memcmp(&f->vmacs[i], &vmac, sizeof(vmac)) == 0)
                return 0;
        f->vmacs[i] = vmac;
        f->vmacs_changed = true;
        return 0;
}

void vrrp_firewall_end_vmacs(struct vrrp_firewall *f, size_t n) {
        n = MIN(n, f->vmacs_size);
        if (n == f->style.n_vmacs && !f->vmacs_changed)
                return;
        f->style.n_vmacs = n;
        f->vmacs_changed = f->whole = false;
        touch(f);
}

/* --- the object --- */

static int read_record(const char *path, struct nftables_table *ret) {
        _cleanup_(json_object_putp) json_object *record = NULL;
        int r;

        r = state_file_read(path, &record);
        if (r >= 0)
                return nftables_table_from_json(record, ret);
        if (r != -ENOENT)
                log_warning("%s is ignored: %s", path, strerror(-r));
        return r == -ENOMEM ? r : 0;
}

int vrrp_firewall_new(sd_event *event, int64_t priority, const char *record_path,
                const char *config_id, const struct vrrp_firewall_ops *ops, void *userdata,
                struct vrrp_firewall **ret) {
        _cleanup_(vrrp_firewall_freep) struct vrrp_firewall *f = calloc(1, sizeof(*f));
        int r;

        if (!f)
                return -ENOMEM;
        *f = (struct vrrp_firewall){
                .ops = ops,
                .userdata = userdata,
                .record_path = record_path,
                .config_id = config_id,
                .foreign = true,
                .dirty = true,
        };
        r = read_record(record_path, &f->record);
        if (r < 0)
                return r;
        r = vrrp_firewall_monitor_new(event, priority, on_foreign_change, f, &f->monitor);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &f->retry, CLOCK_MONOTONIC, USEC_INFINITY, 0, on_retry, f);
        if (r < 0)
                return r;
        (void) sd_event_source_set_enabled(f->retry, SD_EVENT_OFF);
        r = sd_event_source_set_priority(f->retry, priority);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

struct vrrp_firewall *vrrp_firewall_free(struct vrrp_firewall *f) {
        struct element *e, *next;

        if (!f)
                return NULL;
        HASH_ITER (hh, f->elements, e, next) {
                HASH_DEL(f->elements, e);
                free(e);
        }
        f->retry = sd_event_source_disable_unref(f->retry);
        f->monitor = vrrp_firewall_monitor_free(f->monitor);
        f->batch = vrrp_set_batch_free(f->batch);
        f->nft = nftables_free(f->nft);
        nftables_table_done(&f->record);
        free(f->vmacs);
        free(f->name);
        free(f);
        return NULL;
}

int vrrp_firewall_release(const char *path) {
        _cleanup_(nftables_freep) struct nftables *nft = NULL;
        struct nftables_table record = {};
        int r;

        r = read_record(path, &record);
        if (r < 0 || !record.name)
                return r;
        r = nftables_new(&nft);
        if (r >= 0)
                r = nftables_table_remove(&record, nft);
        if (r < 0)
                log_error("cannot remove the tables of %s: %s", path,
                                nft ? nftables_error(nft) : strerror(-r));
        else if (unlink(path) < 0)
                r = -errno;
        nftables_table_done(&record);
        return r;
}
