// SPDX-License-Identifier: Apache-2.0
// Node: a folder on disk becomes a running node: configuration, wiring, life cycle, reload. Knows no wire format.
//
// Config: everything that a node's folder says (docs/configuration.md), read and checked at once: either all of it
// holds, or the reason names file, line and column. Immutable once read; a reload reads another one.
#ifndef NODE_CONFIG_H
#define NODE_CONFIG_H

#include "node/keys.h"
#include "node/partner_file.h"
#include "serve/serve.h"

#define CONFIG_ISSUERS_MAX 256
#define CONFIG_PARTNERS_MAX 1024
#define CONFIG_AGREEMENTS_MAX 256
#define CONFIG_DOCUMENTS_MAX 256
#define CONFIG_DEVICES_MAX 4000
#define CONFIG_SCANNERS_MAX 256
#define CONFIG_PLANS_MAX 64
#define CONFIG_SIGNERS_MAX 64

struct config_clock {
    bool rehearsal;
    int64_t start_us, reference_us;
    double rate;
};

// Whose credentials and rosters count here.
struct config_issuer {
    struct str issuer, did; // did {NULL,0}: none
    unsigned programmes;    // bits 1 << enum programme
};

// A pinned did:web document.
struct config_document {
    struct str did, bytes;
};

// A person who may sign rule sets. One with several keys stands there several times.
struct config_signer {
    struct str name; // a person's, as others would call them
    struct note_key key;
};

struct config_agreement {
    struct agreement *agreement;
    struct str text, signatures;
};

struct config {
    struct arena arena; // everything lives here
    const char *dir, *database, *socket;
    struct str party;
    const char *https_address;
    uint16_t https_port;
    const char *seals_address; // NULL: no listener
    uint16_t seals_port;
    const char *folder, *page; // page NULL: built in
    struct config_clock clock;
    struct serve_limits limits;

    struct config_issuer *issuers;
    size_t nissuers;
    struct str *recognised; // the issuers' names and DIDs
    size_t nrecognised;
    struct str *explainers;
    size_t nexplainers;
    struct note_key *roster_keys;
    size_t nroster_keys;
    struct config_document *documents;
    size_t ndocuments;
    const char *schemas;              // folder, or NULL
    struct scanner_mappings scanners; // of scanner-logs/
    struct str devices;               // JSON array as serve_settings wants it, or empty

    struct keys keys;
    struct partner_file *files; // of partners and clients, by the names of their files
    size_t nfiles;
    struct partner *partners; // those with a log of their own
    size_t npartners;
    struct serve_party *parties; // all that may come in
    size_t nparties;
    struct config_signer *signers; // who may sign rule sets; none: nobody is asked
    size_t nsigners;
    struct rules *rules;
    const char *rules_path; // the file's
    struct str rules_text, rules_signatures;
    struct str *rules_signed_by; // names
    size_t nrules_signed_by;
    bool rules_unsigned;             // rules run that nobody had to sign
    const struct json *rules_record; // of rules/activation.json; NULL: none
    struct triggers *triggers;
    struct lane_plan **plans; // of the ports whose lanes this node chooses
    size_t nplans;
    struct config_agreement *agreements;
    size_t nagreements;
};

// Reads DIR. Errors: those of yaml_read and of each file's own reader, with the file's name in front; ERR_NOT_FOUND for
// a folder that is no node's, ERR_UNTRUSTED for an agreement or a rule set that is not signed as it must be, or a key
// set that does not fit the keys, ERR_STORE for a file that cannot be read.
enum err config_read(const char *dir, struct config **out, struct why *why) MUST_USE;
// Wipes the secrets. NULL is fine.
void config_free(struct config *config);

// A fraction of the above, for commands that need not the whole: who this node is.
enum err config_party(struct arena *arena, const char *dir, struct str *party, struct why *why) MUST_USE;

// Signature lines of both parties over an agreement's bytes, by the keys of this node and its partners' files.
// ERR_UNTRUSTED names who has not signed; ERR_NOT_FOUND a party whose agreement key is not known here; ERR_FORBIDDEN
// when this node is neither party.
enum err config_agreement_verify(struct arena *arena, const struct config *config, const struct agreement *agreement,
                                 struct str text, struct str signatures, struct why *why) MUST_USE;

// For intake_trust and did_documents, with the config as their context.
bool config_issuer_find(void *config, struct str did, enum programme programme, struct str *name);
bool config_document_find(void *config, struct str did, struct str *document);

// What differs in members that take effect at the next start only; "" when nothing does. Static text.
const char *config_needs_restart(const struct config *running, const struct config *next);

// The documentation of node.yaml, one line a member.
void config_describe(struct buf *out);

#endif
