// SPDX-License-Identifier: Apache-2.0
#include "node/proof.h"

#include "share/proof.h"

enum err node_proof(struct arena *arena, const struct config *config, struct views *views, struct str name,
                    struct buf *out, struct why *why)
{
    struct proven statement = {0};
    enum err err = proof_statement(arena, views, config->party, name, &statement, why);
    if (err == ERR_NONE)
        err = proof_make(arena, views, &config->keys.log, config->partners, config->npartners, &statement, out, why);
    if (err == ERR_NONE && out->failed) err = why_set(why, ERR_NO_MEMORY, "", "no memory for the receipt");
    return err;
}
