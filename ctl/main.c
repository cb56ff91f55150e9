/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* mainstayctl: options, and the table of verbs. */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/macro.h"
#include "ctl/ctl.h"

static const struct ctl_verb verbs[] = {
        { "status", "[DAEMON...]", 0, -1, CTL_OPTION_JSON, "show what the daemons do now",
                        verb_status },
        { "watch", "[DAEMON...]", 0, -1, CTL_OPTION_JSON, "show changes as they happen",
                        verb_watch },
        { "events", "[DAEMON...]", 0, -1, CTL_OPTION_JSON | CTL_OPTION_FOLLOW,
                        "show transitions and other events, oldest first", verb_events },
        { "reload", "[DAEMON...]", 0, -1, CTL_OPTION_FORCE | CTL_OPTION_ID,
                        "put the changed configuration in force, in all daemons or in none",
                        verb_reload },
        { "resign", "INSTANCE", 1, 1, 0, "give the mastership up", verb_resign },
        { "priority", "INSTANCE PRIORITY|configured", 2, 2, 0,
                        "give a router another priority than the configured one", verb_priority },
        { "maintenance", "on|off|status", 1, 1, 0, "take this node out of all elections",
                        verb_maintenance },
        { "announce", "INSTANCE", 1, 1, 0, "announce the virtual addresses again", verb_announce },
        { "servers", "[SERVICE] [SERVER]", 0, -1, CTL_OPTION_JSON,
                        "show the servers with their connections", verb_servers },
        { "drain", "[SERVICE] [SERVER]", 0, -1,
                        CTL_OPTION_NODE | CTL_OPTION_SERVICE | CTL_OPTION_WAIT | CTL_OPTION_TIMEOUT,
                        "give no new connections to servers, a service or the node", verb_drain },
        { "disable", "[SERVICE] SERVER", 0, -1, CTL_OPTION_NODE | CTL_OPTION_SERVICE,
                        "take servers out, as if their checks had failed", verb_disable },
        { "enable", "[SERVICE] [SERVER]", 0, -1, CTL_OPTION_NODE | CTL_OPTION_SERVICE,
                        "undo drain and disable", verb_enable },
        { "weight", "[SERVICE] SERVER WEIGHT|configured", 1, -1,
                        CTL_OPTION_NODE | CTL_OPTION_SERVICE,
                        "give servers another weight than the configured one", verb_weight },
        /* A verb of two words that begins with the same one comes before it. */
        { "check digest", "URL", 1, 1, CTL_OPTION_CONNECT | CTL_OPTION_TIMEOUT,
                        "show the digest that a page needs in HTTP_GET", verb_check_digest },
        { "check", "SERVER", 1, 2, CTL_OPTION_JSON | CTL_OPTION_SERVICE,
                        "run the checks of a real server once and show what they see", verb_check },
        { "config check", "[FILE]", 0, 1, CTL_OPTION_FILE | CTL_OPTION_ID | CTL_OPTION_JSON,
                        "judge a configuration file", verb_config_check },
        { "config explain", "KEYWORD", 1, 1, 0, "explain a keyword", verb_config_explain },
        { "config dump", "[FILE]", 0, 1, CTL_OPTION_FILE | CTL_OPTION_ID,
                        "write the configuration as it is understood", verb_config_dump },
        { "wait-ready", "[DAEMON...]", 0, -1, CTL_OPTION_TIMEOUT,
                        "wait until the daemons do their work", verb_wait_ready },
        { "wait-stopped", "[DAEMON...]", 0, -1, CTL_OPTION_TIMEOUT,
                        "wait until the daemons have ended", verb_wait_stopped },
        { "version", "", 0, 0, 0, "show the version", verb_version },
        { "help", "[VERB]", 0, 2, 0, "show this, or what one verb takes", verb_help },
};

static const struct {
        unsigned option;
        const char *form, *help;
} option_helps[] = {
        { CTL_OPTION_FILE, "-f, --file FILE", "the configuration file" },
        { CTL_OPTION_ID, "-i, --config-id ID", "the config id, as the daemons' -i" },
        { CTL_OPTION_JSON, "    --json", "JSON instead of a table" },
        { CTL_OPTION_FOLLOW, "    --follow", "go on with what happens from now" },
        { CTL_OPTION_FORCE, "    --force", "accept new complaints about the file" },
        { CTL_OPTION_TIMEOUT, "    --timeout SECONDS",
                        "how long to wait; if not given 60, for drain without end" },
        { CTL_OPTION_CONNECT, "    --connect ADDRESS[:PORT]",
                        "ask there, whatever the URL's name is" },
        { CTL_OPTION_NODE, "    --node", "all services of this node" },
        { CTL_OPTION_SERVICE, "    --service NAME", "only this virtual service" },
        { CTL_OPTION_WAIT, "    --wait", "wait until the connections are gone, and show progress" },
};

/* ---- help ---- */

static void print_verb(const struct ctl_verb *v) {
        char synopsis[64];

        (void) snprintf(synopsis, sizeof(synopsis), "%s %s", v->name, v->words);
        printf("  %-26s %s\n", synopsis, v->help);
}

static void print_options(unsigned options) {
        for (size_t i = 0; i < ARRAY_SIZE(option_helps); i++)
                if (options & option_helps[i].option)
                        printf("  %-26s %s\n", option_helps[i].form, option_helps[i].help);
}

static void print_help(void) {
        unsigned all = 0;

        (void) puts("mainstayctl VERB [WORDS] [OPTIONS]\n\nAsk and steer Mainstay's daemons: vrrpd, checkd, "
                    "ipvsd, notifyd.\n");
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
                print_verb(&verbs[i]);
                all |= verbs[i].options;
        }
        (void) putchar('\n');
        print_options(all);
        (void) puts("\nExit status: 0 done; 1 refused or failed (config: complaints); 2 configuration\n"
                    "unusable; 3 a daemon or the bus is not there; 64 wrong usage.\n"
                    "More: man mainstayctl, man mainstay.conf.");
}

/* The verb that @words begin with. @ret_n: of how many words it is. */
static const struct ctl_verb *find_verb(char **words, int *ret_n) {
        char two[64];

        for (size_t i = 0; words[0] && i < ARRAY_SIZE(verbs); i++) {
                *ret_n = 1;
                if (streq(words[0], verbs[i].name))
                        return &verbs[i];
                if (!words[1])
                        continue;
                (void) snprintf(two, sizeof(two), "%s %s", words[0], words[1]);
                *ret_n = 2;
                if (streq(two, verbs[i].name))
                        return &verbs[i];
        }
        return NULL;
}

int verb_help(const struct ctl *c, char **words) {
        const struct ctl_verb *v;
        int n;

        if (!words[0]) {
                print_help();
                return CTL_OK;
        }
        v = find_verb(words, &n);
        if (!v) {
                (void) fprintf(stderr, "There is no verb '%s'; see 'mainstayctl help'.\n",
                                words[0]);
                return CTL_USAGE;
        }
        print_verb(v);
        print_options(v->options);
        return CTL_OK;
}

int verb_version(const struct ctl *c, char **words) {
        (void) puts("mainstay " MAINSTAY_VERSION);
        return CTL_OK;
}

/* ---- options ---- */

enum {
        OPTION_JSON = 256,
        OPTION_FOLLOW,
        OPTION_FORCE,
        OPTION_SERVICE,
        OPTION_TIMEOUT,
        OPTION_CONNECT,
        OPTION_NODE,
        OPTION_WAIT,
};

static const struct option long_options[] = {
        { "file", required_argument, NULL, 'f' },
        { "config-id", required_argument, NULL, 'i' },
        { "json", no_argument, NULL, OPTION_JSON },
        { "follow", no_argument, NULL, OPTION_FOLLOW },
        { "force", no_argument, NULL, OPTION_FORCE },
        { "service", required_argument, NULL, OPTION_SERVICE },
        { "timeout", required_argument, NULL, OPTION_TIMEOUT },
        { "connect", required_argument, NULL, OPTION_CONNECT },
        { "node", no_argument, NULL, OPTION_NODE },
        { "wait", no_argument, NULL, OPTION_WAIT },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        {},
};

/* Seconds, with a fraction if need be. */
static int parse_timeout(const char *text, usec_t *ret) {
        char *end;
        double seconds = strtod(text, &end);

        if (end == text || *end || !(seconds >= 0 && seconds <= 1e6)) {
                (void) fprintf(stderr, "'%s' is no number of seconds.\n", text);
                return -EINVAL;
        }
        *ret = (usec_t) (seconds * (double) USEC_PER_SEC);
        return 0;
}

/* Fills @c and @ret_given (CTL_OPTION_*). Returns 0, -EINVAL (it was said why), or 'h' or 'v'. */
static int parse_options(int argc, char **argv, struct ctl *c, unsigned *ret_given) {
        int o;

        while ((o = getopt_long(argc, argv, "f:i:hv", long_options, NULL)) != -1)
                switch (o) {
                case 'f':
                        c->conf_path = optarg;
                        *ret_given |= CTL_OPTION_FILE;
                        break;
                case 'i':
                        c->config_id = optarg;
                        *ret_given |= CTL_OPTION_ID;
                        break;
                case OPTION_JSON:
                        c->json = true;
                        *ret_given |= CTL_OPTION_JSON;
                        break;
                case OPTION_FOLLOW:
                        c->follow = true;
                        *ret_given |= CTL_OPTION_FOLLOW;
                        break;
                case OPTION_FORCE:
                        c->force = true;
                        *ret_given |= CTL_OPTION_FORCE;
                        break;
                case OPTION_SERVICE:
                        c->service = optarg;
                        *ret_given |= CTL_OPTION_SERVICE;
                        break;
                case OPTION_TIMEOUT:
                        if (parse_timeout(optarg, &c->timeout_usec) < 0)
                                return -EINVAL;
                        *ret_given |= CTL_OPTION_TIMEOUT;
                        break;
                case OPTION_CONNECT:
                        c->connect = optarg;
                        *ret_given |= CTL_OPTION_CONNECT;
                        break;
                case OPTION_NODE:
                        c->node = true;
                        *ret_given |= CTL_OPTION_NODE;
                        break;
                case OPTION_WAIT:
                        c->wait = true;
                        *ret_given |= CTL_OPTION_WAIT;
                        break;
                case 'h':
                case 'v': return o;
                default: return -EINVAL;
                }
        return 0;
}

/* ---- the verb ---- */

static int count(char **words) {
        int n = 0;

        while (words[n])
                n++;
        return n;
}

static bool usage_is_right(const struct ctl_verb *v, char **words, unsigned given) {
        int n = count(words);

        if (n < v->min_words || (v->max_words >= 0 && n > v->max_words)) {
                (void) fprintf(stderr, "Usage: mainstayctl %s %s\n", v->name, v->words);
                return false;
        }
        if (given & ~v->options) {
                for (size_t i = 0; i < ARRAY_SIZE(option_helps); i++)
                        if (given & ~v->options & option_helps[i].option)
                                (void) fprintf(stderr, "'mainstayctl %s' does not take %s\n",
                                                v->name,
                                                option_helps[i].form +
                                                                strspn(option_helps[i].form, " "));
                return false;
        }
        return true;
}

/* What was not written was not done. */
static int finish(int r) {
        if (fflush(stdout) == 0 && !ferror(stdout))
                return r;
        (void) fprintf(stderr, "mainstayctl: the output could not be written\n");
        return r == CTL_OK ? CTL_FAILED : r;
}

static int run(const struct ctl *c, char **words, unsigned given) {
        const struct ctl_verb *v;
        int n = 0, r;

        v = find_verb(words, &n);
        if (!v) {
                if (words[0])
                        (void) fprintf(stderr, "There is no verb '%s'; see 'mainstayctl help'.\n",
                                        words[0]);
                else
                        print_help();
                return CTL_USAGE;
        }
        words += n;
        if (!usage_is_right(v, words, given))
                return CTL_USAGE;

        r = v->run(c, words);
        if (r >= 0)
                return finish(r);
        (void) fprintf(stderr, "mainstayctl %s: %s\n", v->name, strerror(-r));
        return CTL_FAILED;
}

int main(int argc, char **argv) {
        struct ctl c = { .timeout_usec = USEC_INFINITY };
        unsigned given = 0;

        /* Whoever reads no more ends it quietly, also where a parent (a unit, a script's trap) had that ignored. */
        (void) signal(SIGPIPE, SIG_DFL);
        switch (parse_options(argc, argv, &c, &given)) {
        case 0: return run(&c, argv + optind, given);
        case 'h': return verb_help(&c, argv + optind);
        case 'v': return verb_version(&c, NULL);
        default: return CTL_USAGE;
        }
}
