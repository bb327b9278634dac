// SPDX-License-Identifier: Apache-2.0
// CSV as other systems write it: RFC 4180 with quotes, LF or CRLF, a UTF-8 byte order mark, and a comma, semicolon, tab
// or bar between the fields. One row at a time, nothing copied but fields with doubled quotes.
//
// A row that breaks the rules is told as bad and reading goes on with the next line, so that one wrong row costs no
// other: an opening quote without its closing one spoils its own line, not the rest of the file.
#ifndef FORMATS_CSV_H
#define FORMATS_CSV_H

#include "base/arena.h"
#include "base/why.h"

#define CSV_FIELDS_MAX 64
#define CSV_FIELD_MAX 4096 // bytes

struct csv {
    struct str bytes;
    size_t at;
    char delimiter;
    uint32_t row, line; // of the row that was read last; rows count from 1, blank lines are none
    uint32_t next_line;
};

struct csv_row {
    struct str fields[CSV_FIELDS_MAX];
    size_t count;
    struct str raw; // as it stands in the file, without the line's end
};

enum csv_step { CSV_END, CSV_ROW, CSV_BAD };

// Skips the byte order mark. `delimiter` 0: the one of , ; tab | that stands most often in the first line, outside
// quotes; the earlier in this list among equals, and the comma where there is none.
struct csv csv_open(struct str bytes, char delimiter);

// The next row that is not blank. CSV_BAD: `why` says what is wrong with it (ERR_MALFORMED, ERR_TOO_LARGE,
// ERR_NO_MEMORY), out->raw is the line. Fields point into the bytes or the arena.
enum csv_step csv_next(struct csv *csv, struct arena *arena, struct csv_row *out, struct why *why);

// One field for writing, quoted where RFC 4180 asks for it. What a spreadsheet would take for a formula (it begins
// with = + - @, a tab or a return) is written behind an apostrophe, unless it is a plain number.
void csv_field(struct str text, struct buf *out);

#endif
