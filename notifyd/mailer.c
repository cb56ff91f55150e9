/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "notifyd/mailer.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "common/curl-loop.h"
#include "common/daemon.h"
#include "common/io.h"
#include "common/json.h"
#include "common/macro.h"
#include "notifyd/mail.h"
#include "notifyd/smtp-talk.h"

#define PASSWORD_FILE_MAX 4096U

/* One conversation. */
struct letter {
        struct mailer *mailer; /* owner */
        struct letter *prev, *next;
        uint64_t id;
        CURL *easy;
        bool in_loop;
        char *text; /* the message */
        size_t text_n, text_sent;
        struct curl_slist *recipients; /* in the order of the talk */
        bool more;                     /* not all, the others have to wait for the next try */
        json_object *settled;          /* recipients of earlier tries, then of this one too */
        size_t n_settled;              /* of earlier tries */
        struct smtp_talk talk;
        char error[CURL_ERROR_SIZE];
};

struct mailer {
        struct curl_loop *loop;
        carried_t carried;
        mailer_refused_t refused;
        void *userdata;
        struct letter *letters;
};

static struct letter *letter_free(struct letter *l) {
        if (!l)
                return NULL;
        if (l->prev)
                DL_DELETE(l->mailer->letters, l);
        if (l->in_loop)
                curl_loop_remove(l->mailer->loop, l->easy);
        if (l->easy)
                curl_easy_cleanup(l->easy);
        curl_slist_free_all(l->recipients);
        (void) json_object_put(l->settled);
        free(l->text);
        free(l);
        return NULL;
}
DEFINE_CLEANUP_FUNC(struct letter *, letter_free);

/* --- the outcome --- */

static void settle(struct letter *l, const char *recipient) {
        if (!l->settled)
                l->settled = json_object_new_array();
        if (l->settled)
                (void) json_object_array_add(l->settled, json_object_new_string(recipient));
}

struct tally {
        size_t accepted, refused, later;
        size_t last_refused;
};

static struct tally count_fates(struct letter *l) {
        struct tally t = {};
        size_t i = 0;

        for (const struct curl_slist *r = l->recipients; r; r = r->next, i++)
                switch (smtp_talk_fate(&l->talk, i)) {
                case SMTP_ACCEPTED:
                        t.accepted++;
                        settle(l, r->data);
                        break;
                case SMTP_REFUSED:
                        t.refused++;
                        t.last_refused = i;
                        settle(l, r->data);
                        break;
                case SMTP_LATER: t.later++; break;
                }
        return t;
}

/* What the server said of recipient @i, or else of the message. */
static const char *reply_about(const struct letter *l, size_t i) {
        if (i < SMTP_TALK_RECIPIENTS_MAX && l->talk.recipient_codes[i] >= 400)
                return l->talk.recipient_texts[i];
        return l->talk.text;
}

static void explain(const struct letter *l, CURLcode result, const struct tally *t, char *buf,
                size_t n) {
        if (l->talk.code >= 400 || (t->refused > 0 && t->later == 0))
                (void) snprintf(buf, n, "%s",
                                t->refused > 0 ? reply_about(l, t->last_refused) : l->talk.text);
        else
                (void) snprintf(buf, n, "%s", l->error[0] ? l->error : curl_easy_strerror(result));
}

static void tell_refused(const struct letter *l) {
        size_t i = 0;

        for (const struct curl_slist *r = l->recipients; r; r = r->next, i++)
                if (smtp_talk_fate(&l->talk, i) == SMTP_REFUSED)
                        l->mailer->refused(l->id, r->data, reply_about(l, i), l->mailer->userdata);
}

static void on_done(CURL *easy, CURLcode result, void *userdata) {
        _cleanup_(letter_freep) struct letter *l = userdata;
        struct mailer *m = l->mailer;
        struct carried c = { .outcome = CARRIED_DONE };
        struct tally t;

        l->in_loop = false;
        t = count_fates(l);
        if (t.later > 0 || l->more) {
                c.outcome = CARRIED_LATER;
                c.far_end = t.accepted + t.refused == 0 && smtp_talk_far_end(&l->talk);
                c.uncertain = smtp_talk_uncertain(&l->talk);
        } else if (t.accepted == 0 && l->n_settled == 0)
                c.outcome = CARRIED_GIVEN_UP;
        if (t.later > 0 || t.refused > 0)
                explain(l, result, &t, c.text, sizeof(c.text));
        if (c.outcome != CARRIED_GIVEN_UP && t.refused > 0)
                tell_refused(l);
        c.settled = l->settled;
        m->carried(l->id, &c, m->userdata);
}

/* --- the conversation --- */

static size_t on_read(char *to, size_t size, size_t n, void *userdata) {
        struct letter *l = userdata;
        size_t k = MIN(size * n, l->text_n - l->text_sent);

        memcpy(to, l->text + l->text_sent, k);
        l->text_sent += k;
        return k;
}

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t n, void *userdata) {
        struct letter *l = userdata;

        if (type == CURLINFO_HEADER_OUT)
                smtp_talk_sent(&l->talk, data, n);
        else if (type == CURLINFO_HEADER_IN)
                smtp_talk_received(&l->talk, data, n);
        return 0;
}

/* smtp://SERVER:PORT/HELO */
static int set_url(struct letter *l, const struct notify_conf *conf, const char *hostname) {
        bool is_ipv6 = strchr(conf->smtp_server, ':');
        _cleanup_free_ char *url = NULL;
        char *helo;
        int k;

        helo = curl_easy_escape(l->easy, conf->smtp_helo_name ? conf->smtp_helo_name : hostname, 0);
        if (!helo)
                return -ENOMEM;
        k = asprintf(&url, "%s://%s%s%s:%u/%s", conf->smtp_tls == NOTIFY_TLS_TLS ? "smtps" : "smtp",
                        is_ipv6 ? "[" : "", conf->smtp_server, is_ipv6 ? "]" : "", conf->smtp_port,
                        helo);
        curl_free(helo);
        if (k < 0)
                return -ENOMEM;
        return curl_easy_setopt(l->easy, CURLOPT_URL, url) == CURLE_OK ? 0 : -ENOMEM;
}

/* The first line of the file. */
static int read_password(const char *path, char **ret) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -1;
        size_t n = 0;
        int r;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        r = io_read_file(fd, PASSWORD_FILE_MAX, &text, &n);
        if (r < 0)
                return r;
        text[strcspn(text, "\r\n")] = '\0';
        *ret = TAKE_PTR(text);
        return 0;
}

static int set_login(struct letter *l, const struct notify_conf *conf) {
        _cleanup_free_ char *from_file = NULL;
        const char *password = conf->smtp_password;
        int r;

        if (!conf->smtp_user)
                return 0;
        if (conf->smtp_password_file) {
                r = read_password(conf->smtp_password_file, &from_file);
                if (r < 0) {
                        (void) snprintf(l->error, sizeof(l->error), "cannot read %s: %s",
                                        conf->smtp_password_file, strerrordesc_np(-r));
                        return r;
                }
                password = from_file;
        }
        if (curl_easy_setopt(l->easy, CURLOPT_USERNAME, conf->smtp_user) != CURLE_OK ||
                        curl_easy_setopt(l->easy, CURLOPT_PASSWORD, password ? password : "") !=
                                        CURLE_OK)
                return -ENOMEM;
        return 0;
}

/* What a mistake or an accident must not change: no proxy of the environment, no other protocol, no
 * connection left over from another configuration, no signal, no wait for a look-up when we end. */
static void set_caution(CURL *easy) {
        (void) curl_easy_setopt(easy, CURLOPT_PROXY, "");
        (void) curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        (void) curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        (void) curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        (void) curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

static void set_limits(CURL *easy, usec_t timeout_usec) {
        long ms = (long) MAX(timeout_usec / USEC_PER_MSEC, USEC_PER_SEC / USEC_PER_MSEC);

        (void) curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, ms);
        (void) curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (ms + 999) / 1000);
        (void) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, MAX(10 * ms, 60000L));
}

static int set_tls(CURL *easy, const struct notify_conf *conf) {
        if (conf->smtp_tls == NOTIFY_TLS_STARTTLS &&
                        curl_easy_setopt(easy, CURLOPT_USE_SSL, (long) CURLUSESSL_ALL) != CURLE_OK)
                return -ENOTSUP;
        if (conf->smtp_ca_file &&
                        curl_easy_setopt(easy, CURLOPT_CAINFO, conf->smtp_ca_file) != CURLE_OK)
                return -ENOTSUP;
        return 0;
}

static void set_message(struct letter *l) {
        (void) curl_easy_setopt(l->easy, CURLOPT_UPLOAD, 1L);
        (void) curl_easy_setopt(l->easy, CURLOPT_READFUNCTION, on_read);
        (void) curl_easy_setopt(l->easy, CURLOPT_READDATA, l);
        (void) curl_easy_setopt(l->easy, CURLOPT_MAIL_RCPT, l->recipients);
        (void) curl_easy_setopt(l->easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
        (void) curl_easy_setopt(l->easy, CURLOPT_VERBOSE, 1L);
        (void) curl_easy_setopt(l->easy, CURLOPT_DEBUGFUNCTION, on_debug);
        (void) curl_easy_setopt(l->easy, CURLOPT_DEBUGDATA, l);
        (void) curl_easy_setopt(l->easy, CURLOPT_ERRORBUFFER, l->error);
}

/* --- the message --- */

static char *default_from(const char *hostname) {
        const struct passwd *pw = getpwuid(geteuid());
        char *from;

        return asprintf(&from, "%s@%s", pw ? pw->pw_name : "root", hostname) < 0 ? NULL : from;
}

static bool is_settled(json_object *settled, const char *recipient) {
        size_t n = settled ? json_object_array_length(settled) : 0;

        for (size_t i = 0; i < n; i++)
                if (streq(json_object_get_string(json_object_array_get_idx(settled, i)), recipient))
                        return true;
        return false;
}

/* Those of the configuration who need a try. */
static int set_recipients(struct letter *l, const struct notify_conf *conf) {
        size_t n = 0;

        for (size_t i = 0; i < conf->to.n; i++) {
                struct curl_slist *list;

                if (is_settled(l->settled, conf->to.items[i].envelope))
                        continue;
                l->more = n++ == SMTP_TALK_RECIPIENTS_MAX;
                if (l->more)
                        break;
                list = curl_slist_append(l->recipients, conf->to.items[i].envelope);
                if (!list)
                        return -ENOMEM;
                l->recipients = list;
        }
        return 0;
}

static const char *content_text(const struct action *a, const char *key) {
        const char *text = json_object_get_string(json_object_object_get(a->content, key));

        return text ? text : "";
}

static int set_text(struct letter *l, const struct action *a, const struct notify_conf *conf,
                const char *hostname) {
        _cleanup_free_ char *from = conf->from ? strdup(conf->from) : default_from(hostname);
        _cleanup_free_ char *sender = from ? mail_address(from) : NULL;
        _cleanup_free_ const char **to = calloc(conf->to.n + 1, sizeof(*to));
        _cleanup_free_ char *message_id = NULL;

        if (!from || !sender || !to)
                return -ENOMEM;
        for (size_t i = 0; i < conf->to.n; i++)
                to[i] = conf->to.items[i].header;
        if (asprintf(&message_id, "%" PRIusec ".%" PRIu64 ".mainstay@%s", a->ordered_usec, a->id,
                            hostname) < 0)
                return -ENOMEM;
        if (curl_easy_setopt(l->easy, CURLOPT_MAIL_FROM, sender) != CURLE_OK)
                return -ENOMEM;
        return mail_format(
                        &(struct mail){
                                        .from = from,
                                        .to = to,
                                        .subject = content_text(a, "subject"),
                                        .body = content_text(a, "body"),
                                        .date_usec = a->ordered_usec,
                                        .message_id = message_id,
                                        .repeat = a->repeat,
                        },
                        &l->text, &l->text_n);
}

/* --- the interface --- */

static int letter_new(struct mailer *m, const struct action *a, struct letter **ret) {
        _cleanup_(letter_freep) struct letter *l = calloc(1, sizeof(*l));

        if (!l)
                return -ENOMEM;
        l->mailer = m;
        l->id = a->id;
        if (a->settled) {
                l->n_settled = json_object_array_length(a->settled);
                if (json_object_deep_copy(a->settled, &l->settled, NULL) < 0)
                        return -ENOMEM;
        }
        l->easy = curl_easy_init();
        if (!l->easy)
                return -ENOMEM;
        *ret = TAKE_PTR(l);
        return 0;
}

static int letter_prepare(struct letter *l, const struct action *a, const struct notify_conf *conf,
                const char *hostname) {
        int r;

        r = set_text(l, a, conf, hostname) ?: set_url(l, conf, hostname) ?: set_tls(l->easy, conf)
                        ?: set_login(l, conf);
        if (r < 0)
                return r;
        set_caution(l->easy);
        set_limits(l->easy, conf->smtp_connect_timeout_usec);
        set_message(l);
        return 0;
}

static int answer(struct carried *ret, enum carried_outcome outcome, const char *text) {
        *ret = (struct carried){ .outcome = outcome, .far_end = outcome == CARRIED_LATER };
        (void) snprintf(ret->text, sizeof(ret->text), "%s", text);
        return 1;
}

int mailer_send(struct mailer *m, const struct action *a, const struct notify_conf *conf,
                const char *hostname, struct carried *ret) {
        _cleanup_(letter_freep) struct letter *l = NULL;
        int r;

        if (!conf->smtp_server)
                return answer(ret, CARRIED_GIVEN_UP, "there is no smtp_server any more");
        r = letter_new(m, a, &l);
        if (r >= 0)
                r = set_recipients(l, conf);
        if (r >= 0 && !l->recipients)
                return answer(ret, l->n_settled > 0 ? CARRIED_DONE : CARRIED_GIVEN_UP,
                                l->n_settled > 0 ? "" : "there is no notification_email any more");
        if (r >= 0)
                r = letter_prepare(l, a, conf, hostname);
        if (r >= 0)
                r = curl_loop_add(m->loop, l->easy, on_done, l);
        if (r < 0)
                return answer(ret, CARRIED_LATER,
                                l && l->error[0] ? l->error : strerrordesc_np(-r));

        l->in_loop = true;
        DL_APPEND(m->letters, l);
        l = NULL;
        return 0;
}

int mailer_new(sd_event *event, carried_t carried, mailer_refused_t refused, void *userdata,
                struct mailer **ret) {
        _cleanup_(mailer_freep) struct mailer *m = NULL;
        int r;

        m = malloc(sizeof(*m));
        if (!m)
                return -ENOMEM;
        *m = (struct mailer){ .carried = carried, .refused = refused, .userdata = userdata };
        r = curl_loop_new(event, DAEMON_PRIORITY_SOCKET, &m->loop);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(m);
        return 0;
}

struct mailer *mailer_free(struct mailer *m) {
        if (!m)
                return NULL;
        while (m->letters)
                (void) letter_free(m->letters);
        (void) curl_loop_free(m->loop);
        free(m);
        return NULL;
}
