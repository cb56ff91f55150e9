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

struct check_init_file_conf {
        bool given;
        int32_t value;  /* [0] */
        bool overwrite; /* also where there is a file */
};

/* track_file */
struct check_file_conf {
        struct conf_object object;
        UT_hash_handle hh;
        char *name;
        struct conf_pos pos;

        struct check_weight_conf weight_given;
        char *file; /* absolute */
        int weight; /* -254..254 [1] */
        bool reverse;
        struct check_init_file_conf init_file;
        unsigned n_trackers; /* instances and groups that track it, FILE_CHECKs not counted */
};

/* How a process's parameters are compared. */
enum check_params_conf {
        CHECK_PARAMS_UNSET,   /* exactly where there are parameters, else not at all */
        CHECK_PARAMS_EXACT,   /* these, and no others */
        CHECK_PARAMS_INITIAL, /* these, the last perhaps longer, others may follow */
        CHECK_PARAMS_PARTIAL, /* these, others may follow */
};

/* vrrp_track_process */
struct check_process_conf {
        struct conf_object object;
        UT_hash_handle hh;
        char *name;
        struct conf_pos pos;

        struct check_weight_conf weight_given;
        int weight; /* -254..254 [0] */
        bool reverse;
        char **argv;                                              /* the name, and parameters */
        int param_match;                                          /* enum check_params_conf */
        unsigned quorum;                                          /* [1; 0 with quorum_max 0] */
        unsigned quorum_max;                                      /* [UINT_MAX] */
        usec_t delay_usec, fork_delay_usec, terminate_delay_usec; /* [0] */
        bool full_command;
        unsigned n_trackers; /* instances and groups that track it; 0: nobody looks for it */
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

/* What a tracker looks at. */
enum check_tracker_kind {
        CHECK_TRACKER_SCRIPT,
        CHECK_TRACKER_FILE,
        CHECK_TRACKER_PROCESS,
        _CHECK_TRACKER_MAX,
};

/* "script", "file", "process"; _CHECK_TRACKER_MAX for any other word. */
const char *check_tracker_kind_to_string(enum check_tracker_kind k);
enum check_tracker_kind check_tracker_kind_from_string(const char *word);

/* What tells trackers apart that have one name and different kinds: the name of a script, "file:NAME",
 * "process:NAME". A new string; NULL: no memory. */
char *check_tracker_id(enum check_tracker_kind kind, const char *name);

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

/* Which of the status codes 100..599 are good. */
#define CHECK_CODE_MIN 100U
#define CHECK_CODE_MAX 599U
struct check_codes_conf {
        uint64_t bits[(CHECK_CODE_MAX - CHECK_CODE_MIN) / 64 + 1];
};

bool check_codes_have(const struct check_codes_conf *c, long code);
/* "200-299 301", cut where it does not fit. Returns @buf. */
const char *check_codes_format(const struct check_codes_conf *c, char *buf, size_t n);

struct check_digest_conf {
        bool given;
        uint8_t md5[16];
};

/* In hexadecimal. */
void check_digest_format(const uint8_t md5[static 16], char buf[static 33]);

/* url of HTTP_GET and SSL_GET: one request, and what its answer must be. */
struct check_url_conf {
        struct conf_object object;
        struct check_url_conf *next; /* of the same checker, in the order of the file */
        struct conf_pos pos;
        bool ssl; /* whose rows it has */

        char *path;
        struct check_codes_conf codes; /* [200-299] */
        struct check_digest_conf digest;
        char *virtualhost; /* in force: its own, else the checker's, the server's, the service's; NULL: none */
        char *regex;
        uint32_t regex_options;
        bool regex_no_match;
        uint32_t regex_min_given, regex_max_given;
        size_t regex_min_offset, regex_max_offset; /* [0, SIZE_MAX] */
        struct pattern *pattern; /* the compiled regex (checkd/pattern.h), NULL: none */
};

enum check_http_protocol {
        CHECK_HTTP_1_0,
        CHECK_HTTP_1_0_CLOSE, /* with Connection: close */
        CHECK_HTTP_1_1,       /* likewise */
};

/* What HTTP_GET and SSL_GET have of their own. */
struct check_http_conf {
        struct check_url_conf *urls; /* LL; at least one */
        char *virtualhost;           /* as given */
        int protocol;                /* enum check_http_protocol */
        bool enable_sni;             /* in force: also when there is a sni_name */
        char *sni_name;
        int tls_verify_given; /* -1: not */
        bool tls_verify;      /* in force: as given, else whether SSL has a ca */
};

/* "SOA", ... */
const char *check_dns_type_to_string(int type);

struct check_dns_conf {
        int type;   /* of the record, RFC 1035 §3.2.2 [SOA] */
        char *name; /* ["." is the root] */
};

struct check_misc_conf {
        struct conf_script identity; /* empty after loading */
        struct conf_script script;
        unsigned timeout_seconds; /* as given */
        usec_t timeout_usec;      /* in force: [delay_loop of the service] */
        bool dynamic;
        int weight; /* of the server, as configured */
};

struct check_file_check_conf {
        char *track_file;
        struct check_weight_conf weight; /* in force: its own, else the file's */
        const struct check_file_conf *file;
};

/* Bytes as they are sent, or wanted: where a bit of the mask is 0 it may be anything. */
struct check_bytes_conf {
        uint8_t *bytes, *mask;
        size_t n; /* 0: not given */
};

bool check_bytes_conf_equal(const struct check_bytes_conf *a, const struct check_bytes_conf *b);

/* One checker of a real server. The keywords that all kinds share, and below them those of each kind. */
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

        struct check_http_conf http; /* HTTP_GET, SSL_GET */
        struct check_dns_conf dns;
        struct check_misc_conf misc;
        struct check_file_check_conf file;
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

/* What a checker inherits for its kind alone. */
struct check_inherited_conf {
        const char *virtualhost; /* of the server, else of the service; NULL: none */
        usec_t delay_loop_usec;  /* of the service */
        int weight;              /* of the server */
};

/* Complete a checker whose common part is complete. 0; -ENOMEM; CONF_BUILD_DROPPED after a complaint: it
 * cannot be used. */
struct conf_build;
int check_checker_conf_complete(struct conf_build *b, struct check_checker_conf *c,
                const struct check_inherited_conf *from);

/* SSL { }: what SSL_GET has to show and to trust. */
struct check_ssl_conf {
        char *password;
        char *ca;
        char *certificate;
        char *key;
};

struct check_conf {
        struct conf_object object;
        struct check_script_conf *scripts;
        struct check_file_conf *files;
        struct check_process_conf *processes;
        struct check_bfd_conf *bfds;
        struct check_ssl_conf ssl;
        bool log_all_failures; /* checker_log_all_failures */
};

/* The script called @name, or NULL. */
struct check_script_conf *check_conf_find_script(const struct check_conf *c, const char *name);
/* The track_file and the vrrp_track_process called @name, or NULL. */
struct check_file_conf *check_conf_find_file(const struct check_conf *c, const char *name);
struct check_process_conf *check_conf_find_process(const struct check_conf *c, const char *name);

struct conf;
struct ipvs_service_conf;
struct vrrp_instance_conf;

/* Is an address of @service, or one of its group's, among the virtual addresses of @instance? */
bool check_conf_instance_serves(const struct conf *c, const struct vrrp_instance_conf *instance,
                const struct ipvs_service_conf *service);
