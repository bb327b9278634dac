// SPDX-License-Identifier: Apache-2.0
// Generate: random expressions over the declared variables, most of them well typed, and random values for those.
// What is made hangs on the seed alone.
#ifndef TESTS_INTEROP_CEL_GENERATE_H
#define TESTS_INTEROP_CEL_GENERATE_H

#include "expr/expr.h"

#define GENERATE_VARIABLES 18

struct generated_variable {
    const char *name, *type;
};
// In the order of their slots; each is said once.
extern const struct generated_variable generate_variables[GENERATE_VARIABLES];

// One case: an expression into `source` and a value for every variable. false without memory.
bool generate_case(struct arena *arena, uint64_t seed, struct buf *source,
                   struct expr_value values[GENERATE_VARIABLES]);

#endif
