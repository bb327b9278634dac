// SPDX-License-Identifier: Apache-2.0
// Extension: the tables of functions beside the core language, one file each, and the core's own tables.
#ifndef EXPR_EXTENSION_H
#define EXPR_EXTENSION_H

#include "expr/env.h"

// The head of an expr_function; a body need not use every parameter.
#define EXPR_FUNCTION(name)                                                                                            \
    static struct expr_value name(__attribute__((unused)) struct expr_run *run,                                        \
                                  __attribute__((unused)) const struct expr_value *args,                               \
                                  __attribute__((unused)) size_t nargs, __attribute__((unused)) void *context)

extern const struct expr_overload expr_operators[];          // operators.c: what _+_, _[_], @in … take and give
extern const struct expr_overload expr_optional_operators[]; // operators.c: those of optionals
extern const struct expr_overload expr_core_functions[];     // functions.c: operators, size, matches, conversions …
extern const struct expr_overload expr_time_functions[];     // time.c: getFullYear, timestamp arithmetic …
extern const struct expr_overload expr_string_functions[];   // strings.c
extern const struct expr_overload expr_math_functions[];     // math.c
extern const struct expr_overload expr_network_functions[];  // network.c
extern const struct expr_overload expr_encoder_functions[];  // encoders.c
extern const struct expr_overload expr_optional_functions[]; // optionals.c

// "192.0.2.1", "2001:db8::/32" (RFC 5952); {NULL,0} without memory.
struct str expr_net_text(struct arena *arena, const struct expr_net *net);

#endif
