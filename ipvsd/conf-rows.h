/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the load balancer's model share: for ipvsd/conf*.c alone. */

#include <stddef.h>
#include <strings.h>

#include "common/conf-build.h"
#include "common/conf-language.h"
#include "common/conf-type.h"
#include "common/conf.h"
#include "ipvsd/conf.h"

extern const struct conf_section ipvs_conf_root_section, ipvs_conf_global_section,
                ipvs_conf_service_section, ipvs_conf_service_schedule_section,
                ipvs_conf_server_section;

/* struct ipvs_forward_conf: NAT, DR, TUN and its tunnel. */
extern const struct conf_type ipvs_conf_forward;
/* int: TCP, UDP, SCTP in any case of letters. */
extern const struct conf_type ipvs_conf_protocol;
/* struct ipvs_endpoint_conf: ADDRESS [PORT] */
extern const struct conf_type ipvs_conf_endpoint;
/* struct ipvs_granularity_conf: a netmask or the length of a prefix. */
extern const struct conf_type ipvs_conf_granularity;
/* unsigned: seconds, 360 when bare. */
extern const struct conf_type ipvs_conf_persistence;
/* struct ipvs_member_list: lines of virtual_server_group. */
extern const struct conf_type ipvs_conf_members;
/* struct ipvs_timeouts_conf, struct ipvs_sync_conf, enum ipvs_flush_conf: what global_defs has. */
extern const struct conf_type ipvs_conf_timeouts, ipvs_conf_sync, ipvs_conf_flush;

/* Read "ADDRESS [PORT]" from the words of @n at @i. Complains; CONF_BUILD_DROPPED. */
int ipvs_conf_read_endpoint(struct conf_build *b, struct conf_node *n, size_t i,
                struct ipvs_endpoint_conf *ret);

int ipvs_conf_open_service(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret);
int ipvs_conf_open_server(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret);
int ipvs_conf_open_group(struct conf_build *b, struct conf_node *n, struct conf_object *parent,
                struct conf_object **ret);

/* The kernel's name of a value of the row lb_algo. */
const char *ipvs_conf_scheduler_to_string(int scheduler);

/* What contradicts itself, cannot be reached or is too much in @s, which is complete: mended, with a complaint.
 * 0; CONF_BUILD_DROPPED: the service cannot be used, it was said why; -ENOMEM. */
int ipvs_conf_judge_service(struct conf_build *b, struct ipvs_service_conf *s);
/* The keywords of global_defs, and lvs_sync_daemon_interface of instances. 0 or -ENOMEM. */
int ipvs_conf_judge_sync(struct conf_build *b);

struct ipvs_service_conf *ipvs_service_conf_free(struct ipvs_service_conf *s);
struct ipvs_server_conf *ipvs_server_conf_free(struct ipvs_server_conf *s);
struct ipvs_group_conf *ipvs_group_conf_free(struct ipvs_group_conf *g);
