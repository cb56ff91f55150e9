/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* json-c with scope-bound ownership: _cleanup_(json_object_putp) json_object *o = NULL; */

#include <json-c/json.h>

#include "common/cleanup.h"

DEFINE_CLEANUP_FUNC(json_object *, json_object_put);
