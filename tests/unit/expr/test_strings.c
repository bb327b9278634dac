// SPDX-License-Identifier: Apache-2.0
#include "evaluated.h"

static void positions_count_code_points(void **state)
{
    (void)state;
    EVALUATED({"'tacocat'.charAt(0)", "\"t\""}, {"'©αT'.charAt(1)", "\"α\""}, {"'©αT'.charAt(3)", "\"\""},
              {"''.charAt(0)", "\"\""}, {"'😀b'.charAt(1)", "\"b\""}, {"'ta©o©αT'.substring(2, 6)", "\"©o©α\""},
              {"'ta©o©αT'.substring(4)", "\"©αT\""}, {"'abc'.substring(3)", "\"\""}, {"'abc'.substring(1, 1)", "\"\""},
              {"''.substring(0, 0)", "\"\""}, {"'ta©o©αT'.indexOf('©')", "2"}, {"'ta©o©αT'.indexOf('©', 3)", "4"},
              {"'ta©o©αT'.indexOf('')", "0"}, {"'é😀'.indexOf('', 2)", "2"}, {"'abc'.indexOf('c', 3)", "-1"},
              {"'abc'.indexOf('abcd')", "-1"}, {"'ta©o©αT'.lastIndexOf('©')", "4"},
              {"'ta©o©αT'.lastIndexOf('©', 3)", "2"}, {"'ta©o©αT'.lastIndexOf('©', 1)", "-1"},
              {"'é😀'.lastIndexOf('')", "2"}, {"'é😀'.lastIndexOf('', 1)", "1"},
              {"'bananananana'.lastIndexOf('nana', 7)", "6"}, {"'aaaa'.lastIndexOf('aa')", "2"},
              {"'aaaa'.lastIndexOf('aaaaa')", "-1"}, {"'abc'.lastIndexOf('a', 3)", "0"});
}

static void refuses_positions_outside(void **state)
{
    (void)state;
    EVALUATED({"'abc'.charAt(4)", NULL, "index out of range: 4"}, {"'abc'.charAt(-1)", NULL, "index out of range: -1"},
              {"'abc'.charAt(9223372036854775807)", NULL, "index out of range"},
              {"'abc'.charAt(-9223372036854775808)", NULL, "index out of range"},
              {"'abc'.substring(4)", NULL, "index out of range: 4"},
              {"'abc'.substring(-1)", NULL, "index out of range: -1"},
              {"'abc'.substring(-1, 2)", NULL, "index out of range: -1"},
              {"'abc'.substring(1, 4)", NULL, "index out of range: 4"},
              {"'abc'.substring(2, 1)", NULL, "invalid substring range. start: 2, end: 1"},
              {"'abc'.substring(0, 9223372036854775807)", NULL, "index out of range"},
              {"'abc'.indexOf('a', -1)", NULL, "index out of range: -1"},
              {"'abc'.indexOf('a', 4)", NULL, "index out of range: 4"},
              {"'abc'.lastIndexOf('a', -1)", NULL, "index out of range: -1"},
              {"'abc'.lastIndexOf('a', 4)", NULL, "index out of range: 4"});
}

static void changes_case_of_ascii_alone(void **state)
{
    (void)state;
    EVALUATED({"'@AZ[`az{É'.lowerAscii()", "\"@az[`az{É\""}, {"'@AZ[`az{é'.upperAscii()", "\"@AZ[`AZ{é\""},
              {"''.upperAscii()", "\"\""}, {"'Ta©oCαt😀'.reverse()", "\"😀tαCo©aT\""}, {"''.reverse()", "\"\""});
}

static void trims_all_white_space(void **state)
{
    (void)state;
    EVALUATED({"' \\t\\n\\v\\f\\r x y \\u0085'.trim()", "\"x y\""}, {"'\\u3000\\u00a0é\\u2028'.trim()", "\"é\""},
              {"'\\u200bx\\u180e'.trim() == '\\u200bx\\u180e'", "true"}, {"' \\u2003 '.trim()", "\"\""},
              {"''.trim()", "\"\""}, {"'😀 '.trim()", "\"😀\""});
}

static void quotes_what_a_literal_escapes(void **state)
{
    (void)state;
    EVALUATED({"strings.quote('a\\a\\b\\f\\n\\r\\t\\v\\\\\"z') == r'\"a\\a\\b\\f\\n\\r\\t\\v\\\\\\\"z\"'", "true"},
              {"strings.quote('') == '\"\"'", "true"}, {"strings.quote('é\\u0000') == '\"é\\u0000\"'", "true"});
}

static void replaces_side_by_side(void **state)
{
    (void)state;
    EVALUATED({"'aaaa'.replace('aa', 'b')", "\"bb\""}, {"'aaa'.replace('aa', 'b')", "\"ba\""},
              {"'abab'.replace('b', '')", "\"aa\""}, {"'abab'.replace('a', 'ccc', 1)", "\"cccbab\""},
              {"'abab'.replace('a', 'c', 0)", "\"abab\""}, {"'abab'.replace('a', 'c', -1)", "\"cbcb\""},
              {"'abab'.replace('a', 'c', 9223372036854775807)", "\"cbcb\""}, {"'abc'.replace('x', 'y')", "\"abc\""},
              {"'é😀'.replace('', '-')", "\"-é-😀-\""}, {"'é😀'.replace('', '-', 2)", "\"-é-😀\""},
              {"'ab'.replace('', '', 2)", "\"ab\""}, {"''.replace('', 'x')", "\"x\""}, {"''.replace('a', 'x')", "\"\""},
              {"'1 ©αT'.replace('αT', 'o©α')", "\"1 ©o©α\""});
}

static void splits_and_joins(void **state)
{
    (void)state;
    EVALUATED({"'a,b,,c'.split(',')", "[\"a\", \"b\", \"\", \"c\"]"}, {"','.split(',')", "[\"\", \"\"]"},
              {"''.split(',')", "[\"\"]"}, {"''.split('')", "[]"}, {"'é😀x'.split('')", "[\"é\", \"😀\", \"x\"]"},
              {"'é😀x'.split('', 2)", "[\"é\", \"😀x\"]"}, {"'abc'.split('', 9)", "[\"a\", \"b\", \"c\"]"},
              {"'abc'.split('', 1)", "[\"abc\"]"}, {"'abc'.split('', 0)", "[]"}, {"'a b c'.split(' ', 0)", "[]"},
              {"'a b c'.split(' ', 1)", "[\"a b c\"]"}, {"'a b c'.split(' ', 2)", "[\"a\", \"b c\"]"},
              {"'a b c'.split(' ', -5)", "[\"a\", \"b\", \"c\"]"},
              {"'a b'.split(' ', 9223372036854775807)", "[\"a\", \"b\"]"}, {"'abc'.split('abc')", "[\"\", \"\"]"},
              {"['x', 'y', ''].join('-')", "\"x-y-\""}, {"[].join()", "\"\""}, {"['x', 'é'].join()", "\"xé\""},
              {"[].join('-')", "\"\""}, {"['x'].join('-')", "\"x\""},
              {"dyn(['x', 1]).join('-')", NULL, "join: invalid input"});
}

static void formats_with_every_verb(void **state)
{
    (void)state;
    EVALUATED({"'%s-%d %%'.format(['a', 5])", "\"a-5 %\""},
              {"'%d %d'.format([-9223372036854775807 - 1, 18446744073709551615u])",
               "\"-9223372036854775808 18446744073709551615\""},
              {"'%b %b %b'.format([5, true, -5])", "\"101 1 -101\""}, {"'%o'.format([-9])", "\"-11\""},
              {"'%x %X %x'.format([-255, 48879u, 0])", "\"-ff BEEF 0\""},
              {"'%x %X'.format(['Az', b'\\xff\\x00'])", "\"417a FF00\""},
              {"'%f %.1f %.0f'.format([1.5, -0.25, 2.5])", "\"1.500000 -0.2 2\""},
              {"'%e %.2e'.format([1234.5, 3u])", "\"1.234500e+03 3.00e+00\""}, {"'%.100f'.format([0.5]).size()", "102"},
              {"'%.3f'.format([1.7976931348623157e308]).size()", "313"},
              {"'%f %e %d %s'.format([double('NaN'), double('Infinity'), -double('Infinity'), double('NaN')])",
               "\"NaN Infinity -Infinity NaN\""},
              {"'%s'.format([[1, 2u, 'a', null, b'x', true]])", "\"[1, 2, a, null, x, true]\""},
              {"'%s'.format([{'b': 1, 'a': [2], 10: 3}])", "\"{10: 3, a: [2], b: 1}\""},
              {"'%s'.format([{}])", "\"{}\""}, {"'%s %s'.format([type(1), type([1])])", "\"int list\""},
              {"''.format([])", "\"\""},
              {"'%s %s'.format([timestamp('2023-02-03T23:31:20.5Z'), duration('1h1.25s')])",
               "\"2023-02-03T23:31:20.5Z 3601.25s\""},
              {"'é%sé'.format(['😀'])", "\"é😀é\""}, {"'%s'.format([1, 2])", "\"1\""});
}

static void writes_doubles_with_few_digits_and_no_exponent(void **state)
{
    (void)state;
    EVALUATED({"'%s'.format([0.1])", "\"0.1\""}, {"'%s'.format([1.0])", "\"1\""}, {"'%s'.format([-0.0])", "\"-0\""},
              {"'%s'.format([100.0])", "\"100\""}, {"'%s'.format([123.456])", "\"123.456\""},
              {"'%s'.format([1e21])", "\"1000000000000000000000\""}, {"'%s'.format([1e-7])", "\"0.0000001\""},
              {"'%d'.format([0.30000000000000004])", "\"0.30000000000000004\""},
              {"'%s'.format([5e-324]).size()", "326"}, {"'%s'.format([-1.7976931348623157e308]).size()", "310"},
              {"'%s'.format([12.5e1])", "\"125\""}, {"'%s'.format([0.001])", "\"0.001\""});
}

static void refuses_formats_that_do_not_fit(void **state)
{
    (void)state;
    EVALUATED(
        {"'%a'.format([1])", NULL, "unrecognized formatting clause \"a\""},
        {"'%é'.format([1])", NULL, "unrecognized formatting clause \"?\""},
        {"'%d %d'.format([0])", NULL, "index 1 out of range"}, {"'%'.format([1])", NULL, "unexpected end of string"},
        {"'%'.format([])", NULL, "index 0 out of range"}, {"'%.f'.format([1])", NULL, "precision"},
        {"'%.3'.format([1])", NULL, "precision"}, {"'%.101f'.format([1])", NULL, "maximum allowed precision 100"},
        {"'%.99999999999999999999f'.format([1])", NULL, "maximum allowed precision 100"},
        {"'%.-1f'.format([1])", NULL, "precision"},
        {"'%d'.format(['a'])", NULL, "decimal clause can only be used on integers, was given string"},
        {"'%d'.format([duration('1s')])", NULL, "was given google.protobuf.Duration"},
        {"'%b'.format([1.0])", NULL, "binary, was given double"},
        {"'%o'.format([true])", NULL, "octal clause can only be used on integers, was given bool"},
        {"'%x'.format([0.5])", NULL, "formatted as hex, was given double"},
        {"'%e'.format([null])", NULL, "scientific clause can only be used on doubles, was given null_type"},
        {"'%f'.format(['1'])", NULL, "fixed-point clause"},
        {"'%s'.format([ip('::1')])", NULL, "string clause can only be used on"},
        {"'%s'.format([[optional.none()]])", NULL, "string clause can only be used on"},
        {"'%s'.format([b'\\xff'])", NULL, "invalid UTF-8"}, {"'%s'.format([{'a': b'\\xff'}])", NULL, "invalid UTF-8"});
}

static void stops_at_the_cost_limit(void **state)
{
    (void)state;
    static const char *const greedy[] = {
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.replace('', "
        "'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.split('')",
        "['a', 'b', 'c', 'd', 'e', 'f', 'g', "
        "'h'].join('---------------------------------------------------------------')",
        "'%.100f %.100f %.100f %.100f %.100f %.100f %.100f %.100f %.100f'.format([1, 2, 3, 4, 5, 6, 7, 8, 9])",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.lastIndexOf('aaaaaaaaaaaaaaaaaaaaaaaab')",
    };
    for (size_t i = 0; i < sizeof greedy / sizeof *greedy; i++) {
        struct arena arena = ARENA(1 << 20), small = ARENA(1 << 20);
        assert_int_not_equal(evaluated_within(&arena, &small, 1000, greedy[i]).kind, EXPR_ERROR);
        struct expr_value value = evaluated_within(&arena, &small, 40, greedy[i]);
        assert_int_equal(value.kind, EXPR_ERROR);
        arena_free(&small);
        arena_free(&arena);
    }
}

static void without_memory_is_an_error(void **state)
{
    (void)state;
    static const char *const greedy[] = {
        "'abc'.upperAscii()", "'abc'.reverse()",       "strings.quote('abc')",   "'abc'.replace('b', 'xx')",
        "'a b c'.split(' ')", "['a', 'b'].join('--')", "'%s %s'.format([1, 2])", "'%s'.format([{'a': 1}])",
    };
    for (size_t i = 0; i < sizeof greedy / sizeof *greedy; i++) {
        struct arena arena = ARENA(1 << 20), none = ARENA(0);
        struct expr_value value = evaluated_within(&arena, &none, 0, greedy[i]);
        if (value.kind != EXPR_ERROR) fail_msg("%s is no error", greedy[i]);
        arena_free(&none);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(positions_count_code_points),
        cmocka_unit_test(refuses_positions_outside),
        cmocka_unit_test(changes_case_of_ascii_alone),
        cmocka_unit_test(trims_all_white_space),
        cmocka_unit_test(quotes_what_a_literal_escapes),
        cmocka_unit_test(replaces_side_by_side),
        cmocka_unit_test(splits_and_joins),
        cmocka_unit_test(formats_with_every_verb),
        cmocka_unit_test(writes_doubles_with_few_digits_and_no_exponent),
        cmocka_unit_test(refuses_formats_that_do_not_fit),
        cmocka_unit_test(stops_at_the_cost_limit),
        cmocka_unit_test(without_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
