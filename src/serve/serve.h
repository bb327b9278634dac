// SPDX-License-Identifier: Apache-2.0
// Serve: the doors. HTTPS (partners, systems, people, the page), a TCP listener for seals, a webhook for what their
// makers' clouds relay, a watched folder, the event stream and the metrics. Each door bounds what strangers may use up,
// knows who is there, turns bytes into drafts with src/formats and hands them to commit; it answers when they are on
// disk, never before. Serve decides nothing and stores nothing but through commit; it reads through handles of its own.
//
// Threads: two HTTPS workers (libmicrohttpd's), one loop for devices, one for the folder, two for calls that wait for
// commit (links, witnessing), one clock. They share nothing but bounded queues, and the settings under a lock.
//
// The folder serve/: the doors. It may not decide, nor store but through commit.
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "commit/commit.h"
#include "formats/intake.h"
#include "share/link.h"
#include "trust/x509.h"

struct serve;

// Who may come in with a client certificate: a partner, or a system of somebody's. The certificate is pinned; there is
// no authority above it.
struct serve_party {
    struct str party;       // "mx.transportes-garza"
    struct str certificate; // SHA-256 over its DER form, 64 lower-case hexadecimal digits (x509_fingerprint)
    const struct str *may;  // kinds that it may state at the doors, as kind_matches; a `threat` it may always report
    size_t nmay;
};

// Zero means the default that stands beside each.
struct serve_limits {
    unsigned connections;         // HTTPS, in all: 1024
    unsigned connections_per_ip;  // 256
    unsigned handshakes_per_s;    // new HTTPS connections a second, in all: 400 (each costs about a millisecond)
    unsigned idle_s;              // a connection without a whole request for so long is closed: 30
    unsigned request_s;           // a request whose body takes longer is cut: 60
    size_t statements_bytes;      // body of POST /v1/statements: 1 MiB
    size_t file_bytes;            // body of POST /v1/files, and a file of the folder: 4 MiB
    size_t memory;                // of all requests in hand together: 256 MiB; over it 503
    unsigned streams;             // event streams and waiting links: 256
    unsigned token_failures;      // wrong tokens a minute from one address, then 429: 20
    unsigned devices;             // connections of seals: 4096
    unsigned devices_per_ip;      // 1024 (many stand behind one mobile operator's address)
    unsigned device_idle_s;       // 900
    unsigned rejected_per_minute; // bad packets and files kept as evidence, in all: 600; more are only counted
};

// Everything is the caller's and must outlive the serve, except that serve_reload may replace what it says. Texts are
// UTF-8. What is NULL or empty is switched off, unless it says otherwise.
struct serve_settings {
    // This node.
    struct str party;
    const char *version;               // of the build, in GET /v1/node
    bool rehearsal;                    // its clock is not the wall clock; shown on the page
    const uint8_t *rules_hash;         // SHA-256 of the rule set in force; NULL: not told
    bool rules_unsigned;               // nobody had to sign it
    const struct str *rules_signed_by; // names of those who did
    size_t nrules_signed_by;
    const char *database;           // path; read only, through handles of serve's own
    struct commit *commit;          // running
    struct note_key log_key;        // the public key that signs our checkpoints; its name is the log's origin
    struct ed25519_key witness_key; // ours: cosigns partners' checkpoints (POST /add-checkpoint)
    const struct identifier_table *identifiers;

    // HTTPS. `address` is numeric ("127.0.0.1", "::"); port 0 takes any free one, which serve_https_port tells.
    const char *https_address; // NULL: no HTTPS
    uint16_t https_port;
    const char *certificate, *private_key; // PEM paths
    const struct serve_party *parties;     // partners too, if they are to come in
    size_t nparties;
    const char *page_dir; // the page's files; NULL: those built into the binary

    // Links.
    const struct agreements *agreements; // NULL: none
    const struct partner *partners;
    size_t npartners;
    struct puller *const *pullers; // for GET /v1/node
    size_t npullers;

    // Files that come in by any door.
    const struct intake_trust *trust; // whose signatures and rosters count; NULL: none
    const char *folder;               // watched: FOLDER/in, done and failed are made where absent; NULL: none

    // Seals.
    const char *devices_address; // NULL: no listener
    uint16_t devices_port;       // 0: any, which serve_devices_port tells
    // JSON array: [{"device":"jt701d:8000620011","party"?,"vendor"?,"vendor_country"?,"door_io"?,"door_open"?}…];
    // empty: none. What is not in it is still taken down as evidence, with an empty vendor.
    struct str devices;

    struct serve_limits limits;
};

// Opens every door that the settings name. On an error none is left open. ERR_USAGE: the settings; ERR_UNREACHABLE: an
// address that cannot be bound; ERR_UNTRUSTED: key or certificate; ERR_STORE, ERR_NO_MEMORY.
enum err serve_start(const struct serve_settings *settings, struct serve **out, struct why *why) MUST_USE;
// Closes the doors; what was handed to commit is waited for. Call it when the pullers are stopped (they raise alarms
// that the doors tell) and before commit_close. NULL is fine.
void serve_stop(struct serve *serve);

// New parties, agreements, partners, pullers, trust, what is told of the rules, device registry and page directory, all
// or none; addresses, keys
// and limits stay. When it returns nothing uses the old ones.
enum err serve_reload(struct serve *serve, const struct serve_settings *settings, struct why *why) MUST_USE;

// The ports in use; 0 where that door is shut.
uint16_t serve_https_port(const struct serve *serve);
uint16_t serve_devices_port(const struct serve *serve);

#endif
