// SPDX-License-Identifier: Apache-2.0
// Any request gets one of the answers of the specification, never a cosignature; any answer of a witness is taken or
// refused.
#include "ledger/witness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err find(void *ctx, struct str origin, struct witness_log *out, struct why *why)
{
    (void)why;
    if (origin.n % 2) return ERR_NOT_FOUND;
    *out = (struct witness_log){.keys = ctx, .nkeys = 1, .size = 5};
    return ERR_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(4 << 20);
    struct str input = {(const char *)data, size};
    struct note_key key = note_key_make(STR("us.cbp"), NOTE_ED25519, (const uint8_t[ED25519_PUBLIC]){1, 2, 3});
    struct ed25519_key secret = {{0}, {0}};
    struct witness witness = {STR("w"), &secret, find, &key};
    struct witness_answer answer;
    struct witness_request request;
    struct buf out = BUF(size + 64);
    enum err err = witness_add_checkpoint(&arena, &witness, input, 1, &answer, NULL);
    INVARIANT(answer.status == err_status(err) && answer.body.n > 0);
    INVARIANT(answer.status == 400 || answer.status == 403 || answer.status == 404 || answer.status == 503);
    if (witness_request_parse(input, &request, NULL) == ERR_NONE) {
        witness_request_format(&request, &out);
        INVARIANT(str_eq(buf_str(&out), input));
    }
    INVARIANT(
        witness_response_read(&arena, input, STR("us.cbp\n\n\xE2\x80\x94 us.cbp AAAAAAAA\n"), &key, 1, &out, NULL));
    buf_free(&out);
    arena_free(&arena);
    return 0;
}
