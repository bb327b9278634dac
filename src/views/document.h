// SPDX-License-Identifier: Apache-2.0
// Documents: what each says that another may contradict, and when it was filed.
#ifndef VIEWS_DOCUMENT_H
#define VIEWS_DOCUMENT_H

#include "views/views.h"

struct document {
    struct id id;
    int64_t pos;      // of the newest statement of it
    int64_t filed_in; // commit time of the first, in its own log
    struct str type, number, filer;
    double gross_kg; // negative: not said
    int64_t departure_ms, arrival_ms;
    struct str *seals;
    size_t nseals;
};

// ERR_NOT_FOUND is never returned: *found false when it is linked but nothing is known of it.
enum err document_get(struct views *views, struct arena *arena, const struct id *id, struct document *out, bool *found,
                      struct why *why) MUST_USE;

// Whether a document of one of a crossing's consignments is about that crossing. One pedimento can need many trucks,
// each with papers of its own: what names other crossings, or other vehicles where it names no crossing (a Carta Porte
// does not), says nothing of this one.
enum err document_bears_on(struct views *views, struct arena *arena, const struct id *document,
                           const struct id *crossing, bool *bears, struct why *why) MUST_USE;

enum err document_apply(struct views *, struct arena *, const struct applied *, struct touched *,
                        struct why *) MUST_USE;
extern const char document_schema[];
extern const char *const document_moves[];

#endif
