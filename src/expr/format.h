// SPDX-License-Identifier: Apache-2.0
// Format: "%d of %s".format([3, "x"]), the verbs of cel-spec's doc/extensions/strings.md.
#ifndef EXPR_FORMAT_H
#define EXPR_FORMAT_H

#include "expr/expr.h"

#define FORMAT_PRECISION_MAX 100
#define FORMAT_BYTES_MAX ((size_t)16 << 20) // of a result

// A string, or an error: an unknown verb, an argument that is missing or of the wrong kind.
struct expr_value expr_format(struct expr_run *run, struct str format, const struct expr_list *args);

#endif
