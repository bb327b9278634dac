// SPDX-License-Identifier: Apache-2.0
// A batch from a partner that signs whatever it likes: bytes without their hash, which is added, because no fuzzer
// guesses one. What is accepted is in order and within the agreement.
#include "share/disclosure.h"

#include "share/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char terms[] = "id: a-1\nversion: 1\nfrom: mx.anam\nto: ca.cbsa\nlegal_basis: {instrument: A treaty, "
                            "expires: 2030-12-31}\npurpose: tests\nkinds: [subject, \"custody.*\", crossing]\n"
                            "label_max: amber\nonward: none\nretention_days: 1\nofficers:\n"
                            "  - {party: mx.anam, name: A, contact: a}\n  - {party: ca.cbsa, name: B, contact: b}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA((size_t)64 << 20);
    struct agreement *agreement;
    struct ed25519_key key;
    struct batch batch;
    char *bytes = arena_alloc(&arena, size + SHA256_BYTES);
    memcpy(bytes, data, size);
    sha256((struct str){bytes, size}, (uint8_t *)bytes + size);
    ed25519_from_seed((const uint8_t[ED25519_SEED]){7}, &key);
    INVARIANT(agreement_read(&arena, STR(terms), &agreement, NULL) == ERR_NONE);
    const struct note_key log_key = note_key_make(STR("mx.anam"), NOTE_ED25519, key.public);
    const struct batch_expected expected = {
        .origin = STR("mx.anam"), .log_key = &log_key, .agreement = agreement, .after = 2};
    if (batch_verify(&arena, (struct str){bytes, size + SHA256_BYTES}, &expected, &batch, NULL) == ERR_NONE) {
        INVARIANT(batch.mirror.from == 3 && batch.mirror.count <= batch.mirror.to - 2);
        for (size_t i = 0; i < batch.mirror.count; i++) {
            INVARIANT(batch.mirror.items[i].index < batch.mirror.size);
            INVARIANT(batch.mirror.items[i].header.label <= LABEL_AMBER);
        }
    }
    arena_free(&arena);
    return 0;
}
