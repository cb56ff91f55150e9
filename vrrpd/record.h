/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Records: what vrrpd has put on this machine, for whoever has to remove it when vrrpd cannot. A file of the
 * runtime directory for each kind of thing, written before one is added and after one was removed, so that it
 * never says too little. It means nothing after a reboot.
 *
 * A line each: { "version": 1, "routes": [ "...", ... ] }. The version is for people: whoever reads it takes what he
 * understands, members and lines, and passes over what a later version has added, also at the end of a line. When a thousand things come one after the other, writing
 * all of them again for each would take longer than the takeover: what is added goes to the end of a second
 * file, PATH.added, as it is, until the whole is written next. */

#include <json-c/json.h>

/* The kinds, each with a file of its own. */
enum vrrp_record {
        VRRP_RECORD_ADDRESSES,
        VRRP_RECORD_ROUTES,
        VRRP_RECORD_RULES,
        VRRP_RECORD_LINKS,   /* vrrpd/vmac-record.h */
        VRRP_RECORD_SYSCTLS, /* vrrpd/sysctl-record.h */
        VRRP_RECORD_FIREWALL,
        _VRRP_RECORD_MAX,
};

/* What the file is called. */
const char *vrrp_record_name(enum vrrp_record record);

/* Replace the record at @path, what was added included, by @taken, an array of strings. 0 or -errno. */
int vrrp_record_write(const char *path, const char *nouns, json_object *taken);

/* The same with @n entries of @entry_size bytes at @entries, of which @note makes a line each. */
int vrrp_record_write_entries(const char *path, const char *nouns, const void *entries, size_t n,
                size_t entry_size, json_object *(*note)(const void *entry));

/* Add @taken to it. 0 or -errno; what is recorded then is not known, and the whole has to be written. */
int vrrp_record_add(const char *path, json_object *taken);

/* There is nothing to be recorded any more. 0 or -errno. */
int vrrp_record_remove(const char *path);

/* Read it. 0 and a new reference to an array of strings, none twice; -ENOENT: there is none; -EBADMSG: it is torn. The
 * end of an addition that was cut short is left out: nothing had been put there yet. */
int vrrp_record_read(const char *path, const char *nouns, json_object **ret);

/* The same as @ret_n entries of @entry_size bytes, in an array to be freed; lines that @parse does not understand
 * (negative) are left out. */
int vrrp_record_read_entries(const char *path, const char *nouns, size_t entry_size,
                int (*parse)(const char *line, void *ret_entry), void *ret, size_t *ret_n);
