// SPDX-License-Identifier: Apache-2.0
// Time: the one place where a clock is read, and RFC 3339 text. UTC throughout.
//
// A rehearsal runs on a scaled clock: `clock_rehearse` makes node time start + (wall - reference) * rate, the same at
// every node that is given the same three numbers. TLS and sockets keep wall time.
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/bytes.h"

// Node time now, microseconds since 1970-01-01T00:00:00Z.
int64_t clock_now_us(void);
// Monotonic, for time-outs and measuring, microseconds. Not affected by clock_rehearse.
int64_t clock_monotonic_us(void);

// Before other threads start; rate > 0.
void clock_rehearse(int64_t start_us, int64_t reference_wall_us, double rate);
// Wall microseconds that pass while `node_us` of node time pass.
int64_t clock_wall_span_us(int64_t node_us);
// Tests only: node time stands at this value until set again; 0 gives the real clock back.
void clock_set_us(int64_t now_us);

// "2026-03-01T14:05:09.120Z": RFC 3339, upper-case T and Z, milliseconds. Returns the length without the NUL. Times
// outside the years 0001 to 9999 are held at their ends.
#define TIME_TEXT_ROOM 32
size_t time_text_ms(int64_t ms, char out[TIME_TEXT_ROOM]);
size_t time_text_us(int64_t us, char out[TIME_TEXT_ROOM]); // six decimals
// RFC 3339 with any offset and 0 to 9 decimals; years 0001 to 9999; a leap second counts as the second after. false if
// malformed; a leap second anywhere but at the end of a UTC day is. Finer decimals are cut off, towards the earlier
// time.
bool time_parse_us(struct str text, int64_t *us);
bool time_parse_ms(struct str text, int64_t *ms);
// Microseconds since 1970 of a proleptic Gregorian date and time of day, UTC; false if there is no such date or time.
bool time_civil_us(int year, int month, int day, int hour, int minute, int second, int64_t *us);

#endif
