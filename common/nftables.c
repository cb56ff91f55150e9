/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/nftables.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/macro.h"

#define ERROR_MAX 256U
#define COMMAND_MAX 512U

struct nftables {
        struct nft_ctx *ctx;
        char error[ERROR_MAX];
};

int nftables_new(struct nftables **ret) {
        _cleanup_(nftables_freep) struct nftables *n = calloc(1, sizeof(*n));

        if (!n)
                return -ENOMEM;
        n->ctx = nft_ctx_new(NFT_CTX_DEFAULT);
        if (!n->ctx || nft_ctx_buffer_output(n->ctx) != 0 || nft_ctx_buffer_error(n->ctx) != 0)
                return -ENOMEM;
        *ret = TAKE_PTR(n);
        return 0;
}

struct nftables *nftables_free(struct nftables *n) {
        if (!n)
                return NULL;
        if (n->ctx)
                nft_ctx_free(n->ctx);
        free(n);
        return NULL;
}

/* Of "FILE:1:2-3: Error: Could not process rule: No such file or directory" and lines that repeat the command, what
 * a person wants to know. */
static void keep_error(struct nftables *n) {
        const char *text = nft_ctx_get_error_buffer(n->ctx), *error = strstr(text ?: "", "Error: ");

        if (!text || !*text)
                text = "nftables does not say why";
        else if (error)
                text = error + strlen("Error: ");
        (void) snprintf(n->error, sizeof(n->error), "%.*s", (int) strcspn(text, "\n"), text);
}

static int run(struct nftables *n, unsigned flags, const char *commands) {
        nft_ctx_output_set_flags(n->ctx, flags);
        if (nft_run_cmd_from_buffer(n->ctx, commands) == 0)
                return 0;
        keep_error(n);
        return -EIO;
}

int nftables_run(struct nftables *n, const char *commands) {
        return run(n, NFT_CTX_OUTPUT_NUMERIC_ALL, commands);
}

const char *nftables_error(const struct nftables *n) {
        return n->error;
}

/* --- listings --- */

/* The list behind "nftables" of what the command prints. */
static int query(struct nftables *n, const char *command, json_object **ret) {
        _cleanup_(json_object_putp) json_object *output = NULL;
        json_object *list;
        int r;

        r = run(n, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_NUMERIC_ALL, command);
        if (r < 0)
                return r;
        output = json_tokener_parse(nft_ctx_get_output_buffer(n->ctx) ?: "");
        if (!json_object_object_get_ex(output, "nftables", &list) ||
                        !json_object_is_type(list, json_type_array)) {
                (void) snprintf(n->error, sizeof(n->error), "nftables' listing is not understood");
                return -EIO;
        }
        *ret = json_object_get(list);
        return 0;
}

static bool has_table(json_object *list, const char *table) {
        for (size_t i = 0; i < json_object_array_length(list); i++) {
                json_object *o;

                if (json_object_object_get_ex(json_object_array_get_idx(list, i), "table", &o) &&
                                streq(json_get_string(o, "name"), table))
                        return true;
        }
        return false;
}

/* 1: it is there; 0: it is not; or -EIO. */
static int find_table(struct nftables *n, const char *family, const char *table) {
        _cleanup_(json_object_putp) json_object *tables = NULL;
        char command[COMMAND_MAX];
        int r;

        (void) snprintf(command, sizeof(command), "list tables %s", family);
        r = query(n, command, &tables);
        return r < 0 ? r : has_table(tables, table);
}

int nftables_list(struct nftables *n, const char *family, const char *table, json_object **ret) {
        char command[COMMAND_MAX];
        int r;

        r = find_table(n, family, table);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        (void) snprintf(command, sizeof(command), "list table %s %s", family, table);
        return query(n, command, ret);
}

int nftables_remove(struct nftables *n, const char *family, const char *table) {
        char command[COMMAND_MAX];
        int r;

        r = find_table(n, family, table);
        if (r <= 0)
                return r;
        (void) snprintf(command, sizeof(command), "delete table %s %s", family, table);
        return nftables_run(n, command);
}

/* --- digests --- */

static int compare_text(const void *a, const void *b) {
        return strcmp(json_object_to_json_string_ext(*(json_object *const *) a, 0),
                        json_object_to_json_string_ext(*(json_object *const *) b, 0));
}

/* What may differ between two listings of the same table. */
static bool is_passing(const char *key, bool elements) {
        return streq(key, "handle") || streq(key, "metainfo") || streq(key, "packets") ||
                        streq(key, "bytes") || (streq(key, "elem") && !elements);
}

static void print(FILE *to, json_object *o, bool elements);

static void print_object(FILE *to, json_object *o, bool elements) {
        fputc('{', to);
        json_object_object_foreach(o, key, value) {
                if (is_passing(key, elements))
                        continue;
                if (streq(key, "elem") && json_object_is_type(value, json_type_array))
                        json_object_array_sort(value, compare_text);
                fprintf(to, "%s:", key);
                print(to, value, elements);
        }
        fputc('}', to);
}

static void print(FILE *to, json_object *o, bool elements) {
        if (json_object_is_type(o, json_type_object)) {
                print_object(to, o, elements);
        } else if (json_object_is_type(o, json_type_array)) {
                fputc('[', to);
                for (size_t i = 0; i < json_object_array_length(o); i++)
                        print(to, json_object_array_get_idx(o, i), elements);
                fputc(']', to);
        } else {
                fprintf(to, "%s,", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN));
        }
}

int nftables_digest(json_object *listing, bool elements, char ret[static NFTABLES_DIGEST_STRLEN]) {
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        if (!f)
                return -ENOMEM;
        print(f, listing, elements);
        if (fclose(f) != 0)
                return -ENOMEM;
        (void) SHA256Data((const uint8_t *) text, n, ret);
        return 0;
}
