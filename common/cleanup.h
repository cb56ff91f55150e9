/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Scope-bound ownership: every owning local names its destructor where it is declared, and handing
 * the object over is a visible TAKE. The conventions are systemd's. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Define @func##p, the cleanup function for a pointer that @func destroys. */
#define DEFINE_CLEANUP_FUNC(type, func)                                                            \
        static inline void func##p(type *p) {                                                      \
                if (*p)                                                                            \
                        (void) func(*p);                                                           \
        }                                                                                          \
        struct cleanup_semicolon

#define TAKE_PTR(ptr)                                                                              \
        ({                                                                                         \
                __auto_type _pptr = &(ptr);                                                        \
                __auto_type _taken = *_pptr;                                                       \
                *_pptr = NULL;                                                                     \
                _taken;                                                                            \
        })

#define TAKE_FD(fd)                                                                                \
        ({                                                                                         \
                int *_pfd = &(fd);                                                                 \
                int _taken = *_pfd;                                                                \
                *_pfd = -1;                                                                        \
                _taken;                                                                            \
        })

static inline void cleanup_freep(void *p) {
        free(*(void **) p);
}

static inline void cleanup_closep(const int *fd) {
        if (*fd >= 0)
                (void) close(*fd);
}

static inline void cleanup_fclosep(FILE **f) {
        if (*f)
                (void) fclose(*f);
}

#define _cleanup_free_ _cleanup_(cleanup_freep)
#define _cleanup_close_ _cleanup_(cleanup_closep)
#define _cleanup_fclose_ _cleanup_(cleanup_fclosep)
