// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "expr/regex.h"

// Answers as RE2 gives them.
static const struct {
    const char *pattern, *text;
    bool found;
} cases[] = {
    // literals and the empty pattern
    {"", "", true},
    {"", "abc", true},
    {"a", "", false},
    {"abc", "xxabcxx", true},
    {"abc", "abxabx", false},
    {"ab", "aab", true},
    {"ñ", "mañana", true},
    {"é", "e", false},
    {"😀", "🐱😀", true},
    {"a|b", "xb", true},
    {"a|b", "xc", false},
    {"foo|bar", "", false},
    {"foo|bar", "fobar", true},
    {"foo|", "x", true},
    {"|foo", "", true},
    {"a||b", "x", true},
    {"gr(a|e)y", "grey", true},
    {"gr(a|e)y", "groy", false},
    {"(|a)b", "b", true},
    {"()", "x", true},
    {"(?:)", "", true},
    {"^(?:a|ab)(?:c|bcd)$", "abcd", true},
    {"^(?:a|ab)(?:c|bcd)$", "abd", false},
    // repetitions
    {"^a*$", "", true},
    {"^a*$", "aaaa", true},
    {"^a*$", "aab", false},
    {"^a+$", "", false},
    {"^a+$", "aaa", true},
    {"^a?$", "", true},
    {"^a?$", "a", true},
    {"^a?$", "aa", false},
    {"^a*?$", "aaa", true},
    {"^a+?b$", "aab", true},
    {"^a??b$", "b", true},
    {"^a{3}$", "aaa", true},
    {"^a{3}$", "aa", false},
    {"^a{3}$", "aaaa", false},
    {"^a{2,}$", "a", false},
    {"^a{2,}$", "aaaaa", true},
    {"^a{0,2}$", "", true},
    {"^a{0,2}$", "aaa", false},
    {"^a{1,3}?$", "aa", true},
    {"^a{0}$", "", true},
    {"^a{0}$", "a", false},
    {"^(ab){2}$", "abab", true},
    {"^(ab){2}$", "abbab", false},
    {"^(a{2}){3}$", "aaaaaa", true},
    {"^(a{2}){3}$", "aaaaa", false},
    {"^(a|bc){1,2}$", "abc", true},
    {"^(a*)*$", "aaa", true},
    {"^(a*)+$", "", true},
    {"^(a?){3}b$", "aab", true},
    {"^(a|b)*c$", "ababc", true},
    {"^a{,2}$", "a{,2}", true},
    {"^a{,2}$", "aa", false},
    {"a{", "a{", true},
    {"a{1", "a{1", true},
    {"a{01}", "a{01}", true},
    {"}", "}", true},
    {"]", "]", true},
    {"^^a", "a", true},
    {"^*a", "ba", true},
    {"$*a", "ba", true},
    {"x(?i)*y", "xxxy", true},
    // any
    {"^.$", "a", true},
    {"^.$", "é", true},
    {"^.$", "😀", true},
    {"^.$", "\n", false},
    {"^.$", "", false},
    {"^..$", "😀", false},
    {"(?s)^.$", "\n", true},
    {"(?s:^.$)", "\n", true},
    {"(?s)a(?-s).$", "a\n", false},
    // anchors and edges
    {"^b", "ab", false},
    {"^a", "ab", true},
    {"a$", "ba", true},
    {"a$", "ab", false},
    {"a$", "a\n", false},
    {"^$", "", true},
    {"^$", "a", false},
    {"a^b", "ab", false},
    {"(?m)^b$", "a\nb\nc", true},
    {"(?m)^$", "a\n", true},
    {"(?m)a$", "a\nb", true},
    {"(?m)\\Ab", "a\nb", false},
    {"(?m)a\\z", "a\nb", false},
    {"\\Aa\\z", "a", true},
    {"\\bfoo\\b", "a foo b", true},
    {"\\bfoo\\b", "afoo b", false},
    {"\\bfoo\\b", "foo", true},
    {"\\Bfoo", "foo", false},
    {"\\Bfoo", "afoo", true},
    {"\\b", "", false},
    {"\\B", "", true},
    {"\\b", "é", false},
    {"a\\bé", "aé", true},
    {"x\\b_", "x_", false},
    {"(^|x)a", "ba", false},
    {"(^|x)a", "bxa", true},
    // classes
    {"[abc]", "xxc", true},
    {"[abc]", "xyz", false},
    {"^[a-c]+$", "abcabc", true},
    {"^[a-c]+$", "abd", false},
    {"[^a]", "aaa", false},
    {"[^a]", "aab", true},
    {"[^a]", "\n", true},
    {"[]a]", "]", true},
    {"[^]a]", "]a", false},
    {"[a-]", "-", true},
    {"[-a]", "-", true},
    {"[a-c-e]", "-", true},
    {"[a-c-e]", "d", false},
    {"[.]", "a", false},
    {"[\\]]", "]", true},
    {"[\\-a]", "-", true},
    {"[\\^]", "^", true},
    {"[^^]", "^", false},
    {"[[]", "[", true},
    {"[[:]", ":", true},
    {"[é-ü]", "ö", true},
    {"[é-ü]", "o", false},
    {"[^\\x00-\\x{10FFFF}]", "a", false},
    {"^[\\x00-\\x{10FFFF}]$", "\n", true},
    {"[[:alpha:]]", "1", false},
    {"[[:alpha:]]", "z", true},
    {"[[:alpha:]]", "é", false},
    {"[[:^alpha:]]", "z", false},
    {"[[:digit:][:upper:]]", "Q", true},
    {"[[:word:]]", "_", true},
    {"[[:space:]]", "\v", true},
    {"[[:punct:]]", "~", true},
    {"[[:punct:]]", "a", false},
    {"[[:cntrl:]]", "\x7f", true},
    {"[[:xdigit:]]{2}", "fG", false},
    {"[[:blank:]]", "\n", false},
    {"[[:graph:]]", " ", false},
    {"[[:print:]]", " ", true},
    {"[[:ascii:]]", "é", false},
    {"[[:alnum:]]+", "..9", true},
    {"[[:lower:]]", "A", false},
    // letters of Perl
    {"\\d", "a1", true},
    {"\\d", "٣", false},
    {"\\D", "12", false},
    {"^\\w+$", "aZ_9", true},
    {"\\w", "é", false},
    {"\\W", "é", true},
    {"\\s", "\f", true},
    {"\\s", "\v", false},
    {"\\S", " \t", false},
    {"[\\d\\-x]", "-", true},
    {"[\\d-z]", "-", true},
    {"[^\\d\\s]", "1 2", false},
    {"[^\\D]", "a1", true},
    {"[\\W\\w]", "\n", true},
    // Unicode
    {"\\pL", "ж", true},
    {"\\pL", "1", false},
    {"\\PL", "ж", false},
    {"\\p{Lu}", "ж", false},
    {"\\p{Lu}", "Ж", true},
    {"^\\p{Greek}+$", "λόγος", true},
    {"\\p{Greek}", "logos", false},
    {"\\P{Greek}", "λ", false},
    {"\\p{^Greek}", "λ", false},
    {"\\P{^Greek}", "λ", true},
    {"\\p{Han}", "漢", true},
    {"\\pN", "٣", true},
    {"\\p{Nd}", "Ⅷ", false},
    {"\\pZ", "\xc2\xa0", true},
    {"\\p{Any}", "\n", true},
    {"[\\p{Cyrillic}\\d]", "x7", true},
    {"[^\\pL\\pN]", "aж9", false},
    // escapes
    {"\\.", "a", false},
    {"\\.", ".", true},
    {"\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\^\\$\\\\", "*+?()[]{}|^$\\", true},
    {"\\_\\-\\/", "_-/", true},
    {"\\t\\n\\r\\f\\v\\a", "\t\n\r\f\v\a", true},
    {"\\x41", "A", true},
    {"\\x{1F600}", "😀", true},
    {"\\x{e9}", "é", true},
    {"\\101", "A", true},
    {"\\12", "\n", true},
    {"\\0", "0", false},
    {"\\08", "8", false},
    {"\\Qa.b\\E", "a.b", true},
    {"\\Qa.b\\E", "axb", false},
    {"\\Qa.b", "a.b", true},
    {"^\\Qab\\E+$", "abbb", true},
    {"^a\\Q\\E*$", "aaa", true},
    {"\\Q\\\\E", "\\", true},
    // flags and cases
    {"(a|^b)c", "bc", true},
    {"(a|^b)c", "xbc", false},
    {"(a|^b)c", "xac", true},
    {"a$|^b", "ab", false},
    {"a$|^b", "ba", true},
    {"(^$|x)y*$", "", true},
    {"[а-я]+!", "Щука щука!", true},
    {"[a-z]é*[a-z]", "ß aéézß", true},
    {"(?i)abc", "xABCx", true},
    {"(?i:a)b", "Ab", true},
    {"(?i:a)b", "AB", false},
    {"a(?i)b|c", "C", true},
    {"(a(?i)b)c", "aBC", false},
    {"(?i)a(?-i)b", "AB", false},
    {"(?i-s:A.)", "ax", true},
    {"(?i-s:A.)", "a\n", false},
    {"(?im)^B$", "a\nb", true},
    {"(?U)a+", "aa", true},
    {"(?i)k", "\xe2\x84\xaa", true}, // KELVIN SIGN
    {"(?i)\xe2\x84\xaa", "k", true},
    {"(?i)s", "ſ", true},
    {"(?i)[^k]", "\xe2\x84\xaa", false},
    {"(?i)σ", "ς", true},
    {"(?i)Ä", "ä", true},
    {"(?i)ß", "ẞ", true},
    {"(?i)ß", "ss", false},
    {"(?i)i", "İ", false},
    {"(?i)[a-c]", "B", true},
    {"(?i)[[:lower:]]", "Q", true},
    {"(?i)\\p{Lu}", "q", true},
    {"(?i)\\W", "ſ", false},
    // groups
    {"(?P<year>\\d{4})-(?P<month>\\d\\d)", "2026-03", true},
    {"(?<a>x)(?<b>y)", "xy", true},
    {"((((((((((a))))))))))", "a", true},
    {"^(?:[A-Z]{3}U\\d{7})$", "MSKU1234567", true},
    {"^(?:[A-Z]{3}U\\d{7})$", "MSK1234567", false},
};

static const struct {
    const char *pattern;
    enum err err;
    size_t offset;
} refused[] = {
    {"(", ERR_MALFORMED, 0},
    {"a(b", ERR_MALFORMED, 1},
    {"a)b", ERR_MALFORMED, 1},
    {"(a))", ERR_MALFORMED, 3},
    {"x[a", ERR_MALFORMED, 1},
    {"[]", ERR_MALFORMED, 0},
    {"[a-", ERR_MALFORMED, 0},
    {"[z-a]", ERR_MALFORMED, 1},
    {"[a-\\d]", ERR_MALFORMED, 3},
    {"[\\b]", ERR_MALFORMED, 1},
    {"a[[:foo:]]", ERR_MALFORMED, 2},
    {"*a", ERR_MALFORMED, 0},
    {"a|*", ERR_MALFORMED, 2},
    {"(+)", ERR_MALFORMED, 1},
    {"(?i)*", ERR_MALFORMED, 4},
    {"a**", ERR_MALFORMED, 2},
    {"a*+", ERR_MALFORMED, 2},
    {"a+??", ERR_MALFORMED, 3},
    {"a{2}{3}", ERR_MALFORMED, 4},
    {"a{1001}", ERR_MALFORMED, 1},
    {"a{99999999999999999999}", ERR_MALFORMED, 1},
    {"a{0,1001}", ERR_MALFORMED, 1},
    {"a{1001,}", ERR_MALFORMED, 1},
    {"a{3,2}", ERR_MALFORMED, 1},
    {"((a{100}){10}){2}", ERR_MALFORMED, 14},
    {"(x(a{100})y){11}", ERR_MALFORMED, 12},
    {"(b|a{100}){11}", ERR_MALFORMED, 10},
    {"a\\", ERR_MALFORMED, 1},
    {"\\q", ERR_MALFORMED, 0},
    {"\\E", ERR_MALFORMED, 0},
    {"\\Z", ERR_MALFORMED, 0},
    {"\\é", ERR_MALFORMED, 0},
    {"\\x4", ERR_MALFORMED, 0},
    {"\\x{}", ERR_MALFORMED, 0},
    {"\\x{41", ERR_MALFORMED, 0},
    {"\\x{110000}", ERR_MALFORMED, 0},
    {"a\\p{Foo}", ERR_MALFORMED, 1},
    {"\\p{L", ERR_MALFORMED, 0},
    {"\\p", ERR_MALFORMED, 0},
    {"\\p{}", ERR_MALFORMED, 0},
    {"(?i", ERR_MALFORMED, 0},
    {"(?z)", ERR_MALFORMED, 0},
    {"(?-)", ERR_MALFORMED, 0},
    {"(?i--s)", ERR_MALFORMED, 0},
    {"(?#x)", ERR_MALFORMED, 0},
    {"(?P<>a)", ERR_MALFORMED, 0},
    {"(?P<a-b>a)", ERR_MALFORMED, 0},
    {"(?P<a", ERR_MALFORMED, 0},
    {"(?P<a>x)(?P<a>y)", ERR_MALFORMED, 8},
    {"\xff", ERR_MALFORMED, 0},
    {"(a)\\1", ERR_UNSUPPORTED, 3},
    {"\\8", ERR_UNSUPPORTED, 0},
    {"(?P<a>x)\\k<a>", ERR_UNSUPPORTED, 8},
    {"(?P<a>x)(?P=a)", ERR_UNSUPPORTED, 8},
    {"a(?=b)", ERR_UNSUPPORTED, 1},
    {"a(?!b)", ERR_UNSUPPORTED, 1},
    {"(?<=a)b", ERR_UNSUPPORTED, 0},
    {"(?<!a)b", ERR_UNSUPPORTED, 0},
    {"(?>a)", ERR_UNSUPPORTED, 0},
    {"\\C", ERR_UNSUPPORTED, 0},
    {"((((a{10}){10}){10}[a-c]){1,1}b){0,1}(\\w{500}x{500}){1}(a{999}){1}(.{20}){50}(.{40}){25}(.{50}){20}(.{1000})"
     "(é{1000})(.{1000})(.{1000})(.{1000})(.{1000})(.{1000})(.{1000})(.{1000})(.{1000})(.{1000})(.{1000})(.{1000})"
     "(.{1000})(.{1000})(.{1000})(.{1000})",
     ERR_TOO_LARGE, 0},
};

static struct regex *compiled(struct arena *arena, const char *pattern)
{
    struct regex *regex = NULL;
    struct why why = {0};
    if (regex_compile(arena, str_of(pattern), &regex, &why) != ERR_NONE)
        fail_msg("/%s/ is refused: %s", pattern, why.text);
    return regex;
}

static bool searched(struct regex *regex, struct arena *arena, struct str text, uint64_t *steps)
{
    bool found = false;
    assert_int_equal(regex_search(regex, arena, text, &found, steps, NULL), ERR_NONE);
    return found;
}

static void answers_as_re2_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        struct regex *regex = compiled(&arena, cases[i].pattern);
        if (searched(regex, &arena, str_of(cases[i].text), NULL) != cases[i].found)
            fail_msg("/%s/ on \"%s\" is not %d", cases[i].pattern, cases[i].text, cases[i].found);
        arena_free(&arena);
    }
}

// An edge or none at the end changes nothing but that there is no table then.
static void answers_the_same_without_a_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = ARENA(1 << 20);
        if (strstr(cases[i].pattern, "\\Q")) continue;
        struct str pattern = arena_printf(&arena, "(?:%s)(?:\\b|\\B)", cases[i].pattern);
        struct regex *regex = compiled(&arena, pattern.p);
        if (searched(regex, &arena, str_of(cases[i].text), NULL) != cases[i].found)
            fail_msg("/%s/ on \"%s\" is not %d", pattern.p, cases[i].text, cases[i].found);
        arena_free(&arena);
    }
}

static void refuses_with_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct arena arena = ARENA(8 << 20);
        struct regex *regex;
        struct why why = {0};
        enum err err = regex_compile(&arena, str_of(refused[i].pattern), &regex, &why);
        if (err != refused[i].err || why.err != err || why.offset != refused[i].offset)
            fail_msg("/%s/: %s at %zu (%s)", refused[i].pattern, err_name(err), why.offset, why.text);
        assert_true(strlen(why.text) > 5);
        arena_free(&arena);
    }
}

// A text of n times a letter, then an ending.
static struct str repeated(struct arena *arena, char c, size_t n, const char *ending)
{
    char *p = arena_alloc(arena, n + strlen(ending));
    assert_non_null(p);
    memset(p, c, n);
    memcpy(p + n, ending, strlen(ending));
    return (struct str){p, n + strlen(ending)};
}

static void is_linear_in_the_text(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        char letter;
        const char *ending;
        bool found;
    } hard[] = {
        {"\\b(a*)*b", 'a', "", false},        {"((x+x+)+y|\\bz)", 'x', "", false},
        {"^[ab]*a[ab]{40}c", 'a', "", false}, {"(a|b)*a(a|b){30}c", 'a', "b", false},
        {"(\\B(a|a)*)+b", 'a', "", false},    {"(a*)*b", 'a', "", false},
        {"(a|a)*b", 'a', "", false},          {"(x+x+)+y", 'x', "", false},
        {"(x+x+)+y", 'x', "y", true},         {"^(a+)+$", 'a', "!", false},
        {"(a?){50}a{50}b", 'a', "", false},   {"(.*)(.*)(.*)b", 'a', "", false},
        {"^(([a-z])+.)+Q", 'a', "", false},   {"(a|aa|aaa)+$", 'a', "c", false},
        {"(\\w+\\s?)+$", 'a', ".", false},    {"(?i)(a+)*!", 'A', "-", false},
        {"((a*)*)*b", 'a', "", false},
    };
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        struct arena arena = ARENA(8 << 20);
        struct regex *regex = compiled(&arena, hard[i].pattern);
        struct str text = repeated(&arena, hard[i].letter, 10000, hard[i].ending);
        uint64_t steps = 0;
        assert_int_equal(searched(regex, &arena, text, &steps), hard[i].found);
        assert_true(steps > 0);
        assert_true(steps <= regex_states(regex) * (text.n + 1));
        arena_free(&arena);
    }
}

static void counts_the_work_it_does(void **state)
{
    (void)state;
    struct arena arena = ARENA(8 << 20);
    struct regex *regex = compiled(&arena, "[ab]*c");
    uint64_t once = 0, twice = 0;
    assert_false(searched(regex, &arena, repeated(&arena, 'a', 5000, ""), &once));
    assert_false(searched(regex, &arena, repeated(&arena, 'a', 10000, ""), &twice));
    assert_true(once >= 5000);
    assert_true(twice > 2 * once - 10 && twice < 2 * once + 10);
    // A literal that is nowhere costs a search for it, not a walk.
    assert_false(searched(compiled(&arena, "needle"), &arena, repeated(&arena, 'a', 16000, ""), &once));
    assert_in_range(once, 1000, 2000);
    // A prefix that is nowhere likewise.
    assert_false(searched(compiled(&arena, "needle[0-9]"), &arena, repeated(&arena, 'a', 16000, ""), &once));
    assert_in_range(once, 1000, 2000);
    // Behind the beginning an anchored pattern is not tried.
    assert_false(searched(compiled(&arena, "^b[0-9]"), &arena, repeated(&arena, 'a', 16000, ""), &once));
    assert_in_range(once, 1, 10);
    arena_free(&arena);
}

static void finds_behind_a_prefix_that_misled(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    assert_true(searched(compiled(&arena, "ab+c"), &arena, STR("abbd ab abbbc"), NULL));
    assert_true(searched(compiled(&arena, "aab[0-9]"), &arena, STR("aaab1"), NULL));
    assert_true(searched(compiled(&arena, "ab\\b.x"), &arena, STR("abc ab x"), NULL));
    assert_false(searched(compiled(&arena, "ab\\b.x"), &arena, STR("abcx"), NULL));
    arena_free(&arena);
}

static void takes_many_states_and_no_more(void **state)
{
    (void)state;
    struct arena arena = ARENA(64 << 20);
    struct regex *regex = compiled(&arena, "^.{1000}.{1000}.{1000}$");
    assert_int_equal(regex_states(regex), 3003);
    assert_true(searched(regex, &arena, repeated(&arena, 'a', 3000, ""), NULL));
    assert_false(searched(regex, &arena, repeated(&arena, 'a', 2999, ""), NULL));
    assert_false(searched(regex, &arena, repeated(&arena, 'a', 3001, ""), NULL));
    arena_free(&arena);
}

static void bounds_length_and_depth(void **state)
{
    (void)state;
    struct arena arena = ARENA(8 << 20);
    struct regex *regex;
    struct why why = {0};
    struct str longest = repeated(&arena, 'a', REGEX_PATTERN_MAX, "");
    assert_int_equal(regex_compile(&arena, longest, &regex, &why), ERR_NONE);
    struct str longer = repeated(&arena, 'a', REGEX_PATTERN_MAX, "a");
    assert_int_equal(regex_compile(&arena, longer, &regex, &why), ERR_TOO_LARGE);
    why = (struct why){0};
    assert_int_equal(regex_compile(&arena, repeated(&arena, '(', 2000, ""), &regex, &why), ERR_TOO_LARGE);
    assert_int_equal(why.offset, 250);
    arena_free(&arena);
}

static void bounds_what_classes_cost(void **state)
{
    (void)state;
    struct arena arena = ARENA(64 << 20);
    struct buf pattern = BUF(8192);
    struct regex *regex;
    struct why why = {0};
    buf_puts(&pattern, "(?i)");
    for (int i = 0; i < 500; i++) buf_puts(&pattern, "[!-𐿿]");
    assert_int_equal(regex_compile(&arena, buf_str(&pattern), &regex, &why), ERR_TOO_LARGE);
    buf_clear(&pattern);
    for (int i = 0; i < 1000; i++) buf_puts(&pattern, "\\pL");
    why = (struct why){0};
    assert_int_equal(regex_compile(&arena, buf_str(&pattern), &regex, &why), ERR_TOO_LARGE);
    buf_free(&pattern);
    arena_free(&arena);
}

static void says_that_there_is_no_memory(void **state)
{
    (void)state;
    static const char pattern[] = "(?i)(?P<a>[a-zé]+|\\pL{3,5})*\\bx{300}";
    struct arena room = ARENA(1 << 20);
    (void)compiled(&room, pattern);
    size_t needed = room.used;
    arena_free(&room);
    for (size_t cap = 0; cap < needed; cap += 16) {
        struct arena arena = ARENA(cap);
        struct regex *regex;
        struct why why = {0};
        assert_int_equal(regex_compile(&arena, STR(pattern), &regex, &why), ERR_NO_MEMORY);
        arena_free(&arena);
    }
    struct arena arena = ARENA(1 << 20), none = ARENA(0);
    struct regex *regex = compiled(&arena, "[ab]{300}");
    bool found;
    struct why why = {0};
    assert_int_equal(regex_search(regex, &none, STR("ab"), &found, NULL, &why), ERR_NO_MEMORY);
    arena_free(&none);
    arena_free(&arena);
}

// Texts of expressions are UTF-8, but nothing breaks if one is not.
static void walks_over_broken_utf8(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 20);
    assert_true(searched(compiled(&arena, "^.{3}$"), &arena,
                         STR("a\xff"
                             "b"),
                         NULL));
    assert_true(searched(compiled(&arena, "^..$"), &arena, STR("\xe2\x82"), NULL));
    assert_true(searched(compiled(&arena, "^...$"), &arena, STR("\xed\xa0\x80"), NULL));
    assert_true(searched(compiled(&arena, "^\\x{FFFD}$"), &arena, STR("\xc0"), NULL));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_re2_does),           cmocka_unit_test(answers_the_same_without_a_table),
        cmocka_unit_test(refuses_with_the_place),        cmocka_unit_test(is_linear_in_the_text),
        cmocka_unit_test(counts_the_work_it_does),       cmocka_unit_test(finds_behind_a_prefix_that_misled),
        cmocka_unit_test(takes_many_states_and_no_more), cmocka_unit_test(bounds_length_and_depth),
        cmocka_unit_test(bounds_what_classes_cost),      cmocka_unit_test(says_that_there_is_no_memory),
        cmocka_unit_test(walks_over_broken_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
