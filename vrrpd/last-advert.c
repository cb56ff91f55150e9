/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/last-advert.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common/macro.h"

/* "vrrplast" and the version of the layout, which is this machine's own: it lives for one boot. */
#define MAGIC UINT64_C(0x7672727070617374)
#define VERSION 1

/* All 255 ids on 64 interfaces. */
#define SLOTS 16384

struct slot {
        uint64_t name; /* hash; 0: free */
        uint64_t monotonic;
        uint64_t realtime;
        uint64_t numbers; /* of authenticated adverts; while free, not 0: a search goes on behind it */
};

struct file {
        uint64_t magic;
        uint64_t version;
        uint64_t slots;
        uint64_t unused;
        struct slot slot[SLOTS];
};

struct vrrp_last_adverts {
        struct file *file;
};

static bool is_ours(const struct file *f) {
        return f->magic == MAGIC && f->version == VERSION && f->slots == SLOTS;
}

static struct file *map(int fd) {
        int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
        void *p = mmap(NULL, sizeof(struct file), PROT_READ | PROT_WRITE, flags, fd, 0);

        return p == MAP_FAILED ? NULL : p;
}

/* Begin @path anew, whoever may still have the old file mapped. */
static int create(const char *path, int *ret_fd) {
        _cleanup_close_ int fd = -1;

        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return -errno;
        if (ftruncate(fd, sizeof(struct file)) < 0)
                return -errno;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int open_existing(const char *path, struct file **ret) {
        _cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        struct stat st;
        struct file *f;

        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size != sizeof(struct file))
                return -EBADMSG;
        f = map(fd);
        if (!f)
                return -errno;
        if (!is_ours(f)) {
                (void) munmap(f, sizeof(*f));
                return -EBADMSG;
        }
        *ret = f;
        return 0;
}

static int open_new(const char *path, struct file **ret) {
        _cleanup_close_ int fd = -1;
        int r, error;

        error = create(path, &fd);
        *ret = map(fd);
        r = *ret ? error : -errno;
        if (!*ret)
                *ret = map(-1);
        if (!*ret)
                return -ENOMEM;
        (*ret)->version = VERSION;
        (*ret)->slots = SLOTS;
        (*ret)->magic = MAGIC;
        return r;
}

int vrrp_last_adverts_open(const char *path, struct vrrp_last_adverts **ret) {
        _cleanup_(vrrp_last_adverts_freep) struct vrrp_last_adverts *t = calloc(1, sizeof(*t));
        int r;

        *ret = NULL;
        if (!t)
                return -ENOMEM;
        r = open_existing(path, &t->file);
        if (r < 0)
                r = open_new(path, &t->file);
        if (!t->file)
                return r;
        *ret = TAKE_PTR(t);
        return r;
}

struct vrrp_last_adverts *vrrp_last_adverts_free(struct vrrp_last_adverts *t) {
        if (!t)
                return NULL;
        if (t->file)
                (void) munmap(t->file, sizeof(*t->file));
        free(t);
        return NULL;
}

/* FNV-1a, 64 bits; never 0. */
static uint64_t hash(const char *name) {
        uint64_t h = UINT64_C(0xcbf29ce484222325);

        for (const unsigned char *p = (const unsigned char *) name; *p; p++)
                h = (h ^ *p) * UINT64_C(0x100000001b3);
        return h ?: 1;
}

/* Open addressing: a search ends at a slot that was never used. */
int vrrp_last_adverts_find(struct vrrp_last_adverts *t, const char *name) {
        uint64_t h = hash(name);
        int free_slot = -ENOSPC;

        for (size_t i = 0; i < SLOTS; i++) {
                size_t at = (h + i) % SLOTS;
                struct slot *s = &t->file->slot[at];

                if (s->name == h)
                        return (int) at;
                if (s->name != 0)
                        continue;
                if (free_slot < 0)
                        free_slot = (int) at;
                if (s->numbers == 0)
                        break;
        }
        if (free_slot >= 0)
                t->file->slot[free_slot] = (struct slot){ .name = h };
        return free_slot;
}

void vrrp_last_adverts_drop(struct vrrp_last_adverts *t, int slot) {
        if (slot >= 0)
                t->file->slot[slot] = (struct slot){ .numbers = 1 };
}

struct vrrp_last_advert vrrp_last_adverts_get(const struct vrrp_last_adverts *t, int slot) {
        const struct slot *s;

        if (slot < 0)
                return (struct vrrp_last_advert){};
        s = &t->file->slot[slot];
        return (struct vrrp_last_advert){ .monotonic = s->monotonic, .realtime = s->realtime };
}

void vrrp_last_adverts_set(
                struct vrrp_last_adverts *t, int slot, usec_t monotonic, usec_t realtime) {
        if (slot < 0)
                return;
        t->file->slot[slot].monotonic = monotonic;
        t->file->slot[slot].realtime = realtime;
}

uint64_t vrrp_last_adverts_numbers(const struct vrrp_last_adverts *t, int slot) {
        return slot < 0 ? 0 : t->file->slot[slot].numbers;
}

void vrrp_last_adverts_set_numbers(struct vrrp_last_adverts *t, int slot, uint64_t numbers) {
        if (slot >= 0)
                t->file->slot[slot].numbers = numbers;
}
