/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The number in a tracked file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_VALUE_TEXT_MAX 128U /* of the file with its NUL: more is not read */

/* The number that @text begins with, decimal, or with 0x or 0 as in C; blanks may stand in front, anything may
 * follow. No digits: 0. Returns 0; -ERANGE when it is no int32_t, and is to be ignored. Pure. */
int file_value_parse(const char *text, int32_t *ret);

/* The beginning of the file at @path, which must be a regular one: of others reading might wait. 0; -EISDIR: it
 * is none; -errno. */
int file_value_read_text(const char *path, char buf[static FILE_VALUE_TEXT_MAX]);

/* Could we not read for a want of our own, which says nothing about the file? @error: negative. */
bool file_value_own_want(int error);

/* The number in the file at @path; what is missing or cannot be read is 0. @words says what was found. Returns 0;
 * -ERANGE: out of range; another -errno: our own want. Then *ret is untouched. */
int file_value_read(const char *path, int32_t *ret, char *words, size_t n);
