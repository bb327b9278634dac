// SPDX-License-Identifier: Apache-2.0
#include "expr/value.h"

#include "expr/program.h"
#include "expr/type.h"

#include <math.h>

#define INDEX_FROM 9 // entries from which a map has a hash table
#define MAP_ENTRIES_MAX (UINT32_MAX / 8)

const char *expr_kind_name(enum expr_kind kind)
{
    static const char *const names[EXPR_KIND_COUNT] = {
        [EXPR_ERROR] = "error",
        [EXPR_UNKNOWN] = "unknown",
        [EXPR_NULL] = "null_type",
        [EXPR_BOOL] = "bool",
        [EXPR_INT] = "int",
        [EXPR_UINT] = "uint",
        [EXPR_DOUBLE] = "double",
        [EXPR_STRING] = "string",
        [EXPR_BYTES] = "bytes",
        [EXPR_TIMESTAMP] = "google.protobuf.Timestamp",
        [EXPR_DURATION] = "google.protobuf.Duration",
        [EXPR_LIST] = "list",
        [EXPR_MAP] = "map",
        [EXPR_TYPE] = "type",
        [EXPR_OPTIONAL] = "optional_type",
        [EXPR_IP] = "net.IP",
        [EXPR_CIDR] = "net.CIDR",
    };
    return names[kind];
}

size_t expr_code_points(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return n;
}

// ---- Order ----

static int order_int(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int order_int_uint(int64_t a, uint64_t b)
{
    if (a < 0) return -1;
    return ((uint64_t)a > b) - ((uint64_t)a < b);
}

static int order_double(double a, double b)
{
    return (a > b) - (a < b);
}

// Of two numbers; false if one is NaN. An int or uint meets a double as a double, rounded: the conformance suite has it
// so (comparisons.textproto, "lossy"). Equality is exact.
static bool order_numbers(const struct expr_value *a, const struct expr_value *b, int *order)
{
    if ((a->kind == EXPR_DOUBLE && isnan(a->number)) || (b->kind == EXPR_DOUBLE && isnan(b->number))) return false;
    if (a->kind > b->kind) {
        if (!order_numbers(b, a, order)) return false;
        *order = -*order;
        return true;
    }
    if (a->kind == EXPR_INT)
        *order = b->kind == EXPR_INT    ? order_int(a->integer, b->integer)
                 : b->kind == EXPR_UINT ? order_int_uint(a->integer, b->natural)
                                        : order_double((double)a->integer, b->number);
    else if (a->kind == EXPR_UINT)
        *order = b->kind == EXPR_UINT ? (a->natural > b->natural) - (a->natural < b->natural)
                                      : order_double((double)a->natural, b->number);
    else
        *order = order_double(a->number, b->number);
    return true;
}

static bool is_number(enum expr_kind kind)
{
    return kind == EXPR_INT || kind == EXPR_UINT || kind == EXPR_DOUBLE;
}

static int order_times(struct expr_time a, struct expr_time b)
{
    int order = order_int(a.seconds, b.seconds);
    return order ? order : (a.nanos > b.nanos) - (a.nanos < b.nanos);
}

bool expr_compare(const struct expr_value *a, const struct expr_value *b, int *order)
{
    if (is_number(a->kind) && is_number(b->kind)) return order_numbers(a, b, order);
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case EXPR_BOOL:
        *order = a->boolean - b->boolean;
        return true;
    case EXPR_STRING:
    case EXPR_BYTES: // UTF-8's byte order is that of the code points
        *order = str_compare(a->text, b->text);
        return true;
    case EXPR_TIMESTAMP:
    case EXPR_DURATION:
        *order = order_times(a->time, b->time);
        return true;
    default:
        return false;
    }
}

// ---- Equality ----

// Types are equal by their names: type([1]) is type(["a"]).
static bool equal_types(const struct expr_type *a, const struct expr_type *b)
{
    if (a == b) return true;
    if (a->kind != b->kind) return false;
    if (a->kind == TYPE_OF) return a->of == b->of;
    return a->kind != TYPE_NAMED || str_eq(a->name, b->name);
}

static bool equal_nets(const struct expr_net *a, const struct expr_net *b)
{
    return a->v6 == b->v6 && a->prefix == b->prefix && memcmp(a->bytes, b->bytes, a->v6 ? 16 : 4) == 0;
}

// A double that is a whole number, as the int or uint that it equals.
static bool whole_number(double d, struct expr_value *out)
{
    if (!(d == trunc(d)) || isinf(d)) return false;
    if (d >= -0x1p63 && d < 0x1p63)
        *out = EXPR_INT_VALUE((int64_t)d);
    else if (d >= 0 && d < 0x1p64)
        *out = EXPR_UINT_VALUE((uint64_t)d);
    else
        return false;
    return true;
}

// Of numbers of two kinds.
static bool equal_numbers(const struct expr_value *a, const struct expr_value *b)
{
    struct expr_value whole;
    if (a->kind == EXPR_DOUBLE) return equal_numbers(b, a); // at most once: the kinds differ
    if (b->kind == EXPR_DOUBLE) {
        if (!whole_number(b->number, &whole)) return false;
        return whole.kind == a->kind ? whole.integer == a->integer : equal_numbers(a, &whole);
    }
    const struct expr_value *i = a->kind == EXPR_INT ? a : b, *u = a->kind == EXPR_INT ? b : a;
    return order_int_uint(i->integer, u->natural) == 0;
}

static bool equal_within(const struct expr_value *a, const struct expr_value *b, unsigned depth, uint64_t *budget);

static bool equal_lists(const struct expr_list *a, const struct expr_list *b, unsigned depth, uint64_t *budget)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (!equal_within(&a->items[i], &b->items[i], depth, budget)) return false;
    return true;
}

static bool equal_maps(const struct expr_map *a, const struct expr_map *b, unsigned depth, uint64_t *budget)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct expr_value *other = expr_map_get(b, &a->entries[i].key);
        if (!other || !equal_within(&a->entries[i].value, other, depth, budget)) return false;
    }
    return true;
}

static bool equal_within(const struct expr_value *a, const struct expr_value *b, unsigned depth, uint64_t *budget)
{
    if (*budget == 0 || depth > VALUE_DEPTH_MAX) {
        *budget = 0;
        return false;
    }
    --*budget;
    if (a->kind != b->kind) return is_number(a->kind) && is_number(b->kind) && equal_numbers(a, b);
    switch (a->kind) {
    case EXPR_NULL:
        return true;
    case EXPR_BOOL:
        return a->boolean == b->boolean;
    case EXPR_INT:
        return a->integer == b->integer;
    case EXPR_UINT:
        return a->natural == b->natural;
    case EXPR_DOUBLE:
        return a->number == b->number;
    case EXPR_STRING:
    case EXPR_BYTES:
        if (a->text.n != b->text.n) return false;
        *budget -= a->text.n / 10 < *budget ? a->text.n / 10 : *budget;
        return str_eq(a->text, b->text);
    case EXPR_TIMESTAMP:
    case EXPR_DURATION:
        return a->time.seconds == b->time.seconds && a->time.nanos == b->time.nanos;
    case EXPR_LIST:
        return equal_lists(a->list, b->list, depth + 1, budget);
    case EXPR_MAP:
        return equal_maps(a->map, b->map, depth + 1, budget);
    case EXPR_TYPE:
        return equal_types(a->type, b->type);
    case EXPR_OPTIONAL:
        if (!a->inner || !b->inner) return a->inner == b->inner;
        return equal_within(a->inner, b->inner, depth + 1, budget);
    case EXPR_IP:
    case EXPR_CIDR:
        return equal_nets(a->net, b->net);
    default:
        return false;
    }
}

bool value_equal_within(const struct expr_value *a, const struct expr_value *b, uint64_t *budget)
{
    return equal_within(a, b, 0, budget);
}

bool expr_equal(const struct expr_value *a, const struct expr_value *b)
{
    uint64_t budget = UINT64_MAX;
    return equal_within(a, b, 0, &budget);
}

// ---- Hashing: equal values hash alike ----

static uint64_t mix(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xd6e8feb86659fd93));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_text(struct str s, uint64_t seed)
{
    uint64_t h = mix(seed, s.n), word;
    size_t i = 0;
    for (; s.n - i >= 8; i += 8) {
        memcpy(&word, s.p + i, 8);
        h = mix(h, word);
    }
    word = 0;
    if (i < s.n) memcpy(&word, s.p + i, s.n - i);
    return mix(h, word);
}

uint64_t value_hash(const struct expr_value *value, uint64_t seed)
{
    struct expr_value whole;
    uint64_t bits;
    switch (value->kind) {
    case EXPR_BOOL:
        return mix(seed, value->boolean ? 3 : 5);
    case EXPR_INT:
        return mix(seed ^ 7, (uint64_t)value->integer);
    case EXPR_UINT:
        return mix(seed ^ 7, value->natural);
    case EXPR_DOUBLE:
        if (whole_number(value->number, &whole)) return value_hash(&whole, seed);
        memcpy(&bits, &value->number, sizeof bits);
        return mix(seed ^ 11, bits);
    case EXPR_STRING:
        return hash_text(value->text, seed ^ 13);
    case EXPR_BYTES:
        return hash_text(value->text, seed ^ 17);
    default:
        return mix(seed, value->kind);
    }
}

// ---- Building ----

struct expr_value program_no_memory(void)
{
    static const struct expr_fault no_memory = {0, {"out of memory", 13}};
    return (struct expr_value){.kind = EXPR_ERROR, .fault = &no_memory};
}

static struct expr_value plain_error(struct arena *arena, const char *text)
{
    struct expr_fault *fault = text ? arena_new(arena, struct expr_fault) : NULL;
    if (!fault) return program_no_memory();
    fault->text = str_of(text);
    return (struct expr_value){.kind = EXPR_ERROR, .fault = fault};
}

struct expr_value expr_list_new(struct arena *arena, const struct expr_value *items, size_t count)
{
    struct expr_list *list = arena_new(arena, struct expr_list);
    if (!list) return plain_error(arena, NULL);
    list->count = count;
    list->items = items;
    return (struct expr_value){.kind = EXPR_LIST, .list = list};
}

static bool is_key(enum expr_kind kind)
{
    return kind == EXPR_BOOL || kind == EXPR_INT || kind == EXPR_UINT || kind == EXPR_STRING;
}

// The seed is where the entries stand, which nobody outside can know: chosen keys cannot be made to collide.
static uint64_t seed_of(const struct expr_map *map)
{
    return (uint64_t)(uintptr_t)map->entries;
}

// The place in the index where `key` is, or where it would go.
static size_t index_find(const struct expr_map *map, const uint32_t *index, const struct expr_value *key)
{
    size_t at = value_hash(key, seed_of(map)) & (map->slots - 1);
    while (index[at] && !expr_equal(&map->entries[index[at] - 1].key, key)) at = (at + 1) & (map->slots - 1);
    return at;
}

const struct expr_value *expr_map_get(const struct expr_map *map, const struct expr_value *key)
{
    if (map->index) {
        uint32_t found = map->index[index_find(map, map->index, key)];
        return found ? &map->entries[found - 1].value : NULL;
    }
    for (size_t i = 0; i < map->count; i++)
        if (expr_equal(&map->entries[i].key, key)) return &map->entries[i].value;
    return NULL;
}

// An index for up to `room` entries over those that are there.
static enum map_added index_build(struct arena *arena, struct expr_map *map, size_t room, uint32_t **out)
{
    size_t slots = 16;
    while (slots < room * 2) slots *= 2;
    uint32_t *index = arena_array(arena, uint32_t, slots);
    if (!index) return MAP_NO_MEMORY;
    map->slots = slots;
    for (size_t i = 0; i < map->count; i++) {
        size_t at = index_find(map, index, &map->entries[i].key);
        if (index[at]) return MAP_REPEATED;
        index[at] = (uint32_t)i + 1;
    }
    *out = index;
    map->index = index;
    return MAP_ADDED;
}

static bool has_twins(const struct expr_map *map)
{
    for (size_t i = 1; i < map->count; i++)
        for (size_t k = 0; k < i; k++)
            if (expr_equal(&map->entries[i].key, &map->entries[k].key)) return true;
    return false;
}

struct expr_value expr_map_new(struct arena *arena, const struct expr_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_key(entries[i].key.kind)) return plain_error(arena, "unsupported key type");
    struct expr_map *map = count < MAP_ENTRIES_MAX ? arena_new(arena, struct expr_map) : NULL;
    if (!map) return plain_error(arena, NULL);
    map->count = count;
    map->entries = entries;
    uint32_t *index;
    enum map_added added = count >= INDEX_FROM ? index_build(arena, map, count, &index)
                           : has_twins(map)    ? MAP_REPEATED
                                               : MAP_ADDED;
    if (added) return plain_error(arena, added == MAP_REPEATED ? "Failed with repeated key" : NULL);
    return (struct expr_value){.kind = EXPR_MAP, .map = map};
}

bool list_build_add(struct arena *arena, struct list_build *build, const struct expr_value *item)
{
    if (build->list.count == build->room) {
        size_t room = build->room ? build->room * 2 : 4;
        struct expr_value *items = arena_array(arena, struct expr_value, room);
        if (!items) return false;
        if (build->list.count) memcpy(items, build->items, build->list.count * sizeof *items);
        build->list.items = build->items = items;
        build->room = room;
    }
    build->items[build->list.count++] = *item;
    return true;
}

static enum map_added map_build_grow(struct arena *arena, struct map_build *build)
{
    if (build->map.count < build->room) return MAP_ADDED;
    size_t room = build->room ? build->room * 2 : INDEX_FROM - 1;
    if (room > MAP_ENTRIES_MAX) return MAP_NO_MEMORY;
    struct expr_entry *entries = arena_array(arena, struct expr_entry, room);
    if (!entries) return MAP_NO_MEMORY;
    if (build->map.count) memcpy(entries, build->entries, build->map.count * sizeof *entries);
    build->map.entries = build->entries = entries; // which is also a new seed
    build->room = room;
    return room < INDEX_FROM ? MAP_ADDED : index_build(arena, &build->map, room, &build->index);
}

enum map_added map_build_add(struct arena *arena, struct map_build *build, const struct expr_value *key,
                             const struct expr_value *value)
{
    if (!is_key(key->kind)) return MAP_BAD_KEY;
    if (expr_map_get(&build->map, key)) return MAP_REPEATED;
    enum map_added grown = map_build_grow(arena, build);
    if (grown) return grown;
    build->entries[build->map.count++] = (struct expr_entry){*key, *value};
    if (build->index) build->index[index_find(&build->map, build->index, key)] = (uint32_t)build->map.count;
    return MAP_ADDED;
}

struct expr_value expr_optional_of(struct arena *arena, struct expr_value value)
{
    struct expr_value *inner = arena_new(arena, struct expr_value);
    if (!inner) return plain_error(arena, NULL);
    *inner = value;
    return (struct expr_value){.kind = EXPR_OPTIONAL, .inner = inner};
}

// ---- Sets of constants ----

const struct value_set *value_set_new(struct arena *arena, const struct expr_list *list, bool *fits)
{
    *fits = true;
    for (size_t i = 0; i < list->count; i++)
        *fits = *fits && list->items[i].kind >= EXPR_NULL && list->items[i].kind <= EXPR_BYTES;
    if (!*fits || list->count >= MAP_ENTRIES_MAX) return NULL;
    struct value_set *set = arena_new(arena, struct value_set);
    size_t slots = 8;
    while (slots < list->count * 2) slots *= 2;
    uint32_t *index = arena_array(arena, uint32_t, slots);
    if (!set || !index) return NULL;
    *set = (struct value_set){list->items, list->count, index, slots};
    for (size_t i = 0; i < list->count; i++) {
        size_t at = value_hash(&list->items[i], 0) & (slots - 1);
        while (index[at] && !expr_equal(&list->items[index[at] - 1], &list->items[i])) at = (at + 1) & (slots - 1);
        if (!index[at]) index[at] = (uint32_t)i + 1;
    }
    return set;
}

bool value_set_has(const struct value_set *set, const struct expr_value *value)
{
    size_t at = value_hash(value, 0) & (set->slots - 1);
    for (; set->index[at]; at = (at + 1) & (set->slots - 1))
        if (expr_equal(&set->items[set->index[at] - 1], value)) return true;
    return false;
}
