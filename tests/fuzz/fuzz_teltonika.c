// SPDX-License-Identifier: Apache-2.0
#include "formats/teltonika.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The input as it is, and, so that fuzzing gets past the CRC, as a packet's data in a right envelope.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = {(const char *)data, size}, imei;
    struct buf b = BUF(DEVICE_FRAME_MAX);
    buf_be32(&b, 0);
    buf_be32(&b, (uint32_t)size);
    buf_str_add(&b, input);
    buf_be32(&b, device_crc16(input));
    const struct str frames[] = {input, buf_str(&b)};
    const struct teltonika_profile profile = {.has_door = true, .door_io = 1, .door_open = 1};
    for (int i = 0; i < 2; i++) {
        struct arena arena = ARENA(64 << 20);
        struct teltonika_packet packet;
        struct draft *drafts;
        struct why why = {0};
        enum err err = teltonika_parse(&arena, frames[i], &packet, &why);
        INVARIANT(err == why.err);
        if (err == ERR_NONE) err = teltonika_draft(&arena, &packet, STR("356307042441013"), &profile, &drafts, &why);
        INVARIANT(err == why.err);
        (void)!teltonika_hello(frames[i], &imei, &why);
        arena_free(&arena);
    }
    buf_free(&b);
    return 0;
}
