// SPDX-License-Identifier: Apache-2.0
#include "port/outcome.h"

#include "base/arena.h"
#include "port/local_time.h"

#include <math.h>
#include <stdlib.h>

static const char *const result_names[OUTCOME_RESULTS] = {
#define X(result, name) name,
    OUTCOME_RESULT_TABLE(X)
#undef X
};

static const char *const by_names[OUTCOME_BYS] = {
#define X(by, name) name,
    OUTCOME_BY_TABLE(X)
#undef X
};

const char *outcome_result_name(enum outcome_result result)
{
    return result_names[result];
}

bool outcome_result_parse(struct str text, enum outcome_result *out)
{
    for (int i = OUTCOME_NOTHING; i < OUTCOME_RESULTS; i++) {
        if (!str_is(text, result_names[i])) continue;
        *out = (enum outcome_result)i;
        return true;
    }
    return false;
}

const char *outcome_by_name(enum outcome_by by)
{
    return by_names[by];
}

bool outcome_by_parse(struct str text, enum outcome_by *out)
{
    for (int i = 0; i < OUTCOME_BYS; i++) {
        if (!str_is(text, by_names[i])) continue;
        *out = (enum outcome_by)i;
        return true;
    }
    return false;
}

// ---- One crossing ----

enum lane outcome_lane(const struct outcome *o)
{
    return o->override_pos ? o->override_lane : o->selection_pos ? o->selection_lane : o->lane;
}

const struct outcome_finding *outcome_gravest(const struct outcome *o)
{
    const struct outcome_finding *gravest = NULL;
    for (size_t i = 0; i < o->nfindings; i++)
        if (!gravest || o->findings[i].result > gravest->result) gravest = &o->findings[i];
    return gravest;
}

enum outcome_result outcome_result(const struct outcome *o)
{
    const struct outcome_finding *gravest = outcome_gravest(o);
    bool clear = false;
    if (gravest) return gravest->result;
    for (size_t i = 0; i < o->nscans; i++) {
        if (o->scans[i].verdict == OUTCOME_SCAN_SUSPECT) return OUTCOME_UNKNOWN;
        clear = clear || o->scans[i].verdict == OUTCOME_SCAN_CLEAR;
    }
    return clear ? OUTCOME_NOTHING : OUTCOME_UNKNOWN;
}

struct str outcome_shift(struct str zone, int64_t utc_ms)
{
    unsigned hour = local_time_slot(zone, utc_ms) % 24;
    return hour < 6 || hour >= 22 ? STR("night") : hour < 14 ? STR("morning") : STR("afternoon");
}

// ---- Adding up ----

struct outcome_tally {
    struct arena *arena;
    enum outcome_by by;
    struct outcome_group all, base;
    struct rate_sums base_sums;
    struct outcome_group *groups;
    size_t ngroups, left_out;
    uint32_t slots[2 * OUTCOME_GROUPS_MAX]; // hash table of indexes + 1
};

// What one truck brings, however many groups it is in.
struct truck {
    enum outcome_result result;
    bool sent, overridden, drawn, eligible; // eligible: recommended for an inspection, and its result is known
    double inspection;                      // how likely that was
    struct outcome_yield amounts[OUTCOME_YIELDS_MAX];
    size_t namounts, left_out;
};

struct outcome_tally *outcome_tally_new(struct arena *arena, enum outcome_by by)
{
    struct outcome_tally *t = arena_new(arena, struct outcome_tally);
    if (!t) return NULL;
    t->arena = arena;
    t->by = by;
    t->groups = arena_array(arena, struct outcome_group, OUTCOME_GROUPS_MAX);
    return t->groups ? t : NULL;
}

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the outcomes; ask for a shorter period");
}

static bool same_letters(struct str a, struct str b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++) {
        char x = a.p[i], y = b.p[i];
        if (x >= 'A' && x <= 'Z') x = (char)(x + 'a' - 'A');
        if (y >= 'A' && y <= 'Z') y = (char)(y + 'a' - 'A');
        if (x != y) return false;
    }
    return true;
}

static struct outcome_yield *yield_of(struct outcome_yield *yields, size_t *n, struct str what, struct str unit)
{
    for (size_t i = 0; i < *n; i++)
        if (same_letters(yields[i].what, what) && same_letters(yields[i].unit, unit)) return &yields[i];
    if (*n == OUTCOME_YIELDS_MAX) return NULL;
    yields[*n] = (struct outcome_yield){.what = what, .unit = unit};
    return &yields[(*n)++];
}

// Weights in kilograms, so that 500 g and half a kilogram add up; other units as they stand.
static double in_kilograms(struct str unit, bool *weight)
{
    static const struct {
        const char *name;
        double kg;
    } units[] = {{"kg", 1}, {"g", 0.001}, {"mg", 1e-6}, {"t", 1000}, {"lb", 0.45359237}, {"oz", 0.028349523125}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!same_letters(unit, str_of(units[i].name))) continue;
        *weight = true;
        return units[i].kg;
    }
    *weight = false;
    return 1;
}

static void truck_amount(struct truck *truck, struct str what, struct str unit, double amount)
{
    if (!(amount > 0) || !isfinite(amount)) return;
    struct outcome_yield *yield = yield_of(truck->amounts, &truck->namounts, what, unit);
    if (yield)
        yield->amounts.sum += amount;
    else
        truck->left_out++;
}

static void truck_read(const struct outcome *o, struct truck *truck)
{
    *truck = (struct truck){.result = outcome_result(o), .drawn = o->drawn, .overridden = o->override_pos != 0};
    bool recommended = o->decision_pos && o->lane >= LANE_SCAN;
    truck->sent = recommended || outcome_lane(o) >= LANE_SCAN;
    for (int lane = LANE_SCAN; lane < LANE_COUNT; lane++) truck->inspection += o->lanes[lane];
    truck->eligible = recommended && truck->result != OUTCOME_UNKNOWN;
    for (size_t i = 0; i < o->nfindings; i++)
        for (size_t k = 0; k < o->findings[i].nseized; k++) {
            const struct outcome_seized *s = &o->findings[i].seized[k];
            bool weight;
            double factor = in_kilograms(s->unit, &weight);
            truck_amount(truck, s->what, weight ? STR("kg") : s->unit, s->quantity * factor);
            if (s->currency.n) truck_amount(truck, STR("value"), s->currency, s->value);
        }
}

static enum err add_amounts(struct outcome_tally *t, struct outcome_group *g, const struct truck *truck,
                            struct why *why)
{
    g->yields_left_out += truck->left_out;
    if (truck->namounts == 0) return ERR_NONE;
    if (!g->yields) g->yields = arena_array(t->arena, struct outcome_yield, OUTCOME_YIELDS_MAX);
    if (!g->yields) return no_memory(why);
    for (size_t i = 0; i < truck->namounts; i++) {
        const struct outcome_yield *from = &truck->amounts[i];
        size_t before = g->nyields;
        struct outcome_yield *to = yield_of(g->yields, &g->nyields, from->what, from->unit);
        if (!to) {
            g->yields_left_out++;
            continue;
        }
        if (g->nyields > before) {
            to->what = arena_str(t->arena, from->what);
            to->unit = arena_str(t->arena, from->unit);
            if (!to->what.p || !to->unit.p) return no_memory(why);
        }
        to->amounts.hits++;
        to->amounts.sum += from->amounts.sum;
        to->amounts.squares += from->amounts.sum * from->amounts.sum;
    }
    return ERR_NONE;
}

// The truck's word on the prevalence in a group, `share` being how much of it belongs there.
static void add_weighted(struct outcome_group *g, const struct truck *truck, double share)
{
    if (truck->eligible && truck->inspection > 0)
        rate_add(&g->weighted, share / truck->inspection, truck->result > OUTCOME_NOTHING);
}

static enum err add_truck(struct outcome_tally *t, struct outcome_group *g, const struct truck *truck, struct why *why)
{
    bool hit = truck->result > OUTCOME_NOTHING;
    g->trucks++;
    g->sent += truck->sent;
    g->overridden += truck->overridden;
    g->never += !(truck->inspection > 0);
    g->without += truck->sent && truck->result == OUTCOME_UNKNOWN;
    if (truck->result == OUTCOME_UNKNOWN) return ERR_NONE;
    if (truck->drawn) {
        g->drawn++;
        g->drawn_hits += hit;
        return ERR_NONE;
    }
    g->inspected++;
    g->hits += hit;
    g->contraband += truck->result == OUTCOME_CONTRABAND;
    return add_amounts(t, g, truck, why);
}

static enum err add_base(struct outcome_tally *t, const struct outcome *o, const struct truck *truck, struct why *why)
{
    struct outcome_group *g = &t->base;
    bool hit = truck->result > OUTCOME_NOTHING;
    if (!truck->drawn) return ERR_NONE;
    g->trucks++;
    g->sent += truck->sent;
    g->overridden += truck->overridden;
    g->without += truck->result == OUTCOME_UNKNOWN;
    if (truck->result == OUTCOME_UNKNOWN) return ERR_NONE;
    g->inspected++;
    g->drawn++;
    g->hits += hit;
    g->drawn_hits += hit;
    g->contraband += truck->result == OUTCOME_CONTRABAND;
    rate_add(&t->base_sums, 1 / (o->chance > 0 ? o->chance : o->propensity), hit);
    return add_amounts(t, g, truck, why);
}

// FNV-1a over name and shift.
static uint32_t hash_of(struct str name, struct str shift, bool shadow)
{
    uint32_t h = 2166136261U + shadow;
    for (size_t i = 0; i < name.n; i++) h = (h ^ (uint8_t)name.p[i]) * 16777619U;
    h = (h ^ '/') * 16777619U;
    for (size_t i = 0; i < shift.n; i++) h = (h ^ (uint8_t)shift.p[i]) * 16777619U;
    return h;
}

// NULL: there are OUTCOME_GROUPS_MAX others (counted), or no memory (*err).
static struct outcome_group *group_of(struct outcome_tally *t, struct str name, struct str shift, bool shadow,
                                      enum err *err, struct why *why)
{
    const size_t slots = sizeof t->slots / sizeof *t->slots;
    size_t at = hash_of(name, shift, shadow) % slots;
    for (; t->slots[at]; at = (at + 1) % slots) {
        struct outcome_group *g = &t->groups[t->slots[at] - 1];
        if (str_eq(g->name, name) && str_eq(g->shift, shift) && g->shadow == shadow) return g;
    }
    if (t->ngroups == OUTCOME_GROUPS_MAX) {
        t->left_out++;
        return NULL;
    }
    struct outcome_group *g = &t->groups[t->ngroups];
    *g = (struct outcome_group){
        .name = arena_str(t->arena, name), .shift = arena_str(t->arena, shift), .shadow = shadow};
    if (!g->name.p || !g->shift.p) {
        *err = no_memory(why);
        return NULL;
    }
    t->slots[at] = (uint32_t)++t->ngroups;
    return g;
}

static enum err add_to(struct outcome_tally *t, const struct truck *truck, struct str name, struct str shift,
                       bool shadow, struct why *why)
{
    enum err err = ERR_NONE;
    struct outcome_group *g = group_of(t, name, shift.n ? shift : STR(""), shadow, &err, why);
    if (!g) return err;
    // A scanner and an officer have no trucks but those that were inspected: nobody else is to be estimated.
    if (t->by == OUTCOME_BY_RULE || t->by == OUTCOME_BY_PROGRAMME) add_weighted(g, truck, 1);
    return add_truck(t, g, truck, why);
}

static enum err add_names(struct outcome_tally *t, const struct truck *truck, struct str names, bool shadow,
                          struct why *why)
{
    enum err err = ERR_NONE;
    while (names.n && err == ERR_NONE) {
        struct str rest, name = str_cut(names, ',', &rest);
        if (name.n) err = add_to(t, truck, name, STR_NONE, shadow, why);
        names = rest;
    }
    return err;
}

static enum err add_lanes(struct outcome_tally *t, const struct outcome *o, const struct truck *truck, struct why *why)
{
    enum err err = add_to(t, truck, str_of(lane_name(outcome_lane(o))), STR_NONE, false, why);
    for (int lane = 0; lane < LANE_COUNT && err == ERR_NONE; lane++) {
        if (!(o->lanes[lane] > 0)) continue;
        struct outcome_group *g = group_of(t, str_of(lane_name((enum lane)lane)), STR(""), false, &err, why);
        if (g) add_weighted(g, truck, o->lanes[lane]);
    }
    return err;
}

static bool seen_before(const struct outcome *o, const struct id *machine, size_t scans, size_t findings)
{
    for (size_t i = 0; i < scans; i++)
        if (id_eq(&o->scans[i].machine, machine)) return true;
    for (size_t i = 0; i < findings; i++)
        if (id_eq(&o->findings[i].machine, machine)) return true;
    return false;
}

static enum err add_machine(struct outcome_tally *t, const struct truck *truck, const struct id *machine,
                            struct why *why)
{
    char text[ID_TEXT_LEN + 1];
    id_text(machine, text);
    return add_to(t, truck, str_of(text), STR_NONE, false, why);
}

static enum err add_machines(struct outcome_tally *t, const struct outcome *o, const struct truck *truck,
                             struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < o->nscans && err == ERR_NONE; i++)
        if (!seen_before(o, &o->scans[i].machine, i, 0)) err = add_machine(t, truck, &o->scans[i].machine, why);
    for (size_t i = 0; i < o->nfindings && err == ERR_NONE; i++) {
        const struct id *machine = &o->findings[i].machine;
        if (!id_is_none(machine) && !seen_before(o, machine, o->nscans, i)) err = add_machine(t, truck, machine, why);
    }
    return err;
}

// Whose inspection it was: the gravest finding's, or else the clear scan's.
static enum err add_officer(struct outcome_tally *t, const struct outcome *o, const struct truck *truck,
                            struct why *why)
{
    const struct outcome_finding *f = outcome_gravest(o);
    struct str officer = f ? f->officer : STR_NONE, shift = f ? f->shift : STR_NONE;
    int64_t at_ms = f ? f->at_ms : 0;
    if (truck->result == OUTCOME_UNKNOWN) return ERR_NONE;
    for (size_t i = 0; i < o->nscans && !f; i++) {
        if (o->scans[i].verdict != OUTCOME_SCAN_CLEAR) continue;
        officer = o->scans[i].officer;
        at_ms = o->scans[i].at_ms;
        break;
    }
    return add_to(t, truck, officer.n ? officer : STR("-"), shift.n ? shift : outcome_shift(o->zone, at_ms), false,
                  why);
}

enum err outcome_tally_add(struct outcome_tally *t, const struct outcome *o, struct why *why)
{
    struct truck truck;
    truck_read(o, &truck);
    add_weighted(&t->all, &truck, 1);
    enum err err = add_truck(t, &t->all, &truck, why);
    if (err == ERR_NONE) err = add_base(t, o, &truck, why);
    if (err != ERR_NONE) return err;
    switch (t->by) {
    case OUTCOME_BY_RULE:
        err = add_names(t, &truck, o->rules, false, why);
        return err == ERR_NONE ? add_names(t, &truck, o->shadow, true, why) : err;
    case OUTCOME_BY_LANE:
        return add_lanes(t, o, &truck, why);
    case OUTCOME_BY_SCANNER:
        return add_machines(t, o, &truck, why);
    case OUTCOME_BY_SHIFT:
        return add_officer(t, o, &truck, why);
    case OUTCOME_BY_PROGRAMME:
        if (!o->decision_pos) return ERR_NONE;
        return add_names(t, &truck, o->programmes.n ? o->programmes : STR("none"), false, why);
    case OUTCOME_BYS:
        break;
    }
    INVARIANT(false && "no such grouping");
    return ERR_NONE;
}

// ---- Officers whose rows are too small ----

static size_t inspections(const struct outcome_group *g)
{
    return g->inspected + g->drawn;
}

static enum err merge(struct outcome_tally *t, struct outcome_group *to, const struct outcome_group *from,
                      struct why *why)
{
    to->merged++;
    to->trucks += from->trucks;
    to->sent += from->sent;
    to->inspected += from->inspected;
    to->without += from->without;
    to->hits += from->hits;
    to->contraband += from->contraband;
    to->drawn += from->drawn;
    to->drawn_hits += from->drawn_hits;
    to->never += from->never;
    to->overridden += from->overridden;
    to->yields_left_out += from->yields_left_out;
    to->weighted.n += from->weighted.n;
    to->weighted.hits += from->weighted.hits;
    to->weighted.w += from->weighted.w;
    to->weighted.w2 += from->weighted.w2;
    to->weighted.hit_w += from->weighted.hit_w;
    to->weighted.hit_w2 += from->weighted.hit_w2;
    if (from->nyields && !to->yields) to->yields = arena_array(t->arena, struct outcome_yield, OUTCOME_YIELDS_MAX);
    if (from->nyields && !to->yields) return no_memory(why);
    for (size_t i = 0; i < from->nyields; i++) {
        const struct outcome_yield *y = &from->yields[i];
        struct outcome_yield *sum = yield_of(to->yields, &to->nyields, y->what, y->unit);
        if (!sum) {
            to->yields_left_out += y->amounts.hits;
            continue;
        }
        sum->amounts.hits += y->amounts.hits;
        sum->amounts.sum += y->amounts.sum;
        sum->amounts.squares += y->amounts.squares;
    }
    return ERR_NONE;
}

static int by_inspections(const void *a, const void *b)
{
    const struct outcome_group *x = a, *y = b;
    if (x->merged != y->merged) return x->merged ? 1 : -1; // the rest comes last
    if (inspections(x) != inspections(y)) return inspections(x) > inspections(y) ? -1 : 1;
    int order = str_compare(x->name, y->name);
    if (order == 0) order = str_compare(x->shift, y->shift);
    return order ? order : (int)x->shadow - (int)y->shadow;
}

// Small rows go into one. Where that one is small itself, whoever knows the total could take the others off it: so the
// next larger rows go into it too, until it is large enough, or is all there is.
static enum err merge_small(struct outcome_tally *t, struct why *why)
{
    struct outcome_group rest = {.name = STR(""), .shift = STR("")};
    enum err err = ERR_NONE;
    while (t->ngroups && err == ERR_NONE) {
        const struct outcome_group *last = &t->groups[t->ngroups - 1];
        bool open = rest.merged && inspections(&rest) < OUTCOME_OFFICER_MIN;
        if (inspections(last) >= OUTCOME_OFFICER_MIN && !open) break;
        err = merge(t, &rest, last, why);
        t->ngroups--;
    }
    if (rest.merged) t->groups[t->ngroups++] = rest;
    return err;
}

// ---- Figures ----

static void figure(struct outcome_group *g, const struct rate *base)
{
    for (size_t i = 0; i < g->nyields; i++) g->yields[i].mean = rate_yield(&g->yields[i].amounts, g->inspected);
    g->rate = rate_of(g->hits, g->inspected);
    g->prevalence = rate_weighted(&g->weighted);
    g->difference = rate_difference(&g->rate, base);
    g->lift = rate_ratio(&g->rate, base);
}

static int by_name(const void *a, const void *b)
{
    const struct outcome_yield *x = a, *y = b;
    int order = str_compare(x->what, y->what);
    return order ? order : str_compare(x->unit, y->unit);
}

static void sort_yields(struct outcome_group *g)
{
    if (g->nyields) qsort(g->yields, g->nyields, sizeof *g->yields, by_name);
}

enum err outcome_tally_done(struct outcome_tally *t, struct outcome_rates *out, struct why *why)
{
    enum err err = ERR_NONE;
    if (t->ngroups) qsort(t->groups, t->ngroups, sizeof *t->groups, by_inspections);
    if (t->by == OUTCOME_BY_SHIFT) err = merge_small(t, why);
    if (err != ERR_NONE) return err;
    *out = (struct outcome_rates){.by = t->by,
                                  .all = t->all,
                                  .base = t->base,
                                  .groups = t->groups,
                                  .ngroups = t->ngroups,
                                  .left_out = t->left_out};
    figure(&out->base, &out->base.rate);
    out->base.rate = rate_weighted(&t->base_sums);
    out->base.prevalence = out->base.rate;
    out->base.difference = (struct rate_difference){.known = false};
    out->base.lift = (struct rate_ratio){.known = false};
    figure(&out->all, &out->base.rate);
    for (size_t i = 0; i < t->ngroups; i++) figure(&t->groups[i], &out->base.rate);
    sort_yields(&out->base);
    sort_yields(&out->all);
    for (size_t i = 0; i < t->ngroups; i++) sort_yields(&t->groups[i]);
    return ERR_NONE;
}
