/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/params.h"

/* Field by field: padding is nobody's parameter. */
bool vrrp_params_equal(const struct vrrp_params *a, const struct vrrp_params *b) {
        return a->family == b->family && a->version == b->version && a->vrid == b->vrid &&
                        a->priority == b->priority && a->advert_interval == b->advert_interval &&
                        a->down_timer_adverts == b->down_timer_adverts &&
                        a->preempt == b->preempt && a->preempt_delay == b->preempt_delay &&
                        a->grouped == b->grouped && a->start_master == b->start_master &&
                        a->start_delay == b->start_delay &&
                        a->lower_prio_no_advert == b->lower_prio_no_advert &&
                        a->higher_prio_send_advert == b->higher_prio_send_advert &&
                        a->garp_master_delay == b->garp_master_delay &&
                        a->garp_master_repeat == b->garp_master_repeat &&
                        a->garp_master_refresh == b->garp_master_refresh &&
                        a->garp_master_refresh_repeat == b->garp_master_refresh_repeat &&
                        a->garp_lower_prio_delay == b->garp_lower_prio_delay &&
                        a->garp_lower_prio_repeat == b->garp_lower_prio_repeat &&
                        ip_addr_compare(&a->source, &b->source) == 0;
}
