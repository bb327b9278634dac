// SPDX-License-Identifier: Apache-2.0
// Log output: one line of `level area message key=value…` on stderr (journald reads the <N> prefix when JOURNAL_STREAM
// is set). Values are escaped, so that a stranger's bytes cannot forge a line. Thread-safe.
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/why.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_threshold(enum log_level least);
void log_line(enum log_level level, const char *area, const char *format, ...) PRINTF_LIKE(3, 4);
// "what: text (member, clause)".
void log_why(enum log_level level, const char *area, const char *what, const struct why *why);

#endif
