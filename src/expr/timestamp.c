// SPDX-License-Identifier: Apache-2.0
// Timestamp: the text of timestamps and durations, to the nanosecond.
#include "base/clock.h"
#include "expr/program.h"
#include "expr/value.h"

#include <stdio.h>

#define SECOND_NS 1000000000
#define FIRST_SECOND INT64_C(-62135596800)
#define LAST_SECOND INT64_C(253402300799)
#define SPAN_MAX_S INT64_C(315576000000)

static struct expr_value bad_text(struct arena *arena, const char *what, struct str text)
{
    struct expr_fault *fault = arena_new(arena, struct expr_fault);
    struct str shown = text.n > 64 ? (struct str){text.p, 64} : text;
    if (fault) fault->text = arena_printf(arena, "%s: '%.*s'", what, STR_ARG(shown));
    return fault && fault->text.p ? (struct expr_value){.kind = EXPR_ERROR, .fault = fault} : program_no_memory();
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// The digits beyond the microsecond, which base/clock.h cuts off.
static int32_t nanos_beyond(struct str text)
{
    const char *dot = text.n ? memchr(text.p, '.', text.n) : NULL;
    if (!dot) return 0;
    struct str rest = str_from(text, (size_t)(dot - text.p) + 1);
    int32_t value = 0;
    for (size_t i = 0; i < 9; i++) {
        int32_t digit = i < rest.n && is_digit(rest.p[i]) ? rest.p[i] - '0' : -1;
        if (digit < 0) rest.n = i;
        if (i >= 6) value = value * 10 + (digit < 0 ? 0 : digit);
    }
    return value;
}

struct expr_value expr_timestamp_parse(struct arena *arena, struct str text)
{
    int64_t us;
    if (!time_parse_us(text, &us)) return bad_text(arena, "range or form of a timestamp", text);
    int64_t seconds = us / 1000000 - (us % 1000000 < 0);
    int32_t nanos = (int32_t)(us - seconds * 1000000) * 1000 + nanos_beyond(text);
    return (struct expr_value){.kind = EXPR_TIMESTAMP, .time = {seconds, nanos}};
}

// One of Go's units ("h", "m", "s", "ms", "us", "µs", "ns") off the front, in nanoseconds; 0: none.
static int64_t take_unit(struct str *s)
{
    static const struct {
        const char *name;
        int64_t nanos;
    } units[] = {
        {"ns", 1},
        {"us", 1000},
        {"\xc2\xb5s", 1000}, // U+00B5
        {"\xce\xbcs", 1000}, // U+03BC
        {"ms", 1000000},
        {"s", SECOND_NS},
        {"m", INT64_C(60) * SECOND_NS},
        {"h", INT64_C(3600) * SECOND_NS},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!str_starts(*s, units[i].name)) continue;
        *s = str_from(*s, strlen(units[i].name));
        return units[i].nanos;
    }
    return 0;
}

__extension__ typedef __int128 nanoseconds;

// "1.5h" off the front, added to *sum, which stays small enough for any number of them.
static bool take_part(struct str *s, nanoseconds *sum)
{
    const nanoseconds most = (nanoseconds)SPAN_MAX_S * SECOND_NS * 16;
    nanoseconds whole = 0, fraction = 0, scale = 1;
    size_t digits = 0;
    for (; s->n && is_digit(s->p[0]); *s = str_from(*s, 1), digits++)
        if (whole < most) whole = whole * 10 + (s->p[0] - '0');
    if (s->n && s->p[0] == '.') {
        for (*s = str_from(*s, 1); s->n && is_digit(s->p[0]); *s = str_from(*s, 1), digits++) {
            if (scale >= INT64_C(1000000000000000000)) continue;
            fraction = fraction * 10 + (s->p[0] - '0');
            scale *= 10;
        }
    }
    int64_t unit = digits ? take_unit(s) : 0;
    if (!unit) return false;
    *sum += whole * unit + fraction * unit / scale;
    if (*sum > most) *sum = most;
    return true;
}

struct expr_value expr_duration_parse(struct arena *arena, struct str text)
{
    struct str rest = text;
    nanoseconds sum = 0;
    bool minus = rest.n && rest.p[0] == '-';
    if (minus || (rest.n && rest.p[0] == '+')) rest = str_from(rest, 1);
    if (rest.n == 0) return bad_text(arena, "form of a duration", text);
    if (str_is(rest, "0")) rest.n = 0;
    while (rest.n)
        if (!take_part(&rest, &sum)) return bad_text(arena, "form of a duration", text);
    if (sum > (nanoseconds)SPAN_MAX_S * SECOND_NS) return bad_text(arena, "range of a duration", text);
    if (minus) sum = -sum;
    return (struct expr_value){.kind = EXPR_DURATION, .time = {(int64_t)(sum / SECOND_NS), (int32_t)(sum % SECOND_NS)}};
}

// ".5", without trailing zeros; "" for 0.
static void put_fraction(uint32_t nanos, char out[16])
{
    int n = snprintf(out, 16, ".%09u", nanos);
    while (n > 0 && out[n - 1] == '0') n--;
    if (n == 1) n = 0;
    out[n] = 0;
}

struct str expr_timestamp_text(struct arena *arena, struct expr_time time)
{
    char whole[TIME_TEXT_ROOM], fraction[16];
    if (time.seconds < FIRST_SECOND || time.seconds > LAST_SECOND) return STR_NONE;
    time_text_ms(time.seconds * 1000, whole);
    put_fraction((uint32_t)time.nanos, fraction);
    return arena_printf(arena, "%.19s%sZ", whole, fraction);
}

struct str expr_duration_text(struct arena *arena, struct expr_time time)
{
    bool minus = time.seconds < 0 || time.nanos < 0;
    uint64_t seconds = minus ? (uint64_t)0 - (uint64_t)time.seconds : (uint64_t)time.seconds;
    char fraction[16];
    put_fraction((uint32_t)(time.nanos < 0 ? -time.nanos : time.nanos), fraction);
    return arena_printf(arena, "%s%llu%ss", minus ? "-" : "", (unsigned long long)seconds, fraction);
}
