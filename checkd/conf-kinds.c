/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What DNS_CHECK, MISC_CHECK and FILE_CHECK have of their own. */

#include <stdlib.h>
#include <string.h>

#include "checkd/conf-rows.h"

#define DNS(f) .offset = offsetof(struct check_checker_conf, dns.f)
#define MISC(f) .offset = offsetof(struct check_checker_conf, misc.f)
#define FILE_(f) .offset = offsetof(struct check_checker_conf, file.f)
#define KEEPALIVED .owner = CONF_OWNER_CHECKD, .source = "keepalived 2.4.3"

static const struct conf_name dns_types[] = {
        { "A", 1 },
        { "NS", 2 },
        { "CNAME", 5 },
        { "SOA", 6 },
        { "MX", 15 },
        { "TXT", 16 },
        { "AAAA", 28 },
        { "RRSIG", 46 },
        { "DNSKEY", 48 },
        {},
};

const char *check_dns_type_to_string(int type) {
        for (const struct conf_name *t = dns_types; t->name; t++)
                if (t->value == type)
                        return t->name;
        return "";
}

/* The type of a record in any case of letters. */
static int parse_dns_type(const struct conf_parse *p, void *field) {
        for (const struct conf_name *t = dns_types; t->name; t++) {
                if (strcasecmp(t->name, conf_parse_word(p, 0)) != 0)
                        continue;
                *(int *) field = t->value;
                return 0;
        }
        conf_parse_say(p, CONF_COMPLAINT, 0, "A, NS, CNAME, SOA, MX, TXT, AAAA, RRSIG or DNSKEY",
                        "type: unknown record type %s", conf_parse_word(p, 0));
        return CONF_TYPE_REFUSED;
}

static const struct conf_type dns_type = {
        .name = "a record type",
        .syntax = "TYPE",
        .size = sizeof(int),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_dns_type,
};

/* Labels of 1 to 63 bytes, 255 with their lengths; RFC 1035 §2.3.4. A dot may end it. */
static bool name_is_valid(const char *name) {
        size_t total = 1;

        if (streq(name, "."))
                return true;
        while (*name) {
                size_t n = strcspn(name, ".");

                if (n < 1 || n > 63)
                        return false;
                total += n + 1;
                name += n + (name[n] == '.');
        }
        return total > 1 && total <= 255;
}

static int parse_dns_name(const struct conf_parse *p, void *field) {
        if (!name_is_valid(conf_parse_word(p, 0))) {
                conf_parse_say(p, CONF_COMPLAINT, 0, NULL, "name: %s is no domain name",
                                conf_parse_word(p, 0));
                return CONF_TYPE_REFUSED;
        }
        return conf_parse_text(p, field);
}

static const struct conf_type dns_name_type = {
        .name = "a domain name",
        .syntax = "NAME",
        .size = sizeof(char *),
        .min_args = 1,
        .max_args = 1,
        .parse = parse_dns_name,
        .print = conf_print_text,
        .done = conf_done_text,
};

/* clang-format off */
static const struct conf_row dns_rows[] = {
        { .key = "type", .type = &dns_type, DNS(type), .names = dns_types, .fallback = "SOA",
          .owner = CONF_OWNER_CHECKD, .source = "RFC 1035 §3.2.2", .help = "What to ask for." },
        { .key = "name", .type = &dns_name_type, DNS(name), .fallback = ".",
          .owner = CONF_OWNER_CHECKD, .source = "RFC 1035 §3.1",
          .help = "Name to ask for; . is the root." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row misc_rows[] = {
        { .key = "misc_path", .type = &conf_command, MISC(script),
          .fallback_note = "none: required", KEEPALIVED,
          .help = "The command; exit status 0 is good." },
        { .key = "misc_timeout", .type = &conf_unsigned, MISC(timeout_seconds), .min = 1,
          .max = 86400, .unit = "seconds", KEEPALIVED,
          .fallback_note = "delay_loop of the virtual server",
          .help = "How long a run may take; then it is ended and counts as bad." },
        { .key = "misc_dynamic", .type = &conf_flag, MISC(dynamic), KEEPALIVED,
          .help = "Exit status 2 to 255 is good, too, and sets the weight: the status less 2." },
        { .key = "user", .type = &conf_user, MISC(identity), .fallback_note = "script_user",
          KEEPALIVED, .help = "Who runs it." },
};
/* clang-format on */

/* clang-format off */
static const struct conf_row file_rows[] = {
        { .key = "track_file", .type = &conf_text, FILE_(track_file),
          .fallback_note = "none: required", KEEPALIVED, .help = "Name of a track_file." },
        { .key = "weight", .type = &check_conf_weight, FILE_(weight), .min = -INT32_MAX,
          .max = INT32_MAX, .fallback_note = "the file's", KEEPALIVED,
          .help = "What the number in it is multiplied with before it is added to the server's "
                  "weight. 0: any number but 0 is bad." },
};
/* clang-format on */

const struct conf_section check_conf_dns_own_section = {
        .block = CONF_BLOCK_DNS_CHECK,
        .rows = dns_rows,
        .n_rows = ARRAY_SIZE(dns_rows),
        .first = 16,
};
const struct conf_section check_conf_misc_own_section = {
        .block = CONF_BLOCK_MISC_CHECK,
        .rows = misc_rows,
        .n_rows = ARRAY_SIZE(misc_rows),
        .first = 16,
};
const struct conf_section check_conf_file_check_section = {
        .block = CONF_BLOCK_FILE_CHECK,
        .rows = file_rows,
        .n_rows = ARRAY_SIZE(file_rows),
};

int check_misc_conf_complete(struct conf_build *b, struct check_checker_conf *c,
                const struct check_inherited_conf *from) {
        struct check_misc_conf *m = &c->misc;

        if (!conf_script_is_set(&m->script)) {
                conf_build_say(b, CONF_COMPLAINT, c->object.node, NULL,
                                "it has no misc_path, the checker is left out");
                return CONF_BUILD_DROPPED;
        }
        m->script.user = TAKE_PTR(m->identity.user);
        m->script.group = TAKE_PTR(m->identity.group);
        m->script.supplementary = m->identity.supplementary;
        m->weight = from->weight;
        m->timeout_usec = m->timeout_seconds > 0 ? m->timeout_seconds * USEC_PER_SEC
                                                 : from->delay_loop_usec;
        return 0;
}

int check_file_check_conf_complete(struct conf_build *b, struct check_checker_conf *c) {
        struct check_file_check_conf *f = &c->file;

        if (!f->track_file) {
                conf_build_say(b, CONF_COMPLAINT, c->object.node, NULL,
                                "it has no track_file, the checker is left out");
                return CONF_BUILD_DROPPED;
        }
        f->file = check_conf_find_file(b->conf->check, f->track_file);
        if (!f->file) {
                conf_build_say(b, CONF_COMPLAINT, conf_build_node(&c->object, "track_file"), NULL,
                                "there is no track_file %s, the checker is left out",
                                f->track_file);
                return CONF_BUILD_DROPPED;
        }
        if (!conf_build_has(b, &c->object, CONF_BLOCK_FILE_CHECK, "weight"))
                f->weight = (struct check_weight_conf){ f->file->weight, f->file->reverse };
        return 0;
}
