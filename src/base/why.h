// SPDX-License-Identifier: Apache-2.0
// Errors: one enum, one table that gives each value its name, HTTP status and exit code, and `struct why`, the reason
// that travels from where a fault is seen to the problem document, the log line and the audit trail.
#ifndef BASE_WHY_H
#define BASE_WHY_H

#include <stddef.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

// X(value, name (also the metric label and the tail of the problem type), HTTP status, exit code)
#define ERR_TABLE(X)                                                                                                   \
    X(ERR_NONE, "ok", 200, 0)                                                                                          \
    X(ERR_MALFORMED, "malformed", 400, 65)     /* the bytes do not follow their format */                              \
    X(ERR_SENSELESS, "senseless", 422, 65)     /* well formed, but contradicts itself or the world */                  \
    X(ERR_UNSUPPORTED, "unsupported", 415, 65) /* a kind, version or media type that we do not read */                 \
    X(ERR_TOO_LARGE, "too-large", 413, 65)     /* over a stated limit */                                               \
    X(ERR_UNTRUSTED, "untrusted", 403, 77)     /* a signature, proof or hash does not hold */                          \
    X(ERR_EXPIRED, "expired", 403, 77)         /* outside its dates: credential, agreement, token */                   \
    X(ERR_UNAUTHENTICATED, "unauthenticated", 401, 77)                                                                 \
    X(ERR_FORBIDDEN, "forbidden", 403, 77)                                                                             \
    X(ERR_NOT_FOUND, "not-found", 404, 66)                                                                             \
    X(ERR_METHOD, "method-not-allowed", 405, 64)                                                                       \
    X(ERR_CONFLICT, "conflict", 409, 65) /* duplicate, fork, stale size */                                             \
    X(ERR_TOO_MANY, "too-many", 429, 75) /* this caller is over its rate or its number of connections */               \
    X(ERR_BUSY, "busy", 503, 75)         /* a queue is full; try again */                                              \
    X(ERR_STORE, "store", 500, 74)       /* the disk or the database failed */                                         \
    X(ERR_NO_MEMORY, "no-memory", 503, 71)                                                                             \
    X(ERR_UNREACHABLE, "unreachable", 502, 69) /* a partner or a server does not answer */                             \
    X(ERR_USAGE, "usage", 400, 64)                                                                                     \
    X(ERR_INTERNAL, "internal", 500, 70)

enum err {
#define X(value, name, status, code) value,
    ERR_TABLE(X)
#undef X
        ERR_COUNT
};

// Why something was refused. Fixed size, so that it can be filled when nothing else works.
struct why {
    enum err err;
    size_t offset;   // byte offset in the input, 0 where it makes no sense
    char member[80]; // the JSON pointer, XML path, CSV column or field that is wrong; "" where none
    char clause[48]; // the specification's clause, "RFC 8785 3.2.2"; "" where none
    char text[224];  // what is wrong and what to do about it, one sentence, no newline
};

const char *err_name(enum err err);
int err_status(enum err err);
int err_exit(enum err err);

// Fill `why` (may be NULL) and return `err`, so that `return why_set(why, ERR_MALFORMED, "/at", "…")` is one line.
// Does not overwrite a reason that is already there: the innermost reason wins.
enum err why_set(struct why *why, enum err err, const char *member, const char *format, ...) PRINTF_LIKE(4, 5);
#ifdef __clang_analyzer__
// Across files it cannot see that the error comes back, and would follow paths on which a refusal is a success.
#define why_set(why, err, ...) ((void)why_set(why, err, __VA_ARGS__), (err))
#endif

// Add the clause or the offset to a reason that was just set; both return why->err.
enum err why_clause(struct why *why, const char *clause);
enum err why_at(struct why *why, size_t offset);

// A broken invariant of our own: print and abort, in release builds too.
_Noreturn void panic(const char *file, int line, const char *what);
#define INVARIANT(condition) ((condition) ? (void)0 : panic(__FILE__, __LINE__, #condition))

#endif
