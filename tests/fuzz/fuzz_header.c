// SPDX-License-Identifier: Apache-2.0
// A header that is accepted is written again to the very bytes; stored bodies and disclosures are read without harm.
#include "statement/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str bytes = {(const char *)data, size};
    struct arena arena = ARENA((size_t)64 << 20);
    struct buf out = BUF((size_t)4 << 20);
    struct header header;
    if (header_parse(&arena, bytes, &header, NULL) == ERR_NONE) {
        header_encode(&header, &out);
        INVARIANT(str_eq(buf_str(&out), bytes));
        buf_clear(&out);
    }
    struct body body;
    if (body_decode(&arena, bytes, &body, NULL) == ERR_NONE) {
        body_encode(&body, &out);
        INVARIANT(str_eq(buf_str(&out), bytes));
        struct json *object;
        if (body_check(&arena, &body, NULL) == ERR_NONE)
            INVARIANT(body_object(&arena, &body, &object, NULL) == ERR_NONE || arena.failed);
    }
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
