// SPDX-License-Identifier: Apache-2.0
#include "decide/replay.h"

#include "base/text.h"
#include "trust/hash.h"

#include <stdlib.h>

#define MEMBER_BYTES_MAX ((size_t)1 << 20)

static const char *const by_reference[] = {"leaned", "channels"};

enum err replay_hashes(const struct json *members, struct str *rules, struct str *plan, struct why *why)
{
    *rules = json_text(members, "rules");
    *plan = json_text(json_get(members, "choice"), "plan");
    if (!rules->n) return why_set(why, ERR_MALFORMED, "/rules", "the decision names no rule set");
    if (json_get(members, "choice") && !plan->n)
        return why_set(why, ERR_MALFORMED, "/choice/plan", "the decision names no plan of its port");
    return ERR_NONE;
}

static enum err text_check(struct arena *arena, struct str text, struct str hash, const char *what, struct why *why)
{
    uint8_t is[SHA256_BYTES];
    sha256(text, is);
    if (str_eq(hex_text(arena, (struct str){(const char *)is, sizeof is}), hash)) return ERR_NONE;
    return why_set(why, ERR_UNTRUSTED, "", "the text of the %s is not the one that the decision names", what);
}

enum err replay_decision(struct arena *arena, const struct json *members, const struct replay *replay,
                         struct json **out, struct why *why)
{
    struct str rules_hash, plan_hash, build = json_text(members, "build");
    struct rules *rules;
    struct lane_plan *plan = NULL;
    struct facts facts;
    struct port_now now;
    struct decision decision;
    const struct json *choice = json_get(members, "choice"), *told = json_get(members, "facts");
    if (!told) return why_set(why, ERR_NOT_FOUND, "/facts", "inputs erased: the facts are not there any more");
    enum err err = replay_hashes(members, &rules_hash, &plan_hash, why);
    if (!err) err = text_check(arena, replay->rules_text, rules_hash, "rules", why);
    if (!err && choice) err = text_check(arena, replay->plan_text, plan_hash, "port's plan", why);
    if (!err) err = rules_read(arena, replay->rules_text, &rules, why);
    if (!err && choice) err = lane_plan_read(arena, replay->plan_text, &plan, why);
    if (!err) err = facts_from_json(arena, told, &facts, why);
    if (!err && choice) err = choice_from_json(choice, plan, &now, why);
    if (err) return err;
    facts.now_us = replay->at_ms * 1000; // dates are whole days: nothing hangs on less than a millisecond
    err = decide(arena, rules, &facts, choice ? &now : NULL, &decision, why);
    if (err) return err;
    struct str ended = arena_str(arena, build); // with a NUL
    *out = decision_members(arena, &decision, rules, &facts, choice ? &now : NULL, ended.p ? ended.p : "");
    if (!*out) return why_set(why, ERR_NO_MEMORY, "", "no memory to decide again");
    for (size_t i = 0; i < sizeof by_reference / sizeof *by_reference; i++) {
        const struct json *same = json_get(members, by_reference[i]);
        struct json *member = same ? json_copy(arena, same) : NULL, *made;
        for (made = (*out)->child; made && !str_is(made->name, by_reference[i]);) made = made->next;
        if (!member) continue;
        if (made) { // of facts without their sources it is empty
            made->child = member->child;
            made->last = member->last;
            made->count = member->count;
        } else {
            json_put(*out, by_reference[i], member);
        }
    }
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory to decide again") : ERR_NONE;
}

static bool same_value(const struct json *a, const struct json *b)
{
    struct buf x = BUF(MEMBER_BYTES_MAX), y = BUF(MEMBER_BYTES_MAX);
    if (a) json_canonical(a, &x);
    if (b) json_canonical(b, &y);
    bool same = a && b && !x.failed && !y.failed && str_eq(buf_str(&x), buf_str(&y));
    buf_free(&x);
    buf_free(&y);
    return same;
}

static void first_difference(struct arena *arena, const struct json *these, const struct json *those,
                             struct str *member)
{
    json_each(m, these)
    {
        struct str name = arena_str(arena, m->name);
        if (!name.p || same_value(m, json_get(those, name.p))) continue;
        if (!member->p || str_compare(name, *member) < 0) *member = name;
    }
}

bool replay_same(struct arena *arena, const struct json *told, const struct json *again, struct str *member)
{
    *member = STR_NONE;
    first_difference(arena, told, again, member);
    first_difference(arena, again, told, member);
    return member->p == NULL;
}
