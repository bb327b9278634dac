// SPDX-License-Identifier: Apache-2.0
// Whatever comes, a receipt is read or refused with a reason; a proof that is read is written back as it stood. No
// signature of these keys can be met by chance, so nothing verifies.
#include "ledger/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[2][ED25519_PUBLIC] = {{1, 2, 3}, {4, 5, 6}};
    struct arena arena = ARENA(64 << 20);
    struct str input = {(const char *)data, size};
    struct note_key log = note_key_make(STR("us.cbp"), NOTE_ED25519, key[0]);
    struct note_key witness = note_key_make(STR("mx.anam"), NOTE_COSIGNATURE, key[1]);
    struct receipt_policy policy = {&log, &witness, 1, 0};
    struct tlog_proof proof;
    struct receipt receipt;
    struct why why = {0};
    if (tlog_proof_parse(input, &proof, NULL) == ERR_NONE) {
        struct buf out = BUF(size + 64);
        tlog_proof_format(&proof, &out);
        INVARIANT(str_eq(buf_str(&out), input));
        buf_free(&out);
    }
    if (receipt_parse(&arena, input, &receipt, &why) != ERR_NONE) INVARIANT(why.err && why.text[0]);
    INVARIANT(receipt_verify(&arena, input, &policy, &receipt, NULL) != ERR_NONE);
    arena_free(&arena);
    return 0;
}
