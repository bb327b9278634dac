// SPDX-License-Identifier: Apache-2.0
// Fsck: everything that a store holds, derived again from the statements: headers, disclosures, roots, leaves, tiles,
// the Merkle root, the signed checkpoint, and every view. Names the first thing that disagrees. Reads only.
#ifndef COMMIT_FSCK_H
#define COMMIT_FSCK_H

#include "base/why.h"
#include "trust/note.h"

struct fsck_settings {
    const char *database;
    struct str party;
    const struct note_key *log_key; // NULL: the checkpoint's signature is not checked
    bool views;                     // derive the views too (takes about as long as everything else)
    void (*progress)(void *context, const char *what, int64_t done, int64_t all);
    void *context;
};

struct fsck_report {
    int64_t statements, own, foreign, disclosures, erased_or_withheld;
    uint64_t size;
    uint8_t root[32];
};

// ERR_CONFLICT with what disagrees; ERR_STORE when the store cannot be read.
enum err fsck(const struct fsck_settings *settings, struct fsck_report *report, struct why *why) MUST_USE;

#endif
