// SPDX-License-Identifier: Apache-2.0
#include "expr/zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expr/calendar.h"

// ---- Fixed offsets ----

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Digits at the beginning of *text, at least `least` and at most three; false: there are others.
static bool take_number(struct str *text, size_t least, int *number)
{
    size_t n = 0;
    for (*number = 0; n < 3 && n < text->n && is_digit(text->p[n]); n++) *number = *number * 10 + (text->p[n] - '0');
    *text = str_from(*text, n);
    return n >= least;
}

static bool take_char(struct str *text, char c)
{
    if (text->n == 0 || text->p[0] != c) return false;
    *text = str_from(*text, 1);
    return true;
}

bool zone_fixed(struct str text, int *seconds)
{
    int hours, minutes;
    bool negative = take_char(&text, '-');
    if (!negative) (void)take_char(&text, '+');
    size_t colon = text.n >= 3 ? text.n - 3 : 0;
    if (colon < 1 || colon > 2 || text.p[colon] != ':') return false;
    if (!take_number(&text, 1, &hours) || !take_char(&text, ':') || !take_number(&text, 2, &minutes)) return false;
    *seconds = (hours * 60 + minutes) * (negative ? -60 : 60);
    return text.n == 0 && hours < 24 && minutes < 60;
}

// ---- The rule at the end of a zone file: POSIX's TZ ("CST6CDT,M3.2.0,M11.1.0") ----

struct change {
    char form; // 'M' month.week.day, 'J' day 1 … 365 without the leap day, 0 day 0 … 365
    int month, week, day;
    int seconds; // of local time
};

struct rule {
    int standard, summer; // seconds east
    bool has_summer;
    struct change start, end;
};

static bool take_zone_letters(struct str *text)
{
    size_t n = 0;
    bool quoted = take_char(text, '<');
    while (n < text->n && (quoted ? text->p[n] != '>' : is_letter(text->p[n]))) n++;
    *text = str_from(*text, n);
    return n >= 3 && (!quoted || take_char(text, '>'));
}

// [+-]h[:mm[:ss]]
static bool take_clock(struct str *text, int *seconds)
{
    int hours, minutes = 0, rest = 0;
    bool negative = take_char(text, '-');
    if (!negative) (void)take_char(text, '+');
    if (!take_number(text, 1, &hours)) return false;
    if (take_char(text, ':') && !take_number(text, 2, &minutes)) return false;
    if (take_char(text, ':') && !take_number(text, 2, &rest)) return false;
    *seconds = (hours * 3600 + minutes * 60 + rest) * (negative ? -1 : 1);
    return hours <= 167 && minutes < 60 && rest < 60;
}

static bool take_change(struct str *text, struct change *change)
{
    *change = (struct change){.seconds = 7200};
    if (!take_char(text, ',')) return false;
    if (take_char(text, 'M')) {
        change->form = 'M';
        if (!take_number(text, 1, &change->month) || !take_char(text, '.') || !take_number(text, 1, &change->week) ||
            !take_char(text, '.') || !take_number(text, 1, &change->day))
            return false;
        if (change->month < 1 || change->month > 12 || change->week < 1 || change->week > 5 || change->day > 6)
            return false;
    } else {
        change->form = take_char(text, 'J') ? 'J' : 0;
        if (!take_number(text, 1, &change->day) || change->day > 365 || (change->form == 'J' && change->day < 1))
            return false;
    }
    return !take_char(text, '/') || take_clock(text, &change->seconds);
}

static bool read_rule(struct str text, struct rule *rule)
{
    int west;
    *rule = (struct rule){0};
    if (!take_zone_letters(&text) || !take_clock(&text, &west)) return false;
    rule->standard = -west;
    if (text.n == 0) return true;
    rule->has_summer = true;
    rule->summer = rule->standard + 3600;
    if (!take_zone_letters(&text)) return false;
    if (text.n && text.p[0] != ',') {
        if (!take_clock(&text, &west)) return false;
        rule->summer = -west;
    }
    return take_change(&text, &rule->start) && take_change(&text, &rule->end) && text.n == 0;
}

// The instant of a change in a year, when the clocks before it are `offset` seconds east.
static int64_t change_at(const struct change *change, int64_t year, int offset)
{
    int64_t day = calendar_days(year, 0, 1) + change->day;
    if (change->form == 'J') day += calendar_leap(year) && change->day >= 60 ? 0 : -1;
    if (change->form == 'M') {
        int64_t first = calendar_days(year, change->month - 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7;
        day = first + (change->day - weekday + 7) % 7 + 7 * (change->week - 1);
        if (day >= calendar_days(year, change->month, 1)) day -= 7;
    }
    return day * CALENDAR_DAY + change->seconds - offset;
}

static int rule_offset(const struct rule *rule, int64_t at)
{
    if (!rule->has_summer) return rule->standard;
    int64_t year = calendar_civil(at + rule->standard).year;
    int64_t start = change_at(&rule->start, year, rule->standard), end = change_at(&rule->end, year, rule->summer);
    bool summer = start < end ? at >= start && at < end : at >= start || at < end;
    return summer ? rule->summer : rule->standard;
}

// ---- TZif ----

struct header {
    uint32_t utc, standard, leaps, times, types, letters;
};

static bool take_header(struct cursor *c, struct header *h)
{
    struct str magic = cursor_take(c, 4);
    uint8_t version = cursor_u8(c);
    (void)cursor_take(c, 15);
    h->utc = cursor_be32(c);
    h->standard = cursor_be32(c);
    h->leaps = cursor_be32(c);
    h->times = cursor_be32(c);
    h->types = cursor_be32(c);
    h->letters = cursor_be32(c);
    return !c->failed && str_is(magic, "TZif") && version >= '2' && h->types >= 1 && h->types <= 256;
}

// Bytes of a block whose times have `width` bytes.
static uint64_t block_size(const struct header *h, uint64_t width)
{
    return (width + 1) * h->times + 6 * (uint64_t)h->types + h->letters + (width + 4) * (uint64_t)h->leaps +
           h->standard + h->utc;
}

static bool skip(struct cursor *c, uint64_t n)
{
    if (n > cursor_left(c)) return false;
    (void)cursor_take(c, (size_t)n);
    return true;
}

static int64_t be64_at(struct str bytes, size_t i)
{
    struct cursor c = cursor_of(str_from(bytes, 8 * i));
    return (int64_t)cursor_be64(&c);
}

// How many transitions there are up to the instant.
static size_t transitions_until(struct str times, size_t count, int64_t at)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (be64_at(times, middle) <= at)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

bool zone_read(struct str tzif, int64_t at, int *seconds)
{
    struct cursor c = cursor_of(tzif);
    struct header h;
    struct rule rule;
    // The first block is for readers of 32 bits.
    if (!take_header(&c, &h) || !skip(&c, block_size(&h, 4)) || !take_header(&c, &h)) return false;
    if (block_size(&h, 8) > cursor_left(&c)) return false;
    struct str times = cursor_take(&c, (size_t)h.times * 8), indexes = cursor_take(&c, h.times);
    struct str types = cursor_take(&c, (size_t)h.types * 6);
    if (!skip(&c, block_size(&h, 8) - 9 * (uint64_t)h.times - 6 * (uint64_t)h.types)) return false;
    struct str footer, rest = cursor_take(&c, cursor_left(&c));
    if (!take_char(&rest, '\n')) return false;
    footer = str_cut(rest, '\n', &rest);
    if (!rest.p) return false;
    size_t until = transitions_until(times, h.times, at);
    if (until == h.times && footer.n) {
        if (!read_rule(footer, &rule)) return false;
        *seconds = rule_offset(&rule, at);
        return true;
    }
    size_t type = until ? (uint8_t)indexes.p[until - 1] : 0;
    if (type >= h.types) return false;
    struct cursor of_type = cursor_of(str_from(types, 6 * type));
    *seconds = (int32_t)cursor_be32(&of_type);
    return *seconds > -26 * 3600 && *seconds < 26 * 3600;
}

// ---- The system's files ----

// Letters, digits and _+- in parts that begin with a letter: nothing that leads out of the folder. What lies beside the
// zones there (with leap seconds, the machine's own) is none.
static bool is_zone_name(struct str name)
{
    static const char *const others[] = {"posix/", "right/", "posixrules", "localtime", "Factory"};
    if (name.n == 0 || name.n > ZONE_NAME_LEN_MAX) return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool first = i == 0 || name.p[i - 1] == '/';
        if (!is_letter(c) && (first || (!is_digit(c) && c != '_' && c != '+' && c != '-' && c != '/'))) return false;
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (str_starts(name, others[i])) return false;
    return name.p[name.n - 1] != '/';
}

static size_t read_file(const char *path, char *bytes, size_t room)
{
    struct stat st;
    size_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return 0;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        ssize_t got;
        while (n < room && (got = read(fd, bytes + n, room - n)) > 0) n += (size_t)got;
    }
    close(fd);
    return n;
}

bool zone_named(struct str name, int64_t at, int *seconds)
{
    char path[sizeof ZONE_FOLDER + 1 + ZONE_NAME_LEN_MAX + 1], bytes[ZONE_BYTES_MAX];
    if (!is_zone_name(name)) return false;
    snprintf(path, sizeof path, ZONE_FOLDER "/%.*s", STR_ARG(name));
    size_t n = read_file(path, bytes, sizeof bytes);
    return n > 0 && zone_read((struct str){bytes, n}, at, seconds);
}
