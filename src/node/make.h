// SPDX-License-Identifier: Apache-2.0
// Make: a new node's folder, complete and ready to run: keys, key set, configuration, a first set of rules, and
// public.yaml for its partners.
#ifndef NODE_MAKE_H
#define NODE_MAKE_H

#include "base/arena.h"
#include "base/why.h"

struct make_settings {
    const char *dir;
    struct str party;
    const char *address; // numeric; NULL: 127.0.0.1
    int https_port;      // 0: any free one
    int seals_port;      // -1: no listener
    const char *url;     // how partners reach it; NULL: from address and port
    int64_t now_us;      // wall time, for the certificate and the key set
};

#define MAKE_HTTPS_PORT 8443

// The folder may be there if it is empty. ERR_CONFLICT when something is in it; ERR_USAGE for a party, address or url
// that cannot be one. What was made stays when a later step fails.
enum err make_node(const struct make_settings *settings, struct why *why) MUST_USE;

#endif
