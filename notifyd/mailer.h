/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The carrier of mail actions: one SMTP conversation each, through libcurl.
 *
 * Server, login and recipients are those of the configuration at the time of the try, so a corrected one
 * applies to what waits. TLS, where asked for, is required and its certificate verified.
 *
 * Content of such an action: {"subject", "body"}. */

#include <systemd/sd-event.h>

#include "common/cleanup.h"
#include "notifyd/carrier.h"
#include "notifyd/conf.h"
#include "notifyd/spool.h"

struct mailer;

/* A recipient was refused for good while others were not: told before the outcome. */
typedef void (*mailer_refused_t)(
                uint64_t id, const char *recipient, const char *reply, void *userdata);

int mailer_new(sd_event *event, carried_t carried, mailer_refused_t refused, void *userdata,
                struct mailer **ret);
/* Breaks off what is going on. */
struct mailer *mailer_free(struct mailer *m);
DEFINE_CLEANUP_FUNC(struct mailer *, mailer_free);

/* Send @a's mail as @conf says, from @hostname. Never calls back before it returns.
 * 0: the outcome will be told. Positive: it is in @ret already, and nothing was sent. */
int mailer_send(struct mailer *m, const struct action *a, const struct notify_conf *conf,
                const char *hostname, struct carried *ret);
