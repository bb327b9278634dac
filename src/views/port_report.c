// SPDX-License-Identifier: Apache-2.0
#include "views/port_report.h"

#include "base/clock.h"
#include "formats/border_wait.h"
#include "port/forecast.h"
#include "port/local_time.h"

#include <math.h>
#include <strings.h>

#define HOUR_MS INT64_C(3600000)
#define FEED_HOURS 2

static void put_time(struct arena *arena, struct json *object, const char *name, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(ms, text);
    json_put_text(arena, object, name, arena_str(arena, (struct str){text, n}));
}

static double rounded(double value)
{
    return round(value * 100) / 100;
}

static void put_or_null(struct arena *arena, struct json *object, const char *name, bool told, double value)
{
    json_put(object, name, told ? json_new_number(arena, rounded(value)) : json_new_null(arena));
}

// ---- Waits ----

static struct json *figure_json(struct arena *arena, const struct wait_figure *f)
{
    if (!f->told) return json_new_null(arena);
    struct json *out = json_new_object(arena);
    json_put_number(arena, out, "minutes", rounded(f->value));
    if (f->at_least) json_put_bool(arena, out, "at_least", true);
    put_or_null(arena, out, "low", f->has_low, f->low);
    put_or_null(arena, out, "high", f->has_high, f->high);
    return out;
}

static struct json *row_json(struct arena *arena, const struct wait_row *row)
{
    struct json *out = json_new_object(arena);
    const struct wait_estimate *e = &row->estimate;
    json_put_text(arena, out, "stage", str_of(stage_name(row->stage)));
    json_put_text(arena, out, "method", str_of(wait_method_name(row->method)));
    json_put_number(arena, out, "n", (double)e->n);
    json_put_number(arena, out, "censored", (double)e->censored);
    json_put(out, "mean", figure_json(arena, &e->mean));
    json_put(out, "median", figure_json(arena, &e->median));
    json_put(out, "p95", figure_json(arena, &e->p95));
    json_put_number(arena, out, "slack_s", rounded((double)row->slack_ms / 1000));
    return out;
}

// How many of the arrivals on record have a measured stay: without it nobody knows whom the figure is about.
static struct json *coverage_json(struct arena *arena, size_t measured, size_t arrived)
{
    if (!arrived) return json_new_null(arena);
    struct json *out = json_new_object(arena);
    double share = (double)measured / (double)arrived;
    json_put_number(arena, out, "measured", (double)measured);
    json_put_number(arena, out, "arrivals", (double)arrived);
    json_put_number(arena, out, "share", rounded(share));
    json_put_bool(arena, out, "enough", share >= WAIT_COVERAGE_NEEDED);
    return out;
}

static struct json *waits_json(struct arena *arena, const struct wait_table *table, const struct wait_arrivals *n)
{
    struct json *out = json_new_array(arena);
    for (size_t i = 0; i < table->count; i++) {
        struct json *row = row_json(arena, &table->rows[i]);
        json_put(row, "coverage", coverage_json(arena, n->measured[table->rows[i].stage], n->arrived));
        json_add(out, row);
    }
    return out;
}

static const struct wait_estimate *stage_of(const struct wait_table *table, enum stage stage)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].stage == stage) return &table->rows[i].estimate;
    return NULL;
}

// ---- Targets ----

// Whether a target that is an upper limit is met: as far as the interval says; null where it straddles the target.
static struct json *limit_met(struct arena *arena, double target, const struct wait_figure *f)
{
    if (!f || !f->told) return json_new_null(arena);
    if (f->has_high && f->high <= target && !f->at_least) return json_new_bool(arena, true);
    if ((f->has_low && f->low > target) || (f->at_least && f->value > target)) return json_new_bool(arena, false);
    return json_new_null(arena);
}

static void add_limit(struct arena *arena, struct json *list, const char *what, double target,
                      const struct wait_figure *f)
{
    if (target < 0) return;
    struct json *out = json_new_object(arena);
    json_put_text(arena, out, "what", str_of(what));
    json_put_number(arena, out, "target", target);
    json_put(out, "actual", f ? figure_json(arena, f) : json_new_null(arena));
    json_put(out, "met", limit_met(arena, target, f));
    json_add(list, out);
}

// A share of all, not of a sample: it is what it is.
static void add_share(struct arena *arena, struct json *list, const char *what, double target, size_t part, size_t all)
{
    if (target < 0) return;
    struct json *out = json_new_object(arena);
    double actual = all ? 100 * (double)part / (double)all : 0;
    json_put_text(arena, out, "what", str_of(what));
    json_put_number(arena, out, "target", target);
    put_or_null(arena, out, "actual", all > 0, actual);
    json_put(out, "met", all ? json_new_bool(arena, actual >= target) : json_new_null(arena));
    json_add(list, out);
}

// Where no scanner was ever stated, no scan is not the same as none.
static bool scans_known(const struct wait_arrivals *n, const struct port_machines *scanners)
{
    return n->arrived > 0 && (n->scanned > 0 || scanners->total > 0);
}

static struct json *targets_json(struct arena *arena, const struct port *port, const struct wait_table *table,
                                 const struct wait_arrivals *n, const struct port_machines *scanners)
{
    struct json *out = json_new_array(arena);
    const struct wait_estimate *queue = stage_of(table, STAGE_QUEUE);
    add_limit(arena, out, "wait_min", port->wait_min, queue ? &queue->mean : NULL);
    add_limit(arena, out, "wait_p95_min", port->wait_p95_min, queue ? &queue->p95 : NULL);
    add_share(arena, out, "scanned_pct", port->scanned_pct, n->scanned, scans_known(n, scanners) ? n->arrived : 0);
    // Of the scanners of which anything is known now.
    add_share(arena, out, "available_pct", port->available_pct, scanners->up, scanners->total - scanners->unknown);
    return out;
}

// ---- One port ----

struct asked {
    struct views *views;
    struct arena *arena;
    int64_t from_ms, now_ms;
    struct wait_stays stays;
    struct wait_table table;
    struct wait_arrivals arrivals;
    struct port_machines scanners, booths;
    struct port_incidents incidents;
};

// The way out is no wait.
static void drop_exits(struct wait_stays *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->stays[i].stage != STAGE_EXIT) s->stays[kept++] = s->stays[i];
    s->count = kept;
}

static enum err ask(struct asked *a, const struct port *port, struct why *why)
{
    struct wait_cut cut = {.level = PORT_REPORT_LEVEL};
    struct str code = port->code;
    enum err err = wait_stays(a->views, a->arena, code, a->from_ms, a->now_ms, &a->stays, why);
    drop_exits(&a->stays);
    if (err == ERR_NONE)
        err = wait_table_of(a->arena, a->stays.stays, a->stays.count, &visit_defaults, a->now_ms, &cut, &a->table, why);
    if (err == ERR_NONE) err = wait_arrivals(a->views, code, a->from_ms, a->now_ms, &a->arrivals, why);
    if (err == ERR_NONE) err = port_machines(a->views, code, STR("scanner"), a->now_ms, &a->scanners, why);
    if (err == ERR_NONE) err = port_machines(a->views, code, STR("booth"), a->now_ms, &a->booths, why);
    if (err == ERR_NONE) err = port_incidents(a->views, code, a->from_ms, a->now_ms, &a->incidents, why);
    return err;
}

static struct json *machines_json(struct arena *arena, const struct port_machines *m)
{
    struct json *out = json_new_object(arena);
    json_put_number(arena, out, "total", (double)m->total);
    json_put_number(arena, out, "up", (double)m->up);
    json_put_number(arena, out, "unknown", (double)m->unknown);
    return out;
}

static struct json *incidents_json(struct arena *arena, const struct port_incidents *n)
{
    struct json *out = json_new_object(arena);
    json_put_number(arena, out, "openings", (double)n->openings);
    json_put_number(arena, out, "tampers", (double)n->tampers);
    json_put_number(arena, out, "discrepancies", (double)n->discrepancies);
    json_put_number(arena, out, "contraband", (double)n->contraband);
    return out;
}

static void put_text(struct arena *arena, struct json *object, const char *name, struct str text)
{
    json_put(object, name, text.p ? json_new_text(arena, text) : json_new_null(arena));
}

static struct json *port_json(const struct asked *a, const struct port *port)
{
    struct arena *arena = a->arena;
    struct json *out = json_new_object(arena);
    const struct wait_arrivals *n = &a->arrivals;
    json_put_text(arena, out, "code", port->code);
    put_text(arena, out, "name", port->name);
    put_text(arena, out, "country", port->country);
    put_text(arena, out, "timezone", port->timezone);
    json_put(out, "waits", waits_json(arena, &a->table, n));
    json_put_bool(arena, out, "cut", a->stays.cut);
    json_put(out, "targets", targets_json(arena, port, &a->table, n, &a->scanners));
    json_put_number(arena, out, "arrivals", (double)n->arrived);
    json_put_number(arena, out, "releases", (double)n->released);
    bool scans = scans_known(n, &a->scanners);
    put_or_null(arena, out, "scanned", scans, (double)n->scanned);
    put_or_null(arena, out, "scanned_pct", scans, scans ? 100 * (double)n->scanned / (double)n->arrived : 0);
    json_put(out, "scanners", machines_json(arena, &a->scanners));
    json_put(out, "booths", machines_json(arena, &a->booths));
    json_put(out, "incidents", incidents_json(arena, &a->incidents));
    return out;
}

enum err port_report_all(struct views *v, struct arena *arena, int64_t now_ms, size_t hours, struct json **out,
                         struct why *why)
{
    struct port *ports;
    size_t count;
    enum err err = port_list(v, arena, PORTS_MAX, &ports, &count, why);
    if (err != ERR_NONE) return err;
    int64_t from_ms = now_ms - (int64_t)hours * HOUR_MS;
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        // What a port's figures are made of is forgotten before the next one's.
        struct arena work = ARENA((size_t)256 << 20);
        struct asked a = {.views = v, .arena = &work, .from_ms = from_ms, .now_ms = now_ms};
        err = ask(&a, &ports[i], why);
        if (err == ERR_NONE) json_add(list, json_copy(arena, port_json(&a, &ports[i])));
        arena_free(&work);
    }
    if (err != ERR_NONE) return err;
    *out = json_new_object(arena);
    put_time(arena, *out, "now", now_ms);
    put_time(arena, *out, "from", from_ms);
    json_put_number(arena, *out, "level", PORT_REPORT_LEVEL);
    json_put(*out, "ports", list);
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "", "too many ports for one request") : ERR_NONE;
}

// ---- Lanes, hours, forecast ----

static enum err add_lanes(struct asked *a, struct json *out, struct why *why)
{
    struct wait_table table;
    struct wait_cut cut = {.by_lane = true, .level = PORT_REPORT_LEVEL};
    enum err err =
        wait_table_of(a->arena, a->stays.stays, a->stays.count, &visit_defaults, a->now_ms, &cut, &table, why);
    struct json *list = json_new_array(a->arena);
    for (size_t i = 0; err == ERR_NONE && i < table.count; i++) {
        if (!table.rows[i].lane) continue;
        struct json *row = row_json(a->arena, &table.rows[i]);
        json_put_text(a->arena, row, "lane", a->stays.lanes[table.rows[i].lane - 1]);
        json_add(list, row);
    }
    json_put(out, "lanes", list);
    return err;
}

static enum err add_hours(struct asked *a, struct json *out, struct why *why)
{
    struct wait_table table;
    struct wait_cut cut = {.by_hour = true, .level = PORT_REPORT_LEVEL};
    enum err err =
        wait_table_of(a->arena, a->stays.stays, a->stays.count, &visit_defaults, a->now_ms, &cut, &table, why);
    struct json *list = json_new_array(a->arena);
    for (size_t i = 0; err == ERR_NONE && i < table.count; i++) {
        struct json *row = row_json(a->arena, &table.rows[i]);
        put_time(a->arena, row, "hour", table.rows[i].hour_ms);
        json_add(list, row);
    }
    json_put(out, "hours", list);
    return err;
}

static struct json *score_json(struct arena *arena, const struct forecast_score *s)
{
    struct json *out = json_new_object(arena);
    bool scored = s->n > 0;
    json_put_number(arena, out, "n", (double)s->n);
    put_or_null(arena, out, "mae", scored, s->mae);
    put_or_null(arena, out, "mae_last", scored, s->mae_last);
    put_or_null(arena, out, "mae_week", scored, s->mae_week);
    put_or_null(arena, out, "skill_last", scored, s->skill_last);
    put_or_null(arena, out, "skill_week", scored, s->skill_week);
    json_put_number(arena, out, "intervals", (double)s->intervals);
    put_or_null(arena, out, "coverage", s->intervals > 0, s->coverage);
    put_or_null(arena, out, "width", s->intervals > 0, s->width);
    put_or_null(arena, out, "pinball", s->intervals > 0, s->pinball);
    return out;
}

static struct json *forecast_json(struct arena *arena, const struct forecast *f, enum stage stage, int64_t next_ms)
{
    struct json *out = json_new_object(arena), *hours = json_new_array(arena);
    json_put_text(arena, out, "stage", str_of(stage_name(stage)));
    json_put_number(arena, out, "level", forecast_defaults.level);
    json_put_number(arena, out, "known_hours", (double)f->known);
    for (size_t i = 0; i < f->hours; i++) {
        struct json *hour = json_new_object(arena);
        put_time(arena, hour, "hour", next_ms + (int64_t)i * HOUR_MS);
        json_put_number(arena, hour, "minutes", rounded(f->hour[i].minutes));
        put_or_null(arena, hour, "low", f->hour[i].has_interval, f->hour[i].low);
        put_or_null(arena, hour, "high", f->hour[i].has_interval, f->hour[i].high);
        json_put(hour, "score", score_json(arena, &f->step[i]));
        json_add(hours, hour);
    }
    json_put(out, "hours", hours);
    json_put(out, "score", score_json(arena, &f->total));
    return out;
}

enum { SERIES_HOURS = PORT_FORECAST_WEEKS * FORECAST_SLOTS };

static size_t known_hours(const double *minutes)
{
    size_t n = 0;
    for (size_t i = 0; i < SERIES_HOURS; i++) n += isnan(minutes[i]) ? 0 : 1;
    return n;
}

// The queue's waits; where too few of them are known, the time from first to last at the port, if that is.
static enum err read_series(struct asked *a, const struct port *port, int64_t first_ms, double *minutes,
                            enum stage *stage, struct why *why)
{
    *stage = STAGE_ALL;
    enum err err = wait_hours(a->views, port->code, *stage, first_ms, SERIES_HOURS, minutes, why);
    size_t all = err == ERR_NONE ? known_hours(minutes) : 0;
    *stage = STAGE_QUEUE;
    if (err == ERR_NONE) err = wait_hours(a->views, port->code, *stage, first_ms, SERIES_HOURS, minutes, why);
    if (err != ERR_NONE || known_hours(minutes) >= forecast_defaults.needed || all < forecast_defaults.needed)
        return err;
    *stage = STAGE_ALL;
    return wait_hours(a->views, port->code, *stage, first_ms, SERIES_HOURS, minutes, why);
}

// From whole hours that are over; of the hour under way only those who came through it fast have left.
static enum err add_forecast(struct asked *a, const struct port *port, struct json *out, struct why *why)
{
    const size_t ahead = forecast_defaults.hours;
    struct arena work = ARENA((size_t)64 << 20);
    double *minutes = arena_array(&work, double, SERIES_HOURS);
    uint8_t *slots = arena_array(&work, uint8_t, SERIES_HOURS + ahead);
    int64_t next_ms = a->now_ms - a->now_ms % HOUR_MS, first_ms = next_ms - (int64_t)SERIES_HOURS * HOUR_MS;
    struct forecast f;
    struct why refusal = {0};
    enum stage stage;
    enum err err = minutes && slots ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory for a forecast");
    if (err == ERR_NONE) err = read_series(a, port, first_ms, minutes, &stage, why);
    for (size_t i = 0; err == ERR_NONE && i < SERIES_HOURS + ahead; i++)
        slots[i] = local_time_slot(port->timezone, first_ms + (int64_t)i * HOUR_MS);
    struct forecast_series series = {minutes, slots, SERIES_HOURS};
    enum err made = err == ERR_NONE ? forecast_make(&work, &series, &forecast_defaults, &f, &refusal) : ERR_NONE;
    if (made == ERR_NO_MEMORY) err = why_set(why, made, "", "no memory for a forecast");
    if (err == ERR_NONE && made == ERR_NONE) json_put(out, "forecast", forecast_json(a->arena, &f, stage, next_ms));
    if (err == ERR_NONE && made != ERR_NONE) {
        struct json *refused = json_new_object(a->arena);
        json_put_text(a->arena, refused, "refused", arena_str(a->arena, str_of(refusal.text)));
        json_put(out, "forecast", refused);
    }
    arena_free(&work);
    return err;
}

enum err port_report_one(struct views *v, struct arena *arena, struct str code, int64_t now_ms, size_t hours,
                         struct json **out, struct why *why)
{
    struct asked a = {.views = v, .from_ms = now_ms - (int64_t)hours * HOUR_MS, .now_ms = now_ms};
    struct arena work = ARENA((size_t)256 << 20);
    struct port port;
    struct json *answer = NULL;
    bool found;
    a.arena = &work;
    enum err err = port_get(v, &work, code, &port, &found, why);
    if (err == ERR_NONE && !found)
        err = why_set(why, ERR_NOT_FOUND, "code", "no port of that code was stated here; see GET /v1/ports");
    if (err == ERR_NONE) err = ask(&a, &port, why);
    if (err == ERR_NONE) {
        answer = port_json(&a, &port);
        put_time(&work, answer, "now", now_ms);
        put_time(&work, answer, "from", a.from_ms);
        json_put_number(&work, answer, "level", PORT_REPORT_LEVEL);
        json_put_bool(&work, answer, "timezone_known", local_time_known(port.timezone));
        err = add_lanes(&a, answer, why);
    }
    if (err == ERR_NONE) err = add_hours(&a, answer, why);
    if (err == ERR_NONE) err = add_forecast(&a, &port, answer, why);
    *out = err == ERR_NONE ? json_copy(arena, answer) : NULL;
    arena_free(&work);
    if (err == ERR_NONE && (!*out || arena->failed))
        err = why_set(why, ERR_NO_MEMORY, "hours", "too much for one request; ask for fewer hours");
    return err;
}

// ---- CBP's format ----

static bool is_fast(struct str lane)
{
    for (size_t i = 0; i + 4 <= lane.n; i++)
        if (strncasecmp(lane.p + i, "fast", 4) == 0) return true;
    return false;
}

// The stays of the queue's FAST lanes, or of its others, to the front; how many.
static size_t pick(struct stay *stays, size_t count, const struct wait_stays *of, bool fast)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        bool in_fast = stays[i].lane && is_fast(of->lanes[stays[i].lane - 1]);
        if (stays[i].stage != STAGE_QUEUE || in_fast != fast) continue;
        struct stay moved = stays[i];
        stays[i] = stays[n];
        stays[n++] = moved;
    }
    return n;
}

static const char *method_text(enum wait_method method)
{
    return method == WAIT_READERS ? "RFID" : method == WAIT_POSITIONS ? "GNSS" : method == WAIT_NONE ? "" : "Mixed";
}

static struct border_wait_value says(enum border_wait_says what, uint32_t number)
{
    return (struct border_wait_value){.says = what, .number = number};
}

// Open lanes: booths that are known to work; absent where of no booth anything is known.
static struct border_wait_value lanes_open(const struct port_machines *booths)
{
    bool known = booths->total > booths->unknown;
    return known ? says(BORDER_WAIT_NUMBER, (uint32_t)booths->up) : says(BORDER_WAIT_ABSENT, 0);
}

static enum err feed_lane(struct asked *a, const struct port *port, bool fast, struct border_wait_lane *out,
                          enum wait_method *method, struct why *why)
{
    struct wait_cut cut = {.level = PORT_REPORT_LEVEL};
    struct wait_table table;
    size_t n = pick(a->stays.stays, a->stays.count, &a->stays, fast);
    enum err err = wait_table_of(a->arena, a->stays.stays, n, &visit_defaults, a->now_ms, &cut, &table, why);
    if (err != ERR_NONE) return err;
    const char *abbreviation;
    int offset_min = local_time_offset_min(port->timezone, a->now_ms, &abbreviation);
    bool closed = a->booths.total && a->booths.total > a->booths.unknown && !a->booths.up;
    out->there = true;
    out->update_time = STR("");
    out->delay_minutes = out->lanes_open = says(BORDER_WAIT_ABSENT, 0);
    out->status = says(closed ? BORDER_WAIT_CLOSED : fast ? BORDER_WAIT_NOT_APPLICABLE : BORDER_WAIT_PENDING, 0);
    if (closed || !table.count) return ERR_NONE;
    uint32_t minutes = (uint32_t)lround(table.rows[0].estimate.mean.value);
    out->update_time = border_wait_update_text(a->arena, a->now_ms, offset_min, abbreviation);
    out->status = says(minutes ? BORDER_WAIT_DELAY : BORDER_WAIT_NO_DELAY, 0);
    out->delay_minutes = says(BORDER_WAIT_NUMBER, minutes);
    if (!fast) out->lanes_open = lanes_open(&a->booths);
    *method = *method == WAIT_NONE || *method == table.rows[0].method ? table.rows[0].method : WAIT_MIXED;
    return ERR_NONE;
}

static struct border_wait_lane no_lane(void)
{
    return (struct border_wait_lane){.there = true,
                                     .update_time = STR(""),
                                     .status = says(BORDER_WAIT_NOT_APPLICABLE, 0),
                                     .delay_minutes = says(BORDER_WAIT_ABSENT, 0),
                                     .lanes_open = says(BORDER_WAIT_ABSENT, 0)};
}

static struct border_wait_group no_group(enum border_wait_group_type type)
{
    struct border_wait_group g = {.there = true,
                                  .maximum_lanes = says(BORDER_WAIT_NOT_APPLICABLE, 0),
                                  .method = BORDER_WAIT_METHOD_OTHER,
                                  .method_text = STR(""),
                                  .segment_from = STR(""),
                                  .segment_to = STR("")};
    for (int i = 0; i < BORDER_WAIT_LANES; i++) {
        if (!border_wait_has(type, (enum border_wait_lane_type)i)) continue;
        g.tolerance[i] = STR("");
        g.lane[i] = no_lane();
    }
    return g;
}

static struct str text_or(struct str text)
{
    return text.p ? text : STR("");
}

static enum err feed_port(struct asked *a, const struct port *port, struct border_wait *out, struct why *why)
{
    struct border_wait_group *trucks = &out->group[BORDER_WAIT_COMMERCIAL];
    enum wait_method method = WAIT_NONE;
    for (int g = 0; g < BORDER_WAIT_GROUPS; g++) out->group[g] = no_group((enum border_wait_group_type)g);
    out->port_number = arena_printf(a->arena, "%.*s01", STR_ARG(port->code));
    out->border = STR("");
    out->port_name = text_or(port->name);
    out->crossing_name = out->hours = out->construction_notice = STR("");
    out->port_status = STR("Open");
    out->automation = out->automation_enabled = STR("1");
    border_wait_stamp(a->arena, out, a->now_ms, local_time_offset_min(port->timezone, a->now_ms, NULL));
    if (a->booths.total) trucks->maximum_lanes = says(BORDER_WAIT_NUMBER, (uint32_t)a->booths.total);
    enum err err = feed_lane(a, port, false, &trucks->lane[BORDER_WAIT_STANDARD], &method, why);
    if (err == ERR_NONE) err = feed_lane(a, port, true, &trucks->lane[BORDER_WAIT_FAST], &method, why);
    trucks->method_text = str_of(method_text(method));
    return err;
}

enum err port_report_feed(struct views *v, struct arena *arena, int64_t now_ms, struct json **out, struct why *why)
{
    struct port *ports;
    size_t count;
    struct arena work = ARENA((size_t)256 << 20);
    struct border_waits feed = {0};
    enum err err = port_list(v, &work, PORTS_MAX, &ports, &count, why);
    if (err == ERR_NONE) feed.items = arena_array(&work, struct border_wait, count + 1);
    if (err == ERR_NONE && !feed.items) err = why_set(why, ERR_NO_MEMORY, "", "no memory for the feed");
    for (size_t i = 0; i < count && err == ERR_NONE; i++) {
        struct asked a = {.views = v, .arena = &work, .from_ms = now_ms - FEED_HOURS * HOUR_MS, .now_ms = now_ms};
        err = ask(&a, &ports[i], why);
        if (err == ERR_NONE) err = feed_port(&a, &ports[i], &feed.items[feed.count++], why);
    }
    struct json *written = err == ERR_NONE ? border_waits_json(&work, &feed) : NULL;
    *out = written ? json_copy(arena, written) : NULL;
    arena_free(&work);
    if (err == ERR_NONE && !*out) err = why_set(why, ERR_NO_MEMORY, "", "no memory for the feed");
    return err;
}
