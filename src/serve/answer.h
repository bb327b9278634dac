// SPDX-License-Identifier: Apache-2.0
// Answer: what several doors say back once their drafts are on disk.
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include "serve/request.h"

// {"statements":["origin:index"…]} of drafts that commit has stored; the `next` of jobs whose answer that is.
enum step answer_statements(struct request *request);
// The same for indexes that are known already.
enum step answer_indexes(struct request *request, const uint64_t *indexes, size_t count);
// A problem with what came in, once its bytes are kept as evidence. Only what is wrong with the bytes is kept, and only
// so much a minute; otherwise it is answered at once.
enum step answer_rejected(struct request *request, const char *door, const struct why *why, struct str raw);
// A report that has been written as text or as a page of its own, which is then freed. ERR_TOO_LARGE when it does not
// fit.
enum step answer_report(struct request *request, const char *content_type, struct buf *written);

#endif
