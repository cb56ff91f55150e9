/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Chance from a seed: splitmix64. The same seed gives the same schedule on every machine. */

#include <stdbool.h>
#include <stdint.h>

struct random {
        uint64_t state;
};

static inline uint64_t random_next(struct random *r) {
        uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* 0..@n-1; @n is not 0. */
static inline uint64_t random_below(struct random *r, uint64_t n) {
        return random_next(r) % n;
}

/* @low..@high. */
static inline uint64_t random_between(struct random *r, uint64_t low, uint64_t high) {
        return low + random_below(r, high - low + 1);
}

/* True in @percent of 100 cases. */
static inline bool random_chance(struct random *r, unsigned percent) {
        return random_below(r, 100) < percent;
}
