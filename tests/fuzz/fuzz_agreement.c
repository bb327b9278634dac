// SPDX-License-Identifier: Apache-2.0
// An agreement file with its signature lines after the last NUL, if there is one: what is read lets out no red
// statement, and nobody's signature verifies with keys that signed nothing.
#include "share/agreement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = ARENA(16 << 20);
    const uint8_t *nul = size ? memrchr(data, 0, size) : NULL;
    struct str yaml = {(const char *)data, nul ? (size_t)(nul - data) : size};
    struct str signatures = nul ? (struct str){(const char *)nul + 1, size - yaml.n - 1} : STR_NONE;
    struct ed25519_key from, to;
    struct agreement *agreement;
    ed25519_from_seed((const uint8_t[ED25519_SEED]){1}, &from);
    ed25519_from_seed((const uint8_t[ED25519_SEED]){2}, &to);
    if (agreement_read(&arena, yaml, &agreement, NULL) == ERR_NONE) {
        INVARIANT(!agreement_lets_out(agreement, STR("crossing"), LABEL_RED));
        INVARIANT(agreement_verify(&arena, agreement, yaml, signatures, from.public, to.public, NULL) != ERR_NONE);
        (void)agreement_withholds(agreement, STR("custody.seal"), STR_NONE, STR("raw"));
    }
    arena_free(&arena);
    return 0;
}
