/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The url of HTTP_GET and SSL_GET. Its regex is compiled here, so that what is wrong with it is told with its
 * line and not when a server fails. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "checkd/conf-rows.h"
#include "checkd/pattern.h"

#define FIELD(f) .offset = offsetof(struct check_url_conf, f)
#define KEEPALIVED .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"

/* The codes of an answer */

bool check_codes_have(const struct check_codes_conf *c, long code) {
        if (code < (long) CHECK_CODE_MIN || code > (long) CHECK_CODE_MAX)
                return false;
        code -= CHECK_CODE_MIN;
        return c->bits[code / 64] >> (code % 64) & 1;
}

static void codes_add(struct check_codes_conf *c, long low, long high) {
        for (long code = low - (long) CHECK_CODE_MIN; code <= high - (long) CHECK_CODE_MIN; code++)
                c->bits[code / 64] |= UINT64_C(1) << (code % 64);
}

const char *check_codes_format(const struct check_codes_conf *c, char *buf, size_t n) {
        size_t used = 0;

        buf[0] = '\0';
        for (long low = CHECK_CODE_MIN, high; low <= (long) CHECK_CODE_MAX && used < n;
                        low = high + 1) {
                high = low;
                if (!check_codes_have(c, low))
                        continue;
                while (check_codes_have(c, high + 1))
                        high++;
                used += (size_t) snprintf(buf + used, n - used, "%s%ld", used > 0 ? " " : "", low);
                if (high > low && used < n)
                        used += (size_t) snprintf(buf + used, n - used, "-%ld", high);
        }
        return buf;
}

/* 200, 200-299, 301 404-410 */
static int parse_status_codes(const struct conf_parse *p, void *field) {
        for (size_t i = 0; i < conf_parse_n(p); i++) {
                const char *word = conf_parse_word(p, i);
                char *end;
                long low = strtol(word, &end, 10),
                     high = *end == '-' ? strtol(end + 1, &end, 10) : low;

                if (*end || low < (long) CHECK_CODE_MIN || high > (long) CHECK_CODE_MAX ||
                                low > high) {
                        conf_parse_say(p, CONF_COMPLAINT, i, NULL,
                                        "status_code: %s is no code in 100..599", word);
                        return CONF_TYPE_REFUSED;
                }
                codes_add(field, low, high);
        }
        return 0;
}

static const struct conf_type status_codes_type = {
        .name = "codes and ranges of codes",
        .syntax = "N[-M] ...",
        .size = sizeof(struct check_codes_conf),
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .parse = parse_status_codes,
};

/* Digests */

void check_digest_format(const uint8_t md5[static 16], char buf[static 33]) {
        for (size_t i = 0; i < 16; i++)
                (void) snprintf(buf + 2 * i, 3, "%02x", md5[i]);
}

static int parse_digest(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_word(p, 0);
        struct check_digest_conf *d = field;

        if (strlen(word) != 32 || word[strspn(word, "0123456789abcdefABCDEF")] != '\0') {
                conf_parse_say(p, CONF_COMPLAINT, 0, "take it from mainstayctl check digest",
                                "digest: %s is not 32 hexadecimal digits", word);
                return CONF_TYPE_REFUSED;
        }
        for (size_t i = 0; i < 16; i++) {
                char digits[3] = { word[2 * i], word[2 * i + 1], '\0' };

                d->md5[i] = (uint8_t) strtoul(digits, NULL, 16);
        }
        d->given = true;
        return 0;
}

static const struct conf_type digest_type = {
        .name = "32 hexadecimal digits",
        .syntax = "HEX",
        .size = sizeof(struct check_digest_conf),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_digest,
};

/* The path goes into the request as it is. */
static int parse_request_path(const struct conf_parse *p, void *field) {
        const char *word = conf_parse_word(p, 0);

        for (const char *s = word; *s; s++)
                if ((unsigned char) *s <= ' ' || *s == 127) {
                        conf_parse_say(p, CONF_COMPLAINT, 0, "write %20 for a blank",
                                        "path: it has a blank or a control character");
                        return CONF_TYPE_REFUSED;
                }
        if (!*word) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "path: it is empty");
                return CONF_TYPE_REFUSED;
        }
        return conf_parse_text(p, field);
}

static const struct conf_type request_path_type = {
        .name = "the path of a page",
        .syntax = "PATH",
        .size = sizeof(char *),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_request_path,
        .print = conf_print_text,
        .done = conf_done_text,
};

/* Patterns */

/* keepalived's quoting takes backslashes away before PCRE2 sees them: \d is a d. Nobody means that. */
static const char *lost_backslash(const char *text) {
        for (const char *s = text; *s; s++) {
                if (*s != '\\')
                        continue;
                s++;
                if (*s && strchr("dDwWsShHRBAzZGKQpPXkg123456789", *s))
                        return s;
                if (!*s)
                        break;
        }
        return NULL;
}

static int parse_pattern(const struct conf_parse *p, void *field) {
        const char *text = conf_node_rest(p->node), *lost = lost_backslash(text);
        char **words = NULL;
        int r;

        r = conf_script_split(text, &words);
        if (r == -ENOMEM)
                return r;
        if (r < 0) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "regex: %s",
                                r == -EINVAL ? "a quote is not closed" : "no pattern");
                return CONF_TYPE_REFUSED;
        }
        if (words[1])
                conf_parse_say(p, CONF_COMPLAINT, 1, "put the pattern in quotes",
                                "regex: %s and what follows is ignored", words[1]);
        if (lost)
                conf_parse_say(p, CONF_COMPLAINT, 0, "write the backslash twice",
                                "regex: \\%c means only %c here, as in keepalived", *lost, *lost);
        *(char **) field = words[0];
        words[0] = NULL;
        for (size_t i = 1; words[i]; i++)
                free(words[i]);
        free(words);
        return 0;
}

/* Printed as it was read: its quoting is its own. */
static const struct conf_type pattern_type = {
        .name = "a pattern, quoted as a script is",
        .syntax = "PATTERN",
        .size = sizeof(char *),
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .raw = true,
        .parse = parse_pattern,
        .done = conf_done_text,
};

static int parse_regex_options(const struct conf_parse *p, void *field) {
        for (size_t i = 0; i < conf_parse_n(p); i++) {
                uint32_t option = pattern_option_find(conf_parse_word(p, i));

                if (option == 0)
                        conf_parse_say(p, CONF_COMPLAINT, i, NULL,
                                        "regex_options: unknown word %s, it is ignored",
                                        conf_parse_word(p, i));
                *(uint32_t *) field |= option;
        }
        return 0;
}

static const struct conf_type regex_options_type = {
        .name = "names of options",
        .syntax = "WORD ...",
        .size = sizeof(uint32_t),
        .min_args = 1,
        .max_args = CONF_ARGS_ANY,
        .parse = parse_regex_options,
};

/* clang-format off */
static const struct conf_row url_rows[] = {
        { .key = "path", .type = &request_path_type, FIELD(path), .fallback_note = "none: required",
          KEEPALIVED, .help = "Path to ask for." },
        { .key = "status_code", .type = &status_codes_type, FIELD(codes), .fallback = "200-299",
          KEEPALIVED, .help = "Status codes that are good. Redirects are not followed." },
        { .key = "digest", .type = &digest_type, FIELD(digest), .fallback_note = "not compared",
          KEEPALIVED, .help = "MD5 of the body, as mainstayctl check digest shows it." },
        { .key = "virtualhost", .type = &check_conf_host, FIELD(virtualhost),
          .fallback_note = "that of the checker", KEEPALIVED,
          .help = "Host header of this request." },
        { .key = "regex", .type = &pattern_type, FIELD(regex), .fallback_note = "not looked for",
          KEEPALIVED, .help = "Perl-compatible pattern that the body must have. A backslash is to "
                              "be written twice." },
        { .key = "regex_no_match", .type = &conf_flag, FIELD(regex_no_match), KEEPALIVED,
          .help = "The body must not have it." },
        { .key = "regex_options", .type = &regex_options_type, FIELD(regex_options),
          .fallback_note = "none", KEEPALIVED, .help = "PCRE2 options, in lower case." },
        { .key = "regex_min_offset", .type = &conf_u32, FIELD(regex_min_given), .unit = "bytes",
          .fallback_note = "0", KEEPALIVED, .help = "Where a match may begin at the earliest." },
        { .key = "regex_max_offset", .type = &conf_u32, FIELD(regex_max_given), .unit = "bytes",
          .fallback_note = "no limit", KEEPALIVED,
          .help = "Where a match may begin at the latest." },
        { .key = "regex_stack", .type = &conf_some, .unit = "bytes",
          .flags = CONF_ROW_TODO_NOTE, KEEPALIVED,
          .help = "Stack of the pattern's machine: at first, and at most." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row ssl_url_rows[] = {
        { .key = "tls_compliant", .type = &conf_boolean, .flags = CONF_ROW_MOOT, KEEPALIVED,
          .fallback_note = "always", .help = "End TLS sessions as the standard wants." },
};
/* clang-format on */

const struct conf_section check_conf_url_section = {
        .block = CONF_BLOCK_HTTP_URL,
        .rows = url_rows,
        .n_rows = ARRAY_SIZE(url_rows),
};
const struct conf_section check_conf_https_url_section = {
        .block = CONF_BLOCK_SSL_URL,
        .rows = url_rows,
        .n_rows = ARRAY_SIZE(url_rows),
};
const struct conf_section check_conf_https_url_own_section = {
        .block = CONF_BLOCK_SSL_URL,
        .rows = ssl_url_rows,
        .n_rows = ARRAY_SIZE(ssl_url_rows),
        .first = 16,
};

/* The object */

static enum conf_block block_of(const struct check_url_conf *u) {
        return u->ssl ? CONF_BLOCK_SSL_URL : CONF_BLOCK_HTTP_URL;
}

struct check_url_conf *check_url_conf_free(struct check_url_conf *u) {
        if (!u)
                return NULL;
        conf_build_object_done(conf_language(), &u->object, block_of(u));
        u->pattern = pattern_unref(u->pattern);
        free(u);
        return NULL;
}

int check_url_conf_open(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret) {
        struct check_checker_conf *c = (struct check_checker_conf *) parent;
        struct check_url_conf *u = calloc(1, sizeof(*u));

        if (!u)
                return -ENOMEM;
        u->pos = n->pos;
        u->ssl = c->kind == CHECK_CONF_SSL;
        if (conf_build_object(b, &u->object, block_of(u), n) < 0) {
                check_url_conf_free(u);
                return -ENOMEM;
        }
        LL_APPEND(c->http.urls, u);
        *ret = &u->object;
        return 0;
}

static bool has(struct conf_build *b, const struct check_url_conf *u, const char *key) {
        return conf_build_has(b, &u->object, block_of(u), key);
}

static int complete_pattern(struct conf_build *b, struct check_url_conf *u) {
        char error[PATTERN_ERROR_MAX];
        int r;

        u->regex_min_offset = u->regex_min_given;
        u->regex_max_offset = has(b, u, "regex_max_offset") ? u->regex_max_given : SIZE_MAX;
        if (!u->regex)
                return 0;
        if (u->regex_min_offset > u->regex_max_offset) {
                conf_build_say(b, CONF_COMPLAINT, conf_build_node(&u->object, "regex_max_offset"),
                                NULL,
                                "regex_max_offset is less than regex_min_offset, it is left out");
                conf_build_unset(b, &u->object, block_of(u), "regex_max_offset");
                u->regex_max_offset = SIZE_MAX;
        }
        r = pattern_new(u->regex, u->regex_options, error, &u->pattern);
        if (r == -EINVAL) {
                conf_build_say(b, CONF_COMPLAINT, conf_build_node(&u->object, "regex"), NULL,
                                "regex: %s, the pattern is not looked for", error);
                conf_build_unset(b, &u->object, block_of(u), "regex");
                r = 0;
        }
        return r;
}

int check_url_conf_complete(
                struct conf_build *b, struct check_url_conf *u, const char *virtualhost) {
        if (!u->path) {
                conf_build_say(b, CONF_COMPLAINT, u->object.node, NULL,
                                "it has no path, the url is left out");
                return CONF_BUILD_DROPPED;
        }
        if (!u->virtualhost && virtualhost) {
                u->virtualhost = strdup(virtualhost);
                if (!u->virtualhost)
                        return -ENOMEM;
        }
        return complete_pattern(b, u);
}
