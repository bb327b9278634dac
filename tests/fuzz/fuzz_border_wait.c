// SPDX-License-Identifier: Apache-2.0
#include "formats/border_wait.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What is let in is written again as the same JSON value.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(32 << 20);
    struct border_waits waits;
    struct why why = {0}, none = {0};
    struct str bytes = {(const char *)data, size};
    enum err err = border_waits_parse(&arena, bytes, &waits, &why);
    INVARIANT(err == why.err);
    if (str_starts(bytes, "\xef\xbb\xbf")) bytes = str_from(bytes, 3);
    const struct json *source = err == ERR_NONE ? json_parse(&arena, bytes, &none) : NULL;
    const struct json *written = source ? border_waits_json(&arena, &waits) : NULL;
    struct buf a = BUF(16 << 20), b = BUF(16 << 20);
    if (written) {
        json_canonical(source, &a);
        json_canonical(written, &b);
        INVARIANT(!a.failed && str_eq(buf_str(&a), buf_str(&b)));
    }
    buf_free(&a);
    buf_free(&b);
    arena_free(&arena);
    return 0;
}
