/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reading lines of iproute2's words: a cursor over the words of one line. What cannot be read is complained of
 * at its place, and the line is left out; so nothing is asked twice for the first error. For vrrpd/conf*.c
 * alone. */

#include "common/conf-build.h"
#include "common/conf-type.h"
#include "vrrpd/conf-names.h"
#include "vrrpd/route.h"

struct conf_line {
        struct conf_parse p;
        const struct vrrp_names *names;
        size_t i;   /* the word looked at */
        int family; /* AF_UNSPEC until something tells */
        bool is_static;
        bool no_track;
        char *track_group; /* owned */
        int error;         /* CONF_TYPE_REFUSED after a complaint; -ENOMEM */
};

/* The word looked at, and whether it is @word (then it is passed). NULL: the line is at its end. */
const char *conf_line_word(const struct conf_line *l);
bool conf_line_skip(struct conf_line *l, const char *word);

/* Complain of the word before the one looked at. */
_printf_(2, 3) void conf_line_refuse(struct conf_line *l, const char *format, ...);

/* The next word as ... of the keyword @key; after an error what is returned means nothing. */
const char *conf_line_text(struct conf_line *l, const char *key);
uint32_t conf_line_number(struct conf_line *l, const char *key, uint32_t max);
uint64_t conf_line_number64(struct conf_line *l, const char *key);
/* "NUMBER" or a name of iproute2's table. */
uint32_t conf_line_name(
                struct conf_line *l, const char *key, enum vrrp_names_table table, uint32_t max);
/* An address, of the line's family where that is known, which it tells otherwise. */
void conf_line_address(struct conf_line *l, const char *key, struct ip_addr *ret);
/* ADDRESS, ADDRESS/BITS, "default", "any", "all"; the latter of the line's family, which may be unknown. */
void conf_line_prefix(struct conf_line *l, const char *key, struct vrrp_prefix *ret);
void conf_line_device(struct conf_line *l, const char *key, char ret[static IF_NAMESIZE]);
/* TO, or FROM/TO. */
uint32_t conf_line_realms(struct conf_line *l);
/* "inet", "inet6": the family. "no_track", "track_group". Whether it was one of these, and is passed. */
bool conf_line_common(struct conf_line *l);
/* The family is @family; a contradiction is refused. */
void conf_line_set_family(struct conf_line *l, int family);
