/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Rows of virtual_server, real_server, virtual_server_group and the load balancer's keywords of
 * global_defs. */

#include "ipvsd/conf.h"

#include <stdlib.h>

#include "ipvsd/conf-rows.h"

#define GLOBAL(f) .offset = offsetof(struct ipvs_conf, f)
#define SERVICE(f) .offset = offsetof(struct ipvs_service_conf, f)
#define SERVER(f) .offset = offsetof(struct ipvs_server_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_IPVSD, .source = "keepalived 2.4.3"
#define IPVS .owner = CONF_OWNER_IPVSD, .source = "ipvsadm(8)"
#define CHECK .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"
#define TELL .owner = CONF_OWNER_NOTIFYD, .source = "keepalived 2.4.3"
#define MOOT .flags = CONF_ROW_TODO_NOTE
#define ONCE .flags = CONF_ROW_FIRST_WINS
#define DAY ((int64_t) 86400 * (int64_t) USEC_PER_SEC)
#define INT_MAX_ 2147483647

/* clang-format off */
static const struct conf_row root_rows[] = {
        { .key = "virtual_server", .type = &conf_block_words, .opens = CONF_BLOCK_VIRTUAL_SERVER,
          .open = ipvs_conf_open_service, .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "A service spread over real servers: ADDRESS [PORT], fwmark N or group NAME." },
        { .key = "virtual_server_group", .type = &ipvs_conf_members, .open = ipvs_conf_open_group,
          .offset = offsetof(struct ipvs_group_conf, members),
          .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "Addresses, ranges, networks and marks that make one service." },
        { .key = "net_namespace_ipvs", .type = &conf_optional_text, GLOBAL(netns), KEEPALIVED,
          .fallback_note = "the one that ipvsd runs in; when bare, that of process 1",
          .help = "Network namespace whose IPVS is programmed. Read at start only; needs a drop-in "
                  "for the unit, see mainstay-ipvsd(8)." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row global_rows[] = {
        { .key = "lvs_sync_daemon", .type = &ipvs_conf_sync, GLOBAL(sync), ONCE, IPVS,
          .fallback_note = "none",
          .help = "Run the kernel's connection synchronisation: interface, instance, id, "
                  "maxlen, port, ttl, group." },
        { .key = "lvs_timeouts", .type = &ipvs_conf_timeouts, GLOBAL(timeouts), IPVS,
          .max = 2678400, .unit = "seconds",
          .fallback_note = "the kernel's", .help = "IPVS timeouts: tcp N, tcpfin N, udp N." },
        { .key = "lvs_flush", .type = &conf_flag, GLOBAL(flush), KEEPALIVED,
          .help = "Empty the IPVS table, whoever filled it, when ipvsd starts after a boot or a "
                  "stop; never at a restart." },
        { .key = "lvs_flush_on_stop", .old_alias = "lvs_flush_onstop", .type = &ipvs_conf_flush,
          GLOBAL(flush_on_stop), KEEPALIVED, .fallback_note = "services of the file are removed",
          .help = "Empty the IPVS table, whoever filled it, at stop; VS: only the services of the "
                  "file, as without the keyword." },
        { .key = "nftables_ipvs", .type = &conf_nftables_table, GLOBAL(marks.table), ONCE,
          .fallback_note = "off; keepalived_ipvs when bare", KEEPALIVED,
          .help = "One marked service of the kernel for each virtual_server_group, protocol and "
                  "family; a table of nftables by this name sets the marks." },
        { .key = "nftables_ipvs_priority", .type = &conf_int, GLOBAL(marks.priority),
          .min = INT32_MIN, .max = INT32_MAX, .fallback = "-1", KEEPALIVED,
          .help = "Priority of the chains in that table; that of packets from here is never "
                  "behind -150, which IPVS needs." },
        { .key = "nftables_ipvs_start_fwmark", .type = &conf_u32, GLOBAL(marks.start), .min = 1,
          .max = UINT32_MAX, .fallback = "1000", KEEPALIVED,
          .help = "The first mark used; marks that the file uses itself are left out." },
        { .key = "enable_snmp_checker", .type = &conf_flag, MOOT, KEEPALIVED,
          .instead = "there is no SNMP agent yet",
          .help = "Serve the load balancer's part of KEEPALIVED-MIB." },
        { .key = "snmp_vs_stats_update_interval", .type = &conf_seconds, .min = 1000,
          .max = 30000000, .unit = "seconds", .fallback_note = "5", MOOT, KEEPALIVED,
          .instead = "there is no SNMP agent yet",
          .help = "How old the counters of virtual servers may be." },
        { .key = "snmp_rs_stats_update_interval", .type = &conf_seconds, .min = 1000,
          .max = 30000000, .unit = "seconds", .fallback_note = "as for virtual servers", MOOT,
          KEEPALIVED, .instead = "there is no SNMP agent yet",
          .help = "How old the counters of real servers may be." },
        { .key = "lvs_netlink_cmd_rcv_bufs", .type = &conf_u32, .unit = "bytes", MOOT, KEEPALIVED,
          .help = "Receive buffer of the netlink command socket." },
        { .key = "lvs_netlink_cmd_rcv_bufs_force", .type = &conf_boolean, MOOT, KEEPALIVED,
          .help = "Let that buffer be larger than the system's limit." },
        { .key = "lvs_netlink_monitor_rcv_bufs", .type = &conf_u32, .unit = "bytes", MOOT,
          KEEPALIVED, .help = "Receive buffer of the netlink monitor socket." },
        { .key = "lvs_netlink_monitor_rcv_bufs_force", .type = &conf_boolean, MOOT, KEEPALIVED,
          .help = "Let that buffer be larger than the system's limit." },
};
/* clang-format on */

static const struct conf_name schedulers[] = {
        { "rr", 0 },
        { "wrr", 1 },
        { "lc", 2 },
        { "wlc", 3 },
        { "lblc", 4 },
        { "lblcr", 5 },
        { "sh", 6 },
        { "mh", 7 },
        { "dh", 8 },
        { "fo", 9 },
        { "ovf", 10 },
        { "sed", 11 },
        { "nq", 12 },
        { "twos", 13 },
        {},
};

const char *ipvs_conf_scheduler_to_string(int scheduler) {
        return schedulers[scheduler].name;
}

static const struct conf_name families[] = {
        { "inet", AF_INET },
        { "inet6", AF_INET6 },
        {},
};

/* clang-format off */
static const struct conf_row service_rows[] = {
        { .key = "lb_algo", .alias = "lvs_sched", .type = &conf_word, SERVICE(scheduler_number),
          .names = schedulers, .fallback = "wlc", IPVS, .help = "How a server is chosen." },
        { .key = "lb_kind", .alias = "lvs_method", .type = &ipvs_conf_forward, SERVICE(forward),
          IPVS, .fallback_note = "NAT",
          .help = "How packets reach the servers: translated, routed or tunnelled." },
        { .key = "protocol", .type = &ipvs_conf_protocol, SERVICE(protocol_given), IPVS,
          .fallback_note = "UDP", .help = "TCP, UDP or SCTP; nothing for a mark." },
        { .key = "persistence_timeout", .type = &ipvs_conf_persistence,
          SERVICE(persistence_timeout), .min = 1, .max = 2678400, .unit = "seconds",
          .fallback_note = "off; 360 when bare", .flags = CONF_ROW_ZERO_IS_DEFAULT,
          IPVS, .help = "How long a client stays with its server." },
        { .key = "persistence_granularity", .type = &ipvs_conf_granularity, SERVICE(granularity),
          .fallback_note = "each client by itself", IPVS,
          .help = "Clients of one network count as one." },
        { .key = "persistence_engine", .type = &conf_text, SERVICE(persistence_engine), IPVS,
          .fallback_note = "none", .help = "The kernel's engine for it, sip." },
        { .key = "ip_family", .type = &conf_word, SERVICE(family), .names = families,
          KEEPALIVED, .fallback_note = "that of the servers",
          .help = "Family of a marked service." },
        { .key = "ops", .type = &conf_flag, SERVICE(ops), IPVS,
          .help = "Choose a server for each datagram." },
        { .key = "flag-1", .type = &conf_flag, SERVICE(flags[0]), IPVS,
          .help = "The scheduler's first flag." },
        { .key = "flag-2", .type = &conf_flag, SERVICE(flags[1]), IPVS,
          .help = "The scheduler's second flag." },
        { .key = "flag-3", .type = &conf_flag, SERVICE(flags[2]), IPVS,
          .help = "The scheduler's third flag." },
        { .key = "sh-fallback", .type = &conf_flag, SERVICE(flags[0]), IPVS,
          .help = "sh: take another server when the right one has weight 0." },
        { .key = "sh-port", .type = &conf_flag, SERVICE(flags[1]), IPVS,
          .help = "sh: the client's port counts, too." },
        { .key = "mh-fallback", .type = &conf_flag, SERVICE(flags[0]), IPVS,
          .help = "mh: take another server when the right one has weight 0." },
        { .key = "mh-port", .type = &conf_flag, SERVICE(flags[1]), IPVS,
          .help = "mh: the client's port counts, too." },
        { .key = "hashed", .type = &conf_flag, MOOT, KEEPALIVED,
          .help = "Does nothing in keepalived either." },
        { .key = "sorry_server", .type = &ipvs_conf_endpoint, SERVICE(sorry), KEEPALIVED,
          .fallback_note = "none", .help = "Server of last resort." },
        { .key = "sorry_server_inhibit", .type = &conf_flag, SERVICE(sorry_inhibit),
          KEEPALIVED, .help = "Keep it in the table, with weight 0, while it is not needed." },
        { .key = "sorry_server_lvs_method", .type = &ipvs_conf_forward, SERVICE(sorry_forward),
          KEEPALIVED, .fallback_note = "that of the service",
          .help = "How packets reach it." },
        { .key = "real_server", .type = &conf_block_words, .opens = CONF_BLOCK_REAL_SERVER,
          .open = ipvs_conf_open_server, .flags = CONF_ROW_REPEATS, KEEPALIVED,
          .help = "A server: ADDRESS [PORT]." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row service_schedule_rows[] = {
        { .key = "delay_loop", .type = &conf_seconds, SERVICE(delay_loop_usec), .min = 1,
          .max = DAY, .fallback = "60", .unit = "seconds", CHECK,
          .help = "From one check to the next." },
        { .key = "connect_timeout", .type = &conf_seconds, SERVICE(connect_timeout_usec), .min = 1,
          .max = DAY, .fallback = "5", .unit = "seconds", CHECK,
          .help = "How long connecting may take." },
        { .key = "retry", .type = &conf_unsigned, SERVICE(retry), .min = 1, .max = INT_MAX_,
          CHECK, .fallback_note = "the checker's",
          .help = "Further tries before a server is bad." },
        { .key = "delay_before_retry", .type = &conf_seconds, SERVICE(delay_before_retry_usec),
          .max = DAY, .unit = "seconds", CHECK, .fallback_note = "the checker's",
          .help = "Pause between tries." },
        { .key = "warmup", .type = &conf_seconds, SERVICE(warmup_usec), .max = DAY,
          .unit = "seconds", CHECK, .fallback_note = "delay_loop",
          .help = "First checks come at random within this time." },
        { .key = "alpha", .type = &conf_flag, SERVICE(alpha), CHECK,
          .help = "Servers are bad until proved good." },
        { .key = "omega", .type = &conf_flag, SERVICE(omega), TELL,
          .help = "Run scripts and send mail for what goes down when balancing ends, too." },
        { .key = "ha_suspend", .type = &conf_flag, SERVICE(ha_suspend), CHECK,
          .help = "Check only while the address of the service is here." },
        { .key = "inhibit_on_failure", .type = &conf_flag, SERVICE(inhibit_on_failure),
          KEEPALIVED, .help = "A bad server gets weight 0 instead of being removed." },
        { .key = "quorum", .type = &conf_unsigned, SERVICE(quorum), .min = 1, .max = INT_MAX_,
          .fallback = "1", .unit = "weight", KEEPALIVED,
          .help = "Weight of good servers that the service needs." },
        { .key = "hysteresis", .type = &conf_unsigned, SERVICE(hysteresis), .max = INT_MAX_,
          .fallback = "0", .unit = "weight", KEEPALIVED,
          .help = "How far above or below it must be for a change." },
        { .key = "quorum_up", .type = &conf_script, SERVICE(quorum_up), ONCE, TELL,
          .help = "Run when the quorum is reached, also at the start." },
        { .key = "quorum_down", .type = &conf_script, SERVICE(quorum_down), ONCE, TELL,
          .help = "Run when the quorum is lost; at the start only when there is a sorry_server." },
        { .key = "weight", .type = &conf_int, SERVICE(weight), .min = 1, .max = INT_MAX_,
          .fallback = "1", KEEPALIVED, .help = "Default weight of the servers." },
        { .key = "smtp_alert", .type = &conf_boolean, SERVICE(smtp_alert), TELL,
          .fallback_note = "smtp_alert_checker, else smtp_alert of global_defs, else off",
          .help = "Send mail on changes of the quorum." },
        { .key = "virtualhost", .type = &conf_text, SERVICE(virtualhost), CHECK,
          .fallback_note = "none", .help = "Host header of HTTP checks." },
        { .key = "snmp_name", .type = &conf_text, SERVICE(snmp_name), MOOT, KEEPALIVED,
          .fallback_note = "none", .instead = "there is no SNMP agent yet", .help = "Name shown by SNMP." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row server_rows[] = {
        { .key = "weight", .type = &conf_int, SERVER(weight), .max = INT_MAX_, IPVS,
          .fallback_note = "that of the service", .help = "Share of the connections." },
        { .key = "lvs_method", .type = &ipvs_conf_forward, SERVER(forward), IPVS,
          .fallback_note = "that of the service", .help = "How packets reach it." },
        { .key = "uthreshold", .type = &conf_unsigned, SERVER(uthreshold), .fallback = "0",
          .unit = "connections", IPVS,
          .help = "No new connections above this many; 0: no limit." },
        { .key = "lthreshold", .type = &conf_unsigned, SERVER(lthreshold), .fallback = "0",
          .unit = "connections", IPVS, .help = "New connections again below this many." },
        { .key = "inhibit_on_failure", .type = &conf_boolean, SERVER(inhibit_on_failure),
          KEEPALIVED, .fallback_note = "that of the service",
          .help = "Gets weight 0 instead of being removed." },
        { .key = "notify_up", .type = &conf_script, SERVER(notify_up), ONCE, TELL,
          .help = "Run when it becomes good." },
        { .key = "notify_down", .type = &conf_script, SERVER(notify_down), ONCE, TELL,
          .help = "Run when it becomes bad." },
        { .key = "alpha", .type = &conf_boolean, SERVER(alpha), CHECK,
          .fallback_note = "that of the service", .help = "Bad until proved good." },
        { .key = "retry", .type = &conf_unsigned, SERVER(retry), .min = 1, .max = INT_MAX_, CHECK,
          .fallback_note = "that of the service",
          .help = "Further tries before it is bad." },
        { .key = "delay_before_retry", .type = &conf_seconds, SERVER(delay_before_retry_usec),
          .max = DAY, .unit = "seconds", CHECK, .fallback_note = "that of the service",
          .help = "Pause between tries." },
        { .key = "warmup", .type = &conf_seconds, SERVER(warmup_usec), .max = DAY,
          .unit = "seconds", CHECK, .fallback_note = "that of the service",
          .help = "The first check comes at random within this time." },
        { .key = "connect_timeout", .type = &conf_seconds, SERVER(connect_timeout_usec), .min = 1,
          .max = DAY, .unit = "seconds", CHECK, .fallback_note = "that of the service",
          .help = "How long connecting may take." },
        { .key = "delay_loop", .type = &conf_seconds, SERVER(delay_loop_usec), .min = 1, .max = DAY,
          .unit = "seconds", CHECK, .fallback_note = "that of the service",
          .help = "From one check to the next." },
        { .key = "smtp_alert", .type = &conf_boolean, SERVER(smtp_alert), TELL,
          .fallback_note = "smtp_alert_checker, else smtp_alert of global_defs, else on",
          .help = "Send mail on changes." },
        { .key = "virtualhost", .type = &conf_text, SERVER(virtualhost), CHECK,
          .fallback_note = "that of the service", .help = "Host header of HTTP checks." },
        { .key = "snmp_name", .type = &conf_text, SERVER(snmp_name), MOOT, KEEPALIVED,
          .fallback_note = "none", .instead = "there is no SNMP agent yet", .help = "Name shown by SNMP." },
};
/* clang-format on */

const struct conf_section ipvs_conf_root_section = {
        .block = CONF_BLOCK_ROOT,
        .rows = root_rows,
        .n_rows = ARRAY_SIZE(root_rows),
        .globals = ipvs_conf_object,
};
const struct conf_section ipvs_conf_global_section = {
        .block = CONF_BLOCK_GLOBAL_DEFS,
        .rows = global_rows,
        .n_rows = ARRAY_SIZE(global_rows),
        .first = 8,
        .globals = ipvs_conf_object,
};
const struct conf_section ipvs_conf_service_section = {
        .block = CONF_BLOCK_VIRTUAL_SERVER,
        .rows = service_rows,
        .n_rows = ARRAY_SIZE(service_rows),
};
const struct conf_section ipvs_conf_service_schedule_section = {
        .block = CONF_BLOCK_VIRTUAL_SERVER,
        .rows = service_schedule_rows,
        .n_rows = ARRAY_SIZE(service_schedule_rows),
        .first = 32,
};
const struct conf_section ipvs_conf_server_section = {
        .block = CONF_BLOCK_REAL_SERVER,
        .rows = server_rows,
        .n_rows = ARRAY_SIZE(server_rows),
};

const struct conf_section *const ipvs_conf_sections[] = {
        &ipvs_conf_root_section,
        &ipvs_conf_global_section,
        &ipvs_conf_service_section,
        &ipvs_conf_service_schedule_section,
        &ipvs_conf_server_section,
        NULL,
};

struct conf_object *ipvs_conf_object(struct conf *c) {
        return &c->ipvs->object;
}

struct ipvs_conf *ipvs_conf_free(struct ipvs_conf *c) {
        if (!c)
                return NULL;
        while (c->services) {
                struct ipvs_service_conf *s = c->services;

                DL_DELETE(c->services, s);
                ipvs_service_conf_free(s);
        }
        while (c->groups) {
                struct ipvs_group_conf *g = c->groups;

                HASH_DEL(c->groups, g);
                ipvs_group_conf_free(g);
        }
        free(c);
        return NULL;
}
