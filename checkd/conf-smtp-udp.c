/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The keywords of UDP_CHECK and SMTP_CHECK. */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/conf-rows.h"

#define FIELD(f) .offset = offsetof(struct check_checker_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"
#define BYTES_MAX 65507U /* what a datagram can hold */

/* --- bytes in hexadecimal --- */

bool check_bytes_conf_equal(const struct check_bytes_conf *a, const struct check_bytes_conf *b) {
        return a->n == b->n &&
                        (a->n == 0 ||
                                        (memcmp(a->bytes, b->bytes, a->n) == 0 &&
                                                        memcmp(a->mask, b->mask, a->n) == 0));
}

static void bytes_done(void *field) {
        struct check_bytes_conf *b = field;

        free(b->bytes);
        free(b->mask);
}

static void print_bytes(FILE *to, const struct conf_row *row, const void *field) {
        const struct check_bytes_conf *b = field;

        for (size_t i = 0; i < b->n; i++) {
                char text[3];

                (void) snprintf(text, sizeof(text), "%02x", b->bytes[i]);
                for (unsigned j = 0; j < 2; j++)
                        if (!(b->mask[i] & (j == 0 ? 0xf0U : 0x0fU)))
                                text[j] = 'x';
                fprintf(to, "%s%s", i == 0 ? " " : "", text);
        }
}

/* One digit into the low half of *@byte and *@mask. */
static bool take_digit(char c, bool wildcards, uint8_t *byte, uint8_t *mask) {
        bool any = wildcards && (c == 'x' || c == 'X');
        char digit[2] = { c, '\0' };

        if (!any && !isxdigit((unsigned char) c))
                return false;
        *byte = (uint8_t) (*byte << 4 | (any ? 0 : strtoul(digit, NULL, 16)));
        *mask = (uint8_t) (*mask << 4 | (any ? 0 : 0xf));
        return true;
}

/* "0a1b c" is three bytes: digits go in pairs, one that is left over is a byte of its own. */
static bool take_word(const char *word, bool wildcards, struct check_bytes_conf *b) {
        while (*word) {
                /* A byte of one digit has no other half that could be anything. */
                uint8_t *byte = &b->bytes[b->n], *mask = &b->mask[b->n];

                *byte = 0;
                *mask = word[1] ? 0 : 0xf;
                if (!take_digit(*word++, wildcards, byte, mask))
                        return false;
                if (*word && !take_digit(*word++, wildcards, byte, mask))
                        return false;
                b->n++;
        }
        return true;
}

static int parse_bytes_of(
                const struct conf_parse *p, bool wildcards, struct check_bytes_conf *ret) {
        struct check_bytes_conf b = {};
        size_t n = 0;

        for (size_t i = 0; i < conf_parse_n(p); i++)
                n += (strlen(conf_parse_word(p, i)) + 1) / 2;
        if (n > BYTES_MAX) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s: %zu bytes are more than %u",
                                conf_parse_name(p), n, BYTES_MAX);
                return CONF_TYPE_REFUSED;
        }
        b.bytes = malloc(n + 1);
        b.mask = malloc(n + 1);
        for (size_t i = 0; b.bytes && b.mask && i < conf_parse_n(p); i++) {
                if (take_word(conf_parse_word(p, i), wildcards, &b))
                        continue;
                conf_parse_say(p, CONF_COMPLAINT, i,
                                wildcards ? "digits 0-9, a-f, and x for any" : "digits 0-9, a-f",
                                "%s: %s is not hexadecimal", conf_parse_name(p),
                                conf_parse_word(p, i));
                bytes_done(&b);
                return CONF_TYPE_REFUSED;
        }
        if (!b.bytes || !b.mask) {
                bytes_done(&b);
                return -ENOMEM;
        }
        *ret = b;
        return 0;
}

static int parse_bytes(const struct conf_parse *p, void *field) {
        return parse_bytes_of(p, false, field);
}

static int parse_pattern(const struct conf_parse *p, void *field) {
        return parse_bytes_of(p, true, field);
}

static const struct conf_type bytes_type = {
        .name = "bytes in hexadecimal",
        .syntax = "HEX ...",
        .size = sizeof(struct check_bytes_conf),
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .parse = parse_bytes,
        .print = print_bytes,
        .done = bytes_done,
};
static const struct conf_type pattern_type = {
        .name = "perhaps bytes in hexadecimal, with x for any digit",
        .syntax = "[HEX ...]",
        .size = sizeof(struct check_bytes_conf),
        .max_args = CONF_ARGS_ANY,
        .parse = parse_pattern,
        .print = print_bytes,
        .done = bytes_done,
};

/* clang-format off */
static const struct conf_row udp_rows[] = {
        { .key = "payload", .type = &bytes_type, FIELD(udp_payload),
          .fallback_note = "random bytes", KEEPALIVED, .help = "What to send, in hexadecimal." },
        { .key = "require_reply", .type = &pattern_type, FIELD(udp_reply), .fallback_note = "off",
          KEEPALIVED,
          .help = "An answer must come; perhaps this one, in hexadecimal with x for any digit." },
        { .key = "min_reply_length", .type = &conf_u16, FIELD(udp_min_reply), .max = 65535,
          .fallback = "0", .unit = "bytes", KEEPALIVED,
          .help = "Shortest answer, where one is given." },
        { .key = "max_reply_length", .type = &conf_u16, FIELD(udp_max_reply), .max = 65535,
          .fallback = "255", .unit = "bytes", KEEPALIVED,
          .help = "Longest answer, where one is given." },
};
/* clang-format on */

/* --- SMTP_CHECK --- */

#define HELO_NAME "smtpchecker.keepalived.org"
#define HELO_NAME_MAX 255U /* RFC 1035 §2.3.4 */

/* A name that is said to a server: nothing that could be taken for another command. */
static int parse_helo_name(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_word(p, 0);
        bool fit = word[0] && strlen(word) <= HELO_NAME_MAX;

        for (const char *c = word; *c; c++)
                fit = fit && isgraph((unsigned char) *c);
        if (!fit) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "helo_name: %s is no name of a host",
                                word);
                return CONF_TYPE_REFUSED;
        }
        return conf_text.parse(p, field);
}

static void print_helo_name(FILE *to, const struct conf_row *row, const void *field) {
        conf_text.print(to, row, field);
}

static void helo_name_done(void *field) {
        conf_text.done(field);
}

static const struct conf_type helo_type = {
        .name = "a name of a host",
        .syntax = "NAME",
        .size = sizeof(char *),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_helo_name,
        .print = print_helo_name,
        .done = helo_name_done,
};

const char *check_conf_helo_name(const struct check_checker_conf *c) {
        const struct check_checker_conf *own = c->outer ?: c;

        return own->helo_name ?: HELO_NAME;
}

/* clang-format off */
static const struct conf_row smtp_rows[] = {
        { .key = "helo_name", .type = &helo_type, FIELD(helo_name), .fallback_note = HELO_NAME,
          KEEPALIVED, .help = "Name to greet the mail server with." },
        { .key = "host", .type = &conf_block_only, .opens = CONF_BLOCK_SMTP_HOST,
          .open = check_conf_open_host, .flags = CONF_ROW_OBSOLETE | CONF_ROW_REPEATS, KEEPALIVED,
          .instead = "write one SMTP_CHECK for each", .help = "One more host to check." },
};
/* clang-format on */

const struct conf_section check_conf_udp_own_section = {
        .block = CONF_BLOCK_UDP_CHECK,
        .rows = udp_rows,
        .n_rows = ARRAY_SIZE(udp_rows),
        .first = 16,
};
const struct conf_section check_conf_smtp_own_section = {
        .block = CONF_BLOCK_SMTP_CHECK,
        .rows = smtp_rows,
        .n_rows = ARRAY_SIZE(smtp_rows),
        .first = 16,
};
