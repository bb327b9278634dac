// SPDX-License-Identifier: Apache-2.0
#include "decide/decision.h"

#include "base/text.h"
#include "trust/hash.h"

#include <stdlib.h>

struct work {
    const struct facts *facts;
    const struct rules *rules;
    struct reason *found; // every rule that has something to say, in the rules' order
    size_t nfound;
    bool *leaned;                     // by source
    bool *gap;                        // by kind of fact, for the whole decision
    const struct fact_kind **missing; // of the rule at hand
    size_t nmissing;
    bool granted;
};

static void lean(struct work *w, const struct fact *fact)
{
    for (size_t i = 0; fact && i < fact->nsources; i++) {
        INVARIANT(fact->sources[i] < w->facts->nsources);
        w->leaned[fact->sources[i]] = true;
    }
}

static void missing_add(struct work *w, const char *name)
{
    const struct fact_kind *kind = fact_kind_find(str_of(name));
    for (size_t i = 0; i < w->nmissing; i++)
        if (w->missing[i] == kind) return;
    w->missing[w->nmissing++] = kind;
}

static void asked(void *context, const char *name, const struct fact *fact)
{
    struct work *w = context;
    if (fact)
        lean(w, fact);
    else
        missing_add(w, name);
}

static enum truth judge(struct work *w, const struct rule *rule)
{
    w->nmissing = 0;
    enum truth truth = rule_eval(rule, w->facts, asked, w);
    for (size_t i = 0; truth == TRUTH_UNKNOWN && i < w->nmissing; i++) w->gap[w->missing[i] - fact_kinds] = true;
    return truth;
}

static void found_add(struct work *w, struct reason reason)
{
    w->found[w->nfound++] = reason;
}

static void grant_judge(struct work *w, const struct rule *rule)
{
    bool reached = judge(w, rule) == TRUTH_TRUE;
    if (reached) w->granted = true;
    found_add(w, (struct reason){rule, reached ? LANE_GREEN : w->rules->base, .otherwise = !reached});
}

static void floor_judge(struct work *w, const struct rule *rule)
{
    enum truth truth = judge(w, rule);
    if (truth == TRUTH_TRUE) found_add(w, (struct reason){rule, rule->floor});
    if (truth == TRUTH_UNKNOWN)
        found_add(w, (struct reason){rule, rule->has_unknown ? rule->unknown : w->rules->base, .unknown = true});
}

static enum lane strictest(const struct work *w)
{
    enum lane lane = w->granted ? LANE_GREEN : w->rules->base;
    for (size_t i = 0; i < w->nfound; i++)
        if (!w->found[i].otherwise && w->found[i].lane > lane) lane = w->found[i].lane;
    return lane;
}

// The grant is meant for crossings of another sort: that it was not reached explains nothing.
static bool beside_the_point(const struct work *w, const struct rule *rule)
{
    return rule->among && condition_eval(rule->among, w->facts, NULL, NULL) == TRUTH_FALSE;
}

// Does this explain the lane? Only grants explain green; that a grant was not reached explains the base lane alone; and
// an unknown rule that merely keeps a crossing at the base lane is worth a word where a grant would have made it green.
static bool explains(const struct work *w, const struct reason *reason, enum lane lane)
{
    if (reason->otherwise) return !w->granted && lane == w->rules->base && !beside_the_point(w, reason->rule);
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

// A reason's text shows facts, so the decision's label must cover them.
static void reasons_lean(struct work *w, const struct decision *out)
{
    for (size_t i = 0; i < out->nreasons; i++) {
        const struct reason *reason = &out->reasons[i];
        const struct wording *wording = reason->otherwise ? &reason->rule->otherwise : &reason->rule->reason;
        for (size_t k = 0; k < LANGUAGE_COUNT; k++) {
            const struct fact_kind *kind;
            for (size_t at = 0; (kind = wording_next(wording->text[k], &at));)
                lean(w, facts_get(w->facts, str_of(kind->name)));
        }
    }
}

static int name_order(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static bool gaps_list(struct arena *arena, const struct work *w, struct decision *out)
{
    out->gaps = arena_array(arena, struct str, fact_kind_count);
    if (!out->gaps) return false;
    for (size_t i = 0; i < fact_kind_count; i++)
        if (w->gap[i]) out->gaps[out->ngaps++] = str_of(fact_kinds[i].name);
    qsort(out->gaps, out->ngaps, sizeof *out->gaps, name_order);
    return true;
}

static bool leaned_list(struct arena *arena, const struct work *w, struct decision *out)
{
    uint32_t *leaned = arena_array(arena, uint32_t, w->facts->nsources + 1);
    if (!leaned) return false;
    for (uint32_t i = 0; i < w->facts->nsources; i++) {
        if (!w->leaned[i]) continue;
        if (out->nleaned == 0 || w->facts->sources[i].label > out->label) out->label = w->facts->sources[i].label;
        leaned[out->nleaned++] = i;
    }
    out->leaned = leaned;
    return true;
}

static bool work_begin(struct arena *arena, const struct rules *rules, const struct facts *facts, struct work *out)
{
    *out = (struct work){
        .facts = facts,
        .rules = rules,
        .found = arena_array(arena, struct reason, rules->count + 1),
        .leaned = arena_array(arena, bool, facts->nsources + 1),
        .gap = arena_array(arena, bool, fact_kind_count),
        .missing = arena_array(arena, const struct fact_kind *, fact_kind_count),
    };
    return out->found && out->leaned && out->gap && out->missing;
}

enum err decide(struct arena *arena, const struct rules *rules, const struct facts *facts, struct decision *out,
                struct why *why)
{
    struct work w;
    *out = (struct decision){.lane = LANE_JOINT, .label = LABEL_AMBER};
    if (!work_begin(arena, rules, facts, &w)) return why_set(why, ERR_NO_MEMORY, "", "no memory to decide");
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (!provision_in_force(&rule->head, facts->now_us)) continue;
        if (rule->grants_green)
            grant_judge(&w, rule);
        else
            floor_judge(&w, rule);
    }
    struct decision done = {.lane = strictest(&w), .label = LABEL_AMBER};
    reasons_choose(&w, &done);
    reasons_lean(&w, &done);
    if (!gaps_list(arena, &w, &done) || !leaned_list(arena, &w, &done))
        return why_set(why, ERR_NO_MEMORY, "", "no memory to decide");
    *out = done;
    return ERR_NONE;
}

// --- the statement

struct missing {
    const struct fact_kind **kinds;
    size_t count;
};

static void missing_asked(void *context, const char *name, const struct fact *fact)
{
    struct missing *m = context;
    if (fact) return;
    const struct fact_kind *kind = fact_kind_find(str_of(name));
    for (size_t i = 0; i < m->count; i++)
        if (m->kinds[i] == kind) return;
    m->kinds[m->count++] = kind;
}

static struct str reason_text(struct arena *arena, const struct reason *reason, enum language language,
                              const struct facts *facts)
{
    if (reason->otherwise) return wording_fill(arena, reason->rule->otherwise.text[language], language, facts);
    if (!reason->unknown) return wording_fill(arena, reason->rule->reason.text[language], language, facts);
    struct missing m = {.kinds = arena_array(arena, const struct fact_kind *, fact_kind_count)};
    if (!m.kinds) return STR_NONE;
    (void)rule_eval(reason->rule, facts, missing_asked, &m);
    return wording_missing(arena, language, m.kinds, m.count);
}

struct json *reason_json(struct arena *arena, const struct reason *reason, const struct facts *facts)
{
    struct json *object = json_new_object(arena);
    if (!object) return NULL;
    json_put_text(arena, object, "rule", reason->rule->head.id);
    json_put_text(arena, object, "lane", str_of(lane_name(reason->lane)));
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

struct json *decision_members(struct arena *arena, const struct decision *decision, const struct rules *rules,
                              const struct facts *facts, const char *build)
{
    struct json *members = json_new_object(arena);
    if (!members) return NULL;
    json_put_text(arena, members, "lane", str_of(lane_name(decision->lane)));
    json_put_text(arena, members, "rules",
                  hex_text(arena, (struct str){(const char *)rules->hash, sizeof rules->hash}));
    json_put_text(arena, members, "build", str_of(build));
    json_put(members, "facts", facts_json(arena, facts));
    json_put(members, "leaned", leaned_json(arena, decision, facts));
    json_put(members, "gaps", gaps_json(arena, decision));
    for (size_t i = 0; i < decision->nreasons; i++) {
        struct str name = arena_printf(arena, "reason.%.*s", STR_ARG(decision->reasons[i].rule->head.id));
        struct json *reason = reason_json(arena, &decision->reasons[i], facts);
        if (name.p && reason) json_put(members, name.p, reason);
    }
    return arena->failed ? NULL : members;
}
