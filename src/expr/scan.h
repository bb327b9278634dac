// SPDX-License-Identifier: Apache-2.0
// Scan: an expression's text cut into tokens (langdef.md, "Syntax", the lexis), literals already read.
#ifndef EXPR_SCAN_H
#define EXPR_SCAN_H

#include "expr/value.h"

enum token_kind {
    TOKEN_END,
    TOKEN_BAD,     // text: what is wrong
    TOKEN_IDENT,   // also the reserved words
    TOKEN_ESCAPED, // `a-b`: text without the quotes
    TOKEN_INT,     // value: EXPR_UINT, the magnitude; the sign is the parser's
    TOKEN_UINT,    // value
    TOKEN_DOUBLE,  // value
    TOKEN_TEXT,    // value: EXPR_STRING or EXPR_BYTES
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_IN,
    TOKEN_EQ,
    TOKEN_NE,
    TOKEN_LE,
    TOKEN_LT,
    TOKEN_GE,
    TOKEN_GT,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_LBRACKET,
    TOKEN_RBRACKET,
    TOKEN_LBRACE,
    TOKEN_RBRACE,
    TOKEN_LPAREN,
    TOKEN_RPAREN,
    TOKEN_DOT,
    TOKEN_COMMA,
    TOKEN_MINUS,
    TOKEN_NOT,
    TOKEN_QUESTION,
    TOKEN_COLON,
    TOKEN_PLUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
};

struct token {
    enum token_kind kind;
    uint32_t offset, length; // of its source, quotes and all
    struct str text;
    struct expr_value value;
};

struct scan {
    struct arena *arena;
    struct str source; // valid UTF-8, at most EXPR_SOURCE_MAX
    size_t at;
};

// The next token; TOKEN_END for ever at the end. Strings with escapes are written out in the arena, others point into
// the source. Line ends within strings become "\n", as cel-go has it.
struct token scan_next(struct scan *scan);

// "as", "break" … : no variable or function may be called that, but a field may.
bool scan_reserved(struct str name);
// "true", "false", "null", "in": no name at all.
bool scan_keyword(struct str name);
// Whether a terminal might act on this character of n bytes: controls, and what turns the direction of text.
bool scan_harmful(const char *p, size_t n);

#endif
