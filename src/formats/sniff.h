// SPDX-License-Identifier: Apache-2.0
// Sniff: what a file is, from its bytes. It recognises, it does not judge: the format's own parser says whether the
// file is good, and a broken file of a kind is still of that kind, so that the reason is about what was meant.
#ifndef FORMATS_SNIFF_H
#define FORMATS_SNIFF_H

#include "base/bytes.h"

// X(value, name)
#define SNIFF_TABLE(X)                                                                                                 \
    X(SNIFF_UNKNOWN, "unknown")                                                                                        \
    X(SNIFF_CARTA_PORTE, "carta-porte") /* XML: Carta Porte, or a CFDI */                                              \
    X(SNIFF_EMANIFEST, "e-manifest")    /* JSON with a trip */                                                         \
    X(SNIFF_DOCUMENT, "document")       /* JSON with a document */                                                     \
    X(SNIFF_ROSTER, "roster")           /* CSV */                                                                      \
    X(SNIFF_CREDENTIAL, "credential")   /* JSON with an @context */                                                    \
    X(SNIFF_STIX, "stix")               /* JSON of type bundle */                                                      \
    X(SNIFF_BOLT_SEAL, "bolt-seal")     /* JSON with a seal and an event */                                            \
    X(SNIFF_BORDER_WAIT, "border-wait") /* JSON: an array of crossings with a port_number */                           \
    X(SNIFF_SCANNER_LOG, "scanner-log") /* CSV: a header of three columns or more that is no roster's */               \
    X(SNIFF_EQUIPMENT, "equipment")     /* YAML with a list of equipment */                                            \
    X(SNIFF_STATEMENTS, "statements")   /* JSON: one draft with a kind, or an array of them */                         \
    X(SNIFF_JOINTECH, "jointech")       /* what a Jointech device sends */                                             \
    X(SNIFF_TELTONIKA, "teltonika")     /* what a Teltonika device sends */

enum sniff {
#define X(value, name) value,
    SNIFF_TABLE(X)
#undef X
        SNIFF_COUNT
};
const char *sniff_name(enum sniff format);

// Linear in the bytes, without memory. `file_name` is asked only where the bytes do not tell; it may be empty.
enum sniff sniff(struct str bytes, struct str file_name);

#endif
