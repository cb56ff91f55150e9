/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Checkers on the bus: org.mainstay.Check1.Checker. One vtable serves all, however many there are. */

#include <systemd/sd-bus.h>

struct checkd;
struct checker;

#define CHECKER_INTERFACE "org.mainstay.Check1.Checker"

/* The object path of the checker called @name, a new string. */
int checker_bus_path(const char *name, char **ret);
/* The checker whose object is at @path, or NULL. */
struct checker *checker_bus_find(const struct checkd *c, const char *path);

int checker_bus_export(struct checkd *c, sd_bus *bus);

void checker_bus_state_changed(const struct checker *k);
void checker_bus_weight_changed(const struct checker *k);
void checker_bus_suspended_changed(const struct checker *k);
void checker_bus_question_changed(const struct checker *k);

const sd_bus_vtable *checker_bus_vtable(void);
