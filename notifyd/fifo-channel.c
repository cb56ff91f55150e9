/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/fifo-channel.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"
#include "common/daemon.h"
#include "common/json.h"
#include "common/log.h"
#include "common/macro.h"
#include "common/script.h"

#define LOOK_USEC (10 * USEC_PER_SEC)

/* --- the file --- */

static void look_later(struct fifo_channel *c) {
        (void) sd_event_source_set_time_relative(c->look, LOOK_USEC);
        (void) sd_event_source_set_enabled(c->look, SD_EVENT_ONESHOT);
}

static void say_problem(struct fifo_channel *c, const char *problem) {
        const char *key = notify_fifo_to_string(c->wish.which);

        if (*problem && !streq(problem, c->problem))
                log_error("%s %s: %s; its lines wait", key, c->fifo->path, problem);
        else if (!*problem && *c->problem)
                log_notice("%s %s can be had now", key, c->fifo->path);
        (void) snprintf(c->problem, sizeof(c->problem), "%s", problem);
}

static int find_owner(const struct fifo_channel *c, struct process_identity *ret, char *problem) {
        _cleanup_(script_done) struct script s = {};

        script_init(&s, &c->wish.place->owner, c->wish.global);
        if (!s.identity_known) {
                (void) snprintf(problem, FIFO_PROBLEM_MAX, "who is to own it is not known (%.200s)",
                                s.problem);
                return 1;
        }
        *ret = s.identity;
        return 0;
}

static int on_room(sd_event_source *source, int fd, uint32_t revents, void *userdata);

static int watch(struct fifo_channel *c) {
        int r;

        c->room = sd_event_source_disable_unref(c->room);
        r = sd_event_add_io(c->event, &c->room, c->fifo->fd, EPOLLOUT, on_room, c);
        if (r < 0)
                return r;
        (void) sd_event_source_set_priority(c->room, DAEMON_PRIORITY_BUS);
        return sd_event_source_set_enabled(c->room, SD_EVENT_OFF);
}

static void open_it(struct fifo_channel *c) {
        struct process_identity owner = {};
        char problem[FIFO_PROBLEM_MAX] = "";
        int r;

        r = find_owner(c, &owner, problem) ?: fifo_open(c->fifo, owner.uid, owner.gid, problem);
        if (r == 0) {
                c->ops->opened(c->fifo, notify_fifo_to_string(c->wish.which), c->userdata);
                r = watch(c);
                if (r < 0)
                        (void) snprintf(problem, sizeof(problem), "%s", strerrordesc_np(-r));
        }
        say_problem(c, problem);
        if (*problem) {
                look_later(c);
                return;
        }
        fifo_reader_set(c->reader, c->wish.script, c->wish.global);
}

static void close_it(struct fifo_channel *c) {
        c->room = sd_event_source_disable_unref(c->room);
        c->ops->closed(notify_fifo_to_string(c->wish.which), c->userdata);
        if (c->fifo->fd >= 0)
                (void) close(TAKE_FD(c->fifo->fd));
}

/* Somebody has removed it: what was in it is read by whoever has it open. */
static void check_place(struct fifo_channel *c) {
        if (c->fifo->fd >= 0 && !fifo_in_place(c->fifo)) {
                log_warning("%s %s was removed by somebody: it is made again",
                                notify_fifo_to_string(c->wish.which), c->fifo->path);
                close_it(c);
                fifo_reader_restart(c->reader);
        }
        if (c->fifo->fd < 0)
                open_it(c);
}

/* --- lines --- */

static int outcome(struct carried *ret, enum carried_outcome o, const char *text) {
        *ret = (struct carried){ .outcome = o };
        (void) snprintf(ret->text, sizeof(ret->text), "%s", text);
        return 1;
}

int fifo_channel_prepare(struct fifo_channel *c, const struct action *a, struct carried *ret) {
        check_place(c);
        if (c->fifo->fd < 0)
                return outcome(ret, CARRIED_LATER, c->problem);
        if (a->repeat && fifo_has_written(c->fifo, a->id))
                return outcome(ret, CARRIED_DONE, "");
        /* Where this fails, a kill at the wrong moment may cost a line. */
        (void) fifo_announce(c->fifo, a->id);
        return 0;
}

static int write_line(struct fifo_channel *c, json_object *line) {
        return fifo_write(c->fifo, json_object_get_string(line),
                        (size_t) json_object_get_string_len(line));
}

static void wait_for_room(struct fifo_channel *c) {
        (void) sd_event_source_set_enabled(c->room, SD_EVENT_ONESHOT);
        look_later(c);
        if (!c->full)
                log_warning("%s %s is full, nobody reads it: lines wait",
                                notify_fifo_to_string(c->wish.which), c->fifo->path);
        c->full = true;
}

int fifo_channel_send(struct fifo_channel *c, const struct action *a, struct carried *ret) {
        json_object *line;
        int r;

        if (!json_object_object_get_ex(a->content, "line", &line) ||
                        !json_object_is_type(line, json_type_string))
                return outcome(ret, CARRIED_GIVEN_UP,
                                "what was kept of this line is not understood");
        r = write_line(c, line);
        if (r == -EAGAIN) {
                c->line = json_object_get(line);
                c->id = a->id;
                wait_for_room(c);
                return 0;
        }
        if (r < 0)
                return outcome(ret, CARRIED_LATER, strerrordesc_np(-r));
        return outcome(ret, CARRIED_DONE, "");
}

/* The line that waited is not in our hands any more. */
static void tell(struct fifo_channel *c, enum carried_outcome o, const char *text) {
        struct carried carried;
        uint64_t id = c->id;

        if (!c->line)
                return;
        (void) json_object_put(TAKE_PTR(c->line));
        (void) outcome(&carried, o, text);
        c->ops->carried(id, &carried, c->userdata);
}

static int on_room(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct fifo_channel *c = userdata;
        int r;

        if (!c->line)
                return 0;
        r = write_line(c, c->line);
        if (r == -EAGAIN) {
                wait_for_room(c);
                return 0;
        }
        if (r >= 0) {
                c->full = false;
                log_notice("%s %s is read again", notify_fifo_to_string(c->wish.which),
                                c->fifo->path);
        }
        tell(c, r < 0 ? CARRIED_LATER : CARRIED_DONE, r < 0 ? strerrordesc_np(-r) : "");
        return 0;
}

static int on_look(sd_event_source *source, uint64_t usec, void *userdata) {
        struct fifo_channel *c = userdata;

        if (c->fifo->fd < 0)
                open_it(c);
        else if (c->line && !fifo_in_place(c->fifo))
                tell(c, CARRIED_LATER, "the FIFO was removed");
        else if (c->line)
                look_later(c);
        return 0;
}

/* --- life --- */

int fifo_channel_new(sd_event *event, struct process_runner *runner, const struct fifo_wish *wish,
                const char *known, const struct fifo_channel_ops *ops, void *userdata,
                struct fifo_channel **ret) {
        _cleanup_(fifo_channel_freep) struct fifo_channel *c = malloc(sizeof(*c));
        int r;

        if (!c)
                return -ENOMEM;
        *c = (struct fifo_channel){
                .ops = ops,
                .userdata = userdata,
                .wish = *wish,
                .owner = fifo_wish_owner(wish),
                .fifo = fifo_new(wish->place->path),
                .event = event,
        };
        if (!c->owner || !c->fifo)
                return -ENOMEM;
        r = fifo_reader_new(event, runner, notify_fifo_script_to_string(wish->script_which),
                        c->fifo->path, known, &c->reader);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &c->look, CLOCK_MONOTONIC, 0, USEC_PER_MSEC, on_look, c);
        if (r < 0)
                return r;
        (void) sd_event_source_set_priority(c->look, DAEMON_PRIORITY_TIMER);
        (void) sd_event_source_set_enabled(c->look, SD_EVENT_OFF);
        *ret = TAKE_PTR(c);
        return 0;
}

struct fifo_channel *fifo_channel_free(struct fifo_channel *c) {
        if (!c)
                return NULL;
        (void) sd_event_source_disable_unref(c->room);
        (void) sd_event_source_disable_unref(c->look);
        (void) fifo_reader_free(c->reader);
        (void) fifo_free(c->fifo);
        (void) json_object_put(c->line);
        free(c->owner);
        free(c);
        return NULL;
}

bool fifo_channel_fits(const struct fifo_channel *c, const struct fifo_wish *wish) {
        _cleanup_free_ char *owner = fifo_wish_owner(wish);

        return owner && streq(owner, c->owner) && streq(wish->place->path, c->fifo->path) &&
                        wish->which == c->wish.which && wish->script_which == c->wish.script_which;
}

void fifo_channel_set(struct fifo_channel *c, const struct fifo_wish *wish) {
        c->wish = *wish;
        if (c->fifo->fd < 0)
                open_it(c);
        else
                fifo_reader_set(c->reader, c->wish.script, c->wish.global);
}

void fifo_channel_retire(struct fifo_channel *c) {
        tell(c, CARRIED_GIVEN_UP, "the FIFO is not configured any more");
        fifo_reader_set(c->reader, NULL, c->wish.global);
        c->ops->closed(notify_fifo_to_string(c->wish.which), c->userdata);
}
