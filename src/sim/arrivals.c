// SPDX-License-Identifier: Apache-2.0
#include "sim/arrivals.h"

#include "formats/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MONTH_MIN (12 * ARRIVALS_YEAR_MIN)
#define MONTHS (12 * (ARRIVALS_YEAR_MAX - ARRIVALS_YEAR_MIN + 1))
#define VALUE_MAX 1000000000
// What is small is noisy: below these no month is called wrong for its size.
#define TRUCKS_JUDGED 500.0
#define COPIED_JUDGED 1000.0
#define OUTLIER_FACTOR 4.0
#define STEP_FACTOR 2.0
#define RATIO_LOW 0.8
#define RATIO_HIGH 1.25
#define EVERYWHERE 0.5 // share of ports
#define COPIED_PORTS 3

static const char *const fault_names[] = {
#define X(fault, name) name,
    ARRIVALS_FAULT_TABLE(X)
#undef X
};
static const char *const measure_names[ARRIVALS_MEASURES] = {"Trucks", "Truck Containers Loaded",
                                                             "Truck Containers Empty"};

const char *arrivals_fault_name(enum arrivals_fault fault)
{
    INVARIANT((unsigned)fault < ARRIVALS_FAULT_COUNT);
    return fault_names[fault];
}

const char *arrivals_measure_name(enum arrivals_measure measure)
{
    INVARIANT((unsigned)measure < ARRIVALS_MEASURES);
    return measure_names[measure];
}

// ---- The file ----

struct cell {
    double value; // < 0: no row
    uint32_t line;
};

struct twice {
    int month;
    enum arrivals_measure measure;
    uint32_t line;
    double first, second;
};

struct port {
    struct str name, state, code;
    struct cell *cells; // ARRIVALS_MEASURES rows of MONTHS
    struct twice twice[ARRIVALS_TWICE_MAX];
    size_t ntwice;
};

enum column { COLUMN_PORT, COLUMN_STATE, COLUMN_CODE, COLUMN_MONTH, COLUMN_MEASURE, COLUMN_VALUE, COLUMN_COUNT };
static const char *const column_names[COLUMN_COUNT][2] = {
    {"port_name", "port_name"}, {"state", "state"},     {"port_code", "port_code"},
    {"month", "date"},          {"measure", "measure"}, {"value", "value"},
};

struct table {
    struct arena *arena;
    struct why *why;
    struct str bytes;
    uint32_t line;
    size_t columns, place[COLUMN_COUNT];
    struct port *ports;
    size_t nports, rows, last_port;
};

static enum err row_fault(struct table *t, const char *text)
{
    char member[32];
    snprintf(member, sizeof member, "line %u", t->line);
    return why_set(t->why, ERR_MALFORMED, member, "line %u: %s", t->line, text);
}

static struct cell *cell_at(const struct port *port, enum arrivals_measure measure, int month)
{
    return &port->cells[(size_t)measure * MONTHS + (size_t)(month - MONTH_MIN)];
}

static bool month_is_known(int month)
{
    return month >= MONTH_MIN && month < MONTH_MIN + MONTHS;
}

// Trucks of a month; < 0 also outside of the years that are kept.
static double value_of(const struct port *port, enum arrivals_measure measure, int month)
{
    return month_is_known(month) ? cell_at(port, measure, month)->value : -1;
}

// "Port Name" is port_name.
static bool column_is(struct str field, const char *name)
{
    if (field.n != strlen(name)) return false;
    for (size_t i = 0; i < field.n; i++) {
        char c = field.p[i] == ' ' ? '_' : field.p[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c != name[i]) return false;
    }
    return true;
}

static enum err head(struct table *t, const struct str *fields, size_t count)
{
    for (size_t k = 0; k < COLUMN_COUNT; k++) {
        t->place[k] = SIZE_MAX;
        for (size_t i = 0; i < count && t->place[k] == SIZE_MAX; i++)
            if (column_is(fields[i], column_names[k][0]) || column_is(fields[i], column_names[k][1])) t->place[k] = i;
        if (t->place[k] == SIZE_MAX)
            return why_set(t->why, ERR_MALFORMED, column_names[k][0],
                           "the first line has no column %s; it is no border crossing data of BTS", column_names[k][0]);
    }
    t->columns = count;
    return ERR_NONE;
}

static int month_number(struct str name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (name.n == 2) {
        uint64_t number;
        if (name.p[0] == '0') name = str_from(name, 1);
        return str_decimal(name, 12, &number) ? (int)number : 0;
    }
    for (int i = 0; name.n == 3 && i < 12; i++)
        if (memcmp(names + 3 * i, name.p, 3) == 0) return i + 1;
    return 0;
}

// "2024-01" or "Jan 2024"; 0 when it is neither or out of the years that are kept.
static int month_parse(struct str text)
{
    struct str year = {text.p, 4}, month = str_from(text, 5);
    uint64_t number;
    if (text.n == 8 && text.p[3] == ' ') {
        year = str_from(text, 4);
        month = (struct str){text.p, 3};
    } else if (text.n != 7 || text.p[4] != '-') {
        return 0;
    }
    int m = month_number(month);
    if (!m || !str_decimal(year, ARRIVALS_YEAR_MAX, &number) || number < ARRIVALS_YEAR_MIN) return 0;
    return 12 * (int)number + m - 1;
}

static struct str code_bare(struct str code)
{
    while (code.n > 1 && code.p[0] == '0') code = str_from(code, 1);
    return code;
}

static struct port *port_find(const struct table *t, struct str code)
{
    for (size_t i = 0; i < t->nports; i++)
        if (str_eq(code_bare(t->ports[i].code), code_bare(code))) return &t->ports[i];
    return NULL;
}

static enum err no_memory(struct table *t)
{
    return why_set(t->why, ERR_NO_MEMORY, "", "no memory for the arrivals");
}

static enum err port_of(struct table *t, const struct str *fields, struct port **out)
{
    struct str code = fields[t->place[COLUMN_CODE]];
    if (t->nports && str_eq(t->ports[t->last_port].code, code))
        *out = &t->ports[t->last_port];
    else
        *out = port_find(t, code);
    if (*out) {
        t->last_port = (size_t)(*out - t->ports);
        return ERR_NONE;
    }
    if (t->nports == ARRIVALS_PORTS_MAX) return why_set(t->why, ERR_TOO_LARGE, "", "over %d ports", ARRIVALS_PORTS_MAX);
    struct port *port = &t->ports[t->nports];
    *port = (struct port){.name = arena_str(t->arena, fields[t->place[COLUMN_PORT]]),
                          .state = arena_str(t->arena, fields[t->place[COLUMN_STATE]]),
                          .code = arena_str(t->arena, code),
                          .cells = arena_array(t->arena, struct cell, (size_t)ARRIVALS_MEASURES * MONTHS)};
    if (!port->name.p || !port->state.p || !port->code.p || !port->cells) return no_memory(t);
    for (size_t i = 0; i < (size_t)ARRIVALS_MEASURES * MONTHS; i++) port->cells[i].value = -1;
    t->last_port = t->nports++;
    *out = port;
    return ERR_NONE;
}

static enum err row_take(struct table *t, const struct str *fields)
{
    struct port *port = NULL;
    uint64_t value;
    size_t measure = 0;
    while (measure < ARRIVALS_MEASURES && !str_is(fields[t->place[COLUMN_MEASURE]], measure_names[measure])) measure++;
    if (measure == ARRIVALS_MEASURES) return ERR_NONE;
    int month = month_parse(fields[t->place[COLUMN_MONTH]]);
    if (!month) return row_fault(t, "the month is no \"2024-01\" nor \"Jan 2024\" from 1990 to 2049");
    if (!str_decimal(fields[t->place[COLUMN_VALUE]], VALUE_MAX, &value))
        return row_fault(t, "the value is no whole number");
    for (size_t i = COLUMN_PORT; i <= COLUMN_CODE; i++)
        if (!fields[t->place[i]].n) return row_fault(t, "the port's name, state or code is empty");
    enum err err = port_of(t, fields, &port);
    if (err != ERR_NONE) return err;
    struct cell *cell = cell_at(port, (enum arrivals_measure)measure, month);
    t->rows++;
    if (cell->value < 0) {
        *cell = (struct cell){(double)value, t->line};
        return ERR_NONE;
    }
    if (port->ntwice == ARRIVALS_TWICE_MAX)
        return why_set(t->why, ERR_SENSELESS, "port_code", "over %d rows of port %.*s are there twice",
                       ARRIVALS_TWICE_MAX, STR_ARG(port->code));
    port->twice[port->ntwice++] =
        (struct twice){month, (enum arrivals_measure)measure, t->line, cell->value, (double)value};
    return ERR_NONE;
}

static enum err table_read(struct table *t)
{
    struct csv csv = csv_open(t->bytes, ',');
    struct csv_row *row = arena_new(t->arena, struct csv_row);
    struct why inner = {0};
    enum csv_step step;
    t->ports = arena_array(t->arena, struct port, ARRIVALS_PORTS_MAX);
    if (!row || !t->ports) return no_memory(t);
    while ((step = csv_next(&csv, t->arena, row, &inner)) != CSV_END) {
        enum err err;
        t->line = csv.line;
        if (step == CSV_BAD && inner.err == ERR_NO_MEMORY) return no_memory(t);
        if (step == CSV_BAD)
            err = row_fault(t, inner.text);
        else if (!t->columns)
            err = head(t, row->fields, row->count);
        else if (row->count != t->columns)
            err = row_fault(t, "not as many fields as the first line has");
        else
            err = row_take(t, row->fields);
        if (err != ERR_NONE) return err;
    }
    return t->columns ? ERR_NONE : why_set(t->why, ERR_MALFORMED, "", "the file is empty");
}

// ---- What is suspect ----

struct judge {
    const struct table *table;
    const struct port *port;
    struct arrivals *out;
    struct arrivals_suspect *list;
    size_t count;
    int first, last; // months with any row of trucks
};

// Adds a suspect month, or lengthens the run that it continues.
static void suspect(struct judge *j, const struct arrivals_suspect *s)
{
    bool counts = s->measure == ARRIVALS_TRUCKS && s->first / 12 <= j->out->year && s->last / 12 >= j->out->year;
    if (j->count && s->fault != ARRIVALS_STEP) {
        struct arrivals_suspect *before = &j->list[j->count - 1];
        if (before->fault == s->fault && before->measure == s->measure && before->last + 1 == s->first) {
            before->last = s->last;
            before->counts = before->counts || counts;
            return;
        }
    }
    if (j->count == ARRIVALS_SUSPECTS_MAX) return;
    j->list[j->count] = *s;
    j->list[j->count++].counts = counts;
}

static void suspect_month(struct judge *j, enum arrivals_fault fault, enum arrivals_measure measure, int month,
                          double expected)
{
    const struct cell *cell = cell_at(j->port, measure, month);
    suspect(j, &(struct arrivals_suspect){.fault = fault,
                                          .measure = measure,
                                          .first = month,
                                          .last = month,
                                          .line = cell->value < 0 ? 0 : cell->line,
                                          .value = cell->value,
                                          .expected = expected});
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof *values, ascending);
    return n ? (values[(n - 1) / 2] + values[n / 2]) / 2 : -1;
}

// The median of what the months from..to hold, without `but`; < 0 when they are fewer than `least`.
static double median_of(const struct port *port, int from, int to, int but, size_t least)
{
    double values[32];
    size_t n = 0;
    for (int m = from; m <= to && n < 32; m++) {
        double v = m == but ? -1 : value_of(port, ARRIVALS_TRUCKS, m);
        if (v >= 0) values[n++] = v;
    }
    return n >= least ? median(values, n) : -1;
}

static bool far(double a, double b, double factor)
{
    return fmax(a, b) >= TRUCKS_JUDGED && fmax(a, b) > factor * fmin(a, b);
}

static bool is_outlier(const struct judge *j, int month, double *expected)
{
    double value = value_of(j->port, ARRIVALS_TRUCKS, month);
    double before = median_of(j->port, month - 6, month - 1, month, 1),
           after = median_of(j->port, month + 1, month + 6, month, 1);
    *expected = median_of(j->port, month - 6, month + 6, month, 4);
    if (value < 0 || *expected < 0) return false;
    // After a step it is far from one side only.
    return far(value, *expected, OUTLIER_FACTOR) && (before < 0 || far(value, before, OUTLIER_FACTOR)) &&
           (after < 0 || far(value, after, OUTLIER_FACTOR));
}

static void judge_absent(struct judge *j)
{
    for (int k = 0; k < ARRIVALS_MEASURES; k++)
        for (int m = j->first; m <= j->last; m++)
            if (value_of(j->port, (enum arrivals_measure)k, m) < 0)
                suspect_month(j, ARRIVALS_ABSENT, (enum arrivals_measure)k, m, -1);
}

static void judge_zero(struct judge *j)
{
    for (int m = j->first; m <= j->last; m++)
        if (value_of(j->port, ARRIVALS_TRUCKS, m) == 0) suspect_month(j, ARRIVALS_ZERO, ARRIVALS_TRUCKS, m, -1);
    for (int m = j->first; m <= j->last; m++)
        if (value_of(j->port, ARRIVALS_TRUCKS, m) > 0 && value_of(j->port, ARRIVALS_LOADED, m) == 0 &&
            value_of(j->port, ARRIVALS_EMPTY, m) == 0)
            suspect_month(j, ARRIVALS_ZERO, ARRIVALS_LOADED, m, value_of(j->port, ARRIVALS_TRUCKS, m));
}

static void judge_outliers(struct judge *j)
{
    double expected;
    for (int m = j->first; m <= j->last; m++)
        if (value_of(j->port, ARRIVALS_TRUCKS, m) > 0 && is_outlier(j, m, &expected))
            suspect_month(j, ARRIVALS_OUTLIER, ARRIVALS_TRUCKS, m, expected);
}

// The first month of trucks that any port of the state has, if it is this one.
static const struct port *begins_with(const struct judge *j, int month)
{
    for (size_t i = 0; i < j->table->nports; i++) {
        const struct port *p = &j->table->ports[i];
        if (p == j->port || !str_eq(p->state, j->port->state) || value_of(p, ARRIVALS_TRUCKS, month) <= 0) continue;
        int before = month - 1;
        while (month_is_known(before) && value_of(p, ARRIVALS_TRUCKS, before) < 0) before--;
        if (!month_is_known(before)) return p;
    }
    return NULL;
}

// The largest change from one month to the next, in the year around one where the medians of both sides are far apart.
static int step_place(const struct judge *j, int month)
{
    int best = month;
    double most = 0;
    for (int m = month - 5; m <= month + 6; m++) {
        double a = value_of(j->port, ARRIVALS_TRUCKS, m - 1), b = value_of(j->port, ARRIVALS_TRUCKS, m);
        double change = a > 0 && b > 0 ? fabs(log(b / a)) : 0;
        double before = median_of(j->port, m - 12, m - 1, -1, 6), after = median_of(j->port, m, m + 11, -1, 6);
        if (change > most && before >= 0 && after >= 0 && far(before, after, STEP_FACTOR)) {
            most = change;
            best = m;
        }
    }
    return best;
}

static void judge_steps(struct judge *j)
{
    for (int m = j->first + 6; m <= j->last - 5; m++) {
        double before = median_of(j->port, m - 12, m - 1, -1, 6), after = median_of(j->port, m, m + 11, -1, 6);
        if (before < 0 || after < 0 || !far(before, after, STEP_FACTOR)) continue;
        int at = step_place(j, m);
        const struct port *other = begins_with(j, at);
        suspect(j, &(struct arrivals_suspect){.fault = ARRIVALS_STEP,
                                              .measure = ARRIVALS_TRUCKS,
                                              .first = at,
                                              .last = at,
                                              .line = cell_at(j->port, ARRIVALS_TRUCKS, at)->line,
                                              .value = median_of(j->port, at, at + 11, -1, 1),
                                              .expected = median_of(j->port, at - 12, at - 1, -1, 1),
                                              .other = other ? other->name : STR_NONE,
                                              .other_code = other ? other->code : STR_NONE});
        m = (at > m ? at : m) + 12; // the medians need a year to forget it
    }
}

// Containers for each truck; < 0 where it cannot be said.
static double ratio_of(const struct port *port, int month)
{
    double trucks = value_of(port, ARRIVALS_TRUCKS, month), loaded = value_of(port, ARRIVALS_LOADED, month),
           empty = value_of(port, ARRIVALS_EMPTY, month);
    return trucks >= TRUCKS_JUDGED && loaded >= 0 && empty >= 0 && loaded + empty > 0 ? (loaded + empty) / trucks : -1;
}

static bool ratio_is_odd(double ratio)
{
    return ratio >= 0 && (ratio < RATIO_LOW || ratio > RATIO_HIGH);
}

// On the same side at most ports.
static bool odd_everywhere(const struct table *t, int month, bool high)
{
    size_t all = 0, odd = 0;
    for (size_t i = 0; i < t->nports; i++) {
        double ratio = ratio_of(&t->ports[i], month);
        all += ratio >= 0;
        odd += ratio_is_odd(ratio) && (ratio > 1) == high;
    }
    return all > 2 && (double)odd > EVERYWHERE * (double)all;
}

static void judge_containers(struct judge *j, enum arrivals_fault fault)
{
    for (int m = j->first; m <= j->last; m++) {
        double ratio = ratio_of(j->port, m);
        if (!ratio_is_odd(ratio) || odd_everywhere(j->table, m, ratio > 1) != (fault == ARRIVALS_COUNTING)) continue;
        double trucks = value_of(j->port, ARRIVALS_TRUCKS, m);
        suspect(j, &(struct arrivals_suspect){.fault = fault,
                                              .measure = ARRIVALS_LOADED,
                                              .first = m,
                                              .last = m,
                                              .line = cell_at(j->port, ARRIVALS_LOADED, m)->line,
                                              .value = ratio * trucks,
                                              .expected = trucks});
    }
}

static bool is_copied(const struct port *port, enum arrivals_measure measure, int month)
{
    double value = value_of(port, measure, month);
    return value >= COPIED_JUDGED && value == value_of(port, measure, month - 12);
}

static void judge_copied(struct judge *j)
{
    for (int k = 0; k < ARRIVALS_MEASURES; k++)
        for (int m = j->first; m <= j->last; m++) {
            size_t copied = 0;
            if (!is_copied(j->port, (enum arrivals_measure)k, m)) continue;
            for (size_t i = 0; i < j->table->nports; i++)
                copied += is_copied(&j->table->ports[i], (enum arrivals_measure)k, m);
            if (copied >= COPIED_PORTS)
                suspect_month(j, ARRIVALS_COPIED, (enum arrivals_measure)k, m,
                              value_of(j->port, (enum arrivals_measure)k, m - 12));
        }
}

static void judge_twice(struct judge *j, enum arrivals_fault fault)
{
    for (size_t i = 0; i < j->port->ntwice; i++) {
        const struct twice *d = &j->port->twice[i];
        if ((d->first == d->second) != (fault == ARRIVALS_TWICE)) continue;
        suspect(j, &(struct arrivals_suspect){.fault = fault,
                                              .measure = d->measure,
                                              .first = d->month,
                                              .last = d->month,
                                              .line = d->line,
                                              .value = d->second,
                                              .expected = d->first});
    }
}

// ---- The year ----

static bool month_is_sound(const struct arrivals_suspect *list, size_t n, int month)
{
    for (size_t i = 0; i < n; i++) {
        const struct arrivals_suspect *s = &list[i];
        bool unsound = s->fault == ARRIVALS_ABSENT || s->fault == ARRIVALS_ZERO || s->fault == ARRIVALS_OUTLIER;
        if (unsound && s->measure == ARRIVALS_TRUCKS && month >= s->first && month <= s->last) return false;
    }
    return true;
}

static enum err year_fill(struct judge *j, struct why *why)
{
    struct arrivals *out = j->out;
    double sum = 0;
    int sound = 0;
    for (int i = 0; i < 12; i++) {
        int month = 12 * out->year + i;
        out->reported[i] = value_of(j->port, ARRIVALS_TRUCKS, month);
        out->replaced[i] = out->reported[i] < 0 || !month_is_sound(j->list, j->count, month);
        if (out->replaced[i]) continue;
        sum += out->reported[i];
        sound++;
    }
    if (!sound)
        return why_set(why, ERR_NOT_FOUND, "year",
                       "%.*s has no sound month of trucks in %d; it has %04d-%02d to %04d-%02d", STR_ARG(j->port->name),
                       out->year, j->first / 12, j->first % 12 + 1, j->last / 12, j->last % 12 + 1);
    out->total = 0;
    for (int i = 0; i < 12; i++) {
        out->used[i] = out->replaced[i] ? sum / sound : out->reported[i];
        out->total += out->used[i];
    }
    return ERR_NONE;
}

static void span(struct judge *j)
{
    j->first = j->last = 0;
    for (int m = MONTH_MIN; m < MONTH_MIN + MONTHS; m++) {
        if (value_of(j->port, ARRIVALS_TRUCKS, m) < 0) continue;
        if (!j->first) j->first = m;
        j->last = m;
    }
}

static enum err no_such_port(const struct table *t, struct str code, struct why *why)
{
    struct buf names = BUF(160);
    for (size_t i = 0; i < t->nports && names.n < 110; i++)
        buf_printf(&names, "%s%.*s %.24s", i ? ", " : "", STR_ARG(t->ports[i].code), t->ports[i].name.p);
    enum err err = why_set(why, ERR_NOT_FOUND, "port", "no port %.8s in this file; it has %.*s%s", code.n ? code.p : "",
                           STR_ARG(buf_str(&names)), t->nports ? " …" : "no port");
    buf_free(&names);
    return err;
}

enum err arrivals_read(struct arena *arena, struct str bytes, struct str code, int year, struct arrivals *out,
                       struct why *why)
{
    struct table table = {.arena = arena, .why = why, .bytes = bytes};
    struct judge judge = {.table = &table, .out = out};
    struct str wanted = arena_str(arena, code);
    if (bytes.n > ARRIVALS_BYTES_MAX) return why_set(why, ERR_TOO_LARGE, "", "the file is over 64 MiB");
    if (year < ARRIVALS_YEAR_MIN || year > ARRIVALS_YEAR_MAX)
        return why_set(why, ERR_NOT_FOUND, "year", "the year is from %d to %d", ARRIVALS_YEAR_MIN, ARRIVALS_YEAR_MAX);
    judge.list = arena_array(arena, struct arrivals_suspect, ARRIVALS_SUSPECTS_MAX);
    if (!judge.list || !wanted.p) return no_memory(&table);
    enum err err = table_read(&table);
    if (err != ERR_NONE) return err;
    judge.port = port_find(&table, wanted);
    if (judge.port) span(&judge);
    if (!judge.port || !judge.first) return no_such_port(&table, wanted, why);
    *out = (struct arrivals){.port = judge.port->name,
                             .state = judge.port->state,
                             .code = judge.port->code,
                             .year = year,
                             .first = judge.first,
                             .last = judge.last,
                             .rows = table.rows,
                             .ports = table.nports};
    judge_absent(&judge);
    judge_zero(&judge);
    judge_outliers(&judge);
    judge_steps(&judge);
    judge_containers(&judge, ARRIVALS_CONTAINERS);
    judge_containers(&judge, ARRIVALS_COUNTING);
    judge_copied(&judge);
    judge_twice(&judge, ARRIVALS_TWICE);
    judge_twice(&judge, ARRIVALS_CONFLICT);
    out->suspects = judge.list;
    out->nsuspects = judge.count;
    return year_fill(&judge, why);
}

// ---- What is built in ----

// Trucks: BTS Border Crossing/Entry Data, 2024. Hours and lanes: CBP's wait-time feed of 2022-06-29, commercial
// crossings.
static const struct arrivals_preset presets[] = {
    {"laredo",
     "Laredo",
     "Texas",
     "2304",
     2024,
     {244595, 251110, 255926, 267884, 261745, 250670, 260600, 263414, 239740, 267428, 244194, 219326},
     7,
     24,
     23},
    {"otay-mesa",
     "Otay Mesa",
     "California",
     "2506",
     2024,
     {79734, 77491, 85281, 95682, 95658, 90121, 95812, 96928, 86266, 96276, 84118, 76392},
     6,
     20,
     10},
    {"hidalgo",
     "Hidalgo",
     "Texas",
     "2305",
     2024,
     {59622, 57782, 58455, 63737, 62557, 55944, 60047, 62206, 59134, 63726, 61408, 56871},
     6,
     24,
     7},
    {"ysleta",
     "Ysleta",
     "Texas",
     "2401",
     2024,
     {55027, 52969, 54110, 54925, 53313, 51518, 59554, 61766, 58605, 61845, 55787, 51208},
     0,
     24,
     10},
    {"detroit",
     "Detroit",
     "Michigan",
     "3801",
     2024,
     {130404, 125834, 125807, 129164, 125617, 119302, 108157, 110996, 112185, 114933, 101778, 93695},
     0,
     24,
     14},
    {"nogales",
     "Nogales",
     "Arizona",
     "2604",
     2024,
     {37425, 37902, 38707, 43094, 45152, 34089, 24523, 22927, 22544, 32341, 31068, 34816},
     6,
     22,
     8},
    {"calexico-east",
     "Calexico East",
     "California",
     "2507",
     2024,
     {38586, 39470, 39044, 40389, 39938, 36714, 38499, 38707, 37366, 41105, 36816, 35892},
     6,
     24,
     3},
    {"santa-teresa",
     "Santa Teresa",
     "New Mexico",
     "2408",
     2024,
     {12956, 13032, 11417, 15323, 18935, 13946, 14983, 14973, 14116, 14789, 13115, 11656},
     6,
     22,
     3},
    {"el-paso",
     "El Paso",
     "Texas",
     "2402",
     2024,
     {10110, 11255, 10279, 11488, 10667, 10929, 11826, 12523, 10887, 12487, 10635, 10755},
     0,
     24,
     6},
};

const struct arrivals_preset *arrivals_preset_at(size_t i)
{
    return i < sizeof presets / sizeof *presets ? &presets[i] : NULL;
}

const struct arrivals_preset *arrivals_preset_find(struct str name)
{
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (str_is(name, presets[i].name) || str_is(name, presets[i].code)) return &presets[i];
    return NULL;
}

void arrivals_of_preset(const struct arrivals_preset *preset, struct arrivals *out)
{
    *out = (struct arrivals){.port = str_of(preset->port),
                             .state = str_of(preset->state),
                             .code = str_of(preset->code),
                             .year = preset->year,
                             .first = 12 * preset->year,
                             .last = 12 * preset->year + 11};
    for (int i = 0; i < 12; i++) {
        out->reported[i] = out->used[i] = preset->trucks[i];
        out->total += preset->trucks[i];
    }
}
