/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/process-options.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/time.h>

void process_origin_read(struct process_origin *ret) {
        *ret = (struct process_origin){ .nice = getpriority(PRIO_PROCESS, 0) };
        (void) getrlimit(RLIMIT_NOFILE, &ret->files);
        (void) getrlimit(RLIMIT_RTTIME, &ret->rttime);
        (void) sched_getaffinity(0, sizeof(ret->cpus), &ret->cpus);
}

/* Memory that was locked is not, after a fork(2). */
void process_origin_restore(const struct process_origin *origin) {
        const struct sched_param ordinary = {};
        struct rlimit files;

        if (sched_getscheduler(0) != SCHED_OTHER)
                (void) sched_setscheduler(0, SCHED_OTHER, &ordinary);
        if (getpriority(PRIO_PROCESS, 0) != origin->nice)
                (void) setpriority(PRIO_PROCESS, 0, origin->nice);
        if (CPU_COUNT(&origin->cpus) > 0)
                (void) sched_setaffinity(0, sizeof(origin->cpus), &origin->cpus);
        if (getrlimit(RLIMIT_NOFILE, &files) >= 0) {
                files.rlim_cur = origin->files.rlim_cur;
                (void) setrlimit(RLIMIT_NOFILE, &files);
        }
        (void) setrlimit(RLIMIT_RTTIME, &origin->rttime);
}

static int set_nice(const struct process_options *o, const struct process_origin *origin) {
        int wanted = o->nice_given ? o->nice : origin->nice;

        if (getpriority(PRIO_PROCESS, 0) == wanted)
                return 0;
        return setpriority(PRIO_PROCESS, 0, wanted) < 0 ? -errno : 0;
}

static int set_memory(const struct process_options *o, const struct process_origin *origin) {
        return (o->no_swap ? mlockall(MCL_CURRENT | MCL_FUTURE) : munlockall()) < 0 ? -errno : 0;
}

/* Children begin as ordinary processes, whatever starts them. That stays, once it has been: the limit which lets us
 * into real time and back does not let us take it off, sched(7). */
static int set_scheduler(const struct process_options *o, const struct process_origin *origin) {
        const struct sched_param p = { .sched_priority = o->rt_priority };
        int now = sched_getscheduler(0);
        int policy = o->rt_priority > 0 ? SCHED_RR | SCHED_RESET_ON_FORK
                                        : SCHED_OTHER | (now & SCHED_RESET_ON_FORK);

        if (now < 0)
                return -errno;
        if (o->rt_priority == 0 && now == policy)
                return 0;
        return sched_setscheduler(0, policy, &p) < 0 ? -errno : 0;
}

/* Beyond it SIGXCPU comes, which is told of. */
static int set_rttime(const struct process_options *o, const struct process_origin *origin) {
        struct rlimit l = origin->rttime;

        if (o->rt_priority > 0 && o->rttime_usec > 0)
                l.rlim_cur = o->rttime_usec < l.rlim_max ? o->rttime_usec : l.rlim_max;
        return setrlimit(RLIMIT_RTTIME, &l) < 0 ? -errno : 0;
}

static int set_processors(const struct process_options *o, const struct process_origin *origin) {
        const cpu_set_t *wanted = o->cpus_given ? &o->cpus : &origin->cpus;
        cpu_set_t now;

        if (sched_getaffinity(0, sizeof(now), &now) >= 0 && CPU_EQUAL(&now, wanted))
                return 0;
        return sched_setaffinity(0, sizeof(*wanted), wanted) < 0 ? -errno : 0;
}

void process_options_apply(const struct process_options *o, const struct process_origin *origin,
                void (*refused)(const char *keyword, int error, void *userdata), void *userdata) {
        static const struct {
                const char *keyword;
                int (*set)(const struct process_options *o, const struct process_origin *origin);
        } steps[] = {
                { "priority", set_nice },
                { "no_swap", set_memory },
                { "rlimit_rttime", set_rttime },
                { "rt_priority", set_scheduler },
                { "cpu_affinity", set_processors },
        };

        for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
                int r = steps[i].set(o, origin);

                if (r < 0)
                        refused(steps[i].keyword, r, userdata);
        }
}
