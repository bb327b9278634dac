// SPDX-License-Identifier: Apache-2.0
// Any bytes as a scanner log, read by the samples' kind of mapping: an error with a reason, or drafts that can be
// sealed; and as a mapping.
#include "formats/scanner_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char mapping_text[] =
    "name: F\nport: \"2304\"\notherwise: up\nmatch: [Unit]\n"
    "columns: {equipment: Unit, start: From, end: To, event: Event, reason: Cause, arrived: Came, parts: Parts,"
    " scans: Images, verdict: Verdict, undecided: Undecided, image: Image, due: Due, note: Note}\n"
    "time: {offset: \"-06:00\", changes: [{from: \"2026-03-08T08:00:00Z\", offset: \"-05:00\"}]}\n"
    "values: {DOWN: {state: down}, SLOW: {state: degraded}, UP: {state: up}, SCAN: {scan: true},"
    " PM: {state: maintenance, reason: preventive, planned: true}}\n"
    "reasons: {PWR: power}\nverdicts: {OK: clear, \"\": none}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena tables = {.cap = 16 << 20};
    static const struct identifier_table *identifiers;
    static const struct scanner_mapping *mapping, *other;
    if (!mapping) {
        INVARIANT(identifier_table_read(&tables, identifiers_builtin(), &identifiers, NULL) == ERR_NONE);
        INVARIANT(scanner_mapping_read(&tables, str_of(mapping_text), identifiers, &mapping, NULL) == ERR_NONE);
    }
    struct arena arena = ARENA((size_t)64 << 20);
    struct scanner_context context = {identifiers, 1793577600000, LABEL_AMBER, STR("f.csv")};
    struct str bytes = {(const char *)data, size};
    struct drafts drafts = {0};
    struct scanner_tally tally = {0};
    struct why why = {0};
    enum err err = scanner_log_parse(&arena, bytes, mapping, &context, &drafts, &tally, &why);
    INVARIANT(err == ERR_NONE ? drafts.count > 0 && tally.refused < tally.rows : why.err == err && why.text[0]);
    for (struct draft *d = drafts.first; d && err == ERR_NONE; d = d->next)
        INVARIANT(draft_seal(&arena, d, &why) == ERR_NONE || arena.failed);
    why = (struct why){0};
    err = scanner_mapping_read(&arena, bytes, identifiers, &other, &why);
    INVARIANT(err == ERR_NONE || arena.failed || (why.err == err && why.text[0]));
    arena_free(&arena);
    return 0;
}
