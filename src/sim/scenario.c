// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario.h"

#include "sim/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MINUTES(ms) ((double)(ms) / 60000.0)
#define HOURS(ms) ((double)(ms) / 3600000.0)
// A tariff morning: twice the trucks from six to noon, on the first Tuesday that is not in the first week, if there is
// one.
#define SURGE_FACTOR 2.0
#define SURGE_DAY 1
#define SURGE_DAY_LATE 8
#define SURGE_FROM_H 6
#define SURGE_UNTIL_H 12
// Atlantic Council, UTEP and COLEF, "The Economic Impact of a More Efficient US-Mexico Border", 2022-09-27: ten minutes
// less northbound, 25.9 million dollars more cargo a month; over the 7,617,207 trucks of 2024 (BTS).
#define CARGO_USD_MONTH "25900000"
#define CARGO_TRUCKS_MONTH "634767"
// American Transportation Research Institute, Operational Costs of Trucking 2024: 2.270 dollars a mile in 2023, which
// at its 40 miles an hour is 91 dollars an hour.
#define TRUCK_HOUR_USD "91"

// ---- What a file may hold ----

static const struct yaml_field shift_fields[] = {
    {.name = "days",
     .type = YAML_LIST,
     .of = YAML_ENUM,
     .choices = (const char *const[]){"mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL},
     .min = 1,
     .max = 7,
     .doc = "default all"},
    {.name = "from", .type = YAML_INTEGER, .required = true, .min = 0, .max = 23, .doc = "hour"},
    {.name = "until", .type = YAML_INTEGER, .required = true, .min = 1, .max = 24, .doc = "hour; past midnight: two"},
    {.name = "share", .type = YAML_DECIMAL, .preset = "1", .min = 0, .max = 1, .doc = "of the servers that is manned"},
    {0},
};

static const struct yaml_field failure_fields[] = {
    {.name = "mtbf", .type = YAML_DURATION, .required = true, .doc = "in order between two failures, mean"},
    {.name = "long_share", .type = YAML_DECIMAL, .preset = "0", .min = 0, .max = 1, .doc = "of failures"},
    {.name = "short", .type = YAML_DURATION, .required = true, .doc = "a short outage, mean"},
    {.name = "long", .type = YAML_DURATION, .doc = "a long outage, mean; default as the short one"},
    {.name = "people", .type = YAML_DECIMAL, .preset = "0.3", .min = 0, .max = 1, .doc = "share spent waiting"},
    {.name = "parts", .type = YAML_DECIMAL, .preset = "0.4", .min = 0, .max = 1, .doc = "share spent waiting"},
    {.name = "upkeep_every", .type = YAML_DURATION, .doc = "planned maintenance"},
    {.name = "upkeep", .type = YAML_DURATION, .doc = "its length"},
    {0},
};

static const struct yaml_field service_fields[] = {
    {.name = "name", .type = YAML_TEXT, .required = true, .min = 1, .max = 31, .doc = "its name"},
    {.name = "lane",
     .type = YAML_ENUM,
     .choices = (const char *const[]){"green", "document", "scan", "joint", NULL},
     .required = true,
     .doc = "what it does"},
    {.name = "kind",
     .type = YAML_ENUM,
     .choices = (const char *const[]){"general", "fast", "joint", "unified", NULL},
     .preset = "general",
     .doc = "for whom"},
    {.name = "servers", .type = YAML_INTEGER, .required = true, .min = 0, .max = SIM_SERVERS_MAX, .doc = "installed"},
    {.name = "service", .type = YAML_DURATION, .required = true, .doc = "a server's time for one truck, mean"},
    {.name = "service_cv", .type = YAML_DECIMAL, .preset = "0.3", .min = 0, .max = 10, .doc = "its variation"},
    {.name = "transfer", .type = YAML_DURATION, .preset = "0s", .doc = "the way there and back"},
    {.name = "saved", .type = YAML_DURATION, .preset = "0s", .doc = "what the truck is spared elsewhere"},
    {.name = "wait_max", .type = YAML_DURATION, .doc = "cap on waiting and service; default none"},
    {.name = "queue",
     .type = YAML_INTEGER,
     .preset = "65536",
     .min = 1,
     .max = SIM_QUEUE_MAX,
     .doc = "trucks that can stand there"},
    {.name = "sensitivity",
     .type = YAML_LIST,
     .of = YAML_DECIMAL,
     .doc = "P(found) of a light, middling and dense load; default 0"},
    {.name = "false_alarm", .type = YAML_DECIMAL, .preset = "0", .min = 0, .max = 1, .doc = "P(alarm) of a clean load"},
    {.name = "shifts", .type = YAML_LIST, .of = YAML_TABLE, .table = shift_fields, .max = 32, .doc = "default always"},
    {.name = "failure", .type = YAML_TABLE, .table = failure_fields, .doc = "default never"},
    {0},
};

static const struct yaml_field risk_fields[] = {
    {.name = "trusted", .type = YAML_DECIMAL, .min = 0, .max = 1, .doc = "share of trucks in a trusted programme"},
    {.name = "trusted_odds", .type = YAML_DECIMAL, .min = 0, .max = 1, .doc = "their odds, against ordinary trucks"},
    {.name = "prevalence", .type = YAML_DECIMAL, .min = 0, .max = 1, .doc = "illicit loads a truck"},
    {.name = "unscored", .type = YAML_DECIMAL, .min = 0, .max = 1, .doc = "share that arrives without a score"},
    {.name = "score_noise", .type = YAML_DECIMAL, .min = 0, .max = 10, .doc = "sd, logit"},
    {.name = "harm_noise", .type = YAML_DECIMAL, .min = 0, .max = 10, .doc = "sd, ln"},
    {.name = "adapting", .type = YAML_DECIMAL, .min = 0, .max = 1, .doc = "share of smugglers who watch and adapt"},
    {0},
};

static const struct yaml_field policy_fields[] = {
    {.name = "wait_target", .type = YAML_DURATION, .min = 1000, .max = 86400000, .doc = "mean wait that is held"},
    {.name = "random", .type = YAML_DECIMAL, .min = 0, .max = 1, .doc = "inspected by chance, ordinary trucks"},
    {.name = "random_trusted", .type = YAML_DECIMAL, .min = 0, .max = 1, .doc = "the same, trusted trucks"},
    {.name = "followers", .type = YAML_DECIMAL, .min = 0, .max = 100, .doc = "what one's wait costs those behind"},
    {.name = "smoothing", .type = YAML_DECIMAL, .min = 0, .max = 1, .doc = "how far boundaries are shaken, to 0.5"},
    {0},
};

static const struct yaml_field contract_fields[] = {
    {.name = "name", .type = YAML_TEXT, .required = true, .min = 1, .max = SCENARIO_NAME_MAX, .doc = "its name"},
    {.name = "people", .type = YAML_DURATION, .required = true, .doc = "until somebody is there, mean"},
    {.name = "parts", .type = YAML_DURATION, .required = true, .doc = "until the part is there, mean"},
    {.name = "repair", .type = YAML_DURATION, .required = true, .doc = "until it works again, mean"},
    {.name = "usd_month", .type = YAML_DECIMAL, .preset = "0", .min = 0, .max = 1000000000, .doc = "for all scanners"},
    {0},
};

#define USD_MAX 1000000000000
static const struct yaml_field value_fields[] = {
    {.name = "truck_hour_usd", .type = YAML_DECIMAL, .preset = TRUCK_HOUR_USD, .min = 0, .max = USD_MAX, .doc = "cost"},
    {.name = "harm_usd", .type = YAML_DECIMAL, .preset = "100000", .min = 0, .max = USD_MAX, .doc = "an illicit load"},
    {.name = "cargo_usd_month",
     .type = YAML_DECIMAL,
     .preset = CARGO_USD_MONTH,
     .min = 0,
     .max = USD_MAX,
     .doc = "more cargo for ten minutes less"},
    {.name = "cargo_trucks_month",
     .type = YAML_DECIMAL,
     .preset = CARGO_TRUCKS_MONTH,
     .min = 1,
     .max = USD_MAX,
     .doc = "of how many trucks"},
    {.name = "scanner_usd_month", .type = YAML_DECIMAL, .preset = "0", .min = 0, .max = USD_MAX, .doc = "one more"},
    {.name = "booth_usd_month", .type = YAML_DECIMAL, .preset = "0", .min = 0, .max = USD_MAX, .doc = "one more"},
    {.name = "dock_usd_month", .type = YAML_DECIMAL, .preset = "0", .min = 0, .max = USD_MAX, .doc = "one more"},
    {0},
};

static const struct yaml_field yard_fields[] = {
    {.name = "unscored", .type = YAML_DECIMAL, .preset = "0.2", .min = 0, .max = 1, .doc = "factor"},
    {.name = "noise", .type = YAML_DECIMAL, .preset = "0.85", .min = 0, .max = 1, .doc = "factor"},
    {.name = "spread", .type = YAML_DECIMAL, .preset = "0.5", .min = 0, .max = 1, .doc = "arrivals evened out"},
    {.name = "transfer", .type = YAML_DURATION, .preset = "0s", .doc = "added to the way to an inspection"},
    {0},
};

static const struct yaml_field what_if_fields[] = {
    {.name = "name", .type = YAML_TEXT, .min = 1, .max = SCENARIO_NAME_MAX, .doc = "default: its changes"},
    {.name = "do",
     .type = YAML_LIST,
     .of = YAML_TEXT,
     .required = true,
     .min = 1,
     .max = SCENARIO_CHANGES_MAX,
     .doc = "changes, like scanners+2"},
    {0},
};

static const struct yaml_field scenario_fields[] = {
    {.name = "name", .type = YAML_TEXT, .min = 1, .max = SCENARIO_NAME_MAX, .doc = "default: the port's"},
    {.name = "port", .type = YAML_TEXT, .preset = "laredo", .min = 1, .max = 32, .doc = "name or code of one built in"},
    {.name = "trucks_per_day", .type = YAML_DECIMAL, .min = 1, .max = SIM_TRUCKS_PER_DAY_MAX, .doc = "over the year"},
    {.name = "first_month", .type = YAML_INTEGER, .preset = "1", .min = 1, .max = 12, .doc = "1: January"},
    {.name = "months", .type = YAML_LIST, .of = YAML_DECIMAL, .doc = "trucks of each month; only their shape counts"},
    {.name = "weekdays", .type = YAML_LIST, .of = YAML_DECIMAL, .doc = "Monday first; the shape"},
    {.name = "hours", .type = YAML_LIST, .of = YAML_DECIMAL, .doc = "from midnight; the shape"},
    {.name = "days", .type = YAML_INTEGER, .preset = "28", .min = 1, .max = SIM_DAYS_MAX, .doc = "that are counted"},
    {.name = "warm_up", .type = YAML_INTEGER, .min = 0, .max = SIM_DAYS_MAX, .doc = "days before them"},
    {.name = "seeds", .type = YAML_INTEGER, .preset = "10", .min = 1, .max = SCENARIO_SEEDS_MAX, .doc = "runs"},
    {.name = "seed", .type = YAML_INTEGER, .preset = "1", .min = 0, .max = 1000000000, .doc = "of the first run"},
    {.name = "services",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = service_fields,
     .min = 1,
     .max = LANE_SERVICES_MAX,
     .doc = "booths, scanners, docks; default: a port of that size"},
    {.name = "risk", .type = YAML_TABLE, .table = risk_fields, .preset = "{}", .doc = "trucks and loads"},
    {.name = "policy", .type = YAML_TABLE, .table = policy_fields, .preset = "{}", .doc = "how lanes are chosen"},
    {.name = "contracts",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = contract_fields,
     .preset = "[]",
     .max = SCENARIO_CONTRACTS_MAX,
     .doc = "of maintenance, to be asked about"},
    {.name = "contract", .type = YAML_TEXT, .min = 1, .max = SCENARIO_NAME_MAX, .doc = "the one in force"},
    {.name = "value", .type = YAML_TABLE, .table = value_fields, .preset = "{}", .doc = "dollars"},
    {.name = "yard", .type = YAML_TABLE, .table = yard_fields, .preset = "{}", .doc = "what yard-moved does"},
    {.name = "what_if",
     .type = YAML_LIST,
     .of = YAML_TABLE,
     .table = what_if_fields,
     .preset = "[]",
     .max = SCENARIO_WHAT_IFS_MAX,
     .doc = "changes that are asked about"},
    {0},
};

void scenario_describe(struct buf *out)
{
    yaml_schema_describe(scenario_fields, out);
}

// ---- Small things ----

static int64_t integer(const struct json *table, const char *member)
{
    int64_t value = 0;
    bool there = json_integer(table, member, &value);
    INVARIANT(there); // required, or preset
    return value;
}

// What the file says, or what is there already.
static void decimal(const struct json *table, const char *member, double *out)
{
    double value;
    if (json_number(table, member, &value)) *out = value;
}

static void minutes(const struct json *table, const char *member, double *out)
{
    double ms;
    if (json_number(table, member, &ms)) *out = MINUTES(ms);
}

static void hours(const struct json *table, const char *member, double *out)
{
    double ms;
    if (json_number(table, member, &ms)) *out = HOURS(ms);
}

// The list's numbers, none negative and not all zero.
static enum err weights(const struct json *table, const char *member, double *out, size_t n, struct why *why)
{
    const struct json *list = json_get(table, member);
    double sum = 0;
    size_t i = 0;
    if (!list) return ERR_NONE;
    if (list->count != n)
        return why_set(why, ERR_SENSELESS, member, "%s: %zu values are needed, not %zu", member, n, list->count);
    json_each(item, list)
    {
        out[i] = item->number;
        if (out[i] < 0) return why_set(why, ERR_SENSELESS, member, "%s: none may be below 0", member);
        sum += out[i++];
    }
    return sum > 0 ? ERR_NONE : why_set(why, ERR_SENSELESS, member, "%s: not all may be 0", member);
}

static void scale(double *values, size_t n, double mean)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += values[i];
    for (size_t i = 0; i < n && sum > 0; i++) values[i] *= mean * (double)n / sum;
}

// ---- Services ----

static enum err shifts_read(const struct json *list, double shift[7][24], struct why *why)
{
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (size_t d = 0; d < 7; d++)
        for (size_t h = 0; h < 24; h++) shift[d][h] = list && list->count ? 0 : 1;
    json_each(item, list)
    {
        const struct json *which = json_get(item, "days");
        int64_t from = integer(item, "from"), until = integer(item, "until");
        double share = 1;
        decimal(item, "share", &share);
        if (from >= until)
            return why_set(why, ERR_SENSELESS, "shifts",
                           "a shift from %lld ends at %lld: write two, up to and from midnight", (long long)from,
                           (long long)until);
        for (size_t d = 0; d < 7; d++) {
            bool on = !which;
            json_each(day, which) on = on || str_is(day->text, days[d]);
            for (int64_t h = from; on && h < until; h++) shift[d][h] = share;
        }
    }
    return ERR_NONE;
}

static void failure_read(const struct json *table, struct sim_failure *out)
{
    *out = (struct sim_failure){0};
    if (!table) return;
    hours(table, "mtbf", &out->mtbf_h);
    hours(table, "short", &out->short_h);
    out->long_h = out->short_h;
    hours(table, "long", &out->long_h);
    decimal(table, "long_share", &out->long_share);
    decimal(table, "people", &out->people);
    decimal(table, "parts", &out->parts);
    hours(table, "upkeep_every", &out->upkeep_every_h);
    hours(table, "upkeep", &out->upkeep_h);
}

static enum err service_read(const struct json *item, struct lane_service *lane, struct sim_service *service,
                             struct why *why)
{
    size_t i = 0;
    *lane = (struct lane_service){.wait_max_min = INFINITY};
    *service = (struct sim_service){.servers = (int)integer(item, "servers"), .queue_max = (int)integer(item, "queue")};
    struct str name = json_text(item, "name");
    memcpy(lane->name, name.p, name.n < sizeof lane->name ? name.n : sizeof lane->name - 1);
    bool known =
        lane_parse(json_text(item, "lane"), &lane->lane) && lane_kind_parse(json_text(item, "kind"), &lane->kind);
    INVARIANT(known); // one of the choices
    minutes(item, "service", &lane->service_min);
    minutes(item, "transfer", &lane->transfer_min);
    minutes(item, "saved", &lane->saved_min);
    minutes(item, "wait_max", &lane->wait_max_min);
    const struct json *sensitivity = json_get(item, "sensitivity");
    if (sensitivity && sensitivity->count != LANE_DENSITIES)
        return why_set(why, ERR_SENSELESS, "sensitivity", "%s: sensitivity is of a light, a middling and a dense load",
                       lane->name);
    json_each(value, sensitivity) lane->sensitivity[i++] = value->number;
    decimal(item, "false_alarm", &lane->false_alarm);
    decimal(item, "service_cv", &service->service_cv);
    failure_read(json_get(item, "failure"), &service->failure);
    return shifts_read(json_get(item, "shifts"), service->shift, why);
}

static enum err services_read(const struct json *list, struct sim_settings *out, struct why *why)
{
    if (!list) return ERR_NONE;
    out->lane.nservices = 0;
    json_each(item, list)
    {
        size_t i = out->lane.nservices++;
        INVARIANT(i < LANE_SERVICES_MAX);
        enum err err = service_read(item, &out->lane.services[i], &out->services[i], why);
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

size_t scenario_service(const struct scenario *scenario, enum scenario_change_kind kind)
{
    enum lane lane = kind == CHANGE_SCANNERS ? LANE_SCAN : kind == CHANGE_DOCKS ? LANE_JOINT : LANE_GREEN;
    const struct lane_settings *all = &scenario->settings.lane;
    for (size_t i = 0; i < all->nservices; i++)
        if (all->services[i].lane == lane && all->services[i].kind == LANE_GENERAL &&
            scenario->settings.services[i].servers > 0)
            return i;
    return SIZE_MAX;
}

enum err scenario_servers(struct scenario *scenario, enum scenario_change_kind kind, int more, struct why *why)
{
    const struct scenario_value *v = &scenario->value;
    size_t at = scenario_service(scenario, kind);
    double usd = kind == CHANGE_SCANNERS ? v->scanner_usd_month
                 : kind == CHANGE_DOCKS  ? v->dock_usd_month
                                         : v->booth_usd_month;
    if (at == SIZE_MAX) return why_set(why, ERR_SENSELESS, "what_if", "the port has none of these to begin with");
    struct sim_service *service = &scenario->settings.services[at];
    // With none left the service would be one without a queue.
    if (service->servers + more < 1 || service->servers + more > SIM_SERVERS_MAX)
        return why_set(why, ERR_SENSELESS, "what_if", "%s: %d and %+d is not from 1 to %d",
                       scenario->settings.lane.services[at].name, service->servers, more, SIM_SERVERS_MAX);
    service->servers += more;
    scenario->servers_usd_month += more * usd;
    return ERR_NONE;
}

// ---- Changes ----

static const char *const change_words[CHANGE_KINDS] = {
#define X(kind, text) text,
    SCENARIO_CHANGE_TABLE(X)
#undef X
};

static enum err change_refused(struct str text, struct why *why)
{
    return why_set(
        why, ERR_USAGE, "what_if",
        "\"%.60s\" is no change; there are scanners+2, booths+2, docks+1, volume+30%%, trusted+10%%, random=5%%, "
        "target=3, wait-10, contract=NAME or 4h/24h/8h, tariff-morning, yard-moved",
        text.n ? text.p : "");
}

// "30", "2.5"; no sign, no exponent.
static bool amount_parse(struct str text, double *out)
{
    struct str rest, whole = str_cut(text, '.', &rest);
    uint64_t a, b = 0;
    double part = 1;
    if (!str_decimal(whole, 1000000000, &a)) return false;
    if (rest.p) {
        if (rest.n < 1 || rest.n > 6) return false;
        for (size_t i = 0; i < rest.n; i++) {
            if (rest.p[i] < '0' || rest.p[i] > '9') return false;
            b = 10 * b + (uint64_t)(rest.p[i] - '0');
            part *= 10;
        }
    }
    *out = (double)a + (double)b / part;
    return true;
}

static bool hours_cut(struct str *rest, double *out)
{
    int64_t ms;
    if (!rest->p || !yaml_duration_ms(str_cut(*rest, '/', rest), &ms)) return false;
    *out = HOURS(ms);
    return true;
}

// A name, or "4h/24h/8h@60000".
static bool contract_parse(const struct scenario *scenario, struct str text, struct scenario_contract *out)
{
    for (size_t i = 0; i < scenario->ncontracts; i++)
        if (str_eq(text, scenario->contracts[i].name)) {
            *out = scenario->contracts[i];
            return true;
        }
    struct str usd, times = str_cut(text, '@', &usd);
    *out = (struct scenario_contract){.name = text};
    return hours_cut(&times, &out->people_h) && hours_cut(&times, &out->parts_h) && hours_cut(&times, &out->repair_h) &&
           !times.p && (!usd.p || amount_parse(usd, &out->usd_month));
}

static bool change_amount(struct scenario_change *change, struct str rest)
{
    bool percent = change->kind == CHANGE_VOLUME || change->kind == CHANGE_TRUSTED || change->kind == CHANGE_RANDOM;
    bool set = change->kind == CHANGE_RANDOM || (change->kind == CHANGE_TARGET);
    char sign = rest.n ? rest.p[0] : '\0';
    if (set ? sign != '=' : sign != '+' && sign != '-') return false;
    rest = str_from(rest, 1);
    if (percent) {
        if (!str_ends(rest, "%")) return false;
        rest.n--;
    }
    if (!amount_parse(rest, &change->amount)) return false;
    if (percent) change->amount /= 100;
    if (sign == '-') change->amount = -change->amount;
    bool servers = change->kind == CHANGE_SCANNERS || change->kind == CHANGE_BOOTHS || change->kind == CHANGE_DOCKS;
    if (servers) return change->amount == round(change->amount) && fabs(change->amount) <= SIM_SERVERS_MAX;
    return change->kind != CHANGE_WAIT || change->amount < 0;
}

static enum err change_read(const struct scenario *scenario, struct str text, struct scenario_change *out,
                            struct why *why)
{
    for (size_t k = 0; k < CHANGE_KINDS; k++) {
        size_t n = strlen(change_words[k]);
        if (!str_starts(text, change_words[k])) continue;
        struct str rest = str_from(text, n);
        *out = (struct scenario_change){.kind = (enum scenario_change_kind)k};
        if (out->kind == CHANGE_SURGE || out->kind == CHANGE_YARD) {
            if (rest.n == 0) return ERR_NONE;
        } else if (out->kind == CHANGE_CONTRACT) {
            if (str_starts(rest, "=") && contract_parse(scenario, str_from(rest, 1), &out->contract)) return ERR_NONE;
        } else if (change_amount(out, rest)) {
            return ERR_NONE;
        }
    }
    return change_refused(text, why);
}

enum err scenario_what_if_read(struct arena *arena, const struct scenario *scenario, struct str text,
                               struct scenario_what_if *out, struct why *why)
{
    struct str rest = arena_str(arena, text);
    *out = (struct scenario_what_if){.name = rest};
    if (!rest.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for the what-if");
    for (size_t i = 0; i < scenario->nwhat_ifs; i++)
        if (str_eq(scenario->what_ifs[i].name, text)) {
            *out = scenario->what_ifs[i];
            return ERR_NONE;
        }
    while (rest.p) {
        struct str one = arena_str(arena, str_trim(str_cut(rest, ',', &rest)));
        if (out->nchanges == SCENARIO_CHANGES_MAX)
            return why_set(why, ERR_USAGE, "what_if", "over %d changes at once", SCENARIO_CHANGES_MAX);
        if (!one.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for the what-if");
        enum err err = change_read(scenario, one, &out->changes[out->nchanges++], why);
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

enum err scenario_ask(struct scenario *scenario, const struct scenario_what_if *what_if, struct why *why)
{
    for (size_t i = 0; i < scenario->nwhat_ifs; i++)
        if (str_eq(scenario->what_ifs[i].name, what_if->name)) return ERR_NONE;
    if (scenario->nwhat_ifs == SCENARIO_WHAT_IFS_MAX)
        return why_set(why, ERR_TOO_LARGE, "what_if", "over %d what-ifs", SCENARIO_WHAT_IFS_MAX);
    scenario->what_ifs[scenario->nwhat_ifs++] = *what_if;
    return ERR_NONE;
}

static enum err contract_apply(struct scenario *s, const struct scenario_contract *contract, struct why *why)
{
    double all = contract->people_h + contract->parts_h + contract->repair_h;
    if (!(all > 0))
        return why_set(why, ERR_SENSELESS, "contract", "%.*s: an outage takes time", STR_ARG(contract->name));
    for (size_t i = 0; i < s->settings.lane.nservices; i++) {
        struct sim_failure *f = &s->settings.services[i].failure;
        if (s->settings.lane.services[i].lane != LANE_SCAN || !(f->mtbf_h > 0)) continue;
        f->long_h = all;
        f->people = contract->people_h / all;
        f->parts = contract->parts_h / all;
    }
    s->contract = *contract;
    return ERR_NONE;
}

int scenario_surge_day(const struct scenario *scenario)
{
    int days = scenario->settings.days;
    return days > SURGE_DAY_LATE ? SURGE_DAY_LATE : days > SURGE_DAY ? SURGE_DAY : 0;
}

static enum err surge_apply(struct scenario *s, struct why *why)
{
    struct sim_settings *t = &s->settings;
    int day = scenario_surge_day(s);
    if (t->nsurges == SIM_SURGES_MAX) return why_set(why, ERR_TOO_LARGE, "what_if", "over %d surges", SIM_SURGES_MAX);
    t->surges[t->nsurges++] = (struct sim_surge){24.0 * day + SURGE_FROM_H, 24.0 * day + SURGE_UNTIL_H, SURGE_FACTOR};
    return ERR_NONE;
}

static void yard_apply(struct scenario *s)
{
    struct sim_settings *t = &s->settings;
    double open = 0;
    t->risk.unscored_share *= s->yard.unscored;
    t->risk.score_noise *= s->yard.noise;
    t->risk.harm_noise *= s->yard.noise;
    scale(t->hour_share, 24, 1.0 / 24);
    for (size_t h = 0; h < 24; h++) open += t->hour_share[h] > 0;
    for (size_t h = 0; h < 24; h++)
        if (t->hour_share[h] > 0) t->hour_share[h] += s->yard.spread * (1 / open - t->hour_share[h]);
    for (size_t i = 0; i < t->lane.nservices; i++)
        if (t->lane.services[i].lane != LANE_GREEN) t->lane.services[i].transfer_min += s->yard.transfer_min;
}

static enum err change_apply(const struct scenario_change *c, struct scenario *s, struct why *why)
{
    struct sim_settings *t = &s->settings;
    switch (c->kind) {
    case CHANGE_SCANNERS:
    case CHANGE_BOOTHS:
    case CHANGE_DOCKS:
        return scenario_servers(s, c->kind, (int)c->amount, why);
    case CHANGE_VOLUME:
        t->trucks_per_day *= 1 + c->amount;
        break;
    case CHANGE_TRUSTED:
        t->risk.trusted_share = fmin(fmax(t->risk.trusted_share + c->amount, 0), 1);
        break;
    case CHANGE_RANDOM:
        t->lane.chance[LANE_ORDINARY] = c->amount;
        break;
    case CHANGE_TARGET:
        t->controller.target_min = c->amount;
        break;
    case CHANGE_CONTRACT:
        return contract_apply(s, &c->contract, why);
    case CHANGE_SURGE:
        return surge_apply(s, why);
    case CHANGE_YARD:
        yard_apply(s);
        break;
    case CHANGE_WAIT:
        break;
    default:
        INVARIANT(c->kind < CHANGE_KINDS);
    }
    return ERR_NONE;
}

enum err scenario_apply(const struct scenario *base, const struct scenario_what_if *what_if, struct scenario *out,
                        struct why *why)
{
    *out = *base;
    for (size_t i = 0; i < what_if->nchanges; i++) {
        enum err err = change_apply(&what_if->changes[i], out, why);
        if (err != ERR_NONE) return err;
    }
    return sim_check(&out->settings, why);
}

// ---- The file ----

void scenario_arrivals(struct scenario *scenario, const struct arrivals *arrivals)
{
    static const int length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct sim_settings *t = &scenario->settings;
    bool leap = arrivals->year % 4 == 0 && (arrivals->year % 100 != 0 || arrivals->year % 400 == 0);
    scenario->arrivals = *arrivals;
    t->trucks_per_day = arrivals->total / (leap ? 366 : 365);
    for (int m = 0; m < 12; m++)
        t->month_factor[m] = arrivals->used[m] / (length[m] + (m == 1 && leap)) / t->trucks_per_day;
}

static void value_read(const struct json *table, struct scenario_value *out)
{
    decimal(table, "truck_hour_usd", &out->truck_hour_usd);
    decimal(table, "harm_usd", &out->harm_usd);
    decimal(table, "cargo_usd_month", &out->cargo_usd_month);
    decimal(table, "cargo_trucks_month", &out->cargo_trucks_month);
    decimal(table, "scanner_usd_month", &out->scanner_usd_month);
    decimal(table, "booth_usd_month", &out->booth_usd_month);
    decimal(table, "dock_usd_month", &out->dock_usd_month);
}

static void risk_read(const struct json *table, struct sim_risk *out)
{
    decimal(table, "trusted", &out->trusted_share);
    decimal(table, "trusted_odds", &out->trusted_odds);
    decimal(table, "prevalence", &out->prevalence);
    decimal(table, "unscored", &out->unscored_share);
    decimal(table, "score_noise", &out->score_noise);
    decimal(table, "harm_noise", &out->harm_noise);
    decimal(table, "adapting", &out->adapting_share);
}

static void policy_read(const struct json *table, struct sim_settings *out)
{
    double target = out->controller.target_min;
    minutes(table, "wait_target", &target);
    controller_preset(out->trucks_per_day, target, &out->controller);
    decimal(table, "random", &out->lane.chance[LANE_ORDINARY]);
    decimal(table, "random_trusted", &out->lane.chance[LANE_TRUSTED]);
    decimal(table, "followers", &out->lane.followers);
    decimal(table, "smoothing", &out->lane.smoothing);
}

static enum err contracts_read(const struct json *file, struct scenario *out, struct why *why)
{
    struct str name = json_text(file, "contract");
    json_each(item, json_get(file, "contracts"))
    {
        INVARIANT(out->ncontracts < SCENARIO_CONTRACTS_MAX);
        struct scenario_contract *c = &out->contracts[out->ncontracts++];
        *c = (struct scenario_contract){.name = json_text(item, "name")};
        hours(item, "people", &c->people_h);
        hours(item, "parts", &c->parts_h);
        hours(item, "repair", &c->repair_h);
        decimal(item, "usd_month", &c->usd_month);
    }
    if (!name.p) return ERR_NONE;
    for (size_t i = 0; i < out->ncontracts; i++)
        if (str_eq(out->contracts[i].name, name)) return contract_apply(out, &out->contracts[i], why);
    return why_set(why, ERR_SENSELESS, "contract", "no contract is named \"%.*s\"", STR_ARG(name));
}

// Every change in `do` is one, or several with commas.
static enum err what_ifs_read(struct arena *arena, const struct json *list, struct scenario *out, struct why *why)
{
    json_each(item, list)
    {
        struct scenario_what_if all = {0}, one;
        struct buf name = BUF(1024);
        struct str given = json_text(item, "name");
        json_each(text, json_get(item, "do"))
        {
            struct why inner = {0};
            enum err err = scenario_what_if_read(arena, out, text->text, &one, &inner);
            if (err != ERR_NONE) // of a file it is the data that is wrong
                err = why_set(why, err == ERR_USAGE ? ERR_SENSELESS : err, "/what_if", "%s", inner.text);
            if (err == ERR_NONE && all.nchanges + one.nchanges > SCENARIO_CHANGES_MAX)
                err = why_set(why, ERR_SENSELESS, "what_if", "over %d changes at once", SCENARIO_CHANGES_MAX);
            if (err != ERR_NONE) {
                buf_free(&name);
                return err;
            }
            if (name.n) buf_putc(&name, ',');
            buf_str_add(&name, text->text);
            for (size_t i = 0; i < one.nchanges; i++) all.changes[all.nchanges++] = one.changes[i];
        }
        all.named = given.p != NULL;
        all.name = given.p ? given : arena_str(arena, buf_str(&name));
        buf_free(&name);
        if (!all.name.p) return why_set(why, ERR_NO_MEMORY, "", "no memory for the what-ifs");
        struct scenario changed;
        enum err err = scenario_apply(out, &all, &changed, why);
        if (err == ERR_NONE) err = scenario_ask(out, &all, why);
        if (err != ERR_NONE) return err;
    }
    return ERR_NONE;
}

// Trucks come while the port's commercial crossings are open.
static void hours_of_port(const struct arrivals_preset *preset, struct sim_settings *out)
{
    // The built-in shape is of a port that is closed at night; where one is open, half of the quietest hour comes.
    double least = INFINITY;
    for (int h = 0; h < 24; h++)
        if (out->hour_share[h] > 0) least = fmin(least, out->hour_share[h] / 2);
    for (int h = 0; h < 24; h++)
        if (h < preset->opens || h >= preset->closes)
            out->hour_share[h] = 0;
        else if (out->hour_share[h] <= 0)
            out->hour_share[h] = least;
}

static enum err shape_read(const struct json *file, const struct arrivals_preset *preset, struct scenario *out,
                           struct why *why)
{
    struct sim_settings *t = &out->settings;
    bool own_hours = json_get(file, "hours") != NULL;
    if (!own_hours) hours_of_port(preset, t);
    enum err err = weights(file, "months", t->month_factor, 12, why);
    if (err == ERR_NONE) err = weights(file, "weekdays", t->weekday_factor, 7, why);
    if (err == ERR_NONE) err = weights(file, "hours", t->hour_share, 24, why);
    scale(t->month_factor, 12, 1);
    scale(t->weekday_factor, 7, 1);
    scale(t->hour_share, 24, 1.0 / 24);
    if (json_get(file, "months") || json_get(file, "trucks_per_day")) out->arrivals.year = 0;
    return err;
}

static enum err fill(struct arena *arena, const struct json *file, struct scenario *out, struct why *why)
{
    struct sim_settings *t = &out->settings;
    struct str port = json_text(file, "port");
    const struct arrivals_preset *preset = arrivals_preset_find(port);
    struct arrivals arrivals;
    double warm_up;
    if (!preset)
        return why_set(why, ERR_NOT_FOUND, "/port",
                       "no port \"%.*s\" is built in; there are laredo, otay-mesa, hidalgo, ysleta, detroit, nogales, "
                       "calexico-east, santa-teresa, el-paso",
                       STR_ARG(port));
    arrivals_of_preset(preset, &arrivals);
    sim_preset_port(arrivals.total / 366, preset->lanes, t);
    scenario_arrivals(out, &arrivals);
    decimal(file, "trucks_per_day", &t->trucks_per_day);
    t->days = (int)integer(file, "days");
    if (json_number(file, "warm_up", &warm_up)) t->warm_up_days = (int)warm_up;
    t->first_month = (int)integer(file, "first_month") - 1;
    out->seeds = (int)integer(file, "seeds");
    out->seed = (uint64_t)integer(file, "seed");
    out->name = json_text(file, "name").p ? json_text(file, "name") : arrivals.port;
    value_read(json_get(file, "value"), &out->value);
    risk_read(json_get(file, "risk"), &t->risk);
    const struct json *yard = json_get(file, "yard");
    decimal(yard, "unscored", &out->yard.unscored);
    decimal(yard, "noise", &out->yard.noise);
    decimal(yard, "spread", &out->yard.spread);
    minutes(yard, "transfer", &out->yard.transfer_min);
    policy_read(json_get(file, "policy"), t);
    enum err err = shape_read(file, preset, out, why);
    if (err == ERR_NONE) err = services_read(json_get(file, "services"), t, why);
    if (err == ERR_NONE) err = contracts_read(file, out, why);
    if (err == ERR_NONE) err = sim_check(t, why);
    if (err == ERR_NONE) err = what_ifs_read(arena, json_get(file, "what_if"), out, why);
    return err;
}

enum err scenario_read(struct arena *arena, struct str bytes, struct scenario *out, struct why *why)
{
    struct json *file;
    *out = (struct scenario){0};
    enum err err = yaml_read(arena, bytes, scenario_fields, &file, why);
    return err == ERR_NONE ? fill(arena, file, out, why) : err;
}

// ---- For people ----

static const char *const servers_words[3][2][LANGUAGE_COUNT] = {
    {{"scanner", "escáner", "scanner"}, {"scanners", "escáneres", "scanners"}},
    {{"booth", "caseta", "guérite"}, {"booths", "casetas", "guérites"}},
    {{"dock", "andén", "quai"}, {"docks", "andenes", "quais"}},
};
static const char *const more_words[2][LANGUAGE_COUNT] = {{"more", "más", "de plus"}, {"fewer", "menos", "de moins"}};

static void servers_say(const struct scenario_change *c, enum language language, struct buf *out)
{
    double n = fabs(c->amount);
    const char *what = servers_words[c->kind - CHANGE_SCANNERS][n != 1][language],
               *more = more_words[c->amount < 0][language];
    html_number(out, n, 0, false, language);
    if (language == LANGUAGE_EN)
        buf_printf(out, " %s %s", more, what);
    else
        buf_printf(out, " %s %s", what, more);
}

static void contract_say(const struct scenario_contract *c, enum language language, struct buf *out)
{
    static const char *const before[LANGUAGE_COUNT] = {"contract ", "contrato ", "contrat "};
    buf_puts(out, before[language]);
    buf_str_add(out, c->name);
}

static void amount_say(const char *const format[LANGUAGE_COUNT], double amount, int decimals, bool sign,
                       enum language language, struct buf *out)
{
    struct str rest, before = str_cut(str_of(format[language]), '#', &rest);
    buf_str_add(out, before);
    html_number(out, amount, decimals, sign, language);
    buf_str_add(out, rest);
}

void scenario_change_words(const struct scenario_change *c, enum language language, struct buf *out)
{
    static const char *const volume[] = {"# % trucks", "# % camiones", "# % de camions"};
    static const char *const trusted[] = {"# points of trusted trucks", "# puntos de camiones confiables",
                                          "# points de camions de confiance"};
    static const char *const chance[] = {"# % inspected by chance", "# % inspeccionado al azar",
                                         "# % inspectés au hasard"};
    static const char *const target[] = {"wait held at # min", "espera sostenida en # min", "attente tenue à # min"};
    static const char *const wait[] = {"# minutes less", "# minutos menos", "# minutes de moins"};
    static const char *const surge[] = {"a tariff morning", "una mañana de aranceles", "un matin de droits de douane"};
    static const char *const yard[] = {"the yard moved outside town", "el patio fuera de la ciudad",
                                       "la cour déplacée hors de la ville"};
    switch (c->kind) {
    case CHANGE_SCANNERS:
    case CHANGE_BOOTHS:
    case CHANGE_DOCKS:
        servers_say(c, language, out);
        break;
    case CHANGE_VOLUME:
        amount_say(volume, 100 * c->amount, 0, true, language, out);
        break;
    case CHANGE_TRUSTED:
        amount_say(trusted, 100 * c->amount, 0, true, language, out);
        break;
    case CHANGE_RANDOM:
        amount_say(chance, 100 * c->amount, 1, false, language, out);
        break;
    case CHANGE_TARGET:
        amount_say(target, c->amount, 1, false, language, out);
        break;
    case CHANGE_CONTRACT:
        contract_say(&c->contract, language, out);
        break;
    case CHANGE_SURGE:
        buf_puts(out, surge[language]);
        break;
    case CHANGE_YARD:
        buf_puts(out, yard[language]);
        break;
    case CHANGE_WAIT:
        amount_say(wait, -c->amount, 0, false, language, out);
        break;
    default:
        INVARIANT(c->kind < CHANGE_KINDS);
    }
}
