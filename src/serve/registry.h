// SPDX-License-Identifier: Apache-2.0
// Registry: what this node knows of the seals and trackers that report to it: whose they are, who made them, and how a
// door sensor is wired. From serve_settings.devices. Read-only once made.
#ifndef SERVE_REGISTRY_H
#define SERVE_REGISTRY_H

#include "base/json.h"
#include "formats/teltonika.h"

#define REGISTRY_MAX 100000
#define REGISTRY_BYTES_MAX ((size_t)32 << 20)

struct registered {
    struct str device; // "jt701d:8000620011", as in a channel's path
    struct str party, vendor, vendor_country;
    struct teltonika_profile profile;
};

// ISO 3166-1 alpha-2 by its look: two capital letters.
bool country_valid(struct str text);

struct registry;

// Copies what it keeps. ERR_MALFORMED with the JSON pointer; ERR_CONFLICT for a device twice; ERR_TOO_LARGE. Empty
// bytes: an empty registry.
enum err registry_read(struct str json, struct registry **out, struct why *why) MUST_USE;
void registry_free(struct registry *registry);
// NULL when it is not known.
const struct registered *registry_find(const struct registry *registry, struct str device);

#endif
