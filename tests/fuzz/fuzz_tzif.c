// SPDX-License-Identifier: Apache-2.0
// Eight bytes of an instant, then a zone file.
#include "base/why.h"
#include "expr/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cursor cursor = cursor_of((struct str){(const char *)data, size});
    int64_t at = (int64_t)cursor_be64(&cursor) % INT64_C(300000000000);
    int seconds;
    if (!cursor.failed && zone_read(cursor_take(&cursor, cursor_left(&cursor)), at, &seconds))
        INVARIANT(seconds > -200 * 3600 && seconds < 200 * 3600);
    return 0;
}
