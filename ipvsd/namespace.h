/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* net_namespace_ipvs: another network namespace than our own. A socket stays in the namespace that it was made in, so the
 * process is there for that moment only. */

/* @netns: a name below /run/netns; "": that of process 1; NULL: our own, and nothing happens. 0 or -errno. */
int ipvs_namespace_enter(const char *netns, int *ret_here);

/* Back; @here is what entering returned. 0, or -ENOTRECOVERABLE: the process is in the wrong place and must end. */
int ipvs_namespace_leave(int here);
