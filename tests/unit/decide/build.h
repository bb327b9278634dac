// SPDX-License-Identifier: Apache-2.0
// Facts for the tests of deciding: from JSON text, with changes laid over them.
#ifndef TESTS_UNIT_DECIDE_BUILD_H
#define TESTS_UNIT_DECIDE_BUILD_H

#include "decide/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define MARCH_2026_US 1772323200000000 // 2026-03-01T00:00:00Z

static inline struct json *json_of(struct arena *arena, const char *text)
{
    struct why why = {0};
    struct json *json = json_parse(arena, str_of(text), &why);
    if (!json) fail_msg("%s: %s", text, why.text);
    return json;
}

static inline struct facts facts_of(struct arena *arena, const char *text)
{
    struct facts facts;
    struct why why = {0};
    if (facts_from_json(arena, json_of(arena, text), &facts, &why)) fail_msg("%s: %s", text, why.text);
    facts.now_us = MARCH_2026_US;
    return facts;
}

// `base` with the members of `changes` in place of its own; null takes one away.
static inline struct facts facts_changed(struct arena *arena, const char *base, const char *changes)
{
    struct json *change = json_of(arena, changes), *all = json_new_object(arena);
    json_each(item, json_of(arena, base))
    {
        char name[64];
        snprintf(name, sizeof name, "%.*s", STR_ARG(item->name));
        if (!json_get(change, name)) json_put(all, arena_str(arena, item->name).p, json_copy(arena, item));
    }
    json_each(item, change) if (item->type != JSON_NULL)
        json_put(all, arena_str(arena, item->name).p, json_copy(arena, item));
    struct buf b = BUF(65536);
    json_canonical(all, &b);
    buf_putc(&b, '\0');
    struct facts facts = facts_of(arena, arena_str(arena, buf_str(&b)).p);
    buf_free(&b);
    return facts;
}

static inline struct rules *rules_of(struct arena *arena, const char *yaml)
{
    struct rules *rules;
    struct why why = {0};
    if (rules_read(arena, str_of(yaml), &rules, &why)) fail_msg("%s: %s", why.member, why.text);
    return rules;
}

#endif
