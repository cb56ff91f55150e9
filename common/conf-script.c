/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/conf-script.h"

#include <stdlib.h>

void conf_strv_free(char **strv) {
        for (char **s = strv; s && *s; s++)
                free(*s);
        free(strv);
}

void conf_script_done(struct conf_script *s) {
        free(s->command);
        conf_strv_free(s->argv);
        free(s->user);
        free(s->group);
        *s = (struct conf_script){};
}
