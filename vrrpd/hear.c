/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/hear.h"

#include <inttypes.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "vrrpd/router.h"
#include "vrrpd/vrrpd.h"

/* A peer that is configured otherwise goes on for days. */
#define LOG_INTERVAL (60 * USEC_PER_SEC)

static const char *source_text(
                const struct vrrp_received *packet, char buf[static IP_ADDR_STRLEN]) {
        struct ip_addr source = packet->source;
        struct iphdr ip;

        if (!ip_addr_is_set(&source) && packet->size >= sizeof(ip)) {
                memcpy(&ip, packet->packet, sizeof(ip));
                source = (struct ip_addr){ .family = AF_INET, .in.s_addr = ip.saddr };
        }
        return ip_addr_format(&source, buf);
}

/* Each kind once, and while it goes on once a minute. */
static void log_bad(struct vrrp_router *r, const struct vrrp_received *packet, int result) {
        struct vrrp_packet_telling *told = &r->dropped[result];
        usec_t now = r->vrrpd->clock.now;
        char source[IP_ADDR_STRLEN], others[64] = "";
        uint64_t n = r->packets.count[result];

        if (told->at != 0 && now - told->at < LOG_INTERVAL)
                return;
        if (n > told->n + 1)
                (void) snprintf(others, sizeof(others), ", and %" PRIu64 " more like it",
                                n - told->n - 1);
        *told = (struct vrrp_packet_telling){ .at = now, .n = n };
        log_emit(LOG_WARNING, LOG_MESSAGE_PACKET_DROPPED, LOG_INSTANCE(r->name),
                        "%s: dropped a packet of %s: %s (%s)%s", r->name,
                        source_text(packet, source),
                        vrrp_packet_result_reason((enum vrrp_packet_result) result),
                        vrrp_packet_result_to_string((enum vrrp_packet_result) result), others);
}

/* Adverts that are used although something is odd: once for each oddity until the state changes. */
static void log_notes(struct vrrp_router *r, const struct vrrp_received *packet, unsigned notes) {
        char source[IP_ADDR_STRLEN];

        for (unsigned k = 0; k < _VRRP_PACKET_RESULT_MAX; k++) {
                if (!(notes & ~r->notes_logged & 1U << k))
                        continue;
                log_emit(LOG_NOTICE, NULL, LOG_INSTANCE(r->name),
                                "%s: an advert of %s is used, but %s (%s)", r->name,
                                source_text(packet, source),
                                vrrp_packet_result_reason((enum vrrp_packet_result) k),
                                vrrp_packet_result_to_string((enum vrrp_packet_result) k));
        }
        r->notes_logged |= notes;
}

/* Was it sent after our own last advert, as far as can be told? */
static bool is_newer(const struct vrrp_router *r, const struct vrrp_received *packet) {
        const struct vrrpd *v = r->vrrpd;
        struct vrrp_last_advert last = vrrp_last_adverts_get(v->last_adverts, r->last_advert);

        if (last.monotonic == 0 || packet->realtime_usec == 0)
                return true;
        if (vrrp_stamp_leapt(last.monotonic, last.realtime, v->clock.now, v->clock.real))
                return true;
        return packet->realtime_usec > last.realtime;
}

/* The kernel's stamp counts only where nothing was missed before the packet. */
static usec_t received_at(const struct vrrp_port *p, const struct vrrp_received *packet) {
        const struct vrrpd *v = p->vrrpd;

        if (v->draining && p->gaps)
                return v->clock.now;
        return vrrp_stamp_received(&v->clock, packet->realtime_usec);
}

static void feed(struct vrrp_port *p, struct vrrp_router *r, const struct vrrp_received *packet,
                const struct vrrp_advert *advert) {
        struct vrrp_input in = { .type = VRRP_INPUT_ADVERT };

        in.advert.advert = *advert;
        in.advert.received = received_at(p, packet);
        if (p->vrrpd->draining && r->instance.adoption == VRRP_ADOPTION_DRAINING) {
                if (!is_newer(r, packet))
                        return;
                in.type = VRRP_INPUT_SUPERSEDED;
        }
        r->adverts_received++;
        if (advert->priority == 0)
                r->resignations_received++;
        vrrp_router_feed(r, &in);
}

/* The filter has let it through, so it has a VRID, however little else. */
static struct vrrp_router *find_by_byte(struct vrrp_port *p, const struct vrrp_received *packet) {
        struct raw_socket_kind kind = vrrp_receiver_kind(p->receiver);
        const uint8_t *bytes = packet->packet;
        size_t at = 1;

        if (packet->size == 0)
                return NULL;
        if (kind.family == AF_INET)
                at += (bytes[0] & 0x0fU) * 4;
        if (kind.protocol == AUTH_HEADER_IPPROTO)
                at += AUTH_HEADER_SIZE;
        return at < packet->size ? p->routers[bytes[at]] : NULL;
}

static void hear_damaged(struct vrrp_port *p, const struct vrrp_received *packet, int result) {
        struct vrrp_router *r = find_by_byte(p, packet);

        if (!r)
                return;
        vrrp_packet_count(&r->packets, result, NULL);
        log_bad(r, packet, result);
}

static int packet_vrid(const struct vrrp_port *p, const struct vrrp_received *packet) {
        return vrrp_packet_vrid(
                        vrrp_receiver_kind(p->receiver).family, packet->packet, packet->size);
}

/* Is it newer than what its sender, or another, said before? */
static bool is_in_sequence(struct vrrp_router *r, const struct vrrp_advert *advert) {
        if (r->setup->rules.auth != VRRP_AUTH_AH)
                return true;
        if (!vrrp_sequence_take(&r->sequence, &advert->source, advert->sequence))
                return false;
        vrrp_last_adverts_set_numbers(
                        r->vrrpd->last_adverts, r->last_advert, vrrp_sequence_kept(&r->sequence));
        return true;
}

static int judge(struct vrrp_router *r, const struct vrrp_received *packet,
                struct vrrp_advert *ret) {
        struct vrrp_rx rx = {
                .source = packet->source,
                .destination = packet->destination,
                .hop_limit = packet->hop_limit,
                .self = r->instance.params.source,
                .master = r->instance.master,
        };
        int result;

        result = vrrp_packet_parse(packet->packet, packet->size, &rx, &r->setup->rules, ret);
        if (result == 0 && !is_in_sequence(r, ret))
                return VRRP_PACKET_REPLAYED;
        return result;
}

void vrrp_hear(struct vrrp_port *p, const struct vrrp_received *packet) {
        int vrid = packet_vrid(p, packet), result;
        struct vrrp_advert advert = {};
        struct vrrp_router *r;

        if (vrid <= 0) {
                hear_damaged(p, packet, -vrid);
                return;
        }
        r = p->routers[vrid];
        if (!r)
                return; /* it has just gone */
        result = judge(r, packet, &advert);
        vrrp_packet_count(&r->packets, result, result == 0 ? &advert : NULL);
        if (result != 0) {
                log_bad(r, packet, result);
                return;
        }
        if (advert.notes & 1U << VRRP_PACKET_NOTED_CHECKSUM)
                r->old_checksum = true;
        if (advert.notes != 0)
                log_notes(r, packet, advert.notes);
        feed(p, r, packet, &advert);
}

void vrrp_hear_stray(struct vrrp_port *p, const struct vrrp_received *packet) {
        int vrid = packet_vrid(p, packet);
        char source[IP_ADDR_STRLEN];

        /* Another program's router is no concern of ours, once it has been said that it is there. */
        if (vrid > 0 && vrid_set_has(&p->strays_logged, (uint8_t) vrid) && !p->vrrpd->log_strays)
                return;
        if (vrid > 0)
                vrid_set_add(&p->strays_logged, (uint8_t) vrid);
        (void) source_text(packet, source);
        if (vrid > 0)
                log_info("%s: %s speaks for virtual router %d, which is none of ours", p->name,
                                source, vrid);
        else
                log_warning("%s: dropped a packet of %s: %s", p->name, source,
                                vrrp_packet_result_reason((enum vrrp_packet_result) - vrid));
}
