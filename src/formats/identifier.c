// SPDX-License-Identifier: Apache-2.0
#include "formats/identifier.h"

#include "base/text.h"
#include "formats/yaml_schema.h"

#include <stdio.h>
#include <stdlib.h>

#define POSITIONS_MAX 63 // of one alternative: the matcher's state is one bit each, and one for the end
#define ALTERNATIVES_MAX 8
#define RANGES_MAX 6

// One character of a pattern.
struct position {
    struct {
        uint32_t low, high;
    } range[RANGES_MAX];
    int nranges;
    bool optional; // may be left out
    bool loop;     // may come again
};

struct alternative {
    struct position *positions;
    size_t count;
};

struct identifier_program {
    struct alternative alternatives[ALTERNATIVES_MAX];
    size_t count;
    struct str strip;    // characters left out of the normal form
    struct str prefix;   // kept as it is by `lower`
    struct json *except; // values that carry no check digit
    int64_t pad;         // zeros to the left up to this length
    bool upper, lower;
};

extern const unsigned char identifiers_yaml[];
extern const size_t identifiers_yaml_n;

struct str identifiers_builtin(void)
{
    return (struct str){(const char *)identifiers_yaml, identifiers_yaml_n};
}

// --- the file ---

// In the order of enum identifier_check_digit.
static const char *const check_names[] = {"none", "iso6346",  "vin",       "rfc",    "luhn",
                                          "bn",   "us-entry", "us-inbond", "dotted", NULL};
static const char *const case_names[] = {"upper", "lower", "keep", NULL};

static const struct yaml_field scheme_table[] = {
    {"name", YAML_TEXT, .required = true, .min = 2, .max = 32, .doc = "the scheme's name, \"mx.pedimento\""},
    {"title", YAML_TEXT, .required = true, .min = 1, .max = 120, .doc = "what it is, for people"},
    {"nouns", YAML_LIST, .of = YAML_TEXT, .required = true, .min = 1, .max = 8, .doc = "what it names"},
    {"pattern", YAML_TEXT, .required = true, .min = 1, .max = 200, .doc = "what the normal form looks like"},
    {"check", YAML_ENUM, .choices = check_names, .preset = "none", .doc = "check digit"},
    {"except", YAML_LIST, .of = YAML_TEXT, .preset = "[]", .doc = "values without a check digit"},
    {"case", YAML_ENUM, .choices = case_names, .preset = "upper", .doc = "letters of the normal form"},
    {"prefix", YAML_TEXT, .preset = "", .doc = "beginning that `case: lower` leaves alone"},
    {"strip", YAML_TEXT, .preset = "", .doc = "characters left out of the normal form"},
    {"pad", YAML_INTEGER, .preset = "0", .min = 0, .max = 40, .doc = "zeros to the left up to this length"},
    {"country", YAML_TEXT, .preset = "", .min = 0, .max = 2, .doc = "ISO 3166-1 alpha-2; none: international"},
    {"citation", YAML_TEXT, .required = true, .min = 1, .max = 200, .doc = "who defines it, and where"},
    {"examples", YAML_LIST, .of = YAML_TEXT, .required = true, .min = 1, .max = 16, .doc = "values that hold"},
    {"refused", YAML_LIST, .of = YAML_TEXT, .required = true, .min = 1, .max = 16, .doc = "values that do not"},
    {NULL},
};

static const struct yaml_field file_table[] = {
    {"schemes", YAML_LIST, .of = YAML_TABLE, .table = scheme_table, .required = true, .min = 1,
     .max = IDENTIFIER_SCHEMES_MAX, .doc = "identifier schemes"},
    {NULL},
};

// --- code points ---

// The next code point of valid UTF-8; 0 at the end.
static uint32_t point_next(struct str *s)
{
    if (!s->n) return 0;
    const unsigned char *p = (const unsigned char *)s->p;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n > s->n) n = s->n;
    uint32_t point = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) point = point << 6 | (p[i] & 0x3fu);
    *s = str_from(*s, n);
    return point;
}

// --- patterns ---

static void position_range(struct position *p, uint32_t low, uint32_t high)
{
    INVARIANT(p->nranges < RANGES_MAX);
    p->range[p->nranges].low = low;
    p->range[p->nranges++].high = high;
}

static bool set_parse(struct str *pattern, struct position *out)
{
    for (;;) {
        uint32_t low = point_next(pattern);
        if (low == ']') return out->nranges > 0;
        if (!low || out->nranges == RANGES_MAX) return false;
        uint32_t high = low;
        if (pattern->n > 1 && pattern->p[0] == '-' && pattern->p[1] != ']') {
            point_next(pattern);
            high = point_next(pattern);
        }
        if (high < low) return false;
        position_range(out, low, high);
    }
}

static bool class_parse(struct str *pattern, struct position *out)
{
    uint32_t c = point_next(pattern);
    switch (c) {
    case '[':
        return set_parse(pattern, out);
    case 'A':
        position_range(out, 'A', 'Z');
        return true;
    case 'a':
        position_range(out, 'a', 'z');
        return true;
    case 'X':
        position_range(out, 'A', 'Z');
        position_range(out, '0', '9');
        return true;
    case 'N':
        position_range(out, '0', '9');
        return true;
    case 'H':
        position_range(out, '0', '9');
        position_range(out, 'a', 'f');
        return true;
    case '\\':
        c = point_next(pattern);
        break;
    default:
        break;
    }
    if (!c) return false;
    position_range(out, c, c);
    return true;
}

// "{n}", "{n,m}" or nothing (once).
static bool repeat_parse(struct str *pattern, uint64_t *least, uint64_t *most)
{
    *least = *most = 1;
    if (!pattern->n || pattern->p[0] != '{') return true;
    struct str rest, upper, inside = str_cut(str_from(*pattern, 1), '}', &rest);
    if (!rest.p) return false;
    struct str lower = str_cut(inside, ',', &upper);
    if (!str_decimal(lower, POSITIONS_MAX, least)) return false;
    *most = *least;
    if (upper.p && !str_decimal(upper, POSITIONS_MAX, most)) return false;
    *pattern = rest;
    return *most >= 1 && *most >= *least;
}

// Reads up to '|' or the end; the pattern is what is left after it.
static bool alternative_parse(struct arena *arena, struct str *pattern, struct alternative *out)
{
    struct position positions[POSITIONS_MAX];
    size_t n = 0;
    while (pattern->n && pattern->p[0] != '|') {
        struct position p = {0};
        uint64_t least, most;
        if (!class_parse(pattern, &p) || !repeat_parse(pattern, &least, &most)) return false;
        if (pattern->n && pattern->p[0] == '+') {
            p.loop = true;
            *pattern = str_from(*pattern, 1);
        }
        if (n + most > POSITIONS_MAX) return false;
        for (uint64_t i = 0; i < most; i++) {
            p.optional = i >= least;
            positions[n++] = p;
        }
    }
    out->positions = arena_array(arena, struct position, n);
    out->count = n;
    if (!n || !out->positions) return false;
    memcpy(out->positions, positions, n * sizeof *positions);
    return true;
}

static bool program_parse(struct arena *arena, struct str pattern, struct identifier_program *out)
{
    if (!utf8_valid(pattern)) return false;
    for (;;) {
        if (out->count == ALTERNATIVES_MAX) return false;
        if (!alternative_parse(arena, &pattern, &out->alternatives[out->count++])) return false;
        if (!pattern.n) return true;
        pattern = str_from(pattern, 1);
    }
}

static bool position_takes(const struct position *p, uint32_t c)
{
    for (int i = 0; i < p->nranges; i++) {
        if (c >= p->range[i].low && c <= p->range[i].high) return true;
    }
    return false;
}

// Bit i of the state: position i may come next; bit `count`: all is matched. Optional positions are passed over.
static uint64_t state_spread(const struct alternative *a, uint64_t state)
{
    for (size_t i = 0; i < a->count; i++) {
        if ((state >> i & 1) && a->positions[i].optional) state |= (uint64_t)1 << (i + 1);
    }
    return state;
}

static bool alternative_matches(const struct alternative *a, struct str value)
{
    uint64_t state = state_spread(a, 1);
    while (value.n && state) {
        uint32_t c = point_next(&value);
        uint64_t next = 0;
        for (size_t i = 0; i < a->count; i++) {
            if (!(state >> i & 1) || !position_takes(&a->positions[i], c)) continue;
            next |= (uint64_t)1 << (i + 1);
            if (a->positions[i].loop) next |= (uint64_t)1 << i;
        }
        state = state_spread(a, next);
    }
    return state >> a->count & 1;
}

// --- check digits ---

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : -1;
}

// ISO 6346: letters are 10 upwards without the multiples of 11, weights are powers of two.
static bool iso6346_holds(struct str v)
{
    unsigned sum = 0;
    for (size_t i = 0; i < 10; i++) {
        int d = digit_of(v.p[i]);
        unsigned value = d >= 0 ? (unsigned)d : (unsigned)(v.p[i] - 'A') + 10;
        if (d < 0) value += (value - 1) / 10;
        sum += value << i;
    }
    return (int)(sum % 11 % 10) == digit_of(v.p[10]);
}

static bool vin_holds(struct str v)
{
    static const char letters[] = "ABCDEFGHJKLMNPRSTUVWXYZ";
    static const char values[] = "12345678123457923456789";
    static const unsigned weights[17] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    unsigned sum = 0;
    for (size_t i = 0; i < 17; i++) {
        int d = digit_of(v.p[i]);
        const char *at = d < 0 ? strchr(letters, v.p[i]) : NULL;
        if (d < 0 && (!at || !*at)) return false;
        sum += weights[i] * (unsigned)(d >= 0 ? d : digit_of(values[at - letters]));
    }
    return v.p[8] == "0123456789X"[sum % 11];
}

// Mod 11 over the twelve characters before the last, a company's eleven with a space before them.
static bool rfc_holds(struct str v)
{
    static const struct str alphabet = {"0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ ", 38};
    uint32_t points[13];
    size_t n = 0;
    for (struct str rest = v; rest.n && n < 13;) points[n++] = point_next(&rest);
    if (n < 12) return false;
    unsigned sum = n == 12 ? 37 * 13 : 0;
    for (size_t i = 0; i + 1 < n; i++) {
        const char *at = points[i] < 0x80 ? memchr(alphabet.p, (int)points[i], alphabet.n) : NULL;
        unsigned value = at ? (unsigned)(at - alphabet.p) : 38; // Ñ is the last
        sum += value * (unsigned)((n == 12 ? 12 : 13) - i);
    }
    return points[n - 1] == (uint32_t) "0A987654321"[sum % 11];
}

// Luhn over digits and, for entry numbers, letters.
static bool luhn_holds(struct str v)
{
    unsigned sum = 0;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[v.n - 1 - i];
        int d = digit_of(c);
        unsigned value = d >= 0    ? (unsigned)d
                         : c < 'J' ? (unsigned)(c - 'A') + 1
                         : c < 'S' ? (unsigned)(c - 'J') + 1
                                   : (unsigned)(c - 'S') + 2;
        if (i % 2) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
        sum += value;
    }
    return sum % 10 == 0;
}

static bool inbond_holds(struct str v)
{
    unsigned serial = 0;
    if (v.n != 9) return true; // a carrier's own number, with letters
    for (size_t i = 0; i < 8; i++) {
        if (digit_of(v.p[i]) < 0) return true;
        serial = serial * 10 + (unsigned)digit_of(v.p[i]);
    }
    return (int)(serial % 7) == digit_of(v.p[8]);
}

static bool dotted_holds(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        bool first = i == 0 || v.p[i - 1] == '.', last = i + 1 == v.n || v.p[i + 1] == '.';
        if (v.p[i] == '.' && (first || i + 1 == v.n)) return false;
        if (v.p[i] == '-' && (first || last)) return false;
    }
    return true;
}

static bool check_holds(enum identifier_check_digit check, struct str v)
{
    switch (check) {
    case CHECK_ISO6346:
        return v.n == 11 && iso6346_holds(v);
    case CHECK_VIN:
        return v.n == 17 && vin_holds(v);
    case CHECK_RFC:
        return rfc_holds(v);
    case CHECK_LUHN:
    case CHECK_US_ENTRY:
        return luhn_holds(v);
    case CHECK_BN:
        return v.n >= 9 && luhn_holds((struct str){v.p, 9});
    case CHECK_US_INBOND:
        return inbond_holds(v);
    case CHECK_DOTTED:
        return dotted_holds(v);
    default:
        return true;
    }
}

// --- normal form ---

static struct str normal_form(struct arena *arena, const struct identifier_program *p, struct str value)
{
    char out[IDENTIFIER_VALUE_MAX + 40];
    size_t n = 0;
    value = str_trim(value);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (p->strip.n && memchr(p->strip.p, c, p->strip.n)) continue;
        if (p->upper && c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (p->upper && (unsigned char)c == 0xb1 && n && (unsigned char)out[n - 1] == 0xc3) c = (char)0x91; // ñ to Ñ
        if (p->lower && n >= p->prefix.n && c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        out[n++] = c;
    }
    size_t zeros = n && n < (size_t)p->pad ? (size_t)p->pad - n : 0;
    memmove(out + zeros, out, n);
    memset(out, '0', zeros);
    return arena_str(arena, (struct str){out, n + zeros});
}

static bool excepted(const struct identifier_program *p, struct str value)
{
    json_each(item, p->except)
    {
        if (str_eq(item->text, value)) return true;
    }
    return false;
}

static enum err scheme_check(const struct identifier_scheme *s, struct arena *arena, struct str value, struct str *out,
                             struct why *why)
{
    char cite[48];
    snprintf(cite, sizeof cite, "%.*s", STR_ARG(s->citation));
    if (value.n > IDENTIFIER_VALUE_MAX || !utf8_valid(value))
        return why_set(why, ERR_MALFORMED, s->name.p, "the value is over %d bytes, or not UTF-8", IDENTIFIER_VALUE_MAX);
    *out = normal_form(arena, s->program, value);
    if (!out->p) return why_set(why, ERR_NO_MEMORY, s->name.p, "no memory for the value");
    bool matches = false;
    for (size_t i = 0; i < s->program->count && !matches; i++)
        matches = alternative_matches(&s->program->alternatives[i], *out);
    if (!matches) {
        why_set(why, ERR_MALFORMED, s->name.p, "\"%.*s\" is no %.*s: the pattern is %.*s",
                (int)(value.n > 48 ? 48 : value.n), value.p, STR_ARG(s->title), STR_ARG(s->pattern));
        return why ? why_clause(why, cite) : ERR_MALFORMED;
    }
    if (check_holds(s->check, *out) || excepted(s->program, *out)) return ERR_NONE;
    why_set(why, ERR_SENSELESS, s->name.p, "the check digit of \"%.*s\" does not hold (%s)", STR_ARG(*out),
            check_names[s->check]);
    return why ? why_clause(why, cite) : ERR_SENSELESS;
}

// --- table ---

static enum err scheme_fault(struct why *why, const struct identifier_scheme *s, const char *what, struct str detail)
{
    return why_set(why, ERR_MALFORMED, s->name.p, "scheme %.*s: %s \"%.*s\"", STR_ARG(s->name), what, STR_ARG(detail));
}

// A scheme is tried on what its author says of it: a pattern that takes too much or too little is found at start.
static enum err scheme_prove(const struct identifier_scheme *s, struct arena *arena, struct why *why)
{
    struct str out;
    json_each(item, json_get(s->source, "examples"))
    {
        enum err err = scheme_check(s, arena, item->text, &out, why);
        if (err) return err;
    }
    json_each(item, json_get(s->source, "refused"))
    {
        enum err err = scheme_check(s, arena, item->text, &out, NULL);
        if (err == ERR_NONE) return scheme_fault(why, s, "does not refuse", item->text);
    }
    return ERR_NONE;
}

static enum err scheme_nouns(struct identifier_scheme *s, struct why *why)
{
    json_each(item, json_get(s->source, "nouns"))
    {
        enum noun noun;
        if (!noun_parse(item->text, &noun)) return scheme_fault(why, s, "no such noun:", item->text);
        s->nouns |= (uint32_t)1 << noun;
    }
    return ERR_NONE;
}

static enum err scheme_read(struct arena *arena, const struct json *source, struct identifier_scheme *s,
                            struct why *why)
{
    struct identifier_program *p = arena_new(arena, struct identifier_program);
    if (!p) return why_set(why, ERR_NO_MEMORY, "", "no memory for the identifier schemes");
    double pad = 0;
    json_number(source, "pad", &pad);
    p->pad = (int64_t)pad;
    p->strip = json_text(source, "strip");
    p->prefix = json_text(source, "prefix");
    p->upper = str_is(json_text(source, "case"), "upper");
    p->lower = str_is(json_text(source, "case"), "lower");
    const struct json *except = json_get(source, "except");
    p->except = except ? json_copy(arena, except) : NULL;
    *s = (struct identifier_scheme){.name = json_text(source, "name"),
                                    .title = json_text(source, "title"),
                                    .country = json_text(source, "country"),
                                    .citation = json_text(source, "citation"),
                                    .pattern = json_text(source, "pattern"),
                                    .source = source,
                                    .program = p};
    struct str check = json_text(source, "check");
    while (!str_is(check, check_names[s->check])) s->check++;
    if (!program_parse(arena, s->pattern, p)) return scheme_fault(why, s, "bad pattern", s->pattern);
    enum err err = scheme_nouns(s, why);
    return err ? err : scheme_prove(s, arena, why);
}

static int scheme_order(const void *a, const void *b)
{
    return str_compare(((const struct identifier_scheme *)a)->name, ((const struct identifier_scheme *)b)->name);
}

enum err identifier_table_read(struct arena *arena, struct str bytes, const struct identifier_table **out,
                               struct why *why)
{
    struct json *file = NULL;
    enum err err = yaml_read(arena, bytes, file_table, &file, why);
    if (err) return err;
    const struct json *list = json_get(file, "schemes");
    struct identifier_table *table = arena_new(arena, struct identifier_table);
    struct identifier_scheme *schemes = arena_array(arena, struct identifier_scheme, list->count);
    if (!table || !schemes) return why_set(why, ERR_NO_MEMORY, "", "no memory for the identifier schemes");
    json_each(item, list)
    {
        err = scheme_read(arena, item, &schemes[table->count++], why);
        if (err) return err;
    }
    qsort(schemes, table->count, sizeof *schemes, scheme_order);
    for (size_t i = 1; i < table->count; i++) {
        if (str_eq(schemes[i].name, schemes[i - 1].name))
            return scheme_fault(why, &schemes[i], "twice:", schemes[i].name);
    }
    table->schemes = schemes;
    *out = table;
    return ERR_NONE;
}

const struct identifier_scheme *identifier_scheme_find(const struct identifier_table *table, struct str name)
{
    struct identifier_scheme key = {.name = name};
    return bsearch(&key, table->schemes, table->count, sizeof *table->schemes, scheme_order);
}

bool identifier_names(const struct identifier_scheme *scheme, enum noun noun)
{
    return scheme->nouns >> noun & 1;
}

enum err identifier_check(const struct identifier_table *table, struct arena *arena, struct str scheme,
                          struct str value, struct identifier *out, struct why *why)
{
    const struct identifier_scheme *s = identifier_scheme_find(table, scheme);
    if (!s)
        return why_set(why, ERR_UNSUPPORTED, "scheme", "there is no identifier scheme \"%.*s\"",
                       (int)(scheme.n > 40 ? 40 : scheme.n), scheme.p);
    out->scheme = s->name;
    return scheme_check(s, arena, value, &out->value, why);
}
