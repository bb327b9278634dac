// SPDX-License-Identifier: Apache-2.0
// Draft: what a door hands to commit: everything of a statement but what only the one writer can give (its time `in`,
// its index, and the random ids behind the identifiers). Formats make drafts; commit turns them into statements.
// Kinds, their members and the order of `re` are listed in docs/statements.md.
#ifndef STATEMENT_DRAFT_H
#define STATEMENT_DRAFT_H

#include "statement/statement.h"

#define NOUN_TABLE(X)                                                                                                  \
    X(NOUN_NONE, "none")                                                                                               \
    X(NOUN_CROSSING, "crossing")                                                                                       \
    X(NOUN_CONVEYANCE, "conveyance")                                                                                   \
    X(NOUN_TRAILER, "trailer")                                                                                         \
    X(NOUN_DRIVER, "driver")                                                                                           \
    X(NOUN_CARRIER, "carrier")                                                                                         \
    X(NOUN_CONSIGNMENT, "consignment")                                                                                 \
    X(NOUN_DOCUMENT, "document")                                                                                       \
    X(NOUN_SEAL, "seal")                                                                                               \
    X(NOUN_IMPORTER, "importer")                                                                                       \
    X(NOUN_MANUFACTURER, "manufacturer")                                                                               \
    X(NOUN_FILER, "filer")                                                                                             \
    X(NOUN_THREAT, "threat")                                                                                           \
    X(NOUN_CHANNEL, "channel")                                                                                         \
    X(NOUN_PORT, "port")                                                                                               \
    X(NOUN_EQUIPMENT, "equipment")

enum noun {
#define X(value, name) value,
    NOUN_TABLE(X)
#undef X
        NOUN_COUNT
};
const char *noun_name(enum noun noun);
bool noun_parse(struct str text, enum noun *out);

// "mx.idccp" = "CCC5f2a1-…": a scheme of the identifier table and a value in its normal form.
struct identifier {
    struct str scheme, value;
};

#define IDENTIFIERS_MAX 16 // of one subject in one draft

// A subject as a door knows it: by its random id, or by one or more identifiers (any one that is known decides; the
// others become known with it).
struct subject_ref {
    enum noun noun;
    struct id id; // none: look the identifiers up
    const struct identifier *ids;
    size_t nids;
};

struct draft {
    struct draft *next;
    struct str kind;
    uint32_t v;
    int64_t at_ms;
    enum label label;
    struct subject_ref *re[RE_MAX]; // re[0] is what the statement is about; the rest are linked to it
    size_t nre;
    struct json *members; // the body before salting
    struct body body;     // after draft_seal
    uint8_t root[32];
    uint64_t index; // in this node's log, set by commit
};

struct draft *draft_new(struct arena *arena, const char *kind, int64_t at_ms, enum label label);
// Adds a subject of which nothing is known yet; the caller sets id or identifiers. NULL over RE_MAX or without memory.
struct subject_ref *draft_subject(struct arena *arena, struct draft *draft, enum noun noun);
// Adds a subject known by one identifier; more with draft_also. Both refuse (NULL / false) over the limits.
struct subject_ref *draft_about(struct arena *arena, struct draft *draft, enum noun noun, struct str scheme,
                                struct str value);
bool draft_also(struct arena *arena, struct subject_ref *ref, struct str scheme, struct str value);
// Puts a member of the body (a disclosure of its own).
void draft_put(struct draft *draft, const char *name, struct json *value);
// Salt, hash and root: the expensive part, on the door's thread. After it the draft must not change.
enum err draft_seal(struct arena *arena, struct draft *draft, struct why *why) MUST_USE;

// The path by which a statement came. Empty members are unknown or not in play. The whole of it names one channel.
struct channel_path {
    struct str door;           // "https", "seal-tcp", "webhook", "folder", "import", "link", "console"
    struct str party;          // who was authenticated: "mx.transportes-garza", or the person "officer:ana"
    struct str certificate;    // SHA-256 of the client certificate, hex
    struct str filer;          // broker or filer code, where the document names one
    struct str address;        // peer IP address, no port
    struct str device;         // "imei:356307042441013", "jt701d:7591225008"
    struct str relay;          // the vendor cloud or gateway that passed it on
    struct str vendor;         // the device's maker
    struct str vendor_country; // ISO 3166-1 alpha-2
    struct str software;       // "name/version"
};
// Canonical text of the path: the key under which commit knows the channel.
void channel_path_text(const struct channel_path *path, struct buf *out);
struct json *channel_path_json(struct arena *arena, const struct channel_path *path);

#endif
