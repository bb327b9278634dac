// SPDX-License-Identifier: Apache-2.0
// Auth: who is asking. Systems are known by the fingerprint of their certificate, people by a bearer token of 256
// random bits, of which only the SHA-256 is stored (local space "token": key is the hash in hex, value
// {"name","role","scopes":["read","write","stream"],"expires"?}).
#ifndef SERVE_AUTH_H
#define SERVE_AUTH_H

#include "commit/job.h"
#include "serve/caller.h"
#include "serve/serve.h"
#include "views/local.h"

#include <pthread.h>

#define TOKEN_SPACE "token"
#define TOKEN_BYTES 32
#define TOKEN_TEXT_LEN 43 // base64url, no padding

struct token_grant {
    struct str name;    // 1 to CALLER_NAME_MAX bytes of a-z 0-9 . _ -
    enum role role;     // one of ROLE_PEOPLE
    unsigned scopes;    // enum scope
    int64_t expires_us; // UTC; 0: never
};

// A new token: its text, to be shown once, and the write that makes it known (for a job's locals). ERR_USAGE for a
// grant that is not as above.
enum err token_make(struct arena *arena, const struct token_grant *grant, char text[TOKEN_TEXT_LEN + 1],
                    struct local_write *out, struct why *why) MUST_USE;
// The write that takes a token back, by the hash under which it is listed.
struct local_write token_revoke(struct str hash);
// What is stored of one; texts point into the arena or `value`.
enum err token_read(struct arena *arena, struct str value, struct token_grant *out, struct why *why) MUST_USE;

// The failed tries of each address, in a table of fixed size: an address that is pushed out of it starts anew, which a
// guesser of 256 bits may have.
#define TOKEN_TRIES 1024
struct token_tries {
    pthread_mutex_t lock;
    uint64_t key;
    struct token_try {
        uint64_t address; // hash; 0: free
        int64_t since_us; // monotonic
        unsigned failed;
    } at[TOKEN_TRIES];
};
void token_tries_init(struct token_tries *tries);
void token_tries_free(struct token_tries *tries);
// False when the address has failed `most` times within a minute.
bool token_tries_allow(struct token_tries *tries, const char *address, unsigned most, int64_t now_us);
void token_tries_failed(struct token_tries *tries, const char *address, int64_t now_us);

// A certificate that was sent: fills party and certificate, role ROLE_PARTY; ERR_FORBIDDEN when it is of no known
// party. `fingerprint` is hex.
// May this party state that kind at a door? A threat may always be reported (what a report does is the triggers'
// matter); anything else only if its partner file lists it, or any client could open a competitor's seal on paper.
enum err auth_may(const struct serve_party *parties, size_t nparties, const char *party, struct str kind,
                  struct why *why) MUST_USE;
enum err auth_certificate(const struct serve_party *parties, size_t nparties, const char *fingerprint,
                          struct caller *caller, struct why *why) MUST_USE;
// The Authorization header, "Bearer …": role and name of the person. ERR_UNAUTHENTICATED for another scheme and a token
// that is wrong or past its date (the same reason for all of them); ERR_TOO_MANY.
enum err auth_token(struct views *views, struct arena *arena, struct str authorization, int64_t now_us,
                    struct caller *caller, struct why *why) MUST_USE;

#endif
