// SPDX-License-Identifier: Apache-2.0
#include "port/availability_report.h"

#include "base/clock.h"
#include "formats/csv.h"
#include "formats/yaml_schema.h"
#include "port/local_time.h"

#include <math.h>
#include <stdio.h>

#define HOUR_MS 3600000.0

bool report_language_known(struct str language)
{
    return str_is(language, "en") || str_is(language, "es") || str_is(language, "fr");
}

bool report_zone_known(struct str zone)
{
    return local_time_known(zone);
}

void report_time(const struct availability_report *r, int64_t ms, char out[REPORT_TIME_ROOM])
{
    char text[TIME_TEXT_ROOM];
    int64_t offset_ms = r->zone.n ? local_time_offset_min(r->zone, ms, NULL) * INT64_C(60000) : 0;
    time_text_ms(ms + offset_ms, text);
    text[10] = ' ';
    memcpy(out, text, 16);
    out[16] = '\0';
}

bool report_moment(struct str text, struct str zone, bool end, int64_t *ms)
{
    if (time_parse_ms(text, ms)) return true;
    if (!yaml_date_ms(text, ms)) return false;
    if (end) *ms += INT64_C(86400000);
    // The offset at that local midnight: the one of the moment that the first guess names.
    int64_t guess = zone.n ? *ms - local_time_offset_min(zone, *ms, NULL) * INT64_C(60000) : *ms;
    if (zone.n) *ms -= local_time_offset_min(zone, guess, NULL) * INT64_C(60000);
    return true;
}

static void reach(struct period *p, int64_t from_ms, int64_t to_ms)
{
    if (!p->from_ms || from_ms < p->from_ms) p->from_ms = from_ms;
    if (to_ms > p->to_ms) p->to_ms = to_ms;
}

bool fleet_extent(const struct fleet *fleet, int64_t now_ms, struct period *out)
{
    *out = (struct period){.now_ms = now_ms};
    for (size_t i = 0; i < fleet->count; i++) {
        const struct machine *m = &fleet->items[i];
        for (size_t k = 0; k < m->nchanges; k++)
            reach(out, m->changes[k].at_ms, m->changes[k].to_ms ? m->changes[k].to_ms : m->changes[k].at_ms);
        for (size_t k = 0; k < m->nscans; k++) reach(out, m->scans[k].from_ms, m->scans[k].to_ms);
        for (size_t k = 0; k < m->ndues; k++)
            if (m->dues[k].done_ms) reach(out, m->dues[k].done_ms, m->dues[k].done_ms);
    }
    if (out->to_ms > now_ms) out->to_ms = now_ms;
    return out->to_ms > out->from_ms;
}

enum err availability_report_make(struct arena *arena, const struct fleet *fleet, struct availability_report *r,
                                  struct why *why)
{
    struct availability *each = arena_array(arena, struct availability, fleet->count + 1);
    if (!each) return why_set(why, ERR_NO_MEMORY, "", "no memory for the report");
    for (size_t i = 0; i < fleet->count; i++) {
        enum err err = availability_of(arena, &fleet->items[i], &r->period, &each[i], why);
        if (err != ERR_NONE) return err;
    }
    r->fleet = fleet;
    r->each = each;
    r->sum = fleet_sum(fleet, each);
    return ERR_NONE;
}

// ---- JSON ----

static void put_time(struct arena *arena, struct json *o, const char *name, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(ms, text);
    json_put_text(arena, o, name, arena_str(arena, (struct str){text, n}));
}

// What cannot be said (negative) is left out. Rounded, so that the same figures give the same bytes everywhere.
static void put_round(struct arena *arena, struct json *o, const char *name, double value, double per_unit)
{
    if (value >= 0) json_put_number(arena, o, name, round(value * per_unit) / per_unit);
}

static void put_hours(struct arena *arena, struct json *o, const char *name, int64_t ms)
{
    if (ms >= 0) put_round(arena, o, name, (double)ms / HOUR_MS, 1000);
}

static void put_count(struct arena *arena, struct json *o, const char *name, uint64_t n)
{
    json_put_number(arena, o, name, (double)n);
}

static void put_text(struct arena *arena, struct json *o, const char *name, struct str text)
{
    if (text.n) json_put_text(arena, o, name, text);
}

static struct json *interruption_json(struct arena *arena, const struct machine *m, const struct interruption *x)
{
    struct json *o = json_new_object(arena);
    put_time(arena, o, "from", x->from_ms);
    if (x->open)
        put_time(arena, o, "last_known", x->to_ms);
    else
        put_time(arena, o, "to", x->to_ms);
    json_put_bool(arena, o, "planned", x->planned);
    json_put_text(arena, o, "reason", str_of(outage_reason_code(x->reason)));
    put_text(arena, o, "words", x->words);
    put_text(arena, o, "note", x->note);
    put_hours(arena, o, "hours", x->to_ms - x->from_ms);
    put_hours(arena, o, "hours_in_period", x->in_period_ms);
    put_hours(arena, o, "people_hours", x->waited_ms[WAITING_PEOPLE]);
    put_hours(arena, o, "parts_hours", x->waited_ms[WAITING_PARTS]);
    put_hours(arena, o, "repair_hours", x->waited_ms[WAITING_REPAIR]);
    put_hours(arena, o, "unsaid_hours", x->waited_ms[WAITING_UNSAID]);
    put_hours(arena, o, "response_hours", x->response_ms);
    if (m->contract.vendor.n && !x->planned) {
        put_hours(arena, o, "late_hours", x->late_ms);
        if (m->contract.penalty_per_hour >= 0) put_round(arena, o, "penalty_uncapped", x->penalty, 100);
    }
    return o;
}

static struct json *maintenance_json(struct arena *arena, const struct availability *a)
{
    struct json *o = json_new_object(arena);
    put_count(arena, o, "due", a->pm_due);
    put_count(arena, o, "on_time", a->pm_on_time);
    put_count(arena, o, "late", a->pm_late);
    put_count(arena, o, "missed", a->pm_missed);
    put_count(arena, o, "expected_by_interval", a->pm_expected);
    json_put_bool(arena, o, "by_interval", a->pm_by_interval);
    put_round(arena, o, "compliance", a->pm_compliance, 10000);
    return o;
}

static struct json *scans_json(struct arena *arena, const struct machine *m, const struct availability *a)
{
    struct json *o = json_new_object(arena);
    put_count(arena, o, "count", a->scans);
    put_count(arena, o, "clear", a->verdicts[VERDICT_CLEAR]);
    put_count(arena, o, "suspect", a->verdicts[VERDICT_SUSPECT]);
    put_count(arena, o, "without_verdict", a->verdicts[VERDICT_NONE]);
    put_count(arena, o, "verdict_not_said", a->verdicts[VERDICT_UNSAID]);
    put_round(arena, o, "minutes_to_verdict", a->verdict_min, 100);
    put_round(arena, o, "per_hour", a->per_hour, 100);
    if (m->rated_per_hour > 0) json_put_number(arena, o, "rated_per_hour", m->rated_per_hour);
    put_round(arena, o, "of_rated", a->of_rated, 10000);
    put_round(arena, o, "utilisation", a->utilisation, 10000);
    return o;
}

static struct json *contract_json(struct arena *arena, const struct machine *m, const struct availability *a)
{
    struct json *o = json_new_object(arena);
    json_put_text(arena, o, "vendor", m->contract.vendor);
    if (m->contract.availability_pct >= 0) {
        json_put_number(arena, o, "availability_pct", m->contract.availability_pct);
        json_put_bool(arena, o, "missed", a->contract_missed);
    }
    put_hours(arena, o, "late_hours", a->late_ms);
    if (a->penalty >= 0) {
        put_round(arena, o, "penalty", a->penalty, 100);
        put_round(arena, o, "penalty_uncapped", a->penalty_uncapped, 100);
        json_put_text(arena, o, "currency", m->contract.currency);
    }
    return o;
}

static struct json *hours_json(struct arena *arena, const struct availability *a)
{
    struct json *o = json_new_object(arena);
    put_hours(arena, o, "installed", a->installed_ms);
    put_hours(arena, o, "known", a->known_ms);
    for (size_t s = 0; s < MACHINE_STATES; s++)
        put_hours(arena, o, machine_state_name((enum machine_state)s), a->in_state_ms[s]);
    return o;
}

static struct json *machine_json(struct arena *arena, const struct machine *m, const struct availability *a)
{
    struct json *o = json_new_object(arena), *list = json_new_array(arena), *mttr = json_new_object(arena);
    json_put_text(arena, o, "id", m->id);
    put_text(arena, o, "type", m->type);
    put_text(arena, o, "name", m->name);
    put_text(arena, o, "port", m->port);
    json_put(o, "hours", hours_json(arena, a));
    put_round(arena, o, "observed", a->installed_ms ? (double)a->known_ms / (double)a->installed_ms : -1, 10000);
    put_round(arena, o, "ao", a->ao, 10000);
    put_round(arena, o, "ao_low", a->ao_low, 10000);
    put_round(arena, o, "ao_high", a->ao_high, 10000);
    put_round(arena, o, "ao_contract", a->ao_contract, 10000);
    put_count(arena, o, "failures", a->failures);
    put_count(arena, o, "planned", a->planned);
    put_round(arena, o, "mtbf_hours", a->mtbf_h, 100);
    put_count(arena, mttr, "n", a->repaired);
    put_round(arena, mttr, "hours", a->mttr_h, 100);
    put_round(arena, mttr, "people", a->mttr_part_h[WAITING_PEOPLE], 100);
    put_round(arena, mttr, "parts", a->mttr_part_h[WAITING_PARTS], 100);
    put_round(arena, mttr, "repair", a->mttr_part_h[WAITING_REPAIR], 100);
    put_round(arena, mttr, "unsaid", a->mttr_part_h[WAITING_UNSAID], 100);
    json_put(o, "mttr", mttr);
    json_put(o, "scans", scans_json(arena, m, a));
    json_put(o, "maintenance", maintenance_json(arena, a));
    if (m->contract.vendor.n) json_put(o, "contract", contract_json(arena, m, a));
    for (size_t i = 0; i < a->ninterruptions; i++) json_add(list, interruption_json(arena, m, &a->interruptions[i]));
    json_put(o, "interruptions", list);
    return o;
}

static struct json *sum_json(struct arena *arena, const struct fleet_availability *f)
{
    struct json *o = json_new_object(arena), *reasons = json_new_array(arena), *penalties = json_new_array(arena);
    put_count(arena, o, "systems", f->systems);
    put_count(arena, o, "systems_with_outage", f->with_outage);
    put_count(arena, o, "systems_unknown", f->unknown_systems);
    put_round(arena, o, "share_with_outage", f->systems ? (double)f->with_outage / (double)f->systems : -1, 10000);
    put_round(arena, o, "share_of_time_lost", f->lost_share, 10000);
    put_round(arena, o, "ao", f->ao, 10000);
    put_hours(arena, o, "installed_hours", f->installed_ms);
    put_hours(arena, o, "known_hours", f->known_ms);
    put_hours(arena, o, "down_hours", f->down_ms);
    put_hours(arena, o, "unplanned_hours", f->unplanned_ms);
    put_round(arena, o, "longest_outage_days", (double)f->longest_ms / HOUR_MS / 24, 100);
    put_text(arena, o, "longest_outage_of", f->longest);
    put_count(arena, o, "scans", f->scans);
    put_count(arena, o, "without_verdict", f->undecided);
    put_round(arena, o, "maintenance_compliance", f->pm_due ? (double)f->pm_on_time / (double)f->pm_due : -1, 10000);
    for (size_t i = 0; i < REASON_COUNT; i++) {
        struct json *reason = json_new_object(arena);
        if (!f->reasons[i].count) continue;
        json_put_text(arena, reason, "reason", str_of(outage_reason_code((enum outage_reason)i)));
        put_count(arena, reason, "interruptions", f->reasons[i].count);
        put_hours(arena, reason, "hours", f->reasons[i].ms);
        json_add(reasons, reason);
    }
    for (size_t i = 0; i < f->npenalties; i++) {
        struct json *penalty = json_new_object(arena);
        json_put_text(arena, penalty, "currency", f->penalties[i].currency);
        put_round(arena, penalty, "amount", f->penalties[i].amount, 100);
        json_add(penalties, penalty);
    }
    json_put(o, "reasons", reasons);
    json_put(o, "penalties", penalties);
    return o;
}

static struct json *source_json(struct arena *arena, const struct report_source *s)
{
    struct json *o = json_new_object(arena), *reasons = json_new_array(arena);
    json_put_text(arena, o, "log", s->name);
    put_count(arena, o, "rows", s->rows);
    put_count(arena, o, "refused", s->refused);
    put_count(arena, o, "duplicates", s->duplicates);
    put_count(arena, o, "out_of_order", s->out_of_order);
    put_count(arena, o, "contradicted", s->contradicted);
    for (size_t i = 0; i < s->nreasons; i++) json_add(reasons, json_new_text(arena, s->reasons[i]));
    json_put(o, "refusals", reasons);
    return o;
}

struct json *availability_report_json(struct arena *arena, const struct availability_report *r)
{
    struct json *o = json_new_object(arena), *list = json_new_array(arena);
    put_text(arena, o, "port", r->port);
    put_text(arena, o, "by", r->by);
    put_time(arena, o, "from", r->period.from_ms);
    put_time(arena, o, "to", r->period.to_ms);
    put_time(arena, o, "now", r->period.now_ms);
    json_put(o, "all", sum_json(arena, &r->sum));
    for (size_t i = 0; i < r->fleet->count; i++) json_add(list, machine_json(arena, &r->fleet->items[i], &r->each[i]));
    json_put(o, "equipment", list);
    if (r->source.name.p) json_put(o, "source", source_json(arena, &r->source));
    return o;
}

// ---- CSV ----

static const char csv_header[] =
    "row,equipment,name,type,port,from,to,open,installed_h,known_h,up_h,down_h,ao,ao_low,ao_high,ao_contract,"
    "availability_promised,failures,mtbf_h,mttr_h,mttr_people_h,mttr_parts_h,mttr_repair_h,mttr_unsaid_h,scans,"
    "scans_per_hour,rated_per_hour,utilisation,without_verdict,pm_due,pm_on_time,pm_late,pm_missed,reason,words,note,"
    "planned,hours,people_h,parts_h,repair_h,unsaid_h,response_h,late_h,penalty,penalty_uncapped,currency\r\n";

struct sheet {
    struct buf *out;
    bool first;
};

static void cell(struct sheet *s, struct str text)
{
    if (!s->first) buf_putc(s->out, ',');
    s->first = false;
    csv_field(text, s->out);
}

// Negative: an empty cell.
static void cell_number(struct sheet *s, double value, int decimals)
{
    char text[64];
    snprintf(text, sizeof text, "%.*f", decimals, value);
    cell(s, value < 0 ? STR_NONE : str_of(text));
}

static void cell_hours(struct sheet *s, int64_t ms)
{
    cell_number(s, ms < 0 ? -1 : (double)ms / HOUR_MS, 2);
}

static void cell_count(struct sheet *s, uint64_t n)
{
    cell_number(s, (double)n, 0);
}

static void cell_time(struct sheet *s, const struct availability_report *r, int64_t ms)
{
    char text[REPORT_TIME_ROOM];
    report_time(r, ms, text);
    cell(s, str_of(text));
}

static void cells_empty(struct sheet *s, size_t n)
{
    while (n--) cell(s, STR_NONE);
}

static void row_begin(struct sheet *s, const char *what, const struct machine *m)
{
    s->first = true;
    cell(s, str_of(what));
    cell(s, m->id);
    cell(s, m->name);
    cell(s, m->type);
    cell(s, m->port);
}

static void machine_row(struct sheet *s, const struct availability_report *r, const struct machine *m,
                        const struct availability *a)
{
    row_begin(s, "equipment", m);
    cell_time(s, r, r->period.from_ms);
    cell_time(s, r, r->period.to_ms);
    cell(s, STR_NONE);
    cell_hours(s, a->installed_ms);
    cell_hours(s, a->known_ms);
    cell_hours(s, a->up_ms);
    cell_hours(s, a->down_ms);
    cell_number(s, a->ao, 4);
    cell_number(s, a->ao_low, 4);
    cell_number(s, a->ao_high, 4);
    cell_number(s, a->ao_contract, 4);
    cell_number(s, m->contract.availability_pct < 0 ? -1 : m->contract.availability_pct / 100, 4);
    cell_count(s, a->failures);
    cell_number(s, a->mtbf_h, 2);
    cell_number(s, a->mttr_h, 2);
    cell_number(s, a->mttr_part_h[WAITING_PEOPLE], 2);
    cell_number(s, a->mttr_part_h[WAITING_PARTS], 2);
    cell_number(s, a->mttr_part_h[WAITING_REPAIR], 2);
    cell_number(s, a->mttr_part_h[WAITING_UNSAID], 2);
    cell_count(s, a->scans);
    cell_number(s, a->per_hour, 2);
    cell_number(s, m->rated_per_hour > 0 ? m->rated_per_hour : -1, 2);
    cell_number(s, a->utilisation, 4);
    cell_count(s, a->verdicts[VERDICT_NONE]);
    cell_count(s, a->pm_due);
    cell_count(s, a->pm_on_time);
    cell_count(s, a->pm_late);
    cell_count(s, a->pm_missed);
    cells_empty(s, 10);
    cell_number(s, m->contract.vendor.n ? (double)a->late_ms / HOUR_MS : -1, 2);
    cell_number(s, a->penalty, 2);
    cell_number(s, a->penalty < 0 ? -1 : a->penalty_uncapped, 2);
    cell(s, m->contract.currency);
    buf_puts(s->out, "\r\n");
}

static void interruption_row(struct sheet *s, const struct availability_report *r, const struct machine *m,
                             const struct interruption *x)
{
    bool clocked = m->contract.vendor.n && !x->planned;
    row_begin(s, "interruption", m);
    cell_time(s, r, x->from_ms);
    if (x->open)
        cell(s, STR_NONE);
    else
        cell_time(s, r, x->to_ms);
    cell(s, str_of(x->open ? "yes" : "no"));
    cells_empty(s, 25);
    cell(s, str_of(outage_reason_code(x->reason)));
    cell(s, x->words);
    cell(s, x->note);
    cell(s, str_of(x->planned ? "yes" : "no"));
    cell_hours(s, x->to_ms - x->from_ms);
    cell_hours(s, x->waited_ms[WAITING_PEOPLE]);
    cell_hours(s, x->waited_ms[WAITING_PARTS]);
    cell_hours(s, x->waited_ms[WAITING_REPAIR]);
    cell_hours(s, x->waited_ms[WAITING_UNSAID]);
    cell_hours(s, x->response_ms);
    cell_hours(s, clocked ? x->late_ms : -1);
    cell(s, STR_NONE);
    cell_number(s, clocked && m->contract.penalty_per_hour >= 0 ? x->penalty : -1, 2);
    cell(s, m->contract.currency);
    buf_puts(s->out, "\r\n");
}

void availability_report_csv(const struct availability_report *r, struct buf *out)
{
    struct sheet s = {out, true};
    buf_puts(out, csv_header);
    for (size_t i = 0; i < r->fleet->count; i++) machine_row(&s, r, &r->fleet->items[i], &r->each[i]);
    for (size_t i = 0; i < r->fleet->count; i++)
        for (size_t k = 0; k < r->each[i].ninterruptions; k++)
            interruption_row(&s, r, &r->fleet->items[i], &r->each[i].interruptions[k]);
}
