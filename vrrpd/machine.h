/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The machine: what of it this daemon watches and changes. It owns the tables of struct vrrpd that stand for the
 * kernel's: links, settings, VMACs, addresses, routes, rules, the firewall; it hears what the kernel and others
 * did to them, and tells routers and ports of it. What routers want is carried out by the commit, at the end of
 * a wake-up. */

struct vrrpd;

/* Make the tables, as an earlier process left them in its records. 0 or -errno. */
int vrrp_machine_start(struct vrrpd *v);

/* What is wanted now is made so: interfaces of our own and their settings first, then addresses, routes and rules in
 * one batch, between the closing and the opening of the firewall. */
void vrrp_machine_commit(struct vrrpd *v);

/* Make and remove only the interfaces of our own, so that links know them. What is made stays down until the commit, or
 * until it is raised, because somebody is to speak from it before that. */
void vrrp_machine_make_vmacs(struct vrrpd *v);
void vrrp_machine_raise_vmacs(struct vrrpd *v);

/* The end for good: interfaces, settings and firewall are as before. (What is held, routers and static entries
 * have let go.) */
void vrrp_machine_release(struct vrrpd *v);

/* Forget all; what is there stays. */
void vrrp_machine_done(struct vrrpd *v);
