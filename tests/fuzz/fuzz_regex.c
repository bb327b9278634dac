// SPDX-License-Identifier: Apache-2.0
// The pattern up to the first NUL, then the text. A pattern that ends in an edge or none means the same, but has no
// table: both ways of matching must agree.
#include "expr/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool search(struct arena *arena, struct str pattern, struct str text, bool *found, struct why *why)
{
    struct regex *regex;
    uint64_t steps;
    enum err err = regex_compile(arena, pattern, &regex, why);
    INVARIANT(err == why->err);
    if (err != ERR_NONE || regex_search(regex, arena, text, found, &steps, why) != ERR_NONE) return false;
    INVARIANT(steps <= regex_states(regex) * (text.n + 1));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(16 << 20);
    struct str text, pattern = str_cut((struct str){(const char *)data, size}, '\0', &text);
    struct why why = {0};
    bool found, same;
    if (search(&arena, pattern, text, &found, &why) && (!pattern.n || !memmem(pattern.p, pattern.n, "\\Q", 2))) {
        struct str longer = arena_printf(&arena, "(?:%.*s)(?:\\b|\\B)", STR_ARG(pattern));
        if (longer.p && search(&arena, longer, text, &same, &why)) INVARIANT(found == same);
    }
    arena_free(&arena);
    return 0;
}
