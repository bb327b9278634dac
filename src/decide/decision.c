// SPDX-License-Identifier: Apache-2.0
#include "decide/decision.h"

#include "base/text.h"
#include "trust/hash.h"

#include <math.h>

struct work {
    struct facts facts; // with an index
    const struct rules *rules;
    struct arena *arena;
    struct expr_value *slots; // the facts by slot
    struct reason *found;     // every rule that has something to say, in the rules' order
    size_t nfound;
    bool *leaned;                // by source
    uint64_t asked[FACTS_WORDS]; // by any rule in force
    uint64_t gaps[FACTS_WORDS];
    double log_odds;
    bool granted;
    struct decision *out;
};

static void lean(struct work *w, const struct fact *fact)
{
    for (size_t i = 0; fact && i < fact->nsources; i++) {
        INVARIANT(fact->sources[i] < w->facts.nsources);
        w->leaned[fact->sources[i]] = true;
    }
}

static void ask(struct work *w, const struct rule *rule, const uint64_t asked[FACTS_WORDS])
{
    for (size_t i = 0; rule->state == RULE_LIVE && i < FACTS_WORDS; i++) w->asked[i] |= asked[i];
}

// By itself, for what it hangs on and why it fails. Conditions may make texts and lists, in an arena of their own, so
// that no rule can use up what the others need.
static enum truth judge_alone(struct work *w, const struct rule *rule, bool *beside_the_point)
{
    struct arena scratch = ARENA(CONDITION_MEMORY_MAX);
    struct verdict verdict;
    rule_eval(rule, &scratch, w->slots, &verdict, beside_the_point);
    ask(w, rule, verdict.asked);
    for (size_t i = 0; rule->state == RULE_LIVE && i < FACTS_WORDS; i++) w->gaps[i] |= verdict.missing[i];
    if (verdict.fault.p)
        w->out->faults[w->out->nfaults++] = (struct rule_fault){rule, arena_str(w->arena, verdict.fault)};
    arena_free(&scratch);
    return verdict.truth;
}

static enum truth judge(struct work *w, const struct rule *rule, bool *beside_the_point)
{
    size_t row = (size_t)(rule - w->rules->items);
    const struct table_verdict *v = &w->out->verdicts[row];
    const struct rule_conjuncts *conjuncts = &w->rules->conjuncts[row];
    if (v->result != TABLE_TRUE && v->result != TABLE_FALSE) return judge_alone(w, rule, beside_the_point);
    bool is = v->result == TABLE_TRUE;
    if (beside_the_point) *beside_the_point = !is && v->conjunct < conjuncts->of_for;
    ask(w, rule, conjuncts->items[is ? conjuncts->count - 1 : v->conjunct].asked);
    return is ? TRUTH_TRUE : TRUTH_FALSE;
}

static void found_add(struct work *w, struct reason reason)
{
    w->found[w->nfound++] = reason;
}

static void grant_judge(struct work *w, const struct rule *rule)
{
    bool beside_the_point;
    bool reached = judge(w, rule, &beside_the_point) == TRUTH_TRUE;
    if (reached) w->granted = true;
    // Meant for crossings of another sort: that it was not reached explains nothing.
    if (reached || !beside_the_point)
        found_add(w, (struct reason){rule, reached ? LANE_GREEN : w->rules->base, .otherwise = !reached});
}

static void floor_judge(struct work *w, const struct rule *rule)
{
    enum truth truth = judge(w, rule, NULL);
    if (truth == TRUTH_TRUE) found_add(w, (struct reason){rule, rule->floor});
    if (truth == TRUTH_UNKNOWN)
        found_add(w, (struct reason){rule, rule->has_unknown ? rule->unknown : w->rules->base, .unknown = true});
}

// Unknown never makes a crossing look better: what raises the score counts, what lowers it does not.
static void weight_judge(struct work *w, const struct rule *rule)
{
    enum truth truth = judge(w, rule, NULL);
    if (truth == TRUTH_FALSE || (truth == TRUTH_UNKNOWN && rule->weight <= 0)) return;
    w->log_odds += rule->weight;
    found_add(w, (struct reason){rule, LANE_GREEN, .unknown = truth == TRUTH_UNKNOWN});
}

static void rule_judge(struct work *w, const struct rule *rule)
{
    if (rule->state == RULE_SHADOW) {
        if (judge(w, rule, NULL) == TRUTH_TRUE) w->out->shadows[w->out->nshadows++] = rule;
    } else if (rule->effect == RULE_GRANT) {
        grant_judge(w, rule);
    } else if (rule->effect == RULE_FLOOR) {
        floor_judge(w, rule);
    } else {
        weight_judge(w, rule);
    }
}

static enum lane strictest(const struct work *w)
{
    enum lane lane = w->granted ? LANE_GREEN : w->rules->base;
    for (size_t i = 0; i < w->nfound; i++)
        if (!w->found[i].otherwise && w->found[i].lane > lane) lane = w->found[i].lane;
    return lane;
}

// Does this explain the lane? Only grants explain green; that a grant was not reached explains the base lane alone; and
// an unknown rule that merely keeps a crossing at the base lane is worth a word where a grant would have made it green.
static bool explains(const struct work *w, const struct reason *reason, enum lane lane)
{
    if (reason->rule->effect == RULE_WEIGHT) return true;
    if (reason->otherwise) return !w->granted && lane == w->rules->base;
    if (reason->lane == LANE_GREEN) return lane == LANE_GREEN;
    return !reason->unknown || reason->rule->has_unknown || w->granted;
}

// At one lane: what holds, then what cannot be judged, then the grants that were not reached.
static int rank(const struct reason *reason)
{
    return reason->otherwise ? 2 : reason->unknown ? 1 : 0;
}

static void reasons_choose(struct work *w, struct decision *out)
{
    for (int place = LANE_COUNT * 3 - 1; place >= 0; place--)
        for (size_t i = 0; i < w->nfound; i++) {
            const struct reason *reason = &w->found[i];
            if ((int)reason->lane * 3 + 2 - rank(reason) != place || !explains(w, reason, out->lane)) continue;
            if (out->nreasons == REASONS_MAX)
                out->nleft_out++;
            else
                out->reasons[out->nreasons++] = *reason;
        }
}

// Of what rules asked for, and of what reasons show. A reason's text shows facts, so the decision's label must cover
// them.
static void facts_lean(struct work *w, const struct decision *out)
{
    for (size_t i = 0; i < fact_kind_count; i++)
        if (w->asked[i / 64] >> (i % 64) & 1) lean(w, w->facts.index[i]);
    for (size_t i = 0; out->has_choice && choice_facts[i]; i++)
        lean(w, w->facts.index[fact_kind_find(str_of(choice_facts[i])) - fact_kinds]);
    for (size_t i = 0; i < out->nreasons; i++) {
        const struct reason *reason = &out->reasons[i];
        const struct wording *wording = reason->otherwise ? &reason->rule->otherwise : &reason->rule->reason;
        for (size_t k = 0; k < LANGUAGE_COUNT; k++) {
            const struct fact_kind *kind;
            for (size_t at = 0; (kind = wording_next(wording->text[k], &at));)
                lean(w, w->facts.index[kind - fact_kinds]);
        }
    }
}

static bool gaps_list(struct arena *arena, const struct work *w, struct decision *out)
{
    out->gaps = arena_array(arena, struct str, fact_kind_count);
    if (!out->gaps) return false;
    for (size_t i = 0; i < fact_kind_count; i++) // by name
        if (w->gaps[i / 64] >> (i % 64) & 1) out->gaps[out->ngaps++] = str_of(fact_kinds[i].name);
    return true;
}

static bool leaned_list(struct arena *arena, const struct work *w, struct decision *out)
{
    uint32_t *leaned = arena_array(arena, uint32_t, w->facts.nsources + 1);
    if (!leaned) return false;
    for (uint32_t i = 0; i < w->facts.nsources; i++) {
        if (!w->leaned[i]) continue;
        if (out->nleaned == 0 || w->facts.sources[i].label > out->label) out->label = w->facts.sources[i].label;
        leaned[out->nleaned++] = i;
    }
    out->leaned = leaned;
    return true;
}

static bool work_begin(struct arena *arena, const struct rules *rules, const struct facts *facts, struct decision *done,
                       struct work *out)
{
    *done = (struct decision){
        .label = LABEL_AMBER,
        .shadows = arena_array(arena, const struct rule *, rules->count + 1),
        .faults = arena_array(arena, struct rule_fault, rules->count + 1),
    };
    *out = (struct work){
        .facts = *facts,
        .rules = rules,
        .arena = arena,
        .slots = arena_array(arena, struct expr_value, fact_kind_count),
        .found = arena_array(arena, struct reason, rules->count + 1),
        .leaned = arena_array(arena, bool, facts->nsources + 1),
        .out = done,
    };
    done->known = out->facts.index = facts_index(arena, facts);
    if (!out->slots || !done->known) return false;
    facts_values(&out->facts, out->slots);
    struct arena scratch = ARENA(CONDITION_MEMORY_MAX);
    struct expr_run run = {.arena = &scratch,
                           .slots = out->slots,
                           .nslots = fact_kind_count,
                           .cost_limit = CONDITION_COST_MAX * (rules->count + 1)};
    done->verdicts = arena_array(arena, struct table_verdict, rules->count + 1);
    bool judged = done->verdicts && table_eval(rules->table, &run, done->verdicts);
    arena_free(&scratch);
    return judged && out->found && out->leaned && done->shadows && done->faults;
}

static bool in_force(const struct rule *rule, int64_t now_us)
{
    return (rule->state == RULE_LIVE || rule->state == RULE_SHADOW) && provision_in_force(&rule->head, now_us);
}

enum err decide(struct arena *arena, const struct rules *rules, const struct facts *facts, const struct port_now *now,
                struct decision *out, struct why *why)
{
    struct work w;

    if (!work_begin(arena, rules, facts, out, &w)) goto no_memory;
    if (rules->has_score) w.log_odds = log(rules->prior / (1 - rules->prior));
    for (size_t i = 0; i < rules->count; i++)
        if (in_force(&rules->items[i], facts->now_us)) rule_judge(&w, &rules->items[i]);
    out->lane = out->floor = strictest(&w);
    out->has_risk = rules->has_score;
    if (out->has_risk) out->risk = 1 / (1 + exp(-w.log_odds));
    reasons_choose(&w, out);
    out->has_choice = now != NULL;
    if (now) choice_make(now, &w.facts, out->has_risk ? out->risk : NAN, out->floor, &out->chosen);
    if (now && out->chosen.choice.lane > out->lane) out->lane = out->chosen.choice.lane;
    facts_lean(&w, out);
    if (gaps_list(arena, &w, out) && leaned_list(arena, &w, out) && !arena->failed) return ERR_NONE;
no_memory:
    *out = (struct decision){.lane = LANE_JOINT, .floor = LANE_JOINT, .label = LABEL_AMBER};
    return why_set(why, ERR_NO_MEMORY, "", "no memory to decide");
}

struct str decision_failed(const struct decision *decision, const struct rules *rules, size_t rule)
{
    INVARIANT(rule < rules->count);
    const struct table_verdict *v = &decision->verdicts[rule];
    return v->result == TABLE_TRUE ? STR_NONE : rules->conjuncts[rule].items[v->conjunct].text;
}

// --- the statement

static struct str missing_text(struct arena *arena, const struct rule *rule, enum language language,
                               const struct facts *facts)
{
    struct expr_value *slots = arena_array(arena, struct expr_value, fact_kind_count);
    const struct fact_kind **missing = arena_array(arena, const struct fact_kind *, fact_kind_count);
    struct arena scratch = ARENA(CONDITION_MEMORY_MAX);
    struct verdict verdict;
    size_t n = 0;
    if (!slots || !missing) return STR_NONE;
    facts_values(facts, slots);
    rule_eval(rule, &scratch, slots, &verdict, NULL);
    arena_free(&scratch);
    for (size_t i = 0; i < fact_kind_count; i++)
        if (verdict.missing[i / 64] >> (i % 64) & 1) missing[n++] = &fact_kinds[i];
    return wording_missing(arena, language, missing, n);
}

static struct str reason_text(struct arena *arena, const struct reason *reason, enum language language,
                              const struct facts *facts)
{
    if (reason->otherwise) return wording_fill(arena, reason->rule->otherwise.text[language], language, facts);
    if (!reason->unknown) return wording_fill(arena, reason->rule->reason.text[language], language, facts);
    return missing_text(arena, reason->rule, language, facts);
}

struct json *reason_json(struct arena *arena, const struct reason *reason, const struct facts *of)
{
    struct json *object = json_new_object(arena);
    struct facts indexed = *of;
    const struct facts *facts = &indexed;
    if (!indexed.index) indexed.index = facts_index(arena, of);
    if (!object || !indexed.index) return NULL;
    json_put_text(arena, object, "rule", reason->rule->head.id);
    if (reason->rule->effect == RULE_WEIGHT)
        json_put_number(arena, object, "weight", reason->rule->weight);
    else
        json_put_text(arena, object, "lane", str_of(lane_name(reason->lane)));
    if (reason->otherwise || reason->unknown)
        json_put_text(arena, object, "because", reason->otherwise ? STR("not-reached") : STR("unknown"));
    json_put_text(arena, object, "citation", reason->rule->head.citation);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        json_put_text(arena, object, language_name((enum language)i),
                      reason_text(arena, reason, (enum language)i, facts));
    return arena->failed ? NULL : object;
}

static struct json *leaned_json(struct arena *arena, const struct decision *decision, const struct facts *facts)
{
    struct json *array = json_new_array(arena);
    for (size_t i = 0; array && i < decision->nleaned; i++)
        json_add(array, json_new_text(arena, facts->sources[decision->leaned[i]].name));
    return array;
}

static struct json *gaps_json(struct arena *arena, const struct decision *decision)
{
    struct json *array = json_new_array(arena);
    for (size_t i = 0; array && i < decision->ngaps; i++) json_add(array, json_new_text(arena, decision->gaps[i]));
    return array;
}

// Of each shadow rule that is true, what it would have asked for.
static struct json *shadows_json(struct arena *arena, const struct decision *decision)
{
    struct json *array = json_new_array(arena);
    for (size_t i = 0; array && i < decision->nshadows; i++) {
        const struct rule *rule = decision->shadows[i];
        struct json *object = json_new_object(arena);
        json_put_text(arena, object, "rule", rule->head.id);
        if (rule->effect == RULE_WEIGHT)
            json_put_number(arena, object, "weight", rule->weight);
        else
            json_put_text(arena, object, "lane",
                          str_of(lane_name(rule->effect == RULE_GRANT ? LANE_GREEN : rule->floor)));
        json_add(array, object);
    }
    return array;
}

static struct json *faults_json(struct arena *arena, const struct decision *decision)
{
    struct json *array = json_new_array(arena);
    for (size_t i = 0; array && i < decision->nfaults; i++) {
        struct json *object = json_new_object(arena);
        json_put_text(arena, object, "rule", decision->faults[i].rule->head.id);
        json_put_text(arena, object, "fault", decision->faults[i].text);
        json_add(array, object);
    }
    return array;
}

struct json *decision_members(struct arena *arena, const struct decision *decision, const struct rules *rules,
                              const struct facts *of, const struct port_now *now, const char *build)
{
    struct facts indexed = *of;
    const struct facts *facts = &indexed;
    indexed.index = decision->known;
    struct json *members = json_new_object(arena);
    if (!members) return NULL;
    json_put_text(arena, members, "lane", str_of(lane_name(decision->lane)));
    json_put_text(arena, members, "rules",
                  hex_text(arena, (struct str){(const char *)rules->hash, sizeof rules->hash}));
    json_put_text(arena, members, "build", str_of(build));
    json_put(members, "facts", facts_json(arena, facts));
    json_put(members, "leaned", leaned_json(arena, decision, facts));
    json_put(members, "gaps", gaps_json(arena, decision));
    if (decision->has_risk) json_put_number(arena, members, "risk", decision->risk);
    if (decision->has_choice) {
        json_put(members, "choice", choice_json(arena, now, &decision->chosen));
        json_put(members, "reason." CHOICE_RULE, choice_reason(arena, now, &decision->chosen));
    }
    if (decision->nshadows) json_put(members, "shadow", shadows_json(arena, decision));
    if (decision->nfaults) json_put(members, "faults", faults_json(arena, decision));
    for (size_t i = 0; i < decision->nreasons; i++) {
        struct str name = arena_printf(arena, "reason.%.*s", STR_ARG(decision->reasons[i].rule->head.id));
        struct json *reason = reason_json(arena, &decision->reasons[i], facts);
        if (name.p && reason) json_put(members, name.p, reason);
    }
    return arena->failed ? NULL : members;
}
