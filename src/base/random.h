// SPDX-License-Identifier: Apache-2.0
// Randomness: the one place where it comes from (libsodium). A test can drive it from a seed.
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *out, size_t n);
uint64_t random_below(uint64_t bound);
// Tests only: deterministic from here on.
void random_seed(uint64_t seed);

#endif
