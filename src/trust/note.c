// SPDX-License-Identifier: Apache-2.0
#include "trust/note.h"

#include "base/text.h"
#include "trust/hash.h"

#include <sodium.h>
#include <stdio.h>

#define EM_DASH "\xE2\x80\x94 "
#define SECRET_PREFIX "PRIVATE+KEY+"
#define KEY_BYTES (1 + ED25519_PUBLIC)
#define COSIGNATURE_BYTES (8 + ED25519_SIGNATURE)

// One code point of UTF-8 that is already known to be valid.
static uint32_t utf8_next(struct str s, size_t *at)
{
    const uint8_t *p = (const uint8_t *)s.p + *at;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7Fu >> n);
    for (size_t i = 1; i < n; i++) c = c << 6 | (p[i] & 0x3Fu);
    *at += n;
    return c;
}

// Unicode's White_Space property.
static bool is_unicode_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool note_name_valid(struct str name)
{
    if (name.n == 0 || name.n > NOTE_NAME_MAX || !utf8_valid(name)) return false;
    for (size_t at = 0; at < name.n;) {
        uint32_t c = utf8_next(name, &at);
        if (c < 0x20 || c == '+' || is_unicode_space(c)) return false;
    }
    return true;
}

static bool is_plain_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((uint8_t)s.p[i] < 0x20 && s.p[i] != '\n') return false;
    }
    return utf8_valid(s);
}

bool note_text_valid(struct str text)
{
    // One cosignature line takes at most 4 + name + 1 + 104 + 1 bytes.
    return text.n <= NOTE_MAX - 512 && str_ends(text, "\n") && is_plain_text(text);
}

uint32_t note_key_id(struct str name, enum note_type type, const uint8_t public[ED25519_PUBLIC])
{
    uint8_t tail[2 + ED25519_PUBLIC] = {'\n', (uint8_t)type};
    memcpy(tail + 2, public, ED25519_PUBLIC);
    uint8_t hash[SHA256_BYTES];
    sha256_two(name, (struct str){(const char *)tail, sizeof tail}, hash);
    struct cursor c = cursor_of((struct str){(const char *)hash, sizeof hash});
    return cursor_be32(&c);
}

struct note_key note_key_make(struct str name, enum note_type type, const uint8_t public[ED25519_PUBLIC])
{
    struct note_key key = {.name = name, .id = note_key_id(name, type, public), .type = type};
    memcpy(key.public, public, ED25519_PUBLIC);
    return key;
}

// "name+hex8+base64" into name, id and the type byte with its 32 bytes. Base64 may hold '+', names and hex cannot.
static enum err key_fields(struct str text, struct note_key *out, uint8_t bytes[KEY_BYTES], struct why *why)
{
    struct str rest, payload;
    out->name = str_cut(text, '+', &rest);
    struct str id = str_cut(rest, '+', &payload);
    if (!payload.p) return why_set(why, ERR_MALFORMED, "vkey", "a key is written name+hash+base64");
    if (!note_name_valid(out->name))
        return why_set(why, ERR_MALFORMED, "vkey", "the key's name is empty or not allowed");
    uint8_t hash[4];
    size_t n;
    if (id.n != 8 || !hex_decode(id, hash, sizeof hash, &n)) {
        return why_set(why, ERR_MALFORMED, "vkey", "the key's hash must be 8 hexadecimal digits");
    }
    struct cursor c = cursor_of((struct str){(const char *)hash, sizeof hash});
    out->id = cursor_be32(&c);
    if (!base64_decode(payload, bytes, KEY_BYTES, &n) || n != KEY_BYTES) {
        return why_set(why, ERR_MALFORMED, "vkey", "the key must be the base64 of a type byte and 32 bytes");
    }
    if (bytes[0] != NOTE_ED25519 && bytes[0] != NOTE_COSIGNATURE) {
        return why_set(why, ERR_UNSUPPORTED, "vkey",
                       "key type 0x%02x: only Ed25519 (01) and cosignature/v1 (04) are read", bytes[0]);
    }
    out->type = (enum note_type)bytes[0];
    return ERR_NONE;
}

static enum err key_id_check(const struct note_key *key, struct why *why)
{
    uint32_t id = note_key_id(key->name, key->type, key->public);
    if (id == key->id) return ERR_NONE;
    return why_set(why, ERR_SENSELESS, "vkey", "the hash says %08x, the key's is %08x", key->id, id);
}

enum err note_key_parse(struct str vkey, struct note_key *out, struct why *why)
{
    uint8_t bytes[KEY_BYTES];
    enum err err = key_fields(vkey, out, bytes, why);
    if (err) return err;
    memcpy(out->public, bytes + 1, ED25519_PUBLIC);
    return key_id_check(out, why);
}

static void key_write(const struct note_key *key, const uint8_t payload[ED25519_PUBLIC], struct buf *out)
{
    uint8_t bytes[KEY_BYTES] = {(uint8_t)key->type};
    memcpy(bytes + 1, payload, ED25519_PUBLIC);
    buf_str_add(out, key->name);
    buf_printf(out, "+%08x+", key->id);
    base64_encode((struct str){(const char *)bytes, sizeof bytes}, out);
    sodium_memzero(bytes, sizeof bytes);
}

void note_key_format(const struct note_key *key, struct buf *out)
{
    key_write(key, key->public, out);
}

enum err note_secret_parse(struct str text, struct note_key *out, struct ed25519_key *secret, struct why *why)
{
    if (!str_starts(text, SECRET_PREFIX))
        return why_set(why, ERR_MALFORMED, "skey", "a signer key starts " SECRET_PREFIX);
    uint8_t bytes[KEY_BYTES];
    enum err err = key_fields(str_from(text, sizeof SECRET_PREFIX - 1), out, bytes, why);
    if (!err) {
        ed25519_from_seed(bytes + 1, secret);
        memcpy(out->public, secret->public, ED25519_PUBLIC);
        err = key_id_check(out, why);
    }
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

void note_secret_format(const struct note_key *key, const struct ed25519_key *secret, struct buf *out)
{
    buf_puts(out, SECRET_PREFIX);
    key_write(key, secret->seed, out);
}

// Where the last empty line starts: the newline that ends the text is at the place returned. SIZE_MAX: there is none.
static size_t last_empty_line(struct str s)
{
    for (size_t i = s.n; i-- > 1;) {
        if (s.p[i] == '\n' && s.p[i - 1] == '\n') return i - 1;
    }
    return SIZE_MAX;
}

static bool signature_parse(struct arena *arena, struct str line, struct note_signature *out)
{
    if (!str_starts(line, EM_DASH)) return false;
    struct str payload, bytes;
    out->line = line;
    out->name = str_cut(str_from((struct str){line.p, line.n - 1}, sizeof EM_DASH - 1), ' ', &payload);
    if (!payload.p || !note_name_valid(out->name) || !base64_bytes(arena, payload, &bytes) || bytes.n < 5) return false;
    struct cursor c = cursor_of(bytes);
    out->id = cursor_be32(&c);
    out->bytes = str_from(bytes, 4);
    return true;
}

static enum err no_memory(const struct arena *arena, struct why *why)
{
    if (arena->full) return why_set(why, ERR_TOO_LARGE, "note", "the note is larger than its memory's limit");
    return why_set(why, ERR_NO_MEMORY, "note", "no memory for the signatures");
}

enum err note_parse(struct arena *arena, struct str bytes, struct note *out, struct why *why)
{
    *out = (struct note){0};
    if (bytes.n > NOTE_MAX) return why_set(why, ERR_TOO_LARGE, "note", "a note has at most %zu bytes", NOTE_MAX);
    if (!is_plain_text(bytes)) return why_set(why, ERR_MALFORMED, "note", "not UTF-8, or a control character in it");
    size_t end = last_empty_line(bytes);
    if (end == SIZE_MAX) return why_set(why, ERR_MALFORMED, "note", "no empty line between text and signatures");
    out->text = (struct str){bytes.p, end + 1};
    struct str rest = str_from(bytes, end + 2);
    if (rest.n == 0 || rest.p[rest.n - 1] != '\n') {
        return why_set(why, ERR_MALFORMED, "note", "no signature line, or the last one does not end in a newline");
    }
    size_t lines = 0;
    for (size_t i = 0; i < rest.n; i++) lines += rest.p[i] == '\n';
    if (lines > NOTE_SIGNATURES_MAX) {
        return why_set(why, ERR_TOO_LARGE, "note", "%zu signature lines, at most %d are read", lines,
                       NOTE_SIGNATURES_MAX);
    }
    out->signatures = arena_array(arena, struct note_signature, lines);
    if (!out->signatures) return no_memory(arena, why);
    while (rest.n) {
        size_t n = (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p) + 1;
        if (!signature_parse(arena, (struct str){rest.p, n}, &out->signatures[out->count])) {
            if (arena->failed) return no_memory(arena, why);
            why_set(why, ERR_MALFORMED, "note", "signature line %zu is no \"\u2014 name base64\"", out->count + 1);
            why_at(why, (size_t)(rest.p - bytes.p));
            return ERR_MALFORMED;
        }
        out->count++;
        rest = str_from(rest, n);
    }
    return ERR_NONE;
}

static void line_write(struct str name, uint32_t id, const uint8_t *p, size_t n, struct buf *out)
{
    uint8_t bytes[4 + COSIGNATURE_BYTES] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id};
    memcpy(bytes + 4, p, n);
    buf_puts(out, EM_DASH);
    buf_str_add(out, name);
    buf_putc(out, ' ');
    base64_encode((struct str){(const char *)bytes, 4 + n}, out);
    buf_putc(out, '\n');
}

void note_sign(struct str name, const struct ed25519_key *key, struct str text, struct buf *out)
{
    INVARIANT(note_name_valid(name) && note_text_valid(text));
    uint8_t signature[ED25519_SIGNATURE];
    ed25519_sign(key, text, signature);
    line_write(name, note_key_id(name, NOTE_ED25519, key->public), signature, sizeof signature, out);
}

// What a cosigner signs: two lines, then the whole note text (tlog-cosignature, "Ed25519 signed message").
static struct buf cosigned_message(uint64_t time_s, struct str text)
{
    struct buf message = BUF(NOTE_MAX + 64);
    buf_puts(&message, "cosignature/v1\ntime ");
    buf_u64(&message, time_s);
    buf_putc(&message, '\n');
    buf_str_add(&message, text);
    return message;
}

void note_cosign(struct str name, const struct ed25519_key *key, uint64_t time_s, struct str text, struct buf *out)
{
    INVARIANT(note_name_valid(name) && note_text_valid(text) && time_s <= INT64_MAX);
    struct buf message = cosigned_message(time_s, text);
    if (message.failed) {
        out->failed = true;
    } else {
        uint8_t bytes[COSIGNATURE_BYTES];
        for (size_t i = 0; i < 8; i++) bytes[i] = (uint8_t)(time_s >> (56 - 8 * i));
        ed25519_sign(key, buf_str(&message), bytes + 8);
        line_write(name, note_key_id(name, NOTE_COSIGNATURE, key->public), bytes, sizeof bytes, out);
    }
    buf_free(&message);
}

static enum err cosignature_verify(const struct note_key *key, struct str text, struct str bytes, uint64_t *time_s)
{
    struct cursor c = cursor_of(bytes);
    *time_s = cursor_be64(&c);
    if (c.failed || bytes.n != COSIGNATURE_BYTES || *time_s > INT64_MAX) return ERR_UNTRUSTED;
    struct buf message = cosigned_message(*time_s, text);
    bool failed = message.failed;
    bool ok = !failed && ed25519_verify(key->public, buf_str(&message), (const uint8_t *)bytes.p + 8);
    buf_free(&message);
    return failed ? ERR_NO_MEMORY : ok ? ERR_NONE : ERR_UNTRUSTED;
}

static enum err signature_verify(const struct note_key *key, struct str text, struct str bytes, uint64_t *time_s)
{
    if (key->type == NOTE_COSIGNATURE) return cosignature_verify(key, text, bytes, time_s);
    *time_s = 0;
    bool ok = bytes.n == ED25519_SIGNATURE && ed25519_verify(key->public, text, (const uint8_t *)bytes.p);
    return ok ? ERR_NONE : ERR_UNTRUSTED;
}

enum err note_verify(const struct note *note, const struct note_key *keys, size_t nkeys, struct note_verdict *verdicts,
                     size_t *verified, struct why *why)
{
    size_t count = 0;
    for (size_t k = 0; k < nkeys; k++) {
        const struct note_key *key = &keys[k];
        verdicts[k] = (struct note_verdict){0};
        for (size_t i = 0; i < note->count; i++) {
            const struct note_signature *s = &note->signatures[i];
            if (s->id != key->id || !str_eq(s->name, key->name)) continue;
            uint64_t time_s;
            enum err err = signature_verify(key, note->text, s->bytes, &time_s);
            if (err == ERR_NO_MEMORY) return why_set(why, err, "note", "no memory to check a cosignature");
            if (err)
                return why_set(why, err, "note", "invalid signature for key %.*s+%08x", STR_ARG(key->name), key->id);
            if (time_s > verdicts[k].time_s) verdicts[k].time_s = time_s;
            verdicts[k].verified = true;
        }
        count += verdicts[k].verified;
    }
    if (verified) *verified = count;
    if (count == 0) return why_set(why, ERR_UNTRUSTED, "note", "no signature of a known key");
    return ERR_NONE;
}
