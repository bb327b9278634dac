// SPDX-License-Identifier: Apache-2.0
// A rule file: what is read must decide, and never greener than its base lane without a grant.
#include "decide/decision.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(16 << 20);
    struct rules *rules;
    struct decision decision;
    struct fact items[] = {{.name = "documents.weight_gap_pct", .type = FACT_NUMBER, .number = 7}};
    struct facts facts = {.now_us = 1772323200000000, .items = items, .count = size % 2};
    if (rules_read(&arena, (struct str){(const char *)data, size}, &rules, NULL) == ERR_NONE &&
        decide(&arena, rules, &facts, NULL, &decision, NULL) == ERR_NONE) {
        INVARIANT(decision.lane == LANE_GREEN ? decision.reasons[0].rule->effect == RULE_GRANT
                                              : decision.lane >= rules->base);
        (void)decision_members(&arena, &decision, rules, &facts, NULL, "fuzz");
    }
    arena_free(&arena);
    return 0;
}
