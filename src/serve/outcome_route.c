// SPDX-License-Identifier: Apache-2.0
// Outcomes by HTTP: what rules, lanes, scanners, shifts and programmes find, beside what chance finds. Figures about
// officers are for auditors and admins, and who read them is on record.
#include "base/clock.h"
#include "port/availability_report.h"
#include "port/outcome_report.h"
#include "serve/answer.h"
#include "serve/inside.h"
#include "serve/route.h"
#include "views/outcome.h"
#include "views/port.h"

#define REPORT_MAX ((size_t)32 << 20)
#define DAY_MS INT64_C(86400000)
#define DAYS_DEFAULT 30
#define DAYS_MAX 366

static enum err read_by(const struct request *request, enum outcome_by *by, struct why *why)
{
    struct str text = request_query(request, "by");
    *by = OUTCOME_BY_RULE;
    if (text.n && !outcome_by_parse(text, by))
        return why_set(why, ERR_MALFORMED, "by", "by is rule, lane, scanner, shift or programme");
    if (*by == OUTCOME_BY_SHIFT && !(request->caller.role & (ROLE_AUDITOR | ROLE_ADMIN)))
        return why_set(why, ERR_FORBIDDEN, "by", "officers' shifts are for auditors and admins");
    return ERR_NONE;
}

// A port's own zone, where none is asked for.
static enum err read_zone(struct request *request, struct views *views, struct outcome_report *report, struct why *why)
{
    struct port port;
    bool found;
    report->port = request_query(request, "port");
    report->zone = request_query(request, "zone");
    if (report->zone.n && !report_zone_known(report->zone))
        return why_set(why, ERR_MALFORMED, "zone", "a zone is one of the border's, America/Chicago");
    if (report->zone.n || !report->port.n) return ERR_NONE;
    enum err err = port_get(views, &request->arena, report->port, &port, &found, why);
    if (err == ERR_NONE && found) report->zone = port.timezone;
    return err;
}

static enum err read_period(const struct request *request, struct outcome_report *report, struct why *why)
{
    struct str from = request_query(request, "from"), to = request_query(request, "to");
    report->language = request_query(request, "lang");
    if (report->language.n && !report_language_known(report->language))
        return why_set(why, ERR_MALFORMED, "lang", "a language is en, es or fr");
    report->to_ms = clock_now_us() / 1000;
    if (to.n && !report_moment(to, report->zone, true, &report->to_ms))
        return why_set(why, ERR_MALFORMED, "to", "to is a day like 2026-02-28, or a time");
    report->from_ms = report->to_ms - DAYS_DEFAULT * DAY_MS;
    if (from.n && !report_moment(from, report->zone, false, &report->from_ms))
        return why_set(why, ERR_MALFORMED, "from", "from is a day like 2026-01-01, or a time");
    if (report->from_ms >= report->to_ms) return why_set(why, ERR_MALFORMED, "to", "the period ends before it begins");
    if ((report->to_ms - report->from_ms) / DAY_MS > DAYS_MAX)
        return why_set(why, ERR_TOO_LARGE, "from", "ask for at most %d days at a time", DAYS_MAX);
    return ERR_NONE;
}

static enum err read_rates(struct request *request, struct outcome_report *report, enum outcome_by by, struct why *why)
{
    struct outcome_rates *rates = arena_new(&request->arena, struct outcome_rates);
    if (!rates) return why_set(why, ERR_NO_MEMORY, "", "no memory for the outcomes");
    struct views *views = request_views(request, why);
    enum err err = views ? read_zone(request, views, report, why) : why->err;
    if (err == ERR_NONE) err = read_period(request, report, why);
    struct outcome_query query = {report->port, report->from_ms, report->to_ms};
    if (err == ERR_NONE) err = outcome_rates_of(views, &request->arena, &query, by, rates, why);
    request_views_done(request, views);
    report->rates = rates;
    return err;
}

static enum step reply_text(struct request *request, const struct outcome_report *report, const char *type,
                            void (*form)(const struct outcome_report *, struct buf *))
{
    struct buf out = BUF(REPORT_MAX);
    form(report, &out);
    return answer_report(request, type, &out);
}

enum step outcomes_get(struct request *request)
{
    struct why why = {0};
    enum outcome_by by;
    struct outcome_report report = {.node = request->serve->settings.party};
    struct str format = request_query(request, "format");
    bool html = str_is(format, "html"), csv = str_is(format, "csv");
    enum err err = read_by(request, &by, &why);
    if (err == ERR_NONE && format.n && !html && !csv && !str_is(format, "json"))
        err = why_set(&why, ERR_MALFORMED, "format", "a format is json, csv or html");
    if (err == ERR_NONE) err = read_rates(request, &report, by, &why);
    if (err != ERR_NONE) return reply_problem(request, &why);
    enum step step;
    if (html)
        step = reply_text(request, &report, "text/html; charset=utf-8", outcome_report_html);
    else if (csv)
        step = reply_text(request, &report, "text/csv; charset=utf-8", outcome_report_csv);
    else
        step = reply_json(request, 200, outcome_report_json(&request->arena, &report));
    if (by != OUTCOME_BY_SHIFT) return step;
    return request_log_read(request, NOUN_NONE, NULL, "outcomes by shift", json_new_array(&request->arena));
}
