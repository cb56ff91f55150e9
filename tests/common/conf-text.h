/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A configuration from a text in a test: what is said of it, one line each. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/conf.h"

static inline struct conf *conf_of(const char *text) {
        struct conf *c = NULL;

        cr_assert_eq(conf_load_text("text", text, strlen(text), "node", 0, &c), 0);
        return c;
}

/* Whether something of @grade is said whose text contains @what. */
static inline bool conf_says(const struct conf *c, enum conf_grade grade, const char *what) {
        for (size_t i = 0; i < c->diags.n; i++)
                if (c->diags.items[i].grade == grade && strstr(c->diags.items[i].what, what))
                        return true;
        return false;
}

static inline void conf_show(const struct conf *c) {
        conf_diags_print(&c->diags, CONF_NOTE, stderr);
}
