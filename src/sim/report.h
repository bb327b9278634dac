// SPDX-License-Identifier: Apache-2.0
// Report: a study as one HTML page for a port director, in three languages. Self-contained (no script, no other file,
// nothing asked of any host), light and dark, fit to print; each plot has a title, a description and its table. The
// same study gives the same bytes.
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "sim/study.h"

#define REPORT_BYTES_MAX ((size_t)8 << 20)

// Into `out`; `arena` holds what is written on the way. ERR_NO_MEMORY, ERR_TOO_LARGE when `out` does not take it.
enum err report_html(struct arena *arena, const struct study *study, enum language language, struct buf *out,
                     struct why *why) MUST_USE;

// The name of a what-if as a person would say it: what the file calls it, or its changes in words.
struct str report_what_if(struct arena *arena, const struct study_outcome *outcome, enum language language);

#endif
