// SPDX-License-Identifier: Apache-2.0
#include "node/proof.h"

#include "ledger/receipt.h"
#include "ledger/tlog.h"

static enum err statement_read(struct arena *arena, const struct config *config, struct views *views, struct str name,
                               struct stored *stored, struct body *body, struct why *why)
{
    struct str origin;
    uint64_t index;
    int64_t pos;
    if (!name_parse(name, &origin, &index))
        return why_set(why, ERR_MALFORMED, "name", "a statement's name is <origin>:<index>, like %.*s:17",
                       STR_ARG(config->party));
    if (!str_eq(origin, config->party))
        return why_set(why, ERR_NOT_FOUND, "name", "ask %.*s for a receipt of its own statement", STR_ARG(origin));
    enum err err = engine_find(views_engine(views), ENGINE_OWN, index, &pos, why);
    if (err == ERR_NONE) err = engine_get(views_engine(views), arena, pos, stored, why);
    return err == ERR_NONE ? body_decode(arena, stored->body, body, why) : err;
}

static enum err path_read(struct arena *arena, struct views *views, uint64_t index, struct str note_bytes,
                          struct merkle_proof *path, struct why *why)
{
    struct note note;
    struct checkpoint checkpoint;
    struct tlog_nodes nodes;
    enum err err = checkpoint_read(arena, note_bytes, &note, &checkpoint, why);
    if (err != ERR_NONE) return err;
    if (index >= checkpoint.size)
        return why_set(why, ERR_BUSY, "", "no checkpoint covers the statement yet; try again");
    if (tlog_nodes_init(&nodes, views_engine(views), arena, checkpoint.size) != ERR_NONE)
        return why_set(why, ERR_NO_MEMORY, "", "no memory for the receipt");
    struct merkle_reader reader = tlog_reader(&nodes);
    if (inclusion_make(&reader, index, checkpoint.size, path)) return ERR_NONE;
    return why_set(why, nodes.why.err == ERR_NONE ? ERR_STORE : nodes.why.err, "", "the tree cannot be read: %s",
                   nodes.why.text);
}

enum err proof_make(struct arena *arena, const struct config *config, struct views *views, struct str name,
                    struct buf *out, struct why *why)
{
    struct stored stored = {0};
    struct body body = {0};
    struct str note = STR_NONE;
    struct merkle_proof path = {0};
    struct note_key *witnesses = arena_array(arena, struct note_key, config->npartners + 1);
    if (!witnesses) return why_set(why, ERR_NO_MEMORY, "", "no memory for the receipt");
    for (size_t i = 0; i < config->npartners; i++) witnesses[i] = config->partners[i].witness_key;
    enum err err = statement_read(arena, config, views, name, &stored, &body, why);
    if (err == ERR_NONE) err = witness_checkpoint(views, arena, &note, why);
    if (err == ERR_NONE) err = path_read(arena, views, stored.index, note, &path, why);
    if (err != ERR_NONE) return err;
    struct receipt_policy policy = {.log = &config->keys.log, .witnesses = witnesses, .nwitnesses = config->npartners};
    struct receipt_parts parts = {
        .statement = stored.header, .body = &body, .index = stored.index, .path = &path, .checkpoint = note};
    err = receipt_make(arena, &parts, &policy, out, why);
    if (err == ERR_NONE && out->failed) err = why_set(why, ERR_NO_MEMORY, "", "no memory for the receipt");
    return err;
}
