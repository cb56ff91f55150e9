/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the election needs to know of an instance's configuration: a value without pointers. The
 * shell fills it from the configuration model, where defaults, ranges and what excludes what
 * have been settled. */

#include <stdbool.h>
#include <stdint.h>

#include "common/ip-addr.h"
#include "common/usec.h"

struct vrrp_params {
        int family;                 /* AF_INET, AF_INET6: of the advertised addresses */
        uint8_t version;            /* 2, 3 */
        uint8_t vrid;               /* 1..255 */
        uint8_t priority;           /* configured: 1..255; 255 owns the addresses */
        usec_t advert_interval;     /* as vrrp_timing_announced() rounds it */
        uint8_t down_timer_adverts; /* 1..100, RFC: 3 */
        bool preempt;               /* take over from a master of lower priority */
        usec_t preempt_delay;       /* wait so long before doing so; 0: do not wait */
        bool grouped;               /* member of a sync group: becomes master when the group does */
        bool start_master;  /* an owner becomes master at once when started; nobody else does */
        usec_t start_delay; /* after a cold start: hear nothing, do nothing for so long */
        bool lower_prio_no_advert;    /* do not answer a lower-priority advert */
        bool higher_prio_send_advert; /* one more advert before yielding to a higher one */

        /* Announcements: gratuitous ARP or unsolicited neighbour advertisements. */
        usec_t garp_master_delay;    /* second burst so long after becoming master; 0: none */
        uint16_t garp_master_repeat; /* messages per address in each of the two; at least 1 */
        usec_t garp_master_refresh;  /* then one burst every; 0: none */
        uint16_t garp_master_refresh_repeat;
        usec_t garp_lower_prio_delay;    /* second burst after a lower-priority advert; 0: none */
        uint16_t garp_lower_prio_repeat; /* 0: none */

        struct ip_addr source; /* our source address, which breaks ties; unset: lower than any */
};

bool vrrp_params_equal(const struct vrrp_params *a, const struct vrrp_params *b);
