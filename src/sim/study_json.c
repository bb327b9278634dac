// SPDX-License-Identifier: Apache-2.0
#include "sim/study.h"

#include <math.h>

// A number, or null where there is none.
static void put(struct arena *arena, struct json *object, const char *name, double value)
{
    // To six digits after the point: finer ones say nothing here.
    double cut = round(value * 1e6) / 1e6;
    json_put(object, name, isfinite(cut) ? json_new_number(arena, cut == 0 ? 0 : cut) : json_new_null(arena));
}

static struct json *figure_json(struct arena *arena, const struct study_figure *f)
{
    struct json *o = json_new_object(arena);
    put(arena, o, "mean", f->mean);
    put(arena, o, "low", f->low);
    put(arena, o, "high", f->high);
    return o;
}

static struct json *figures_json(struct arena *arena, const struct study_figure figures[STUDY_METRICS], bool all)
{
    struct json *o = json_new_object(arena);
    for (size_t k = 0; k < STUDY_METRICS; k++)
        if (all || k != STUDY_CARGO_USD)
            json_put(o, study_metric_name((enum study_metric)k), figure_json(arena, &figures[k]));
    return o;
}

static struct json *outcome_json(struct arena *arena, const struct study_outcome *o)
{
    static const char *const kinds[3] = {"scanners", "booths", "docks"};
    struct json *out = json_new_object(arena);
    if (o->what_if) json_put_text(arena, out, "what_if", o->what_if->name);
    if (o->wait_wanted_min > 0) put(arena, out, "wait_wanted_min", o->wait_wanted_min);
    if (o->searched) {
        struct json *added = json_new_object(arena);
        for (size_t i = 0; i < 3; i++) json_put_number(arena, added, kinds[i], o->added[i]);
        json_put(out, "added", added);
        json_put_bool(arena, out, "reached", o->reached);
    }
    json_put(out, "figures", figures_json(arena, o->figures, false));
    if (o->what_if) json_put(out, "change", figures_json(arena, o->change, true));
    return out;
}

static struct str month_text(struct arena *arena, int month)
{
    return arena_printf(arena, "%04d-%02d", month / 12, month % 12 + 1);
}

static struct json *suspect_json(struct arena *arena, const struct arrivals_suspect *s)
{
    struct json *o = json_new_object(arena);
    json_put_text(arena, o, "fault", str_of(arrivals_fault_name(s->fault)));
    json_put_text(arena, o, "measure", str_of(arrivals_measure_name(s->measure)));
    json_put_text(arena, o, "from", month_text(arena, s->first));
    json_put_text(arena, o, "to", month_text(arena, s->last));
    if (s->line) json_put_number(arena, o, "line", (double)s->line);
    if (s->value >= 0) put(arena, o, "value", s->value);
    if (s->expected >= 0) put(arena, o, "expected", s->expected);
    if (s->other.p) json_put_text(arena, o, "moved_to", s->other);
    json_put_bool(arena, o, "used", s->counts);
    return o;
}

static struct json *arrivals_json(struct arena *arena, const struct arrivals *a)
{
    struct json *o = json_new_object(arena), *months = json_new_array(arena), *list = json_new_array(arena);
    json_put_text(arena, o, "port", a->port);
    json_put_text(arena, o, "code", a->code);
    json_put_number(arena, o, "year", a->year);
    put(arena, o, "trucks", a->total);
    for (size_t m = 0; m < 12; m++) {
        struct json *month = json_new_object(arena);
        put(arena, month, "trucks", a->used[m]);
        json_put_bool(arena, month, "replaced", a->replaced[m]);
        json_add(months, month);
    }
    json_put(o, "months", months);
    for (size_t i = 0; i < a->nsuspects; i++) json_add(list, suspect_json(arena, &a->suspects[i]));
    json_put(o, "suspects", list);
    return o;
}

static struct json *service_json(struct arena *arena, const char *name, int servers, const struct study_service *s)
{
    struct json *o = json_new_object(arena);
    json_put_text(arena, o, "name", str_of(name));
    json_put_number(arena, o, "servers", servers);
    put(arena, o, "trucks_per_day", s->trucks_per_day);
    put(arena, o, "wait_mean_min", s->wait_mean_min);
    put(arena, o, "wait_p95_min", s->wait_p95_min);
    put(arena, o, "used", s->used);
    put(arena, o, "available", s->available);
    put(arena, o, "outages_per_30_days", s->outages);
    put(arena, o, "people_h_per_30_days", s->people_h);
    put(arena, o, "parts_h_per_30_days", s->parts_h);
    put(arena, o, "repair_h_per_30_days", s->repair_h);
    put(arena, o, "upkeep_h_per_30_days", s->upkeep_h);
    put(arena, o, "hits_per_1000", s->hits_per_1000);
    put(arena, o, "false_alarms_per_day", s->alarms_per_day);
    return o;
}

static struct json *policies_json(struct arena *arena, const struct study *study)
{
    static const char *const kinds[] = {
        [SIM_PUENTE] = "puente", [SIM_RANDOM] = "random", [SIM_THRESHOLD] = "threshold", [SIM_FLUSH] = "flush"};
    struct json *list = json_new_array(arena);
    for (size_t i = 0; i < study->npoints; i++) {
        struct json *o = json_new_object(arena);
        json_put_text(arena, o, "policy", str_of(kinds[study->points[i].kind]));
        json_put(o, "added_wait_mean_min", figure_json(arena, &study->points[i].wait));
        json_put(o, "harm_found_pct", figure_json(arena, &study->points[i].found));
        json_add(list, o);
    }
    return list;
}

static struct json *adapting_json(struct arena *arena, const struct study *study)
{
    static const char *const names[STUDY_RIVALS] = {"puente", "puente_without_chance", "threshold", "random"};
    struct json *all = json_new_object(arena);
    put(arena, all, "share", study->adapting_share);
    for (size_t i = 0; i < STUDY_RIVALS; i++) {
        const struct study_rival_figures *r = &study->rivals[i];
        struct json *o = json_new_object(arena);
        json_put(o, "harm_found_pct", figure_json(arena, &r->found));
        json_put(o, "adapting_found_pct", figure_json(arena, &r->adapting_found));
        json_put(o, "worst_place_found_pct", figure_json(arena, &r->worst_cell));
        json_put(o, "added_wait_mean_min", figure_json(arena, &r->wait));
        json_put(all, names[i], o);
    }
    return all;
}

static struct json *week_json(struct arena *arena, const struct study *study)
{
    struct json *week = json_new_array(arena);
    for (size_t d = 0; d < 7; d++) {
        struct json *day = json_new_array(arena);
        for (size_t h = 0; h < 24; h++) {
            double value = round(study->wait[d][h] * 1e4) / 1e4;
            json_add(day, isfinite(value) ? json_new_number(arena, value) : json_new_null(arena));
        }
        json_add(week, day);
    }
    return week;
}

static struct json *lanes_json(struct arena *arena, const struct study *study)
{
    struct json *o = json_new_object(arena);
    for (size_t i = 0; i < LANE_COUNT; i++) json_put(o, lane_name((enum lane)i), figure_json(arena, &study->lanes[i]));
    return o;
}

struct json *study_json(struct arena *arena, const struct study *study)
{
    const struct scenario *s = study->scenario;
    struct json *o = json_new_object(arena), *what_ifs = json_new_array(arena), *services = json_new_array(arena);
    json_put_text(arena, o, "scenario", s->name);
    json_put_number(arena, o, "days", s->settings.days);
    json_put_number(arena, o, "seed", (double)s->seed);
    json_put_number(arena, o, "seeds", s->seeds);
    json_put_number(arena, o, "runs", (double)study->runs);
    json_put_number(arena, o, "trucks", (double)study->trucks);
    if (s->arrivals.year) json_put(o, "arrivals", arrivals_json(arena, &s->arrivals));
    json_put(o, "base", outcome_json(arena, &study->outcomes[0]));
    for (size_t i = 1; i < study->noutcomes; i++) json_add(what_ifs, outcome_json(arena, &study->outcomes[i]));
    json_put(o, "what_if", what_ifs);
    json_put(o, "lanes_pct", lanes_json(arena, study));
    for (size_t i = 0; i < s->settings.lane.nservices; i++)
        json_add(services, service_json(arena, s->settings.lane.services[i].name, s->settings.services[i].servers,
                                        &study->services[i]));
    json_put(o, "services", services);
    json_put(o, "wait_by_hour_of_week_min", week_json(arena, study));
    if (study->npoints) {
        json_put(o, "policies", policies_json(arena, study));
        json_put(o, "adapting", adapting_json(arena, study));
    }
    return o;
}
