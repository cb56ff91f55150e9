/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libcurl says which sockets to watch and when to call it; we do. It may close a descriptor only after
 * it has said that it need not be watched any more. Ends are gathered by a deferred source, so that a
 * transfer's owner is never called from within a call of its own. */

#include "common/curl-loop.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>

#include "common/macro.h"
#include "common/usec.h"

struct transfer {
        struct curl_loop *loop;
        CURL *easy;
        curl_loop_done_t done;
        void *userdata;
};

struct curl_loop {
        sd_event *event;
        int64_t priority;
        CURLM *multi;
        sd_event_source *timer;
        sd_event_source *gather;
        unsigned n;
};

/* --- the ends of transfers --- */

static struct transfer *transfer_of(CURL *easy) {
        char *p = NULL;

        (void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, &p);
        return (struct transfer *) (void *) p;
}

static void transfer_remove(struct transfer *t) {
        (void) curl_multi_remove_handle(t->loop->multi, t->easy);
        (void) curl_easy_setopt(t->easy, CURLOPT_PRIVATE, NULL);
        t->loop->n--;
        free(t);
}

static int on_gather(sd_event_source *source, void *userdata) {
        struct curl_loop *l = userdata;
        CURLMsg *message;
        int left;

        while ((message = curl_multi_info_read(l->multi, &left))) {
                CURL *easy = message->easy_handle;
                CURLcode result = message->data.result;
                struct transfer *t = transfer_of(easy);
                curl_loop_done_t done = t->done;
                void *done_userdata = t->userdata;

                if (message->msg != CURLMSG_DONE)
                        continue;
                transfer_remove(t);
                done(easy, result, done_userdata);
        }
        return 0;
}

static void act(struct curl_loop *l, curl_socket_t fd, int events) {
        int running;

        (void) curl_multi_socket_action(l->multi, fd, events, &running);
        (void) sd_event_source_set_enabled(l->gather, SD_EVENT_ONESHOT);
}

/* --- what libcurl wants --- */

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        int events = 0;

        if (revents & (EPOLLIN | EPOLLHUP))
                events |= CURL_CSELECT_IN;
        if (revents & EPOLLOUT)
                events |= CURL_CSELECT_OUT;
        if (revents & EPOLLERR)
                events |= CURL_CSELECT_ERR;
        act(userdata, fd, events);
        return 0;
}

static int watch(struct curl_loop *l, curl_socket_t fd, uint32_t events) {
        sd_event_source *source = NULL;

        if (sd_event_add_io(l->event, &source, fd, events, on_io, l) < 0)
                return -1;
        (void) sd_event_source_set_priority(source, l->priority);
        (void) curl_multi_assign(l->multi, fd, source);
        return 0;
}

static int on_socket(
                CURL *easy, curl_socket_t fd, int what, void *userdata, void *socket_userdata) {
        sd_event_source *source = socket_userdata;
        struct curl_loop *l = userdata;
        uint32_t events = 0;

        if (what == CURL_POLL_REMOVE) {
                (void) sd_event_source_disable_unref(source);
                (void) curl_multi_assign(l->multi, fd, NULL);
                return 0;
        }
        if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
                events |= EPOLLIN;
        if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
                events |= EPOLLOUT;
        if (!source)
                return watch(l, fd, events);
        return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        act(userdata, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *userdata) {
        struct curl_loop *l = userdata;

        if (timeout_ms < 0)
                return sd_event_source_set_enabled(l->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
        if (sd_event_source_set_time_relative(l->timer, (usec_t) timeout_ms * USEC_PER_MSEC) < 0)
                return -1;
        return sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT) < 0 ? -1 : 0;
}

/* --- the interface --- */

int curl_loop_add(struct curl_loop *l, CURL *easy, curl_loop_done_t done, void *userdata) {
        struct transfer *t = malloc(sizeof(*t));

        if (!t)
                return -ENOMEM;
        *t = (struct transfer){ .loop = l, .easy = easy, .done = done, .userdata = userdata };
        if (curl_easy_setopt(easy, CURLOPT_PRIVATE, t) != CURLE_OK ||
                        curl_multi_add_handle(l->multi, easy) != CURLM_OK) {
                free(t);
                return -EIO;
        }
        l->n++;
        return 0;
}

void curl_loop_remove(struct curl_loop *l, CURL *easy) {
        transfer_remove(transfer_of(easy));
}

static int curl_loop_watch(struct curl_loop *l) {
        int r;

        r = sd_event_add_time(l->event, &l->timer, CLOCK_MONOTONIC, 0, USEC_PER_MSEC, on_time, l);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(l->timer, l->priority);
        if (r < 0)
                return r;
        r = sd_event_add_defer(l->event, &l->gather, on_gather, l);
        if (r < 0)
                return r;
        r = sd_event_source_set_enabled(l->gather, SD_EVENT_OFF);
        if (r < 0)
                return r;
        return sd_event_source_set_priority(l->gather, l->priority);
}

int curl_loop_new(sd_event *event, int64_t priority, struct curl_loop **ret) {
        _cleanup_(curl_loop_freep) struct curl_loop *l = NULL;
        int r;

        l = malloc(sizeof(*l));
        if (!l)
                return -ENOMEM;
        *l = (struct curl_loop){ .event = sd_event_ref(event), .priority = priority };
        l->multi = curl_multi_init();
        if (!l->multi)
                return -ENOMEM;
        r = curl_loop_watch(l);
        if (r < 0)
                return r;
        if (curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, on_socket) != CURLM_OK ||
                        curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l) != CURLM_OK ||
                        curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, on_timer) != CURLM_OK ||
                        curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l) != CURLM_OK)
                return -EIO;
        *ret = TAKE_PTR(l);
        return 0;
}

struct curl_loop *curl_loop_free(struct curl_loop *l) {
        if (!l)
                return NULL;
        assert(l->n == 0);
        if (l->multi)
                (void) curl_multi_cleanup(l->multi);
        (void) sd_event_source_disable_unref(l->timer);
        (void) sd_event_source_disable_unref(l->gather);
        (void) sd_event_unref(l->event);
        free(l);
        return NULL;
}
