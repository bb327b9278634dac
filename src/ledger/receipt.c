// SPDX-License-Identifier: Apache-2.0
#include "ledger/receipt.h"

#include "base/text.h"

#include <stdlib.h>

#define PROOF_LINE "c2sp.org/tlog-proof@v1"
#define CLAUSE_PROOF "tlog-proof, Format"
#define CLAUSE_VERIFY "tlog-proof, Verifying a tlog proof"

static enum err refuse(struct why *why, enum err err, const char *clause, const char *member, const char *text)
{
    why_set(why, err, member, "%s", text);
    why_clause(why, clause);
    return err;
}

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the receipt");
}

static struct str hash_str(const uint8_t hash[MERKLE_HASH])
{
    return (struct str){(const char *)hash, MERKLE_HASH};
}

// ---- The container ----

void tlog_proof_format(const struct tlog_proof *proof, struct buf *out)
{
    buf_puts(out, PROOF_LINE "\n");
    if (proof->extra.p) {
        buf_puts(out, "extra ");
        buf_str_add(out, proof->extra);
        buf_putc(out, '\n');
    }
    buf_puts(out, "index ");
    buf_u64(out, proof->index);
    buf_putc(out, '\n');
    for (size_t i = 0; i < proof->path.count; i++) {
        base64_encode(hash_str(proof->path.hash[i]), out);
        buf_putc(out, '\n');
    }
    buf_putc(out, '\n');
    buf_str_add(out, proof->checkpoint);
}

// Cuts a line off *rest; one that does not end is {NULL,0}.
static struct str line_cut(struct str *rest)
{
    struct str after, line = str_cut(*rest, '\n', &after);
    if (!after.p) return STR_NONE;
    *rest = after;
    return line;
}

// Standard base64 with padding and without stray bits, judged without decoding it anywhere.
static bool is_base64(struct str text)
{
    uint8_t last[3];
    size_t n;
    if (text.n == 0 || text.n % 4) return false;
    for (size_t i = 0; i < text.n; i += 4)
        if (!base64_decode((struct str){text.p + i, 4}, last, 3, &n) || (n < 3 && i + 4 < text.n)) return false;
    return true;
}

static enum err path_parse(struct str *rest, struct merkle_proof *out, struct why *why)
{
    out->count = 0;
    for (struct str line = line_cut(rest); line.n > 0 || !line.p; line = line_cut(rest)) {
        size_t n;
        if (!line.p) return refuse(why, ERR_MALFORMED, CLAUSE_PROOF, "proof", "no empty line after the proof");
        if (out->count == MERKLE_PROOF_MAX) return refuse(why, ERR_MALFORMED, CLAUSE_PROOF, "proof", "over 63 hashes");
        if (!base64_decode(line, out->hash[out->count++], MERKLE_HASH, &n) || n != MERKLE_HASH)
            return refuse(why, ERR_MALFORMED, CLAUSE_PROOF, "proof", "a line is not the base64 of 32 bytes");
    }
    return ERR_NONE;
}

enum err tlog_proof_parse(struct str bytes, struct tlog_proof *out, struct why *why)
{
    struct str rest = bytes, line = line_cut(&rest);
    *out = (struct tlog_proof){0};
    if (!str_is(line, PROOF_LINE))
        return refuse(why, ERR_MALFORMED, CLAUSE_PROOF, "", "the first line must be " PROOF_LINE);
    line = line_cut(&rest);
    if (str_starts(line, "extra ")) {
        out->extra = str_from(line, 6);
        if (!is_base64(out->extra)) return refuse(why, ERR_MALFORMED, CLAUSE_PROOF, "extra", "not canonical base64");
        line = line_cut(&rest);
    }
    if (!str_starts(line, "index ") || !str_decimal(str_from(line, 6), UINT64_MAX, &out->index))
        return refuse(why, ERR_MALFORMED, CLAUSE_PROOF, "index", "not \"index\" and a decimal without leading zeros");
    enum err err = path_parse(&rest, &out->path, why);
    if (err) return err;
    out->checkpoint = rest;
    if (rest.n == 0) return refuse(why, ERR_MALFORMED, CLAUSE_PROOF, "checkpoint", "there is no checkpoint");
    return ERR_NONE;
}

// ---- The extra ----

static void extra_format(const struct receipt *r, struct buf *out)
{
    buf_puts(out, "{\"digests\":[");
    for (size_t i = 0; i < r->body.count; i++) {
        buf_puts(out, i ? ",\"" : "\"");
        base64url_encode(hash_str(r->body.items[i].digest), out);
        buf_putc(out, '"');
    }
    buf_puts(out, "],\"disclosures\":[");
    for (size_t i = 0; i < r->body.count; i++) {
        if (i) buf_putc(out, ',');
        if (r->body.items[i].text.n)
            json_quote(r->body.items[i].text, out);
        else
            buf_puts(out, "null");
    }
    buf_puts(out, "],\"quorum\":{\"need\":");
    buf_u64(out, r->nwitnesses);
    buf_puts(out, ",\"witnesses\":[");
    for (size_t i = 0; i < r->nwitnesses; i++) {
        if (i) buf_putc(out, ',');
        json_quote(r->witnesses[i].name, out);
    }
    buf_puts(out, "]},\"statement\":");
    json_quote(r->statement, out);
    buf_putc(out, '}');
}

// Digests and disclosures side by side. What is not as extra_format writes it shows when the bytes are compared; here
// only what must be so to be read at all.
static enum err body_parse(struct arena *arena, const struct json *extra, struct body *out, struct why *why)
{
    const struct json *digests = json_get(extra, "digests"), *texts = json_get(extra, "disclosures");
    if (!digests || digests->type != JSON_ARRAY || !texts || texts->type != JSON_ARRAY ||
        digests->count != texts->count)
        return why_set(why, ERR_MALFORMED, "/digests", "digests and disclosures must be arrays of one length");
    if (digests->count > DISCLOSURES_MAX) return why_set(why, ERR_TOO_LARGE, "/digests", "over %d", DISCLOSURES_MAX);
    *out = (struct body){arena_array(arena, struct disclosure, digests->count), digests->count};
    if (digests->count && !out->items) return no_memory(why);
    const struct json *text = texts->child, *digest = digests->child;
    for (size_t i = 0; i < out->count; i++, text = text->next, digest = digest->next) {
        size_t n;
        if (digest->type != JSON_STRING || !base64url_decode(digest->text, out->items[i].digest, MERKLE_HASH, &n) ||
            n != MERKLE_HASH)
            return why_set(why, ERR_MALFORMED, "/digests", "digest %zu is not the base64url of 32 bytes", i);
        if (text->type != JSON_NULL && (text->type != JSON_STRING || text->text.n == 0))
            return why_set(why, ERR_MALFORMED, "/disclosures", "disclosure %zu is neither a text nor null", i);
        if (text->type == JSON_STRING) out->items[i].text = text->text;
    }
    return ERR_NONE;
}

static enum err extra_parse(struct arena *arena, struct str bytes, struct receipt *out, struct why *why)
{
    const struct json *extra = json_parse(arena, bytes, why);
    if (!extra) return arena->failed ? no_memory(why) : why_set(why, ERR_MALFORMED, "extra", "not JSON");
    out->statement = json_text(extra, "statement");
    enum err err = body_parse(arena, extra, &out->body, why);
    if (err) return err;
    // Room for the same bytes and a little more: one that does not fit is another.
    struct buf again = BUF(bytes.n + 256);
    bool room = buf_reserve(&again, bytes.n + 256) != NULL;
    extra_format(out, &again);
    bool same = !again.failed && str_eq(buf_str(&again), bytes);
    buf_free(&again);
    if (!room) return no_memory(why);
    if (!same)
        return why_set(why, ERR_MALFORMED, "extra",
                       "not the canonical JSON of these members, or its quorum is not who cosigned");
    return ERR_NONE;
}

// ---- Reading ----

// The log's line first, then the cosignatures by ascending name: the one order, and no name twice.
static enum err lines_parse(struct arena *arena, struct receipt *out, struct why *why)
{
    const struct note_signature *s = out->note.signatures;
    out->nwitnesses = out->note.count - 1;
    if (out->nwitnesses > RECEIPT_WITNESSES_MAX)
        return why_set(why, ERR_TOO_LARGE, "checkpoint", "over %d witnesses", RECEIPT_WITNESSES_MAX);
    out->witnesses = arena_array(arena, struct receipt_witness, out->nwitnesses);
    if (out->nwitnesses && !out->witnesses) return no_memory(why);
    if (!str_eq(s[0].name, out->checkpoint.origin))
        return why_set(why, ERR_MALFORMED, "checkpoint", "the first signature must be the log's");
    for (size_t i = 0; i < out->nwitnesses; i++) {
        out->witnesses[i].name = s[i + 1].name;
        if (i && str_compare(s[i].name, s[i + 1].name) >= 0)
            return why_set(why, ERR_MALFORMED, "checkpoint",
                           "the witnesses must come once each, in order of their names");
    }
    return ERR_NONE;
}

static enum err checkpoint_check(struct arena *arena, struct str bytes, struct receipt *out, struct why *why)
{
    enum err err = checkpoint_read(arena, bytes, &out->note, &out->checkpoint, why);
    if (err) return err;
    if (out->checkpoint.extensions.n)
        return why_set(why, ERR_MALFORMED, "checkpoint", "a receipt's checkpoint has no extension lines");
    return lines_parse(arena, out, why);
}

static enum err statement_check(struct arena *arena, struct receipt *out, struct why *why)
{
    uint8_t root[32];
    enum err err = header_parse(arena, out->statement, &out->header, why);
    if (!err) err = body_check(arena, &out->body, why);
    if (err) return err;
    body_root(&out->body, root);
    if (memcmp(root, out->header.body, sizeof root) != 0)
        return why_set(why, ERR_UNTRUSTED, "/digests", "the digests are not those of the statement's body");
    return body_object(arena, &out->body, &out->members, why);
}

enum err receipt_parse(struct arena *arena, struct str bytes, struct receipt *out, struct why *why)
{
    struct tlog_proof proof;
    struct str extra;
    *out = (struct receipt){0};
    if (bytes.n > RECEIPT_MAX) return why_set(why, ERR_TOO_LARGE, "", "a receipt has at most %zu bytes", RECEIPT_MAX);
    enum err err = tlog_proof_parse(bytes, &proof, why);
    if (err) return err;
    if (!proof.extra.p) return why_set(why, ERR_MALFORMED, "extra", "there is no statement in it");
    if (!base64_bytes(arena, proof.extra, &extra)) return no_memory(why);
    out->index = proof.index;
    out->path = proof.path;
    err = checkpoint_check(arena, proof.checkpoint, out, why);
    if (!err) err = extra_parse(arena, extra, out, why);
    return err ? err : statement_check(arena, out, why);
}

// ---- Verifying ----

static bool same_public(const struct note_key *a, const struct note_key *b)
{
    return memcmp(a->public, b->public, ED25519_PUBLIC) == 0;
}

static enum err policy_check(const struct receipt_policy *policy, struct why *why)
{
    const struct note_key *w = policy->witnesses;
    if (policy->log->type != NOTE_ED25519) return why_set(why, ERR_USAGE, "log", "not the key of a log (type 01)");
    if (policy->nwitnesses > RECEIPT_WITNESSES_MAX)
        return why_set(why, ERR_USAGE, "witness", "at most %d are read", RECEIPT_WITNESSES_MAX);
    if (policy->need > policy->nwitnesses)
        return why_set(why, ERR_USAGE, "need", "%zu witnesses are asked for, %zu keys given", policy->need,
                       policy->nwitnesses);
    for (size_t i = 0; i < policy->nwitnesses; i++) {
        if (w[i].type != NOTE_COSIGNATURE)
            return why_set(why, ERR_USAGE, "witness", "%.*s is not the key of a witness (type 04)", STR_ARG(w[i].name));
        bool shared = same_public(&w[i], policy->log);
        for (size_t k = 0; k < i; k++) shared |= same_public(&w[i], &w[k]);
        if (shared)
            return why_set(why, ERR_USAGE, "witness", "%.*s has the same public key as another", STR_ARG(w[i].name));
    }
    return ERR_NONE;
}

static bool key_signed(const struct note_key *key, const struct note_signature *s)
{
    return key->id == s->id && str_eq(key->name, s->name);
}

// The witness whose line this is: its number in the policy, or nwitnesses.
static size_t witness_find(const struct receipt_policy *policy, const struct note_signature *s)
{
    size_t i = 0;
    while (i < policy->nwitnesses && !key_signed(&policy->witnesses[i], s)) i++;
    return i;
}

// Verifies every line of a key of the policy: verdict 0 is the log's, the others the witnesses'.
static enum err signatures_verify(const struct note *note, const struct receipt_policy *policy,
                                  struct note_verdict verdicts[1 + RECEIPT_WITNESSES_MAX], struct why *why)
{
    struct note_key keys[1 + RECEIPT_WITNESSES_MAX];
    keys[0] = *policy->log;
    for (size_t i = 0; i < policy->nwitnesses; i++) keys[i + 1] = policy->witnesses[i];
    enum err err = note_verify(note, keys, policy->nwitnesses + 1, verdicts, NULL, why);
    if (!err && !verdicts[0].verified)
        return refuse(why, ERR_UNTRUSTED, CLAUSE_VERIFY, "checkpoint", "the log's key has not signed it");
    return err;
}

static enum err signers_check(const struct receipt_policy *policy, struct receipt *out, struct why *why)
{
    struct note_verdict verdicts[1 + RECEIPT_WITNESSES_MAX];
    if (!str_eq(out->checkpoint.origin, policy->log->name))
        return refuse(why, ERR_UNTRUSTED, CLAUSE_VERIFY, "origin",
                      "this is another log than the one whose key was given");
    if (!key_signed(policy->log, &out->note.signatures[0]))
        return refuse(why, ERR_UNTRUSTED, CLAUSE_VERIFY, "checkpoint", "signed by another key than the one given");
    for (size_t i = 0; i < out->nwitnesses; i++) {
        if (witness_find(policy, &out->note.signatures[i + 1]) == policy->nwitnesses)
            return why_set(why, ERR_UNTRUSTED, "checkpoint", "%.*s signed it, whose key was not given",
                           STR_ARG(out->witnesses[i].name));
    }
    enum err err = signatures_verify(&out->note, policy, verdicts, why);
    if (err) return err;
    for (size_t i = 0; i < out->nwitnesses; i++)
        out->witnesses[i].time_s = verdicts[1 + witness_find(policy, &out->note.signatures[i + 1])].time_s;
    if (out->nwitnesses < policy->need)
        return why_set(why, ERR_UNTRUSTED, "quorum", "%zu witnesses cosigned, %zu are needed", out->nwitnesses,
                       policy->need);
    return ERR_NONE;
}

// `by` is the owner of the log: the origin itself, or the part before its first slash (a shard, an epoch).
static bool origin_owned(struct str origin, struct str by)
{
    return origin.n >= by.n && memcmp(origin.p, by.p, by.n) == 0 && (origin.n == by.n || origin.p[by.n] == '/');
}

enum err receipt_verify(struct arena *arena, struct str bytes, const struct receipt_policy *policy, struct receipt *out,
                        struct why *why)
{
    uint8_t leaf[MERKLE_HASH];
    enum err err = policy_check(policy, why);
    if (!err) err = receipt_parse(arena, bytes, out, why);
    if (!err) err = signers_check(policy, out, why);
    if (err) return err;
    if (!origin_owned(out->checkpoint.origin, out->header.by))
        return why_set(why, ERR_UNTRUSTED, "/statement", "its `by` is not the party whose log this is");
    merkle_leaf(out->statement, leaf);
    if (!inclusion_verify(out->index, out->checkpoint.size, leaf, &out->path, out->checkpoint.root))
        return refuse(why, ERR_UNTRUSTED, CLAUSE_VERIFY, "proof", "the statement is not at this index of the log");
    return ERR_NONE;
}

// ---- Making ----

static int compare_lines(const void *a, const void *b)
{
    return str_compare(((const struct note_signature *)a)->name, ((const struct note_signature *)b)->name);
}

// The time that a cosignature states.
static uint64_t line_time_s(const struct note_signature *s)
{
    struct cursor c = cursor_of(s->bytes);
    return cursor_be64(&c);
}

// One line a witness that signed: its latest. A name with two keys (one being replaced) counts once.
static size_t lines_choose(const struct note *note, const struct receipt_policy *policy,
                           const struct note_verdict *verdicts, struct note_signature lines[RECEIPT_WITNESSES_MAX])
{
    size_t count = 0;
    for (size_t k = 0; k < policy->nwitnesses; k++) {
        const struct note_signature *found = NULL;
        for (size_t i = 0; i < note->count && verdicts[k + 1].verified; i++) {
            const struct note_signature *s = &note->signatures[i];
            if (key_signed(&policy->witnesses[k], s) && line_time_s(s) == verdicts[k + 1].time_s) found = s;
        }
        for (size_t i = 0; found && i < count; i++)
            if (str_eq(lines[i].name, found->name)) found = NULL;
        if (found) lines[count++] = *found;
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    return count;
}

// The note again, with the log's line and the chosen ones only.
static enum err note_choose(struct arena *arena, const struct receipt_parts *parts, const struct receipt_policy *policy,
                            struct receipt *draft, struct buf *out, struct why *why)
{
    struct note note;
    struct note_verdict verdicts[1 + RECEIPT_WITNESSES_MAX];
    struct note_signature lines[RECEIPT_WITNESSES_MAX];
    enum err err = note_parse(arena, parts->checkpoint, &note, why);
    if (!err) err = signatures_verify(&note, policy, verdicts, why);
    if (err) return err;
    draft->nwitnesses = lines_choose(&note, policy, verdicts, lines);
    if (draft->nwitnesses < policy->need)
        return why_set(why, ERR_BUSY, "quorum", "%zu witnesses have cosigned so far, %zu are needed", draft->nwitnesses,
                       policy->need);
    draft->witnesses = arena_array(arena, struct receipt_witness, draft->nwitnesses);
    if (draft->nwitnesses && !draft->witnesses) return no_memory(why);
    buf_str_add(out, note.text);
    buf_putc(out, '\n');
    size_t log = 0;
    while (!key_signed(policy->log, &note.signatures[log])) log++;
    buf_str_add(out, note.signatures[log].line);
    for (size_t i = 0; i < draft->nwitnesses; i++) {
        draft->witnesses[i].name = lines[i].name;
        buf_str_add(out, lines[i].line);
    }
    return out->failed ? no_memory(why) : ERR_NONE;
}

static enum err receipt_write(struct arena *arena, const struct receipt_parts *parts,
                              const struct receipt_policy *policy, struct buf *out, struct why *why)
{
    struct receipt draft = {.statement = parts->statement, .body = *parts->body};
    struct buf note = BUF(NOTE_MAX), extra = BUF(RECEIPT_MAX);
    struct tlog_proof proof = {.index = parts->index, .path = *parts->path};
    enum err err = note_choose(arena, parts, policy, &draft, &note, why);
    if (!err) {
        extra_format(&draft, &extra);
        proof.extra = base64_text(arena, buf_str(&extra));
        proof.checkpoint = buf_str(&note);
        if (extra.failed || !proof.extra.p)
            err = no_memory(why);
        else
            tlog_proof_format(&proof, out);
    }
    buf_free(&note);
    buf_free(&extra);
    if (!err && out->failed) err = why_set(why, ERR_TOO_LARGE, "", "the receipt does not fit");
    return err;
}

enum err receipt_make(struct arena *arena, const struct receipt_parts *parts, const struct receipt_policy *policy,
                      struct buf *out, struct why *why)
{
    struct receipt check;
    size_t from = out->n;
    enum err err = policy_check(policy, why);
    if (!err) err = receipt_write(arena, parts, policy, out, why);
    if (!err) err = receipt_verify(arena, str_from(buf_str(out), from), policy, &check, why);
    if (err) out->n = from;
    return err;
}
