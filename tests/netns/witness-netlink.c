/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Preloaded into a program: counts what it asks the kernel by rtnetlink, by the type of message, refuses what it is told
 * to refuse, and is the kernel at busy times, by the file that $WITNESS_NETLINK names. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define TYPES 256

static struct witness {
        uint32_t refused; /* type; 0: none */
        uint32_t error;
        uint32_t busy; /* others change addresses all the time */
        uint32_t unused;
        uint64_t count[TYPES];
} * witness;

__attribute__((constructor)) static void init(void) {
        const char *path = getenv("WITNESS_NETLINK");
        void *p = MAP_FAILED;
        int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

        if (fd >= 0 && ftruncate(fd, sizeof(*witness)) == 0)
                p = mmap(NULL, sizeof(*witness), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd >= 0)
                (void) close(fd);
        if (p != MAP_FAILED)
                witness = p;
}

static int is_rtnetlink(int fd) {
        int protocol = -1;
        socklen_t n = sizeof(protocol);

        return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &n) == 0 &&
                        protocol == NETLINK_ROUTE;
}

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
                socklen_t to_size) {
        static ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
        const struct nlmsghdr *h = data;
        size_t left = size;

        if (!next)
                next = (ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *,
                                socklen_t)) dlsym(RTLD_NEXT, "sendto");
        if (!witness || !to || to->sa_family != AF_NETLINK || !is_rtnetlink(fd))
                return next(fd, data, size, flags, to, to_size);
        for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
                witness->count[h->nlmsg_type % TYPES]++;
                if (witness->refused != 0 && h->nlmsg_type == witness->refused) {
                        errno = (int) witness->error;
                        return -1;
                }
        }
        return next(fd, data, size, flags, to, to_size);
}

/* Of news of addresses the kernel has dropped some; a dump of them was interrupted, and lacks its first. */
static ssize_t garble(struct nlmsghdr *first, ssize_t n) {
        size_t left = (size_t) n;

        if (!NLMSG_OK(first, left) || first->nlmsg_type != RTM_NEWADDR)
                return n;
        if (!(first->nlmsg_flags & NLM_F_MULTI)) {
                errno = ENOBUFS;
                return -1;
        }
        for (struct nlmsghdr *h = first; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left))
                h->nlmsg_flags |= NLM_F_DUMP_INTR;
        first->nlmsg_type = NLMSG_NOOP;
        return n;
}

EXPORT ssize_t recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *from,
                socklen_t *from_size) {
        static ssize_t (*next)(int, void *, size_t, int, struct sockaddr *, socklen_t *);
        ssize_t n;

        if (!next)
                next = (ssize_t(*)(int, void *, size_t, int, struct sockaddr *, socklen_t *)) dlsym(
                                RTLD_NEXT, "recvfrom");
        n = next(fd, buf, size, flags, from, from_size);
        if (n <= 0 || !witness || !witness->busy || !from || from->sa_family != AF_NETLINK ||
                        !is_rtnetlink(fd))
                return n;
        return garble(buf, n);
}
