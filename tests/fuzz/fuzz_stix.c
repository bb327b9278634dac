// SPDX-License-Identifier: Apache-2.0
#include "formats/stix.h"

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
    struct arena arena = ARENA((size_t)64 << 20);
    struct stix_context context = {
        .identifiers = builtin(), .received_ms = 1, .reporter = STR("us.cbp"), .label = LABEL_CLEAR};
    struct drafts out = {0};
    struct why why = {0};
    enum err err = stix_parse(&arena, (struct str){(const char *)data, size}, &context, &out, &why);
    INVARIANT(err == ERR_NONE ? out.count >= 1 : why.text[0] != '\0' && out.count == 0);
    for (const struct draft *d = out.first; d; d = d->next) INVARIANT(json_get(d->members, "names") != NULL);
    arena_free(&arena);
    return 0;
}
