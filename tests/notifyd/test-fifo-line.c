/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo-line.h"

#include <criterion/criterion.h>
#include <string.h>

static void expect(const struct fifo_line *l, const char *bytes, size_t n) {
        cr_assert_eq(l->n, n, "%zu bytes instead of %zu", l->n, n);
        cr_expect_eq(memcmp(l->text, bytes, n), 0);
}
#define EXPECT(l, literal) expect((l), literal, sizeof(literal) - 1)

Test(fifo_line, of_an_instance_ends_with_a_newline) {
        struct fifo_line l;

        fifo_line_instance(&l, "VI_1", "MASTER", 100);
        EXPECT(&l, "INSTANCE \"VI_1\" MASTER 100\n");
        fifo_line_instance(&l, "two words", "MASTER_RX_LOWER_PRI", 255);
        EXPECT(&l, "INSTANCE \"two words\" MASTER_RX_LOWER_PRI 255\n");
}

Test(fifo_line, of_services_and_servers_ends_with_a_newline_and_a_nul) {
        struct fifo_line l;

        fifo_line_service(&l, "[192.0.2.1]:tcp:80", "UP");
        EXPECT(&l, "VS [192.0.2.1]:tcp:80 UP\n\0");
        fifo_line_service(&l, "FWM 7", "DOWN");
        EXPECT(&l, "VS FWM 7 DOWN\n\0");
        fifo_line_server(&l, "[2001:db8::1]:udp:53", "[g]:0", "DOWN");
        EXPECT(&l, "RS [2001:db8::1]:udp:53 [g]:0 DOWN\n\0");
}

Test(fifo_line, never_exceeds_what_a_fifo_takes_in_one_piece) {
        char name[2 * PIPE_BUF];
        struct fifo_line l;

        memset(name, 'x', sizeof(name) - 1);
        name[sizeof(name) - 1] = '\0';
        fifo_line_instance(&l, name, "MASTER", 100);
        cr_expect_leq(l.n, (size_t) PIPE_BUF);
        cr_expect_eq(l.text[l.n - 1], '\n');
        fifo_line_server(&l, name, "[g]:0", "UP");
        cr_expect_leq(l.n, (size_t) PIPE_BUF);
        cr_expect_eq(l.text[l.n - 2], '\n');
        cr_expect_eq(l.text[l.n - 1], '\0');
}
