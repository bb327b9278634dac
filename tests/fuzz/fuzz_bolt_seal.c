// SPDX-License-Identifier: Apache-2.0
#include "formats/bolt_seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(16 << 20);
    struct bolt_seal seal;
    struct draft *drafts;
    struct why why = {0};
    enum err err = bolt_seal_parse(&arena, (struct str){(const char *)data, size}, &seal, &why);
    INVARIANT(err == why.err);
    if (err == ERR_NONE) INVARIANT(bolt_seal_draft(&arena, &seal, &drafts, &why) == ERR_NONE);
    arena_free(&arena);
    return 0;
}
