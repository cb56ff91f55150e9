/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The kernel's news of processes (Documentation/driver-api/connector.rst, linux/cn_proc.h). Only those in the
 * initial namespaces of networks, processes and users are told them, and only with CAP_NET_ADMIN. */

#include <stdint.h>
#include <sys/types.h>

enum process_event_kind {
        PROCESS_EVENT_LISTENING, /* the kernel's answer: news come from now on, or @error says why not */
        PROCESS_EVENT_FORK,      /* @pid is new, and for now as @parent is */
        PROCESS_EVENT_CHANGED, /* another program, or another name */
        PROCESS_EVENT_EXIT,
};

struct process_event {
        enum process_event_kind kind;
        pid_t pid, parent;
        int error; /* an errno */
};

/* A socket on which news has been asked for. The descriptor, or -errno. */
int process_events_open(void);

/* Take one message from the socket. Returns 1 and the event; 0: nothing more waits; -EAGAIN: it was nothing of
 * interest; -ENOBUFS: some were lost; -errno. */
int process_events_receive(int fd, struct process_event *ret);
