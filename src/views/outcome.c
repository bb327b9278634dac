// SPDX-License-Identifier: Apache-2.0
#include "views/outcome.h"

#include "base/clock.h"
#include "base/text.h"
#include "views/subject.h"

#include <math.h>
#include <stdlib.h>

#define NAMES_MAX ((size_t)16 << 10)  // of a decision's rules, or programmes
#define SEIZED_MAX ((size_t)64 << 10) // of one finding, as JSON
#define FINDINGS_MAX 64               // of one crossing, that count
#define SCANS_MAX 256

// The reason that the choice of a lane gives for itself; no rule has that name.
#define CHOICE "lane-choice"

const char outcome_schema[] =
    "CREATE TABLE outcome(crossing BLOB PRIMARY KEY, at INTEGER NOT NULL DEFAULT 0,"
    " arrived INTEGER NOT NULL DEFAULT 0, over INTEGER NOT NULL DEFAULT 0, port TEXT,"
    " decision_pos INTEGER NOT NULL DEFAULT 0, lane INTEGER NOT NULL DEFAULT 0, floor INTEGER NOT NULL DEFAULT 0,"
    " service TEXT, has_choice INTEGER NOT NULL DEFAULT 0, by_chance INTEGER NOT NULL DEFAULT 0,"
    " drawn INTEGER NOT NULL DEFAULT 0, chance REAL NOT NULL DEFAULT 0, propensity REAL NOT NULL DEFAULT 0,"
    " green REAL NOT NULL DEFAULT 0, document REAL NOT NULL DEFAULT 0, scan REAL NOT NULL DEFAULT 0,"
    " joint REAL NOT NULL DEFAULT 0, hold REAL NOT NULL DEFAULT 0, rules TEXT, shadow TEXT, programmes TEXT,"
    " selection_pos INTEGER NOT NULL DEFAULT 0, selection_own INTEGER NOT NULL DEFAULT 0,"
    " selection_lane INTEGER NOT NULL DEFAULT 0, selection_at INTEGER NOT NULL DEFAULT 0, selection_officer TEXT,"
    " override_pos INTEGER NOT NULL DEFAULT 0, override_own INTEGER NOT NULL DEFAULT 0,"
    " override_lane INTEGER NOT NULL DEFAULT 0, override_at INTEGER NOT NULL DEFAULT 0, override_officer TEXT,"
    " override_reason TEXT) WITHOUT ROWID;"
    "CREATE INDEX outcome_when ON outcome(at, crossing) WHERE at>0;"
    "CREATE TABLE outcome_finding(crossing BLOB NOT NULL, who TEXT NOT NULL, machine BLOB NOT NULL,"
    " own INTEGER NOT NULL, pos INTEGER NOT NULL, result INTEGER NOT NULL, at INTEGER NOT NULL, officer TEXT,"
    " shift TEXT, seized TEXT, PRIMARY KEY(crossing, who, machine)) WITHOUT ROWID;"
    "CREATE TABLE outcome_scan(crossing BLOB NOT NULL, machine BLOB NOT NULL, at INTEGER NOT NULL,"
    " origin INTEGER NOT NULL, verdict INTEGER NOT NULL, officer TEXT,"
    " PRIMARY KEY(crossing, machine, at)) WITHOUT ROWID;";

#define DECISION_COLUMNS                                                                                               \
    "decision_pos,lane,floor,service,has_choice,by_chance,drawn,chance,propensity,green,document,scan,joint,hold,"     \
    "rules,shadow,programmes"
#define SELECTION_COLUMNS "selection_pos,selection_own,selection_lane,selection_at,selection_officer"
#define OVERRIDE_COLUMNS "override_pos,override_own,override_lane,override_at,override_officer,override_reason"
#define LATER(columns, key)                                                                                            \
    "UPDATE outcome SET (" columns ")=(SELECT " columns " FROM outcome WHERE crossing=?1) WHERE crossing=?2 AND (" key \
    ")<(SELECT " key " FROM outcome WHERE crossing=?1)"

// Where both were told, the later word stands, as it would if it had been one crossing from the first.
const char *const outcome_moves[] = {
    "INSERT OR IGNORE INTO outcome(crossing) SELECT ?2 FROM outcome WHERE crossing=?1",
    LATER(DECISION_COLUMNS, "decision_pos"),
    LATER(SELECTION_COLUMNS, "selection_own,selection_pos"),
    LATER(OVERRIDE_COLUMNS, "override_own,override_pos"),
    "UPDATE outcome SET at=iif(outcome.at=0 OR (o.arrived AND NOT outcome.arrived),o.at,outcome.at),"
    " port=iif(outcome.port IS NULL OR (o.arrived AND NOT outcome.arrived),o.port,outcome.port),"
    " arrived=max(outcome.arrived,o.arrived),over=max(outcome.over,o.over)"
    " FROM (SELECT * FROM outcome WHERE crossing=?1) AS o WHERE outcome.crossing=?2",
    "DELETE FROM outcome WHERE crossing=?1",
    "UPDATE OR IGNORE outcome_finding SET crossing=?2 WHERE crossing=?1",
    "DELETE FROM outcome_finding WHERE crossing=?1",
    "UPDATE OR IGNORE outcome_scan SET crossing=?2 WHERE crossing=?1",
    "DELETE FROM outcome_scan WHERE crossing=?1",
    NULL,
};

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the outcomes; ask for a shorter period");
}

// ---- Applying ----

// A row for this crossing. `at_ms` is when something was done to it (0: nothing was), which ends what a decision may
// say of it.
static enum err own_row(struct views *v, const struct id *crossing, int64_t at_ms, struct why *why)
{
    sqlite3_stmt *q = view_sql(
        v,
        "INSERT INTO outcome(crossing,at,over,port) VALUES(?1,?2,?2>0,(SELECT port FROM crossing WHERE id=?1))"
        " ON CONFLICT DO UPDATE SET at=iif(outcome.at=0,excluded.at,outcome.at),over=max(outcome.over,excluded.over),"
        "port=iif(outcome.arrived,outcome.port,coalesce(excluded.port,outcome.port))",
        why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    sqlite3_bind_int64(q, 2, at_ms);
    return view_run(q, why);
}

static int text_order(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

// Sorted, each once, comma-separated.
static struct str joined(struct arena *arena, struct str *names, size_t n)
{
    struct buf text = BUF(NAMES_MAX);
    if (n) qsort(names, n, sizeof *names, text_order);
    for (size_t i = 0; i < n; i++) {
        if (i && str_eq(names[i], names[i - 1])) continue;
        if (text.n + names[i].n + 1 > NAMES_MAX) break;
        if (text.n) buf_putc(&text, ',');
        buf_str_add(&text, names[i]);
    }
    struct str out = arena_str(arena, buf_str(&text));
    buf_free(&text);
    return out;
}

// The rules that held. The choice counts where it, and not chance or a rule, asked for an inspection.
static struct str rules_of(struct arena *arena, const struct json *members, enum lane lane, enum lane floor,
                           bool by_chance)
{
    struct str *names = arena_array(arena, struct str, members->count + 1);
    size_t n = 0;
    json_each(m, members)
    {
        struct str name = str_from(m->name, 7);
        if (!names || !str_starts(m->name, "reason.") || json_get(m, "because")) continue;
        if (!str_is(name, CHOICE) || (lane > floor && !by_chance)) names[n++] = name;
    }
    return joined(arena, names, n);
}

static struct str shadows_of(struct arena *arena, const struct json *shadow)
{
    struct str *names = shadow ? arena_array(arena, struct str, shadow->count + 1) : NULL;
    size_t n = 0;
    json_each(item, shadow)
    {
        if (names && json_text(item, "rule").n) names[n++] = json_text(item, "rule");
    }
    return joined(arena, names, n);
}

#define PROGRAMMES_MAX 32

// Holders of a role: linked to the crossing, or (`papers`) to its documents. Of a driver and a carrier the latest.
static enum err add_programmes(struct views *v, struct arena *arena, const struct id *crossing, const char *role,
                               enum noun noun, bool papers, int64_t now_ms, struct str *names, size_t *n,
                               struct why *why)
{
    enum err err = ERR_NONE;
    sqlite3_stmt *q =
        papers ? view_sql(v,
                          "SELECT DISTINCT c.programme FROM link d JOIN link l ON l.a=d.b AND l.noun=?3 JOIN"
                          " credential c ON c.holder=l.b WHERE d.a=?1 AND d.noun=?5 AND c.role=?2 AND"
                          " c.status='valid' AND c.valid_from<=?4 AND c.valid_to>?4 ORDER BY 1",
                          why)
               : view_sql(v,
                          "SELECT DISTINCT c.programme FROM credential c WHERE c.holder=(SELECT b FROM link WHERE"
                          " a=?1 AND noun=?3 ORDER BY pos DESC LIMIT 1) AND c.role=?2 AND c.status='valid' AND"
                          " c.valid_from<=?4 AND c.valid_to>?4 ORDER BY 1",
                          why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    view_bind_str(q, 2, str_of(role));
    sqlite3_bind_int(q, 3, (int)noun);
    sqlite3_bind_int64(q, 4, now_ms);
    if (papers) sqlite3_bind_int(q, 5, NOUN_DOCUMENT);
    while (view_row(q, &err, why)) {
        struct str programme = view_str(arena, q, 0);
        if (*n < PROGRAMMES_MAX) names[(*n)++] = arena_printf(arena, "%.*s %s", STR_ARG(programme), role);
    }
    return err;
}

// By the decision's facts who is trusted; in which programmes, by the credentials that were held then.
static enum err programmes_of(struct views *v, struct arena *arena, const struct applied *s, const struct id *crossing,
                              struct str *out, struct why *why)
{
    static const struct {
        const char *fact, *role;
        enum noun noun;
        bool papers;
    } roles[] = {{"programme.driver", "driver", NOUN_DRIVER, false},
                 {"programme.carrier", "carrier", NOUN_CARRIER, false},
                 {"programme.importer", "importer", NOUN_IMPORTER, true},
                 {"programme.manufacturer", "manufacturer", NOUN_MANUFACTURER, true}};
    struct str names[PROGRAMMES_MAX + 1];
    size_t n = 0;
    enum err err = ERR_NONE;
    const struct json *facts = json_get(s->members, "facts");
    for (size_t i = 0; i < sizeof roles / sizeof *roles && err == ERR_NONE; i++)
        if (str_is(json_text(facts, roles[i].fact), "valid"))
            err = add_programmes(v, arena, crossing, roles[i].role, roles[i].noun, roles[i].papers,
                                 s->header->in_us / 1000, names, &n, why);
    if (json_true(facts, "programme.fast")) names[n++] = STR("all roles");
    *out = joined(arena, names, n);
    return err;
}

static double number_or_0(const struct json *object, const char *name)
{
    double value;
    return json_number(object, name, &value) ? value : 0;
}

// Where the choice does not say how likely each lane was, its own is known alone.
static void lanes_of(const struct json *choice, enum lane lane, double out[LANE_COUNT])
{
    const struct json *lanes = json_get(choice, "lanes");
    for (int i = 0; i < LANE_COUNT; i++) out[i] = fmin(1, fmax(0, number_or_0(lanes, lane_name((enum lane)i))));
    if (!lanes) out[lane] = choice ? fmin(1, fmax(0, number_or_0(choice, "propensity"))) : 1;
}

static bool drawn(const struct json *choice)
{
    double draw, chance;
    if (!json_number(json_get(choice, "draw"), "floor", &draw) || !json_number(choice, "chance", &chance))
        return json_true(choice, "by_chance");
    return draw < chance;
}

static enum err settled(struct views *v, const struct id *crossing, bool *over, struct why *why)
{
    enum err err = ERR_NONE;
    *over = false;
    sqlite3_stmt *q = view_sql(v, "SELECT over FROM outcome WHERE crossing=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    while (view_row(q, &err, why)) *over = sqlite3_column_int(q, 0) != 0;
    return err;
}

enum err outcome_apply_decision(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                                struct why *why)
{
    (void)touched;
    enum lane lane, floor;
    struct id id;
    bool over;
    double lanes[LANE_COUNT];
    struct str programmes;
    if (s->origin != ENGINE_OWN || s->header->nre == 0 || !lane_parse(json_text(s->members, "lane"), &lane))
        return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err == ERR_NONE) err = settled(v, &id, &over, why);
    if (err != ERR_NONE || over) return err;
    const struct json *choice = json_get(s->members, "choice");
    bool by_chance = json_true(choice, "by_chance");
    if (!lane_parse(json_text(choice, "floor"), &floor)) floor = lane;
    lanes_of(choice, lane, lanes);
    err = own_row(v, &id, 0, why);
    if (err == ERR_NONE) err = programmes_of(v, arena, s, &id, &programmes, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v,
                               "UPDATE outcome SET decision_pos=?2,lane=?3,floor=?4,service=?5,has_choice=?6,"
                               "by_chance=?7,drawn=?8,chance=?9,propensity=?10,green=?11,document=?12,scan=?13,"
                               "joint=?14,hold=?15,rules=?16,shadow=?17,programmes=?18 WHERE crossing=?1",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->pos);
    sqlite3_bind_int(q, 3, (int)lane);
    sqlite3_bind_int(q, 4, (int)floor);
    view_bind_str(q, 5, json_text(choice, "service"));
    sqlite3_bind_int(q, 6, choice != NULL);
    sqlite3_bind_int(q, 7, by_chance);
    sqlite3_bind_int(q, 8, drawn(choice));
    sqlite3_bind_double(q, 9, number_or_0(choice, "chance"));
    sqlite3_bind_double(q, 10, number_or_0(choice, "propensity"));
    for (int i = 0; i < LANE_COUNT; i++) sqlite3_bind_double(q, 11 + i, lanes[i]);
    view_bind_str(q, 16, rules_of(arena, s->members, lane, floor, by_chance));
    view_bind_str(q, 17, shadows_of(arena, json_get(s->members, "shadow")));
    view_bind_str(q, 18, programmes);
    return view_run(q, why);
}

enum err outcome_apply_arrival(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                               struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *arrival = json_get(s->members, "arrival");
    struct id id;
    if (s->header->nre == 0 || !arrival) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err == ERR_NONE) err = own_row(v, &id, 0, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q =
        view_sql(v, "UPDATE outcome SET at=?2,arrived=1,port=coalesce(?3,port) WHERE crossing=?1 AND arrived=0", why);
    if (!q) return ERR_STORE;
    int64_t at_ms = view_time_ms(arrival, "time");
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, at_ms ? at_ms : s->header->at_ms);
    view_bind_str(q, 3, json_text(arrival, "port"));
    return view_run(q, why);
}

enum err outcome_apply_release(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                               struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *release = json_get(s->members, "release");
    struct id id;
    if (s->header->nre == 0 || !release) return ERR_NONE;
    int64_t at_ms = view_time_ms(release, "time");
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    return err == ERR_NONE ? own_row(v, &id, at_ms ? at_ms : s->header->at_ms, why) : err;
}

// Selections and overrides.
enum err outcome_apply_official(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                                struct why *why)
{
    (void)arena;
    (void)touched;
    enum lane lane;
    struct id id;
    bool selection = str_is(s->header->kind, "selection");
    if (s->header->nre == 0 || !lane_parse(json_text(s->members, "lane"), &lane)) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err == ERR_NONE) err = own_row(v, &id, s->header->at_ms, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q =
        selection ? view_sql(v,
                             "UPDATE outcome SET selection_pos=?2,selection_own=?3,selection_lane=?4,selection_at=?5,"
                             "selection_officer=?6 WHERE crossing=?1 AND selection_own<=?3",
                             why)
                  : view_sql(v,
                             "UPDATE outcome SET override_pos=?2,override_own=?3,override_lane=?4,override_at=?5,"
                             "override_officer=?6,override_reason=?7 WHERE crossing=?1 AND override_own<=?3",
                             why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    sqlite3_bind_int64(q, 2, s->pos);
    sqlite3_bind_int(q, 3, s->origin == ENGINE_OWN);
    sqlite3_bind_int(q, 4, (int)lane);
    sqlite3_bind_int64(q, 5, s->header->at_ms);
    view_bind_str(q, 6, json_text(s->members, "officer"));
    if (!selection) view_bind_str(q, 7, json_text(s->members, "reason"));
    return view_run(q, why);
}

// The machine that a finding names; none where it names none.
static enum err machine_of(struct views *v, const struct header *header, struct id *out, struct why *why)
{
    enum err err = ERR_NONE;
    *out = (struct id){{0}};
    for (size_t i = 1; i < header->nre && err == ERR_NONE; i++) {
        struct id id;
        enum noun noun = NOUN_NONE;
        err = subject_canonical(v, &header->re[i], &id, why);
        if (err == ERR_NONE) err = subject_noun(v, &id, &noun, why);
        if (noun == NOUN_EQUIPMENT) *out = id;
    }
    return err;
}

enum err outcome_apply_finding(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                               struct why *why)
{
    (void)touched;
    enum outcome_result result;
    struct id id, machine;
    if (s->header->nre == 0 || !outcome_result_parse(json_text(s->members, "result"), &result)) return ERR_NONE;
    struct str officer = json_text(s->members, "officer"), seized = STR_NONE;
    struct buf text = BUF(SEIZED_MAX);
    const struct json *list = json_get(s->members, "seized");
    if (list) json_canonical(list, &text);
    if (list && !text.failed) seized = arena_str(arena, buf_str(&text));
    buf_free(&text);
    struct str who = arena_printf(arena, "%u %.*s", s->origin, STR_ARG(officer));
    if (!who.p) return no_memory(why);
    enum err err = subject_canonical(v, &s->header->re[0], &id, why);
    if (err == ERR_NONE) err = machine_of(v, s->header, &machine, why);
    if (err == ERR_NONE) err = own_row(v, &id, s->header->at_ms, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v,
                               "INSERT OR REPLACE INTO outcome_finding(crossing,who,machine,own,pos,result,at,officer,"
                               "shift,seized) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    view_bind_str(q, 2, who);
    view_bind_id(q, 3, &machine);
    sqlite3_bind_int(q, 4, s->origin == ENGINE_OWN);
    sqlite3_bind_int64(q, 5, s->pos);
    sqlite3_bind_int(q, 6, (int)result);
    sqlite3_bind_int64(q, 7, s->header->at_ms);
    view_bind_str(q, 8, officer);
    view_bind_str(q, 9, json_text(s->members, "shift"));
    view_bind_str(q, 10, seized);
    return view_run(q, why);
}

enum err outcome_apply_scan(struct views *v, struct arena *arena, const struct applied *s, struct touched *touched,
                            struct why *why)
{
    (void)arena;
    (void)touched;
    const struct json *scan = json_get(s->members, "scan");
    struct str verdict = json_text(scan, "verdict");
    int64_t at_ms = view_time_ms(scan, "from");
    struct id id, machine;
    enum noun noun = NOUN_NONE;
    if (s->header->nre < 2 || !at_ms) return ERR_NONE;
    enum err err = subject_canonical(v, &s->header->re[0], &machine, why);
    if (err == ERR_NONE) err = subject_canonical(v, &s->header->re[1], &id, why);
    if (err == ERR_NONE) err = subject_noun(v, &id, &noun, why);
    if (err != ERR_NONE || noun != NOUN_CROSSING) return err;
    err = own_row(v, &id, at_ms, why);
    if (err != ERR_NONE) return err;
    sqlite3_stmt *q = view_sql(v,
                               "INSERT INTO outcome_scan(crossing,machine,at,origin,verdict,officer)"
                               " VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT DO UPDATE SET origin=?4,verdict=?5,officer=?6"
                               " WHERE origin=?4 OR ?4=1",
                               why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &id);
    view_bind_id(q, 2, &machine);
    sqlite3_bind_int64(q, 3, at_ms);
    sqlite3_bind_int64(q, 4, s->origin);
    sqlite3_bind_int(q, 5,
                     str_is(verdict, "clear")     ? OUTCOME_SCAN_CLEAR
                     : str_is(verdict, "suspect") ? OUTCOME_SCAN_SUSPECT
                                                  : OUTCOME_SCAN_UNSAID);
    view_bind_str(q, 6, json_text(scan, "officer"));
    return view_run(q, why);
}
_Static_assert(ENGINE_OWN == 1, "the SQL of this file says 1");

// ---- Reading ----

#define OUTCOME_COLUMNS                                                                                                \
    "SELECT crossing,at,port,(SELECT timezone FROM port WHERE code=outcome.port)," DECISION_COLUMNS                    \
    ",selection_pos,selection_lane,selection_at,selection_officer,override_pos,override_lane,override_at,"             \
    "override_officer,override_reason FROM outcome"

static struct outcome read_row(struct arena *arena, sqlite3_stmt *q)
{
    return (struct outcome){
        .crossing = view_id(q, 0),
        .at_ms = sqlite3_column_int64(q, 1),
        .port = view_str(arena, q, 2),
        .zone = view_str(arena, q, 3),
        .decision_pos = sqlite3_column_int64(q, 4),
        .lane = (enum lane)sqlite3_column_int(q, 5),
        .floor = (enum lane)sqlite3_column_int(q, 6),
        .service = view_str(arena, q, 7),
        .has_choice = sqlite3_column_int(q, 8) != 0,
        .by_chance = sqlite3_column_int(q, 9) != 0,
        .drawn = sqlite3_column_int(q, 10) != 0,
        .chance = sqlite3_column_double(q, 11),
        .propensity = sqlite3_column_double(q, 12),
        .lanes = {sqlite3_column_double(q, 13), sqlite3_column_double(q, 14), sqlite3_column_double(q, 15),
                  sqlite3_column_double(q, 16), sqlite3_column_double(q, 17)},
        .rules = view_str(arena, q, 18),
        .shadow = view_str(arena, q, 19),
        .programmes = view_str(arena, q, 20),
        .selection_pos = sqlite3_column_int64(q, 21),
        .selection_lane = (enum lane)sqlite3_column_int(q, 22),
        .selection_ms = sqlite3_column_int64(q, 23),
        .selection_officer = view_str(arena, q, 24),
        .override_pos = sqlite3_column_int64(q, 25),
        .override_lane = (enum lane)sqlite3_column_int(q, 26),
        .override_ms = sqlite3_column_int64(q, 27),
        .override_officer = view_str(arena, q, 28),
        .override_reason = view_str(arena, q, 29),
    };
}

static void read_seized(struct arena *arena, struct str text, struct outcome_finding *finding)
{
    struct why unread = {0};
    const struct json *list = text.n ? json_parse(arena, text, &unread) : NULL;
    struct outcome_seized *items = list ? arena_array(arena, struct outcome_seized, OUTCOME_SEIZED_MAX) : NULL;
    finding->seized = items;
    json_each(item, list)
    {
        if (!items || finding->nseized == OUTCOME_SEIZED_MAX) break;
        items[finding->nseized++] = (struct outcome_seized){.what = json_text(item, "what"),
                                                            .unit = json_text(item, "unit"),
                                                            .currency = json_text(item, "currency"),
                                                            .quantity = number_or_0(item, "quantity"),
                                                            .value = number_or_0(item, "value")};
    }
}

static enum err read_findings(struct views *v, struct arena *arena, struct outcome *o, struct why *why)
{
    enum err err = ERR_NONE;
    struct outcome_finding *list = NULL;
    sqlite3_stmt *q = view_sql(
        v,
        "SELECT coalesce((SELECT canonical FROM alias WHERE id=f.machine),f.machine),result,at,officer,shift,seized"
        " FROM outcome_finding f WHERE crossing=?1 AND own=(SELECT max(own) FROM outcome_finding WHERE crossing=?1)"
        " ORDER BY pos LIMIT ?2",
        why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &o->crossing);
    sqlite3_bind_int(q, 2, FINDINGS_MAX);
    while (view_row(q, &err, why)) {
        if (!list) o->findings = list = arena_array(arena, struct outcome_finding, FINDINGS_MAX);
        if (!list) continue;
        struct outcome_finding *f = &list[o->nfindings++];
        *f = (struct outcome_finding){.machine = view_id(q, 0),
                                      .result = (enum outcome_result)sqlite3_column_int(q, 1),
                                      .at_ms = sqlite3_column_int64(q, 2),
                                      .officer = view_str(arena, q, 3),
                                      .shift = view_str(arena, q, 4)};
        read_seized(arena, view_str(arena, q, 5), f);
    }
    return err;
}

static enum err read_scans(struct views *v, struct arena *arena, struct outcome *o, struct why *why)
{
    enum err err = ERR_NONE;
    struct outcome_scan *list = NULL;
    sqlite3_stmt *q = view_sql(
        v,
        "SELECT e.id,s.at,s.verdict,s.officer FROM outcome_scan s JOIN equipment e ON"
        " e.id=coalesce((SELECT canonical FROM alias WHERE id=s.machine),s.machine) AND e.origin=s.origin WHERE"
        " s.crossing=?1 ORDER BY s.at,e.id LIMIT ?2",
        why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, &o->crossing);
    sqlite3_bind_int(q, 2, SCANS_MAX);
    while (view_row(q, &err, why)) {
        if (!list) o->scans = list = arena_array(arena, struct outcome_scan, SCANS_MAX);
        if (!list) continue;
        struct outcome_scan *s = &list[o->nscans++];
        *s = (struct outcome_scan){
            .machine = view_id(q, 0), .at_ms = sqlite3_column_int64(q, 1), .officer = view_str(arena, q, 3)};
        s->verdict = (unsigned)sqlite3_column_int(q, 2) <= OUTCOME_SCAN_SUSPECT ? (unsigned)sqlite3_column_int(q, 2)
                                                                                : OUTCOME_SCAN_UNSAID;
    }
    return err;
}

static enum err read_details(struct views *v, struct arena *arena, struct outcome *o, struct why *why)
{
    enum err err = read_findings(v, arena, o, why);
    if (err == ERR_NONE) err = read_scans(v, arena, o, why);
    return err == ERR_NONE && arena->failed ? no_memory(why) : err;
}

enum err outcome_get(struct views *v, struct arena *arena, const struct id *crossing, struct outcome *out, bool *found,
                     struct why *why)
{
    enum err err = ERR_NONE;
    *found = false;
    sqlite3_stmt *q = view_sql(v, OUTCOME_COLUMNS " WHERE crossing=?1", why);
    if (!q) return ERR_STORE;
    view_bind_id(q, 1, crossing);
    while (view_row(q, &err, why)) {
        *found = true;
        *out = read_row(arena, q);
    }
    return err == ERR_NONE && *found ? read_details(v, arena, out, why) : err;
}

static sqlite3_stmt *query_rows(struct views *v, const struct outcome_query *query, struct why *why)
{
    sqlite3_stmt *q = view_sql(
        v, OUTCOME_COLUMNS " WHERE at>0 AND at>=?1 AND at<?2 AND (?3='' OR port=?3) ORDER BY at,crossing", why);
    if (!q) return NULL;
    sqlite3_bind_int64(q, 1, query->from_ms);
    sqlite3_bind_int64(q, 2, query->to_ms);
    view_bind_str(q, 3, query->port.n ? query->port : STR(""));
    return q;
}

enum err outcome_each(struct views *v, const struct outcome_query *query,
                      enum err (*see)(void *, const struct outcome *, struct why *), void *context, struct why *why)
{
    enum err err = ERR_NONE;
    struct arena arena = ARENA((size_t)8 << 20);
    sqlite3_stmt *q = query_rows(v, query, why);
    if (!q) return ERR_STORE;
    while (view_row(q, &err, why)) {
        arena_reset(&arena);
        struct outcome o = read_row(&arena, q);
        err = read_details(v, &arena, &o, why);
        if (err == ERR_NONE) err = see(context, &o, why);
        if (err == ERR_NONE) continue;
        sqlite3_reset(q);
        break;
    }
    arena_free(&arena);
    return err;
}

enum err outcome_list(struct views *v, struct arena *arena, const struct outcome_query *query, struct outcome **out,
                      size_t *count, struct why *why)
{
    enum err err = ERR_NONE;
    size_t room = 0;
    *count = 0;
    *out = NULL;
    sqlite3_stmt *q = query_rows(v, query, why);
    if (!q) return ERR_STORE;
    while (view_row(q, &err, why)) {
        if (*count == room) {
            room = room ? room * 2 : 256;
            struct outcome *grown = arena_array(arena, struct outcome, room);
            if (grown && *count) memcpy(grown, *out, *count * sizeof *grown);
            *out = grown;
        }
        if (*count == OUTCOME_ROWS_MAX)
            err = why_set(why, ERR_TOO_LARGE, "from", "over %d crossings; ask for a shorter period", OUTCOME_ROWS_MAX);
        else if (!*out)
            err = no_memory(why);
        if (err == ERR_NONE) {
            (*out)[*count] = read_row(arena, q);
            err = read_details(v, arena, &(*out)[(*count)++], why);
        }
        if (err == ERR_NONE) continue;
        sqlite3_reset(q);
        break;
    }
    return err;
}

// The name that its port knows a machine by; its id's text where it has none.
static enum err machine_name(struct views *v, struct arena *arena, const struct id *machine, struct str *out,
                             struct why *why)
{
    struct json *ids;
    char text[ID_TEXT_LEN + 1];
    enum err err = subject_identifiers(v, arena, machine, &ids, why);
    if (err != ERR_NONE) return err;
    *out = STR_NONE;
    json_each(item, ids)
    {
        struct str value = json_text(item, "value");
        bool better = !out->p || str_compare(value, *out) < 0;
        if (str_is(json_text(item, "scheme"), "port.equipment") && better) *out = value;
    }
    id_text(machine, text);
    if (!out->p) *out = arena_str(arena, str_of(text));
    return out->p ? ERR_NONE : no_memory(why);
}

// ---- One as JSON ----

static void put_text(struct arena *arena, struct json *to, const char *name, struct str text)
{
    if (text.n)
        json_put_text(arena, to, name, text);
    else
        json_put(to, name, json_new_null(arena));
}

static void put_time(struct arena *arena, struct json *to, const char *name, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(ms, text);
    put_text(arena, to, name, arena_str(arena, (struct str){text, n}));
}

static void put_names(struct arena *arena, struct json *to, const char *name, struct str names)
{
    struct json *list = json_new_array(arena);
    while (names.n) {
        struct str rest, one = str_cut(names, ',', &rest);
        if (one.n) json_add(list, json_new_text(arena, one));
        names = rest;
    }
    json_put(to, name, list);
}

static struct json *official_json(struct arena *arena, enum lane lane, struct str officer, int64_t at_ms)
{
    struct json *o = json_new_object(arena);
    json_put_text(arena, o, "lane", str_of(lane_name(lane)));
    put_text(arena, o, "officer", officer);
    put_time(arena, o, "at", at_ms);
    return o;
}

static enum err recommended_json(struct views *v, struct arena *arena, const struct outcome *o, struct json **out,
                                 struct why *why)
{
    struct stored stored;
    struct str name;
    struct json *r = *out = json_new_object(arena);
    enum err err = engine_get(views_engine(v), arena, o->decision_pos, &stored, why);
    if (err == ERR_NONE) err = engine_origin_name(views_engine(v), arena, stored.origin, &name, why);
    if (err != ERR_NONE) return err;
    json_put_text(arena, r, "lane", str_of(lane_name(o->lane)));
    json_put_text(arena, r, "floor", str_of(lane_name(o->floor)));
    put_text(arena, r, "service", o->service);
    json_put_bool(arena, r, "by_chance", o->by_chance);
    json_put_bool(arena, r, "drawn", o->drawn);
    if (o->has_choice) json_put_number(arena, r, "propensity", o->propensity);
    put_names(arena, r, "rules", o->rules);
    put_names(arena, r, "shadow", o->shadow);
    put_names(arena, r, "programmes", o->programmes);
    put_text(arena, r, "name", arena_printf(arena, "%.*s:%llu", STR_ARG(name), (unsigned long long)stored.index));
    return ERR_NONE;
}

static struct json *seized_json(struct arena *arena, const struct outcome_finding *f)
{
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < f->nseized; i++) {
        const struct outcome_seized *s = &f->seized[i];
        struct json *item = json_new_object(arena);
        put_text(arena, item, "what", s->what);
        json_put_number(arena, item, "quantity", s->quantity);
        put_text(arena, item, "unit", s->unit);
        if (s->currency.n) {
            json_put_number(arena, item, "value", s->value);
            json_put_text(arena, item, "currency", s->currency);
        }
        json_add(list, item);
    }
    return list;
}

static enum err findings_json(struct views *v, struct arena *arena, const struct outcome *o, struct json *to,
                              struct why *why)
{
    struct json *list = json_new_array(arena);
    enum err err = ERR_NONE;
    json_put(to, "findings", list);
    for (size_t i = 0; i < o->nfindings && err == ERR_NONE; i++) {
        const struct outcome_finding *f = &o->findings[i];
        struct json *item = json_new_object(arena);
        struct str machine = STR_NONE;
        if (!id_is_none(&f->machine)) err = machine_name(v, arena, &f->machine, &machine, why);
        json_put_text(arena, item, "result", str_of(outcome_result_name(f->result)));
        put_text(arena, item, "officer", f->officer);
        put_text(arena, item, "shift", f->shift.n ? f->shift : outcome_shift(o->zone, f->at_ms));
        put_time(arena, item, "at", f->at_ms);
        put_text(arena, item, "equipment", machine);
        json_put(item, "seized", seized_json(arena, f));
        json_add(list, item);
    }
    return err;
}

static enum err scans_json(struct views *v, struct arena *arena, const struct outcome *o, struct json *to,
                           struct why *why)
{
    static const char *const verdicts[] = {[OUTCOME_SCAN_CLEAR] = "clear", [OUTCOME_SCAN_SUSPECT] = "suspect"};
    struct json *list = json_new_array(arena);
    enum err err = ERR_NONE;
    json_put(to, "scans", list);
    for (size_t i = 0; i < o->nscans && err == ERR_NONE; i++) {
        struct json *item = json_new_object(arena);
        struct str machine;
        err = machine_name(v, arena, &o->scans[i].machine, &machine, why);
        if (err != ERR_NONE) return err;
        put_text(arena, item, "equipment", machine);
        put_time(arena, item, "at", o->scans[i].at_ms);
        put_text(arena, item, "verdict", str_of(verdicts[o->scans[i].verdict]));
        put_text(arena, item, "officer", o->scans[i].officer);
        json_add(list, item);
    }
    return err;
}

enum err outcome_json(struct views *v, struct arena *arena, const struct id *crossing, struct json **out,
                      struct why *why)
{
    struct outcome o;
    struct json *to = json_new_object(arena), *recommended = json_new_null(arena);
    struct json *selection = json_new_null(arena), *override = json_new_null(arena);
    bool found;
    enum err err = outcome_get(v, arena, crossing, &o, &found, why);
    *out = json_new_null(arena);
    if (err != ERR_NONE || !found) return err;
    if (o.decision_pos) err = recommended_json(v, arena, &o, &recommended, why);
    if (o.selection_pos) selection = official_json(arena, o.selection_lane, o.selection_officer, o.selection_ms);
    if (o.override_pos) {
        override = official_json(arena, o.override_lane, o.override_officer, o.override_ms);
        put_text(arena, override, "reason", o.override_reason);
    }
    if (o.at_ms)
        put_time(arena, to, "at", o.at_ms);
    else
        json_put(to, "at", json_new_null(arena));
    json_put_text(arena, to, "result", str_of(outcome_result_name(outcome_result(&o))));
    bool known = o.decision_pos || o.selection_pos || o.override_pos;
    put_text(arena, to, "lane", known ? str_of(lane_name(outcome_lane(&o))) : STR_NONE);
    json_put(to, "recommended", recommended);
    json_put(to, "selection", selection);
    json_put(to, "override", override);
    if (err == ERR_NONE) err = findings_json(v, arena, &o, to, why);
    if (err == ERR_NONE) err = scans_json(v, arena, &o, to, why);
    *out = to;
    return err == ERR_NONE && arena->failed ? no_memory(why) : err;
}

// ---- Rates ----

static enum err add_up(void *tally, const struct outcome *outcome, struct why *why)
{
    return outcome_tally_add(tally, outcome, why);
}

// Scanners by the name that their port knows them by.
static enum err name_scanners(struct views *v, struct arena *arena, struct outcome_rates *rates, struct why *why)
{
    enum err err = ERR_NONE;
    for (size_t i = 0; i < rates->ngroups && err == ERR_NONE; i++) {
        struct id id;
        if (id_parse(rates->groups[i].name, &id)) err = machine_name(v, arena, &id, &rates->groups[i].name, why);
    }
    return err;
}

enum err outcome_rates_of(struct views *v, struct arena *arena, const struct outcome_query *query, enum outcome_by by,
                          struct outcome_rates *out, struct why *why)
{
    struct outcome_tally *tally = outcome_tally_new(arena, by);
    if (!tally) return no_memory(why);
    enum err err = outcome_each(v, query, add_up, tally, why);
    if (err == ERR_NONE) err = outcome_tally_done(tally, out, why);
    return err == ERR_NONE && by == OUTCOME_BY_SCANNER ? name_scanners(v, arena, out, why) : err;
}
