// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MESSAGE_MAX 2048
#define LINE_MAX_BYTES (4 * MESSAGE_MAX + 128)

static _Atomic int threshold = LOG_INFO;

static const struct {
    const char *name;
    int priority; // of syslog(3)
} levels[] = {
    [LOG_DEBUG] = {"debug", 7},
    [LOG_INFO] = {"info", 6},
    [LOG_WARN] = {"warn", 4},
    [LOG_ERROR] = {"error", 3},
};

void log_threshold(enum log_level least)
{
    atomic_store(&threshold, (int)least);
}

// U+0080 to U+009F (terminal controls) and the line and paragraph separators.
static bool is_control(const uint8_t *p, size_t n)
{
    if (n == 2) return p[0] == 0xC2 && p[1] < 0xA0;
    return n == 3 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9);
}

// Control characters and what is no UTF-8 become \xNN, and a backslash \\, so that each line is one line and reads
// back.
static void escape(struct str message, struct buf *out)
{
    for (size_t i = 0; i < message.n;) {
        const uint8_t *p = (const uint8_t *)message.p + i;
        size_t n = utf8_sequence(message.p + i, message.n - i);
        if (*p == '\\') {
            buf_puts(out, "\\\\");
        } else if (n == 0 || *p < 0x20 || *p == 0x7F || is_control(p, n)) {
            n = n ? n : 1;
            for (size_t k = 0; k < n; k++) buf_printf(out, "\\x%02x", p[k]);
        } else {
            buf_add(out, p, n);
        }
        i += n;
    }
}

// One write a line: lines of several threads do not mix.
static void write_line(struct str line)
{
    while (line.n) {
        ssize_t n = write(STDERR_FILENO, line.p, line.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return; // there is nowhere left to complain to
        line = str_from(line, (size_t)n);
    }
}

void log_line(enum log_level level, const char *area, const char *format, ...)
{
    if ((int)level < atomic_load_explicit(&threshold, memory_order_relaxed)) return;
    int saved = errno;
    char message[MESSAGE_MAX], line[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof message ? (size_t)n : sizeof message - 1;
    struct buf out = {.p = line, .room = sizeof line, .max = sizeof line};
    if (getenv("JOURNAL_STREAM")) buf_printf(&out, "<%d>", levels[level].priority);
    buf_printf(&out, "%s %s ", levels[level].name, area);
    escape((struct str){message, length}, &out);
    if (n >= (int)sizeof message) buf_puts(&out, "...");
    buf_putc(&out, '\n');
    write_line(buf_str(&out));
    errno = saved;
}

void log_why(enum log_level level, const char *area, const char *what, const struct why *why)
{
    const char *comma = why->member[0] && why->clause[0] ? ", " : "";
    const char *open = why->member[0] || why->clause[0] ? " (" : "", *close = *open ? ")" : "";
    log_line(level, area, "%s: %s%s%s%s%s%s", what, why->text, open, why->member, comma, why->clause, close);
}
