/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "common/conf-script-text.h"

void conf_script_text_check(struct conf_build *b) {
}
