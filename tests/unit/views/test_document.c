// SPDX-License-Identifier: Apache-2.0
#include "views/document.h"

#include "world.h"

static struct document get(struct world *w, struct id id)
{
    struct why why = {0};
    struct document d;
    bool found;
    must(document_get(w->views, &w->arena, &id, &d, &found, &why), &why);
    assert_true(found);
    return d;
}

static void says_what_another_may_contradict(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "document", "mx.idccp", "CCC1");
    int64_t pos = SAY(w, .kind = "document", RE(id),
                      .body = "{\"document\":{\"type\":\"carta-porte\",\"number\":\"CCC1\",\"filer\":\"BROKER-1\"},"
                              "\"facts\":{\"gross_kg\":21500.5,"
                              "\"departure\":\"2026-03-01T08:00:00Z\",\"arrival\":\"2026-03-01T18:00:00Z\",\"seals\":["
                              "\"ABC1234567\",\"DEF7654321\"]}}");
    struct document d = get(w, id);
    assert_int_equal(d.pos, pos);
    assert_int_equal(d.filed_in, w->in_us);
    assert_true(str_is(d.type, "carta-porte"));
    assert_true(str_is(d.number, "CCC1"));
    assert_true(str_is(d.filer, "BROKER-1"));
    assert_true(d.gross_kg == 21500.5);
    assert_int_equal(d.departure_ms, time_of("2026-03-01T08:00:00Z"));
    assert_int_equal(d.arrival_ms, time_of("2026-03-01T18:00:00Z"));
    assert_int_equal(d.nseals, 2);
    assert_true(str_is(d.seals[0], "ABC1234567"));
    assert_true(str_is(d.seals[1], "DEF7654321"));
}

static void is_filed_when_it_was_first_whatever_is_corrected_later(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "document", "us.ace.trip", "T1");
    SAY(w, .kind = "document", RE(id),
        .body = "{\"document\":{\"type\":\"e-manifest\",\"number\":\"T1\",\"filer\":\"B\"},\"facts\":{\"gross_kg\":100,"
                "\"seals\":[\"A\"]}}");
    int64_t first = w->in_us;
    int64_t pos = SAY(w, .kind = "document", RE(id),
                      .body = "{\"document\":{\"type\":\"e-manifest\",\"number\":\"T1\"},\"facts\":{\"gross_kg\":90}}");
    struct document d = get(w, id);
    assert_int_equal(d.filed_in, first);
    assert_int_equal(d.pos, pos);
    assert_true(d.gross_kg == 90);
    assert_true(str_is(d.filer, "B"));
    assert_int_equal(d.nseals, 1);
}

static void a_weight_that_was_not_said_is_no_weight_of_nothing(void **state)
{
    struct world *w = *state;
    struct id silent = world_subject(w, "document", "us.entry", "E1"),
              zero = world_subject(w, "document", "us.entry", "E2");
    SAY(w, .kind = "document", RE(silent), .body = "{\"document\":{\"type\":\"entry\",\"number\":\"E1\"}}");
    SAY(w, .kind = "document", RE(zero),
        .body = "{\"document\":{\"type\":\"entry\",\"number\":\"E2\"},\"facts\":{\"gross_kg\":0}}");
    assert_true(get(w, silent).gross_kg < 0);
    assert_true(get(w, zero).gross_kg == 0);
    assert_int_equal(get(w, silent).nseals, 0);
}

static void linked_but_never_told_of_it_is_not_found(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "document", "us.entry", "E1");
    struct why why = {0};
    struct document d;
    bool found = true;
    SAY(w, .kind = "document", RE(id), .body = "{\"facts\":{\"gross_kg\":5}}");
    must(document_get(w->views, &w->arena, &id, &d, &found, &why), &why);
    assert_false(found);
}

static void takes_sixty_four_seals_and_reads_odd_ones_over(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "document", "us.entry", "E1");
    struct buf body = BUF(8192);
    buf_puts(&body, "{\"document\":{\"type\":\"entry\",\"number\":\"E1\"},\"facts\":{\"seals\":[7,null,{},");
    for (int i = 0; i < 100; i++) buf_printf(&body, "%s\"S%07d\"", i ? "," : "", i);
    buf_puts(&body, "]}}");
    buf_putc(&body, '\0');
    SAY(w, .kind = "document", .body = buf_str(&body).p, RE(id));
    buf_free(&body);
    struct document d = get(w, id);
    assert_int_equal(d.nseals, 64);
    assert_true(str_is(d.seals[0], "S0000000"));
    assert_true(str_is(d.seals[63], "S0000063"));
}

// A number with a line feed in it must not become two seals.
static void no_seal_number_becomes_two(void **state)
{
    struct world *w = *state;
    struct id id = world_subject(w, "document", "us.entry", "E1");
    SAY(w, .kind = "document", RE(id),
        .body = "{\"document\":{\"type\":\"entry\",\"number\":\"E1\"},\"facts\":{\"seals\":[\"A\\nB\",\"C\"]}}");
    struct document d = get(w, id);
    for (size_t i = 0; i < d.nseals; i++) assert_false(str_is(d.seals[i], "A") || str_is(d.seals[i], "B"));
    assert_true(str_is(d.seals[d.nseals - 1], "C"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(says_what_another_may_contradict),
        TEST(is_filed_when_it_was_first_whatever_is_corrected_later),
        TEST(a_weight_that_was_not_said_is_no_weight_of_nothing),
        TEST(linked_but_never_told_of_it_is_not_found),
        TEST(takes_sixty_four_seals_and_reads_odd_ones_over),
        TEST(no_seal_number_becomes_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
