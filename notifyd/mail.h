/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A message as it goes over the wire, RFC 5322: headers and one short text. Nothing that came from a
 * configuration or an event can add a header or a line: control characters become blanks. */

#include <stdbool.h>
#include <stddef.h>

#include "common/usec.h"

struct mail {
        const char *from;
        const char *const *to;  /* for the header; NULL-terminated */
        const char *subject;    /* UTF-8 */
        const char *body;       /* UTF-8, lines end with \n */
        usec_t date_usec;       /* CLOCK_REALTIME of what is told, not of the try to tell it */
        const char *message_id; /* the same in every try, so that a mail store knows a repeat */
        bool repeat;            /* it may have arrived before: X-Mainstay-Repeat */
};

/* With CRLF, without the final dot (which is SMTP's). -ENOMEM. */
int mail_format(const struct mail *m, char **ret, size_t *ret_n);

/* The address in "Name <a@b>" or "a@b", or NULL for lack of memory. */
char *mail_address(const char *header);
