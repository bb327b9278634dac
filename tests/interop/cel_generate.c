// SPDX-License-Identifier: Apache-2.0
#include "cel_generate.h"

#include <math.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DEPTH_MAX 4
#define SCOPE_MAX 16

const struct generated_variable generate_variables[GENERATE_VARIABLES] = {
    {"b", "bool"},
    {"i", "int"},
    {"j", "int"},
    {"u", "uint"},
    {"d", "double"},
    {"e", "double"},
    {"s", "string"},
    {"z", "string"},
    {"y", "bytes"},
    {"t", "timestamp"},
    {"p", "duration"},
    {"l", "list(int)"},
    {"q", "list(string)"},
    {"m", "map(string, int)"},
    {"n", "map(int, string)"},
    {"o", "optional(int)"},
    {"x", "dyn"},
    {"a.b", "list(dyn)"},
};

struct generator {
    uint64_t state;
    struct buf *out;
    struct {
        unsigned name;
        char type;
    } scope[SCOPE_MAX]; // loop variables v1, v2 …
    size_t scoped;
    unsigned names;
};

static uint64_t draw(struct generator *g)
{
    uint64_t z = g->state += 0x9e3779b97f4a7c15U;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
    z = (z ^ z >> 27) * 0x94d049bb133111ebU;
    return z ^ z >> 31;
}

static size_t below(struct generator *g, size_t n)
{
    return (size_t)(draw(g) % n);
}

// ---- What expressions are made of ----
//
// A type is a letter: b bool, i int, u uint, d double, s string, y bytes, t timestamp, p duration, L list(int),
// S list(string), D list(dyn), M map(string, int), N map(int, string), O optional(int), Q optional(string), T type,
// a address, c block, r a pattern's text, x anything.
//
// In a template {i} is an int; {i$s} an int in which $ is a variable of type string; {i$s#i} with two variables.

struct template
{
    char type;
    const char *text;
};

static const struct template templates[] = {
    {'b', "{b} && {b}"},
    {'b', "{b} || {b}"},
    {'b', "!{b}"},
    {'b', "({b} ? {b} : {b})"},
    {'b', "{i} == {i}"},
    {'b', "{i} < {i}"},
    {'b', "{i} <= {u}"},
    {'b', "{u} > {i}"},
    {'b', "{i} >= {d}"},
    {'b', "{d} < {u}"},
    {'b', "{d} != {d}"},
    {'b', "{d} < {d}"},
    {'b', "{u} < {u}"},
    {'b', "{s} == {s}"},
    {'b', "{s} < {s}"},
    {'b', "{y} > {y}"},
    {'b', "{b} < {b}"},
    {'b', "{t} < {t}"},
    {'b', "{t} == {t}"},
    {'b', "{p} >= {p}"},
    {'b', "{p} != {p}"},
    {'b', "{L} == {L}"},
    {'b', "{D} == {D}"},
    {'b', "{M} != {M}"},
    {'b', "{x} == {x}"},
    {'b', "{x} != {x}"},
    {'b', "{x} < {x}"},
    {'b', "{x} in {D}"},
    {'b', "{i} in {L}"},
    {'b', "{s} in {S}"},
    {'b', "{s} in {M}"},
    {'b', "{i} in {N}"},
    {'b', "dyn({d}) in {N}"},
    {'b', "dyn({u}) in {L}"},
    {'b', "{T} == {T}"},
    {'b', "{O} == {O}"},
    {'b', "type({x}) == {T}"},
    {'b', "has({M}.a)"},
    {'b', "has({x}.a)"},
    {'b', "{s}.contains({s})"},
    {'b', "{s}.startsWith({s})"},
    {'b', "{s}.endsWith({s})"},
    {'b', "{s}.matches({r})"},
    {'b', "matches({s}, {r})"},
    {'b', "{L}.all($, {b$i})"},
    {'b', "{L}.exists($, {b$i})"},
    {'b', "{L}.exists_one($, {b$i})"},
    {'b', "{S}.all($, {b$s})"},
    {'b', "{S}.exists($, {b$s})"},
    {'b', "{M}.exists($, {b$s})"},
    {'b', "{D}.all($, {b$x})"},
    {'b', "{L}.exists($, #, {b$i#i})"},
    {'b', "{M}.all($, #, {b$s#i})"},
    {'b', "{N}.existsOne($, #, {b$i#s})"},
    {'b', "{x}.exists($, {b$x})"},
    {'b', "bool({s})"},
    {'b', "{O}.hasValue()"},
    {'b', "math.isNaN({d})"},
    {'b', "math.isInf({d})"},
    {'b', "math.isFinite({d})"},
    {'b', "isIP({s})"},
    {'b', "isCIDR({s})"},
    {'b', "{c}.containsIP({a})"},
    {'b', "{c}.containsCIDR({c})"},
    {'b', "{a}.isLoopback()"},
    {'b', "{a} == {a}"},
    {'b', "cel.bind($, {i}, {b$i})"},
    {'i', "{i} + {i}"},
    {'i', "{i} - {i}"},
    {'i', "{i} * {i}"},
    {'i', "{i} / {i}"},
    {'i', "{i} % {i}"},
    {'i', "-{i}"},
    {'i', "({b} ? {i} : {i})"},
    {'i', "int({d})"},
    {'i', "int({u})"},
    {'i', "int({s})"},
    {'i', "int({t})"},
    {'i', "size({s})"},
    {'i', "{y}.size()"},
    {'i', "{L}.size()"},
    {'i', "size({M})"},
    {'i', "{L}[{i}]"},
    {'i', "{M}[{s}]"},
    {'i', "{M}.a"},
    {'i', "{M}.b_c"},
    {'i', "{O}.orValue({i})"},
    {'i', "{O}.value()"},
    {'i', "{s}.indexOf({s})"},
    {'i', "{s}.lastIndexOf({s})"},
    {'i', "{s}.indexOf({s}, {i})"},
    {'i', "{s}.lastIndexOf({s}, {i})"},
    {'i', "math.greatest({i}, {i})"},
    {'i', "math.least({i}, {i}, {i})"},
    {'i', "math.abs({i})"},
    {'i', "math.sign({i})"},
    {'i', "math.bitAnd({i}, {i})"},
    {'i', "math.bitOr({i}, {i})"},
    {'i', "math.bitXor({i}, {i})"},
    {'i', "math.bitNot({i})"},
    {'i', "math.bitShiftLeft({i}, {i})"},
    {'i', "math.bitShiftRight({i}, {i})"},
    {'i', "{t}.getFullYear()"},
    {'i', "{t}.getMonth()"},
    {'i', "{t}.getDate({z})"},
    {'i', "{t}.getDayOfMonth()"},
    {'i', "{t}.getDayOfWeek({z})"},
    {'i', "{t}.getDayOfYear()"},
    {'i', "{t}.getHours({z})"},
    {'i', "{t}.getMinutes()"},
    {'i', "{t}.getSeconds()"},
    {'i', "{t}.getMilliseconds()"},
    {'i', "{p}.getHours()"},
    {'i', "{p}.getMinutes()"},
    {'i', "{p}.getSeconds()"},
    {'i', "(duration('1.5s')).getMilliseconds()"},
    {'i', "{a}.family()"},
    {'i', "{c}.prefixLength()"},
    {'i', "cel.bind($, {s}, {i$s})"},
    {'u', "{u} + {u}"},
    {'u', "{u} - {u}"},
    {'u', "{u} * {u}"},
    {'u', "{u} / {u}"},
    {'u', "{u} % {u}"},
    {'u', "uint({i})"},
    {'u', "uint({d})"},
    {'u', "uint({s})"},
    {'u', "({b} ? {u} : {u})"},
    {'u', "math.greatest({u}, {u})"},
    {'u', "math.bitShiftRight({u}, {i})"},
    {'u', "math.bitNot({u})"},
    {'d', "{d} + {d}"},
    {'d', "{d} - {d}"},
    {'d', "{d} * {d}"},
    {'d', "{d} / {d}"},
    {'d', "-{d}"},
    {'d', "double({i})"},
    {'d', "double({u})"},
    {'d', "double({s})"},
    {'d', "({b} ? {d} : {d})"},
    {'d', "math.ceil({d})"},
    {'d', "math.floor({d})"},
    {'d', "math.round({d})"},
    {'d', "math.trunc({d})"},
    {'d', "math.abs({d})"},
    {'d', "math.sign({d})"},
    {'d', "math.sqrt({d})"},
    {'d', "math.sqrt({i})"},
    {'d', "math.least({d}, {d})"},
    {'s', "{s} + {s}"},
    {'s', "({b} ? {s} : {s})"},
    {'s', "string({i})"},
    {'s', "string({u})"},
    {'s', "string({d})"},
    {'s', "string({b})"},
    {'s', "string({y})"},
    {'s', "string({t})"},
    {'s', "string({p})"},
    {'s', "string({a})"},
    {'s', "string({c})"},
    {'s', "{S}[{i}]"},
    {'s', "{N}[{i}]"},
    {'s', "{s}.charAt({i})"},
    {'s', "{s}.substring({i})"},
    {'s', "{s}.substring({i}, {i})"},
    {'s', "{s}.replace({s}, {s})"},
    {'s', "{s}.replace({s}, {s}, {i})"},
    {'s', "{s}.lowerAscii()"},
    {'s', "{s}.upperAscii()"},
    {'s', "{s}.trim()"},
    {'s', "{s}.reverse()"},
    {'s', "strings.quote({s})"},
    {'s', "{S}.join()"},
    {'s', "{S}.join({s})"},
    {'s', "'%s and %d'.format([{x}, {i}])"},
    {'s', "'%.2f %e %x %X %o %b'.format([{d}, {d}, {i}, {s}, {u}, {i}])"},
    {'s', "'%s|%s'.format([{D}, {M}])"},
    {'s', "'%s %s'.format([{d}, {t}])"},
    {'s', "base64.encode({y})"},
    {'s', "{Q}.orValue({s})"},
    {'y', "{y} + {y}"},
    {'y', "bytes({s})"},
    {'y', "base64.decode({s})"},
    {'t', "{t} + {p}"},
    {'t', "{p} + {t}"},
    {'t', "{t} - {p}"},
    {'t', "timestamp({i})"},
    {'t', "timestamp({s})"},
    {'t', "({b} ? {t} : {t})"},
    {'p', "{p} + {p}"},
    {'p', "{p} - {p}"},
    {'p', "{t} - {t}"},
    {'p', "duration({s})"},
    {'L', "[{i}, {i}]"},
    {'L', "[{i}, ?{O}]"},
    {'L', "{L} + {L}"},
    {'L', "{L}.map($, {i$i})"},
    {'L', "{L}.filter($, {b$i})"},
    {'L', "{L}.map($, {b$i}, {i$i})"},
    {'L', "{S}.map($, {i$s})"},
    {'L', "{M}.map($, {i$s})"},
    {'L', "{L}.transformList($, #, {i$i#i})"},
    {'L', "{M}.transformList($, #, {b$s#i}, {i$s#i})"},
    {'S', "[{s}, {s}, {s}]"},
    {'S', "{S} + [{s}]"},
    {'S', "{s}.split({s})"},
    {'S', "{s}.split({s}, {i})"},
    {'S', "{S}.filter($, {b$s})"},
    {'S', "{L}.map($, {s$i})"},
    {'S', "{D}.map($, string({x$x}))"},
    {'D', "[{x}, {x}]"},
    {'D', "[{i}, {u}, {d}]"},
    {'D', "[{s}, {y}, null]"},
    {'D', "{D} + {D}"},
    {'D', "{D}.map($, {x$x})"},
    {'D', "{D}.filter($, {b$x})"},
    {'M', "{'a': {i}, {s}: {i}}"},
    {'M', "{{s}: {i}, {s}: {i}}"},
    {'M', "{?'a': {O}}"},
    {'M', "{M}.transformMap($, #, {i$s#i})"},
    {'M', "{M}.transformMap($, #, {b$s#i}, {i$s#i})"},
    {'M', "{S}.transformMapEntry($, #, {#: {i$i#s}})"},
    {'N', "{{i}: {s}, {i}: {s}}"},
    {'N', "{S}.transformMap($, #, {s$i#s})"},
    {'O', "optional.of({i})"},
    {'O', "optional.ofNonZeroValue({i})"},
    {'O', "{M}.?a"},
    {'O', "{M}[?{s}]"},
    {'O', "{L}[?{i}]"},
    {'O', "{O}.or({O})"},
    {'O', "{O}.optMap($, {i$i})"},
    {'O', "{O}.optFlatMap($, {O$i})"},
    {'O', "({b} ? {O} : optional.none())"},
    {'Q', "{N}[?{i}]"},
    {'Q', "{S}[?{i}]"},
    {'Q', "{O}.optMap($, {s$i})"},
    {'T', "type({x})"},
    {'a', "ip({s})"},
    {'a', "{c}.ip()"},
    {'c', "cidr({s})"},
    {'c', "{c}.masked()"},
    {'x', "dyn({i})"},
    {'x', "dyn({u})"},
    {'x', "dyn({d})"},
    {'x', "dyn({s})"},
    {'x', "dyn({b})"},
    {'x', "dyn({D})"},
    {'x', "dyn({M})"},
    {'x', "dyn({N})"},
    {'x', "dyn({t})"},
    {'x', "dyn({p})"},
    {'x', "dyn({y})"},
    {'x', "dyn({O})"},
    {'x', "{i}"},
    {'x', "{d}"},
    {'x', "{s}"},
    {'x', "{L}"},
    {'x', "{O}"},
    {'x', "{T}"},
    {'x', "{D}[{i}]"},
    {'x', "{x}[{x}]"},
    {'x', "{x}.a"},
    {'x', "{x}.?a"},
    {'x', "{x}[?{x}]"},
    {'x', "{x} + {x}"},
    {'x', "{x} - {x}"},
    {'x', "-{x}"},
    {'x', "({b} ? {x} : {x})"},
};

static const struct template leaves[] = {
    {'b', "true"},
    {'b', "false"},
    {'i', "0"},
    {'i', "1"},
    {'i', "-1"},
    {'i', "2"},
    {'i', "7"},
    {'i', "63"},
    {'i', "64"},
    {'i', "1000"},
    {'i', "9223372036854775807"},
    {'i', "-9223372036854775808"},
    {'i', "9007199254740993"},
    {'i', "-0x7f"},
    {'i', "253402300799"},
    {'u', "0u"},
    {'u', "1u"},
    {'u', "7u"},
    {'u', "0xffu"},
    {'u', "9223372036854775808u"},
    {'u', "18446744073709551615u"},
    {'d', "0.0"},
    {'d', "-0.0"},
    {'d', "1.0"},
    {'d', "-1.5"},
    {'d', "2.5"},
    {'d', "0.1"},
    {'d', "1e21"},
    {'d', "1e308"},
    {'d', "5e-324"},
    {'d', "1e-7"},
    {'d', "123456789.0"},
    {'d', "9223372036854775807.0"},
    {'d', "-9223372036854775808.0"},
    {'d', "18446744073709551616.0"},
    {'d', "9007199254740992.0"},
    {'d', "(0.0 / 0.0)"},
    {'d', "(1.0 / 0.0)"},
    {'s', "''"},
    {'s', "'a'"},
    {'s', "'b_c'"},
    {'s', "'abc'"},
    {'s', "'aXbXc'"},
    {'s', "' \\t x\\u2028'"},
    {'s', "'\\u00f1and\\u00fa'"},
    {'s', "'\\U0001F69A\\U0001F69Ab'"},
    {'s', "'e\\u0301'"},
    {'s', "r'\\d+'"},
    {'s', "\"\"\"a\n'b\"\"\""},
    {'s', "'12'"},
    {'s', "'-9223372036854775808'"},
    {'s', "'18446744073709551615'"},
    {'s', "'1.5e3'"},
    {'s', "'NaN'"},
    {'s', "'true'"},
    {'s', "'F'"},
    {'s', "'1h30m'"},
    {'s', "'-1.5s'"},
    {'s', "'2024-02-29T23:59:60Z'"},
    {'s', "'2024-02-29T23:59:59.999999999-06:00'"},
    {'s', "'0001-01-01T00:00:00Z'"},
    {'s', "'10.0.0.1'"},
    {'s', "'::ffff:1.2.3.4'"},
    {'s', "'fe80::1'"},
    {'s', "'10.0.0.0/8'"},
    {'s', "'2001:db8::/32'"},
    {'s', "'aGVsbG8='"},
    {'s', "'aGVsbG8'"},
    {'y', "b''"},
    {'y', "b'abc'"},
    {'y', "b'\\xff\\x00'"},
    {'y', "b'\\303\\261'"},
    {'t', "timestamp('2024-02-29T12:34:56.789Z')"},
    {'t', "timestamp('9999-12-31T23:59:59.999999999Z')"},
    {'t', "timestamp('0001-01-01T00:00:00Z')"},
    {'t', "timestamp('1969-12-31T23:59:59.5Z')"},
    {'t', "timestamp('2023-03-12T09:30:00Z')"},
    {'t', "timestamp(0)"},
    {'p', "duration('0s')"},
    {'p', "duration('1h')"},
    {'p', "duration('-1.5s')"},
    {'p', "duration('1ns')"},
    {'p', "duration('3.000001ms')"},
    {'p', "duration('87600h')"},
    {'p', "duration('2540400h')"},
    {'L', "[]"},
    {'L', "[1, 2, 3]"},
    {'L', "[0]"},
    {'S', "[]"},
    {'S', "['a', 'b', 'a']"},
    {'D', "[]"},
    {'D', "[1, 1u, 1.0, 'a', true, null]"},
    {'D', "[[1], {'a': 2}]"},
    {'M', "{}"},
    {'M', "{'a': 1, 'b_c': 2}"},
    {'N', "{}"},
    {'N', "{1: 'a', 2: 'b'}"},
    {'O', "optional.none()"},
    {'O', "optional.of(7)"},
    {'Q', "optional.none()"},
    {'Q', "optional.of('a')"},
    {'T', "int"},
    {'T', "string"},
    {'T', "list"},
    {'T', "map"},
    {'T', "type"},
    {'T', "null_type"},
    {'T', "google.protobuf.Timestamp"},
    {'T', "optional_type"},
    {'T', "net.IP"},
    {'z', "'America/Mexico_City'"},
    {'z', "'UTC'"},
    {'z', "'-07:30'"},
    {'z', "'+02:00'"},
    {'z', "'America/Chicago'"},
    {'z', "'Nowhere/Here'"},
    {'z', "'02:00'"},
    {'a', "ip('10.0.0.1')"},
    {'a', "ip('127.0.0.1')"},
    {'a', "ip('::1')"},
    {'a', "ip('fe80::1')"},
    {'a', "ip('2001:db8::1')"},
    {'c', "cidr('10.0.0.0/8')"},
    {'c', "cidr('10.1.2.3/16')"},
    {'c', "cidr('2001:db8::/32')"},
    {'c', "cidr('0.0.0.0/0')"},
    {'x', "null"},
    {'x', "dyn(1)"},
    {'x', "dyn('a')"},
    {'x', "dyn([])"},
    {'x', "dyn({'a': 1})"},
    {'x', "true"},
};

// The types of generate_variables, in their order.
static const char variable_types[] = "biiuddszytpLSMNOxD";

// ---- Making ----

static void make(struct generator *g, char type, unsigned depth);

static const struct template *pick(struct generator *g, const struct template *all, size_t count, char type)
{
    size_t matching = 0;
    for (size_t i = 0; i < count; i++) matching += all[i].type == type;
    if (!matching) return NULL;
    size_t nth = below(g, matching);
    for (size_t i = 0;; i++)
        if (all[i].type == type && nth-- == 0) return &all[i];
}

// A pattern of RE2's syntax, now and then a broken one, as a raw literal.
static void make_pattern(struct generator *g)
{
    static const char *const parts[] = {
        "a",           "b",     "X",         ".",          "\\d",    "\\w",    "\\s", "[a-c]", "[^a]",
        "^",           "$",     "|",         "(a|b)",      "(?:ab)", "(?i:x)", "\\b", "*",     "+",
        "?",           "{2}",   "{1,3}",     "{0,}",       "*?",     "\\pL",   "\\.", "(",     ")",
        "[[:alpha:]]", "\\x41", "\\Qa.b\\E", "(?P<n>a)",   "(?s).",  "\\z",    "\\A", "\\1",   "[^\\d]",
        "\\B",         "{,2}",  "\\C",       "\\p{Greek}", "(?=a)"};
    size_t n = 1 + below(g, 6);
    buf_puts(g->out, "r\"");
    for (size_t i = 0; i < n; i++) buf_puts(g->out, parts[below(g, COUNT(parts))]);
    buf_puts(g->out, "\"");
}

static void make_leaf(struct generator *g, char type)
{
    size_t mine[SCOPE_MAX], count = 0;
    for (size_t i = 0; i < g->scoped; i++)
        if (g->scope[i].type == type) mine[count++] = i;
    if (count && below(g, 3)) {
        buf_printf(g->out, "v%u", g->scope[mine[below(g, count)]].name);
        return;
    }
    const char *names[GENERATE_VARIABLES];
    size_t declared = 0;
    for (size_t i = 0; i < GENERATE_VARIABLES; i++)
        if (variable_types[i] == type) names[declared++] = generate_variables[i].name;
    const struct template *leaf = pick(g, leaves, COUNT(leaves), type);
    if (declared && (!leaf || below(g, 2)))
        buf_puts(g->out, names[below(g, declared)]);
    else
        buf_puts(g->out, leaf ? leaf->text : "null");
}

// The part of a template from '{' on: "{i}", "{i$s#i}". Anything else in braces is text. Returns its end, or NULL.
static const char *make_hole(struct generator *g, const char *at, unsigned first, unsigned second, unsigned depth)
{
    size_t held = g->scoped;
    const char *p = at + 2;
    for (; at[1] && (*p == '$' || *p == '#') && p[1]; p += 2) {
        if (g->scoped == SCOPE_MAX) continue;
        g->scope[g->scoped].name = *p == '$' ? first : second;
        g->scope[g->scoped++].type = p[1];
    }
    if (!at[1] || *p != '}' || at[1] == '#') {
        g->scoped = held;
        return NULL;
    }
    make(g, at[1], depth + 1);
    g->scoped = held;
    return p + 1;
}

static void make_template(struct generator *g, const char *text, unsigned depth)
{
    unsigned first = ++g->names, second = ++g->names;
    for (const char *p = text; *p;) {
        const char *end = *p == '{' ? make_hole(g, p, first, second, depth) : NULL;
        if (end) {
            p = end;
            continue;
        }
        if (*p == '$' || *p == '#')
            buf_printf(g->out, "v%u", *p == '$' ? first : second);
        else
            buf_putc(g->out, *p);
        p++;
    }
}

static void make(struct generator *g, char type, unsigned depth)
{
    static const char all[] = "biudsytpLSDMNOQTacx";
    if (below(g, 60) == 0) type = all[below(g, sizeof all - 1)]; // ill-typed
    if (below(g, 40) == 0 && type != 'r') {
        buf_puts(g->out, "dyn(");
        make(g, type, depth + 1);
        buf_putc(g->out, ')');
        return;
    }
    if (type == 'r') {
        make_pattern(g);
        return;
    }
    const struct template *chosen = pick(g, templates, COUNT(templates), type);
    bool leaf = !chosen || depth >= DEPTH_MAX || g->out->n > 400 || below(g, DEPTH_MAX + 1) < depth;
    if (leaf) {
        make_leaf(g, type);
        return;
    }
    bool infix = chosen->text[0] == '{' || chosen->text[0] == '-' || chosen->text[0] == '!';
    bool atom = !strchr(chosen->text, ' ') && chosen->text[0] == '{';
    bool grouped = infix && !atom && below(g, 8) != 0; // without them precedence decides, for both
    if (grouped) buf_putc(g->out, '(');
    make_template(g, chosen->text, depth);
    if (grouped) buf_putc(g->out, ')');
}

// ---- Values ----

static int64_t draw_int(struct generator *g)
{
    static const int64_t edges[] = {0,
                                    1,
                                    -1,
                                    2,
                                    3,
                                    10,
                                    INT64_MAX,
                                    INT64_MIN,
                                    INT64_MAX - 1,
                                    INT64_C(1) << 53,
                                    (INT64_C(1) << 53) + 1,
                                    INT32_MAX,
                                    INT32_MIN};
    if (below(g, 3)) return edges[below(g, COUNT(edges))];
    return (int64_t)(draw(g) >> below(g, 64)) * (below(g, 2) ? 1 : -1);
}

static double draw_double(struct generator *g)
{
    static const double edges[] = {0.0,
                                   -0.0,
                                   1.0,
                                   -1.0,
                                   0.5,
                                   1.5,
                                   2.5,
                                   1e308,
                                   -1e308,
                                   5e-324,
                                   9223372036854775807.0,
                                   18446744073709551616.0,
                                   9007199254740993.0,
                                   0.1,
                                   1e21,
                                   1e-7,
                                   3.0,
                                   100.0};
    size_t which = below(g, COUNT(edges) + 6);
    if (which < COUNT(edges)) return edges[which];
    if (which == COUNT(edges)) return NAN;
    if (which == COUNT(edges) + 1) return INFINITY;
    if (which == COUNT(edges) + 2) return -INFINITY;
    return (double)(int64_t)draw(g) / (double)((INT64_C(1) << below(g, 62)) + 1);
}

static struct str draw_text(struct generator *g)
{
    static const char *const texts[] = {"",
                                        "a",
                                        "abc",
                                        "aXb",
                                        "b_c",
                                        "\xc3\xb1o",
                                        "\xf0\x9f\x9a\x9a\x61",
                                        "12",
                                        "-7",
                                        "1.5",
                                        "true",
                                        "2024-01-01T00:00:00Z",
                                        "90m",
                                        "10.0.0.1",
                                        "a.b",
                                        "  x ",
                                        "Monterrey",
                                        "e\xcc\x81"};
    return str_of(texts[below(g, COUNT(texts))]);
}

static struct expr_value draw_value(struct generator *g, struct arena *arena, char type, unsigned depth);

static struct expr_value draw_list(struct generator *g, struct arena *arena, char item, unsigned depth)
{
    size_t count = below(g, 4);
    struct expr_value *items = arena_array(arena, struct expr_value, count + 1);
    for (size_t i = 0; items && i < count; i++) items[i] = draw_value(g, arena, item, depth + 1);
    return expr_list_new(arena, items, items ? count : 0);
}

// Keys a, b_c and abc, or 0, 1 and 2.
static struct expr_value draw_map(struct generator *g, struct arena *arena, char key, char value, unsigned depth)
{
    static const char *const keys[] = {"a", "b_c", "abc"};
    struct expr_entry *entries = arena_array(arena, struct expr_entry, 3);
    size_t count = 0;
    for (size_t i = 0; entries && i < 3; i++) {
        if (below(g, 3) == 0) continue;
        entries[count].key = key == 'i' ? EXPR_INT_VALUE((int64_t)i) : EXPR_STRING_VALUE(str_of(keys[i]));
        entries[count++].value = draw_value(g, arena, value, depth + 1);
    }
    return expr_map_new(arena, entries, count);
}

static struct expr_value draw_value(struct generator *g, struct arena *arena, char type, unsigned depth)
{
    static const char any[] = "biudsytpLSM-DNO";
    if (type == 'x') type = any[below(g, depth > 1 ? 8 : sizeof any - 1)];
    switch (type) {
    case 'b':
        return EXPR_BOOL_VALUE(below(g, 2) == 0);
    case 'i':
        return EXPR_INT_VALUE(draw_int(g));
    case 'u':
        return EXPR_UINT_VALUE(below(g, 4) ? (uint64_t)draw_int(g) : UINT64_MAX);
    case 'd':
        return EXPR_DOUBLE_VALUE(draw_double(g));
    case 's':
        return EXPR_STRING_VALUE(draw_text(g));
    case 'z':
        return EXPR_STRING_VALUE(below(g, 2) ? STR("America/Tijuana") : STR("-05:00"));
    case 'y':
        return EXPR_BYTES_VALUE(below(g, 4) ? draw_text(g) : STR("\xff\xc3"));
    case 't': {
        int64_t seconds =
            below(g, 2) ? 1700000000 + (int64_t)below(g, 100000000) : -62135596800 + (int64_t)(draw(g) % 315537897600);
        return (struct expr_value){.kind = EXPR_TIMESTAMP,
                                   .time = {seconds, (int32_t)(below(g, 2) ? 0 : below(g, 1000000000))}};
    }
    case 'p': {
        int64_t seconds = (int64_t)(draw(g) >> (30 + below(g, 34))) % 9000000000;
        int32_t nanos = (int32_t)(below(g, 2) ? 0 : below(g, 1000000000));
        bool negative = below(g, 2);
        return (struct expr_value){.kind = EXPR_DURATION,
                                   .time = {negative ? -seconds : seconds, negative ? -nanos : nanos}};
    }
    case 'L':
        return draw_list(g, arena, 'i', depth);
    case 'S':
        return draw_list(g, arena, 's', depth);
    case 'D':
        return draw_list(g, arena, 'x', depth);
    case 'M':
        return draw_map(g, arena, 's', 'i', depth);
    case 'N':
        return draw_map(g, arena, 'i', 's', depth);
    case 'O':
        return below(g, 3) ? expr_optional_of(arena, EXPR_INT_VALUE(draw_int(g))) : EXPR_OPTIONAL_NONE;
    default:
        return EXPR_NULL_VALUE;
    }
}

bool generate_case(struct arena *arena, uint64_t seed, struct buf *source, struct expr_value values[GENERATE_VARIABLES])
{
    static const char results[] = "bbbbbbiiiudsssytpLSDMNOQTacxxx";
    struct generator g = {.state = seed, .out = source};
    for (size_t i = 0; i < 4; i++) draw(&g);
    buf_clear(source);
    make(&g, results[below(&g, sizeof results - 1)], 0);
    for (size_t i = 0; i < GENERATE_VARIABLES; i++) values[i] = draw_value(&g, arena, variable_types[i], 0);
    return !source->failed && !arena->failed;
}
