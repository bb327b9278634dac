// SPDX-License-Identifier: Apache-2.0
// A roster, as it came and signed again over whatever it holds, so that the reader behind the signature is reached.
#include "formats/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_roster(struct str bytes, const struct roster_context *context)
{
    struct arena arena = ARENA((size_t)16 << 20);
    struct roster out;
    struct why why = {0};
    if (roster_parse(&arena, bytes, context, &out, &why) == ERR_NONE) {
        for (size_t i = 0; i < out.count && i < 16; i++) {
            struct draft *draft = NULL;
            enum err err = roster_row_draft(&arena, &out, i, context->identifiers, &draft, &why);
            INVARIANT(err == ERR_NONE || arena.failed);
        }
        INVARIANT(roster_draft(&arena, &out) || arena.failed);
    } else {
        INVARIANT(why.text[0] != '\0');
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena tables = {.cap = 8 << 20};
    static const struct identifier_table *identifiers;
    if (!identifiers) INVARIANT(identifier_table_read(&tables, identifiers_builtin(), &identifiers, NULL) == ERR_NONE);
    static const uint8_t seed[ED25519_SEED] = {33};
    struct ed25519_key key;
    ed25519_from_seed(seed, &key);
    struct note_key trusted = note_key_make(STR("mx.sat"), NOTE_ED25519, key.public);
    struct roster_context context = {identifiers, 1773144000000, &trusted, 1};
    struct str bytes = {(const char *)data, size};
    read_roster(bytes, &context);
    // Without the old signature line, if there is one.
    const char *line = size ? memmem(data, size, "# signature: ", 13) : NULL;
    struct str rest = {bytes.p, line ? (size_t)(line - bytes.p) : size};
    struct buf again = BUF(ROSTER_BYTES_MAX);
    if (roster_sign(rest, STR("mx.sat"), &key, &again, NULL) == ERR_NONE) read_roster(buf_str(&again), &context);
    buf_free(&again);
    return 0;
}
