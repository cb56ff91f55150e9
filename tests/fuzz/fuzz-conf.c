/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Any bytes as a configuration file: it is read to the end, whatever it is. What can be used can be
 * dumped, and the dump is the same configuration; it can be kept, and the kept copy is the same,
 * too. Files that the input would include are looked for in an empty directory. */

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int directory_fd = -1;

static void require(bool truth, const char *what) {
        if (truth)
                return;
        fprintf(stderr, "%s\n", what);
        abort();
}

static char directory[] = "/tmp/fuzz-conf-XXXXXX";

static void remove_directory(void) {
        (void) rmdir(directory);
}

/* An empty place for relative includes and the kept copy. */
static void make_directory(void) {
        if (directory_fd >= 0)
                return;
        require(mkdtemp(directory) && chdir(directory) == 0, "no directory");
        (void) atexit(remove_directory);
        directory_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        require(directory_fd >= 0, "no directory");
}

/* This machine's files are none of the input's business. */
static bool reads_files(const uint8_t *data, size_t size) {
        return memmem(data, size, "include", 7) && memchr(data, '/', size);
}

static char *dump(const struct conf *c) {
        char *text = NULL;
        size_t n;
        FILE *f = open_memstream(&text, &n);

        require(f && conf_dump(c, f) == 0, "cannot dump");
        fclose(f);
        return text;
}

static void dump_and_read_again(const struct conf *c) {
        _cleanup_(conf_freep) struct conf *again = NULL;
        _cleanup_free_ char *first = dump(c), *second = NULL;

        require(conf_load_text("fuzz", first, strlen(first), "node", 0, &again) == 0,
                        "cannot read the dump");
        second = dump(again);
        if (strcmp(first, second) != 0)
                fprintf(stderr, "%s\nbecame\n%s\n", first, second);
        require(strcmp(first, second) == 0, "the dump is another configuration");
}

static void keep_and_read_again(const struct conf *c) {
        _cleanup_(conf_freep) struct conf *again = NULL;
        _cleanup_free_ char *first = dump(c), *second = NULL;

        require(conf_save_expanded(c, directory_fd, "kept") == 0, "cannot keep");
        require(conf_load_expanded(directory_fd, "kept", &again) == 0, "cannot read what was kept");
        (void) unlinkat(directory_fd, "kept", 0);
        second = dump(again);
        require(strcmp(first, second) == 0, "the kept copy is another configuration");
        require(!conf_worse_than(again, c) && !conf_worse_than(c, again),
                        "the kept copy is judged otherwise");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_(conf_freep) struct conf *c = NULL;

        make_directory();
        if (reads_files(data, size))
                return 0;
        require(conf_load_text("fuzz", (const char *) data, size, "node", 0, &c) == 0,
                        "cannot load");
        if (conf_grade(c) == CONF_UNUSABLE)
                return 0;
        dump_and_read_again(c);
        keep_and_read_again(c);
        return 0;
}
