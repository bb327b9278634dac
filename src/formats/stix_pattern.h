// SPDX-License-Identifier: Apache-2.0
// The part of STIX 2.1 patterns (clause 9) that names things one by one: comparisons by = or IN, joined by OR, in one
// or several observations joined by OR; and software's name, version and vendor joined by AND. Any other pattern says
// when something is the case, not what is suspect, and names nothing here.
#ifndef FORMATS_STIX_PATTERN_H
#define FORMATS_STIX_PATTERN_H

#include "base/arena.h"

// Calls `name` for each, or not at all. `what` is address, domain, certificate, software or, for x-puente-channel, its
// property. Values are as they stand in the pattern, unescaped, in the arena; `version` only for software.
void stix_pattern_names(struct arena *arena, struct str pattern,
                        void (*name)(void *user, const char *what, struct str value, struct str version), void *user);

// The form in which channels know a value: addresses as inet_ntop writes them (a range of one address is that address),
// hosts of URLs, lower-case domains without a final dot, SHA-256 as 64 lower-case hexadecimal digits. A host that is an
// address turns *what to "address". Empty where it is no such thing.
struct str stix_name_normal(struct arena *arena, const char **what, struct str value);

#endif
