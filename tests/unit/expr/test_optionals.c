// SPDX-License-Identifier: Apache-2.0
// Optionals, and base64 beside them.
#include "evaluated.h"

static void holds_a_value_or_none(void **state)
{
    (void)state;
    EVALUATED({"optional.of(null).hasValue()", "true"}, {"optional.none().hasValue()", "false"},
              {"optional.of(5).value()", "5"}, {"optional.none().value()", NULL, "optional.none() dereference"},
              {"optional.ofNonZeroValue(0).hasValue()", "false"}, {"optional.ofNonZeroValue(0u).hasValue()", "false"},
              {"optional.ofNonZeroValue(0.0).hasValue()", "false"}, {"optional.ofNonZeroValue('').hasValue()", "false"},
              {"optional.ofNonZeroValue(b'').hasValue()", "false"},
              {"optional.ofNonZeroValue(false).hasValue()", "false"},
              {"optional.ofNonZeroValue(null).hasValue()", "false"},
              {"optional.ofNonZeroValue([]).hasValue()", "false"}, {"optional.ofNonZeroValue({}).hasValue()", "false"},
              {"optional.ofNonZeroValue(duration('0s')).hasValue()", "false"},
              {"optional.ofNonZeroValue(timestamp(0)).hasValue()", "false"},
              {"optional.ofNonZeroValue(timestamp(1)).hasValue()", "true"},
              {"optional.ofNonZeroValue('a').value()", "\"a\""}, {"optional.ofNonZeroValue([0]).hasValue()", "true"},
              {"optional.ofNonZeroValue(-1).value()", "-1"}, {"optional.ofNonZeroValue(0.0 / 0.0).hasValue()", "true"},
              {"optional.ofNonZeroValue(duration('1ns')).hasValue()", "true"},
              {"optional.ofNonZeroValue(optional.none()).hasValue()", "true"});
}

static void chains_without_looking_at_what_it_does_not_need(void **state)
{
    (void)state;
    EVALUATED({"optional.none().or(optional.of(2)).value()", "2"}, {"optional.of(1).or(optional.of(2)).value()", "1"},
              {"optional.none().or(optional.none()).hasValue()", "false"}, {"optional.none().orValue(42)", "42"},
              {"optional.of(1).orValue(42)", "1"}, {"optional.of(1).orValue(1 / 0)", "1"},
              {"optional.of(1).or(optional.of(1 / 0)).value()", "1"},
              {"optional.none().orValue(1 / 0)", NULL, "division by zero"},
              {"optional.none().or(optional.of(1 / 0))", NULL, "division by zero"},
              {"optional.of(1 / 0).orValue(1)", NULL, "division by zero"},
              {"dyn(1).orValue(2)", NULL, "no such overload"}, {"dyn(1).or(optional.of(2))", NULL, "no such overload"},
              {"optional.none().or(dyn(2))", NULL, "no such overload"});
}

static void goes_over_lists(void **state)
{
    (void)state;
    EVALUATED({"optional.unwrap([optional.of(1), optional.none(), optional.of(3)])", "[1, 3]"},
              {"[optional.none()].unwrapOpt()", "[]"}, {"[].unwrapOpt()", "[]"},
              {"dyn([1]).unwrapOpt()", NULL, "no such overload"}, {"[1, 2].first().value()", "1"},
              {"[1, 2].last().value()", "2"}, {"[].first().hasValue()", "false"}, {"[].last().hasValue()", "false"});
}

static void encodes_and_decodes_base64(void **state)
{
    (void)state;
    EVALUATED({"base64.encode(b'hello')", "\"aGVsbG8=\""}, {"base64.encode(b'')", "\"\""},
              {"string(base64.decode('aGVsbG8='))", "\"hello\""}, {"string(base64.decode('aGVsbG8'))", "\"hello\""},
              {"base64.decode('') == b''", "true"}, {"base64.decode('/w') == b'\\xff'", "true"},
              {"base64.decode('/w==') == b'\\xff'", "true"}, {"base64.decode('/w=')", NULL, "illegal base64"},
              {"base64.decode('a')", NULL, "illegal base64"}, {"base64.decode('aGVs bG8=')", NULL, "illegal base64"},
              {"base64.decode('_w')", NULL, "illegal base64"}, {"base64.decode('=')", NULL, "illegal base64"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_a_value_or_none),
        cmocka_unit_test(chains_without_looking_at_what_it_does_not_need),
        cmocka_unit_test(goes_over_lists),
        cmocka_unit_test(encodes_and_decodes_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
