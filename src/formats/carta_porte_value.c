// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte_parts.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

// A template: '0' a digit, 'h' a hexadecimal digit, anything else itself.
static bool fits(struct str v, const char *template)
{
    if (v.n != strlen(template)) return false;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        bool digit = c >= '0' && c <= '9', hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (template[i] == '0' ? !digit : template[i] == 'h' ? !hex : c != template[i]) return false;
    }
    return true;
}

static size_t points(struct str v)
{
    size_t n = 0;
    for (size_t i = 0; i < v.n; i++) n += ((unsigned char)v.p[i] & 0xc0) != 0x80;
    return n;
}

static bool digits_fit(struct str v, int min, int max)
{
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9') return false;
    }
    return v.n >= (size_t)min && v.n <= (size_t)max;
}

// xs:decimal over zero, at most `decimals` of them; 15 digits are exact in a double.
bool carta_number_read(struct str v, int decimals, double *out)
{
    struct str fraction, whole = str_cut(v, '.', &fraction);
    char copy[40];
    if (whole.n + fraction.n == 0 || !digits_fit(whole, 0, 12) || !digits_fit(fraction, 0, decimals)) return false;
    if (fraction.n > 16) return false;
    snprintf(copy, sizeof copy, "%.*s", STR_ARG(v));
    *out = strtod(copy, NULL);
    return *out > 0;
}

bool carta_moment_read(struct str v, int64_t *face_ms)
{
    if (!fits(v, "0000-00-00T00:00:00")) return false;
    char utc[24];
    snprintf(utc, sizeof utc, "%.19sZ", v.p);
    return str_starts(v, "20") && time_parse_ms(str_of(utc), face_ms);
}

// SAT tdCFDI t_RFC: three or four letters (& and Ñ too), a date, two characters and a check character.
static bool rfc_fits(struct str v)
{
    size_t letters = 0, at = 0;
    while (at < v.n && letters < 4) {
        bool enye = at + 1 < v.n && (unsigned char)v.p[at] == 0xc3 && (unsigned char)v.p[at + 1] == 0x91;
        if (!enye && v.p[at] != '&' && (v.p[at] < 'A' || v.p[at] > 'Z')) break;
        at += enye ? 2 : 1;
        letters++;
    }
    struct str rest = str_from(v, at);
    if (letters < 3 || rest.n != 9 || !fits((struct str){rest.p, 6}, "000000")) return false;
    int month = (rest.p[2] - '0') * 10 + rest.p[3] - '0', day = (rest.p[4] - '0') * 10 + rest.p[5] - '0';
    for (size_t i = 6; i < 9; i++) {
        bool digit = rest.p[i] >= '0' && rest.p[i] <= '9', upper = rest.p[i] >= 'A' && rest.p[i] <= 'Z';
        if (!digit && !(i < 8 ? upper : rest.p[i] == 'A')) return false;
    }
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool plate_fits(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        if (memchr("(?!.*)- \t\r\n", v.p[i], 11)) return false;
    }
    return points(v) >= 5 && points(v) <= 7;
}

bool carta_choice_fits(struct str v, const char *const *choices)
{
    while (*choices && !str_is(v, *choices)) choices++;
    return *choices != NULL;
}

static bool text_fits(struct str v, int min, int max)
{
    return points(v) >= (size_t)min && points(v) <= (size_t)max && !(v.n && memchr(v.p, '|', v.n));
}

static bool country_fits(struct str v)
{
    return v.n == 3 && v.p[0] >= 'A' && v.p[0] <= 'Z' && v.p[1] >= 'A' && v.p[1] <= 'Z' && v.p[2] >= 'A' &&
           v.p[2] <= 'Z';
}

bool carta_value_fits(const struct carta_attribute_rule *rule, struct str v)
{
    double number;
    int64_t ms;
    uint64_t count;
    switch (rule->kind) {
    case CARTA_TEXT:
        return text_fits(v, rule->min, rule->max);
    case CARTA_DIGITS:
        return digits_fit(v, rule->min, rule->max);
    case CARTA_NUMBER:
        return carta_number_read(v, rule->max, &number);
    case CARTA_COUNT:
        return str_decimal(v, INT32_MAX, &count) && count >= 1;
    case CARTA_CHOICE:
        return carta_choice_fits(v, rule->choices);
    case CARTA_IDCCP:
        return fits(v, "CCChhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");
    case CARTA_UUID:
        return fits(v, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");
    case CARTA_PEDIMENTO:
        return fits(v, "00  00  0000  0000000");
    case CARTA_MOMENT:
        return carta_moment_read(v, &ms);
    case CARTA_DAY:
        return fits(v, "0000-00-00");
    case CARTA_PLATE:
        return plate_fits(v);
    case CARTA_RFC:
        return rfc_fits(v);
    case CARTA_COUNTRY:
        return country_fits(v);
    case CARTA_SITE:
        return fits(v, "OR000000") || fits(v, "DE000000");
    }
    return false;
}

const char *carta_kind_text(enum carta_kind kind)
{
    static const char *const texts[] = {
        [CARTA_TEXT] = "a text of the allowed length, without |",
        [CARTA_DIGITS] = "digits, as many as the catalogue's codes have",
        [CARTA_NUMBER] = "a number over zero with no more decimals than allowed",
        [CARTA_COUNT] = "a whole number from 1",
        [CARTA_CHOICE] = "one of the values of its catalogue",
        [CARTA_IDCCP] = "CCC and the rest of a UUID",
        [CARTA_UUID] = "a UUID",
        [CARTA_PEDIMENTO] = "a pedimento: 2, 2, 4 and 7 digits with two spaces between",
        [CARTA_MOMENT] = "a date and time such as 2026-03-10T05:30:00",
        [CARTA_DAY] = "a date",
        [CARTA_PLATE] = "a plate: 5 to 7 characters, no spaces or hyphens",
        [CARTA_RFC] = "an RFC",
        [CARTA_COUNTRY] = "a country code of three letters",
        [CARTA_SITE] = "OR or DE and six digits",
    };
    return texts[kind];
}
