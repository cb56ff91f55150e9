/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One instance on a table: time is set by hand, inputs are fed by hand, and everything it does
 * is written down as a trace that a person can read. A test says what the trace must be, from
 * the beginning or since the last look.
 *
 *         [3.609] timer > advert 100 1s, add, announce 5 master, BACKUP>MASTER master-down
 *
 * Inputs without effects leave no line. Criterion gives each test a process of its own, hence
 * the globals. */

#include <criterion/criterion.h>

#include "vrrpd/instance.h"

/* The instance, and the parameters it starts with: VRRPv3, priority 100, adverts every second,
 * preempting, bursts of 5 announcements with the second after 5 s, address 10.0.0.1. Change
 * before node_start(). */
extern struct vrrp_instance node;
extern struct vrrp_params params;

/* The address 10.0.0.@host. */
struct ip_addr host_addr(unsigned host);

/* Go on to the absolute time @seconds, feeding TIMER at each deadline on the way. */
void run(double seconds);
void run_on(double seconds); /* so much longer */

/* Be at the absolute time @seconds without looking at deadlines: the process slept. */
void sleep_until(double seconds);

/* Make the instance; START it. */
void node_init(void);
void node_start(void);

/* Feed an input without data, or with the one that its name asks for. */
void feed(enum vrrp_input_type type);
void hears(unsigned priority, unsigned host); /* an advert, just now */
void hears_interval(unsigned priority, unsigned host, double interval);
void heard(unsigned priority, unsigned host, double received); /* one that came at that time */
void finds(unsigned priority, unsigned host,
                double received); /* in a kept socket, newer than ours */
void faults(unsigned int set, unsigned int cleared);
void priority(uint8_t effective);
void maintenance(bool on);
void reconfigure(bool addresses_changed); /* to the parameters as they are now */
void address_lost(uint32_t n);
void effect_failed(enum vrrp_effect_type effect, int error);

/* The process ends: save. A new one starts .away seconds later and restores, with that evidence. */
void restart(double away, enum vrrp_evidence evidence);

/* The trace since the last look must be @text. */
#define EXPECT(text)                                                                               \
        do {                                                                                       \
                cr_assert_str_eq(trace(), text, "the trace is\n%s\nand should be\n%s", trace(),    \
                                text);                                                             \
                trace_forget();                                                                    \
        } while (0)

const char *trace(void);
void trace_forget(void);
