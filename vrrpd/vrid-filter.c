/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The program: the id is one byte, so membership is a bit in eight words. It selects the word by the
 * upper three bits, shifts it by the lower five and tests bit 0: about twenty instructions for any
 * set, and no table in the kernel to look after. */

#include <assert.h>
#include <sys/socket.h>

#include "common/macro.h"
#include "vrrpd/auth-header.h"
#include "vrrpd/vrid-filter.h"

#define VRID_OFFSET 1 /* RFC 9568 §5.1 */
#define TAKE_ALL UINT32_MAX
#define TAKE_NOTHING 0

struct program {
        struct sock_filter *code;
        size_t n;
};

static void emit(struct program *p, unsigned code, uint32_t k) {
        assert(p->n < VRID_FILTER_MAX);
        p->code[p->n++] = (struct sock_filter) BPF_STMT((uint16_t) code, k);
}

static void emit_jump(struct program *p, unsigned code, uint32_t k, uint8_t yes, uint8_t no) {
        assert(p->n < VRID_FILTER_MAX);
        p->code[p->n++] = (struct sock_filter) BPF_JUMP((uint16_t) code, k, yes, no);
}

/* Leave the id in A and in M[0]; end with @too_short when the packet does not reach that far. */
static void emit_load_vrid(struct program *p, int family, uint32_t offset, uint32_t too_short) {
        if (family == AF_INET)
                emit(p, BPF_LDX | BPF_B | BPF_MSH, 0); /* X = length of the IP header */
        else
                emit(p, BPF_LDX | BPF_W | BPF_IMM, 0);
        emit(p, BPF_LD | BPF_W | BPF_LEN, 0);
        emit(p, BPF_ALU | BPF_SUB | BPF_X, 0);
        emit_jump(p, BPF_JMP | BPF_JGT | BPF_K, offset, 1, 0);
        emit(p, BPF_RET | BPF_K, too_short);
        emit(p, BPF_LD | BPF_B | BPF_IND, offset);
        emit(p, BPF_ST, 0);
}

size_t vrid_filter_build(const struct vrid_set *s, int family, int protocol,
                enum vrid_filter_mode mode, struct sock_filter ret[static VRID_FILTER_MAX]) {
        uint32_t offset = VRID_OFFSET +
                        (protocol == AUTH_HEADER_IPPROTO ? (uint32_t) AUTH_HEADER_SIZE : 0);
        uint32_t member = mode == VRID_FILTER_MEMBERS ? TAKE_ALL : TAKE_NOTHING;
        uint32_t stray = mode == VRID_FILTER_MEMBERS ? TAKE_NOTHING : TAKE_ALL;
        struct program p = { .code = ret };

        emit_load_vrid(&p, family, offset, stray);

        emit(&p, BPF_ALU | BPF_AND | BPF_K, 31);
        emit(&p, BPF_MISC | BPF_TAX, 0);
        emit(&p, BPF_LD | BPF_MEM, 0);
        emit(&p, BPF_ALU | BPF_RSH | BPF_K, 5);

        /* A = words[A]: the last word needs no question. */
        for (uint8_t i = 0; i < ARRAY_SIZE(s->words) - 1; i++) {
                uint8_t left = (uint8_t) (ARRAY_SIZE(s->words) - 1 - i);

                emit_jump(&p, BPF_JMP | BPF_JEQ | BPF_K, i, 0, 2);
                emit(&p, BPF_LD | BPF_W | BPF_IMM, s->words[i]);
                emit(&p, BPF_JMP | BPF_JA, 3U * left - 2U);
        }
        emit(&p, BPF_LD | BPF_W | BPF_IMM, s->words[ARRAY_SIZE(s->words) - 1]);

        emit(&p, BPF_ALU | BPF_RSH | BPF_X, 0);
        emit_jump(&p, BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1);
        emit(&p, BPF_RET | BPF_K, member);
        emit(&p, BPF_RET | BPF_K, stray);
        return p.n;
}
