// SPDX-License-Identifier: Apache-2.0
// Documents: what Carta Porte, e-manifest and plain JSON documents share: what the door knows beside the bytes, the
// list of drafts that comes out, subjects from checked identifiers, and the original kept to the byte. And the plain
// JSON form of a document itself:
//
//   {"document":{"type":"pedimento","scheme":"mx.pedimento","number":"26  24  3420  6000123"},
//    "at":"2026-03-10T11:30:00Z", "consignments":[{"scheme":"us.paps","value":"TGZA100001"}],
//    "importer":{…}, "filer":{…}, "facts":{"gross_kg":21500}, "goods":[{"description":"steel plate"}]}
#ifndef FORMATS_DOCUMENT_H
#define FORMATS_DOCUMENT_H

#include "formats/identifier.h"

#define DOCUMENT_BYTES_MAX ((size_t)4 << 20)      // of one file
#define DOCUMENT_ORIGINAL_MAX ((size_t)512 << 10) // larger originals are kept by hash; a body has 1 MiB
#define DOCUMENT_GOODS_MAX ((size_t)256 << 10)    // larger lists of goods are counted, not stated

// What a file alone cannot say. `filer` without a scheme: not known but from the document; a filer that the document
// names itself goes first.
struct document_context {
    const struct identifier_table *identifiers;
    int64_t received_ms; // the draft's `at` where the document has no time of its own
    enum label label;
    struct identifier filer;
    int utc_offset_minutes; // of local times without a zone; 0: -360, central Mexico (no zone of Mexico is at 0)
};

// What came out. `filer` is the filer's code for the channel's path, empty where none is known.
struct drafts {
    struct draft *first, *last;
    size_t count;
    struct str filer;
};

void drafts_add(struct drafts *drafts, struct draft *draft);

// A subject of the draft by an identifier that is checked and brought to its normal form; `member` says where it stood,
// for the reason. The same subject twice (noun, scheme, value) is one: *ref is the first. Errors: identifier_check's,
// ERR_TOO_LARGE over RE_MAX. `ref` may be NULL.
enum err document_subject(struct arena *arena, const struct document_context *context, struct draft *draft,
                          enum noun noun, struct str scheme, struct str value, const char *member,
                          struct subject_ref **ref, struct why *why) MUST_USE;
// Another identifier of the same subject.
enum err document_also(struct arena *arena, const struct document_context *context, struct subject_ref *ref,
                       struct str scheme, struct str value, const char *member, struct why *why) MUST_USE;

// The `original` member: {"media","text"|"base64","sha256"}, or {"media","bytes","sha256"} over DOCUMENT_ORIGINAL_MAX.
struct json *document_original(struct arena *arena, const char *media, struct str bytes);
// A time as UTC text, as bodies have it.
void document_put_time(struct arena *arena, struct json *object, const char *name, int64_t ms);
// Puts `goods` on the draft and their number into `facts`.
void document_goods(struct arena *arena, struct draft *draft, struct json *facts, struct json *goods);
// Adds the filer as subject and as member of `document`, from the document (if `own` is an identifier object) or the
// context.
enum err document_filer(struct arena *arena, const struct document_context *context, struct draft *draft,
                        struct json *document, const struct json *own, struct drafts *drafts, struct why *why) MUST_USE;

// One `document` draft from the form above. Errors: json_parse's, ERR_MALFORMED (shape; why->member is the JSON
// pointer), ERR_SENSELESS (a check digit), ERR_UNSUPPORTED (an unknown scheme, or one of another noun), ERR_TOO_LARGE.
// The drafts point into `bytes`, which must outlive them.
enum err document_json_parse(struct arena *arena, struct str bytes, const struct document_context *context,
                             struct drafts *out, struct why *why) MUST_USE;
// Its JSON Schema.
void document_json_schema(struct buf *out);

#endif
