// SPDX-License-Identifier: Apache-2.0
#include "commit/writer.h"

#include "base/clock.h"
#include "views/local.h"
#include "views/subject.h"

// After this much device time without a word from a seal that is on, its crossings are decided again.
#define SILENCE_STEP_US ((int64_t)15 * 60 * 1000000)

static int64_t next_in(struct writer *w)
{
    int64_t now = clock_now_us();
    w->last_in = now > w->last_in ? now : w->last_in + 1;
    return w->last_in;
}

static void remember_fresh(struct writer *w, int64_t pos, const struct header *header)
{
    struct fresh *f = arena_new(&w->arena, struct fresh);
    if (!f) return;
    f->pos = pos;
    f->header = *header;
    *w->fresh_end = f;
    w->fresh_end = &f->next;
}

// Seals that report keep a timer, so that silence is noticed though nothing comes.
static enum err arm_timer(struct writer *w, const struct applied *s, struct why *why)
{
    if (!str_starts(s->header->kind, "custody.") || s->header->nre == 0 || str_is(s->header->kind, "custody.explain"))
        return ERR_NONE;
    if (!json_get(s->members, "status") && !json_get(s->members, "raw") && !json_get(s->members, "position"))
        return ERR_NONE;
    struct id seal;
    enum err err = subject_canonical(w->views, &s->header->re[0], &seal, why);
    return err == ERR_NONE ? due_arm(w->views, &seal, s->header->at_ms * 1000 + SILENCE_STEP_US, why) : err;
}

// Kinds on which a trigger may act.
static bool may_trigger(struct str kind)
{
    return str_starts(kind, "channel") || str_starts(kind, "threat");
}

static enum err keep_follow_up(struct writer *w, const struct applied *s, struct trigger_speaker speaker,
                               struct why *why)
{
    if (!may_trigger(s->header->kind)) return ERR_NONE;
    struct follow_up *f = arena_new(&w->arena, struct follow_up);
    if (!f) return why_set(why, ERR_NO_MEMORY, "", "the job is larger than a slice may hold");
    f->header = *s->header;
    f->statement = *s;
    f->statement.header = &f->header;
    f->speaker = speaker;
    *w->follow_end = f;
    w->follow_end = &f->next;
    return ERR_NONE;
}

enum err writer_view(struct writer *w, const struct applied *s, struct trigger_speaker speaker, struct why *why)
{
    enum err err = views_apply(w->views, &w->arena, s, &w->touched, why);
    if (err == ERR_NONE && s->members) err = arm_timer(w, s, why);
    if (err == ERR_NONE && s->members) err = keep_follow_up(w, s, speaker, why);
    if (err == ERR_NONE) tell_note(w, s);
    return err;
}

enum err writer_append(struct writer *w, struct draft *draft, const struct id *via, const struct id *re, size_t nre,
                       struct trigger_speaker speaker, int64_t *pos, struct why *why)
{
    struct header header = {.at_ms = draft->at_ms,
                            .in_us = next_in(w),
                            .by = w->settings->party,
                            .kind = draft->kind,
                            .label = draft->label,
                            .v = draft->v,
                            .nre = nre};
    memcpy(header.body, draft->root, sizeof header.body);
    if (via) header.via = *via;
    if (nre) memcpy(header.re, re, nre * sizeof *re);
    struct buf leaf = BUF(HEADER_MAX), body = BUF(BODY_MAX + 65536);
    header_encode(&header, &leaf);
    body_encode(&draft->body, &body);
    enum err err =
        leaf.failed || body.failed ? why_set(why, ERR_TOO_LARGE, "", "the statement is too large") : ERR_NONE;
    struct stored stored = {.origin = ENGINE_OWN, .header = buf_str(&leaf), .body = buf_str(&body)};
    if (err == ERR_NONE) err = tlog_append(w->tlog, stored.header, &stored.index, why);
    if (err == ERR_NONE) err = engine_append(w->engine, &stored, pos, why);
    buf_free(&leaf);
    buf_free(&body);
    if (err != ERR_NONE) return err;
    draft->index = stored.index;
    w->figures.statements++;
    if (!w->first_pos) w->first_pos = *pos;
    if (w->feed.count) remember_fresh(w, *pos, &header);
    struct applied s = {*pos, ENGINE_OWN, stored.index, &header,
                        views_want_members(header.kind) ? draft->members : NULL};
    return writer_view(w, &s, speaker, why);
}

enum err writer_state(struct writer *w, const char *kind, enum label label, const struct id *re, size_t nre,
                      struct json *members, int64_t *pos, struct why *why)
{
    struct draft *draft = draft_new(&w->arena, kind, clock_now_us() / 1000, label);
    if (!draft) return why_set(why, ERR_NO_MEMORY, "", "no memory for a %s", kind);
    draft->members = members;
    enum err err = draft_seal(&w->arena, draft, why);
    return err == ERR_NONE ? writer_append(w, draft, NULL, re, nre, (struct trigger_speaker){0}, pos, why) : err;
}
