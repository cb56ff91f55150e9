/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The body of an answer, judged while it comes in: how much it is, its MD5, whether it has a pattern. Nothing of
 * it is kept but the window of the search (checkd/pattern.h), and more than BODY_BYTES_MAX is not taken. */

#include <md5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checkd/conf.h"

#define BODY_BYTES_MAX (16U << 20)

struct body {
        size_t n;
        bool too_long;
        MD5_CTX md5;
        const struct check_url_conf *url; /* borrowed, or NULL: nothing is looked for */
        struct pattern_search *search;
};

/* @url may be NULL: then only the digest is made. It must outlive @b, or an equal one take its place: set
 * b->url. 0 or -ENOMEM. */
int body_init(struct body *b, const struct check_url_conf *url);
void body_done(struct body *b);

/* The next @n bytes. False: it is too long, and no more is wanted. */
bool body_feed(struct body *b, const void *data, size_t n);

/* The body has ended: the digest in hexadecimal. To be asked once, before or instead of body_judge(). */
#define BODY_DIGEST_STRLEN (MD5_DIGEST_LENGTH * 2 + 1)
void body_digest(struct body *b, char buf[static BODY_DIGEST_STRLEN]);

/* The body has ended: is it as @url wants it? If not, @why says what is wrong. First the digest, then the
 * pattern. */
bool body_judge(struct body *b, char *why, size_t n);
