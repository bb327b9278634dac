// SPDX-License-Identifier: Apache-2.0
#include "formats/json_shape.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct place {
    struct why *why;
    char path[80]; // JSON pointer, cut when it is longer
    size_t n;
};

static size_t place_push(struct place *at, const char *format, ...) PRINTF_LIKE(2, 3);
static size_t place_push(struct place *at, const char *format, ...)
{
    size_t before = at->n;
    va_list args;
    va_start(args, format);
    int k = vsnprintf(at->path + at->n, sizeof at->path - at->n, format, args);
    va_end(args);
    if (k > 0) at->n += (size_t)k;
    if (at->n >= sizeof at->path) at->n = sizeof at->path - 1;
    return before;
}

static void place_pop(struct place *at, size_t before)
{
    at->n = before;
    at->path[before] = '\0';
}

static bool in_range(const struct json_member *m, double value)
{
    return m->min >= m->max || (value >= (double)m->min && value <= (double)m->max);
}

static size_t points(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return n;
}

static enum err fault(struct place *at, const char *wanted)
{
    return why_set(at->why, ERR_MALFORMED, at->path, "%s must be %s", at->path[0] ? at->path : "the whole", wanted);
}

static enum err fault_range(struct place *at, const struct json_member *m, const char *unit)
{
    return why_set(at->why, ERR_MALFORMED, at->path, "%s must be %" PRId64 " to %" PRId64 "%s", at->path, m->min,
                   m->max, unit);
}

static enum err text_check(struct place *at, const struct json_member *m, enum json_shape shape, const struct json *v)
{
    int64_t ms;
    if (v->type != JSON_STRING) return fault(at, "a text");
    if (shape == SHAPE_TIME)
        return time_parse_ms(v->text, &ms) ? ERR_NONE : fault(at, "a time such as 2026-03-01T14:05:09Z");
    if (shape == SHAPE_TEXT)
        return in_range(m, (double)points(v->text)) ? ERR_NONE : fault_range(at, m, " characters long");
    for (const char *const *c = m->choices; *c; c++) {
        if (str_is(v->text, *c)) return ERR_NONE;
    }
    char list[120] = "one of";
    size_t n = strlen(list);
    for (const char *const *c = m->choices; *c && n + strlen(*c) + 2 < sizeof list; c++)
        n += (size_t)snprintf(list + n, sizeof list - n, " %s", *c);
    return fault(at, list);
}

static enum err number_check(struct place *at, const struct json_member *m, enum json_shape shape, const struct json *v)
{
    bool whole =
        v->number >= -9007199254740992.0 && v->number <= 9007199254740992.0 && v->number == (double)(int64_t)v->number;
    if (v->type != JSON_NUMBER) return fault(at, "a number");
    if (shape == SHAPE_INTEGER && !whole) return fault(at, "a whole number");
    return in_range(m, v->number) ? ERR_NONE : fault_range(at, m, "");
}

static enum err object_check(struct place *at, const struct json_member *members, const struct json *v);
static enum err list_check(struct place *at, const struct json_member *m, const struct json *v);

static enum err value_check(struct place *at, const struct json_member *m, enum json_shape shape, const struct json *v)
{
    switch (shape) {
    case SHAPE_TEXT:
    case SHAPE_TIME:
    case SHAPE_ENUM:
        return text_check(at, m, shape, v);
    case SHAPE_NUMBER:
    case SHAPE_INTEGER:
        return number_check(at, m, shape, v);
    case SHAPE_BOOL:
        return v->type == JSON_BOOL ? ERR_NONE : fault(at, "true or false");
    case SHAPE_LIST:
        return list_check(at, m, v);
    default:
        return object_check(at, m->members, v);
    }
}

static enum err list_check(struct place *at, const struct json_member *m, const struct json *v)
{
    if (v->type != JSON_ARRAY) return fault(at, "a list");
    if (!in_range(m, (double)v->count)) return fault_range(at, m, " items");
    struct json_member item = *m; // the range is the list's
    item.min = item.max = 0;
    size_t index = 0;
    json_each(c, v)
    {
        size_t before = place_push(at, "/%zu", index++);
        enum err err = value_check(at, &item, m->of, c);
        if (err) return err;
        place_pop(at, before);
    }
    return ERR_NONE;
}

static const struct json_member *member_find(const struct json_member *members, struct str name)
{
    while (members->name && !str_is(name, members->name)) members++;
    return members->name ? members : NULL;
}

static enum err object_check(struct place *at, const struct json_member *members, const struct json *v)
{
    if (v->type != JSON_OBJECT) return fault(at, "an object");
    json_each(c, v)
    {
        const struct json_member *m = member_find(members, c->name);
        size_t before = place_push(at, "/%.*s", STR_ARG(c->name));
        if (!m) return why_set(at->why, ERR_MALFORMED, at->path, "%s is no member that is known here", at->path);
        enum err err = value_check(at, m, m->shape, c);
        if (err) return err;
        place_pop(at, before);
    }
    for (const struct json_member *m = members; m->name; m++) {
        if (!m->required || json_get(v, m->name)) continue;
        place_push(at, "/%s", m->name);
        return why_set(at->why, ERR_MALFORMED, at->path, "%s is missing: %s", at->path, m->doc);
    }
    return ERR_NONE;
}

enum err json_shape_check(const struct json *value, const struct json_member *members, struct why *why)
{
    struct place at = {.why = why};
    return object_check(&at, members, value);
}

// --- JSON Schema ---

// RFC 3339 date-time, since "format" is only a note to many validators.
#define TIME_PATTERN                                                                                                   \
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"

static void object_schema(const struct json_member *members, int depth, struct buf *out);

static void line(struct buf *out, int depth)
{
    buf_printf(out, "\n%*s", depth * 2, "");
}

static void range_schema(const struct json_member *m, const char *low, const char *high, struct buf *out)
{
    if (m->min >= m->max) return;
    buf_printf(out, ", \"%s\": %" PRId64 ", \"%s\": %" PRId64, low, m->min, high, m->max);
}

static void value_schema(const struct json_member *m, enum json_shape shape, int depth, struct buf *out)
{
    switch (shape) {
    case SHAPE_TEXT:
        buf_puts(out, "\"type\": \"string\"");
        range_schema(m, "minLength", "maxLength", out);
        break;
    case SHAPE_NUMBER:
    case SHAPE_INTEGER:
        buf_printf(out, "\"type\": \"%s\"", shape == SHAPE_NUMBER ? "number" : "integer");
        range_schema(m, "minimum", "maximum", out);
        break;
    case SHAPE_BOOL:
        buf_puts(out, "\"type\": \"boolean\"");
        break;
    case SHAPE_TIME:
        buf_puts(out, "\"type\": \"string\", \"format\": \"date-time\", \"pattern\": \"" TIME_PATTERN "\"");
        break;
    case SHAPE_ENUM:
        buf_puts(out, "\"enum\": [");
        for (const char *const *c = m->choices; *c; c++) buf_printf(out, "%s\"%s\"", c == m->choices ? "" : ", ", *c);
        buf_putc(out, ']');
        break;
    case SHAPE_LIST: {
        struct json_member item = *m;
        item.min = item.max = 0;
        buf_puts(out, "\"type\": \"array\"");
        range_schema(m, "minItems", "maxItems", out);
        buf_puts(out, ", \"items\": {");
        value_schema(&item, m->of, depth, out);
        buf_putc(out, '}');
        break;
    }
    case SHAPE_OBJECT:
        object_schema(m->members, depth, out);
        break;
    }
}

static void object_schema(const struct json_member *members, int depth, struct buf *out)
{
    bool first = true;
    buf_puts(out, "\"type\": \"object\", \"additionalProperties\": false");
    for (const struct json_member *m = members; m->name; m++) {
        if (!m->required) continue;
        buf_printf(out, "%s\"%s\"", first ? ", \"required\": [" : ", ", m->name);
        first = false;
    }
    buf_puts(out, first ? ", \"properties\": {" : "], \"properties\": {");
    for (const struct json_member *m = members; m->name; m++) {
        line(out, depth + 1);
        buf_printf(out, "\"%s\": {\"description\": ", m->name);
        json_quote(str_of(m->doc), out);
        buf_puts(out, ", ");
        value_schema(m, m->shape, depth + 1, out);
        buf_puts(out, m[1].name ? "}," : "}");
    }
    line(out, depth);
    buf_putc(out, '}');
}

void json_shape_schema(const struct json_member *members, const char *id, const char *title, const char *description,
                       struct buf *out)
{
    buf_puts(out, "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"$id\": ");
    json_quote(str_of(id), out);
    buf_puts(out, ",\n  \"title\": ");
    json_quote(str_of(title), out);
    buf_puts(out, ",\n  \"description\": ");
    json_quote(str_of(description), out);
    buf_puts(out, ",\n  ");
    object_schema(members, 1, out);
    buf_puts(out, "\n}\n");
}
