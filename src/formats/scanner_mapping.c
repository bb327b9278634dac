// SPDX-License-Identifier: Apache-2.0
// The mapping of a scanner log: which column is what, what the log's words mean, and how its clock is read.
#include "formats/scanner_parts.h"

#include "base/clock.h"
#include "formats/yaml_schema.h"

#include <ctype.h>

#define TEXT_MAX 200
#define MAP_MAX 1000

const char *const scanner_state_names[] = {"up", "standby", "degraded", "maintenance", "down", NULL};
const char *const scanner_waiting_names[] = {"people", "parts", "repair", NULL};
static const char *const verdict_names[] = {"clear", "suspect", "none", NULL};

// ---- The file ----

#define COLUMN(column, text)                                                                                           \
    {                                                                                                                  \
        .name = column, .type = YAML_TEXT, .min = 1, .max = TEXT_MAX, .doc = text                                      \
    }

static const struct yaml_field column_fields[] = {
    {.name = "equipment", .type = YAML_TEXT, .required = true, .min = 1, .max = TEXT_MAX, .doc = "which scanner"},
    {.name = "start", .type = YAML_TEXT, .required = true, .min = 1, .max = TEXT_MAX, .doc = "from when"},
    COLUMN("end", "until when"),
    COLUMN("event", "state or event, looked up in values"),
    COLUMN("reason", "why, looked up in reasons"),
    COLUMN("waiting", "what is waited for, looked up in waitings"),
    COLUMN("arrived", "when somebody came to mend it"),
    COLUMN("parts", "when the parts were there"),
    COLUMN("scans", "how many scans"),
    COLUMN("verdict", "of the image, looked up in verdicts"),
    COLUMN("verdict_at", "when it was judged"),
    COLUMN("undecided", "how many of the scans have no verdict"),
    COLUMN("image", "SHA-256 of the image, or its name"),
    COLUMN("officer", "who judged"),
    COLUMN("due", "when preventive maintenance was due"),
    COLUMN("note", "words"),
    COLUMN("crossing", "the trip that was scanned"),
    {0},
};
_Static_assert(sizeof column_fields / sizeof *column_fields == SCANNER_COLUMNS + 1, "one field a column");

static const struct yaml_field change_fields[] = {
    {.name = "from", .type = YAML_TIME, .required = true, .doc = "the moment of the change"},
    {.name = "offset", .type = YAML_TEXT, .required = true, .min = 6, .max = 6, .doc = "from then on, -05:00"},
    {0},
};

static const struct yaml_field time_fields[] = {
    {.name = "format", .type = YAML_TEXT, .min = 4, .max = 64, .doc = "DD/MM/YYYY HH:mm; absent: RFC 3339"},
    {.name = "offset", .type = YAML_TEXT, .min = 6, .max = 6, .doc = "of local times, -06:00"},
    {.name = "changes",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = change_fields,
     .max = SCANNER_CHANGES_MAX,
     .preset = "[]",
     .doc = "of the offset, in their order"},
    {0},
};

static const struct yaml_field value_fields[] = {
    {.name = "state", .type = YAML_ENUM, .choices = scanner_state_names, .doc = "the scanner's"},
    {.name = "reason", .type = YAML_ENUM, .choices = outage_reason_codes, .doc = "why, where no column says it"},
    {.name = "waiting", .type = YAML_ENUM, .choices = scanner_waiting_names, .doc = "for what"},
    {.name = "scan", .type = YAML_BOOLEAN, .preset = "false", .doc = "the row is a scan"},
    {.name = "planned", .type = YAML_BOOLEAN, .preset = "false", .doc = "the row is preventive maintenance, done"},
    {0},
};

static const struct yaml_field fields[] = {
    {.name = "name", .type = YAML_TEXT, .required = true, .min = 1, .max = TEXT_MAX, .doc = "for people"},
    {.name = "match", .type = YAML_LIST, .of = YAML_TEXT, .min = 1, .max = CSV_FIELDS_MAX, .doc = "headers"},
    {.name = "port", .type = YAML_TEXT, .min = 2, .max = 5, .doc = "goes before the log's names"},
    {.name = "columns", .type = YAML_TABLE, .table = column_fields, .required = true, .doc = "which is what"},
    {.name = "crossing_scheme", .type = YAML_TEXT, .preset = "us.ace.trip", .min = 1, .max = 40, .doc = "of crossing"},
    {.name = "equipment",
     .type = YAML_MAP,
     .of = YAML_TEXT,
     .min = 1,
     .max = SCANNER_EQUIPMENT_MAX,
     .doc = "the log's names → identifiers"},
    {.name = "time", .type = YAML_TABLE, .table = time_fields, .preset = "{}", .doc = "how times are written"},
    {.name = "values",
     .type = YAML_MAP,
     .of = YAML_TABLE,
     .table = value_fields,
     .max = MAP_MAX,
     .preset = "{}",
     .doc = "events → what they mean"},
    {.name = "row", .type = YAML_TABLE, .table = value_fields, .doc = "a row without an event"},
    {.name = "reasons",
     .type = YAML_MAP,
     .of = YAML_ENUM,
     .choices = outage_reason_codes,
     .max = MAP_MAX,
     .preset = "{}",
     .doc = "the log's codes → ours"},
    {.name = "waitings",
     .type = YAML_MAP,
     .of = YAML_ENUM,
     .choices = scanner_waiting_names,
     .max = MAP_MAX,
     .preset = "{}",
     .doc = "the log's words → ours"},
    {.name = "verdicts",
     .type = YAML_MAP,
     .of = YAML_ENUM,
     .choices = verdict_names,
     .max = MAP_MAX,
     .preset = "{}",
     .doc = "the log's words → ours"},
    {.name = "otherwise", .type = YAML_ENUM, .choices = scanner_state_names, .doc = "when no row says anything"},
    {0},
};

void scanner_mapping_describe(struct buf *out)
{
    yaml_schema_describe(fields, out);
}

const char *scanner_column_name(enum scanner_column column)
{
    return column_fields[column].name;
}

const char *scanner_state_text(enum scanner_state state)
{
    INVARIANT(state != STATE_UNKNOWN);
    return scanner_state_names[state - STATE_UP];
}

static const char *literal_of(struct str text, const char *const *choices)
{
    for (; *choices; choices++)
        if (str_is(text, *choices)) return *choices;
    return NULL;
}

static enum scanner_state state_of(struct str text)
{
    for (size_t i = 0; scanner_state_names[i]; i++)
        if (str_is(text, scanner_state_names[i])) return (enum scanner_state)(STATE_UP + i);
    return STATE_UNKNOWN;
}

struct scanner_value scanner_value_of(const struct json *entry)
{
    return (struct scanner_value){.state = state_of(json_text(entry, "state")),
                                  .reason = literal_of(json_text(entry, "reason"), outage_reason_codes),
                                  .waiting = literal_of(json_text(entry, "waiting"), scanner_waiting_names),
                                  .scan = json_true(entry, "scan"),
                                  .planned = json_true(entry, "planned")};
}

const struct json *scanner_lookup(const struct json *map, struct str name)
{
    json_each(item, map)
    {
        if (str_eq(item->name, name)) return item;
    }
    return NULL;
}

// ---- Reading it ----

static bool offset_parse(struct str text, int64_t *ms)
{
    if (text.n != 6 || (text.p[0] != '+' && text.p[0] != '-') || text.p[3] != ':') return false;
    for (size_t i = 1; i < 6; i++)
        if (i != 3 && (text.p[i] < '0' || text.p[i] > '9')) return false;
    int hours = (text.p[1] - '0') * 10 + text.p[2] - '0', minutes = (text.p[4] - '0') * 10 + text.p[5] - '0';
    if (hours > 14 || minutes > 59) return false;
    *ms = (hours * 60 + minutes) * INT64_C(60000) * (text.p[0] == '-' ? -1 : 1);
    return true;
}

static enum err offsets_read(struct scanner_mapping *m, const struct json *time, struct why *why)
{
    struct str offset = json_text(time, "offset");
    const struct json *changes = json_get(time, "changes");
    m->has_offset = offset.p != NULL;
    if (!offset.p && changes->count)
        return why_set(why, ERR_MALFORMED, "/time/changes", "changes of an offset need the offset that they change");
    m->offsets[0].from_ms = INT64_MIN;
    m->noffsets = 1;
    if (offset.p && !offset_parse(offset, &m->offsets[0].offset_ms))
        return why_set(why, ERR_MALFORMED, "/time/offset", "an offset is written like -06:00");
    json_each(item, changes)
    {
        struct scanner_change *c = &m->offsets[m->noffsets];
        bool good = time_parse_ms(json_text(item, "from"), &c->from_ms) &&
                    offset_parse(json_text(item, "offset"), &c->offset_ms) &&
                    c->from_ms > m->offsets[m->noffsets - 1].from_ms;
        if (!good)
            return why_set(why, ERR_MALFORMED, "/time/changes",
                           "changes come in the order of their times, each with an offset like -05:00");
        m->noffsets++;
    }
    return ERR_NONE;
}

// Every letter of a pattern belongs to a field, and there is a whole date.
static bool pattern_good(struct str pattern)
{
    static const char *const tokens[] = {"YYYY", "MM", "M",  "DD", "D",   "HH", "H",
                                         "hh",   "h",  "mm", "ss", "SSS", "a",  "Z"};
    bool year = false, month = false, day = false;
    for (size_t i = 0; i < pattern.n;) {
        struct str rest = str_from(pattern, i);
        size_t best = 0;
        for (size_t k = 0; k < sizeof tokens / sizeof *tokens; k++)
            if (str_starts(rest, tokens[k]) && strlen(tokens[k]) > best) best = strlen(tokens[k]);
        if (!best && isalpha((unsigned char)*rest.p) && *rest.p != 'T') return false;
        year = year || (best == 4 && *rest.p == 'Y');
        month = month || (best && *rest.p == 'M');
        day = day || (best && *rest.p == 'D');
        i += best ? best : 1;
    }
    return year && month && day;
}

static enum err equipment_check(struct arena *arena, struct scanner_mapping *m, const struct json *map,
                                const struct identifier_table *identifiers, struct why *why)
{
    if (!map) return ERR_NONE;
    struct json *checked = json_new_object(arena);
    json_each(item, map)
    {
        struct identifier id;
        struct why inner = {0};
        if (identifier_check(identifiers, arena, STR("port.equipment"), item->text, &id, &inner) != ERR_NONE)
            return why_set(why, ERR_MALFORMED, "/equipment", "\"%.*s\": %s", STR_ARG(item->text), inner.text);
        json_put_named(checked, item->name, json_new_text(arena, id.value));
    }
    m->equipment = checked;
    return ERR_NONE;
}

static struct json *match_default(struct arena *arena, const struct scanner_mapping *m)
{
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < SCANNER_COLUMNS; i++)
        if (m->columns[i].p) json_add(list, json_new_text(arena, m->columns[i]));
    return list;
}

enum err scanner_mapping_read(struct arena *arena, struct str bytes, const struct identifier_table *identifiers,
                              const struct scanner_mapping **out, struct why *why)
{
    struct json *file;
    enum err err = yaml_read(arena, bytes, fields, &file, why);
    if (err != ERR_NONE) return err;
    struct scanner_mapping *m = arena_new(arena, struct scanner_mapping);
    if (!m) return why_set(why, ERR_NO_MEMORY, "", "no memory for the mapping");
    const struct json *columns = json_get(file, "columns"), *time = json_get(file, "time");
    *m = (struct scanner_mapping){.name = json_text(file, "name"),
                                  .port = json_text(file, "port"),
                                  .crossing_scheme = json_text(file, "crossing_scheme"),
                                  .format = json_text(time, "format"),
                                  .match = json_get(file, "match"),
                                  .values = json_get(file, "values"),
                                  .reasons = json_get(file, "reasons"),
                                  .waitings = json_get(file, "waitings"),
                                  .verdicts = json_get(file, "verdicts"),
                                  .row = json_get(file, "row"),
                                  .otherwise = state_of(json_text(file, "otherwise"))};
    for (size_t i = 0; i < SCANNER_COLUMNS; i++) m->columns[i] = json_text(columns, column_fields[i].name);
    if (!m->match) m->match = match_default(arena, m);
    if (m->format.p && !pattern_good(m->format))
        return why_set(why, ERR_MALFORMED, "/time/format",
                       "a pattern has YYYY, MM and DD, and of HH mm ss SSS hh a Z what it needs");
    err = offsets_read(m, time, why);
    if (err == ERR_NONE) err = equipment_check(arena, m, json_get(file, "equipment"), identifiers, why);
    if (err == ERR_NONE && !m->equipment && !m->port.p)
        err = why_set(why, ERR_MALFORMED, "/port", "say the port, or the identifier of each name under equipment");
    if (err == ERR_NONE && !m->columns[SCANNER_EVENT].p && !m->row)
        err = why_set(why, ERR_MALFORMED, "/row", "without a column for the event, say under row what a row is");
    if (err == ERR_NONE && arena->failed) err = why_set(why, ERR_NO_MEMORY, "", "no memory for the mapping");
    *out = m;
    return err;
}

struct str scanner_mapping_name(const struct scanner_mapping *mapping)
{
    return mapping->name;
}

// ---- Which mapping ----

bool scanner_header_is(struct str header, struct str name)
{
    header = str_trim(header);
    name = str_trim(name);
    if (header.n != name.n) return false;
    for (size_t i = 0; i < name.n; i++)
        if (tolower((unsigned char)header.p[i]) != tolower((unsigned char)name.p[i])) return false;
    return true;
}

static bool header_read(struct str bytes, struct arena *arena, struct csv_row *row)
{
    struct why why = {0};
    struct csv csv = csv_open(bytes, 0);
    return csv_next(&csv, arena, row, &why) == CSV_ROW;
}

static bool fits(const struct scanner_mapping *m, const struct csv_row *header)
{
    json_each(name, m->match)
    {
        size_t i = 0;
        while (i < header->count && !scanner_header_is(header->fields[i], name->text)) i++;
        if (i == header->count) return false;
    }
    return true;
}

const struct scanner_mapping *scanner_mapping_find(const struct scanner_mappings *mappings, struct str bytes)
{
    struct arena arena = ARENA((size_t)1 << 20);
    struct csv_row header;
    const struct scanner_mapping *best = NULL;
    if (mappings && mappings->count && header_read(bytes, &arena, &header))
        for (size_t i = 0; i < mappings->count; i++)
            if (fits(mappings->items[i], &header) && (!best || mappings->items[i]->match->count > best->match->count))
                best = mappings->items[i];
    arena_free(&arena);
    return best;
}

void scanner_header_text(struct str bytes, struct buf *out)
{
    struct arena arena = ARENA((size_t)1 << 20);
    struct csv_row header;
    if (header_read(bytes, &arena, &header))
        for (size_t i = 0; i < header.count; i++)
            buf_printf(out, "%s%.*s", i ? ", " : "", STR_ARG(str_trim(header.fields[i])));
    arena_free(&arena);
}

// ---- Times ----

struct clock_text {
    int year, month, day, hour, minute, second, milli;
    bool half, afternoon; // hh and a
    bool zoned;
    int64_t offset_ms;
};

static bool take_digits(struct str *s, size_t least, size_t most, int *out)
{
    size_t n = 0;
    int value = 0;
    for (; n < most && n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++) value = value * 10 + (s->p[n] - '0');
    *s = str_from(*s, n);
    *out = value;
    return n >= least;
}

static bool take_half(struct str *s, struct clock_text *t)
{
    bool am = s->n && (s->p[0] == 'A' || s->p[0] == 'a'), pm = s->n && (s->p[0] == 'P' || s->p[0] == 'p');
    size_t n = 1;
    if (!am && !pm) return false;
    if (s->n > n && s->p[n] == '.') n++;
    if (s->n > n && (s->p[n] == 'M' || s->p[n] == 'm')) n++;
    if (s->n > n && s->p[n] == '.') n++;
    *s = str_from(*s, n);
    t->afternoon = pm;
    t->half = true;
    return true;
}

static bool take_zone(struct str *s, struct clock_text *t)
{
    t->zoned = true;
    if (s->n && (s->p[0] == 'Z' || s->p[0] == 'z')) {
        *s = str_from(*s, 1);
        return true;
    }
    struct str six = {s->p, 6};
    if (s->n < 6 || !offset_parse(six, &t->offset_ms)) return false;
    *s = str_from(*s, 6);
    return true;
}

static bool take_token(struct str *pattern, struct str *s, struct clock_text *t)
{
    size_t n = 1;
    while (n < pattern->n && pattern->p[n] == pattern->p[0]) n++;
    char letter = pattern->p[0];
    bool good = true;
    switch (letter) {
    case 'Y':
        good = take_digits(s, 4, 4, &t->year);
        break;
    case 'M':
        good = take_digits(s, n > 1 ? 2 : 1, 2, &t->month);
        break;
    case 'D':
        good = take_digits(s, n > 1 ? 2 : 1, 2, &t->day);
        break;
    case 'H':
        good = take_digits(s, n > 1 ? 2 : 1, 2, &t->hour);
        break;
    case 'h':
        good = take_digits(s, n > 1 ? 2 : 1, 2, &t->hour);
        break;
    case 'm':
        good = take_digits(s, 2, 2, &t->minute);
        break;
    case 's':
        good = take_digits(s, 2, 2, &t->second);
        break;
    case 'S':
        good = take_digits(s, 3, 3, &t->milli);
        break;
    case 'a':
        good = take_half(s, t);
        n = 1;
        break;
    case 'Z':
        good = take_zone(s, t);
        n = 1;
        break;
    default:
        n = 1;
        good = s->n && s->p[0] == letter;
        *s = str_from(*s, 1);
    }
    *pattern = str_from(*pattern, n);
    return good;
}

// RFC 3339 without its offset, its seconds or its T.
static const char *const plain_patterns[] = {"YYYY-MM-DD HH:mm:ss", "YYYY-MM-DDTHH:mm:ss", "YYYY-MM-DD HH:mm",
                                             "YYYY-MM-DDTHH:mm", NULL};

static bool read_pattern(struct str pattern, struct str text, struct clock_text *t)
{
    *t = (struct clock_text){0};
    while (pattern.n)
        if (!take_token(&pattern, &text, t)) return false;
    if (text.n) return false;
    if (!t->half) return true;
    if (t->hour < 1 || t->hour > 12) return false;
    t->hour = t->hour % 12 + (t->afternoon ? 12 : 0);
    return true;
}

// The moment that a local clock shows this: the earlier one where a change repeats it.
static bool local_to_utc(const struct scanner_mapping *m, int64_t local_ms, int64_t *ms)
{
    for (size_t i = 0; i < m->noffsets; i++) {
        int64_t utc = local_ms - m->offsets[i].offset_ms;
        bool begun = utc >= m->offsets[i].from_ms, over = i + 1 < m->noffsets && utc >= m->offsets[i + 1].from_ms;
        if (!begun || over) continue;
        *ms = utc;
        return true;
    }
    return false;
}

static bool text_read(const struct scanner_mapping *m, struct str text, struct clock_text *t)
{
    if (m->format.p) return read_pattern(m->format, text, t);
    for (const char *const *p = plain_patterns; *p; p++)
        if (read_pattern(str_of(*p), text, t)) return true;
    return false;
}

bool scanner_time(const struct scanner_mapping *m, struct str text, int64_t *ms, const char **what)
{
    struct clock_text t;
    int64_t us;
    text = str_trim(text);
    if (!m->format.p && time_parse_ms(text, ms)) return true;
    *what = "is no time as the mapping's format says";
    if (!text_read(m, text, &t)) return false;
    *what = "is no date or time that there is";
    if (!time_civil_us(t.year, t.month, t.day, t.hour, t.minute, t.second, &us)) return false;
    int64_t local_ms = us / 1000 + t.milli;
    *what = "has no offset, and the mapping says none";
    if (!t.zoned && !m->has_offset) return false;
    *what = "is a time that the change of clocks skipped";
    if (!t.zoned) return local_to_utc(m, local_ms, ms);
    *ms = local_ms - t.offset_ms;
    return true;
}
