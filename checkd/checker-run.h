/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A check made once because somebody asked for it, beside the schedule: all steps one after the other until
 * one fails. Nothing is counted, the state stays; who asked is told. */

#include <systemd/sd-bus.h>

#define CHECKER_RUNS_MAX 64U /* at a time */

struct checkd;
struct checker;

/* Answer @m, a call of a checker's Run, later. A bus_authorized_t; @userdata is the struct checkd. */
int checker_run_begin(sd_bus_message *m, void *userdata, sd_bus_error *ret_error);

/* The configuration is about to change, or checkd to end: those who wait are told so. */
void checker_run_cancel_all(struct checkd *c);
