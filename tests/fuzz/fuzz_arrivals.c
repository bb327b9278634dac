// SPDX-License-Identifier: Apache-2.0
// A file of monthly arrivals, for each of the ports that the seeds name; the year comes with the last byte.
#include "sim/arrivals.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const codes[] = {"11", "12", "13", "14", "2508", "2304"};
    struct str bytes = {(const char *)data, size};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct arena arena = ARENA((size_t)16 << 20);
        struct arrivals out;
        struct why why = {0};
        int year = size && i < 4 ? 2019 + data[size - 1] % 3 : 2024;
        enum err err = arrivals_read(&arena, bytes, str_of(codes[i]), year, &out, &why);
        INVARIANT(err == ERR_NONE ? out.total >= 0 && out.nsuspects <= ARRIVALS_SUSPECTS_MAX : why.text[0] != '\0');
        for (int m = 0; err == ERR_NONE && m < 12; m++) INVARIANT(out.used[m] >= 0);
        arena_free(&arena);
        if (err != ERR_NONE && err != ERR_NOT_FOUND) break;
    }
    return 0;
}
