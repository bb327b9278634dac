// SPDX-License-Identifier: Apache-2.0
#include "decide/counterfactual.h"

#include "decide/rules_space.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

#define SCRATCH ((size_t)32 << 20)
#define CANDIDATES_MAX 4096

// A fact with one other value, and the lane that it gives alone.
struct candidate {
    uint32_t slot;
    struct fact fact; // name NULL: it is missing
    enum lane lane;
    double distance;
};

struct hunt {
    const struct rules *rules;
    const struct port_now *now;
    struct arena *arena;
    struct arena scratch; // of one decision
    struct facts facts;   // rebuilt from `held` for each try
    struct fact *held;    // by slot
    struct candidate *candidates;
    size_t ncandidates;
    struct counterfactuals *out;
    struct why *why;
    enum err err;
};

// ---- Deciding again ----

// With the changes laid over what is held; false: no more tries, or an error.
static bool decide_again(struct hunt *h, const struct candidate *const *changes, size_t n, struct decision **after)
{
    struct fact *items;
    size_t count = 0;
    if (h->err != ERR_NONE || h->out->steps == COUNTERFACTUAL_STEPS_MAX) return false;
    h->out->steps++;
    arena_reset(&h->scratch);
    items = arena_array(&h->scratch, struct fact, fact_kind_count);
    *after = arena_new(&h->scratch, struct decision);
    if (!items || !*after) {
        h->err = why_set(h->why, ERR_NO_MEMORY, "", "no memory to decide again");
        return false;
    }
    for (uint32_t slot = 0; slot < fact_kind_count; slot++) {
        const struct fact *fact = &h->held[slot];
        for (size_t i = 0; i < n; i++)
            if (changes[i]->slot == slot) fact = &changes[i]->fact;
        if (fact->name) items[count++] = *fact;
    }
    struct facts facts = {.crossing = h->facts.crossing, .now_us = h->facts.now_us, .items = items, .count = count};
    h->err = decide(&h->scratch, h->rules, &facts, h->now, *after, h->why);
    return h->err == ERR_NONE;
}

// ---- Candidates ----

static struct fact fact_from(uint32_t slot, const struct expr_value *value)
{
    const struct fact_kind *kind = &fact_kinds[slot];
    struct fact fact = {.name = kind->name, .type = kind->type};
    if (kind->type == FACT_BOOL) fact.boolean = value->boolean;
    if (kind->type == FACT_TEXT) fact.text = value->text;
    if (kind->type == FACT_NUMBER) fact.number = kind->whole ? (double)value->integer : value->number;
    return fact;
}

static bool same_fact(const struct fact *a, const struct fact *b)
{
    if (!a->name || !b->name) return !a->name && !b->name;
    if (a->type == FACT_BOOL) return a->boolean == b->boolean;
    if (a->type == FACT_TEXT) return str_eq(a->text, b->text);
    return !(a->number < b->number) && !(a->number > b->number);
}

static void candidate_add(struct hunt *h, uint32_t slot, struct fact fact)
{
    const struct fact *held = &h->held[slot];
    if (same_fact(held, &fact)) return;
    if (h->ncandidates == CANDIDATES_MAX) {
        h->out->complete = false;
        return;
    }
    bool numbers = held->name && fact.name && fact.type == FACT_NUMBER;
    double distance = numbers ? fabs(fact.number - held->number) : 0;
    if (!fact.name) distance = HUGE_VAL;
    size_t at = h->ncandidates++;
    // Nearest first within a fact, and what is as near in the order it came.
    while (at > 0 && h->candidates[at - 1].slot == slot && h->candidates[at - 1].distance > distance) {
        h->candidates[at] = h->candidates[at - 1];
        at--;
    }
    h->candidates[at] = (struct candidate){.slot = slot, .fact = fact, .distance = distance};
}

static bool is_trust(const struct fact_kind *kind)
{
    return !strcmp(kind->name, "programme.driver") || !strcmp(kind->name, "programme.carrier");
}

// What the choice of the lane asks of facts, beside the rules: whether the truck is trusted.
static void candidates_trust(struct hunt *h, const struct space *space)
{
    for (uint32_t slot = 0; slot < fact_kind_count; slot++) {
        bool there = false;
        for (size_t i = 0; i < space->nfacts; i++) there |= space->facts[i].slot == slot;
        if (there || !is_trust(&fact_kinds[slot])) continue;
        for (const char *const *v = fact_kinds[slot].values; *v; v++)
            candidate_add(h, slot, fact_from(slot, &EXPR_STRING_VALUE(str_of(*v))));
        candidate_add(h, slot, (struct fact){.name = NULL});
    }
}

static bool candidates_make(struct hunt *h)
{
    struct space space;
    h->candidates = arena_array(h->arena, struct candidate, CANDIDATES_MAX);
    if (!h->candidates || !space_whole(h->arena, h->rules, h->facts.now_us, &space)) return false;
    h->out->complete = space.exact;
    for (size_t i = 0; i < space.nfacts; i++) {
        const struct space_fact *f = &space.facts[i];
        for (size_t k = 0; k < f->nvalues; k++) candidate_add(h, f->slot, fact_from(f->slot, &f->values[k]));
        candidate_add(h, f->slot, (struct fact){.name = NULL});
    }
    if (h->now) candidates_trust(h, &space);
    return true;
}

// ---- What was found ----

static bool reason_in(const struct reason *reason, const struct decision *d)
{
    for (size_t i = 0; i < d->nreasons; i++) {
        const struct reason *r = &d->reasons[i];
        if (r->rule == reason->rule && r->lane == reason->lane && r->unknown == reason->unknown &&
            r->otherwise == reason->otherwise)
            return true;
    }
    return false;
}

static void rule_add(struct counterfactual *c, const struct rule *rule)
{
    for (size_t i = 0; i < c->nrules; i++)
        if (c->rules[i] == rule) return;
    if (c->nrules < COUNTERFACTUAL_RULES_MAX) c->rules[c->nrules++] = rule;
}

// Reasons that one of the two has and that ask for its lane, or move the score.
static void rules_add(struct counterfactual *c, const struct decision *of, const struct decision *other, bool lanes)
{
    for (size_t i = 0; i < of->nreasons; i++) {
        const struct reason *r = &of->reasons[i];
        bool counts = r->rule->effect == RULE_WEIGHT || (lanes && r->lane == of->floor);
        if (counts && !reason_in(r, other)) rule_add(c, r->rule);
    }
}

static void found(struct hunt *h, const struct candidate *const *changes, size_t n, const struct decision *after)
{
    struct counterfactuals *out = h->out;
    bool greener = after->lane < out->decision->lane;
    size_t *count = greener ? &out->ngreener : &out->nstricter;
    if (*count == COUNTERFACTUAL_TOLD_MAX) {
        out->left_out++;
        return;
    }
    struct counterfactual *c = &(greener ? out->greener : out->stricter)[(*count)++];
    *c = (struct counterfactual){.lane = after->lane, .nchanges = n};
    for (size_t i = 0; i < n; i++)
        c->changes[i] =
            (struct fact_change){&fact_kinds[changes[i]->slot], h->held[changes[i]->slot], changes[i]->fact};
    rules_add(c, after, out->decision, true);
    rules_add(c, out->decision, after, greener);
}

static bool told_already(const struct counterfactual *list, size_t n, const struct candidate *const *changes,
                         size_t nchanges, enum lane lane)
{
    for (size_t i = 0; i < n; i++) {
        bool same = list[i].nchanges == nchanges && list[i].lane == lane;
        for (size_t k = 0; same && k < nchanges; k++) same = list[i].changes[k].kind == &fact_kinds[changes[k]->slot];
        if (same) return true;
    }
    return false;
}

static bool is_news(const struct hunt *h, const struct candidate *const *changes, size_t n, enum lane lane)
{
    const struct counterfactuals *o = h->out;
    return lane != o->decision->lane && !told_already(o->greener, o->ngreener, changes, n, lane) &&
           !told_already(o->stricter, o->nstricter, changes, n, lane);
}

static void try_single(struct hunt *h)
{
    for (size_t i = 0; i < h->ncandidates; i++) {
        const struct candidate *change[1] = {&h->candidates[i]};
        struct decision *after;
        h->candidates[i].lane = h->out->decision->lane;
        if (!decide_again(h, change, 1, &after)) {
            h->out->complete = false;
            continue;
        }
        h->candidates[i].lane = after->lane;
        if (is_news(h, change, 1, after->lane)) found(h, change, 1, after);
    }
}

// Further than either goes alone.
static bool goes_further(enum lane was, enum lane a, enum lane b, enum lane both)
{
    return both < was ? both < a && both < b : both > was && both > a && both > b;
}

static void try_pairs(struct hunt *h)
{
    for (size_t i = 0; i < h->ncandidates; i++)
        for (size_t k = i + 1; k < h->ncandidates; k++) {
            const struct candidate *change[2] = {&h->candidates[i], &h->candidates[k]};
            struct decision *after;
            if (change[0]->slot == change[1]->slot) continue;
            if (!decide_again(h, change, 2, &after)) {
                h->out->complete = false;
                return;
            }
            if (goes_further(h->out->decision->lane, change[0]->lane, change[1]->lane, after->lane) &&
                is_news(h, change, 2, after->lane))
                found(h, change, 2, after);
        }
}

// ---- Queues ----

static void choose(const struct lane_arrival *arrival, const struct port_now *now, struct lane_choice *out)
{
    if (now->stands)
        lane_again(arrival, &now->stand, &now->port, &now->plan->settings, out);
    else
        lane_choose(arrival, &now->port, &now->plan->settings, out);
}

static bool queue_try(struct hunt *h, const struct lane_arrival *arrival, const struct port_now *now,
                      struct queue_change change)
{
    struct lane_choice choice;
    struct counterfactuals *out = h->out;
    choose(arrival, now, &choice);
    if (choice.lane == out->decision->lane || out->nqueues == QUEUE_CHANGES_MAX) return false;
    change.lane = choice.lane;
    change.sent = choice.service;
    out->queues[out->nqueues++] = change;
    return true;
}

// As many fewer or more minutes as servers share a queue; without any before, or left, those of the queue as it stands.
static void servers_try(struct hunt *h, int service, int by)
{
    struct port_now now = *h->now;
    struct lane_queue *queue = &now.port.queues[service];
    int up = queue->servers_up, then = up + by;
    if (up < 0 || up == INT_MAX || then < 0) return;
    double share = up > 0 && then > 0 ? (double)up / then : 1;
    queue->servers_up = then;
    queue->wait_min *= share;
    if (now.stands && now.stand.service == service) now.stand.ahead_min *= share;
    (void)queue_try(h, &h->out->decision->chosen.arrival, &now,
                    (struct queue_change){.what = QUEUE_SERVERS, .service = service, .from = up, .to = then});
}

#define BISECTIONS 40

struct tipping {
    struct hunt *h;
    enum queue_figure what;
    int service;
};

static void tipping_set(const struct tipping *t, double value, struct lane_arrival *arrival, struct port_now *now)
{
    *arrival = t->h->out->decision->chosen.arrival;
    *now = *t->h->now;
    if (t->what == QUEUE_RISK) {
        arrival->risk = value;
        return;
    }
    now->port.queues[t->service].wait_min = value;
    if (now->stands && now->stand.service == t->service) now->stand.ahead_min = value;
}

static enum lane tipping_lane(const struct tipping *t, double value)
{
    struct lane_arrival arrival;
    struct port_now now;
    struct lane_choice choice;
    tipping_set(t, value, &arrival, &now);
    choose(&arrival, &now, &choice);
    return choice.lane;
}

// The value nearest to `from` on the way to `end` at which the lane is another, if it is another at the end.
static void tip(struct tipping t, double from, double end)
{
    struct lane_arrival arrival;
    struct port_now now;
    double near = from, far = end;
    if (!isfinite(from) || tipping_lane(&t, end) == t.h->out->decision->lane) return;
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = near + (far - near) / 2;
        if (tipping_lane(&t, middle) == t.h->out->decision->lane)
            near = middle;
        else
            far = middle;
    }
    tipping_set(&t, far, &arrival, &now);
    (void)queue_try(t.h, &arrival, &now,
                    (struct queue_change){.what = t.what, .service = t.service, .from = from, .to = far});
}

#define WAIT_FAR_MIN 600.0

static void try_queues(struct hunt *h)
{
    const struct port_now *now = h->now;
    const struct lane_arrival *arrival = &h->out->decision->chosen.arrival;
    for (int i = 0; i < (int)now->plan->settings.nservices; i++) {
        bool here = now->stands && now->stand.service == i;
        double wait = here ? now->stand.ahead_min : now->port.queues[i].wait_min;
        servers_try(h, i, 1);
        servers_try(h, i, -1);
        tip((struct tipping){h, QUEUE_WAIT, i}, wait, 0);
        tip((struct tipping){h, QUEUE_WAIT, i}, wait, fmax(wait, 0) + WAIT_FAR_MIN);
    }
    tip((struct tipping){h, QUEUE_RISK, -1}, arrival->risk, 0);
    tip((struct tipping){h, QUEUE_RISK, -1}, arrival->risk, 1);
    if (!h->out->decision->chosen.choice.by_chance) return;
    struct lane_arrival undrawn = *arrival;
    undrawn.draw.floor = nextafter(1, 0);
    (void)queue_try(h, &undrawn, now,
                    (struct queue_change){QUEUE_CHANCE, -1, arrival->draw.floor, undrawn.draw.floor, LANE_GREEN, -1});
}

static void margin_find(struct counterfactuals *out, const struct port_now *now)
{
    const struct lane_choice *c = &out->decision->chosen.choice;
    out->best = out->next = -1;
    for (int i = 0; i < (int)now->plan->settings.nservices; i++) {
        if (c->terms[i].bar != LANE_OPEN || !isfinite(c->terms[i].gain)) continue;
        if (out->best < 0 || c->terms[i].gain > c->terms[out->best].gain) {
            out->next = out->best;
            out->best = i;
        } else if (out->next < 0 || c->terms[i].gain > c->terms[out->next].gain) {
            out->next = i;
        }
    }
    out->has_margin = out->next >= 0;
    if (out->has_margin) out->margin = c->terms[out->best].gain - c->terms[out->next].gain;
}

// ---- All of it ----

static bool hunt_begin(struct hunt *h)
{
    struct counterfactuals *out = h->out;
    h->held = arena_array(h->arena, struct fact, fact_kind_count);
    out->decision = arena_new(h->arena, struct decision);
    out->greener = arena_array(h->arena, struct counterfactual, COUNTERFACTUAL_TOLD_MAX);
    out->stricter = arena_array(h->arena, struct counterfactual, COUNTERFACTUAL_TOLD_MAX);
    if (!h->held || !out->decision || !out->greener || !out->stricter) return false;
    for (uint32_t slot = 0; slot < fact_kind_count; slot++) {
        const struct fact *fact = facts_get(&h->facts, str_of(fact_kinds[slot].name));
        h->held[slot] = fact ? *fact : (struct fact){.name = NULL};
        h->held[slot].sources = NULL; // it is not asked what a changed fact would have come from
        h->held[slot].nsources = 0;
    }
    return true;
}

enum err counterfactual_find(struct arena *arena, const struct rules *rules, const struct facts *facts,
                             const struct port_now *now, struct counterfactuals *out, struct why *why)
{
    struct hunt h = {
        .rules = rules, .now = now, .arena = arena, .scratch = ARENA(SCRATCH), .facts = *facts, .out = out, .why = why};
    *out = (struct counterfactuals){.complete = true};
    if (!hunt_begin(&h)) return why_set(why, ERR_NO_MEMORY, "", "no memory to look for what would have changed");
    h.err = decide(arena, rules, facts, now, out->decision, why);
    if (h.err == ERR_NONE && !candidates_make(&h))
        h.err = why_set(why, ERR_NO_MEMORY, "", "no memory to look for what would have changed");
    if (h.err == ERR_NONE) try_single(&h);
    if (h.err == ERR_NONE) try_pairs(&h);
    if (h.err == ERR_NONE && out->decision->has_choice) {
        try_queues(&h);
        margin_find(out, now);
    }
    arena_free(&h.scratch);
    return h.err;
}

// ---- As JSON ----

static struct json *value_json(struct arena *arena, const struct fact *fact)
{
    if (!fact->name) return json_new_null(arena);
    if (fact->type == FACT_BOOL) return json_new_bool(arena, fact->boolean);
    if (fact->type == FACT_NUMBER) return json_new_number(arena, fact->number);
    return json_new_text(arena, fact->text);
}

static const struct {
    const char *would, *and, *were, *not ;
} words[LANGUAGE_COUNT] = {
    {", if ", " and ", " were ", " and not "},
    {", si ", " y ", " fuera ", " y no "},
    {", si ", " et ", " était ", " et non "},
};

static const char *label_of(const struct fact_kind *kind, enum language language)
{
    return language == LANGUAGE_EN ? kind->en : language == LANGUAGE_ES ? kind->es : kind->fr;
}

static void fact_say(struct arena *arena, const struct fact_change *c, enum language language, struct buf *out)
{
    buf_printf(out, "«%s»%s", label_of(c->kind, language), words[language].were);
    buf_str_add(out, wording_value(arena, c->to.name ? &c->to : NULL, language));
    buf_puts(out, words[language].not );
    buf_str_add(out, wording_value(arena, c->from.name ? &c->from : NULL, language));
}

static struct str taken(struct arena *arena, struct buf *text)
{
    struct str out = text->failed ? STR_NONE : arena_str(arena, buf_str(text));
    if (text->failed) arena->failed = true;
    buf_free(text);
    return out;
}

// "scan, if «difference of weights» were 6 and not 3".
static void change_say(struct arena *arena, struct json *object, const struct counterfactual *c)
{
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        enum language language = (enum language)i;
        struct buf text = BUF(8192);
        buf_str_add(&text, wording_word(str_of(lane_name(c->lane)), language));
        for (size_t k = 0; k < c->nchanges; k++) {
            buf_puts(&text, k ? words[language].and : words[language].would);
            fact_say(arena, &c->changes[k], language, &text);
        }
        json_put_text(arena, object, language_name(language), taken(arena, &text));
    }
}

static struct json *changes_json(struct arena *arena, const struct counterfactual *items, size_t n)
{
    struct json *list = json_new_array(arena);
    for (size_t i = 0; list && i < n; i++) {
        struct json *o = json_new_object(arena), *changes = json_new_array(arena), *rules = json_new_array(arena);
        for (size_t k = 0; k < items[i].nchanges; k++) {
            struct json *change = json_new_object(arena);
            json_put_text(arena, change, "fact", str_of(items[i].changes[k].kind->name));
            json_put(change, "from", value_json(arena, &items[i].changes[k].from));
            json_put(change, "to", value_json(arena, &items[i].changes[k].to));
            json_add(changes, change);
        }
        for (size_t k = 0; k < items[i].nrules; k++) {
            struct json *rule = json_new_object(arena);
            json_put_text(arena, rule, "rule", items[i].rules[k]->head.id);
            json_put_text(arena, rule, "citation", items[i].rules[k]->head.citation);
            json_add(rules, rule);
        }
        json_put(o, "changes", changes);
        json_put_text(arena, o, "lane", str_of(lane_name(items[i].lane)));
        json_put(o, "rules", rules);
        change_say(arena, o, &items[i]);
        json_add(list, o);
    }
    return list;
}

// The lane, [0], the service, [1], the figure it would be, [2], the figure it was, [3]; of chance no figures.
static const char *const queue_texts[][LANGUAGE_COUNT][4] = {
    [QUEUE_SERVERS] = {{", if ", " had ", " at work and not ", ""},
                       {", si en ", " hubiera ", " en servicio y no ", ""},
                       {", si ", " en avait ", " en service et non ", ""}},
    [QUEUE_WAIT] = {{", if the wait for ", " were ", " min and not ", ""},
                    {", si la espera en ", " fuera de ", " min y no de ", ""},
                    {", si l'attente à ", " était de ", " min et non de ", ""}},
    [QUEUE_RISK] = {{", if the risk were ", "", " % and not ", " %"},
                    {", si el riesgo fuera de ", "", " % y no de ", " %"},
                    {", si le risque était de ", "", " % et non de ", " %"}},
    [QUEUE_CHANCE] = {{", had chance not sent it", "", "", ""},
                      {", si el azar no lo hubiera enviado", "", "", ""},
                      {", si le tirage ne l'avait pas envoyé", "", "", ""}},
};
static const char *const queue_names[] = {"servers", "wait_min", "risk", "chance"};

static void figure_say(enum queue_figure what, double value, enum language language, struct buf *out)
{
    static const int places[] = {[QUEUE_SERVERS] = 0, [QUEUE_WAIT] = 1, [QUEUE_RISK] = 2};
    char text[400];
    if (what == QUEUE_CHANCE) return;
    int n = snprintf(text, sizeof text, "%.*f", places[what], what == QUEUE_RISK ? value * 100 : value);
    for (int i = 0; i < n && text[i]; i++) buf_putc(out, text[i] == '.' && language == LANGUAGE_FR ? ',' : text[i]);
}

static void queue_say(struct arena *arena, struct json *o, const struct queue_change *q, const struct port_now *now)
{
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        enum language language = (enum language)i;
        const char *const *parts = queue_texts[q->what][i];
        struct buf text = BUF(1024);
        buf_str_add(&text, wording_word(str_of(lane_name(q->lane)), language));
        buf_puts(&text, parts[0]);
        if (q->service >= 0) buf_puts(&text, now->plan->settings.services[q->service].name);
        buf_puts(&text, parts[1]);
        figure_say(q->what, q->to, language, &text);
        buf_puts(&text, parts[2]);
        figure_say(q->what, q->from, language, &text);
        buf_puts(&text, parts[3]);
        json_put_text(arena, o, language_name(language), taken(arena, &text));
    }
}

static struct str service_name(const struct port_now *now, int service)
{
    return str_of(now->plan->settings.services[service].name);
}

static struct json *queues_json(struct arena *arena, const struct counterfactuals *of, const struct port_now *now)
{
    struct json *list = json_new_array(arena);
    for (size_t i = 0; list && i < of->nqueues; i++) {
        const struct queue_change *q = &of->queues[i];
        struct json *o = json_new_object(arena);
        json_put_text(arena, o, "what", str_of(queue_names[q->what]));
        if (q->service >= 0) json_put_text(arena, o, "service", service_name(now, q->service));
        if (isfinite(q->from)) json_put_number(arena, o, "from", q->from);
        json_put_number(arena, o, "to", q->to);
        json_put_text(arena, o, "lane", str_of(lane_name(q->lane)));
        if (q->sent >= 0) json_put_text(arena, o, "sent", service_name(now, q->sent));
        queue_say(arena, o, q, now);
        json_add(list, o);
    }
    return list;
}

struct json *counterfactual_json(struct arena *arena, const struct counterfactuals *of, const struct port_now *now)
{
    struct json *o = json_new_object(arena), *facts = json_new_object(arena), *margin = json_new_object(arena);
    if (!o || !facts || !margin) return NULL;
    json_put_text(arena, o, "lane", str_of(lane_name(of->decision->lane)));
    json_put(facts, "greener", changes_json(arena, of->greener, of->ngreener));
    json_put(facts, "stricter", changes_json(arena, of->stricter, of->nstricter));
    json_put(o, "facts", facts);
    json_put(o, "queues", queues_json(arena, of, now));
    if (of->has_margin) {
        json_put_text(arena, margin, "service", service_name(now, of->best));
        json_put_text(arena, margin, "next", service_name(now, of->next));
        json_put_number(arena, margin, "gain", of->margin);
        json_put(o, "margin", margin);
    }
    json_put_number(arena, o, "left_out", (double)of->left_out);
    json_put_number(arena, o, "decisions", (double)of->steps);
    json_put_bool(arena, o, "complete", of->complete);
    return arena->failed ? NULL : o;
}
