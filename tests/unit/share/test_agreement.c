// SPDX-License-Identifier: Apache-2.0
#include "share/agreement.h"

#include "base/clock.h"
#include "one_arena.h"

static int64_t at(const char *text)
{
    int64_t us;
    assert_true(time_parse_us(str_of(text), &us));
    return us;
}

static struct str file_of(const char *path)
{
    struct str yaml = test_file(&arena, path);
    if (!yaml.p) fail_msg("%s is not there", path);
    return yaml;
}

static struct agreement *read_of(struct str yaml)
{
    struct agreement *agreement;
    struct why why = {0};
    if (agreement_read(&arena, yaml, &agreement, &why)) fail_msg("%s: %s", why.member, why.text);
    return agreement;
}

#define FULL "tests/data/agreement/good/full.yaml"
#define LEAST "tests/data/agreement/good/least.yaml"

static struct agreement *example(const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "examples/corridor/agreements/%s.yaml", name);
    return read_of(file_of(path));
}

// A crossing bound for there and moved by that carrier; NULL: nothing is known of it.
static bool lets_in(const struct agreement *a, const char *destination, const char *carrier)
{
    const struct str carriers[] = {str_of(carrier)};
    struct agreement_crossing c = {
        .destination = str_of(destination), .carriers = carriers, .ncarriers = carrier ? 1 : 0};
    return agreement_in_scope(a, &c);
}

static void reads_every_term(void **state)
{
    (void)state;
    struct agreement *a = read_of(file_of(FULL));
    assert_true(str_is(a->id, "mx.anam-ca.cbsa") && a->version == 3 && str_is(a->from, "mx.anam") &&
                str_is(a->to, "ca.cbsa"));
    assert_true(str_is(a->instrument, "A treaty") && str_is(a->article, "7") && str_is(a->expires, "2027-06-30"));
    assert_int_equal(a->begins_us, at("2026-02-01T00:00:00Z"));
    assert_int_equal(a->ends_us, at("2027-07-01T00:00:00Z"));
    assert_true(str_is(a->purpose, "a purpose") && a->nkinds == 3 && a->label_max == LABEL_GREEN && a->nwithheld == 3);
    assert_true(lets_in(a, "CA", NULL) && !lets_in(a, "US", NULL) && !lets_in(a, NULL, NULL) &&
                a->onward == ONWARD_WITH_ORIGINATOR_AGREEMENT);
    assert_true(a->retention_days == 30 && a->nofficers == 2 && str_is(a->officers[1].contact, "b@example"));
    a = read_of(file_of(LEAST));
    assert_true(lets_in(a, NULL, "mx.caat=3TGZ") && !lets_in(a, "CA", "mx.caat=3TGX") && !lets_in(a, "CA", NULL));
    assert_true(agreement_asks_carriers(a));
    assert_true(a->nkinds == 0 && a->nwithheld == 0 && a->onward == ONWARD_NONE && !a->article.p);
}

static void lets_out_only_what_is_listed(void **state)
{
    (void)state;
    static const struct {
        const char *kinds, *kind;
        enum label label;
        bool out;
    } cases[] = {
        {"[]", "crossing", LABEL_CLEAR, false},
        {"[crossing]", "crossing", LABEL_CLEAR, true},
        {"[crossing]", "crossing", LABEL_GREEN, true},
        {"[crossing]", "crossing", LABEL_AMBER, false},
        {"[crossing]", "crossing", LABEL_RED, false},
        {"[crossing]", "crossing", (enum label)99, false},
        {"[crossing]", "crossing.release", LABEL_CLEAR, false},
        {"[crossing]", "crossin", LABEL_CLEAR, false},
        {"[crossing]", "", LABEL_CLEAR, false},
        {"[crossing.release]", "crossing", LABEL_CLEAR, false},
        {"[\"custody.*\"]", "custody.seal", LABEL_CLEAR, true},
        {"[\"custody.*\"]", "custody", LABEL_CLEAR, false},
        {"[\"custody.*\"]", "custodyx.seal", LABEL_CLEAR, false},
        {"[\"custody.*\"]", "custody-seal", LABEL_CLEAR, false},
        {"[\"*\"]", "crossing", LABEL_GREEN, true},
        {"[\"*\"]", "something.new", LABEL_GREEN, true},
        {"[\"*\"]", "crossing", LABEL_AMBER, false},
        {"[\"*\"]", "access.read", LABEL_CLEAR, false},
        {"[\"*\"]", "evidence.rejected", LABEL_CLEAR, false},
        {"[\"*\"]", "identifier.conflict", LABEL_CLEAR, false},
        {"[\"*\"]", "link.disclosed", LABEL_CLEAR, false},
        {"[\"*\", evidence.rejected]", "evidence.rejected", LABEL_CLEAR, true},
        {"[\"*\", \"link.*\"]", "link.disclosed", LABEL_CLEAR, true},
    };
    struct str full = file_of(FULL), rest, line = STR("kinds: [crossing, \"custody.*\", decision]");
    const char *cut = strstr(full.p, line.p);
    assert_non_null(cut);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rest = str_of(cut + line.n);
        struct str yaml =
            arena_printf(&arena, "%.*skinds: %s%.*s", (int)(cut - full.p), full.p, cases[i].kinds, STR_ARG(rest));
        if (agreement_lets_out(read_of(yaml), str_of(cases[i].kind), cases[i].label) != cases[i].out)
            fail_msg("%s %s %d", cases[i].kinds, cases[i].kind, (int)cases[i].label);
    }
}

static void withholds_what_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *noun, *member;
        bool withheld;
    } cases[] = {
        {"custody.seal", NULL, "raw", true},    {"custody.position", NULL, "raw", true},
        {"custody.seal", NULL, "event", false}, {"custody.seal", NULL, "rawest", false},
        {"crossing", NULL, "raw", false},       {"decision", NULL, "reason.silence", true},
        {"decision", NULL, "facts", true},      {"decision", NULL, "lane", false},
        {"decision", NULL, "reason", false},    {"subject", "driver", "ids", true},
        {"subject", "crossing", "ids", false},  {"subject", NULL, "ids", true},
        {"subject", "driver", "noun", false},
    };
    struct agreement *a = read_of(file_of(FULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (agreement_withholds(a, str_of(cases[i].kind), str_of(cases[i].noun), str_of(cases[i].member)) !=
            cases[i].withheld)
            fail_msg("%s %s", cases[i].kind, cases[i].member);
}

static void holds_from_its_first_day_to_its_last(void **state)
{
    (void)state;
    static const struct {
        const char *now;
        enum err err;
    } cases[] = {
        {"2026-01-31T23:59:59.999999Z", ERR_EXPIRED}, {"2026-02-01T00:00:00Z", ERR_NONE},
        {"2027-06-30T23:59:59.999999Z", ERR_NONE},    {"2027-07-01T00:00:00Z", ERR_EXPIRED},
        {"2040-01-01T00:00:00Z", ERR_EXPIRED},
    };
    struct agreement *a = read_of(file_of(FULL));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (agreement_in_force(a, at(cases[i].now), NULL) != cases[i].err) fail_msg("%s", cases[i].now);
    struct why why = {0};
    assert_int_equal(agreement_in_force(a, at("2028-01-01T00:00:00Z"), &why), ERR_EXPIRED);
    assert_string_equal(why.text, "nothing flows under 'mx.anam-ca.cbsa': its basis ended on 2027-06-30: A treaty");
    assert_int_equal(agreement_in_force(read_of(file_of(LEAST)), at("0001-01-01T00:00:00Z"), NULL), ERR_NONE);
}

// --- signatures

struct keys {
    struct ed25519_key from, to, other;
};

static struct keys keys_make(void)
{
    struct keys k;
    ed25519_generate(&k.from);
    ed25519_generate(&k.to);
    ed25519_generate(&k.other);
    return k;
}

static struct str signed_by(struct str yaml, const struct ed25519_key *key, const char *party, struct str before)
{
    struct buf b = BUF(65536);
    buf_str_add(&b, before);
    assert_int_equal(agreement_sign(yaml, key, str_of(party), &b, NULL), ERR_NONE);
    struct str s = arena_str(&arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static void holds_with_both_signatures_only(void **state)
{
    (void)state;
    struct str yaml = file_of(FULL), one, both, why_text;
    struct agreement *a = read_of(yaml);
    struct keys k = keys_make();
    one = signed_by(yaml, &k.from, "mx.anam", STR_NONE);
    both = signed_by(yaml, &k.to, "ca.cbsa", one);
    assert_int_equal(agreement_verify(&arena, a, yaml, both, k.from.public, k.to.public, NULL), ERR_NONE);
    const struct {
        struct str signatures;
        const char *text;
    } cases[] = {
        {STR_NONE, "nobody has signed"},
        {one, "'ca.cbsa' has not signed"},
        {signed_by(yaml, &k.to, "ca.cbsa", STR_NONE), "'mx.anam' has not signed"},
        {signed_by(yaml, &k.from, "ca.cbsa", one), "'ca.cbsa' has not signed"}, // one key, two names
        {signed_by(yaml, &k.other, "ca.cbsa", one), "'ca.cbsa' has not signed"},
        {signed_by(yaml, &k.other, "us.cbp", one), "'ca.cbsa' has not signed"},
        {signed_by(STR("another text\n"), &k.to, "ca.cbsa", one), "invalid signature"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct why why = {0};
        assert_int_equal(agreement_verify(&arena, a, yaml, cases[i].signatures, k.from.public, k.to.public, &why),
                         ERR_UNTRUSTED);
        why_text = str_of(why.text);
        if (!strstr(why_text.p, cases[i].text)) fail_msg("case %zu: %s", i, why.text);
    }
    struct str third = signed_by(yaml, &k.other, "us.cbp", both); // a witness beside the two
    assert_int_equal(agreement_verify(&arena, a, yaml, third, k.from.public, k.to.public, NULL), ERR_NONE);
    assert_int_equal(agreement_verify(&arena, a, yaml, both, k.to.public, k.from.public, NULL), ERR_UNTRUSTED);
}

static void fails_with_any_bit_of_file_or_signatures_flipped(void **state)
{
    (void)state;
    struct str yaml = file_of(LEAST);
    struct keys k = keys_make();
    struct str both = signed_by(yaml, &k.to, "mx.transportes-garza", signed_by(yaml, &k.from, "mx.anam", STR_NONE));
    struct agreement *a = read_of(yaml);
    assert_int_equal(agreement_verify(&arena, a, yaml, both, k.from.public, k.to.public, NULL), ERR_NONE);
    for (size_t i = 0; i < both.n * 8; i++) {
        struct arena scratch = ARENA(4 << 20);
        struct str copy = arena_str(&scratch, both);
        ((char *)copy.p)[i / 8] = (char)(copy.p[i / 8] ^ (1 << i % 8));
        if (agreement_verify(&scratch, a, yaml, copy, k.from.public, k.to.public, NULL) == ERR_NONE)
            fail_msg("bit %zu", i);
        arena_free(&scratch);
    }
    size_t still_agreements = 0;
    for (size_t i = 0; i < yaml.n * 8; i++) {
        struct arena scratch = ARENA(4 << 20);
        struct str copy = arena_str(&scratch, yaml);
        struct agreement *other;
        ((char *)copy.p)[i / 8] = (char)(copy.p[i / 8] ^ (1 << i % 8));
        if (agreement_read(&scratch, copy, &other, NULL) == ERR_NONE) {
            still_agreements++;
            if (agreement_verify(&scratch, other, copy, both, k.from.public, k.to.public, NULL) == ERR_NONE)
                fail_msg("bit %zu of the file", i);
        }
        arena_free(&scratch);
    }
    assert_true(still_agreements > 100);
}

static void refuses_an_empty_line_among_signatures(void **state)
{
    (void)state;
    struct str yaml = file_of(FULL);
    struct keys k = keys_make();
    struct str both = signed_by(yaml, &k.to, "ca.cbsa", signed_by(yaml, &k.from, "mx.anam", STR_NONE));
    struct str text = arena_printf(&arena, "\n%.*s", STR_ARG(both)),
               more = arena_printf(&arena, "x\n\n%.*s", STR_ARG(both));
    assert_int_equal(agreement_verify(&arena, read_of(yaml), yaml, text, k.from.public, k.to.public, NULL),
                     ERR_MALFORMED);
    assert_int_equal(agreement_verify(&arena, read_of(yaml), yaml, more, k.from.public, k.to.public, NULL),
                     ERR_MALFORMED);
}

static void signs_no_text_that_a_note_cannot_hold(void **state)
{
    (void)state;
    struct keys k = keys_make();
    struct buf b = BUF(65536);
    assert_int_equal(agreement_sign(STR("no newline"), &k.from, STR("mx.anam"), &b, NULL), ERR_MALFORMED);
    assert_int_equal(agreement_sign(STR("a\ttab\n"), &k.from, STR("mx.anam"), &b, NULL), ERR_MALFORMED);
    assert_int_equal(agreement_sign(STR("text\n"), &k.from, STR("mx anam"), &b, NULL), ERR_MALFORMED);
    assert_int_equal(b.n, 0);
    buf_free(&b);
}

static void states_file_and_signed_note(void **state)
{
    (void)state;
    struct str yaml = file_of(FULL);
    struct keys k = keys_make();
    struct str both = signed_by(yaml, &k.to, "ca.cbsa", signed_by(yaml, &k.from, "mx.anam", STR_NONE));
    struct json *members = agreement_members(&arena, read_of(yaml), yaml, both);
    assert_int_equal(members->count, 2);
    assert_true(str_is(json_text(json_get(members, "agreement"), "id"), "mx.anam-ca.cbsa"));
    struct note note;
    assert_int_equal(note_parse(&arena, json_text(members, "signatures"), &note, NULL), ERR_NONE);
    assert_true(str_eq(note.text, yaml) && note.count == 2);
}

// --- files

static enum err agreement_judge(void *context, struct arena *own, struct str yaml, struct why *why)
{
    struct agreement *agreement;
    (void)context;
    enum err err = agreement_read(own, yaml, &agreement, why);
    assert_true((err == ERR_NONE) == (agreement != NULL));
    return err;
}

static void refuses_each_bad_file_with_its_reason(void **state)
{
    (void)state;
    static const char *const names[] = {
        "itself",         "no_expiry",    "red",        "unquoted_star", "star_inside", "where_text",
        "where_misspelt", "where_type",   "ends_first", "stranger",      "one_officer", "withhold_nothing",
        "noun_beside",    "noun_unknown", "misspelt",   "party_space",   "no_onward",   "upper_id",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!sample_refused(&arena, "agreement", names[i], agreement_judge)) fail_msg("%s", names[i]);
}

static void reads_the_corridors_agreements(void **state)
{
    (void)state;
    static const char *const names[] = {"mx.anam-us.cbp",
                                        "us.cbp-mx.anam",
                                        "us.cbp-ca.cbsa",
                                        "mx.anam-ca.cbsa",
                                        "mx.transportes-garza-mx.anam",
                                        "mx.anam-mx.transportes-garza"};
    static const char *const closed[] = {"access.read", "link.disclosed",      "evidence.rejected", "selection",
                                         "override",    "identifier.conflict", "nothing.known"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct agreement *a = example(names[i]);
        assert_true(str_is(a->id, names[i]));
        assert_int_equal(agreement_in_force(a, at("2026-03-01T12:00:00Z"), NULL), ERR_NONE);
        assert_true(agreement_lets_out(a, STR("channel.standing"), LABEL_AMBER)); // suspicion always travels
        assert_true(agreement_lets_out(a, STR("subject"), LABEL_AMBER));
        assert_true(agreement_lets_out(a, STR("erasure"), LABEL_AMBER));
        assert_false(agreement_withholds(a, STR("channel.standing"), STR_NONE, STR("standing")));
        assert_false(agreement_withholds(a, STR("subject"), STR("crossing"), STR("ids")));
        for (size_t k = 0; k < sizeof closed / sizeof *closed; k++)
            if (agreement_lets_out(a, str_of(closed[k]), LABEL_CLEAR)) fail_msg("%s lets out %s", names[i], closed[k]);
        assert_false(agreement_lets_out(a, STR("crossing"), LABEL_RED));
        if (agreement_lets_out(a, STR("channel"), LABEL_CLEAR))
            assert_true(agreement_withholds(a, STR("channel"), STR_NONE, STR("address")));
        if (!str_is(a->to, "mx.anam"))
            assert_true(!agreement_lets_out(a, STR("custody.seal"), LABEL_CLEAR) ||
                        agreement_withholds(a, STR("custody.seal"), STR_NONE, STR("raw")));
    }
    assert_true(lets_in(example("us.cbp-ca.cbsa"), "CA", NULL) && !lets_in(example("us.cbp-ca.cbsa"), "MX", NULL));
    assert_true(lets_in(example("mx.anam-ca.cbsa"), "CA", NULL) &&
                !agreement_asks_carriers(example("mx.anam-ca.cbsa")));
    assert_true(lets_in(example("mx.anam-mx.transportes-garza"), NULL, "mx.caat=3TGZ"));
    assert_true(agreement_withholds(example("us.cbp-mx.anam"), STR("decision"), STR_NONE, STR("facts")));
    assert_false(agreement_withholds(example("us.cbp-mx.anam"), STR("decision"), STR_NONE, STR("reason.silence")));
    assert_false(agreement_lets_out(example("mx.anam-mx.transportes-garza"), STR("decision"), LABEL_CLEAR));
}

static void says_when_memory_is_out(void **state)
{
    (void)state;
    needs_memory_only(agreement_judge, file_of(FULL), 131072);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_every_term, begin, end),
        cmocka_unit_test_setup_teardown(lets_out_only_what_is_listed, begin, end),
        cmocka_unit_test_setup_teardown(withholds_what_is_named, begin, end),
        cmocka_unit_test_setup_teardown(holds_from_its_first_day_to_its_last, begin, end),
        cmocka_unit_test_setup_teardown(holds_with_both_signatures_only, begin, end),
        cmocka_unit_test_setup_teardown(fails_with_any_bit_of_file_or_signatures_flipped, begin, end),
        cmocka_unit_test_setup_teardown(refuses_an_empty_line_among_signatures, begin, end),
        cmocka_unit_test_setup_teardown(signs_no_text_that_a_note_cannot_hold, begin, end),
        cmocka_unit_test_setup_teardown(states_file_and_signed_note, begin, end),
        cmocka_unit_test_setup_teardown(refuses_each_bad_file_with_its_reason, begin, end),
        cmocka_unit_test_setup_teardown(reads_the_corridors_agreements, begin, end),
        cmocka_unit_test_setup_teardown(says_when_memory_is_out, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
