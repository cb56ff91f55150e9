/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "ipvsd/conf.h"

const char *ipvs_conf_forward_to_string(enum ipvs_conf_forward f) {
        switch (f) {
        case IPVS_CONF_FORWARD_UNSET: return "";
        case IPVS_CONF_NAT: return "NAT";
        case IPVS_CONF_DR: return "DR";
        case IPVS_CONF_TUN: return "TUN";
        }
        return "";
}
