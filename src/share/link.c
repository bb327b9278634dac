// SPDX-License-Identifier: Apache-2.0
#include "share/link.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "ledger/tlog.h"
#include "share/batch.h"
#include "share/disclosure.h"
#include "share/witness_state.h"
#include "views/feed.h"
#include "views/local.h"

#include <stdio.h>

#define OFFER_ARENA ((size_t)96 << 20)
#define TRIES 4
// Statements looked at for the last disclosure; more have never been appended while one job waited.
#define LOOK_BACK 100000
#define ALARMS_TOLD 50

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a link");
}

static struct str canonical(struct arena *arena, const struct json *o)
{
    struct buf b = BUF((size_t)1 << 20);
    json_canonical(o, &b);
    struct str s = b.failed ? STR_NONE : arena_str(arena, buf_str(&b));
    buf_free(&b);
    return s;
}

// ---- Revocation ----

// "<agreement> <party>": each of the two may revoke, and neither can write the other's.
static struct str revoked_key(struct arena *arena, struct str agreement, struct str by)
{
    return arena_printf(arena, "%.*s %.*s", STR_ARG(agreement), STR_ARG(by));
}

enum err link_revoke(struct arena *arena, const struct agreement *a, struct str by, uint64_t from, struct draft **draft,
                     struct local_write **local, struct why *why)
{
    if (!str_eq(by, a->from) && !str_eq(by, a->to))
        return why_set(why, ERR_FORBIDDEN, "agreement", "%.*s is no party to '%.*s'", STR_ARG(by), STR_ARG(a->id));
    *draft = draft_new(arena, "agreement.revoke", clock_now_us() / 1000, LABEL_GREEN);
    *local = arena_new(arena, struct local_write);
    if (!*draft || !*local) return no_memory(why);
    draft_put(*draft, "agreement", json_new_text(arena, a->id));
    draft_put(*draft, "from", json_new_number(arena, (double)from));
    **local = (struct local_write){.space = STR("revoked"),
                                   .key = revoked_key(arena, a->id, by),
                                   .value = arena_printf(arena, "%llu", (unsigned long long)from)};
    return arena->failed ? no_memory(why) : ERR_NONE;
}

// From which index of the discloser's log on nothing flows; UINT64_MAX: not revoked.
static enum err revoked_from(struct views *views, struct arena *arena, const struct agreement *a, uint64_t *from,
                             struct why *why)
{
    const struct str parties[2] = {a->from, a->to};
    enum err err = ERR_NONE;
    *from = UINT64_MAX;
    for (int i = 0; i < 2 && err == ERR_NONE; i++) {
        struct str value;
        uint64_t at = 0;
        err = local_get(views, arena, STR("revoked"), revoked_key(arena, a->id, parties[i]), &value, why);
        if (err != ERR_NONE || !value.p) continue;
        if (!str_decimal(value, INT64_MAX, &at)) at = 0; // what cannot be read revokes all
        if (at < *from) *from = at;
    }
    return err;
}

// Size of the discloser's log as far as we know it: our own, or what we saw of the partner's.
static enum err discloser_size(struct views *views, struct arena *arena, const struct agreement *a, uint64_t *size,
                               struct why *why)
{
    struct engine_checkpoint seen;
    enum err err = witness_seen(views, arena, a->from, &seen, why);
    *size = seen.size;
    return err;
}

enum err link_allowed(struct views *views, const struct agreement *a, int64_t now_us, struct why *why)
{
    struct arena arena = ARENA((size_t)1 << 20);
    uint64_t from, size = 0;
    enum err err = agreement_in_force(a, now_us, why);
    if (err == ERR_NONE) err = revoked_from(views, &arena, a, &from, why);
    if (err == ERR_NONE && from != UINT64_MAX) err = discloser_size(views, &arena, a, &size, why);
    if (err == ERR_NONE && size >= from)
        err = why_set(why, ERR_FORBIDDEN, "revoked", "agreement '%.*s' was revoked, with effect from statement %llu",
                      STR_ARG(a->id), (unsigned long long)from);
    arena_free(&arena);
    return err;
}

// ---- Alarms ----

struct local_write *link_alarm_write(struct arena *arena, struct str text)
{
    struct local_write *w = arena_new(arena, struct local_write);
    if (!w) return NULL;
    *w = (struct local_write){.space = STR(LINK_ALARM_SPACE),
                              .key = arena_printf(arena, "%020lld", (long long)(INT64_MAX - clock_now_us())),
                              .value = arena_str(arena, text)};
    return w;
}

void link_alarm(struct commit *commit, struct str text)
{
    struct arena arena = ARENA((size_t)64 << 10);
    struct json *alarm = json_new_object(&arena);
    char time[TIME_TEXT_ROOM];
    size_t n = time_text_us(clock_now_us(), time);
    log_line(LOG_ERROR, "link", "%.*s", STR_ARG(text));
    json_put_text(&arena, alarm, "time", (struct str){time, n});
    json_put_text(&arena, alarm, "text", text);
    struct str data = canonical(&arena, alarm);
    if (data.p) events_add(commit_events(commit), "alarm", data);
    arena_free(&arena);
}

struct json *link_alarms(struct views *views, struct arena *arena)
{
    struct local_item *items;
    size_t n;
    struct why why = {0};
    struct json *list = json_new_array(arena);
    if (local_list(views, arena, STR(LINK_ALARM_SPACE), STR_NONE, ALARMS_TOLD, &items, &n, &why) != ERR_NONE) {
        log_why(LOG_ERROR, "link", "reading the alarms", &why);
        return list;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t key;
        struct str digits = items[i].key;
        while (digits.n > 1 && digits.p[0] == '0') digits = str_from(digits, 1);
        if (!str_decimal(digits, INT64_MAX, &key)) continue;
        char text[TIME_TEXT_ROOM];
        size_t length = time_text_us(INT64_MAX - (int64_t)key, text);
        struct json *alarm = json_new_object(arena);
        json_put_text(arena, alarm, "time", arena_str(arena, (struct str){text, length}));
        json_put_text(arena, alarm, "text", items[i].value);
        json_add(list, alarm);
    }
    return list;
}

// ---- What was disclosed under an agreement so far ----

// Local space "disclosed", key agreement. `at` is the size of our log just before the last `link.disclosed` of this
// agreement: its own index is known only once it is there, so it is looked for from there on.
struct disclosed {
    struct str text; // as stored; p NULL: nothing yet
    int64_t from, to, statements, withheld, last_us, at;
    struct str root;
};

static enum err disclosed_read(struct views *views, struct arena *arena, struct str agreement, struct disclosed *out,
                               struct why *why)
{
    *out = (struct disclosed){0};
    enum err err = local_get(views, arena, STR("disclosed"), agreement, &out->text, why);
    if (err != ERR_NONE || !out->text.p) return err;
    struct why none = {0};
    const struct json *o = json_parse(arena, out->text, &none);
    json_integer(o, "from", &out->from);
    json_integer(o, "to", &out->to);
    json_integer(o, "statements", &out->statements);
    json_integer(o, "withheld", &out->withheld);
    json_integer(o, "last", &out->last_us);
    json_integer(o, "at", &out->at);
    out->root = json_text(o, "root");
    return ERR_NONE;
}

static struct str disclosed_text(struct arena *arena, const struct disclosed *d)
{
    struct json *o = json_new_object(arena);
    json_put_number(arena, o, "from", (double)d->from);
    json_put_number(arena, o, "to", (double)d->to);
    json_put_number(arena, o, "statements", (double)d->statements);
    json_put_number(arena, o, "withheld", (double)d->withheld);
    json_put_number(arena, o, "last", (double)d->last_us);
    json_put_number(arena, o, "at", (double)d->at);
    json_put_text(arena, o, "root", d->root);
    return canonical(arena, o);
}

// Whether this own statement is a `link.disclosed` of that agreement.
static enum err is_disclosure(struct engine *engine, struct arena *arena, uint64_t index, struct str agreement,
                              bool *yes, struct why *why)
{
    int64_t pos;
    struct stored stored;
    struct header header;
    struct body body;
    struct json *members = NULL;
    enum err err = engine_find(engine, ENGINE_OWN, index, &pos, why);
    if (err == ERR_NONE) err = engine_get(engine, arena, pos, &stored, why);
    if (err == ERR_NONE) err = header_parse(arena, stored.header, &header, why);
    *yes = false;
    if (err != ERR_NONE || !str_is(header.kind, "link.disclosed")) return err;
    err = body_decode(arena, stored.body, &body, why);
    if (err == ERR_NONE) err = body_object(arena, &body, &members, why);
    *yes = err == ERR_NONE && str_eq(json_text(members, "agreement"), agreement);
    return err;
}

// The index of the last disclosure under the agreement; -1 when there is none.
static enum err find_previous(struct engine *engine, const struct disclosed *d, struct str agreement, int64_t *previous,
                              struct why *why)
{
    struct arena arena = ARENA((size_t)8 << 20);
    uint64_t next = 0;
    bool yes = false;
    *previous = -1;
    enum err err = d->text.p && d->root.p ? engine_next_index(engine, ENGINE_OWN, &next, why) : ERR_NONE;
    for (uint64_t i = (uint64_t)d->at; i < next && i < (uint64_t)d->at + LOOK_BACK && err == ERR_NONE && !yes; i++) {
        err = is_disclosure(engine, &arena, i, agreement, &yes, why);
        if (yes) *previous = (int64_t)i;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return err;
}

// ---- The next batch ----

// One batch on its way out.
struct offer {
    struct views *views;
    struct engine *engine;
    struct commit *commit;
    const struct agreement *agreement;
    struct arena arena;
    uint64_t revoked_from;
    struct batch_item *items;
    size_t count, bytes, withheld;
    int64_t after, to;
    struct engine_checkpoint checkpoint;
    uint8_t root[MERKLE_HASH];
};

// One position of the feed: becomes an item unless it may not leave any more.
static enum err offer_add(struct offer *o, const struct feed_item *feed, struct why *why)
{
    struct stored stored;
    struct header header;
    struct batch_item *item = &o->items[o->count];
    size_t withheld = 0;
    enum err err = engine_get(o->engine, &o->arena, feed->pos, &stored, why);
    if (err == ERR_NONE) err = header_parse(&o->arena, stored.header, &header, why);
    if (err != ERR_NONE) return err;
    o->to = feed->seq;
    if (stored.origin != ENGINE_OWN || stored.index >= o->revoked_from ||
        !disclosure_lets_out(o->agreement, header.kind, header.label))
        return ERR_NONE;
    *item = (struct batch_item){.seq = feed->seq, .index = stored.index, .header = stored.header};
    err = body_decode(&o->arena, stored.body, &item->body, why);
    if (err == ERR_NONE) err = disclosure_redact(&o->arena, o->agreement, &header, &item->body, &withheld, why);
    if (err != ERR_NONE) return err;
    o->bytes += batch_item_bytes(item);
    o->withheld += withheld;
    o->count++;
    return ERR_NONE;
}

static enum err offer_collect(struct offer *o, size_t limit, struct why *why)
{
    struct feed_item *feed;
    size_t n;
    if (limit > LINK_BATCH_STATEMENTS) limit = LINK_BATCH_STATEMENTS;
    if (limit == 0) limit = 1;
    enum err err = revoked_from(o->views, &o->arena, o->agreement, &o->revoked_from, why);
    if (err == ERR_NONE) err = feed_read(o->views, &o->arena, o->agreement->id, o->after, limit, &feed, &n, why);
    if (err != ERR_NONE) return err;
    o->items = arena_array(&o->arena, struct batch_item, n ? n : 1);
    if (!o->items) return no_memory(why);
    for (size_t i = 0; i < n && err == ERR_NONE && o->bytes < LINK_BATCH_BYTES; i++) err = offer_add(o, &feed[i], why);
    // Read after the statements, so that all of them are in its tree.
    return err == ERR_NONE ? cosigned_newest(o->views, &o->arena, &o->checkpoint, why) : err;
}

static struct draft *disclosed_draft(struct offer *o, int64_t previous)
{
    struct arena *arena = &o->arena;
    struct draft *d = draft_new(arena, "link.disclosed", clock_now_us() / 1000, LABEL_AMBER);
    if (!d) return NULL;
    draft_put(d, "agreement", json_new_text(arena, o->agreement->id));
    if (previous >= 0) draft_put(d, "previous", json_new_number(arena, (double)previous));
    draft_put(d, "from", json_new_number(arena, (double)(o->after + 1)));
    draft_put(d, "to", json_new_number(arena, (double)o->to));
    draft_put(d, "count", json_new_number(arena, (double)o->count));
    draft_put(d, "withheld", json_new_number(arena, (double)o->withheld));
    draft_put(d, "root", json_new_text(arena, base64url_text(arena, (struct str){(const char *)o->root, MERKLE_HASH})));
    return d;
}

// The statement and what is remembered with it; nothing when the same was stated just before (a resend after a cut).
static enum err state_range(struct offer *o, const struct disclosed *held, struct job *job, struct local_write *write,
                            struct why *why)
{
    struct str root = base64url_text(&o->arena, (struct str){(const char *)o->root, MERKLE_HASH});
    uint64_t next;
    int64_t previous;
    if (o->count == 0) return ERR_NONE;
    if (held->text.p && held->from == o->after + 1 && held->to == o->to && str_eq(held->root, root)) return ERR_NONE;
    enum err err = find_previous(o->engine, held, o->agreement->id, &previous, why);
    if (err == ERR_NONE) err = engine_next_index(o->engine, ENGINE_OWN, &next, why);
    if (err != ERR_NONE) return err;
    struct disclosed now = {.from = o->after + 1,
                            .to = o->to,
                            .statements = held->statements + (int64_t)o->count,
                            .withheld = held->withheld + (int64_t)o->withheld,
                            .last_us = clock_now_us(),
                            .at = (int64_t)next,
                            .root = root};
    job->drafts = disclosed_draft(o, previous);
    if (!job->drafts) return no_memory(why);
    err = draft_seal(&o->arena, job->drafts, why);
    *write = (struct local_write){.next = job->locals,
                                  .space = STR("disclosed"),
                                  .key = o->agreement->id,
                                  .value = disclosed_text(&o->arena, &now),
                                  .compare = true,
                                  .expected = held->text};
    job->locals = write;
    return err == ERR_NONE && !write->value.p ? no_memory(why) : err;
}

// What the counterpart may cosign.
static enum err offer_checkpoint(struct offer *o, struct job *job, struct local_write *write, struct why *why)
{
    struct str held, key = arena_printf(&o->arena, "%.*s %.*s", STR_ARG(o->agreement->to), STR_ARG(o->agreement->id));
    enum err err = local_get(o->views, &o->arena, STR("offered"), key, &held, why);
    if (err != ERR_NONE || str_eq(held, o->checkpoint.note)) return err;
    *write =
        (struct local_write){.next = job->locals, .space = STR("offered"), .key = key, .value = o->checkpoint.note};
    job->locals = write;
    return ERR_NONE;
}

// On record, on disk, before a byte leaves.
static enum err offer_state(struct offer *o, struct why *why)
{
    enum err err = batch_disclosed(o->items, o->count, o->root, why);
    for (int i = 0; i < TRIES && err == ERR_NONE; i++) {
        struct job job = {.lane = JOB_LINK, .actor = STR("node")};
        struct local_write range, checkpoint;
        struct disclosed held;
        struct why again = {0};
        err = disclosed_read(o->views, &o->arena, o->agreement->id, &held, why);
        if (err == ERR_NONE) err = state_range(o, &held, &job, &range, why);
        if (err == ERR_NONE) err = offer_checkpoint(o, &job, &checkpoint, why);
        if (err != ERR_NONE || !job.locals) return err;
        err = commit_wait(o->commit, &job, &again);
        if (err != ERR_CONFLICT || i + 1 == TRIES) {
            if (err != ERR_NONE && why) *why = again;
            return err;
        }
        err = ERR_NONE; // two requests at once: look again at what the other one stated
    }
    return err;
}

static enum err offer_write(struct offer *o, uint64_t seen, struct arena *arena, struct str *batch, struct why *why)
{
    struct tlog_nodes nodes;
    struct buf out = BUF(BATCH_BYTES_MAX);
    enum err err = tlog_nodes_init(&nodes, o->engine, &o->arena, o->checkpoint.size);
    if (err != ERR_NONE) return no_memory(why);
    struct merkle_reader reader = tlog_reader(&nodes);
    const struct batch_parts parts = {.agreement = o->agreement->id,
                                      .from = o->after + 1,
                                      .to = o->to,
                                      .seen = seen,
                                      .items = o->items,
                                      .count = o->count,
                                      .checkpoint = o->checkpoint.note,
                                      .size = o->checkpoint.size,
                                      .nodes = &reader};
    err = batch_make(&o->arena, &parts, &out, why);
    if (err == ERR_NONE) *batch = arena_str(arena, buf_str(&out));
    buf_free(&out);
    return err == ERR_NONE && !batch->p ? no_memory(why) : err;
}

// A counterpart holds more of our log than we do: this store was restored, or it is not the only one.
static void alarm_behind(struct offer *o, uint64_t seen)
{
    struct why why = {0};
    struct str text =
        arena_printf(&o->arena,
                     "%.*s has seen %llu statements of our log, and there are %llu: this store is older "
                     "than its log",
                     STR_ARG(o->agreement->to), (unsigned long long)seen, (unsigned long long)o->checkpoint.size);
    struct job job = {.lane = JOB_LINK, .actor = STR("node"), .locals = link_alarm_write(&o->arena, text)};
    link_alarm(o->commit, text);
    if (job.locals && commit_wait(o->commit, &job, &why) != ERR_NONE)
        log_why(LOG_ERROR, "link", "keeping an alarm", &why);
}

static enum err offer_run(struct offer *o, uint64_t seen, size_t limit, struct arena *arena, struct str *batch,
                          bool *empty, struct why *why)
{
    enum err err = link_allowed(o->views, o->agreement, clock_now_us(), why);
    if (err == ERR_NONE) err = offer_collect(o, limit, why);
    if (err != ERR_NONE) return err;
    *empty = o->to == o->after && seen <= o->checkpoint.size;
    if (*empty) return ERR_NONE;
    if (seen > o->checkpoint.size) alarm_behind(o, seen);
    err = offer_state(o, why);
    return err == ERR_NONE ? offer_write(o, seen, arena, batch, why) : err;
}

static struct offer offer_of(struct views *views, struct commit *commit, const struct agreement *agreement,
                             int64_t after)
{
    return (struct offer){.views = views,
                          .engine = views_engine(views),
                          .commit = commit,
                          .agreement = agreement,
                          .arena = ARENA(OFFER_ARENA),
                          .after = after,
                          .to = after};
}

enum err link_offer(struct views *views, struct commit *commit, const struct agreement *agreement, int64_t after,
                    uint64_t seen, size_t limit, struct arena *arena, struct str *batch, bool *empty, struct why *why)
{
    struct offer o = offer_of(views, commit, agreement, after);
    *batch = STR_NONE;
    *empty = false;
    enum err err = after < 0 ? why_set(why, ERR_MALFORMED, "after", "a feed position is not negative")
                             : offer_run(&o, seen, limit, arena, batch, empty, why);
    arena_free(&o.arena);
    return err;
}

enum err link_offer_checkpoint(struct views *views, struct commit *commit, const struct agreement *agreement,
                               int64_t after, uint64_t seen, struct arena *arena, struct str *batch, struct why *why)
{
    struct offer o = offer_of(views, commit, agreement, after);
    *batch = STR_NONE;
    enum err err = link_allowed(views, agreement, clock_now_us(), why);
    if (err == ERR_NONE) err = cosigned_newest(views, &o.arena, &o.checkpoint, why);
    bool newer = err == ERR_NONE && o.checkpoint.size > seen;
    if (newer) err = offer_state(&o, why);
    if (newer && err == ERR_NONE) err = offer_write(&o, seen, arena, batch, why);
    arena_free(&o.arena);
    return err;
}

// ---- For people ----

static const char *const states[] = {
    [LINK_WAITING] = "waiting", [LINK_RUNNING] = "running", [LINK_UNREACHABLE] = "unreachable",
    [LINK_EXPIRED] = "expired", [LINK_REVOKED] = "revoked", [LINK_FORK] = "fork"};

const char *link_state_name(enum link_state state)
{
    return states[state];
}

static void put_withheld(struct arena *arena, struct json *list, const struct agreement_withheld *w)
{
    struct str of = w->noun.n ? w->noun : w->kind;
    for (size_t k = 0; k < w->nmembers; k++)
        json_add(list, json_new_text(arena, arena_printf(arena, "%.*s.%.*s", STR_ARG(of), STR_ARG(w->members[k]))));
}

struct json *link_terms(struct arena *arena, const struct agreement *a, bool out, enum link_state state,
                        struct str detail)
{
    struct json *o = json_new_object(arena), *kinds = json_new_array(arena), *members = json_new_array(arena);
    json_put_text(arena, o, "agreement", a->id);
    json_put_text(arena, o, "partner", out ? a->to : a->from);
    json_put_text(arena, o, "direction", out ? STR("out") : STR("in"));
    json_put_text(arena, o, "state", str_of(states[state]));
    json_put_text(arena, o, "detail", detail.p ? detail : STR(""));
    for (size_t i = 0; i < a->nkinds; i++) json_add(kinds, json_new_text(arena, a->kinds[i]));
    json_put(o, "kinds", kinds);
    for (size_t i = 0; i < a->nwithheld; i++) put_withheld(arena, members, &a->withheld[i]);
    json_put(o, "members_withheld", members);
    json_put_text(arena, o, "legal_basis", a->instrument);
    json_put_text(arena, o, "expires", a->expires);
    return o;
}

void link_totals(struct arena *arena, struct json *o, int64_t sequence, int64_t statements, int64_t withheld,
                 int64_t last_us)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_us(last_us, text);
    json_put_number(arena, o, "sequence", (double)sequence);
    json_put_number(arena, o, "statements", (double)statements);
    json_put_number(arena, o, "withheld", (double)withheld);
    json_put(o, "last", last_us ? json_new_text(arena, arena_str(arena, (struct str){text, n})) : json_new_null(arena));
}

struct json *link_report(struct views *views, struct arena *arena, const struct agreement *a, int64_t now_us)
{
    struct why why = {0}, none = {0};
    struct disclosed d;
    int64_t last = 0;
    enum err err = link_allowed(views, a, now_us, &why);
    enum link_state state = err == ERR_EXPIRED ? LINK_EXPIRED : err == ERR_FORBIDDEN ? LINK_REVOKED : LINK_RUNNING;
    struct str detail = err == ERR_NONE ? STR_NONE : arena_str(arena, str_of(why.text));
    if (disclosed_read(views, arena, a->id, &d, &none) != ERR_NONE ||
        feed_last(views, a->id, &last, &none) != ERR_NONE) {
        state = LINK_WAITING;
        detail = arena_str(arena, str_of(none.text));
        d = (struct disclosed){0};
    }
    if (state == LINK_RUNNING && d.to < last) { // there is something that the counterpart has not fetched
        state = LINK_WAITING;
        detail = arena_printf(arena, "%lld statements wait for the counterpart", (long long)(last - d.to));
    }
    struct json *o = link_terms(arena, a, true, state, detail);
    link_totals(arena, o, d.to, d.statements, d.withheld, d.last_us);
    return o;
}
