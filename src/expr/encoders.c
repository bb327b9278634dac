// SPDX-License-Identifier: Apache-2.0
// The encoders extension: base64 (RFC 4648 4). Decoding is strict, but the padding may be left out altogether.
#include "base/text.h"
#include "expr/expr.h"
#include "expr/extension.h"

EXPR_FUNCTION(base64_encode_bytes)
{
    if (!expr_spend(run, args[0].text.n / 5)) return expr_over_cost(run);
    struct str text = base64_text(run->arena, args[0].text);
    return text.p ? EXPR_STRING_VALUE(text) : expr_fail(run, "out of memory");
}

EXPR_FUNCTION(base64_decode_text)
{
    struct str text = args[0].text, bytes;
    if (!expr_spend(run, text.n / 5)) return expr_over_cost(run);
    if (text.n % 4 != 0 && memchr(text.p, '=', text.n) == NULL) {
        char *padded = arena_alloc(run->arena, text.n + 4);
        if (!padded) return expr_fail(run, "out of memory");
        memcpy(padded, text.p, text.n);
        for (; text.n % 4 != 0; text.n++) padded[text.n] = '=';
        text.p = padded;
    }
    if (base64_bytes(run->arena, text, &bytes)) return EXPR_BYTES_VALUE(bytes);
    return run->arena->failed ? expr_fail(run, "out of memory") : expr_fail(run, "illegal base64 data");
}

const struct expr_overload expr_encoder_functions[] = {
    {"base64.encode", "(bytes) -> string", base64_encode_bytes},
    {"base64.decode", "(string) -> bytes", base64_decode_text},
    {NULL},
};
