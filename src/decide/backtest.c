// SPDX-License-Identifier: Apache-2.0
#include "decide/backtest.h"

#include "base/text.h"

#include <math.h>
#include <stdlib.h>

#define CASE_ARENA ((size_t)16 << 20)
#define PROPENSITY_LEAST 1e-4

// ---- Running ----

struct running {
    const struct backtest_settings *settings;
    struct backtest *out;
    struct arena arena; // of one case
    struct expr_value *slots;
};

static bool was_found(enum backtest_outcome outcome)
{
    return outcome == BACKTEST_DISCREPANCY || outcome == BACKTEST_CONTRABAND;
}

static bool is_weighted(const struct backtest_case *c)
{
    return c->followed && isfinite(c->propensity) && c->propensity > 0;
}

static double weight_of(const struct backtest_case *c)
{
    return is_weighted(c) ? 1 / fmax(c->propensity, PROPENSITY_LEAST) : 1;
}

// Minutes at the service: as the choice has it or, where there was none, at the shortest service of the lane.
static bool minutes_of(const struct backtest_case *c, const struct decision *d, double *out)
{
    const struct lane_plan *plan = c->at_port ? c->now.plan : c->plan;
    *out = INFINITY;
    if (!plan) return false;
    if (d->has_choice && d->chosen.choice.service >= 0) {
        const struct lane_term *term = &d->chosen.choice.terms[d->chosen.choice.service];
        const struct lane_service *service = &plan->settings.services[d->chosen.choice.service];
        *out = (isfinite(term->wait_min) ? fmax(term->wait_min, 0) : 0) + service->service_min + service->transfer_min;
        return true;
    }
    for (size_t i = 0; i < plan->settings.nservices; i++) {
        const struct lane_service *service = &plan->settings.services[i];
        if (service->lane == d->lane) *out = fmin(*out, service->service_min + service->transfer_min);
    }
    return isfinite(*out);
}

static void rule_add(struct running *r, size_t i, const struct backtest_case *c)
{
    struct backtest_rule *to = &r->out->rules[i];
    struct arena scratch = ARENA(CONDITION_MEMORY_MAX);
    struct verdict verdict;
    if (to->rule->state == RULE_RETIRED) return;
    rule_eval(to->rule, &scratch, r->slots, &verdict, NULL);
    to->unknown += verdict.truth == TRUTH_UNKNOWN;
    to->faults += verdict.fault.p != NULL;
    arena_free(&scratch);
    if (verdict.truth != TRUTH_TRUE) return;
    to->hits++;
    to->outcomes[c->outcome]++;
    if (c->outcome != BACKTEST_UNKNOWN) rate_add(&to->found, weight_of(c), was_found(c->outcome));
}

// The one rule that asks for the lane, if there is one.
static void decides_add(struct running *r, const struct decision *d)
{
    const struct rule *one = NULL;
    for (size_t i = 0; i < d->nreasons; i++) {
        const struct reason *reason = &d->reasons[i];
        if (reason->otherwise || reason->rule->effect == RULE_WEIGHT || reason->lane != d->floor) continue;
        if (one) return;
        one = reason->rule;
    }
    if (one) r->out->rules[one - r->out->candidate->items].decides++;
}

static void case_count(struct backtest *out, const struct backtest_case *c, int64_t at_us)
{
    if (out->cases++ == 0) out->from_us = out->to_us = at_us;
    if (at_us < out->from_us) out->from_us = at_us;
    if (at_us > out->to_us) out->to_us = at_us;
    out->outcomes[c->outcome]++;
    if (c->outcome == BACKTEST_UNKNOWN) return;
    out->weighted += is_weighted(c);
    if (c->by_chance && c->followed) {
        out->chance++;
        out->chance_found += was_found(c->outcome);
    }
}

static enum err case_run(struct running *r, struct backtest_case *c, struct why *why)
{
    struct backtest *out = r->out;
    struct decision *old = arena_new(&r->arena, struct decision), *new = arena_new(&r->arena, struct decision);
    const struct port_now *now = c->at_port ? &c->now : NULL;
    double before, after;
    if (!old || !new) return why_set(why, ERR_NO_MEMORY, "", "no memory for a case");
    case_count(out, c, c->facts.now_us);
    c->facts.now_us = r->settings->as_of_us;
    enum err err = decide(&r->arena, out->old, &c->facts, now, old, why);
    if (err == ERR_NONE) err = decide(&r->arena, out->candidate, &c->facts, now, new, why);
    if (err != ERR_NONE) return err;
    out->as_recorded += old->lane == c->lane;
    out->lanes[old->lane][new->lane]++;
    out->found[old->lane][new->lane] += was_found(c->outcome);
    out->gaps_old += old->ngaps > 0;
    out->gaps_new += new->ngaps > 0;
    if (minutes_of(c, old, &before) && minutes_of(c, new, &after)) {
        out->with_minutes++;
        out->minutes_old += before;
        out->minutes_new += after;
    }
    decides_add(r, new);
    facts_values(&c->facts, r->slots);
    for (size_t i = 0; i < out->candidate->count; i++) rule_add(r, i, c);
    return ERR_NONE;
}

static uint64_t cost_of(const struct rules *rules)
{
    uint64_t cost = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (rule->state != RULE_LIVE && rule->state != RULE_SHADOW) continue;
        cost += expr_cost_bound(rule->when.expr, FACT_TEXT_MAX);
        if (rule->has_among) cost += expr_cost_bound(rule->among.expr, FACT_TEXT_MAX);
    }
    return cost;
}

enum err backtest_run(struct arena *arena, const struct backtest_settings *settings, struct backtest *out,
                      struct why *why)
{
    struct running r = {.settings = settings,
                        .out = out,
                        .arena = ARENA(CASE_ARENA),
                        .slots = arena_array(arena, struct expr_value, fact_kind_count)};
    *out = (struct backtest){.old = settings->old,
                             .candidate = settings->candidate,
                             .rules = arena_array(arena, struct backtest_rule, settings->candidate->count + 1),
                             .cost_old = cost_of(settings->old),
                             .cost_new = cost_of(settings->candidate)};
    if (!r.slots || !out->rules) return why_set(why, ERR_NO_MEMORY, "", "no memory for a back-test");
    for (size_t i = 0; i < settings->candidate->count; i++) out->rules[i].rule = &settings->candidate->items[i];
    enum err err = ERR_NONE;
    for (bool done = false; err == ERR_NONE;) {
        struct backtest_case *c = arena_new(&r.arena, struct backtest_case);
        err = c ? settings->next(settings->context, &r.arena, c, &done, why)
                : why_set(why, ERR_NO_MEMORY, "", "no memory for a case");
        if (err != ERR_NONE || done) break;
        err = case_run(&r, c, why);
        arena_reset(&r.arena);
    }
    arena_free(&r.arena);
    return err;
}

double backtest_days(const struct backtest *b)
{
    return (double)(b->to_us - b->from_us) / 86400e6;
}

static size_t with_outcome(const struct backtest *b)
{
    return b->cases - b->outcomes[BACKTEST_UNKNOWN];
}

struct str backtest_little(struct arena *arena, const struct backtest *b)
{
    if (b->cases < BACKTEST_CASES_LITTLE)
        return arena_printf(arena, "%zu crossings are on record; %d say something", b->cases, BACKTEST_CASES_LITTLE);
    if (backtest_days(b) < BACKTEST_DAYS_LITTLE)
        return arena_printf(arena, "the record covers %.1f days; %d have every day of the week", backtest_days(b),
                            BACKTEST_DAYS_LITTLE);
    if (with_outcome(b) < BACKTEST_OUTCOMES_LITTLE)
        return arena_printf(arena, "of %zu crossings it is on record what was found; %d say something", with_outcome(b),
                            BACKTEST_OUTCOMES_LITTLE);
    return STR("");
}

// ---- Figures ----

static void put_count(struct arena *arena, struct json *object, const char *name, size_t count)
{
    json_put_number(arena, object, name, (double)count);
}

// Four decimals are more than any of these figures can bear.
static void put_share(struct arena *arena, struct json *object, const char *name, double share)
{
    if (isfinite(share)) json_put_number(arena, object, name, round(share * 1e4) / 1e4);
}

// {"n","share","low","high"}: see port/rate.h; n is how many independent cases the weights amount to.
static struct json *share_json(struct arena *arena, struct rate rate)
{
    struct json *object = json_new_object(arena);
    put_share(arena, object, "n", rate.n);
    if (!rate.known) return object;
    put_share(arena, object, "share", rate.share);
    put_share(arena, object, "low", rate.low);
    put_share(arena, object, "high", rate.high);
    return object;
}

static struct json *outcomes_json(struct arena *arena, const size_t outcomes[BACKTEST_OUTCOMES])
{
    static const char *const names[] = {"unknown", "nothing", "discrepancy", "contraband"};
    struct json *object = json_new_object(arena);
    for (size_t i = 0; i < BACKTEST_OUTCOMES; i++) put_count(arena, object, names[i], outcomes[i]);
    return object;
}

static const char *change_of(const struct rules *old, const struct rule *rule)
{
    for (size_t i = 0; i < old->count; i++) {
        const struct rule *o = &old->items[i];
        if (!str_eq(o->head.id, rule->head.id)) continue;
        bool same = o->revision == rule->revision && o->state == rule->state && o->effect == rule->effect &&
                    o->has_among == rule->has_among && str_eq(o->when.text, rule->when.text) &&
                    (!rule->has_among || str_eq(o->among.text, rule->among.text)) && o->floor == rule->floor &&
                    fabs(o->weight - rule->weight) <= 0 && o->has_unknown == rule->has_unknown &&
                    (!rule->has_unknown || o->unknown == rule->unknown);
        return same ? "same" : "changed";
    }
    return "new";
}

static struct json *rule_json(struct arena *arena, const struct backtest *b, const struct backtest_rule *r)
{
    struct json *object = json_new_object(arena);
    const struct rule *rule = r->rule;
    json_put_text(arena, object, "rule", rule->head.id);
    json_put_text(arena, object, "state", str_of(rule_state_name(rule->state)));
    json_put_text(arena, object, "change", str_of(change_of(b->old, rule)));
    if (rule->effect == RULE_WEIGHT)
        json_put_number(arena, object, "weight", rule->weight);
    else
        json_put_text(arena, object, "lane", str_of(lane_name(rule->effect == RULE_GRANT ? LANE_GREEN : rule->floor)));
    put_count(arena, object, "hits", r->hits);
    put_count(arena, object, "unknown", r->unknown);
    put_count(arena, object, "decides", r->decides);
    if (r->faults) put_count(arena, object, "faults", r->faults);
    json_put(object, "outcomes", outcomes_json(arena, r->outcomes));
    json_put(object, "found", share_json(arena, rate_weighted(&r->found)));
    return object;
}

static struct json *lanes_json(struct arena *arena, const struct backtest *b)
{
    struct json *list = json_new_array(arena);
    for (size_t from = 0; from < LANE_COUNT; from++)
        for (size_t to = 0; to < LANE_COUNT; to++) {
            if (!b->lanes[from][to]) continue;
            struct json *cell = json_new_object(arena);
            json_put_text(arena, cell, "from", str_of(lane_name((enum lane)from)));
            json_put_text(arena, cell, "to", str_of(lane_name((enum lane)to)));
            put_count(arena, cell, "crossings", b->lanes[from][to]);
            put_count(arena, cell, "found", b->found[from][to]);
            json_add(list, cell);
        }
    return list;
}

// Gone from the candidate, or retired in it.
static struct json *dropped_json(struct arena *arena, const struct backtest *b)
{
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < b->old->count; i++) {
        bool there = b->old->items[i].state == RULE_RETIRED;
        for (size_t k = 0; k < b->candidate->count && !there; k++)
            there = str_eq(b->candidate->items[k].head.id, b->old->items[i].head.id) &&
                    b->candidate->items[k].state != RULE_RETIRED;
        if (!there) json_add(list, json_new_text(arena, b->old->items[i].head.id));
    }
    return list;
}

struct change {
    size_t changed, stricter, greener, found_stricter, found_greener;
    double scans; // more than before
};

static struct change change_sum(const struct backtest *b)
{
    struct change c = {0};
    for (size_t from = 0; from < LANE_COUNT; from++)
        for (size_t to = 0; to < LANE_COUNT; to++) {
            double n = (double)b->lanes[from][to];
            c.scans += (to >= LANE_SCAN ? n : 0) - (from >= LANE_SCAN ? n : 0);
            if (to > from) {
                c.stricter += b->lanes[from][to];
                c.found_stricter += b->found[from][to];
            }
            if (to < from) {
                c.greener += b->lanes[from][to];
                c.found_greener += b->found[from][to];
            }
        }
    c.changed = c.stricter + c.greener;
    return c;
}

static struct json *waits_json(struct arena *arena, const struct backtest *b, const struct change *change)
{
    struct json *object = json_new_object(arena);
    double days = fmax(backtest_days(b), 1);
    put_share(arena, object, "scans_a_day", change->scans / days);
    put_count(arena, object, "of", b->with_minutes);
    if (!b->with_minutes) return object;
    double n = (double)b->with_minutes;
    put_share(arena, object, "minutes_a_truck_before", b->minutes_old / n);
    put_share(arena, object, "minutes_a_truck_after", b->minutes_new / n);
    put_share(arena, object, "minutes_a_day", (b->minutes_new - b->minutes_old) / days);
    return object;
}

struct json *backtest_json(struct arena *arena, const struct backtest *b)
{
    struct json *object = json_new_object(arena), *rules = json_new_array(arena), *cost = json_new_object(arena),
                *gaps = json_new_object(arena), *change_object = json_new_object(arena);
    struct change change = change_sum(b);
    if (!object || !rules || !cost || !gaps || !change_object) return NULL;
    for (size_t i = 0; i < b->candidate->count; i++)
        if (b->rules[i].rule->state != RULE_RETIRED) json_add(rules, rule_json(arena, b, &b->rules[i]));
    put_count(arena, object, "cases", b->cases);
    put_share(arena, object, "days", backtest_days(b));
    put_count(arena, object, "as_recorded", b->as_recorded);
    json_put(object, "outcomes", outcomes_json(arena, b->outcomes));
    put_count(arena, object, "weighted", b->weighted);
    json_put(object, "base_rate", share_json(arena, rate_of(b->chance_found, b->chance)));
    put_count(arena, change_object, "changed", change.changed);
    put_count(arena, change_object, "stricter", change.stricter);
    put_count(arena, change_object, "greener", change.greener);
    put_count(arena, change_object, "found_stricter", change.found_stricter);
    put_count(arena, change_object, "found_greener", change.found_greener);
    json_put(object, "change", change_object);
    json_put(object, "lanes", lanes_json(arena, b));
    json_put(object, "waits", waits_json(arena, b, &change));
    put_count(arena, gaps, "before", b->gaps_old);
    put_count(arena, gaps, "after", b->gaps_new);
    json_put(object, "unknown", gaps);
    json_put_number(arena, cost, "before", (double)b->cost_old);
    json_put_number(arena, cost, "after", (double)b->cost_new);
    json_put(object, "cost", cost);
    json_put(object, "dropped", dropped_json(arena, b));
    json_put(object, "rules", rules);
    return arena->failed ? NULL : object;
}
