/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What others do to our tables of nftables, as the kernel tells it. Silent until there is something to watch. */

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "common/cleanup.h"

struct vrrp_firewall_monitor;

/* @changed is called when somebody has taken something out of the tables, or (not @certain) may have. */
int vrrp_firewall_monitor_new(sd_event *event, int64_t priority,
                void (*changed)(bool certain, void *userdata), void *userdata,
                struct vrrp_firewall_monitor **ret);
struct vrrp_firewall_monitor *vrrp_firewall_monitor_free(struct vrrp_firewall_monitor *m);
DEFINE_CLEANUP_FUNC(struct vrrp_firewall_monitor *, vrrp_firewall_monitor_free);

/* Watch the tables called @name; NULL: none. What the socket with @portid does is no news. */
void vrrp_firewall_monitor_watch(
                struct vrrp_firewall_monitor *m, const char *name, uint32_t portid);

/* One transaction has just been carried out by ourselves, through another socket: that is no news either. */
void vrrp_firewall_monitor_pardon(struct vrrp_firewall_monitor *m);
