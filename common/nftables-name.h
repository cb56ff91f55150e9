/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define NFTABLES_NAME_MAX 120U

/* Can @word be the name of a table? nft(8) takes other characters too, in some places. */
static inline bool nftables_is_name(const char *word) {
        if (strlen(word) > NFTABLES_NAME_MAX || !(isalpha((unsigned char) *word) || *word == '_'))
                return false;
        for (const char *c = word; *c; c++)
                if (!isalnum((unsigned char) *c) && !strchr("_-.", *c))
                        return false;
        return true;
}
