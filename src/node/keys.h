// SPDX-License-Identifier: Apache-2.0
// Keys: those of one party in DIR/keys, made once and read at each start. Every file is for its owner alone.
#ifndef NODE_KEYS_H
#define NODE_KEYS_H

#include "trust/keyset.h"
#include "trust/x509.h"

struct keys {
    struct note_key log, witness, agreement; // named for the party
    struct ed25519_key log_secret, witness_secret, agreement_secret;
    struct str party_key;                  // vkey of the offline party key
    const char *certificate, *private_key; // PEM paths
    struct str certificate_pem;
    char fingerprint[X509_FINGERPRINT_TEXT];
    struct str keyset; // the signed document, bytes of DIR/keyset.json
};

// Makes all of them and DIR/keyset.json. ERR_CONFLICT when one is there already; nothing is overwritten.
enum err keys_make(const char *dir, struct str party, int64_t now_us, struct why *why) MUST_USE;
// Reads them; the key set must name exactly these keys and be signed by the party key. ERR_UNTRUSTED otherwise, and for
// a secret that others may read.
enum err keys_read(struct arena *arena, const char *dir, struct str party, struct keys *out, struct why *why) MUST_USE;
void keys_wipe(struct keys *keys);

// One signer key in a file of its own (0600). ERR_CONFLICT when the file is there; ERR_USAGE for what cannot be a name.
enum err keys_secret_make(const char *path, struct str name, struct note_key *out, struct why *why) MUST_USE;
// The name points into the arena. Wipe the secret after use.
enum err keys_secret_read(struct arena *arena, const char *path, struct note_key *key, struct ed25519_key *secret,
                          struct why *why) MUST_USE;

#endif
