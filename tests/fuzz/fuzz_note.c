// SPDX-License-Identifier: Apache-2.0
// A note; what parses is checked against keys that signed some of the seeds, and its parts must lie within it.
#include "trust/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[ED25519_SEED] = {0x11};
    struct ed25519_key key;
    struct arena arena = ARENA((size_t)4 << 20);
    struct str bytes = {(const char *)data, size};
    struct why why = {0};
    struct note note;
    struct note_verdict verdicts[2];
    struct note_key parsed;
    size_t verified = 0;
    ed25519_from_seed(seed, &key);
    struct note_key keys[2] = {note_key_make(STR("mx.anam"), NOTE_ED25519, key.public),
                               note_key_make(STR("us.cbp"), NOTE_COSIGNATURE, key.public)};
    if (note_parse(&arena, bytes, &note, &why) == ERR_NONE) {
        INVARIANT(note.count > 0 && note.text.n < size && str_ends(note.text, "\n"));
        bool ok = note_verify(&note, keys, 2, verdicts, &verified, &why) == ERR_NONE;
        INVARIANT(!ok || verified > 0);
    } else {
        INVARIANT(why.text[0] != '\0');
    }
    if (note_key_parse(bytes, &parsed, NULL) == ERR_NONE) INVARIANT(note_name_valid(parsed.name));
    arena_free(&arena);
    return 0;
}
