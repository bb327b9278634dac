// SPDX-License-Identifier: Apache-2.0
#include "evaluated.h"

static void finds_the_greatest_and_the_least(void **state)
{
    (void)state;
    EVALUATED({"math.greatest(-5)", "-5"}, {"math.least(5u)", "5u"}, {"math.greatest(1, 2)", "2"},
              {"math.greatest(2, 1)", "2"}, {"math.least(1, 2)", "1"}, {"math.least(2, 1)", "1"},
              {"math.greatest(1, 1.0)", "1"}, {"math.least(1u, 1)", "1u"},
              {"math.greatest(-1, 18446744073709551615u)", "18446744073709551615u"}, {"math.least(-1, 0u)", "-1"},
              {"math.greatest(9223372036854775807, 9.3e18)", "9300000000000000000.0"},
              {"math.greatest(1, 5.5, 3u)", "5.5"}, {"math.least([3, 1, 2])", "1"},
              {"math.greatest([3.0, 1.0])", "3.0"}, {"math.least(dyn([5.4, 10, 3u]))", "3u"},
              {"math.greatest(dyn([]))", NULL, "must not be empty"},
              {"math.greatest(dyn([1, 'a']))", NULL, "no such overload"},
              {"math.least(dyn(['a']))", NULL, "no such overload"}, {"math.least(1.0, double('NaN'))", NULL, "NaN"},
              {"math.isNaN(math.least(double('NaN')))", "true"});
}

static void rounds(void **state)
{
    (void)state;
    EVALUATED({"math.ceil(-1.2)", "-1.0"}, {"math.ceil(1.2)", "2.0"}, {"math.floor(-1.2)", "-2.0"},
              {"math.floor(1.2)", "1.0"}, {"math.round(-1.5)", "-2.0"}, {"math.round(2.5)", "3.0"},
              {"math.round(0.49999999999999994)", "0.0"}, {"math.trunc(-1.9)", "-1.0"}, {"math.trunc(1.9)", "1.0"},
              {"math.isNaN(math.round(0.0 / 0.0))", "true"});
}

static void tells_what_kind_of_double_it_is(void **state)
{
    (void)state;
    EVALUATED({"math.isNaN(0.0 / 0.0)", "true"}, {"math.isNaN(1.0)", "false"}, {"math.isInf(1.0 / 0.0)", "true"},
              {"math.isInf(-1.0 / 0.0)", "true"}, {"math.isInf(0.0 / 0.0)", "false"}, {"math.isFinite(1.0)", "true"},
              {"math.isFinite(1.0 / 0.0)", "false"}, {"math.isFinite(0.0 / 0.0)", "false"},
              {"math.isNaN(dyn(1))", NULL, "no such overload"});
}

static void takes_signs_and_roots(void **state)
{
    (void)state;
    EVALUATED({"math.abs(-11)", "11"}, {"math.abs(11)", "11"}, {"math.abs(1u)", "1u"}, {"math.abs(-1.5)", "1.5"},
              {"math.abs(-9223372036854775807)", "9223372036854775807"},
              {"math.abs(-9223372036854775808)", NULL, "overflow"}, {"math.sign(-3)", "-1"}, {"math.sign(0)", "0"},
              {"math.sign(7)", "1"}, {"math.sign(7u)", "1u"}, {"math.sign(0u)", "0u"}, {"math.sign(-0.5)", "-1.0"},
              {"math.sign(0.0)", "0.0"}, {"math.sign(9.5)", "1.0"}, {"math.isNaN(math.sign(0.0 / 0.0))", "true"},
              {"math.sqrt(81.0)", "9.0"}, {"math.sqrt(81)", "9.0"}, {"math.sqrt(81u)", "9.0"},
              {"math.isNaN(math.sqrt(-1))", "true"});
}

static void works_on_bits(void **state)
{
    (void)state;
    EVALUATED({"math.bitAnd(6, 3)", "2"}, {"math.bitAnd(1, -1)", "1"}, {"math.bitAnd(6u, 3u)", "2u"},
              {"math.bitOr(4, -2)", "-2"}, {"math.bitOr(1u, 4u)", "5u"}, {"math.bitXor(4, -2)", "-6"},
              {"math.bitXor(1u, 3u)", "2u"}, {"math.bitNot(1)", "-2"}, {"math.bitNot(0u)", "18446744073709551615u"},
              {"math.bitAnd(dyn(1), dyn(1u))", NULL, "no such overload"},
              {"math.bitShiftLeft(1, 63)", "-9223372036854775808"}, {"math.bitShiftLeft(1, 64)", "0"},
              {"math.bitShiftLeft(1u, 2)", "4u"}, {"math.bitShiftLeft(-1, 200)", "0"},
              {"math.bitShiftLeft(1, -1)", NULL, "negative offset: -1"},
              {"math.bitShiftRight(-1024, 3)", "2305843009213693824"}, {"math.bitShiftRight(-1024, 64)", "0"},
              {"math.bitShiftRight(-1, 63)", "1"}, {"math.bitShiftRight(1024u, 2)", "256u"},
              {"math.bitShiftRight(1u, -9223372036854775808)", NULL, "negative offset"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_greatest_and_the_least),
        cmocka_unit_test(rounds),
        cmocka_unit_test(tells_what_kind_of_double_it_is),
        cmocka_unit_test(takes_signs_and_roots),
        cmocka_unit_test(works_on_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
