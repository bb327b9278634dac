// SPDX-License-Identifier: Apache-2.0
#include "decide/trial.h"

bool trial_passed(const struct trial *trial)
{
    return trial->got == trial->test->expect;
}

bool trials_suffice(const struct trials *trials)
{
    return trials->failed == 0 && trials->nuntested == 0;
}

static enum err trial_run(struct arena *arena, struct expr_value *slots, struct trial *trial, struct why *why)
{
    struct arena scratch = ARENA(CONDITION_MEMORY_MAX);
    struct verdict verdict;
    facts_values(&trial->test->facts, slots);
    rule_eval(trial->rule, &scratch, slots, &verdict, NULL);
    trial->got = verdict.truth;
    if (verdict.fault.p) trial->fault = arena_str(arena, verdict.fault);
    arena_free(&scratch);
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory for the rules' cases") : ERR_NONE;
}

enum err trials_run(struct arena *arena, const struct rules *rules, struct trials *out, struct why *why)
{
    size_t n = 0;
    enum err err = ERR_NONE;
    for (size_t i = 0; i < rules->count; i++) n += rules->items[i].ntests;
    struct expr_value *slots = arena_array(arena, struct expr_value, fact_kind_count);
    *out = (struct trials){.items = arena_array(arena, struct trial, n + 1),
                           .untested = arena_array(arena, const struct rule *, rules->count + 1)};
    if (!slots || !out->items || !out->untested)
        return why_set(why, ERR_NO_MEMORY, "", "no memory for the rules' cases");
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (rule->ntests == 0 && (rule->state == RULE_LIVE || rule->state == RULE_SHADOW))
            out->untested[out->nuntested++] = rule;
        for (size_t k = 0; k < rule->ntests && err == ERR_NONE; k++) {
            struct trial *trial = &out->items[out->count++];
            *trial = (struct trial){.rule = rule, .test = &rule->tests[k]};
            err = trial_run(arena, slots, trial, why);
            *(trial_passed(trial) ? &out->passed : &out->failed) += 1;
        }
    }
    return err;
}

static struct json *trial_json(struct arena *arena, const struct trial *trial)
{
    struct json *object = json_new_object(arena);
    json_put_text(arena, object, "rule", trial->rule->head.id);
    json_put_text(arena, object, "test", trial->test->name);
    json_put_text(arena, object, "expected", str_of(truth_name(trial->test->expect)));
    json_put_text(arena, object, "got", str_of(truth_name(trial->got)));
    if (trial->fault.p) json_put_text(arena, object, "fault", trial->fault);
    return object;
}

struct json *trials_json(struct arena *arena, const struct trials *trials, bool all)
{
    struct json *object = json_new_object(arena), *untested = json_new_array(arena), *cases = json_new_array(arena);
    if (!object || !untested || !cases) return NULL;
    for (size_t i = 0; i < trials->nuntested; i++)
        json_add(untested, json_new_text(arena, trials->untested[i]->head.id));
    for (size_t i = 0; i < trials->count; i++)
        if (all || !trial_passed(&trials->items[i])) json_add(cases, trial_json(arena, &trials->items[i]));
    json_put_number(arena, object, "passed", (double)trials->passed);
    json_put_number(arena, object, "failed", (double)trials->failed);
    json_put(object, "untested", untested);
    json_put(object, "cases", cases);
    return arena->failed ? NULL : object;
}
