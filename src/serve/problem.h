// SPDX-License-Identifier: Apache-2.0
// Problem: an error as an RFC 9457 document, made from struct why. Its `type` is "/problems/<name>", where this node
// says what it means.
#ifndef SERVE_PROBLEM_H
#define SERVE_PROBLEM_H

#include "base/json.h"

#define PROBLEM_TYPE "application/problem+json"

// {"type","title","status","detail","member"?,"offset"?,"clause"?}. What a stranger's bytes left in `why` that is no
// UTF-8 becomes U+FFFD. Appended to `out`.
void problem_write(const struct why *why, struct buf *out);
// The kind of error in a few words, "Malformed".
const char *problem_title(enum err err);
// The error of that name (err_name); ERR_COUNT when there is none.
enum err problem_find(struct str name);

#endif
