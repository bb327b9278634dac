// SPDX-License-Identifier: Apache-2.0
// Intake: any file that a person or a system hands in, to drafts. It finds out by itself what the bytes are, and gives them
// to the format that reads them. Used by POST /v1/files, the watched folder and `puente import`. Pure: what it must know
// of the world (time, keys, recognised issuers) comes as arguments.
#ifndef FORMATS_INTAKE_H
#define FORMATS_INTAKE_H

#include "formats/document.h"
#include "trust/did.h"

// Whose word counts here. Callbacks are called on the caller's thread, and must be safe on any.
struct intake_trust {
    // The Ed25519 key with which `issuer` ("us.cbp") signs its rosters; false: not recognised.
    bool (*roster_key)(void *context, struct str issuer, uint8_t key[ED25519_PUBLIC]);
    // Whether credentials of this issuer (a DID) count, and by which party's name it is known here; false: not recognised.
    bool (*issuer)(void *context, struct str did, struct str *party);
    void *context;
    const struct did_documents *documents; // pinned did:web documents; NULL: did:key only
};

struct intake {
    const struct identifier_table *identifiers;
    const struct intake_trust *trust; // NULL: rosters and credentials are refused
    int64_t received_ms;              // UTC
    struct str name;                  // the file's name, for what its bytes do not tell; may be empty
    struct str filer;                 // who handed it in, "scheme=value" (mx.rfc=…); empty: as the document says
    struct str reporter;              // the party that reports a threat
    enum label label;
    const char *schema_dir; // of the Carta Porte's XML schemas; NULL: without them
};

// The drafts of one file, not sealed, in the caller's arena; they may point into `bytes`. `out->filer` is for the
// channel's path. Errors: the format's own; ERR_UNSUPPORTED for what no format claims; ERR_TOO_LARGE over
// DOCUMENT_BYTES_MAX.
enum err intake_read(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                     struct why *why) MUST_USE;

#endif
