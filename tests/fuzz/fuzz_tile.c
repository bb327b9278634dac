// SPDX-License-Identifier: Apache-2.0
// A tile's path is read only as it is written; a bundle of entries too.
#include "ledger/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size};
    struct str entries[TILE_WIDTH];
    struct tile_name name;
    struct buf out = BUF(1 << 22);
    if (tile_path_parse(input, &name)) {
        tile_path_format(&name, &out);
        INVARIANT(str_eq(buf_str(&out), input));
        buf_clear(&out);
    }
    unsigned width = size ? data[0] % 8u + 1 : 1;
    if (bundle_read(str_from(input, 1), width, entries)) {
        for (unsigned i = 0; i < width; i++) INVARIANT(bundle_add(&out, entries[i]));
        INVARIANT(str_eq(buf_str(&out), str_from(input, 1)));
    }
    buf_free(&out);
    return 0;
}
