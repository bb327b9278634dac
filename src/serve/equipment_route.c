// SPDX-License-Identifier: Apache-2.0
// Scanners, docks and booths by HTTP: what each is now, and the availability report of a period.
#include "base/clock.h"
#include "serve/answer.h"
#include "serve/inside.h"
#include "serve/route.h"
#include "views/equipment.h"

#define REPORT_MAX ((size_t)32 << 20)

static void put_text(struct arena *arena, struct json *object, const char *name, struct str text)
{
    if (text.n) json_put_text(arena, object, name, text);
}

static void put_time(struct arena *arena, struct json *object, const char *name, int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    size_t n = time_text_ms(ms, text);
    json_put_text(arena, object, name, arena_str(arena, (struct str){text, n}));
}

// `m` has the change in force alone, or none.
static struct json *machine_json(struct arena *arena, const struct machine *m, int64_t now_ms)
{
    struct json *o = json_new_object(arena);
    enum machine_state state = machine_state_at(m, now_ms);
    const struct machine_change *change = m->nchanges ? &m->changes[m->nchanges - 1] : NULL;
    json_put_text(arena, o, "id", m->id);
    put_text(arena, o, "type", m->type);
    put_text(arena, o, "name", m->name);
    put_text(arena, o, "port", m->port);
    json_put_text(arena, o, "state", str_of(machine_state_name(state)));
    if (!change) return o;
    if (state == MACHINE_UNKNOWN) {
        put_time(arena, o, "last_known", change->to_ms ? change->to_ms : change->at_ms);
        return o;
    }
    put_time(arena, o, "since", change->at_ms);
    put_text(arena, o, "reason", change->reason);
    put_text(arena, o, "waiting", str_of(machine_waiting_name(change->waiting)));
    put_text(arena, o, "note", change->note);
    return o;
}

static struct json *fleet_json(struct arena *arena, const struct fleet *fleet, int64_t now_ms)
{
    struct json *o = json_new_object(arena), *list = json_new_array(arena);
    size_t up = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        up += machine_available(machine_state_at(&fleet->items[i], now_ms));
        json_add(list, machine_json(arena, &fleet->items[i], now_ms));
    }
    json_put(o, "equipment", list);
    json_put_number(arena, o, "up", (double)up);
    json_put_number(arena, o, "all", (double)fleet->count);
    return o;
}

enum step equipment_list(struct request *request)
{
    struct why why = {0};
    struct fleet fleet = {0};
    int64_t now_ms = clock_now_us() / 1000;
    struct equipment_query query = {.port = request_query(request, "port"),
                                    .type = request_query(request, "type"),
                                    .to_ms = now_ms + 1,
                                    .no_history = true};
    struct views *views = request_views(request, &why);
    enum err err = views ? equipment_fleet(views, &request->arena, &query, &fleet, &why) : why.err;
    request_views_done(request, views);
    if (err != ERR_NONE) return reply_problem(request, &why);
    return reply_json(request, 200, fleet_json(&request->arena, &fleet, now_ms));
}

// ---- The report ----

static enum err read_query(const struct request *request, struct availability_report *report, int64_t *from_ms,
                           int64_t *to_ms, struct why *why)
{
    struct str from = request_query(request, "from"), to = request_query(request, "to");
    report->zone = request_query(request, "zone");
    report->language = request_query(request, "lang");
    *from_ms = *to_ms = INT64_MIN;
    if (report->zone.n && !report_zone_known(report->zone))
        return why_set(why, ERR_MALFORMED, "zone", "a zone is one of the border's, America/Chicago");
    if (report->language.n && !report_language_known(report->language))
        return why_set(why, ERR_MALFORMED, "lang", "a language is en, es or fr");
    if (from.n && !report_moment(from, report->zone, false, from_ms))
        return why_set(why, ERR_MALFORMED, "from", "from is a day like 2026-01-01, or a time");
    if (to.n && !report_moment(to, report->zone, true, to_ms))
        return why_set(why, ERR_MALFORMED, "to", "to is a day like 2026-02-28, or a time");
    return ERR_NONE;
}

static enum step reply_text(struct request *request, const struct availability_report *report, const char *type,
                            void (*form)(const struct availability_report *, struct buf *))
{
    struct buf out = BUF(REPORT_MAX);
    form(report, &out);
    return answer_report(request, type, &out);
}

enum step equipment_report_get(struct request *request)
{
    struct why why = {0};
    int64_t from_ms, to_ms;
    struct str format = request_query(request, "format"), type = request_query(request, "type");
    struct availability_report report = {.by = request->serve->settings.party,
                                         .period = {.now_ms = clock_now_us() / 1000}};
    bool html = str_is(format, "html"), csv = str_is(format, "csv");
    enum err err = read_query(request, &report, &from_ms, &to_ms, &why);
    if (err == ERR_NONE && format.n && !html && !csv && !str_is(format, "json"))
        err = why_set(&why, ERR_MALFORMED, "format", "a format is json, csv or html");
    struct views *views = err == ERR_NONE ? request_views(request, &why) : NULL;
    if (views)
        err = equipment_report(views, &request->arena, request_query(request, "port"), type, from_ms, to_ms, &report,
                               &why);
    request_views_done(request, views);
    if (!views || err != ERR_NONE) return reply_problem(request, &why);
    if (html) return reply_text(request, &report, "text/html; charset=utf-8", availability_report_html);
    if (csv) return reply_text(request, &report, "text/csv; charset=utf-8", availability_report_csv);
    return reply_json(request, 200, availability_report_json(&request->arena, &report));
}
