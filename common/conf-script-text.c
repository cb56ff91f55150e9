/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Two mistakes that people copy from each other. A script that runs `killall keepalived` when all
 * is lost: here the service has another name, so nothing would happen. And a check whose last
 * command is `echo $?`, which always succeeds: the check can never fail. What is looked at is the
 * command line itself and, where it names one, the text of the script. This is advice, so its grade
 * is a note. */

#include "common/conf-script-text.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checkd/conf.h"
#include "common/conf.h"
#include "common/io.h"
#include "ipvsd/conf.h"
#include "vrrpd/conf.h"

#define SCRIPT_BYTES_MAX (1U << 20)

static bool is_word_char(char c) {
        return isalnum((unsigned char) c) || c == '_' || c == '-' || c == '.';
}

/* Whether @word stands in @line as a word (or the last part of a path). */
static const char *find_word(const char *line, const char *word) {
        size_t n = strlen(word);

        for (const char *s = strstr(line, word); s; s = strstr(s + 1, word))
                if ((s == line || !is_word_char(s[-1])) && !is_word_char(s[n]))
                        return s;
        return NULL;
}

static const char *after_word(const char *line, const char *word) {
        const char *s = find_word(line, word);

        return s ? s + strlen(word) : NULL;
}

/* killall keepalived, pkill -f keepalived, systemctl stop keepalived, service keepalived stop, kill
 * `cat .../keepalived.pid`. Signal 0 only asks whether it runs. */
static bool kills_keepalived(const char *line) {
        static const char *const killers[] = { "killall", "pkill", "systemctl", "service", "kill" };

        for (size_t i = 0; i < ARRAY_SIZE(killers); i++) {
                const char *rest = after_word(line, killers[i]);

                if (!rest || !strstr(rest, "keepalived") || find_word(rest, "-0"))
                        continue;
                if (i < 2 || i == 4 || find_word(rest, "stop") || find_word(rest, "restart"))
                        return true;
        }
        return strstr(line, "init.d/keepalived") && find_word(line, "stop");
}

/* Whether the command ends by showing a status instead of returning it. */
static bool hides_result(const char *command) {
        const char *rest;

        while (*command == ' ' || *command == '\t')
                command++;
        rest = strncmp(command, "echo", 4) == 0 && !is_word_char(command[4]) ? command + 4 : NULL;
        return rest && strstr(rest, "$?");
}

/* The command behind the last ; of a line. */
static const char *last_command(const char *line) {
        const char *semicolon = strrchr(line, ';');

        return semicolon ? semicolon + 1 : line;
}

struct script_use {
        struct conf_build *b;
        const struct conf_node *line; /* in the configuration */
        const char *what;             /* path, or the command line */
        bool is_check;                /* its exit status means something */
        bool killer_told;
};

static void look_at_line(struct script_use *u, const char *line) {
        if (u->killer_told || !kills_keepalived(line))
                return;
        u->killer_told = true;
        conf_build_say(u->b, CONF_NOTE, u->line, "write systemctl stop mainstay",
                        "%s stops keepalived, which is not what runs here", u->what);
}

static void look_at_end(struct script_use *u, const char *last) {
        if (u->is_check && hides_result(last_command(last)))
                conf_build_say(u->b, CONF_NOTE, u->line,
                                "end with the command whose result counts, or exit $?",
                                "%s ends with echo $?, which always succeeds, so it can never fail",
                                u->what);
}

static bool is_comment_or_empty(const char *line) {
        while (*line == ' ' || *line == '\t' || *line == '\r')
                line++;
        return !*line || *line == '#';
}

static void look_at_text(struct script_use *u, char *text) {
        const char *last = "";

        for (char *line; (line = strsep(&text, "\n"));) {
                if (is_comment_or_empty(line))
                        continue;
                look_at_line(u, line);
                last = line;
        }
        look_at_end(u, last);
}

/* The file that a script names: its program, or the first argument with a slash of a shell. */
static const char *script_path(const struct conf_script *s) {
        static const char *const shells[] = { "sh", "bash", "dash", "/bin/sh", "/bin/bash",
                "/bin/dash", "/usr/bin/bash" };
        bool shell = false;

        for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
                shell |= streq(shells[i], s->argv[0]);
        if (!shell)
                return s->argv[0][0] == '/' ? s->argv[0] : NULL;
        for (char **arg = s->argv + 1; *arg; arg++)
                if (**arg == '/')
                        return *arg;
        return NULL;
}

static void look_at_file(struct script_use *u, const char *path) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = -1;
        size_t n;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || io_read_file(fd, SCRIPT_BYTES_MAX, &text, &n) < 0)
                return;
        if (strlen(text) != n) /* a program, not a text */
                return;
        u->what = path;
        look_at_text(u, text);
}

static void look_at_script(struct conf_build *b, const struct conf_object *o, const char *key,
                const struct conf_script *s, bool is_check) {
        struct script_use u = { .b = b, .what = key, .is_check = is_check };
        const char *path;

        if (!conf_script_is_set(s) || s->file_test)
                return;
        u.line = conf_build_node(o, key);
        look_at_line(&u, s->command);
        look_at_end(&u, s->command);
        path = s->needs_shell ? NULL : script_path(s);
        if (path)
                look_at_file(&u, path);
}

static void look_at_servers(struct conf_build *b) {
        const struct ipvs_service_conf *v;
        const struct ipvs_server_conf *s;
        const struct check_checker_conf *c;

        DL_FOREACH (b->conf->ipvs->services, v) {
                DL_FOREACH (v->servers, s) {
                        LL_FOREACH (s->checkers, c) {
                                if (c->kind == CHECK_CONF_MISC)
                                        look_at_script(b, &c->object, "misc_path", &c->misc.script,
                                                        true);
                        }
                }
        }
}

void conf_script_text_check(struct conf_build *b) {
        for (const struct check_script_conf *s = b->conf->check->scripts; s; s = s->hh.next)
                look_at_script(b, &s->object, "script", &s->script, true);
        for (const struct vrrp_instance_conf *i = b->conf->vrrp->instances; i; i = i->hh.next) {
                look_at_script(b, &i->object, "notify_master", &i->notify_master, false);
                look_at_script(b, &i->object, "notify_backup", &i->notify_backup, false);
                look_at_script(b, &i->object, "notify_fault", &i->notify_fault, false);
                look_at_script(b, &i->object, "notify_stop", &i->notify_stop, false);
                look_at_script(b, &i->object, "notify", &i->notify, false);
        }
        look_at_servers(b);
}
