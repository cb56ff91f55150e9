/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Transitions and events in words, for the log and the bus: what happened and why, in one line. Pure. */

#include "vrrpd/conflict.h"
#include "vrrpd/instance.h"

/* Why the transition @e happened: @before is the election as it was when it got @in at @now. */
const char *vrrp_words_transition(const struct vrrp_effect *e, const struct vrrp_instance *before,
                const struct vrrp_input *in, usec_t now, char *ret, size_t size);

/* What the event says. */
const char *vrrp_words_event(const struct vrrp_event *e, char *ret, size_t size);

/* A hardware address, into @buf. Returns @buf. */
#define VRRP_WORDS_MAC_MAX 18
const char *vrrp_words_mac(
                const uint8_t mac[static VRRP_MAC_SIZE], char buf[static VRRP_WORDS_MAC_MAX]);

/* The reason alone, where nothing else is known any more. */
const char *vrrp_words_reason(enum vrrp_reason reason);
