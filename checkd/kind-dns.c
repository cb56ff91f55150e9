/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* DNS_CHECK: one question by UDP to the server alone; any answer to it with response code 0 is good, whatever is
 * in it. c-ares makes the question, knows which datagram answers it (its id, its question) and drops the
 * others. Each try has a channel of its own, which knows neither resolv.conf nor a second try. */

#include <ares.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "checkd/kind.h"
#include "checkd/socket.h"
#include "common/daemon.h"
#include "common/macro.h"

#define ACCURACY_USEC (10 * USEC_PER_MSEC)
#define CLASS_IN 1
#define HEADER_BYTES 12 /* RFC 1035 §4.1.1 */

struct dns_try {
        struct check_engine *engine;           /* borrowed */
        const struct check_checker_conf *conf; /* borrowed; check_kind.rebase */
        check_done_t done;
        void *userdata;
        ares_channel channel;
        sd_event_source *io;    /* of the one socket; or NULL */
        sd_event_source *timer; /* the limit, or brings the outcome */
        usec_t begun_usec;
        bool over;
        char problem[CHECK_TEXT_MAX]; /* what we lack ourselves, or "" */
        struct check_outcome outcome;
};

static struct dns_try *try_free(struct dns_try *t) {
        if (!t)
                return NULL;
        t->over = true; /* what c-ares says from here on is not heard */
        if (t->channel)
                ares_destroy(t->channel);
        (void) sd_event_source_disable_unref(t->io);
        (void) sd_event_source_disable_unref(t->timer);
        free(t);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct dns_try *, try_free);

/* --- the end --- */

/* c-ares may be calling: so who began the try is told from the loop. */
_printf_(3, 4) static void end(
                struct dns_try *t, enum check_result result, const char *format, ...) {
        va_list ap;

        if (t->over)
                return;
        t->over = true;
        t->outcome.result = result;
        va_start(ap, format);
        (void) vsnprintf(t->outcome.text, sizeof(t->outcome.text), format, ap);
        va_end(ap);
        (void) sd_event_source_set_time(t->timer, 0);
}

static int on_time(sd_event_source *s, uint64_t usec, void *userdata) {
        struct dns_try *t = userdata;

        if (!t->over) {
                t->over = true;
                t->outcome.result = CHECK_BAD;
                check_socket_timeout_words(t->conf->connect_timeout_usec, t->outcome.text,
                                sizeof(t->outcome.text));
        }
        t->done(&t->outcome, t->userdata);
        (void) try_free(t);
        return 0;
}

/* RFC 1035 §4.1.1, RFC 2136 §2.2 */
static const char *code_to_string(unsigned code) {
        static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
                "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE" };

        return code < ARRAY_SIZE(names) ? names[code] : "an unknown response code";
}

static void on_answer(void *userdata, int status, int timeouts, unsigned char *answer, int n) {
        struct dns_try *t = userdata;
        unsigned code;

        if (t->problem[0])
                end(t, CHECK_UNTRIED, "%s", t->problem);
        else if (status == ARES_ENOMEM)
                end(t, CHECK_UNTRIED, "out of memory");
        else if (status == ARES_ECONNREFUSED)
                end(t, CHECK_BAD, "connection refused");
        else if (status != ARES_SUCCESS || n < HEADER_BYTES)
                end(t, CHECK_BAD, "%s", ares_strerror(status));
        else {
                code = answer[3] & 0xf;
                if (code == 0)
                        end(t, CHECK_GOOD, "%u answers in %.1f ms",
                                        (unsigned) answer[6] << 8 | answer[7],
                                        (double) (usec_now(CLOCK_MONOTONIC) - t->begun_usec) /
                                                        (double) USEC_PER_MSEC);
                else
                        end(t, CHECK_BAD, "%s", code_to_string(code));
        }
}

/* --- c-ares in the loop --- */

static int on_io(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        struct dns_try *t = userdata;

        ares_process_fd(t->channel, events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? fd : ARES_SOCKET_BAD,
                        events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
        return 0;
}

static void on_socket(void *userdata, ares_socket_t fd, int readable, int writable) {
        struct dns_try *t = userdata;

        t->io = sd_event_source_disable_unref(t->io);
        if (!readable && !writable)
                return;
        if (sd_event_add_io(t->engine->event, &t->io, fd,
                            (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0), on_io, t) >= 0)
                (void) sd_event_source_set_priority(t->io, DAEMON_PRIORITY_SOCKET);
}

/* A socket that is not connected yet. */
static int on_prepare(ares_socket_t fd, int type, void *userdata) {
        struct dns_try *t = userdata;

        return check_socket_prepare(t->conf, t->conf->connect_ip.family, fd, t->problem) < 0 ? -1
                                                                                             : 0;
}

/* --- the kind --- */

static int set_server(struct dns_try *t) {
        const struct check_checker_conf *c = t->conf;
        struct ares_addr_port_node server = { .family = c->connect_ip.family,
                .udp_port = c->connect_port,
                .tcp_port = c->connect_port };

        if (c->connect_ip.family == AF_INET)
                server.addr.addr4 = c->connect_ip.in;
        else
                memcpy(&server.addr.addr6, &c->connect_ip.in6, sizeof(server.addr.addr6));
        return ares_set_servers_ports(t->channel, &server) == ARES_SUCCESS ? 0 : -ENOMEM;
}

/* All that c-ares would look for in resolv.conf is given, so it does not read it. Its own time limit is
 * beyond ours. */
static int open_channel(struct dns_try *t) {
        struct in_addr nobody = {};
        struct ares_options o = {
                .flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC | ARES_FLAG_NOSEARCH |
                                ARES_FLAG_NOALIASES,
                .timeout = (int) (MIN(t->conf->connect_timeout_usec, 86400 * USEC_PER_SEC) /
                                           USEC_PER_MSEC) +
                                10000,
                .tries = 1,
                .ndots = 1,
                .servers = &nobody,
                .nservers = 1,
                .lookups = (char *) "b",
                .sock_state_cb = on_socket,
                .sock_state_cb_data = t,
        };
        int r;

        r = ares_init_options(&t->channel, &o,
                        ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
                                        ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_SORTLIST |
                                        ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB);
        if (r != ARES_SUCCESS)
                return -ENOMEM;
        ares_set_socket_configure_callback(t->channel, on_prepare, t);
        return set_server(t);
}

/* The id is ours to choose: ares_send() takes it as it is. */
static int ask(struct dns_try *t) {
        const struct check_dns_conf *d = &t->conf->dns;
        unsigned char *query = NULL;
        unsigned short id = 0;
        int n = 0;

        (void) getrandom(&id, sizeof(id), GRND_NONBLOCK);
        if (ares_create_query(d->name, CLASS_IN, d->type, id, 1, &query, &n, 0) != ARES_SUCCESS)
                return -EINVAL;
        ares_send(t->channel, query, n, on_answer, t);
        ares_free_string(query);
        return 0;
}

static int begin(struct dns_try *t) {
        usec_t limit;
        int r;

        t->begun_usec = usec_now(CLOCK_MONOTONIC);
        limit = usec_add(t->begun_usec, t->conf->connect_timeout_usec);
        r = sd_event_add_time(t->engine->event, &t->timer, CLOCK_MONOTONIC, limit, ACCURACY_USEC,
                        on_time, t);
        if (r >= 0)
                r = sd_event_source_set_priority(t->timer, DAEMON_PRIORITY_TIMER);
        if (r >= 0)
                r = open_channel(t);
        return r < 0 ? r : ask(t);
}

static int dns_start(struct check_engine *e, const struct check_checker_conf *c, unsigned step,
                check_done_t done, void *userdata, struct check_try **ret) {
        _cleanup_(try_freep) struct dns_try *t = calloc(1, sizeof(*t));
        int r;

        if (!t)
                return -ENOMEM;
        t->engine = e;
        t->conf = c;
        t->done = done;
        t->userdata = userdata;
        r = begin(t);
        if (r < 0)
                return r;
        *ret = (struct check_try *) TAKE_PTR(t);
        return 0;
}

static void dns_cancel(struct check_try *t) {
        (void) try_free((struct dns_try *) t);
}

static void dns_rebase(struct check_try *t, const struct check_checker_conf *c) {
        ((struct dns_try *) t)->conf = c;
}

static bool dns_same(const struct check_checker_conf *a, const struct check_checker_conf *b) {
        return a->dns.type == b->dns.type && strcasecmp(a->dns.name, b->dns.name) == 0;
}

static void dns_describe(const struct check_checker_conf *c, char *buf, size_t n) {
        char address[IP_ADDR_STRLEN];

        (void) snprintf(buf, n, "%s port %u, %s %s", ip_addr_format(&c->connect_ip, address),
                        c->connect_port, check_dns_type_to_string(c->dns.type), c->dns.name);
}

const struct check_kind check_kind_dns = {
        .name = "DNS_CHECK",
        .start = dns_start,
        .cancel = dns_cancel,
        .rebase = dns_rebase,
        .same = dns_same,
        .describe = dns_describe,
};
