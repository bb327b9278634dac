// SPDX-License-Identifier: Apache-2.0
// Bolt seal: what a person or a yard's system says of a mechanical seal (bolt, cable, tape), as JSON:
//
//   {"seal": {"number", "grade", "country"?, "manufacturer"?},
//    "event": "on" | "off" | "inspected" | "replaced",
//    "trailer": {"plate"?, "number"?: one at least}, "time", "place"?,
//    "inspection"?: {"view", "verify", "tug", "twist": "pass" | "fail" | "not-done", "photo_sha256"?, "inspector"?},
//    "replaced_by"?: {as "seal"}, "reason"?}
//
// and as drafts. States what was done; whether a replacement counts as explained is the view's to say.
#ifndef FORMATS_BOLT_SEAL_H
#define FORMATS_BOLT_SEAL_H

#include "statement/draft.h"

// ISO 17712: the letter H, S or I marked on the seal. In JSON "high-security", "security", "indicative" or the letter.
enum bolt_seal_grade { BOLT_SEAL_HIGH_SECURITY, BOLT_SEAL_SECURITY, BOLT_SEAL_INDICATIVE };
const char *bolt_seal_grade_name(enum bolt_seal_grade grade); // as in JSON
char bolt_seal_grade_letter(enum bolt_seal_grade grade);

// The number marked on a seal, in the normal form of the scheme iso17712: 4 to 20 capital letters and digits; at least
// one digit, so that "NONE" is no seal. Hyphens and spaces between them are not part of it.
#define BOLT_SEAL_NUMBER_MIN 4
#define BOLT_SEAL_NUMBER_MAX 20
// Writes the normal form; false if the text is no seal number.
bool bolt_seal_number(struct str text, char out[BOLT_SEAL_NUMBER_MAX + 1]);

struct bolt_seal_mark {
    char number[BOLT_SEAL_NUMBER_MAX + 1];
    enum bolt_seal_grade grade;
    struct str country, manufacturer; // empty: not said; country is ISO 3166-1 alpha-2
};

enum bolt_seal_event { BOLT_SEAL_ON, BOLT_SEAL_OFF, BOLT_SEAL_INSPECTED, BOLT_SEAL_REPLACED };
enum bolt_seal_check { BOLT_SEAL_NOT_DONE, BOLT_SEAL_PASS, BOLT_SEAL_FAIL };

// VVTT: view seal and hardware, verify the number against the documents, tug it, twist it.
struct bolt_seal_inspection {
    enum bolt_seal_check view, verify, tug, twist;
    struct str photo_sha256; // 64 lower-case hexadecimal digits; empty: no photo
    struct str inspector;    // empty: not said
};

struct bolt_seal {
    struct bolt_seal_mark seal;
    enum bolt_seal_event event;
    struct str trailer_plate, trailer_number; // at least one; normal forms of trailer.plate, trailer.number
    int64_t at_ms;
    struct str place, reason; // empty: not said
    bool inspected;
    struct bolt_seal_inspection inspection;
    struct bolt_seal_mark replaced_by; // BOLT_SEAL_REPLACED
};

// All four checks were made; and all four passed.
bool bolt_seal_inspection_complete(const struct bolt_seal_inspection *inspection);
bool bolt_seal_inspection_passed(const struct bolt_seal_inspection *inspection);

// Reads one JSON object; everything points into `input` or the arena. ERR_MALFORMED with the JSON pointer of the member
// that is wrong, absent or unknown; ERR_SENSELESS for a seal replaced by itself, or a member that the event cannot
// have. "inspected" needs `inspection`, "replaced" needs `replaced_by`.
enum err bolt_seal_parse(struct arena *arena, struct str input, struct bolt_seal *out, struct why *why) MUST_USE;

// One custody.seal about {NOUN_SEAL, "iso17712", number} and the trailer ({NOUN_TRAILER, "plate" or
// "trailer.number"}); for a replacement a second one, linked by `next`: the new seal goes on. Label amber (the caller
// may change it before draft_seal). `status` has the facts that a view weighs: grade letter, inspection_complete,
// inspection_passed, photo, and place, reason, manufacturer, country where they were said. `why` may be NULL.
enum err bolt_seal_draft(struct arena *arena, const struct bolt_seal *seal, struct draft **out,
                         struct why *why) MUST_USE;

#endif
