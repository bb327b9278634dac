// SPDX-License-Identifier: Apache-2.0
// jansson as a second opinion. It is loaded at run time: its names and ours (json_true, JSON_NULL …) cannot be linked
// into one program.
#ifndef TESTS_UNIT_BASE_JANSSON_ORACLE_H
#define TESTS_UNIT_BASE_JANSSON_ORACLE_H

#include "base/bytes.h"

// false if the library is not here.
bool oracle_open(void);
// Reads `text` with duplicate names refused. Appends a dump of the tree: n t f for the words, d<16 hex digits of the
// double>, s<length>:<bytes>, [ … ], { s<name> value … }. false if jansson refuses the text; *reason is then its own
// words.
bool oracle_read(struct str text, struct buf *dump, char reason[160]);

#endif
