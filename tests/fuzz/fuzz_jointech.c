// SPDX-License-Identifier: Apache-2.0
#include "formats/jointech.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(1 << 20);
    struct jointech_message message;
    struct why why = {0};
    enum err err = jointech_parse(&arena, (struct str){(const char *)data, size}, &message, &why);
    INVARIANT(err == why.err);
    if (err == ERR_NONE) {
        struct buf ack = BUF(256);
        struct draft *draft;
        (void)jointech_ack(&message, 0, &ack);
        INVARIANT(!ack.failed);
        if (size < 1024) INVARIANT(jointech_draft(&arena, &message, 0, &draft, &why) == ERR_NONE);
        buf_free(&ack);
    }
    arena_free(&arena);
    return 0;
}
