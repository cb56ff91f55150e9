/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* accept-clock PORT: accepts on all addresses, closes at once, and at SIGTERM prints what came: a line for
 * each connection, the address it came to and when, in microseconds. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 2000000U

struct arrival {
        struct in_addr to;
        long long usec;
};

static volatile sig_atomic_t over;

static void on_term(int signal) {
        over = 1;
}

static long long now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (long long) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int listen_on(unsigned short port) {
        const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(port) };
        const int on = 1;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (bind(fd, (const struct sockaddr *) &any, sizeof(any)) < 0 || listen(fd, 4096) < 0) {
                perror("accept-clock");
                exit(EXIT_FAILURE);
        }
        return fd;
}

int main(int argc, char **argv) {
        const struct sigaction term = { .sa_handler = on_term };
        int fd = listen_on((unsigned short) atoi(argc > 1 ? argv[1] : "80"));
        struct arrival *all = calloc(CONNECTIONS_MAX, sizeof(*all));
        size_t n = 0;

        (void) sigaction(SIGTERM, &term, NULL);
        (void) puts("ready");
        (void) fflush(stdout);
        while (!over && all && n < CONNECTIONS_MAX) {
                struct sockaddr_in to = {};
                socklen_t length = sizeof(to);
                int c = accept(fd, NULL, NULL);

                if (c < 0)
                        continue;
                if (getsockname(c, (struct sockaddr *) &to, &length) == 0)
                        all[n++] = (struct arrival){ to.sin_addr, now_usec() };
                (void) close(c);
        }
        for (size_t i = 0; i < n; i++)
                (void) printf("%u %lld\n", ntohl(all[i].to.s_addr), all[i].usec);
        return EXIT_SUCCESS;
}
