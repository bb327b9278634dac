// SPDX-License-Identifier: Apache-2.0
// The automaton is Thompson's: a set of states moves over the text one code point at a time, each state at most once in
// the set, so that the work is at most states × (code points + 1) whatever the pattern. Of a small automaton the sets
// are worked out when it is compiled; then a text is walked through a table, a look-up a code point.
#include "expr/regex_tree.h"

#include <stdlib.h>

enum state_kind { STATE_RANGE, STATE_CLASS, STATE_ASSERT, STATE_SPLIT, STATE_MATCH };

struct state {
    uint32_t kind; // enum state_kind
    uint32_t out, other;
    union {
        struct regex_range range;
        const struct regex_class *class;
        enum regex_assert assertion;
    };
};

#define TABLE_NFA_MAX 128     // states of an automaton that is tried
#define TABLE_STATES_MAX 128  // sets of them
#define TABLE_CLASSES_MAX 32  // kinds of code points that they tell apart
#define TABLE_BOUNDS_MAX 2048 // where in Unicode one kind ends and another begins

// What a set of states is.
enum { SET_MATCH = 1, SET_MATCH_AT_END = 2, SET_DEAD = 4 };

struct table {
    uint8_t ascii[128]; // kinds of code points
    size_t nbounds;     // bounds[0] is 0
    uint32_t *bounds;   // from bounds[i] on they are of the kind …
    uint8_t *kinds;     // … kinds[i]
    size_t nkinds;
    uint16_t *next;  // set × kinds + kind
    uint8_t *flags;  // by set; set 0 is where the text begins
    uint16_t middle; // the set in which nothing has begun, behind the beginning; UINT16_MAX: none
};

struct regex {
    const struct table *table; // NULL: too large for one, or with assertions that look at neighbours
    struct state *states;
    uint32_t count, start;
    bool anchored;     // matches at the beginning or not at all
    bool literal;      // `prefix` is the whole of it
    struct str prefix; // every match begins with it
};

// ---- Compiling ----

// States that a node becomes; saturates over REGEX_STATES_MAX.
static size_t node_size(const struct regex_node *node)
{
    size_t size = 0;
    switch (node->kind) {
    case NODE_EMPTY:
        return 0;
    case NODE_RANGE:
    case NODE_CLASS:
    case NODE_ASSERT:
        return 1;
    case NODE_CAT:
    case NODE_ALT:
        for (const struct regex_node *n = node->last; n && size <= REGEX_STATES_MAX; n = n->prev)
            size += node_size(n) + (node->kind == NODE_ALT && n->prev ? 1 : 0);
        break;
    case NODE_REPEAT:
        size = node_size(node->last);
        if (node->max != REGEX_UNBOUNDED)
            size = node->min * size + (node->max - node->min) * (size + 1);
        else
            size = (node->min ? node->min : 1) * size + 1;
        break;
    }
    return size <= REGEX_STATES_MAX ? size : REGEX_STATES_MAX + 1;
}

static uint32_t state_new(struct regex *regex, struct state state)
{
    regex->states[regex->count] = state;
    return regex->count++;
}

static uint32_t emit(struct regex *regex, const struct regex_node *node, uint32_t next);

static uint32_t emit_repeat(struct regex *regex, const struct regex_node *node, uint32_t next)
{
    uint32_t entry = next, copies = node->min;
    if (node->max == REGEX_UNBOUNDED) {
        uint32_t loop = state_new(regex, (struct state){.kind = STATE_SPLIT, .other = next});
        regex->states[loop].out = emit(regex, node->last, loop);
        entry = copies ? regex->states[loop].out : loop;
        if (copies) copies--;
    } else {
        for (uint32_t i = node->min; i < node->max; i++) {
            uint32_t body = emit(regex, node->last, entry);
            entry = state_new(regex, (struct state){.kind = STATE_SPLIT, .out = body, .other = next});
        }
    }
    for (; copies; copies--) entry = emit(regex, node->last, entry);
    return entry;
}

// The state at which the node begins; behind it `next` goes on. As deep as groups are nested.
static uint32_t emit(struct regex *regex, const struct regex_node *node, uint32_t next)
{
    uint32_t entry = next;
    switch (node->kind) {
    case NODE_EMPTY:
        return next;
    case NODE_RANGE:
        return state_new(regex, (struct state){.kind = STATE_RANGE, .out = next, .range = node->range});
    case NODE_CLASS:
        return state_new(regex, (struct state){.kind = STATE_CLASS, .out = next, .class = node->class});
    case NODE_ASSERT:
        return state_new(regex, (struct state){.kind = STATE_ASSERT, .out = next, .assertion = node->assertion});
    case NODE_CAT:
        for (const struct regex_node *n = node->last; n; n = n->prev) entry = emit(regex, n, entry);
        return entry;
    case NODE_ALT:
        entry = emit(regex, node->last, next);
        for (const struct regex_node *n = node->last->prev; n; n = n->prev) {
            uint32_t way = emit(regex, n, next);
            entry = state_new(regex, (struct state){.kind = STATE_SPLIT, .out = way, .other = entry});
        }
        return entry;
    case NODE_REPEAT:
        return emit_repeat(regex, node, next);
    }
    return entry;
}

static size_t encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, code >>= 6) out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | code);
    return n;
}

// Follows the automaton from its start as long as there is one way through single code points.
static enum err find_prefix(struct regex *regex, struct arena *arena, struct why *why)
{
    const struct state *s = &regex->states[regex->start];
    char bytes[256];
    size_t n = 0;
    if (s->kind == STATE_ASSERT && s->assertion == ASSERT_TEXT_BEGIN) {
        regex->anchored = true;
        return ERR_NONE;
    }
    // Surrogates have no place in UTF-8: a range of one matches nothing.
    while (n + 4 <= sizeof bytes && s->kind == STATE_RANGE && s->range.lo == s->range.hi &&
           (s->range.lo < 0xd800 || s->range.lo > 0xdfff) && s->range.lo != 0xfffd) {
        n += encode(s->range.lo, bytes + n);
        s = &regex->states[s->out];
    }
    regex->literal = n > 0 && s->kind == STATE_MATCH;
    if (n == 0) return ERR_NONE;
    regex->prefix = arena_str(arena, (struct str){bytes, n});
    return regex->prefix.p ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory for a regular expression");
}

size_t regex_states(const struct regex *regex)
{
    return regex->count;
}

// ---- Searching ----

size_t regex_decode(const char *at, size_t left, uint32_t *code)
{
    const unsigned char *b = (const unsigned char *)at;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (b[0] < 0x80) {
        *code = b[0];
        return 1;
    }
    size_t n = b[0] >= 0xf0 && b[0] < 0xf8 ? 4 : b[0] >= 0xe0 && b[0] < 0xf0 ? 3 : b[0] >= 0xc0 && b[0] < 0xe0 ? 2 : 1;
    uint32_t value = n == 4 ? b[0] & 7u : n == 3 ? b[0] & 15u : b[0] & 31u;
    bool good = n > 1 && n <= left;
    for (size_t i = 1; good && i < n; i++) {
        good = (b[i] & 0xc0) == 0x80;
        value = value << 6 | (b[i] & 0x3fu);
    }
    if (!good || value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
        *code = 0xfffd;
        return 1;
    }
    *code = value;
    return n;
}

static bool class_has(const struct regex_class *class, uint32_t code)
{
    if (code < 128) return class->ascii[code >> 6] >> (code & 63) & 1;
    size_t from = 0, to = class->count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (code > class->ranges[middle].hi)
            from = middle + 1;
        else
            to = middle;
    }
    return from < class->count && code >= class->ranges[from].lo;
}

#define SMALL 256 // states for which a run needs no arena
#define NO_BYTE (-1)

struct run {
    const struct regex *regex;
    uint32_t *marks;             // the round in which a state was last seen
    uint32_t *threads, nthreads; // states that wait for a code point
    uint32_t *pending, npending; // where they go with it
    uint32_t *stack;
    uint32_t round;
    uint64_t steps;
};

static bool word_byte(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

// Whether an assertion holds between two bytes; for \b the bytes of other than ASCII are no words.
static bool holds(enum regex_assert assertion, int before, int after)
{
    switch (assertion) {
    case ASSERT_TEXT_BEGIN:
        return before == NO_BYTE;
    case ASSERT_TEXT_END:
        return after == NO_BYTE;
    case ASSERT_LINE_BEGIN:
        return before == NO_BYTE || before == '\n';
    case ASSERT_LINE_END:
        return after == NO_BYTE || after == '\n';
    case ASSERT_WORD:
        return word_byte(before) != word_byte(after);
    case ASSERT_NOT_WORD:
        return word_byte(before) == word_byte(after);
    }
    return false;
}

static inline void push(struct run *run, uint32_t *depth, uint32_t state)
{
    if (run->marks[state] == run->round) return;
    run->marks[state] = run->round;
    run->steps++;
    run->stack[(*depth)++] = state;
}

// Adds a state and all that is reached from it without a code point. true: a match.
static bool follow(struct run *run, uint32_t from, int before, int after)
{
    uint32_t depth = 0;
    push(run, &depth, from);
    while (depth) {
        uint32_t at = run->stack[--depth];
        const struct state *s = &run->regex->states[at];
        switch ((enum state_kind)s->kind) {
        case STATE_MATCH:
            return true;
        case STATE_SPLIT:
            push(run, &depth, s->out);
            push(run, &depth, s->other);
            break;
        case STATE_ASSERT:
            if (holds(s->assertion, before, after)) push(run, &depth, s->out);
            break;
        case STATE_RANGE:
        case STATE_CLASS:
            run->threads[run->nthreads++] = at;
            break;
        }
    }
    return false;
}

static bool follow_all(struct run *run, bool start, int before, int after)
{
    run->round++;
    run->nthreads = 0;
    for (uint32_t i = 0; i < run->npending; i++)
        if (follow(run, run->pending[i], before, after)) return true;
    return start && follow(run, run->regex->start, before, after);
}

static bool state_takes(const struct state *s, uint32_t code)
{
    return s->kind == STATE_RANGE ? code - s->range.lo <= s->range.hi - s->range.lo : class_has(s->class, code);
}

static void step(struct run *run, uint32_t code)
{
    run->npending = 0;
    for (uint32_t i = 0; i < run->nthreads; i++) {
        const struct state *s = &run->regex->states[run->threads[i]];
        bool takes =
            s->kind == STATE_RANGE ? code - s->range.lo <= s->range.hi - s->range.lo : class_has(s->class, code);
        if (takes) run->pending[run->npending++] = s->out;
    }
}

// From `at`, where nothing is pending, to where a match could begin; false: nowhere.
static bool skip(struct run *run, struct str text, size_t *at)
{
    const struct regex *regex = run->regex;
    if (regex->anchored) return *at == 0;
    if (regex->prefix.n == 0) return true;
    struct str rest = str_from(text, *at);
    const char *p = rest.n ? memmem(rest.p, rest.n, regex->prefix.p, regex->prefix.n) : NULL;
    run->steps += (p ? (size_t)(p - rest.p) : rest.n) / 16;
    if (p) *at = (size_t)(p - text.p);
    return p != NULL;
}

static bool search(struct run *run, struct str text)
{
    for (size_t at = 0;;) {
        if (run->npending == 0 && !skip(run, text, &at)) return false;
        int before = at ? (unsigned char)text.p[at - 1] : NO_BYTE;
        int after = at < text.n ? (unsigned char)text.p[at] : NO_BYTE;
        if (follow_all(run, !run->regex->anchored || at == 0, before, after)) return true;
        if (at == text.n) return false;
        uint32_t code;
        at += regex_decode(text.p + at, text.n - at, &code);
        step(run, code);
    }
}

// ---- The table ----

// A set of states that wait for a code point, a bit each.
struct set {
    uint64_t bits[TABLE_NFA_MAX / 64];
    uint8_t flags;
};

struct maker {
    const struct regex *regex;
    struct run run;
    struct table *table;
    struct set takers[TABLE_CLASSES_MAX]; // by kind: the states that take it
    struct set sets[TABLE_STATES_MAX];
    size_t nsets;
    uint32_t room[4 * TABLE_NFA_MAX];
};

static bool set_has(const struct set *set, uint32_t state)
{
    return set->bits[state / 64] >> (state % 64) & 1;
}

static void set_add(struct set *set, uint32_t state)
{
    set->bits[state / 64] |= UINT64_C(1) << (state % 64);
}

static bool set_same(const struct set *a, const struct set *b)
{
    return memcmp(a->bits, b->bits, sizeof a->bits) == 0 && a->flags == b->flags;
}

static int uint32_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool add_bounds(uint32_t *bounds, size_t *n, const struct regex_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (*n + 2 > TABLE_BOUNDS_MAX) return false;
        bounds[(*n)++] = ranges[i].lo;
        bounds[(*n)++] = ranges[i].hi + 1;
    }
    return true;
}

// Where any state's class begins or ends, ascending, each once; false: too many.
static bool find_bounds(const struct regex *regex, uint32_t *bounds, size_t *count)
{
    size_t n = 0, kept = 1;
    bounds[n++] = 0;
    for (uint32_t i = 0; i < regex->count; i++) {
        const struct state *s = &regex->states[i];
        if (s->kind == STATE_RANGE && !add_bounds(bounds, &n, &s->range, 1)) return false;
        if (s->kind == STATE_CLASS && !add_bounds(bounds, &n, s->class->ranges, s->class->count)) return false;
    }
    qsort(bounds, n, sizeof *bounds, uint32_compare);
    for (size_t i = 1; i < n; i++)
        if (bounds[i] != bounds[kept - 1]) bounds[kept++] = bounds[i];
    *count = kept;
    return true;
}

// The kind of the code points that just those states take; false: there are too many kinds.
static bool kind_of(struct maker *maker, const struct set *takers, uint8_t *kind)
{
    size_t i = 0;
    while (i < maker->table->nkinds && !set_same(&maker->takers[i], takers)) i++;
    if (i == TABLE_CLASSES_MAX) return false;
    if (i == maker->table->nkinds) maker->takers[maker->table->nkinds++] = *takers;
    *kind = (uint8_t)i;
    return true;
}

static bool find_kinds(struct maker *maker)
{
    struct table *table = maker->table;
    for (size_t i = 0; i < table->nbounds; i++) {
        struct set takers = {0};
        for (uint32_t k = 0; k < maker->regex->count; k++) {
            const struct state *s = &maker->regex->states[k];
            if ((s->kind == STATE_RANGE || s->kind == STATE_CLASS) && state_takes(s, table->bounds[i]))
                set_add(&takers, k);
        }
        if (!kind_of(maker, &takers, &table->kinds[i])) return false;
    }
    for (size_t i = 0, c = 0; c < 128; c++) {
        while (i + 1 < table->nbounds && table->bounds[i + 1] <= c) i++;
        table->ascii[c] = table->kinds[i];
    }
    return true;
}

// The number of the set that what is pending becomes; false: there are too many sets.
static bool set_number(struct maker *maker, bool begin, uint16_t *number)
{
    struct run *run = &maker->run;
    struct set set = {0};
    bool start = begin || !maker->regex->anchored;
    int before = begin ? NO_BYTE : ' ';
    if (follow_all(run, start, before, NO_BYTE)) set.flags |= SET_MATCH_AT_END;
    if (follow_all(run, start, before, ' '))
        set.flags = SET_MATCH;
    else
        for (uint32_t i = 0; i < run->nthreads; i++) set_add(&set, run->threads[i]);
    if (!start && run->nthreads == 0 && set.flags == 0) set.flags = SET_DEAD;
    size_t i = 0;
    while (i < maker->nsets && !set_same(&maker->sets[i], &set)) i++;
    if (i == TABLE_STATES_MAX) return false;
    if (i == maker->nsets) {
        maker->table->flags[i] = set.flags;
        maker->sets[maker->nsets++] = set;
    }
    *number = (uint16_t)i;
    return true;
}

static bool find_sets(struct maker *maker)
{
    struct table *table = maker->table;
    uint16_t number;
    if (!set_number(maker, true, &number)) return false;
    for (size_t at = 0; at < maker->nsets; at++) {
        for (size_t kind = 0; kind < table->nkinds; kind++) {
            struct set set = maker->sets[at];
            maker->run.npending = 0;
            for (uint32_t s = 0; s < maker->regex->count; s++)
                if (set_has(&set, s) && set_has(&maker->takers[kind], s))
                    maker->run.pending[maker->run.npending++] = maker->regex->states[s].out;
            if (!set_number(maker, false, &number)) return false;
            table->next[at * table->nkinds + kind] = number;
        }
    }
    maker->run.npending = 0;
    table->middle = UINT16_MAX;
    return maker->regex->anchored || set_number(maker, false, &table->middle);
}

static bool fits_table(const struct regex *regex)
{
    if (regex->count > TABLE_NFA_MAX) return false;
    for (uint32_t i = 0; i < regex->count; i++) {
        const struct state *s = &regex->states[i];
        if (s->kind == STATE_ASSERT && s->assertion != ASSERT_TEXT_BEGIN && s->assertion != ASSERT_TEXT_END)
            return false;
    }
    return true;
}

// Its size is copied out of `working`, which has room for the largest.
static enum err keep_table(struct regex *regex, struct arena *arena, const struct table *working, size_t nsets,
                           struct why *why)
{
    struct table *table = arena_new(arena, struct table);
    uint32_t *bounds = arena_array(arena, uint32_t, working->nbounds);
    uint8_t *kinds = arena_array(arena, uint8_t, working->nbounds);
    uint16_t *next = arena_array(arena, uint16_t, nsets * working->nkinds);
    uint8_t *flags = arena_array(arena, uint8_t, nsets);
    if (!table || !bounds || !kinds || !next || !flags)
        return why_set(why, ERR_NO_MEMORY, "", "no memory for a regular expression");
    *table = *working;
    table->bounds = memcpy(bounds, working->bounds, working->nbounds * sizeof *bounds);
    table->kinds = memcpy(kinds, working->kinds, working->nbounds * sizeof *kinds);
    table->next = memcpy(next, working->next, nsets * working->nkinds * sizeof *next);
    table->flags = memcpy(flags, working->flags, nsets * sizeof *flags);
    regex->table = table;
    return ERR_NONE;
}

// Leaves regex->table NULL where there is none to be had.
static enum err make_table(struct regex *regex, struct arena *arena, struct why *why)
{
    uint32_t bounds[TABLE_BOUNDS_MAX];
    uint8_t kinds[TABLE_BOUNDS_MAX], flags[TABLE_STATES_MAX];
    uint16_t next[TABLE_STATES_MAX * TABLE_CLASSES_MAX] = {0};
    struct table table = {.bounds = bounds, .kinds = kinds, .next = next, .flags = flags};
    struct maker maker = {.regex = regex, .table = &table};
    maker.run = (struct run){.regex = regex,
                             .marks = maker.room,
                             .threads = maker.room + TABLE_NFA_MAX,
                             .pending = maker.room + 2 * TABLE_NFA_MAX,
                             .stack = maker.room + 3 * TABLE_NFA_MAX};
    if (!fits_table(regex) || !find_bounds(regex, bounds, &table.nbounds)) return ERR_NONE;
    if (!find_kinds(&maker) || !find_sets(&maker) || maker.nsets == TABLE_STATES_MAX) return ERR_NONE;
    return keep_table(regex, arena, &table, maker.nsets, why);
}

static uint8_t kind_at(const struct table *table, uint32_t code)
{
    size_t from = 0, to = table->nbounds;
    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;
        if (table->bounds[middle] <= code)
            from = middle;
        else
            to = middle;
    }
    return table->kinds[from];
}

static bool walk(const struct regex *regex, struct str text, uint64_t *steps)
{
    const struct table *table = regex->table;
    struct run run = {.regex = regex, .steps = 1};
    uint32_t set = 0;
    bool found = false;
    for (size_t at = 0;;) {
        uint8_t flags = table->flags[set];
        found = (flags & SET_MATCH) != 0;
        if (flags & (SET_MATCH | SET_DEAD)) break;
        if (set == table->middle && regex->prefix.n && !skip(&run, text, &at)) break;
        if (at == text.n) {
            found = (flags & SET_MATCH_AT_END) != 0;
            break;
        }
        uint32_t code = (unsigned char)text.p[at];
        uint8_t kind = code < 128 ? table->ascii[code] : 0;
        if (code < 128) {
            at++;
        } else {
            at += regex_decode(text.p + at, text.n - at, &code);
            kind = kind_at(table, code);
        }
        set = table->next[set * table->nkinds + kind];
        run.steps++;
    }
    if (steps) *steps = run.steps;
    return found;
}

// ---- Both ----

enum err regex_compile(struct arena *arena, struct str pattern, struct regex **out, struct why *why)
{
    struct regex_node *tree;
    enum err err = regex_tree_parse(arena, pattern, &tree, why);
    if (err != ERR_NONE) return err;
    size_t size = node_size(tree) + 1;
    if (size > REGEX_STATES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the regular expression has more than %d states", REGEX_STATES_MAX);
    struct regex *regex = arena_new(arena, struct regex);
    struct state *states = arena_array(arena, struct state, size);
    if (!regex || !states) return why_set(why, ERR_NO_MEMORY, "", "no memory for a regular expression");
    *regex = (struct regex){.states = states};
    uint32_t match = state_new(regex, (struct state){.kind = STATE_MATCH});
    regex->start = emit(regex, tree, match);
    INVARIANT(regex->count == size);
    err = find_prefix(regex, arena, why);
    if (err == ERR_NONE && !regex->literal) err = make_table(regex, arena, why);
    *out = regex;
    return err;
}

enum err regex_search(const struct regex *regex, struct arena *scratch, struct str text, bool *found, uint64_t *steps,
                      struct why *why)
{
    uint32_t small[4 * SMALL];
    uint32_t *room = small;
    if (regex->literal) {
        *found = text.n >= regex->prefix.n && memmem(text.p, text.n, regex->prefix.p, regex->prefix.n) != NULL;
        if (steps) *steps = 1 + text.n / 16;
        return ERR_NONE;
    }
    if (regex->table) {
        *found = walk(regex, text, steps);
        return ERR_NONE;
    }
    if (text.n >= UINT32_MAX) return why_set(why, ERR_TOO_LARGE, "", "a text of more than 4 GB");
    if (regex->count > SMALL) room = arena_array(scratch, uint32_t, 4 * (size_t)regex->count);
    if (!room) return why_set(why, ERR_NO_MEMORY, "", "no memory to match a regular expression");
    size_t n = regex->count;
    memset(room, 0, n * sizeof *room);
    struct run run = {
        .regex = regex, .marks = room, .threads = room + n, .pending = room + 2 * n, .stack = room + 3 * n};
    *found = search(&run, text);
    if (steps) *steps = run.steps;
    return ERR_NONE;
}
