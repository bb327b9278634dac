// SPDX-License-Identifier: Apache-2.0
// Signed notes (c2sp.org/signed-note): text, an empty line, and one line a signature. A checkpoint is a note that its
// log signed (type 0x01) and that witnesses countersigned (c2sp.org/tlog-cosignature, type 0x04). Knows nothing of what
// a text means.
//
// Ed25519 rules: those of ed25519.h. Of C2SP's CCTV edge cases this accepts canonical encodings without low-order
// points whose equation holds without the cofactor, and nothing else.
#ifndef TRUST_NOTE_H
#define TRUST_NOTE_H

#include "base/arena.h"
#include "base/why.h"
#include "trust/ed25519.h"

#define NOTE_MAX ((size_t)1 << 20) // bytes of a whole note, as golang.org/x/mod/sumdb/note
#define NOTE_SIGNATURES_MAX 100    // lines; a verifier must accept 16
#define NOTE_NAME_MAX 255          // bytes of a key's name; tlog-cosignature's bound on a cosigner's name

enum note_type { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE = 0x04 };

// Who may sign. `name` points into the text that it was parsed from, or to the caller's.
struct note_key {
    struct str name;
    uint32_t id;
    enum note_type type;
    uint8_t public[ED25519_PUBLIC];
};

// A signature line: `bytes` is what follows the key id, `line` the whole line with its newline.
struct note_signature {
    struct str name;
    uint32_t id;
    struct str bytes;
    struct str line;
};

// `text` ends in a newline; it and `line` point into the bytes that were parsed, `bytes` lives in the arena.
struct note {
    struct str text;
    struct note_signature *signatures;
    size_t count;
};

// Non-empty, valid UTF-8, no Unicode space, no control character, no '+', at most NOTE_NAME_MAX bytes.
bool note_name_valid(struct str name);
// Fit to be signed: ends in a newline, valid UTF-8, no control character but newline, room for a signature below
// NOTE_MAX.
bool note_text_valid(struct str text);

// First four bytes, big-endian, of SHA-256(name || 0x0A || type || public).
uint32_t note_key_id(struct str name, enum note_type type, const uint8_t public[ED25519_PUBLIC]);
// The key with its id. The caller has checked the name.
struct note_key note_key_make(struct str name, enum note_type type, const uint8_t public[ED25519_PUBLIC]);
// A verifier key, "name+hex8+base64(type || public)". Refuses other types (ERR_UNSUPPORTED) and an id that is not that
// of the key (ERR_SENSELESS).
enum err note_key_parse(struct str vkey, struct note_key *out, struct why *why) MUST_USE;
void note_key_format(const struct note_key *key, struct buf *out);
// A signer key, "PRIVATE+KEY+name+hex8+base64(type || seed)", as x/mod and the other C2SP tools keep theirs.
enum err note_secret_parse(struct str text, struct note_key *out, struct ed25519_key *secret, struct why *why) MUST_USE;
void note_secret_format(const struct note_key *key, const struct ed25519_key *secret, struct buf *out);

// Structure only: nothing is trusted before note_verify.
enum err note_parse(struct arena *arena, struct str bytes, struct note *out, struct why *why) MUST_USE;

// Append one signature line over `text`. A new note is text, "\n", then such lines; a cosigner sends the line alone.
// The text must be valid and `name` too. `time_s` is a POSIX time of at most 2^63 - 1.
void note_sign(struct str name, const struct ed25519_key *key, struct str text, struct buf *out);
void note_cosign(struct str name, const struct ed25519_key *key, uint64_t time_s, struct str text, struct buf *out);

// What note_verify found of one key; time_s only for cosignatures (the latest, if it signed twice).
struct note_verdict {
    bool verified;
    uint64_t time_s;
};

// Check every line whose (name, id) is that of a key; lines of others are ignored. `verdicts` has room for nkeys.
// ERR_UNTRUSTED if a known key's signature fails or no known key signed. *verified (may be NULL) counts distinct keys.
enum err note_verify(const struct note *note, const struct note_key *keys, size_t nkeys, struct note_verdict *verdicts,
                     size_t *verified, struct why *why) MUST_USE;

#endif
