// SPDX-License-Identifier: Apache-2.0
#include "formats/outage_reason.h"

const char *const outage_reason_codes[] = {
#define X(value, code, en, es, fr) code,
    OUTAGE_REASON_TABLE(X)
#undef X
        NULL};

static const char *const texts[REASON_COUNT][3] = {
#define X(value, code, en, es, fr) {en, es, fr},
    OUTAGE_REASON_TABLE(X)
#undef X
};

const char *outage_reason_code(enum outage_reason reason)
{
    return outage_reason_codes[reason];
}

const char *outage_reason_text(enum outage_reason reason, const char *language)
{
    return texts[reason][!strcmp(language, "es") ? 1 : !strcmp(language, "fr") ? 2 : 0];
}

bool outage_reason_parse(struct str code, enum outage_reason *out)
{
    *out = REASON_UNSAID;
    if (!code.n) return true;
    for (size_t i = 0; i < REASON_COUNT; i++) {
        if (!str_is(code, outage_reason_codes[i])) continue;
        *out = (enum outage_reason)i;
        return true;
    }
    *out = REASON_OTHER;
    return false;
}
