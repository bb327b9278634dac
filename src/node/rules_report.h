// SPDX-License-Identifier: Apache-2.0
// Back-test's report: a candidate beside the set in force, over what this node's log has of crossings that are over.
//
//     {"report":"puente-backtest-1","party","made":time,"as_of":time,"build","candidate":hash,"against":hash,
//      "history":{"first":index,"next":index,"from"?:time,"to"?:time,"skipped":n},"little":text,"result":{…}}
//
// `skipped` are decisions whose facts were erased; `little` is empty where the history is enough.
#ifndef NODE_RULES_REPORT_H
#define NODE_RULES_REPORT_H

#include "decide/backtest.h"
#include "node/rules_file.h"

#define RULES_REPORT_MAX ((size_t)16 << 20)

// `from_us`: decisions from then on; 0: all. In the arena.
enum err rules_report_make(struct arena *arena, const struct config *config, const struct rules_file *candidate,
                           int64_t from_us, struct json **out, struct why *why) MUST_USE;

// That a report's file is of this candidate beside this node's set, rests on recent and enough history, and says what
// comes out again. *hash (arena): of its bytes.
enum err rules_report_verify(struct arena *arena, const struct config *config, const struct rules_file *candidate,
                             const struct rules_activation *activation, struct str *hash, struct why *why) MUST_USE;

// What a shadow rule of the set in force came to, in the decisions that were taken with that set.
struct rules_shadow {
    const struct rule *rule;
    size_t cases, hits, inspected, found; // decided; of those true; of those with an outcome; of those with a find
};
// One for each shadow rule, in the rules' order. `hash`: the set's, hex.
enum err rules_shadows(struct arena *arena, const struct config *config, struct str hash, struct rules_shadow **out,
                       size_t *count, struct why *why) MUST_USE;

#endif
