// SPDX-License-Identifier: Apache-2.0
#include "decide/condition.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static const char *const programme_values[] = {"valid", "expired", "suspended", "unrecognised", "none", NULL};
static const char *const direction_values[] = {"northbound", "southbound", NULL};
static const char *const lane_values[] = {"green", "document", "scan", "joint", "hold", NULL};

// By name, for bsearch.
const struct fact_kind fact_kinds[] = {
    {"channel.floor", FACT_TEXT, false, lane_values, "effect of the suspicion", "efecto de la sospecha",
     "effet de la suspicion"},
    {"channel.suspect", FACT_BOOL, false, NULL, "standing of the channels", "situación de los canales",
     "statut des canaux"},
    {"crossing.arrived", FACT_BOOL, false, NULL, "arrival", "llegada", "arrivée"},
    {"crossing.consignments", FACT_NUMBER, true, NULL, "number of consignments", "número de envíos", "nombre d'envois"},
    {"crossing.destination", FACT_TEXT, false, NULL, "destination", "destino", "destination"},
    {"crossing.direction", FACT_TEXT, false, direction_values, "direction", "sentido", "sens"},
    {"crossing.empty", FACT_BOOL, false, NULL, "empty truck", "camión vacío", "camion vide"},
    {"crossing.in_bond", FACT_BOOL, false, NULL, "goods in bond", "mercancía en tránsito interno",
     "marchandises sous douane"},
    {"crossing.port", FACT_TEXT, false, NULL, "port", "aduana", "bureau de douane"},
    {"crossing.swapped", FACT_BOOL, false, NULL, "change of tractor", "cambio de tractor", "changement de tracteur"},
    {"custody.jump_kmh", FACT_NUMBER, false, NULL, "speed between two positions", "velocidad entre dos posiciones",
     "vitesse entre deux positions"},
    {"custody.openings_explained", FACT_NUMBER, true, NULL, "explained openings", "aperturas explicadas",
     "ouvertures expliquées"},
    {"custody.openings_unexplained", FACT_NUMBER, true, NULL, "unexplained openings", "aperturas sin explicación",
     "ouvertures inexpliquées"},
    {"custody.refused", FACT_NUMBER, true, NULL, "refused attempts to open", "intentos de apertura rechazados",
     "tentatives d'ouverture refusées"},
    {"custody.replaced_explained", FACT_NUMBER, true, NULL, "seals replaced on the record",
     "candados sustituidos con constancia", "scellés remplacés avec constat"},
    {"custody.replaced_unexplained", FACT_NUMBER, true, NULL, "seals replaced without a record",
     "candados sustituidos sin constancia", "scellés remplacés sans constat"},
    {"custody.silence_min", FACT_NUMBER, false, NULL, "longest silence of the seal", "silencio más largo del candado",
     "plus long silence du scellé"},
    {"custody.tampers", FACT_NUMBER, true, NULL, "signs of tampering", "señales de manipulación",
     "signes d'altération"},
    {"custody.tracked", FACT_BOOL, false, NULL, "tracking by an electronic seal", "rastreo por candado electrónico",
     "suivi par scellé électronique"},
    {"documents.filed", FACT_BOOL, false, NULL, "documents on file", "documentos presentados", "documents déposés"},
    {"documents.filed_both", FACT_BOOL, false, NULL, "documents with both countries", "documentos ante ambos países",
     "documents auprès des deux pays"},
    {"documents.gross_kg", FACT_NUMBER, false, NULL, "gross weight", "peso bruto", "poids brut"},
    {"documents.lead_min", FACT_NUMBER, false, NULL, "time from the last document to arrival",
     "tiempo del último documento a la llegada", "délai du dernier document à l'arrivée"},
    {"documents.seals_agree", FACT_BOOL, false, NULL, "seal numbers in the documents",
     "números de candado en los documentos", "numéros de scellé dans les documents"},
    {"documents.weight_gap_pct", FACT_NUMBER, false, NULL, "difference of weights", "diferencia de pesos",
     "différence des poids"},
    {"port.scan_wait_min", FACT_NUMBER, false, NULL, "wait for a scan", "espera para inspección no intrusiva",
     "attente pour l'imagerie"},
    {"port.scanners", FACT_NUMBER, true, NULL, "scanners at the port", "equipos de inspección del puerto",
     "appareils d'imagerie du bureau"},
    {"port.scanners_up", FACT_NUMBER, true, NULL, "scanners that work", "equipos de inspección en servicio",
     "appareils d'imagerie en service"},
    {"programme.carrier", FACT_TEXT, false, programme_values, "standing of the carrier", "situación del transportista",
     "statut du transporteur"},
    {"programme.driver", FACT_TEXT, false, programme_values, "standing of the driver", "situación del conductor",
     "statut du chauffeur"},
    {"programme.fast", FACT_BOOL, false, NULL, "FAST membership of all four", "membresía FAST de los cuatro",
     "adhésion FAST des quatre"},
    {"programme.importer", FACT_TEXT, false, programme_values, "standing of the importer", "situación del importador",
     "statut de l'importateur"},
    {"programme.manufacturer", FACT_TEXT, false, programme_values, "standing of the manufacturer",
     "situación del fabricante", "statut du fabricant"},
    {"seal.high_security", FACT_BOOL, false, NULL, "grade of the seals", "grado de los candados",
     "catégorie des scellés"},
    {"seal.present", FACT_BOOL, false, NULL, "seal", "candado", "scellé"},
};
#define KINDS (sizeof fact_kinds / sizeof *fact_kinds)
const size_t fact_kind_count = KINDS;
_Static_assert(KINDS <= FACTS_WORDS * 64, "a set of facts has room for all of them");

static int name_order(const void *name, const void *kind)
{
    return str_compare(*(const struct str *)name, str_of(((const struct fact_kind *)kind)->name));
}

const struct fact_kind *fact_kind_find(struct str name)
{
    return bsearch(&name, fact_kinds, fact_kind_count, sizeof *fact_kinds, name_order);
}

#define NAME_COMPARED_MAX 48

// Edit distance (insert, delete, replace) of the first NAME_COMPARED_MAX bytes, one row at a time.
static size_t distance(struct str a, struct str b)
{
    size_t row[NAME_COMPARED_MAX + 1];
    size_t na = a.n < NAME_COMPARED_MAX ? a.n : NAME_COMPARED_MAX,
           nb = b.n < NAME_COMPARED_MAX ? b.n : NAME_COMPARED_MAX;
    for (size_t j = 0; j <= nb; j++) row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t replace = diagonal + (a.p[i - 1] != b.p[j - 1]);
            diagonal = row[j];
            size_t shift = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = replace < shift ? replace : shift;
        }
    }
    return row[nb];
}

const struct fact_kind *fact_kind_nearest(struct str name)
{
    const struct fact_kind *best = &fact_kinds[0];
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < fact_kind_count; i++) {
        size_t d = distance(name, str_of(fact_kinds[i].name));
        if (d < least) {
            least = d;
            best = &fact_kinds[i];
        }
    }
    return best;
}

const char *fact_type_name(enum fact_type type)
{
    return type == FACT_BOOL ? "bool" : type == FACT_NUMBER ? "number" : "text";
}

// Whether it may be used as a fact of that kind (NULL: of none).
static bool known(const struct fact *fact, const struct fact_kind *kind)
{
    if (!kind || kind->type != fact->type) return false;
    if (fact->type != FACT_NUMBER) return true;
    if (!isfinite(fact->number)) return false;
    return !kind->whole || (fact->number == trunc(fact->number) && fabs(fact->number) < 9e15);
}

const struct fact *facts_get(const struct facts *facts, struct str name)
{
    if (facts->index) {
        const struct fact_kind *kind = fact_kind_find(name);
        return kind ? facts->index[kind - fact_kinds] : NULL;
    }
    for (size_t i = 0; i < facts->count; i++)
        if (str_is(name, facts->items[i].name))
            return known(&facts->items[i], fact_kind_find(name)) ? &facts->items[i] : NULL;
    return NULL;
}

static void index_fill(const struct facts *facts, const struct fact **index)
{
    for (size_t i = facts->count; i-- > 0;) { // of two, the first counts
        const struct fact *fact = &facts->items[i];
        const struct fact_kind *kind = fact_kind_find(str_of(fact->name));
        if (kind) index[kind - fact_kinds] = known(fact, kind) ? fact : NULL;
    }
}

const struct fact *const *facts_index(struct arena *arena, const struct facts *facts)
{
    const struct fact **index = arena_array(arena, const struct fact *, KINDS);
    if (index) index_fill(facts, index);
    return index;
}

static const struct expr_env *the_env; // set once, never changed after

static void env_make(void)
{
    struct condition_variable variables[KINDS];
    for (size_t i = 0; i < KINDS; i++) {
        const struct fact_kind *k = &fact_kinds[i];
        const char *number = k->whole ? "int" : "double";
        variables[i].name = k->name;
        variables[i].type = k->type == FACT_BOOL ? "bool" : k->type == FACT_TEXT ? "string" : number;
    }
    the_env = condition_env_new(variables, KINDS);
}

const struct expr_env *facts_env(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, env_make);
    return the_env;
}

static struct expr_value value_of(const struct fact *fact, const struct fact_kind *kind)
{
    if (fact->type == FACT_BOOL) return EXPR_BOOL_VALUE(fact->boolean);
    if (fact->type == FACT_TEXT) return EXPR_STRING_VALUE(fact->text);
    return kind->whole ? EXPR_INT_VALUE((int64_t)fact->number) : EXPR_DOUBLE_VALUE(fact->number);
}

void facts_values(const struct facts *facts, struct expr_value *slots)
{
    const struct fact *own[KINDS] = {NULL};
    const struct fact *const *index = facts->index ? facts->index : own;
    if (!facts->index) index_fill(facts, own);
    for (size_t i = 0; i < KINDS; i++)
        slots[i] = index[i] ? value_of(index[i], &fact_kinds[i]) : (struct expr_value){.kind = EXPR_UNKNOWN};
}

struct json *facts_json(struct arena *arena, const struct facts *facts)
{
    struct json *object = json_new_object(arena);
    const struct fact *const *index = facts->index ? facts->index : facts_index(arena, facts);
    if (!object || !index) return NULL;
    for (size_t i = 0; i < KINDS; i++) {
        const struct fact *fact = index[i];
        if (!fact) continue;
        if (fact->type == FACT_BOOL) json_put_bool(arena, object, fact->name, fact->boolean);
        if (fact->type == FACT_NUMBER) json_put_number(arena, object, fact->name, fact->number);
        if (fact->type == FACT_TEXT) json_put_text(arena, object, fact->name, fact->text);
    }
    return arena->failed ? NULL : object;
}

static enum err fact_from_json(struct arena *arena, const struct json *json, struct fact *out, struct why *why)
{
    static const enum json_type wanted[] = {
        [FACT_BOOL] = JSON_BOOL, [FACT_NUMBER] = JSON_NUMBER, [FACT_TEXT] = JSON_STRING};
    const struct fact_kind *kind = fact_kind_find(json->name);
    if (!kind)
        return why_set(why, ERR_MALFORMED, "", "there is no fact '%.*s'; the nearest is '%s'", STR_ARG(json->name),
                       fact_kind_nearest(json->name)->name);
    if (json->type != wanted[kind->type])
        return why_set(why, ERR_MALFORMED, kind->name, "'%s' must be a %s", kind->name, fact_type_name(kind->type));
    *out = (struct fact){.name = kind->name, .type = kind->type, .boolean = json->boolean, .number = json->number};
    if (kind->type == FACT_TEXT) out->text = arena_str(arena, json->text);
    return ERR_NONE;
}

enum err facts_from_json(struct arena *arena, const struct json *json, struct facts *out, struct why *why)
{
    *out = (struct facts){0};
    if (!json || json->type != JSON_OBJECT) return why_set(why, ERR_MALFORMED, "", "facts must be an object");
    out->items = arena_array(arena, struct fact, json->count ? json->count : 1);
    if (!out->items) return why_set(why, ERR_NO_MEMORY, "", "no memory for %zu facts", json->count);
    json_each(item, json)
    {
        enum err err = fact_from_json(arena, item, &out->items[out->count], why);
        if (err) return err;
        out->count++;
    }
    return arena->failed ? why_set(why, ERR_NO_MEMORY, "", "no memory for the facts") : ERR_NONE;
}
