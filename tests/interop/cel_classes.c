// SPDX-License-Identifier: Apache-2.0
#include "cel_classes.h"

#include <stdio.h>
#include <stdlib.h>

static bool has(struct str text, const char *part)
{
    return text.n && memmem(text.p, text.n, part, strlen(part));
}

static bool value(struct str said)
{
    return str_starts(said, "value ");
}

static bool error(struct str said)
{
    return str_starts(said, "error ");
}

static bool refused(struct str said)
{
    return str_starts(said, "refused ");
}

static bool literals_validated(const struct cel_difference *d)
{
    return refused(d->theirs) && !refused(d->ours) &&
           (has(d->theirs, "invalid ip argument") || has(d->theirs, "invalid cidr argument") ||
            has(d->theirs, "error during formatting"));
}

static bool free_type_bound(const struct cel_difference *d)
{
    bool free = has(d->source, "{}") || has(d->source, "[]") || has(d->source, "optional.none()") ||
                has(d->source, "[?") || has(d->source, "null[") ||
                (has(d->source, "dyn(") && (has(d->source, ".opt") || has(d->source, "alue(")));
    if (refused(d->ours)) return !refused(d->theirs) && free && has(d->ours, "found no matching overload");
    if (refused(d->theirs))
        return !refused(d->ours) && free &&
               (has(d->theirs, "found no matching overload") || has(d->theirs, "cannot be range of a comprehension") ||
                has(d->theirs, "does not support field selection") || has(d->theirs, "expected type "));
    return value(d->ours) && has(d->theirs, "error no such overload") && has(d->source, "dyn(") &&
           (has(d->source, "value()") || has(d->source, "orValue(") || has(d->source, ".opt"));
}

static bool key_kind(const struct cel_difference *d)
{
    return has(d->ours, "error unsupported key type");
}

static bool repeated_key(const struct cel_difference *d)
{
    return has(d->ours, "error Failed with repeated key");
}

static bool duration_range(const struct cel_difference *d)
{
    return value(d->ours) && has(d->theirs, "error integer overflow") &&
           (has(d->source, "duration(") || has(d->source, "p ") || has(d->source, "p)") || has(d->source, "t -") ||
            has(d->source, "x"));
}

static bool duration_negated(const struct cel_difference *d)
{
    return has(d->ours, "error no such overload: -_(google.protobuf.Duration)");
}

static bool rfc_3339(const struct cel_difference *d)
{
    return !refused(d->ours) &&
           has(d->theirs, "error type conversion error from 'string' to 'google.protobuf.Timestamp'") &&
           (has(d->source, "23:59:60Z") || has(d->source, ".lowerAscii()"));
}

static int by_byte(const void *a, const void *b)
{
    return *(const char *)a - *(const char *)b;
}

// The same bytes in another order: the items of what was made from a map.
static bool map_order(const struct cel_difference *d)
{
    char ours[4096], theirs[4096];
    size_t n = d->ours.n;
    if (!value(d->ours) || !value(d->theirs) || n != d->theirs.n || n > sizeof ours) return false;
    memcpy(ours, d->ours.p, n);
    memcpy(theirs, d->theirs.p, n);
    qsort(ours, n, 1, by_byte);
    qsort(theirs, n, 1, by_byte);
    return memcmp(ours, theirs, n) == 0 &&
           (has(d->source, ".map(") || has(d->source, ".filter(") || has(d->source, ".transformList("));
}

// The same, where the order went into a value: what is folded is a map.
static bool map_order_used(const struct cel_difference *d)
{
    static const char *const maps[] = {"m.map(", "n.map(",           "m.transformList(", "n.transformList(",
                                       "}.map(", "}.transformList(", ")).map(",          ")).transformList(",
                                       "x.map("};
    bool folded = false;
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) folded = folded || has(d->source, maps[i]);
    return value(d->ours) && value(d->theirs) && folded;
}

static bool null_joined(const struct cel_difference *d)
{
    if (refused(d->theirs))
        return !refused(d->ours) && has(d->source, "null") &&
               (has(d->theirs, "type 'null' does not") || has(d->theirs, "but found 'null'"));
    return has(d->ours, "refused found no matching overload") && !refused(d->theirs) && has(d->source, "null");
}

static bool none_indexed(const struct cel_difference *d)
{
    if (str_is(d->ours, "value O()") || str_is(d->ours, "value T\"optional_type\""))
        return has(d->theirs, "error no such key: a") && has(d->source, "]");
    return error(d->ours) && value(d->theirs) &&
           (has(d->source, "x[") || has(d->source, "o[") || has(d->source, ")[") || has(d->source, "[?") ||
            has(d->source, ".?"));
}

static bool zero_time(const struct cel_difference *d)
{
    return value(d->ours) && value(d->theirs) && has(d->source, "ofNonZeroValue(") &&
           (has(d->ours, "t-62135596800") || has(d->theirs, "O(t0)"));
}

// A repeated key is an error of one side of && or ||, beside which the other side's error shows.
static bool repeated_key_absorbed(const struct cel_difference *d)
{
    return error(d->ours) && value(d->theirs) && (has(d->source, "&&") || has(d->source, "||")) &&
           (has(d->source, "({v") || has(d->source, ", s:") || has(d->source, ", i:") || has(d->source, ", j:"));
}

static bool duration_milliseconds(const struct cel_difference *d)
{
    return !refused(d->ours) && !refused(d->theirs) && has(d->source, ".getMilliseconds()");
}

static bool digits(struct str hex)
{
    if (hex.n % 2) return false;
    for (size_t i = 0; i < hex.n; i += 2)
        if (hex.p[i] != '3' && memcmp(hex.p + i, "2e", 2) != 0) return false;
    return true;
}

// What differs is digits of one text.
static bool duration_text(const struct cel_difference *d)
{
    struct str a = d->ours, b = d->theirs;
    if (!value(a) || !value(b) || !(has(d->source, "string(") || has(d->source, "%s"))) return false;
    size_t same = 0, quote = 0; // hex digits stand in pairs from the last quote on
    for (; same < a.n && same < b.n && a.p[same] == b.p[same]; same++)
        if (a.p[same] == '"') quote = same + 1;
    same -= (same - quote) % 2;
    a = str_from(a, same);
    b = str_from(b, same);
    while (a.n && b.n && a.p[a.n - 1] == b.p[b.n - 1]) a.n--, b.n--;
    a.n += a.n % 2;
    b.n += b.n % 2;
    return digits(a) && digits(b);
}

// -315359999.999999998 s as a double of seconds is -315360000.
static bool duration_rounded(const struct cel_difference *d)
{
    return value(d->ours) && value(d->theirs) &&
           (has(d->source, ".getSeconds()") || has(d->source, ".getMinutes()") || has(d->source, ".getHours()"));
}

static bool last_index_at_end(const struct cel_difference *d)
{
    return !refused(d->ours) && !refused(d->theirs) && has(d->source, ".lastIndexOf(");
}

static bool undefined_type(const struct cel_difference *d)
{
    return !refused(d->ours) && has(d->theirs, "error reference to undefined type: v");
}

static bool judge_fault(const struct cel_difference *d)
{
    return has(d->theirs, "internal error: runtime error") || str_starts(d->theirs, "panic ");
}

static bool group_names(const struct cel_difference *d)
{
    return has(d->ours, "error bad pattern: duplicate capture group name");
}

static bool optional_or(const struct cel_difference *d)
{
    return has(d->ours, "error no such overload: or") && value(d->theirs);
}

static bool index_range(const struct cel_difference *d)
{
    return value(d->theirs) && error(d->ours) && has(d->source, "ndexOf(");
}

static bool index_kind(const struct cel_difference *d)
{
    return value(d->ours) &&
           (has(d->theirs, "error invalid qualifier type: ") || has(d->theirs, "error unsupported index value "));
}

static bool bytes_format(const struct cel_difference *d)
{
    return value(d->theirs) && has(d->ours, "invalid UTF-8 in bytes") && has(d->source, "%s");
}

static bool timestamp_offset(const struct cel_difference *d)
{
    return !refused(d->ours) && value(d->theirs) && has(d->source, "99-06:00") &&
           (has(d->source, "string(") || has(d->source, "%s"));
}

static bool base64_stray_bits(const struct cel_difference *d)
{
    return error(d->ours) && value(d->theirs) && has(d->source, "base64.decode(");
}

static bool nan_compared(const struct cel_difference *d)
{
    bool ordered = has(d->ours, "error no such overload: _<") || has(d->ours, "error no such overload: _>");
    return value(d->theirs) && ordered && has(d->ours, "double");
}

// 2^63 and 2^64, as literals, bound or made, are beside the largest int and uint; -2^63 is the least int.
static bool nearest_double(const struct cel_difference *d)
{
    bool edge = has(d->bindings, "d43e0000000000000") || has(d->bindings, "dc3e0000000000000") ||
                has(d->bindings, "d43f0000000000000") || has(d->bindings, "d4340000000000000") ||
                (has(d->source, "double(") && has(d->bindings, "=i-9223372036854775808")) ||
                has(d->source, "9223372036854775807.0") || has(d->source, "9223372036854775808.0") ||
                has(d->source, "18446744073709551616.0") || has(d->source, "9007199254740992.0");
    bool compared = has(d->source, " in ") || has(d->source, "==") || has(d->source, "!=");
    return !refused(d->ours) && !refused(d->theirs) && edge && compared;
}

static bool no_time_zone(const struct cel_difference *d)
{
    return value(d->theirs) && str_is(d->ours, "error unknown time zone ");
}

// Where the text of a duration went into more than one answer, or only its length.
static bool duration_text_used(const struct cel_difference *d)
{
    static const char *const durations[] = {"(p", "p)", "duration(", "t - ", " - t", ") - ("};
    bool made = has(d->bindings, "x=p") || has(d->bindings, "[p") || has(d->bindings, ",p") || has(d->bindings, ":p");
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) made = made || has(d->source, durations[i]);
    bool both = !refused(d->ours) && !refused(d->theirs) && (value(d->ours) || value(d->theirs));
    return both && made && (has(d->source, "string(") || has(d->source, "%s"));
}

static const struct {
    const char *name;
    bool (*holds)(const struct cel_difference *d);
} classes[] = {
    {"literals-validated", literals_validated},
    {"free-type-bound", free_type_bound},
    {"key-kind", key_kind},
    {"repeated-key", repeated_key},
    {"repeated-key-absorbed", repeated_key_absorbed},
    {"zero-time", zero_time},
    {"duration-range", duration_range},
    {"duration-milliseconds", duration_milliseconds},
    {"duration-text", duration_text},
    {"timestamp-offset", timestamp_offset},
    {"base64-stray-bits", base64_stray_bits},
    {"index-range", index_range},
    {"index-kind", index_kind},
    {"bytes-format", bytes_format},
    {"duration-negated", duration_negated},
    {"rfc-3339", rfc_3339},
    {"map-order", map_order},
    {"map-order-used", map_order_used},
    {"null-joined", null_joined},
    {"none-indexed", none_indexed},
    {"duration-rounded", duration_rounded},
    {"undefined-type", undefined_type},
    {"optional-or", optional_or},
    {"last-index-at-end", last_index_at_end},
    {"judge-fault", judge_fault},
    {"group-names", group_names},
    {"nan-compared", nan_compared},
    {"nearest-double", nearest_double},
    {"no-time-zone", no_time_zone},
    {"duration-text-used", duration_text_used},
};

#define COUNT (sizeof classes / sizeof classes[0])

size_t cel_class_of(const struct cel_difference *difference)
{
    for (size_t i = 0; i < COUNT; i++)
        if (classes[i].holds(difference)) return i;
    return CEL_CLASSES_MAX;
}

const char *cel_class_name(size_t class)
{
    return class < COUNT ? classes[class].name : "";
}

static size_t class_named(struct str name)
{
    size_t i = 0;
    while (i < COUNT && !str_is(name, classes[i].name)) i++;
    return i;
}

bool cel_classes_described(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return false;
    }
    bool seen[COUNT + 1] = {false}, good = true;
    char *line = NULL;
    size_t room = 0;
    for (ssize_t n; (n = getline(&line, &room, file)) > 0;) {
        struct str text = str_trim((struct str){line, (size_t)n});
        if (!str_starts(text, "## ")) continue;
        size_t class = class_named(str_from(text, 3));
        if (class == COUNT) printf("%s: there is no class %.*s\n", path, STR_ARG(str_from(text, 3)));
        good = good && class < COUNT;
        seen[class] = true;
    }
    for (size_t i = 0; i < COUNT; i++) {
        if (!seen[i]) printf("%s: the class %s is not described\n", path, classes[i].name);
        good = good && seen[i];
    }
    free(line);
    fclose(file);
    return good;
}
