/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "vrrpd/conf-line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

const char *conf_line_word(const struct conf_line *l) {
        return l->i < conf_parse_n(&l->p) ? conf_parse_word(&l->p, l->i) : NULL;
}

bool conf_line_skip(struct conf_line *l, const char *word) {
        const char *next = conf_line_word(l);

        if (!next || !streq(next, word))
                return false;
        l->i++;
        return true;
}

void conf_line_refuse(struct conf_line *l, const char *format, ...) {
        _cleanup_free_ char *what = NULL;
        va_list ap;

        if (l->error != 0)
                return;
        l->error = CONF_TYPE_REFUSED;
        va_start(ap, format);
        if (vasprintf(&what, format, ap) < 0)
                what = NULL;
        va_end(ap);
        conf_parse_say(&l->p, CONF_COMPLAINT, l->i > 0 ? l->i - 1 : 0, NULL,
                        "%s, the line is left out", what ?: "out of memory");
}

const char *conf_line_text(struct conf_line *l, const char *key) {
        const char *word = conf_line_word(l);

        if (!word) {
                conf_line_refuse(l, "%s needs a value", key);
                return "";
        }
        l->i++;
        return word;
}

static bool parse_number(const char *word, uint64_t max, uint64_t *ret) {
        unsigned long long v;
        char *end;

        if (*word < '0' || *word > '9')
                return false;
        errno = 0;
        v = strtoull(word, &end, 0);
        if (*end || errno != 0 || v > max)
                return false;
        *ret = v;
        return true;
}

uint32_t conf_line_number(struct conf_line *l, const char *key, uint32_t max) {
        const char *word = conf_line_text(l, key);
        uint64_t v = 0;

        if (!parse_number(word, max, &v))
                conf_line_refuse(l, "%s: %s is not a number up to %u", key, word, max);
        return (uint32_t) v;
}

uint64_t conf_line_number64(struct conf_line *l, const char *key) {
        const char *word = conf_line_text(l, key);
        uint64_t v = 0;

        if (!parse_number(word, UINT64_MAX, &v))
                conf_line_refuse(l, "%s: %s is not a number", key, word);
        return v;
}

uint32_t conf_line_name(
                struct conf_line *l, const char *key, enum vrrp_names_table table, uint32_t max) {
        const char *word = conf_line_text(l, key);
        uint32_t named = 0;
        uint64_t v = 0;

        if (parse_number(word, max, &v))
                return (uint32_t) v;
        if (!vrrp_names_find(l->names, table, word, &named) || named > max)
                conf_line_refuse(l, "%s: %s is neither a number up to %u nor a name in %s", key,
                                word, max, vrrp_names_file(table));
        return named;
}

void conf_line_set_family(struct conf_line *l, int family) {
        if (l->family == AF_UNSPEC)
                l->family = family;
        else if (l->family != family)
                conf_line_refuse(l, "IPv4 and IPv6 in one line");
}

void conf_line_address(struct conf_line *l, const char *key, struct ip_addr *ret) {
        const char *word = conf_line_text(l, key);
        struct ip_addr a = {};

        if (ip_addr_parse(word, &a) < 0) {
                conf_line_refuse(l, "%s: %s is not an IP address", key, word);
                return;
        }
        conf_line_set_family(l, a.family);
        *ret = a;
}

static void cut_host_bits(struct ip_addr *a, unsigned bits) {
        uint8_t *bytes = (uint8_t *) &a->in6;

        for (unsigned i = 0; i < ip_addr_bits(a->family) / 8; i++) {
                unsigned kept = bits > 8 * i ? MIN(bits - 8 * i, 8U) : 0;

                bytes[i] &= (uint8_t) (0xff00U >> kept);
        }
}

void conf_line_prefix(struct conf_line *l, const char *key, struct vrrp_prefix *ret) {
        const char *word = conf_line_text(l, key), *slash = strchr(word, '/');
        _cleanup_free_ char *address = NULL;
        struct ip_addr a = {};
        uint64_t bits;

        *ret = (struct vrrp_prefix){};
        if (streq(word, "default") || streq(word, "any") || streq(word, "all"))
                return;
        address = slash ? strndup(word, (size_t) (slash - word)) : strdup(word);
        if (!address || ip_addr_parse(address, &a) < 0) {
                conf_line_refuse(l, "%s: %s is not an IP address or prefix", key, word);
                return;
        }
        bits = ip_addr_bits(a.family);
        if (slash && !parse_number(slash + 1, ip_addr_bits(a.family), &bits)) {
                conf_line_refuse(l, "%s: the prefix of %s is not in 0..%u", key, word,
                                ip_addr_bits(a.family));
                return;
        }
        conf_line_set_family(l, a.family);
        cut_host_bits(&a, (unsigned) bits);
        ret->addr = a;
        ret->bits = (uint32_t) bits;
}

void conf_line_device(struct conf_line *l, const char *key, char ret[static IF_NAMESIZE]) {
        const char *word = conf_line_text(l, key);

        if (strlen(word) >= IF_NAMESIZE || strchr(word, '/'))
                conf_line_refuse(l, "%s: %s is not the name of an interface", key, word);
        else
                (void) strcpy(ret, word);
}

static uint32_t realm(struct conf_line *l, const char *word) {
        uint32_t named = 0;
        uint64_t v;

        if (parse_number(word, 255, &v))
                return (uint32_t) v;
        if (!vrrp_names_find(l->names, VRRP_NAMES_REALMS, word, &named) || named > 255)
                conf_line_refuse(l, "realms: %s is not a realm", word);
        return named;
}

uint32_t conf_line_realms(struct conf_line *l) {
        const char *word = conf_line_text(l, "realms"), *slash = strchr(word, '/');
        _cleanup_free_ char *from = slash ? strndup(word, (size_t) (slash - word)) : NULL;

        if (!slash)
                return realm(l, word);
        return realm(l, from ?: "") << 16 | realm(l, slash + 1);
}

static void take_group(struct conf_line *l) {
        const char *word = conf_line_text(l, "track_group");

        if (!l->is_static) {
                conf_line_refuse(l, "track_group is for static entries");
                return;
        }
        free(l->track_group);
        l->track_group = strdup(word);
        if (!l->track_group)
                l->error = -ENOMEM;
}

bool conf_line_common(struct conf_line *l) {
        if (conf_line_skip(l, "inet"))
                conf_line_set_family(l, AF_INET);
        else if (conf_line_skip(l, "inet6"))
                conf_line_set_family(l, AF_INET6);
        else if (conf_line_skip(l, "no_track"))
                l->no_track = true;
        else if (conf_line_skip(l, "track_group"))
                take_group(l);
        else
                return false;
        return true;
}
