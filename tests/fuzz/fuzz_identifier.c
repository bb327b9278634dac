// SPDX-License-Identifier: Apache-2.0
// The first line is a scheme of the built-in table, the rest a value; and the whole is tried as a scheme file.
#include "formats/identifier.h"

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
    struct arena arena = ARENA(1 << 20);
    struct str value, scheme = str_cut((struct str){(const char *)data, size}, '\n', &value);
    struct identifier once, twice;
    struct why why = {0};
    if (identifier_check(builtin(), &arena, scheme, value, &once, &why) == ERR_NONE)
        INVARIANT(identifier_check(builtin(), &arena, scheme, once.value, &twice, &why) == ERR_NONE &&
                  str_eq(once.value, twice.value));
    const struct identifier_table *table = NULL;
    enum err err = identifier_table_read(&arena, (struct str){(const char *)data, size}, &table, NULL);
    INVARIANT((err == ERR_NONE) == (table != NULL));
    arena_free(&arena);
    return 0;
}
