// SPDX-License-Identifier: Apache-2.0
#include "decide/choice.h"

#include "base/text.h"

#include <limits.h>
#include <math.h>

enum { TRUST_DRIVER, TRUST_CARRIER, FILED_BOTH, GROSS_KG };
const char *const choice_facts[] = {[TRUST_DRIVER] = "programme.driver",
                                    [TRUST_CARRIER] = "programme.carrier",
                                    [FILED_BOTH] = "documents.filed_both",
                                    [GROSS_KG] = "documents.gross_kg",
                                    NULL};

static bool valid(const struct facts *facts, size_t role)
{
    const struct fact *fact = facts_get(facts, str_of(choice_facts[role]));
    return fact && str_is(fact->text, "valid");
}

static bool filed_both(const struct facts *facts)
{
    const struct fact *fact = facts_get(facts, str_of(choice_facts[FILED_BOTH]));
    return fact && fact->boolean;
}

// Out of the enum's range where no filing states a weight: lane.h then reads it as the hardest to get past.
static enum lane_density density_of(const struct facts *facts)
{
    const struct fact *fact = facts_get(facts, str_of(choice_facts[GROSS_KG]));
    if (!fact) return (enum lane_density)LANE_DENSITIES;
    return fact->number < CHOICE_LIGHT_KG ? LANE_LIGHT : fact->number < CHOICE_DENSE_KG ? LANE_MIDDLING : LANE_DENSE;
}

void choice_make(const struct port_now *now, const struct facts *facts, double risk, enum lane floor,
                 struct chosen *out)
{
    *out = (struct chosen){.arrival = {.risk = risk,
                                       .harm = now->plan->harm,
                                       .density = density_of(facts),
                                       .trusted = valid(facts, TRUST_DRIVER) && valid(facts, TRUST_CARRIER),
                                       .filed_both = filed_both(facts),
                                       .floor = floor,
                                       .draw = now->draw}};
    if (now->stands)
        lane_again(&out->arrival, &now->stand, &now->port, &now->plan->settings, &out->choice);
    else
        lane_choose(&out->arrival, &now->port, &now->plan->settings, &out->choice);
}

// ---- The statement ----

static void put_finite(struct arena *arena, struct json *object, const char *name, double value)
{
    if (isfinite(value)) json_put_number(arena, object, name, value);
}

static const char *const densities[LANE_DENSITIES] = {"light", "middling", "dense"};

static struct json *terms_json(struct arena *arena, const struct port_now *now, const struct chosen *chosen)
{
    struct json *array = json_new_array(arena);
    for (size_t i = 0; array && i < now->plan->settings.nservices; i++) {
        const struct lane_term *term = &chosen->choice.terms[i];
        struct json *object = json_new_object(arena);
        json_put_text(arena, object, "service", str_of(now->plan->settings.services[i].name));
        json_put_text(arena, object, "bar", str_of(lane_bar_name(term->bar)));
        json_put_number(arena, object, "up", now->port.queues[i].servers_up);
        put_finite(arena, object, "wait_min", now->port.queues[i].wait_min);
        put_finite(arena, object, "benefit", term->benefit);
        put_finite(arena, object, "delay", term->delay);
        put_finite(arena, object, "alarm", term->alarm);
        put_finite(arena, object, "entry", term->entry);
        put_finite(arena, object, "gain", term->gain);
        put_finite(arena, object, "probability", term->probability);
        json_add(array, object);
    }
    return array;
}

// How likely each lane was, by the draws: what anybody who estimates from the outcomes divides by.
static struct json *lanes_json(struct arena *arena, const struct port_now *now, const struct chosen *chosen)
{
    struct json *object = json_new_object(arena);
    double lanes[LANE_COUNT] = {0};
    if (chosen->choice.service < 0) lanes[chosen->choice.lane] = 1;
    for (size_t i = 0; i < now->plan->settings.nservices; i++)
        lanes[now->plan->settings.services[i].lane] += chosen->choice.terms[i].probability;
    for (int lane = 0; lane < LANE_COUNT; lane++)
        if (lanes[lane] > 0) put_finite(arena, object, lane_name((enum lane)lane), fmin(lanes[lane], 1));
    return object;
}

static struct str service_name(const struct port_now *now, int service)
{
    return service < 0 ? STR_NONE : str_of(now->plan->settings.services[service].name);
}

struct json *choice_json(struct arena *arena, const struct port_now *now, const struct chosen *chosen)
{
    const struct lane_choice *c = &chosen->choice;
    struct json *object = json_new_object(arena), *draw = json_new_object(arena), *stand = json_new_object(arena);
    struct str hash = {(const char *)now->plan->hash, sizeof now->plan->hash};
    if (!object || !draw || !stand) return NULL;
    json_put_text(arena, object, "port", now->plan->port);
    json_put_text(arena, object, "plan", hex_text(arena, hash));
    if (c->service >= 0) json_put_text(arena, object, "service", service_name(now, c->service));
    json_put_text(arena, object, "lane", str_of(lane_name(c->lane)));
    put_finite(arena, object, "propensity", c->propensity);
    json_put(object, "lanes", lanes_json(arena, now, chosen));
    json_put_bool(arena, object, "by_chance", c->by_chance);
    put_finite(arena, object, "chance",
               now->plan->settings.chance[chosen->arrival.trusted ? LANE_TRUSTED : LANE_ORDINARY]);
    json_put_text(arena, object, "floor", str_of(lane_name(chosen->arrival.floor)));
    put_finite(arena, object, "risk", chosen->arrival.risk);
    put_finite(arena, object, "harm", chosen->arrival.harm);
    json_put_bool(arena, object, "trusted", chosen->arrival.trusted);
    json_put_bool(arena, object, "filed_both", chosen->arrival.filed_both);
    if (chosen->arrival.density < LANE_DENSITIES)
        json_put_text(arena, object, "density", str_of(densities[chosen->arrival.density]));
    put_finite(arena, object, "price", now->port.price);
    json_put_text(arena, object, "day", now->day);
    json_put_number(arena, draw, "floor", now->draw.floor);
    json_put_number(arena, draw, "smooth", now->draw.smooth);
    json_put(object, "draw", draw);
    if (now->stands) {
        json_put_text(arena, stand, "service", service_name(now, now->stand.service));
        put_finite(arena, stand, "waited_min", now->stand.waited_min);
        put_finite(arena, stand, "ahead_min", now->stand.ahead_min);
        json_put(object, "stand", stand);
    }
    json_put(object, "terms", terms_json(arena, now, chosen));
    return arena->failed ? NULL : object;
}

static double number_or_nan(const struct json *object, const char *name)
{
    double value;
    return json_number(object, name, &value) ? value : NAN;
}

static enum err queues_from_json(const struct json *terms, const struct lane_plan *plan, struct lane_port *port,
                                 struct why *why)
{
    size_t n = 0;
    json_each(term, terms)
    {
        int64_t up;
        if (n == plan->settings.nservices || lane_plan_service(plan, json_text(term, "service")) != (int)n ||
            !json_integer(term, "up", &up) || up < INT_MIN || up > INT_MAX)
            return why_set(why, ERR_MALFORMED, "/choice/terms", "they are not of this plan's services");
        port->queues[n++] = (struct lane_queue){(int)up, number_or_nan(term, "wait_min")};
    }
    if (n != plan->settings.nservices)
        return why_set(why, ERR_MALFORMED, "/choice/terms", "a service of the plan is missing");
    return ERR_NONE;
}

enum err choice_from_json(const struct json *json, const struct lane_plan *plan, struct port_now *out, struct why *why)
{
    const struct json *draw = json_get(json, "draw"), *stand = json_get(json, "stand");
    *out = (struct port_now){.plan = plan,
                             .draw = {number_or_nan(draw, "floor"), number_or_nan(draw, "smooth")},
                             .day = json_text(json, "day"),
                             .stands = stand != NULL,
                             .port = {.price = number_or_nan(json, "price")}};
    if (stand)
        out->stand = (struct lane_stand){.service = lane_plan_service(plan, json_text(stand, "service")),
                                         .waited_min = number_or_nan(stand, "waited_min"),
                                         .ahead_min = number_or_nan(stand, "ahead_min")};
    return queues_from_json(json_get(json, "terms"), plan, &out->port, why);
}

// ---- What is said of it ----

enum story { STORY_CHANCE, STORY_WAITS, STORY_NOBODY, STORY_SENT, STORY_STAYS, STORY_HOLD };

// %s: the service.
static const char *const stories[][LANGUAGE_COUNT] = {
    [STORY_CHANCE] = {"Sent to %s by chance: a share of all trucks is, so that nobody can count on a lane.",
                      "Enviado a %s al azar: le toca a una parte de todos los camiones, para que nadie cuente con un "
                      "carril.",
                      "Envoyé à %s par tirage : une part de tous les camions l'est, pour que nul ne compte sur une "
                      "voie."},
    [STORY_WAITS] = {"Waits for %s: every lane that the rules allow is over its limit of waiting.",
                     "Espera en %s: todos los carriles que permiten las reglas superan su límite de espera.",
                     "Attend à %s : toutes les voies que les règles permettent dépassent leur limite d'attente."},
    [STORY_NOBODY] = {"Waits for %s: nothing that the rules allow is at work now.",
                      "Espera en %s: nada de lo que permiten las reglas funciona ahora.",
                      "Attend à %s : rien de ce que les règles permettent n'est en service."},
    [STORY_SENT] = {"Sent to %s: what may be found there outweighs the wait.",
                    "Enviado a %s: lo que puede encontrarse pesa más que la espera.",
                    "Envoyé à %s : ce qui peut y être trouvé l'emporte sur l'attente."},
    [STORY_STAYS] = {"Goes to %s: a stricter inspection is not worth its wait now.",
                     "Va a %s: una inspección más estricta no compensa ahora su espera.",
                     "Va à %s : une inspection plus stricte ne vaut pas son attente pour l'instant."},
    [STORY_HOLD] = {"Held: a rule asks for it, whatever the queues.",
                    "Retenido: lo exige una regla, sea cual sea la fila.",
                    "Retenu : une règle l'exige, quelles que soient les files."},
};

static enum story story_of(const struct chosen *chosen)
{
    const struct lane_choice *c = &chosen->choice;
    if (c->service < 0) return STORY_HOLD;
    if (c->no_server) return STORY_NOBODY;
    if (c->over_cap) return STORY_WAITS;
    if (c->by_chance) return STORY_CHANCE;
    return c->lane > chosen->arrival.floor ? STORY_SENT : STORY_STAYS;
}

// "Sent to %s: …" with the service, then risk and wait as figures.
static struct str story_text(struct arena *arena, const struct port_now *now, const struct chosen *chosen,
                             enum language language)
{
    static const struct {
        const char *risk, *point, *wait;
    } figures[LANGUAGE_COUNT] = {
        {" Risk ", ".", " %; wait "}, {" Riesgo ", ".", " %; espera "}, {" Risque ", ",", " % ; attente "}};
    const struct lane_choice *c = &chosen->choice;
    struct buf text = BUF(1024);
    const char *format = stories[story_of(chosen)][language];
    for (; *format; format++) {
        if (format[0] == '%' && format[1] == 's') {
            buf_str_add(&text, service_name(now, c->service));
            format++;
        } else {
            buf_putc(&text, *format);
        }
    }
    double risk = chosen->arrival.risk;
    if (c->service >= 0 && isfinite(risk)) {
        long tenths = lround(risk * 1000);
        buf_printf(&text, "%s%ld%s%ld%s%.0f min.", figures[language].risk, tenths / 10, figures[language].point,
                   tenths % 10, figures[language].wait, c->terms[c->service].wait_min);
    }
    struct str out = text.failed ? STR_NONE : arena_str(arena, buf_str(&text));
    buf_free(&text);
    return out;
}

struct json *choice_reason(struct arena *arena, const struct port_now *now, const struct chosen *chosen)
{
    struct json *object = json_new_object(arena);
    if (!object) return NULL;
    json_put_text(arena, object, "rule", STR(CHOICE_RULE));
    json_put_text(arena, object, "lane", str_of(lane_name(chosen->choice.lane)));
    json_put_text(arena, object, "citation", now->plan->citation);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        json_put_text(arena, object, language_name((enum language)i), story_text(arena, now, chosen, (enum language)i));
    return arena->failed ? NULL : object;
}
