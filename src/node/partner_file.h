// SPDX-License-Identifier: Apache-2.0
// Partner file: how one party is known to another: its certificate and, if it runs a node, its address and keys. A
// node's own public.yaml is one, and so is each file of DIR/partners.
#ifndef NODE_PARTNER_FILE_H
#define NODE_PARTNER_FILE_H

#include "trust/note.h"
#include "trust/x509.h"

#define PARTNER_FILE_MAX 65536 // bytes
#define PARTNER_MAY_MAX 32

struct partner_file {
    struct str party, url;  // url {NULL,0}: none
    struct str certificate; // PEM
    char fingerprint[X509_FINGERPRINT_TEXT];
    bool has_log, has_witness, has_agreement, has_party;
    struct note_key log, witness, agreement, key; // key: the party key
    struct str may[PARTNER_MAY_MAX];              // kinds that it may state at our doors: "document", "custody.*", "*"
    size_t nmay;
};

// Errors: yaml_read's, note_key_parse's, x509_fingerprint's, with the file in front. ERR_SENSELESS for a key that is of
// another party or of the wrong type, and for an address that is not https://host[:port].
enum err partner_file_read(struct arena *arena, const char *path, struct partner_file *out, struct why *why) MUST_USE;
// With the certificate in it, whatever file it was in.
void partner_file_write(const struct partner_file *partner, struct buf *out);

#endif
