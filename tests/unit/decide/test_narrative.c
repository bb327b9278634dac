// SPDX-License-Identifier: Apache-2.0
#include "decide/narrative.h"

#include "build.h"

#include <stdlib.h>
#include <string.h>

#define RULE(id, when, does, reason)                                                                                   \
    "  - {id: " id ", owner: o, revision: 1, citation: law of " id ", from: 2026-01-01, when: '" when "', " does       \
    ", reason: {" reason "}}\n"
#define SAME(text) "en: " text ", es: " text ", fr: " text

static const char rules_text[] = "base: document\nscore: {prior: 0.1}\nrules:\n" RULE(
    "gap", "documents.weight_gap_pct > 5.0", "floor: scan",
    "en: 'The weights differ by {documents.weight_gap_pct} %', es: 'Los pesos difieren en {documents.weight_gap_pct} "
    "%.', fr: 'Les poids diffèrent de {documents.weight_gap_pct} %.'")
    RULE("silent", "custody.silence_min > 30.0", "weight: 0.8", SAME("Silence."))
        RULE("known", "programme.carrier == \"valid\"", "weight: -0.7", SAME("Known."))
            RULE("tampered", "custody.tampers > 0", "floor: joint, unknown: scan", SAME("Tampered."));
static const char sources_text[] =
    "[{\"name\":\"us.cbp:3\",\"kind\":\"document\",\"origin\":\"us.cbp\",\"in\":\"2026-03-01T14:05:09.000000Z\","
    "\"via\":{\"door\":\"https\",\"party\":\"mx.garza\"}},"
    "{\"name\":\"mx.anam:7\",\"kind\":\"custody.seal\",\"origin\":\"mx.anam\",\"in\":\"2026-03-01T15:00:00.000000Z\"},"
    "{\"name\":\"us.cbp:4\",\"missing\":true}]";

static struct json *told(struct arena *arena, const char *facts_text, enum language language, bool with_rules)
{
    struct rules *rules = rules_of(arena, rules_text);
    struct facts facts = facts_of(arena, facts_text);
    struct decision d;
    struct why why = {0};
    if (decide(arena, rules, &facts, NULL, &d, &why)) fail_msg("%s", why.text);
    struct json *members = decision_members(arena, &d, rules, &facts, NULL, "test");
    struct json *out =
        narrative_json(arena, members, json_of(arena, sources_text), with_rules ? rules : NULL, language);
    assert_non_null(out);
    return out;
}

#define FACTS "{\"documents.weight_gap_pct\":9.25,\"custody.silence_min\":45,\"programme.carrier\":\"valid\"}"

static void tells_it_in_three_languages(void **state)
{
    (void)state;
    static const char *const texts[LANGUAGE_COUNT] = {
        "The truck goes to a scan.\n"
        "Because: The weights differ by 9.3 %. [law of gap]\n"
        "Also: Cannot be judged while this is not known: signs of tampering. [law of tampered]\n"
        "Silence. [law of silent] This raises the odds of a find 2.2 times.\n"
        "Known. [law of known] This divides the odds of a find by 2.0.\n"
        "All together, the risk is 10.9 %.\n"
        "Not known: signs of tampering.\n"
        "The facts come from: us.cbp:3 (document, mx.garza by https, 2026-03-01 14:05 UTC); mx.anam:7 (seal event, "
        "mx.anam, 2026-03-01 15:00 UTC); us.cbp:4 (no longer here).",
        "El camión va a inspección no intrusiva.\n"
        "Porque: Los pesos difieren en 9.3 %. [law of gap]\n"
        "Además: No se puede valorar mientras no se conozca: señales de manipulación. [law of tampered]\n"
        "Silence. [law of silent] Esto multiplica por 2.2 las posibilidades de un hallazgo.\n"
        "Known. [law of known] Esto divide entre 2.0 las posibilidades de un hallazgo.\n"
        "En conjunto, el riesgo es de 10.9 %.\n"
        "No se conoce: señales de manipulación.\n"
        "Los datos provienen de: us.cbp:3 (documento, mx.garza por https, 2026-03-01 14:05 UTC); mx.anam:7 (evento del "
        "candado, mx.anam, 2026-03-01 15:00 UTC); us.cbp:4 (ya no está aquí).",
        "Le camion va à l'inspection par imagerie.\n"
        "Parce que : Les poids diffèrent de 9,3 %. [law of gap]\n"
        "De plus : Ne peut être apprécié tant que ceci n'est pas connu : signes d'altération. [law of tampered]\n"
        "Silence. [law of silent] Cela multiplie les chances d'une découverte par 2,2.\n"
        "Known. [law of known] Cela divise les chances d'une découverte par 2,0.\n"
        "Au total, le risque est de 10,9 %.\n"
        "Non connu : signes d'altération.\n"
        "Les faits proviennent de : us.cbp:3 (document, mx.garza par https, 2026-03-01 14:05 UTC); mx.anam:7 "
        "(événement du scellé, mx.anam, 2026-03-01 15:00 UTC); us.cbp:4 (n'est plus ici).",
    };
    for (int i = 0; i < LANGUAGE_COUNT; i++) {
        struct arena arena = ARENA(1 << 24);
        struct str text = json_text(told(&arena, FACTS, (enum language)i, true), "text");
        if (!str_is(text, texts[i])) fail_msg("%.*s", STR_ARG(text));
        arena_free(&arena);
    }
}

static const struct json *part_of(const struct json *told, const char *rule)
{
    json_each(part, json_get(told, "parts")) if (str_is(json_text(part, "rule"), rule)) return part;
    fail_msg("nothing is told of %s", rule);
    return NULL;
}

static void names_the_facts_and_statements_behind_each_reason(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 24);
    struct json *out = told(&arena, FACTS, LANGUAGE_FR, true);
    const struct json *gap = part_of(out, "gap"), *fact = json_at(json_get(gap, "facts"), 0);
    assert_int_equal(json_get(gap, "facts")->count, 1);
    assert_true(str_is(json_text(fact, "fact"), "documents.weight_gap_pct") && str_is(json_text(fact, "value"), "9,3"));
    assert_true(str_is(json_text(fact, "label"), "différence des poids"));
    assert_int_equal(json_get(gap, "statements")->count, 1);
    assert_true(str_is(json_at(json_get(gap, "statements"), 0)->text, "us.cbp:3"));
    const struct json *silent = part_of(out, "silent");
    assert_true(str_is(json_at(json_get(silent, "statements"), 0)->text, "mx.anam:7"));
    double factor;
    assert_true(json_number(silent, "factor", &factor) && factor > 2.225 && factor < 2.226);
    assert_true(str_is(json_text(part_of(out, "tampered"), "because"), "unknown"));
    out = told(&arena, FACTS, LANGUAGE_FR, false); // the rules are not at hand
    assert_null(json_get(part_of(out, "gap"), "facts"));
    assert_non_null(strstr(json_text(out, "text").p, "Parce que"));
    arena_free(&arena);
}

static void tells_what_is_left_of_an_erased_decision(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 24);
    struct json *out = narrative_json(&arena, json_of(&arena, "{\"gaps\":[\"custody.tampers\",\"custody.colour\"]}"),
                                      NULL, NULL, LANGUAGE_EN);
    assert_true(str_is(json_text(out, "text"), "Not known: signs of tampering, custody.colour."));
    out = narrative_json(&arena, json_of(&arena, "{\"lane\":\"hold\",\"reason.x\":{},\"facts\":{\"no.fact\":1}}"), NULL,
                         NULL, LANGUAGE_ES);
    assert_non_null(out);
    assert_int_equal(strncmp(json_text(out, "text").p, "El camión queda retenido.", 25), 0);
    arena_free(&arena);
}

// The same words whatever the order in which the members come.
static void order_does_not_hang_on_the_members(void **state)
{
    (void)state;
    struct arena arena = ARENA(1 << 24);
    static const char *const both[] = {
        "{\"lane\":\"scan\",\"reason.a\":{\"rule\":\"a\",\"lane\":\"scan\",\"en\":\"A\"},"
        "\"reason.b\":{\"rule\":\"b\",\"lane\":\"joint\",\"en\":\"B\"}}",
        "{\"reason.b\":{\"rule\":\"b\",\"lane\":\"joint\",\"en\":\"B\"},"
        "\"reason.a\":{\"rule\":\"a\",\"lane\":\"scan\",\"en\":\"A\"},\"lane\":\"scan\"}"};
    for (int i = 0; i < 2; i++) {
        struct json *out = narrative_json(&arena, json_of(&arena, both[i]), NULL, NULL, LANGUAGE_EN);
        assert_true(str_is(json_text(out, "text"), "The truck goes to a scan.\nBecause: B.\nAlso: A."));
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_it_in_three_languages),
        cmocka_unit_test(names_the_facts_and_statements_behind_each_reason),
        cmocka_unit_test(tells_what_is_left_of_an_erased_decision),
        cmocka_unit_test(order_does_not_hang_on_the_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
