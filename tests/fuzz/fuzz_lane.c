// SPDX-License-Identifier: Apache-2.0
// A lane choice from hostile figures: NaN, infinities, negative queues, settings that nobody checked. Whatever comes
// in, the lane is at or above its floor, and every figure that comes out is one.
#include "decide/lane.h"

#include <limits.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    const uint8_t *p;
    size_t left;
};

static uint64_t bits(struct source *source)
{
    uint64_t value = 0;
    size_t n = source->left < sizeof value ? source->left : sizeof value;
    if (n) memcpy(&value, source->p, n);
    source->p += n;
    source->left -= n;
    return value;
}

static uint8_t byte(struct source *source)
{
    if (source->left == 0) return 0;
    source->left--;
    return *source->p++;
}

// Any bit pattern, the special ones often, otherwise a number of a size that decides something.
static double number(struct source *source, double usual)
{
    static const double special[] = {0, -1, NAN, INFINITY, -INFINITY, 1e308, -1e308, 5e-324, 1};
    uint8_t how = byte(source);
    if (how < sizeof special / sizeof *special) return special[how];
    if (how < 16) {
        double value;
        uint64_t any = bits(source);
        memcpy(&value, &any, sizeof value);
        return value;
    }
    return usual * how / 128;
}

static void take_service(struct source *source, struct lane_service *s, struct lane_queue *q)
{
    static const int servers[] = {0, 1, 5, -1, INT_MAX, INT_MIN};
    uint8_t what = byte(source);
    *s = (struct lane_service){.lane = (enum lane)(what & 7), .kind = (enum lane_kind)(what >> 3 & 7)};
    s->service_min = number(source, 5);
    s->transfer_min = number(source, 2);
    s->saved_min = number(source, 2);
    s->wait_max_min = number(source, 45);
    for (int d = 0; d < LANE_DENSITIES; d++) s->sensitivity[d] = number(source, 0.7);
    s->false_alarm = number(source, 0.02);
    *q = (struct lane_queue){servers[byte(source) % 6], number(source, 20)};
}

static void check(const struct lane_settings *s, const struct lane_arrival *a, const struct lane_choice *c)
{
    size_t n = s->nservices < LANE_SERVICES_MAX ? s->nservices : LANE_SERVICES_MAX;
    enum lane floor = (unsigned)a->floor < LANE_COUNT ? a->floor : LANE_HOLD;
    double sum = 0;
    INVARIANT((unsigned)c->lane < LANE_COUNT && c->lane >= floor);
    INVARIANT((c->lane == LANE_HOLD) == (floor == LANE_HOLD));
    INVARIANT(c->propensity > 0 && c->propensity <= 1);
    INVARIANT(c->service >= -1 && c->service < (int)n);
    for (size_t i = 0; i < n; i++) {
        const struct lane_term *t = &c->terms[i];
        INVARIANT(isfinite(t->gain) && isfinite(t->wait_min) && t->benefit >= 0 && t->alarm >= 0 && t->wait_min >= 0);
        INVARIANT(t->probability >= 0 && t->probability <= 1);
        INVARIANT(t->probability <= 0 || t->bar == LANE_OPEN || c->over_cap);
        sum += t->probability;
    }
    if (c->service < 0) return;
    INVARIANT(s->services[c->service].lane == c->lane);
    INVARIANT(c->terms[c->service].probability > 0);
    INVARIANT(sum > 1 - 1e-6 && sum < 1 + 1e-6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct source source = {data, size};
    struct lane_settings s = {.nservices = byte(&source) % (LANE_SERVICES_MAX + 2)};
    struct lane_port port = {.price = number(&source, 0.001)};
    struct lane_choice choice, twice;
    s.followers = number(&source, 3);
    s.smoothing = number(&source, 0.05);
    s.harm_unknown = number(&source, 1);
    s.price_unknown = number(&source, 0.0001);
    for (int i = 0; i < LANE_CELLS; i++) {
        s.chance[i] = number(&source, 0.03);
        s.risk_unknown[i] = number(&source, 0.02);
    }
    struct lane_arrival a = {.risk = number(&source, 0.02), .harm = number(&source, 1)};
    uint8_t flags = byte(&source);
    a.density = (enum lane_density)(flags & 3);
    a.floor = (enum lane)(flags >> 2 & 7);
    a.trusted = flags >> 5 & 1;
    a.filed_both = flags >> 6 & 1;
    a.draw = (struct draw){number(&source, 0.5), number(&source, 0.5)};
    struct lane_stand stand = {(int)byte(&source) - 1, number(&source, 20), number(&source, 20)};
    for (size_t i = 0; i < s.nservices && i < LANE_SERVICES_MAX; i++)
        take_service(&source, &s.services[i], &port.queues[i]);
    bool checked = lane_settings_check(&s, NULL) == ERR_NONE;
    lane_choose(&a, &port, &s, &choice);
    check(&s, &a, &choice);
    // Checked settings have a place for every truck without a floor.
    INVARIANT(!checked || a.floor != LANE_GREEN || choice.service >= 0);
    lane_choose(&a, &port, &s, &twice);
    INVARIANT(twice.service == choice.service && memcmp(twice.terms, choice.terms, sizeof twice.terms) == 0);
    lane_again(&a, &stand, &port, &s, &choice);
    check(&s, &a, &choice);
    return 0;
}
