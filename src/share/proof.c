// SPDX-License-Identifier: Apache-2.0
#include "share/proof.h"

#include "ledger/checkpoint.h"
#include "ledger/receipt.h"
#include "ledger/tlog.h"
#include "share/witness_state.h"

enum err proof_statement(struct arena *arena, struct views *views, struct str party, struct str name,
                         struct proven *out, struct why *why)
{
    struct engine *engine = views_engine(views);
    struct str origin;
    uint64_t index;
    int64_t pos;
    if (!name_parse(name, &origin, &index))
        return why_set(why, ERR_MALFORMED, "name", "a statement's name is <origin>:<index>, like %.*s:17",
                       STR_ARG(party));
    if (!str_eq(origin, party))
        return why_set(why, ERR_NOT_FOUND, "name", "ask %.*s for a receipt of its own statement", STR_ARG(origin));
    enum err err = engine_find(engine, ENGINE_OWN, index, &pos, why);
    if (err == ERR_NONE) err = engine_get(engine, arena, pos, &out->stored, why);
    if (err == ERR_NONE) err = header_parse(arena, out->stored.header, &out->header, why);
    return err == ERR_NONE ? body_decode(arena, out->stored.body, &out->body, why) : err;
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

enum err proof_make(struct arena *arena, struct views *views, const struct note_key *log_key,
                    const struct partner *partners, size_t npartners, const struct proven *statement, struct buf *out,
                    struct why *why)
{
    struct str note = STR_NONE;
    struct merkle_proof path = {0};
    struct note_key *witnesses = arena_array(arena, struct note_key, npartners + 1);
    if (!witnesses) return why_set(why, ERR_NO_MEMORY, "", "no memory for the receipt");
    for (size_t i = 0; i < npartners; i++) witnesses[i] = partners[i].witness_key;
    enum err err = cosigned_quorum(views, arena, statement->stored.index + 1, 0, &note, why);
    if (err == ERR_NONE) err = path_read(arena, views, statement->stored.index, note, &path, why);
    if (err != ERR_NONE) return err;
    const struct receipt_policy policy = {.log = log_key, .witnesses = witnesses, .nwitnesses = npartners};
    const struct receipt_parts parts = {.statement = statement->stored.header,
                                        .body = &statement->body,
                                        .index = statement->stored.index,
                                        .path = &path,
                                        .checkpoint = note};
    return receipt_make(arena, &parts, &policy, out, why);
}
