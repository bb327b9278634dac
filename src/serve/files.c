// SPDX-License-Identifier: Apache-2.0
// POST /v1/files: any file that intake reads, as the statements that it makes.
#include "base/clock.h"
#include "serve/answer.h"
#include "serve/inside.h"
#include "serve/route.h"

static enum step filed(struct request *request)
{
    if (request->job.err == ERR_NONE) count_add(&request->serve->counters, COUNT_FILES, 1);
    return answer_statements(request);
}

enum step files_post(struct request *request)
{
    const struct serve_settings *s = &request->serve->settings;
    struct why why = {0};
    struct drafts drafts = {0};
    struct str bytes = buf_str(&request->body);
    struct intake intake = {.identifiers = s->identifiers,
                            .trust = s->trust,
                            .received_ms = clock_now_us() / 1000,
                            .name = request_query(request, "name"),
                            .filer = request_query(request, "filer"),
                            .reporter = str_of(request->caller.name),
                            .label = LABEL_AMBER};
    if (intake_read(&request->arena, bytes, &intake, &drafts, &why) != ERR_NONE) {
        count_add(&request->serve->counters, COUNT_FILES_FAILED, 1);
        return answer_rejected(request, "https", &why, bytes);
    }
    if (request_may(request, drafts.first, &why) != ERR_NONE) return reply_problem(request, &why);
    request_job(request, drafts.count < 10 ? JOB_PEOPLE : JOB_BULK);
    request->job.path.filer = drafts.filer;
    return request_commit(request, drafts.first, filed);
}
