/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The kernel itself runs the program: a filter on one end of a socketpair sees what a raw socket's
 * would, and needs no rights. */

#include "vrrpd/vrid-filter.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vrrpd/packet.h"

struct filtered {
        int in, out;
};

static struct filtered filtered_new(
                const struct vrid_set *s, int family, enum vrid_filter_mode mode) {
        struct sock_filter code[VRID_FILTER_MAX];
        struct sock_fprog program = {
                .len = (unsigned short) vrid_filter_build(s, family, VRRP_IPPROTO, mode, code),
                .filter = code,
        };
        int fds[2];

        cr_assert_leq(program.len, VRID_FILTER_MAX);
        cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
        cr_assert_eq(setsockopt(fds[1], SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
                        0);
        return (struct filtered){ .in = fds[0], .out = fds[1] };
}

static void filtered_done(struct filtered f) {
        (void) close(f.in);
        (void) close(f.out);
}

static bool passes(struct filtered f, const void *packet, size_t n) {
        char buf[128];

        cr_assert_eq(send(f.in, packet, n, 0), (ssize_t) n);
        return recv(f.out, buf, sizeof(buf), 0) == (ssize_t) n;
}

/* An IPv4 packet with @words of header and @payload bytes behind it, or its payload alone. */
static bool passes_vrid(
                struct filtered f, int family, unsigned words, uint8_t vrid, size_t payload) {
        unsigned char packet[80] = {};
        size_t header = family == AF_INET ? words * 4U : 0;

        packet[0] = (unsigned char) (0x40U | words);
        packet[header] = 0x31;
        packet[header + 1] = vrid;
        return passes(f, packet, header + payload);
}

Test(vrid_filter, members_pass_and_all_others_do_not) {
        const uint8_t members[] = { 1, 31, 32, 51, 128, 255 };
        struct vrid_set s = {};

        for (size_t i = 0; i < sizeof(members); i++)
                vrid_set_add(&s, members[i]);

        for (int family = AF_INET;; family = AF_INET6) {
                struct filtered ours = filtered_new(&s, family, VRID_FILTER_MEMBERS);
                struct filtered strays = filtered_new(&s, family, VRID_FILTER_STRAYS);

                for (int vrid = 0; vrid < 256; vrid++) {
                        bool member = memchr(members, vrid, sizeof(members)) != NULL;

                        cr_expect_eq(passes_vrid(ours, family, 5, (uint8_t) vrid, 20), member);
                        cr_expect_eq(passes_vrid(strays, family, 5, (uint8_t) vrid, 20), !member);
                        cr_expect_eq(vrid_set_has(&s, (uint8_t) vrid), member);
                }
                filtered_done(ours);
                filtered_done(strays);
                if (family == AF_INET6)
                        break;
        }
}

Test(vrid_filter, the_empty_set_takes_nothing) {
        struct vrid_set s = {};
        struct filtered f = filtered_new(&s, AF_INET, VRID_FILTER_MEMBERS);

        for (int vrid = 0; vrid < 256; vrid++)
                cr_expect_not(passes_vrid(f, AF_INET, 5, (uint8_t) vrid, 20));
        filtered_done(f);
}

Test(vrid_filter, options_of_the_ip_header_are_passed_over) {
        struct vrid_set s = {};
        struct filtered f;

        vrid_set_add(&s, 7);
        f = filtered_new(&s, AF_INET, VRID_FILTER_MEMBERS);
        cr_expect(passes_vrid(f, AF_INET, 15, 7, 8));
        cr_expect_not(passes_vrid(f, AF_INET, 15, 8, 8));
        filtered_done(f);
}

Test(vrid_filter, a_packet_without_an_id_is_a_stray) {
        struct vrid_set s = {};

        for (int vrid = 0; vrid < 256; vrid++)
                vrid_set_add(&s, (uint8_t) vrid);

        for (size_t payload = 0; payload < 3; payload++) {
                struct filtered ours = filtered_new(&s, AF_INET, VRID_FILTER_MEMBERS);
                struct filtered strays = filtered_new(&s, AF_INET, VRID_FILTER_STRAYS);

                cr_expect_eq(passes_vrid(ours, AF_INET, 5, 0, payload), payload == 2);
                cr_expect_eq(passes_vrid(strays, AF_INET, 5, 0, payload), payload < 2);
                filtered_done(ours);
                filtered_done(strays);
        }
}

Test(vrid_filter, an_authentication_header_is_passed_over) {
        unsigned char packet[20 + AUTH_HEADER_SIZE + 8] = { 0x45 };
        struct vrid_set s = {};
        struct sock_filter code[VRID_FILTER_MAX];
        struct sock_fprog program = { .filter = code };
        struct filtered f;

        vrid_set_add(&s, 51);
        f = filtered_new(&s, AF_INET, VRID_FILTER_MEMBERS);
        program.len = (unsigned short) vrid_filter_build(
                        &s, AF_INET, AUTH_HEADER_IPPROTO, VRID_FILTER_MEMBERS, code);
        cr_assert_eq(setsockopt(f.out, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
        cr_expect_not(passes(f, packet, sizeof(packet)));
        packet[20 + AUTH_HEADER_SIZE + 1] = 51;
        cr_expect(passes(f, packet, sizeof(packet)));
        cr_expect_not(passes(f, packet, 20 + AUTH_HEADER_SIZE + 1), "too short");
        filtered_done(f);
}

Test(vrid_filter, a_removed_id_is_no_member) {
        struct vrid_set s = {};

        vrid_set_add(&s, 200);
        vrid_set_add(&s, 201);
        vrid_set_remove(&s, 200);
        cr_expect_not(vrid_set_has(&s, 200));
        cr_expect(vrid_set_has(&s, 201));
}
