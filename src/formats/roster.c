// SPDX-License-Identifier: Apache-2.0
#include "formats/roster.h"

#include "base/clock.h"
#include "base/text.h"
#include "trust/hash.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_MS ((int64_t)86400000)
#define SIGNATURE_LINE "# signature: "
#define AHEAD_MS DAY_MS // a roster dated tomorrow here may be of today where it was made

enum column { COL_ROLE, COL_SCHEME, COL_VALUE, COL_PROGRAMME, COL_ID, COL_NAME, COL_FROM, COL_TO, COL_STATUS, COLUMNS };
static const char *const columns[COLUMNS] = {"role", "scheme", "value", "programme", "programme_id",
                                             "name", "from",   "to",    "status"};

// Where the reader is: one line at a time, so that each fault can be placed.
struct reader {
    struct arena *arena;
    struct str bytes, rest;
    uint32_t line;
    struct why *why;
};

static enum err fault(const struct reader *r, enum err err, const char *column, const char *at, const char *text)
{
    char member[64];
    if (column)
        snprintf(member, sizeof member, "line %u, %s", r->line, column);
    else
        snprintf(member, sizeof member, "line %u", r->line);
    why_set(r->why, err, member, "%s", text);
    why_at(r->why, at ? (size_t)(at - r->bytes.p) : 0);
    return err;
}

static enum err no_memory(const struct reader *r)
{
    if (r->arena->full) return why_set(r->why, ERR_TOO_LARGE, "", "the roster is larger than its memory's limit");
    return why_set(r->why, ERR_NO_MEMORY, "", "no memory for the roster");
}

// The next line without its end; false at the end of the file.
static bool line_next(struct reader *r, struct str *line)
{
    if (r->rest.n == 0) return false;
    *line = str_cut(r->rest, '\n', &r->rest);
    if (!r->rest.p) r->rest = (struct str){line->p + line->n, 0};
    if (str_ends(*line, "\r")) line->n--;
    r->line++;
    return true;
}

static enum err line_check(const struct reader *r, struct str line)
{
    if (line.n > ROSTER_LINE_MAX) return fault(r, ERR_TOO_LARGE, NULL, line.p, "the line is too long");
    for (size_t i = 0; i < line.n; i++) {
        uint8_t c = (uint8_t)line.p[i];
        if (c < ' ' || c == 0x7F) return fault(r, ERR_MALFORMED, NULL, line.p + i, "a control character");
    }
    if (!utf8_valid(line)) return fault(r, ERR_MALFORMED, NULL, line.p, "not UTF-8");
    return ERR_NONE;
}

// --- signature ---

// Where the last line starts, if it is a signature line that ends the file.
static bool signature_find(struct str bytes, struct str *signed_part, struct str *line)
{
    size_t end = bytes.n;
    if (end && bytes.p[end - 1] == '\n') end--;
    if (end && bytes.p[end - 1] == '\r') end--;
    size_t start = end;
    while (start && bytes.p[start - 1] != '\n') start--;
    *signed_part = (struct str){bytes.p, start};
    *line = (struct str){bytes.p + start, end - start};
    return str_starts(*line, SIGNATURE_LINE);
}

static enum err signature_check(struct str bytes, const struct roster_context *context, struct str *signed_part,
                                struct str *key_name, struct why *why)
{
    struct str line, payload, id_text;
    if (!signature_find(bytes, signed_part, &line)) {
        return why_set(why, ERR_UNTRUSTED, "signature", "the last line is no \"" SIGNATURE_LINE "…\"");
    }
    *key_name = str_cut(str_cut(str_from(line, sizeof SIGNATURE_LINE - 1), ' ', &payload), '+', &id_text);
    uint8_t signature[ED25519_SIGNATURE];
    size_t n;
    if (!payload.p || id_text.n != 8 || !base64_decode(payload, signature, sizeof signature, &n) ||
        n != sizeof signature) {
        return why_set(why, ERR_MALFORMED, "signature", "must be written name+hash, a space, and 64 bytes of base64");
    }
    for (size_t k = 0; k < context->nkeys; k++) {
        const struct note_key *key = &context->keys[k];
        char id[9];
        snprintf(id, sizeof id, "%08x", key->id);
        if (key->type != NOTE_ED25519 || !str_is(id_text, id) || !str_eq(key->name, *key_name)) continue;
        if (ed25519_verify(key->public, *signed_part, signature)) return ERR_NONE;
        return why_set(why, ERR_UNTRUSTED, "signature", "the signature of %.*s does not hold", STR_ARG(*key_name));
    }
    return why_set(why, ERR_UNTRUSTED, "signature", "%.*s+%.*s is no key that this node trusts for rosters",
                   STR_ARG(*key_name), STR_ARG(id_text));
}

static bool key_speaks_for(struct str key_name, struct str issuer)
{
    if (key_name.n < issuer.n || !str_eq((struct str){key_name.p, issuer.n}, issuer)) return false;
    return key_name.n == issuer.n || key_name.p[issuer.n] == '/';
}

// --- the lines at the top ---

static bool two_digits(const char *p, int *out)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9') return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    return true;
}

// "2026-03-01" to 00:00 UTC of that day.
static bool day_parse(struct str text, int64_t *ms)
{
    int century, year, month, day;
    int64_t us;
    if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-' || !two_digits(text.p, &century) ||
        !two_digits(text.p + 2, &year) || !two_digits(text.p + 5, &month) || !two_digits(text.p + 8, &day) ||
        !time_civil_us(century * 100 + year, month, day, 0, 0, 0, &us)) {
        return false;
    }
    *ms = us / 1000;
    return true;
}

struct top {
    struct str issuer, programme, date, days;
};

// "# name: value" into its place; anything else after '#' is a comment.
static enum err top_line(const struct reader *r, struct str line, struct top *top)
{
    const struct {
        const char *name;
        struct str *to;
    } known[] = {
        {"issuer", &top->issuer}, {"programme", &top->programme}, {"date", &top->date}, {"valid-days", &top->days}};
    struct str value, name = str_trim(str_cut(str_from(line, 1), ':', &value));
    if (!value.p) return ERR_NONE;
    if (str_is(name, "signature"))
        return fault(r, ERR_MALFORMED, NULL, line.p, "a signature that is not the last line");
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (!str_is(name, known[i].name)) continue;
        if (known[i].to->p) return fault(r, ERR_MALFORMED, known[i].name, line.p, "said twice");
        *known[i].to = str_trim(value);
        return ERR_NONE;
    }
    return ERR_NONE;
}

static enum err top_check(const struct top *top, const struct roster_context *context, struct str key_name,
                          struct roster *out, struct why *why)
{
    uint64_t days;
    if (!note_name_valid(top->issuer))
        return why_set(why, ERR_MALFORMED, "issuer", "\"# issuer:\" is missing or no name");
    if (!key_speaks_for(key_name, top->issuer)) {
        return why_set(why, ERR_UNTRUSTED, "issuer", "the key of %.*s does not speak for %.*s", STR_ARG(key_name),
                       STR_ARG(top->issuer));
    }
    if (!programme_parse(top->programme, &out->programme)) {
        return why_set(why, ERR_MALFORMED, "programme", "\"# programme:\" must be FAST, CTPAT, OEA or PIP");
    }
    if (!day_parse(top->date, &out->date_ms)) {
        return why_set(why, ERR_MALFORMED, "date", "\"# date:\" must be a day, 2026-03-01");
    }
    if (!str_decimal(top->days, ROSTER_VALID_DAYS_MAX, &days) || days == 0) {
        return why_set(why, ERR_MALFORMED, "valid-days", "\"# valid-days:\" must be 1 to %d", ROSTER_VALID_DAYS_MAX);
    }
    out->issuer = top->issuer;
    out->until_ms = out->date_ms + (int64_t)days * DAY_MS;
    if (out->date_ms > context->now_ms + AHEAD_MS) {
        return why_set(why, ERR_SENSELESS, "date", "the roster is dated %.*s, which is to come", STR_ARG(top->date));
    }
    if (context->now_ms >= out->until_ms) {
        return why_set(why, ERR_EXPIRED, "date", "the roster of %.*s is older than its %u days; ask %.*s for a new one",
                       STR_ARG(top->date), (unsigned)days, STR_ARG(top->issuer));
    }
    return ERR_NONE;
}

// --- rows ---

// One field of RFC 4180; *rest is what follows its comma, {NULL,0} after the last field.
static enum err field_take(const struct reader *r, struct str line, const char *column, struct str *out,
                           struct str *rest)
{
    if (!str_starts(line, "\"")) {
        *out = str_cut(line, ',', rest);
        if (memchr(out->p, '"', out->n)) return fault(r, ERR_MALFORMED, column, out->p, "a quote inside a bare field");
        return ERR_NONE;
    }
    size_t i = 1, doubled = 0;
    for (; i < line.n; i++) {
        if (line.p[i] != '"') continue;
        if (i + 1 == line.n || line.p[i + 1] != '"') break;
        i++;
        doubled++;
    }
    if (i >= line.n) return fault(r, ERR_MALFORMED, column, line.p, "a quote that is not closed");
    *out = (struct str){line.p + 1, i - 1};
    struct str after = str_from(line, i + 1);
    *rest = after.n ? str_from(after, 1) : STR_NONE;
    if (after.n && after.p[0] != ',') return fault(r, ERR_MALFORMED, column, after.p, "text after the closing quote");
    if (doubled == 0) return ERR_NONE;
    char *text = arena_alloc(r->arena, out->n - doubled);
    if (!text) return no_memory(r);
    size_t n = 0;
    for (size_t k = 0; k < out->n; k++) {
        text[n++] = out->p[k];
        if (out->p[k] == '"') k++;
    }
    *out = (struct str){text, n};
    return ERR_NONE;
}

static enum err fields_split(const struct reader *r, struct str line, struct str fields[COLUMNS])
{
    struct str rest = line;
    for (int c = 0; c < COLUMNS; c++) {
        if (!rest.p) return fault(r, ERR_MALFORMED, columns[c], line.p + line.n, "the row ends before this column");
        fields[c] = STR_NONE;
        enum err err = field_take(r, rest, columns[c], &fields[c], &rest);
        if (err) return err;
        if (fields[c].n > ROSTER_FIELD_MAX)
            return fault(r, ERR_TOO_LARGE, columns[c], fields[c].p, "the field is too long");
    }
    if (rest.p) return fault(r, ERR_MALFORMED, NULL, rest.p, "more fields than columns");
    return ERR_NONE;
}

static enum err header_check(const struct reader *r, struct str line)
{
    struct str fields[COLUMNS];
    enum err err = fields_split(r, line, fields);
    if (err) return err;
    for (int c = 0; c < COLUMNS; c++) {
        if (!str_is(fields[c], columns[c]))
            return fault(r, ERR_MALFORMED, columns[c], fields[c].p, "not this column's name");
    }
    return ERR_NONE;
}

// The holder's identifiers, so that a fault shows here and not when the drafts are made.
static enum err holder_read(const struct reader *r, const struct identifier_table *identifiers,
                            const struct roster *roster, const struct str fields[COLUMNS], struct roster_row *row)
{
    struct credential trial = {.programme = roster->programme, .role = row->role};
    struct why inner = {0};
    enum err err =
        credential_holder(r->arena, identifiers, fields[COL_SCHEME], fields[COL_VALUE], "value", &trial, &inner);
    if (err) return fault(r, err, "value", fields[COL_VALUE].p, inner.text);
    row->holder = trial.holder[0];
    err = credential_programme_id(r->arena, identifiers, fields[COL_ID], "programme_id", &trial, &inner);
    if (err) return fault(r, err, "programme_id", fields[COL_ID].p, inner.text);
    row->id = trial.id;
    return ERR_NONE;
}

static enum err row_read(const struct reader *r, struct str line, const struct identifier_table *identifiers,
                         const struct roster *roster, struct roster_row *row)
{
    struct str f[COLUMNS];
    enum programme programme;
    enum err err = fields_split(r, line, f);
    if (err) return err;
    *row = (struct roster_row){.line = r->line, .name = f[COL_NAME]};
    if (!credential_role_parse(f[COL_ROLE], &row->role)) {
        return fault(r, ERR_MALFORMED, "role", f[COL_ROLE].p, "must be driver, carrier, importer or manufacturer");
    }
    if (!programme_parse(f[COL_PROGRAMME], &programme) || programme != roster->programme) {
        return fault(r, ERR_SENSELESS, "programme", f[COL_PROGRAMME].p, "not the programme of this roster");
    }
    if (!day_parse(f[COL_FROM], &row->from_ms))
        return fault(r, ERR_MALFORMED, "from", f[COL_FROM].p, "no day, 2026-03-01");
    if (!day_parse(f[COL_TO], &row->to_ms)) return fault(r, ERR_MALFORMED, "to", f[COL_TO].p, "no day, 2026-03-01");
    if (row->to_ms < row->from_ms) return fault(r, ERR_SENSELESS, "to", f[COL_TO].p, "lies before from");
    row->to_ms += DAY_MS - 1;
    if (!credential_status_parse(f[COL_STATUS], &row->status)) {
        return fault(r, ERR_MALFORMED, "status", f[COL_STATUS].p, "must be valid, suspended or revoked");
    }
    return holder_read(r, identifiers, roster, f, row);
}

static int row_order(const void *a, const void *b)
{
    const struct roster_row *x = *(const struct roster_row *const *)a, *y = *(const struct roster_row *const *)b;
    if (x->role != y->role) return x->role < y->role ? -1 : 1;
    int order = str_compare(x->holder.scheme, y->holder.scheme);
    return order ? order : str_compare(x->holder.value, y->holder.value);
}

static enum err duplicates_check(const struct reader *r, const struct roster *roster)
{
    if (roster->count < 2) return ERR_NONE;
    const struct roster_row **sorted = malloc(roster->count * sizeof *sorted);
    if (!sorted) return why_set(r->why, ERR_NO_MEMORY, "", "no memory for the roster");
    for (size_t i = 0; i < roster->count; i++) sorted[i] = &roster->rows[i];
    qsort(sorted, roster->count, sizeof *sorted, row_order);
    enum err err = ERR_NONE;
    for (size_t i = 1; i < roster->count && !err; i++) {
        const struct roster_row *a = sorted[i - 1], *b = sorted[i];
        if (row_order(&a, &b) != 0) continue;
        char member[32];
        snprintf(member, sizeof member, "line %u, value", a->line > b->line ? a->line : b->line);
        err = why_set(r->why, ERR_CONFLICT, member, "the same holder and role as in line %u",
                      a->line < b->line ? a->line : b->line);
    }
    free(sorted);
    return err;
}

static enum err rows_read(struct reader *r, const struct identifier_table *identifiers, struct roster *out)
{
    size_t room = 0;
    for (size_t i = 0; i < r->rest.n; i++) room += r->rest.p[i] == '\n';
    if (room > ROSTER_ROWS_MAX)
        return why_set(r->why, ERR_TOO_LARGE, "", "a roster has at most %d rows", ROSTER_ROWS_MAX);
    struct roster_row *rows = arena_array(r->arena, struct roster_row, room);
    if (!rows) return no_memory(r);
    out->rows = rows;
    for (struct str line; line_next(r, &line);) {
        enum err err = line_check(r, line);
        if (!err) err = row_read(r, line, identifiers, out, &rows[out->count]);
        if (err) return err;
        out->count++;
    }
    return duplicates_check(r, out);
}

// The lines at the top and the header line.
static enum err top_read(struct reader *r, const struct roster_context *context, struct str key_name,
                         struct roster *out)
{
    struct top top = {0};
    for (struct str line; line_next(r, &line);) {
        enum err err = line_check(r, line);
        if (err) return err;
        if (!str_starts(line, "#")) {
            err = top_check(&top, context, key_name, out, r->why);
            return err ? err : header_check(r, line);
        }
        err = top_line(r, line, &top);
        if (err) return err;
    }
    return why_set(r->why, ERR_MALFORMED, "", "there is no line with the columns' names");
}

enum err roster_parse(struct arena *arena, struct str bytes, const struct roster_context *context, struct roster *out,
                      struct why *why)
{
    *out = (struct roster){0};
    if (bytes.n > ROSTER_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a roster has at most %zu bytes", ROSTER_BYTES_MAX);
    struct str signed_part = STR_NONE, key_name = STR_NONE;
    enum err err = signature_check(bytes, context, &signed_part, &key_name, why);
    if (err) return err;
    struct reader r = {arena, bytes, signed_part, 0, why};
    err = top_read(&r, context, key_name, out);
    if (!err) err = rows_read(&r, context->identifiers, out);
    if (!err) sha256(bytes, out->sha256);
    return err;
}

// --- statements ---

struct draft *roster_draft(struct arena *arena, const struct roster *roster)
{
    struct draft *draft = draft_new(arena, "roster", roster->date_ms, LABEL_AMBER);
    if (!draft) return NULL;
    char date[TIME_TEXT_ROOM];
    time_text_ms(roster->date_ms, date);
    struct json *member = json_new_object(arena);
    json_put_text(arena, member, "issuer", roster->issuer);
    json_put_text(arena, member, "date", arena_str(arena, (struct str){date, 10}));
    json_put_text(arena, member, "programme", str_of(programme_name(roster->programme)));
    json_put_number(arena, member, "rows", (double)roster->count);
    json_put_text(arena, member, "sha256",
                  hex_text(arena, (struct str){(const char *)roster->sha256, sizeof roster->sha256}));
    draft_put(draft, "roster", member);
    return arena->failed ? NULL : draft;
}

enum err roster_row_draft(struct arena *arena, const struct roster *roster, size_t row,
                          const struct identifier_table *identifiers, struct draft **out, struct why *why)
{
    INVARIANT(row < roster->count);
    const struct roster_row *from = &roster->rows[row];
    struct credential credential = {
        .programme = roster->programme,
        .role = from->role,
        .holder = {from->holder},
        .nholder = 1,
        .issuer = roster->issuer,
        .from_ms = from->from_ms,
        .to_ms = from->to_ms,
        .status = from->status,
        .from_roster = true,
    };
    enum err err = credential_programme_id(arena, identifiers, from->id, "programme_id", &credential, why);
    if (err) return err;
    *out = credential_draft(arena, &credential, STR_NONE);
    if (*out) return ERR_NONE;
    if (arena->full) return why_set(why, ERR_TOO_LARGE, "", "the statement is larger than its memory's limit");
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the statement");
}

enum err roster_sign(struct str bytes, struct str key_name, const struct ed25519_key *key, struct buf *out,
                     struct why *why)
{
    struct str signed_part, line;
    if (!str_ends(bytes, "\n")) return why_set(why, ERR_SENSELESS, "", "the roster's last line must end in a newline");
    if (signature_find(bytes, &signed_part, &line))
        return why_set(why, ERR_SENSELESS, "signature", "it is signed already");
    if (!note_name_valid(key_name)) return why_set(why, ERR_USAGE, "signature", "not a name for a key");
    uint8_t signature[ED25519_SIGNATURE];
    ed25519_sign(key, bytes, signature);
    buf_str_add(out, bytes);
    buf_puts(out, SIGNATURE_LINE);
    buf_str_add(out, key_name);
    buf_printf(out, "+%08x ", note_key_id(key_name, NOTE_ED25519, key->public));
    base64_encode((struct str){(const char *)signature, sizeof signature}, out);
    buf_putc(out, '\n');
    return out->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory for the roster") : ERR_NONE;
}
