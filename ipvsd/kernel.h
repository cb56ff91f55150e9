/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's IPVS over generic netlink (linux/ip_vs.h): dump, batches of changes, counters, timeouts,
 * connection-sync daemons.
 *
 * The kernel answers a request before send() returns, so calls are synchronous and never wait for anybody, except that
 * the first of them may make the kernel load its module.
 *
 * All may return -EOPNOTSUPP: the kernel has no IPVS. It is asked again by every call, because a module may be loaded
 * later. */

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cleanup.h"
#include "ipvsd/plan.h"
#include "ipvsd/table.h"

struct ipvs_kernel;

/* @netns: NULL for the process's own; "" for that of process 1; else a name in /run/netns. Works also while there is no
 * IPVS. 0; -ENOENT: there is no such namespace; -EPERM: another one needs CAP_SYS_ADMIN; -ENOTRECOVERABLE: the process
 * could not go back into its own and must end. */
int ipvs_kernel_new(const char *netns, struct ipvs_kernel **ret);
struct ipvs_kernel *ipvs_kernel_free(struct ipvs_kernel *k);
DEFINE_CLEANUP_FUNC(struct ipvs_kernel *, ipvs_kernel_free);

/* The whole table, sorted, connection counts included. */
int ipvs_kernel_dump(struct ipvs_kernel *k, struct ipvs_table *ret);

/* Carry out @plan in batches, one acknowledgement for each batch. What was not done is told to @failed with the
 * kernel's -errno, once for each operation, in the order of the plan, when all have been tried; ipvs_operation_explain()
 * has the words. What is there is changed when it was to be added, what is missing added when it was to be changed, and
 * not missed when it was to be deleted.
 *
 * 0: all was done, or told to @failed. 1: likewise, but the table was not the one that the plan was made from;
 * more may be wrong: diff again. -ENOBUFS: it is not known what was done; dump and diff again. -EPERM, -EOPNOTSUPP or
 * another -errno: nothing can be said to the kernel. @failed is not called with a negative result. */
typedef void (*ipvs_kernel_failed_t)(const struct ipvs_operation *o, int error, void *userdata);
int ipvs_kernel_apply(struct ipvs_kernel *k, const struct ipvs_plan *plan,
                ipvs_kernel_failed_t failed, void *userdata);

struct ipvs_counters {
        uint64_t connections, packets_in, packets_out, bytes_in, bytes_out;
};

/* Of a service (@server is NULL), or of a server in it; its connections are in @server. Borrowed for the call. */
struct ipvs_statistics {
        const struct ipvs_table_service *service;
        const struct ipvs_table_server *server;
        struct ipvs_counters total, per_second; /* the kernel's estimate, every two seconds */
};

/* Services first, then their servers, each once. @only (may be NULL): the key of the one service wanted; -ESRCH: it
 * is not there. */
typedef void (*ipvs_kernel_statistics_t)(const struct ipvs_statistics *s, void *userdata);
int ipvs_kernel_statistics(struct ipvs_kernel *k, const struct ipvs_table_service *only,
                ipvs_kernel_statistics_t handler, void *userdata);

/* How long the kernel remembers a quiet connection, in seconds. */
struct ipvs_timeouts {
        uint32_t tcp, tcp_fin, udp;
};

int ipvs_kernel_get_timeouts(struct ipvs_kernel *k, struct ipvs_timeouts *ret);
int ipvs_kernel_set_timeouts(struct ipvs_kernel *k, const struct ipvs_timeouts *t); /* 0: leave */

/* A thread of the kernel that tells (or, as backup, hears) of connections by multicast. Zero or unset: the kernel's
 * choice. */
struct ipvs_sync_daemon {
        bool backup;
        char interface[IF_NAMESIZE];
        uint32_t id; /* 0..255; a backup with 0 hears all */
        uint16_t maxlen, port;
        uint8_t ttl;
        struct ip_addr group;
};

/* Whether @running is what @wanted asks for. */
bool ipvs_sync_daemon_same(
                const struct ipvs_sync_daemon *wanted, const struct ipvs_sync_daemon *running);

#define IPVS_SYNC_DAEMONS_MAX 2U /* one master, one backup */

/* What runs in the namespace; *ret_n of them. */
int ipvs_kernel_get_daemons(struct ipvs_kernel *k,
                struct ipvs_sync_daemon ret[static IPVS_SYNC_DAEMONS_MAX], size_t *ret_n);

/* -EEXIST: one of that role runs already; -ENODEV: no such interface; -EINVAL: among others because a server is of
 * another address family than its service. */
int ipvs_kernel_start_daemon(struct ipvs_kernel *k, const struct ipvs_sync_daemon *d);
int ipvs_kernel_stop_daemon(struct ipvs_kernel *k, bool backup); /* -ESRCH: none runs */

/* Every service, whoever made it. */
int ipvs_kernel_flush(struct ipvs_kernel *k);
