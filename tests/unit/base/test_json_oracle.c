// SPDX-License-Identifier: Apache-2.0
// The reader against another implementation, jansson, on generated documents and on the same with bytes changed.
#include "base/json.h"

#include "base/random.h"
#include "jansson_oracle.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint64_t below(uint64_t n)
{
    return random_below(n);
}

static void put_space(struct buf *out)
{
    for (uint64_t n = below(4) == 0 ? below(3) : 0; n; n--) buf_putc(out, " \t\r\n"[below(4)]);
}

static void put_string(struct buf *out)
{
    static const char *const pieces[] = {
        "a",   "plate",   "8-NLD-42",         "\\n",          "\\u00e9", "\\ud83d\\ude00", "\xC3\xB1", "\\\"", "\\\\",
        "\\/", "\\u0041", "\xF0\x9F\x98\x80", "\xE2\x82\xAC", "0",       "\\u001f",        "\x7F",     " ",    "\\t"};
    buf_putc(out, '"');
    for (uint64_t n = below(6); n; n--) buf_puts(out, pieces[below(sizeof pieces / sizeof *pieces)]);
    buf_putc(out, '"');
}

static void put_number(struct buf *out)
{
    static const char *const odd[] = {"0",    "-0",   "1e308", "-1.5E-7", "5e-324", "0.1", "9007199254740993",
                                      "1E+2", "1e22", "1e23"};
    if (below(3) == 0) {
        buf_puts(out, odd[below(sizeof odd / sizeof *odd)]);
        return;
    }
    if (below(2)) buf_putc(out, '-');
    buf_u64(out, below(below(2) ? 100 : 1000000000000000000));
    if (below(2)) buf_printf(out, ".%0*llu", (int)below(20) + 1, (unsigned long long)below(1000000));
    if (below(4) == 0) buf_printf(out, "e%s%llu", below(2) ? "-" : "", (unsigned long long)below(290));
}

static void put_value(struct buf *out, int depth)
{
    uint64_t type = below(depth > 5 ? 5 : 8);
    put_space(out);
    if (type == 0) {
        buf_puts(out, below(2) ? "true" : below(2) ? "false" : "null");
    } else if (type < 3) {
        put_number(out);
    } else if (type < 5) {
        put_string(out);
    } else {
        bool object = type > 5;
        buf_putc(out, object ? '{' : '[');
        for (uint64_t n = below(20) == 0 ? 30 : below(5), i = 0; i < n; i++) {
            if (i) buf_putc(out, ',');
            put_space(out);
            if (object) {
                put_string(out);
                put_space(out);
                buf_putc(out, ':');
            }
            put_value(out, depth + 1);
        }
        put_space(out);
        buf_putc(out, object ? '}' : ']');
    }
    put_space(out);
}

static void change_bytes(struct buf *b)
{
    static const char telling[] = "\"\\{}[],:0-+.eEu \n\xC3\x80\xED\xFF";
    for (uint64_t n = below(3) + 1; n && b->n; n--) {
        size_t at = (size_t)below(b->n);
        switch (below(4)) {
        case 0:
            b->p[at] = (char)(b->p[at] ^ (1 << below(8)));
            break;
        case 1:
            b->p[at] = telling[below(sizeof telling)];
            break;
        case 2:
            memmove(b->p + at, b->p + at + 1, b->n - at - 1);
            b->n--;
            break;
        default:
            b->n -= below(4) == 0 ? (size_t)below(b->n) : 0;
        }
    }
}

static void dump_text(struct str text, struct buf *out)
{
    buf_printf(out, "s%zu:", text.n);
    buf_str_add(out, text);
}

static void dump_value(const struct json *value, struct buf *out)
{
    uint64_t bits;
    switch (value->type) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        buf_putc(out, value->type == JSON_OBJECT ? '{' : '[');
        json_each(item, value)
        {
            if (value->type == JSON_OBJECT) dump_text(item->name, out);
            dump_value(item, out);
        }
        buf_putc(out, value->type == JSON_OBJECT ? '}' : ']');
        break;
    case JSON_STRING:
        dump_text(value->text, out);
        break;
    case JSON_NUMBER:
        memcpy(&bits, &value->number, sizeof bits);
        buf_printf(out, "d%016llx", (unsigned long long)bits);
        break;
    default:
        buf_putc(out, value->type == JSON_NULL ? 'n' : value->boolean ? 't' : 'f');
    }
}

// What only one of the two refuses: by us, RFC 7493's noncharacters and more than 64 levels; by jansson, names with a
// NUL. A NUL after the document is an end to jansson and a stray byte to us.
static bool may_differ(bool ours, struct str text, const struct why *why, const char *reason)
{
    if (!ours && memchr(text.p, 0, text.n)) return true;
    if (!ours) return strstr(why->text, "noncharacter") || strstr(why->text, "too deeply");
    return strstr(reason, "NUL byte in object key") != NULL;
}

struct tally {
    size_t both, neither;
};

static void compare(struct str text, struct buf *a, struct buf *b, struct tally *tally)
{
    struct arena arena = ARENA((size_t)16 << 20);
    struct why why = {0};
    char reason[160] = "";
    buf_clear(a);
    buf_clear(b);
    struct json *value = json_parse(&arena, text, &why);
    bool theirs = oracle_read(text, b, reason);
    if (!value != !theirs) {
        if (!may_differ(value != NULL, text, &why, reason))
            fail_msg("ours: %s at %zu; jansson: %s; on %.*s", value ? "accepted" : why.text, why.offset,
                     theirs ? "accepted" : reason, STR_ARG(text));
    } else if (value) {
        dump_value(value, a);
        if (!str_eq(buf_str(a), buf_str(b)))
            fail_msg("ours %.*s, jansson %.*s, on %.*s", STR_ARG(buf_str(a)), STR_ARG(buf_str(b)), STR_ARG(text));
        tally->both++;
    } else {
        tally->neither++;
    }
    arena_free(&arena);
}

static void agrees_with_jansson_on_generated_and_changed_documents(void **state)
{
    (void)state;
    if (!oracle_open()) {
        print_message("left out: libjansson.so.4 is not here\n");
        skip();
    }
    struct buf text = BUF(1 << 20), a = BUF(1 << 22), b = BUF(1 << 22);
    struct tally tally = {0, 0};
    random_seed(7493);
    for (int i = 0; i < 12000; i++) {
        buf_clear(&text);
        put_value(&text, 0);
        struct buf copy = BUF(1 << 20);
        buf_str_add(&copy, buf_str(&text));
        compare(buf_str(&text), &a, &b, &tally);
        for (int k = 0; k < 4; k++) {
            change_bytes(&copy);
            compare(buf_str(&copy), &a, &b, &tally);
        }
        buf_free(&copy);
    }
    // Both outcomes were really tried.
    assert_true(tally.both > 10000 && tally.neither > 5000);
    buf_free(&text);
    buf_free(&a);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_jansson_on_generated_and_changed_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
