// SPDX-License-Identifier: Apache-2.0
#include "formats/csv.h"

#include "base/text.h"

struct csv csv_open(struct str bytes, char delimiter)
{
    static const char known[] = {',', ';', '\t', '|'};
    if (str_starts(bytes, "\xef\xbb\xbf")) bytes = str_from(bytes, 3);
    struct csv csv = {.bytes = bytes, .delimiter = delimiter ? delimiter : ',', .next_line = 1};
    size_t count[sizeof known] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < bytes.n && (quoted || bytes.p[i] != '\n') && i < CSV_FIELD_MAX; i++) {
        if (bytes.p[i] == '"') quoted = !quoted;
        for (size_t k = 0; k < sizeof known && !quoted; k++) count[k] += bytes.p[i] == known[k];
    }
    for (size_t k = 1; k < sizeof known; k++)
        if (count[k] > count[best]) best = k;
    if (!delimiter && count[best]) csv.delimiter = known[best];
    return csv;
}

// One physical line from `at` on, without its end; *next is behind it.
static struct str line_at(struct str bytes, size_t at, size_t *next)
{
    struct str rest, line = str_cut(str_from(bytes, at), '\n', &rest);
    *next = rest.p ? at + line.n + 1 : bytes.n;
    if (str_ends(line, "\r")) line.n--;
    return line;
}

static bool is_blank(struct str line)
{
    return str_trim(line).n == 0;
}

// A field that begins with a quote. *at moves behind the closing one.
static enum err quoted_take(const struct csv *csv, struct arena *arena, size_t *at, struct str *out, struct why *why)
{
    struct str s = csv->bytes;
    size_t from = *at + 1, i = from, doubled = 0;
    for (;; i++) {
        if (i >= s.n || i - from > CSV_FIELD_MAX)
            return why_set(why, ERR_MALFORMED, "", "an opening quote has no closing one");
        if (s.p[i] != '"') continue;
        if (i + 1 >= s.n || s.p[i + 1] != '"') break;
        doubled++;
        i++;
    }
    *at = i + 1;
    *out = (struct str){s.p + from, i - from};
    if (!doubled) return ERR_NONE;
    char *text = arena_alloc(arena, out->n - doubled + 1);
    if (!text) return why_set(why, ERR_NO_MEMORY, "", "no memory for the row");
    size_t n = 0;
    for (size_t k = 0; k < out->n; k++) {
        text[n++] = out->p[k];
        if (out->p[k] == '"') k++;
    }
    *out = (struct str){text, n};
    return ERR_NONE;
}

static enum err plain_take(const struct csv *csv, size_t *at, struct str *out, struct why *why)
{
    struct str s = csv->bytes;
    size_t i = *at;
    for (; i < s.n && s.p[i] != csv->delimiter && s.p[i] != '\n'; i++)
        if (s.p[i] == '"') return why_set(why, ERR_MALFORMED, "", "a quote stands inside a field that is not quoted");
    *out = (struct str){s.p + *at, i - *at};
    if ((i >= s.n || s.p[i] == '\n') && str_ends(*out, "\r")) out->n--;
    *at = i;
    return ERR_NONE;
}

static enum err field_check(struct str field, struct why *why)
{
    if (field.n > CSV_FIELD_MAX) return why_set(why, ERR_TOO_LARGE, "", "a field has over %d bytes", CSV_FIELD_MAX);
    if (!utf8_valid(field)) return why_set(why, ERR_MALFORMED, "", "a field is not UTF-8");
    for (size_t i = 0; i < field.n; i++) {
        uint8_t c = (uint8_t)field.p[i];
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7F)
            return why_set(why, ERR_MALFORMED, "", "a field holds a control character");
    }
    return ERR_NONE;
}

// All fields of the row that begins at `at`; *at moves behind its end.
static enum err row_take(const struct csv *csv, struct arena *arena, size_t *at, struct csv_row *out, struct why *why)
{
    struct str s = csv->bytes;
    for (;;) {
        if (out->count == CSV_FIELDS_MAX)
            return why_set(why, ERR_TOO_LARGE, "", "a row has over %d fields", CSV_FIELDS_MAX);
        struct str *field = &out->fields[out->count++];
        bool quoted = *at < s.n && s.p[*at] == '"';
        enum err err = quoted ? quoted_take(csv, arena, at, field, why) : plain_take(csv, at, field, why);
        if (err == ERR_NONE) err = field_check(*field, why);
        if (err != ERR_NONE) return err;
        if (*at + 1 < s.n && s.p[*at] == '\r' && s.p[*at + 1] == '\n') ++*at;
        if (*at < s.n && s.p[*at] == '\r' && *at + 1 == s.n) ++*at;
        if (*at >= s.n) return ERR_NONE;
        if (s.p[*at] == '\n') {
            ++*at;
            return ERR_NONE;
        }
        if (s.p[*at] != csv->delimiter) return why_set(why, ERR_MALFORMED, "", "text stands after a closing quote");
        ++*at;
    }
}

enum csv_step csv_next(struct csv *csv, struct arena *arena, struct csv_row *out, struct why *why)
{
    size_t next;
    *out = (struct csv_row){.count = 0};
    struct str line;
    for (;;) {
        if (csv->at >= csv->bytes.n) return CSV_END;
        line = line_at(csv->bytes, csv->at, &next);
        if (!is_blank(line)) break;
        csv->at = next;
        csv->next_line++;
    }
    csv->row++;
    csv->line = csv->next_line;
    size_t at = csv->at, start = csv->at;
    enum err err = row_take(csv, arena, &at, out, why);
    if (err != ERR_NONE) {
        out->raw = line;
        csv->at = next;
        csv->next_line++;
        return CSV_BAD;
    }
    out->raw = (struct str){csv->bytes.p + start, at - start};
    for (size_t i = start; i < at; i++) csv->next_line += csv->bytes.p[i] == '\n';
    if (str_ends(out->raw, "\n")) out->raw.n--;
    if (str_ends(out->raw, "\r")) out->raw.n--;
    csv->at = at;
    return CSV_ROW;
}

static bool is_number(struct str text)
{
    size_t i = text.n && (text.p[0] == '-' || text.p[0] == '+'), digits = 0, points = 0;
    for (; i < text.n; i++) {
        if (text.p[i] >= '0' && text.p[i] <= '9')
            digits++;
        else if (text.p[i] != '.' || points++)
            return false;
    }
    return digits > 0;
}

void csv_field(struct str text, struct buf *out)
{
    bool formula = text.n && strchr("=+-@\t\r", text.p[0]) && text.p[0] && !is_number(text);
    bool quote = false;
    for (size_t i = 0; i < text.n && !quote; i++) quote = text.p[i] && strchr("\",;\r\n\t|", text.p[i]);
    if (quote) buf_putc(out, '"');
    if (formula) buf_putc(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') buf_putc(out, '"');
        buf_putc(out, text.p[i]);
    }
    if (quote) buf_putc(out, '"');
}
