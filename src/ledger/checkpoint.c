// SPDX-License-Identifier: Apache-2.0
#include "ledger/checkpoint.h"

#include "base/text.h"

#define CLAUSE "tlog-checkpoint, Note text"

void checkpoint_text(const struct checkpoint *checkpoint, struct buf *out)
{
    buf_str_add(out, checkpoint->origin);
    buf_putc(out, '\n');
    buf_u64(out, checkpoint->size);
    buf_putc(out, '\n');
    base64_encode((struct str){(const char *)checkpoint->root, MERKLE_HASH}, out);
    buf_putc(out, '\n');
    buf_str_add(out, checkpoint->extensions);
}

// A line of `text` from *at on, without its newline; {NULL,0} if there is no whole one.
static struct str line_next(struct str text, size_t *at)
{
    struct str rest, from = str_from(text, *at), line = str_cut(from, '\n', &rest);
    if (!rest.p) return STR_NONE;
    *at += line.n + 1;
    return line;
}

static enum err refuse(struct why *why, enum err err, const char *member, const char *text)
{
    why_set(why, err, member, "%s", text);
    why_clause(why, CLAUSE);
    return err;
}

enum err checkpoint_parse(struct str text, struct checkpoint *out, struct why *why)
{
    *out = (struct checkpoint){0};
    size_t at = 0, n;
    out->origin = line_next(text, &at);
    if (out->origin.n == 0) return refuse(why, ERR_MALFORMED, "origin", "the first line must name the log");
    if (out->origin.n > CHECKPOINT_ORIGIN_MAX) return refuse(why, ERR_TOO_LARGE, "origin", "over 255 bytes");
    struct str size = line_next(text, &at);
    if (!str_decimal(size, UINT64_MAX, &out->size))
        return refuse(why, ERR_MALFORMED, "size", "the second line must be a decimal without leading zeros");
    if (out->size > MERKLE_SIZE_MAX) return refuse(why, ERR_TOO_LARGE, "size", "no log has more than 2^62 leaves");
    struct str root = line_next(text, &at);
    if (!base64_decode(root, out->root, sizeof out->root, &n) || n != sizeof out->root)
        return refuse(why, ERR_MALFORMED, "root", "the third line must be the base64 of 32 bytes");
    out->extensions = str_from(text, at);
    while (at < text.n) {
        if (line_next(text, &at).n == 0)
            return refuse(why, ERR_MALFORMED, "extension", "an extension line is empty or does not end");
    }
    return ERR_NONE;
}

void checkpoint_sign(const struct checkpoint *checkpoint, const struct ed25519_key *key, struct buf *out)
{
    struct buf text = BUF(NOTE_MAX);
    checkpoint_text(checkpoint, &text);
    if (text.failed) {
        out->failed = true;
    } else {
        buf_str_add(out, buf_str(&text));
        buf_putc(out, '\n');
        note_sign(checkpoint->origin, key, buf_str(&text), out);
    }
    buf_free(&text);
}

enum err checkpoint_read(struct arena *arena, struct str bytes, struct note *note, struct checkpoint *out,
                         struct why *why)
{
    enum err err = note_parse(arena, bytes, note, why);
    return err ? err : checkpoint_parse(note->text, out, why);
}
