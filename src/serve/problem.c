// SPDX-License-Identifier: Apache-2.0
#include "serve/problem.h"

#include "base/text.h"

static const char *const titles[ERR_COUNT] = {
    [ERR_NONE] = "No error",
    [ERR_MALFORMED] = "The bytes do not follow their format",
    [ERR_SENSELESS] = "Well formed, but it contradicts itself or the world",
    [ERR_UNSUPPORTED] = "A kind, version or media type that this node does not read",
    [ERR_TOO_LARGE] = "Over a stated limit",
    [ERR_UNTRUSTED] = "A signature, proof or hash does not hold",
    [ERR_EXPIRED] = "Outside its dates",
    [ERR_UNAUTHENTICATED] = "Say who you are",
    [ERR_FORBIDDEN] = "Not for this caller",
    [ERR_NOT_FOUND] = "There is nothing of that name",
    [ERR_METHOD] = "Not with this method",
    [ERR_CONFLICT] = "It disagrees with what is held",
    [ERR_TOO_MANY] = "Too many from this caller",
    [ERR_BUSY] = "Too much is waiting; try again",
    [ERR_STORE] = "The disk or the database failed",
    [ERR_NO_MEMORY] = "No memory for this now; try again",
    [ERR_UNREACHABLE] = "A partner or a server does not answer",
    [ERR_USAGE] = "Not how this is used",
    [ERR_INTERNAL] = "A fault of this node",
};

const char *problem_title(enum err err)
{
    return err >= 0 && err < ERR_COUNT && titles[err] ? titles[err] : titles[ERR_INTERNAL];
}

enum err problem_find(struct str name)
{
    for (enum err err = ERR_MALFORMED; err < ERR_COUNT; err++)
        if (str_is(name, err_name(err))) return err;
    return ERR_COUNT;
}

// Text that quotes a stranger, or was cut in the middle of a character.
static void quote_mended(struct str text, struct buf *out)
{
    struct buf mended = BUF(4 * sizeof(struct why));
    for (size_t at = 0; at < text.n;) {
        size_t n = utf8_sequence(text.p + at, text.n - at);
        struct str character = {text.p + at, n};
        if (n && json_text_valid(character))
            buf_str_add(&mended, character);
        else
            buf_puts(&mended, "\xEF\xBF\xBD");
        at += n ? n : 1;
    }
    if (mended.failed) out->failed = true;
    json_quote(buf_str(&mended), out);
    buf_free(&mended);
}

static void text_member(const char *name, const char *text, struct buf *out)
{
    if (!*text) return;
    buf_printf(out, ",\"%s\":", name);
    quote_mended(str_of(text), out);
}

void problem_write(const struct why *why, struct buf *out)
{
    enum err err = why->err == ERR_NONE ? ERR_INTERNAL : why->err;
    buf_printf(out, "{\"type\":\"/problems/%s\",\"title\":", err_name(err));
    json_quote(str_of(problem_title(err)), out);
    buf_printf(out, ",\"status\":%d", err_status(err));
    text_member("detail", why->text, out);
    text_member("member", why->member, out);
    if (why->offset) buf_printf(out, ",\"offset\":%zu", why->offset);
    text_member("clause", why->clause, out);
    buf_puts(out, "}\n");
}
