// SPDX-License-Identifier: Apache-2.0
// As an e-manifest and as a plain JSON document.
#include "formats/emanifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct identifier_table *builtin(void)
{
    static struct arena arena = {.cap = 8 << 20};
    static const struct identifier_table *table;
    if (!table) INVARIANT(identifier_table_read(&arena, identifiers_builtin(), &table, NULL) == ERR_NONE);
    return table;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct document_context context = {.identifiers = builtin(), .received_ms = 1, .label = LABEL_AMBER};
    for (int i = 0; i < 2; i++) {
        struct arena arena = ARENA((size_t)32 << 20);
        struct drafts out = {0};
        struct why why = {0};
        struct str bytes = {(const char *)data, size};
        enum err err = i ? document_json_parse(&arena, bytes, &context, &out, &why)
                         : emanifest_parse(&arena, bytes, &context, &out, &why);
        INVARIANT(err == ERR_NONE ? out.count >= 1 : why.text[0] != '\0' && out.count == 0);
        for (const struct draft *d = out.first; d; d = d->next) INVARIANT(d->nre >= 1 && d->nre <= RE_MAX);
        arena_free(&arena);
    }
    return 0;
}
