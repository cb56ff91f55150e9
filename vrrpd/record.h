/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Records: what vrrpd has put on this machine, for whoever has to remove it when vrrpd cannot. A file of the
 * runtime directory for each kind of thing, written before one is added and after one was removed, so that it
 * never says too little. A line each: { "version": 1, "routes": [ "...", ... ] }. It means nothing after a
 * reboot. */

#include <json-c/json.h>

/* Replace the record at @path by @taken, an array of strings. 0 or -errno. */
int vrrp_record_write(const char *path, const char *nouns, json_object *taken);

/* Read it. 0 and a new reference to the array; -ENOENT: there is none; -EBADMSG: it is torn. */
int vrrp_record_read(const char *path, const char *nouns, json_object **ret);
