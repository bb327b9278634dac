// SPDX-License-Identifier: Apache-2.0
// A pattern's text into its tree: github.com/google/re2/wiki/Syntax. Captures, names and greediness are read and then
// forgotten: whether there is a match does not hang on them.
#include "base/text.h"
#include "expr/regex_tree.h"

struct name {
    struct str text;
    struct name *next;
};

struct parser {
    struct arena *arena;
    struct why *why;
    struct str pattern;
    size_t at;
    unsigned depth;
    bool fold, any_newline, multi_line; // (?i) (?s) (?m)
    struct name *names;
    struct class_builder classes;
};

#define RANGES(...)                                                                                                    \
    .ranges = (const struct regex_range[]){__VA_ARGS__},                                                               \
    .count = sizeof((const struct regex_range[]){__VA_ARGS__}) / sizeof(struct regex_range)

struct group {
    const char *name;
    const struct regex_range *ranges;
    size_t count;
};

static const struct group PERL_GROUPS[] = {
    {"d", RANGES({'0', '9'})},
    {"s", RANGES({'\t', '\n'}, {'\f', '\r'}, {' ', ' '})},
    {"w", RANGES({'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'})},
    {NULL},
};

static const struct group POSIX_GROUPS[] = {
    {"alnum", RANGES({'0', '9'}, {'A', 'Z'}, {'a', 'z'})},
    {"alpha", RANGES({'A', 'Z'}, {'a', 'z'})},
    {"ascii", RANGES({0, 0x7f})},
    {"blank", RANGES({'\t', '\t'}, {' ', ' '})},
    {"cntrl", RANGES({0, 0x1f}, {0x7f, 0x7f})},
    {"digit", RANGES({'0', '9'})},
    {"graph", RANGES({'!', '~'})},
    {"lower", RANGES({'a', 'z'})},
    {"print", RANGES({' ', '~'})},
    {"punct", RANGES({'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'})},
    {"space", RANGES({'\t', '\r'}, {' ', ' '})},
    {"upper", RANGES({'A', 'Z'})},
    {"word", RANGES({'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'})},
    {"xdigit", RANGES({'0', '9'}, {'A', 'F'}, {'a', 'f'})},
    {NULL},
};

static const struct group *group_find(const struct group *groups, struct str name)
{
    for (; groups->name; groups++)
        if (str_is(name, groups->name)) return groups;
    return NULL;
}

// ---- Reading ----

static int peek(const struct parser *p, size_t ahead)
{
    return p->at + ahead < p->pattern.n ? (unsigned char)p->pattern.p[p->at + ahead] : -1;
}

static bool looking_at(const struct parser *p, const char *z)
{
    return str_starts(str_from(p->pattern, p->at), z);
}

static bool take(struct parser *p, char c)
{
    if (peek(p, 0) != c) return false;
    p->at++;
    return true;
}

static enum err refuse(struct parser *p, enum err err, size_t at, const char *what)
{
    why_set(p->why, err, "", "%s", what);
    why_at(p->why, at);
    return err;
}

static enum err malformed(struct parser *p, size_t at, const char *what)
{
    return refuse(p, ERR_MALFORMED, at, what);
}

static enum err no_memory(struct parser *p)
{
    return refuse(p, ERR_NO_MEMORY, p->at, "no memory for a regular expression");
}

// The pattern's offset into what the class builder refused.
static enum err at_offset(struct parser *p, enum err err, size_t at)
{
    if (err != ERR_NONE) why_at(p->why, at);
    return err;
}

static uint32_t take_code(struct parser *p)
{
    uint32_t code;
    p->at += regex_decode(p->pattern.p + p->at, p->pattern.n - p->at, &code);
    return code;
}

static struct regex_node *node_new(struct parser *p, enum regex_node_kind kind)
{
    struct regex_node *node = arena_new(p->arena, struct regex_node);
    if (node) *node = (struct regex_node){.kind = kind, .times = 1};
    return node;
}

// ---- Escapes ----

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool is_octal(int c)
{
    return c >= '0' && c <= '7';
}

static bool is_word(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

// \x41, \x{10FFFF}; p stands behind the x.
static enum err parse_hex(struct parser *p, size_t from, uint32_t *code)
{
    uint32_t value = 0;
    if (take(p, '{')) {
        size_t digits = 0;
        for (; hex_digit(peek(p, 0)) >= 0; p->at++, digits++) {
            value = value * 16 + (uint32_t)hex_digit(peek(p, 0));
            if (value > 0x10ffff) return malformed(p, from, "invalid escape sequence: over 10FFFF");
        }
        if (digits == 0 || !take(p, '}')) return malformed(p, from, "invalid escape sequence");
    } else {
        int high = hex_digit(peek(p, 0)), low = high < 0 ? -1 : hex_digit(peek(p, 1));
        if (low < 0) return malformed(p, from, "invalid escape sequence");
        value = (uint32_t)(high * 16 + low);
        p->at += 2;
    }
    *code = value;
    return ERR_NONE;
}

// An escape that stands for one code point; p stands at the backslash.
static enum err parse_escape(struct parser *p, uint32_t *code)
{
    static const char letters[] = "afnrtv", controls[] = "\a\f\n\r\t\v";
    size_t from = p->at++;
    int c = peek(p, 0);
    if (c < 0) return malformed(p, from, "trailing backslash at end of expression");
    if (c >= '1' && c <= '9' && !(is_octal(c) && is_octal(peek(p, 1))))
        return refuse(p, ERR_UNSUPPORTED, from,
                      "back references are not supported: they cannot be matched in linear time");
    if (c == 'k' || c == 'g') return refuse(p, ERR_UNSUPPORTED, from, "back references are not supported");
    if (c == 'C') return refuse(p, ERR_UNSUPPORTED, from, "\\C is not supported: texts are made of code points");
    p->at++;
    if (is_octal(c)) {
        *code = (uint32_t)(c - '0');
        for (int i = 0; i < 2 && is_octal(peek(p, 0)); i++, p->at++) *code = *code * 8 + (uint32_t)(peek(p, 0) - '0');
        return ERR_NONE;
    }
    if (c == 'x') return parse_hex(p, from, code);
    const char *letter = strchr(letters, c);
    if (letter) {
        *code = (unsigned char)controls[letter - letters];
        return ERR_NONE;
    }
    if (c >= 0x80 || (is_word(c) && c != '_')) return malformed(p, from, "invalid escape sequence");
    *code = (uint32_t)c;
    return ERR_NONE;
}

// \d \S …, \pL \P{Greek} …: adds it and sets *is; else leaves p where it is.
static enum err parse_escaped_class(struct parser *p, bool *is)
{
    size_t from = p->at;
    int c = peek(p, 1);
    *is = false;
    if (peek(p, 0) != '\\' || c < 0) return ERR_NONE;
    char lower = (char)(c | 0x20);
    const struct group *group = group_find(PERL_GROUPS, (struct str){&lower, 1});
    if (group && (c == lower || c == lower - 0x20)) {
        *is = true;
        p->at += 2;
        return at_offset(p, class_add_ranges(&p->classes, group->ranges, group->count, p->fold, c != lower, p->why),
                         from);
    }
    if (c != 'p' && c != 'P') return ERR_NONE;
    *is = true;
    p->at += 2;
    bool negated = c == 'P';
    struct str name = {p->pattern.p + p->at, 0};
    if (take(p, '{')) {
        if (take(p, '^')) negated = !negated;
        name.p = p->pattern.p + p->at;
        while (peek(p, 0) >= 0 && peek(p, 0) != '}') p->at++;
        name.n = (size_t)(p->pattern.p + p->at - name.p);
        if (!take(p, '}')) return malformed(p, from, "invalid character class range: } is missing");
    } else if (peek(p, 0) >= 0) {
        (void)take_code(p);
        name.n = (size_t)(p->pattern.p + p->at - name.p);
    }
    return at_offset(p, class_add_property(&p->classes, name, p->fold, negated, p->why), from);
}

// ---- Classes ----

// [:alpha:] inside brackets; *is false: the bracket stands for itself.
static enum err parse_posix(struct parser *p, bool *is)
{
    size_t from = p->at;
    *is = false;
    if (!looking_at(p, "[:")) return ERR_NONE;
    struct str rest = str_from(p->pattern, p->at + 2);
    const char *end = memmem(rest.p, rest.n, ":]", 2);
    if (!end) return ERR_NONE;
    *is = true;
    struct str name = {rest.p, (size_t)(end - rest.p)};
    p->at = (size_t)(end + 2 - p->pattern.p);
    bool negated = str_starts(name, "^");
    const struct group *group = group_find(POSIX_GROUPS, str_from(name, negated ? 1 : 0));
    if (!group) return malformed(p, from, "invalid character class range: no such class");
    return at_offset(p, class_add_ranges(&p->classes, group->ranges, group->count, p->fold, negated, p->why), from);
}

static enum err parse_class_code(struct parser *p, size_t class_from, uint32_t *code)
{
    if (peek(p, 0) < 0) return malformed(p, class_from, "missing closing ]");
    if (peek(p, 0) == '\\') return parse_escape(p, code);
    *code = take_code(p);
    return ERR_NONE;
}

static enum err parse_class_range(struct parser *p, size_t class_from)
{
    size_t from = p->at;
    struct regex_range range;
    enum err err = parse_class_code(p, class_from, &range.lo);
    if (err != ERR_NONE) return err;
    range.hi = range.lo;
    if (peek(p, 0) == '-' && peek(p, 1) >= 0 && peek(p, 1) != ']') {
        p->at++;
        err = parse_class_code(p, class_from, &range.hi);
        if (err != ERR_NONE) return err;
        if (range.hi < range.lo) return malformed(p, from, "invalid character class range: it runs backwards");
    }
    return at_offset(p, class_add_range(&p->classes, range, p->fold, p->why), from);
}

// [a-z], p behind the bracket.
static enum err parse_class(struct parser *p, struct regex_node *node)
{
    size_t from = p->at - 1;
    bool negated = take(p, '^');
    class_start(&p->classes);
    for (bool first = true; first || peek(p, 0) != ']'; first = false) {
        bool is;
        enum err err = parse_posix(p, &is);
        if (err == ERR_NONE && !is) err = parse_escaped_class(p, &is);
        if (err == ERR_NONE && !is) err = parse_class_range(p, from);
        if (err != ERR_NONE) return err;
    }
    p->at++;
    return at_offset(p, class_finish(&p->classes, negated, node, p->why), from);
}

// One code point, in the cases that the flags ask for.
static enum err literal(struct parser *p, uint32_t code, size_t from, struct regex_node *node)
{
    *node = (struct regex_node){.kind = NODE_RANGE, .range = {code, code}, .times = 1};
    if (!p->fold) return ERR_NONE;
    class_start(&p->classes);
    enum err err = class_add_range(&p->classes, node->range, true, p->why);
    if (err == ERR_NONE) err = class_finish(&p->classes, false, node, p->why);
    return at_offset(p, err, from);
}

static enum err any(struct parser *p, struct regex_node *node)
{
    class_start(&p->classes);
    enum err err = ERR_NONE;
    if (!p->any_newline) err = class_add_range(&p->classes, (struct regex_range){'\n', '\n'}, false, p->why);
    if (err == ERR_NONE) err = class_finish(&p->classes, true, node, p->why);
    return at_offset(p, err, p->at);
}

// ---- Groups and repetitions ----

static enum err parse_alternatives(struct parser *p, struct regex_node *node);

// Appends a copy of `item` to a CAT or ALT.
static enum err append(struct parser *p, struct regex_node *to, const struct regex_node *item)
{
    struct regex_node *copy = node_new(p, item->kind);
    if (!copy) return no_memory(p);
    *copy = *item;
    copy->prev = to->last;
    to->last = copy;
    if (copy->times > to->times) to->times = copy->times;
    return ERR_NONE;
}

// <name> of a group, p behind the angle bracket.
static enum err parse_name(struct parser *p, size_t from)
{
    struct str text = {p->pattern.p + p->at, 0};
    for (; is_word(peek(p, 0)); p->at++) text.n++;
    if (text.n == 0 || !take(p, '>')) return malformed(p, from, "invalid named capture");
    for (const struct name *n = p->names; n; n = n->next)
        if (str_eq(n->text, text)) return malformed(p, from, "duplicate capture group name");
    struct name *name = arena_new(p->arena, struct name);
    if (!name) return no_memory(p);
    *name = (struct name){text, p->names};
    p->names = name;
    return ERR_NONE;
}

// The flags of (?i-s) or (?i-s:…); *group: the latter.
static enum err parse_flags(struct parser *p, size_t from, bool *group)
{
    bool on = true, any_flag = false;
    for (;; p->at++) {
        switch (peek(p, 0)) {
        case 'i':
            p->fold = on, any_flag = true;
            break;
        case 'm':
            p->multi_line = on, any_flag = true;
            break;
        case 's':
            p->any_newline = on, any_flag = true;
            break;
        case 'U':
            any_flag = true;
            break;
        case '-':
            if (!on) return malformed(p, from, "invalid or unsupported Perl syntax");
            on = false, any_flag = false;
            break;
        case ':':
        case ')':
            if (!on && !any_flag) return malformed(p, from, "invalid or unsupported Perl syntax");
            *group = peek(p, 0) == ':';
            p->at++;
            return ERR_NONE;
        case -1:
            return malformed(p, from, "missing closing )");
        default:
            return malformed(p, from, "invalid or unsupported Perl syntax");
        }
    }
}

// What stands between ( and the group's content; *group false: it was flags alone.
static enum err parse_group_head(struct parser *p, size_t from, bool *group)
{
    *group = true;
    if (!take(p, '?')) return ERR_NONE;
    if (looking_at(p, "=") || looking_at(p, "!") || looking_at(p, "<=") || looking_at(p, "<!"))
        return refuse(p, ERR_UNSUPPORTED, from, "look-around is not supported: it cannot be matched in linear time");
    if (looking_at(p, "P=") || looking_at(p, "P>"))
        return refuse(p, ERR_UNSUPPORTED, from, "back references and recursion are not supported");
    if (looking_at(p, ">")) return refuse(p, ERR_UNSUPPORTED, from, "atomic groups are not supported");
    if (looking_at(p, "P<")) p->at++;
    if (take(p, '<')) return parse_name(p, from);
    return parse_flags(p, from, group);
}

// A group, p behind its bracket. *is false: flags that go on to the end of the group that they stand in.
static enum err parse_group(struct parser *p, struct regex_node *node, bool *is)
{
    size_t from = p->at - 1;
    struct parser outer = *p;
    enum err err = parse_group_head(p, from, is);
    if (err != ERR_NONE || !*is) return err;
    if (p->depth == REGEX_DEPTH_MAX) return refuse(p, ERR_TOO_LARGE, from, "groups are nested too deeply");
    p->depth++;
    err = parse_alternatives(p, node);
    if (err != ERR_NONE) return err;
    if (!take(p, ')')) return malformed(p, from, "missing closing )");
    p->depth--;
    p->fold = outer.fold;
    p->any_newline = outer.any_newline;
    p->multi_line = outer.multi_line;
    return ERR_NONE;
}

// Decimal digits without a leading zero, at most 1001 (which is too many already).
static bool parse_count(struct parser *p, uint32_t *count)
{
    int c = peek(p, 0);
    if (c < '0' || c > '9') return false;
    if (c == '0' && peek(p, 1) >= '0' && peek(p, 1) <= '9') return false;
    for (*count = 0; peek(p, 0) >= '0' && peek(p, 0) <= '9'; p->at++) {
        *count = *count * 10 + (uint32_t)(peek(p, 0) - '0');
        if (*count > REGEX_REPEAT_MAX) *count = REGEX_REPEAT_MAX + 1;
    }
    return true;
}

// {n} {n,} {n,m}; false, with p where it was: the brace stands for itself.
static bool parse_counts(struct parser *p, uint32_t *min, uint32_t *max)
{
    size_t from = p->at++;
    bool good = parse_count(p, min);
    *max = *min;
    if (good && take(p, ',')) {
        if (peek(p, 0) == '}')
            *max = REGEX_UNBOUNDED;
        else
            good = parse_count(p, max);
    }
    if (good && take(p, '}')) return true;
    p->at = from;
    return false;
}

// * + ? {n,m} behind the last item. *is false: there is none.
static enum err parse_repeat(struct parser *p, struct regex_node *last, bool repeated, bool *is)
{
    size_t from = p->at;
    uint32_t min = 0, max = REGEX_UNBOUNDED, times = 1;
    *is = true;
    switch (peek(p, 0)) {
    case '*':
        p->at++;
        break;
    case '+':
        p->at++, min = 1;
        break;
    case '?':
        p->at++, max = 1;
        break;
    case '{':
        if (parse_counts(p, &min, &max)) {
            times = max == REGEX_UNBOUNDED ? min : max;
            if (min > REGEX_REPEAT_MAX || times > REGEX_REPEAT_MAX || max < min)
                return malformed(p, from, "invalid repeat count");
            break;
        }
        *is = false;
        return ERR_NONE;
    default:
        *is = false;
        return ERR_NONE;
    }
    (void)take(p, '?');
    if (!last) return malformed(p, from, "missing argument to repetition operator");
    if (repeated) return malformed(p, from, "invalid nested repetition operator");
    if (times == 0) times = 1;
    if (times * last->times > REGEX_REPEAT_MAX) return malformed(p, from, "invalid repeat count: nested ones multiply");
    if (last->kind == NODE_EMPTY) return ERR_NONE;
    struct regex_node *child = node_new(p, last->kind);
    if (!child) return no_memory(p);
    *child = *last;
    child->prev = NULL;
    *last = (struct regex_node){
        .kind = NODE_REPEAT, .min = min, .max = max, .times = times * child->times, .last = child, .prev = last->prev};
    if (max == 0) *last = (struct regex_node){.kind = NODE_EMPTY, .times = 1, .prev = last->prev};
    return ERR_NONE;
}

// ---- Items ----

static struct regex_node assertion(enum regex_assert which)
{
    return (struct regex_node){.kind = NODE_ASSERT, .assertion = which, .times = 1};
}

// \A \z \b \B \d \pL \n …; \Q is not among them.
static enum err parse_backslash(struct parser *p, struct regex_node *node)
{
    size_t from = p->at;
    static const struct {
        char letter;
        enum regex_assert assertion;
    } asserts[] = {{'A', ASSERT_TEXT_BEGIN}, {'z', ASSERT_TEXT_END}, {'b', ASSERT_WORD}, {'B', ASSERT_NOT_WORD}};
    for (size_t i = 0; i < sizeof asserts / sizeof *asserts; i++) {
        if (peek(p, 1) != asserts[i].letter) continue;
        p->at += 2;
        *node = assertion(asserts[i].assertion);
        return ERR_NONE;
    }
    bool is;
    class_start(&p->classes);
    enum err err = parse_escaped_class(p, &is);
    if (err != ERR_NONE) return err;
    if (is) return at_offset(p, class_finish(&p->classes, false, node, p->why), from);
    uint32_t code;
    err = parse_escape(p, &code);
    return err != ERR_NONE ? err : literal(p, code, from, node);
}

// One item; *is false: it was flags, or a quotation that is over.
static enum err parse_item(struct parser *p, struct regex_node *node, bool *is)
{
    size_t from = p->at;
    *is = true;
    switch (peek(p, 0)) {
    case '(':
        p->at++;
        return parse_group(p, node, is);
    case '[':
        p->at++;
        return parse_class(p, node);
    case '.':
        p->at++;
        return any(p, node);
    case '^':
        p->at++;
        *node = assertion(p->multi_line ? ASSERT_LINE_BEGIN : ASSERT_TEXT_BEGIN);
        return ERR_NONE;
    case '$':
        p->at++;
        *node = assertion(p->multi_line ? ASSERT_LINE_END : ASSERT_TEXT_END);
        return ERR_NONE;
    case '\\':
        return parse_backslash(p, node);
    default:
        return literal(p, take_code(p), from, node);
    }
}

// \Q…\E, or to the end of the pattern.
static enum err parse_quotation(struct parser *p, struct regex_node *cat)
{
    p->at += 2;
    while (p->at < p->pattern.n && !looking_at(p, "\\E")) {
        struct regex_node node;
        size_t from = p->at;
        enum err err = literal(p, take_code(p), from, &node);
        if (err == ERR_NONE) err = append(p, cat, &node);
        if (err != ERR_NONE) return err;
    }
    if (p->at < p->pattern.n) p->at += 2;
    return ERR_NONE;
}

// Takes the empty items out of a sequence; of nothing and of one nothing is wrapped.
static void cat_finish(struct regex_node *cat, struct regex_node *node)
{
    struct regex_node **link = &cat->last;
    size_t count = 0;
    while (*link) {
        if ((*link)->kind == NODE_EMPTY) {
            *link = (*link)->prev;
        } else {
            count++;
            link = &(*link)->prev;
        }
    }
    uint32_t times = cat->times;
    *node = count == 0 ? (struct regex_node){.kind = NODE_EMPTY, .times = 1} : count == 1 ? *cat->last : *cat;
    for (const struct regex_node *n = cat->last; n; n = n->prev)
        if (n->times > times) times = n->times; // a repetition was put round it after it was appended
    node->times = times;
}

static enum err parse_sequence(struct parser *p, struct regex_node *node)
{
    struct regex_node cat = {.kind = NODE_CAT, .times = 1};
    bool repeated = false;
    while (p->at < p->pattern.n && peek(p, 0) != '|' && peek(p, 0) != ')') {
        bool is;
        enum err err = parse_repeat(p, cat.last, repeated, &is);
        if (err != ERR_NONE) return err;
        repeated = is;
        if (is) continue;
        if (looking_at(p, "\\Q")) {
            err = parse_quotation(p, &cat);
        } else {
            struct regex_node item = {.kind = NODE_EMPTY};
            err = parse_item(p, &item, &is);
            if (err == ERR_NONE && is) err = append(p, &cat, &item);
        }
        if (err != ERR_NONE) return err;
    }
    cat_finish(&cat, node);
    return ERR_NONE;
}

static enum err parse_alternatives(struct parser *p, struct regex_node *node)
{
    struct regex_node alt = {.kind = NODE_ALT, .times = 1};
    bool all_empty = true;
    do {
        struct regex_node item = {.kind = NODE_EMPTY};
        enum err err = parse_sequence(p, &item);
        if (err == ERR_NONE) err = append(p, &alt, &item);
        if (err != ERR_NONE) return err;
        if (item.kind != NODE_EMPTY) all_empty = false;
    } while (take(p, '|'));
    *node = alt;
    if (!alt.last->prev || all_empty) {
        *node = *alt.last;
        node->prev = NULL;
    }
    return ERR_NONE;
}

enum err regex_tree_parse(struct arena *arena, struct str pattern, struct regex_node **out, struct why *why)
{
    struct parser p = {.arena = arena, .why = why, .pattern = pattern};
    if (pattern.n > REGEX_PATTERN_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "a regular expression of %zu bytes; at most %d", pattern.n,
                       REGEX_PATTERN_MAX);
    if (!utf8_valid(pattern)) return why_set(why, ERR_MALFORMED, "", "invalid UTF-8");
    enum err err = class_builder_open(&p.classes, arena, why);
    if (err != ERR_NONE) return err;
    *out = node_new(&p, NODE_EMPTY);
    err = *out ? parse_alternatives(&p, *out) : no_memory(&p);
    if (err == ERR_NONE && p.at < pattern.n) err = malformed(&p, p.at, "unexpected )");
    class_builder_close(&p.classes);
    return err;
}
