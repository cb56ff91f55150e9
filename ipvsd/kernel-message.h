/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Services and servers as attributes of generic netlink messages, and back. */

#include <netlink/msg.h>

#include "ipvsd/kernel.h"

/* The longest request: 20 bytes of headers, 148 of a service or 72 of its key with 104 of a server. */
#define IPVS_MESSAGE_MAX 256U

/* Empty @m and begin a request in it; sequence number and flags are the sender's. */
void ipvs_message_begin(struct nl_msg *m, uint16_t family, uint8_t command);

/* The key of a service; with @whole all of it. */
void ipvs_message_put_service(struct nl_msg *m, const struct ipvs_table_service *s, bool whole);
void ipvs_message_put_server(struct nl_msg *m, const struct ipvs_table_server *s, bool whole);

/* A type of attribute and its value, of any length; there is always room. */
void ipvs_message_put(struct nl_msg *m, int type, const void *data, size_t size);

/* The attributes of an answer, by type up to IPVS_CMD_ATTR_MAX. 0 or -EBADMSG. */
int ipvs_message_parse(const struct nlmsghdr *h, struct nlattr **attrs);

/* A service or server of an answer. The counters are read as well where @statistics is given. 0 or -EBADMSG. */
int ipvs_message_parse_service(const struct nlmsghdr *h, struct ipvs_table_service *ret,
                struct ipvs_statistics *statistics);
int ipvs_message_parse_server(const struct nlmsghdr *h, int service_family,
                struct ipvs_table_server *ret, struct ipvs_statistics *statistics);
