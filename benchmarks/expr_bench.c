// SPDX-License-Identifier: Apache-2.0
// Expr bench: what one evaluation of an expression costs, over the expressions and facts that the peers get too
// (peers/expressions.json); and how many records a second 100 rules of three conditions each get through, with the
// reason for each rule (generated from a fixed seed; --dump-rules FILE writes rules and records for the peers).
#include "base/json.h"
#include "expr/expr.h"
#include "expr/json_value.h"
#include "expr/table.h"
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 7
#define ROUND_US 60000
#define SLOTS_MAX 64

#define RULES 100
#define CONDITIONS 3
#define FIELDS 30
#define RECORDS 1000
#define SEED 20260301

struct bench {
    struct arena arena;
    struct expr_env *env;
    struct expr_value slots[SLOTS_MAX];
    size_t nslots;
};

static void fail(const char *what)
{
    fprintf(stderr, "expr_bench: %s\n", what);
    exit(1);
}

static struct json *read_json(struct arena *arena, const char *path)
{
    static const size_t max = (size_t)1 << 20;
    struct why why = {0};
    FILE *file = fopen(path, "rb");
    char *bytes = arena_alloc(arena, max);
    if (!file || !bytes) fail(path);
    size_t n = fread(bytes, 1, max, file);
    fclose(file);
    struct json *json = json_parse(arena, (struct str){bytes, n}, &why);
    if (!json) must(why.err, &why, path);
    return json;
}

// A fact as the variable's declared type has it.
static struct expr_value fact(struct bench *b, const struct json *json, struct str type)
{
    struct expr_value value;
    struct why why = {0};
    must(expr_value_of_json(&b->arena, json, &value, &why), &why, "a fact");
    if (str_is(type, "double") && value.kind == EXPR_INT) return EXPR_DOUBLE_VALUE((double)value.integer);
    if (str_is(type, "timestamp")) return expr_timestamp_parse(&b->arena, value.text);
    return value;
}

static void declare(struct bench *b, const struct json *spec)
{
    struct why why = {0};
    uint32_t slot;
    const struct json *facts = json_get(spec, "facts");
    json_each(variable, json_get(spec, "variables"))
    {
        must(expr_env_variable(b->env, variable->name, variable->text, &slot, &why), &why, "a variable");
        const struct json *of = NULL;
        json_each(f, facts) if (str_eq(f->name, variable->name)) of = f;
        if (!of || slot >= SLOTS_MAX) fail("a variable without a fact, or too many");
        b->slots[slot] = fact(b, of, variable->text);
        b->nslots = slot + 1;
    }
}

static struct expr *compiled(struct bench *b, struct str text)
{
    struct expr_issues issues = {0};
    struct expr *expr = expr_compile(&b->arena, b->env, text, 0, &issues);
    if (!expr) fail(issues.items[0].text);
    return expr;
}

// Nanoseconds of CPU of one evaluation, the median of some rounds: others on the machine do not count. Ends the driver
// if a result is another.
static double timed(struct bench *b, const struct expr *expr, bool result)
{
    struct arena scratch = ARENA((size_t)64 << 20);
    int64_t spans[ROUNDS];
    size_t times = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        int64_t begin = cpu_us(), end = begin;
        size_t done = 0;
        while (end - begin < ROUND_US) {
            for (size_t i = 0; i < 1000; i++, done++) {
                struct expr_run run = {.arena = &scratch, .slots = b->slots, .nslots = b->nslots};
                struct expr_value value = expr_eval(expr, &run);
                if (value.kind != EXPR_BOOL || value.boolean != result) fail("an expression gives another result");
                if (scratch.used) arena_reset(&scratch);
            }
            end = cpu_us();
        }
        times = done;
        spans[round] = (end - begin) * 1000000 / (int64_t)times; // picoseconds
    }
    arena_free(&scratch);
    return percentile(spans, ROUNDS, 0.5) / 1000;
}

static void time_expressions(struct bench *b, const struct json *spec)
{
    json_each(e, json_get(spec, "expressions"))
    {
        double ns = timed(b, compiled(b, json_text(e, "text")), json_true(e, "result"));
        struct str name = json_text(e, "name");
        progress("%-12.*s %8.1f ns", STR_ARG(name), ns);
        if (str_is(name, "policy")) figure("expr_policy_us", ns / 1000);
    }
}

// ---- 100 rules of three conditions over records of 30 fields ----

enum field_type { FIELD_DOUBLE, FIELD_INT, FIELD_STRING, FIELD_BOOL };

static enum field_type field_type(size_t field)
{
    return field < 12 ? FIELD_DOUBLE : field < 20 ? FIELD_INT : field < 26 ? FIELD_STRING : FIELD_BOOL;
}

static const char *type_name(enum field_type type)
{
    static const char *const names[] = {"double", "int", "string", "bool"};
    return names[type];
}

struct condition {
    size_t field;
    const char *compare; // of json-rules-engine
    const char *text;    // of CEL
    struct json *value;
};

struct rules {
    struct arena arena;
    uint64_t random;
    struct expr_env *env;
    struct condition conditions[RULES][CONDITIONS];
    struct json *records;
    struct expr_value values[RECORDS][FIELDS];
};

static uint64_t below(struct rules *r, uint64_t n)
{
    return pick(&r->random) % n;
}

static struct str text_value(struct rules *r)
{
    return arena_printf(&r->arena, "code-%02d", (int)below(r, 40));
}

static struct json *field_value(struct rules *r, size_t field)
{
    switch (field_type(field)) {
    case FIELD_DOUBLE:
        return json_new_number(&r->arena, (double)below(r, 100000) / 8 + 0.0625);
    case FIELD_INT:
        return json_new_number(&r->arena, (double)below(r, 100));
    case FIELD_STRING:
        return json_new_text(&r->arena, text_value(r));
    default:
        return json_new_bool(&r->arena, below(r, 2));
    }
}

static struct condition random_condition(struct rules *r)
{
    static const struct {
        const char *operator, * text;
    } orders[] = {{"lessThan", "<"}, {"lessThanInclusive", "<="}, {"greaterThan", ">"}, {"greaterThanInclusive", ">="}};
    struct condition c = {.field = below(r, FIELDS)};
    size_t order = below(r, 4);
    c.compare = orders[order].operator;
    c.text = orders[order].text;
    c.value = field_value(r, c.field);
    if (field_type(c.field) == FIELD_STRING && below(r, 2)) {
        c.compare = "in";
        c.text = "in";
        c.value = json_new_array(&r->arena);
        for (int i = 0; i < 12; i++) json_add(c.value, json_new_text(&r->arena, text_value(r)));
    } else if (field_type(c.field) >= FIELD_STRING) {
        bool not = field_type(c.field) == FIELD_STRING;
        c.compare = not ? "notEqual" : "equal";
        c.text = not ? "!=" : "==";
    }
    return c;
}

static struct str condition_text(struct rules *r, const struct condition *c)
{
    struct buf value = BUF(10000);
    json_canonical(c->value, &value);
    bool whole = field_type(c->field) == FIELD_DOUBLE && !memchr(value.p, '.', value.n);
    struct str text =
        arena_printf(&r->arena, "f%02d %s %.*s%s", (int)c->field, c->text, STR_ARG(buf_str(&value)), whole ? ".0" : "");
    buf_free(&value);
    return text;
}

static struct str rule_text(struct rules *r, size_t rule)
{
    struct str texts[CONDITIONS];
    for (size_t i = 0; i < CONDITIONS; i++) texts[i] = condition_text(r, &r->conditions[rule][i]);
    return arena_printf(&r->arena, "%.*s && %.*s && %.*s", STR_ARG(texts[0]), STR_ARG(texts[1]), STR_ARG(texts[2]));
}

static void generate_record(struct rules *r, size_t number)
{
    struct json *record = json_new_object(&r->arena);
    for (size_t field = 0; field < FIELDS; field++) {
        struct json *value = field_value(r, field);
        struct str name = expr_env_slot_name(r->env, (uint32_t)field);
        r->values[number][field] = value->type == JSON_STRING       ? EXPR_STRING_VALUE(value->text)
                                   : value->type == JSON_BOOL       ? EXPR_BOOL_VALUE(value->boolean)
                                   : field_type(field) == FIELD_INT ? EXPR_INT_VALUE((int64_t)value->number)
                                                                    : EXPR_DOUBLE_VALUE(value->number);
        json_put_named(record, name, value);
    }
    json_add(r->records, record);
}

static void generate(struct rules *r)
{
    struct why why = {0};
    uint32_t slot;
    for (size_t field = 0; field < FIELDS; field++) {
        struct str name = arena_printf(&r->arena, "f%02d", (int)field);
        must(expr_env_variable(r->env, name, str_of(type_name(field_type(field))), &slot, &why), &why, "a field");
    }
    for (size_t rule = 0; rule < RULES; rule++)
        for (size_t i = 0; i < CONDITIONS; i++) r->conditions[rule][i] = random_condition(r);
    r->records = json_new_array(&r->arena);
    for (size_t i = 0; i < RECORDS; i++) generate_record(r, i);
    if (r->arena.failed) fail("no memory for the rules");
}

// {"fields": {name: type}, "rules": [{"text": CEL, "all": [{"fact", "operator", "value"}]}], "records": [{…}]}
static void dump_rules(struct rules *r, const char *path)
{
    struct json *whole = json_new_object(&r->arena), *fields = json_new_object(&r->arena);
    struct json *rules = json_new_array(&r->arena);
    for (size_t field = 0; field < FIELDS; field++)
        json_put_named(fields, expr_env_slot_name(r->env, (uint32_t)field),
                       json_new_text(&r->arena, str_of(type_name(field_type(field)))));
    for (size_t rule = 0; rule < RULES; rule++) {
        struct json *one = json_new_object(&r->arena), *all = json_new_array(&r->arena);
        for (size_t i = 0; i < CONDITIONS; i++) {
            const struct condition *c = &r->conditions[rule][i];
            struct json *condition = json_new_object(&r->arena);
            json_put_text(&r->arena, condition, "fact", expr_env_slot_name(r->env, (uint32_t)c->field));
            json_put_text(&r->arena, condition, "operator", str_of(c->compare));
            json_put(condition, "value", c->value);
            json_add(all, condition);
        }
        json_put(one, "all", all);
        json_put_text(&r->arena, one, "text", rule_text(r, rule));
        json_add(rules, one);
    }
    json_put(whole, "fields", fields);
    json_put(whole, "rules", rules);
    json_put(whole, "records", r->records);
    struct buf out = BUF((size_t)64 << 20);
    json_canonical(whole, &out);
    FILE *file = fopen(path, "wb");
    if (!file || out.failed || r->arena.failed || fwrite(out.p, 1, out.n, file) != out.n || fclose(file) != 0)
        fail(path);
    buf_free(&out);
}

// What the table says must be what each expression says by itself.
static void compare_all(struct rules *r, const struct table *table, const struct expr *const *conditions)
{
    struct arena scratch = ARENA((size_t)1 << 20);
    struct table_verdict verdicts[RULES];
    size_t hits = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        struct expr_run run = {.arena = &scratch, .slots = r->values[i], .nslots = FIELDS};
        if (!table_eval(table, &run, verdicts)) fail("no memory for a table");
        for (size_t rule = 0; rule < RULES; rule++) {
            run.cost = 0;
            struct expr_value value = expr_eval(conditions[rule], &run);
            if (value.kind != EXPR_BOOL || value.boolean != (verdicts[rule].result == TABLE_TRUE))
                fail("the table says another thing than the expression");
            hits += value.boolean;
        }
    }
    progress("%d records, %d rules: %.1f hits a record", RECORDS, RULES, (double)hits / RECORDS);
    arena_free(&scratch);
}

static void time_rules(struct rules *r)
{
    struct expr_issues issues = {0};
    struct why why = {0};
    const struct expr *conditions[RULES];
    struct table *table;
    for (size_t rule = 0; rule < RULES; rule++) {
        conditions[rule] = expr_compile(&r->arena, r->env, rule_text(r, rule), 0, &issues);
        if (!conditions[rule]) fail(issues.items[0].text);
    }
    must(table_new(&r->arena, conditions, RULES, &table, &why), &why, "a table");
    compare_all(r, table, conditions);
    struct arena scratch = ARENA((size_t)1 << 20);
    struct table_verdict verdicts[RULES];
    int64_t spans[ROUNDS];
    for (size_t round = 0; round < ROUNDS; round++) {
        int64_t begin = cpu_us(), end = begin;
        size_t done = 0;
        while (end - begin < ROUND_US) {
            for (size_t i = 0; i < RECORDS; i++, done++) {
                struct expr_run run = {.arena = &scratch, .slots = r->values[i], .nslots = FIELDS};
                if (!table_eval(table, &run, verdicts)) fail("no memory for a table");
            }
            end = cpu_us();
        }
        spans[round] = (end - begin) * 1000000 / (int64_t)done; // picoseconds a record
    }
    arena_free(&scratch);
    figure("rules_100x30_per_s", 1e12 / percentile(spans, ROUNDS, 0.5));
}

static void bench_rules(const char *dump)
{
    struct rules *r = calloc(1, sizeof *r);
    if (!r) fail("no memory");
    *r = (struct rules){.arena = ARENA((size_t)256 << 20), .random = SEED, .env = expr_env_new(EXPR_ALL)};
    if (!r->env) fail("no memory");
    generate(r);
    if (dump)
        dump_rules(r, dump);
    else
        time_rules(r);
    expr_env_free(r->env);
    arena_free(&r->arena);
    free(r);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--dump-rules") == 0) {
        bench_rules(argv[2]);
        return 0;
    }
    const char *path = argc > 1 ? argv[1] : "benchmarks/peers/expressions.json";
    struct bench b = {.arena = ARENA((size_t)64 << 20), .env = expr_env_new(EXPR_ALL)};
    if (!b.env) fail("no memory");
    const struct json *spec = read_json(&b.arena, path);
    declare(&b, spec);
    time_expressions(&b, spec);
    expr_env_free(b.env);
    arena_free(&b.arena);
    bench_rules(NULL);
    return 0;
}
