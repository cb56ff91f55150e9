/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A producer of events that are made up: what notifyd takes for vrrpd in its tests, or for the daemon that
 * $EVENT_PRODUCER names. It is a real daemon (common/daemon.h) with that one's name and its log of events,
 * and records what it reads, a line each, from the FIFO "commands" in its runtime directory:
 * TYPE OBJECT {"key": value, ...}
 * Each is answered by a line "recorded NUMBER" on stdout. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/daemon.h"
#include "common/json.h"
#include "common/macro.h"

struct producer {
        int fd;
        sd_event_source *source;
        char buf[65536];
        size_t n;
};

static void obey(struct daemon *d, const char *line) {
        _cleanup_(json_object_putp) json_object *data = NULL;
        char type[64], object[256];
        int n = 0;

        if (sscanf(line, "%63s %255s %n", type, object, &n) < 2)
                return;
        data = json_tokener_parse(line + n);
        daemon_event(d, type, object, data);
        printf("recorded %" PRIu64 "\n", event_log_last(d->events));
        (void) fflush(stdout);
}

static int on_commands(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct daemon *d = userdata;
        struct producer *p = d->userdata;
        char *newline;
        ssize_t k;

        k = read(fd, p->buf + p->n, sizeof(p->buf) - p->n);
        if (k <= 0)
                return 0;
        p->n += (size_t) k;
        while ((newline = memchr(p->buf, '\n', p->n))) {
                size_t length = (size_t) (newline - p->buf) + 1;

                *newline = '\0';
                obey(d, p->buf);
                p->n -= length;
                memmove(p->buf, p->buf + length, p->n);
        }
        return 0;
}

static int producer_start(struct daemon *d, void *userdata) {
        _cleanup_free_ char *path = daemon_runtime_path(d, "commands");
        struct producer *p = userdata;

        if (mkfifo(path, 0600) < 0 && errno != EEXIST)
                return -errno;
        /* For writing, too: so the FIFO never ends. */
        p->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (p->fd < 0)
                return -errno;
        return sd_event_add_io(d->event, &p->source, p->fd, EPOLLIN, on_commands, d);
}

static void producer_apply(
                struct daemon *d, const struct conf *old, const struct conf *new_, void *userdata) {
}

static int producer_export(struct daemon *d, sd_bus *bus, void *userdata) {
        return 0;
}

static void producer_end(struct daemon *d, enum daemon_end why, void *userdata) {
        daemon_finished(d);
}

static struct daemon_ops producer_ops = {
        .name = "vrrpd",
        .bus_name = "org.mainstay.Vrrp1",
        .object_path = "/org/mainstay/vrrp1",
        .summary = "Records made-up events, for tests.",
        .start = producer_start,
        .apply = producer_apply,
        .export = producer_export,
        .end = producer_end,
};

static void play(const char *name) {
        if (streq(name, "checkd")) {
                producer_ops.name = "checkd";
                producer_ops.bus_name = "org.mainstay.Check1";
                producer_ops.object_path = "/org/mainstay/check1";
        } else if (streq(name, "ipvsd")) {
                producer_ops.name = "ipvsd";
                producer_ops.bus_name = "org.mainstay.Ipvs1";
                producer_ops.object_path = "/org/mainstay/ipvs1";
        }
}

int main(int argc, char **argv) {
        static struct producer producer;

        play(getenv("EVENT_PRODUCER") ?: "vrrpd");

        return daemon_main(argc, argv, &producer_ops, &producer);
}
