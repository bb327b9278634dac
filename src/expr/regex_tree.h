// SPDX-License-Identifier: Apache-2.0
// Regex tree: a pattern as its parser leaves it. Nothing outside the regex_*.c files and regex.c includes it.
#ifndef EXPR_REGEX_TREE_H
#define EXPR_REGEX_TREE_H

#include "expr/regex.h"

struct USet;

struct regex_range {
    uint32_t lo, hi;
};

// Code points as ascending ranges that do not touch.
struct regex_class {
    size_t count;
    const struct regex_range *ranges;
    uint64_t ascii[2]; // the same for the first 128, a bit each
};

enum regex_node_kind { NODE_EMPTY, NODE_RANGE, NODE_CLASS, NODE_ASSERT, NODE_CAT, NODE_ALT, NODE_REPEAT };
enum regex_assert {
    ASSERT_TEXT_BEGIN,
    ASSERT_TEXT_END,
    ASSERT_LINE_BEGIN,
    ASSERT_LINE_END,
    ASSERT_WORD,
    ASSERT_NOT_WORD
};

#define REGEX_REPEAT_MAX 1000 // of one {n,m}, and of the product of nested ones
#define REGEX_UNBOUNDED UINT32_MAX
#define REGEX_DEPTH_MAX 250 // of groups in groups

struct regex_node {
    enum regex_node_kind kind;
    enum regex_assert assertion;
    struct regex_range range;
    const struct regex_class *class;
    uint32_t min, max;       // of a repetition; REGEX_UNBOUNDED
    uint32_t times;          // the largest product of counted repetitions in it
    struct regex_node *last; // of the children; they are chained backwards
    struct regex_node *prev;
};

// The tree in the arena. Empty nodes stand only where they mean something: alone, or as a whole alternative.
enum err regex_tree_parse(struct arena *arena, struct str pattern, struct regex_node **out, struct why *why) MUST_USE;

// One code point, and how many bytes it takes; U+FFFD and 1 for a byte that starts none. `left` > 0.
size_t regex_decode(const char *at, size_t left, uint32_t *code);

// ---- Sets of code points, built with ICU: compile time only ----

#define CLASS_PROPERTIES_MAX 64 // different \p{…} in one pattern
#define CLASS_FOLDS_MAX 200000  // code points whose cases are looked up for one pattern
#define CLASS_RANGES_MAX 200000 // in all classes of one pattern

struct class_builder {
    struct arena *arena;
    struct USet *set;   // the class at work
    struct USet *item;  // the member at work, before it is folded, turned round and added
    struct USet *cased; // every code point that has another case; NULL until it is needed
    struct class_property *properties;
    size_t nproperties, folds, ranges;
};

enum err class_builder_open(struct class_builder *builder, struct arena *arena, struct why *why) MUST_USE;
void class_builder_close(struct class_builder *builder);
void class_start(struct class_builder *builder);
// Adds a range with, if `fold`, all other cases of its members.
enum err class_add_range(struct class_builder *builder, struct regex_range range, bool fold, struct why *why) MUST_USE;
// Adds several, or all that is not in them.
enum err class_add_ranges(struct class_builder *builder, const struct regex_range *ranges, size_t count, bool fold,
                          bool negated, struct why *why) MUST_USE;
// Adds \p{name}: a general category, a script, Any, ASCII or Assigned. ERR_MALFORMED: no such name.
enum err class_add_property(struct class_builder *builder, struct str name, bool fold, bool negated,
                            struct why *why) MUST_USE;
// What was added, or all else, into a node: a range if it is one.
enum err class_finish(struct class_builder *builder, bool negated, struct regex_node *node, struct why *why) MUST_USE;

#endif
