// SPDX-License-Identifier: Apache-2.0
// Intake: any file that a person or a system hands in, to drafts. It finds out by itself what the bytes are, and gives
// them to the format that reads them. Used by POST /v1/files, the watched folder and `puente import`. Pure: what it
// must know of the world (time, keys, recognised issuers) comes as arguments.
//
// The folder formats/: bytes from outside to drafts, one format a file: pure functions over memory, each with a fuzz
// target. It may not do I/O, read a clock, or trust a length.
#ifndef FORMATS_INTAKE_H
#define FORMATS_INTAKE_H

#include "formats/carta_porte.h"
#include "formats/credential.h"
#include "formats/roster.h"
#include "formats/scanner_log.h"

// Whose word counts here, and by what files are judged. Read-only while in use; one serves all threads, and so must the
// callback.
struct intake_trust {
    const struct note_key *roster_keys; // that may sign rosters
    size_t nroster_keys;
    // Whether credentials of this issuer (a DID) count in the programme, and by which party's name it is known here
    // (valid while the arena of the call is); false: not recognised. NULL: credentials are refused.
    bool (*issuer)(void *context, struct str did, enum programme programme, struct str *name);
    void *context;
    const struct did_documents *documents;        // pinned did:web documents; NULL: did:key only
    const struct carta_porte_schema *carta_porte; // SAT's schema; NULL: our own checks alone
    const struct scanner_mappings *scanners;      // mappings of scanner logs; NULL: none
};

struct intake {
    const struct identifier_table *identifiers;
    const struct intake_trust *trust; // NULL: rosters and credentials are refused
    int64_t received_ms;              // UTC
    struct str name;                  // the file's name, for what its bytes do not tell; may be empty
    struct str filer;                 // who handed it in, "scheme=value" (mx.rfc=…); empty: as the document says
    struct str reporter;              // the party that reports a threat
    enum label label;
};

// The drafts of one file, not sealed, in the caller's arena; they may point into `bytes`. `out->filer` is for the
// channel's path. Errors: the format's own; ERR_UNSUPPORTED for what no format claims; ERR_TOO_LARGE over
// the format's limit, or when the arena is too small (16 times the file, and 8 KiB a row or record, is enough);
// ERR_SENSELESS when it says nothing; ERR_FORBIDDEN for a roster or credential where nobody's count.
enum err intake_read(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                     struct why *why) MUST_USE;

#endif
