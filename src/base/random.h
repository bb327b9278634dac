// SPDX-License-Identifier: Apache-2.0
// Randomness: the one place where it comes from (libsodium). A test can drive it from a seed.
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

// Cheap for small n: each thread keeps a pool, which a forked child does not share.
void random_bytes(void *out, size_t n);
// From 0 to bound - 1, each as likely as the other; 0 for a bound of 0.
uint64_t random_below(uint64_t bound);
// Tests only: deterministic from here on, in all threads of the process.
void random_seed(uint64_t seed);

#endif
