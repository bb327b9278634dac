// SPDX-License-Identifier: Apache-2.0
// Conform: runs a suite of conformance tests in the form of CEL's own (cel/expr/conformance/test/simple.proto as JSON,
// one test a line): {file, section, name, expr, and value | eval_error | any_eval_errors | typed_result; type_env,
// bindings, container, disable_check, check_only; protobuf: true}. Values keep their proto names (int64_value,
// map_value.entries …), 64-bit numbers are texts, bytes {"hex": …}.
#ifndef EXPR_CONFORM_H
#define EXPR_CONFORM_H

#include "expr/expr.h"

enum conform_verdict { CONFORM_PASSED, CONFORM_FAILED, CONFORM_SKIPPED };

// Of one test. The texts live until the next one.
struct conform_result {
    enum conform_verdict verdict;
    struct str file, section, name;
    struct str reason; // why it failed or was skipped
    bool marked;       // skipped because its own line says protobuf: true, not by an exclusion
};

// Which tests are left out, and why: lines "file/section/name: reason", where a part may be *; '#' begins a comment.
// Ours; the first that fits counts. A test with protobuf: true is left out by itself.
extern const char conform_exclusions[];

// Runs all tests of `suite` that neither `exclusions` (more of them, may be empty) nor our own leave out, each in an
// environment with every extension, and tells `each` of it. ERR_MALFORMED for a line that is no test (its number is
// the offset), or an exclusion without a reason; ERR_NO_MEMORY.
enum err conform_run(struct str suite, struct str exclusions,
                     void (*each)(void *context, const struct conform_result *), void *context,
                     struct why *why) MUST_USE;

#endif
