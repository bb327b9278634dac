// SPDX-License-Identifier: Apache-2.0
// The automaton is Thompson's: a set of states moves over the text one code point at a time, each state at most once in
// the set, so that the work is at most states × (code points + 1) whatever the pattern.
#include "expr/regex_tree.h"

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

struct regex {
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
    *out = regex;
    return err;
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
