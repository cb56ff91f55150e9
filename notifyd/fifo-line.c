/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo-line.h"

#include <stdarg.h>
#include <stdio.h>

/* The words, cut to what fits, and the newline. Behind the end there is room for a NUL. */
_printf_(2, 3) static void put(struct fifo_line *l, const char *format, ...) {
        const size_t max = sizeof(l->text) - 2;
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(l->text, max + 1, format, ap);
        va_end(ap);
        l->n = n < 0 ? 0 : MIN((size_t) n, max);
        l->text[l->n++] = '\n';
        l->text[l->n] = '\0';
}

void fifo_line_instance(
                struct fifo_line *l, const char *name, const char *state, unsigned priority) {
        put(l, "INSTANCE \"%s\" %s %u", name, state, priority);
}

void fifo_line_group(struct fifo_line *l, const char *name, const char *state) {
        put(l, "GROUP \"%s\" %s 0", name, state);
}

/* The NUL is there already. */
static void end_with_nul(struct fifo_line *l) {
        l->n++;
}

void fifo_line_service(struct fifo_line *l, const char *words, const char *state) {
        put(l, "VS %s %s", words, state);
        end_with_nul(l);
}

void fifo_line_server(struct fifo_line *l, const char *words, const char *service_words,
                const char *state) {
        put(l, "RS %s %s %s", words, service_words, state);
        end_with_nul(l);
}
