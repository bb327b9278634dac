// SPDX-License-Identifier: Apache-2.0
// A scenario file, and each of its what-ifs done to it; the same bytes as a what-if of the command line.
#include "sim/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct scenario scenario, changed;
    struct arena arena = ARENA((size_t)16 << 20);
    struct scenario_what_if what_if;
    struct why why = {0};
    struct str bytes = {(const char *)data, size};
    enum err err = scenario_read(&arena, bytes, &scenario, &why);
    INVARIANT(err == ERR_NONE || why.text[0] != '\0');
    for (size_t i = 0; err == ERR_NONE && i < scenario.nwhat_ifs; i++)
        INVARIANT(scenario_apply(&scenario, &scenario.what_ifs[i], &changed, NULL) == ERR_NONE);
    scenario.nwhat_ifs = scenario.ncontracts = 0;
    why = (struct why){0};
    err = scenario_what_if_read(&arena, &scenario, bytes, &what_if, &why);
    INVARIANT(err == ERR_NONE ? what_if.nchanges > 0 : why.text[0] != '\0');
    arena_free(&arena);
    return 0;
}
