/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/firewall-monitor.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/log.h"
#include "common/macro.h"
#include "common/netlink.h"

#define RECEIVE_BYTES (1 << 20)
#define NAME_BYTES_MAX 256U
#define READS_MAX 64 /* in a row: somebody may be loading a very large set of rules */

struct vrrp_firewall_monitor {
        struct netlink netlink;
        sd_event *event;
        int64_t priority;
        sd_event_source *source; /* while there is something to watch */
        void (*changed)(bool certain, void *userdata);
        void *userdata;

        char name[NAME_BYTES_MAX]; /* "": nothing is watched */
        uint32_t portid;
        unsigned transactions; /* since the last look */
        bool taken;            /* out of ours by somebody else, since then */
        bool dropped;          /* news, since then: nobody knows */
};

/* All of these have the table's name as their first attribute (NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, ...). */
static bool takes_away(int message) {
        switch (message) {
        case NFT_MSG_DELTABLE:
        case NFT_MSG_DELCHAIN:
        case NFT_MSG_DELRULE:
        case NFT_MSG_DELSET:
        case NFT_MSG_DELSETELEM: return true;
        default: return false;
        }
}

static int on_message(const struct nlmsghdr *h, void *userdata) {
        struct vrrp_firewall_monitor *m = userdata;
        int message = NFNL_MSG_TYPE(h->nlmsg_type);
        struct nlattr *name;

        if (NFNL_SUBSYS_ID(h->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
                return 0;
        if (message == NFT_MSG_NEWGEN)
                m->transactions++;
        if (!takes_away(message) || h->nlmsg_pid == m->portid)
                return 0;
        name = nlmsg_find_attr((struct nlmsghdr *) h, sizeof(struct nfgenmsg), NFTA_TABLE_NAME);
        if (name && streq(nla_get_string(name), m->name))
                m->taken = true;
        return 0;
}

static void read_all(struct vrrp_firewall_monitor *m) {
        int r = 1;

        m->transactions = 0;
        m->taken = m->dropped = false;
        for (unsigned i = 0; i < READS_MAX && r > 0; i++) {
                r = netlink_receive(&m->netlink, on_message, m);
                if (r == -ENOBUFS) {
                        m->dropped = true;
                        r = 1;
                }
        }
}

static int on_readable(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        struct vrrp_firewall_monitor *m = userdata;

        read_all(m);
        if (m->taken || m->dropped)
                m->changed(m->taken, m->userdata);
        return 0;
}

static void stop(struct vrrp_firewall_monitor *m) {
        m->source = sd_event_source_disable_unref(m->source);
        netlink_done(&m->netlink);
        m->netlink = (struct netlink) NETLINK_INIT;
}

static int start(struct vrrp_firewall_monitor *m) {
        int r;

        r = netlink_init(&m->netlink, NETLINK_NETFILTER, RECEIVE_BYTES);
        if (r >= 0)
                r = netlink_subscribe(&m->netlink, NFNLGRP_NFTABLES);
        if (r >= 0)
                r = sd_event_add_io(m->event, &m->source, m->netlink.fd, EPOLLIN, on_readable, m);
        if (r >= 0)
                r = sd_event_source_set_priority(m->source, m->priority);
        if (r < 0)
                stop(m);
        return r;
}

void vrrp_firewall_monitor_watch(
                struct vrrp_firewall_monitor *m, const char *name, uint32_t portid) {
        int r = 0;

        (void) snprintf(m->name, sizeof(m->name), "%s", name ?: "");
        m->portid = portid;
        if (!name)
                stop(m);
        else if (!m->source)
                r = start(m);
        if (r < 0)
                log_warning("cannot watch the tables of nftables: %s", strerror(-r));
}

/* With more than the one, somebody else's may be among them. */
void vrrp_firewall_monitor_pardon(struct vrrp_firewall_monitor *m) {
        if (!m->source)
                return;
        read_all(m);
        if (m->transactions > 1 || m->dropped)
                m->changed(false, m->userdata);
}

int vrrp_firewall_monitor_new(sd_event *event, int64_t priority,
                void (*changed)(bool certain, void *userdata), void *userdata,
                struct vrrp_firewall_monitor **ret) {
        struct vrrp_firewall_monitor *m = calloc(1, sizeof(*m));

        if (!m)
                return -ENOMEM;
        *m = (struct vrrp_firewall_monitor){
                .netlink = NETLINK_INIT,
                .event = sd_event_ref(event),
                .priority = priority,
                .changed = changed,
                .userdata = userdata,
        };
        *ret = m;
        return 0;
}

struct vrrp_firewall_monitor *vrrp_firewall_monitor_free(struct vrrp_firewall_monitor *m) {
        if (!m)
                return NULL;
        stop(m);
        m->event = sd_event_unref(m->event);
        free(m);
        return NULL;
}
