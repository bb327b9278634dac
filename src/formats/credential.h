// SPDX-License-Identifier: Apache-2.0
// Credentials: who vouches for a driver, carrier, importer or manufacturer, in which programme and for how long. Two
// forms come in: a W3C Verifiable Credential (VC Data Model 2.0) with a Data Integrity proof, here, and a row of a
// signed roster (roster.h). Checked fully offline: whoever is not on the caller's list of issuers, or whose did:web
// document is not pinned, is refused. JSON-LD is not processed: terms mean what the base context says, and what we
// define below.
//
// Our own credential, type TrustedTraderCertificate:
//   "credentialSubject": {"type":"TrustedTrader", "programme":"FAST"|"CTPAT"|"OEA"|"PIP",
//     "role":"driver"|"carrier"|"importer"|"manufacturer", "identifiers":[{"scheme":"us.scac","value":"TGZA"},…],
//     "programmeId":"…", "securityLevel":"…"?}
// The holder stands in `identifiers`, because an `id` must be a URL (VCDM 2.0, 4.4). Also read: CTPATCertificate of the
// traceability vocabulary (role from tradeSector, else from scac, else from importerOfRecord; programme id: sviNumber).
#ifndef FORMATS_CREDENTIAL_H
#define FORMATS_CREDENTIAL_H

#include "formats/identifier.h"
#include "trust/data_integrity.h"

#define CREDENTIAL_BYTES_MAX ((size_t)256 << 10)
#define CREDENTIAL_ID_MAX 64     // bytes of a programme id
#define CREDENTIAL_HOLDERS_MAX 8 // identifiers of the holder, the programme's own among them

enum programme { PROGRAMME_FAST, PROGRAMME_CTPAT, PROGRAMME_OEA, PROGRAMME_PIP };
const char *programme_name(enum programme programme);
bool programme_parse(struct str text, enum programme *out);

enum credential_status { CREDENTIAL_VALID, CREDENTIAL_SUSPENDED, CREDENTIAL_REVOKED };
const char *credential_status_name(enum credential_status status);
bool credential_status_parse(struct str text, enum credential_status *out);

// "driver", "carrier", "importer" or "manufacturer"; no other noun holds a credential.
bool credential_role_parse(struct str text, enum noun *out);

struct credential {
    enum programme programme;
    enum noun role;
    struct identifier holder[CREDENTIAL_HOLDERS_MAX]; // normal forms; the first is the one the issuer named first
    size_t nholder;
    struct str id;             // in the programme, its scheme's normal form where it has a scheme
    struct str issuer;         // the party's name, from the caller's list
    struct str issuer_did;     // empty for a roster's
    struct str security_level; // empty: not said
    int64_t from_ms, to_ms;    // UTC; in force from_ms <= t <= to_ms
    enum credential_status status;
    bool status_unknown; // it names a status list, which an offline check has not seen
    bool from_roster;
};

struct credential_context {
    const struct identifier_table *identifiers;
    int64_t now_ms;                        // UTC
    const struct did_documents *documents; // pinned did:web documents; may be NULL
    // Whether this issuer may vouch in the programme, and by which party name it is known here (valid while the arena
    // is).
    bool (*issuer)(void *context, struct str did, enum programme programme, struct str *name);
    void *issuer_context;
};

// The programme's identifier of a holder in that role: added to `holder` if it is a scheme of identifiers (fast.id for
// drivers, ctpat.svi, oea.id, pip.id for companies), with `id` in its normal form; plain text otherwise. Errors: as
// identifier_check; `member` says where the id stood.
enum err credential_programme_id(struct arena *arena, const struct identifier_table *identifiers, struct str id,
                                 const char *member, struct credential *credential, struct why *why) MUST_USE;
// Adds an identifier of the holder; it must be of a scheme that names the role. The same one twice is one.
enum err credential_holder(struct arena *arena, const struct identifier_table *identifiers, struct str scheme,
                           struct str value, const char *member, struct credential *credential,
                           struct why *why) MUST_USE;

// The structure that VCDM 2.0 demands of any credential, as far as it can be judged without JSON-LD: @context, id,
// type, names, issuer, subject, validity, status, schema, terms, evidence, refresh service, proof. why->clause says
// which.
enum err credential_check(const struct json *document, struct why *why) MUST_USE;

// Bytes to facts: structure, issuer, proof (by a key of the issuer, for assertionMethod), dates, holder. Texts of `out`
// live in the arena or point into `bytes`. Errors: json_parse's, credential_check's, integrity_verify's,
// identifier_check's; ERR_UNSUPPORTED for a type that we do not map, ERR_FORBIDDEN for an issuer that is not on the
// list, ERR_EXPIRED once validUntil has passed (not yet valid is let in: whether it is in force is judged at the
// decision).
enum err credential_verify(struct arena *arena, struct str bytes, const struct credential_context *context,
                           struct credential *out, struct why *why) MUST_USE;

// A `credential` statement about the holder; `original` (may be empty) is kept to the byte. NULL without memory.
struct draft *credential_draft(struct arena *arena, const struct credential *credential, struct str original);

// A signed TrustedTraderCertificate, canonical JSON, appended to `out`: what an administration (or a rehearsal) hands
// over. `method` is the DID URL of the key, `issuer` its DID.
struct credential_offer {
    const struct credential *credential;
    struct str issuer, method, urn; // urn: the credential's own id, "urn:uuid:…"; empty for none
    int64_t created_ms;
};
enum err credential_make(const struct credential_offer *offer, const struct signing_key *key, struct buf *out,
                         struct why *why) MUST_USE;

#endif
