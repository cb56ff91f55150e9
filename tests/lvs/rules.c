/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "rules.h"

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"

#define WORDS_MAX 32

struct words {
        char *items[WORDS_MAX];
        size_t n, next;
        const char *line;
};

_Noreturn static void give_up(const struct words *w, const char *why) {
        (void) fprintf(stderr, "%s: %s\n", w->line, why);
        exit(2);
}

static const char *take(struct words *w) {
        if (w->next == w->n)
                give_up(w, "a word is missing");
        return w->items[w->next++];
}

static uint32_t take_number(struct words *w) {
        return (uint32_t) strtoul(take(w), NULL, 10);
}

/* "192.0.2.1:80", "[2001:db8::1]:80" */
static void take_endpoint(struct words *w, struct ip_addr *ret_addr, uint16_t *ret_port) {
        _cleanup_free_ char *text = strdup(take(w));
        char *colon = text ? strrchr(text, ':') : NULL;
        char *addr = text;

        if (!colon)
                give_up(w, "no port");
        *colon = '\0';
        if (addr[0] == '[') {
                addr++;
                addr[strcspn(addr, "]")] = '\0';
        }
        if (ip_addr_parse(addr, ret_addr) < 0)
                give_up(w, "no address");
        *ret_port = (uint16_t) strtoul(colon + 1, NULL, 10);
}

static void take_name(struct words *w, char ret[static IPVS_NAME_MAX]) {
        (void) snprintf(ret, IPVS_NAME_MAX, "%s", take(w));
}

static bool take_key(struct words *w, const char *word, struct ipvs_table_service *s) {
        if (streq(word, "-f")) {
                s->fwmark = take_number(w);
                s->family = AF_INET;
                return true;
        }
        if (streq(word, "-6")) {
                s->family = AF_INET6;
                return true;
        }
        if (!streq(word, "-t") && !streq(word, "-u") && !streq(word, "--sctp-service"))
                return false;
        s->protocol = word[1] == 't' ? IPPROTO_TCP : word[1] == 'u' ? IPPROTO_UDP : IPPROTO_SCTP;
        take_endpoint(w, &s->addr, &s->port);
        s->family = s->addr.family;
        return true;
}

static uint32_t take_mask(struct words *w) {
        struct ip_addr mask;
        const char *text = take(w);

        if (ip_addr_parse(text, &mask) == 0)
                return mask.in.s_addr;
        return (uint32_t) strtoul(text, NULL, 10);
}

static void take_flags(struct words *w, struct ipvs_table_service *s) {
        const char *flags = take(w);

        if (strstr(flags, "flag-1") || strstr(flags, "-fallback"))
                s->flags |= IP_VS_SVC_F_SCHED1;
        if (strstr(flags, "flag-2") || strstr(flags, "-port"))
                s->flags |= IP_VS_SVC_F_SCHED2;
        if (strstr(flags, "flag-3"))
                s->flags |= IP_VS_SVC_F_SCHED3;
}

static void read_service(struct words *w, struct ipvs_table_service *s) {
        uint32_t mask = 0;

        while (w->next < w->n) {
                const char *word = take(w);

                if (take_key(w, word, s))
                        continue;
                if (streq(word, "-s"))
                        take_name(w, s->scheduler);
                else if (streq(word, "-p"))
                        s->timeout = take_number(w);
                else if (streq(word, "-M"))
                        mask = take_mask(w);
                else if (streq(word, "--pe"))
                        take_name(w, s->engine);
                else if (streq(word, "-o"))
                        s->flags |= IP_VS_SVC_F_ONEPACKET;
                else if (streq(word, "-b"))
                        take_flags(w, s);
                else
                        give_up(w, word);
        }
        s->mask = mask != 0 ? mask : ipvs_table_host_mask(s->family);
}

static uint8_t read_tunnel_type(struct words *w) {
        const char *type = take(w);

        return streq(type, "gue")            ? IP_VS_CONN_F_TUNNEL_TYPE_GUE
                        : streq(type, "gre") ? IP_VS_CONN_F_TUNNEL_TYPE_GRE
                                             : IP_VS_CONN_F_TUNNEL_TYPE_IPIP;
}

static void read_server(
                struct words *w, struct ipvs_table_service *key, struct ipvs_table_server *s) {
        while (w->next < w->n) {
                const char *word = take(w);

                if (take_key(w, word, key))
                        continue;
                if (streq(word, "-r"))
                        take_endpoint(w, &s->addr, &s->port);
                else if (streq(word, "-m"))
                        s->forward = IP_VS_CONN_F_MASQ;
                else if (streq(word, "-g"))
                        s->forward = IP_VS_CONN_F_DROUTE;
                else if (streq(word, "-i"))
                        s->forward = IP_VS_CONN_F_TUNNEL;
                else if (streq(word, "-w"))
                        s->weight = (int32_t) take_number(w);
                else if (streq(word, "-x"))
                        s->upper = take_number(w);
                else if (streq(word, "-y"))
                        s->lower = take_number(w);
                else if (streq(word, "--tun-type"))
                        s->tunnel_type = read_tunnel_type(w);
                else if (streq(word, "--tun-port"))
                        s->tunnel_port = (uint16_t) take_number(w);
                else if (streq(word, "--tun-csum"))
                        s->tunnel_flags = IP_VS_TUNNEL_ENCAP_FLAG_CSUM;
                else if (streq(word, "--tun-remcsum"))
                        s->tunnel_flags = IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM;
                else if (!streq(word, "--tun-nocsum"))
                        give_up(w, word);
        }
}

/* The service of a rule is nearly always the last one. */
static struct ipvs_table_service *find(
                const struct ipvs_table *t, const struct ipvs_table_service *key) {
        for (size_t i = t->n_services; i-- > 0;)
                if (ipvs_table_service_compare_key(&t->services[i], key) == 0)
                        return &t->services[i];
        return NULL;
}

static void read_rule(struct words *w, struct ipvs_table *t) {
        struct ipvs_table_service service = {}, *found;
        struct ipvs_table_server server = {};
        const char *word = take(w);

        if (streq(word, "-A")) {
                read_service(w, &service);
                if (ipvs_table_add_service(t, &service, NULL) < 0)
                        give_up(w, "no memory");
                return;
        }
        read_server(w, &service, &server);
        found = find(t, &service);
        if (!found || ipvs_table_add_server(found, &server) < 0)
                give_up(w, "no service for this server");
}

void rules_read(FILE *in, struct ipvs_table *ret) {
        _cleanup_free_ char *line = NULL, *copy = NULL;
        size_t size = 0;

        *ret = (struct ipvs_table){};
        while (getline(&line, &size, in) > 0) {
                struct words w = {};
                char *rest = NULL;

                free(copy);
                copy = strdup(line);
                w.line = copy;
                for (char *word = strtok_r(line, " \n", &rest); word && w.n < WORDS_MAX;
                                word = strtok_r(NULL, " \n", &rest))
                        w.items[w.n++] = word;
                if (w.n > 0)
                        read_rule(&w, ret);
        }
        ipvs_table_sort(ret);
}

static void write_endpoint(FILE *out, const struct ip_addr *a, uint16_t port) {
        char text[IP_ADDR_STRLEN];

        (void) fprintf(out, a->family == AF_INET6 ? " [%s]:%u" : " %s:%u", ip_addr_format(a, text),
                        port);
}

static void write_key(FILE *out, const struct ipvs_table_service *s) {
        if (s->fwmark != 0) {
                (void) fprintf(out, " -f %u%s", s->fwmark, s->family == AF_INET6 ? " -6" : "");
                return;
        }
        (void) fprintf(out, " %s",
                        s->protocol == IPPROTO_TCP                   ? "-t"
                                        : s->protocol == IPPROTO_UDP ? "-u"
                                                                     : "--sctp-service");
        write_endpoint(out, &s->addr, s->port);
}

/* Two schedulers have words for their flags. */
static void write_flags(FILE *out, const struct ipvs_table_service *s) {
        bool words = streq(s->scheduler, "sh") || streq(s->scheduler, "mh");
        const char *separator = " -b ";

        for (unsigned i = 0; i < 3; i++) {
                if (!(s->flags & (IP_VS_SVC_F_SCHED1 << i)))
                        continue;
                if (words && i < 2)
                        (void) fprintf(out, "%s%s-%s", separator, s->scheduler,
                                        i == 0 ? "fallback" : "port");
                else
                        (void) fprintf(out, "%sflag-%u", separator, i + 1);
                separator = ",";
        }
}

static void write_service(FILE *out, const struct ipvs_table_service *s) {
        (void) fputs("-A", out);
        write_key(out, s);
        (void) fprintf(out, " -s %s", s->scheduler);
        if (s->timeout > 0)
                (void) fprintf(out, " -p %u", s->timeout);
        if (s->mask != ipvs_table_host_mask(s->family)) {
                struct ip_addr mask = { .family = AF_INET, .in.s_addr = s->mask };
                char text[IP_ADDR_STRLEN];

                if (s->family == AF_INET)
                        (void) fprintf(out, " -M %s", ip_addr_format(&mask, text));
                else
                        (void) fprintf(out, " -M %u", s->mask);
        }
        if (s->engine[0])
                (void) fprintf(out, " --pe %s", s->engine);
        if (s->flags & IP_VS_SVC_F_ONEPACKET)
                (void) fputs(" -o", out);
        write_flags(out, s);
        (void) fputs("\n", out);
}

static void write_tunnel(FILE *out, const struct ipvs_table_server *s) {
        if (s->forward != IP_VS_CONN_F_TUNNEL)
                return;
        if (s->tunnel_type == IP_VS_CONN_F_TUNNEL_TYPE_IPIP) {
                (void) fputs(" --tun-type ipip", out);
                return;
        }
        if (s->tunnel_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE)
                (void) fprintf(out, " --tun-type gue --tun-port %u", s->tunnel_port);
        else
                (void) fputs(" --tun-type gre", out);
        (void) fputs(s->tunnel_flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM ? " --tun-csum"
                                        : s->tunnel_flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM
                                        ? " --tun-remcsum"
                                        : " --tun-nocsum",
                        out);
}

static void write_server(FILE *out, const struct ipvs_table_service *service,
                const struct ipvs_table_server *s) {
        (void) fputs("-a", out);
        write_key(out, service);
        (void) fputs(" -r", out);
        write_endpoint(out, &s->addr, s->port);
        (void) fprintf(out, " %s -w %d",
                        s->forward == IP_VS_CONN_F_DROUTE                   ? "-g"
                                        : s->forward == IP_VS_CONN_F_TUNNEL ? "-i"
                                                                            : "-m",
                        s->weight);
        if (s->upper > 0)
                (void) fprintf(out, " -x %u", s->upper);
        if (s->lower > 0)
                (void) fprintf(out, " -y %u", s->lower);
        write_tunnel(out, s);
        (void) fputs("\n", out);
}

void rules_write(FILE *out, const struct ipvs_table *t) {
        for (size_t i = 0; i < t->n_services; i++) {
                write_service(out, &t->services[i]);
                for (size_t j = 0; j < t->services[i].n_servers; j++)
                        write_server(out, &t->services[i], &t->services[i].servers[j]);
        }
}
