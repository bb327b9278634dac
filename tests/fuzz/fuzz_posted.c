// SPDX-License-Identifier: Apache-2.0
// Whatever a stranger posts: an error with a reason, or drafts that can be sealed.
#include "serve/posted.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena builtin = {.cap = 8 << 20};
    static const struct identifier_table *table;
    if (!table) INVARIANT(identifier_table_read(&builtin, identifiers_builtin(), &table, NULL) == ERR_NONE);
    struct caller caller = {.role = size % 2 ? ROLE_PARTY : ROLE_OFFICER, .name = "ana", .actor = "officer:ana"};
    struct posted posted = {table, &caller, 1773165600000};
    struct arena arena = ARENA((size_t)16 << 20);
    struct draft *drafts = NULL;
    struct why why = {0};
    size_t count = 0;
    if (posted_read(&arena, (struct str){(const char *)data, size}, &posted, &drafts, &count, &why) == ERR_NONE) {
        INVARIANT(drafts && count);
        for (struct draft *d = drafts; d; d = d->next) (void)!draft_seal(&arena, d, &why);
    } else {
        INVARIANT(why.err != ERR_NONE && why.text[0]);
    }
    arena_free(&arena);
    return 0;
}
