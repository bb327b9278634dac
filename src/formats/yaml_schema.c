// SPDX-License-Identifier: Apache-2.0
// Two passes: libyaml's events into a small tree that refuses what we do not read, then the tree against the table.
#include "formats/yaml_schema.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#define TEXT_INTEGER_MAX ((int64_t)1 << 53)
#define DURATION_MAX_MS ((int64_t)100 * 366 * 86400000)

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

// A value as it stands in the file. Items of lists and values of maps are linked; those of maps have a key.
struct node {
    enum node_kind kind;
    bool plain; // an unquoted scalar
    struct str text;
    struct str key;
    struct node *next, *child, *last;
    size_t count;
    size_t line, column; // from 1
    size_t key_line, key_column;
};

struct reader {
    struct arena *arena;
    struct why *why;
    yaml_parser_t parser;
    size_t nodes;
    char path[80]; // JSON pointer of where we are, cut when it is longer
    size_t path_n;
};

static const char *const type_names[] = {"text", "integer", "decimal", "true or false", "duration", "size",     "date",
                                         "time", "one of",  "table",   "list",          "map",      "any value"};

// --- where we are ---

// Adds "/name" and returns the length to go back to.
static size_t path_push(struct reader *r, struct str name)
{
    size_t before = r->path_n;
    int n = snprintf(r->path + r->path_n, sizeof r->path - r->path_n, "/%.*s", STR_ARG(name));
    if (n > 0) r->path_n += (size_t)n;
    if (r->path_n >= sizeof r->path) r->path_n = sizeof r->path - 1;
    return before;
}

static void path_pop(struct reader *r, size_t before)
{
    r->path_n = before;
    r->path[before] = '\0';
}

static enum err fault(struct reader *r, size_t line, size_t column, const char *format, ...) PRINTF_LIKE(4, 5);
static enum err fault(struct reader *r, size_t line, size_t column, const char *format, ...)
{
    char text[200];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return why_set(r->why, ERR_MALFORMED, r->path, "line %zu, column %zu: %s", line, column, text);
}

static enum err fault_event(struct reader *r, const yaml_event_t *event, const char *text)
{
    return fault(r, event->start_mark.line + 1, event->start_mark.column + 1, "%s", text);
}

static enum err no_memory(struct reader *r)
{
    return why_set(r->why, ERR_NO_MEMORY, r->path, "no memory to read the file");
}

// --- events to tree ---

static enum err next_event(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event)) return ERR_NONE;
    if (r->parser.error == YAML_MEMORY_ERROR) return no_memory(r);
    return fault(r, r->parser.problem_mark.line + 1, r->parser.problem_mark.column + 1, "%s",
                 r->parser.problem ? r->parser.problem : "not YAML");
}

// Anchors, aliases and tags make one text stand for another; none of our files needs them.
static enum err refuse_indirection(struct reader *r, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_ALIAS_EVENT)
        return fault_event(r, event, "aliases (*name) are not read; write the value out");
    if (event->type == YAML_SCALAR_EVENT) anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
    if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
    if (anchor) return fault_event(r, event, "anchors (&name) are not read; write the value out");
    if (tag) return fault_event(r, event, "tags (!name) are not read; the schema says what a value is");
    return ERR_NONE;
}

static enum err scalar_text(struct reader *r, const yaml_event_t *event, struct str *out)
{
    struct str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    if (text.n && memchr(text.p, 0, text.n)) return fault_event(r, event, "a text cannot hold the character U+0000");
    *out = arena_str(r->arena, text);
    return out->p ? ERR_NONE : no_memory(r);
}

static enum err node_read(struct reader *r, const yaml_event_t *event, int depth, struct node **out);

static void node_append(struct node *parent, struct node *child)
{
    if (parent->last)
        parent->last->next = child;
    else
        parent->child = child;
    parent->last = child;
    parent->count++;
}

static enum err list_read(struct reader *r, struct node *list, int depth)
{
    for (;;) {
        yaml_event_t event;
        enum err err = next_event(r, &event);
        if (err) return err;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return ERR_NONE;
        }
        struct node *item = NULL;
        err = node_read(r, &event, depth + 1, &item);
        yaml_event_delete(&event);
        if (err) return err;
        node_append(list, item);
    }
}

static enum err key_read(struct reader *r, const yaml_event_t *event, const struct node *map, struct str *key)
{
    enum err err = refuse_indirection(r, event);
    if (err) return err;
    if (event->type != YAML_SCALAR_EVENT) return fault_event(r, event, "a key must be a text");
    if (map->count >= YAML_KEYS_MAX) return fault_event(r, event, "too many keys in one map");
    err = scalar_text(r, event, key);
    if (err) return err;
    for (const struct node *n = map->child; n; n = n->next) {
        if (!str_eq(n->key, *key)) continue;
        return fault(r, event->start_mark.line + 1, event->start_mark.column + 1,
                     "the key \"%.*s\" is already there in line %zu", STR_ARG(*key), n->key_line);
    }
    return ERR_NONE;
}

static enum err map_read(struct reader *r, struct node *map, int depth)
{
    for (;;) {
        yaml_event_t event;
        enum err err = next_event(r, &event);
        if (err) return err;
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return ERR_NONE;
        }
        struct str key = STR_NONE;
        size_t line = event.start_mark.line + 1, column = event.start_mark.column + 1;
        err = key_read(r, &event, map, &key);
        yaml_event_delete(&event);
        if (!err) err = next_event(r, &event);
        if (err) return err;
        struct node *value = NULL;
        size_t before = path_push(r, key);
        err = node_read(r, &event, depth + 1, &value);
        yaml_event_delete(&event);
        if (err) return err;
        path_pop(r, before);
        INVARIANT(value);
        value->key = key;
        value->key_line = line;
        value->key_column = column;
        node_append(map, value);
    }
}

static enum err node_read(struct reader *r, const yaml_event_t *event, int depth, struct node **out)
{
    enum err err = refuse_indirection(r, event);
    if (err) return err;
    if (depth > YAML_DEPTH_MAX) return fault_event(r, event, "nested too deeply");
    if (++r->nodes > YAML_NODES_MAX) return fault_event(r, event, "too many values in one file");
    struct node *n = arena_new(r->arena, struct node);
    if (!n) return no_memory(r);
    n->line = event->start_mark.line + 1;
    n->column = event->start_mark.column + 1;
    *out = n;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        n->kind = NODE_SCALAR;
        n->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        return scalar_text(r, event, &n->text);
    case YAML_SEQUENCE_START_EVENT:
        n->kind = NODE_LIST;
        return list_read(r, n, depth);
    case YAML_MAPPING_START_EVENT:
        n->kind = NODE_MAP;
        return map_read(r, n, depth);
    default:
        return fault_event(r, event, "a value was expected here");
    }
}

static enum err expect(struct reader *r, yaml_event_type_t type, yaml_event_t *event, const char *otherwise)
{
    enum err err = next_event(r, event);
    if (err) return err;
    if (event->type == type) return ERR_NONE;
    err = fault_event(r, event, otherwise);
    yaml_event_delete(event);
    return err;
}

static enum err document_read(struct reader *r, struct node **out)
{
    yaml_event_t event;
    enum err err = expect(r, YAML_STREAM_START_EVENT, &event, "not YAML");
    if (err) return err;
    yaml_event_delete(&event);
    err = expect(r, YAML_DOCUMENT_START_EVENT, &event, "the file is empty");
    if (err) return err;
    bool directives = event.data.document_start.version_directive ||
                      event.data.document_start.tag_directives.start != event.data.document_start.tag_directives.end;
    if (directives) err = fault_event(r, &event, "directives (%YAML, %TAG) are not read");
    yaml_event_delete(&event);
    if (!err) err = next_event(r, &event);
    if (err) return err;
    err = node_read(r, &event, 1, out);
    yaml_event_delete(&event);
    if (err) return err;
    err = expect(r, YAML_DOCUMENT_END_EVENT, &event, "one document a file");
    if (err) return err;
    yaml_event_delete(&event);
    err = expect(r, YAML_STREAM_END_EVENT, &event, "a second document; one a file");
    if (!err) yaml_event_delete(&event);
    return err;
}

// --- scalars ---

static bool integer_parse(struct str text, int64_t *out)
{
    bool negative = text.n && text.p[0] == '-';
    uint64_t magnitude;
    if (!str_decimal(str_from(text, negative ? 1 : 0), (uint64_t)TEXT_INTEGER_MAX, &magnitude)) return false;
    *out = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

// JSON's grammar for a number (RFC 8259 6), so that 1_000, 0x1f, .5 and 1e400 are not numbers here.
static bool decimal_parse(struct arena *arena, struct str text, double *out)
{
    if (!text.n || text.n > 64 || !(text.p[0] == '-' || (text.p[0] >= '0' && text.p[0] <= '9'))) return false;
    const struct json *value = json_parse(arena, text, NULL);
    if (!value || value->type != JSON_NUMBER) return false;
    *out = value->number;
    return true;
}

struct unit {
    const char *suffix;
    int64_t factor;
};

static bool unit_parse(struct str text, const struct unit *units, size_t nunits, int64_t max, int64_t *out)
{
    size_t digits = 0;
    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9') digits++;
    uint64_t count;
    if (!str_decimal((struct str){text.p, digits}, (uint64_t)max, &count)) return false;
    for (size_t i = 0; i < nunits; i++) {
        if (!str_is(str_from(text, digits), units[i].suffix)) continue;
        if (count > (uint64_t)(max / units[i].factor)) return false;
        *out = (int64_t)count * units[i].factor;
        return true;
    }
    return false;
}

bool yaml_duration_ms(struct str text, int64_t *ms)
{
    static const struct unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    return unit_parse(text, units, sizeof units / sizeof *units, DURATION_MAX_MS, ms);
}

static bool size_parse(struct str text, int64_t *bytes)
{
    static const struct unit units[] = {{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
    return unit_parse(text, units, sizeof units / sizeof *units, TEXT_INTEGER_MAX, bytes);
}

bool yaml_date_ms(struct str text, int64_t *ms)
{
    if (text.n != 10) return false;
    char full[32];
    snprintf(full, sizeof full, "%.10sT00:00:00Z", text.p);
    return time_parse_ms(str_of(full), ms);
}

static bool in_range(const struct yaml_field *f, int64_t value)
{
    return f->min >= f->max || (value >= f->min && value <= f->max);
}

// The range as a person reads it: "from 1", "at most 64", "1 to 64".
static void range_text(const struct yaml_field *f, char *out, size_t room)
{
    if (f->max == INT64_MAX)
        snprintf(out, room, "from %" PRId64, f->min);
    else if (f->min == INT64_MIN)
        snprintf(out, room, "at most %" PRId64, f->max);
    else
        snprintf(out, room, "%" PRId64 " to %" PRId64, f->min, f->max);
}

static enum err fault_range(struct reader *r, const struct node *n, const struct yaml_field *f, const char *unit)
{
    char range[64];
    range_text(f, range, sizeof range);
    return fault(r, n->line, n->column, "%s%s is allowed here", range, unit);
}

static enum err fault_scalar(struct reader *r, const struct node *n, const char *wanted)
{
    return fault(r, n->line, n->column, "\"%.*s\" is not %s", (int)(n->text.n > 40 ? 40 : n->text.n), n->text.p,
                 wanted);
}

// A number of whole units: integer, duration, size.
static enum err whole_read(struct reader *r, const struct node *n, const struct yaml_field *f, enum yaml_type type,
                           struct json **out)
{
    int64_t value;
    if (type == YAML_INTEGER && !integer_parse(n->text, &value)) return fault_scalar(r, n, "a whole number");
    if (type == YAML_DURATION && !yaml_duration_ms(n->text, &value))
        return fault_scalar(r, n, "a duration such as 250ms, 30s, 5m, 2h or 7d");
    if (type == YAML_SIZE && !size_parse(n->text, &value))
        return fault_scalar(r, n, "a size such as 512, 64KiB, 16MiB or 1GiB");
    if (!in_range(f, value))
        return fault_range(r, n, f, type == YAML_DURATION ? " ms" : type == YAML_SIZE ? " bytes" : "");
    *out = json_new_number(r->arena, (double)value);
    return *out ? ERR_NONE : no_memory(r);
}

static enum err decimal_read(struct reader *r, const struct node *n, const struct yaml_field *f, struct json **out)
{
    double value;
    bool number = decimal_parse(r->arena, n->text, &value);
    if (r->arena->failed) return no_memory(r);
    if (!number) return fault_scalar(r, n, "a number");
    if (f->min < f->max && (value < (double)f->min || value > (double)f->max)) return fault_range(r, n, f, "");
    *out = json_new_number(r->arena, value);
    return *out ? ERR_NONE : no_memory(r);
}

static enum err boolean_read(struct reader *r, const struct node *n, struct json **out)
{
    bool yes = str_is(n->text, "true");
    if (!n->plain || (!yes && !str_is(n->text, "false"))) return fault_scalar(r, n, "true or false");
    *out = json_new_bool(r->arena, yes);
    return *out ? ERR_NONE : no_memory(r);
}

static enum err enum_read(struct reader *r, const struct node *n, const struct yaml_field *f, struct json **out)
{
    char list[120] = "";
    size_t used = 0;
    for (const char *const *c = f->choices; *c; c++) {
        if (str_is(n->text, *c)) {
            *out = json_new_text(r->arena, str_of(*c));
            return *out ? ERR_NONE : no_memory(r);
        }
        int k = snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", *c);
        used = k < 0 || used + (size_t)k >= sizeof list ? sizeof list - 1 : used + (size_t)k;
    }
    return fault(r, n->line, n->column, "\"%.*s\" is none of: %s", (int)(n->text.n > 30 ? 30 : n->text.n), n->text.p,
                 list);
}

static enum err text_read(struct reader *r, const struct node *n, const struct yaml_field *f, enum yaml_type type,
                          struct json **out)
{
    struct str text = n->text;
    int64_t ms;
    if (type == YAML_DATE && !yaml_date_ms(text, &ms)) return fault_scalar(r, n, "a date such as 2026-03-01");
    if (type == YAML_TIME) {
        char utc[TIME_TEXT_ROOM];
        if (!time_parse_ms(text, &ms)) return fault_scalar(r, n, "a time such as 2026-03-01T14:05:09Z");
        size_t len = time_text_ms(ms, utc);
        text = arena_str(r->arena, (struct str){utc, len});
        if (!text.p) return no_memory(r);
    }
    if (type == YAML_TEXT && !in_range(f, (int64_t)text.n)) return fault_range(r, n, f, " bytes of text");
    *out = json_new_text(r->arena, text);
    return *out ? ERR_NONE : no_memory(r);
}

static enum err scalar_read(struct reader *r, const struct node *n, const struct yaml_field *f, enum yaml_type type,
                            struct json **out)
{
    if (n->kind != NODE_SCALAR) return fault(r, n->line, n->column, "a single value is wanted (%s)", type_names[type]);
    if (n->plain && n->text.n == 0)
        return fault(r, n->line, n->column, "there is no value; write \"\" for an empty text");
    switch (type) {
    case YAML_INTEGER:
    case YAML_DURATION:
    case YAML_SIZE:
        return whole_read(r, n, f, type, out);
    case YAML_DECIMAL:
        return decimal_read(r, n, f, out);
    case YAML_BOOLEAN:
        return boolean_read(r, n, out);
    case YAML_ENUM:
        return enum_read(r, n, f, out);
    default:
        return text_read(r, n, f, type, out);
    }
}

// --- free values ---

static enum err free_scalar(struct reader *r, const struct node *n, struct json **out)
{
    double number;
    if (n->plain && n->text.n == 0) return fault(r, n->line, n->column, "there is no value; write null or \"\"");
    if (n->plain && str_is(n->text, "null"))
        *out = json_new_null(r->arena);
    else if (n->plain && (str_is(n->text, "true") || str_is(n->text, "false")))
        *out = json_new_bool(r->arena, str_is(n->text, "true"));
    else if (n->plain && decimal_parse(r->arena, n->text, &number))
        *out = json_new_number(r->arena, number);
    else
        *out = json_new_text(r->arena, n->text);
    return *out ? ERR_NONE : no_memory(r);
}

// Depth is bounded by node_read.
static enum err free_read(struct reader *r, const struct node *n, struct json **out)
{
    if (n->kind == NODE_SCALAR) return free_scalar(r, n, out);
    *out = n->kind == NODE_LIST ? json_new_array(r->arena) : json_new_object(r->arena);
    if (!*out) return no_memory(r);
    for (const struct node *c = n->child; c; c = c->next) {
        struct json *value = NULL;
        enum err err = free_read(r, c, &value);
        if (err) return err;
        if (n->kind == NODE_LIST)
            json_add(*out, value);
        else
            json_put(*out, c->key.p, value);
    }
    return ERR_NONE;
}

// --- tables, lists, maps ---

static enum err value_read(struct reader *r, const struct node *n, const struct yaml_field *f, enum yaml_type type,
                           struct json **out);

static enum err items_read(struct reader *r, const struct node *n, const struct yaml_field *f, struct json **out)
{
    bool list = f->type == YAML_LIST;
    if (n->kind != (list ? NODE_LIST : NODE_MAP))
        return fault(r, n->line, n->column, list ? "a list is wanted" : "a map of names to values is wanted");
    if (!in_range(f, (int64_t)n->count)) return fault_range(r, n, f, " items");
    *out = list ? json_new_array(r->arena) : json_new_object(r->arena);
    if (!*out) return no_memory(r);
    struct yaml_field item = *f; // the range is the list's, not the items'
    item.min = item.max = 0;
    size_t index = 0;
    for (const struct node *c = n->child; c; c = c->next, index++) {
        char digits[24];
        snprintf(digits, sizeof digits, "%zu", index);
        struct json *value = NULL;
        size_t before = path_push(r, list ? str_of(digits) : c->key);
        enum err err = value_read(r, c, &item, f->of, &value);
        if (err) return err;
        path_pop(r, before);
        if (list)
            json_add(*out, value);
        else
            json_put(*out, c->key.p, value);
    }
    return ERR_NONE;
}

#define NEAR_LEN_MAX 40

// Edits (insert, delete, replace) from one short text to the other; long ones are far.
static size_t distance(struct str a, struct str b)
{
    if (a.n > NEAR_LEN_MAX || b.n > NEAR_LEN_MAX) return NEAR_LEN_MAX;
    size_t row[NEAR_LEN_MAX + 1];
    for (size_t j = 0; j <= b.n; j++) row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = diagonal + (a.p[i - 1] != b.p[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b.n];
}

static const char *nearest(const struct yaml_field *table, struct str key)
{
    const char *best = NULL;
    size_t least = key.n / 3 + 2; // farther is no likely slip
    for (const struct yaml_field *f = table; f->name; f++) {
        size_t d = distance(key, str_of(f->name));
        if (d < least) least = d, best = f->name;
    }
    return best;
}

static enum err known_keys(struct reader *r, const struct node *n, const struct yaml_field *table)
{
    for (const struct node *c = n->child; c; c = c->next) {
        const struct yaml_field *f = table;
        while (f->name && !str_is(c->key, f->name)) f++;
        if (f->name) continue;
        const char *near = nearest(table, c->key);
        path_push(r, c->key);
        return fault(r, c->key_line, c->key_column, "unknown key \"%.*s\"%s%s%s", (int)(c->key.n > 40 ? 40 : c->key.n),
                     c->key.p, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
    return ERR_NONE;
}

// A default is read as if it stood in the file where its table begins.
static enum err preset_read(struct reader *r, const struct node *at, const struct yaml_field *f, struct json **out)
{
    struct node n = {
        .kind = NODE_SCALAR, .plain = true, .text = str_of(f->preset), .line = at->line, .column = at->column};
    if (f->type == YAML_TABLE || f->type == YAML_MAP) n.kind = NODE_MAP;
    if (f->type == YAML_LIST) n.kind = NODE_LIST;
    if (n.text.n == 0) n.plain = false; // an empty text is a value here
    return value_read(r, &n, f, f->type, out);
}

static enum err table_read(struct reader *r, const struct node *n, const struct yaml_field *table, struct json **out)
{
    if (n->kind != NODE_MAP) return fault(r, n->line, n->column, "a map of named members is wanted");
    enum err err = known_keys(r, n, table);
    if (err) return err;
    *out = json_new_object(r->arena);
    if (!*out) return no_memory(r);
    for (const struct yaml_field *f = table; f->name; f++) {
        const struct node *c = n->child;
        while (c && !str_is(c->key, f->name)) c = c->next;
        if (!c && f->required) return fault(r, n->line, n->column, "the key \"%s\" is missing: %s", f->name, f->doc);
        if (!c && !f->preset) continue;
        struct json *value = NULL;
        size_t before = path_push(r, str_of(f->name));
        err = c ? value_read(r, c, f, f->type, &value) : preset_read(r, n, f, &value);
        if (err) return err;
        path_pop(r, before);
        json_put(*out, f->name, value);
    }
    return ERR_NONE;
}

static enum err value_read(struct reader *r, const struct node *n, const struct yaml_field *f, enum yaml_type type,
                           struct json **out)
{
    switch (type) {
    case YAML_TABLE:
        return table_read(r, n, f->table, out);
    case YAML_LIST:
    case YAML_MAP:
        return items_read(r, n, f, out);
    case YAML_FREE:
        return free_read(r, n, out);
    default:
        return scalar_read(r, n, f, type, out);
    }
}

enum err yaml_read(struct arena *arena, struct str bytes, const struct yaml_field *table, struct json **out,
                   struct why *why)
{
    struct reader r = {.arena = arena, .why = why};
    if (bytes.n > YAML_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the file has %zu bytes; at most %zu are read", bytes.n, YAML_BYTES_MAX);
    if (!utf8_valid(bytes)) return why_set(why, ERR_MALFORMED, "", "the file is not UTF-8");
    if (!yaml_parser_initialize(&r.parser)) return no_memory(&r);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes.p, bytes.n);
    struct node *root = NULL;
    enum err err = document_read(&r, &root);
    yaml_parser_delete(&r.parser);
    if (err) return err;
    path_pop(&r, 0);
    err = table_read(&r, root, table, out);
    if (!err && arena->failed) err = no_memory(&r);
    return err;
}

// --- documentation ---

static void describe_type(const struct yaml_field *f, enum yaml_type type, struct buf *out)
{
    buf_puts(out, type_names[type]);
    if (type == YAML_LIST || type == YAML_MAP) {
        buf_puts(out, " of ");
        buf_puts(out, type_names[f->of]);
    }
    if (type == YAML_ENUM || f->of == YAML_ENUM) {
        for (const char *const *c = f->choices; c && *c; c++) buf_printf(out, "%s%s", c == f->choices ? " " : ", ", *c);
    }
}

static void describe(const struct yaml_field *table, int depth, struct buf *out)
{
    for (const struct yaml_field *f = table; f->name; f++) {
        buf_printf(out, "%*s%s (", depth * 2, "", f->name);
        describe_type(f, f->type, out);
        if (f->min < f->max) {
            char range[64];
            range_text(f, range, sizeof range);
            buf_printf(out, ", %s", range);
        }
        if (f->required) buf_puts(out, ", required");
        if (f->preset) buf_printf(out, ", default %s", f->preset[0] ? f->preset : "\"\"");
        buf_printf(out, "): %s\n", f->doc ? f->doc : "");
        bool inner = f->type == YAML_TABLE || ((f->type == YAML_LIST || f->type == YAML_MAP) && f->of == YAML_TABLE);
        // A table may hold itself; twice is enough to show it.
        if (inner && f->table != table && depth < 8) describe(f->table, depth + 1, out);
    }
}

void yaml_schema_describe(const struct yaml_field *table, struct buf *out)
{
    describe(table, 0, out);
}
