// SPDX-License-Identifier: Apache-2.0
// Caller: who is asking, as the door found out, and what each role is a bit of.
#ifndef SERVE_CALLER_H
#define SERVE_CALLER_H

#include "trust/x509.h"

#define ROLE_TABLE(X)                                                                                                  \
    X(ROLE_OFFICER, 0, "officer")                                                                                      \
    X(ROLE_ANALYST, 1, "analyst")                                                                                      \
    X(ROLE_OPERATOR, 2, "operator")                                                                                    \
    X(ROLE_AUDITOR, 3, "auditor")                                                                                      \
    X(ROLE_ADMIN, 4, "admin")                                                                                          \
    X(ROLE_PARTY, 5, "party")         /* a system, by its certificate; never by a token */                             \
    X(ROLE_TARGETING, 8, "targeting") /* an analyst who reads, and may ask what would have changed a lane */

// Roles as bits, so that a route names all that may call it.
enum role {
#define X(value, bit, name) value = 1 << bit,
    ROLE_TABLE(X)
#undef X
        ROLE_NONE = 0,                             // nobody known
    ROLE_ANALYSTS = ROLE_ANALYST | ROLE_TARGETING, // who reads what analysts read
    ROLE_PEOPLE = ROLE_OFFICER | ROLE_ANALYSTS | ROLE_OPERATOR | ROLE_AUDITOR | ROLE_ADMIN,
    ROLE_KNOWN = ROLE_PEOPLE | ROLE_PARTY,
    ROLE_LOOPBACK = 1 << 6, // on routes only: whoever calls from this machine
    ROLE_ANYBODY = 1 << 7,  // on routes only
};

// What a token may be used for beside its role.
enum scope { SCOPE_READ = 1, SCOPE_WRITE = 2, SCOPE_STREAM = 4, SCOPE_ALL = 7 };

#define CALLER_NAME_MAX 128
#define CALLER_ADDRESS_MAX 46 // INET6_ADDRSTRLEN

struct caller {
    enum role role; // one bit, or ROLE_NONE
    unsigned scopes;
    bool loopback;
    char name[CALLER_NAME_MAX + 1];          // "ana", or the party
    char actor[CALLER_NAME_MAX + 16];        // "officer:ana", "party:mx.anam"; "" for nobody
    char party[CALLER_NAME_MAX + 1];         // of the certificate, "" without one
    char certificate[X509_FINGERPRINT_TEXT]; // "" without one
    char address[CALLER_ADDRESS_MAX];
};

static inline bool caller_is(const struct caller *caller, unsigned roles)
{
    return (caller->role & roles) != 0 || (roles & ROLE_ANYBODY) || ((roles & ROLE_LOOPBACK) && caller->loopback);
}

static inline bool caller_is_person(const struct caller *caller)
{
    return (caller->role & ROLE_PEOPLE) != 0;
}

// "officer"; "" for no single role. And back: ROLE_NONE for no role of people.
const char *role_name(enum role role);
enum role role_parse(struct str name);

#endif
