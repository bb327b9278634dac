// SPDX-License-Identifier: Apache-2.0
#include "decide/rules_check.h"

#include "decide/rules_space.h"

#include <stdarg.h>
#include <stdio.h>

#define FINDINGS_MAX 8192
#define SCRATCH_MAX ((size_t)32 << 20)

// Names in fact_kinds that src/commit/gather.c puts nowhere; ends with NULL. A test compares the two.
static const char *const not_gathered[] = {NULL};

static const char *const severities[] = {"note", "warning", "error"};
static const char *const whats[] = {
#define X(what, name) [what] = (name),
    FINDING_TABLE(X)
#undef X
};

const char *finding_severity_name(enum finding_severity severity)
{
    INVARIANT(severity <= FINDING_ERROR);
    return severities[severity];
}

const char *finding_what_name(enum finding_what what)
{
    INVARIANT(what < FINDING_WHATS);
    return whats[what];
}

bool fact_gathered(const struct fact_kind *kind)
{
    for (const char *const *name = not_gathered; *name; name++)
        if (strcmp(*name, kind->name) == 0) return false;
    return true;
}

struct checking {
    struct arena *arena; // what is found lives here
    struct arena scratch;
    const struct rules *rules;
    struct rules_checked *out;
    struct expr_value *slots;
    struct expr_value **witness; // by rule: a point at which it is true; NULL: none was found
    size_t steps_left;
};

static void found(struct checking *c, struct rules_finding finding, const char *format, ...) PRINTF_LIKE(3, 4);

static void found(struct checking *c, struct rules_finding finding, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t *counts[] = {&c->out->notes, &c->out->warnings, &c->out->errors};
    *counts[finding.severity] += 1;
    // However many notes there are, the errors keep their room.
    if (c->out->count >= FINDINGS_MAX / 4 * (2 + (size_t)finding.severity)) return;
    finding.text = arena_str(c->arena, str_of(text));
    c->out->items[c->out->count++] = finding;
}

// ---- Asking ----

enum part { PART_WHOLE, PART_AMONG, PART_WHEN };

// What is looked for: `a` of this truth and, where there is one, `b` too.
struct question {
    const struct rule *a, *b;
    enum truth want;      // of a
    bool b_true, b_fails; // b true as well; or b anything but true
    enum part part;       // of a
};

static enum truth truth_of(const struct rule *rule, enum part part, const struct expr_value *slots)
{
    struct arena scratch = ARENA(CONDITION_MEMORY_MAX);
    struct verdict verdict;
    if (part == PART_WHOLE)
        rule_eval(rule, &scratch, slots, &verdict, NULL);
    else
        condition_eval(part == PART_AMONG ? &rule->among : &rule->when, &scratch, slots, fact_kind_count, &verdict);
    arena_free(&scratch);
    return verdict.truth;
}

static enum space_step ask(void *context, const struct expr_value *slots)
{
    const struct question *q = context;
    enum truth a = truth_of(q->a, q->part, slots);
    enum truth never = q->want == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
    if (a == never) return SPACE_NOWHERE;
    if (!q->b) return a == q->want ? SPACE_HERE : SPACE_OPEN;
    enum truth b = truth_of(q->b, PART_WHOLE, slots);
    if (q->b_true && b == TRUTH_FALSE) return SPACE_NOWHERE;
    if (a != q->want) return SPACE_OPEN;
    if (q->b_true) return b == TRUTH_TRUE ? SPACE_HERE : SPACE_OPEN;
    return b == TRUTH_TRUE ? SPACE_NOWHERE : SPACE_HERE;
}

// The point that was found is in c->slots.
static enum space_result find(struct checking *c, const struct space *space, struct question question)
{
    if (c->steps_left == 0) return SPACE_UNDECIDED;
    struct space_search search = {.space = space,
                                  .ask = ask,
                                  .context = &question,
                                  .may_miss = question.b_fails,
                                  .slots = c->slots,
                                  .steps_max = SPACE_STEPS_MAX < c->steps_left ? SPACE_STEPS_MAX : c->steps_left};
    enum space_result result = space_find(&search);
    c->steps_left -= search.steps < c->steps_left ? search.steps : c->steps_left;
    return result;
}

static const struct json *example(struct checking *c)
{
    const struct json *point = space_point(c->arena, c->slots);
    return point ? json_copy(c->arena, point) : NULL; // a text may lie in the scratch
}

// ---- One rule ----

#define ID(rule) STR_ARG((rule)->head.id)

static bool is_run(const struct rule *rule)
{
    return rule->state == RULE_LIVE || rule->state == RULE_SHADOW;
}

static void say_never(struct checking *c, const struct space *space, const struct rule *rule)
{
    struct question part = {.a = rule, .want = TRUTH_TRUE};
    struct rules_finding f = {FINDING_ERROR, FINDING_NEVER_TRUE, .rule = rule};
    if (rule->has_among) {
        part.part = PART_AMONG;
        if (find(c, space, part) == SPACE_NONE) {
            found(c, f, "its `for` is never true");
            return;
        }
        part.part = PART_WHEN;
        if (find(c, space, part) == SPACE_FOUND) {
            f.what = FINDING_FOR_EXCLUDES_WHEN;
            found(c, f, "its `for` excludes its `when`: no crossing is both");
            return;
        }
    }
    found(c, f, "it is never true, whatever the facts are");
}

// Keeps the point that was found.
static struct expr_value *witness(struct checking *c)
{
    struct expr_value *kept = arena_array(c->arena, struct expr_value, fact_kind_count);
    for (size_t i = 0; kept && i < fact_kind_count; i++) {
        kept[i] = c->slots[i];
        if (kept[i].kind == EXPR_STRING) kept[i].text = arena_str(c->arena, kept[i].text); // it may lie in the scratch
    }
    return kept;
}

static void check_truth(struct checking *c, const struct rule *rule)
{
    struct space space;
    if (!space_make(&c->scratch, rule, NULL, &space)) return;
    enum space_result yes = find(c, &space, (struct question){.a = rule, .want = TRUTH_TRUE});
    if (yes == SPACE_FOUND) c->witness[rule - c->rules->items] = witness(c);
    enum space_result no = find(c, &space, (struct question){.a = rule, .want = TRUTH_FALSE});
    if (yes == SPACE_NONE) say_never(c, &space, rule);
    if (no == SPACE_NONE)
        found(c,
              (struct rules_finding){rule->effect == RULE_GRANT ? FINDING_ERROR : FINDING_WARNING, FINDING_ALWAYS_TRUE,
                                     .rule = rule},
              rule->effect == RULE_GRANT
                  ? "it is always true once its facts are known: everybody gets green"
                  : "it is always true once its facts are known: the base lane says that better");
    if (yes == SPACE_UNDECIDED || no == SPACE_UNDECIDED)
        found(c, (struct rules_finding){FINDING_NOTE, FINDING_NOT_DECIDED, .rule = rule},
              "whether it is ever %s was not decided: its facts are reckoned with, or have too many values",
              yes == SPACE_UNDECIDED ? "true" : "false");
}

static void check_gathered(struct checking *c, const struct rule *rule)
{
    const struct condition *const both[] = {&rule->when, &rule->among};
    for (size_t k = 0; k < (rule->has_among ? 2 : 1); k++) {
        size_t n;
        const uint32_t *slots = expr_slots(both[k]->expr, &n);
        for (size_t i = 0; i < n; i++)
            if (!fact_gathered(&fact_kinds[slots[i]]))
                found(c,
                      (struct rules_finding){is_run(rule) ? FINDING_ERROR : FINDING_WARNING, FINDING_NOT_GATHERED,
                                             .rule = rule},
                      "no statement has '%s': the rule would always be unknown", fact_kinds[slots[i]].name);
    }
}

static void check_cases(struct checking *c, const struct rule *rule)
{
    bool yes = false, no = false;
    for (size_t i = 0; i < rule->ntests; i++) {
        yes |= rule->tests[i].expect == TRUTH_TRUE;
        no |= rule->tests[i].expect != TRUTH_TRUE;
    }
    if (rule->ntests && !(yes && no))
        found(c, (struct rules_finding){FINDING_WARNING, FINDING_ONE_SIDED, .rule = rule},
              "no case of its own shows %s", yes ? "when it is not true" : "when it is true");
}

static void check_rule(struct checking *c, const struct rule *rule)
{
    size_t at = (size_t)(rule - c->rules->items);
    c->out->costs[at] = expr_cost_bound(rule->when.expr, FACT_TEXT_MAX) +
                        (rule->has_among ? expr_cost_bound(rule->among.expr, FACT_TEXT_MAX) : 0);
    if (is_run(rule)) c->out->cost += c->out->costs[at];
    if (rule->state == RULE_RETIRED) return;
    check_truth(c, rule);
    check_gathered(c, rule);
    check_cases(c, rule);
    if (rule->effect == RULE_WEIGHT && rule->weight <= 0 && rule->weight >= 0)
        found(c, (struct rules_finding){FINDING_WARNING, FINDING_NO_WEIGHT, .rule = rule},
              "a weight of 0 changes no score");
}

// ---- Two rules ----

static bool overlap(const struct rule *a, const struct rule *b)
{
    return a->head.from_us < b->head.to_us && b->head.from_us < a->head.to_us;
}

static bool covers(const struct rule *outer, const struct rule *inner)
{
    return outer->head.from_us <= inner->head.from_us && outer->head.to_us >= inner->head.to_us;
}

// Whenever a is true, so is b, however much of the rest is missing.
static bool implies(struct checking *c, const struct rule *a, const struct rule *b)
{
    struct space space;
    const struct expr_value *at = c->witness[a - c->rules->items];
    // One that is never true implies everything, which says nothing; it has been told of already.
    if (!at || truth_of(b, PART_WHOLE, at) != TRUTH_TRUE || !space_make(&c->scratch, a, b, &space)) return false;
    return find(c, &space, (struct question){.a = a, .b = b, .want = TRUTH_TRUE, .b_fails = true}) == SPACE_NONE;
}

static void check_floors(struct checking *c, const struct rule *a, const struct rule *b)
{
    bool ab = implies(c, a, b), ba = implies(c, b, a);
    struct rules_finding f = {FINDING_WARNING, FINDING_SHADOWED, .rule = a, .other = b};
    if (ab && ba && a->floor != b->floor) {
        f.severity = FINDING_ERROR;
        f.what = FINDING_CONTRADICTS;
        found(c, f, "it is true exactly when '%.*s' is, and the two ask for %s and %s", ID(b), lane_name(a->floor),
              lane_name(b->floor));
    } else if (ab && ba) {
        f.what = FINDING_TWICE;
        found(c, f, "it is true exactly when '%.*s' is, which asks for the same lane", ID(b));
    } else if (ab && b->floor >= a->floor && b->state == RULE_LIVE && covers(b, a)) {
        found(c, f, "whenever it is true so is '%.*s', which asks for %s", ID(b), lane_name(b->floor));
    } else if (ba && a->floor >= b->floor && a->state == RULE_LIVE && covers(a, b)) {
        f.rule = b;
        f.other = a;
        found(c, f, "whenever it is true so is '%.*s', which asks for %s", ID(a), lane_name(a->floor));
    }
}

static void check_grant(struct checking *c, const struct rule *grant, const struct rule *floor)
{
    struct space space;
    if (implies(c, grant, floor) && floor->state == RULE_LIVE && covers(floor, grant)) {
        found(c, (struct rules_finding){FINDING_ERROR, FINDING_CONTRADICTS, .rule = grant, .other = floor},
              "it never counts: whenever it grants green, '%.*s' asks for %s", ID(floor), lane_name(floor->floor));
        return;
    }
    if (!space_join(&c->scratch, grant, floor, &space)) return;
    struct question both = {.a = grant, .b = floor, .want = TRUTH_TRUE, .b_true = true};
    if (find(c, &space, both) == SPACE_FOUND)
        found(c,
              (struct rules_finding){FINDING_NOTE, FINDING_GRANT_AND_FLOOR, .rule = grant, .other = floor,
                                     .example = example(c)},
              "where it grants green, '%.*s' may ask for %s, which then holds", ID(floor), lane_name(floor->floor));
}

static void check_pair(struct checking *c, const struct rule *a, const struct rule *b)
{
    if (!is_run(a) || !is_run(b) || !overlap(a, b)) return;
    if (a->effect == RULE_FLOOR && b->effect == RULE_FLOOR) check_floors(c, a, b);
    if (a->effect == RULE_GRANT && b->effect == RULE_FLOOR) check_grant(c, a, b);
    if (a->effect == RULE_FLOOR && b->effect == RULE_GRANT) check_grant(c, b, a);
}

// ---- All of them ----

static void sort(struct rules_checked *out)
{
    struct rules_finding *sorted = out->items + FINDINGS_MAX;
    size_t n = 0;
    for (int severity = FINDING_ERROR; severity >= FINDING_NOTE; severity--)
        for (size_t i = 0; i < out->count; i++)
            if ((int)out->items[i].severity == severity) sorted[n++] = out->items[i];
    out->items = sorted;
}

enum err rules_check(struct arena *arena, const struct rules *rules, struct rules_checked *out, struct why *why)
{
    struct checking c = {.arena = arena,
                         .scratch = ARENA(SCRATCH_MAX),
                         .rules = rules,
                         .out = out,
                         .slots = arena_array(arena, struct expr_value, fact_kind_count),
                         .witness = arena_array(arena, struct expr_value *, rules->count + 1),
                         .steps_left = RULES_CHECK_STEPS_MAX};
    bool failed = false;
    *out = (struct rules_checked){.items = arena_array(arena, struct rules_finding, 2 * FINDINGS_MAX),
                                  .costs = arena_array(arena, uint64_t, rules->count + 1)};
    if (!c.slots || !c.witness || !out->items || !out->costs)
        return why_set(why, ERR_NO_MEMORY, "", "no memory to check the rules");
    for (size_t i = 0; i < rules->count; i++) {
        check_rule(&c, &rules->items[i]);
        failed |= c.scratch.failed;
        arena_reset(&c.scratch);
    }
    for (size_t i = 0; i < rules->count && c.steps_left; i++)
        for (size_t k = i + 1; k < rules->count; k++) {
            check_pair(&c, &rules->items[i], &rules->items[k]);
            failed |= c.scratch.failed;
            arena_reset(&c.scratch);
        }
    if (c.steps_left == 0)
        found(&c, (struct rules_finding){FINDING_NOTE, FINDING_NOT_DECIDED, .rule = NULL},
              "there was too much to go through: not every pair of rules was compared");
    arena_free(&c.scratch);
    sort(out);
    return failed || arena->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory to check the rules") : ERR_NONE;
}

static struct json *finding_json(struct arena *arena, const struct rules_finding *f)
{
    struct json *object = json_new_object(arena);
    json_put_text(arena, object, "severity", str_of(finding_severity_name(f->severity)));
    json_put_text(arena, object, "what", str_of(finding_what_name(f->what)));
    if (f->rule) json_put_text(arena, object, "rule", f->rule->head.id);
    if (f->other) json_put_text(arena, object, "other", f->other->head.id);
    json_put_text(arena, object, "text", f->text);
    if (f->example) json_put(object, "example", json_copy(arena, f->example));
    return object;
}

struct json *rules_checked_json(struct arena *arena, const struct rules *rules, const struct rules_checked *checked)
{
    struct json *object = json_new_object(arena), *list = json_new_array(arena), *costs = json_new_object(arena);
    if (!object || !list || !costs) return NULL;
    for (size_t i = 0; i < checked->count; i++) json_add(list, finding_json(arena, &checked->items[i]));
    for (size_t i = 0; i < rules->count; i++)
        json_put_named(costs, rules->items[i].head.id, json_new_number(arena, (double)checked->costs[i]));
    json_put_number(arena, object, "errors", (double)checked->errors);
    json_put_number(arena, object, "warnings", (double)checked->warnings);
    json_put_number(arena, object, "notes", (double)checked->notes);
    json_put_number(arena, object, "cost", (double)checked->cost);
    json_put(object, "costs", costs);
    json_put(object, "findings", list);
    return arena->failed ? NULL : object;
}
