// SPDX-License-Identifier: Apache-2.0
// Arrivals: how many trucks a port sees each month, from the Bureau of Transportation Statistics' "Border
// Crossing/Entry Data" (US Government, public domain), as CSV: one row a port, month and measure. The file has rows
// that are wrong or that mean something else than they did; those of the port in question are found and named, never
// silently used.
#ifndef SIM_ARRIVALS_H
#define SIM_ARRIVALS_H

#include "base/arena.h"
#include "base/why.h"

#define ARRIVALS_BYTES_MAX ((size_t)64 << 20)
#define ARRIVALS_PORTS_MAX 512
#define ARRIVALS_YEAR_MIN 1990
#define ARRIVALS_YEAR_MAX 2049
#define ARRIVALS_SUSPECTS_MAX 1024
#define ARRIVALS_TWICE_MAX 64 // rows of one port that are there twice; more is another kind of file

enum arrivals_measure { ARRIVALS_TRUCKS, ARRIVALS_LOADED, ARRIVALS_EMPTY };
#define ARRIVALS_MEASURES 3

// X(fault, name)
#define ARRIVALS_FAULT_TABLE(X)                                                                                        \
    X(ARRIVALS_ABSENT, "absent")         /* no row for a month between the port's first and last */                    \
    X(ARRIVALS_ZERO, "zero")             /* no trucks at all, or trucks and not one container */                       \
    X(ARRIVALS_OUTLIER, "outlier")       /* over four times, or under a quarter of, the months around it */            \
    X(ARRIVALS_STEP, "step")             /* from here on the year is half, or twice, what it was */                    \
    X(ARRIVALS_CONTAINERS, "containers") /* loaded and empty containers do not add up to trucks, at this port */       \
    X(ARRIVALS_COUNTING, "counting")     /* the same at most ports of the file at once: what is counted has changed */ \
    X(ARRIVALS_COPIED, "copied")         /* the value of a year before, at three or more ports in the same month */    \
    X(ARRIVALS_TWICE, "twice")           /* two rows with the same value: one is dropped */                            \
    X(ARRIVALS_CONFLICT, "conflict")     /* two rows with different values: the first is used */

enum arrivals_fault {
#define X(fault, name) fault,
    ARRIVALS_FAULT_TABLE(X)
#undef X
        ARRIVALS_FAULT_COUNT
};

const char *arrivals_fault_name(enum arrivals_fault fault);
const char *arrivals_measure_name(enum arrivals_measure measure); // as in the file

// One run of months with the same fault. Months are 12 * year + month - 1.
struct arrivals_suspect {
    enum arrivals_fault fault;
    enum arrivals_measure measure;
    int first, last;              // months
    size_t line;                  // of its first row in the file; 0: there is no row
    double value, expected;       // of the first month; expected: what it is judged against, < 0: nothing
    struct str other, other_code; // the port whose rows begin where this one's step is; {NULL,0}: none
    bool counts;                  // it touches a figure that the simulation would use: trucks in the year asked for
};

struct arrivals {
    struct str port, state, code; // as in the file
    int year;
    double reported[12]; // trucks; < 0: no row
    double used[12]; // the same, but the mean of the year's sound months for months that are absent, zero or outliers
    bool replaced[12];
    double total;                            // of `used`
    int first, last;                         // months with rows of trucks, in the whole file
    const struct arrivals_suspect *suspects; // of this port, all years, by fault and month
    size_t nsuspects;
    size_t rows, ports; // in the file
};

// The columns port_name, state, port_code, border, month ("2024-01"), measure, value, in any order; also under BTS's
// own names ("Port Name", "Date" as "Jan 2024"). Other columns and measures are passed over. `code` is a port code,
// with or without leading zeros. Texts live in the arena. Errors: ERR_MALFORMED (line in why->member, byte in
// why->offset), ERR_NOT_FOUND (no such port, with the ones there are; or no month of that year), ERR_SENSELESS (too
// many rows twice), ERR_TOO_LARGE, ERR_NO_MEMORY.
enum err arrivals_read(struct arena *arena, struct str bytes, struct str code, int year, struct arrivals *out,
                       struct why *why) MUST_USE;

// What is built in: 2024 as BTS published it (keg4-3bc2, as of February 2025), trucks a month, and the hours in which
// the port's largest commercial crossing is open (CBP's wait-time feed, 2022-06-29).
struct arrivals_preset {
    const char *name; // "laredo"
    const char *port, *state, *code;
    int year;
    int trucks[12];
    int opens, closes; // hours of the day, local; closes may be 24
    int lanes;         // commercial lanes, at most, of its commercial crossings together
};

// By name or by port code; NULL when there is none.
const struct arrivals_preset *arrivals_preset_find(struct str name);
const struct arrivals_preset *arrivals_preset_at(size_t i); // NULL past the last
// As if read; the suspects of the file are not built in.
void arrivals_of_preset(const struct arrivals_preset *preset, struct arrivals *out);

#endif
