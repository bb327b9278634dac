// SPDX-License-Identifier: Apache-2.0
// Identifier schemes as data: which (scheme, value) pairs there are, what a value looks like, how it is brought into
// its normal form, and which check digit it carries. src/formats/identifiers.yaml is built into the binary
// (identifiers_builtin) and installed; a node may be given another file of the same form.
//
// Patterns match the whole normal form, in time linear in its length (no backtracking):
//   A  an upper-case letter       a  a lower-case letter     N  a digit          X  an upper-case letter or a digit
//   H  a hexadecimal digit, lower case                       \c the character c  any other character: itself
//   [..] one of these characters or ranges, "[A-Z&Ñ]"; letters stand for themselves here
//   {n} {n,m} +   after any of these: so many times           |  between whole alternatives
#ifndef FORMATS_IDENTIFIER_H
#define FORMATS_IDENTIFIER_H

#include "statement/draft.h"

#define IDENTIFIER_VALUE_MAX 160 // bytes
#define IDENTIFIER_SCHEMES_MAX 256

enum identifier_check_digit {
    CHECK_NONE,
    CHECK_ISO6346,   // ISO 6346 annex A: containers
    CHECK_VIN,       // 49 CFR 565.15(c): position 9
    CHECK_RFC,       // RFC homoclave's last character, mod 11 (SAT, Anexo 1-A)
    CHECK_LUHN,      // ISO/IEC 7812-1 annex B over all digits: IMEI
    CHECK_BN,        // Luhn over the first nine digits: Canadian business number
    CHECK_US_ENTRY,  // ACE CATAIR appendix E: Luhn with letters A=1…I=9, J=1…R=9, S=2…Z=9
    CHECK_US_INBOND, // CBP Form 7512: the first eight digits modulo 7
    CHECK_DOTTED,    // no empty label, none that begins or ends with a hyphen: names of parties
    CHECK_DIGIT_COUNT
};

struct identifier_scheme {
    struct str name, title, country, citation; // country: ISO 3166-1 alpha-2, "" for international ones
    uint32_t nouns;                            // bit (1 << enum noun) for each noun that it names
    struct str pattern;
    enum identifier_check_digit check;
    const struct json *source; // the scheme as the file has it, examples included
    struct identifier_program *program;
};

// Read-only after identifier_table_read; one serves all threads. Lives in the arena it was read into.
struct identifier_table {
    const struct identifier_scheme *schemes; // sorted by name
    size_t count;
};

// The scheme file built into the binary.
struct str identifiers_builtin(void);

// Reads a scheme file (YAML) and tries each scheme on its own examples and counter-examples. Errors: yaml_read's, and
// ERR_MALFORMED for a pattern, noun, check or example that does not hold. `bytes` need not outlive the call.
enum err identifier_table_read(struct arena *arena, struct str bytes, const struct identifier_table **out,
                               struct why *why) MUST_USE;

// NULL if there is no such scheme.
const struct identifier_scheme *identifier_scheme_find(const struct identifier_table *table, struct str name);
bool identifier_names(const struct identifier_scheme *scheme, enum noun noun);

// Brings a value to its normal form and checks it: pattern, then check digit. `out` gets the scheme's own name and the
// value in the arena. Errors: ERR_UNSUPPORTED (no such scheme), ERR_MALFORMED (pattern, length, UTF-8), ERR_SENSELESS
// (check digit), ERR_NO_MEMORY; why->clause is the scheme's citation.
enum err identifier_check(const struct identifier_table *table, struct arena *arena, struct str scheme,
                          struct str value, struct identifier *out, struct why *why) MUST_USE;

#endif
