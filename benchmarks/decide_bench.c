// SPDX-License-Identifier: Apache-2.0
// Decide bench: whole decisions without a disk, one core: facts in; lane, reasons in three languages, the choice of the
// port and the members of the statement out. Facts vary from one to the next, so that no rule always says the
// same.
#include "base/clock.h"
#include "decide/decision.h"
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DECISIONS 200000
#define VARIANTS 64

static struct str file_read(struct arena *arena, const char *path)
{
    static const size_t max = (size_t)1 << 20;
    FILE *file = fopen(path, "rb");
    char *bytes = arena_alloc(arena, max);
    if (!file || !bytes) {
        fprintf(stderr, "decide_bench: %s cannot be read\n", path);
        exit(1);
    }
    size_t n = fread(bytes, 1, max, file);
    fclose(file);
    return (struct str){bytes, n};
}

// A loaded FAST truck, each variant with something else amiss or missing.
static struct facts facts_variant(struct arena *arena, int i)
{
    struct fact *items = arena_array(arena, struct fact, fact_kind_count);
    struct facts facts = {.now_us = 1772323200000000, .items = items};
    for (size_t k = 0; k < fact_kind_count; k++) {
        const struct fact_kind *kind = &fact_kinds[k];
        struct fact fact = {.name = kind->name, .type = kind->type, .text = STR("2304")};
        if ((int)k == i % 40) continue;
        if (kind->type == FACT_BOOL)
            fact.boolean = strstr(kind->name, "seal") || strstr(kind->name, "fast") || strstr(kind->name, "filed");
        if (kind->type == FACT_NUMBER) fact.number = strstr(kind->name, "lead") ? 95 : (i + (int)k) % 17 == 0 ? 50 : 0;
        if (kind->values) fact.text = str_of(kind->values[(i + (int)k) % 13 == 0 ? 1 : 0]);
        items[facts.count++] = fact;
    }
    return facts;
}

int main(int argc, char **argv)
{
    const char *rules_path = argc > 1 ? argv[1] : "examples/corridor/rules/corridor.yaml";
    const char *plan_path = argc > 2 ? argv[2] : "examples/port/lanes.yaml";
    struct arena arena = ARENA((size_t)64 << 20), work = ARENA((size_t)16 << 20);
    struct rules *rules;
    struct lane_plan *plan;
    struct facts variants[VARIANTS];
    struct why why = {0};
    must(rules_read(&arena, file_read(&arena, rules_path), &rules, &why), &why, rules_path);
    must(lane_plan_read(&arena, file_read(&arena, plan_path), &plan, &why), &why, plan_path);
    for (int i = 0; i < VARIANTS; i++) variants[i] = facts_variant(&arena, i);
    int64_t *took = arena_array(&arena, int64_t, DECISIONS);
    if (!took) return 1;
    int64_t begin = clock_monotonic_us();
    for (int i = 0; i < DECISIONS; i++) {
        struct timespec from, to;
        clock_gettime(CLOCK_MONOTONIC, &from);
        struct port_now now = {
            .plan = plan, .port = {.price = 0.01}, .draw = {0.5, 0.5}, .day = STR("2304/2026-03-01")};
        for (size_t k = 0; k < plan->settings.nservices; k++)
            now.port.queues[k] = (struct lane_queue){2, (double)(i % 30)};
        struct decision decision;
        const struct facts *facts = &variants[i % VARIANTS];
        must(decide(&work, rules, facts, &now, &decision, &why), &why, "decide");
        if (!decision_members(&work, &decision, rules, facts, &now, "bench")) return 1;
        arena_reset(&work);
        clock_gettime(CLOCK_MONOTONIC, &to);
        took[i] = (to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec;
    }
    int64_t all_us = clock_monotonic_us() - begin;
    figure("decide_per_s", DECISIONS * 1e6 / (double)all_us);
    figure("decide_p50_us", percentile(took, DECISIONS, 0.5) / 1000);
    figure("decide_p99_us", percentile(took, DECISIONS, 0.99) / 1000);
    figure("decide_rules", (double)rules->count);
    arena_free(&work);
    arena_free(&arena);
    return 0;
}
