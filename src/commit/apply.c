// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "commit/writer.h"
#include "trust/hash.h"
#include "views/channel.h"
#include "views/credential.h"
#include "views/custody.h"
#include "views/local.h"
#include "views/subject.h"

// ---- Subjects and channels behind a draft ----

static struct json *identifier_json(struct arena *arena, const struct identifier *id)
{
    struct json *o = json_new_object(arena);
    json_put_text(arena, o, "scheme", id->scheme);
    json_put_text(arena, o, "value", id->value);
    return o;
}

static enum err state_subject(struct writer *w, const struct subject_ref *ref, const bool *known,
                              const struct draft *like, const struct id *via, const struct id *id, struct why *why)
{
    struct draft *draft = draft_new(&w->arena, "subject", like->at_ms, like->label);
    struct json *ids = json_new_array(&w->arena);
    if (!draft) return why_set(why, ERR_NO_MEMORY, "", "no memory for a subject");
    for (size_t i = 0; i < ref->nids; i++)
        if (!known[i]) json_add(ids, identifier_json(&w->arena, &ref->ids[i]));
    draft_put(draft, "noun", json_new_text(&w->arena, str_of(noun_name(ref->noun))));
    if (ids->count) draft_put(draft, "ids", ids);
    int64_t pos;
    enum err err = draft_seal(&w->arena, draft, why);
    return err == ERR_NONE ? writer_append(w, draft, via, id, 1, (struct trigger_speaker){0}, &pos, why) : err;
}

// Two identifiers of one draft belong to two subjects: said on the record for a person to look at; the first one
// stands.
static enum err state_conflict(struct writer *w, const struct subject_ref *ref, const struct id *first,
                               const struct id *second, struct why *why)
{
    struct json *members = json_new_object(&w->arena), *ids = json_new_array(&w->arena);
    for (size_t i = 0; i < ref->nids; i++) json_add(ids, identifier_json(&w->arena, &ref->ids[i]));
    json_put(members, "identifiers", ids);
    const struct id re[2] = {*first, *second};
    int64_t pos;
    return writer_state(w, "identifier.conflict", LABEL_AMBER, re, 2, members, &pos, why);
}

static enum err resolve(struct writer *w, const struct subject_ref *ref, const struct draft *like, const struct id *via,
                        struct id *out, struct why *why)
{
    bool known[IDENTIFIERS_MAX] = {false}, any = false, all = true, conflict = false;
    struct id other;
    if (!id_is_none(&ref->id)) {
        enum noun noun;
        enum err err = subject_canonical(w->views, &ref->id, out, why);
        if (err == ERR_NONE) err = subject_noun(w->views, out, &noun, why);
        if (err == ERR_NONE && noun == NOUN_NONE && ref->noun != NOUN_CHANNEL)
            err = why_set(why, ERR_NOT_FOUND, "re", "no subject has this id; name it by its identifiers");
        return err;
    }
    for (size_t i = 0; i < ref->nids; i++) {
        struct id found;
        enum err err = subject_find(w->views, ref->noun, ref->ids[i].scheme, ref->ids[i].value, &found, &known[i], why);
        if (err != ERR_NONE) return err;
        all &= known[i];
        if (!known[i]) continue;
        if (!any) {
            *out = found;
        } else if (!id_eq(out, &found)) {
            conflict = true;
            other = found;
        }
        any = true;
    }
    if (!any) id_random(out);
    enum err err = any && all ? ERR_NONE : state_subject(w, ref, known, like, via, out, why);
    return err == ERR_NONE && conflict ? state_conflict(w, ref, out, &other, why) : err;
}

static bool path_empty(const struct channel_path *p)
{
    return !p->door.n && !p->party.n && !p->device.n;
}

static enum err find_channel(struct writer *w, const struct channel_path *path, struct id *out, struct why *why)
{
    *out = (struct id){{0}};
    if (path_empty(path)) return ERR_NONE;
    uint8_t hash[32];
    bool found;
    struct buf text = BUF((size_t)64 << 10);
    channel_path_text(path, &text);
    sha256(buf_str(&text), hash);
    buf_free(&text);
    enum err err = channel_find(w->views, hash, out, &found, why);
    if (err != ERR_NONE || found) return err;
    id_random(out);
    int64_t pos;
    return writer_state(w, "channel", LABEL_AMBER, out, 1, channel_path_json(&w->arena, path), &pos, why);
}

// ---- What a job may say ----

static bool listed(struct str name, const struct str *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(name, names[i])) return true;
    return false;
}

// "party:mx.anam" → the party; "analyst:luz" → the role.
static struct trigger_speaker speaker_of(struct str actor)
{
    struct str rest, first = str_cut(actor, ':', &rest);
    if (str_is(first, "party")) return (struct trigger_speaker){.party = rest};
    return (struct trigger_speaker){.role = first};
}

static enum err newest_roster(struct writer *w, const struct draft *draft, struct why *why)
{
    const struct json *r = json_get(draft->members, "roster");
    int64_t held, date = credential_roster_day(r);
    enum err err = credential_roster_date(w->views, json_text(r, "issuer"), json_text(r, "programme"), &held, why);
    if (err != ERR_NONE || date >= held) return err;
    return why_set(why, ERR_CONFLICT, "date",
                   "a newer roster of %.*s is held already; this one would bring back who was dropped",
                   STR_ARG(json_text(r, "issuer")));
}

// Kinds that steer lanes are checked where they are applied, whatever door they came by.
static enum err may_say(struct writer *w, const struct job *job, const struct draft *draft, struct why *why)
{
    struct trigger_speaker speaker = speaker_of(job->actor);
    if (str_is(draft->kind, "custody.explain") && speaker.party.p &&
        !listed(speaker.party, w->settings->explainers, w->settings->nexplainers))
        return why_set(why, ERR_FORBIDDEN, "kind", "%.*s may not explain custody here; an officer may",
                       STR_ARG(speaker.party));
    return str_is(draft->kind, "roster") ? newest_roster(w, draft, why) : ERR_NONE;
}

// ---- Jobs ----

static enum err apply_draft(struct writer *w, struct job *job, struct draft *draft, const struct id *via,
                            struct why *why)
{
    struct id re[RE_MAX];
    enum err err = may_say(w, job, draft, why);
    for (size_t i = 0; i < draft->nre && err == ERR_NONE; i++) err = resolve(w, draft->re[i], draft, via, &re[i], why);
    int64_t pos;
    return err == ERR_NONE ? writer_append(w, draft, via, re, draft->nre, speaker_of(job->actor), &pos, why) : err;
}

static enum err apply_drafts(struct writer *w, struct job *job, struct why *why)
{
    struct id via;
    enum err err = find_channel(w, &job->path, &via, why);
    for (struct draft *d = job->drafts; d && err == ERR_NONE; d = d->next) {
        err = apply_draft(w, job, d, &via, why);
        job->index_last = d->index;
    }
    job->in_us = w->last_in;
    return err;
}

static enum err apply_locals(struct writer *w, struct job *job, struct why *why)
{
    for (struct local_write *l = job->locals; l; l = l->next) {
        enum err err = ERR_NONE;
        if (l->compare) {
            struct str held;
            err = local_get(w->views, &w->arena, l->space, l->key, &held, why);
            if (err == ERR_NONE && (held.p == NULL) != (l->expected.p == NULL || l->expected.n == 0))
                err = ERR_CONFLICT;
            if (err == ERR_NONE && held.p && !str_eq(held, l->expected)) err = ERR_CONFLICT;
            if (err == ERR_CONFLICT)
                return why_set(why, err, "", "another request changed %.*s first", STR_ARG(l->space));
        }
        if (err == ERR_NONE) err = local_put(w->views, l->space, l->key, l->value, why);
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

struct digest {
    uint8_t b[32];
};

static enum err erase_members(struct writer *w, int64_t pos, const struct digest *digests, size_t ndigests,
                              const struct str *names, size_t nnames, struct json *erased, struct why *why);

// An erasure that a partner states of its own statement reaches our copy.
static enum err follow_erasure(struct writer *w, uint32_t origin, struct str by, const struct json *members,
                               struct why *why)
{
    struct str of = json_text(members, "statement"), name_origin;
    uint64_t index;
    struct digest digests[DISCLOSURES_MAX];
    size_t n = 0;
    int64_t pos;
    if (!name_parse(of, &name_origin, &index) || !str_eq(name_origin, by)) return ERR_NONE;
    struct why none = {0};
    if (engine_find(w->engine, origin, index, &pos, &none) != ERR_NONE) return ERR_NONE; // we never held it
    json_each(d, json_get(members, "digests"))
    {
        struct str bytes;
        if (n == DISCLOSURES_MAX || d->type != JSON_STRING || !base64url_bytes(&w->arena, d->text, &bytes) ||
            bytes.n != 32)
            continue;
        memcpy(digests[n++].b, bytes.p, 32);
    }
    return erase_members(w, pos, digests, n, NULL, 0, NULL, why);
}

// A statement that is held already came under another agreement of the same partner, which may disclose other members:
// what is new of them is added. *grown: the views are to be computed anew. What was erased comes back only from a batch
// that was under way when the erasure came by another one, and goes again when the erasure follows in its own feed.
static enum err merge_mirrored(struct writer *w, int64_t pos, const struct mirrored *m, bool *grown, struct why *why)
{
    struct stored stored;
    struct body body;
    bool more = false;
    enum err err = engine_get(w->engine, &w->arena, pos, &stored, why);
    if (err == ERR_NONE && !str_eq(stored.header, m->header_bytes))
        err = why_set(why, ERR_CONFLICT, "", "a partner's statement %llu is held with another header",
                      (unsigned long long)m->index);
    if (err == ERR_NONE) err = body_decode(&w->arena, stored.body, &body, why);
    for (size_t i = 0; err == ERR_NONE && i < body.count && i < m->body.count; i++) { // one header: the same digests
        if (body.items[i].text.n || !m->body.items[i].text.n) continue;
        body.items[i].text = m->body.items[i].text;
        more = true;
    }
    if (err != ERR_NONE || !more) return err;
    struct buf bytes = BUF(BODY_MAX + 65536);
    body_encode(&body, &bytes);
    err = bytes.failed ? why_set(why, ERR_TOO_LARGE, "", "a partner's body is too large")
                       : engine_rewrite_body(w->engine, pos, buf_str(&bytes), why);
    buf_free(&bytes);
    *grown |= views_want_members(m->header.kind);
    return err;
}

static enum err append_mirrored(struct writer *w, uint32_t origin, const struct mirrored *m, int64_t *pos, bool *held,
                                struct why *why)
{
    struct why none = {0};
    struct buf body = BUF(BODY_MAX + 65536);
    body_encode(&m->body, &body);
    struct stored stored = {.origin = origin, .index = m->index, .header = m->header_bytes, .body = buf_str(&body)};
    enum err err = body.failed ? why_set(why, ERR_TOO_LARGE, "", "a partner's body is too large") : ERR_NONE;
    if (err == ERR_NONE) err = engine_append(w->engine, &stored, pos, &none);
    *held = err == ERR_CONFLICT;
    if (*held)
        err = engine_find(w->engine, origin, m->index, pos, why);
    else if (none.err && why)
        *why = none;
    buf_free(&body);
    return err;
}

static enum err apply_mirrored(struct writer *w, uint32_t origin, struct str by, struct mirrored *m, bool *grown,
                               struct why *why)
{
    struct json *members = NULL;
    int64_t pos;
    bool held;
    enum err err = append_mirrored(w, origin, m, &pos, &held, why);
    if (err != ERR_NONE) return err;
    if (held) return merge_mirrored(w, pos, m, grown, why);
    bool erasure = str_is(m->header.kind, "erasure");
    if (erasure || views_want_members(m->header.kind)) err = body_object(&w->arena, &m->body, &members, why);
    if (err != ERR_NONE) return err;
    w->figures.statements++;
    if (erasure) return follow_erasure(w, origin, by, members, why);
    struct applied s = {pos, origin, m->index, &m->header, members};
    return writer_view(w, &s, (struct trigger_speaker){.party = by}, why);
}

static enum err apply_mirror(struct writer *w, struct mirror *m, struct why *why)
{
    uint32_t origin;
    bool grown = false;
    enum err err = engine_origin(w->engine, m->origin, true, &origin, why);
    for (size_t i = 0; i < m->count && err == ERR_NONE; i++)
        err = apply_mirrored(w, origin, m->origin, &m->items[i], &grown, why);
    if (err == ERR_NONE && grown) err = views_rebuild(w->views, why);
    if (err != ERR_NONE || m->size == m->old_size) return err;
    struct engine_checkpoint next = {.size = m->size, .note = m->checkpoint};
    memcpy(next.root, m->root, sizeof next.root);
    return engine_checkpoint_swap(w->engine, origin, m->old_size, &next, why);
}

// ---- Erasure ----

static bool to_erase(struct arena *arena, const struct disclosure *d, const struct digest *digests, size_t ndigests,
                     const struct str *names, size_t nnames)
{
    struct str name;
    struct json *value;
    for (size_t i = 0; i < ndigests; i++)
        if (memcmp(d->digest, digests[i].b, 32) == 0) return true;
    return nnames && disclosure_read(arena, d->text, &name, &value) && listed(name, names, nnames);
}

// Overwrites the disclosures and rebuilds the views, which must be as if they had never been told. `erased` (may be
// NULL) is told the digests.
static enum err erase_members(struct writer *w, int64_t pos, const struct digest *digests, size_t ndigests,
                              const struct str *names, size_t nnames, struct json *erased, struct why *why)
{
    struct stored stored;
    struct header header;
    struct body body;
    size_t count = 0;
    enum err err = engine_get(w->engine, &w->arena, pos, &stored, why);
    if (err == ERR_NONE) err = header_parse(&w->arena, stored.header, &header, why);
    if (err == ERR_NONE) err = body_decode(&w->arena, stored.body, &body, why);
    for (size_t i = 0; err == ERR_NONE && i < body.count; i++) {
        struct disclosure *d = &body.items[i];
        if (!d->text.n || !to_erase(&w->arena, d, digests, ndigests, names, nnames)) continue;
        d->text = STR_NONE;
        count++;
        struct str digest = base64url_text(&w->arena, (struct str){(const char *)d->digest, 32});
        if (erased) json_add(erased, json_new_text(&w->arena, digest));
    }
    if (err != ERR_NONE || count == 0) return err;
    struct buf bytes = BUF(BODY_MAX + 65536);
    body_encode(&body, &bytes);
    err = engine_rewrite_body(w->engine, pos, buf_str(&bytes), why);
    buf_free(&bytes);
    if (err == ERR_NONE && views_want_members(header.kind)) err = views_rebuild(w->views, why);
    return err;
}

static enum err apply_erasure(struct writer *w, struct job *job, struct why *why)
{
    const struct erasure *e = job->erase;
    struct str origin;
    uint64_t index;
    uint32_t number;
    int64_t pos;
    if (!name_parse(e->name, &origin, &index))
        return why_set(why, ERR_MALFORMED, "statement", "a name is <origin>:<index>");
    if (!str_eq(origin, w->settings->party))
        return why_set(why, ERR_FORBIDDEN, "statement", "only %.*s can erase from its own log", STR_ARG(origin));
    struct json *digests = json_new_array(&w->arena), *members = json_new_object(&w->arena);
    enum err err = engine_origin(w->engine, origin, false, &number, why);
    if (err == ERR_NONE) err = engine_find(w->engine, number, index, &pos, why);
    if (err == ERR_NONE) err = erase_members(w, pos, NULL, 0, e->members, e->count, digests, why);
    if (err == ERR_NONE && digests->count == 0)
        err = why_set(why, ERR_NOT_FOUND, "members", "the statement has no such members, or they are erased already");
    if (err != ERR_NONE) return err;
    json_put_text(&w->arena, members, "statement", e->name);
    json_put(members, "digests", digests);
    err = writer_state(w, "erasure", LABEL_AMBER, NULL, 0, members, &pos, why);
    job->index_last = tlog_size(w->tlog) - 1;
    job->in_us = w->last_in;
    return err;
}

// Triggers may state something that another one follows; what was stated last is looked at last.
static enum err follow_up(struct writer *w, struct why *why)
{
    enum err err = ERR_NONE;
    while (w->follow && err == ERR_NONE) {
        struct follow_up *f = w->follow;
        w->follow = f->next;
        if (!w->follow) w->follow_end = &w->follow;
        err = standing_follow(w, &f->statement, f->speaker, why);
    }
    return err;
}

enum err writer_apply(struct writer *w, struct job *job, struct why *why)
{
    enum err err = apply_locals(w, job, why);
    if (err == ERR_NONE && job->mirror) err = apply_mirror(w, job->mirror, why);
    if (err == ERR_NONE && job->drafts) err = apply_drafts(w, job, why);
    if (err == ERR_NONE && job->erase) err = apply_erasure(w, job, why);
    if (err == ERR_NONE) err = follow_up(w, why);
    if (err == ERR_NONE && w->arena.failed)
        err = why_set(why, ERR_NO_MEMORY, "", "the job is larger than a slice may hold");
    return err;
}
