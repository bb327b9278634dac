// SPDX-License-Identifier: Apache-2.0
// One machine's rows, which may overlap and repeat, to what can be stated: at each moment one state, each scan once,
// each maintenance once.
#include "formats/scanner_parts.h"

#include "base/text.h"

#include <stdlib.h>

struct machine {
    struct arena *arena;
    const struct scanner_mapping *mapping;
    const struct scanner_context *context;
    const struct scanner_machine *machine;
    struct scanner_row *items;
    size_t count;
    struct scanner_tally *tally;
    struct drafts *out;
    struct why *why;
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static bool same_row(const struct scanner_row *a, const struct scanner_row *b)
{
    return a->from_ms == b->from_ms && a->to_ms == b->to_ms && a->open == b->open && a->says.state == b->says.state &&
           a->says.scan == b->says.scan && a->says.planned == b->says.planned &&
           same_text(a->says.reason, b->says.reason) && same_text(a->says.waiting, b->says.waiting) &&
           same_text(a->verdict, b->verdict) && a->scans == b->scans && a->undecided == b->undecided &&
           a->verdict_at_ms == b->verdict_at_ms && a->due_ms == b->due_ms && str_eq(a->image, b->image) &&
           str_eq(a->officer, b->officer) && str_eq(a->crossing, b->crossing) &&
           str_eq(a->reason_words, b->reason_words);
}

#define SAME_START_MAX 256 // rows of one moment that are compared with each other

// Sorted by their starts: repeats stand among those of the same moment.
static void duplicates_drop(struct machine *m)
{
    size_t kept = 0;
    uint32_t last = 0;
    for (size_t i = 0; i < m->count; i++) {
        bool seen = false;
        for (size_t k = kept; k > 0 && kept - k < SAME_START_MAX && !seen; k--) {
            if (m->items[k - 1].from_ms != m->items[i].from_ms) break;
            seen = m->items[k - 1].row != m->items[i].row && same_row(&m->items[k - 1], &m->items[i]);
        }
        if (seen && m->items[i].row != last) m->tally->duplicates++;
        if (seen) last = m->items[i].row;
        if (!seen) m->items[kept++] = m->items[i];
    }
    m->count = kept;
}

// ---- Ends that were left open ----

static bool is_state(const struct scanner_row *row)
{
    return row->says.state != STATE_UNKNOWN;
}

// The next row that says something else than `row`: another state, or a scan where none could be.
static bool contradicts(const struct scanner_row *row, const struct scanner_row *next)
{
    if (next->row == row->row) return false;
    if (is_state(next)) return next->from_ms > row->from_ms;
    return next->scans && next->from_ms > row->from_ms && row->says.state >= STATE_MAINTENANCE;
}

// From the back: the next state row and the next scan are known at each step.
static void ends_close(struct machine *m)
{
    const struct scanner_row *state = NULL, *after = NULL, *scan = NULL; // `after`: the state row of a later moment
    for (size_t i = m->count; i-- > 0;) {
        struct scanner_row *row = &m->items[i];
        if (state && state->from_ms > row->from_ms) after = state;
        if (is_state(row) && row->open) {
            row->to_ms = m->tally->to_ms;
            if (after && contradicts(row, after) && after->from_ms < row->to_ms) row->to_ms = after->from_ms;
            if (scan && contradicts(row, scan) && scan->from_ms < row->to_ms) row->to_ms = scan->from_ms;
            // An open end that something contradicted is an end like any other.
            row->open = row->to_ms == m->tally->to_ms;
        }
        if (is_state(row)) state = row;
        if (row->scans && (!scan || scan->from_ms > row->from_ms)) scan = row;
    }
}

// ---- One state at each moment ----

struct moment {
    int64_t at_ms;
    struct scanner_value says;
    struct str words, note;
};

#define OPEN_MAX 64 // rows that hold at one moment; of more, the first ones count

// What holds while these rows do.
static struct moment moment_of(const struct scanner_row *const *open, size_t n, int64_t at_ms)
{
    struct moment now = {.at_ms = at_ms};
    for (size_t i = 0; i < n; i++)
        if (open[i]->says.state > now.says.state) now.says.state = open[i]->says.state;
    // They stand in the order in which they began.
    for (size_t i = 0; i < n; i++) {
        const struct scanner_row *row = open[i];
        if (row->says.state != now.says.state) continue;
        if (row->says.reason && !now.says.reason) {
            now.says.reason = row->says.reason;
            now.words = row->reason_words;
        }
        if (row->says.waiting) now.says.waiting = row->says.waiting;
        if (row->note.n && !now.note.n) now.note = row->note;
    }
    return now;
}

static struct str note_of(const struct machine *m, const struct moment *now)
{
    if (now->words.n && now->note.n)
        return arena_printf(m->arena, "%.*s: %.*s", STR_ARG(now->words), STR_ARG(now->note));
    return now->words.n ? now->words : now->note;
}

static enum err no_memory(const struct machine *m)
{
    if (m->arena->full)
        return why_set(m->why, ERR_TOO_LARGE, "", "the log says more than fits into one request; cut it");
    return why_set(m->why, ERR_NO_MEMORY, "", "no memory for the log");
}

static struct draft *draft_of(const struct machine *m, const char *kind, int64_t at_ms)
{
    struct draft *draft = draft_new(m->arena, kind, at_ms, m->context->label);
    const struct identifier *id = &m->machine->identifier;
    if (!draft || !draft_about(m->arena, draft, NOUN_EQUIPMENT, id->scheme, id->value)) return NULL;
    return draft;
}

// `last`: nothing is known after the log's end.
static enum err state_say(const struct machine *m, const struct moment *now, bool last)
{
    struct draft *draft = draft_of(m, "equipment.state", now->at_ms);
    struct json *state = json_new_object(m->arena);
    if (!draft || !state) return no_memory(m);
    json_put_text(m->arena, state, "state", str_of(scanner_state_text(now->says.state)));
    document_put_time(m->arena, state, "from", now->at_ms);
    if (last) document_put_time(m->arena, state, "to", m->tally->to_ms);
    bool why = now->says.state >= STATE_DEGRADED;
    if (now->says.reason && why) json_put_text(m->arena, state, "reason", str_of(now->says.reason));
    if (now->says.waiting && why) json_put_text(m->arena, state, "waiting", str_of(now->says.waiting));
    struct str note = note_of(m, now);
    if (note.n) json_put_text(m->arena, state, "note", note);
    draft_put(draft, "state", state);
    drafts_add(m->out, draft);
    return ERR_NONE;
}

static bool same_moment(const struct moment *a, const struct moment *b)
{
    return a->says.state == b->says.state && same_text(a->says.reason, b->says.reason) &&
           same_text(a->says.waiting, b->says.waiting) && str_eq(a->words, b->words) && str_eq(a->note, b->note);
}

// Follows the rows through time. What is said is one step behind, for the last one says when the log ends.
struct walk {
    const struct scanner_row *open[OPEN_MAX];
    size_t nopen;
    struct moment said;
    bool has_said;
};

static enum err step_to(const struct machine *m, struct walk *w, int64_t at_ms, bool begun)
{
    struct moment now = moment_of(w->open, w->nopen, at_ms);
    if (now.says.state == STATE_UNKNOWN) now.says.state = m->mapping->otherwise;
    if (now.says.state == STATE_UNKNOWN) now.says.state = begun ? STATE_UP : STATE_UNKNOWN;
    if (now.says.state == STATE_UNKNOWN) return ERR_NONE;
    if (w->has_said && same_moment(&w->said, &now)) return ERR_NONE;
    // Two changes at one moment are one.
    bool replaces = w->has_said && w->said.at_ms == at_ms;
    enum err err = w->has_said && !replaces ? state_say(m, &w->said, false) : ERR_NONE;
    w->said = now;
    w->has_said = true;
    return err;
}

// Lets go of what has ended by `until_ms`, in the order of the ends.
static enum err ends_pass(const struct machine *m, struct walk *w, int64_t until_ms)
{
    enum err err = ERR_NONE;
    while (err == ERR_NONE) {
        size_t first = w->nopen;
        for (size_t i = 0; i < w->nopen; i++)
            if (w->open[i]->to_ms <= until_ms && (first == w->nopen || w->open[i]->to_ms < w->open[first]->to_ms))
                first = i;
        if (first == w->nopen) break;
        int64_t at_ms = w->open[first]->to_ms;
        size_t kept = 0;
        for (size_t i = 0; i < w->nopen; i++)
            if (w->open[i]->to_ms > at_ms) w->open[kept++] = w->open[i];
        w->nopen = kept;
        err = step_to(m, w, at_ms, true);
    }
    return err;
}

static enum err states_say(const struct machine *m)
{
    struct walk w = {.nopen = 0};
    const int64_t end_ms = m->tally->to_ms;
    enum err err = step_to(m, &w, m->tally->from_ms, false);
    bool any = false;
    for (size_t i = 0; i < m->count && err == ERR_NONE; i++) {
        const struct scanner_row *row = &m->items[i];
        // A row without length says nothing of any time, unless it is where the log ends.
        if (!is_state(row) || (row->to_ms == row->from_ms && !row->open)) continue;
        any = true;
        err = ends_pass(m, &w, row->from_ms);
        if (w.nopen < OPEN_MAX) w.open[w.nopen++] = row;
        if (err == ERR_NONE) err = step_to(m, &w, row->from_ms, true);
    }
    // What still holds at the log's end is not known to have ended.
    if (err == ERR_NONE && any) err = ends_pass(m, &w, end_ms - 1);
    return err == ERR_NONE && w.has_said ? state_say(m, &w.said, true) : err;
}

// ---- Scans and maintenance ----

static bool is_sha256(struct str text)
{
    uint8_t bytes[32];
    size_t n;
    return text.n == 64 && hex_decode(text, bytes, sizeof bytes, &n);
}

static enum err scan_say(const struct machine *m, const struct scanner_row *row, uint32_t count, const char *verdict)
{
    struct draft *draft = draft_of(m, "equipment.scan", row->to_ms);
    struct json *scan = json_new_object(m->arena);
    if (!draft || !scan) return no_memory(m);
    if (row->crossing.n && !draft_about(m->arena, draft, NOUN_CROSSING, m->mapping->crossing_scheme, row->crossing))
        return no_memory(m);
    document_put_time(m->arena, scan, "from", row->from_ms);
    document_put_time(m->arena, scan, "to", row->to_ms);
    if (count > 1) json_put_number(m->arena, scan, "count", count);
    if (verdict) json_put_text(m->arena, scan, "verdict", str_of(verdict));
    if (row->verdict_at_ms) document_put_time(m->arena, scan, "verdict_at", row->verdict_at_ms);
    if (row->image.n) json_put_text(m->arena, scan, is_sha256(row->image) ? "image" : "image_name", row->image);
    if (row->officer.n) json_put_text(m->arena, scan, "officer", row->officer);
    draft_put(draft, "scan", scan);
    drafts_add(m->out, draft);
    return ERR_NONE;
}

// When maintenance whose end was left open was over: the end that its state got. The state is the row's other half,
// and stands beside it. 0: it is not known.
static int64_t done_of(const struct machine *m, size_t at)
{
    const struct scanner_row *row = &m->items[at];
    if (!row->open) return row->to_ms;
    for (size_t i = at > 0 ? at - 1 : 0; i < m->count && i <= at + 1; i++) {
        const struct scanner_row *half = &m->items[i];
        if (half->row == row->row && is_state(half) && !half->open) return half->to_ms;
    }
    return 0;
}

static enum err maintenance_say(const struct machine *m, size_t at)
{
    const struct scanner_row *row = &m->items[at];
    int64_t done_ms = done_of(m, at);
    struct draft *draft = draft_of(m, "equipment.maintenance", row->to_ms);
    struct json *done = json_new_object(m->arena);
    if (!draft || !done) return no_memory(m);
    document_put_time(m->arena, done, "due", row->due_ms ? row->due_ms : row->from_ms);
    if (done_ms) document_put_time(m->arena, done, "done", done_ms);
    draft_put(draft, "maintenance", done);
    drafts_add(m->out, draft);
    return ERR_NONE;
}

// Scans of a time at which a row of another says that the machine was down.
static size_t contradicted(const struct machine *m)
{
    size_t n = 0;
    int64_t down_until = INT64_MIN;
    for (size_t i = 0; i < m->count; i++) {
        const struct scanner_row *row = &m->items[i];
        if (row->says.state >= STATE_MAINTENANCE && row->to_ms > down_until) down_until = row->to_ms;
        if (row->scans && row->to_ms < down_until) n += row->scans;
    }
    return n;
}

static enum err others_say(const struct machine *m)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < m->count && err == ERR_NONE; i++) {
        const struct scanner_row *row = &m->items[i];
        if (row->says.planned) err = maintenance_say(m, i);
        if (!row->scans || err != ERR_NONE) continue;
        m->tally->scans += row->scans;
        uint32_t judged = row->scans - row->undecided;
        if (judged) err = scan_say(m, row, judged, row->verdict);
        if (err == ERR_NONE && row->undecided) err = scan_say(m, row, row->undecided, "none");
    }
    return err;
}

enum err scanner_machine_drafts(struct arena *arena, const struct scanner_mapping *mapping,
                                const struct scanner_context *context, const struct scanner_machine *machine,
                                struct scanner_row *items, size_t count, struct scanner_tally *tally,
                                struct drafts *out, struct why *why)
{
    struct machine m = {arena, mapping, context, machine, items, count, tally, out, why};
    duplicates_drop(&m);
    ends_close(&m);
    tally->contradicted += contradicted(&m);
    enum err err = states_say(&m);
    return err == ERR_NONE ? others_say(&m) : err;
}
