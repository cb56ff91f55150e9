/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The skeleton of a release tool: it takes off this machine what a daemon left that has no successor. A program
 * of its own, because it is wanted most when the daemon's executable is gone.
 *
 * The guard unit runs it whenever it is ended. That happens in every restart of the daemon as well, so it asks the manager
 * which job its own unit has, and leaves everything unless that is a stop. Then it waits for the daemon's
 * lock: an orderly stop has released everything by itself. Run by hand it does the same. */

struct release_ops {
        const char *daemon;  /* "vrrpd" */
        const char *program; /* "vrrpd-release" */
        const char *summary; /* one sentence, for -h */

        /* Undo what the record in @directory names. The lock is held. 0 or -errno, logged. */
        int (*release)(const char *directory, const char *config_id);

        /* What else in @directory would make the next daemon take itself for a successor, besides what all daemons
         * have; NULL ends the list. Its events stay: not all may have been told yet. */
        const char *const *life;
};

/* The whole of main(). */
int release_main(int argc, char **argv, const struct release_ops *ops);
