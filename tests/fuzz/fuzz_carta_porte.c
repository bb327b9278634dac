// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte.h"

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
    struct arena arena = ARENA((size_t)32 << 20);
    struct document_context context = {.identifiers = builtin(), .received_ms = 1, .label = LABEL_AMBER};
    struct drafts out = {0};
    struct why why = {0};
    enum err err = carta_porte_parse(&arena, (struct str){(const char *)data, size}, NULL, &context, &out, &why);
    INVARIANT(err == ERR_NONE ? out.count == 1 && out.first->nre >= 2 : why.text[0] != '\0' && out.count == 0);
    arena_free(&arena);
    return 0;
}
