/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The types that no daemon owns. A refused value leaves the default in force, as in keepalived; a
 * number with junk behind it counts by its digits, as in a running keepalived (its -t would drop
 * it: the daemons and `config check` must agree, so there is one rule). */

#include "common/conf-type.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf-script.h"
#include "common/ip-addr.h"
#include "common/usec.h"

void conf_parse_say(const struct conf_parse *p, enum conf_grade grade, size_t i, const char *advice,
                const char *format, ...) {
        _cleanup_free_ char *what = NULL, *object = NULL;
        struct conf_pos pos = conf_node_word_pos(p->node, p->first + i);
        va_list ap;

        if (!p->diags)
                return;
        va_start(ap, format);
        if (vasprintf(&what, format, ap) < 0)
                what = NULL;
        va_end(ap);
        object = conf_node_object_name(p->node);
        conf_diag_add(p->diags, grade, &pos, object, advice, "%s", what ?: "out of memory");
}

static bool is_digits(const char *s) {
        return *s >= '0' && *s <= '9';
}

static int out_of_range(const struct conf_parse *p, size_t i, bool zero, const char *range) {
        if (zero && (p->row->flags & CONF_ROW_ZERO_IS_DEFAULT))
                conf_parse_say(p, CONF_NOTE, i, "the line can go",
                                "%s 0 is what it is without being said", conf_parse_name(p));
        else
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s %s is not in %s, the default stays",
                                conf_parse_name(p), conf_parse_word(p, i), range);
        return CONF_TYPE_REFUSED;
}

int conf_parse_integer(
                const struct conf_parse *p, size_t i, int64_t min, int64_t max, int64_t *ret) {
        const char *word = conf_parse_word(p, i);
        char range[64], *end;
        int64_t v;

        if (!is_digits(word + (*word == '-' || *word == '+'))) {
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s: %s is not a number",
                                conf_parse_name(p), word);
                return CONF_TYPE_REFUSED;
        }
        errno = 0;
        v = strtoll(word, &end, 10);
        if (v == 0 && (p->row->flags & CONF_ROW_ZERO_IS_ONE)) {
                conf_parse_say(p, CONF_NOTE, i, NULL, "%s 0 is taken as 1", conf_parse_name(p));
                v = 1;
        }
        if (errno != 0 || v < min || v > max) {
                snprintf(range, sizeof(range), "%" PRIi64 "..%" PRIi64, min, max);
                if (!(p->row->flags & CONF_ROW_CLAMP))
                        return out_of_range(p, i, v == 0, range);
                conf_parse_say(p, CONF_NOTE, i, NULL, "%s %s is brought into %s",
                                conf_parse_name(p), word, range);
                v = CLAMP(v, min, max);
        }
        if (*end)
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s %s is taken as %" PRIi64,
                                conf_parse_name(p), word, v);
        *ret = v;
        return 0;
}

/* Digits behind the point as millionths; @ret_cut when there were more than @decimals. */
static uint64_t parse_fraction(
                const char *s, unsigned decimals, bool *ret_cut, const char **ret_end) {
        uint64_t v = 0;
        unsigned n = 0;

        *ret_cut = false;
        for (; is_digits(s); s++, n++) {
                if (n < decimals)
                        v = v * 10 + (uint64_t) (*s - '0');
                else if (n == decimals)
                        v += *s >= '5';
                *ret_cut |= n >= decimals;
        }
        for (n = MIN(n, decimals); n < 6; n++)
                v *= 10;
        *ret_end = s;
        return v;
}

int conf_parse_seconds(const struct conf_parse *p, size_t i, unsigned decimals, int64_t min,
                int64_t max, uint64_t *ret) {
        const char *word = conf_parse_word(p, i), *s = word;
        bool cut = false;
        uint64_t v = 0;

        if (!is_digits(s) && !(*s == '.' && is_digits(s + 1))) {
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s: %s is not a time in seconds",
                                conf_parse_name(p), word);
                return CONF_TYPE_REFUSED;
        }
        for (; is_digits(s); s++)
                v = MIN(v * 10 + (uint64_t) (*s - '0'), (uint64_t) UINT32_MAX);
        v *= USEC_PER_SEC;
        if (*s == '.')
                v += parse_fraction(s + 1, decimals, &cut, &s);
        if (v == 0 && (p->row->flags & CONF_ROW_ZERO_IS_ONE)) {
                conf_parse_say(p, CONF_NOTE, i, NULL, "%s 0 is taken as 1", conf_parse_name(p));
                v = USEC_PER_SEC;
        }
        if (v < (uint64_t) min || v > (uint64_t) max) {
                char range[64];

                snprintf(range, sizeof(range), "%g..%g s", (double) min / 1e6, (double) max / 1e6);
                return out_of_range(p, i, v == 0, range);
        }
        if (cut)
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s %s is rounded to %u decimals",
                                conf_parse_name(p), word, decimals);
        if (*s)
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s %s is taken as %g s",
                                conf_parse_name(p), word, (double) v / 1e6);
        *ret = v;
        return 0;
}

static int boolean_of(const char *word) {
        static const char *const yes[] = { "true", "on", "yes" },
                                 *const no[] = { "false", "off", "no" };

        for (size_t k = 0; k < ARRAY_SIZE(yes); k++) {
                if (streq(word, yes[k]))
                        return 1;
                if (streq(word, no[k]))
                        return 0;
        }
        return -1;
}

int conf_parse_boolean(const struct conf_parse *p, size_t i, bool *ret) {
        const char *word = conf_parse_word(p, i);
        int v = boolean_of(word);

        if (v < 0) {
                conf_parse_say(p, CONF_COMPLAINT, i, "one of true, on, yes, false, off, no",
                                "%s: %s is neither true nor false", conf_parse_name(p), word);
                return CONF_TYPE_REFUSED;
        }
        *ret = v;
        return 0;
}

int conf_parse_address(const struct conf_parse *p, size_t i, int family, struct ip_addr *ret) {
        const char *word = conf_parse_word(p, i);
        struct ip_addr a;

        if (ip_addr_parse(word, &a) < 0) {
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s: %s is not an IP address",
                                conf_parse_name(p), word);
                return CONF_TYPE_REFUSED;
        }
        if (family != AF_UNSPEC && a.family != family) {
                conf_parse_say(p, CONF_COMPLAINT, i, NULL, "%s: %s is not an %s address",
                                conf_parse_name(p), word, family == AF_INET ? "IPv4" : "IPv6");
                return CONF_TYPE_REFUSED;
        }
        *ret = a;
        return 0;
}

void conf_print_word(FILE *to, const char *word) {
        _cleanup_free_ char *quoted = conf_lex_quote(word);

        fputs(quoted ?: "", to);
}

void conf_print_seconds(FILE *to, uint64_t usec) {
        uint64_t rest = usec % USEC_PER_SEC;
        int digits = 6;

        fprintf(to, "%" PRIu64, usec / USEC_PER_SEC);
        if (rest == 0)
                return;
        for (; rest % 10 == 0; digits--)
                rest /= 10;
        fprintf(to, ".%0*" PRIu64, digits, rest);
}

/* Truth */

static int parse_flag(const struct conf_parse *p, void *field) {
        *(bool *) field = true;
        return 0;
}

static void print_nothing(FILE *to, const struct conf_row *row, const void *field) {
}

static int parse_boolean(const struct conf_parse *p, void *field) {
        if (conf_parse_n(p) > 0)
                return conf_parse_boolean(p, 0, field);
        *(bool *) field = true;
        return 0;
}

static void print_boolean(FILE *to, const struct conf_row *row, const void *field) {
        fputs(*(const bool *) field ? " true" : " false", to);
}

static int parse_tristate(const struct conf_parse *p, void *field) {
        bool v = true;
        int r = 0;

        if (conf_parse_n(p) > 0)
                r = conf_parse_boolean(p, 0, &v);
        if (r == 0)
                *(int *) field = v;
        return r;
}

static void print_tristate(FILE *to, const struct conf_row *row, const void *field) {
        fputs(*(const int *) field > 0 ? " true" : " false", to);
}

const struct conf_type conf_flag = {
        .name = "a word without value",
        .syntax = "",
        .size = sizeof(bool),
        .parse = parse_flag,
        .print = print_nothing,
};
const struct conf_type conf_boolean = {
        .name = "true or false, true when bare",
        .syntax = "[BOOL]",
        .size = sizeof(bool),
        .max_args = 1,
        .parse = parse_boolean,
        .print = print_boolean,
};
const struct conf_type conf_tristate = {
        .name = "true or false, true when bare",
        .syntax = "[BOOL]",
        .size = sizeof(int),
        .max_args = 1,
        .parse = parse_tristate,
        .print = print_tristate,
};

/* Numbers */

static int parse_ranged(const struct conf_parse *p, int64_t min, int64_t max, int64_t *ret) {
        const struct conf_row *row = p->row;

        if (row->min != 0 || row->max != 0) {
                min = row->min;
                max = row->max;
        }
        return conf_parse_integer(p, 0, min, max, ret);
}

#define DEFINE_INTEGER(c_name, c_type, low, high, text)                                            \
        static int parse_##c_name(const struct conf_parse *p, void *field) {                       \
                int64_t v = 0;                                                                     \
                int r = parse_ranged(p, low, high, &v);                                            \
                                                                                                   \
                if (r == 0)                                                                        \
                        *(c_type *) field = (c_type) v;                                            \
                return r;                                                                          \
        }                                                                                          \
        static void print_##c_name(FILE *to, const struct conf_row *row, const void *field) {      \
                fprintf(to, " %" PRIi64, (int64_t) * (const c_type *) field);                      \
        }                                                                                          \
        const struct conf_type conf_##c_name = {                                                   \
                .name = text,                                                                      \
                .syntax = "N",                                                                     \
                .size = sizeof(c_type),                                                            \
                .min_args = 1,                                                                     \
                .max_args = 1,                                                                     \
                .parse = parse_##c_name,                                                           \
                .print = print_##c_name,                                                           \
        }

DEFINE_INTEGER(u8, uint8_t, 0, UINT8_MAX, "a whole number");
DEFINE_INTEGER(u16, uint16_t, 0, UINT16_MAX, "a whole number");
DEFINE_INTEGER(u32, uint32_t, 0, UINT32_MAX, "a whole number");
DEFINE_INTEGER(int, int, INT_MIN, INT_MAX, "a whole number");
DEFINE_INTEGER(unsigned, unsigned, 0, INT_MAX, "a whole number");

#define SECONDS_MAX ((int64_t) UINT32_MAX * (int64_t) USEC_PER_SEC)

static int parse_seconds(const struct conf_parse *p, void *field) {
        const struct conf_row *row = p->row;

        return conf_parse_seconds(
                        p, 0, row->decimals ?: 6, row->min, row->max ?: SECONDS_MAX, field);
}

static int parse_whole_seconds(const struct conf_parse *p, void *field) {
        const struct conf_row *row = p->row;
        int64_t v = 0;
        int r;

        r = conf_parse_integer(p, 0, row->min / (int64_t) USEC_PER_SEC,
                        (row->max ?: SECONDS_MAX) / (int64_t) USEC_PER_SEC, &v);
        if (r == 0)
                *(usec_t *) field = (usec_t) v * USEC_PER_SEC;
        return r;
}

static void print_seconds(FILE *to, const struct conf_row *row, const void *field) {
        fputc(' ', to);
        conf_print_seconds(to, *(const usec_t *) field);
}

const struct conf_type conf_seconds = {
        .name = "a time, with decimals",
        .syntax = "SECONDS",
        .size = sizeof(usec_t),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_seconds,
        .print = print_seconds,
};
const struct conf_type conf_whole_seconds = {
        .name = "a time, whole",
        .syntax = "SECONDS",
        .size = sizeof(usec_t),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_whole_seconds,
        .print = print_seconds,
};

/* Words */

int conf_parse_text(const struct conf_parse *p, void *field) {
        char *copy;

        if (conf_parse_n(p) == 0)
                return 0;
        copy = strdup(conf_parse_word(p, 0));
        if (!copy)
                return -ENOMEM;
        *(char **) field = copy;
        return 0;
}

void conf_print_text(FILE *to, const struct conf_row *row, const void *field) {
        const char *text = *(char *const *) field;

        if (!text)
                return;
        fputc(' ', to);
        conf_print_word(to, text);
}

void conf_done_text(void *field) {
        free(*(char **) field);
        *(char **) field = NULL;
}

static int parse_word(const struct conf_parse *p, void *field) {
        char known[256] = "";
        size_t n = 0;

        for (const struct conf_name *i = p->row->names; i->name; i++) {
                if (streq(i->name, conf_parse_word(p, 0))) {
                        *(int *) field = i->value;
                        return 0;
                }
                if (n < sizeof(known))
                        n += (size_t) snprintf(known + n, sizeof(known) - n, "%s%s",
                                        n > 0 ? ", " : "one of ", i->name);
        }
        conf_parse_say(p, CONF_COMPLAINT, 0, known, "%s: unknown word %s", conf_parse_name(p),
                        conf_parse_word(p, 0));
        return CONF_TYPE_REFUSED;
}

static void print_name(FILE *to, const struct conf_row *row, const void *field) {
        for (const struct conf_name *i = row->names; i->name; i++)
                if (i->value == *(const int *) field) {
                        fprintf(to, " %s", i->name);
                        return;
                }
}

const struct conf_type conf_text = {
        .name = "a word, or words in double quotes",
        .syntax = "TEXT",
        .size = sizeof(char *),
        .min_args = 1,
        .max_args = 1,
        .parse = conf_parse_text,
        .print = conf_print_text,
        .done = conf_done_text,
};
const struct conf_type conf_optional_text = {
        .name = "a word or nothing",
        .syntax = "[TEXT]",
        .size = sizeof(char *),
        .max_args = 1,
        .parse = conf_parse_text,
        .print = conf_print_text,
        .done = conf_done_text,
};
const struct conf_type conf_word = {
        .name = "one of certain words",
        .syntax = "WORD",
        .size = sizeof(int),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_word,
        .print = print_name,
};

/* Addresses */

static int parse_address(const struct conf_parse *p, void *field) {
        return conf_parse_address(p, 0, AF_UNSPEC, field);
}

static int parse_address4(const struct conf_parse *p, void *field) {
        return conf_parse_address(p, 0, AF_INET, field);
}

static int parse_address6(const struct conf_parse *p, void *field) {
        return conf_parse_address(p, 0, AF_INET6, field);
}

static int parse_multicast(const struct conf_parse *p, int family, struct ip_addr *ret) {
        struct ip_addr a;
        int r;

        r = conf_parse_address(p, 0, family, &a);
        if (r != 0)
                return r;
        if (!ip_addr_is_multicast(&a)) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "%s: %s is not a multicast address",
                                conf_parse_name(p), conf_parse_word(p, 0));
                return CONF_TYPE_REFUSED;
        }
        *ret = a;
        return 0;
}

static int parse_multicast4(const struct conf_parse *p, void *field) {
        return parse_multicast(p, AF_INET, field);
}

static int parse_multicast6(const struct conf_parse *p, void *field) {
        return parse_multicast(p, AF_INET6, field);
}

static void print_address(FILE *to, const struct conf_row *row, const void *field) {
        char buf[IP_ADDR_STRLEN];

        fprintf(to, " %s", ip_addr_format(field, buf));
}

#define DEFINE_ADDRESS(c_name, text, words)                                                        \
        const struct conf_type conf_##c_name = {                                                   \
                .name = text,                                                                      \
                .syntax = words,                                                                   \
                .size = sizeof(struct ip_addr),                                                    \
                .min_args = 1,                                                                     \
                .max_args = 1,                                                                     \
                .parse = parse_##c_name,                                                           \
                .print = print_address,                                                            \
        }

DEFINE_ADDRESS(address, "an IP address", "ADDRESS");
DEFINE_ADDRESS(address4, "an IPv4 address", "IPV4-ADDRESS");
DEFINE_ADDRESS(address6, "an IPv6 address", "IPV6-ADDRESS");
DEFINE_ADDRESS(multicast4, "an IPv4 multicast address", "IPV4-ADDRESS");
DEFINE_ADDRESS(multicast6, "an IPv6 multicast address", "IPV6-ADDRESS");

/* What is not looked into */

static int parse_any(const struct conf_parse *p, void *field) {
        return 0;
}

const struct conf_type conf_any = {
        .name = "words",
        .syntax = "[WORD ...]",
        .max_args = CONF_ARGS_ANY,
        .parse = parse_any,
};
const struct conf_type conf_some = {
        .name = "words",
        .syntax = "WORD ...",
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .parse = parse_any,
};
const struct conf_type conf_block_only = {
        .name = "a block",
        .syntax = "{ ... }",
        .parse = parse_any,
};
const struct conf_type conf_block_named = {
        .name = "a block with a name",
        .syntax = "NAME { ... }",
        .min_args = 1,
        .max_args = 1,
        .parse = parse_any,
};
const struct conf_type conf_block_words = {
        .name = "a block",
        .syntax = "WORD [WORD] { ... }",
        .min_args = 1,
        .max_args = 2,
        .parse = parse_any,
};
const struct conf_type conf_lines = {
        .name = "a list, one entry a line",
        .syntax = "{ ... }",
        .list = true,
        .parse = parse_any,
};
