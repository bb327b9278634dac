// SPDX-License-Identifier: Apache-2.0
// A credential whose issuer is always on the list: whatever is let in has a holder and dates, and makes a draft.
#include "formats/credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool any_issuer(void *context, struct str did, enum programme programme, struct str *name)
{
    (void)context, (void)did, (void)programme;
    *name = STR("mx.sat");
    return true;
}

// The input is its own pinned document too, so that the reader of DID documents sees it.
static bool pinned(void *context, struct str did, struct str *document)
{
    (void)did;
    *document = *(struct str *)context;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena tables = {.cap = 8 << 20};
    static const struct identifier_table *identifiers;
    if (!identifiers) INVARIANT(identifier_table_read(&tables, identifiers_builtin(), &identifiers, NULL) == ERR_NONE);
    struct arena arena = ARENA((size_t)16 << 20);
    struct str bytes = {(const char *)data, size};
    struct did_documents documents = {pinned, &bytes};
    struct credential_context context = {identifiers, 1773144000000, &documents, any_issuer, NULL};
    struct credential out;
    struct multikey key;
    struct why why = {0};
    if (credential_verify(&arena, bytes, &context, &out, &why) == ERR_NONE) {
        INVARIANT(out.nholder > 0 && out.from_ms <= out.to_ms);
        struct draft *draft = credential_draft(&arena, &out, bytes);
        INVARIANT(draft || arena.failed);
    } else {
        INVARIANT(why.text[0] != '\0');
    }
    enum err err = did_key_find(&arena, STR("did:web:sat.gob.mx#k"), "assertionMethod", 0, &documents, &key, NULL);
    INVARIANT(err != ERR_INTERNAL);
    arena_free(&arena);
    return 0;
}
