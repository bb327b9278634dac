// SPDX-License-Identifier: Apache-2.0
#include "node/stated.h"

#include "base/clock.h"
#include "base/text.h"
#include "decide/trial.h"
#include "trust/hash.h"
#include "views/local.h"

#define SPACE STR("stated") // key: what; value: SHA-256 of its bytes, hex
#define STATED_ARENA ((size_t)16 << 20)

struct stating {
    struct arena *arena;
    struct views *views;
    struct commit *commit;
};

static enum err state_as(const struct stating *s, const char *kind, enum label label, struct str key, struct str bytes,
                         struct json *members, struct why *why)
{
    uint8_t hash[SHA256_BYTES];
    struct str held;
    sha256(bytes, hash);
    struct str value = hex_text(s->arena, (struct str){(const char *)hash, sizeof hash});
    enum err err = local_get(s->views, s->arena, SPACE, key, &held, why);
    if (err != ERR_NONE || str_eq(held, value)) return err;
    struct draft *draft = draft_new(s->arena, kind, clock_now_us() / 1000, label);
    if (!draft || !members || s->arena->failed)
        return why_set(why, ERR_NO_MEMORY, "", "no memory to state the %s", kind);
    json_each(member, members) draft_put(draft, arena_str(s->arena, member->name).p, json_copy(s->arena, member));
    err = draft_seal(s->arena, draft, why);
    if (err != ERR_NONE) return err;
    struct local_write write = {.space = SPACE, .key = key, .value = value, .compare = true, .expected = held};
    struct job job = {.lane = JOB_PEOPLE, .drafts = draft, .locals = &write, .actor = STR("node")};
    return commit_wait(s->commit, &job, why);
}

static enum err state(const struct stating *s, const char *kind, struct str key, struct str bytes, struct json *members,
                      struct why *why)
{
    return state_as(s, kind, LABEL_AMBER, key, bytes, members, why);
}

static enum err state_keyset(const struct config *config, const struct stating *s, struct why *why)
{
    struct json *members = json_new_object(s->arena), *keyset = json_parse(s->arena, config->keys.keyset, why);
    if (!keyset) return why_set(why, ERR_MALFORMED, "", "keyset.json is no JSON");
    json_put(members, "keyset", keyset);
    return state(s, "keyset", STR("keyset"), config->keys.keyset, members, why);
}

static enum err state_agreement(const struct config_agreement *item, const struct stating *s, struct why *why)
{
    struct str key = arena_printf(s->arena, "agreement %.*s", STR_ARG(item->agreement->id));
    struct json *members = agreement_members(s->arena, item->agreement, item->text, item->signatures);
    if (!key.p || !members) return why_set(why, ERR_NO_MEMORY, "", "no memory to state an agreement");
    return state(s, "agreement", key, item->text, members, why);
}

// What lanes were chosen by, so that any choice can be taken again from the log.
static enum err state_plan(const struct lane_plan *plan, const struct stating *s, struct why *why)
{
    struct str key = arena_printf(s->arena, "lanes %.*s", STR_ARG(plan->port));
    struct json *members = json_new_object(s->arena), *object = json_new_object(s->arena);
    if (!key.p || !members || !object) return why_set(why, ERR_NO_MEMORY, "", "no memory to state a port's lanes");
    json_put_text(s->arena, object, "port", plan->port);
    json_put_text(s->arena, object, "hash",
                  hex_text(s->arena, (struct str){(const char *)plan->hash, sizeof plan->hash}));
    json_put_text(s->arena, object, "text", plan->text);
    json_put(members, "plan", object);
    return state(s, "lanes.plan", key, plan->text, members, why);
}

// How it came to be in force, as far as that is on record; who put the file there by hand left none.
static void put_record(const struct config *config, const struct stating *s, struct json *members)
{
    const struct json *record = config->rules_record;
    struct str report = json_text(record, "report"), reason = json_text(record, "reason"), by = json_text(record, "by");
    if (report.p) json_put_text(s->arena, members, "report", report);
    if (reason.p) json_put_text(s->arena, members, "reason", reason);
    json_put_text(s->arena, members, "by", by.p ? by : STR("node"));
}

// Which rules decide, and since when: also for whoever takes a decision again later. No agreement lets them out: to
// whom they are applied they would be an oracle.
static enum err state_rules(const struct config *config, const struct stating *s, struct why *why)
{
    struct json *members = json_new_object(s->arena), *rules = json_new_object(s->arena),
                *tests = json_new_object(s->arena);
    struct str key = STR("rules"), held,
               hash = hex_text(s->arena, (struct str){(const char *)config->rules->hash, sizeof config->rules->hash}),
               name = str_of(strrchr(config->rules_path, '/') + 1);
    struct trials trials;
    enum err err = local_get(s->views, s->arena, SPACE, key, &held, why);
    if (err != ERR_NONE || str_eq(held, hash)) return err;
    err = trials_run(s->arena, config->rules, &trials, why);
    if (err != ERR_NONE) return err;
    json_put_text(s->arena, rules, "name", name);
    json_put_text(s->arena, rules, "hash", hash);
    json_put_text(s->arena, rules, "text", config->rules_text);
    json_put(members, "rules", rules);
    if (held.p) json_put_text(s->arena, members, "previous", held);
    json_put_number(s->arena, tests, "passed", (double)trials.passed);
    json_put_number(s->arena, tests, "failed", (double)trials.failed);
    json_put(members, "tests", tests);
    if (config->rules_signatures.n) json_put_text(s->arena, members, "signatures", config->rules_signatures);
    put_record(config, s, members);
    return state_as(s, "rules.activated", LABEL_RED, key, config->rules_text, members, why);
}

enum err stated_update(const struct config *config, struct views *views, struct commit *commit, struct why *why)
{
    struct arena arena = ARENA(STATED_ARENA);
    struct stating s = {&arena, views, commit};
    enum err err = state_keyset(config, &s, why);
    for (size_t i = 0; i < config->nagreements && err == ERR_NONE; i++) {
        arena_reset(&arena);
        err = state_agreement(&config->agreements[i], &s, why);
    }
    for (size_t i = 0; i < config->nplans && err == ERR_NONE; i++) {
        arena_reset(&arena);
        err = state_plan(config->plans[i], &s, why);
    }
    arena_reset(&arena);
    if (err == ERR_NONE) err = state_rules(config, &s, why);
    arena_free(&arena);
    return err;
}
