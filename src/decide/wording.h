// SPDX-License-Identifier: Apache-2.0
// Wording: what a rule says to an officer, in the languages of the corridor. {documents.lead_min} in a text stands for
// that fact's value: numbers with at most one decimal, words in the text's own language, "unknown" for what is missing.
#ifndef DECIDE_WORDING_H
#define DECIDE_WORDING_H

#include "decide/facts.h"

#define WORDING_TEXT_MAX 512 // bytes of one text before its facts are filled in

enum language { LANGUAGE_EN, LANGUAGE_ES, LANGUAGE_FR };
#define LANGUAGE_COUNT 3

struct wording {
    struct str text[LANGUAGE_COUNT];
};

// "en", "es" or "fr".
const char *language_name(enum language language);

// ERR_MALFORMED: a brace without its partner, or a name in braces that is no fact's.
enum err wording_check(const struct wording *wording, struct why *why) MUST_USE;
// The next fact that a text names, in order; NULL at the end. Start with *at = 0. The text has been checked.
const struct fact_kind *wording_next(struct str text, size_t *at);
// A value that facts or lanes take ("scan", "valid", "true"), as an officer reads it; what has no word of its own
// stays.
struct str wording_word(struct str value, enum language language);
// A fact's value; "unknown" for NULL. {NULL,0} without memory.
struct str wording_value(struct arena *arena, const struct fact *fact, enum language language);
// The text with its facts filled in, in the arena; {NULL,0} without memory. The text has been checked.
struct str wording_fill(struct arena *arena, struct str text, enum language language, const struct facts *facts);
// What is said of a rule that cannot be judged while these facts are missing.
struct str wording_missing(struct arena *arena, enum language language, const struct fact_kind *const *missing,
                           size_t count);

#endif
