// SPDX-License-Identifier: Apache-2.0
// Macro: calls that stand for more than a call (langdef.md, "Macros"): has, all, exists, map … become presence tests
// and folds. What they make is written with these names beside the operators:
//   @result                     the accumulator of a fold
//   cel.@mapInsert(m, k, v)     m with one entry more; an error for a key that is there
//   cel.@mapInsert(m, m2)       m with those of m2
// cel.bind(x, init, e) is a fold over the empty list whose accumulator is x: range [], condition false, result e.
#ifndef EXPR_MACRO_H
#define EXPR_MACRO_H

#include "expr/build.h"

#define MACRO_ACCUMULATOR "@result"
#define MACRO_MAP_INSERT "cel.@mapInsert"

// false: the call is no macro. Otherwise *out is what it stands for, or NULL with the issue noted. `target` NULL: a
// plain call.
bool macro_expand(struct build *b, uint32_t offset, const struct ast *target, struct str name,
                  const struct build_nodes *args, const struct ast **out);

#endif
