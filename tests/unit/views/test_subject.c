// SPDX-License-Identifier: Apache-2.0
// Subjects and their links: the ordinary n:m cases of a border, and ids that turn out to be one.
#include "views/crossing.h"
#include "views/custody.h"
#include "views/document.h"
#include "views/subject.h"
#include "world.h"

#define CROSSING                                                                                                       \
    "{\"crossing\":{\"port\":\"us.schedule-d=2304\",\"direction\":\"northbound\",\"eta\":\"2026-03-01T18:00:00Z\","    \
    "\"empty\":false}}"
#define RELEASE "{\"release\":{\"port\":\"us.schedule-d=2304\",\"time\":\"2026-03-01T19:00:00Z\"}}"

static struct id canonical(struct world *w, struct id id)
{
    struct why why = {0};
    struct id out;
    must(subject_canonical(w->views, &id, &out, &why), &why);
    return out;
}

static void assert_id(struct id a, struct id b)
{
    assert_memory_equal(a.b, b.b, sizeof a.b);
}

static bool find(struct world *w, enum noun noun, const char *scheme, const char *value, struct id *out)
{
    struct why why = {0};
    bool found;
    must(subject_find(w->views, noun, str_of(scheme), str_of(value), out, &found, &why), &why);
    return found;
}

static enum noun noun_of(struct world *w, struct id id)
{
    struct why why = {0};
    enum noun noun;
    must(subject_noun(w->views, &id, &noun, &why), &why);
    return noun;
}

static size_t links(struct world *w, struct id id, enum noun noun, struct linked **out)
{
    struct why why = {0};
    size_t n;
    must(subject_links(w->views, &w->arena, &id, noun, out, &n, &why), &why);
    return n;
}

static bool linked_to(struct world *w, struct id id, enum noun noun, struct id other)
{
    struct linked *l;
    size_t n = links(w, id, noun, &l);
    for (size_t i = 0; i < n; i++)
        if (id_eq(&l[i].id, &other)) return true;
    return false;
}

static size_t mentions(struct world *w, struct id id, size_t max, int64_t **out)
{
    struct why why = {0};
    size_t n;
    must(subject_mentions(w->views, &w->arena, &id, max, out, &n, &why), &why);
    return n;
}

static void is_found_by_each_identifier_of_its_own_noun(void **state)
{
    struct world *w = *state;
    struct id id = random_id(), out;
    SAY(w, .kind = "subject", RE(id),
        .body = "{\"noun\":\"carrier\",\"ids\":[{\"scheme\":\"us.scac\",\"value\":\"GRZA\"},{\"scheme\":\"mx.caat\","
                "\"value\":\"3G5H\"}]}");
    assert_true(find(w, NOUN_CARRIER, "us.scac", "GRZA", &out));
    assert_id(out, id);
    assert_true(find(w, NOUN_CARRIER, "mx.caat", "3G5H", &out));
    assert_id(out, id);
    assert_false(find(w, NOUN_FILER, "us.scac", "GRZA", &out));
    assert_false(find(w, NOUN_CARRIER, "us.scac", "3G5H", &out));
    assert_int_equal(noun_of(w, id), NOUN_CARRIER);
    assert_int_equal(noun_of(w, random_id()), NOUN_NONE);
    struct why why = {0};
    struct json *list;
    must(subject_identifiers(w->views, &w->arena, &id, &list, &why), &why);
    assert_int_equal(list->count, 2);
    assert_true(str_is(json_text(json_at(list, 0), "scheme"), "mx.caat"));
}

static void the_same_number_may_name_subjects_of_two_nouns(void **state)
{
    struct world *w = *state;
    struct id crossing = world_subject(w, "crossing", "us.ace.trip", "GRZA1"),
              document = world_subject(w, "document", "us.ace.trip", "GRZA1");
    assert_id(canonical(w, document), document);
    assert_id(canonical(w, crossing), crossing);
}

static void a_partners_id_for_what_we_know_is_an_alias(void **state)
{
    struct world *w = *state;
    struct id ours = world_subject(w, "trailer", "trailer.plate", "21TR43");
    struct id theirs = world_subject_of(w, w->partner, random_id(), "trailer", "trailer.plate", "21TR43");
    assert_id(canonical(w, theirs), ours);
    assert_int_equal(noun_of(w, theirs), NOUN_TRAILER);
    // What else they know it by leads to ours.
    struct id out;
    world_subject_of(w, w->partner, theirs, "trailer", "container", "MSCU1234566");
    assert_true(find(w, NOUN_TRAILER, "container", "MSCU1234566", &out));
    assert_id(out, ours);
}

// They speak of a consignment first by a number that we do not know, later by one that we know.
static void what_was_known_of_an_alias_is_known_of_the_one_it_turns_out_to_be(void **state)
{
    struct world *w = *state;
    struct id ours = world_subject(w, "document", "us.ace.trip", "GRZA1"),
              goods = world_subject(w, "consignment", "us.paps", "P1");
    struct id theirs = world_subject_of(w, w->partner, random_id(), "document", "mx.idccp", "CCC1");
    struct id crossing = world_subject(w, "crossing", "us.ace.trip", "GRZA1"), held;
    SAY(w, .kind = "crossing", .body = CROSSING, RE(crossing, goods));
    SAY(w, .origin = w->partner, .kind = "document", RE(theirs, goods),
        .body = "{\"document\":{\"type\":\"carta-porte\",\"number\":\"CCC1\"},\"facts\":{\"gross_kg\":21500}}");
    world_forget(w);
    world_subject_of(w, w->partner, theirs, "document", "us.ace.trip", "GRZA1");
    assert_id(canonical(w, theirs), ours);
    assert_true(world_touched(w, crossing));
    assert_true(find(w, NOUN_DOCUMENT, "mx.idccp", "CCC1", &held));
    assert_id(held, ours);
    struct why why = {0};
    struct document document;
    bool found;
    must(document_get(w->views, &w->arena, &ours, &document, &found, &why), &why);
    assert_true(found && document.gross_kg == 21500);
    assert_true(linked_to(w, ours, NOUN_CONSIGNMENT, goods));
    assert_true(linked_to(w, goods, NOUN_DOCUMENT, ours));
    assert_false(linked_to(w, goods, NOUN_DOCUMENT, theirs));
    // Both chains of mentions, newest first.
    int64_t *at;
    size_t n = mentions(w, ours, 10, &at);
    assert_int_equal(n, 4);
    for (size_t i = 1; i < n; i++) assert_true(at[i - 1] > at[i]);
}

static void a_seals_custody_follows_it_to_its_canonical_id(void **state)
{
    struct world *w = *state;
    struct id ours = world_subject(w, "seal", "iso17712", "ABC1234567");
    struct id theirs = world_subject_of(w, w->partner, random_id(), "seal", "jt701d", "8000620011");
    SAY(w, .origin = w->partner, .kind = "custody.seal", .at = "2026-03-01T10:00:00Z", RE(theirs),
        .body = "{\"event\":{\"type\":\"on\",\"grade\":\"high-security\"}}");
    SAY(w, .origin = w->partner, .kind = "custody.seal", .at = "2026-03-01T11:00:00Z", RE(theirs),
        .body = "{\"event\":{\"type\":\"unlock\"}}");
    world_subject_of(w, w->partner, theirs, "seal", "iso17712", "ABC1234567");
    struct why why = {0};
    struct custody c;
    bool found;
    must(custody_get(w->views, &w->arena, &ours, time_of("2026-03-01T12:00:00Z"), false, &c, &found, &why), &why);
    assert_true(found);
    assert_true(str_is(c.grade, "high-security"));
    assert_int_equal(c.nevents, 2);
    assert_true(str_is(c.state, "open"));
}

static void a_crossing_told_of_twice_keeps_what_either_was_told(void **state)
{
    struct world *w = *state;
    struct id ours = world_subject(w, "crossing", "us.ace.trip", "GRZA1"),
              trailer = world_subject(w, "trailer", "trailer.plate", "T1");
    struct id theirs = world_subject_of(w, w->partner, random_id(), "crossing", "mx.doda", "9");
    SAY(w, .kind = "crossing", .body = CROSSING, RE(ours));
    SAY(w, .origin = w->partner, .kind = "crossing", RE(theirs, trailer),
        .body = "{\"crossing\":{\"port\":\"mx.aduana=240\",\"direction\":\"northbound\",\"destination\":\"CA\","
                "\"empty\":false}}");
    SAY(w, .origin = w->partner, .kind = "crossing.arrival", RE(theirs),
        .body = "{\"arrival\":{\"port\":\"x\",\"time\":\"2026-03-01T17:30:00Z\"}}");
    world_subject_of(w, w->partner, theirs, "crossing", "us.ace.trip", "GRZA1");
    struct why why = {0};
    struct crossing c;
    bool found;
    must(crossing_get(w->views, &w->arena, &ours, &c, &found, &why), &why);
    assert_true(found);
    assert_true(str_is(c.port, "us.schedule-d=2304"));
    assert_true(str_is(c.destination, "CA"));
    assert_int_equal(c.arrived_ms, time_of("2026-03-01T17:30:00Z"));
    must(crossing_get(w->views, &w->arena, &theirs, &c, &found, &why), &why);
    assert_false(found);
    // What was aboard of theirs is aboard of ours.
    world_forget(w);
    must(subject_crossings(w->views, &w->arena, &trailer, &w->touched, &why), &why);
    assert_int_equal(w->touched.count, 1);
    assert_true(world_touched(w, ours));
}

static void an_alias_of_an_alias_leads_to_the_canonical_one(void **state)
{
    struct world *w = *state;
    struct id first = world_subject(w, "consignment", "us.paps", "P1");
    struct id second = world_subject_of(w, w->partner, random_id(), "consignment", "mx.pedimento", "X1");
    struct id third = world_subject_of(w, w->partner, random_id(), "consignment", "mx.pedimento", "X1");
    assert_id(canonical(w, third), second);
    world_subject_of(w, w->partner, second, "consignment", "us.paps", "P1");
    assert_id(canonical(w, second), first);
    assert_id(canonical(w, third), first);
}

static void no_partner_merges_two_subjects_that_we_tell_apart(void **state)
{
    struct world *w = *state;
    struct id one = world_subject(w, "seal", "iso17712", "AAA1111111"),
              two = world_subject(w, "seal", "iso17712", "BBB2222222"), out;
    // By a subject of its own that has both numbers …
    struct id theirs = random_id();
    SAY(w, .origin = w->partner, .kind = "subject", RE(theirs),
        .body = "{\"noun\":\"seal\",\"ids\":[{\"scheme\":\"iso17712\",\"value\":\"AAA1111111\"},{\"scheme\":"
                "\"iso17712\",\"value\":\"BBB2222222\"}]}");
    assert_id(canonical(w, theirs), one);
    // … or by giving ours another's.
    world_subject_of(w, w->partner, one, "seal", "iso17712", "BBB2222222");
    assert_id(canonical(w, one), one);
    assert_id(canonical(w, two), two);
    assert_true(find(w, NOUN_SEAL, "iso17712", "BBB2222222", &out));
    assert_id(out, two);
}

static void no_partner_changes_what_our_subject_is(void **state)
{
    struct world *w = *state;
    struct id ours = world_subject(w, "crossing", "us.ace.trip", "GRZA1");
    SAY(w, .origin = w->partner, .kind = "subject", .body = "{\"noun\":\"port\"}", RE(ours));
    assert_int_equal(noun_of(w, ours), NOUN_CROSSING);
}

static void odd_statements_of_a_partner_change_nothing(void **state)
{
    struct world *w = *state;
    static const char *const bodies[] = {
        "{}", "{\"noun\":7}", "{\"noun\":\"spaceship\",\"ids\":[]}", "{\"noun\":\"seal\",\"ids\":{}}",
        "{\"noun\":\"seal\",\"ids\":[1,null,{\"scheme\":\"x\"},{\"value\":\"y\"},{\"scheme\":1,\"value\":2}]}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct id id = random_id();
        struct why why = {0};
        struct json *list;
        SAY(w, .origin = w->partner, .kind = "subject", .body = bodies[i], RE(id));
        must(subject_identifiers(w->views, &w->arena, &id, &list, &why), &why);
        assert_int_equal(list->count, 0);
    }
    SAY(w, .origin = w->partner, .kind = "subject", .body = "{\"noun\":\"seal\"}");
    SAY(w, .origin = w->partner, .kind = "crossing", .body = "{\"crossing\":[]}", RE(random_id()));
    SAY(w, .origin = w->partner, .kind = "a.kind.of.tomorrow", .body = "{\"x\":1}", RE(random_id(), random_id()));
}

static void mentions_are_newest_first_and_at_most_as_many_as_asked_for(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "conveyance", "plate.mx", "501AA");
    int64_t said[50], *at;
    for (int i = 0; i < 50; i++) said[i] = SAY(w, .kind = "note", .body = "{\"x\":1}", RE(id));
    assert_int_equal(mentions(w, id, 7, &at), 7);
    for (int i = 0; i < 7; i++) assert_int_equal(at[i], said[49 - i]);
    assert_int_equal(mentions(w, id, 1000, &at), 51);
    assert_int_equal(mentions(w, random_id(), 10, &at), 0);
}

static void an_empty_truck_is_a_crossing_without_goods(void **state)
{
    struct world *w = *state;
    struct id crossing = world_subject(w, "crossing", "us.ace.trip", "GRZA1"),
              truck = world_subject(w, "conveyance", "plate.mx", "501AA");
    SAY(w, .kind = "crossing", .body = "{\"crossing\":{\"port\":\"p\",\"direction\":\"northbound\",\"empty\":true}}",
        RE(crossing, truck));
    struct linked *l;
    struct why why = {0};
    struct crossing c;
    bool found;
    assert_int_equal(links(w, crossing, NOUN_CONSIGNMENT, &l), 0);
    assert_int_equal(links(w, crossing, NOUN_CONVEYANCE, &l), 1);
    must(crossing_get(w->views, &w->arena, &crossing, &c, &found, &why), &why);
    assert_true(found && c.empty);
}

static void thirty_consignments_ride_on_one_truck(void **state)
{
    struct world *w = *state;
    struct id re[RE_MAX] = {world_subject(w, "crossing", "us.ace.trip", "GRZA1")};
    for (unsigned i = 1; i <= 30; i++) {
        char number[16];
        snprintf(number, sizeof number, "GRZA%06u", i);
        re[i] = world_subject(w, "consignment", "us.paps", number);
    }
    struct said said = {.kind = "crossing", .body = CROSSING, .nre = 31};
    memcpy(said.re, re, sizeof re);
    world_say(w, &said);
    struct linked *l;
    assert_int_equal(links(w, re[0], NOUN_CONSIGNMENT, &l), 30);
    for (unsigned i = 1; i <= 30; i++) {
        struct why why = {0};
        assert_true(linked_to(w, re[i], NOUN_CROSSING, re[0]));
        world_forget(w);
        must(subject_crossings(w->views, &w->arena, &re[i], &w->touched, &why), &why);
        assert_int_equal(w->touched.count, 1);
    }
}

static void one_pedimento_covers_ten_trucks(void **state)
{
    struct world *w = *state;
    struct id document = world_subject(w, "document", "mx.pedimento", "26 24 3812 6000001"),
              goods = world_subject(w, "consignment", "mx.cove", "C1");
    struct id crossings[10];
    for (unsigned i = 0; i < 10; i++) {
        char trip[16];
        snprintf(trip, sizeof trip, "GRZA%u", i);
        crossings[i] = world_subject(w, "crossing", "us.ace.trip", trip);
        SAY(w, .kind = "crossing", .body = CROSSING, RE(crossings[i], goods));
    }
    world_forget(w);
    SAY(w, .kind = "document", RE(document, goods),
        .body = "{\"document\":{\"type\":\"pedimento\",\"number\":\"6000001\"},\"facts\":{\"gross_kg\":210000}}");
    assert_int_equal(w->touched.count, 10);
    for (unsigned i = 0; i < 10; i++) assert_true(world_touched(w, crossings[i]));
    // One of them is over: a correction of the document bears on the nine.
    SAY(w, .kind = "crossing.release", .body = RELEASE, RE(crossings[3]));
    world_forget(w);
    SAY(w, .kind = "document", RE(document, goods),
        .body = "{\"document\":{\"type\":\"pedimento\",\"number\":\"6000001\"},\"facts\":{\"gross_kg\":209000}}");
    assert_int_equal(w->touched.count, 9);
    assert_false(world_touched(w, crossings[3]));
}

static void a_swapped_tractor_is_linked_beside_the_first_the_latest_first(void **state)
{
    struct world *w = *state;
    struct id crossing = world_subject(w, "crossing", "us.ace.trip", "GRZA1"),
              first = world_subject(w, "conveyance", "plate.mx", "501AA");
    struct id second = world_subject(w, "conveyance", "plate.mx", "777ZZ"),
              trailer = world_subject(w, "trailer", "trailer.plate", "21TR43");
    SAY(w, .kind = "crossing", .body = CROSSING, RE(crossing, first, trailer));
    int64_t pos = SAY(w, .kind = "crossing.swap", .body = "{\"swap\":{\"reason\":\"transfer\",\"place\":\"Laredo\"}}",
                      RE(crossing, second));
    struct linked *l;
    struct why why = {0};
    struct crossing c;
    bool found;
    assert_int_equal(links(w, crossing, NOUN_CONVEYANCE, &l), 2);
    assert_id(l[0].id, second);
    assert_id(l[1].id, first);
    must(crossing_get(w->views, &w->arena, &crossing, &c, &found, &why), &why);
    assert_true(c.swapped);
    assert_int_equal(c.swap_pos, pos);
    assert_int_equal(links(w, crossing, NOUN_TRAILER, &l), 1);
}

static void a_fact_about_a_seal_reaches_the_crossing_through_the_trailer_until_it_is_over(void **state)
{
    struct world *w = *state;
    struct id crossing = world_subject(w, "crossing", "us.ace.trip", "GRZA1"),
              trailer = world_subject(w, "trailer", "trailer.plate", "21TR43");
    struct id seal = world_subject(w, "seal", "iso17712", "ABC1234567");
    SAY(w, .kind = "custody.seal", .body = "{\"event\":{\"type\":\"on\"}}", RE(seal, trailer));
    SAY(w, .kind = "crossing", .body = CROSSING, RE(crossing, trailer));
    world_forget(w);
    SAY(w, .kind = "custody.seal", .body = "{\"event\":{\"type\":\"unlock\"}}", RE(seal));
    assert_true(world_touched(w, crossing));
    SAY(w, .kind = "crossing.release", .body = RELEASE, RE(crossing));
    world_forget(w);
    SAY(w, .kind = "custody.seal", .body = "{\"event\":{\"type\":\"unlock\"}}", RE(seal));
    assert_int_equal(w->touched.count, 0);
    // A statement about a crossing that is over puts nothing aboard again.
    SAY(w, .kind = "crossing", .body = CROSSING, RE(crossing, trailer));
    world_forget(w);
    SAY(w, .kind = "custody.seal", .body = "{\"event\":{\"type\":\"unlock\"}}", RE(seal));
    assert_int_equal(w->touched.count, 0);
}

static void an_importers_standing_reaches_every_crossing_under_its_documents(void **state)
{
    struct world *w = *state;
    struct id crossing = world_subject(w, "crossing", "us.ace.trip", "GRZA1"),
              goods = world_subject(w, "consignment", "us.paps", "P1");
    struct id document = world_subject(w, "document", "us.entry", "E1"),
              importer = world_subject(w, "importer", "us.ior", "12-345678900");
    struct id stranger = world_subject(w, "importer", "us.ior", "99-999999900");
    SAY(w, .kind = "crossing", .body = CROSSING, RE(crossing, goods));
    SAY(w, .kind = "document", .body = "{\"document\":{\"type\":\"entry\",\"number\":\"E1\"}}",
        RE(document, goods, importer));
    static const char credential[] =
        "{\"credential\":{\"programme\":\"CTPAT\",\"role\":\"importer\",\"id\":\"X\",\"issuer\":\"us.cbp\","
        "\"from\":\"2026-01-01T00:00:00Z\",\"to\":\"2027-01-01T00:00:00Z\",\"status\":\"suspended\",\"proof\":"
        "\"roster\"}}";
    world_forget(w);
    SAY(w, .kind = "credential", .body = credential, RE(stranger));
    assert_int_equal(w->touched.count, 0);
    SAY(w, .kind = "credential", .body = credential, RE(importer));
    assert_true(world_touched(w, crossing));
}

// A link feeds a crossing's own statements first, and its subjects after them.
static void a_partner_may_say_what_its_subjects_are_after_it_linked_them(void **state)
{
    struct world *w = *state;
    struct id crossing = random_id(), trailer = random_id(), goods = random_id(), seal = random_id();
    SAY(w, .origin = w->partner, .kind = "crossing", .body = CROSSING, RE(crossing, trailer, goods));
    SAY(w, .origin = w->partner, .kind = "custody.seal", .body = "{\"event\":{\"type\":\"on\"}}", RE(seal, trailer));
    assert_false(linked_to(w, crossing, NOUN_TRAILER, trailer));
    world_subject_of(w, w->partner, trailer, "trailer", "trailer.plate", "21TR43");
    world_subject_of(w, w->partner, goods, "consignment", "us.paps", "P1");
    world_subject_of(w, w->partner, seal, "seal", "iso17712", "HS1234567");
    world_forget(w);
    world_subject_of(w, w->partner, crossing, "crossing", "us.ace.trip", "GRZA1");
    assert_true(world_touched(w, crossing));
    assert_true(linked_to(w, crossing, NOUN_TRAILER, trailer) && linked_to(w, trailer, NOUN_CROSSING, crossing));
    assert_true(linked_to(w, crossing, NOUN_CONSIGNMENT, goods) && linked_to(w, trailer, NOUN_SEAL, seal));
    assert_false(linked_to(w, crossing, NOUN_NONE, trailer) || linked_to(w, trailer, NOUN_NONE, crossing));
    world_forget(w);
    SAY(w, .origin = w->partner, .kind = "custody.seal", .body = "{\"event\":{\"type\":\"unlock\"}}", RE(seal));
    assert_true(world_touched(w, crossing));
}

static void what_is_touched_over_the_bound_is_named_for_later(void **state)
{
    struct world *w = *state;
    struct id goods = world_subject(w, "consignment", "us.paps", "P1");
    for (unsigned i = 0; i < 20; i++) SAY(w, .kind = "crossing", .body = CROSSING, RE(an_id(1000 + i), goods));
    // Crossings have no `subject` here: the link is made by what re[0] is said to be.
    for (unsigned i = 0; i < 20; i++) {
        SAY(w, .kind = "subject", .body = "{\"noun\":\"crossing\"}", RE(an_id(1000 + i)));
        SAY(w, .kind = "crossing", .body = CROSSING, RE(an_id(1000 + i), goods));
    }
    struct why why = {0};
    w->touched = (struct touched){.arena = &w->arena, .max = 5};
    must(subject_crossings(w->views, &w->arena, &goods, &w->touched, &why), &why);
    assert_int_equal(w->touched.count, 5);
    assert_int_equal(w->touched.noverflow, 1);
    assert_id(w->touched.overflow[0], goods);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(is_found_by_each_identifier_of_its_own_noun),
        TEST(the_same_number_may_name_subjects_of_two_nouns),
        TEST(a_partners_id_for_what_we_know_is_an_alias),
        TEST(what_was_known_of_an_alias_is_known_of_the_one_it_turns_out_to_be),
        TEST(a_seals_custody_follows_it_to_its_canonical_id),
        TEST(a_crossing_told_of_twice_keeps_what_either_was_told),
        TEST(an_alias_of_an_alias_leads_to_the_canonical_one),
        TEST(no_partner_merges_two_subjects_that_we_tell_apart),
        TEST(no_partner_changes_what_our_subject_is),
        TEST(odd_statements_of_a_partner_change_nothing),
        TEST(mentions_are_newest_first_and_at_most_as_many_as_asked_for),
        TEST(an_empty_truck_is_a_crossing_without_goods),
        TEST(thirty_consignments_ride_on_one_truck),
        TEST(one_pedimento_covers_ten_trucks),
        TEST(a_swapped_tractor_is_linked_beside_the_first_the_latest_first),
        TEST(a_fact_about_a_seal_reaches_the_crossing_through_the_trailer_until_it_is_over),
        TEST(an_importers_standing_reaches_every_crossing_under_its_documents),
        TEST(a_partner_may_say_what_its_subjects_are_after_it_linked_them),
        TEST(what_is_touched_over_the_bound_is_named_for_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
