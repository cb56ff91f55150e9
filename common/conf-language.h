/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The language: the rows of all daemons put together, and the words of the past. */

#include "common/conf-build.h"
#include "common/conf-schema.h"

/* The one schema. Constant. */
const struct conf_schema *conf_language(void);

/* Empty models with their defaults, in b->conf. 0 or -ENOMEM. */
int conf_language_new_models(struct conf_build *b);

/* Check the models against themselves and each other; leave out what cannot be used. 0 or -ENOMEM. */
int conf_language_check(struct conf_build *b);

void conf_language_free_models(struct conf *c);

/* Each daemon's part, in its directory. */
extern const struct conf_section *const global_conf_sections[],
                *const vrrp_conf_sections[],
                                *const check_conf_sections[],
                                                *const ipvs_conf_sections[],
                                                                *const notify_conf_sections[];

struct conf_object *global_conf_object(struct conf *c);
struct conf_object *vrrp_conf_object(struct conf *c);
struct conf_object *check_conf_object(struct conf *c);
struct conf_object *ipvs_conf_object(struct conf *c);
struct conf_object *notify_conf_object(struct conf *c);

int global_conf_check(struct conf_build *b);
int vrrp_conf_check(struct conf_build *b);
int check_conf_check(struct conf_build *b);
/* After all references were followed: what nobody uses. */
void check_conf_check_use(struct conf_build *b);
int ipvs_conf_check(struct conf_build *b);
/* After the servers have all their values: what their checkers cannot do. */
void check_conf_check_checkers(struct conf_build *b);
int notify_conf_check(struct conf_build *b);

struct notify_conf *notify_conf_new(void);

struct vrrp_conf *vrrp_conf_free(struct vrrp_conf *c);
struct check_conf *check_conf_free(struct check_conf *c);
struct ipvs_conf *ipvs_conf_free(struct ipvs_conf *c);
