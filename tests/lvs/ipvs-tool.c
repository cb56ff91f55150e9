/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel's table through ipvsd's own code, for tests of it on a kernel that has one:
 *
 *     ipvs-tool [OPTION...] dump                    as ipvsadm -Sn
 *     ipvs-tool [OPTION...] apply [FROM]            make it the rules of the input, ours being those of FROM
 *     ipvs-tool [OPTION...] apply-blind FROM        the same, but take FROM for what the kernel has
 *     ipvs-tool [OPTION...] statistics
 *     ipvs-tool [OPTION...] timeouts [TCP FIN UDP]
 *     ipvs-tool [OPTION...] daemons
 *     ipvs-tool [OPTION...] start master|backup INTERFACE ID [MAXLEN PORT TTL GROUP]
 *     ipvs-tool [OPTION...] stop master|backup
 *     ipvs-tool [OPTION...] flush
 *
 * -n NETNS: in that namespace; -r BYTES: with so small a receive buffer; -c COMMAND: run it after the kernel was asked
 * for the first time.
 * What the call came back with is said last, as "result N". */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"
#include "common/usec.h"
#include "ipvsd/kernel-private.h"
#include "ipvsd/kernel.h"
#include "ipvsd/operation.h"
#include "ipvsd/table-name.h"
#include "rules.h"

static int dump(struct ipvs_kernel *k, int argc, char **argv) {
        _cleanup_(ipvs_table_done) struct ipvs_table t = {};
        int r = ipvs_kernel_dump(k, &t);

        if (r >= 0)
                rules_write(stdout, &t);
        return r;
}

static void read_rules_of(const char *path, struct ipvs_table *ret) {
        _cleanup_fclose_ FILE *f = fopen(path, "re");

        if (!f) {
                perror(path);
                exit(2);
        }
        rules_read(f, ret);
}

static void on_failed(const struct ipvs_operation *o, int error, void *userdata) {
        char text[IPVS_EXPLANATION_MAX];

        printf("failed %d %s\n", -error, ipvs_operation_explain(o, error, text));
}

static int apply(struct ipvs_kernel *k, int argc, char **argv) {
        _cleanup_(ipvs_table_done) struct ipvs_table wanted = {}, ours = {}, kernel = {};
        _cleanup_(ipvs_plan_done) struct ipvs_plan plan = {};
        bool blind = streq(argv[0], "apply-blind");
        usec_t before;
        int r;

        rules_read(stdin, &wanted);
        if (argc > 1)
                read_rules_of(argv[1], &ours);
        before = usec_now(CLOCK_MONOTONIC);
        r = blind ? ipvs_table_copy(&ours, &kernel) : ipvs_kernel_dump(k, &kernel);
        if (r >= 0)
                r = ipvs_plan_diff(&wanted, &kernel, &ours, &plan);
        if (r < 0)
                return r;
        printf("operations %zu after %" PRIusec " us\n", plan.n,
                        usec_now(CLOCK_MONOTONIC) - before);
        before = usec_now(CLOCK_MONOTONIC);
        r = ipvs_kernel_apply(k, &plan, on_failed, NULL);
        printf("applied in %" PRIusec " us\n", usec_now(CLOCK_MONOTONIC) - before);
        return r;
}

static void on_statistics(const struct ipvs_statistics *s, void *userdata) {
        char service[IPVS_SERVICE_NAME_MAX], server[IPVS_SERVER_NAME_MAX] = "-";

        if (s->server)
                (void) ipvs_table_server_format(s->server, server);
        printf("%s / %s: connections %" PRIu64 " packets %" PRIu64 " %" PRIu64 " bytes %" PRIu64
               " %" PRIu64 "\n",
                        ipvs_table_service_format(s->service, service), server,
                        s->total.connections, s->total.packets_in, s->total.packets_out,
                        s->total.bytes_in, s->total.bytes_out);
}

/* With the rules of the input: of the first service in them only. */
static int statistics(struct ipvs_kernel *k, int argc, char **argv) {
        _cleanup_(ipvs_table_done) struct ipvs_table only = {};

        rules_read(stdin, &only);
        return ipvs_kernel_statistics(
                        k, only.n_services > 0 ? &only.services[0] : NULL, on_statistics, NULL);
}

static uint32_t number(const char *text) {
        return (uint32_t) strtoul(text, NULL, 10);
}

static int timeouts(struct ipvs_kernel *k, int argc, char **argv) {
        struct ipvs_timeouts t = {};
        int r;

        if (argc > 3) {
                t = (struct ipvs_timeouts){ number(argv[1]), number(argv[2]), number(argv[3]) };
                r = ipvs_kernel_set_timeouts(k, &t);
                if (r < 0)
                        return r;
        }
        r = ipvs_kernel_get_timeouts(k, &t);
        if (r >= 0)
                printf("%u %u %u\n", t.tcp, t.tcp_fin, t.udp);
        return r;
}

static int daemons(struct ipvs_kernel *k, int argc, char **argv) {
        struct ipvs_sync_daemon d[IPVS_SYNC_DAEMONS_MAX];
        char group[IP_ADDR_STRLEN];
        size_t n = 0;
        int r = ipvs_kernel_get_daemons(k, d, &n);

        for (size_t i = 0; i < n; i++)
                printf("%s %s id %u maxlen %u port %u ttl %u group %s\n",
                                d[i].backup ? "backup" : "master", d[i].interface, d[i].id,
                                d[i].maxlen, d[i].port, d[i].ttl,
                                ip_addr_format(&d[i].group, group));
        return r;
}

static int start(struct ipvs_kernel *k, int argc, char **argv) {
        struct ipvs_sync_daemon d = {};

        if (argc < 4)
                return -1;
        d.backup = streq(argv[1], "backup");
        (void) snprintf(d.interface, sizeof(d.interface), "%s", argv[2]);
        d.id = number(argv[3]);
        if (argc > 7) {
                d.maxlen = (uint16_t) number(argv[4]);
                d.port = (uint16_t) number(argv[5]);
                d.ttl = (uint8_t) number(argv[6]);
                (void) ip_addr_parse(argv[7], &d.group);
        }
        return ipvs_kernel_start_daemon(k, &d);
}

static int stop(struct ipvs_kernel *k, int argc, char **argv) {
        return argc < 2 ? -1 : ipvs_kernel_stop_daemon(k, streq(argv[1], "backup"));
}

static int flush(struct ipvs_kernel *k, int argc, char **argv) {
        return ipvs_kernel_flush(k);
}

static const struct {
        const char *name;
        int (*run)(struct ipvs_kernel *k, int argc, char **argv);
} verbs[] = {
        { "dump", dump },
        { "apply", apply },
        { "apply-blind", apply },
        { "statistics", statistics },
        { "timeouts", timeouts },
        { "daemons", daemons },
        { "start", start },
        { "stop", stop },
        { "flush", flush },
};

/* Get to know the kernel, and have the world changed behind our back. */
static int prepare(struct ipvs_kernel *k, const char *receive, const char *command) {
        _cleanup_(ipvs_table_done) struct ipvs_table t = {};
        int bytes = receive ? atoi(receive) : 0;
        int r = command ? ipvs_kernel_dump(k, &t) : 0;

        if (r >= 0 && receive &&
                        setsockopt(k->netlink.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0)
                r = -1;
        if (r >= 0 && command && system(command) != 0)
                r = -1;
        return r;
}

int main(int argc, char **argv) {
        _cleanup_(ipvs_kernel_freep) struct ipvs_kernel *k = NULL;
        const char *netns = NULL, *receive = NULL, *command = NULL;
        int c, r;

        while ((c = getopt(argc, argv, "+n:r:c:")) >= 0)
                switch (c) {
                case 'n': netns = optarg; break;
                case 'r': receive = optarg; break;
                case 'c': command = optarg; break;
                default: return 2;
                }
        r = ipvs_kernel_new(netns, &k);
        if (r >= 0)
                r = prepare(k, receive, command);
        for (size_t i = 0; r >= 0 && optind < argc && i < ARRAY_SIZE(verbs); i++)
                if (streq(argv[optind], verbs[i].name)) {
                        r = verbs[i].run(k, argc - optind, argv + optind);
                        break;
                }
        printf("result %d\n", r);
        return 0;
}
