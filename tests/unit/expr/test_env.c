// SPDX-License-Identifier: Apache-2.0
#include "expr/expr.h"

#include "one_arena.h"

#include <stdio.h>

#define N(table) (sizeof(table) / sizeof *(table))

static struct expr_env *env;

static int begin_env(void **state)
{
    env = expr_env_new(EXPR_ALL);
    return begin(state) || !env;
}

static int end_env(void **state)
{
    expr_env_free(env);
    return end(state);
}

static uint32_t variable(const char *name, const char *type)
{
    uint32_t slot = 0;
    struct why why = {0};
    if (expr_env_variable(env, str_of(name), str_of(type), &slot, &why)) fail_msg("%s: %s", name, why.text);
    return slot;
}

static void makes_records_of_declared_fields_only(void **state)
{
    (void)state;
    static const struct expr_field fields[] = {{"number", "string"}, {"kg", "double"}, {NULL, NULL}};
    static const struct expr_field wrong[] = {{"number", "strin("}, {NULL, NULL}};
    static const struct {
        const char *expr, *result; // or the issue
    } cases[] = {
        {"has(Seal{number: 'A'}.number) && !has(a.Seal{number: 'A'}.kg)", "true"},
        {"a.Seal{kg: 1.5, number: 'x'}.kg + 1.0", "2.5"},
        {"a.Seal{kg: 1}", "expected type 'double' but found 'int'"},
        {"a.Seal{grade: 1}", "undefined field 'grade'"},
        {"b.Seal{}", "unknown type 'b.Seal'"},
    };
    struct why why = {0};
    assert_int_equal(expr_env_record(env, STR("a.Seal"), fields, &why), ERR_NONE);
    assert_int_equal(expr_env_record(env, STR("a.Seal"), fields, &why), ERR_CONFLICT);
    assert_int_equal(expr_env_record(env, STR("a.Other"), wrong, NULL), ERR_MALFORMED);
    assert_int_equal(expr_env_record(env, STR("a b"), fields, NULL), ERR_MALFORMED);
    assert_int_equal(expr_env_container(env, STR("a"), NULL), ERR_NONE);
    for (size_t i = 0; i < N(cases); i++) {
        struct expr_issues issues = {0};
        struct expr_run run = {.arena = &arena};
        struct buf text = BUF(1000);
        struct expr *expr = expr_compile(&arena, env, str_of(cases[i].expr), 0, &issues);
        struct expr_value value = expr ? expr_eval(expr, &run) : EXPR_NULL_VALUE;
        if (expr)
            expr_print(&value, &text);
        else
            buf_puts(&text, issues.items[0].text);
        if (!str_is(buf_str(&text), cases[i].result)) fail_msg("%s: %.*s", cases[i].expr, (int)text.n, text.p);
        buf_free(&text);
    }
}

static void gives_slots_in_the_order_of_declaration(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%u.x", (unsigned)i);
        assert_int_equal(variable(name, "int"), i);
    }
    assert_int_equal(expr_env_slots(env), 1000);
    assert_true(str_is(expr_env_slot_name(env, 777), "f777.x"));
    assert_null(expr_env_slot_name(env, 1000).p);
    const struct env_variable *found;
    const struct expr_type *type;
    assert_true(env_resolve(env, STR("f999.x"), &found, &type));
    assert_int_equal(found->slot, 999);
    assert_false(env_resolve(env, STR("f1000.x"), &found, &type));
    assert_false(env_resolve(env, STR("f1"), &found, &type));
}

static void refuses_what_cannot_be_declared(void **state)
{
    (void)state;
    variable("there", "int");
    static const struct {
        const char *name, *type;
        enum err err;
    } cases[] = {
        {"", "int", ERR_MALFORMED},      {"a b", "int", ERR_MALFORMED},  {".a", "int", ERR_MALFORMED},
        {"a.", "int", ERR_MALFORMED},    {"a..b", "int", ERR_MALFORMED}, {"1a", "int", ERR_MALFORMED},
        {"a.1", "int", ERR_MALFORMED},   {"a", "", ERR_MALFORMED},       {"a", "list(", ERR_MALFORMED},
        {"a", "list(A)", ERR_MALFORMED}, {"there", "int", ERR_CONFLICT},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct why why = {0};
        uint32_t slot = 77;
        enum err err = expr_env_variable(env, str_of(cases[i].name), str_of(cases[i].type), &slot, &why);
        if (err != cases[i].err || why.err != err) fail_msg("%s: %s gives %d", cases[i].name, cases[i].type, (int)err);
        assert_int_equal(slot, 77);
    }
    assert_int_equal(expr_env_slots(env), 1);
}

static struct expr_value nothing(struct expr_run *run, const struct expr_value *args, size_t nargs, void *context)
{
    (void)run, (void)args, (void)nargs, (void)context;
    return EXPR_NULL_VALUE;
}

static void keeps_overloads_in_their_order_with_their_context(void **state)
{
    (void)state;
    static const struct expr_overload table[] = {
        {"port.waits", "(string, int) -> duration", nothing, false},
        {"port.waits", "string.(int) -> duration", nothing, true},
        {"port.waits", "() -> list(duration)", nothing, false},
        {NULL, NULL, NULL, false},
    };
    int here;
    assert_int_equal(expr_env_functions(env, table, &here, NULL), ERR_NONE);
    const struct env_overload *o = env_function(env, STR("port.waits"));
    for (size_t i = 0; i < 3; i++, o = o->next) {
        assert_ptr_equal(o->as, &table[i]);
        assert_ptr_equal(o->context, &here);
        assert_int_equal(o->member, i == 1);
        assert_int_equal(o->nargs, i == 2 ? 0 : 2);
    }
    assert_null(o);
    assert_null(env_function(env, STR("port.wait")));
}

static void refuses_signatures_that_say_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *name, *signature;
        enum err err;
    } cases[] = {
        {"f", "", ERR_MALFORMED},
        {"f", "int", ERR_MALFORMED},
        {"f", "(int", ERR_MALFORMED},
        {"f", "(int)", ERR_MALFORMED},
        {"f", "(int) ->", ERR_MALFORMED},
        {"f", "(int) -> bool bool", ERR_MALFORMED},
        {"f", "(int,) -> bool", ERR_MALFORMED},
        {"f", "int.int -> bool", ERR_MALFORMED},
        {"f", "list(A.(int) -> bool", ERR_MALFORMED},
        {"f", "(int,int,int,int,int,int,int,int,int) -> bool", ERR_TOO_LARGE},
        {"f", "int.(int,int,int,int,int,int,int,int) -> bool", ERR_TOO_LARGE},
        {"", "(int) -> bool", ERR_MALFORMED},
        {"f g", "(int) -> bool", ERR_MALFORMED},
        {"_==_", "(K, K) -> bool", ERR_CONFLICT},
        {"_+_", "(list(T), list(T)) -> dyn", ERR_CONFLICT},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct why why = {0};
        const struct expr_overload table[] = {{cases[i].name, cases[i].signature, nothing, false}, {0}};
        enum err err = expr_env_functions(env, table, NULL, &why);
        if (err != cases[i].err || why.err != err) fail_msg("%s gives %d", cases[i].signature, (int)err);
    }
}

static const char *resolved(const char *container, const char *name)
{
    struct why why = {0};
    assert_int_equal(expr_env_container(env, str_of(container), &why), ERR_NONE);
    const struct env_variable *found;
    const struct expr_type *type;
    if (!env_resolve(env, str_of(name), &found, &type)) return "nothing";
    return found ? expr_type_text(&arena, found->type).p
                 : arena_printf(&arena, "the type %s", expr_type_text(&arena, type).p).p;
}

static void looks_in_the_container_first_innermost_out(void **state)
{
    (void)state;
    variable("x", "int");
    variable("a.x", "uint");
    variable("a.b.x", "double");
    variable("a.only", "string");
    variable("a.int", "bytes");
    static const char *const cases[][3] = {
        {"", "x", "int"},
        {"", "a.x", "uint"},
        {"", "a.b.x", "double"},
        {"", "b.x", "nothing"},
        {"", ".x", "int"},
        {"a.b", "x", "double"},
        {"a", "x", "uint"},
        {"a", "b.x", "double"},
        {"a.c", "x", "uint"},
        {"c", "x", "int"},
        {"a.b", ".x", "int"},
        {"a.b", ".a.x", "uint"},
        {"a.b", "only", "string"},
        {"a.b", ".only", "nothing"},
        {"a.b", "int", "bytes"},
        {"a.b", "uint", "the type uint"},
        {"a.b", ".int", "the type int"},
        {"google.protobuf", "Duration", "the type duration"},
        {"google", "protobuf.Duration", "the type duration"},
        {"", "Duration", "nothing"},
        {"net", "IP", "the type net.IP"},
        {"", "null_type", "the type null"},
        {"", "dyn", "nothing"},
        {"", "", "nothing"},
        {"", ".", "nothing"},
    };
    for (size_t i = 0; i < N(cases); i++)
        if (strcmp(resolved(cases[i][0], cases[i][1]), cases[i][2]) != 0)
            fail_msg("%s in \"%s\": %s", cases[i][1], cases[i][0], resolved(cases[i][0], cases[i][1]));
}

static void finds_no_name_that_is_too_long(void **state)
{
    (void)state;
    char name[2000], container[200];
    memset(name, 'n', sizeof name);
    memset(container, 'c', sizeof container);
    assert_int_equal(expr_env_container(env, (struct str){container, sizeof container}, NULL), ERR_NONE);
    const struct env_variable *found;
    const struct expr_type *type;
    for (size_t n = 0; n < sizeof name; n++) {
        assert_false(env_resolve(env, (struct str){name, n}, &found, &type));
        assert_null(env_resolve_function(env, (struct str){name, n}));
    }
    assert_int_equal(expr_env_container(env, (struct str){name, 201}, NULL), ERR_MALFORMED);
}

static void finds_functions_in_the_container(void **state)
{
    (void)state;
    static const struct expr_overload table[] = {
        {"a.f", "() -> int", nothing, false}, {"f", "() -> uint", nothing, false}, {NULL, NULL, NULL, false}};
    assert_int_equal(expr_env_functions(env, table, NULL, NULL), ERR_NONE);
    assert_ptr_equal(env_resolve_function(env, STR("f"))->as, &table[1]);
    assert_int_equal(expr_env_container(env, STR("a.b"), NULL), ERR_NONE);
    assert_ptr_equal(env_resolve_function(env, STR("f"))->as, &table[0]);
    assert_ptr_equal(env_resolve_function(env, STR(".f"))->as, &table[1]);
    assert_null(env_resolve_function(env, STR("g")));
}

static void brings_what_was_asked_for_alone(void **state)
{
    (void)state;
    struct expr_env *plain = expr_env_new(0);
    assert_non_null(plain);
    assert_int_equal(expr_env_features(plain), 0);
    static const char *const extensions[] = {"charAt", "math.greatest", "ip", "base64.encode", "optional.of", "_[?_]"};
    for (size_t i = 0; i < N(extensions); i++) {
        if (!env_function(env, str_of(extensions[i]))) fail_msg("%s is missing", extensions[i]);
        if (env_function(plain, str_of(extensions[i]))) fail_msg("%s is there", extensions[i]);
    }
    static const char *const core[] = {"size", "_+_", "@in", "matches", "getFullYear", "timestamp", "type"};
    for (size_t i = 0; i < N(core); i++)
        if (!env_function(plain, str_of(core[i]))) fail_msg("%s is missing", core[i]);
    const struct env_variable *found;
    const struct expr_type *type;
    assert_false(env_resolve(plain, STR("net.IP"), &found, &type));
    assert_false(env_resolve(plain, STR("optional_type"), &found, &type));
    assert_true(env_resolve(plain, STR("google.protobuf.Timestamp"), &found, &type));
    expr_env_free(plain);
    expr_env_free(NULL);
}

static void suggests_the_nearest_name(void **state)
{
    (void)state;
    variable("documents.weight_gap_pct", "double");
    variable("seal.present", "bool");
    variable("abc", "int");
    static const char *const cases[][2] = {
        {"documents.weight_gap_pc", "documents.weight_gap_pct"},
        {"document.weightgap_pct", "documents.weight_gap_pct"},
        {"seal.presnt", "seal.present"},
        {"siez", "size"},
        {"szie", "size"},
        {"abd", "abc"},
        {"bcd", ""},
        {"ab", ""},
        {"nothing_like_that", ""},
        {"_=_", ""},
        {"", ""},
    };
    for (size_t i = 0; i < N(cases); i++) {
        struct str near = env_nearest(env, str_of(cases[i][0]));
        if (!str_is(near, cases[i][1])) fail_msg("%s: %.*s", cases[i][0], STR_ARG(near));
    }
}

#define test(f) cmocka_unit_test_setup_teardown(f, begin_env, end_env)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(makes_records_of_declared_fields_only), test(gives_slots_in_the_order_of_declaration),
        test(refuses_what_cannot_be_declared),       test(keeps_overloads_in_their_order_with_their_context),
        test(refuses_signatures_that_say_nothing),   test(looks_in_the_container_first_innermost_out),
        test(finds_no_name_that_is_too_long),        test(finds_functions_in_the_container),
        test(brings_what_was_asked_for_alone),       test(suggests_the_nearest_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
