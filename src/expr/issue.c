// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "expr/expr.h"

#include <stdarg.h>
#include <stdio.h>

// A line that is longer is shown around the place alone.
#define SHOWN_MAX 160

// Bytes of the character at p: those of no well-formed sequence stand alone.
static size_t character(const char *p, size_t left)
{
    size_t n = utf8_sequence(p, left);
    return n ? n : 1;
}

void expr_issue_add(struct expr_issues *issues, struct str source, uint32_t offset, const char *format, ...)
{
    if (issues->count >= EXPR_ISSUES_MAX) return;
    struct expr_issue *issue = &issues->items[issues->count++];
    size_t end = offset < source.n ? offset : source.n;
    *issue = (struct expr_issue){.offset = offset, .line = 1, .column = 1};
    for (size_t at = 0; at < end; at += character(source.p + at, source.n - at)) {
        issue->column++;
        if (source.p[at] == '\n') {
            issue->line++;
            issue->column = 1;
        }
    }
    va_list args;
    va_start(args, format);
    vsnprintf(issue->text, sizeof issue->text, format, args);
    va_end(args);
    // A character that was cut in two is left out; one to a cell is all that a terminal should see.
    size_t keep = 0, length = strlen(issue->text);
    while (keep < length) {
        size_t n = utf8_sequence(issue->text + keep, length - keep);
        if (n == 0) break;
        if (n == 1 && ((unsigned char)issue->text[keep] < ' ' || issue->text[keep] == 0x7f)) issue->text[keep] = '?';
        keep += n;
    }
    issue->text[keep] = '\0';
}

// Whether a terminal might act on it: C0 and C1 controls, and what turns the direction of text.
static bool harmful(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    if (n == 1) return u[0] < ' ' || u[0] >= 0x7f;
    if (n == 2) return u[0] == 0xc2 && u[1] < 0xa0;
    if (n != 3 || u[0] != 0xe2) return false;
    return (u[1] == 0x80 && ((u[2] >= 0x8e && u[2] <= 0x8f) || (u[2] >= 0xa8 && u[2] <= 0xae))) ||
           (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9);
}

// One character as shown: tabs are one blank, so that the caret stands below its place.
static void put_shown(struct buf *out, const char *p, size_t n)
{
    if (n == 1 && *p == '\t')
        buf_putc(out, ' ');
    else if (harmful(p, n))
        buf_putc(out, '?');
    else
        buf_add(out, p, n);
}

static void print_line(const struct expr_issue *issue, struct str source, struct buf *out)
{
    size_t place = issue->offset < source.n ? issue->offset : source.n, from = place, to = place;
    while (from > 0 && source.p[from - 1] != '\n') from--;
    while (to < source.n && source.p[to] != '\n' && source.p[to] != '\r') to++;
    bool cut = place - from > SHOWN_MAX / 2;
    if (cut) from = place - SHOWN_MAX / 2;
    while (cut && from < place && ((unsigned char)source.p[from] & 0xc0) == 0x80) from++;
    size_t blanks = cut ? 3 : 0, shown = 0;
    buf_puts(out, cut ? " | ..." : " | ");
    for (size_t at = from, n; at < to && shown < SHOWN_MAX; at += n, shown++) {
        n = character(source.p + at, source.n - at);
        put_shown(out, source.p + at, n);
        if (at < place) blanks++;
    }
    buf_puts(out, "\n | ");
    for (size_t i = 0; i < blanks; i++) buf_putc(out, ' ');
    buf_puts(out, "^\n");
}

void expr_issues_print(const struct expr_issues *issues, struct str source, const char *name, struct buf *out)
{
    for (size_t i = 0; i < issues->count; i++) {
        const struct expr_issue *issue = &issues->items[i];
        buf_printf(out, "%s:%u:%u: %s\n", name, (unsigned)issue->line, (unsigned)issue->column, issue->text);
        print_line(issue, source, out);
    }
}
