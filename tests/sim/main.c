/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* vrrp-sim: run the election by the thousand in simulated networks.
 *
 *         vrrp-sim --seeds 1-5000              all of these; the first broken invariant ends it
 *         vrrp-sim --seeds 42 --trace          one, with everything that happens
 *         vrrp-sim --seeds 1-5000 --mutate skew-omitted
 *                                              with a planted bug, until it is found
 *         vrrp-sim --list                      the planted bugs
 *
 * Exit status 0: all invariants held; 1: one did not, its trace stands on standard output; 2: bad
 * usage. With a planted bug 0 says that it was found, and 1 that it was not. */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/usec.h"
#include "mutation.h"
#include "schedule.h"
#include "world.h"

static struct world world;

struct options {
        uint64_t first, last; /* seeds */
        bool tracing;
        bool mutated;
};

static int usage(void) {
        (void) fputs("usage: vrrp-sim --seeds A[-B] [--trace] [--mutate NAME] | --list\n", stderr);
        return 2;
}

static int parse_seeds(const char *text, struct options *ret) {
        char *end;

        errno = 0;
        ret->first = ret->last = strtoull(text, &end, 10);
        if (end != text && *end == '-')
                ret->last = strtoull(end + 1, &end, 10);
        return errno != 0 || end == text || *end || ret->last < ret->first ? -EINVAL : 0;
}

/* Returns whether all invariants hold for @seed. */
static bool run(const struct options *o, uint64_t seed, uint64_t *steps) {
        schedule_run(&world, seed, o->tracing ? stdout : NULL);
        *steps += world.steps;
        if (!world_has_failed(&world))
                return true;

        if (!o->tracing && !o->mutated)
                schedule_run(&world, seed, stdout);
        (void) printf("seed %" PRIu64 ": %s\n", seed, world.failure);
        return false;
}

static int run_all(const struct options *o) {
        usec_t begin = usec_now(CLOCK_MONOTONIC), took;
        uint64_t steps = 0, n = o->last - o->first + 1;

        for (uint64_t seed = o->first; seed <= o->last; seed++)
                if (!run(o, seed, &steps))
                        return o->mutated ? 0 : 1;

        took = usec_now(CLOCK_MONOTONIC) - begin;
        (void) printf("%" PRIu64 " schedules, %" PRIu64 " steps, %.1f s, %.0f schedules/s\n", n,
                        steps, (double) took / (double) USEC_PER_SEC,
                        (double) n * (double) USEC_PER_SEC / (double) (took + 1));
        return o->mutated ? 1 : 0;
}

int main(int argc, char **argv) {
        static const struct option options[] = {
                { "seeds", required_argument, NULL, 's' },
                { "trace", no_argument, NULL, 't' },
                { "mutate", required_argument, NULL, 'm' },
                { "list", no_argument, NULL, 'l' },
                {},
        };
        struct options o = { .first = 1, .last = 1000 };
        int c;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (c) {
                case 's':
                        if (parse_seeds(optarg, &o) < 0)
                                return usage();
                        break;
                case 't': o.tracing = true; break;
                case 'm':
                        if (mutation_select(optarg) < 0)
                                return usage();
                        o.mutated = true;
                        break;
                case 'l': mutation_list(); return 0;
                default: return usage();
                }
        return optind == argc ? run_all(&o) : usage();
}
