// SPDX-License-Identifier: Apache-2.0
#include "share/witness_state.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "ledger/witness.h"
#include "views/local.h"

#define TRIES 8
#define LINES_MAX ((size_t)64 << 10) // of cosignatures in one answer
#define NOTES_KEPT 64                // cosigned checkpoints of ours
#define PARTNERS_MAX 256

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a checkpoint");
}

enum err witness_seen(struct views *views, struct arena *arena, struct str origin, struct engine_checkpoint *out,
                      struct why *why)
{
    struct why none = {0};
    uint32_t number;
    *out = (struct engine_checkpoint){0};
    enum err err = engine_origin(views_engine(views), origin, false, &number, &none);
    if (err == ERR_NONE) err = engine_checkpoint_get(views_engine(views), arena, number, out, &none);
    if (err == ERR_NOT_FOUND) return ERR_NONE;
    if (err != ERR_NONE && why) *why = none;
    return err;
}

static const struct partner *partner_of(const struct partner *partners, size_t n, struct str origin)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(partners[i].log_key.name, origin)) return &partners[i];
    return NULL;
}

// ---- The witness ----

struct followed {
    struct views *views;
    struct arena *arena;
    const struct partner *partners;
    size_t npartners;
};

static enum err find_log(void *context, struct str origin, struct witness_log *out, struct why *why)
{
    struct followed *f = context;
    const struct partner *p = partner_of(f->partners, f->npartners, origin);
    struct engine_checkpoint seen;
    if (!p) return why_set(why, ERR_NOT_FOUND, "origin", "this witness does not follow that log");
    enum err err = witness_seen(f->views, f->arena, origin, &seen, why);
    if (err != ERR_NONE) return err;
    *out = (struct witness_log){.keys = &p->log_key, .nkeys = 1, .size = seen.size};
    memcpy(out->root, seen.root, sizeof out->root);
    return ERR_NONE;
}

// What was answered, made durable: the swap fails if the log moved since it was checked.
static enum err keep_seen(struct commit *commit, const struct witness_answer *answer, struct why *why)
{
    struct mirror mirror = {
        .origin = answer->origin, .checkpoint = answer->note, .size = answer->size, .old_size = answer->old};
    struct job job = {.lane = JOB_LINK, .actor = STR("node"), .mirror = &mirror};
    if (answer->size == answer->old) return ERR_NONE;
    memcpy(mirror.root, answer->root, sizeof mirror.root);
    return commit_wait(commit, &job, why);
}

enum err witness_answer(struct views *views, struct commit *commit, const struct partner *partners, size_t npartners,
                        struct str own_party, const struct ed25519_key *witness_key, struct str request,
                        struct arena *arena, int *status, const char **content_type, struct str *body, struct why *why)
{
    struct followed followed = {views, arena, partners, npartners};
    const struct witness witness = {.name = own_party, .key = witness_key, .find = find_log, .ctx = &followed};
    struct witness_answer answer = {0};
    enum err err = ERR_CONFLICT;
    for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++) {
        struct why said = {0}, store = {0};
        err = witness_add_checkpoint(arena, &witness, request, (uint64_t)(clock_now_us() / 1000000), &answer, &said);
        if (answer.status >= 500) {
            if (why) *why = said;
            return err;
        }
        if (err != ERR_NONE) { // an answer too
            log_why(LOG_WARN, "witness", "a checkpoint is not cosigned", &said);
            err = ERR_NONE;
            break;
        }
        err = keep_seen(commit, &answer, &store);
        if (err != ERR_NONE && err != ERR_CONFLICT && why) *why = store;
    }
    if (err == ERR_CONFLICT) return why_set(why, ERR_BUSY, "", "this log is being witnessed by others; try again");
    *status = answer.status;
    *content_type = answer.content_type;
    *body = answer.body;
    return err;
}

static bool has_line(const struct note *note, const struct note_key *key)
{
    for (size_t i = 0; i < note->count; i++)
        if (note->signatures[i].id == key->id && str_eq(note->signatures[i].name, key->name)) return true;
    return false;
}

static enum err with_cosignature(struct arena *arena, struct str own_party, const struct ed25519_key *key,
                                 struct str held, struct str *out, struct why *why)
{
    struct note note;
    const struct note_key own = note_key_make(own_party, NOTE_COSIGNATURE, key->public);
    enum err err = note_parse(arena, held, &note, why);
    if (err != ERR_NONE) return err;
    *out = held;
    if (has_line(&note, &own)) return ERR_NONE;
    struct buf b = BUF(NOTE_MAX);
    buf_str_add(&b, held);
    note_cosign(own_party, key, (uint64_t)(clock_now_us() / 1000000), note.text, &b);
    *out = b.failed ? STR_NONE : arena_str(arena, buf_str(&b));
    buf_free(&b);
    return out->p ? ERR_NONE : no_memory(why);
}

enum err witness_monitor(struct views *views, struct arena *arena, const struct partner *partners, size_t npartners,
                         struct str own_party, const struct ed25519_key *witness_key, struct str hex, struct str *note,
                         struct why *why)
{
    for (size_t i = 0; i < npartners; i++) {
        uint8_t hash[SHA256_BYTES];
        struct engine_checkpoint seen;
        sha256(partners[i].log_key.name, hash);
        if (!str_eq(hex_text(arena, (struct str){(const char *)hash, sizeof hash}), hex)) continue;
        enum err err = witness_seen(views, arena, partners[i].log_key.name, &seen, why);
        if (err != ERR_NONE) return err;
        if (seen.size == 0) break;
        return with_cosignature(arena, own_party, witness_key, seen.note, note, why);
    }
    return why_set(why, ERR_NOT_FOUND, "", "no checkpoint of such a log is held here");
}

// ---- Our own checkpoints ----

static struct str size_key(struct arena *arena, uint64_t size)
{
    return arena_printf(arena, "%016llx", (unsigned long long)size);
}

static enum err cosigned_get(struct views *views, struct arena *arena, uint64_t size, struct str *note, struct why *why)
{
    return local_get(views, arena, STR("cosigned-note"), size_key(arena, size), note, why);
}

enum err cosigned_newest(struct views *views, struct arena *arena, struct engine_checkpoint *out, struct why *why)
{
    struct why none = {0};
    struct str cosigned;
    *out = (struct engine_checkpoint){0};
    enum err err = engine_checkpoint_get(views_engine(views), arena, ENGINE_OWN, out, &none);
    if (err == ERR_NOT_FOUND) return ERR_NONE;
    if (err != ERR_NONE) {
        if (why) *why = none;
        return err;
    }
    err = cosigned_get(views, arena, out->size, &cosigned, why);
    if (err == ERR_NONE && cosigned.n) out->note = cosigned;
    return err;
}

enum err witness_checkpoint(struct views *views, struct arena *arena, struct str *note, struct why *why)
{
    struct engine_checkpoint newest;
    enum err err = cosigned_newest(views, arena, &newest, why);
    *note = newest.note;
    if (err == ERR_NONE && newest.size == 0) err = why_set(why, ERR_NOT_FOUND, "", "the log is still empty");
    return err;
}

enum err cosigned_quorum(struct views *views, struct arena *arena, uint64_t size, size_t need, struct str *note,
                         struct why *why)
{
    struct local_item *items;
    size_t n, most = 0;
    enum err err = local_list(views, arena, STR("cosigned-note"), STR_NONE, 2 * NOTES_KEPT, &items, &n, why);
    for (size_t i = n; i-- > 0 && err == ERR_NONE;) { // the newest first
        struct note held;
        struct checkpoint cp;
        err = checkpoint_read(arena, items[i].value, &held, &cp, why);
        if (err != ERR_NONE || cp.size < size || held.count <= most + 1) continue; // one line is our own
        most = held.count - 1;
        *note = items[i].value;
    }
    if (err != ERR_NONE || (most && most >= need)) return err;
    if (need == 0) return witness_checkpoint(views, arena, note, why);
    return why_set(why, ERR_BUSY, "", "%zu witnesses have not cosigned a checkpoint of %llu statements yet", need,
                   (unsigned long long)size);
}

struct json *witness_report(struct views *views, struct arena *arena)
{
    struct local_item *items;
    size_t n;
    struct why why = {0};
    struct json *list = json_new_array(arena);
    if (local_list(views, arena, STR("cosigned"), STR_NONE, PARTNERS_MAX, &items, &n, &why) != ERR_NONE) {
        log_why(LOG_ERROR, "witness", "reading the cosignatures", &why);
        return list;
    }
    for (size_t i = 0; i < n; i++) {
        struct why none = {0};
        const struct json *held = json_parse(arena, items[i].value, &none);
        struct json *o = json_new_object(arena);
        int64_t size = 0;
        json_integer(held, "size", &size);
        json_put_text(arena, o, "name", items[i].key);
        json_put_number(arena, o, "size", (double)size);
        json_put_text(arena, o, "time", json_text(held, "time"));
        json_add(list, o);
    }
    return list;
}

// ---- A partner's cosignature ----

// A checkpoint of ours with a partner's line that holds.
struct cosigned {
    struct arena *arena;
    const struct partner *partner;
    struct checkpoint checkpoint;
    struct str offered, line;
    struct local_write writes[3];
};

static enum err match_line(struct cosigned *c, struct str offered, struct str line, struct why *why)
{
    struct buf lines = BUF(LINES_MAX);
    struct note note;
    enum err err = witness_response_read(c->arena, line, offered, &c->partner->witness_key, 1, &lines, why);
    if (err == ERR_NONE) err = checkpoint_read(c->arena, offered, &note, &c->checkpoint, why);
    c->offered = offered;
    c->line = lines.n ? arena_str(c->arena, buf_str(&lines)) : STR_NONE;
    buf_free(&lines);
    return err == ERR_NONE && !c->line.p ? no_memory(why) : err;
}

// The one of the checkpoints offered to the partner that the line is over.
static enum err find_offered(struct views *views, struct cosigned *c, struct str line, struct why *why)
{
    struct local_item *items;
    size_t n;
    struct str prefix = arena_printf(c->arena, "%.*s ", STR_ARG(c->partner->party));
    enum err err = local_list(views, c->arena, STR("offered"), STR_NONE, PARTNERS_MAX, &items, &n, why);
    if (err != ERR_NONE) return err;
    for (size_t i = 0; i < n; i++) {
        struct why none = {0};
        if (items[i].key.n <= prefix.n || memcmp(items[i].key.p, prefix.p, prefix.n) != 0) continue;
        if (match_line(c, items[i].value, line, &none) == ERR_NONE) return ERR_NONE;
    }
    return why_set(why, ERR_UNTRUSTED, "cosignature", "it is not of %.*s over the checkpoint that it was offered last",
                   STR_ARG(c->partner->party));
}

static struct str report_text(struct cosigned *c)
{
    struct buf b = BUF(LINES_MAX);
    struct json *o = json_new_object(c->arena);
    char time[TIME_TEXT_ROOM];
    size_t n = time_text_ms(clock_now_us() / 1000, time);
    json_put_text(c->arena, o, "line", c->line);
    json_put_number(c->arena, o, "size", (double)c->checkpoint.size);
    json_put_text(c->arena, o, "root",
                  base64_text(c->arena, (struct str){(const char *)c->checkpoint.root, MERKLE_HASH}));
    json_put_text(c->arena, o, "time", (struct str){time, n});
    json_canonical(o, &b);
    struct str s = b.failed ? STR_NONE : arena_str(c->arena, buf_str(&b));
    buf_free(&b);
    return s;
}

static struct str joined(struct arena *arena, struct str a, struct str b)
{
    char *p = arena_alloc(arena, a.n + b.n + 1);
    if (!p) return STR_NONE;
    memcpy(p, a.p, a.n);
    memcpy(p + a.n, b.p, b.n);
    return (struct str){p, a.n + b.n};
}

// The note with this line beside those of other partners; the oldest note goes when there are too many.
static enum err note_writes(struct views *views, struct cosigned *c, struct local_write **first, struct why *why)
{
    struct str held;
    struct note note;
    struct local_item *items;
    size_t n;
    enum err err = cosigned_get(views, c->arena, c->checkpoint.size, &held, why);
    if (err == ERR_NONE) err = note_parse(c->arena, held.n ? held : c->offered, &note, why);
    if (err == ERR_NONE) err = local_list(views, c->arena, STR("cosigned-note"), STR_NONE, NOTES_KEPT, &items, &n, why);
    if (err != ERR_NONE || has_line(&note, &c->partner->witness_key)) return err;
    c->writes[1] = (struct local_write){.next = *first,
                                        .space = STR("cosigned-note"),
                                        .key = size_key(c->arena, c->checkpoint.size),
                                        .value = joined(c->arena, held.n ? held : c->offered, c->line),
                                        .compare = true,
                                        .expected = held};
    *first = &c->writes[1];
    if (!c->writes[1].value.p) return no_memory(why);
    if (n < NOTES_KEPT) return ERR_NONE;
    c->writes[2] = (struct local_write){.next = *first, .space = STR("cosigned-note"), .key = items[0].key};
    *first = &c->writes[2];
    return ERR_NONE;
}

static void tell_witnesses(struct views *views, struct commit *commit, struct arena *arena)
{
    struct engine_checkpoint newest;
    struct why why = {0};
    struct buf b = BUF((size_t)64 << 10);
    struct json *o = json_new_object(arena);
    if (cosigned_newest(views, arena, &newest, &why) != ERR_NONE) return;
    json_put_number(arena, o, "size", (double)newest.size);
    json_put(o, "witnesses", witness_report(views, arena));
    json_canonical(o, &b);
    if (!b.failed) events_add(commit_events(commit), "log", buf_str(&b));
    buf_free(&b);
}

enum err link_cosigned(struct commit *commit, struct views *views, const struct partner *partner, struct str line,
                       struct why *why)
{
    struct arena arena = ARENA((size_t)16 << 20);
    struct cosigned c = {.arena = &arena, .partner = partner};
    enum err err = line.n > LINES_MAX ? why_set(why, ERR_TOO_LARGE, "cosignature", "a cosignature is one line")
                                      : find_offered(views, &c, line, why);
    bool done = false;
    for (int i = 0; i < TRIES && err == ERR_NONE && !done; i++) {
        struct why again = {0};
        struct job job = {.lane = JOB_LINK, .actor = STR("node")};
        c.writes[0] = (struct local_write){.space = STR("cosigned"), .key = partner->party, .value = report_text(&c)};
        struct local_write *first = &c.writes[0];
        if (!c.writes[0].value.p) err = no_memory(why);
        if (err == ERR_NONE) err = note_writes(views, &c, &first, why);
        if (err != ERR_NONE) break;
        job.locals = first;
        err = commit_wait(commit, &job, &again);
        done = err == ERR_NONE;
        if (err == ERR_CONFLICT && i + 1 < TRIES) err = ERR_NONE; // another partner's line came in between
        if (err != ERR_NONE && why) *why = again;
    }
    if (err == ERR_NONE) tell_witnesses(views, commit, &arena);
    arena_free(&arena);
    return err;
}
