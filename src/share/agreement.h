// SPDX-License-Identifier: Apache-2.0
// Agreement: what may flow from one party to another, on which legal basis, until when. Default deny: no agreement, no
// flow; a kind that is not listed, a label above the limit, a basis that has ended let nothing out. This file reads,
// signs and judges agreements; it knows no link and no store.
//
//     id: mx.anam-us.cbp
//     version: 1
//     from: mx.anam                      # who discloses
//     to: us.cbp
//     begins: 2026-01-01                 # first day in force, UTC; optional
//     legal_basis: {instrument: …, article: …, expires: 2030-12-31}    # last day in force, UTC
//     purpose: …
//     kinds: [crossing, "custody.*"]     # "custody.*": all below custody; "*": every kind but housekeeping
//     label_max: amber                   # never red
//     withhold:
//       - {kind: "custody.*", members: [raw]}
//       - {kind: subject, noun: driver, members: [ids]}   # only of subjects of that noun
//       - {kind: decision, members: ["reason.*"]}
//     where: destination == "CA"         # only what belongs to such a crossing; optional
//     onward: none                       # or with-originator-agreement
//     retention_days: 365                # how long the receiver keeps it after the end
//     officers: [{party: mx.anam, name: …, contact: …}, …]             # at least one of each party
//
// `where` is a condition over the crossing: `destination`, `direction`, `port` (texts, as declared), `empty` (bool) and
// `carriers` (texts scheme=value, all that is known of who moves it: "mx.caat=3TGZ" in carriers). What is not known, or
// fails, is not in scope.
//
// Signatures stand beside the file, in NAME.yaml.sig: signature lines of a C2SP signed note whose text is the file,
// byte for byte, one by each party's agreement key, the key's name being the party's.
#ifndef SHARE_AGREEMENT_H
#define SHARE_AGREEMENT_H

#include "decide/condition.h"
#include "statement/draft.h"
#include "trust/note.h"

#define AGREEMENT_ID_MAX 128
#define AGREEMENT_KINDS_MAX 128
#define AGREEMENT_WITHHELD_MAX 128
#define AGREEMENT_MEMBERS_MAX 64
#define AGREEMENT_OFFICERS_MAX 16

enum agreement_onward { ONWARD_NONE, ONWARD_WITH_ORIGINATOR_AGREEMENT };

struct agreement_withheld {
    struct str kind;     // may end in ".*", or be "*"
    struct str noun;     // of a subject; {NULL,0}: of any
    struct str *members; // each may end in ".*", or be "*"
    size_t nmembers;
};

struct agreement_officer {
    struct str party, name, contact;
};

struct agreement {
    struct str id;
    int64_t version;
    struct str from, to;
    struct str instrument, article, expires; // expires: as the file has it, "2030-12-31"; article may be {NULL,0}
    int64_t begins_us, ends_us;              // inclusive, exclusive
    struct str purpose;
    struct str *kinds;
    size_t nkinds;
    enum label label_max;
    struct agreement_withheld *withheld;
    size_t nwithheld;
    bool has_where; // otherwise everything is in scope
    struct condition where;
    enum agreement_onward onward;
    int64_t retention_days;
    struct agreement_officer *officers;
    size_t nofficers;
    uint8_t hash[32];        // SHA-256 of the file's bytes
    const struct json *json; // the file, parsed
};

// Everything lives in the arena; nothing points into `yaml`. Errors: those of yaml_read; ERR_MALFORMED with the member
// for anything that is not as above; ERR_SENSELESS for an agreement of a party with itself, or one that ends before it
// begins.
enum err agreement_read(struct arena *arena, struct str yaml, struct agreement **out, struct why *why) MUST_USE;

// Appends one party's signature line over the file's bytes. ERR_MALFORMED if they cannot be a note's text (no newline
// at the end, a tab or another control character, not UTF-8) or the party's name cannot be a key's.
enum err agreement_sign(struct str yaml, const struct ed25519_key *key, struct str party, struct buf *out,
                        struct why *why) MUST_USE;
// Both parties have signed exactly these bytes. `signatures` is what stands in the .sig file. ERR_UNTRUSTED names who
// has not; a line of somebody else does not matter. The caller has read `agreement` from the same `yaml`.
enum err agreement_verify(struct arena *arena, const struct agreement *agreement, struct str yaml,
                          struct str signatures, const uint8_t from_key[ED25519_PUBLIC],
                          const uint8_t to_key[ED25519_PUBLIC], struct why *why) MUST_USE;

// ERR_EXPIRED before the first and after the last day, with the instrument and the date.
enum err agreement_in_force(const struct agreement *agreement, int64_t now_us, struct why *why) MUST_USE;

// May statements of this kind and label leave at all? Housekeeping (access.read, evidence.rejected,
// identifier.conflict, link.*) leaves only where it is listed by more than "*".
bool agreement_lets_out(const struct agreement *agreement, struct str kind, enum label label);
// Must this member of the body stay? `noun` is that of the subject which a `subject` statement is about, otherwise
// {NULL,0}; an entry for one noun also holds where the noun of a subject is not told.
bool agreement_withholds(const struct agreement *agreement, struct str kind, struct str noun, struct str member);

// What is asked of a crossing; {NULL,0} and `known` false for what is not known.
struct agreement_crossing {
    struct str destination, direction, port;
    bool known_empty, empty;
    const struct str *carriers; // "scheme=value"
    size_t ncarriers;
};
bool agreement_in_scope(const struct agreement *agreement, const struct agreement_crossing *crossing);
// Whether that depends on `carriers`, which are costly to look up.
bool agreement_asks_carriers(const struct agreement *agreement);

// The members of an `agreement` statement: the parsed file, and `signatures`, the whole signed note, which anybody who
// has the keys can check. NULL without memory.
struct json *agreement_members(struct arena *arena, const struct agreement *agreement, struct str yaml,
                               struct str signatures);

#endif
