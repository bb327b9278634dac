// SPDX-License-Identifier: Apache-2.0
#include "base/why.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef why_set // what stands for it where clang's analyzer reads

static const struct {
    const char *name;
    int status, code;
} table[ERR_COUNT] = {
#define X(value, name, status, code) [value] = {name, status, code},
    ERR_TABLE(X)
#undef X
};

const char *err_name(enum err err)
{
    return table[err].name;
}

int err_status(enum err err)
{
    return table[err].status;
}

int err_exit(enum err err)
{
    return table[err].code;
}

// A stranger's bytes may be quoted in a reason, and the reason goes into JSON and log lines: control characters and
// what is no UTF-8 (a character cut at the end included) become a question mark.
static void make_printable(char *z)
{
    size_t n = strlen(z);
    for (size_t i = 0; i < n;) {
        size_t length = utf8_sequence(z + i, n - i);
        if (length == 0 || (unsigned char)z[i] < 0x20 || z[i] == 0x7F) {
            z[i] = '?';
            length = 1;
        }
        i += length;
    }
}

enum err why_set(struct why *why, enum err err, const char *member, const char *format, ...)
{
    if (!why || why->err != ERR_NONE) return err;
    memset(why, 0, sizeof *why);
    why->err = err;
    if (member) snprintf(why->member, sizeof why->member, "%s", member);
    va_list args;
    va_start(args, format);
    vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    make_printable(why->member);
    make_printable(why->text);
    return err;
}

enum err why_clause(struct why *why, const char *clause)
{
    if (!why) return ERR_INTERNAL;
    if (!why->clause[0]) snprintf(why->clause, sizeof why->clause, "%s", clause);
    return why->err;
}

enum err why_at(struct why *why, size_t offset)
{
    if (!why) return ERR_INTERNAL;
    why->offset = offset;
    return why->err;
}

void panic(const char *file, int line, const char *what)
{
    fprintf(stderr, "puente: broken invariant at %s:%d: %s\n", file, line, what);
    abort();
}
