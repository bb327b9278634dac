// SPDX-License-Identifier: Apache-2.0
// Figures: how the benchmark drivers say what they measured, and the few things that each of them needs. They may not
// be part of the node.
#ifndef BENCHMARKS_FIGURES_H
#define BENCHMARKS_FIGURES_H

#include "base/why.h"

#include <stdint.h>

// "name value" on stdout, at once.
void figure(const char *name, double value);
// A line of progress on stderr.
void progress(const char *format, ...) PRINTF_LIKE(1, 2);
// Ends the driver with the reason, unless there is none.
void must(enum err err, const struct why *why, const char *what);

// Microseconds of `n` measurements, which are sorted in place.
double percentile(int64_t *spans, size_t n, double part);

// A cheap generator for choosing consignments: SplitMix64.
uint64_t pick(uint64_t *state);

// CPU time of this process so far, all threads, user and system, microseconds. Where a busy machine gives a driver only
// a part of its cores, this per statement still tells what a change is worth.
int64_t cpu_us(void);

// VmRSS of a process, MiB; -1 if it cannot be read.
double rss_mb(int pid);

#endif
