// SPDX-License-Identifier: Apache-2.0
// Reports: what the views know, as the JSON of docs/api.md. Read-only; one thread's handle.
//
// Statements are read from the engine; members that were withheld or erased are counted, not guessed.
#ifndef VIEWS_REPORT_H
#define VIEWS_REPORT_H

#include "views/crossing.h"

#define REPORT_TIMELINE_MAX 2000

// A subject by its id's text, or by "scheme=value" of any identifier. ERR_NOT_FOUND when unknown or of another noun.
enum err report_subject(struct views *views, enum noun noun, struct str name, struct id *out, struct why *why) MUST_USE;

enum err report_crossings(struct views *views, struct arena *arena, enum crossing_state state, struct str after,
                          size_t limit, struct json **out, struct why *why) MUST_USE;
// The short form, as in the list and the stream.
enum err report_crossing(struct views *views, struct arena *arena, const struct id *id, struct json **out,
                         struct why *why) MUST_USE;
// With timeline, custody and decisions.
enum err report_crossing_full(struct views *views, struct arena *arena, const struct id *id, struct json **out,
                              struct why *why) MUST_USE;
enum err report_consignment(struct views *views, struct arena *arena, const struct id *id, struct json **out,
                            struct why *why) MUST_USE;
enum err report_decisions(struct views *views, struct arena *arena, int64_t before, struct str lane, size_t limit,
                          struct json **out, struct why *why) MUST_USE;
enum err report_channels(struct views *views, struct arena *arena, size_t limit, struct json **out,
                         struct why *why) MUST_USE;
enum err report_reach(struct views *views, struct arena *arena, const struct id *channel, struct json **out,
                      struct why *why) MUST_USE;
enum err report_threats(struct views *views, struct arena *arena, size_t limit, struct json **out,
                        struct why *why) MUST_USE;

// A statement: {"name","header":{…},"members":{…},"withheld":n}. By position, or by name.
enum err report_statement(struct views *views, struct arena *arena, int64_t pos, struct json **out,
                          struct why *why) MUST_USE;
enum err report_statement_named(struct views *views, struct arena *arena, struct str name, struct json **out,
                                int64_t *pos, struct why *why) MUST_USE;
enum err report_statements(struct views *views, struct arena *arena, int64_t after, size_t limit, struct str kind,
                           struct json **out, struct why *why) MUST_USE;

#endif
