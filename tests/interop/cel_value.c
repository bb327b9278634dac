// SPDX-License-Identifier: Apache-2.0
#include "cel_value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/text.h"

static void write_hex(char c, struct str bytes, struct buf *out)
{
    buf_putc(out, c);
    buf_putc(out, '"');
    hex_encode(bytes, out);
    buf_putc(out, '"');
}

static void write_double(double number, struct buf *out)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    if (isnan(number))
        buf_puts(out, "dNaN");
    else
        buf_printf(out, "d%016" PRIx64, bits);
}

static void write_time(char c, struct expr_time time, struct buf *out)
{
    buf_printf(out, "%c%" PRId64, c, time.seconds);
    if (time.nanos) buf_printf(out, ".%" PRId32, time.nanos);
}

static void write_list(const struct expr_list *list, struct buf *out)
{
    buf_putc(out, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i) buf_putc(out, ',');
        cel_value_write(&list->items[i], out);
    }
    buf_putc(out, ']');
}

static int by_text(const void *a, const void *b)
{
    const struct buf *x = a, *y = b;
    return str_compare(buf_str(x), buf_str(y));
}

static void write_map(const struct expr_map *map, struct buf *out)
{
    struct buf *entries = calloc(map->count + 1, sizeof *entries);
    INVARIANT(entries);
    for (size_t i = 0; i < map->count; i++) {
        entries[i] = BUF(BUF_MAX_DEFAULT);
        cel_value_write(&map->entries[i].key, &entries[i]);
        buf_putc(&entries[i], ':');
        cel_value_write(&map->entries[i].value, &entries[i]);
    }
    qsort(entries, map->count, sizeof *entries, by_text);
    buf_putc(out, '{');
    for (size_t i = 0; i < map->count; i++) {
        if (i) buf_putc(out, ',');
        buf_str_add(out, buf_str(&entries[i]));
        buf_free(&entries[i]);
    }
    buf_putc(out, '}');
    free(entries);
}

static void write_optional(const struct expr_value *inner, struct buf *out)
{
    buf_puts(out, "O(");
    if (inner) cel_value_write(inner, out);
    buf_putc(out, ')');
}

// The name alone, as type() of cel-go has it: no parameters.
static const char *type_name(const struct expr_type *type)
{
    switch (type->kind) {
    case TYPE_OF:
        return expr_kind_name(type->of);
    case TYPE_LIST:
        return "list";
    case TYPE_MAP:
        return "map";
    case TYPE_TYPE:
        return "type";
    case TYPE_OPTIONAL:
        return "optional_type";
    case TYPE_DYN:
        return "dyn";
    case TYPE_WRAPPER:
    case TYPE_PARAM:
    case TYPE_NAMED:
        break;
    }
    return "?";
}

static void write_net(const struct expr_value *value, struct buf *out)
{
    struct buf text = BUF(1 << 10);
    expr_print(value, &text); // ip("10.0.0.1"), cidr("10.0.0.0/8")
    struct str inner = buf_str(&text), rest;
    (void)str_cut(inner, '"', &rest);
    write_hex('N', str_cut(rest, '"', &inner), out);
    buf_free(&text);
}

void cel_value_write(const struct expr_value *value, struct buf *out)
{
    switch (value->kind) {
    case EXPR_ERROR:
        buf_puts(out, "?error");
        return;
    case EXPR_UNKNOWN:
        buf_puts(out, "?unknown");
        return;
    case EXPR_NULL:
        buf_puts(out, "null");
        return;
    case EXPR_BOOL:
        buf_puts(out, value->boolean ? "true" : "false");
        return;
    case EXPR_INT:
        buf_printf(out, "i%" PRId64, value->integer);
        return;
    case EXPR_UINT:
        buf_printf(out, "u%" PRIu64, value->natural);
        return;
    case EXPR_DOUBLE:
        write_double(value->number, out);
        return;
    case EXPR_STRING:
        write_hex('s', value->text, out);
        return;
    case EXPR_BYTES:
        write_hex('b', value->text, out);
        return;
    case EXPR_TIMESTAMP:
        write_time('t', value->time, out);
        return;
    case EXPR_DURATION:
        write_time('p', value->time, out);
        return;
    case EXPR_LIST:
        write_list(value->list, out);
        return;
    case EXPR_MAP:
        write_map(value->map, out);
        return;
    case EXPR_TYPE:
        buf_printf(out, "T\"%s\"", type_name(value->type));
        return;
    case EXPR_OPTIONAL:
        write_optional(value->inner, out);
        return;
    case EXPR_IP:
    case EXPR_CIDR:
        write_net(value, out);
        return;
    case EXPR_KIND_COUNT:
        break;
    }
    buf_puts(out, "?");
}
