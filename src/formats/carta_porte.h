// SPDX-License-Identifier: Apache-2.0
// Carta Porte: the Mexican transport document (SAT, Complemento Carta Porte 3.1), road branch, as a CFDI 4.0 or as the
// bare complement. Read by libxml2 without network, DTD or entities.
//
// Two questions: is it valid, is it sensible. Valid by SAT's own schema where a folder of schemas is configured (they
// are not ours to ship), and always by our own checks, written from the specification: elements, attributes, types,
// lengths. Sensible: weights, counts, dates, distances, plates and customs data agree with each other.
#ifndef FORMATS_CARTA_PORTE_H
#define FORMATS_CARTA_PORTE_H

#include "formats/document.h"

#define CARTA_PORTE_DEPTH_MAX 32
#define CARTA_PORTE_ELEMENTS_MAX 100000
#define CARTA_PORTE_ATTRIBUTES_MAX 200 // of one element
#define CARTA_PORTE_OFFSET_DEFAULT (-360)

// SAT's schema, compiled once (half a second) and shared by all threads.
struct carta_porte_schema;

// Compiles CartaPorte31.xsd from `dir` or dir/CartaPorte, with what it imports, and stops libxml2 from reaching for the
// network in this process. Errors: ERR_NOT_FOUND, ERR_MALFORMED.
enum err carta_porte_schema_load(const char *dir, struct carta_porte_schema **out, struct why *why) MUST_USE;
void carta_porte_schema_free(struct carta_porte_schema *schema);

// One `document` draft. `schema` may be NULL. Local times become UTC by context->utc_offset_minutes, and
// facts.local_offset says which was used. why->member is the path of the element or attribute,
// "/CartaPorte/Mercancias/@PesoBrutoTotal". Errors: ERR_MALFORMED (not XML, not valid), ERR_SENSELESS (contradicts
// itself), ERR_UNSUPPORTED (another version, no road branch), ERR_TOO_LARGE. A generic RFC (XEXX010101000,
// XAXX010101000) names nobody and becomes no subject. The draft points into `bytes`, which must outlive it.
enum err carta_porte_parse(struct arena *arena, struct str bytes, const struct carta_porte_schema *schema,
                           const struct document_context *context, struct drafts *out, struct why *why) MUST_USE;

#endif
