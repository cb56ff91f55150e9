/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "tests/bus/private-bus.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "common/macro.h"

static const char config[] =
                "<busconfig><listen>%s</listen><auth>EXTERNAL</auth>"
                "<policy context='default'><allow user='*'/><allow own='*'/>"
                "<allow send_type='method_call'/><allow send_type='signal'/>"
                "<allow send_requested_reply='true'/><allow receive_type='method_call'/>"
                "<allow receive_type='signal'/><allow receive_requested_reply='true'/>"
                "</policy></busconfig>";

void private_bus_start(struct private_bus *b) {
        char path[64];
        FILE *f;

        *b = (struct private_bus){ .pid = -1 };
        strcpy(b->directory, "/tmp/test-bus-XXXXXX");
        cr_assert_not_null(mkdtemp(b->directory));
        (void) snprintf(b->address, sizeof(b->address), "unix:path=%s/bus", b->directory);
        (void) snprintf(path, sizeof(path), "%s/bus.conf", b->directory);
        f = fopen(path, "w");
        cr_assert_not_null(f);
        (void) fprintf(f, config, b->address);
        cr_assert_eq(fclose(f), 0);
        private_bus_restart(b);
}

/* The daemon writes its address when it listens. */
void private_bus_restart(struct private_bus *b) {
        char option[80], path[64], ready;
        int fds[2];

        (void) snprintf(path, sizeof(path), "%s/bus", b->directory);
        (void) unlink(path);
        cr_assert_eq(pipe(fds), 0);
        b->pid = fork();
        cr_assert_geq(b->pid, 0);
        if (b->pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void) close(STDERR_FILENO); /* it complains of its limit of descriptors */
                (void) dup2(fds[1], 3);
                (void) snprintf(option, sizeof(option), "--config-file=%s/bus.conf", b->directory);
                (void) execlp("dbus-daemon", "dbus-daemon", option, "--nofork", "--nopidfile",
                                "--nosyslog", "--print-address=3", NULL);
                _exit(127);
        }
        (void) close(fds[1]);
        cr_assert_eq(read(fds[0], &ready, 1), 1);
        (void) close(fds[0]);
}

void private_bus_kill(struct private_bus *b) {
        if (b->pid <= 0)
                return;
        (void) kill(b->pid, SIGKILL);
        (void) waitpid(b->pid, NULL, 0);
        b->pid = -1;
}

void private_bus_stop(struct private_bus *b) {
        char command[64];

        private_bus_kill(b);
        (void) snprintf(command, sizeof(command), "rm -rf %s", b->directory);
        cr_assert_eq(system(command), 0);
}

sd_bus *private_bus_connect(const struct private_bus *b, sd_event *event) {
        sd_bus *bus = NULL;
        const char *name;

        cr_assert_geq(sd_bus_new(&bus), 0);
        cr_assert_geq(sd_bus_set_address(bus, b->address), 0);
        cr_assert_geq(sd_bus_set_bus_client(bus, true), 0);
        cr_assert_geq(sd_bus_start(bus), 0);
        cr_assert_geq(sd_bus_get_unique_name(bus, &name), 0);
        cr_assert_geq(sd_bus_attach_event(bus, event, 0), 0);
        cr_assert_geq(sd_bus_set_exit_on_disconnect(bus, false), 0);
        return bus;
}

bool event_run_until(sd_event *event, const unsigned *counter, unsigned wanted) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), 10 * USEC_PER_SEC);

        while (*counter < wanted) {
                usec_t left = usec_sub(end, usec_now(CLOCK_MONOTONIC));

                if (left == 0 || sd_event_run(event, left) < 0)
                        return false;
        }
        return true;
}

void event_run_for(sd_event *event, usec_t usec) {
        usec_t end = usec_add(usec_now(CLOCK_MONOTONIC), usec);

        for (;;) {
                usec_t left = usec_sub(end, usec_now(CLOCK_MONOTONIC));

                if (left == 0)
                        return;
                cr_assert_geq(sd_event_run(event, left), 0);
        }
}
