/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* FIFOs in the service manager's descriptor store (sd_notify(3), FDSTORE=1). What is in a FIFO is gone when
 * nobody has it open any more, and between two processes of notifyd nobody may have. Without such a
 * manager nothing is kept, and only a reader that lives on holds what is in its FIFO. */

#include "common/cleanup.h"
#include "notifyd/fifo.h"

struct fifo_store;

/* Take over what the manager has kept, once in a process. 0 or -errno. */
int fifo_store_new(struct fifo_store **ret);
/* What was not exchanged is not needed: it is closed, and the manager is told. */
struct fifo_store *fifo_store_free(struct fifo_store *s);
DEFINE_CLEANUP_FUNC(struct fifo_store *, fifo_store_free);

/* @f, which is open, goes on with the kept descriptor if that is of the same FIFO: so the manager does not
 * get more and more of them. @s may be NULL. */
void fifo_store_exchange(struct fifo_store *s, struct fifo *f);

/* The manager keeps @f under the name @key from now on, or not any more. */
void fifo_store_put(const char *key, const struct fifo *f);
void fifo_store_forget(const char *key);
