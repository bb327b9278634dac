// SPDX-License-Identifier: Apache-2.0
// The pattern up to the first NUL, then the text.
#include "expr/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(16 << 20);
    struct str text, pattern = str_cut((struct str){(const char *)data, size}, '\0', &text);
    struct regex *regex;
    struct why why = {0};
    bool found;
    uint64_t steps;
    enum err err = regex_compile(&arena, pattern, &regex, &why);
    INVARIANT(err == why.err);
    if (err == ERR_NONE && regex_search(regex, &arena, text, &found, &steps, &why) == ERR_NONE)
        INVARIANT(steps <= regex_states(regex) * (text.n + 1));
    arena_free(&arena);
    return 0;
}
