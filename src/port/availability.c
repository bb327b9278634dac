// SPDX-License-Identifier: Apache-2.0
#include "port/availability.h"

#include "base/clock.h"

#include <stdlib.h>

#define HOUR_MS 3600000.0
#define DAY_MS INT64_C(86400000)
#define PERIOD_DAYS_MAX 3660
#define MONTHS_MAX 128

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t overlap(int64_t from, int64_t to, int64_t low, int64_t high)
{
    return most(0, least(to, high) - most(from, low));
}

static enum err no_memory(struct why *why)
{
    return why_set(why, ERR_NO_MEMORY, "", "no memory for the report");
}

// ---- The states as a line through time ----

// A change with the end that it has: the next one's beginning, its own, or now.
struct span {
    const struct machine_change *change;
    int64_t from_ms, to_ms;
};

struct line {
    struct span *items;
    size_t count;
};

struct ordered {
    const struct machine_change *change;
    size_t at; // in the input: of two changes at one moment the later said holds
};

static int change_order(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    if (x->change->at_ms != y->change->at_ms) return x->change->at_ms < y->change->at_ms ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static bool line_make(struct arena *arena, const struct machine *m, int64_t until_ms, struct line *out)
{
    struct ordered *sorted = arena_array(arena, struct ordered, m->nchanges + 1);
    out->items = arena_array(arena, struct span, m->nchanges + 1);
    out->count = 0;
    if (!sorted || !out->items) return false;
    for (size_t i = 0; i < m->nchanges; i++) sorted[i] = (struct ordered){&m->changes[i], i};
    if (m->nchanges) qsort(sorted, m->nchanges, sizeof *sorted, change_order);
    for (size_t i = 0; i < m->nchanges; i++) {
        const struct machine_change *c = sorted[i].change;
        int64_t from = most(c->at_ms, m->from_ms);
        int64_t to = i + 1 < m->nchanges ? sorted[i + 1].change->at_ms : until_ms;
        if (c->to_ms) to = least(to, c->to_ms);
        to = least(least(to, until_ms), m->to_ms);
        if (to > from) out->items[out->count++] = (struct span){c, from, to};
    }
    return true;
}

enum machine_state machine_state_at(const struct machine *m, int64_t at_ms)
{
    const struct machine_change *best = NULL;
    if (at_ms < m->from_ms || at_ms >= m->to_ms) return MACHINE_UNKNOWN;
    for (size_t i = 0; i < m->nchanges; i++)
        if (m->changes[i].at_ms <= at_ms && (!best || m->changes[i].at_ms >= best->at_ms)) best = &m->changes[i];
    return best && (!best->to_ms || at_ms < best->to_ms) ? best->state : MACHINE_UNKNOWN;
}

static enum outage_reason reason_of(const struct machine_change *c, struct str *words)
{
    enum outage_reason reason;
    bool known = outage_reason_parse(c->reason, &reason);
    *words = known ? STR_NONE : c->reason;
    return reason;
}

// Known and unknown stretches of the period, for the sums and the drawing.
static bool stretches_make(struct arena *arena, const struct line *line, int64_t low, int64_t high,
                           struct availability *out)
{
    struct stretch *items = arena_array(arena, struct stretch, 2 * line->count + 2);
    size_t n = 0;
    int64_t at = low;
    if (!items) return false;
    for (size_t i = 0; i < line->count; i++) {
        const struct span *s = &line->items[i];
        int64_t from = most(s->from_ms, low), to = least(s->to_ms, high);
        struct str words;
        if (to <= from) continue;
        if (from > at) items[n++] = (struct stretch){at, from, MACHINE_UNKNOWN, REASON_UNSAID};
        items[n++] = (struct stretch){from, to, s->change->state, reason_of(s->change, &words)};
        at = to;
    }
    if (at < high) items[n++] = (struct stretch){at, high, MACHINE_UNKNOWN, REASON_UNSAID};
    out->stretches = items;
    out->nstretches = n;
    for (size_t i = 0; i < n; i++) out->in_state_ms[items[i].state] += items[i].to_ms - items[i].from_ms;
    return true;
}

// ---- Interruptions ----

static bool is_out(const struct span *s)
{
    return s->change->state == MACHINE_DOWN || s->change->state == MACHINE_MAINTENANCE;
}

static void interruption_add(struct interruption *x, const struct span *s, bool leading)
{
    int64_t ms = s->to_ms - s->from_ms;
    enum machine_waiting waiting = s->change->waiting;
    struct str words;
    enum outage_reason reason = reason_of(s->change, &words);
    if (s->change->state == MACHINE_DOWN) x->planned = false;
    // Of a maintenance that turned into a failure the failure's reason is told.
    bool better = x->reason == REASON_UNSAID || (x->reason == REASON_PREVENTIVE && reason != REASON_UNSAID);
    if (better && reason != REASON_UNSAID) {
        x->reason = reason;
        x->words = words;
    }
    if (!x->note.n) x->note = s->change->note;
    x->waited_ms[waiting] += ms;
    if (leading && waiting == WAITING_PEOPLE) x->response_ms += ms;
    x->to_ms = s->to_ms;
}

// The run of spans that begins at `first`; how many there are.
static size_t interruption_read(const struct line *line, size_t first, struct interruption *out)
{
    size_t n = 0;
    bool leading = true, said = false;
    *out = (struct interruption){.from_ms = line->items[first].from_ms, .planned = true, .open = true};
    for (size_t i = first; i < line->count; i++, n++) {
        const struct span *s = &line->items[i];
        if (i > first && s->from_ms != line->items[i - 1].to_ms) break; // unknown time between
        out->open = is_out(s);
        if (!is_out(s)) break;
        leading = leading && s->change->waiting == WAITING_PEOPLE;
        said = said || s->change->waiting != WAITING_UNSAID;
        interruption_add(out, s, leading);
        out->open = true;
    }
    if (!said) out->response_ms = -1;
    return n;
}

static bool interruptions_make(struct arena *arena, const struct line *line, const struct period *p,
                               struct availability *out)
{
    struct interruption *items = arena_array(arena, struct interruption, line->count + 1);
    if (!items) return false;
    for (size_t i = 0; i < line->count;) {
        struct interruption x;
        if (!is_out(&line->items[i])) {
            i++;
            continue;
        }
        i += interruption_read(line, i, &x);
        x.in_period_ms = overlap(x.from_ms, x.to_ms, p->from_ms, p->to_ms);
        if (x.in_period_ms) items[out->ninterruptions++] = x;
    }
    out->interruptions = items;
    return true;
}

static void failures_sum(const struct period *p, struct availability *out)
{
    double sum = 0, parts[WAITINGS] = {0};
    for (size_t i = 0; i < out->ninterruptions; i++) {
        const struct interruption *x = &out->interruptions[i];
        bool began = x->from_ms >= p->from_ms;
        out->planned += began && x->planned;
        out->failures += began && !x->planned;
        if (x->planned || x->open || x->to_ms > p->to_ms) continue;
        out->repaired++;
        sum += (double)(x->to_ms - x->from_ms) / HOUR_MS;
        for (size_t w = 0; w < WAITINGS; w++) parts[w] += (double)x->waited_ms[w] / HOUR_MS;
    }
    out->mtbf_h = out->failures ? (double)out->up_ms / HOUR_MS / (double)out->failures : -1;
    out->mttr_h = out->repaired ? sum / (double)out->repaired : -1;
    for (size_t w = 0; w < WAITINGS; w++) out->mttr_part_h[w] = out->repaired ? parts[w] / (double)out->repaired : -1;
}

// ---- The vendor's clock ----

struct month {
    int64_t from_ms;
    double amount;
};

struct clock {
    const struct machine_contract *contract;
    const struct period *period;
    struct month months[MONTHS_MAX + 1];
    size_t nmonths;
};

// The first moment of the month that follows.
static int64_t month_next(int64_t ms)
{
    char text[TIME_TEXT_ROOM];
    int64_t us;
    time_text_ms(ms, text);
    int year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0';
    int month = (text[5] - '0') * 10 + text[6] - '0';
    bool good = time_civil_us(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1, 0, 0, 0, &us);
    return good ? us / 1000 : INT64_MAX;
}

static void months_make(struct clock *c)
{
    for (int64_t at = c->period->from_ms; at < c->period->to_ms && c->nmonths < MONTHS_MAX; at = month_next(at))
        c->months[c->nmonths++].from_ms = at;
    c->months[c->nmonths].from_ms = c->period->to_ms;
}

static void late_add(struct clock *c, struct interruption *x, int64_t from_ms, int64_t to_ms)
{
    for (size_t i = 0; i < c->nmonths; i++) {
        int64_t ms = overlap(from_ms, to_ms, c->months[i].from_ms, c->months[i + 1].from_ms);
        double amount = c->contract->penalty_per_hour > 0 ? (double)ms / HOUR_MS * c->contract->penalty_per_hour : 0;
        x->late_ms += ms;
        x->penalty += amount;
        c->months[i].amount += amount;
    }
}

static int64_t deadline(int64_t from_ms, double hours)
{
    return hours < 0 ? INT64_MAX : from_ms + (int64_t)(hours * HOUR_MS);
}

static void clock_run(struct clock *c, struct interruption *x)
{
    int64_t response = x->response_ms < 0 ? INT64_MAX : deadline(x->from_ms, c->contract->response_hours);
    int64_t repair = deadline(x->from_ms, c->contract->repair_hours);
    int64_t came = x->from_ms + most(0, x->response_ms);
    // Late for both at once is late once: the response's part ends where the repair's begins.
    late_add(c, x, response, least(came, most(repair, response)));
    late_add(c, x, repair, x->to_ms);
}

static void penalty_sum(const struct machine *m, const struct period *p, struct interruption *items,
                        struct availability *out)
{
    struct clock c = {.contract = &m->contract, .period = p};
    out->penalty = -1;
    if (!m->contract.vendor.n) return;
    months_make(&c);
    for (size_t i = 0; i < out->ninterruptions; i++) {
        if (items[i].planned) continue;
        clock_run(&c, &items[i]);
        out->late_ms += items[i].late_ms;
    }
    if (m->contract.penalty_per_hour < 0) return;
    out->penalty = 0;
    for (size_t i = 0; i < c.nmonths; i++) {
        double amount = c.months[i].amount, cap = m->contract.penalty_max;
        out->penalty_uncapped += amount;
        out->penalty += cap >= 0 && amount > cap ? cap : amount;
    }
}

// ---- Scans and maintenance ----

static void scans_sum(const struct machine *m, const struct period *p, struct availability *out)
{
    double minutes = 0;
    for (size_t i = 0; i < m->nscans; i++) {
        const struct machine_scan *s = &m->scans[i];
        if (s->from_ms < p->from_ms || s->from_ms >= p->to_ms) continue;
        out->scans += s->count;
        out->verdicts[s->verdict] += s->count;
        if (s->verdict_at_ms < s->to_ms) continue;
        minutes += (double)(s->verdict_at_ms - s->to_ms) / 60000.0;
        out->nverdict_min++;
    }
    out->verdict_min = out->nverdict_min ? minutes / (double)out->nverdict_min : -1;
    double busy_h = (double)(out->in_state_ms[MACHINE_UP] + out->in_state_ms[MACHINE_DEGRADED]) / HOUR_MS;
    double available_h = (double)out->up_ms / HOUR_MS;
    bool rated = m->rated_per_hour > 0;
    out->per_hour = busy_h > 0 ? (double)out->scans / busy_h : -1;
    out->of_rated = rated && out->per_hour >= 0 ? out->per_hour / m->rated_per_hour : -1;
    out->utilisation = rated && available_h > 0 ? (double)out->scans / (m->rated_per_hour * available_h) : -1;
}

static void maintenance_sum(const struct machine *m, const struct period *p, struct availability *out)
{
    int64_t every_ms = m->every_days * DAY_MS, end_ms = least(p->to_ms, p->now_ms);
    out->pm_expected = every_ms ? (size_t)(out->installed_ms / every_ms) : 0;
    for (size_t i = 0; i < m->ndues; i++) {
        const struct machine_due *d = &m->dues[i];
        if (d->due_ms < p->from_ms || d->due_ms >= end_ms) continue;
        out->pm_due++;
        bool done = d->done_ms > 0 && d->done_ms <= p->now_ms;
        bool on_time = done && d->done_ms <= d->due_ms + every_ms / 10;
        out->pm_on_time += on_time;
        out->pm_late += done && !on_time;
        out->pm_missed += !done;
    }
    if (!m->ndues && out->pm_expected) {
        out->pm_by_interval = true;
        out->pm_due = out->pm_expected;
        out->pm_on_time = out->planned < out->pm_due ? out->planned : out->pm_due;
        out->pm_missed = out->pm_due - out->pm_on_time;
    }
    out->pm_compliance = out->pm_due ? (double)out->pm_on_time / (double)out->pm_due : -1;
}

// ---- All of it ----

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : -1;
}

static void shares(const struct machine *m, struct availability *out)
{
    const int64_t *in = out->in_state_ms;
    out->up_ms = in[MACHINE_UP] + in[MACHINE_STANDBY] + in[MACHINE_DEGRADED];
    out->down_ms = in[MACHINE_DOWN] + in[MACHINE_MAINTENANCE];
    out->known_ms = out->up_ms + out->down_ms;
    out->installed_ms = out->known_ms + in[MACHINE_UNKNOWN];
    out->ao = share(out->up_ms, out->known_ms);
    out->ao_low = out->known_ms ? share(out->up_ms, out->installed_ms) : -1;
    out->ao_high = out->known_ms ? share(out->up_ms + in[MACHINE_UNKNOWN], out->installed_ms) : -1;
    int64_t planned_ms = 0;
    for (size_t i = 0; i < out->ninterruptions; i++)
        if (out->interruptions[i].planned) planned_ms += out->interruptions[i].in_period_ms;
    out->ao_contract = share(out->up_ms, out->known_ms - planned_ms);
    double promised = m->contract.availability_pct;
    out->contract_missed = promised >= 0 && out->ao_contract >= 0 && out->ao_contract * 100 < promised;
}

enum err availability_of(struct arena *arena, const struct machine *m, const struct period *p, struct availability *out,
                         struct why *why)
{
    struct line line;
    *out = (struct availability){0};
    if (p->to_ms <= p->from_ms) return why_set(why, ERR_USAGE, "to", "the period ends before it begins");
    if (p->to_ms - p->from_ms > PERIOD_DAYS_MAX * DAY_MS)
        return why_set(why, ERR_USAGE, "from", "a period has at most %d days", PERIOD_DAYS_MAX);
    // An interruption is followed to its end, also behind the period: its length is what the repair took.
    if (!line_make(arena, m, p->now_ms, &line)) return no_memory(why);
    int64_t low = most(p->from_ms, m->from_ms), high = least(p->to_ms, m->to_ms);
    if (!stretches_make(arena, &line, low, most(low, high), out)) return no_memory(why);
    if (!interruptions_make(arena, &line, p, out)) return no_memory(why);
    shares(m, out);
    failures_sum(p, out);
    // The arena's own, so that the clock may write into them.
    penalty_sum(m, p, (struct interruption *)(uintptr_t)out->interruptions, out);
    scans_sum(m, p, out);
    maintenance_sum(m, p, out);
    return ERR_NONE;
}

static void penalty_put(struct fleet_availability *f, struct str currency, double amount)
{
    size_t i = 0;
    while (i < f->npenalties && !str_eq(f->penalties[i].currency, currency)) i++;
    if (i == CURRENCIES_MAX) return;
    if (i == f->npenalties) f->penalties[f->npenalties++].currency = currency;
    f->penalties[i].amount += amount;
}

static void machine_sum(struct fleet_availability *f, const struct machine *m, const struct availability *a)
{
    bool outage = false;
    f->systems++;
    f->unknown_systems += a->known_ms == 0;
    f->installed_ms += a->installed_ms;
    f->known_ms += a->known_ms;
    f->up_ms += a->up_ms;
    f->down_ms += a->down_ms;
    f->failures += a->failures;
    f->scans += a->scans;
    f->undecided += a->verdicts[VERDICT_NONE];
    f->pm_due += a->pm_due;
    f->pm_on_time += a->pm_on_time;
    if (a->penalty >= 0) penalty_put(f, m->contract.currency, a->penalty);
    for (size_t i = 0; i < a->ninterruptions; i++) {
        const struct interruption *x = &a->interruptions[i];
        f->interruptions++;
        if (x->planned) continue;
        outage = true;
        f->unplanned_ms += x->in_period_ms;
        f->reasons[x->reason].count++;
        f->reasons[x->reason].ms += x->in_period_ms;
        if (x->to_ms - x->from_ms <= f->longest_ms) continue;
        f->longest_ms = x->to_ms - x->from_ms;
        f->longest = m->id;
    }
    f->with_outage += outage;
}

struct fleet_availability fleet_sum(const struct fleet *fleet, const struct availability *each)
{
    struct fleet_availability f = {0};
    for (size_t i = 0; i < fleet->count; i++) machine_sum(&f, &fleet->items[i], &each[i]);
    f.lost_share = share(f.unplanned_ms, f.known_ms);
    f.ao = share(f.up_ms, f.known_ms);
    return f;
}
