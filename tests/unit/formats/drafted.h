// SPDX-License-Identifier: Apache-2.0
// For the tests of formats that make drafts: a sample with one thing changed, and what was made of it, as text.
#ifndef TESTS_UNIT_FORMATS_DRAFTED_H
#define TESTS_UNIT_FORMATS_DRAFTED_H

#include "formats/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

// Canonical JSON; "" for NULL.
static inline struct str canonical(struct arena *arena, const struct json *value)
{
    struct buf b = BUF(BUF_MAX_DEFAULT);
    if (value) json_canonical(value, &b);
    struct str s = arena_str(arena, buf_str(&b));
    buf_free(&b);
    return s;
}

// "document mx.idccp=…", one subject a line.
static inline struct str subjects(struct arena *arena, const struct draft *draft)
{
    struct buf b = BUF(BUF_MAX_DEFAULT);
    for (size_t i = 0; i < draft->nre; i++) {
        buf_puts(&b, noun_name(draft->re[i]->noun));
        for (size_t k = 0; k < draft->re[i]->nids; k++)
            buf_printf(&b, " %.*s=%.*s", STR_ARG(draft->re[i]->ids[k].scheme), STR_ARG(draft->re[i]->ids[k].value));
        buf_putc(&b, '\n');
    }
    struct str s = arena_str(arena, buf_str(&b));
    buf_free(&b);
    return s;
}

// The text with the first `from` made `to`; fails the test where there is none.
static inline struct str replaced(struct arena *arena, struct str text, const char *from, const char *to)
{
    const char *at = memmem(text.p, text.n, from, strlen(from));
    if (!at) fail_msg("the sample has no %s", from);
    struct buf b = BUF(BUF_MAX_DEFAULT);
    buf_add(&b, text.p, (size_t)(at - text.p));
    buf_puts(&b, to);
    buf_str_add(&b, str_from(text, (size_t)(at - text.p) + strlen(from)));
    struct str s = arena_str(arena, buf_str(&b));
    buf_free(&b);
    return s;
}

#endif
