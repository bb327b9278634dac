// SPDX-License-Identifier: Apache-2.0
// From the bytes of a scanner log to its good rows, and the bad ones with their reasons.
#include "formats/scanner_log.h"

#include "base/text.h"
#include "formats/scanner_parts.h"
#include "trust/hash.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_MS INT64_C(946684800000) // 2000-01-01: earlier, the logger's clock had not been set
#define DAY_MS INT64_C(86400000)
#define RAW_MAX 4096

struct refused {
    struct str raw, reason;
};

struct reading {
    struct arena *arena;
    const struct scanner_mapping *mapping;
    const struct scanner_context *context;
    int column[SCANNER_COLUMNS]; // index in the row; -1: none
    struct scanner_rows *rows;
    struct refused refused[SCANNER_REFUSED_MAX];
    size_t nrefused;
    struct why first; // of the first bad row
    int64_t last_ms[SCANNER_EQUIPMENT_MAX];
};

// One row on its way through.
struct line {
    const struct csv_row *row;
    uint32_t number;
    struct why *why;
};

static enum err no_memory(const struct reading *r, struct why *why)
{
    if (r->arena->full) return why_set(why, ERR_TOO_LARGE, "", "the log says more than fits into one request; cut it");
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the log");
}

static struct str cell(const struct reading *r, const struct line *line, enum scanner_column column)
{
    int at = r->column[column];
    return at < 0 || (size_t)at >= line->row->count ? STR_NONE : str_trim(line->row->fields[at]);
}

static enum err fault(const struct reading *r, const struct line *line, enum err err, enum scanner_column column,
                      struct str text, const char *what)
{
    char member[sizeof line->why->member];
    snprintf(member, sizeof member, "row %u, %.*s", line->number, STR_ARG(r->mapping->columns[column]));
    int shown = text.n < 60 ? (int)text.n : 60;
    return why_set(line->why, err, member, "\"%.*s\" %s", shown, text.p ? text.p : "", what);
}

// ---- Header ----

static enum err header_read(struct reading *r, struct csv *csv, struct why *why)
{
    struct csv_row row;
    struct why inner = {0};
    if (csv_next(csv, r->arena, &row, &inner) != CSV_ROW)
        return why_set(why, ERR_MALFORMED, "row 1", "the first row does not name the columns");
    for (size_t c = 0; c < SCANNER_COLUMNS; c++) {
        struct str name = r->mapping->columns[c];
        r->column[c] = -1;
        for (size_t i = 0; i < row.count && name.p; i++)
            if (scanner_header_is(row.fields[i], name)) r->column[c] = (int)i;
        if (name.p && r->column[c] < 0)
            return why_set(why, ERR_UNSUPPORTED, "row 1", "there is no column \"%.*s\", which the mapping names for %s",
                           STR_ARG(name), scanner_column_name((enum scanner_column)c));
    }
    return ERR_NONE;
}

// ---- Cells ----

static enum err machine_new(struct reading *r, const struct line *line, struct str name, uint16_t *out)
{
    struct scanner_rows *rows = r->rows;
    const struct json *mapped = scanner_lookup(r->mapping->equipment, name);
    struct identifier id;
    struct why inner = {0};
    if (r->mapping->equipment && !mapped)
        return fault(r, line, ERR_SENSELESS, SCANNER_EQUIPMENT, name, "is no equipment that the mapping names");
    struct str value =
        mapped ? mapped->text : arena_printf(r->arena, "%.*s/%.*s", STR_ARG(r->mapping->port), STR_ARG(name));
    if (!value.p) return no_memory(r, line->why);
    if (identifier_check(r->context->identifiers, r->arena, STR("port.equipment"), value, &id, &inner) != ERR_NONE)
        return fault(r, line, ERR_MALFORMED, SCANNER_EQUIPMENT, name, "makes no identifier of equipment");
    if (rows->nmachines == SCANNER_EQUIPMENT_MAX)
        return fault(r, line, ERR_TOO_LARGE, SCANNER_EQUIPMENT, name, "is one too many for one file");
    *out = (uint16_t)rows->nmachines;
    rows->machines[rows->nmachines++] = (struct scanner_machine){name, id};
    return ERR_NONE;
}

static enum err read_machine(struct reading *r, const struct line *line, uint16_t *out)
{
    struct str name = cell(r, line, SCANNER_EQUIPMENT);
    if (!name.n) return fault(r, line, ERR_MALFORMED, SCANNER_EQUIPMENT, name, "names no equipment");
    for (size_t i = 0; i < r->rows->nmachines; i++) {
        if (!str_eq(r->rows->machines[i].name, name)) continue;
        *out = (uint16_t)i;
        return ERR_NONE;
    }
    return machine_new(r, line, name, out);
}

// *ms 0 when the cell is empty.
static enum err read_time(const struct reading *r, const struct line *line, enum scanner_column column, int64_t *ms)
{
    struct str text = cell(r, line, column);
    const char *what = "";
    *ms = 0;
    if (!text.n) return ERR_NONE;
    if (!scanner_time(r->mapping, text, ms, &what)) return fault(r, line, ERR_MALFORMED, column, text, what);
    if (*ms < FIRST_MS) return fault(r, line, ERR_SENSELESS, column, text, "is before 2000: a clock that was not set");
    if (*ms > r->context->received_ms + DAY_MS)
        return fault(r, line, ERR_SENSELESS, column, text, "has not come yet: a clock that jumped");
    return ERR_NONE;
}

static enum err read_count(const struct reading *r, const struct line *line, enum scanner_column column,
                           uint32_t fallback, uint32_t *out)
{
    struct str text = cell(r, line, column);
    uint64_t value;
    *out = fallback;
    if (!text.n) return ERR_NONE;
    if (!str_decimal(text, SCANNER_COUNT_MAX, &value))
        return fault(r, line, ERR_MALFORMED, column, text, "is no number of scans");
    *out = (uint32_t)value;
    return ERR_NONE;
}

static const char *one_of(struct str text, const char *const *choices)
{
    for (; *choices; choices++)
        if (str_is(text, *choices)) return *choices;
    return NULL;
}

// A word of the log's by its map; what is ours already needs none.
static const char *word(const struct json *map, struct str text, const char *const *ours)
{
    const struct json *mapped = scanner_lookup(map, text);
    return one_of(mapped ? mapped->text : text, ours);
}

static enum err read_value(const struct reading *r, const struct line *line, struct scanner_row *out)
{
    struct str event = cell(r, line, SCANNER_EVENT);
    const struct json *entry = event.n ? scanner_lookup(r->mapping->values, event) : r->mapping->row;
    if (!entry)
        return fault(r, line, ERR_MALFORMED, SCANNER_EVENT, event,
                     event.n ? "is no event that the mapping's values name" : "is empty, and the mapping has no row");
    out->says = scanner_value_of(entry);
    struct str reason = cell(r, line, SCANNER_REASON), waiting = cell(r, line, SCANNER_WAITING);
    if (reason.n) {
        out->says.reason = word(r->mapping->reasons, reason, outage_reason_codes);
        if (!out->says.reason) {
            out->says.reason = outage_reason_code(REASON_OTHER);
            out->reason_words = reason;
        }
    }
    if (!waiting.n) return ERR_NONE;
    out->says.waiting = word(r->mapping->waitings, waiting, scanner_waiting_names);
    if (!out->says.waiting)
        return fault(r, line, ERR_MALFORMED, SCANNER_WAITING, waiting, "is not among the mapping's waitings");
    return ERR_NONE;
}

static enum err read_span(const struct reading *r, const struct line *line, struct scanner_row *out)
{
    enum err err = read_time(r, line, SCANNER_START, &out->from_ms);
    if (err == ERR_NONE && !out->from_ms) err = fault(r, line, ERR_MALFORMED, SCANNER_START, STR_NONE, "says no time");
    if (err == ERR_NONE) err = read_time(r, line, SCANNER_END, &out->to_ms);
    if (err != ERR_NONE) return err;
    struct str end = cell(r, line, SCANNER_END);
    out->open = !out->to_ms;
    if (out->open) {
        out->to_ms = out->from_ms;
        return ERR_NONE;
    }
    if (out->to_ms < out->from_ms)
        return fault(r, line, ERR_SENSELESS, SCANNER_END, end, "lies before the start: a clock that jumped");
    if (out->to_ms - out->from_ms > SCANNER_ROW_DAYS_MAX * DAY_MS)
        return fault(r, line, ERR_SENSELESS, SCANNER_END, end, "lies more than 400 days after the start");
    return ERR_NONE;
}

static enum err read_scan(const struct reading *r, const struct line *line, struct scanner_row *out)
{
    static const char *const verdicts[] = {"clear", "suspect", "none", NULL};
    enum err err = read_count(r, line, SCANNER_SCANS, out->says.scan, &out->scans);
    if (err == ERR_NONE) err = read_count(r, line, SCANNER_UNDECIDED, 0, &out->undecided);
    if (err != ERR_NONE || !out->scans) return err;
    if (out->undecided > out->scans)
        return fault(r, line, ERR_SENSELESS, SCANNER_UNDECIDED, cell(r, line, SCANNER_UNDECIDED),
                     "is more than there were scans");
    struct str verdict = cell(r, line, SCANNER_VERDICT);
    bool mapped = scanner_lookup(r->mapping->verdicts, verdict) != NULL;
    if (r->column[SCANNER_VERDICT] >= 0 && (verdict.n || mapped)) {
        out->verdict = word(r->mapping->verdicts, verdict, verdicts);
        if (!out->verdict)
            return fault(r, line, ERR_MALFORMED, SCANNER_VERDICT, verdict, "is not among the mapping's verdicts");
    }
    out->image = cell(r, line, SCANNER_IMAGE);
    out->officer = cell(r, line, SCANNER_OFFICER);
    out->crossing = cell(r, line, SCANNER_CROSSING);
    return read_time(r, line, SCANNER_VERDICT_AT, &out->verdict_at_ms);
}

static enum err read_crossing(const struct reading *r, const struct line *line, struct scanner_row *out)
{
    struct identifier id;
    struct why inner = {0};
    if (!out->crossing.n) return ERR_NONE;
    const struct identifier_table *table = r->context->identifiers;
    const struct identifier_scheme *scheme = identifier_scheme_find(table, r->mapping->crossing_scheme);
    if (!scheme || !identifier_names(scheme, NOUN_CROSSING) ||
        identifier_check(table, r->arena, scheme->name, out->crossing, &id, &inner) != ERR_NONE)
        return fault(r, line, ERR_MALFORMED, SCANNER_CROSSING, out->crossing, "names no crossing by the scheme");
    out->crossing = id.value;
    return ERR_NONE;
}

// ---- Rows ----

static enum err row_add(struct reading *r, const struct scanner_row *row, struct why *why)
{
    struct scanner_rows *rows = r->rows;
    if (rows->count == SCANNER_ROWS_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a log has at most %d rows; cut it", SCANNER_ROWS_MAX);
    if (rows->count == rows->room) {
        size_t room = rows->room ? rows->room * 2 : 1024;
        struct scanner_row *items = realloc(rows->items, room * sizeof *items);
        if (!items) return why_set(why, ERR_NO_MEMORY, "", "no memory for the log");
        rows->items = items;
        rows->room = room;
    }
    rows->items[rows->count++] = *row;
    return ERR_NONE;
}

// An outage by what it waited for: people until somebody came, parts until they were there, then the repair.
static enum err row_split(struct reading *r, const struct line *line, struct scanner_row *row)
{
    int64_t arrived, parts;
    enum err err = read_time(r, line, SCANNER_ARRIVED, &arrived);
    if (err == ERR_NONE) err = read_time(r, line, SCANNER_PARTS, &parts);
    if (err != ERR_NONE || (!arrived && !parts) || row->says.state < STATE_MAINTENANCE) return err;
    int64_t end = row->open ? INT64_MAX : row->to_ms;
    if (arrived && (arrived < row->from_ms || arrived > end))
        return fault(r, line, ERR_SENSELESS, SCANNER_ARRIVED, cell(r, line, SCANNER_ARRIVED),
                     "lies outside the row's times");
    if (parts && (parts < (arrived ? arrived : row->from_ms) || parts > end))
        return fault(r, line, ERR_SENSELESS, SCANNER_PARTS, cell(r, line, SCANNER_PARTS),
                     "lies outside the row's times, or before somebody came");
    struct scanner_row part = *row;
    part.scans = 0;
    part.open = part.says.planned = false;
    part.says.waiting = "people";
    part.to_ms = arrived;
    if (arrived > row->from_ms) err = row_add(r, &part, line->why);
    part.from_ms = arrived ? arrived : row->from_ms;
    part.says.waiting = "parts";
    part.to_ms = parts;
    if (err == ERR_NONE && parts > part.from_ms) err = row_add(r, &part, line->why);
    // What is left is the repair; it must not hide what came before it.
    int64_t repair = parts ? parts : arrived;
    row->says.waiting = "repair";
    row->from_ms = repair;
    return err;
}

static enum err row_read(struct reading *r, const struct line *line, struct scanner_row *row)
{
    *row = (struct scanner_row){.row = line->number};
    enum err err = read_span(r, line, row);
    if (err == ERR_NONE) err = read_value(r, line, row);
    if (err == ERR_NONE) err = read_scan(r, line, row);
    if (err == ERR_NONE) err = read_crossing(r, line, row);
    if (err == ERR_NONE) err = read_time(r, line, SCANNER_DUE, &row->due_ms);
    row->note = cell(r, line, SCANNER_NOTE);
    return err == ERR_NONE ? read_machine(r, line, &row->equipment) : err;
}

static void span_told(struct scanner_tally *tally, const struct scanner_row *row)
{
    if (!tally->from_ms || row->from_ms < tally->from_ms) tally->from_ms = row->from_ms;
    if (row->to_ms > tally->to_ms) tally->to_ms = row->to_ms;
}

static enum err row_take(struct reading *r, const struct line *line)
{
    struct scanner_row row;
    size_t before = r->rows->count;
    enum err err = row_read(r, line, &row);
    if (err != ERR_NONE) return err;
    int64_t began_ms = row.from_ms;
    struct scanner_row scan = row;
    if (row.scans) {
        scan.says.state = STATE_UNKNOWN;
        scan.says.planned = false;
        err = row_add(r, &scan, line->why);
    }
    row.scans = 0;
    // Preventive maintenance is told once, and its whole time with it.
    if (err == ERR_NONE && row.says.planned) {
        struct scanner_row done = row;
        done.says.state = STATE_UNKNOWN;
        err = row_add(r, &done, line->why);
        row.says.planned = false;
    }
    if (err == ERR_NONE && row.says.state != STATE_UNKNOWN) {
        err = row_split(r, line, &row);
        if (err == ERR_NONE) err = row_add(r, &row, line->why);
    }
    if (err != ERR_NONE) {
        r->rows->count = before;
        return err;
    }
    row.from_ms = began_ms;
    span_told(&r->rows->tally, &row);
    if (began_ms < r->last_ms[row.equipment]) r->rows->tally.out_of_order++;
    r->last_ms[row.equipment] = began_ms;
    return ERR_NONE;
}

static void refuse(struct reading *r, struct str raw, const struct why *why)
{
    if (r->rows->tally.refused++ == 0) r->first = *why;
    if (r->nrefused == SCANNER_REFUSED_MAX) return;
    struct str reason = arena_printf(r->arena, "%s: %s", why->member, why->text);
    r->refused[r->nrefused++] = (struct refused){{raw.p, raw.n < RAW_MAX ? raw.n : RAW_MAX}, reason};
}

// What the machine's limits refuse ends the file; what is wrong with a row ends the row.
static bool ends_file(const struct why *why)
{
    return why->err == ERR_NO_MEMORY || (why->err == ERR_TOO_LARGE && !why->member[0]);
}

static enum err rows_read(struct reading *r, struct csv *csv, struct why *why)
{
    struct csv_row row;
    for (;;) {
        struct why inner = {0};
        enum csv_step step = csv_next(csv, r->arena, &row, &inner);
        if (step == CSV_END) return r->arena->failed ? no_memory(r, why) : ERR_NONE;
        struct line line = {&row, csv->row, &inner};
        r->rows->tally.rows++;
        if (step == CSV_BAD) {
            if (inner.err == ERR_NO_MEMORY) return no_memory(r, why);
            snprintf(inner.member, sizeof inner.member, "row %u", csv->row);
        } else if (row_take(r, &line) == ERR_NONE) {
            continue;
        }
        if (ends_file(&inner)) return why_set(why, inner.err, inner.member, "%s", inner.text);
        refuse(r, row.raw, &inner);
    }
}

// ---- Drafts ----

static int row_order(const void *a, const void *b)
{
    const struct scanner_row *x = a, *y = b;
    if (x->equipment != y->equipment) return x->equipment < y->equipment ? -1 : 1;
    if (x->from_ms != y->from_ms) return x->from_ms < y->from_ms ? -1 : 1;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return x->to_ms < y->to_ms ? -1 : x->to_ms > y->to_ms;
}

static enum err machines_draft(struct reading *r, struct drafts *out, struct why *why)
{
    struct scanner_rows *rows = r->rows;
    enum err err = ERR_NONE;
    if (rows->count) qsort(rows->items, rows->count, sizeof *rows->items, row_order);
    for (size_t at = 0; at < rows->count && err == ERR_NONE;) {
        size_t n = 1;
        while (at + n < rows->count && rows->items[at + n].equipment == rows->items[at].equipment) n++;
        err = scanner_machine_drafts(r->arena, r->mapping, r->context, &rows->machines[rows->items[at].equipment],
                                     rows->items + at, n, &rows->tally, out, why);
        at += n;
    }
    return err;
}

static void put_count(struct arena *arena, struct json *object, const char *name, size_t count)
{
    json_put_number(arena, object, name, (double)count);
}

static enum err log_draft(struct reading *r, struct str bytes, struct drafts *out, struct why *why)
{
    const struct scanner_tally *t = &r->rows->tally;
    struct draft *draft = draft_new(r->arena, "equipment.log", t->to_ms, r->context->label);
    struct json *log = json_new_object(r->arena);
    uint8_t hash[SHA256_BYTES];
    sha256(bytes, hash);
    for (size_t i = 0; i < r->rows->nmachines && draft; i++) {
        const struct identifier *id = &r->rows->machines[i].identifier;
        if (!draft_about(r->arena, draft, NOUN_EQUIPMENT, id->scheme, id->value)) return no_memory(r, why);
    }
    if (!draft || !log) return no_memory(r, why);
    if (r->context->name.n) json_put_text(r->arena, log, "name", r->context->name);
    json_put_text(r->arena, log, "mapping", r->mapping->name);
    json_put_text(r->arena, log, "sha256", hex_text(r->arena, (struct str){(const char *)hash, sizeof hash}));
    document_put_time(r->arena, log, "from", t->from_ms);
    document_put_time(r->arena, log, "to", t->to_ms);
    put_count(r->arena, log, "rows", t->rows);
    put_count(r->arena, log, "refused", t->refused);
    put_count(r->arena, log, "duplicates", t->duplicates);
    put_count(r->arena, log, "out_of_order", t->out_of_order);
    put_count(r->arena, log, "contradicted", t->contradicted);
    put_count(r->arena, log, "scans", t->scans);
    draft_put(draft, "log", log);
    drafts_add(out, draft);
    return ERR_NONE;
}

static enum err refused_drafts(struct reading *r, struct drafts *out, struct why *why)
{
    for (size_t i = 0; i < r->nrefused; i++) {
        const struct refused *refused = &r->refused[i];
        struct draft *draft = draft_new(r->arena, "evidence.rejected", r->context->received_ms, r->context->label);
        struct str hex = hex_text(r->arena, refused->raw);
        if (!draft || !hex.p || !refused->reason.p) return no_memory(r, why);
        draft_put(draft, "door", json_new_text(r->arena, STR("scanner-log")));
        draft_put(draft, "reason", json_new_text(r->arena, refused->reason));
        draft_put(draft, "raw", json_new_text(r->arena, hex));
        draft_put(draft, "bytes", json_new_number(r->arena, (double)refused->raw.n));
        drafts_add(out, draft);
    }
    return ERR_NONE;
}

static enum err read_all(struct reading *r, struct str bytes, struct drafts *out, struct why *why)
{
    struct csv csv = csv_open(bytes, 0);
    enum err err = header_read(r, &csv, why);
    if (err == ERR_NONE) err = rows_read(r, &csv, why);
    if (err != ERR_NONE) return err;
    const struct scanner_tally *tally = &r->rows->tally;
    if (!tally->rows) return why_set(why, ERR_SENSELESS, "row 1", "the log names its columns and has no row");
    if (tally->refused == tally->rows) return why_set(why, r->first.err, r->first.member, "%s", r->first.text);
    err = machines_draft(r, out, why);
    if (err == ERR_NONE) err = log_draft(r, bytes, out, why);
    if (err == ERR_NONE) err = refused_drafts(r, out, why);
    return err == ERR_NONE && r->arena->failed ? no_memory(r, why) : err;
}

enum err scanner_log_parse(struct arena *arena, struct str bytes, const struct scanner_mapping *mapping,
                           const struct scanner_context *context, struct drafts *out, struct scanner_tally *tally,
                           struct why *why)
{
    struct scanner_rows rows = {0};
    if (bytes.n > SCANNER_LOG_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a scanner log has at most %zu bytes; cut it", SCANNER_LOG_BYTES_MAX);
    struct reading *r = calloc(1, sizeof *r);
    if (!r) return why_set(why, ERR_NO_MEMORY, "", "no memory for the log");
    *r = (struct reading){.arena = arena, .mapping = mapping, .context = context, .rows = &rows};
    enum err err = read_all(r, bytes, out, why);
    if (tally) *tally = rows.tally;
    free(rows.items);
    free(r);
    return err;
}
