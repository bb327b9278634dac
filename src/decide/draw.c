// SPDX-License-Identifier: Apache-2.0
#include "decide/draw.h"

#include "base/random.h"

#define COMMIT_LABEL "puente draw day 1\n"
#define ARRIVAL_LABEL "puente draw arrival 1\n"
#define DAY_MAX 64

void draw_key_make(struct draw_key *out)
{
    random_bytes(out->bytes, sizeof out->bytes);
}

void draw_key_wipe(struct draw_key *key)
{
    explicit_bzero(key, sizeof *key);
}

void draw_commit(const struct draw_key *key, struct str day, uint8_t out[SHA256_BYTES])
{
    char bytes[sizeof COMMIT_LABEL - 1 + DAY_MAX + 1 + DRAW_KEY_BYTES];
    size_t n = sizeof COMMIT_LABEL - 1;
    INVARIANT(day.n <= DAY_MAX);
    memcpy(bytes, COMMIT_LABEL, n);
    if (day.n) memcpy(bytes + n, day.p, day.n);
    n += day.n;
    bytes[n++] = '\n';
    memcpy(bytes + n, key->bytes, sizeof key->bytes);
    sha256((struct str){bytes, n + sizeof key->bytes}, out);
    explicit_bzero(bytes, sizeof bytes);
}

// 53 bits, so that every value is exact in a double and none rounds up to 1.
static double unit_of(const uint8_t p[8])
{
    uint64_t bits = 0;
    for (int i = 0; i < 8; i++) bits = bits << 8 | p[i];
    return (double)(bits >> 11) * 0x1p-53;
}

enum err draw_make(const struct draw_key *key, struct str arrival, struct draw *out, struct why *why)
{
    char bytes[sizeof ARRIVAL_LABEL - 1 + DRAW_ID_MAX];
    uint8_t mac[SHA256_BYTES];
    size_t n = sizeof ARRIVAL_LABEL - 1;
    *out = (struct draw){0};
    if (arrival.n == 0 || arrival.n > DRAW_ID_MAX)
        return why_set(why, ERR_SENSELESS, "arrival", "an arrival's id has 1 to %d bytes, this one %zu", DRAW_ID_MAX,
                       arrival.n);
    memcpy(bytes, ARRIVAL_LABEL, n);
    memcpy(bytes + n, arrival.p, arrival.n);
    hmac_sha256((struct str){(const char *)key->bytes, sizeof key->bytes}, (struct str){bytes, n + arrival.n}, mac);
    *out = (struct draw){.floor = unit_of(mac), .smooth = unit_of(mac + 8)};
    return ERR_NONE;
}

enum err draw_verify(const uint8_t commitment[SHA256_BYTES], struct str day, const struct draw_key *key,
                     struct str arrival, const struct draw *claimed, struct why *why)
{
    uint8_t committed[SHA256_BYTES];
    struct draw draw;
    if (day.n > DAY_MAX) return why_set(why, ERR_SENSELESS, "day", "a day's name has at most %d bytes", DAY_MAX);
    draw_commit(key, day, committed);
    if (memcmp(committed, commitment, sizeof committed) != 0)
        return why_set(why, ERR_UNTRUSTED, "key", "the key is not the one that was committed to for %.*s",
                       STR_ARG(day));
    enum err err = draw_make(key, arrival, &draw, why);
    if (err) return err;
    // Compared as numbers: both sides are multiples of 2^-53, and a NaN is no draw.
    if (!(draw.floor == claimed->floor && draw.smooth == claimed->smooth))
        return why_set(why, ERR_UNTRUSTED, "draw", "the key gives %.17g and %.17g, not %.17g and %.17g", draw.floor,
                       draw.smooth, claimed->floor, claimed->smooth);
    return ERR_NONE;
}
