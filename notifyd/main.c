/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <curl/curl.h>
#include <stdlib.h>

#include "notifyd/notifyd.h"

int main(int argc, char **argv) {
        struct notifyd n = {};
        int r;

        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return EXIT_FAILURE;
        r = daemon_main(argc, argv, &notifyd_ops, &n);
        curl_global_cleanup();
        return r;
}
