// SPDX-License-Identifier: Apache-2.0
#include "expr/env.h"

#include <stdlib.h>

#include "expr/extension.h"

#define ENV_BYTES_MAX ((size_t)64 << 20)
#define ENV_NAMES_MAX 100000
#define ENV_NAME_LEN_MAX 200
#define ENV_EDITS_LEN_MAX 64 // longer names are not compared for a suggestion

// Names to numbers 0, 1, 2 …, in the order in which they came.
struct name_table {
    struct str *names;
    uint32_t *hashed; // number + 1, `room` (a power of two) of them, at most half in use
    size_t count, room;
};

struct function {
    struct env_overload *first, *last;
};

struct env_record {
    struct env_record *next;
    struct str name;
    const struct expr_field *fields;
    const struct expr_type **types; // of the fields
    size_t count;
};

struct expr_env {
    struct arena arena;
    struct env_record *records;
    unsigned features;
    struct str container;
    struct name_table variable_names, function_names;
    struct env_variable **variables; // by slot
    struct function *functions;      // by number
};

// ---- Names ----

static uint32_t hash(struct str name)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < name.n; i++) h = (h ^ (uint8_t)name.p[i]) * 16777619U;
    return h ^ h >> 15;
}

static bool table_find(const struct name_table *table, struct str name, size_t *number)
{
    if (!table->room) return false;
    for (size_t at = hash(name);; at++) {
        uint32_t entry = table->hashed[at & (table->room - 1)];
        if (!entry) return false;
        if (!str_eq(table->names[entry - 1], name)) continue;
        *number = entry - 1;
        return true;
    }
}

static void table_enter(struct name_table *table, size_t number)
{
    size_t at = hash(table->names[number]);
    while (table->hashed[at & (table->room - 1)]) at++;
    table->hashed[at & (table->room - 1)] = (uint32_t)number + 1;
}

static bool table_grow(struct name_table *table)
{
    if (2 * (table->count + 1) <= table->room) return true;
    size_t room = table->room ? 2 * table->room : 64;
    struct str *names = realloc(table->names, room * sizeof *names);
    if (!names) return false;
    table->names = names;
    uint32_t *hashed = calloc(room, sizeof *hashed);
    if (!hashed) return false;
    free(table->hashed);
    table->hashed = hashed;
    table->room = room;
    for (size_t i = 0; i < table->count; i++) table_enter(table, i);
    return true;
}

// The name must not be there yet, and there must be room (table_grow).
static size_t table_add(struct name_table *table, struct str name)
{
    table->names[table->count] = name;
    table_enter(table, table->count);
    return table->count++;
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Identifiers, joined by dots.
static bool is_name(struct str name)
{
    if (!name.n || name.n > ENV_NAME_LEN_MAX) return false;
    bool first = true;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool digit = c >= '0' && c <= '9';
        if (first ? !letter(c) : !letter(c) && !digit && c != '.') return false;
        first = c == '.';
    }
    return !first;
}

// ---- Making ----

static enum err out_of_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for what expressions may name");
}

static bool load(struct expr_env *env)
{
    const struct {
        unsigned feature;
        const struct expr_overload *table;
    } tables[] = {
        {0, expr_operators},
        {0, expr_core_functions},
        {0, expr_time_functions},
        {EXPR_OPTIONALS, expr_optional_operators},
        {EXPR_OPTIONALS, expr_optional_functions},
        {EXPR_STRINGS, expr_string_functions},
        {EXPR_MATH, expr_math_functions},
        {EXPR_NETWORK, expr_network_functions},
        {EXPR_ENCODERS, expr_encoder_functions},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (tables[i].feature && !(env->features & tables[i].feature)) continue;
        struct why why = {0};
        enum err err = expr_env_functions(env, tables[i].table, NULL, &why);
        if (err == ERR_NO_MEMORY) return false;
        if (err) panic(__FILE__, __LINE__, why.text);
    }
    return true;
}

struct expr_env *expr_env_new(unsigned features)
{
    struct expr_env *env = calloc(1, sizeof *env);
    if (!env) return NULL;
    env->arena = ARENA(ENV_BYTES_MAX);
    env->features = features;
    if (load(env)) return env;
    expr_env_free(env);
    return NULL;
}

void expr_env_free(struct expr_env *env)
{
    if (!env) return;
    free(env->variable_names.names);
    free(env->variable_names.hashed);
    free(env->function_names.names);
    free(env->function_names.hashed);
    free(env->variables);
    free(env->functions);
    arena_free(&env->arena);
    free(env);
}

static bool has_param(const struct expr_type *type)
{
    if (type->kind == TYPE_PARAM) return true;
    return (type->params[0] && has_param(type->params[0])) || (type->params[1] && has_param(type->params[1]));
}

enum err expr_env_variable(struct expr_env *env, struct str name, struct str type, uint32_t *slot, struct why *why)
{
    size_t there;
    if (!is_name(name)) return why_set(why, ERR_MALFORMED, "", "\"%.*s\" is no name", STR_ARG(name));
    if (table_find(&env->variable_names, name, &there))
        return why_set(why, ERR_CONFLICT, "", "there is a variable %.*s already", STR_ARG(name));
    if (env->variable_names.count == ENV_NAMES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "more than %d variables", ENV_NAMES_MAX);
    struct env_variable *variable = arena_new(&env->arena, struct env_variable);
    if (!variable) return out_of_memory(why);
    variable->type = expr_type_parse(&env->arena, type, why);
    if (!variable->type) return env->arena.failed ? ERR_NO_MEMORY : ERR_MALFORMED;
    if (has_param(variable->type))
        return why_set(why, ERR_MALFORMED, "", "the type of %.*s must have no parameters left open", STR_ARG(name));
    variable->name = arena_str(&env->arena, name);
    if (!variable->name.p || !table_grow(&env->variable_names)) return out_of_memory(why);
    struct env_variable **variables = realloc(env->variables, env->variable_names.room * sizeof *variables);
    if (!variables) return out_of_memory(why);
    env->variables = variables;
    variable->slot = (uint32_t)table_add(&env->variable_names, variable->name);
    variables[variable->slot] = variable;
    *slot = variable->slot;
    return ERR_NONE;
}

size_t expr_env_slots(const struct expr_env *env)
{
    return env->variable_names.count;
}

struct str expr_env_slot_name(const struct expr_env *env, uint32_t slot)
{
    return slot < env->variable_names.count ? env->variables[slot]->name : STR_NONE;
}

enum err expr_env_container(struct expr_env *env, struct str name, struct why *why)
{
    if (name.n && !is_name(name))
        return why_set(why, ERR_MALFORMED, "", "\"%.*s\" is no name of a container", STR_ARG(name));
    struct str copy = arena_str(&env->arena, name);
    if (name.n && !copy.p) return out_of_memory(why);
    env->container = copy;
    return ERR_NONE;
}

struct str env_container(const struct expr_env *env)
{
    return env->container;
}

unsigned expr_env_features(const struct expr_env *env)
{
    return env->features;
}

// ---- Functions ----

static bool take_text(struct str *text, const char *what)
{
    while (text->n && text->p[0] == ' ') *text = str_from(*text, 1);
    if (!str_starts(*text, what)) return false;
    *text = str_from(*text, strlen(what));
    return true;
}

static enum err read_params(struct expr_env *env, struct str *text, struct env_overload *overload, struct why *why)
{
    if (take_text(text, ")")) return ERR_NONE;
    do {
        if (overload->nargs == ENV_ARGS_MAX)
            return why_set(why, ERR_TOO_LARGE, "", "a function takes at most %d arguments", ENV_ARGS_MAX);
        const struct expr_type *type = expr_type_read(&env->arena, text, why);
        if (!type) return env->arena.failed ? ERR_NO_MEMORY : ERR_MALFORMED;
        overload->args[overload->nargs++] = type;
    } while (take_text(text, ","));
    return take_text(text, ")") ? ERR_NONE : why_set(why, ERR_MALFORMED, "", "\")\" is missing after the arguments");
}

// "string.(string) -> bool", "(int, int) -> int"
static enum err read_signature(struct expr_env *env, struct str text, struct env_overload *overload, struct why *why)
{
    overload->member = !take_text(&text, "(");
    if (overload->member) {
        overload->args[0] = expr_type_read(&env->arena, &text, why);
        if (!overload->args[0]) return env->arena.failed ? ERR_NO_MEMORY : ERR_MALFORMED;
        overload->nargs = 1;
        if (!take_text(&text, ".("))
            return why_set(why, ERR_MALFORMED, "", "\".(\" is missing after the type of the target");
    }
    enum err err = read_params(env, &text, overload, why);
    if (err) return err;
    if (!take_text(&text, "->")) return why_set(why, ERR_MALFORMED, "", "\"->\" and the result's type are missing");
    overload->result = expr_type_parse(&env->arena, text, why);
    if (overload->result) return ERR_NONE;
    return env->arena.failed ? ERR_NO_MEMORY : ERR_MALFORMED;
}

// The same but for the names of type parameters.
static bool alike(const struct expr_type *a, const struct expr_type *b)
{
    if (!a || !b) return a == b;
    if (a->kind != b->kind) return false;
    if (a->kind == TYPE_PARAM) return true;
    return a->of == b->of && str_eq(a->name, b->name) && alike(a->params[0], b->params[0]) &&
           alike(a->params[1], b->params[1]);
}

static bool clashes(const struct env_overload *a, const struct env_overload *b)
{
    if (a->member != b->member || a->nargs != b->nargs) return false;
    for (size_t i = 0; i < a->nargs; i++)
        if (!alike(a->args[i], b->args[i])) return false;
    return true;
}

// An operator ("_+_", "!_", "@in") or a name.
static bool is_function_name(struct str name)
{
    if (is_name(name)) return true;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~') return false;
    return name.n > 0 && name.n <= ENV_NAME_LEN_MAX;
}

static struct function *function_named(struct expr_env *env, struct str name)
{
    size_t number;
    if (table_find(&env->function_names, name, &number)) return &env->functions[number];
    struct str copy = arena_str(&env->arena, name);
    if (!copy.p || !table_grow(&env->function_names)) return NULL;
    struct function *functions = realloc(env->functions, env->function_names.room * sizeof *functions);
    if (!functions) return NULL;
    env->functions = functions;
    number = table_add(&env->function_names, copy);
    functions[number] = (struct function){0};
    return &functions[number];
}

static enum err add_overload(struct expr_env *env, const struct expr_overload *as, void *context, struct why *why)
{
    struct str name = str_of(as->name);
    if (!is_function_name(name)) return why_set(why, ERR_MALFORMED, "", "\"%s\" is no function's name", as->name);
    struct env_overload *overload = arena_new(&env->arena, struct env_overload);
    if (!overload) return out_of_memory(why);
    overload->as = as;
    overload->context = context;
    enum err err = read_signature(env, str_of(as->signature), overload, why);
    if (err) return err;
    size_t there;
    if (table_find(&env->function_names, name, &there))
        for (const struct env_overload *o = env->functions[there].first; o; o = o->next)
            if (clashes(o, overload))
                return why_set(why, ERR_CONFLICT, "", "%s has an overload %s already", as->name, as->signature);
    struct function *function = function_named(env, name);
    if (!function) return out_of_memory(why);
    if (function->last)
        function->last->next = overload;
    else
        function->first = overload;
    function->last = overload;
    return ERR_NONE;
}

enum err expr_env_functions(struct expr_env *env, const struct expr_overload *table, void *context, struct why *why)
{
    for (const struct expr_overload *as = table; as->name; as++) {
        struct why own = {0};
        enum err err = add_overload(env, as, context, &own);
        if (err) return why_set(why, err, "", "%s: %s", as->name, own.text);
    }
    return ERR_NONE;
}

// ---- Looking up ----

const struct env_overload *env_function(const struct expr_env *env, struct str name)
{
    size_t number;
    return table_find(&env->function_names, name, &number) ? env->functions[number].first : NULL;
}

// What a name may stand for in a container: "a.b" and "x" give "a.b.x", "a.x", "x", one each call. *level begins with
// the container. false after the last. Names that would be too long are no declared ones.
struct candidate {
    char text[2 * ENV_NAME_LEN_MAX + 2];
    struct str name;
};

static bool next_candidate(struct str *level, bool *last, struct str name, struct candidate *candidate)
{
    if (*last) return false;
    candidate->name = name;
    *last = level->n == 0;
    if (*last) return true;
    if (level->n + 1 + name.n > sizeof candidate->text) {
        candidate->name = STR_NONE;
    } else {
        memcpy(candidate->text, level->p, level->n);
        candidate->text[level->n] = '.';
        if (name.n) memcpy(candidate->text + level->n + 1, name.p, name.n);
        candidate->name = (struct str){candidate->text, level->n + 1 + name.n};
    }
    size_t n = level->n;
    while (n && level->p[n - 1] != '.') n--;
    level->n = n ? n - 1 : 0;
    return true;
}

static struct str start_level(const struct expr_env *env, struct str *name)
{
    if (!name->n || name->p[0] != '.') return env->container;
    *name = str_from(*name, 1);
    return STR_NONE;
}

// The types that expressions may name; `feature` is what brings them.
static const struct {
    const char *name;
    enum expr_kind kind;
    unsigned feature;
} type_names[] = {
    {"bool", EXPR_BOOL, 0},
    {"int", EXPR_INT, 0},
    {"uint", EXPR_UINT, 0},
    {"double", EXPR_DOUBLE, 0},
    {"string", EXPR_STRING, 0},
    {"bytes", EXPR_BYTES, 0},
    {"null_type", EXPR_NULL, 0},
    {"list", EXPR_LIST, 0},
    {"map", EXPR_MAP, 0},
    {"type", EXPR_TYPE, 0},
    {"google.protobuf.Timestamp", EXPR_TIMESTAMP, 0},
    {"google.protobuf.Duration", EXPR_DURATION, 0},
    {"optional_type", EXPR_OPTIONAL, EXPR_OPTIONALS},
    {"net.IP", EXPR_IP, EXPR_NETWORK},
    {"net.CIDR", EXPR_CIDR, EXPR_NETWORK},
};

static const struct expr_type *type_named(const struct expr_env *env, struct str name)
{
    for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++) {
        if (!str_is(name, type_names[i].name)) continue;
        bool has = !type_names[i].feature || (env->features & type_names[i].feature);
        return has ? expr_type_of_kind(type_names[i].kind) : NULL;
    }
    return NULL;
}

bool env_resolve(const struct expr_env *env, struct str name, const struct env_variable **variable,
                 const struct expr_type **type)
{
    *variable = NULL;
    *type = NULL;
    struct candidate candidate;
    struct str level = start_level(env, &name);
    for (bool last = false; next_candidate(&level, &last, name, &candidate);) {
        size_t number;
        if (table_find(&env->variable_names, candidate.name, &number)) {
            *variable = env->variables[number];
            return true;
        }
        *type = type_named(env, candidate.name);
        if (*type) return true;
    }
    return false;
}

const struct env_overload *env_resolve_function(const struct expr_env *env, struct str name)
{
    struct candidate candidate;
    struct str level = start_level(env, &name);
    for (bool last = false; next_candidate(&level, &last, name, &candidate);) {
        const struct env_overload *found = env_function(env, candidate.name);
        if (found) return found;
    }
    return NULL;
}

// ---- Records ----

static const struct env_record *record_named(const struct expr_env *env, struct str name)
{
    const struct env_record *record = env->records;
    while (record && !str_eq(record->name, name)) record = record->next;
    return record;
}

enum err expr_env_record(struct expr_env *env, struct str name, const struct expr_field *fields, struct why *why)
{
    if (!is_name(name)) return why_set(why, ERR_MALFORMED, "", "\"%.*s\" is no name of a record", STR_ARG(name));
    if (record_named(env, name)) return why_set(why, ERR_CONFLICT, "", "there is a record %.*s", STR_ARG(name));
    struct env_record *record = arena_new(&env->arena, struct env_record);
    if (!record) return out_of_memory(why);
    *record = (struct env_record){.next = env->records, .name = arena_str(&env->arena, name), .fields = fields};
    while (fields[record->count].name) record->count++;
    record->types = arena_array(&env->arena, const struct expr_type *, record->count + 1);
    if (!record->name.p || !record->types) return out_of_memory(why);
    for (size_t i = 0; i < record->count; i++) {
        record->types[i] = expr_type_parse(&env->arena, str_of(fields[i].type), why);
        if (!record->types[i]) return why_set(why, ERR_MALFORMED, "", "%s: no such type", fields[i].type);
    }
    env->records = record;
    return ERR_NONE;
}

const struct env_record *env_resolve_record(const struct expr_env *env, struct str name)
{
    struct candidate candidate;
    struct str level = start_level(env, &name);
    for (bool last = false; next_candidate(&level, &last, name, &candidate);) {
        const struct env_record *found = record_named(env, candidate.name);
        if (found) return found;
    }
    return NULL;
}

const struct expr_type *env_record_field(const struct env_record *record, struct str name)
{
    for (size_t i = 0; i < record->count; i++)
        if (str_is(name, record->fields[i].name)) return record->types[i];
    return NULL;
}

// ---- Suggestions ----

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Insertions, deletions, exchanges and swaps of neighbours between the two; more than `limit`: limit + 1.
static size_t edits(struct str a, struct str b, size_t limit)
{
    size_t gap = a.n > b.n ? a.n - b.n : b.n - a.n;
    if (gap > limit || a.n > ENV_EDITS_LEN_MAX || b.n > ENV_EDITS_LEN_MAX) return limit + 1;
    size_t rows[3][ENV_EDITS_LEN_MAX + 1]; // of a's first i characters, at i % 3
    for (size_t j = 0; j <= b.n; j++) rows[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            row[j] = least(above[j - 1] + (a.p[i - 1] != b.p[j - 1]), least(above[j], row[j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
            if (swapped) row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

static void nearest_in(const struct name_table *table, struct str name, size_t *limit, struct str *best)
{
    for (size_t i = 0; i < table->count; i++) {
        struct str there = table->names[i];
        if (!is_name(there) || there.p[0] == '_' || str_eq(there, name)) continue;
        size_t distance = edits(name, there, *limit);
        if (distance > *limit) continue;
        *limit = distance - 1; // from here on only a nearer one
        *best = there;
        if (!*limit) return;
    }
}

struct str env_nearest(const struct expr_env *env, struct str name)
{
    size_t limit = name.n > 12 ? name.n / 4 : least(name.n / 3, 3); // long names have room for more slips
    if (!limit) return STR_NONE;
    struct str best = STR_NONE;
    nearest_in(&env->variable_names, name, &limit, &best);
    if (limit) nearest_in(&env->function_names, name, &limit, &best);
    return best;
}
