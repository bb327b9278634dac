// SPDX-License-Identifier: Apache-2.0
// Facts: what is known of one crossing, by name (docs/facts.md lists them), each with the statements it came from. This
// table is the seam between what gathers facts and whatever language asks about them.
#ifndef DECIDE_FACTS_H
#define DECIDE_FACTS_H

#include "expr/env.h"
#include "statement/lane.h" // lane_name and lane_parse are in src/statement/lane.c
#include "statement/statement.h"

enum fact_type { FACT_BOOL, FACT_NUMBER, FACT_TEXT };

#define FACTS_WORDS 2     // of a set of facts, a bit each by their place in fact_kinds
#define FACT_TEXT_MAX 256 // code points of a text, as costs are estimated

// A fact that rules may ask about (docs/facts.md). Any other name in a rule is a slip of the pen, found when the rules
// are read.
struct fact_kind {
    const char *name;
    enum fact_type type;
    bool whole;                // a number that counts something: an int in conditions, otherwise a double
    const char *const *values; // of a text: all that it can be, ends with NULL; NULL: anything
    const char *en, *es, *fr;  // what an officer would call it
};
extern const struct fact_kind fact_kinds[];
extern const size_t fact_kind_count;

// NULL: no such fact.
const struct fact_kind *fact_kind_find(struct str name);
// The known name that is fewest edits away, for error messages; never NULL.
const struct fact_kind *fact_kind_nearest(struct str name);
// "bool", "number" or "text".
const char *fact_type_name(enum fact_type type);

// Sources are indexes into facts.sources.
struct fact {
    const char *name;
    enum fact_type type;
    bool boolean;
    double number;
    struct str text;
    const uint32_t *sources;
    size_t nsources;
};

// One statement that facts lean on.
struct source {
    struct str name; // "<origin>:<index>"
    int64_t pos;     // this node's position of it
    int64_t in_us;   // its commit time in its own log
    struct id via;   // its channel
    enum label label;
};

struct facts {
    struct id crossing;
    int64_t now_us; // the trigger's `in`; no clock is read below
    struct fact *items;
    size_t count;
    struct source *sources;
    size_t nsources;
    const struct fact *const *index; // by kind, of facts_index; NULL: facts_get searches
};

// An index of what facts_get would find, by place in fact_kinds; in the arena. NULL without memory.
const struct fact *const *facts_index(struct arena *arena, const struct facts *facts);
// NULL: unknown. So is a number that is not finite, and a fact of another type than its kind's.
const struct fact *facts_get(const struct facts *facts, struct str name);
// What conditions are read in: every fact a variable, its slot its place in fact_kinds. Made at the first call, for the
// life of the process; any thread. NULL without memory.
const struct expr_env *facts_env(void);
// Every fact's value by slot, unknown where facts_get knows none; `slots` has room for fact_kind_count.
void facts_values(const struct facts *facts, struct expr_value *slots);

// The facts by value, {"name":value…}, for the decision statement; what facts_get does not know is left out. NULL
// without memory.
struct json *facts_json(struct arena *arena, const struct facts *facts);
// The other way, to take a decision again from its own statement: items without sources; `crossing` and `now_us` are
// the caller's to set. Refuses names that are no fact and values of another type (ERR_MALFORMED).
enum err facts_from_json(struct arena *arena, const struct json *json, struct facts *out, struct why *why) MUST_USE;

#endif
