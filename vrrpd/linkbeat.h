/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Asking a network driver whether its link beats, for those that tell the kernel nothing by themselves. */

enum vrrp_beat {
        VRRP_BEAT_ANY, /* the first of these that the driver knows */
        VRRP_BEAT_MII,
        VRRP_BEAT_ETHTOOL,
        VRRP_BEAT_IOCTL, /* the kernel's own flags */
        _VRRP_BEAT_MAX,
};

/* Ask for the interface called @name, by any socket @fd. 1: it beats; 0: not; -errno: it cannot be asked so. */
int vrrp_linkbeat_ask(int fd, const char *name, enum vrrp_beat how);
