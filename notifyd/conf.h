/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the outside is told: mail and FIFOs, from global_defs. The scripts of instances are in
 * vrrpd/conf.h, those of servers in ipvsd/conf.h. */

#include "common/conf-object.h"
#include "common/conf-script.h"
#include "common/usec.h"

/* One recipient. */
struct notify_address_conf {
        struct conf_pos pos;
        char *header;   /* for To: "Name <a@b>" or "a@b" */
        char *envelope; /* for RCPT TO: "a@b" */
};

struct notify_address_list {
        struct notify_address_conf *items;
        size_t n;
};

enum notify_tls {
        NOTIFY_TLS_OFF,      /* plain, as keepalived */
        NOTIFY_TLS_STARTTLS, /* required, not merely tried */
        NOTIFY_TLS_TLS,      /* from the first byte, port 465 */
        _NOTIFY_TLS_MAX,
};

/* "off", "starttls", "tls". */
const char *notify_tls_to_string(enum notify_tls t);

/* The FIFOs, in the order in which they take precedence. */
enum notify_fifo {
        NOTIFY_FIFO_ALL,  /* notify_fifo: instances, services and servers */
        NOTIFY_FIFO_VRRP, /* vrrp_notify_fifo */
        NOTIFY_FIFO_LVS,  /* lvs_notify_fifo */
        _NOTIFY_FIFO_MAX,
};

/* "notify_fifo" and so on; the same with "_script". */
const char *notify_fifo_to_string(enum notify_fifo f);
const char *notify_fifo_script_to_string(enum notify_fifo f);

/* PATH [USER [GROUP]] */
struct notify_fifo_place {
        char *path;               /* NULL: none */
        struct conf_script owner; /* user and group alone; no user: that of scripts */
};

struct notify_fifo_conf {
        struct notify_fifo_place place;
        struct conf_script script; /* reads it */
        bool ignored;        /* the path is that of notify_fifo, which gets these lines anyway */
        bool script_ignored; /* that of an earlier FIFO reads the same path, or there is no path */
};

/* Is there such a FIFO, apart from one that is ignored? */
static inline bool notify_fifo_conf_is_set(const struct notify_fifo_conf *f) {
        return f->place.path && !f->ignored;
}

/* smtp_server as written. */
struct notify_server_conf {
        char *host;
        uint16_t port; /* 0: not given */
};

struct notify_conf {
        struct conf_object object;
        struct notify_address_list to; /* notification_email; none: no mail */
        char *from;                    /* notification_email_from; NULL: USER@HOST of the daemon */
        struct notify_server_conf server; /* as written */
        const char *smtp_server;          /* address or name, server.host; NULL: no mail */
        uint16_t smtp_port;               /* [25; 587 with starttls, 465 with tls] */
        char *smtp_helo_name;             /* NULL: the host name */
        usec_t smtp_connect_timeout_usec; /* [30 s] */
        enum notify_tls smtp_tls;         /* extension */
        char *smtp_user;                  /* extension; NULL: no login */
        char *smtp_password;              /* extension */
        char *smtp_password_file;         /* extension: its first line, read when needed */
        char *smtp_ca_file;               /* extension; NULL: the system's */
        int smtp_alert;                   /* -1 unset, 0, 1: default for all */
        int smtp_alert_vrrp;              /* -1 unset: instances */
        int smtp_alert_checker;           /* -1 unset: virtual and real servers */
        bool no_email_faults;             /* no mail when FAULT is entered */
        bool no_checker_emails;           /* mail about servers, not about each of their checks */
        bool rs_init_notifies;            /* tell of servers that are up from the start */
        struct notify_fifo_conf fifos[_NOTIFY_FIFO_MAX];
        bool fifo_write_vrrp_states_on_reload;
        bool vrrp_notify_priority_changes; /* default of notify_priority_changes */
};
