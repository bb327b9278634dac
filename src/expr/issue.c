// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "expr/expr.h"
#include "expr/scan.h"

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

// Makes what a message quotes fit for a terminal; a character that was cut in two at the end is left out.
static void clean(char *text)
{
    size_t keep = 0, length = strlen(text);
    for (size_t at = 0, n; at < length && (n = utf8_sequence(text + at, length - at)) > 0; at += n) {
        if (scan_harmful(text + at, n)) {
            text[keep++] = '?';
        } else {
            memmove(text + keep, text + at, n);
            keep += n;
        }
    }
    text[keep] = '\0';
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
    clean(issue->text);
}

// One character as shown: tabs are one blank, so that the caret stands below its place.
static void put_shown(struct buf *out, const char *p, size_t n)
{
    if (n == 1 && *p == '\t')
        buf_putc(out, ' ');
    else if (scan_harmful(p, n))
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
