// SPDX-License-Identifier: Apache-2.0
// What a command was given, and what it says.
#include "base/text.h"
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *cli_value(const struct cli *cli, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < cli->ngiven; i++)
        if (!strcmp(cli->given[i].name, name)) value = cli->given[i].value;
    return value;
}

bool cli_flag(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->ngiven; i++)
        if (!strcmp(cli->given[i].name, name)) return true;
    return false;
}

const char *cli_value_at(const struct cli *cli, const char *name, size_t at)
{
    for (size_t i = 0; i < cli->ngiven; i++)
        if (!strcmp(cli->given[i].name, name) && at-- == 0) return cli->given[i].value;
    return NULL;
}

enum err cli_number(struct cli *cli, const char *name, int64_t min, int64_t max, int64_t fallback, int64_t *out)
{
    const char *text = cli_value(cli, name);
    uint64_t value;
    *out = fallback;
    if (!text) return ERR_NONE;
    if (!str_decimal(str_of(text), (uint64_t)max, &value) || (int64_t)value < min)
        return why_set(&cli->why, ERR_USAGE, name, "--%s is a number from %lld to %lld", name, (long long)min,
                       (long long)max);
    *out = (int64_t)value;
    return ERR_NONE;
}

void cli_say_json(struct cli *cli, const struct json *value)
{
    if (!cli->json) return;
    cli->said_json = true;
    struct buf text = BUF((size_t)64 << 20);
    json_pretty(value, &text);
    printf("%.*s\n", STR_ARG(buf_str(&text)));
    buf_free(&text);
}

void cli_say(const struct cli *cli, const char *format, ...)
{
    if (cli->json) return;
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void cli_say_members(const struct cli *cli, const struct json *object)
{
    if (cli->json) return;
    json_each(item, object)
    {
        if (item->type == JSON_STRING) printf("  %-12.*s %.*s\n", STR_ARG(item->name), STR_ARG(item->text));
        if (item->type == JSON_NUMBER) printf("  %-12.*s %.17g\n", STR_ARG(item->name), item->number);
        if (item->type == JSON_BOOL) printf("  %-12.*s %s\n", STR_ARG(item->name), item->boolean ? "yes" : "no");
    }
}

void cli_progress(const struct cli *cli, const char *format, ...)
{
    if (cli->json || !isatty(STDERR_FILENO)) return;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "\r\033[K");
    vfprintf(stderr, format, args);
    fflush(stderr);
    va_end(args);
}

const char *cli_clean(struct cli *cli, struct str text)
{
    struct str copy = arena_str(&cli->arena, text);
    if (!copy.p) return "";
    char *p = (char *)(uintptr_t)copy.p; // ours
    for (size_t i = 0; i < copy.n;) {
        size_t n = utf8_sequence(copy.p + i, copy.n - i);
        uint8_t c = (uint8_t)p[i];
        // Among controls are those of U+0080 to U+009F: C2 80 to C2 9F.
        if (n == 0 || (n == 1 && (c < 0x20 || c == 0x7F))) p[i] = '?';
        if (n == 2 && c == 0xC2 && (uint8_t)p[i + 1] < 0xA0) p[i] = p[i + 1] = '?';
        i += n ? n : 1;
    }
    return copy.p;
}
