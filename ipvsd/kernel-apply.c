/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plan is said in rounds: first as it is, then what the kernel answered differently to than the plan thought, in the
 * other form (what exists is set, what is missing is made). Each round is sent in batches, with an acknowledgement
 * asked for the last message of each. The kernel carries a batch out message by message; one that fails is answered by
 * itself, with its sequence number, and the rest goes on. */

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#include "ipvsd/kernel-private.h"

/* Messages of one send: as many as even a socket with the default receive buffer can hold refusals of. */
#define BATCH 128U

/* Made, found there, found missing again: whoever else writes the table is quicker than that only by intent. */
#define ROUNDS_MAX 3U

enum outcome {
        OUTCOME_WAITING, /* to be said, as @command */
        OUTCOME_DONE,
        OUTCOME_FAILED,
};

struct change {
        const struct ipvs_operation *operation;
        enum outcome outcome;
        uint8_t command;
        int error; /* of the last time it was said */
};

struct apply {
        struct ipvs_kernel *kernel;
        struct change *changes; /* in the order of the plan */
        size_t n;
        bool surprised; /* the table was not what the plan was made from */
};

struct batch {
        struct change *changes[BATCH];
        uint32_t first_seq;
        size_t n, size;
        bool acknowledged;
        struct nlmsghdr *last;
        char data[BATCH * IPVS_MESSAGE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
};

static void apply_done(struct apply *a) {
        free(a->changes);
}

static uint8_t command_of(enum ipvs_operation_kind kind) {
        switch (kind) {
        case IPVS_ADD_SERVICE: return IPVS_CMD_NEW_SERVICE;
        case IPVS_EDIT_SERVICE: return IPVS_CMD_SET_SERVICE;
        case IPVS_DELETE_SERVICE: return IPVS_CMD_DEL_SERVICE;
        case IPVS_ADD_SERVER: return IPVS_CMD_NEW_DEST;
        case IPVS_EDIT_SERVER: return IPVS_CMD_SET_DEST;
        case IPVS_DELETE_SERVER: return IPVS_CMD_DEL_DEST;
        }
        return IPVS_CMD_UNSPEC;
}

static void build(struct nl_msg *m, uint16_t family, const struct change *c) {
        const struct ipvs_operation *o = c->operation;

        ipvs_message_begin(m, family, c->command);
        ipvs_message_put_service(m, o->service,
                        c->command == IPVS_CMD_NEW_SERVICE || c->command == IPVS_CMD_SET_SERVICE);
        if (o->server)
                ipvs_message_put_server(m, o->server, c->command != IPVS_CMD_DEL_DEST);
}

static void batch_add(struct batch *b, struct ipvs_kernel *k, struct change *c) {
        struct nlmsghdr *h = nlmsg_hdr(k->message);

        build(k->message, k->family, c);
        h->nlmsg_flags = NLM_F_REQUEST;
        h->nlmsg_seq = ++k->netlink.seq;
        if (b->n == 0)
                b->first_seq = h->nlmsg_seq;
        b->last = (struct nlmsghdr *) (b->data + b->size);
        memcpy(b->last, h, h->nlmsg_len);
        b->size += NLMSG_ALIGN(h->nlmsg_len);
        c->error = 0;
        b->changes[b->n++] = c;
}

static int on_answer(const struct nlmsghdr *h, void *userdata) {
        struct batch *b = userdata;
        uint32_t i = h->nlmsg_seq - b->first_seq;

        if (h->nlmsg_type != NLMSG_ERROR || i >= b->n)
                return 0;
        b->changes[i]->error = netlink_error(h);
        if (i == b->n - 1)
                b->acknowledged = true;
        return 0;
}

/* All answers wait behind the send. The last message has exactly one, be it good or bad: when that is missing, or the
 * kernel says that it dropped some, nobody can tell what was done. */
static int batch_send(struct batch *b, struct netlink *n) {
        bool dropped = false;
        int r;

        b->last->nlmsg_flags |= NLM_F_ACK;
        r = netlink_send(n, b->data, b->size);
        if (r < 0)
                return r;
        do {
                r = netlink_receive(n, on_answer, b);
                dropped = dropped || r == -ENOBUFS;
        } while (r > 0 || r == -ENOBUFS);
        if (r < 0)
                return r;
        return dropped || !b->acknowledged ? -ENOBUFS : 0;
}

/* Say everything that waits. */
static int say(struct apply *a) {
        struct batch b = {};
        int r;

        for (size_t i = 0; i < a->n; i++) {
                if (a->changes[i].outcome == OUTCOME_WAITING)
                        batch_add(&b, a->kernel, &a->changes[i]);
                if (b.n < BATCH && i + 1 < a->n)
                        continue;
                if (b.n == 0)
                        continue;
                r = batch_send(&b, &a->kernel->netlink);
                if (r < 0)
                        return r;
                b.n = 0;
                b.size = 0;
                b.acknowledged = false;
        }
        return 0;
}

static void say_again(struct apply *a, struct change *c, uint8_t command) {
        a->surprised = true;
        c->command = command;
}

/* What the answer to @c means. @service_comes: its service is made in the next round. */
static void judge(struct apply *a, struct change *c, bool service_comes) {
        int error = c->error;
        bool missing = error == -ENOENT || error == -ESRCH;

        if (error == 0 ||
                        (missing &&
                                        (c->command == IPVS_CMD_DEL_SERVICE ||
                                                        c->command == IPVS_CMD_DEL_DEST)))
                c->outcome = OUTCOME_DONE;
        else if (c->command == IPVS_CMD_NEW_SERVICE && error == -EEXIST)
                say_again(a, c, IPVS_CMD_SET_SERVICE);
        else if (c->command == IPVS_CMD_SET_SERVICE && error == -ESRCH)
                say_again(a, c, IPVS_CMD_NEW_SERVICE);
        else if (c->command == IPVS_CMD_NEW_DEST && error == -EEXIST)
                say_again(a, c, IPVS_CMD_SET_DEST);
        else if (c->command == IPVS_CMD_SET_DEST && error == -ENOENT)
                say_again(a, c, IPVS_CMD_NEW_DEST);
        else if (c->operation->server && error == -ESRCH && service_comes)
                say_again(a, c, IPVS_CMD_NEW_DEST);
        else
                c->outcome = OUTCOME_FAILED;
}

/* Judge what was said in this round; whether anything waits for the next. The operations of a service stand
 * together, the service's own first. */
static bool judge_all(struct apply *a) {
        const struct ipvs_table_service *comes = NULL, *failed = NULL;
        bool waiting = false;

        for (size_t i = 0; i < a->n; i++) {
                struct change *c = &a->changes[i];
                const struct ipvs_table_service *service = c->operation->service;

                if (c->outcome == OUTCOME_WAITING)
                        judge(a, c, comes == service);
                if (c->outcome == OUTCOME_FAILED && !c->operation->server)
                        failed = service;
                /* It was there for the plan, and no longer is. */
                if (c->outcome == OUTCOME_FAILED && c->error == -ESRCH && failed != service)
                        a->surprised = true;
                if (c->outcome != OUTCOME_WAITING)
                        continue;
                if (c->command == IPVS_CMD_NEW_SERVICE)
                        comes = service;
                waiting = true;
        }
        return waiting;
}

/* Errors that are not about the operation. ENOENT also says that the module is gone, or was loaded anew under another
 * number: then nothing was done. */
static int check_family(struct apply *a) {
        bool doubtful = false;

        for (size_t i = 0; i < a->n; i++) {
                if (a->changes[i].error == -EPERM)
                        return -EPERM;
                doubtful = doubtful || a->changes[i].error == -ENOENT;
        }
        return doubtful ? ipvs_kernel_resolve_again(a->kernel) : 0;
}

static int run(struct apply *a) {
        bool waiting = true;
        int r;

        for (unsigned round = 0; waiting && round < ROUNDS_MAX; round++) {
                r = say(a);
                if (r < 0)
                        return r;
                r = check_family(a);
                if (r < 0)
                        return r;
                if (r == 0)
                        waiting = judge_all(a);
        }
        return 0;
}

static int apply_init(struct apply *a, struct ipvs_kernel *k, const struct ipvs_plan *plan) {
        *a = (struct apply){ .kernel = k, .n = plan->n };
        a->changes = calloc(plan->n, sizeof(*a->changes));
        if (!a->changes)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n; i++)
                a->changes[i] = (struct change){
                        .operation = &plan->operations[i],
                        .command = command_of(plan->operations[i].kind),
                };
        return 0;
}

int ipvs_kernel_apply(struct ipvs_kernel *k, const struct ipvs_plan *plan,
                ipvs_kernel_failed_t failed, void *userdata) {
        _cleanup_(apply_done) struct apply a = {};
        int r;

        if (plan->n == 0)
                return 0;
        r = ipvs_kernel_resolve(k);
        if (r < 0)
                return r;
        r = apply_init(&a, k, plan);
        if (r < 0)
                return r;
        r = run(&a);
        if (r < 0)
                return r;
        for (size_t i = 0; i < a.n; i++)
                if (a.changes[i].outcome != OUTCOME_DONE)
                        failed(a.changes[i].operation, a.changes[i].error, userdata);
        return a.surprised;
}
