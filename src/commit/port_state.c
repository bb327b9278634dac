// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/text.h"
#include "commit/writer.h"
#include "views/crossing.h"
#include "views/equipment.h"
#include "views/local.h"
#include "views/queue.h"

#include <limits.h>
#include <math.h>

// Local tables: the price of a truck-minute by port, the day's secret keys, and which of them have been told.
#define PRICE STR("price")
#define DRAW_KEYS STR("draw")
#define DRAW_TOLD STR("draw told")

#define PRICE_STEP_US ((int64_t)15 * 60 * 1000000)
#define DAY_US ((int64_t)24 * 3600 * 1000000)
// A key is told once nobody who was drawn with it can still stand in a queue.
#define KEY_TOLD_AFTER_US (2 * DAY_US)
#define KEYS_AT_ONCE 8

const struct lane_plan *port_plan(const struct writer *w, struct str port)
{
    for (size_t i = 0; i < w->nplans; i++)
        if (str_eq(w->plans[i]->port, port)) return w->plans[i];
    return NULL;
}

// ---- The price ----

static struct str price_text(struct arena *arena, double price, int64_t at_us)
{
    char number[32];
    size_t n = json_number_text(price, number);
    return arena_printf(arena, "%.*s %lld", (int)n, number, (long long)at_us);
}

// "<price> <when it was set>"; false: none is kept.
static bool price_parse(struct arena *arena, struct str text, double *price, int64_t *at_us)
{
    struct str at, number = str_cut(text, ' ', &at);
    uint64_t value;
    struct json *json = at.p ? json_parse(arena, number, NULL) : NULL;
    if (!json || json->type != JSON_NUMBER || !str_decimal(at, INT64_MAX, &value)) return false;
    *price = json->number;
    *at_us = (int64_t)value;
    return true;
}

// What the port saw since: waiting is a truck's stay less its service.
static enum err price_seen(struct writer *w, struct arena *arena, const struct lane_plan *plan, int64_t from_us,
                           struct controller_seen *out, struct why *why)
{
    struct queue_stay *stays;
    size_t n;
    *out = (struct controller_seen){.elapsed_min = (double)(w->last_in - from_us) / 6e7};
    enum err err = queue_stays(w->views, arena, plan->port, from_us, w->last_in, &stays, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        int service = stays[i].service.p ? lane_plan_service(plan, stays[i].service) : -1;
        double served = service < 0 ? 0 : plan->settings.services[service].service_min * stays[i].trucks;
        out->trucks += stays[i].trucks;
        out->wait_min += stays[i].minutes > served ? stays[i].minutes - served : 0;
    }
    return err;
}

static enum err price_now(struct writer *w, struct arena *arena, const struct lane_plan *plan, double *out,
                          struct why *why)
{
    struct str held;
    struct controller controller;
    struct controller_seen seen;
    int64_t at_us = w->last_in;
    controller_start(&plan->controller, &controller);
    enum err err = local_get(w->views, arena, PRICE, plan->port, &held, why);
    if (err != ERR_NONE) return err;
    bool kept = held.p && price_parse(arena, held, &controller.price, &at_us);
    // Under another plan's bounds than it was kept under.
    controller.price = fmin(fmax(controller.price, plan->controller.price_min), plan->controller.price_max);
    if (kept && w->last_in - at_us >= PRICE_STEP_US) {
        err = price_seen(w, arena, plan, at_us, &seen, why);
        if (err != ERR_NONE) return err;
        (void)controller_step(&plan->controller, &seen, &controller);
        at_us = w->last_in;
        kept = false;
    }
    *out = controller.price;
    return kept ? ERR_NONE : local_put(w->views, PRICE, plan->port, price_text(arena, controller.price, at_us), why);
}

// ---- The draw ----

static struct json *day_member(struct arena *arena, const struct lane_plan *plan, struct str day,
                               const struct draw_key *key)
{
    struct json *o = json_new_object(arena);
    uint8_t commitment[SHA256_BYTES];
    draw_commit(key, day, commitment);
    json_put_text(arena, o, "port", plan->port);
    json_put_text(arena, o, "date", day);
    json_put_text(arena, o, "commitment", hex_text(arena, (struct str){(const char *)commitment, sizeof commitment}));
    return o;
}

static bool key_read(struct str text, struct draw_key *key)
{
    size_t n;
    return hex_decode(text, key->bytes, sizeof key->bytes, &n) && n == sizeof key->bytes;
}

// Keys of days gone by are told, in statements that no agreement lets out: auditors read them here.
static enum err keys_tell(struct writer *w, struct arena *arena, const struct lane_plan *plan, struct why *why)
{
    struct local_item *items;
    struct str after;
    size_t n = 0;
    char before[TIME_TEXT_ROOM];
    (void)time_text_us(w->last_in - KEY_TOLD_AFTER_US, before);
    struct str until = arena_printf(arena, "%.*s/%.10s", STR_ARG(plan->port), before);
    enum err err = local_get(w->views, arena, DRAW_TOLD, plan->port, &after, why);
    if (err == ERR_NONE && !after.p) after = arena_printf(arena, "%.*s/", STR_ARG(plan->port));
    if (err == ERR_NONE) err = local_list(w->views, arena, DRAW_KEYS, after, KEYS_AT_ONCE, &items, &n, why);
    for (size_t i = 0; i < n && err == ERR_NONE; i++) {
        struct draw_key key;
        int64_t pos;
        if (str_compare(items[i].key, until) >= 0 || !key_read(items[i].value, &key)) break;
        struct json *members = json_new_object(arena), *day = day_member(arena, plan, items[i].key, &key);
        json_put_text(arena, day, "key", items[i].value);
        json_put(members, "day", day);
        draw_key_wipe(&key);
        err = writer_state(w, "port.day", LABEL_RED, NULL, 0, members, &pos, why);
        if (err == ERR_NONE) err = local_put(w->views, DRAW_TOLD, plan->port, items[i].key, why);
    }
    return err;
}

// A new day's key, committed to in the log before anybody is drawn with it.
static enum err key_make(struct writer *w, struct arena *arena, const struct lane_plan *plan, struct str day,
                         struct draw_key *key, struct why *why)
{
    int64_t pos;
    draw_key_make(key);
    struct json *members = json_new_object(arena);
    json_put(members, "day", day_member(arena, plan, day, key));
    enum err err = writer_state(w, "port.day", LABEL_AMBER, NULL, 0, members, &pos, why);
    struct str text = hex_text(arena, (struct str){(const char *)key->bytes, sizeof key->bytes});
    if (err == ERR_NONE) err = local_put(w->views, DRAW_KEYS, day, text, why);
    return err == ERR_NONE ? keys_tell(w, arena, plan, why) : err;
}

static enum err draw_now(struct writer *w, struct arena *arena, const struct crossing *c, struct port_now *now,
                         struct why *why)
{
    char date[TIME_TEXT_ROOM], id[ID_TEXT_LEN + 1];
    struct draw_key key;
    struct str held;
    (void)time_text_us(c->arrived_in, date);
    id_text(&c->id, id);
    now->day = arena_printf(arena, "%.*s/%.10s", STR_ARG(now->plan->port), date);
    enum err err = now->day.p ? local_get(w->views, arena, DRAW_KEYS, now->day, &held, why) : ERR_NO_MEMORY;
    if (err == ERR_NONE && !(held.p && key_read(held, &key))) err = key_make(w, arena, now->plan, now->day, &key, why);
    if (err == ERR_NONE) err = draw_make(&key, str_of(id), &now->draw, why);
    draw_key_wipe(&key);
    return err;
}

// ---- The queues ----

static const struct queue_length *length_of(const struct queue_length *lengths, size_t n, const char *service)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(lengths[i].service, service)) return &lengths[i];
    return NULL;
}

static double minutes(size_t ahead, int servers, double service_min)
{
    if (servers <= 0) return (double)ahead * service_min;
    return ahead < (size_t)servers ? 0 : (double)(ahead - (size_t)servers + 1) * service_min / servers;
}

// Servers that are up; as many as the plan says where the log says nothing of such equipment.
static enum err servers_up(struct writer *w, const struct lane_plan *plan, size_t service, int *out, struct why *why)
{
    size_t up, all;
    *out = plan->servers[service];
    if (!plan->equipment[service].p) return ERR_NONE;
    enum err err = equipment_up(w->views, plan->port, plan->equipment[service], w->last_in / 1000, &up, &all, why);
    if (err == ERR_NONE) *out = up > INT_MAX ? INT_MAX : (int)up;
    return err;
}

static enum err queues_now(struct writer *w, struct arena *arena, const struct crossing *c, struct str stood,
                           struct port_now *now, struct why *why)
{
    struct queue_length *lengths;
    size_t n;
    enum err err =
        queue_lengths(w->views, arena, now->plan->port, &c->id, c->arrived_in, w->last_in, &lengths, &n, why);
    for (size_t i = 0; i < now->plan->settings.nservices && err == ERR_NONE; i++) {
        const struct lane_service *s = &now->plan->settings.services[i];
        const struct queue_length *length = length_of(lengths, n, s->name);
        struct lane_queue *queue = &now->port.queues[i];
        err = servers_up(w, now->plan, i, &queue->servers_up, why);
        queue->wait_min = minutes(length ? length->trucks : 0, queue->servers_up, s->service_min);
        if (!stood.p || !str_is(stood, s->name)) continue;
        now->stands = true;
        now->stand =
            (struct lane_stand){.service = (int)i,
                                .waited_min = fmax(0, (double)(w->last_in - c->arrived_in) / 6e7),
                                .ahead_min = minutes(length ? length->ahead : 0, queue->servers_up, s->service_min)};
    }
    return err;
}

enum err port_state(struct writer *w, struct arena *arena, const struct id *crossing, struct str stood,
                    struct port_now *out, bool *at_port, struct why *why)
{
    struct crossing c;
    bool found;
    *at_port = false;
    *out = (struct port_now){0};
    if (!w->nplans) return ERR_NONE;
    enum err err = crossing_get(w->views, arena, crossing, &c, &found, why);
    if (err != ERR_NONE || !found || !c.arrived_in || c.released_in) return err;
    out->plan = port_plan(w, c.port);
    if (!out->plan) return ERR_NONE;
    err = queues_now(w, arena, &c, stood, out, why);
    if (err == ERR_NONE) err = price_now(w, arena, out->plan, &out->port.price, why);
    if (err == ERR_NONE) err = draw_now(w, arena, &c, out, why);
    *at_port = err == ERR_NONE;
    return err;
}

#define LOOKED_AT_AGAIN_US ((int64_t)60 * 1000000)

int64_t port_next_us(const struct writer *w, const struct port_now *now, const struct lane_choice *choice)
{
    if (choice->service < 0) return INT64_MAX;
    const struct lane_service *s = &now->plan->settings.services[choice->service];
    double waited = now->stands && now->stand.service == choice->service ? now->stand.waited_min : 0;
    double left_min = s->wait_max_min - waited;
    if (choice->over_cap || choice->no_server || !(left_min > 1)) return w->last_in + LOOKED_AT_AGAIN_US;
    return isfinite(left_min) ? w->last_in + (int64_t)(left_min * 6e7) : INT64_MAX;
}
