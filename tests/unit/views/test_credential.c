// SPDX-License-Identifier: Apache-2.0
#include "views/credential.h"

#include "world.h"

static void say(struct world *w, struct id holder, const char *programme, const char *role, const char *issuer,
                const char *status, const char *to)
{
    char body[512];
    snprintf(body, sizeof body,
             "{\"credential\":{\"programme\":\"%s\",\"role\":\"%s\",\"id\":\"X1\",\"issuer\":\"%s\",\"from\":\"2026-01-"
             "01T00:00:00Z\","
             "\"to\":\"%s\",\"status\":\"%s\",\"proof\":\"roster\"}}",
             programme, role, issuer, to, status);
    SAY(w, .kind = "credential", .body = body, RE(holder));
}

static size_t list(struct world *w, struct id holder, struct held_credential **out)
{
    struct why why = {0};
    size_t n;
    must(credential_list(w->views, &w->arena, &holder, out, &n, &why), &why);
    return n;
}

static void one_for_each_programme_role_and_issuer_the_newest_word_first(void **state)
{
    struct world *w = *state;
    struct held_credential *held;
    struct id holder = world_subject(w, "carrier", "us.scac", "GRZA");
    say(w, holder, "CTPAT", "carrier", "us.cbp", "valid", "2027-01-01T00:00:00Z");
    say(w, holder, "OEA", "carrier", "mx.sat", "valid", "2027-01-01T00:00:00Z");
    say(w, holder, "CTPAT", "carrier", "us.cbp", "suspended", "2028-01-01T00:00:00Z");
    assert_int_equal(list(w, holder, &held), 2);
    assert_true(str_is(held[0].programme, "CTPAT"));
    assert_true(str_is(held[0].status, "suspended"));
    assert_int_equal(held[0].to_ms, time_of("2028-01-01T00:00:00Z"));
    assert_int_equal(held[0].pos, w->pos);
    assert_true(str_is(held[1].issuer, "mx.sat"));
    assert_int_equal(list(w, random_id(), &held), 0);
}

static void what_is_no_credential_is_none(void **state)
{
    struct world *w = *state;
    struct held_credential *held;
    struct id holder = world_subject(w, "driver", "fast.id", "12345678901234");
    say(w, holder, "FAST", "driver", "us.cbp", "valid", "for ever");
    SAY(w, .kind = "credential", .body = "{\"credential\":{\"programme\":\"FAST\"}}", RE(holder));
    SAY(w, .kind = "credential", .body = "{\"credential\":7}", RE(holder));
    assert_int_equal(list(w, holder, &held), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_for_each_programme_role_and_issuer_the_newest_word_first),
        TEST(what_is_no_credential_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
