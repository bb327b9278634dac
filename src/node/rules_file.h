// SPDX-License-Identifier: Apache-2.0
// Rule files: a rule set as people sign it (FILE and FILE.sig), put in force in DIR/rules once two of those who may
// have signed its very bytes, and taken back from DIR/rules/past.
//
//     rules/NAME.yaml, NAME.yaml.sig     the set in force and its signatures
//     rules/activation.json              how it came to be in force: {"hash","previous"?,"report"?,"by","reason"?,"at"}
//     rules/past/<hash>.yaml, .yaml.sig  the sets before it, by the SHA-256 of their bytes
#ifndef NODE_RULES_FILE_H
#define NODE_RULES_FILE_H

#include "node/config.h"

#define RULES_SIGNATURES_LEAST 2
#define RULES_FILE_MAX ((size_t)768 << 10) // bytes: as a statement's member it must fit a body
#define RULES_HASH_TEXT 64
#define RULES_MAX_AGE_DAYS 30 // of the history that a back-test rests on

struct rules_file {
    const char *path;
    struct str text, signatures; // signatures empty without FILE.sig
    struct rules *rules;
    struct str hash; // lower-case hex
};

// Errors: file_read's, rules_read's with the file in front, ERR_TOO_LARGE.
enum err rules_file_read(struct arena *arena, const char *path, struct rules_file *out, struct why *why) MUST_USE;
// Adds the signature of the key in `key_path` to FILE.sig, once: *fresh tells whether it was missing, *name (arena)
// whose it is. ERR_MALFORMED for a file that is no rule set, or cannot be signed (tabs, no newline at its end).
enum err rules_file_sign(struct arena *arena, const char *path, const char *key_path, bool *fresh, struct str *name,
                         struct why *why) MUST_USE;

// Names (arena) of the listed people whose signatures over these bytes hold, each once, in the list’s order; lines of
// others and lines that do not hold count for nothing. ERR_MALFORMED for what are no signature lines.
enum err rules_signed_by(struct arena *arena, const struct config_signer *signers, size_t nsigners, struct str text,
                         struct str signatures, struct str **names, size_t *count, struct why *why) MUST_USE;
// Whether a set changes anything or runs: then it wants signatures.
bool rules_want_signatures(const struct rules *rules);

// ---- Putting one in force ----

struct rules_activation {
    const char *file, *report; // paths
    bool little_history;       // it is known that the report rests on little
    int64_t max_age_days;
    struct str by; // who does it
};

// What was put in force, and what stood there before, so that it can be put back.
struct rules_installed {
    struct str hash, previous;
    struct str *signers;
    size_t nsigners;
    const char *path;
    struct str old_text, old_signatures, old_record;
};

// Checks everything: own cases, static checks, signatures, the report (that it is of this set beside the one in force,
// that its history is in this log, recent and not little, and that running it again gives the same figures); then puts
// it in force. A node that runs is to be reloaded after it. ERR_SENSELESS: the rules; ERR_UNTRUSTED: signatures;
// ERR_CONFLICT: it is in force already, or the report is of something else; ERR_EXPIRED: the report is stale.
enum err rules_activate(struct arena *arena, const char *dir, const struct rules_activation *activation,
                        struct rules_installed *out, struct why *why) MUST_USE;
// The set before the one in force, or that of `to` (hex, or the first 8 digits and more of it; {NULL,0}: the one
// before). Its signatures are verified again.
enum err rules_roll_back(struct arena *arena, const char *dir, struct str to, struct str reason, struct str by,
                         struct rules_installed *out, struct why *why) MUST_USE;
// Puts back what stood there, when the node would not take it.
enum err rules_restore(struct arena *arena, const char *dir, const struct rules_installed *installed,
                       struct why *why) MUST_USE;
// A set of DIR/rules/past by its hash (as above). ERR_NOT_FOUND; ERR_USAGE when several begin so; ERR_UNTRUSTED when
// the bytes are of another hash.
enum err rules_past_read(struct arena *arena, const char *dir, struct str hash, struct rules_file *out,
                         struct why *why) MUST_USE;

#endif
