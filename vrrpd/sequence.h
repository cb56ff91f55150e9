/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sequence numbers of authenticated adverts (RFC 2402 §2.5): ours grow for as long as the password is in
 * use, whatever restarts or reboots, because others refuse what is not newer than what they had; theirs must
 * grow, for each sender by itself, or somebody replays them. Pure.
 *
 * keepalived begins with 1 at each start, and goes on from the highest number it has heard. So does this: one
 * number is shared by all routers that take turns. A router that begins without memory begins with the time
 * instead, in seconds, so that it is above what it sent before a reboot: adverts of VRRPv2 are seconds
 * apart. */

#include <stdbool.h>
#include <stdint.h>

#include "common/ip-addr.h"

/* More senders than routers in any sensible network. */
#define VRRP_SEQUENCE_SENDERS 8

struct vrrp_sequence {
        uint32_t sent;
        uint32_t heard; /* the highest of all senders */
        uint32_t floor; /* what senders not named below must exceed */
        unsigned n;
        struct {
                struct ip_addr source;
                uint32_t last;
        } senders[VRRP_SEQUENCE_SENDERS];
};

/* Begin at @seconds since 1970 or with what vrrp_sequence_kept() told an earlier process, 0 for nothing. */
void vrrp_sequence_init(struct vrrp_sequence *s, uint64_t kept, uint32_t seconds);
uint64_t vrrp_sequence_kept(const struct vrrp_sequence *s);

/* The number of the next advert. */
uint32_t vrrp_sequence_next(struct vrrp_sequence *s);

/* An authentic advert of @source has @number: true if that is newer than what came before. */
bool vrrp_sequence_take(struct vrrp_sequence *s, const struct ip_addr *source, uint32_t number);
