// SPDX-License-Identifier: Apache-2.0
#include "figures.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

void figure(const char *name, double value)
{
    printf("%s %.6g\n", name, value);
    fflush(stdout);
}

void progress(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void must(enum err err, const struct why *why, const char *what)
{
    if (err == ERR_NONE) return;
    fprintf(stderr, "%s: %s (%s) %s\n", what, why->text, err_name(err), why->member);
    exit(1);
}

static int rising(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

double percentile(int64_t *spans, size_t n, double part)
{
    if (!n) return 0;
    qsort(spans, n, sizeof *spans, rising);
    size_t at = (size_t)((double)(n - 1) * part + 0.5);
    return (double)spans[at];
}

uint64_t pick(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int64_t cpu_us(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (int64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

double rss_mb(int pid)
{
    char name[64], line[256];
    double kb = -1;
    snprintf(name, sizeof name, "/proc/%d/status", pid);
    FILE *file = fopen(name, "re");
    if (!file) return -1;
    while (kb < 0 && fgets(line, sizeof line, file)) {
        long value;
        if (sscanf(line, "VmRSS: %ld", &value) == 1) kb = (double)value;
    }
    fclose(file);
    return kb < 0 ? -1 : kb / 1024;
}
