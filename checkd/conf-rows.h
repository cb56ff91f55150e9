/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the checkers' model share: for checkd/conf*.c alone. */

#include <stddef.h>
#include <strings.h>
#include <utlist.h>

#include "checkd/conf.h"
#include "common/conf-build.h"
#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"

/* Those defined beside check_conf_sections[] are listed here too: they are one family. */
extern const struct conf_section check_conf_root_section, check_conf_global_section,
                check_conf_script_section, check_conf_file_section, check_conf_process_section,
                check_conf_bfd_section, check_conf_ssl_section, check_conf_openers_section,
                check_conf_tcp_section, check_conf_tcp_schedule_section, check_conf_http_section,
                check_conf_http_schedule_section, check_conf_http_own_section,
                check_conf_url_section, check_conf_https_section, check_conf_https_schedule_section,
                check_conf_https_own_section, check_conf_https_http_section,
                check_conf_https_url_section, check_conf_https_url_own_section,
                check_conf_smtp_section, check_conf_smtp_schedule_section,
                check_conf_smtp_own_section, check_conf_smtp_host_section,
                check_conf_smtp_host_schedule_section, check_conf_dns_section,
                check_conf_dns_schedule_section, check_conf_dns_own_section, check_conf_udp_section,
                check_conf_udp_schedule_section, check_conf_udp_own_section,
                check_conf_ping_section, check_conf_ping_schedule_section, check_conf_misc_section,
                check_conf_misc_own_section, check_conf_file_check_section,
                check_conf_bfd_check_section;

/* Fill in what was not said. CONF_BUILD_DROPPED: it cannot be used (told). */
int check_file_conf_complete(struct conf_build *b, struct check_file_conf *f);
int check_process_conf_complete(struct conf_build *b, struct check_process_conf *p);

/* The parts of check_checker_conf_complete(), and of check_checker_conf_free(). */
int check_http_conf_complete(struct conf_build *b, struct check_checker_conf *c,
                const struct check_inherited_conf *from);
void check_http_conf_done(struct check_checker_conf *c);
int check_url_conf_complete(
                struct conf_build *b, struct check_url_conf *u, const char *virtualhost);
int check_url_conf_open(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret);
struct check_url_conf *check_url_conf_free(struct check_url_conf *u);
int check_misc_conf_complete(struct conf_build *b, struct check_checker_conf *c,
                const struct check_inherited_conf *from);
int check_file_check_conf_complete(struct conf_build *b, struct check_checker_conf *c);

/* char *: a name that can stand in a Host header. */
extern const struct conf_type check_conf_host;

/* struct check_weight_conf: N [reverse|noreverse] */
extern const struct conf_type check_conf_weight;

/* A host block within an SMTP_CHECK: one more checker of the same server. */
int check_conf_open_host(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret);
