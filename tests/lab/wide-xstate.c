/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* wide-xstate: preloaded into user-mode-linux, so that it runs on processors whose extended state is larger than it knows.
 *
 * Linux 6.1 as a user-mode program keeps 2,696 bytes of x86 state for each process (all up to AVX-512 and PKRU)
 * and gives that much back with PTRACE_SETREGSET. A processor with AMX has 11,008 bytes of it, and the machine's kernel
 * refuses less than all: the guest dies at its first process. So a short set is made whole here, with the
 * components that are missing marked as being in their initial state. (A program in the guest that used them would lose them;
 * compilers and libraries do not, without being told to.) */

#include <cpuid.h>
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "common/macro.h"

/* Intel's manual, volume 1, section 13.4: the legacy area, then the header, which begins with XSTATE_BV. */
#define XSTATE_BV_OFFSET 512U
#define XSTATE_COMPONENTS 63U
#define XSTATE_MAX 65536U

static long (*next_ptrace)(int, ...);

/* The guest's kernel has one thread, and stacks too small for this. */
static uint8_t whole[XSTATE_MAX] __attribute__((aligned(64)));

__attribute__((constructor)) static void find_next(void) {
        void *symbol = dlsym(RTLD_NEXT, "ptrace");

        memcpy(&next_ptrace, &symbol, sizeof(symbol));
}

/* The components that end within the first @n bytes of the state. */
static uint64_t components_within(size_t n) {
        uint64_t mask = 3; /* x87 and SSE, which are in the legacy area */

        for (unsigned i = 2; i < XSTATE_COMPONENTS; i++) {
                unsigned size = 0, offset = 0, c, d;

                if (__get_cpuid_count(0xD, i, &size, &offset, &c, &d) && size > 0 &&
                                offset + size <= n)
                        mask |= UINT64_C(1) << i;
        }
        return mask;
}

/* The size of the whole state as the machine's kernel wants it, and what of it the guest knows: asked once. */
static size_t whole_size;
static uint64_t known;

static long set_whole_state(int pid, const struct iovec *given) {
        struct iovec full = { whole, sizeof(whole) };
        uint64_t present;

        if (whole_size == 0) {
                if (next_ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &full) < 0)
                        return -1;
                whole_size = full.iov_len;
                known = components_within(given->iov_len);
                memset(whole, 0, sizeof(whole));
        }
        if (whole_size <= given->iov_len)
                return next_ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, given);

        /* Beyond what is given the buffer stays zero. */
        memcpy(whole, given->iov_base, given->iov_len);
        memcpy(&present, whole + XSTATE_BV_OFFSET, sizeof(present));
        present &= known;
        memcpy(whole + XSTATE_BV_OFFSET, &present, sizeof(present));
        full.iov_len = whole_size;
        return next_ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &full);
}

__attribute__((visibility("default"))) long ptrace(enum __ptrace_request request, ...) {
        void *address, *data;
        va_list arguments;
        int pid;

        va_start(arguments, request);
        pid = va_arg(arguments, int);
        address = va_arg(arguments, void *);
        data = va_arg(arguments, void *);
        va_end(arguments);

        if (request == PTRACE_SETREGSET && (uintptr_t) address == NT_X86_XSTATE)
                return set_whole_state(pid, data);
        return next_ptrace((int) request, pid, address, data);
}
