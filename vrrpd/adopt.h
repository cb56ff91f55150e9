/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Adoption: every start. What an earlier process left behind goes on: roles from the runtime directory,
 * sockets from the service manager's store, addresses from the kernel. Where it left nothing, routers
 * start from the beginning.
 *
 * The order is what makes a restart invisible. Routers are made and told what they must know; each
 * takes up its role, silently; then the kept sockets are read to the end, so that whoever took over
 * while nobody was here is heard first; only then do masters speak again. */

struct vrrpd;

/* After so many crashes in a row nothing is adopted: addresses are released, routers start as BACKUP. */
#define VRRP_CRASHES_MAX 5

/* Bring the routers of @v, all in INIT, into the world. */
void vrrp_adopt(struct vrrpd *v);
