// SPDX-License-Identifier: Apache-2.0
// Roster: the list of trusted traders that an administration hands over, as a dated CSV file (RFC 4180, UTF-8, LF or
// CRLF) with its signature as the last line:
//
//   # issuer: mx.sat
//   # programme: OEA
//   # date: 2026-03-01
//   # valid-days: 30
//   role,scheme,value,programme,programme_id,name,from,to,status
//   carrier,mx.caat,3TGZ,OEA,OEA/0123/2024,"Transportes Garza, S.A.",2025-06-01,2027-05-31,valid
//   # signature: mx.sat+1a2b3c4d <base64 of Ed25519 over all bytes before this line>
//
// The four lines at the top stand in any order, each once; other lines that start with '#' there are comments. All
// dates are days in UTC; `to` is the last day. The signature is checked before anything else is read. One wrong row
// refuses the whole roster, for a roster with rows missing would make traders look untrusted.
#ifndef FORMATS_ROSTER_H
#define FORMATS_ROSTER_H

#include "formats/credential.h"
#include "trust/note.h"

#define ROSTER_ROWS_MAX 100000
#define ROSTER_FIELD_MAX 1024               // bytes of a field
#define ROSTER_BYTES_MAX ((size_t)32 << 20) // of the file
#define ROSTER_LINE_MAX (16 * ROSTER_FIELD_MAX)
#define ROSTER_VALID_DAYS_MAX 400

struct roster_context {
    const struct identifier_table *identifiers;
    int64_t now_ms; // UTC
    // Keys that may sign rosters (type NOTE_ED25519). A key signs for the issuer that its name is, or that its name
    // starts with before a '/': "mx.sat", "mx.sat/rosters".
    const struct note_key *keys;
    size_t nkeys;
};

struct roster_row {
    enum noun role;
    enum credential_status status;
    struct identifier holder;
    struct str id, name; // in the programme; the holder's name, "" if not said
    int64_t from_ms, to_ms;
    uint32_t line;
};

// Texts live in the arena or point into the bytes.
struct roster {
    struct str issuer;
    enum programme programme;
    int64_t date_ms, until_ms; // 00:00 UTC of its date; when it is stale
    const struct roster_row *rows;
    size_t count;
    uint8_t sha256[32]; // of the whole file
};

// ERR_UNTRUSTED: no signature, an unknown key, a key of another issuer, or it does not hold. ERR_EXPIRED: older than
// its valid-days at now_ms. ERR_MALFORMED, ERR_SENSELESS, ERR_UNSUPPORTED: the reason names line and column in
// why->member
// ("line 7, from"), the byte in why->offset. ERR_CONFLICT: a holder and role twice. ERR_TOO_LARGE: a limit above, or
// the arena's: it takes about twice the file.
enum err roster_parse(struct arena *arena, struct str bytes, const struct roster_context *context, struct roster *out,
                      struct why *why) MUST_USE;

// The `roster` statement; NULL without memory.
struct draft *roster_draft(struct arena *arena, const struct roster *roster);
// The `credential` statement of one row; rows are many and drafts large, so the caller makes and commits them in
// slices. Refused as credential_programme_id refuses, but never for a row that roster_parse let through, save
// ERR_NO_MEMORY and ERR_TOO_LARGE (the arena's cap).
enum err roster_row_draft(struct arena *arena, const struct roster *roster, size_t row,
                          const struct identifier_table *identifiers, struct draft **out, struct why *why) MUST_USE;

// The file with its signature line: `bytes` must end in a newline and have no signature yet (ERR_SENSELESS). It is not
// checked otherwise; roster_parse does that.
enum err roster_sign(struct str bytes, struct str key_name, const struct ed25519_key *key, struct buf *out,
                     struct why *why) MUST_USE;

#endif
