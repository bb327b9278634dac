// SPDX-License-Identifier: Apache-2.0
#include "ledger/witness.h"

#include "base/text.h"

#define CLAUSE "tlog-witness, add-checkpoint"

static enum err refuse(struct why *why, enum err err, const char *member, const char *text)
{
    why_set(why, err, member, "%s", text);
    why_clause(why, CLAUSE);
    return err;
}

// ---- Requests ----

void witness_request_format(const struct witness_request *request, struct buf *out)
{
    buf_puts(out, "old ");
    buf_u64(out, request->old);
    buf_putc(out, '\n');
    for (size_t i = 0; i < request->proof.count; i++) {
        base64_encode((struct str){(const char *)request->proof.hash[i], MERKLE_HASH}, out);
        buf_putc(out, '\n');
    }
    buf_putc(out, '\n');
    buf_str_add(out, request->checkpoint);
}

// Cuts a line off *rest; one that does not end is {NULL,0}.
static struct str line_cut(struct str *rest)
{
    struct str after, line = str_cut(*rest, '\n', &after);
    if (!after.p) return STR_NONE;
    *rest = after;
    return line;
}

enum err witness_request_parse(struct str bytes, struct witness_request *out, struct why *why)
{
    struct str rest = bytes, line = line_cut(&rest);
    size_t n;
    out->proof.count = 0;
    if (!str_starts(line, "old ") || !str_decimal(str_from(line, 4), UINT64_MAX, &out->old))
        return refuse(why, ERR_MALFORMED, "old", "the first line must be \"old\" and a decimal without leading zeros");
    for (line = line_cut(&rest); line.n > 0; line = line_cut(&rest)) {
        if (out->proof.count == MERKLE_PROOF_MAX) return refuse(why, ERR_MALFORMED, "proof", "over 63 proof lines");
        if (!base64_decode(line, out->proof.hash[out->proof.count++], MERKLE_HASH, &n) || n != MERKLE_HASH)
            return refuse(why, ERR_MALFORMED, "proof", "a proof line is not the base64 of 32 bytes");
    }
    if (!line.p) return refuse(why, ERR_MALFORMED, "proof", "no empty line before the checkpoint");
    out->checkpoint = rest;
    return ERR_NONE;
}

// ---- The witness ----

// One request on its way through the checks.
struct checking {
    struct witness_request request;
    struct note note;
    struct checkpoint checkpoint;
    struct witness_log log;
};

static enum err request_read(struct arena *arena, struct str bytes, struct checking *c, struct why *why)
{
    enum err err = witness_request_parse(bytes, &c->request, why);
    if (!err) err = checkpoint_read(arena, c->request.checkpoint, &c->note, &c->checkpoint, why);
    if (err && arena->failed) { // the request is fine, the room for it was not: no verdict
        if (why) *why = (struct why){0};
        return refuse(why, ERR_NO_MEMORY, "", "no memory to check the checkpoint");
    }
    if (err && err != ERR_NO_MEMORY) {
        // The specification knows one answer to a request that cannot be read, whatever is wrong with it.
        err = ERR_MALFORMED;
        if (why) why->err = err;
    }
    return err;
}

static enum err log_check(const struct witness *witness, struct checking *c, struct why *why)
{
    struct note_verdict verdicts[WITNESS_KEYS_MAX];
    enum err err = witness->find(witness->ctx, c->checkpoint.origin, &c->log, why);
    if (err == ERR_NOT_FOUND) return refuse(why, err, "origin", "this witness does not follow that log");
    if (err) return err;
    INVARIANT(c->log.nkeys > 0 && c->log.nkeys <= WITNESS_KEYS_MAX);
    return note_verify(&c->note, c->log.keys, c->log.nkeys, verdicts, NULL, why);
}

static enum err size_check(const struct checking *c, struct why *why)
{
    if (c->request.old > c->checkpoint.size)
        return refuse(why, ERR_MALFORMED, "old", "the old size is larger than the checkpoint's");
    if (c->request.old != c->log.size)
        return refuse(why, ERR_CONFLICT, "old", "not the size of the last checkpoint that was cosigned");
    return ERR_NONE;
}

static enum err tree_check(const struct checking *c, struct why *why)
{
    uint8_t empty[MERKLE_HASH];
    merkle_empty(empty);
    bool same = c->log.size == c->checkpoint.size;
    const uint8_t *root = c->log.size ? c->log.root : empty;
    if (c->checkpoint.size == 0 && memcmp(c->checkpoint.root, empty, sizeof empty) != 0)
        return refuse(why, ERR_SENSELESS, "root", "size 0 with another root than the empty tree's");
    if (c->log.size == 0 && c->request.proof.count) return refuse(why, ERR_SENSELESS, "proof", "old 0 needs no proof");
    if (same && memcmp(c->checkpoint.root, root, MERKLE_HASH) != 0)
        return refuse(why, ERR_SENSELESS, "root",
                      "another root than the one cosigned for this size: the log has forked");
    if (!consistency_verify(c->log.size, c->checkpoint.size, root, &c->request.proof, c->checkpoint.root))
        return refuse(why, ERR_SENSELESS, "proof", "the consistency proof does not hold");
    return ERR_NONE;
}

// The note for monitors: text, the lines of the log's trusted keys, our cosignature.
static struct str note_write(struct arena *arena, const struct checking *c, struct str cosignature)
{
    struct buf note = BUF(NOTE_MAX + 1024);
    buf_str_add(&note, c->note.text);
    buf_putc(&note, '\n');
    for (size_t i = 0; i < c->note.count; i++) {
        const struct note_signature *s = &c->note.signatures[i];
        bool known = false;
        for (size_t k = 0; k < c->log.nkeys; k++)
            known |= c->log.keys[k].id == s->id && str_eq(c->log.keys[k].name, s->name);
        if (known) buf_str_add(&note, s->line);
    }
    buf_str_add(&note, cosignature);
    struct str s = note.failed ? STR_NONE : arena_str(arena, buf_str(&note));
    buf_free(&note);
    return s;
}

static enum err cosign(struct arena *arena, const struct witness *witness, const struct checking *c, uint64_t time_s,
                       struct witness_answer *out, struct why *why)
{
    struct buf line = BUF(1024);
    note_cosign(witness->name, witness->key, time_s, c->note.text, &line);
    out->body = line.failed ? STR_NONE : arena_str(arena, buf_str(&line));
    buf_free(&line);
    if (out->body.p) out->note = note_write(arena, c, out->body);
    return out->note.p ? ERR_NONE : refuse(why, ERR_NO_MEMORY, "", "no memory for the cosignature");
}

static enum err request_check(struct arena *arena, const struct witness *witness, struct str request, uint64_t time_s,
                              struct checking *c, struct witness_answer *out, struct why *why)
{
    enum err err = request_read(arena, request, c, why);
    if (!err) err = log_check(witness, c, why);
    if (!err) err = size_check(c, why);
    if (!err) err = tree_check(c, why);
    return err ? err : cosign(arena, witness, c, time_s, out, why);
}

enum err witness_add_checkpoint(struct arena *arena, const struct witness *witness, struct str request, uint64_t time_s,
                                struct witness_answer *out, struct why *why)
{
    INVARIANT(time_s > 0 && time_s <= INT64_MAX);
    struct checking c = {0};
    struct why own = {0};
    if (!why) why = &own;
    *out = (struct witness_answer){0};
    enum err err = request_check(arena, witness, request, time_s, &c, out, why);
    out->status = err_status(err);
    out->content_type = "text/plain; charset=utf-8";
    out->origin = c.checkpoint.origin;
    out->old = c.log.size;
    out->size = c.checkpoint.size;
    memcpy(out->root, c.checkpoint.root, MERKLE_HASH);
    if (err == ERR_CONFLICT) {
        out->content_type = WITNESS_SIZE_TYPE;
        out->body = arena_printf(arena, "%llu\n", (unsigned long long)c.log.size);
    } else if (err) {
        out->body = arena_printf(arena, "%s\n", why->text);
    }
    if (!out->body.p) out->body = STR("no memory\n");
    return err;
}

void witness_checkpoint_path(struct str origin, struct buf *out)
{
    uint8_t hash[SHA256_BYTES];
    sha256(origin, hash);
    hex_encode((struct str){(const char *)hash, sizeof hash}, out);
    buf_puts(out, "/checkpoint");
}

// ---- The log ----

static enum err lines_take(const struct note *note, const struct note_key *keys, size_t nkeys, struct buf *lines,
                           struct why *why)
{
    struct note_verdict verdicts[WITNESS_KEYS_MAX];
    enum err err = note_verify(note, keys, nkeys, verdicts, NULL, why);
    for (size_t i = 0; !err && i < note->count; i++) {
        for (size_t k = 0; k < nkeys; k++) {
            if (keys[k].id != note->signatures[i].id || !str_eq(keys[k].name, note->signatures[i].name)) continue;
            buf_str_add(lines, note->signatures[i].line);
            break;
        }
    }
    return err ? err : lines->failed ? refuse(why, ERR_NO_MEMORY, "", "no room for the cosignatures") : ERR_NONE;
}

enum err witness_response_read(struct arena *arena, struct str body, struct str checkpoint, const struct note_key *keys,
                               size_t nkeys, struct buf *lines, struct why *why)
{
    INVARIANT(nkeys <= WITNESS_KEYS_MAX);
    struct note sent, note;
    struct buf bytes = BUF(NOTE_MAX);
    enum err err = note_parse(arena, checkpoint, &sent, why);
    if (err) return err;
    // The answer's lines under the text that was sent. An empty line in them would move the end of the text.
    buf_str_add(&bytes, sent.text);
    buf_putc(&bytes, '\n');
    buf_str_add(&bytes, body);
    err = bytes.failed ? refuse(why, ERR_TOO_LARGE, "", "the witness's answer is too long")
                       : note_parse(arena, buf_str(&bytes), &note, why);
    if (!err && !str_eq(note.text, sent.text))
        err = refuse(why, ERR_MALFORMED, "", "the witness's answer has an empty line");
    if (!err) err = lines_take(&note, keys, nkeys, lines, why);
    buf_free(&bytes);
    return err;
}

bool witness_conflict_read(struct str body, uint64_t *size)
{
    if (!str_ends(body, "\n")) return false;
    return str_decimal((struct str){body.p, body.n - 1}, MERKLE_SIZE_MAX, size);
}
