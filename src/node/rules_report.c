// SPDX-License-Identifier: Apache-2.0
#include "node/rules_report.h"

#include "base/clock.h"
#include "base/text.h"
#include "node/file.h"
#include "node/node.h"
#include "trust/hash.h"
#include "views/history.h"

#include <math.h>
#include <unistd.h>

#define REPORT_NAME "puente-backtest-1"
#define SHADOW_ARENA ((size_t)16 << 20)
#define DAY_US ((int64_t)86400 * 1000000)

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a back-test");
}

// ---- Cases ----

struct cases {
    const struct config *config;
    struct views *views; // NULL: the node never ran
    struct history history;
    size_t at, skipped;
};

static const struct lane_plan *plan_of_hash(const struct config *c, struct arena *arena, struct str hash)
{
    for (size_t i = 0; i < c->nplans; i++) {
        struct str text = hex_text(arena, (struct str){(const char *)c->plans[i]->hash, sizeof c->plans[i]->hash});
        if (str_eq(text, hash)) return c->plans[i];
    }
    return NULL;
}

static const struct lane_plan *plan_of_port(const struct config *c, const struct facts *facts)
{
    const struct fact *port = facts_get(facts, STR("crossing.port"));
    for (size_t i = 0; port && i < c->nplans; i++)
        if (str_eq(c->plans[i]->port, port->text)) return c->plans[i];
    return NULL;
}

static void port_of(const struct cases *s, struct arena *arena, const struct json *choice, struct backtest_case *out)
{
    const struct lane_plan *plan = choice ? plan_of_hash(s->config, arena, json_text(choice, "plan")) : NULL;
    struct why none = {0};
    out->plan = plan_of_port(s->config, &out->facts);
    out->propensity = NAN;
    (void)json_number(choice, "propensity", &out->propensity);
    out->by_chance = json_true(choice, "by_chance");
    out->at_port = plan && choice_from_json(choice, plan, &out->now, &none) == ERR_NONE;
}

static enum backtest_outcome outcome_of(const struct json *finding)
{
    struct str result = json_text(finding, "result");
    if (str_is(result, "nothing")) return BACKTEST_NOTHING;
    if (str_is(result, "discrepancy")) return BACKTEST_DISCREPANCY;
    return str_is(result, "contraband") ? BACKTEST_CONTRABAND : BACKTEST_UNKNOWN;
}

// false: its facts were erased, or are of another build.
static bool case_of(const struct cases *s, struct arena *arena, const struct history_case *from,
                    struct backtest_case *out)
{
    struct why none = {0};
    enum lane selected;
    *out = (struct backtest_case){.outcome = outcome_of(from->finding)};
    if (!lane_parse(json_text(from->decision, "lane"), &out->lane) ||
        facts_from_json(arena, json_get(from->decision, "facts"), &out->facts, &none) != ERR_NONE)
        return false;
    out->facts.crossing = from->crossing;
    out->facts.now_us = from->in_us;
    out->followed =
        !from->selection || (lane_parse(json_text(from->selection, "lane"), &selected) && selected == out->lane);
    port_of(s, arena, json_get(from->decision, "choice"), out);
    return true;
}

static enum err next_case(void *context, struct arena *arena, struct backtest_case *out, bool *done, struct why *why)
{
    struct cases *s = context;
    while (s->at < s->history.count) {
        struct history_case found;
        enum err err = history_case(s->views, arena, &s->history.items[s->at++], &found, why);
        if (err != ERR_NONE) return err;
        if (case_of(s, arena, &found, out)) return arena->failed ? no_memory(why) : ERR_NONE;
        s->skipped++;
    }
    *done = true;
    return ERR_NONE;
}

// ---- The store ----

struct store {
    struct engine *engine;
    struct views *views;
    uint64_t size;
};

static void store_close(struct store *store)
{
    views_free(store->views);
    engine_close(store->engine);
}

// A node that never ran has no store, and an empty history.
static enum err store_open(const struct config *c, struct store *out, struct why *why)
{
    *out = (struct store){0};
    if (access(c->database, F_OK) != 0) return ERR_NONE;
    enum err err = engine_sqlite_open_reader(c->database, &out->engine, why);
    if (err == ERR_NONE) err = views_open(out->engine, false, NULL, NULL, &out->views, why);
    if (err == ERR_NONE) err = engine_next_index(out->engine, ENGINE_OWN, &out->size, why);
    if (err != ERR_NONE) store_close(out);
    return err;
}

// ---- The report ----

struct asked {
    uint64_t first, next;
    int64_t as_of_us;
};

struct ran {
    struct backtest backtest;
    size_t skipped;
    struct json *result;
};

static enum err run(struct arena *arena, const struct config *c, struct views *views, const struct rules *candidate,
                    const struct asked *asked, struct ran *out, struct why *why)
{
    struct cases cases = {.config = c, .views = views};
    struct backtest_settings settings = {
        .old = c->rules, .candidate = candidate, .as_of_us = asked->as_of_us, .next = next_case, .context = &cases};
    enum err err = views ? history_read(views, arena, asked->first, asked->next, &cases.history, why) : ERR_NONE;
    if (err == ERR_NONE) err = backtest_run(arena, &settings, &out->backtest, why);
    if (err != ERR_NONE) return err;
    out->skipped = cases.skipped;
    out->result = backtest_json(arena, &out->backtest);
    return out->result ? ERR_NONE : no_memory(why);
}

static void put_time(struct arena *arena, struct json *object, const char *name, int64_t us)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_us(us, text);
    json_put_text(arena, object, name, arena_str(arena, (struct str){text, n}));
}

static struct str hash_text(struct arena *arena, const uint8_t hash[SHA256_BYTES])
{
    return hex_text(arena, (struct str){(const char *)hash, SHA256_BYTES});
}

static struct json *report_json(struct arena *arena, const struct config *c, const struct rules_file *candidate,
                                const struct asked *asked, const struct ran *ran)
{
    struct json *report = json_new_object(arena), *history = json_new_object(arena);
    if (!report || !history) return NULL;
    json_put_text(arena, report, "report", STR(REPORT_NAME));
    json_put_text(arena, report, "party", c->party);
    put_time(arena, report, "made", asked->as_of_us);
    put_time(arena, report, "as_of", asked->as_of_us);
    json_put_text(arena, report, "build", str_of(node_version));
    json_put_text(arena, report, "candidate", candidate->hash);
    json_put_text(arena, report, "against", hash_text(arena, c->rules->hash));
    json_put_number(arena, history, "first", (double)asked->first);
    json_put_number(arena, history, "next", (double)asked->next);
    if (ran->backtest.cases) {
        put_time(arena, history, "from", ran->backtest.from_us);
        put_time(arena, history, "to", ran->backtest.to_us);
    }
    json_put_number(arena, history, "skipped", (double)ran->skipped);
    json_put(report, "history", history);
    json_put_text(arena, report, "little", backtest_little(arena, &ran->backtest));
    json_put(report, "result", ran->result);
    return arena->failed ? NULL : report;
}

enum err rules_report_make(struct arena *arena, const struct config *c, const struct rules_file *candidate,
                           int64_t from_us, struct json **out, struct why *why)
{
    struct store store;
    struct ran ran = {0};
    struct asked asked = {.as_of_us = clock_now_us()};
    enum err err = store_open(c, &store, why);
    if (err != ERR_NONE) return err;
    asked.next = store.size;
    if (store.views && from_us) err = history_index_at(store.views, from_us, &asked.first, why);
    if (err == ERR_NONE) err = run(arena, c, store.views, candidate->rules, &asked, &ran, why);
    store_close(&store);
    if (err != ERR_NONE) return err;
    *out = report_json(arena, c, candidate, &asked, &ran);
    return *out ? ERR_NONE : no_memory(why);
}

// ---- Verifying one ----

static enum err fits(const struct config *c, const struct rules_file *candidate, const struct json *report,
                     struct arena *arena, struct why *why)
{
    if (!str_is(json_text(report, "report"), REPORT_NAME))
        return why_set(why, ERR_MALFORMED, "report", "this is no report of puente rules backtest");
    if (!str_eq(json_text(report, "party"), c->party))
        return why_set(why, ERR_CONFLICT, "party", "the report is of the node of %.*s",
                       STR_ARG(json_text(report, "party")));
    if (!str_eq(json_text(report, "candidate"), candidate->hash))
        return why_set(why, ERR_CONFLICT, "candidate",
                       "the report is of another set (%.12s…); run the back-test of this file",
                       json_text(report, "candidate").n >= 12 ? json_text(report, "candidate").p : "none");
    if (!str_eq(json_text(report, "against"), hash_text(arena, c->rules->hash)))
        return why_set(why, ERR_CONFLICT, "against",
                       "the report compares with a set that is no longer in force; run the back-test anew");
    return ERR_NONE;
}

static enum err recent(const struct rules_activation *a, const struct json *report, struct why *why)
{
    int64_t at = 0;
    struct str time = json_text(json_get(report, "history"), "to");
    if (!time.p) time = json_text(report, "made"); // nothing has crossed yet
    if (!time_parse_us(time, &at)) return why_set(why, ERR_MALFORMED, "history", "the report says no time");
    if (clock_now_us() - at > a->max_age_days * DAY_US)
        return why_set(why, ERR_EXPIRED, "history",
                       "the report's history ends on %.10s, over %lld days ago; run the back-test anew", time.p,
                       (long long)a->max_age_days);
    struct str little = json_text(report, "little");
    if (little.n && !a->little_history)
        return why_set(why, ERR_SENSELESS, "little",
                       "the report rests on little history (%.*s); --little-history: so be it", STR_ARG(little));
    return ERR_NONE;
}

static bool same(const struct json *a, const struct json *b)
{
    struct buf one = BUF(RULES_REPORT_MAX), two = BUF(RULES_REPORT_MAX);
    if (a) json_canonical(a, &one);
    if (b) json_canonical(b, &two);
    bool same = a && b && !one.failed && !two.failed && str_eq(buf_str(&one), buf_str(&two));
    buf_free(&one);
    buf_free(&two);
    return same;
}

// The same cases must give the same figures again: a report is a claim, and this is its proof.
static enum err again(struct arena *arena, const struct config *c, const struct rules_file *candidate,
                      const struct json *report, struct why *why)
{
    const struct json *history = json_get(report, "history");
    struct store store;
    struct ran ran = {0};
    struct asked asked = {0};
    int64_t first, next;
    if (!json_integer(history, "first", &first) || !json_integer(history, "next", &next) || first < 0 || next < first ||
        !time_parse_us(json_text(report, "as_of"), &asked.as_of_us))
        return why_set(why, ERR_MALFORMED, "history", "the report does not say which part of the log it read");
    asked.first = (uint64_t)first;
    asked.next = (uint64_t)next;
    enum err err = store_open(c, &store, why);
    if (err != ERR_NONE) return err;
    if (asked.next > store.size)
        err = why_set(why, ERR_CONFLICT, "history", "the report read statements that this node's log does not have");
    if (err == ERR_NONE) err = run(arena, c, store.views, candidate->rules, &asked, &ran, why);
    store_close(&store);
    if (err != ERR_NONE) return err;
    if (!str_eq(backtest_little(arena, &ran.backtest), json_text(report, "little")) ||
        !same(ran.result, json_get(report, "result")))
        return why_set(why, ERR_UNTRUSTED, "result",
                       "run again, the back-test gives other figures than the report; make the report anew");
    return ERR_NONE;
}

enum err rules_report_verify(struct arena *arena, const struct config *c, const struct rules_file *candidate,
                             const struct rules_activation *a, struct str *hash, struct why *why)
{
    struct str bytes;
    struct why inner = {0};
    uint8_t digest[SHA256_BYTES];
    enum err err = file_read(arena, a->report, RULES_REPORT_MAX, &bytes, why);
    if (err != ERR_NONE) return err;
    const struct json *report = json_parse(arena, bytes, &inner);
    if (!report) return why_set(why, inner.err, inner.member, "%s: %s", a->report, inner.text);
    err = fits(c, candidate, report, arena, why);
    if (err == ERR_NONE) err = recent(a, report, why);
    if (err == ERR_NONE) err = again(arena, c, candidate, report, why);
    sha256(bytes, digest);
    *hash = hash_text(arena, digest);
    return err == ERR_NONE && !hash->p ? no_memory(why) : err;
}

// ---- Shadow rules ----

static void shadow_add(struct rules_shadow *shadow, const struct history_case *c)
{
    bool hit = false;
    enum backtest_outcome outcome = outcome_of(c->finding);
    json_each(item, json_get(c->decision, "shadow")) hit =
        hit || str_eq(json_text(item, "rule"), shadow->rule->head.id);
    shadow->cases++;
    if (!hit) return;
    shadow->hits++;
    shadow->inspected += outcome != BACKTEST_UNKNOWN;
    shadow->found += outcome == BACKTEST_DISCREPANCY || outcome == BACKTEST_CONTRABAND;
}

static enum err shadows_count(struct views *views, const struct history *history, struct str hash,
                              struct rules_shadow *shadows, size_t n, struct why *why)
{
    struct arena step = ARENA(SHADOW_ARENA);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < history->count && err == ERR_NONE; i++) {
        struct history_case c;
        err = history_case(views, &step, &history->items[i], &c, why);
        for (size_t k = 0; k < n && err == ERR_NONE && str_eq(json_text(c.decision, "rules"), hash); k++)
            shadow_add(&shadows[k], &c);
        arena_reset(&step);
    }
    arena_free(&step);
    return err;
}

enum err rules_shadows(struct arena *arena, const struct config *c, struct str hash, struct rules_shadow **out,
                       size_t *count, struct why *why)
{
    struct store store;
    struct history history = {0};
    *count = 0;
    *out = arena_array(arena, struct rules_shadow, c->rules->count + 1);
    if (!*out) return no_memory(why);
    for (size_t i = 0; i < c->rules->count; i++)
        if (c->rules->items[i].state == RULE_SHADOW) (*out)[(*count)++].rule = &c->rules->items[i];
    if (!*count) return ERR_NONE;
    enum err err = store_open(c, &store, why);
    if (err != ERR_NONE || !store.views) return err;
    err = history_read(store.views, arena, 0, store.size, &history, why);
    if (err == ERR_NONE) err = shadows_count(store.views, &history, hash, *out, *count, why);
    store_close(&store);
    return err;
}
