// SPDX-License-Identifier: Apache-2.0
// A checkpoint that is read is written back as it stood.
#include "ledger/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(1 << 20);
    struct str input = {(const char *)data, size};
    struct checkpoint checkpoint;
    struct note note;
    struct why why = {0};
    struct buf out = BUF(1 << 22);
    if (checkpoint_parse(input, &checkpoint, &why) == ERR_NONE) {
        checkpoint_text(&checkpoint, &out);
        INVARIANT(str_eq(buf_str(&out), input));
    } else {
        INVARIANT(why.err && why.text[0]);
    }
    if (checkpoint_read(&arena, input, &note, &checkpoint, NULL) == ERR_NONE) {
        buf_clear(&out);
        checkpoint_text(&checkpoint, &out);
        INVARIANT(str_eq(buf_str(&out), note.text));
    }
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
