// SPDX-License-Identifier: Apache-2.0
// Optional values (cel-go's OptionalTypes). or() and orValue() look at their second argument only if they need it: an
// error or unknown there is none of their business otherwise.
#include "expr/expr.h"
#include "expr/extension.h"

static struct expr_value optional_of(struct expr_run *run, struct expr_value value)
{
    struct expr_value optional = expr_optional_of(run->arena, value);
    return optional.kind == EXPR_ERROR ? expr_fail(run, "out of memory") : optional;
}

EXPR_FUNCTION(of)
{
    return optional_of(run, args[0]);
}

EXPR_FUNCTION(none)
{
    return EXPR_OPTIONAL_NONE;
}

// What a field has that was never set.
static bool is_zero(const struct expr_value *value)
{
    switch (value->kind) {
    case EXPR_NULL:
        return true;
    case EXPR_BOOL:
        return !value->boolean;
    case EXPR_INT:
        return value->integer == 0;
    case EXPR_UINT:
        return value->natural == 0;
    case EXPR_DOUBLE:
        return value->number == 0;
    case EXPR_STRING:
    case EXPR_BYTES:
        return value->text.n == 0;
    case EXPR_TIMESTAMP:
    case EXPR_DURATION:
        return value->time.seconds == 0 && value->time.nanos == 0;
    case EXPR_LIST:
        return value->list->count == 0;
    case EXPR_MAP:
        return value->map->count == 0;
    default:
        return false;
    }
}

EXPR_FUNCTION(of_non_zero_value)
{
    return is_zero(&args[0]) ? EXPR_OPTIONAL_NONE : optional_of(run, args[0]);
}

EXPR_FUNCTION(has_value)
{
    return EXPR_BOOL_VALUE(args[0].inner != NULL);
}

EXPR_FUNCTION(value)
{
    return args[0].inner ? *args[0].inner : expr_fail(run, "optional.none() dereference");
}

static bool is_failed(const struct expr_value *value)
{
    return value->kind == EXPR_ERROR || value->kind == EXPR_UNKNOWN;
}

EXPR_FUNCTION(or_optional)
{
    if (is_failed(&args[0])) return args[0];
    if (args[0].kind != EXPR_OPTIONAL) return expr_fail(run, "no such overload");
    if (args[0].inner || is_failed(&args[1]) || args[1].kind == EXPR_OPTIONAL) return args[0].inner ? args[0] : args[1];
    return expr_fail(run, "no such overload");
}

EXPR_FUNCTION(or_value)
{
    if (is_failed(&args[0])) return args[0];
    if (args[0].kind != EXPR_OPTIONAL) return expr_fail(run, "no such overload");
    return args[0].inner ? *args[0].inner : args[1];
}

// The values of a list of optionals that have one.
EXPR_FUNCTION(unwrap)
{
    const struct expr_list *list = args[0].list;
    size_t count = 0;
    if (!expr_spend(run, list->count)) return expr_over_cost(run);
    struct expr_value *items = arena_array(run->arena, struct expr_value, list->count ? list->count : 1);
    if (!items) return expr_fail(run, "out of memory");
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != EXPR_OPTIONAL) return expr_fail(run, "no such overload");
        if (list->items[i].inner) items[count++] = *list->items[i].inner;
    }
    return expr_list_new(run->arena, items, count);
}

EXPR_FUNCTION(first)
{
    const struct expr_list *list = args[0].list;
    return list->count ? optional_of(run, list->items[0]) : EXPR_OPTIONAL_NONE;
}

EXPR_FUNCTION(last)
{
    const struct expr_list *list = args[0].list;
    return list->count ? optional_of(run, list->items[list->count - 1]) : EXPR_OPTIONAL_NONE;
}

const struct expr_overload expr_optional_functions[] = {
    {"optional.of", "(A) -> optional(A)", of},
    {"optional.none", "() -> optional(A)", none},
    {"optional.ofNonZeroValue", "(A) -> optional(A)", of_non_zero_value},
    {"hasValue", "optional(A).() -> bool", has_value},
    {"value", "optional(A).() -> A", value},
    {"or", "optional(A).(optional(A)) -> optional(A)", or_optional, .lenient = true},
    {"orValue", "optional(A).(A) -> A", or_value, .lenient = true},
    {"optional.unwrap", "(list(optional(A))) -> list(A)", unwrap},
    {"unwrapOpt", "list(optional(A)).() -> list(A)", unwrap},
    {"first", "list(A).() -> optional(A)", first},
    {"last", "list(A).() -> optional(A)", last},
    {NULL},
};
