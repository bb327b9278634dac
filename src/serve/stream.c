// SPDX-License-Identifier: Apache-2.0
#include "serve/stream.h"

#include "base/clock.h"
#include "commit/events.h"
#include "expr/json_value.h"
#include "serve/inside.h"
#include "serve/route.h"

#include <pthread.h>

#define STREAM_EVENT_MEMORY ((size_t)2 << 20) // an event is 64 kB at most

static const char *const kinds[] = {"decision", "crossing", "position", "standing", "link", "log", "alarm"};
#define KINDS (sizeof kinds / sizeof *kinds)
#define KINDS_OF_CARGO 0x0fu // decision, crossing, position, standing
#define KINDS_OF_NODE 0x70u  // link, log, alarm

unsigned stream_kind(struct str type)
{
    for (unsigned i = 0; i < KINDS; i++)
        if (str_is(type, kinds[i])) return 1u << i;
    return 0;
}

// Whoever runs the machine has no need to know what crosses the border.
unsigned stream_kinds_of(enum role role)
{
    if (role & (ROLE_OFFICER | ROLE_ANALYSTS | ROLE_AUDITOR)) return KINDS_OF_CARGO | KINDS_OF_NODE;
    return role & ROLE_PEOPLE ? KINDS_OF_NODE : 0;
}

enum err stream_kinds_read(struct str list, unsigned *out, struct why *why)
{
    *out = 0;
    while (list.p && list.n) {
        struct str rest, kind = str_trim(str_cut(list, ',', &rest));
        list = rest;
        unsigned bit = stream_kind(kind);
        if (!bit)
            return why_set(why, ERR_MALFORMED, "kinds",
                           "kinds are of: decision, crossing, position, standing, link, log, alarm");
        *out |= bit;
    }
    if (!*out) *out = KINDS_OF_CARGO | KINDS_OF_NODE;
    return ERR_NONE;
}

// ---- Subscriptions ----

enum { SLOT_TYPE, SLOT_DATA, SLOTS };

static const struct condition_variable variables[SLOTS] = {
    [SLOT_TYPE] = {"type", "string"},
    [SLOT_DATA] = {"data", "map(string, dyn)"},
};

static const struct expr_env *the_env; // set once, never changed after

static void env_make(void)
{
    the_env = condition_env_new(variables, SLOTS);
}

enum err stream_where_read(struct arena *arena, struct str text, struct condition *where, struct why *why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct why inner = {0};
    (void)pthread_once(&once, env_make);
    enum err err = condition_read(arena, the_env, text, where, &inner);
    return err == ERR_NONE ? ERR_NONE : why_set(why, err, "where", "%s", inner.text);
}

// The line of the event that begins with `name`, without it.
static struct str event_line(struct str event, const char *name)
{
    while (event.p && event.n) {
        struct str rest, line = str_cut(event, '\n', &rest);
        if (str_starts(line, name)) return str_from(line, strlen(name));
        event = rest;
    }
    return STR_NONE;
}

static bool fulfils(const struct condition *where, struct str event)
{
    struct arena arena = ARENA(STREAM_EVENT_MEMORY);
    struct json *json = json_parse(&arena, event_line(event, "data: "), NULL);
    struct expr_value data = {.kind = EXPR_UNKNOWN};
    if (json && expr_value_of_json(&arena, json, &data, NULL) != ERR_NONE) data.kind = EXPR_UNKNOWN;
    const struct expr_value slots[SLOTS] = {
        [SLOT_TYPE] = EXPR_STRING_VALUE(event_line(event, "event: ")),
        [SLOT_DATA] = data,
    };
    bool yes = condition_holds(where, slots, SLOTS);
    arena_free(&arena);
    return yes;
}

void stream_filter(struct str text, unsigned wanted, const struct condition *where, struct buf *out)
{
    while (text.p && text.n) {
        const char *end = memmem(text.p, text.n, "\n\n", 2);
        size_t n = end ? (size_t)(end - text.p) + 2 : text.n;
        struct str event = {text.p, n};
        bool told = stream_kind(event_line(event, "event: ")) & wanted;
        if (told && (!where || fulfils(where, event))) buf_str_add(out, event);
        text = str_from(text, n);
    }
}

// Whoever begins, or was away for longer than the ring remembers, loads the state by other calls and hears what comes
// now.
static void begin(struct events *events, struct str last_id, struct stream *stream)
{
    uint64_t last = events_last(events), after;
    stream->after = last;
    if (!last_id.p || !str_decimal(last_id, UINT64_MAX, &after) || after > last) return;
    bool lost = false;
    struct buf probe = BUF(STREAM_READY_MAX);
    (void)events_read(events, after, 1, &probe, &lost);
    buf_free(&probe);
    if (!lost) stream->after = after;
}

static enum step stream_begin(struct request *request)
{
    if (request->job.err != ERR_NONE) return reply_problem(request, &request->job.why);
    struct serve *serve = request->serve;
    struct stream *stream = request->state;
    struct events *events = commit_events(serve->settings.commit);
    int64_t now = clock_monotonic_us();
    stream->quiet_us = now + STREAM_HEARTBEAT_US;
    stream->ends_us = now + STREAM_LIFE_US;
    stream->open = true;
    begin(events, request->last_event_id, stream);
    events_watch(events, 1);
    buf_puts(&stream->ready, "retry: 1000\n\n");
    reply_header(request, "X-Accel-Buffering", "no");
    reply_bytes(request, 200, "text/event-stream", STR(""));
    return STEP_STREAM;
}

enum step stream_get(struct request *request)
{
    struct why why = {0};
    unsigned wanted;
    if (stream_kinds_read(request_query(request, "kinds"), &wanted, &why) != ERR_NONE)
        return reply_problem(request, &why);
    struct stream *stream = arena_new(&request->arena, struct stream);
    if (!stream) {
        (void)why_set(&why, ERR_NO_MEMORY, "", "no memory for a stream now");
        return reply_problem(request, &why);
    }
    *stream = (struct stream){.kinds = wanted & stream_kinds_of(request->caller.role), .ready = BUF(STREAM_READY_MAX)};
    struct str where = request_query(request, "where");
    stream->has_where = where.p && where.n;
    if (stream->has_where && stream_where_read(&request->arena, where, &stream->where, &why) != ERR_NONE)
        return reply_problem(request, &why);
    request->state = stream;
    if (!(stream->kinds & KINDS_OF_CARGO)) return stream_begin(request);
    // Crossings pass by on it, so that it is read is on record like any other reading.
    request->reply.status = 200;
    enum step step = request_log_read(request, NOUN_NONE, NULL, "stream", NULL);
    request->next = stream_begin;
    return step;
}

static void refill(struct serve *serve, struct stream *stream, bool *lost, int64_t now_us)
{
    struct events *events = commit_events(serve->settings.commit);
    buf_clear(&stream->ready);
    stream->sent = 0;
    struct buf text = BUF(STREAM_READY_MAX);
    // Events of other kinds are passed over, however many there are: never more than the ring holds.
    while (!stream->ready.n && !*lost) {
        uint64_t before = stream->after;
        buf_clear(&text);
        stream->after = events_read(events, before, STREAM_EVENTS_MAX, &text, lost);
        if (stream->after == before) break;
        if (text.failed) *lost = true;
        stream_filter(buf_str(&text), stream->kinds, stream->has_where ? &stream->where : NULL, &stream->ready);
    }
    buf_free(&text);
    if (!stream->ready.n && now_us >= stream->quiet_us) buf_puts(&stream->ready, ": here\n\n");
}

int64_t stream_fill(struct serve *serve, struct stream *stream, char *out, size_t room, int64_t now_us)
{
    if (stream->sent == stream->ready.n) {
        bool lost = false;
        if (now_us >= stream->ends_us) return -1;
        refill(serve, stream, &lost, now_us);
        if (lost || stream->ready.failed) {
            count_add(&serve->counters, COUNT_STREAM_LOST, 1);
            return -1;
        }
    }
    size_t n = stream->ready.n - stream->sent;
    if (n > room) n = room;
    if (!n) return 0;
    memcpy(out, stream->ready.p + stream->sent, n);
    stream->sent += n;
    stream->quiet_us = now_us + STREAM_HEARTBEAT_US;
    count_add(&serve->counters, COUNT_STREAM_BYTES, n);
    return (int64_t)n;
}

void stream_free(struct serve *serve, struct stream *stream)
{
    if (!stream) return;
    if (stream->open) events_watch(commit_events(serve->settings.commit), -1);
    buf_free(&stream->ready);
}
