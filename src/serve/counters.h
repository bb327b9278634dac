// SPDX-License-Identifier: Apache-2.0
// Counters: what the doors saw since the start, for GET /metrics. Any thread adds.
#ifndef SERVE_COUNTERS_H
#define SERVE_COUNTERS_H

#include "base/why.h"

#include <stdatomic.h>
#include <stdint.h>

// X(value, name after "puente_", help). All of them only grow.
#define COUNTER_TABLE(X)                                                                                               \
    X(COUNT_REQUESTS, "http_requests", "HTTP requests")                                                                \
    X(COUNT_CONNECTIONS, "http_connections", "HTTPS connections that were let in")                                     \
    X(COUNT_CONNECTIONS_REFUSED, "http_connections_refused", "HTTPS connections over the rate of new ones")            \
    X(COUNT_CONNECTIONS_SLOW, "http_connections_slow", "HTTPS connections closed for want of a whole request")         \
    X(COUNT_CERTIFICATE_UNKNOWN, "http_certificates_unknown", "requests with a certificate of no known party")         \
    X(COUNT_TOKEN_WRONG, "http_tokens_wrong", "requests with a token that is wrong or past its date")                  \
    X(COUNT_STATEMENTS, "statements_posted", "drafts that came by POST and are on disk")                               \
    X(COUNT_REPEATS, "idempotent_repeats", "requests answered from an earlier one with the same Idempotency-Key")      \
    X(COUNT_READS, "reads_logged", "reads by people that were logged")                                                 \
    X(COUNT_FILES, "files_taken", "files that became statements")                                                      \
    X(COUNT_FILES_FAILED, "files_failed", "files that were refused")                                                   \
    X(COUNT_STREAM_BYTES, "stream_bytes", "bytes of server-sent events")                                               \
    X(COUNT_STREAM_LOST, "stream_lost", "event streams ended because their reader was too slow")                       \
    X(COUNT_DEVICE_CONNECTIONS, "device_connections", "connections of seals that were let in")                         \
    X(COUNT_DEVICE_REFUSED, "device_connections_refused", "connections of seals over a limit")                         \
    X(COUNT_DEVICE_PACKETS, "device_packets", "packets of seals that are on disk")                                     \
    X(COUNT_DEVICE_BAD, "device_packets_bad", "packets of seals that no format reads")                                 \
    X(COUNT_DEVICE_REPEATED, "device_packets_repeated", "packets seen before: answered, not stored again")             \
    X(COUNT_DEVICE_ALTERED, "device_packets_altered", "packets with time and serial of another, and other bytes")      \
    X(COUNT_DEVICE_TWICE, "device_twice", "connections closed because their device opened another")                    \
    X(COUNT_DEVICE_AHEAD, "device_clock_ahead", "packets from the future")                                             \
    X(COUNT_DEVICE_BEHIND, "device_clock_behind", "packets older than two days")                                       \
    X(COUNT_DEVICE_LOST, "device_framing_lost", "connections of seals closed because nothing in them made sense")      \
    X(COUNT_EVIDENCE, "evidence_kept", "bad packets and files that were kept as evidence")                             \
    X(COUNT_EVIDENCE_DROPPED, "evidence_dropped", "bad packets and files over the rate of evidence: only counted")

enum counter {
#define X(value, name, help) value,
    COUNTER_TABLE(X)
#undef X
        COUNT_COUNT
};

struct counters {
    _Atomic uint64_t n[COUNT_COUNT];
    _Atomic uint64_t problems[ERR_COUNT]; // answers that were problem documents, by error
};

static inline void count_add(struct counters *counters, enum counter which, uint64_t by)
{
    atomic_fetch_add_explicit(&counters->n[which], by, memory_order_relaxed);
}

static inline uint64_t count_read(const struct counters *counters, enum counter which)
{
    return atomic_load_explicit(&counters->n[which], memory_order_relaxed);
}

#endif
