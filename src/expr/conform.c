// SPDX-License-Identifier: Apache-2.0
#include "expr/conform.h"

#include "base/json.h"
#include "base/text.h"
#include "expr/scan.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_ARENA_MAX ((size_t)64 << 20)
#define PROTOBUF_REASON "needs generated protobuf messages, which this implementation does not have"

// One test at work.
struct trial {
    struct arena *arena;
    const struct json *test;
    struct expr_env *env;
    struct str expr;
    struct str reason; // set by the first thing that went wrong
};

static bool fail(struct trial *t, const char *format, ...) PRINTF_LIKE(2, 3);

static bool fail(struct trial *t, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (!t->reason.n) t->reason = arena_str(t->arena, str_of(text));
    if (!t->reason.n) t->reason = STR("there is no memory left");
    return false;
}

// ---- Values ----

static bool value_read(struct trial *t, const struct json *json, struct expr_value *out);

static bool is_true(const struct json *json)
{
    return json && json->type == JSON_STRING ? str_is(json->text, "true") : json && json->boolean;
}

// A 64-bit number, written as a text.
static bool integer_read(struct trial *t, struct str text, bool natural, struct expr_value *out)
{
    char copy[32], *end;
    if (text.n == 0 || text.n >= sizeof copy) return fail(t, "the test's number cannot be read");
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    errno = 0;
    *out = natural ? EXPR_UINT_VALUE(strtoull(copy, &end, 10)) : EXPR_INT_VALUE(strtoll(copy, &end, 10));
    return (errno == 0 && *end == '\0') || fail(t, "the test's number %s cannot be read", copy);
}

static bool double_read(struct trial *t, struct str text, struct expr_value *out)
{
    struct str copy = arena_str(t->arena, text);
    char *end;
    if (!copy.n) return fail(t, "the test's number cannot be read");
    *out = EXPR_DOUBLE_VALUE(strtod(copy.p, &end));
    return *end == '\0' || fail(t, "the test's number %s cannot be read", copy.p);
}

static bool bytes_read(struct trial *t, struct str hex, struct expr_value *out)
{
    char *bytes = arena_alloc(t->arena, hex.n / 2 + 1);
    size_t n;
    if (!bytes || !hex_decode(hex, bytes, hex.n / 2, &n)) return fail(t, "the test's bytes cannot be read");
    *out = EXPR_BYTES_VALUE(((struct str){bytes, n}));
    return true;
}

static bool list_read(struct trial *t, const struct json *json, struct expr_value *out)
{
    const struct json *values = json_get(json, "values");
    size_t count = values ? values->count : 0, i = 0;
    struct expr_value *items = arena_array(t->arena, struct expr_value, count + 1);
    if (!items) return fail(t, "there is no memory left");
    json_each(item, values) if (!value_read(t, item, &items[i++])) return false;
    *out = expr_list_new(t->arena, items, count);
    return out->kind != EXPR_ERROR || fail(t, "the test's list cannot be made");
}

static bool map_read(struct trial *t, const struct json *json, struct expr_value *out)
{
    const struct json *values = json_get(json, "entries");
    size_t count = values ? values->count : 0, i = 0;
    struct expr_entry *entries = arena_array(t->arena, struct expr_entry, count + 1);
    if (!entries) return fail(t, "there is no memory left");
    json_each(item, values)
    {
        if (!value_read(t, json_get(item, "key"), &entries[i].key)) return false;
        if (!value_read(t, json_get(item, "value"), &entries[i++].value)) return false;
    }
    *out = expr_map_new(t->arena, entries, count);
    return out->kind != EXPR_ERROR || fail(t, "the test's map cannot be made");
}

// {"[type.googleapis.com/google.protobuf.Duration]": {"seconds": "1", "nanos": "2"}}
static bool object_read(struct trial *t, const struct json *json, struct expr_value *out)
{
    const struct json *any = json ? json->child : NULL;
    struct expr_value seconds = EXPR_INT_VALUE(0), nanos = EXPR_INT_VALUE(0);
    if (!any) return fail(t, "the test's message is empty");
    bool instant = str_is(any->name, "[type.googleapis.com/google.protobuf.Timestamp]");
    if (!instant && !str_is(any->name, "[type.googleapis.com/google.protobuf.Duration]"))
        return fail(t, "the test's message %.*s is not known", STR_ARG(any->name));
    if (json_get(any, "seconds") && !integer_read(t, json_text(any, "seconds"), false, &seconds)) return false;
    if (json_get(any, "nanos") && !integer_read(t, json_text(any, "nanos"), false, &nanos)) return false;
    *out = (struct expr_value){.kind = instant ? EXPR_TIMESTAMP : EXPR_DURATION,
                               .time = {seconds.integer, (int32_t)nanos.integer}};
    return true;
}

static bool type_value_read(struct trial *t, struct str name, struct expr_value *out)
{
    struct why why = {0};
    const struct expr_type *type = expr_type_parse(t->arena, name, &why);
    *out = (struct expr_value){.kind = EXPR_TYPE, .type = type};
    return type != NULL || fail(t, "the test's type %.*s cannot be read: %s", STR_ARG(name), why.text);
}

static bool give(struct expr_value *out, struct expr_value value)
{
    *out = value;
    return true;
}

static bool value_read(struct trial *t, const struct json *json, struct expr_value *out)
{
    const struct json *v = json && json->type == JSON_OBJECT && json->count == 1 ? json->child : NULL;
    if (!v) return fail(t, "the test's value is of no known form");
    if (str_is(v->name, "null_value")) return give(out, EXPR_NULL_VALUE);
    if (str_is(v->name, "bool_value")) return give(out, EXPR_BOOL_VALUE(is_true(v)));
    if (str_is(v->name, "int64_value")) return integer_read(t, v->text, false, out);
    if (str_is(v->name, "uint64_value")) return integer_read(t, v->text, true, out);
    if (str_is(v->name, "double_value")) return double_read(t, v->text, out);
    if (str_is(v->name, "string_value")) return give(out, EXPR_STRING_VALUE(v->text));
    if (str_is(v->name, "bytes_value")) return bytes_read(t, json_text(v, "hex"), out);
    if (str_is(v->name, "list_value")) return list_read(t, v, out);
    if (str_is(v->name, "map_value")) return map_read(t, v, out);
    if (str_is(v->name, "object_value")) return object_read(t, v, out);
    if (str_is(v->name, "type_value")) return type_value_read(t, v->text, out);
    return fail(t, "the test's value of the form %.*s is not known", STR_ARG(v->name));
}

// ---- Comparison ----

static bool same(const struct expr_value *a, const struct expr_value *b);

static bool same_map(const struct expr_map *a, const struct expr_map *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        size_t j = 0;
        while (j < b->count && !same(&a->entries[i].key, &b->entries[j].key)) j++;
        if (j == b->count || !same(&a->entries[i].value, &b->entries[j].value)) return false;
    }
    return true;
}

static bool same_list(const struct expr_list *a, const struct expr_list *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (!same(&a->items[i], &b->items[i])) return false;
    return true;
}

// Exactly: of the same kind, a NaN being one and -0.0 not 0.0; other than CEL's own equality.
static bool same(const struct expr_value *a, const struct expr_value *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind == EXPR_LIST) return same_list(a->list, b->list);
    if (a->kind == EXPR_MAP) return same_map(a->map, b->map);
    if (a->kind != EXPR_DOUBLE) return expr_equal(a, b);
    if (isnan(a->number) || isnan(b->number)) return isnan(a->number) && isnan(b->number);
    return a->number == b->number && signbit(a->number) == signbit(b->number);
}

static const char *shown(struct trial *t, const struct expr_value *value)
{
    struct buf out = BUF((size_t)1 << 20);
    expr_print(value, &out);
    struct str text = arena_str(t->arena, buf_str(&out));
    buf_free(&out);
    return text.n ? text.p : "?";
}

// ---- Types ----

static void type_text(const struct json *type, struct buf *out, unsigned depth);

static void type_texts(const struct json *types, struct buf *out, unsigned depth)
{
    json_each(type, types)
    {
        if (type != types->child) buf_puts(out, ", ");
        type_text(type, out, depth);
    }
}

static void primitive_text(struct str name, struct buf *out)
{
    static const char *const names[][2] = {{"BOOL", "bool"},     {"INT64", "int"},     {"UINT64", "uint"},
                                           {"DOUBLE", "double"}, {"STRING", "string"}, {"BYTES", "bytes"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_is(name, names[i][0])) buf_puts(out, names[i][1]);
}

// A checked.proto Type as expr_type_parse reads it; what is not known gives a text that it refuses.
static void type_text(const struct json *type, struct buf *out, unsigned depth)
{
    const struct json *of = type && type->type == JSON_OBJECT ? type->child : NULL;
    if (!of || depth > JSON_DEPTH_MAX) return;
    if (str_is(of->name, "primitive")) {
        primitive_text(of->text, out);
    } else if (str_is(of->name, "list_type")) {
        buf_puts(out, "list(");
        type_text(json_get(of, "elem_type"), out, depth + 1);
        buf_putc(out, ')');
    } else if (str_is(of->name, "map_type")) {
        buf_puts(out, "map(");
        type_text(json_get(of, "key_type"), out, depth + 1);
        buf_puts(out, ", ");
        type_text(json_get(of, "value_type"), out, depth + 1);
        buf_putc(out, ')');
    } else if (str_is(of->name, "abstract_type")) {
        buf_str_add(out, json_text(of, "name"));
        buf_putc(out, '(');
        type_texts(json_get(of, "parameter_types"), out, depth + 1);
        buf_putc(out, ')');
    } else if (str_is(of->name, "null") || str_is(of->name, "dyn")) {
        buf_str_add(out, of->name);
    } else {
        buf_str_add(out, of->text); // message_type, type_param: by its name
    }
}

static struct str type_of(struct trial *t, const struct json *type)
{
    struct buf out = BUF(4096);
    type_text(type, &out, 0);
    struct str text = arena_str(t->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

// ---- The environment ----

static bool variable_declare(struct trial *t, struct str name, struct str type)
{
    struct why why = {0};
    uint32_t slot;
    if (scan_keyword(name)) return true; // "true" as a variable: there is no way to name it
    return expr_env_variable(t->env, name, type, &slot, &why) == ERR_NONE ||
           fail(t, "the test's variable %.*s: %s", STR_ARG(name), why.text);
}

static bool overload_declare(struct trial *t, struct str name, const struct json *overload)
{
    struct buf out = BUF(4096);
    struct why why = {0};
    struct expr_overload *table = arena_array(t->arena, struct expr_overload, 2);
    buf_putc(&out, '(');
    type_texts(json_get(overload, "params"), &out, 0);
    buf_puts(&out, ") -> ");
    type_text(json_get(overload, "result_type"), &out, 0);
    struct str signature = arena_str(t->arena, buf_str(&out)), copy = arena_str(t->arena, name);
    buf_free(&out);
    if (!table || !signature.p || !copy.p) return fail(t, "there is no memory left");
    table[0] = (struct expr_overload){.name = copy.p, .signature = signature.p};
    return expr_env_functions(t->env, table, NULL, &why) == ERR_NONE ||
           fail(t, "the test's function %s %s: %s", copy.p, signature.p, why.text);
}

static bool function_declare(struct trial *t, struct str name, const struct json *function)
{
    const struct json *overloads = json_get(function, "overloads");
    if (overloads && overloads->type == JSON_OBJECT) return overload_declare(t, name, overloads);
    json_each(overload, overloads) if (!overload_declare(t, name, overload)) return false;
    return true;
}

static const struct json *named(const struct json *list, const char *member, struct str name)
{
    json_each(item, list) if (str_eq(json_text(item, member), name)) return item;
    return NULL;
}

// The one message of the suite that a test without the mark of protobuf makes.
static const struct expr_field test_required[] = {{"required_int32", "int"}, {NULL, NULL}};

// What the test declares; variables that are only bound are dyn.
static bool declare(struct trial *t)
{
    const struct json *declared = json_get(t->test, "type_env"), *bound = json_get(t->test, "bindings");
    struct str container = json_text(t->test, "container");
    struct why why = {0};
    if (expr_env_record(t->env, STR("cel.expr.conformance.proto2.TestRequired"), test_required, &why) != ERR_NONE)
        return fail(t, "the suite's record: %s", why.text);
    if (container.n && expr_env_container(t->env, container, &why) != ERR_NONE)
        return fail(t, "the test's container: %s", why.text);
    json_each(d, declared)
    {
        const struct json *ident = json_get(d, "ident"), *function = json_get(d, "function");
        struct str name = json_text(d, "name");
        if (ident && !variable_declare(t, name, type_of(t, json_get(ident, "type")))) return false;
        if (function && !function_declare(t, name, function)) return false;
    }
    json_each(b, bound)
    {
        struct str name = json_text(b, "key");
        if (!named(declared, "name", name) && !variable_declare(t, name, STR("dyn"))) return false;
    }
    return true;
}

static bool bind(struct trial *t, struct expr_run *run)
{
    size_t n = expr_env_slots(t->env);
    struct expr_value *slots = arena_array(t->arena, struct expr_value, n + 1);
    if (!slots) return fail(t, "there is no memory left");
    for (size_t i = 0; i < n; i++) {
        const struct json *b = named(json_get(t->test, "bindings"), "key", expr_env_slot_name(t->env, (uint32_t)i));
        slots[i] = (struct expr_value){.kind = EXPR_UNKNOWN};
        if (b && !value_read(t, json_pointer(b, "/value/value"), &slots[i])) return false;
    }
    run->slots = slots;
    run->nslots = n;
    return true;
}

// ---- One test ----

static bool type_expected(struct trial *t, const struct json *json, const struct expr_type *got)
{
    struct why why = {0};
    struct str text = type_of(t, json);
    const struct expr_type *expected = expr_type_parse(t->arena, text, &why);
    if (!expected) return fail(t, "the test's type %.*s cannot be read: %s", STR_ARG(text), why.text);
    return expr_type_same(expected, got) ||
           fail(t, "deduced the type %.*s, expected %.*s", STR_ARG(expr_type_text(t->arena, got)), STR_ARG(text));
}

static bool value_expected(struct trial *t, const struct json *json, const struct expr_value *got)
{
    struct expr_value expected;
    if (!value_read(t, json, &expected)) return false;
    return same(&expected, got) || fail(t, "gives %s, expected %s", shown(t, got), shown(t, &expected));
}

static bool evaluate(struct trial *t, const struct expr *expr)
{
    struct expr_run run = {.arena = t->arena};
    const struct json *value = json_get(t->test, "value"), *typed = json_get(t->test, "typed_result");
    if (!bind(t, &run)) return false;
    struct expr_value got = expr_eval(expr, &run);
    if (json_get(t->test, "eval_error") || json_get(t->test, "any_eval_errors"))
        return got.kind == EXPR_ERROR || fail(t, "gives %s, expected an error", shown(t, &got));
    if (typed) value = json_get(typed, "result");
    // A test without a result expects true.
    return value ? value_expected(t, value, &got)
                 : (got.kind == EXPR_BOOL && got.boolean) || fail(t, "gives %s, expected true", shown(t, &got));
}

// Whether the test expects just this refusal: a few tests name the checker's message as the error.
static bool refusal_expected(const struct trial *t, const struct expr_issues *issues)
{
    json_each(error, json_pointer(t->test, "/eval_error/errors"))
    {
        struct str message = json_text(error, "message");
        if (message.n && issues->count == 1 && str_is(message, issues->items[0].text)) return true;
    }
    return false;
}

static bool compile_and_run(struct trial *t)
{
    struct expr_issues issues = {0};
    bool checked = !json_true(t->test, "disable_check");
    const struct json *typed = json_get(t->test, "typed_result");
    if (!declare(t)) return false;
    struct expr *expr = expr_compile(t->arena, t->env, t->expr, checked ? 0 : EXPR_UNCHECKED, &issues);
    if (!expr && refusal_expected(t, &issues)) return true;
    if (!expr)
        return fail(t, "%u:%u: %s", (unsigned)issues.items[0].line, (unsigned)issues.items[0].column,
                    issues.items[0].text);
    if (typed && !type_expected(t, json_get(typed, "deduced_type"), expr_result_type(expr))) return false;
    return json_true(t->test, "check_only") || evaluate(t, expr);
}

static enum conform_verdict try_test(struct arena *arena, const struct json *test, struct str *reason)
{
    struct trial t = {.arena = arena, .test = test, .expr = json_text(test, "expr"), .env = expr_env_new(EXPR_ALL)};
    bool passed = t.env ? compile_and_run(&t) : fail(&t, "there is no memory left");
    expr_env_free(t.env);
    *reason = t.reason;
    return passed ? CONFORM_PASSED : CONFORM_FAILED;
}

// ---- Exclusions ----

static bool part_fits(struct str pattern, struct str part)
{
    return str_is(pattern, "*") || str_eq(pattern, part);
}

// The reason of the first line that fits; {NULL,0}: none does.
static struct str excluded(struct str lines, const struct conform_result *test)
{
    while (lines.p && lines.n) {
        struct str line = str_cut(lines, '\n', &lines), rest, reason = STR_NONE;
        if (!line.n || line.p[0] == '#') continue;
        struct str file = str_cut(line, '/', &rest), section = str_cut(rest, '/', &rest);
        for (size_t i = 0; i + 1 < rest.n && !reason.p; i++)
            if (rest.p[i] == ':' && rest.p[i + 1] == ' ') {
                reason = str_from(rest, i + 2);
                rest.n = i;
            }
        if (part_fits(file, test->file) && part_fits(section, test->section) && part_fits(rest, test->name))
            return reason;
    }
    return STR_NONE;
}

static enum err exclusions_check(struct str lines, struct why *why)
{
    while (lines.p && lines.n) {
        struct str line = str_cut(lines, '\n', &lines), rest = line;
        if (!str_trim(line).n || line.p[0] == '#') continue;
        struct str file = str_cut(rest, '/', &rest), section = str_cut(rest, '/', &rest),
                   name = str_cut(rest, ':', &rest);
        if (!file.n || !section.n || !name.n || !rest.n || !str_trim(rest).n)
            return why_set(why, ERR_MALFORMED, "", "an exclusion is file/section/name: reason, not \"%.*s\"",
                           STR_ARG(line));
    }
    return ERR_NONE;
}

enum err conform_run(struct str suite, struct str exclusions, void (*each)(void *, const struct conform_result *),
                     void *context, struct why *why)
{
    struct arena arena = ARENA(TEST_ARENA_MAX);
    size_t number = 0;
    enum err err = exclusions_check(exclusions, why);
    while (err == ERR_NONE && suite.p && suite.n) {
        struct str line = str_trim(str_cut(suite, '\n', &suite));
        struct why inner = {0};
        number++;
        if (!line.n) continue;
        arena_reset(&arena);
        const struct json *test = json_parse(&arena, line, &inner);
        if (!test || !json_text(test, "expr").p) {
            err = why_set(why, inner.err == ERR_NO_MEMORY ? ERR_NO_MEMORY : ERR_MALFORMED, "",
                          "line %zu is no test: %s", number, test ? "it has no expr" : inner.text);
            break;
        }
        struct conform_result result = {.file = json_text(test, "file"),
                                        .section = json_text(test, "section"),
                                        .name = json_text(test, "name"),
                                        .verdict = CONFORM_SKIPPED};
        result.reason = json_true(test, "protobuf") ? STR(PROTOBUF_REASON) : STR_NONE;
        result.marked = result.reason.p != NULL;
        if (!result.reason.p) result.reason = excluded(exclusions, &result);
        if (!result.reason.p) result.reason = excluded(str_of(conform_exclusions), &result);
        if (!result.reason.p) result.verdict = try_test(&arena, test, &result.reason);
        each(context, &result);
    }
    arena_free(&arena);
    return err;
}
