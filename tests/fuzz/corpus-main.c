/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzz target over the files of a corpus directory, where there is no fuzzer: so that what a
 * fuzzer once found stays found, with every compiler. */

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int run(int directory, const char *name) {
        _cleanup_free_ char *text = NULL;
        _cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
        size_t n = 0;

        if (fd < 0 || io_read_file(fd, 1U << 24, &text, &n) < 0) {
                (void) fprintf(stderr, "cannot read %s\n", name);
                return -1;
        }
        (void) LLVMFuzzerTestOneInput((const uint8_t *) text, n);
        return 0;
}

int main(int argc, char **argv) {
        struct dirent *entry;
        unsigned n = 0;
        DIR *d;

        for (int i = 1; i < argc; i++) {
                d = opendir(argv[i]);
                if (!d) {
                        perror(argv[i]);
                        return EXIT_FAILURE;
                }
                while ((entry = readdir(d)))
                        if (entry->d_name[0] != '.' && entry->d_type != DT_DIR) {
                                if (run(dirfd(d), entry->d_name) < 0)
                                        return EXIT_FAILURE;
                                n++;
                        }
                (void) closedir(d);
        }
        printf("%u inputs\n", n);
        return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
