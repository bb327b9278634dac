// SPDX-License-Identifier: Apache-2.0
// e-manifest: the facts of a truck's pre-arrival filing (US ACE, Canadian ACI, Mexican DODA) as plain JSON; its form is
// docs/schemas/emanifest.schema.json, written from the table that checks it:
//
//   {"trip":{"scheme":"us.ace.trip","number":"TGZA20260310001","port":"2304","eta":"2026-03-10T19:00:00Z",
//            "direction":"northbound","carrier":{"scac":"TGZA","caat":"3TGZ"}},
//    "conveyance":{"plate":"501AA","country":"MX"}, "trailers":[{"plate":"21TR43","country":"MX"}],
//    "driver":{"fast_id":"987654321"},
//    "shipments":[{"control":"TGZA100001","description":"steel plate","weight_kg":21500,"pieces":12,
//                  "importer":{"scheme":"us.ior","value":"12-345678900"},
//                  "manufacturer":{"scheme":"us.mid","value":"MXACENOR100APO"},"seals":["HS1234567"],
//                  "documents":[{"scheme":"mx.pedimento","value":"26  24  3420  6000123"}]}]}
//
// What comes out: one `crossing`; one `document` of type e-manifest that links shipments, importers, manufacturers,
// filer and the other documents (several about the same document, where one statement cannot hold all subjects); one
// `document` of type in-bond for each in-bond movement.
//
// A shipment is a consignment by its control number. Its pedimento is a consignment of its own beside it, never another
// name of the shipment: one pedimento can need many trucks.
#ifndef FORMATS_EMANIFEST_H
#define FORMATS_EMANIFEST_H

#include "formats/document.h"

#define EMANIFEST_SHIPMENTS_MAX 90

// Errors: json_parse's; ERR_MALFORMED, with the JSON pointer in why->member, for shape and identifiers; ERR_SENSELESS
// for check digits, a truck that is empty and loaded, a control number twice, a trip number of another carrier;
// ERR_UNSUPPORTED for an identifier scheme that does not name what it stands for; ERR_TOO_LARGE. Drafts point into
// `bytes`, which must outlive them.
enum err emanifest_parse(struct arena *arena, struct str bytes, const struct document_context *context,
                         struct drafts *out, struct why *why) MUST_USE;
void emanifest_schema(struct buf *out);

#endif
