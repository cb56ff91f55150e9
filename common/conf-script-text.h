/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Looking into the scripts that a configuration names, for `config check` only: what they do that
 * will not do what their writer wants. Nothing is run. */

#include "common/conf-build.h"

void conf_script_text_check(struct conf_build *b);
