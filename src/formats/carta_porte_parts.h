// SPDX-License-Identifier: Apache-2.0
// The parts of the reader of Carta Porte, for carta_porte*.c alone: the document on its way from bytes to a draft, and
// what the parts ask of each other. Errors are told at the path of their element or attribute.
#ifndef FORMATS_CARTA_PORTE_PARTS_H
#define FORMATS_CARTA_PORTE_PARTS_H

#include "formats/carta_porte.h"

#include <libxml/parser.h>

#define NS_CARTA_PORTE "http://www.sat.gob.mx/CartaPorte31"
#define CARTA_PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA)

// One document while it is read.
struct carta_reading {
    struct arena *arena;
    const struct document_context *context;
    struct why *why;
    xmlNode *root; // CartaPorte
    bool invalid;  // SAT's schema has refused something
};

// --- carta_porte_bytes.c

// Before libxml2 sees them: size, UTF-8, no DOCTYPE, bounded depth, number of elements and of attributes. Errors:
// ERR_MALFORMED, ERR_TOO_LARGE.
enum err carta_bytes_check(struct str bytes, struct why *why) MUST_USE;

// --- carta_porte_node.c

bool carta_node_is(const xmlNode *n, const char *ns, const char *name);
// `n` or its first sibling behind it that is an element `name` of Carta Porte; NULL if there is none.
xmlNode *carta_node_next(xmlNode *n, const char *name);
// The first child of that name; NULL without one or without a parent.
xmlNode *carta_node_child(const xmlNode *parent, const char *name);
#define node_each(item, parent, name)                                                                                  \
    for (xmlNode *item = carta_node_child(parent, name); item; item = carta_node_next(item->next, name))

// "/CartaPorte/Mercancias/Mercancia[2]", and "/@PesoEnKg" behind it where `name` is not NULL. What does not fit is left
// out at the front.
void carta_node_path(const xmlNode *n, const char *name, char out[80]);

// The attribute's value in the arena; {NULL,0} if it is absent, `n` is NULL or there is no memory.
struct str carta_attribute(struct arena *arena, const xmlNode *n, const char *name);
bool carta_attribute_is(struct carta_reading *r, const xmlNode *n, const char *name, const char *value);
// 0 if it is absent or no number.
double carta_attribute_number(struct carta_reading *r, const xmlNode *n, const char *name);

// Tells `err` at the attribute `name` (NULL: at the element) of `n`, with its line. ERR_NO_MEMORY instead where the
// arena has failed.
enum err carta_fault(struct carta_reading *r, enum err err, const xmlNode *n, const char *name, const char *format, ...)
    PRINTF_LIKE(5, 6);
enum err carta_no_memory(struct carta_reading *r);

// --- carta_porte_value.c

// The form of an attribute's value.
enum carta_kind {
    CARTA_TEXT,   // min to max characters, none of them '|'
    CARTA_DIGITS, // min to max digits
    CARTA_NUMBER, // decimal over zero with at most max decimals
    CARTA_COUNT,  // whole number from 1
    CARTA_CHOICE, // one of `choices`
    CARTA_IDCCP,  // CCC and the rest of a UUID
    CARTA_UUID,
    CARTA_PEDIMENTO, // "YY  AA  PPPP  NNNNNNN"
    CARTA_MOMENT,    // local date and time to the second
    CARTA_DAY,
    CARTA_PLATE, // 5 to 7 characters without blanks or hyphens
    CARTA_RFC,
    CARTA_COUNTRY, // ISO 3166-1 alpha-3
    CARTA_SITE,    // OR or DE and six digits
};

// What an attribute of an element must be.
struct carta_attribute_rule {
    const char *element, *name;
    bool required;
    enum carta_kind kind;
    int min, max;
    const char *const *choices;
};

// Does the value have the form that the rule asks for?
bool carta_value_fits(const struct carta_attribute_rule *rule, struct str v);
// What the form is, for "… is not …".
const char *carta_kind_text(enum carta_kind kind);
// `choices` ends with NULL.
bool carta_choice_fits(struct str v, const char *const *choices);
// xs:decimal over zero, at most `decimals` of them.
bool carta_number_read(struct str v, int decimals, double *out);
// Local time as UTC milliseconds of the same face.
bool carta_moment_read(struct str v, int64_t *face_ms);

// --- carta_porte_rules.c

// Our own checks of validity, of `n` and everything below: elements, attributes, types, lengths. Errors: ERR_MALFORMED.
enum err carta_elements_check(struct carta_reading *r, xmlNode *n) MUST_USE;

// --- carta_porte_schema.c

// The complement by SAT's schema; `bytes` are the whole document. Errors: ERR_MALFORMED, ERR_NO_MEMORY.
enum err carta_schema_check(struct carta_reading *r, struct str bytes,
                            const struct carta_porte_schema *schema) MUST_USE;
// libxml2's message without namespaces and line end.
void carta_message_clean(const char *message, char *out, size_t room);

// --- carta_porte_sense.c

// Weights, counts, dates, distances, plates and customs data agree with each other. The elements have been checked.
// Errors: ERR_SENSELESS.
enum err carta_sense_check(struct carta_reading *r) MUST_USE;

// --- carta_porte_draft.c

// What stands around the complement in a CFDI; {NULL,0} each for a bare complement.
struct carta_invoice {
    struct str uuid, issuer, stamped;
};

// Adds the one draft of a document that has passed all checks. Errors: those of document_subject, ERR_NO_MEMORY.
enum err carta_draft_make(struct carta_reading *r, struct str bytes, const struct carta_invoice *invoice,
                          struct drafts *out) MUST_USE;

#endif
