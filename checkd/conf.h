/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The health-check part of the configuration: trackers with names of their own, and the checkers of
 * real servers (which hang below their server, ipvsd/conf.h). */

#include <uthash.h>

#include "common/conf-object.h"
#include "common/conf-script.h"
#include "common/ip-addr.h"
#include "common/usec.h"

/* weight N [reverse], as written. */
struct check_weight_conf {
        int value;
        bool reverse;
};

/* vrrp_script */
struct check_script_conf {
        struct conf_object object;
        UT_hash_handle hh; /* by name, in the order of the file */
        char *name;
        struct conf_pos pos;

        struct conf_script identity; /* empty after loading */
        struct check_weight_conf weight_given;
        struct conf_script script; /* with its own user and group, else unset: global script_user */
        usec_t interval_usec;      /* from start to start [1 s] */
        usec_t timeout_usec;       /* [interval] */
        int weight;                /* -253..253, 0: bad means FAULT [0] */
        bool reverse;              /* the sign of the weight's effect is turned round */
        unsigned rise;             /* [1] */
        unsigned fall;             /* [1] */
        bool init_fail;            /* starts bad */
        unsigned n_trackers;       /* instances and groups that track it; 0: it need not run */
};

/* track_file, known, not implemented. */
struct check_file_conf {
        struct conf_object object;
        UT_hash_handle hh;
        char *name;
        struct conf_pos pos;

        struct check_weight_conf weight_given;
        char *file;
        int weight; /* -254..254 [1] */
        bool reverse;
};

/* vrrp_track_process, known, not implemented. */
struct check_process_conf {
        struct conf_object object;
        UT_hash_handle hh;
        char *name;
        struct conf_pos pos;

        struct check_weight_conf weight_given;
        int weight; /* -254..254 [0] */
        bool reverse;
        unsigned quorum;     /* [1] */
        unsigned quorum_max; /* [UINT_MAX] */
};

/* bfd_instance, known, not implemented. */
struct check_bfd_conf {
        struct conf_object object;
        UT_hash_handle hh;
        char *name;
        struct conf_pos pos;

        struct check_weight_conf weight_given;
        struct ip_addr neighbor_ip;
        int weight; /* -253..253 [0] */
        bool reverse;
};

enum check_kind_conf {
        CHECK_CONF_TCP,
        CHECK_CONF_HTTP,
        CHECK_CONF_SSL,
        CHECK_CONF_SMTP,
        CHECK_CONF_DNS,
        CHECK_CONF_UDP,
        CHECK_CONF_PING,
        CHECK_CONF_MISC,
        CHECK_CONF_FILE,
        CHECK_CONF_BFD,
        _CHECK_CONF_MAX,
};

/* "TCP_CHECK", "HTTP_GET", ... */
const char *check_kind_conf_to_string(enum check_kind_conf k);

/* Bytes as they are sent, or wanted: where a bit of the mask is 0 it may be anything. */
struct check_bytes_conf {
        uint8_t *bytes, *mask;
        size_t n; /* 0: not given */
};

bool check_bytes_conf_equal(const struct check_bytes_conf *a, const struct check_bytes_conf *b);

/* One checker of a real server. */
struct check_checker_conf {
        struct conf_object object;
        struct check_checker_conf *next; /* of the same server, in the order of the file */
        enum check_kind_conf kind;
        struct conf_pos pos;

        struct ip_addr connect_ip; /* unset: the server's */
        uint16_t connect_port;     /* 0: the server's */
        struct ip_addr bind_ip;    /* unset: any */
        uint16_t bind_port;
        char *bind_if;
        uint32_t fwmark;
        usec_t connect_timeout_usec; /* values in force, from checker, server, service or kind */
        unsigned retry;              /* further tries before bad */
        usec_t delay_before_retry_usec;
        usec_t warmup_usec;
        usec_t delay_loop_usec;
        bool alpha; /* bad until proved good */
        bool log_all_failures;
        bool fast_recovery; /* HTTP_GET, SSL_GET: no pause between the urls while coming up */

        struct check_bytes_conf udp_payload; /* [random bytes] */
        struct check_bytes_conf udp_reply;   /* [any], up to the shorter length */
        bool udp_require_reply;
        uint16_t udp_min_reply, udp_max_reply; /* bytes, where a reply is given [0, 255] */

        char *helo_name;                        /* SMTP_CHECK; see check_conf_helo_name() */
        const struct check_checker_conf *outer; /* the SMTP_CHECK that a host block stands in */
};

/* How an SMTP_CHECK introduces itself. */
const char *check_conf_helo_name(const struct check_checker_conf *c);

/* For ipvsd/conf*.c, which owns the servers. */
struct check_checker_conf *check_checker_conf_free(struct check_checker_conf *c);

struct check_conf {
        struct conf_object object;
        struct check_script_conf *scripts;
        struct check_file_conf *files;
        struct check_process_conf *processes;
        struct check_bfd_conf *bfds;
        bool log_all_failures; /* checker_log_all_failures */
};

/* The script called @name, or NULL. */
struct check_script_conf *check_conf_find_script(const struct check_conf *c, const char *name);

struct conf;
struct ipvs_service_conf;
struct vrrp_instance_conf;

/* Is an address of @service, or one of its group's, among the virtual addresses of @instance? */
bool check_conf_instance_serves(const struct conf *c, const struct vrrp_instance_conf *instance,
                const struct ipvs_service_conf *service);
