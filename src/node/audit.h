// SPDX-License-Identifier: Apache-2.0
// Audit: past decisions taken again from the log, and the draws behind them made again from the day's key. Reads only;
// for whoever has the node's folder, while the node runs or not.
#ifndef NODE_AUDIT_H
#define NODE_AUDIT_H

#include "views/told.h"

// X(value, name)
#define AUDIT_TABLE(X)                                                                                                 \
    X(AUDIT_SAME, "identical")                                                                                         \
    X(AUDIT_DIFFERS, "differs")   /* member: the first that does, by name */                                           \
    X(AUDIT_ERASED, "erased")     /* inputs were erased: it cannot be taken again */                                   \
    X(AUDIT_NO_TEXT, "no-text")   /* the log does not hold the rule set or the plan that it names */                   \
    X(AUDIT_UNREADABLE, "unread") /* this build does not read that text, or those members, any more */                 \
    X(AUDIT_NOT_OURS, "not-ours") /* a partner's decision: what it was decided by is in the partner's log */

enum audit_result {
#define X(value, name) value,
    AUDIT_TABLE(X)
#undef X
        AUDIT_RESULTS
};
const char *audit_result_name(enum audit_result result);

struct audited {
    struct told told;
    enum audit_result result;
    struct str member;    // AUDIT_DIFFERS
    struct str text;      // one sentence, where it is not identical
    bool other_build;     // it was decided by another version of this program
    size_t missing;       // statements that it leaned on and the store does not have
    struct json *again;   // the members as they come out now; NULL where they do not
    struct json *sources; // of told_sources
};
// Of a decision that is there; errors are those of the store and of memory.
enum err audit_decision(struct views *views, struct arena *arena, const struct told *told, const char *build,
                        struct audited *out, struct why *why) MUST_USE;
// {"name","crossing","at","result","member"?,"text"?,"build","other_build","leaned":n,"missing":n,"erased":n}
struct json *audited_json(struct arena *arena, const struct audited *audited);

// ---- Draws ----

#define DRAW_DAYS_MAX 100000

// One day's key of one port, as the log tells it.
struct draw_day {
    struct str date;         // "2304/2026-03-01"
    int64_t committed, told; // positions; 0: not there
    struct str commitment;   // hex, of the first statement about that day
    struct str key;          // hex; {NULL,0}: not told yet
    bool contradicted;       // a later statement commits to another key for the same day
};
struct draw_days {
    struct draw_day *items;
    size_t count;
};
// All of this node's `port.day` statements, from the first position on. ERR_TOO_LARGE over DRAW_DAYS_MAX.
enum err draw_days_read(struct views *views, struct arena *arena, struct draw_days *out, struct why *why) MUST_USE;

// X(value, name)
#define DRAWN_TABLE(X)                                                                                                 \
    X(DRAWN_HOLDS, "holds")                                                                                            \
    X(DRAWN_NO_CHOICE, "no-choice")         /* nothing was drawn: it was not at a port with a plan */                  \
    X(DRAWN_KEY_NOT_TOLD, "not-told")       /* the key is told two days after the day */                               \
    X(DRAWN_NOT_COMMITTED, "not-committed") /* no commitment stands before the decision, or two do */                  \
    X(DRAWN_WRONG, "wrong") /* key, commitment and draw do not belong together, or chance was not honoured */          \
    X(DRAWN_NOT_DECIDED, "draw-only") /* the draw holds; what came of it cannot be taken again */

enum drawn_result {
#define X(value, name) value,
    DRAWN_TABLE(X)
#undef X
        DRAWN_RESULTS
};
const char *drawn_result_name(enum drawn_result result);

struct drawn {
    struct str name, date; // of the decision; of the key
    struct id crossing;
    enum drawn_result result;
    struct str text; // one sentence, where it does not hold
    double floor, chance;
    bool by_chance;
};
// That the commitment stands before the decision, that the key told later belongs to it, that it gives the draw, and
// that the decision taken again with this draw comes out the same. `audited` is of the same decision.
enum err audit_draw(struct arena *arena, const struct draw_days *days, const struct audited *audited, struct drawn *out,
                    struct why *why) MUST_USE;
struct json *drawn_json(struct arena *arena, const struct drawn *drawn);

// Positions of this node's decisions on a crossing, oldest first.
enum err audit_decisions_of(struct views *views, struct arena *arena, const struct id *crossing, int64_t **out,
                            size_t *count, struct why *why) MUST_USE;

// The next decision of this node after position `after` (0: from the first), replaced ones included; *pos 0: there is
// none.
enum err audit_next_decision(struct views *views, int64_t after, int64_t *pos, struct why *why) MUST_USE;

#endif
