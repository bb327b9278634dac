// SPDX-License-Identifier: Apache-2.0
// Any bytes as a file: an error with a reason, or drafts.
#include "formats/intake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena builtin = {.cap = 8 << 20};
    static const struct identifier_table *table;
    if (!table) INVARIANT(identifier_table_read(&builtin, identifiers_builtin(), &table, NULL) == ERR_NONE);
    struct intake intake = {.identifiers = table, .received_ms = 1773165600000, .label = LABEL_AMBER};
    struct arena arena = ARENA((size_t)32 << 20);
    struct drafts drafts;
    struct why why = {0};
    enum err err = intake_read(&arena, (struct str){(const char *)data, size}, &intake, &drafts, &why);
    INVARIANT(err == ERR_NONE ? drafts.count > 0 : why.err == err && why.text[0]);
    arena_free(&arena);
    return 0;
}
