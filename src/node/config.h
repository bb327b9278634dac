// SPDX-License-Identifier: Apache-2.0
// Node: a folder on disk becomes a running node: configuration, wiring, life cycle, reload. Knows no wire format.
//
// Config: everything that a node's folder says (docs/configuration.md), read and checked at once: either all of it holds,
// or the reason names file, line and column. Immutable once read; a reload reads another one.
#ifndef NODE_CONFIG_H
#define NODE_CONFIG_H

#include "serve/serve.h"

#define CONFIG_PATH_MAX 4096

struct config_clock {
    bool rehearsal;
    int64_t start_us, reference_us;
    double rate;
};

struct config_issuer {
    struct str issuer, did; // did {NULL,0}: none
    unsigned programmes;    // bits 1 << enum programme
};

struct config_document {
    struct str did, bytes;
};

struct config_keys {
    struct note_key log, witness, agreement; // public halves
    struct ed25519_key log_secret, witness_secret, agreement_secret;
    const char *certificate, *private_key; // PEM paths
    char fingerprint[X509_FINGERPRINT_TEXT];
};

struct config {
    struct arena *arena; // everything lives here
    const char *dir, *database, *socket;
    struct str party;
    const char *https_address;
    uint16_t https_port;
    const char *seals_address; // NULL: no listener
    uint16_t seals_port;
    const char *folder, *page;
    struct config_clock clock;
    struct serve_limits limits;

    struct config_issuer *issuers;
    size_t nissuers;
    struct str *recognised; // the issuers' names, each once
    size_t nrecognised;
    struct str *explainers;
    size_t nexplainers;
    struct note_key *roster_keys;
    size_t nroster_keys;
    struct config_document *documents; // pinned
    size_t ndocuments;
    const char *schemas; // folder, or NULL
    struct str devices;  // JSON array, or empty

    struct config_keys keys;
    struct str keyset; // the signed document
    struct partner *partners; // those with a node: url and log key
    size_t npartners;
    struct serve_party *parties; // all that may come in
    size_t nparties;
    struct rules *rules;
    struct triggers *triggers;
    struct agreement **agreements; // in order of their ids
    struct str *agreement_texts, *agreement_signatures;
    size_t nagreements;
};

// Reads DIR. Errors: those of yaml_read and of each file's own reader, with the file's name in front; ERR_NOT_FOUND for a
// folder that is no node's, ERR_UNTRUSTED for an agreement that a party has not signed or a key set that is not the party
// key's, ERR_STORE for a file that cannot be read.
enum err config_read(const char *dir, struct config **out, struct why *why) MUST_USE;
// Wipes the secrets. NULL is fine.
void config_free(struct config *config);

// Whose word counts for files that come in, over this configuration; `schema` may be NULL. Points into the config.
struct intake_trust config_trust(const struct config *config, const struct did_documents *documents,
                                 const struct carta_porte_schema *schema);
struct did_documents config_documents(const struct config *config);

// The partner file of one party, checked as config_read does. `path` says where relative paths start.
struct config_partner {
    struct str party, url;
    struct str certificate; // PEM
    struct str fingerprint;
    bool has_log, has_witness, has_agreement;
    struct note_key log_key, witness_key, agreement_key;
    struct str party_key; // vkey
};
enum err config_partner_read(struct arena *arena, const char *path, struct config_partner *out, struct why *why) MUST_USE;
// The same as a file: what init writes as public.yaml and link add as partners/PARTY.yaml.
void config_partner_write(const struct config_partner *partner, struct buf *out);

// A whole file of at most `max` bytes into the arena. ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_STORE.
enum err config_file(struct arena *arena, const char *path, size_t max, struct str *out, struct why *why) MUST_USE;

// The documentation of node.yaml, one line a member.
void config_describe(struct buf *out);

#endif
