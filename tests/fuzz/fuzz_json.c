// SPDX-License-Identifier: Apache-2.0
// Whatever the JSON reader accepts has one canonical form, which it reads again to the same form.
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write(const struct json *value, struct buf *out)
{
    json_canonical(value, out);
    INVARIANT(!out->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA((size_t)64 << 20);
    struct why why = {0};
    struct buf first = BUF((size_t)64 << 20), second = BUF((size_t)64 << 20);
    struct json *value = json_parse(&arena, (struct str){(const char *)data, size}, &why);
    INVARIANT((value != NULL) == (why.err == ERR_NONE) && why.offset <= size);
    if (value) {
        write(value, &first);
        struct json *again = json_parse(&arena, buf_str(&first), NULL);
        INVARIANT(again != NULL);
        write(again, &second);
        INVARIANT(str_eq(buf_str(&first), buf_str(&second)));
        json_pretty(value, &second);
        INVARIANT(!second.failed && json_copy(&arena, value) != NULL);
    }
    buf_free(&first);
    buf_free(&second);
    arena_free(&arena);
    return 0;
}
