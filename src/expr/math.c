// SPDX-License-Identifier: Apache-2.0
// The math extension (cel-go's ext/math): nothing here grows with its arguments but the lists.
#include <math.h>

#include "expr/expr.h"
#include "expr/extension.h"

static bool is_number(const struct expr_value *value)
{
    return value->kind == EXPR_INT || value->kind == EXPR_UINT || value->kind == EXPR_DOUBLE;
}

// The outermost of several in one direction; the first of equals.
static struct expr_value extreme(struct expr_run *run, const struct expr_value *values, size_t count, int direction)
{
    const struct expr_value *best = values;
    if (count == 0)
        return expr_fail(run, "math.%s(list) argument must not be empty", direction > 0 ? "greatest" : "least");
    for (size_t i = 0; i < count; i++) {
        int order;
        if (!is_number(&values[i])) return expr_fail(run, "no such overload");
        if (!expr_compare(&values[i], best, &order)) return expr_fail(run, "NaN values cannot be ordered");
        if (order * direction > 0) best = &values[i];
    }
    return *best;
}

// Of one number that number, NaN too.
static struct expr_value extreme_of(struct expr_run *run, const struct expr_value *args, size_t nargs, int direction)
{
    if (nargs == 1 && args[0].kind != EXPR_LIST) return args[0];
    if (nargs == 2) return extreme(run, args, 2, direction);
    const struct expr_list *list = args[0].list;
    if (!expr_spend(run, list->count)) return expr_over_cost(run);
    return extreme(run, list->items, list->count, direction);
}

EXPR_FUNCTION(greatest)
{
    return extreme_of(run, args, nargs, 1);
}

EXPR_FUNCTION(least)
{
    return extreme_of(run, args, nargs, -1);
}

EXPR_FUNCTION(ceil_of)
{
    return EXPR_DOUBLE_VALUE(ceil(args[0].number));
}

EXPR_FUNCTION(floor_of)
{
    return EXPR_DOUBLE_VALUE(floor(args[0].number));
}

EXPR_FUNCTION(round_of)
{
    return EXPR_DOUBLE_VALUE(round(args[0].number)); // halves away from zero
}

EXPR_FUNCTION(trunc_of)
{
    return EXPR_DOUBLE_VALUE(trunc(args[0].number));
}

EXPR_FUNCTION(sqrt_of)
{
    double number = args[0].number;
    if (args[0].kind == EXPR_INT) number = (double)args[0].integer;
    if (args[0].kind == EXPR_UINT) number = (double)args[0].natural;
    return EXPR_DOUBLE_VALUE(sqrt(number));
}

EXPR_FUNCTION(is_nan)
{
    return EXPR_BOOL_VALUE(isnan(args[0].number));
}

EXPR_FUNCTION(is_inf)
{
    return EXPR_BOOL_VALUE(isinf(args[0].number));
}

EXPR_FUNCTION(is_finite)
{
    return EXPR_BOOL_VALUE(isfinite(args[0].number));
}

EXPR_FUNCTION(abs_of)
{
    if (args[0].kind == EXPR_UINT) return args[0];
    if (args[0].kind == EXPR_DOUBLE) return EXPR_DOUBLE_VALUE(fabs(args[0].number));
    if (args[0].integer == INT64_MIN) return expr_fail(run, "integer overflow");
    return EXPR_INT_VALUE(args[0].integer < 0 ? -args[0].integer : args[0].integer);
}

EXPR_FUNCTION(sign_of)
{
    double number = args[0].number;
    if (args[0].kind == EXPR_UINT) return EXPR_UINT_VALUE(args[0].natural > 0);
    if (args[0].kind == EXPR_INT) return EXPR_INT_VALUE((args[0].integer > 0) - (args[0].integer < 0));
    return EXPR_DOUBLE_VALUE(isnan(number) ? number : number > 0 ? 1.0 : number < 0 ? -1.0 : 0.0);
}

// ---- Bits: of an int and of a uint the same ----

static uint64_t bits_of(const struct expr_value *value)
{
    return value->kind == EXPR_INT ? (uint64_t)value->integer : value->natural;
}

static struct expr_value with_bits(const struct expr_value *like, uint64_t bits)
{
    return like->kind == EXPR_INT ? EXPR_INT_VALUE((int64_t)bits) : EXPR_UINT_VALUE(bits);
}

EXPR_FUNCTION(bit_and)
{
    return with_bits(&args[0], bits_of(&args[0]) & bits_of(&args[1]));
}

EXPR_FUNCTION(bit_or)
{
    return with_bits(&args[0], bits_of(&args[0]) | bits_of(&args[1]));
}

EXPR_FUNCTION(bit_xor)
{
    return with_bits(&args[0], bits_of(&args[0]) ^ bits_of(&args[1]));
}

EXPR_FUNCTION(bit_not)
{
    return with_bits(&args[0], ~bits_of(&args[0]));
}

EXPR_FUNCTION(bit_shift_left)
{
    int64_t by = args[1].integer;
    if (by < 0) return expr_fail(run, "math.bitShiftLeft() negative offset: %lld", (long long)by);
    return with_bits(&args[0], by > 63 ? 0 : bits_of(&args[0]) << by);
}

// Zeros come in from the left, for negative ints too.
EXPR_FUNCTION(bit_shift_right)
{
    int64_t by = args[1].integer;
    if (by < 0) return expr_fail(run, "math.bitShiftRight() negative offset: %lld", (long long)by);
    return with_bits(&args[0], by > 63 ? 0 : bits_of(&args[0]) >> by);
}

#define EXTREME(name, call)                                                                                            \
    {name, "(int) -> int", call}, {name, "(uint) -> uint", call}, {name, "(double) -> double", call},                  \
        {name, "(int, int) -> int", call}, {name, "(uint, uint) -> uint", call},                                       \
        {name, "(double, double) -> double", call}, {name, "(int, uint) -> dyn", call},                                \
        {name, "(int, double) -> dyn", call}, {name, "(uint, int) -> dyn", call},                                      \
        {name, "(uint, double) -> dyn", call}, {name, "(double, int) -> dyn", call},                                   \
        {name, "(double, uint) -> dyn", call}, {name, "(list(int)) -> int", call},                                     \
        {name, "(list(uint)) -> uint", call},                                                                          \
    {                                                                                                                  \
        name, "(list(double)) -> double", call                                                                         \
    }

#define OF_DOUBLE(name, call, result)                                                                                  \
    {                                                                                                                  \
        name, "(double) -> " result, call                                                                              \
    }
#define OF_NUMBER(name, call)                                                                                          \
    {name, "(int) -> int", call}, {name, "(uint) -> uint", call},                                                      \
    {                                                                                                                  \
        name, "(double) -> double", call                                                                               \
    }
#define OF_BITS(name, call)                                                                                            \
    {name, "(int, int) -> int", call},                                                                                 \
    {                                                                                                                  \
        name, "(uint, uint) -> uint", call                                                                             \
    }
#define OF_SHIFT(name, call)                                                                                           \
    {name, "(int, int) -> int", call},                                                                                 \
    {                                                                                                                  \
        name, "(uint, int) -> uint", call                                                                              \
    }

const struct expr_overload expr_math_functions[] = {
    EXTREME("math.greatest", greatest),
    EXTREME("math.least", least),
    OF_DOUBLE("math.ceil", ceil_of, "double"),
    OF_DOUBLE("math.floor", floor_of, "double"),
    OF_DOUBLE("math.round", round_of, "double"),
    OF_DOUBLE("math.trunc", trunc_of, "double"),
    OF_DOUBLE("math.isNaN", is_nan, "bool"),
    OF_DOUBLE("math.isInf", is_inf, "bool"),
    OF_DOUBLE("math.isFinite", is_finite, "bool"),
    OF_DOUBLE("math.sqrt", sqrt_of, "double"),
    {"math.sqrt", "(int) -> double", sqrt_of},
    {"math.sqrt", "(uint) -> double", sqrt_of},
    OF_NUMBER("math.abs", abs_of),
    OF_NUMBER("math.sign", sign_of),
    OF_BITS("math.bitAnd", bit_and),
    OF_BITS("math.bitOr", bit_or),
    OF_BITS("math.bitXor", bit_xor),
    {"math.bitNot", "(int) -> int", bit_not},
    {"math.bitNot", "(uint) -> uint", bit_not},
    OF_SHIFT("math.bitShiftLeft", bit_shift_left),
    OF_SHIFT("math.bitShiftRight", bit_shift_right),
    {NULL},
};
