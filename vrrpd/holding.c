/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "common/json.h"
#include "common/macro.h"
#include "vrrpd/holding.h"
#include "vrrpd/record.h"

struct holding_key {
        struct vrrp_link *link; /* of addresses */
        struct vrrp_held_key thing;
};
_Static_assert(sizeof(struct holding_key) == sizeof(void *) + sizeof(struct vrrp_held_key),
                "hashed byte by byte: no padding");

struct holding {
        struct holding_key key;
        struct vrrp_holdings *holdings;
        struct vrrp_claim *claims; /* utlist */
        unsigned wanted;           /* claims that want it */
        bool held;
        bool suspect;  /* held, if nobody has removed it */
        bool spoilt;   /* held, but not as it is wanted: it is put on anew */
        bool lacking;  /* wanted, and could not be put on */
        bool formed;   /* in the commit under way: @form is what is wanted */
        bool recorded; /* is in the record, which may say more than is true */
        bool dirty;    /* is in the list of those to look at */
        int ifindex;   /* of the key's link, when it was put on */
        uint32_t seq;  /* of our last change of it */
        struct holding *prev, *next;
        int error; /* what the commit under way brought */
        int told;  /* the error that was told last, until it is over */
        bool taking;
        struct holding *next_failed;
        UT_hash_handle hh;
        struct vrrp_link **devices; /* wanted, beside the key's link */
        unsigned n_devices;
        void *form; /* as it was put on; while held */
};

struct vrrp_claim {
        struct holding *holding;
        void *owner;
        bool wanted;
        struct vrrp_claim *prev, *next;
        char value[] __attribute__((aligned(8)));
};

struct vrrp_holdings {
        const struct vrrp_held_kind *kind;
        struct vrrp_links *links;
        const char *record_path;
        const struct vrrp_holdings_ops *ops;
        void *userdata;
        struct vrrp_batch *batch;
        struct holding *table;
        struct holding *dirty;
        struct holding *failed; /* in the commit under way */
        bool taking;            /* what the batch under way does */
        bool removed;           /* something, in the commit under way */
        bool recorded;          /* the record was written whole once */
        bool record_stale;
        bool unrecorded; /* the record could not be written, which was told */
        unsigned n_lacking;
        unsigned n_strangers; /* of an earlier process, so far */
        void *seen;           /* of the kernel, between look and look_away */
};

static void on_change(const struct vrrp_batch_change *c, void *userdata);
static void on_echo(void *cookie, const struct nlmsghdr *h, void *userdata);

int vrrp_holdings_new(const struct vrrp_held_kind *kind, struct vrrp_links *links,
                const char *record_path, const struct vrrp_holdings_ops *ops, void *userdata,
                struct vrrp_holdings **ret) {
        _cleanup_(vrrp_holdings_freep) struct vrrp_holdings *hs = calloc(1, sizeof(*hs));
        int r;

        if (!hs)
                return -ENOMEM;
        hs->kind = kind;
        hs->links = links;
        hs->record_path = record_path;
        hs->ops = ops;
        hs->userdata = userdata;
        r = vrrp_batch_new(on_change, hs, &hs->batch);
        if (r < 0)
                return r;
        vrrp_batch_set_echoed(hs->batch, on_echo);
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

static void set_lacking(struct holding *h, bool lacking) {
        h->holdings->n_lacking += (unsigned) lacking - (unsigned) h->lacking;
        h->lacking = lacking;
}

static struct holding *holding_free(struct holding *h) {
        unmark(h);
        set_lacking(h, false);
        if (h->recorded)
                h->holdings->record_stale = true;
        if (h->hh.tbl)
                HASH_DEL(h->holdings->table, h);
        vrrp_link_unwant(h->key.link);
        for (unsigned i = 0; i < h->n_devices; i++)
                vrrp_link_unwant(h->devices[i]);
        free(h->devices);
        free(h->form);
        free(h);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct holding *, holding_free);

struct vrrp_holdings *vrrp_holdings_free(struct vrrp_holdings *hs) {
        struct holding *h, *next;

        if (!hs)
                return NULL;
        HASH_ITER (hh, hs->table, h, next)
                if (!h->claims) /* held; nobody said what is to become of it */
                        (void) holding_free(h);
        assert(!hs->table);
        vrrp_holdings_look_away(hs);
        (void) vrrp_batch_free(hs->batch);
        free(hs);
        return NULL;
}

static struct holding *find(const struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_held_key *thing) {
        struct holding_key key;
        struct holding *h;

        key = (struct holding_key){ .link = link, .thing = *thing };
        HASH_FIND(hh, hs->table, &key, sizeof(key), h);
        return h;
}

static int want_devices(struct holding *h, const void *value) {
        struct vrrp_holdings *hs = h->holdings;
        unsigned n = 0;

        while (hs->kind->device(value, n))
                n++;
        h->devices = n > 0 ? calloc(n, sizeof(*h->devices)) : NULL;
        if (n > 0 && !h->devices)
                return -ENOMEM;
        for (; h->n_devices < n; h->n_devices++) {
                int r = vrrp_links_want(hs->links, hs->kind->device(value, h->n_devices),
                                &h->devices[h->n_devices]);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* It wants its links, too: what is held may outlive the claims, and must not be taken for another link's. */
static int holding_new(struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_held_key *thing, const void *value, struct holding **ret) {
        _cleanup_(holding_freep) struct holding *h = malloc(sizeof(*h));
        int r;

        if (!h)
                return -ENOMEM;
        *h = (struct holding){ .key = { .thing = *thing }, .holdings = hs };
        if (link) {
                r = vrrp_links_want(hs->links, link->name, &h->key.link);
                if (r < 0)
                        return r;
        }
        r = want_devices(h, value);
        if (r < 0)
                return r;
        h->form = calloc(1, hs->kind->form_size(value));
        if (!h->form)
                return -ENOMEM;
        HASH_ADD(hh, hs->table, key, sizeof(h->key), h);
        *ret = TAKE_PTR(h);
        return 0;
}

int vrrp_claim_new(struct vrrp_holdings *hs, struct vrrp_link *link, const void *value, void *owner,
                struct vrrp_claim **ret) {
        size_t size = hs->kind->value_size(value);
        struct vrrp_held_key key;
        struct vrrp_claim *c;
        struct holding *h;
        int r;

        hs->kind->key(value, &key);
        h = find(hs, link, &key);
        if (!h) {
                r = holding_new(hs, link, &key, value, &h);
                if (r < 0)
                        return r;
        }
        c = malloc(sizeof(*c) + size);
        if (!c) {
                mark(h);
                return -ENOMEM;
        }
        *c = (struct vrrp_claim){ .holding = h, .owner = owner };
        memcpy(c->value, value, size);
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
                (void) holding_free(h);
        else
                mark(h);
        return NULL;
}

const void *vrrp_claim_value(const struct vrrp_claim *c) {
        return c->value;
}

struct vrrp_link *vrrp_claim_link(const struct vrrp_claim *c) {
        return c->holding->key.link;
}

bool vrrp_claim_is_held(const struct vrrp_claim *c) {
        return c->holding->held && !c->holding->spoilt;
}

bool vrrp_claim_is_wanted(const struct vrrp_claim *c) {
        return c->wanted;
}

void vrrp_claim_take(struct vrrp_claim *c) {
        if (!c->wanted) {
                c->wanted = true;
                c->holding->wanted++;
        }
        mark(c->holding);
}

void vrrp_claim_release(struct vrrp_claim *c) {
        struct holding *h = c->holding;

        if (c->wanted) {
                c->wanted = false;
                h->wanted--;
        }
        if (h->wanted == 0) {
                set_lacking(h, false);
                h->told = 0;
        }
        mark(h);
}

void vrrp_claim_leave(struct vrrp_claim *c) {
        set_lacking(c->holding, false);
}

int vrrp_holdings_look(struct vrrp_holdings *hs) {
        vrrp_holdings_look_away(hs);
        return hs->kind->look(&hs->seen);
}

void vrrp_holdings_look_away(struct vrrp_holdings *hs) {
        hs->kind->forget(hs->seen);
        hs->seen = NULL;
}

bool vrrp_claim_adopt(struct vrrp_claim *c) {
        struct holding *h = c->holding;
        struct vrrp_holdings *hs = h->holdings;

        if (h->held)
                return true;
        if (!hs->kind->find(c->value, h->key.link, hs->links, hs->seen, h->form))
                return false;
        h->held = true;
        h->ifindex = h->key.link ? h->key.link->ifindex : 0;
        hs->record_stale = true;
        mark(h);
        return true;
}

bool vrrp_holdings_have(const struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address *a) {
        struct vrrp_held_key key = vrrp_held_address_key(&a->key);

        return find(hs, link, &key);
}

/* The record */

static const void *wanted_value(const struct holding *h) {
        for (const struct vrrp_claim *c = h->claims; c; c = c->next)
                if (c->wanted)
                        return c->value;
        return NULL;
}

static int note(struct vrrp_holdings *hs, struct holding *h, json_object *lines) {
        h->recorded = true;
        return json_object_array_add(lines, hs->kind->note(h->form, h->key.link)) < 0 ? -ENOMEM : 0;
}

/* What is held, and what is about to be. */
static int write_whole(struct vrrp_holdings *hs) {
        json_object *lines = json_object_new_array();
        int r = 0;

        for (struct holding *h = hs->table; h && r >= 0; h = h->hh.next) {
                h->recorded = false;
                if (h->held || h->formed)
                        r = note(hs, h, lines);
        }
        if (r >= 0)
                return vrrp_record_write(hs->record_path, hs->kind->nouns, lines);
        json_object_put(lines);
        return r;
}

/* What is about to be, where the record has the rest: of a thousand that come one after the other the last must
 * not wait for all the others to be written again. */
static int write_addition(struct vrrp_holdings *hs) {
        json_object *lines = json_object_new_array();
        int r = 0;

        for (struct holding *h = hs->dirty; h && r >= 0; h = h->next)
                if (h->formed && !h->recorded)
                        r = note(hs, h, lines);
        if (r >= 0 && json_object_array_length(lines) > 0)
                return vrrp_record_add(hs->record_path, lines);
        json_object_put(lines);
        return r;
}

static void write_record(struct vrrp_holdings *hs, bool only_adding) {
        int r = -ENODATA;

        if (only_adding && hs->recorded && !hs->record_stale)
                r = write_addition(hs);
        if (r < 0)
                r = write_whole(hs);
        if (r < 0 && !hs->unrecorded)
                hs->ops->unrecorded(r, hs->userdata);
        hs->unrecorded = r < 0;
        hs->recorded = r >= 0;
        hs->record_stale = false;
}

/* The commit */

/* Would it be put on in another form now? An interface of it is called otherwise, or is another one of the same
 * name, while the kernel may have it where it was. */
static bool is_outdated(const struct holding *h, const void *value) {
        const struct vrrp_held_kind *kind = h->holdings->kind;
        _Alignas(16) char now[VRRP_HELD_FORM_MAX];
        int r;

        if (h->n_devices == 0)
                return false;
        r = kind->form(value, h->key.link, h->holdings->links, now);
        return r == -ENODEV || (r >= 0 && !kind->same(h->form, now));
}

static bool must_go(const struct holding *h) {
        const void *value = wanted_value(h);

        if (!h->held)
                return false;
        /* Wanted otherwise (another label, say): it is put on anew. */
        return !value || h->spoilt || h->holdings->kind->differs(value, h->form) ||
                        (h->suspect && is_outdated(h, value));
}

static bool must_come(const struct holding *h) {
        return (!h->held || h->suspect) && h->wanted > 0;
}

static void note_failure(struct holding *h, bool taking, int error) {
        h->taking = taking;
        h->error = error;
        h->next_failed = h->holdings->failed;
        h->holdings->failed = h;
}

static void note_success(struct holding *h) {
        struct vrrp_holdings *hs = h->holdings;
        int told = h->told;

        set_lacking(h, false);
        h->told = 0;
        if (told == 0 || !hs->ops->mended)
                return;
        for (struct vrrp_claim *c = h->claims; c; c = c->next)
                if (c->wanted)
                        hs->ops->mended(c, c->owner, hs->userdata);
}

static void on_taken(struct holding *h, int error) {
        if (error == 0 || h->holdings->kind->is_there(error)) {
                h->held = true;
                h->suspect = h->spoilt = false;
                note_success(h);
                return;
        }
        /* What was there before may be there still: the kernel checks what it is asked for first. */
        h->held = h->held && h->suspect;
        note_failure(h, true, error);
}

static void on_removed(struct holding *h, int error) {
        h->held = error < 0 && !h->holdings->kind->is_gone(error);
        h->suspect = false;
        h->spoilt &= h->held;
        if (h->held)
                note_failure(h, false, error);
}

static void on_change(const struct vrrp_batch_change *c, void *userdata) {
        struct vrrp_holdings *hs = userdata;
        struct holding *h = c->cookie;

        h->seq = c->seq;
        if (hs->taking)
                on_taken(h, c->error);
        else
                on_removed(h, c->error);
}

static void on_echo(void *cookie, const struct nlmsghdr *echo, void *userdata) {
        struct vrrp_holdings *hs = userdata;
        struct holding *h = cookie;

        if (hs->taking && hs->kind->heard)
                hs->kind->heard(h->form, echo);
}

static void remove_unwanted(struct vrrp_holdings *hs) {
        struct holding *h;

        hs->taking = false;
        hs->removed = false;
        DL_FOREACH (hs->dirty, h)
                if (must_go(h)) {
                        hs->kind->remove(hs->batch, h->form, h);
                        hs->removed = true;
                }
        vrrp_batch_commit(hs->batch);
}

/* What was heard of one that is gone says nothing of the one that comes. */
static int form_new(struct holding *h, const void *value) {
        struct vrrp_holdings *hs = h->holdings;

        if (!h->held)
                memset(h->form, 0, hs->kind->form_size(value));
        return hs->kind->form(value, h->key.link, hs->links, h->form);
}

/* What the record has of it may not be true of what is put on now: its interface is another one of the same
 * name, or it was lost and is wanted otherwise since. */
static int form_again(struct holding *h, const void *value) {
        _cleanup_(json_object_putp) json_object *before = NULL, *now = NULL;
        struct vrrp_holdings *hs = h->holdings;
        int r;

        before = hs->kind->note(h->form, h->key.link);
        r = form_new(h, value);
        if (r < 0)
                return r;
        now = hs->kind->note(h->form, h->key.link);
        if (!streq_ptr(json_object_get_string(before), json_object_get_string(now)))
                hs->record_stale = true;
        return 0;
}

static int form(struct holding *h) {
        const void *value = wanted_value(h);

        return h->recorded ? form_again(h, value) : form_new(h, value);
}

/* Whether there is something to put on. */
static bool form_wanted(struct vrrp_holdings *hs) {
        struct holding *h;
        bool any = false;

        DL_FOREACH (hs->dirty, h) {
                int r;

                if (!must_come(h))
                        continue;
                r = form(h);
                h->formed = r >= 0;
                h->ifindex = h->key.link ? h->key.link->ifindex : 0;
                any |= h->formed;
                if (r >= 0)
                        continue;
                h->held = false; /* it went with its interface */
                h->suspect = false;
                note_failure(h, true, r);
        }
        return any;
}

static void add_wanted(struct vrrp_holdings *hs) {
        struct holding *h;

        hs->taking = true;
        DL_FOREACH (hs->dirty, h)
                if (h->formed) {
                        h->formed = false;
                        hs->kind->add(hs->batch, h->form, h);
                }
        vrrp_batch_commit(hs->batch);
}

static void clean(struct vrrp_holdings *hs) {
        struct holding *h, *next;

        DL_FOREACH_SAFE (hs->dirty, h, next) {
                unmark(h);
                if (!h->claims && !h->held && h->error == 0)
                        (void) holding_free(h);
        }
}

static void tell_failure(struct holding *h, int error) {
        struct vrrp_holdings *hs = h->holdings;

        if (h->taking)
                set_lacking(h, h->wanted > 0);
        if (hs->ops->mended && h->taking && h->told == error)
                return;
        h->told = h->taking ? error : 0;
        for (struct vrrp_claim *c = h->claims; c; c = c->next)
                if (c->wanted == h->taking)
                        hs->ops->failed(c, c->owner, h->taking, error, hs->userdata);
}

static void tell_failures(struct vrrp_holdings *hs) {
        struct holding *h;

        while ((h = hs->failed)) {
                int error = h->error;

                hs->failed = h->next_failed;
                h->error = 0;
                tell_failure(h, error);
        }
}

static bool is_idle(const struct vrrp_holdings *hs) {
        return !hs->dirty && !hs->record_stale;
}

/* The record says what may be on the machine: it is written before something is added and after
 * something was removed, once where both happens. Failures are told last, because those who are told
 * ask for more, which the next commit does. */
static void put_wanted(struct vrrp_holdings *hs) {
        bool adding;

        if (is_idle(hs))
                return;
        adding = form_wanted(hs);
        if (hs->removed || adding || hs->record_stale)
                write_record(hs, !hs->removed);
        hs->removed = false;
        if (adding)
                add_wanted(hs);
        clean(hs);
        tell_failures(hs);
}

void vrrp_holdings_commit_all(struct vrrp_holdings *const *tables, size_t n) {
        for (size_t i = n; i > 0; i--)
                if (!is_idle(tables[i - 1]))
                        remove_unwanted(tables[i - 1]);
        for (size_t i = 0; i < n; i++)
                put_wanted(tables[i]);
}

void vrrp_holdings_commit(struct vrrp_holdings *hs) {
        vrrp_holdings_commit_all(&hs, 1);
}

/* What an earlier process left */

/* The record says that the kernel has it, which did not show it. */
static void suppose(struct holding *h) {
        h->held = h->suspect = true;
        h->ifindex = h->key.link ? h->key.link->ifindex : 0;
        mark(h);
}

static int form_claimed(struct holding *h) {
        struct vrrp_holdings *hs = h->holdings;

        return h->claims ? hs->kind->form(h->claims->value, h->key.link, hs->links, h->form)
                         : -ENOENT;
}

/* The holding that a form from a record is of, or NULL: also one that the kernel did not seem to have. Where its key
 * cannot be told, those whose form would be the same are. */
static struct holding *find_form(struct vrrp_holdings *hs, const void *form,
                struct vrrp_link **ret_link, struct vrrp_held_key *ret_key) {
        const struct vrrp_held_kind *kind = hs->kind;
        struct holding *h;

        if (kind->locate(form, hs->links, ret_link, ret_key)) {
                h = *ret_link ? find(hs, *ret_link, ret_key) : NULL;
                if (h && !h->held && form_claimed(h) >= 0)
                        suppose(h);
                return h;
        }
        for (h = hs->table; h; h = h->hh.next) {
                if ((!h->held && form_claimed(h) < 0) || !kind->same(h->form, form))
                        continue;
                if (!h->held)
                        suppose(h);
                return h;
        }
        return NULL;
}

static int take_over_form(struct vrrp_holdings *hs, const void *form, size_t size) {
        struct vrrp_held_key key = {};
        struct vrrp_link *link = NULL;
        struct holding *h;

        if (find_form(hs, form, &link, &key))
                return 0;
        if (!hs->kind->same) /* no link: it may go before this does */
                link = NULL;
        else /* no key: any that no value has */
                memcpy(&key, &(unsigned){ ++hs->n_strangers }, sizeof(unsigned));
        h = malloc(sizeof(*h));
        if (!h)
                return -ENOMEM;
        *h = (struct holding){ .key = { .thing = key }, .holdings = hs, .held = true };
        h->form = malloc(size);
        if (!h->form) {
                free(h);
                return -ENOMEM;
        }
        memcpy(h->form, form, size);
        HASH_ADD(hh, hs->table, key, sizeof(h->key), h);
        mark(h);
        return 1;
}

int vrrp_holdings_take_over(struct vrrp_holdings *hs, json_object *lines) {
        _Alignas(16) char form[VRRP_HELD_FORM_MAX];
        size_t n_lines = json_object_array_length(lines);
        int r, n = 0;

        for (size_t i = 0; i < n_lines; i++) {
                const char *line = json_object_get_string(json_object_array_get_idx(lines, i));
                int size = line ? hs->kind->read(line, form, sizeof(form)) : -EINVAL;

                if (size < 0)
                        continue;
                r = take_over_form(hs, form, (size_t) size);
                if (r < 0)
                        return r;
                n += r;
        }
        if (n > 0 && hs->kind->same)
                vrrp_holdings_suspect(
                                hs); /* what goes may take with it what only looks otherwise */
        return n;
}

/* The monitor's news */

static void tell_lost(struct holding *h) {
        struct vrrp_holdings *hs = h->holdings;

        h->held = false;
        set_lacking(h, h->wanted > 0);
        for (struct vrrp_claim *c = h->claims; c; c = c->next)
                if (c->wanted)
                        hs->ops->lost(c, c->owner, hs->userdata);
}

/* News of our own removal, which has been undone since? (A later change of ours can take a thing away with
 * it: the kernel removes secondary addresses with their primary.) */
static bool is_own(const struct holding *h, const struct vrrp_link_origin *origin) {
        return origin->portid == vrrp_batch_portid(h->holdings->batch) &&
                        (int32_t) (origin->seq - h->seq) < 0;
}

void vrrp_holdings_address_removed(struct vrrp_holdings *hs, struct vrrp_link *link,
                const struct vrrp_link_address *a, const struct vrrp_link_origin *origin) {
        struct vrrp_held_key key = vrrp_held_address_key(&a->key);
        struct holding *h = find(hs, link, &key);

        if (h && h->held && !is_own(h, origin))
                tell_lost(h);
}

void vrrp_holdings_removed(struct vrrp_holdings *hs,
                bool (*is)(const void *value, const void *found), const void *found,
                const struct vrrp_link_origin *origin) {
        for (struct holding *h = hs->table; h; h = h->hh.next)
                if (h->held && h->claims && is(h->claims->value, found) && !is_own(h, origin))
                        tell_lost(h);
}

/* What was on an interface that has another name now is still there; with one that is gone, it went. */
static void follow_own_link(struct holding *h) {
        if (h->held && h->key.link->ifindex != h->ifindex) {
                h->spoilt = true;
                mark(h);
        }
        if (must_come(h) && vrrp_link_exists(h->key.link))
                mark(h);
}

static bool needs_device(const struct holding *h, const struct vrrp_link *link) {
        for (unsigned i = 0; i < h->n_devices; i++)
                if (h->devices[i] == link)
                        return true;
        return false;
}

static void follow_device(struct holding *h) {
        if (h->wanted == 0)
                return;
        if (h->held && is_outdated(h, wanted_value(h)))
                h->suspect = true;
        if (must_come(h))
                mark(h);
}

void vrrp_holdings_link_changed(struct vrrp_holdings *hs, struct vrrp_link *link) {
        for (struct holding *h = hs->table; h; h = h->hh.next) {
                if (h->key.link == link)
                        follow_own_link(h);
                else if (needs_device(h, link))
                        follow_device(h);
        }
}

static void suspect(struct holding *h) {
        if (!h->held || h->wanted == 0)
                return;
        h->suspect = true;
        mark(h);
}

void vrrp_holdings_suspect(struct vrrp_holdings *hs) {
        for (struct holding *h = hs->table; h; h = h->hh.next)
                suspect(h);
}

void vrrp_holdings_suspect_those(struct vrrp_holdings *hs,
                bool (*is)(const void *value, const void *found), const void *found) {
        for (struct holding *h = hs->table; h; h = h->hh.next)
                if (h->wanted > 0 && is(wanted_value(h), found))
                        suspect(h);
}

void vrrp_holdings_upset(struct vrrp_holdings *hs, const struct vrrp_upset *upset) {
        for (struct holding *h = hs->table; h; h = h->hh.next) {
                if (!h->held || h->wanted == 0)
                        continue;
                switch (hs->kind->harm(wanted_value(h), h->form, upset)) {
                case VRRP_HARM_NONE: continue;
                case VRRP_HARM_GONE: break;
                case VRRP_HARM_SPOILT: h->spoilt = true; break;
                }
                suspect(h);
        }
}

bool vrrp_holdings_are_unrecorded(const struct vrrp_holdings *hs) {
        return hs->unrecorded;
}

void vrrp_holdings_record(struct vrrp_holdings *hs) {
        hs->record_stale |= hs->unrecorded;
}

size_t vrrp_holdings_count(const struct vrrp_holdings *hs) {
        return HASH_COUNT(hs->table);
}

bool vrrp_holdings_lack(const struct vrrp_holdings *hs) {
        return hs->n_lacking > 0;
}

void vrrp_holdings_retry(struct vrrp_holdings *hs) {
        for (struct holding *h = hs->table; h && hs->n_lacking > 0; h = h->hh.next)
                if (h->lacking)
                        mark(h);
}
