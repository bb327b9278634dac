// SPDX-License-Identifier: Apache-2.0
// STIX 2.1 bundles (OASIS, 10 June 2021) to `threat` drafts: what each object reports, and which channels it names.
//
// A draft for each object but those that only help to say it (relationships, identities, observables, markings): they
// are stated with the objects that lean on them, in `related`, and on their own where none does. Nothing is dropped.
//
// What names a channel: an indicator's pattern, where it is one comparison or several joined by OR, each by = or IN;
// the observables, software and infrastructure that an incident, observed-data or vulnerability refers to or is related
// to; and, since STIX has no object for a filer or a device, `x_puente_identifiers` [{"scheme","value"}] on any object
// or in one of its extensions, an identity's external_references with one of our schemes as source_name, and the
// pattern object x-puente-channel ("[x-puente-channel:device = '356307042441013']"). A scheme may also be one of the
// words filer, address, domain, certificate, device, vendor, software, party.
#ifndef FORMATS_STIX_H
#define FORMATS_STIX_H

#include "formats/document.h"

#define STIX_BYTES_MAX ((size_t)16 << 20)
#define STIX_OBJECTS_MAX 20000
#define STIX_NAMES_MAX 512                   // of one object
#define STIX_RELATED_MAX ((size_t)128 << 10) // bytes of `related` in one draft

struct stix_context {
    const struct identifier_table *identifiers;
    int64_t received_ms;
    struct str reporter; // who handed it in: the reporter where the object names no author
    enum label label;    // a draft gets the stricter of this and the object's TLP markings
};

// Appends the drafts: earlier versions of an object before later ones, otherwise in the bundle's order. An arena of 16
// times the bundle and 8 KiB an object is enough. Errors: json_parse's; ERR_MALFORMED (why->member is the JSON pointer:
// no bundle, ids, timestamps, identifiers); ERR_CONFLICT (one id, one version, two contents); ERR_SENSELESS (an
// interval that ends before it begins, references in a circle, an empty bundle); ERR_UNSUPPORTED (STIX 2.0, unknown
// scheme); ERR_TOO_LARGE. Drafts point into `bytes`, which must outlive them.
enum err stix_parse(struct arena *arena, struct str bytes, const struct stix_context *context, struct drafts *out,
                    struct why *why) MUST_USE;

#endif
