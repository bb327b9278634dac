// SPDX-License-Identifier: Apache-2.0
#include "sim/bound.h"

#include <math.h>

#define BUCKET_MIN 30.0
#define AFTER_BUCKETS 48 // a day in which queues empty
#define SERVICES_MAX 4
#define CLOSED 1e12 // the price of a bucket in which nobody works

struct bound_service {
    double service_min;
    double sensitivity[LANE_DENSITIES];
    double *room;  // server-minutes in each bucket
    double *price; // harm a server-minute
    double *used;  // server-minutes asked for at these prices
    double *later; // least of price * service + wait price * time, over this bucket and those after it
    int *later_at; // where that is
};

struct bound_state {
    const struct world *world;
    struct bound_service services[SERVICES_MAX];
    size_t nservices;
    int nbuckets;
    double wait_price, wait_room, waited;
    double harm;
};

static double overlap(double from, double to, double begin, double end)
{
    return fmax(0, fmin(to, end) - fmax(from, begin));
}

static void room_take(double *room, int nbuckets, double from, double to)
{
    for (int b = (int)fmax(0, from / BUCKET_MIN); b < nbuckets && b * BUCKET_MIN < to; b++)
        room[b] -= overlap(from, to, b * BUCKET_MIN, (b + 1) * BUCKET_MIN);
}

// Shifts are not counted as a limit: a bound may be loose.
static void room_fill(const struct world *world, int service, int nbuckets, double *room)
{
    double down[SIM_SERVERS_MAX] = {0};
    for (int b = 0; b < nbuckets; b++) room[b] = world->settings->services[service].servers * BUCKET_MIN;
    for (size_t i = 0; i < world->nturns; i++) {
        const struct world_turn *turn = &world->turns[i];
        if (turn->service != service) continue;
        if (turn->up) {
            room_take(room, nbuckets, down[turn->server], turn->at_min);
        } else {
            down[turn->server] = turn->at_min;
        }
    }
    for (int b = 0; b < nbuckets; b++)
        if (room[b] < 1e-6) room[b] = 0;
}

static enum err service_take(struct bound_state *s, int index, struct arena *arena, struct why *why)
{
    const struct lane_service *lane = &s->world->settings->lane.services[index];
    size_t n = (size_t)s->nbuckets + 1;
    if (lane->lane == LANE_GREEN) return ERR_NONE;
    if (s->nservices == SERVICES_MAX || lane->kind != LANE_GENERAL || lane->transfer_min > 0 ||
        s->world->settings->services[index].servers == 0)
        return why_set(why, ERR_UNSUPPORTED, "services", "%s: no bound for a port with such a service", lane->name);
    struct bound_service *b = &s->services[s->nservices++];
    b->service_min = lane->service_min;
    memcpy(b->sensitivity, lane->sensitivity, sizeof b->sensitivity);
    b->room = arena_array(arena, double, n);
    b->price = arena_array(arena, double, n);
    b->used = arena_array(arena, double, n);
    b->later = arena_array(arena, double, n);
    b->later_at = arena_array(arena, int, n);
    if (!b->room || !b->price || !b->used || !b->later || !b->later_at)
        return why_set(why, ERR_NO_MEMORY, "", "no memory for the bound");
    room_fill(s->world, index, s->nbuckets, b->room);
    for (int i = 0; i < s->nbuckets; i++) b->price[i] = b->room[i] > 0 ? s->wait_price / b->service_min : CLOSED;
    return ERR_NONE;
}

static void later_fill(struct bound_state *s, struct bound_service *b)
{
    b->later[s->nbuckets] = INFINITY;
    for (int i = s->nbuckets - 1; i >= 0; i--) {
        double cost = b->price[i] * b->service_min + s->wait_price * i * BUCKET_MIN;
        bool here = cost <= b->later[i + 1];
        b->later[i] = here ? cost : b->later[i + 1];
        b->later_at[i] = here ? i : b->later_at[i + 1];
    }
    memset(b->used, 0, (size_t)s->nbuckets * sizeof *b->used);
}

// The cheapest time for a truck that came at `at_min`: its own bucket and those that begin before its service would
// end cost no wait.
static double cheapest(const struct bound_state *s, const struct bound_service *b, double at_min, int *bucket)
{
    int own = (int)(at_min / BUCKET_MIN), i = own;
    double best = INFINITY;
    for (; i < s->nbuckets && (i == own || i * BUCKET_MIN <= b->service_min + at_min); i++) {
        if (b->price[i] * b->service_min >= best) continue;
        best = b->price[i] * b->service_min;
        *bucket = i;
    }
    if (i >= s->nbuckets) return best;
    double later = b->later[i] - s->wait_price * (b->service_min + at_min);
    if (later >= best) return best;
    *bucket = b->later_at[i];
    return later;
}

// The dual's value at the present prices; what is used of everything comes with it.
static double dual(struct bound_state *s)
{
    double value = s->wait_price * s->wait_room;
    s->waited = 0;
    for (size_t k = 0; k < s->nservices; k++) {
        struct bound_service *b = &s->services[k];
        later_fill(s, b);
        for (int i = 0; i < s->nbuckets; i++)
            if (b->room[i] > 0) value += b->price[i] * b->room[i];
    }
    for (size_t i = 0; i < s->world->ntrucks; i++) {
        const struct world_truck *t = &s->world->trucks[i];
        double harm = (double)t->risk * (double)t->harm, best = 0;
        struct bound_service *chosen = NULL;
        int at = 0, bucket = 0;
        for (size_t k = 0; k < s->nservices; k++) {
            struct bound_service *b = &s->services[k];
            double gain = harm * b->sensitivity[t->density] - cheapest(s, b, t->at_min, &bucket);
            if (gain <= best) continue;
            best = gain;
            chosen = b;
            at = bucket;
        }
        if (!chosen) continue;
        value += best;
        chosen->used[at] += chosen->service_min;
        s->waited += fmax(0, at * BUCKET_MIN - chosen->service_min - t->at_min);
    }
    return value;
}

// Prices go up where more is asked for than there is, and down where less.
static void reprice(struct bound_state *s, double step)
{
    for (size_t k = 0; k < s->nservices; k++) {
        struct bound_service *b = &s->services[k];
        for (int i = 0; i < s->nbuckets; i++) {
            if (b->room[i] <= 0) continue;
            double off = fmax(-1, fmin(2, b->used[i] / b->room[i] - 1));
            b->price[i] = fmax(b->price[i] * exp(step * off), 1e-12);
        }
    }
    double off = fmax(-1, fmin(2, s->waited / s->wait_room - 1));
    s->wait_price *= exp(0.3 * step * off);
}

enum err bound_find(const struct world *world, double wait_min, int rounds, struct arena *arena, struct bound *out,
                    struct why *why)
{
    struct bound_state s = {.world = world,
                            .nbuckets = (int)(world->end_min / BUCKET_MIN) + AFTER_BUCKETS,
                            .wait_price = 1e-4,
                            .wait_room = fmax(wait_min, 1e-6) * (double)world->ntrucks};
    double best = INFINITY;
    for (size_t i = 0; i < world->settings->lane.nservices; i++) {
        enum err err = service_take(&s, (int)i, arena, why);
        if (err) return err;
    }
    for (size_t i = 0; i < world->ntrucks; i++) {
        if (isnan(world->trucks[i].risk))
            return why_set(why, ERR_UNSUPPORTED, "risk/unscored_share", "no bound where trucks have no score");
        s.harm += (double)world->trucks[i].risk * (double)world->trucks[i].harm;
    }
    *out = (struct bound){0};
    for (int i = 0; i < rounds; i++) {
        double value = dual(&s);
        if (value < best) {
            best = value;
            *out = (struct bound){.found_share = value / s.harm, .wait_price = s.wait_price};
        }
        reprice(&s, 0.5 / sqrt(1 + i / 10.0));
    }
    return ERR_NONE;
}
