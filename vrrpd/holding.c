/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "common/macro.h"
#include "vrrpd/address-record.h"
#include "vrrpd/holding.h"

struct holding_key {
        struct vrrp_link *link;
        struct vrrp_link_address_key address;
};
_Static_assert(sizeof(struct holding_key) == sizeof(void *) + sizeof(struct vrrp_link_address_key),
                "hashed byte by byte: no padding");

struct holding {
        struct holding_key key;
        struct vrrp_holdings *holdings;
        struct vrrp_claim *claims; /* utlist */
        unsigned wanted;           /* claims that want it */
        bool held;
        int ifindex;                /* of the interface it was put on */
        uint32_t seq;               /* of our last change of it */
        struct vrrp_address as_put; /* while held */
        bool dirty;                 /* is in the list of those to look at */
        struct holding *prev, *next;
        int error; /* what the commit under way brought */
        bool taking;
        struct holding *next_failed;
        UT_hash_handle hh;
};

struct vrrp_claim {
        struct holding *holding;
        struct vrrp_address address;
        void *owner;
        bool wanted;
        struct vrrp_claim *prev, *next;
};

struct vrrp_holdings {
        const char *record_path;
        const struct vrrp_holdings_ops *ops;
        void *userdata;
        struct vrrp_address_batch *batch;
        struct holding *table;
        struct holding *dirty;
        struct holding *failed; /* in the commit under way */
        bool taking;            /* what the batch under way does */
        bool recorded;          /* the record was written whole once */
        bool record_stale;
        struct vrrp_address_record_entry *entries; /* room for writing the record */
        size_t n_entries;
};

static void on_change(const struct vrrp_address_change *c, void *userdata);

int vrrp_holdings_new(const char *record_path, const struct vrrp_holdings_ops *ops, void *userdata,
                struct vrrp_holdings **ret) {
        _cleanup_(vrrp_holdings_freep) struct vrrp_holdings *hs = calloc(1, sizeof(*hs));
        int r;

        if (!hs)
                return -ENOMEM;
        hs->record_path = record_path;
        hs->ops = ops;
        hs->userdata = userdata;
        r = vrrp_address_batch_new(on_change, hs, &hs->batch);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(hs);
        return 0;
}

static void mark(struct holding *h) {
        if (h->dirty)
                return;
        h->dirty = true;
        DL_APPEND(h->holdings->dirty, h);
}

static void unmark(struct holding *h) {
        if (!h->dirty)
                return;
        h->dirty = false;
        DL_DELETE(h->holdings->dirty, h);
}

static void holding_free(struct holding *h) {
        unmark(h);
        HASH_DEL(h->holdings->table, h);
        vrrp_link_unwant(h->key.link);
        free(h);
}

struct vrrp_holdings *vrrp_holdings_free(struct vrrp_holdings *hs) {
        struct holding *h, *next;

        if (!hs)
                return NULL;
        HASH_ITER (hh, hs->table, h, next)
                if (!h->claims) /* held; nobody said what is to become of it */
                        holding_free(h);
        assert(!hs->table);
        vrrp_address_batch_free(hs->batch);
        free(hs->entries);
        free(hs);
        return NULL;
}

static struct holding *find(const struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address_key *address) {
        struct holding_key key;
        struct holding *h;

        key = (struct holding_key){ .link = link, .address = *address };
        HASH_FIND(hh, hs->table, &key, sizeof(key), h);
        return h;
}

/* It wants its link, too: what is held may outlive the claims, and must not be taken for another link's. */
static int holding_new(struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address_key *address, struct holding **ret) {
        struct holding *h = malloc(sizeof(*h));
        struct vrrp_link *wanted;
        int r;

        if (!h)
                return -ENOMEM;
        r = vrrp_links_want(link->links, link->name, &wanted);
        if (r < 0) {
                free(h);
                return r;
        }
        *h = (struct holding){ .key = { .link = wanted, .address = *address }, .holdings = hs };
        HASH_ADD(hh, hs->table, key, sizeof(h->key), h);
        *ret = h;
        return 0;
}

int vrrp_claim_new(struct vrrp_holdings *hs, struct vrrp_link *link, const struct vrrp_address *a,
                void *owner, struct vrrp_claim **ret) {
        struct vrrp_link_address_key key = vrrp_link_address_key(&a->addr, a->prefix);
        struct holding *h = find(hs, link, &key);
        struct vrrp_claim *c;
        int r;

        if (!h) {
                r = holding_new(hs, link, &key, &h);
                if (r < 0)
                        return r;
        }
        c = malloc(sizeof(*c));
        if (!c) {
                mark(h);
                return -ENOMEM;
        }
        *c = (struct vrrp_claim){ .holding = h, .address = *a, .owner = owner };
        DL_APPEND(h->claims, c);
        *ret = c;
        return 0;
}

struct vrrp_claim *vrrp_claim_free(struct vrrp_claim *c) {
        struct holding *h;

        if (!c)
                return NULL;
        h = c->holding;
        vrrp_claim_release(c);
        DL_DELETE(h->claims, c);
        free(c);
        if (!h->claims && !h->held)
                holding_free(h);
        else
                mark(h);
        return NULL;
}

const struct vrrp_address *vrrp_claim_address(const struct vrrp_claim *c) {
        return &c->address;
}

struct vrrp_link *vrrp_claim_link(const struct vrrp_claim *c) {
        return c->holding->key.link;
}

bool vrrp_claim_is_held(const struct vrrp_claim *c) {
        return c->holding->held;
}

void vrrp_claim_take(struct vrrp_claim *c) {
        if (!c->wanted) {
                c->wanted = true;
                c->holding->wanted++;
        }
        mark(c->holding);
}

void vrrp_claim_release(struct vrrp_claim *c) {
        if (c->wanted) {
                c->wanted = false;
                c->holding->wanted--;
        }
        mark(c->holding);
}

/* How the kernel has it, as far as that can be told from ours. */
static struct vrrp_address as_found(const struct vrrp_link *l,
                const struct vrrp_link_address *found, const struct vrrp_address *ours) {
        struct vrrp_address a = *ours;

        if (a.label[0] || !streq(found->label, l->name))
                (void) strcpy(a.label, found->label);
        return a;
}

bool vrrp_claim_adopt(struct vrrp_claim *c) {
        const struct vrrp_link_address *found;
        struct holding *h = c->holding;

        if (h->held)
                return true;
        found = vrrp_link_find_address(h->key.link, &c->address.addr, c->address.prefix);
        if (!found)
                return false;

        h->held = true;
        h->ifindex = h->key.link->ifindex;
        h->as_put = as_found(h->key.link, found, &c->address);
        h->holdings->record_stale = true;
        mark(h);
        return true;
}

bool vrrp_holdings_have(const struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address *a) {
        return find(hs, link, &a->key);
}

/* The record */

static void note_entry(struct vrrp_holdings *hs, const struct holding *h,
                const struct vrrp_address *a, int ifindex) {
        struct vrrp_address_record_entry *e = &hs->entries[hs->n_entries++];

        *e = (struct vrrp_address_record_entry){
                .addr = a->addr,
                .prefix = a->prefix,
                .peer = a->peer,
                .ifindex = ifindex,
        };
        (void) strcpy(e->ifname, h->key.link ? h->key.link->name : "?");
}

static const struct vrrp_address *wanted_address(const struct holding *h) {
        for (const struct vrrp_claim *c = h->claims; c; c = c->next)
                if (c->wanted)
                        return &c->address;
        return NULL;
}

static int make_room(struct vrrp_holdings *hs) {
        struct vrrp_address_record_entry *entries;

        entries = reallocarray(hs->entries, HASH_COUNT(hs->table) + 1, sizeof(*entries));
        if (!entries)
                return -ENOMEM;
        hs->entries = entries;
        hs->n_entries = 0;
        return 0;
}

static void note_coming(struct vrrp_holdings *hs, const struct holding *h) {
        if (!h->held && h->dirty && h->wanted > 0 && vrrp_link_exists(h->key.link))
                note_entry(hs, h, wanted_address(h), h->key.link->ifindex);
}

/* What is held, and what is about to be. */
static int write_whole(struct vrrp_holdings *hs) {
        int r = make_room(hs);

        if (r < 0)
                return r;
        for (struct holding *h = hs->table; h; h = h->hh.next)
                if (h->held)
                        note_entry(hs, h, &h->as_put, h->ifindex);
                else
                        note_coming(hs, h);
        return vrrp_address_record_write(hs->record_path, hs->entries, hs->n_entries);
}

/* What is about to be, where the record has the rest: of a thousand that come one after the other the last must
 * not wait for all the others to be written again. */
static int write_addition(struct vrrp_holdings *hs) {
        int r = make_room(hs);

        if (r < 0)
                return r;
        for (const struct holding *h = hs->dirty; h; h = h->next)
                note_coming(hs, h);
        return vrrp_address_record_add(hs->record_path, hs->entries, hs->n_entries);
}

static void write_record(struct vrrp_holdings *hs, bool only_adding) {
        int r = -ENODATA;

        if (only_adding && hs->recorded && !hs->record_stale)
                r = write_addition(hs);
        if (r < 0)
                r = write_whole(hs);
        if (r < 0)
                hs->ops->unrecorded(r, hs->userdata);
        hs->recorded = r >= 0;
        hs->record_stale = false;
}

/* The commit */

static bool must_go(const struct holding *h) {
        const struct vrrp_address *a = wanted_address(h);

        /* Wanted otherwise (another label, say): it is put on anew. */
        return h->held && (!a || !vrrp_address_equal(a, &h->as_put));
}

static bool must_come(const struct holding *h) {
        return !h->held && h->wanted > 0;
}

static bool any(const struct vrrp_holdings *hs, bool (*is)(const struct holding *h)) {
        for (const struct holding *h = hs->dirty; h; h = h->next)
                if (is(h))
                        return true;
        return false;
}

static void note_failure(struct holding *h, bool taking, int error) {
        h->taking = taking;
        h->error = error;
        h->next_failed = h->holdings->failed;
        h->holdings->failed = h;
}

static void on_change(const struct vrrp_address_change *c, void *userdata) {
        struct vrrp_holdings *hs = userdata;
        struct holding *h = c->cookie;
        int error = c->error;

        h->seq = c->seq;
        if (hs->taking) {
                /* Put there by hand, or left by somebody: it is ours now. */
                if (error == -EEXIST)
                        error = 0;
                h->held = error == 0;
        } else {
                /* Gone already, by whatever hand or with its interface: that is what was wanted. */
                if (error == -EADDRNOTAVAIL || error == -ENODEV)
                        error = 0;
                h->held = error < 0;
        }
        if (error < 0)
                note_failure(h, hs->taking, error);
}

static void remove_unwanted(struct vrrp_holdings *hs) {
        struct holding *h;

        hs->taking = false;
        DL_FOREACH (hs->dirty, h)
                if (must_go(h))
                        vrrp_address_batch_remove(hs->batch, &h->as_put, h->ifindex, h);
        vrrp_address_batch_commit(hs->batch);
}

static void add_wanted(struct vrrp_holdings *hs) {
        struct holding *h;

        hs->taking = true;
        DL_FOREACH (hs->dirty, h) {
                if (!must_come(h))
                        continue;
                h->as_put = *wanted_address(h);
                h->ifindex = h->key.link->ifindex;
                if (h->ifindex == 0)
                        note_failure(h, true, -ENODEV);
                else
                        vrrp_address_batch_add(hs->batch, &h->as_put, h->ifindex, h);
        }
        vrrp_address_batch_commit(hs->batch);
}

static void clean(struct vrrp_holdings *hs) {
        struct holding *h, *next;

        DL_FOREACH_SAFE (hs->dirty, h, next) {
                unmark(h);
                if (!h->claims && !h->held && h->error == 0)
                        holding_free(h);
        }
}

static void tell_failures(struct vrrp_holdings *hs) {
        struct holding *h;

        while ((h = hs->failed)) {
                int error = h->error;

                hs->failed = h->next_failed;
                h->error = 0;
                for (struct vrrp_claim *c = h->claims; c; c = c->next)
                        if (c->wanted == h->taking)
                                hs->ops->failed(c, c->owner, h->taking, error, hs->userdata);
        }
}

/* The record says what may be on the machine: it is written before something is added and after
 * something was removed, once where both happens. Failures are told last, because those who are told
 * ask for more, which the next commit does. */
void vrrp_holdings_commit(struct vrrp_holdings *hs) {
        bool removing, adding;

        if (!hs->dirty && !hs->record_stale)
                return;
        removing = any(hs, must_go);
        if (removing)
                remove_unwanted(hs);
        adding = any(hs, must_come);
        if (removing || adding || hs->record_stale)
                write_record(hs, !removing);
        if (adding)
                add_wanted(hs);
        clean(hs);
        tell_failures(hs);
}

/* What an earlier process left */

static int take_over_entry(struct vrrp_holdings *hs, struct vrrp_links *links,
                const struct vrrp_address_record_entry *e) {
        struct vrrp_link_address_key key = vrrp_link_address_key(&e->addr, e->prefix);
        struct vrrp_link *link = vrrp_links_find(links, e->ifindex);
        struct holding *h;

        if (link && find(hs, link, &key))
                return 0;
        h = malloc(sizeof(*h));
        if (!h)
                return -ENOMEM;
        *h = (struct holding){
                .key = { .address = key }, /* no link: it may go before this does */
                .holdings = hs,
                .held = true,
                .ifindex = e->ifindex,
                .as_put = { .addr = e->addr, .prefix = e->prefix, .peer = e->peer },
        };
        HASH_ADD(hh, hs->table, key, sizeof(h->key), h);
        mark(h);
        return 1;
}

int vrrp_holdings_take_over(struct vrrp_holdings *hs, struct vrrp_links *links,
                const struct vrrp_address_record_entry *entries, size_t n_entries) {
        int r, n = 0;

        for (size_t i = 0; i < n_entries; i++) {
                r = take_over_entry(hs, links, &entries[i]);
                if (r < 0)
                        return r;
                n += r;
        }
        return n;
}

/* The monitor's news */

static void tell_lost(struct holding *h) {
        struct vrrp_holdings *hs = h->holdings;

        for (struct vrrp_claim *c = h->claims; c; c = c->next)
                if (c->wanted)
                        hs->ops->lost(c, c->owner, hs->userdata);
}

void vrrp_holdings_address_removed(struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address *a, const struct vrrp_link_origin *origin) {
        struct holding *h = find(hs, link, &a->key);

        if (!h || !h->held)
                return;
        /* News of our own removal, which has been undone since. (A later change of ours can take this
         * address away with it: the kernel removes secondaries with their primary.) */
        if (origin->portid == vrrp_address_batch_portid(hs->batch) &&
                        (int32_t) (origin->seq - h->seq) < 0)
                return;
        h->held = false;
        tell_lost(h);
}

void vrrp_holdings_link_changed(struct vrrp_holdings *hs, struct vrrp_link *link) {
        for (struct holding *h = hs->table; h; h = h->hh.next) {
                if (h->key.link != link)
                        continue;
                if (h->held && h->ifindex != link->ifindex)
                        h->held = false;
                if (must_come(h) && vrrp_link_exists(link))
                        mark(h);
        }
}
