// SPDX-License-Identifier: Apache-2.0
// Regex: RE2's syntax (github.com/google/re2/wiki/Syntax) without captures' contents, matched in time linear in the
// text by an automaton: no pattern can make it slow.
#ifndef EXPR_REGEX_H
#define EXPR_REGEX_H

#include "base/arena.h"
#include "base/why.h"

#define REGEX_PATTERN_MAX 4096 // bytes
#define REGEX_STATES_MAX 20000 // after counted repetitions are written out

struct regex;

// In the arena. ERR_MALFORMED with the byte offset, ERR_TOO_LARGE, ERR_UNSUPPORTED (back references, look-around).
enum err regex_compile(struct arena *arena, struct str pattern, struct regex **out, struct why *why) MUST_USE;
// Whether it matches anywhere in the text (UTF-8). *steps (may be NULL) counts the work done, for the cost limit.
// `scratch` is for the run; ERR_NO_MEMORY.
enum err regex_search(const struct regex *regex, struct arena *scratch, struct str text, bool *found, uint64_t *steps,
                      struct why *why) MUST_USE;
// How many states it has: *steps is at most that × (code points + 1).
size_t regex_states(const struct regex *regex);

#endif
