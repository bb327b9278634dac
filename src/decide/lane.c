// SPDX-License-Identifier: Apache-2.0
#include "decide/lane.h"

#include <math.h>

// Greater figures are read as these: they decide the same way, and their sums stay finite.
#define AMOUNT_MAX 1e60
#define WAIT_MAX_MIN 1e9
#define SMOOTHING_MAX 0.5

static const char *const kind_names[LANE_KIND_COUNT] = {
#define X(kind, name) name,
    LANE_KIND_TABLE(X)
#undef X
};

static const char *const bar_names[LANE_BAR_COUNT] = {
#define X(bar, name) name,
    LANE_BAR_TABLE(X)
#undef X
};

const char *lane_kind_name(enum lane_kind kind)
{
    return kind_names[kind];
}

bool lane_kind_parse(struct str text, enum lane_kind *out)
{
    for (int i = 0; i < LANE_KIND_COUNT; i++) {
        if (!str_is(text, kind_names[i])) continue;
        *out = (enum lane_kind)i;
        return true;
    }
    return false;
}

const char *lane_bar_name(enum lane_bar bar)
{
    return bar_names[bar];
}

// A NaN gives the least.
static double clamp(double value, double least, double greatest)
{
    if (!(value > least)) return least;
    return value < greatest ? value : greatest;
}

static enum err in_range(double value, double least, double greatest, const char *member, struct why *why)
{
    if (value >= least && value <= greatest) return ERR_NONE;
    return why_set(why, ERR_SENSELESS, member, "%g is not from %g to %g", value, least, greatest);
}

static enum err service_check(const struct lane_service *service, struct why *why)
{
    if (memchr(service->name, 0, sizeof service->name) == NULL)
        return why_set(why, ERR_SENSELESS, "services/name", "a service's name has at most %zu bytes",
                       sizeof service->name - 1);
    if ((unsigned)service->lane >= LANE_HOLD)
        return why_set(why, ERR_SENSELESS, "services/lane", "%s: a service has a lane below hold", service->name);
    if ((unsigned)service->kind >= LANE_KIND_COUNT)
        return why_set(why, ERR_SENSELESS, "services/kind", "%s: no such kind", service->name);
    enum err err = in_range(service->service_min, 0, WAIT_MAX_MIN, "services/service_min", why);
    if (!err) err = in_range(service->transfer_min, 0, WAIT_MAX_MIN, "services/transfer_min", why);
    if (!err) err = in_range(service->saved_min, 0, WAIT_MAX_MIN, "services/saved_min", why);
    if (!err) err = in_range(service->wait_max_min, service->service_min, INFINITY, "services/wait_max_min", why);
    for (int i = 0; !err && i < LANE_DENSITIES; i++)
        err = in_range(service->sensitivity[i], 0, 1, "services/sensitivity", why);
    return err ? err : in_range(service->false_alarm, 0, 1, "services/false_alarm", why);
}

enum err lane_settings_check(const struct lane_settings *settings, struct why *why)
{
    bool green = false;
    if (settings->nservices == 0 || settings->nservices > LANE_SERVICES_MAX)
        return why_set(why, ERR_SENSELESS, "services", "a port has 1 to %d services", LANE_SERVICES_MAX);
    enum err err = in_range(settings->followers, 0, 1e3, "followers", why);
    if (!err) err = in_range(settings->smoothing, 0, SMOOTHING_MAX, "smoothing", why);
    if (!err) err = in_range(settings->harm_unknown, 0, AMOUNT_MAX, "harm_unknown", why);
    if (!err) err = in_range(settings->price_unknown, 1e-12, AMOUNT_MAX, "price_unknown", why);
    for (int i = 0; !err && i < LANE_CELLS; i++) {
        err = in_range(settings->chance[i], 0, 1, "chance", why);
        if (!err) err = in_range(settings->risk_unknown[i], 0, 1, "risk_unknown", why);
    }
    for (size_t i = 0; !err && i < settings->nservices; i++) {
        const struct lane_service *service = &settings->services[i];
        err = service_check(service, why);
        green = green || (service->lane == LANE_GREEN && service->kind == LANE_GENERAL);
    }
    if (err || green) return err;
    return why_set(why, ERR_SENSELESS, "services", "a port needs a green service for every truck");
}

// The arrival and what else of the input can be senseless, as it is read.
struct reading {
    double risk, harm, price, smooth, chance;
    int density; // -1: unknown
    bool trusted, filed_both;
    enum lane floor;
    double smoothing, floor_draw, follow; // follow: 1 + followers
    size_t n;
};

static double read_draw(double draw, bool *unknown)
{
    if (draw >= 0 && draw < 1) return draw;
    *unknown = true;
    return 0;
}

static void read_input(const struct lane_arrival *arrival, const struct lane_port *port,
                       const struct lane_settings *settings, struct reading *r, struct lane_choice *out)
{
    enum lane_cell cell = arrival->trusted ? LANE_TRUSTED : LANE_ORDINARY;
    out->unknown_risk = !(arrival->risk >= 0);
    out->unknown_harm = !(arrival->harm >= 0);
    out->unknown_price = !(port->price > 0);
    out->unknown_density = (unsigned)arrival->density >= LANE_DENSITIES;
    out->unknown_floor = (unsigned)arrival->floor >= LANE_COUNT;
    *r = (struct reading){
        .risk = clamp(out->unknown_risk ? settings->risk_unknown[cell] : arrival->risk, 0, 1),
        .harm = clamp(out->unknown_harm ? settings->harm_unknown : arrival->harm, 0, AMOUNT_MAX),
        .price = clamp(out->unknown_price ? settings->price_unknown : port->price, 0, AMOUNT_MAX),
        .smooth = read_draw(arrival->draw.smooth, &out->unknown_draw),
        .floor_draw = read_draw(arrival->draw.floor, &out->unknown_draw),
        .chance = clamp(settings->chance[cell], 0, 1),
        .density = out->unknown_density ? -1 : (int)arrival->density,
        .trusted = arrival->trusted,
        .filed_both = arrival->filed_both,
        .floor = out->unknown_floor ? LANE_HOLD : arrival->floor,
        .smoothing = clamp(settings->smoothing, 0, SMOOTHING_MAX),
        .follow = 1 + clamp(settings->followers, 0, 1e3),
        .n = settings->nservices < LANE_SERVICES_MAX ? settings->nservices : LANE_SERVICES_MAX,
    };
}

static double read_wait(const struct lane_queue *queue, bool *unknown)
{
    if (!(queue->wait_min >= 0)) *unknown = true;
    return clamp(queue->wait_min, 0, WAIT_MAX_MIN);
}

// Minutes that a truck sent on to a joint service would cost: the cheapest that has a server, or the dearest if none
// has, since an alarm must be opened all the same.
static double joint_minutes(const struct lane_port *port, const struct lane_settings *settings, const struct reading *r)
{
    double best = -1, worst = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct lane_service *service = &settings->services[i];
        bool unknown;
        if (service->lane != LANE_JOINT || service->kind == LANE_UNIFIED || service->kind == LANE_FAST) continue;
        double minutes = r->follow * read_wait(&port->queues[i], &unknown) +
                         clamp(service->service_min, 0, WAIT_MAX_MIN) + clamp(service->transfer_min, 0, WAIT_MAX_MIN);
        if (minutes > worst) worst = minutes;
        if (port->queues[i].servers_up > 0 && (best < 0 || minutes < best)) best = minutes;
    }
    return best >= 0 ? best : worst;
}

static bool is_eligible(const struct lane_service *service, const struct reading *r)
{
    return !(service->kind == LANE_FAST && !r->trusted) && !(service->kind == LANE_UNIFIED && !r->filed_both);
}

static bool is_full(const struct lane_queue *queue)
{
    return isinf(queue->wait_min) && queue->wait_min > 0;
}

static enum lane_bar bar_of(const struct lane_service *service, const struct lane_queue *queue, double wait_min,
                            double waited_min, const struct reading *r)
{
    if ((unsigned)service->lane >= LANE_HOLD || service->lane < r->floor || r->floor == LANE_HOLD)
        return LANE_BELOW_FLOOR;
    if (!is_eligible(service, r)) return LANE_NOT_ELIGIBLE;
    if (queue->servers_up <= 0) return LANE_NO_SERVER;
    if (is_full(queue)) return LANE_OVER_CAP;
    if (waited_min + wait_min + clamp(service->service_min, 0, WAIT_MAX_MIN) > service->wait_max_min)
        return LANE_OVER_CAP;
    return LANE_OPEN;
}

static double sensitivity_of(const struct lane_service *service, int density)
{
    double best = 0;
    if (density >= 0) return clamp(service->sensitivity[density], 0, 1);
    for (int i = 0; i < LANE_DENSITIES; i++) best = fmax(best, clamp(service->sensitivity[i], 0, 1));
    return best;
}

static double minutes_of(const struct lane_service *service, double wait_min, const struct reading *r)
{
    return r->follow * wait_min + clamp(service->service_min, 0, WAIT_MAX_MIN) +
           clamp(service->transfer_min, 0, WAIT_MAX_MIN) - clamp(service->saved_min, 0, WAIT_MAX_MIN);
}

// The green service that a truck passes first: the cheapest that is open, or else full, or else closed.
static int entry_of(const struct lane_settings *settings, const struct lane_port *port, const struct reading *r,
                    const struct lane_choice *out)
{
    int best = -1, best_rank = 0;
    double least = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct lane_service *service = &settings->services[i];
        if (service->lane != LANE_GREEN || !is_eligible(service, r)) continue;
        double wait = out->terms[i].wait_min, minutes = minutes_of(service, wait, r);
        bool over =
            wait + clamp(service->service_min, 0, WAIT_MAX_MIN) > service->wait_max_min || is_full(&port->queues[i]);
        int rank = port->queues[i].servers_up <= 0 ? 2 : over;
        if (best >= 0 && !(rank < best_rank || (rank == best_rank && minutes < least))) continue;
        best = (int)i;
        best_rank = rank;
        least = minutes;
    }
    return best;
}

static void term_fill(const struct lane_service *service, const struct reading *r, double joint_min, double entry_min,
                      bool passed, struct lane_term *term)
{
    bool green = service->lane == LANE_GREEN;
    term->benefit = r->risk * r->harm * sensitivity_of(service, r->density);
    term->delay = green && passed ? 0 : r->price * minutes_of(service, term->wait_min, r);
    term->alarm = (1 - r->risk) * clamp(service->false_alarm, 0, 1) * r->price * joint_min;
    term->entry = green ? 0 : r->price * entry_min;
    term->gain = term->benefit - term->delay - term->alarm - term->entry;
}

static void terms_fill(const struct lane_port *port, const struct lane_settings *settings, const struct reading *r,
                       const struct lane_stand *stand, struct lane_choice *out)
{
    double joint_min = joint_minutes(port, settings, r), entry_min = 0;
    for (size_t i = 0; i < r->n; i++) {
        struct lane_term *term = &out->terms[i];
        struct lane_queue queue = port->queues[i];
        double waited = 0;
        if (stand && stand->service == (int)i) {
            queue.wait_min = stand->ahead_min;
            waited = clamp(stand->waited_min, 0, WAIT_MAX_MIN);
        }
        term->wait_min = read_wait(&queue, &out->unknown_wait);
        term->bar = bar_of(&settings->services[i], &queue, term->wait_min, waited, r);
    }
    int entry = entry_of(settings, port, r, out);
    if (entry >= 0) {
        if (out->terms[entry].bar == LANE_OVER_CAP || out->terms[entry].bar == LANE_NO_SERVER)
            out->terms[entry].bar = LANE_OPEN;
        if (!stand) entry_min = minutes_of(&settings->services[entry], out->terms[entry].wait_min, r);
    }
    for (size_t i = 0; i < r->n; i++)
        term_fill(&settings->services[i], r, joint_min, entry_min, stand != NULL, &out->terms[i]);
}

// Between equals the stricter lane, then the earlier service.
static bool wins_tie(const struct lane_settings *settings, size_t i, size_t j)
{
    enum lane a = settings->services[i].lane, b = settings->services[j].lane;
    return a != b ? a > b : i < j;
}

static double cost_of(const struct lane_term *term)
{
    return term->delay + term->alarm + term->entry;
}

// The best open service with every benefit times `shake`, of lanes from `from` to `to`; -1 without one.
static int best_open(const struct lane_settings *settings, const struct lane_choice *out, size_t n, double shake,
                     enum lane from, enum lane to)
{
    int best = -1;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        const struct lane_term *term = &out->terms[i];
        if (term->bar != LANE_OPEN || settings->services[i].lane < from || settings->services[i].lane > to) continue;
        double gain = shake * term->benefit - cost_of(term);
        if (best >= 0 && !(gain > most || (gain == most && wins_tie(settings, i, (size_t)best)))) continue;
        best = (int)i;
        most = gain;
    }
    return best;
}

// Each gain is a line over the shake, so where service i is best is one interval: what all others leave it.
static double share_of(const struct lane_settings *settings, const struct lane_choice *out, const struct reading *r,
                       size_t i)
{
    double low = 1 - r->smoothing, high = 1 + r->smoothing, width = high - low;
    const struct lane_term *a = &out->terms[i];
    for (size_t j = 0; j < r->n && low < high; j++) {
        const struct lane_term *b = &out->terms[j];
        if (j == i || b->bar != LANE_OPEN) continue;
        double steeper = a->benefit - b->benefit, dearer = cost_of(a) - cost_of(b);
        if (steeper > 0) {
            low = fmax(low, dearer / steeper);
        } else if (steeper < 0) {
            high = fmin(high, dearer / steeper);
        } else if (dearer > 0 || (dearer == 0 && !wins_tie(settings, i, j))) {
            return 0;
        }
    }
    return low < high ? (high - low) / width : 0;
}

// The smoothed choice, and every service's probability by it.
static int choose_smoothed(const struct lane_settings *settings, const struct reading *r, struct lane_choice *out)
{
    double low = 1 - r->smoothing, high = 1 + r->smoothing;
    int chosen = best_open(settings, out, r->n, low + (high - low) * r->smooth, LANE_GREEN, LANE_JOINT);
    if (chosen < 0) return -1;
    int at_low = best_open(settings, out, r->n, low, LANE_GREEN, LANE_JOINT);
    // Best at both ends is best between: the maximum of lines is convex.
    if (at_low == chosen && best_open(settings, out, r->n, high, LANE_GREEN, LANE_JOINT) == chosen) {
        out->terms[chosen].probability = 1;
        return chosen;
    }
    for (size_t i = 0; i < r->n; i++)
        if (out->terms[i].bar == LANE_OPEN) out->terms[i].probability = share_of(settings, out, r, i);
    // A draw on the very boundary can round to the side that has nothing left.
    if (out->terms[chosen].probability < 0x1p-53) out->terms[chosen].probability = 0x1p-53;
    return chosen;
}

static double quickest(const struct lane_settings *settings, size_t n, enum lane lane)
{
    double least = INFINITY;
    for (size_t i = 0; i < n; i++)
        if (settings->services[i].lane == lane)
            least = fmin(least, clamp(settings->services[i].service_min, 0, WAIT_MAX_MIN));
    return least;
}

// Where no scan is feasible, docks take over, with as much of their time as scanners would have given: a full share
// would leave them none for those whose risk is known.
static double chance_at_joint(const struct lane_settings *settings, const struct reading *r, int target)
{
    double scan = quickest(settings, r->n, LANE_SCAN);
    double joint = clamp(settings->services[target].service_min, 0, WAIT_MAX_MIN);
    return scan < joint ? r->chance * (scan / joint) : r->chance;
}

// The floor of chance: a share of what is below a scan is inspected all the same.
static int choose_by_chance(const struct lane_settings *settings, const struct reading *r, int chosen,
                            struct lane_choice *out)
{
    double below = 0, chance = r->chance;
    if (chance <= 0) return chosen;
    bool wanted = r->floor_draw < chance && settings->services[chosen].lane < LANE_SCAN;
    int target = best_open(settings, out, r->n, 1, LANE_SCAN, LANE_SCAN);
    if (target < 0) {
        target = best_open(settings, out, r->n, 1, LANE_JOINT, LANE_JOINT);
        if (target >= 0) chance = chance_at_joint(settings, r, target);
    }
    bool drawn = wanted && target >= 0 && r->floor_draw < chance;
    out->chance_missed = wanted && !drawn;
    if (target < 0) return chosen;
    for (size_t i = 0; i < r->n; i++) {
        if (settings->services[i].lane >= LANE_SCAN) continue;
        below += out->terms[i].probability;
        out->terms[i].probability *= 1 - chance;
    }
    out->terms[target].probability += chance * below;
    // The drawn share can be too small for a double to be left of it.
    if (drawn && out->terms[target].probability < 0x1p-53) out->terms[target].probability = 0x1p-53;
    out->by_chance = drawn;
    return drawn ? target : chosen;
}

// Nothing is feasible: where the wait is least, at or above the floor; where nobody is at work, the lowest such lane.
static int choose_over_cap(const struct lane_settings *settings, const struct reading *r, struct lane_choice *out)
{
    int best = -1;
    out->over_cap = true;
    for (int manned = 1; best < 0 && manned >= 0; manned--) {
        double least = 0;
        out->no_server = !manned;
        for (size_t i = 0; i < r->n; i++) {
            const struct lane_term *term = &out->terms[i];
            if (term->bar != (manned ? LANE_OVER_CAP : LANE_NO_SERVER)) continue;
            double minutes = term->wait_min + clamp(settings->services[i].service_min, 0, WAIT_MAX_MIN);
            // Without servers waits say nothing: lanes come first.
            bool lower = best >= 0 && !manned && settings->services[i].lane < settings->services[best].lane;
            bool same = best >= 0 && !manned && settings->services[i].lane == settings->services[best].lane;
            if (best >= 0 && !lower && !((manned || same) && minutes < least)) continue;
            best = (int)i;
            least = minutes;
        }
    }
    if (best >= 0) out->terms[best].probability = 1;
    return best;
}

static double lane_probability(const struct lane_settings *settings, const struct lane_choice *out, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (settings->services[i].lane == out->lane) sum += out->terms[i].probability;
    return fmin(sum, 1);
}

// A green service that counted as open though it is full or closed.
static void say_if_stopped(const struct lane_service *service, const struct lane_queue *queue, struct lane_choice *out)
{
    double wait_min = out->terms[out->service].wait_min;
    out->no_server = queue->servers_up <= 0;
    out->over_cap = out->no_server || is_full(queue) ||
                    wait_min + clamp(service->service_min, 0, WAIT_MAX_MIN) > service->wait_max_min;
}

static void choose(const struct lane_arrival *arrival, const struct lane_stand *stand, const struct lane_port *port,
                   const struct lane_settings *settings, struct lane_choice *out)
{
    struct reading r;
    *out = (struct lane_choice){.service = -1};
    read_input(arrival, port, settings, &r, out);
    terms_fill(port, settings, &r, stand, out);
    out->lane = r.floor;
    out->propensity = 1;
    if (r.floor == LANE_HOLD) return;
    int chosen = choose_smoothed(settings, &r, out);
    chosen = chosen >= 0 ? choose_by_chance(settings, &r, chosen, out) : choose_over_cap(settings, &r, out);
    if (chosen < 0) return;
    out->service = chosen;
    out->lane = settings->services[chosen].lane;
    out->propensity = lane_probability(settings, out, r.n);
    if (settings->services[chosen].lane == LANE_GREEN && !stand)
        say_if_stopped(&settings->services[chosen], &port->queues[chosen], out);
}

void lane_choose(const struct lane_arrival *arrival, const struct lane_port *port, const struct lane_settings *settings,
                 struct lane_choice *out)
{
    choose(arrival, NULL, port, settings, out);
}

void lane_again(const struct lane_arrival *arrival, const struct lane_stand *stand, const struct lane_port *port,
                const struct lane_settings *settings, struct lane_choice *out)
{
    choose(arrival, stand, port, settings, out);
}
