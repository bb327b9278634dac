// SPDX-License-Identifier: Apache-2.0
#include "formats/device_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str stream = {(const char *)data, size};
    enum device_protocol known = DEVICE_UNKNOWN;
    struct device_frame frame;
    while (stream.n) {
        device_frame_next(stream, known, &frame);
        if (frame.state == DEVICE_FRAMING_MORE) break;
        INVARIANT(frame.n > 0 && frame.n <= stream.n && frame.n <= size);
        if (frame.state == DEVICE_FRAMING_FRAME) known = frame.protocol;
        stream = str_from(stream, frame.n);
    }
    INVARIANT(stream.n < DEVICE_FRAME_MAX);
    return 0;
}
