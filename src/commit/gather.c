// SPDX-License-Identifier: Apache-2.0
#include "commit/writer.h"
#include "views/channel.h"
#include "views/credential.h"
#include "views/crossing.h"
#include "views/custody.h"
#include "views/document.h"
#include "views/equipment.h"
#include "views/subject.h"

#include <math.h>
#include <stdlib.h>

#define FACTS_MAX 48
#define SOURCES_MAX 1024
#define FACT_SOURCES_MAX 256
#define SUBJECTS_MAX 512

// What is being gathered. The first failure sticks in `err`; the rest of the straight list then does nothing.
struct gathering {
    struct writer *w;
    struct arena *arena;
    struct facts *facts;
    struct why *why;
    enum err err;
    struct crossing crossing;
    int64_t until_ms; // custody is judged up to here: arrival, or now
    int64_t next_us;  // when time alone changes something
};

// Sources of one fact while it is being put together.
struct leaning {
    uint32_t source[FACT_SOURCES_MAX];
    size_t n;
};

static void lean(struct gathering *g, struct leaning *on, int64_t pos)
{
    if (g->err != ERR_NONE || pos == 0 || on->n == FACT_SOURCES_MAX) return;
    for (size_t i = 0; i < g->facts->nsources; i++) {
        if (g->facts->sources[i].pos != pos) continue;
        for (size_t k = 0; k < on->n; k++)
            if (on->source[k] == i) return;
        on->source[on->n++] = (uint32_t)i;
        return;
    }
    if (g->facts->nsources == SOURCES_MAX) return;
    struct stored stored;
    struct header header;
    g->err = engine_get(g->w->engine, g->arena, pos, &stored, g->why);
    if (g->err == ERR_NONE) g->err = header_parse(g->arena, stored.header, &header, g->why);
    if (g->err != ERR_NONE) return;
    on->source[on->n++] = (uint32_t)g->facts->nsources;
    g->facts->sources[g->facts->nsources++] = (struct source){
        .name = arena_printf(g->arena, "%.*s:%llu", STR_ARG(header.by), (unsigned long long)stored.index),
        .pos = pos,
        .in_us = header.in_us,
        .via = header.via,
        .label = header.label};
}

static struct fact *put(struct gathering *g, const char *name, enum fact_type type, const struct leaning *on)
{
    if (g->err != ERR_NONE) return NULL;
    INVARIANT(g->facts->count < FACTS_MAX);
    struct fact *f = &g->facts->items[g->facts->count++];
    *f = (struct fact){.name = name, .type = type};
    uint32_t *sources = arena_array(g->arena, uint32_t, on->n + 1);
    if (!sources) {
        g->err = why_set(g->why, ERR_NO_MEMORY, "", "no memory for facts");
        return NULL;
    }
    memcpy(sources, on->source, on->n * sizeof *sources);
    f->sources = sources;
    f->nsources = on->n;
    return f;
}

static void put_bool(struct gathering *g, const char *name, bool value, const struct leaning *on)
{
    struct fact *f = put(g, name, FACT_BOOL, on);
    if (f) f->boolean = value;
}

static void put_number(struct gathering *g, const char *name, double value, const struct leaning *on)
{
    struct fact *f = put(g, name, FACT_NUMBER, on);
    if (f) f->number = value;
}

static void put_text(struct gathering *g, const char *name, struct str value, const struct leaning *on)
{
    if (!value.p) return; // unknown
    struct fact *f = put(g, name, FACT_TEXT, on);
    if (f) f->text = value;
}

static void links(struct gathering *g, const struct id *id, enum noun noun, struct linked **out, size_t *n)
{
    *n = 0;
    if (g->err == ERR_NONE) g->err = subject_links(g->w->views, g->arena, id, noun, out, n, g->why);
}

// A set of subjects, each once, with the statement that linked each.
struct subjects {
    struct linked item[SUBJECTS_MAX];
    size_t n;
};

static void subjects_add(struct subjects *s, const struct linked *l)
{
    for (size_t i = 0; i < s->n; i++)
        if (id_eq(&s->item[i].id, &l->id)) return;
    if (s->n < SUBJECTS_MAX) s->item[s->n++] = *l;
}

static void subjects_linked(struct gathering *g, const struct id *id, enum noun noun, struct subjects *out)
{
    struct linked *some;
    size_t n;
    links(g, id, noun, &some, &n);
    for (size_t i = 0; i < n; i++) subjects_add(out, &some[i]);
}

static struct subjects *subjects_new(struct gathering *g)
{
    struct subjects *s = arena_new(g->arena, struct subjects);
    if (!s && g->err == ERR_NONE) g->err = why_set(g->why, ERR_NO_MEMORY, "", "no memory for facts");
    return s;
}

// ---- The crossing itself ----

static void gather_crossing(struct gathering *g, const struct subjects *consignments)
{
    const struct crossing *c = &g->crossing;
    struct leaning on = {.n = 0}, arrived = {.n = 0}, swapped = {.n = 0};
    lean(g, &on, c->pos);
    put_bool(g, "crossing.empty", c->empty && consignments->n == 0, &on);
    put_number(g, "crossing.consignments", (double)consignments->n, &on);
    put_text(g, "crossing.port", c->port, &on);
    put_text(g, "crossing.direction", c->direction, &on);
    put_text(g, "crossing.destination", c->destination, &on);
    lean(g, &arrived, c->arrived_pos);
    put_bool(g, "crossing.arrived", c->arrived_in != 0, &arrived);
    lean(g, &swapped, c->swap_pos);
    put_bool(g, "crossing.swapped", c->swapped, &swapped);
}

// ---- Trusted traders ----

enum trust { TRUST_NONE, TRUST_UNRECOGNISED, TRUST_SUSPENDED, TRUST_EXPIRED, TRUST_VALID };
static const char *const trust_names[] = {"none", "unrecognised", "suspended", "expired", "valid"};

static bool recognised(const struct commit_settings *s, struct str issuer)
{
    for (size_t i = 0; i < s->nrecognised; i++)
        if (str_eq(issuer, s->recognised[i])) return true;
    return false;
}

// A driver's programme is FAST; companies may be trusted under any.
static bool fits(struct str role, const struct held_credential *c)
{
    return str_eq(c->role, role) && (!str_is(role, "driver") || str_is(c->programme, "FAST"));
}

static enum trust judge(struct gathering *g, const struct held_credential *c)
{
    int64_t now_ms = g->facts->now_us / 1000;
    if (!recognised(g->w->settings, c->issuer)) return TRUST_UNRECOGNISED;
    if (c->dropped) return TRUST_NONE;
    if (!str_is(c->status, "valid")) return TRUST_SUSPENDED;
    if (now_ms < c->from_ms || now_ms >= c->to_ms) {
        if (now_ms < c->from_ms && c->from_ms * 1000 < g->next_us) g->next_us = c->from_ms * 1000;
        return TRUST_EXPIRED;
    }
    if (c->to_ms * 1000 < g->next_us) g->next_us = c->to_ms * 1000;
    return TRUST_VALID;
}

// The best credential of one holder.
static enum trust judge_holder(struct gathering *g, const struct id *holder, struct str role, struct leaning *on)
{
    struct held_credential *held;
    size_t n;
    enum trust best = TRUST_NONE;
    int64_t pos = 0;
    if (g->err == ERR_NONE) g->err = credential_list(g->w->views, g->arena, holder, &held, &n, g->why);
    if (g->err != ERR_NONE) return TRUST_NONE;
    for (size_t i = 0; i < n; i++) {
        enum trust trust = fits(role, &held[i]) ? judge(g, &held[i]) : TRUST_NONE;
        if (trust <= best) continue;
        best = trust;
        pos = held[i].pos;
    }
    lean(g, on, pos);
    return best;
}

static bool gather_role(struct gathering *g, const char *fact, const char *role, const struct subjects *holders,
                        bool *valid, struct leaning *all)
{
    struct leaning on = {.n = 0};
    enum trust worst = TRUST_VALID;
    for (size_t i = 0; i < holders->n; i++) {
        enum trust trust = judge_holder(g, &holders->item[i].id, str_of(role), &on);
        lean(g, &on, holders->item[i].pos);
        lean(g, all, holders->item[i].pos);
        if (trust < worst) worst = trust;
    }
    if (holders->n == 0) return false;
    for (size_t i = 0; i < on.n; i++)
        if (all->n < FACT_SOURCES_MAX) all->source[all->n++] = on.source[i];
    put_text(g, fact, str_of(trust_names[worst]), &on);
    *valid = worst == TRUST_VALID;
    return true;
}

// The driver and carrier of the moment: the latest linked. Importers and manufacturers: all that the documents name.
static void gather_programme(struct gathering *g, const struct subjects *documents)
{
    static const struct {
        const char *fact, *role;
        enum noun noun;
        bool latest;
    } roles[] = {{"programme.driver", "driver", NOUN_DRIVER, true},
                 {"programme.carrier", "carrier", NOUN_CARRIER, true},
                 {"programme.importer", "importer", NOUN_IMPORTER, false},
                 {"programme.manufacturer", "manufacturer", NOUN_MANUFACTURER, false}};
    struct leaning all = {.n = 0};
    bool any_invalid = false, any_unknown = false;
    for (size_t r = 0; r < sizeof roles / sizeof *roles && g->err == ERR_NONE; r++) {
        struct subjects *holders = subjects_new(g);
        if (!holders) return;
        if (roles[r].latest) {
            subjects_linked(g, &g->crossing.id, roles[r].noun, holders);
            if (holders->n > 1) holders->n = 1;
        } else {
            for (size_t i = 0; i < documents->n; i++)
                subjects_linked(g, &documents->item[i].id, roles[r].noun, holders);
        }
        bool valid = false;
        if (!gather_role(g, roles[r].fact, roles[r].role, holders, &valid, &all))
            any_unknown = true;
        else
            any_invalid |= !valid;
    }
    if (any_invalid || !any_unknown) put_bool(g, "programme.fast", !any_invalid, &all);
}

// ---- Custody ----

struct custody_sums {
    size_t unexplained, explained, refused, tampers, replaced_unexplained, replaced_explained, seals_on, high_security;
    struct leaning opening, refusal, tamper, replacement, silence, jump, seal;
    int64_t silence_ms;
    double jump_kmh;
    bool tracked;
};

// An explanation counts when it is ours, or of a party that this node trusts for it.
static bool explanation_counts(struct gathering *g, int64_t pos)
{
    struct stored stored;
    struct header header;
    if (g->err == ERR_NONE) g->err = engine_get(g->w->engine, g->arena, pos, &stored, g->why);
    if (g->err == ERR_NONE) g->err = header_parse(g->arena, stored.header, &header, g->why);
    if (g->err != ERR_NONE) return false;
    if (str_eq(header.by, g->w->settings->party)) return true;
    for (size_t i = 0; i < g->w->settings->nexplainers; i++)
        if (str_eq(header.by, g->w->settings->explainers[i])) return true;
    return false;
}

// The explanation of an event that counts; 0: there is none.
static int64_t explained_by(struct gathering *g, const struct custody_event *e)
{
    for (size_t i = 0; i < e->nexplanations; i++)
        if (explanation_counts(g, e->explanations[i])) return e->explanations[i];
    return 0;
}

static void sum_event(struct gathering *g, const struct custody_event *e, struct custody_sums *sums)
{
    int64_t by = explained_by(g, e);
    bool explained = by != 0 || e->recorded;
    if (str_is(e->type, "unlock") || str_is(e->type, "off")) {
        *(explained ? &sums->explained : &sums->unexplained) += 1;
        lean(g, &sums->opening, e->pos);
        if (by) lean(g, &sums->opening, by);
    } else if (str_is(e->type, "refused")) {
        sums->refused++;
        lean(g, &sums->refusal, e->pos);
    } else if (str_is(e->type, "tamper")) {
        sums->tampers++;
        lean(g, &sums->tamper, e->pos);
    } else if (str_is(e->type, "replaced")) {
        *(explained ? &sums->replaced_explained : &sums->replaced_unexplained) += 1;
        lean(g, &sums->replacement, e->pos);
    }
}

static void sum_seal(struct gathering *g, const struct linked *seal, struct custody_sums *sums)
{
    struct custody c;
    bool found;
    if (g->err == ERR_NONE)
        g->err =
            custody_get(g->w->views, g->arena, &seal->id, g->until_ms, g->crossing.arrived_ms == 0, &c, &found, g->why);
    if (g->err != ERR_NONE || !found || custody_past(&c, g->crossing.first_ms)) return;
    for (size_t i = 0; i < c.nevents; i++) sum_event(g, &c.events[i], sums);
    lean(g, &sums->seal, c.on_pos);
    lean(g, &sums->seal, seal->pos);
    if (str_is(c.state, "on") || str_is(c.state, "open")) {
        sums->seals_on++;
        sums->high_security += str_is(c.grade, "high-security");
    }
    if (!c.electronic) return;
    sums->tracked = true;
    lean(g, &sums->silence, c.last_pos);
    if (c.silence_ms > sums->silence_ms) {
        sums->silence_ms = c.silence_ms;
        lean(g, &sums->silence, c.silence_pos);
    }
    if (c.jump_kmh > sums->jump_kmh) {
        sums->jump_kmh = c.jump_kmh;
        lean(g, &sums->jump, c.jump_pos);
    }
}

static void gather_custody(struct gathering *g, const struct subjects *seals)
{
    struct custody_sums *sums = arena_new(g->arena, struct custody_sums);
    if (!sums) {
        g->err = why_set(g->why, ERR_NO_MEMORY, "", "no memory for facts");
        return;
    }
    for (size_t i = 0; i < seals->n; i++) sum_seal(g, &seals->item[i], sums);
    put_bool(g, "seal.present", sums->seals_on > 0, &sums->seal);
    if (sums->seals_on) put_bool(g, "seal.high_security", sums->high_security > 0, &sums->seal);
    put_number(g, "custody.openings_unexplained", (double)sums->unexplained, &sums->opening);
    put_number(g, "custody.openings_explained", (double)sums->explained, &sums->opening);
    put_number(g, "custody.refused", (double)sums->refused, &sums->refusal);
    put_number(g, "custody.tampers", (double)sums->tampers, &sums->tamper);
    put_number(g, "custody.replaced_unexplained", (double)sums->replaced_unexplained, &sums->replacement);
    put_number(g, "custody.replaced_explained", (double)sums->replaced_explained, &sums->replacement);
    put_bool(g, "custody.tracked", sums->tracked, &sums->silence);
    if (!sums->tracked) return;
    put_number(g, "custody.silence_min", (double)(sums->silence_ms / 60000), &sums->silence);
    put_number(g, "custody.jump_kmh", (double)(int64_t)sums->jump_kmh, &sums->jump);
}

// ---- Documents ----

static bool is_filing(struct str type)
{
    return str_is(type, "carta-porte") || str_is(type, "e-manifest");
}

static bool same_number(struct gathering *g, const struct subjects *seals, struct str number)
{
    for (size_t i = 0; i < seals->n && g->err == ERR_NONE; i++) {
        struct json *ids;
        g->err = subject_identifiers(g->w->views, g->arena, &seals->item[i].id, &ids, g->why);
        if (g->err != ERR_NONE) return false;
        json_each(id, ids)
        {
            if (str_eq(json_text(id, "value"), number)) return true;
        }
    }
    return false;
}

struct document_sums {
    bool south, north; // filed with Mexico; with the United States or Canada
    struct leaning filed, weights, seals;
    double kg_min, kg_max;
    size_t weighed;
    int64_t last_in;
    bool agree;
};

static void sum_document(struct gathering *g, const struct id *id, const struct subjects *seals,
                         struct document_sums *sums, bool *filing)
{
    struct document d;
    bool found;
    *filing = false;
    if (g->err == ERR_NONE) g->err = document_get(g->w->views, g->arena, id, &d, &found, g->why);
    if (g->err != ERR_NONE || !found) return;
    if (is_filing(d.type)) {
        *filing = true;
        lean(g, &sums->filed, d.pos);
        *(str_is(d.type, "carta-porte") ? &sums->south : &sums->north) = true;
        if (d.filed_in > sums->last_in) sums->last_in = d.filed_in;
        if (d.gross_kg >= 0) {
            if (!sums->weighed || d.gross_kg < sums->kg_min) sums->kg_min = d.gross_kg;
            if (!sums->weighed || d.gross_kg > sums->kg_max) sums->kg_max = d.gross_kg;
            sums->weighed++;
            lean(g, &sums->weights, d.pos);
        }
    }
    for (size_t i = 0; i < d.nseals; i++) {
        sums->agree &= same_number(g, seals, d.seals[i]);
        lean(g, &sums->seals, d.pos);
    }
}

static void gather_documents(struct gathering *g, const struct subjects *consignments, const struct subjects *documents,
                             const struct subjects *seals)
{
    struct document_sums *sums = arena_new(g->arena, struct document_sums);
    if (!sums) {
        g->err = why_set(g->why, ERR_NO_MEMORY, "", "no memory for facts");
        return;
    }
    sums->agree = true;
    bool *filing = arena_array(g->arena, bool, documents->n + 1);
    for (size_t i = 0; filing && i < documents->n; i++)
        sum_document(g, &documents->item[i].id, seals, sums, &filing[i]);
    // Every consignment under a filing of its own or of the whole crossing.
    bool all = consignments->n > 0;
    for (size_t i = 0; i < consignments->n && g->err == ERR_NONE && all; i++) {
        struct linked *of;
        size_t n;
        bool here = false;
        links(g, &consignments->item[i].id, NOUN_DOCUMENT, &of, &n);
        for (size_t k = 0; k < n && !here; k++)
            for (size_t d = 0; d < documents->n && !here; d++)
                here = filing && filing[d] && id_eq(&of[k].id, &documents->item[d].id);
        all = here;
    }
    if (consignments->n) put_bool(g, "documents.filed", all, &sums->filed);
    int64_t due_ms = g->crossing.arrived_ms ? g->crossing.arrived_ms : g->crossing.eta_ms;
    if (sums->last_in && due_ms && all)
        put_number(g, "documents.lead_min", (double)((due_ms - sums->last_in / 1000) / 60000), &sums->filed);
    put_number(g, "documents.weight_gap_pct",
               sums->kg_max > 0 ? 100.0 * (sums->kg_max - sums->kg_min) / sums->kg_max : 0.0, &sums->weights);
    put_bool(g, "documents.seals_agree", sums->agree, &sums->seals);
    if (sums->weighed) put_number(g, "documents.gross_kg", sums->kg_max, &sums->weights);
    if (consignments->n) put_bool(g, "documents.filed_both", sums->north && sums->south, &sums->filed);
}

static void gather_in_bond(struct gathering *g, const struct subjects *documents)
{
    struct leaning on = {.n = 0};
    bool in_bond = false;
    for (size_t i = 0; i < documents->n && g->err == ERR_NONE; i++) {
        struct document d;
        bool found;
        g->err = document_get(g->w->views, g->arena, &documents->item[i].id, &d, &found, g->why);
        if (g->err != ERR_NONE || !found || !str_is(d.type, "in-bond")) continue;
        in_bond = true;
        lean(g, &on, d.pos);
    }
    lean(g, &on, g->crossing.pos);
    put_bool(g, "crossing.in_bond", in_bond, &on);
}

// ---- Standing of the channels behind all of it ----

static void gather_standing(struct gathering *g)
{
    struct leaning on = {.n = 0};
    enum lane worst = LANE_GREEN;
    bool any = false;
    size_t n = g->facts->nsources;
    for (size_t i = 0; i < n && g->err == ERR_NONE; i++) {
        struct source s = g->facts->sources[i];
        bool suspect;
        enum lane floor;
        int64_t pos;
        if (id_is_none(&s.via)) continue;
        g->err = channel_suspect(g->w->views, &s.via, s.in_us, &suspect, &floor, &pos, g->why);
        if (g->err != ERR_NONE || !suspect) continue;
        any = true;
        if (floor > worst) worst = floor;
        lean(g, &on, pos);
        lean(g, &on, s.pos);
    }
    put_bool(g, "channel.suspect", any, &on);
    if (any) put_text(g, "channel.floor", str_of(lane_name(worst)), &on);
}

// What machines the port has. Nobody pays for it whose rules do not ask.
static void gather_port(struct gathering *g, const struct port_now *now)
{
    const struct leaning nothing = {.n = 0};
    size_t up = 0, all = 0;
    bool wanted = rules_mention(g->w->rules, "port.scanners") || rules_mention(g->w->rules, "port.scanners_up");
    if (wanted && g->crossing.port.p && g->err == ERR_NONE)
        g->err =
            equipment_up(g->w->views, g->crossing.port, STR("scanner"), g->facts->now_us / 1000, &up, &all, g->why);
    if (all) {
        put_number(g, "port.scanners", (double)all, &nothing);
        put_number(g, "port.scanners_up", (double)up, &nothing);
    }
    double least = INFINITY;
    for (size_t i = 0; now && i < now->plan->settings.nservices; i++)
        if (now->plan->settings.services[i].lane == LANE_SCAN) least = fmin(least, now->port.queues[i].wait_min);
    if (isfinite(least)) put_number(g, "port.scan_wait_min", least, &nothing);
}

static void gather_seals(struct gathering *g, struct subjects *seals)
{
    static const enum noun holders[] = {NOUN_TRAILER, NOUN_CONVEYANCE};
    for (size_t k = 0; k < 2; k++) {
        struct linked *some;
        size_t n;
        links(g, &g->crossing.id, holders[k], &some, &n);
        for (size_t i = 0; i < n; i++) subjects_linked(g, &some[i].id, NOUN_SEAL, seals);
    }
}

// Documents of the crossing, and those of its consignments that are not another truck's.
static void gather_document_subjects(struct gathering *g, const struct subjects *consignments,
                                     struct subjects *documents)
{
    subjects_linked(g, &g->crossing.id, NOUN_DOCUMENT, documents);
    for (size_t i = 0; i < consignments->n && g->err == ERR_NONE; i++) {
        struct linked *some;
        size_t n;
        links(g, &consignments->item[i].id, NOUN_DOCUMENT, &some, &n);
        for (size_t k = 0; k < n && g->err == ERR_NONE; k++) {
            bool bears = false;
            g->err = document_bears_on(g->w->views, g->arena, &some[k].id, &g->crossing.id, &bears, g->why);
            if (g->err == ERR_NONE && bears) subjects_add(documents, &some[k]);
        }
    }
}

enum err gather(struct writer *w, struct arena *arena, const struct id *crossing, const struct port_now *now,
                struct facts *out, int64_t *next_us, struct why *why)
{
    struct gathering g = {.w = w, .arena = arena, .facts = out, .why = why, .next_us = INT64_MAX};
    bool found;
    *out = (struct facts){.crossing = *crossing, .now_us = w->last_in};
    out->items = arena_array(arena, struct fact, FACTS_MAX);
    out->sources = arena_array(arena, struct source, SOURCES_MAX);
    struct subjects *consignments = subjects_new(&g), *documents = subjects_new(&g), *seals = subjects_new(&g);
    if (g.err == ERR_NONE && (!out->items || !out->sources))
        g.err = why_set(why, ERR_NO_MEMORY, "", "no memory for facts");
    if (g.err == ERR_NONE) g.err = crossing_get(w->views, arena, crossing, &g.crossing, &found, why);
    if (g.err != ERR_NONE) return g.err;
    if (!found) return why_set(why, ERR_NOT_FOUND, "", "nothing has been declared of this crossing");
    g.until_ms = g.crossing.arrived_ms ? g.crossing.arrived_ms : out->now_us / 1000;
    subjects_linked(&g, crossing, NOUN_CONSIGNMENT, consignments);
    gather_document_subjects(&g, consignments, documents);
    gather_seals(&g, seals);
    gather_crossing(&g, consignments);
    gather_in_bond(&g, documents);
    gather_programme(&g, documents);
    gather_custody(&g, seals);
    gather_documents(&g, consignments, documents, seals);
    gather_port(&g, now);
    gather_standing(&g);
    *next_us = g.next_us;
    return g.err;
}
