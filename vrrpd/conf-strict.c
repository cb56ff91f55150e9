/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* vrrp_strict and strict_mode: what the RFC does not have goes, with a word about each. Unicast
 * peers and missing addresses end keepalived; here the instance alone is left out. An IPv6 instance
 * in version 2 is refused before this. */

#include "vrrpd/conf-rows.h"

static const struct conf_node *line_of(const struct vrrp_instance_conf *i, const char *key) {
        return conf_build_node(&i->object, key);
}

static bool has(struct conf_build *b, const struct vrrp_instance_conf *i, const char *key) {
        return conf_build_has(b, &i->object, CONF_BLOCK_VRRP_INSTANCE, key);
}

static void unset(struct conf_build *b, struct vrrp_instance_conf *i, const char *key) {
        conf_build_unset(b, &i->object, CONF_BLOCK_VRRP_INSTANCE, key);
}

static bool is_refused(struct conf_build *b, const struct vrrp_instance_conf *i) {
        if (i->unicast_peer.n > 0) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "unicast_peer"),
                                "remove vrrp_strict, or say strict_mode off here",
                                "strict mode has no unicast peers, the instance is left out");
                return true;
        }
        if (i->virtual_ipaddress.n == 0) {
                conf_build_say(b, CONF_COMPLAINT, i->object.node, NULL,
                                "strict mode needs a virtual_ipaddress, the instance is left out");
                return true;
        }
        return false;
}

static void remove_authentication(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (i->auth_type == VRRP_CONF_AUTH_NONE)
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(i, "authentication"),
                        "RFC 3768 took it out of the protocol",
                        "authentication is not used: strict mode has none");
        unset(b, i, "authentication");
        i->auth_type = VRRP_CONF_AUTH_NONE;
        memset(i->auth_pass, 0, sizeof(i->auth_pass));
}

static void correct_state(struct conf_build *b, struct vrrp_instance_conf *i) {
        bool owner = i->priority == 255;

        if (owner == (i->state == VRRP_CONF_STATE_MASTER))
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(i, "state"), NULL,
                        "state is taken as %s: strict mode has MASTER %s",
                        owner ? "MASTER" : "BACKUP",
                        owner ? "with priority 255" : "only with priority 255");
        unset(b, i, "state");
        i->state = owner ? VRRP_CONF_STATE_MASTER : VRRP_CONF_STATE_BACKUP;
}

static void remove_delay(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (i->preempt_delay_usec == 0)
                return;
        conf_build_say(b, CONF_COMPLAINT, line_of(i, "preempt_delay"), NULL,
                        "preempt_delay is not used: strict mode has none");
        unset(b, i, "preempt_delay");
        i->preempt_delay_usec = 0;
}

/* Values that strict mode fixes; what said otherwise is told. */
static void fix(struct conf_build *b, struct vrrp_instance_conf *i, const char *key, bool differs) {
        if (!has(b, i, key))
                return;
        if (differs)
                conf_build_say(b, CONF_COMPLAINT, line_of(i, key), NULL,
                                "%s is not used in strict mode", key);
        unset(b, i, key);
}

static void fix_values(struct conf_build *b, struct vrrp_instance_conf *i) {
        fix(b, i, "garp_lower_prio_delay", i->garp.lower_prio_delay_usec != 0);
        fix(b, i, "garp_lower_prio_repeat", i->garp.lower_prio_repeat != 0);
        fix(b, i, "lower_prio_no_advert", !i->lower_prio_no_advert);
        fix(b, i, "higher_prio_send_advert", i->higher_prio_send_advert);
        fix(b, i, "down_timer_adverts", i->down_timer_adverts != 3);
        fix(b, i, "owner_ignore_adverts", !i->owner_ignore_adverts);

        i->garp.lower_prio_delay_usec = 0;
        i->garp.lower_prio_repeat = 0;
        i->lower_prio_no_advert = true;
        i->higher_prio_send_advert = false;
        i->down_timer_adverts = 3;
        i->owner_ignore_adverts = true;
}

/* RFC 9568 §6.1 Accept_Mode; version 2 has no such thing for routers that do not own the address. */
static void resolve_accept(struct conf_build *b, struct vrrp_instance_conf *i) {
        bool may_accept = i->version == 3 && i->accept_given;

        if (i->accept_given && !may_accept && i->priority != 255) {
                conf_build_say(b, CONF_COMPLAINT, line_of(i, "accept"), NULL,
                                "accept is not used: strict mode of version 2 has it for priority 255 only");
                unset(b, i, "accept");
        }
        i->accept = may_accept || i->priority == 255;
        if (i->accept)
                return;
        conf_build_say(b, CONF_NOTE, line_of(i, "virtual_ipaddress"),
                        i->version == 3 ? "add accept to be able to ping and use it"
                                        : "remove vrrp_strict to be able to ping and use it",
                        "strict mode has the address itself drop all traffic sent to it, unless priority is "
                        "255");
}

int vrrp_conf_check_strict(struct conf_build *b, struct vrrp_instance_conf *i) {
        if (!i->strict)
                return 0;
        if (is_refused(b, i))
                return CONF_BUILD_DROPPED;
        remove_authentication(b, i);
        correct_state(b, i);
        remove_delay(b, i);
        fix_values(b, i);
        vrrp_conf_check_strict_vmac(b, i);
        resolve_accept(b, i);
        return 0;
}
