// SPDX-License-Identifier: Apache-2.0
// Bits stand in planes: plane k has one for the k-th conjunct of each condition. A record sets bits in three such sets:
// false, unknown, error.
#include "expr/table.h"

#include "expr/program.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS_BYTES_MAX ((size_t)4 << 20) // of one variable; over that its comparisons are done one by one
#define BREAK_MAX 0x1p53                 // constants beyond do not compare alike with all kinds of numbers
#define SMALL_WORDS 1024                 // on the stack

// A comparison of a variable with something constant.
struct predicate {
    struct instruction test; // of one of the TRUTH_VALUE opcodes
    const struct expr_value *constant;
    struct bits {
        uint32_t word;
        uint64_t mask;
    } * bits; // which conjuncts it is
    size_t nbits, room;
};

// Rows of words over the words that a variable touches: what is false for this value of it.
struct rows {
    uint64_t *words;
    size_t count;
    bool usable;
};

struct column {
    uint32_t slot;
    struct predicate *predicates;
    size_t npredicates, room;
    uint32_t *touched; // words, ascending
    uint64_t *all;     // all its bits, by touched word
    size_t ntouched;
    double *breaks; // ascending; numbers have rows 2 i (below breaks[i]) and 2 i + 1 (breaks[i]), and one above all
    size_t nbreaks;
    const struct value_set *texts; // row i + 1 for text i, row 0 for any other
    struct rows numbers, strings, bools;
};

// A conjunct that is no simple comparison.
struct part {
    struct str text;
    const struct expr *program;
};

struct condition {
    const struct expr *expr;
    size_t nconjuncts;
    struct table_span *spans;
    uint32_t *parts; // by conjunct: number + 1 of its part, 0: simple
};

struct table {
    struct arena *arena;
    struct condition *conditions;
    size_t count, planes, stride; // stride: words a plane
    struct column *columns;
    size_t ncolumns, columns_room;
    struct part *parts;
    size_t nparts, parts_room;
    uint64_t *programs; // bits of conjuncts that are parts
    bool no_memory;
};

// ---- Growing ----

// Room for one more in an array of `size`-byte things; NULL without memory.
static void *grown(struct table *t, void *items, size_t count, size_t *room, size_t size)
{
    if (count < *room) return items;
    size_t more = *room ? *room * 2 : 4;
    void *out = arena_alloc_array(t->arena, size, more);
    if (!out) {
        t->no_memory = true;
        return NULL;
    }
    if (count) memcpy(out, items, count * size);
    *room = more;
    return out;
}

// ---- Cutting conditions into conjuncts ----

static bool is_and(const struct ast *ast)
{
    return ast->kind == AST_CALL && !ast->target && ast->nargs == 2 && str_is(ast->name, OP_AND);
}

static size_t conjuncts_of(const struct ast *ast)
{
    return is_and(ast) ? conjuncts_of(ast->args[0]) + conjuncts_of(ast->args[1]) : 1;
}

// What stands between the && before and after it, without white space and the parentheses around several conjuncts.
static struct table_span trimmed(struct str source, uint32_t from, uint32_t to)
{
    while (from < to && strchr(" \t\r\n\f", source.p[from])) from++;
    while (to > from && strchr(" \t\r\n\f", source.p[to - 1])) to--;
    int depth = 0, least = 0;
    char quote = 0;
    for (uint32_t i = from; i < to; i++) {
        char c = source.p[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth < least)
            least = depth;
        i += quote && c == '\\';
    }
    // More opened than closed: some at the front belong to the outside; closed but never opened: some at the end.
    uint32_t before = from, after = to;
    for (int extra = depth - least; extra > 0 && from < to && source.p[from] == '('; extra--)
        while (++from < to && strchr(" \t\r\n\f", source.p[from])) {
        }
    for (; least < 0 && to > from && source.p[to - 1] == ')'; least++)
        while (--to > from && strchr(" \t\r\n\f", source.p[to - 1])) {
        }
    return from < to ? (struct table_span){from, to - from} : (struct table_span){before, after - before};
}

struct cutter {
    struct condition *condition;
    const struct ast **parts;
    uint32_t from; // where the next conjunct's text begins
};

static void cut(struct cutter *c, const struct ast *ast, uint32_t to)
{
    struct str source = c->condition->expr->source;
    if (is_and(ast)) {
        cut(c, ast->args[0], ast->offset);
        c->from = ast->offset + 2;
        cut(c, ast->args[1], to);
        return;
    }
    c->condition->spans[c->condition->nconjuncts] = trimmed(source, c->from, to);
    c->parts[c->condition->nconjuncts++] = ast;
}

// ---- Columns ----

static struct column *column_of(struct table *t, uint32_t slot)
{
    for (size_t i = 0; i < t->ncolumns; i++)
        if (t->columns[i].slot == slot) return &t->columns[i];
    struct column *columns = grown(t, t->columns, t->ncolumns, &t->columns_room, sizeof *columns);
    if (!columns) return NULL;
    t->columns = columns;
    columns[t->ncolumns] = (struct column){.slot = slot};
    return &columns[t->ncolumns++];
}

static bool same_constant(const struct expr_value *a, const struct expr_value *b)
{
    if (!a || !b) return a == b;
    return a->kind == b->kind && expr_equal(a, b);
}

static bool same_test(const struct predicate *p, const struct instruction *test, const struct expr_value *constant)
{
    return p->test.opcode == test->opcode && p->test.mask == test->mask && p->test.flag == test->flag &&
           p->test.equality == test->equality && same_constant(p->constant, constant) &&
           (test->opcode != DO_IN_SET || p->test.k.set == test->k.set);
}

static void predicate_add(struct table *t, const struct instruction *test, const struct expr_value *constant,
                          uint32_t word, uint64_t mask)
{
    struct column *column = column_of(t, test->a & ~OPERAND_SPACE);
    if (!column) return;
    struct predicate *p = NULL;
    for (size_t i = 0; i < column->npredicates && !p; i++)
        if (same_test(&column->predicates[i], test, constant)) p = &column->predicates[i];
    if (!p) {
        struct predicate *all =
            grown(t, column->predicates, column->npredicates, &column->room, sizeof *column->predicates);
        if (!all) return;
        column->predicates = all;
        p = &all[column->npredicates++];
        *p = (struct predicate){.test = *test, .constant = constant};
    }
    struct bits *bits = grown(t, p->bits, p->nbits, &p->room, sizeof *bits);
    if (!bits) return;
    p->bits = bits;
    bits[p->nbits++] = (struct bits){word, mask};
}

static bool is_small_number(const struct expr_value *v)
{
    if (v->kind == EXPR_INT) return v->integer > -(INT64_C(1) << 53) && v->integer < INT64_C(1) << 53;
    if (v->kind == EXPR_UINT) return v->natural < UINT64_C(1) << 53;
    return v->kind == EXPR_DOUBLE && fabs(v->number) < BREAK_MAX;
}

static bool is_plain_constant(const struct expr_value *v)
{
    return is_small_number(v) || v->kind == EXPR_STRING || v->kind == EXPR_BOOL || v->kind == EXPR_NULL;
}

// Whether a program is one simple test of a variable, and which.
static bool simple_test(const struct expr *program, struct instruction *test, const struct expr_value **constant)
{
    *test = program->code[0];
    *constant = NULL;
    bool slot = (test->a & OPERAND_SPACE) == OPERAND_SLOT;
    if (program->count == 1 && slot && test->opcode == DO_RETURN) {
        *test = (struct instruction){.opcode = DO_TRUTH, .a = test->a};
        return true;
    }
    if (program->count != 2 || !slot || program->code[1].opcode != DO_RETURN || program->code[1].a != test->dst)
        return false;
    switch (test->opcode) {
    case DO_TRUTH:
        return true;
    case DO_IN_SET:
        for (size_t i = 0; i < test->k.set->count; i++)
            if (!is_plain_constant(&test->k.set->items[i])) return false;
        return true;
    case DO_CMP_INT:
    case DO_CMP_DOUBLE:
    case DO_EQ_TEXT:
    case DO_CMP:
        if ((test->b & OPERAND_SPACE) != OPERAND_CONSTANT) return false;
        *constant = &program->constants[test->b & ~OPERAND_SPACE];
        test->opcode = DO_CMP;
        // The order of texts has no rows: between two constants there are texts without number.
        return is_plain_constant(*constant) && (test->equality || (*constant)->kind != EXPR_STRING);
    default:
        return false;
    }
}

// The same words are the same program: a conjunct has no variables but the environment's.
static uint32_t part_of(struct table *t, struct str text, const struct expr *program)
{
    for (size_t i = 0; i < t->nparts; i++)
        if (str_eq(t->parts[i].text, text)) return (uint32_t)i + 1;
    struct part *parts = grown(t, t->parts, t->nparts, &t->parts_room, sizeof *parts);
    if (!parts) return 0;
    t->parts = parts;
    parts[t->nparts++] = (struct part){text, program};
    return (uint32_t)t->nparts;
}

// ---- Rows ----

static int rising_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int rising_word(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static size_t touched_index(const struct column *column, uint32_t word)
{
    size_t from = 0, to = column->ntouched;
    while (from + 1 < to) {
        size_t middle = from + (to - from) / 2;
        if (column->touched[middle] <= word)
            from = middle;
        else
            to = middle;
    }
    INVARIANT(column->touched[from] == word);
    return from;
}

static bool find_touched(struct table *t, struct column *column)
{
    size_t n = 0;
    for (size_t i = 0; i < column->npredicates; i++) n += column->predicates[i].nbits;
    column->touched = arena_array(t->arena, uint32_t, n);
    column->all = arena_array(t->arena, uint64_t, n);
    if (!column->touched || !column->all) return false;
    for (size_t i = 0, at = 0; i < column->npredicates; i++)
        for (size_t k = 0; k < column->predicates[i].nbits; k++)
            column->touched[at++] = column->predicates[i].bits[k].word;
    qsort(column->touched, n, sizeof *column->touched, rising_word);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || column->touched[i] != column->touched[column->ntouched - 1])
            column->touched[column->ntouched++] = column->touched[i];
    for (size_t i = 0; i < column->npredicates; i++)
        for (size_t k = 0; k < column->predicates[i].nbits; k++) {
            const struct bits *bits = &column->predicates[i].bits[k];
            column->all[touched_index(column, bits->word)] |= bits->mask;
        }
    return true;
}

// What a predicate compares with.
static size_t constants_of(const struct predicate *p, const struct expr_value **items)
{
    *items = p->test.opcode == DO_IN_SET ? p->test.k.set->items : p->constant;
    return p->test.opcode == DO_IN_SET ? p->test.k.set->count : p->constant != NULL;
}

static double double_of(const struct expr_value *v)
{
    double d = v->kind == EXPR_INT ? (double)v->integer : v->kind == EXPR_UINT ? (double)v->natural : v->number;
    return d + 0.0; // no minus zero
}

static bool find_constants(struct table *t, struct column *column)
{
    struct list_build texts = {0};
    const struct expr_value *items;
    size_t n = 0, kept = 0;
    bool fits;
    for (size_t i = 0; i < column->npredicates; i++) n += constants_of(&column->predicates[i], &items);
    column->breaks = arena_array(t->arena, double, n + 1);
    if (!column->breaks) return false;
    for (size_t i = 0; i < column->npredicates; i++) {
        size_t count = constants_of(&column->predicates[i], &items);
        for (size_t k = 0; k < count; k++) {
            if (items[k].kind == EXPR_STRING && !list_build_add(t->arena, &texts, &items[k])) return false;
            if (is_small_number(&items[k])) column->breaks[column->nbreaks++] = double_of(&items[k]);
        }
    }
    qsort(column->breaks, column->nbreaks, sizeof *column->breaks, rising_double);
    for (size_t i = 0; i < column->nbreaks; i++)
        if (kept == 0 || column->breaks[i] != column->breaks[kept - 1]) column->breaks[kept++] = column->breaks[i];
    column->nbreaks = kept;
    column->texts = value_set_new(t->arena, &texts.list, &fits);
    return column->texts != NULL;
}

// A value for which the tests answer as for all values of the row.
static struct expr_value number_of_row(const struct column *column, size_t row)
{
    size_t i = row / 2;
    if (row % 2) return EXPR_DOUBLE_VALUE(column->breaks[i]);
    if (i == 0) return EXPR_DOUBLE_VALUE(-INFINITY);
    if (i == column->nbreaks) return EXPR_DOUBLE_VALUE(INFINITY);
    return EXPR_DOUBLE_VALUE(column->breaks[i - 1] + (column->breaks[i] - column->breaks[i - 1]) / 2);
}

static struct expr_value text_of_row(const struct column *column, size_t row, struct str none)
{
    return row ? column->texts->items[row - 1] : EXPR_STRING_VALUE(none);
}

static struct expr_value test_one(struct expr_run *run, const struct predicate *p, const struct expr_value *value)
{
    return apply_truth(run, &p->test, value, p->constant);
}

// One row: what is false for `value`. false: a test does not answer with a bool, or no memory.
static bool fill_row(const struct column *column, const struct expr_value *value, uint64_t *row)
{
    struct arena scratch = ARENA(1 << 16);
    struct expr_run run = {.arena = &scratch};
    bool answers = true;
    for (size_t i = 0; i < column->npredicates && answers; i++) {
        const struct predicate *p = &column->predicates[i];
        struct expr_value truth = test_one(&run, p, value);
        answers = truth.kind == EXPR_BOOL;
        for (size_t k = 0; answers && !truth.boolean && k < p->nbits; k++)
            row[touched_index(column, p->bits[k].word)] |= p->bits[k].mask;
    }
    arena_free(&scratch);
    return answers;
}

static void rows_new(struct table *t, const struct column *column, struct rows *rows, size_t count)
{
    if (count * column->ntouched > ROWS_BYTES_MAX / sizeof *rows->words) return;
    rows->words = arena_array(t->arena, uint64_t, count * column->ntouched);
    rows->count = count;
    rows->usable = rows->words != NULL;
    t->no_memory |= !rows->words;
}

static void fill_rows(struct table *t, struct column *column)
{
    size_t longest = 0;
    for (size_t i = 0; i < column->texts->count; i++)
        if (column->texts->items[i].text.n > longest) longest = column->texts->items[i].text.n;
    struct str none = {arena_alloc(t->arena, longest + 1), longest + 1};
    if (!none.p) t->no_memory = true;
    rows_new(t, column, &column->numbers, 2 * column->nbreaks + 1);
    rows_new(t, column, &column->strings, column->texts->count + 1);
    rows_new(t, column, &column->bools, 2);
    if (t->no_memory) return;
    struct {
        struct rows *rows;
        int kind;
    } kinds[] = {{&column->numbers, 0}, {&column->strings, 1}, {&column->bools, 2}};
    for (size_t i = 0; i < 3; i++) {
        struct rows *rows = kinds[i].rows;
        for (size_t row = 0; row < rows->count && rows->usable; row++) {
            struct expr_value value = kinds[i].kind == 0   ? number_of_row(column, row)
                                      : kinds[i].kind == 1 ? text_of_row(column, row, none)
                                                           : EXPR_BOOL_VALUE(row == 1);
            rows->usable = fill_row(column, &value, rows->words + row * column->ntouched);
        }
    }
}

// ---- Making a table ----

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a table of conditions");
}

static enum err condition_cut(struct table *t, size_t number, const struct expr *expr, const struct ast ***parts,
                              struct why *why)
{
    struct condition *condition = &t->conditions[number];
    char member[24];
    snprintf(member, sizeof member, "/%zu", number);
    const struct expr_type *type = expr_result_type(expr);
    if (type->kind != TYPE_DYN && !(type->kind == TYPE_OF && type->of == EXPR_BOOL))
        return why_set(why, ERR_SENSELESS, member, "the condition does not give a bool");
    if (t->conditions[0].expr && expr->env != t->conditions[0].expr->env)
        return why_set(why, ERR_SENSELESS, member, "the condition is of another environment");
    size_t n = conjuncts_of(expr->ast);
    condition->expr = expr;
    condition->spans = arena_array(t->arena, struct table_span, n);
    condition->parts = arena_array(t->arena, uint32_t, n);
    *parts = arena_array(t->arena, const struct ast *, n);
    if (!condition->spans || !condition->parts || !*parts) return no_memory(why);
    struct cutter cutter = {condition, *parts, 0};
    cut(&cutter, expr->ast, (uint32_t)expr->source.n);
    if (n > t->planes) t->planes = n;
    return ERR_NONE;
}

static enum err condition_enter(struct table *t, size_t number, const struct ast **parts, struct why *why)
{
    struct condition *condition = &t->conditions[number];
    for (size_t k = 0; k < condition->nconjuncts; k++) {
        const struct expr *program = program_of_part(t->arena, condition->expr, parts[k]);
        if (!program) return no_memory(why);
        uint32_t word = (uint32_t)(k * t->stride + number / 64);
        uint64_t mask = UINT64_C(1) << (number % 64);
        struct instruction test;
        const struct expr_value *constant;
        if (simple_test(program, &test, &constant)) {
            predicate_add(t, &test, constant, word, mask);
            continue;
        }
        struct table_span span = condition->spans[k];
        condition->parts[k] = part_of(t, (struct str){condition->expr->source.p + span.offset, span.len}, program);
        t->programs[word] |= mask;
    }
    return t->no_memory ? no_memory(why) : ERR_NONE;
}

static enum err columns_build(struct table *t, struct why *why)
{
    for (size_t i = 0; i < t->ncolumns; i++) {
        struct column *column = &t->columns[i];
        if (!find_touched(t, column) || !find_constants(t, column)) return no_memory(why);
        fill_rows(t, column);
        if (t->no_memory) return no_memory(why);
    }
    return ERR_NONE;
}

enum err table_new(struct arena *arena, const struct expr *const *conditions, size_t count, struct table **out,
                   struct why *why)
{
    struct table *t = arena_new(arena, struct table);
    const struct ast ***parts = arena_array(arena, const struct ast **, count + 1);
    if (!t || !parts) return no_memory(why);
    *t = (struct table){.arena = arena, .count = count, .stride = (count + 63) / 64};
    t->conditions = arena_array(arena, struct condition, count + 1);
    if (!t->conditions) return no_memory(why);
    enum err err = ERR_NONE;
    for (size_t i = 0; i < count && !err; i++) err = condition_cut(t, i, conditions[i], &parts[i], why);
    if (err) return err;
    if (t->planes * t->stride > TABLE_WORDS_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "%zu conditions of up to %zu conjuncts are more than a table holds",
                       count, t->planes);
    t->programs = arena_array(arena, uint64_t, t->planes * t->stride + 1);
    if (!t->programs) return no_memory(why);
    for (size_t i = 0; i < count && !err; i++) err = condition_enter(t, i, parts[i], why);
    if (!err) err = columns_build(t, why);
    *out = t;
    return err;
}

size_t table_count(const struct table *table)
{
    return table->count;
}

size_t table_conjuncts(const struct table *table, size_t condition)
{
    INVARIANT(condition < table->count);
    return table->conditions[condition].nconjuncts;
}

struct table_span table_conjunct(const struct table *table, size_t condition, size_t conjunct)
{
    INVARIANT(conjunct < table_conjuncts(table, condition));
    return table->conditions[condition].spans[conjunct];
}

// ---- One record ----

struct record {
    const struct table *table;
    struct expr_run *run;
    struct table_verdict *verdicts;
    uint64_t *falses, *unknown, *error; // by word
    uint8_t *answers;                   // by part: 0 not asked yet, else 1 + enum table_result
};

static size_t number_row(const struct column *column, double value)
{
    // The first break that is not below the value.
    const double *base = column->breaks;
    size_t n = column->nbreaks;
    if (n == 0) return 0;
    while (n > 1) {
        size_t half = n / 2;
        base = base[half - 1] < value ? base + half : base;
        n -= half;
    }
    size_t at = (size_t)(base - column->breaks) + (*base < value);
    return 2 * at + (at < column->nbreaks && column->breaks[at] == value);
}

static size_t text_row(const struct column *column, const struct expr_value *value)
{
    const struct value_set *set = column->texts;
    if (set->count == 0) return 0;
    for (size_t at = value_hash(value, 0) & (set->slots - 1); set->index[at]; at = (at + 1) & (set->slots - 1))
        if (str_eq(set->items[set->index[at] - 1].text, value->text)) return set->index[at];
    return 0;
}

static void set_all(const struct column *column, uint64_t *words)
{
    for (size_t i = 0; i < column->ntouched; i++) words[column->touched[i]] |= column->all[i];
}

// Test by test, for values that have no row: NaN, kinds that were not to be expected.
static void column_one_by_one(const struct record *r, const struct column *column, const struct expr_value *value)
{
    for (size_t i = 0; i < column->npredicates; i++) {
        const struct predicate *p = &column->predicates[i];
        r->run->offset = p->test.offset;
        struct expr_value truth = test_one(r->run, p, value);
        uint64_t *words = truth.kind != EXPR_BOOL ? r->error : truth.boolean ? NULL : r->falses;
        for (size_t k = 0; words && k < p->nbits; k++) words[p->bits[k].word] |= p->bits[k].mask;
    }
}

static void column_eval(const struct record *r, const struct column *column, const struct expr_value *value)
{
    const struct rows *rows = NULL;
    size_t row = 0;
    double number = NAN;
    switch (value->kind) {
    case EXPR_UNKNOWN:
        set_all(column, r->unknown);
        return;
    case EXPR_ERROR:
        set_all(column, r->error);
        return;
    case EXPR_BOOL:
        rows = &column->bools;
        row = value->boolean;
        break;
    case EXPR_STRING:
        rows = &column->strings;
        if (rows->usable) row = text_row(column, value);
        break;
    case EXPR_INT:
        number = (double)value->integer; // rounded only where all breaks are far below
        break;
    case EXPR_UINT:
        number = (double)value->natural;
        break;
    case EXPR_DOUBLE:
        number = value->number;
        break;
    default:
        break;
    }
    if (number == number) {
        rows = &column->numbers;
        row = number_row(column, number);
    }
    if (!rows || !rows->usable) {
        column_one_by_one(r, column, value);
        return;
    }
    const uint64_t *words = rows->words + row * column->ntouched;
    for (size_t i = 0; i < column->ntouched; i++) r->falses[column->touched[i]] |= words[i];
}

static enum table_result part_result(const struct record *r, uint32_t number)
{
    if (r->answers[number]) return (enum table_result)(r->answers[number] - 1);
    struct expr_value value = expr_eval(r->table->parts[number].program, r->run);
    enum table_result result = value.kind == EXPR_UNKNOWN ? TABLE_UNKNOWN
                               : value.kind != EXPR_BOOL  ? TABLE_ERROR
                               : value.boolean            ? TABLE_TRUE
                                                          : TABLE_FALSE;
    r->answers[number] = (uint8_t)(result + 1);
    return result;
}

// The programs of one plane's word, for conditions that nothing before has decided.
static void parts_eval(const struct record *r, size_t plane, size_t column, uint64_t open)
{
    size_t word = plane * r->table->stride + column;
    for (; open; open &= open - 1) {
        size_t number = column * 64 + (size_t)__builtin_ctzll(open);
        enum table_result result = part_result(r, r->table->conditions[number].parts[plane] - 1);
        uint64_t bit = open & -open;
        if (result == TABLE_FALSE) r->falses[word] |= bit;
        if (result == TABLE_UNKNOWN) r->unknown[word] |= bit;
        if (result == TABLE_ERROR) r->error[word] |= bit;
    }
}

// Writes down the first plane in which each of the `open` conditions of a column of words has a bit; returns those that
// have none.
static uint64_t first_in_planes(const struct record *r, const uint64_t *words, size_t column, uint64_t open,
                                enum table_result result)
{
    const struct table *t = r->table;
    for (size_t plane = 0; plane < t->planes && open; plane++) {
        uint64_t here = words[plane * t->stride + column] & open;
        open &= ~here;
        for (; here; here &= here - 1)
            r->verdicts[column * 64 + (size_t)__builtin_ctzll(here)] = (struct table_verdict){result, (uint32_t)plane};
    }
    return open;
}

static void decide(const struct record *r, size_t column)
{
    const struct table *t = r->table;
    size_t left = t->count - column * 64;
    uint64_t all = left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1, open = all;
    uint64_t unknown = 0, error = 0;
    for (size_t plane = 0; plane < t->planes && open; plane++) {
        size_t word = plane * t->stride + column;
        if (t->programs[word] & open) parts_eval(r, plane, column, t->programs[word] & open);
        uint64_t here = r->falses[word] & open;
        open &= ~here;
        for (; here; here &= here - 1)
            r->verdicts[column * 64 + (size_t)__builtin_ctzll(here)] =
                (struct table_verdict){TABLE_FALSE, (uint32_t)plane};
        unknown |= r->unknown[word];
        error |= r->error[word];
    }
    if (unknown & open) open = first_in_planes(r, r->unknown, column, open, TABLE_UNKNOWN);
    if (error & open) open = first_in_planes(r, r->error, column, open, TABLE_ERROR);
    for (; open; open &= open - 1)
        r->verdicts[column * 64 + (size_t)__builtin_ctzll(open)] = (struct table_verdict){TABLE_TRUE, 0};
}

bool table_eval(const struct table *table, struct expr_run *run, struct table_verdict *verdicts)
{
    uint64_t small[SMALL_WORDS], *room = small;
    size_t words = table->planes * table->stride, need = 3 * words + (table->nparts + 7) / 8;
    static const struct expr_value unknown = {.kind = EXPR_UNKNOWN};
    if (need > SMALL_WORDS && !(room = arena_array(run->arena, uint64_t, need))) return false;
    if (room == small) memset(small, 0, need * sizeof *small);
    struct record r = {table, run, verdicts, room, room + words, room + 2 * words, (uint8_t *)(room + 3 * words)};
    for (size_t i = 0; i < table->ncolumns; i++) {
        const struct column *column = &table->columns[i];
        if (run->asked) run->asked[column->slot / 64] |= UINT64_C(1) << (column->slot % 64);
        column_eval(&r, column, column->slot < run->nslots ? &run->slots[column->slot] : &unknown);
    }
    run->cost += table->ncolumns;
    for (size_t column = 0; column < table->stride; column++) decide(&r, column);
    return true;
}
