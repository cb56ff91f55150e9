/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/firewall.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/nftables-mark.h"
#include "common/nftables-name.h"
#include "common/state-file.h"
#include "vrrpd/firewall-private.h"

#define RETRY_MIN_USEC USEC_PER_SEC
#define RETRY_MAX_USEC (60 * USEC_PER_SEC)

void vrrp_firewall_touch(struct vrrp_firewall *f) {
        f->dirty = true;
        f->ops->wanted(f->userdata);
}

/* --- problems --- */

static void set_problem(struct vrrp_firewall *f, const char *text) {
        if (streq(f->problem, text))
                return;
        if (*text)
                log_error("nftables: %s; traffic passes that is to be dropped", text);
        else
                log_notice("nftables: what is to be dropped is dropped again");
        (void) snprintf(f->problem, sizeof(f->problem), "%s", text);
        f->ops->problem(f->userdata);
}

const char *vrrp_firewall_problem(const struct vrrp_firewall *f) {
        return f->problem;
}

static void retry_later(struct vrrp_firewall *f) {
        f->retry_usec = f->retry_usec ? MIN(2 * f->retry_usec, RETRY_MAX_USEC) : RETRY_MIN_USEC;
        (void) sd_event_source_set_time_relative(f->retry, f->retry_usec);
        (void) sd_event_source_set_enabled(f->retry, SD_EVENT_ONESHOT);
}

static void fail(struct vrrp_firewall *f, int error) {
        set_problem(f, error == -EIO && f->nft ? nftables_error(f->nft)
                                               : strerrordesc_np(-error) ?: "unknown error");
        f->whole = false;
        f->waiting = true;
        retry_later(f);
}

static void succeed(struct vrrp_firewall *f) {
        f->waiting = false;
        set_problem(f, "");
        if (f->unrecorded) {
                retry_later(f);
                return;
        }
        f->retry_usec = 0;
        (void) sd_event_source_set_enabled(f->retry, SD_EVENT_OFF);
}

static int on_retry(sd_event_source *s, uint64_t usec, void *userdata) {
        struct vrrp_firewall *f = userdata;

        f->waiting = false;
        vrrp_firewall_touch(f);
        return 0;
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

        if (!f->dirty || f->waiting || !vrrp_firewall_needs(f, in))
                return;
        if (!is_in_place(f, in))
                r = vrrp_firewall_establish(f, in);
        if (r >= 0)
                r = vrrp_firewall_change(f, in, true);
        if (r < 0)
                fail(f, r);
}

/* 0; 1: something has failed before, and is tried again later, as a whole; or -errno. */
static int open_again(struct vrrp_firewall *f) {
        bool in[_NFTABLES_FAMILY_MAX];
        bool needed = vrrp_firewall_needs(f, in);
        int r = 0;

        if (needed && f->whole && f->foreign)
                r = vrrp_firewall_clean(f, in);
        if (needed && f->whole && r >= 0)
                r = vrrp_firewall_change(f, in, false);
        if (r < 0)
                return r;
        if (!vrrp_firewall_needs(f, in))
                return vrrp_firewall_remove(f);
        return !f->whole;
}

void vrrp_firewall_open(struct vrrp_firewall *f) {
        int r;

        if (!f->dirty || f->waiting)
                return;
        f->dirty = false;
        vrrp_firewall_keep_record(f);
        for (struct vrrp_blocked *e = f->elements; e; e = e->hh.next)
                e->kept = false;
        r = open_again(f);
        vrrp_firewall_forget_unused(f);
        if (r < 0)
                fail(f, r);
        else if (r == 0)
                succeed(f);
}

void vrrp_firewall_end(struct vrrp_firewall *f) {
        int r = vrrp_firewall_remove(f);

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
        vrrp_firewall_touch(f);
}

/* --- how it looks --- */

int vrrp_firewall_configure(struct vrrp_firewall *f, const char *name,
                const struct vrrp_firewall_rules *style) {
        struct vrrp_firewall_rules next = *style;
        _cleanup_free_ char *full = NULL;

        if (asprintf(&full, "%s%s%s", name, f->config_id ? "-" : "", f->config_id ?: "") < 0)
                return -ENOMEM;
        if (strlen(full) > NFTABLES_NAME_MAX)
                full[NFTABLES_NAME_MAX] = '\0';
        for (char *c = full; *c; c++)
                if (!isalnum((unsigned char) *c) && !strchr("_-.", *c))
                        *c = '_';
        next.mark = f->mark;
        next.vmacs = f->vmacs;
        next.n_vmacs = f->style.n_vmacs;
        if (f->name && streq(f->name, full) && f->style.priority == next.priority &&
                        f->style.ifindex == next.ifindex && f->style.counters == next.counters)
                return 0;
        free(f->name);
        f->name = TAKE_PTR(full);
        f->style = next;
        f->whole = f->waiting = false;
        vrrp_firewall_touch(f);
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
        vrrp_firewall_touch(f);
}

/* --- the object --- */

/* Without a record nothing was made. */
static int read_record(const char *path, const char *mark, struct nftables_table *ret) {
        _cleanup_(json_object_putp) json_object *record = NULL;
        int r;

        r = state_file_read(path, &record);
        if (r == -ENOENT || r == -ENOMEM)
                return r == -ENOMEM ? r : 0;
        if (r >= 0)
                r = nftables_table_from_json(record, ret);
        if (r == -ENOMEM || ret->name)
                return r;
        log_warning("%s is torn and ignored; the tables of nftables that are marked as ours count",
                        path);
        return nftables_mark_find(mark, ret);
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
        (void) vrrp_vmac_mark(config_id, f->mark);
        r = read_record(record_path, f->mark, &f->record);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                log_warning("cannot tell which tables of nftables are ours: %s", strerror(-r));
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
        struct vrrp_blocked *e, *next;

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

int vrrp_firewall_release(const char *path, const char *config_id) {
        _cleanup_(nftables_freep) struct nftables *nft = NULL;
        struct nftables_table record = {};
        char mark[VRRP_VMAC_MARK_MAX];
        int r;

        if (access(path, F_OK) < 0)
                return 0;
        r = read_record(path, vrrp_vmac_mark(config_id, mark), &record);
        if (r >= 0)
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
