// SPDX-License-Identifier: Apache-2.0
#include "jansson_oracle.h"

#include <dlfcn.h>
#include <jansson.h>
#include <stdio.h>

static struct {
    json_t *(*loadb)(const char *, size_t, size_t, json_error_t *);
    void (*delete)(json_t *);
    size_t (*array_size)(const json_t *);
    json_t *(*array_get)(const json_t *, size_t);
    void *(*iter)(json_t *);
    void *(*iter_next)(json_t *, void *);
    const char *(*iter_key)(void *);
    json_t *(*iter_value)(void *);
    const char *(*string_value)(const json_t *);
    size_t (*string_length)(const json_t *);
    double (*real_value)(const json_t *);
} lib;

bool oracle_open(void)
{
    void *handle = dlopen("libjansson.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!handle) return false;
    // POSIX's way of turning dlsym's object pointer into a function's.
    static const struct {
        void *to;
        const char *name;
    } symbols[] = {
        {&lib.loadb, "json_loadb"},
        {&lib.delete, "json_delete"},
        {&lib.array_size, "json_array_size"},
        {&lib.array_get, "json_array_get"},
        {&lib.iter, "json_object_iter"},
        {&lib.iter_next, "json_object_iter_next"},
        {&lib.iter_key, "json_object_iter_key"},
        {&lib.iter_value, "json_object_iter_value"},
        {&lib.string_value, "json_string_value"},
        {&lib.string_length, "json_string_length"},
        {&lib.real_value, "json_real_value"},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *found = dlsym(handle, symbols[i].name);
        if (!found) return false;
        memcpy(symbols[i].to, &found, sizeof found);
    }
    return true;
}

static void dump_text(const char *p, size_t n, struct buf *out)
{
    buf_printf(out, "s%zu:", n);
    buf_add(out, p, n);
}

// The reader under test bounds the depth at 64, and deeper trees are not compared.
static void dump_value(json_t *value, int depth, struct buf *out)
{
    uint64_t bits;
    double d;
    if (depth > 100) return;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        buf_putc(out, '{');
        for (void *i = lib.iter(value); i; i = lib.iter_next(value, i)) {
            dump_text(lib.iter_key(i), strlen(lib.iter_key(i)), out);
            dump_value(lib.iter_value(i), depth + 1, out);
        }
        buf_putc(out, '}');
        break;
    case JSON_ARRAY:
        buf_putc(out, '[');
        for (size_t i = 0; i < lib.array_size(value); i++) dump_value(lib.array_get(value, i), depth + 1, out);
        buf_putc(out, ']');
        break;
    case JSON_STRING:
        dump_text(lib.string_value(value), lib.string_length(value), out);
        break;
    case JSON_REAL:
        d = lib.real_value(value);
        memcpy(&bits, &d, sizeof bits);
        buf_printf(out, "d%016llx", (unsigned long long)bits);
        break;
    default:
        buf_putc(out, json_is_true(value) ? 't' : json_is_false(value) ? 'f' : 'n');
    }
}

bool oracle_read(struct str text, struct buf *dump, char reason[160])
{
    json_error_t error;
    json_t *value = lib.loadb(
        text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
    if (!value) {
        snprintf(reason, 160, "%.*s", 159, error.text);
        return false;
    }
    dump_value(value, 0, dump);
    lib.delete(value);
    return true;
}
