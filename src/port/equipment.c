// SPDX-License-Identifier: Apache-2.0
#include "port/equipment.h"

#include "base/clock.h"

static const char *const states[MACHINE_STATES] = {"unknown", "up", "standby", "degraded", "maintenance", "down"};
static const char *const waitings[WAITINGS] = {"", "people", "parts", "repair"};
static const char *const verdicts[VERDICTS] = {"", "clear", "suspect", "none"};

const char *machine_state_name(enum machine_state state)
{
    return states[state];
}

const char *machine_waiting_name(enum machine_waiting waiting)
{
    return waitings[waiting];
}

const char *machine_verdict_name(enum machine_verdict verdict)
{
    return verdicts[verdict];
}

static bool name_find(struct str text, const char *const *names, size_t n, size_t *out)
{
    for (*out = 0; *out < n; ++*out)
        if (str_is(text, names[*out])) return true;
    return false;
}

bool machine_state_parse(struct str text, enum machine_state *out)
{
    size_t at;
    bool found = name_find(text, states, MACHINE_STATES, &at) && at != MACHINE_UNKNOWN;
    *out = found ? (enum machine_state)at : MACHINE_UNKNOWN;
    return found;
}

bool machine_waiting_parse(struct str text, enum machine_waiting *out)
{
    size_t at;
    bool found = name_find(text, waitings, WAITINGS, &at);
    *out = found ? (enum machine_waiting)at : WAITING_UNSAID;
    return found;
}

bool machine_verdict_parse(struct str text, enum machine_verdict *out)
{
    size_t at;
    bool found = name_find(text, verdicts, VERDICTS, &at);
    *out = found ? (enum machine_verdict)at : VERDICT_UNSAID;
    return found;
}

#define NUMBER_MAX 1e9 // more is no number of hours, money or scans

static double number_or(const struct json *object, const char *name, double fallback)
{
    double value;
    return json_number(object, name, &value) && value >= 0 && value <= NUMBER_MAX ? value : fallback;
}

static int64_t time_or(const struct json *object, const char *name, int64_t fallback)
{
    int64_t ms;
    return time_parse_ms(json_text(object, name), &ms) ? ms : fallback;
}

struct machine machine_blank(struct str id)
{
    return (struct machine){.id = id,
                            .to_ms = INT64_MAX,
                            .contract = {.availability_pct = -1,
                                         .response_hours = -1,
                                         .repair_hours = -1,
                                         .penalty_per_hour = -1,
                                         .penalty_max = -1}};
}

bool machine_declare(struct machine *m, const struct json *members)
{
    const struct json *e = json_get(members, "equipment"), *c = json_get(members, "contract");
    struct str type = json_text(e, "type"), port = json_text(e, "port");
    if (!type.n || !port.n) return false;
    m->type = type;
    m->port = port;
    m->name = json_text(e, "name");
    m->model = json_text(e, "model");
    m->vendor = json_text(e, "vendor");
    double rated = number_or(e, "rated_per_hour", 0);
    m->rated_per_hour = rated >= 0.01 ? rated : 0;
    m->from_ms = time_or(e, "from", 0);
    m->to_ms = time_or(e, "to", INT64_MAX);
    m->contract = (struct machine_contract){.vendor = json_text(c, "vendor"),
                                            .currency = json_text(c, "currency"),
                                            .availability_pct = number_or(c, "availability_pct", -1),
                                            .response_hours = number_or(c, "response_hours", -1),
                                            .repair_hours = number_or(c, "repair_hours", -1),
                                            .penalty_per_hour = number_or(c, "penalty_per_hour", -1),
                                            .penalty_max = number_or(c, "penalty_max", -1)};
    double every = number_or(json_get(members, "maintenance"), "every_days", 0);
    m->every_days = every > 0 && every <= 36600 ? (int64_t)every : 0;
    return true;
}

bool machine_change_read(const struct json *state, struct machine_change *out)
{
    *out = (struct machine_change){.at_ms = time_or(state, "from", 0),
                                   .to_ms = time_or(state, "to", 0),
                                   .reason = json_text(state, "reason"),
                                   .note = json_text(state, "note")};
    (void)machine_waiting_parse(json_text(state, "waiting"), &out->waiting);
    return machine_state_parse(json_text(state, "state"), &out->state) && out->at_ms > 0;
}

bool machine_scan_read(const struct json *scan, struct machine_scan *out)
{
    double count = json_get(scan, "count") ? number_or(scan, "count", 0) : 1;
    *out = (struct machine_scan){.from_ms = time_or(scan, "from", 0),
                                 .to_ms = time_or(scan, "to", 0),
                                 .verdict_at_ms = time_or(scan, "verdict_at", 0),
                                 .count = count >= 1 && count <= 1000000 ? (uint32_t)count : 0};
    bool said = machine_verdict_parse(json_text(scan, "verdict"), &out->verdict);
    return said && out->count && out->from_ms > 0 && out->to_ms >= out->from_ms;
}

bool machine_due_read(const struct json *maintenance, struct machine_due *out)
{
    *out = (struct machine_due){time_or(maintenance, "due", 0), time_or(maintenance, "done", 0)};
    return out->due_ms > 0;
}
