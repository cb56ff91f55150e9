/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lab-probe: what a client sees, once a millisecond.
 *
 *     lab-probe serve PORT
 *     lab-probe ask FILE ADDRESS PORT [INTERVAL_USEC]
 *
 * `serve` answers every UDP datagram with itself, from the address that it was sent to. `ask` sends a
 * numbered request at every tick of a fixed grid and notes when it left and when its answer came, until it is
 * told to end (SIGTERM). FILE is the record, shared memory that the test reads while it grows: a header, then
 * one pair of CLOCK_REALTIME nanoseconds per request, the second 0 as long as there is no answer.
 *
 * The time of an answer is the kernel's, so that a late wake-up here is not counted as the network's delay;
 * a tick that was missed altogether is caught up with, so that the number of requests is the time that passed.
 * Both run at a real-time priority where that is allowed, because two busy cores otherwise delay the
 * measurement more than the thing measured. */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "common/cleanup.h"
#include "common/macro.h"

#define RECORDS_MAX (3600 * 1000) /* an hour at one a millisecond */
#define NSEC_PER_SEC UINT64_C(1000000000)

struct record {
        uint64_t sent_nsec;
        uint64_t answered_nsec;
};

struct recording {
        uint64_t interval_usec;
        uint64_t count; /* requests sent so far: records[0..count-1] are valid */
        struct record records[RECORDS_MAX];
};

static volatile sig_atomic_t ended;

static void on_signal(int number) {
        ended = 1;
}

static uint64_t now_nsec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t) ts.tv_sec * NSEC_PER_SEC + (uint64_t) ts.tv_nsec;
}

static void raise_priority(void) {
        struct sched_param param = { .sched_priority = 20 };

        (void) sched_setscheduler(0, SCHED_FIFO, &param);
        (void) mlockall(MCL_CURRENT | MCL_ONFAULT);
}

static int open_socket(uint16_t port) {
        struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(port) };
        int one = 1, size = 1 << 20, fd;

        fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd < 0)
                err(1, "socket");
        if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) < 0 ||
                        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) < 0 ||
                        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
                err(1, "setsockopt");
        if (port != 0 && bind(fd, (struct sockaddr *) &here, sizeof(here)) < 0)
                err(1, "bind");
        return fd;
}

/* Receive one datagram. The control data (packet info, time stamp) is left in @control. */
static ssize_t receive(int fd, struct msghdr *msg, int flags) {
        ssize_t n;

        do
                n = recvmsg(fd, msg, flags);
        while (n < 0 && (errno == EINTR || errno == ECONNREFUSED || errno == EHOSTUNREACH) &&
                        !ended);
        return n;
}

static const void *control_find(struct msghdr *msg, int level, int type) {
        for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
                if (c->cmsg_level == level && c->cmsg_type == type)
                        return CMSG_DATA(c);
        return NULL;
}

/* Send @msg back to where it came from, from the address @from that it was sent to. */
static void answer(int fd, struct msghdr *msg, struct in_addr from) {
        union {
                struct cmsghdr header;
                char space[CMSG_SPACE(sizeof(struct in_pktinfo))];
        } control = { .header = { .cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)),
                                      .cmsg_level = IPPROTO_IP,
                                      .cmsg_type = IP_PKTINFO } };
        struct in_pktinfo info = { .ipi_spec_dst = from };

        memcpy(CMSG_DATA(&control.header), &info, sizeof(info));
        msg->msg_control = &control;
        msg->msg_controllen = sizeof(control);
        (void) sendmsg(fd, msg, MSG_DONTWAIT);
}

static int serve(uint16_t port) {
        _cleanup_close_ int fd = open_socket(port);

        raise_priority();
        puts("ready");
        fflush(stdout);

        while (!ended) {
                char data[64], control[128];
                struct sockaddr_in peer;
                struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
                struct msghdr msg = { .msg_name = &peer,
                        .msg_namelen = sizeof(peer),
                        .msg_iov = &iov,
                        .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = sizeof(control) };
                const struct in_pktinfo *info;
                ssize_t n = receive(fd, &msg, 0);

                info = n < 0 ? NULL : control_find(&msg, IPPROTO_IP, IP_PKTINFO);
                if (!info)
                        continue;
                iov.iov_len = (size_t) n;
                answer(fd, &msg, info->ipi_addr);
        }
        return 0;
}

static struct recording *recording_create(const char *path, uint64_t interval_usec) {
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        struct recording *r;

        if (fd < 0 || ftruncate(fd, sizeof(*r)) < 0)
                err(1, "%s", path);
        r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (r == MAP_FAILED)
                err(1, "mmap");
        r->interval_usec = interval_usec;
        return r;
}

static void send_request(int fd, struct recording *r) {
        uint64_t number = r->count;

        if (number >= RECORDS_MAX)
                errx(1, "the recording is full");
        r->records[number].sent_nsec = now_nsec();
        r->count = number + 1;
        (void) send(fd, &number, sizeof(number), MSG_DONTWAIT);
}

static void take_answers(int fd, struct recording *r) {
        for (;;) {
                char control[128];
                uint64_t number;
                struct iovec iov = { .iov_base = &number, .iov_len = sizeof(number) };
                struct msghdr msg = { .msg_iov = &iov,
                        .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = sizeof(control) };
                ssize_t n = receive(fd, &msg, MSG_DONTWAIT);
                const struct timespec *ts = control_find(&msg, SOL_SOCKET, SCM_TIMESTAMPNS);

                if (n < 0)
                        return;
                if (n != sizeof(number) || number >= r->count || r->records[number].answered_nsec)
                        continue;
                r->records[number].answered_nsec = ts
                                ? (uint64_t) ts->tv_sec * NSEC_PER_SEC + (uint64_t) ts->tv_nsec
                                : now_nsec();
        }
}

static int ask(const char *path, const char *address, uint16_t port, uint64_t interval_usec) {
        struct recording *r = recording_create(path, interval_usec);
        struct timespec tick = { .tv_sec = (time_t) (interval_usec / 1000000),
                .tv_nsec = (long) (interval_usec % 1000000) * 1000 };
        struct itimerspec grid = { .it_interval = tick, .it_value = tick };
        struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(port) };
        _cleanup_close_ int fd = open_socket(0),
                            timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
        struct pollfd waits[] = { { .fd = fd, .events = POLLIN },
                { .fd = timer, .events = POLLIN } };

        /* Connected, so that an answer from another address than the one asked is not an answer. */
        if (inet_pton(AF_INET, address, &server.sin_addr) != 1 ||
                        connect(fd, (struct sockaddr *) &server, sizeof(server)) < 0)
                err(1, "%s", address);
        raise_priority();
        if (timer < 0 || timerfd_settime(timer, 0, &grid, NULL) < 0)
                err(1, "timerfd");

        while (!ended) {
                uint64_t ticks = 0;

                if (poll(waits, ARRAY_SIZE(waits), -1) < 0)
                        continue;
                if (waits[0].revents)
                        take_answers(fd, r);
                if (waits[1].revents && read(timer, &ticks, sizeof(ticks)) == sizeof(ticks))
                        while (ticks-- > 0)
                                send_request(fd, r);
        }
        return 0;
}

int main(int argc, char **argv) {
        struct sigaction action = { .sa_handler = on_signal };

        (void) sigaction(SIGTERM, &action, NULL);
        (void) sigaction(SIGINT, &action, NULL);

        if (argc == 3 && streq(argv[1], "serve"))
                return serve((uint16_t) atoi(argv[2]));
        if ((argc == 5 || argc == 6) && streq(argv[1], "ask"))
                return ask(argv[2], argv[3], (uint16_t) atoi(argv[4]),
                                argc == 6 ? strtoull(argv[5], NULL, 10) : 1000);

        errx(2, "usage: lab-probe serve PORT | lab-probe ask FILE ADDRESS PORT [INTERVAL_USEC]");
}
