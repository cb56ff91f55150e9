/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/linkbeat.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

static struct ifreq request(const char *name) {
        struct ifreq r = {};

        (void) snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
        return r;
}

/* The status register latches a loss: only what is read the second time is now. IEEE 802.3 §22.2.4.2. */
static int ask_mii(int fd, const char *name) {
        struct ifreq r = request(name);
        struct mii_ioctl_data mii;

        if (ioctl(fd, SIOCGMIIPHY, &r) < 0)
                return -errno;
        memcpy(&mii, &r.ifr_data, sizeof(mii));
        mii.reg_num = MII_BMSR;
        for (int i = 0; i < 2; i++) {
                memcpy(&r.ifr_data, &mii, sizeof(mii));
                if (ioctl(fd, SIOCGMIIREG, &r) < 0)
                        return -errno;
        }
        memcpy(&mii, &r.ifr_data, sizeof(mii));
        return (mii.val_out & BMSR_LSTATUS) != 0;
}

static int ask_ethtool(int fd, const char *name) {
        struct ethtool_value value = { .cmd = ETHTOOL_GLINK };
        struct ifreq r = request(name);

        r.ifr_data = (char *) &value;
        return ioctl(fd, SIOCETHTOOL, &r) < 0 ? -errno : value.data != 0;
}

static int ask_flags(int fd, const char *name) {
        struct ifreq r = request(name);

        return ioctl(fd, SIOCGIFFLAGS, &r) < 0 ? -errno : (r.ifr_flags & IFF_RUNNING) != 0;
}

int vrrp_linkbeat_ask(int fd, const char *name, enum vrrp_beat how) {
        int r = -EINVAL;

        switch (how) {
        case VRRP_BEAT_MII: return ask_mii(fd, name);
        case VRRP_BEAT_ETHTOOL: return ask_ethtool(fd, name);
        case VRRP_BEAT_IOCTL: return ask_flags(fd, name);
        case VRRP_BEAT_ANY:
                r = ask_mii(fd, name);
                if (r < 0)
                        r = ask_ethtool(fd, name);
                return r < 0 ? ask_flags(fd, name) : r;
        case _VRRP_BEAT_MAX: break;
        }
        return r;
}
