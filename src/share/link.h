// SPDX-License-Identifier: Apache-2.0
// Link: the standing connection of two nodes under an agreement. The partner pulls: the holder decides what leaves.
//
// Holder's side: `link_offer` makes the next batch for a counterpart from the feed of the agreement, and states it in
// the holder's own log (`link.disclosed`) before the first byte leaves. Puller's side: `link_pull` (one thread an
// incoming agreement) asks, verifies everything, commits, returns its cosignature.
//
// The folder share/: agreements, what they let out, links, witnessing between partners. It may not let a member leave
// that no agreement in force discloses, nor believe a batch before all of it is verified.
#ifndef SHARE_LINK_H
#define SHARE_LINK_H

#include "commit/commit.h"
#include "share/agreement.h"
#include "views/views.h"

// A partner as this node's configuration knows it.
struct partner {
    struct str party;
    struct str url;              // https://127.0.0.1:8443, no trailing slash
    struct note_key log_key;     // signs its checkpoints
    struct note_key witness_key; // cosigns ours
    struct str certificate;      // SHA-256 of its TLS certificate, hex
    uint8_t agreement_key[ED25519_PUBLIC];
};

// The agreements in force here, both directions, and the feed policy that commit asks. Immutable once made; a reload
// makes a new one.
struct agreements;
enum err agreements_new(struct arena *arena, struct agreement *const *items, size_t count, struct str own_party,
                        struct agreements **out, struct why *why) MUST_USE;
const struct agreement *agreements_find(const struct agreements *agreements, struct str id);
size_t agreements_count(const struct agreements *agreements);
const struct agreement *agreements_at(const struct agreements *agreements, size_t i);
struct feed_policy agreements_feed(const struct agreements *agreements);

// What stands in the way of an agreement now, or ERR_NONE: ERR_EXPIRED (with the instrument and the date), or
// ERR_FORBIDDEN with the member "revoked".
enum err link_allowed(struct views *views, const struct agreement *agreement, int64_t now_us, struct why *why) MUST_USE;

// What states that `by`, one of the two parties, revokes the agreement with effect from index `from` of the discloser's
// log (its size now, to end it at once): a draft `agreement.revoke`, not sealed, and the local write by which this node
// remembers it, for one job. A counterpart's revocation that comes over a link is remembered by the puller.
enum err link_revoke(struct arena *arena, const struct agreement *agreement, struct str by, uint64_t from,
                     struct draft **draft, struct local_write **local, struct why *why) MUST_USE;

#define LINK_BATCH_STATEMENTS 2000
#define LINK_BATCH_BYTES ((size_t)4 << 20)

// The next batch after feed sequence `after` for the counterpart of `agreement`, as the bytes of src/share/batch.h
// (media type BATCH_TYPE). `seen` is the size of the last checkpoint of ours that the counterpart holds, from which on
// it wants the consistency proof (query parameter "seen"; 0: none). States the disclosure through `commit` and returns
// only when that is on disk, so it may wait for a slice, and for nothing else.
//
// *empty: there is nothing to send, and batch->p is NULL. Finding that out costs a few reads, so that a caller may ask
// whenever something happened here.
//
// ERR_EXPIRED, ERR_FORBIDDEN (revoked): as link_allowed, checked anew at every call. A counterpart that has seen more
// of our log than there is gets a batch without a proof, from which it will conclude the same as we: that this store is
// older than its log; we raise an alarm.
enum err link_offer(struct views *views, struct commit *commit, const struct agreement *agreement, int64_t after,
                    uint64_t seen, size_t limit, struct arena *arena, struct str *batch, bool *empty,
                    struct why *why) MUST_USE;
// For a counterpart that has waited as long as it wanted and got nothing: a batch without statements that brings a
// newer checkpoint than `seen`, to be cosigned; batch->p NULL when there is none, and the answer is 204.
enum err link_offer_checkpoint(struct views *views, struct commit *commit, const struct agreement *agreement,
                               int64_t after, uint64_t seen, struct arena *arena, struct str *batch,
                               struct why *why) MUST_USE;
// The counterpart's cosignature of the checkpoint that it was offered last (the body of POST …/cosignature, one or more
// signature lines): verified, kept (local table), shown as a witness. ERR_UNTRUSTED: not its cosignature of one that we
// offered it. May wait for a slice.
enum err link_cosigned(struct commit *commit, struct views *views, const struct partner *partner, struct str line,
                       struct why *why) MUST_USE;

// The puller of one incoming agreement. What the settings point to must outlive it; texts of paths are copied.
struct puller;
struct puller_settings {
    struct str own_party;
    struct ed25519_key witness_key; // ours, for cosigning the partner's checkpoints
    const struct partner *partner;
    const struct agreement *agreement;
    const char *certificate, *private_key; // PEM paths for mutual TLS
    const char *database;                  // for a reader's handle
    struct commit *commit;
    int64_t wait_s;      // long poll; 0: 20
    bool plain_loopback; // tests only: the partner's url is http://127.0.0.1:…
};
enum err puller_start(const struct puller_settings *settings, struct puller **out, struct why *why) MUST_USE;
// Ends what is under way at once, but for a batch that commit already has. Call before commit_close. NULL is fine.
void puller_stop(struct puller *puller);

// A link stops for good when the partner's log forks: the evidence is a `link.fork` statement, and the local item of
// space LINK_FORK_SPACE (key: the partner's origin) keeps the link stopped over restarts until an operator deletes it.
#define LINK_FORK_SPACE "fork"
// [{"time","text"}…] for `alarms` of GET /v1/node, the newest first: local space LINK_ALARM_SPACE.
#define LINK_ALARM_SPACE "alarm"
struct json *link_alarms(struct views *views, struct arena *arena);
// Tells an alarm to whoever watches and to the log output; keeping it is a job's:
void link_alarm(struct commit *commit, struct str text);
struct local_write *link_alarm_write(struct arena *arena, struct str text);

// State of a link, as one of `links` of GET /v1/node; thread-safe.
enum link_state { LINK_WAITING, LINK_RUNNING, LINK_UNREACHABLE, LINK_EXPIRED, LINK_REVOKED, LINK_FORK };
#define LINK_STATES (LINK_FORK + 1)
const char *link_state_name(enum link_state state);
// The parts of a report that both directions share.
struct json *link_terms(struct arena *arena, const struct agreement *agreement, bool out, enum link_state state,
                        struct str detail);
void link_totals(struct arena *arena, struct json *report, int64_t sequence, int64_t statements, int64_t withheld,
                 int64_t last_us);
struct json *puller_report(struct puller *puller, struct arena *arena);
enum link_state puller_state(struct puller *puller);
struct json *link_report(struct views *views, struct arena *arena, const struct agreement *agreement, int64_t now_us);

// C2SP tlog-witness for one of our partners' logs: the whole of POST /add-checkpoint. Fills status, type and body and
// returns ERR_NONE for every answer that the specification knows, refusals too, after what it says is on disk; errors
// are the store's. `content_type` is static. What we saw last of a log is one thing, whether it came by a link or here:
// the engine's checkpoint of that origin. May wait for a slice.
enum err witness_answer(struct views *views, struct commit *commit, const struct partner *partners, size_t npartners,
                        struct str own_party, const struct ed25519_key *witness_key, struct str request,
                        struct arena *arena, int *status, const char **content_type, struct str *body,
                        struct why *why) MUST_USE;
// Our newest checkpoint with the cosignatures we hold.
enum err witness_checkpoint(struct views *views, struct arena *arena, struct str *note, struct why *why) MUST_USE;
// [{"name","size","time"}…]
struct json *witness_report(struct views *views, struct arena *arena);

#endif
