// SPDX-License-Identifier: Apache-2.0
// Draws: chance that no smuggler can predict and any auditor can replay. Each day has a secret key; its commitment is
// stated in the morning (`port.day`), the key is told to auditors later. The draws of an arrival are
// HMAC-SHA256(key, label || arrival id): whoever has the key gets the same ones, who has not learns nothing from
// having seen others.
#ifndef DECIDE_DRAW_H
#define DECIDE_DRAW_H

#include "base/bytes.h"
#include "base/why.h"
#include "trust/hash.h"

#define DRAW_KEY_BYTES 32
#define DRAW_ID_MAX 256 // bytes of an arrival's id

struct draw_key {
    uint8_t bytes[DRAW_KEY_BYTES];
};

// Two independent numbers in [0, 1): the MAC's first and second eight bytes, big endian, their top 53 bits / 2^53.
struct draw {
    double floor;  // for the random floor
    double smooth; // for the smoothing of boundaries
};

// A fresh key from the system's randomness.
void draw_key_make(struct draw_key *out);
void draw_key_wipe(struct draw_key *key);

// SHA-256("puente draw day 1\n" || day || "\n" || key). `day` is what the key is for, "2026-03-01" or with the port's
// name before it, so that one commitment cannot stand for another day.
void draw_commit(const struct draw_key *key, struct str day, uint8_t out[SHA256_BYTES]);

// The draws of one arrival. ERR_SENSELESS for an id that is empty or longer than DRAW_ID_MAX: then both draws are 0,
// which selects wherever the floor is above 0.
enum err draw_make(const struct draw_key *key, struct str arrival, struct draw *out, struct why *why) MUST_USE;

// What an auditor does: the key belongs to the commitment of that day, and gives that arrival those draws.
// ERR_UNTRUSTED with what does not hold.
enum err draw_verify(const uint8_t commitment[SHA256_BYTES], struct str day, const struct draw_key *key,
                     struct str arrival, const struct draw *claimed, struct why *why) MUST_USE;

#endif
