// SPDX-License-Identifier: Apache-2.0
#include "formats/emanifest.h"

#include "base/clock.h"
#include "formats/json_shape.h"

#include <stdio.h>

// --- shape ---

static const char *const trip_schemes[] = {"us.ace.trip", "ca.crn", "mx.doda", NULL};
static const char *const port_schemes[] = {"us.schedule-d", "ca.office", "mx.aduana", "unlocode", NULL};
static const char *const directions[] = {"northbound", "southbound", NULL};
static const char *const countries[] = {"MX", "US", "CA", NULL};
static const char *const plate_schemes[] = {"plate.mx", "plate.us", "plate.ca"}; // in the order of countries
static const char *const in_bond_types[] = {"IT", "TE", "IE", NULL};

static const struct json_member identifier_members[] = {
    {"scheme", SHAPE_TEXT, .required = true, .min = 1, .max = 32, .doc = "identifier scheme"},
    {"value", SHAPE_TEXT, .required = true, .min = 1, .max = 80, .doc = "the identifier"},
    {NULL},
};
static const struct json_member carrier_members[] = {
    {"scac", SHAPE_TEXT, .min = 2, .max = 4, .doc = "Standard Carrier Alpha Code"},
    {"caat", SHAPE_TEXT, .min = 4, .max = 4, .doc = "Mexican carrier code"},
    {"cbsa", SHAPE_TEXT, .min = 4, .max = 4, .doc = "Canadian carrier code"},
    {"rfc", SHAPE_TEXT, .min = 12, .max = 13, .doc = "Mexican tax number"},
    {NULL},
};
static const struct json_member trip_members[] = {
    {"scheme", SHAPE_ENUM, .required = true, .choices = trip_schemes, .doc = "what kind of number"},
    {"number", SHAPE_TEXT, .required = true, .min = 1, .max = 30, .doc = "trip number, CRN or DODA number"},
    {"port", SHAPE_TEXT, .required = true, .min = 2, .max = 8, .doc = "port of arrival"},
    {"port_scheme", SHAPE_ENUM, .choices = port_schemes,
     .doc = "what kind of code; without it the country of `scheme` says"},
    {"direction", SHAPE_ENUM, .required = true, .choices = directions, .doc = "which way it goes"},
    {"eta", SHAPE_TIME, .doc = "estimated arrival"},
    {"carrier", SHAPE_OBJECT, .members = carrier_members, .required = true, .doc = "who drives; one code at least"},
    {"empty", SHAPE_BOOL, .doc = "no goods aboard"},
    {"destination", SHAPE_ENUM, .choices = countries, .doc = "country where the goods stay"},
    {NULL},
};
static const struct json_member conveyance_members[] = {
    {"plate", SHAPE_TEXT, .required = true, .min = 2, .max = 12, .doc = "plate of the tractor"},
    {"country", SHAPE_ENUM, .required = true, .choices = countries, .doc = "country of the plate"},
    {"vin", SHAPE_TEXT, .min = 17, .max = 17, .doc = "vehicle identification number"},
    {NULL},
};
static const struct json_member trailer_members[] = {
    {"plate", SHAPE_TEXT, .min = 2, .max = 12, .doc = "plate; it or `number` must be there"},
    {"country", SHAPE_ENUM, .choices = countries, .doc = "country of the plate"},
    {"number", SHAPE_TEXT, .min = 4, .max = 20,
     .doc = "container number (ISO 6346), or the owner's code, a colon and its number"},
    {NULL},
};
static const struct json_member driver_members[] = {
    {"fast_id", SHAPE_TEXT, .min = 9, .max = 14, .doc = "FAST card"},
    {"licence", SHAPE_OBJECT, .members = identifier_members, .doc = "driver licence"},
    {"name", SHAPE_TEXT, .min = 1, .max = 120, .doc = "name; stays in the original"},
    {NULL},
};
static const struct json_member in_bond_members[] = {
    {"number", SHAPE_TEXT, .required = true, .min = 9, .max = 16, .doc = "in-bond number"},
    {"type", SHAPE_ENUM, .required = true, .choices = in_bond_types, .doc = "IT 61, TE 62, IE 63"},
    {"destination", SHAPE_TEXT, .required = true, .min = 2, .max = 60, .doc = "port or office of destination"},
    {NULL},
};
static const struct json_member shipment_members[] = {
    {"control", SHAPE_TEXT, .required = true, .min = 3, .max = 30, .doc = "PAPS (SCN) or PARS (CCN) number"},
    {"description", SHAPE_TEXT, .required = true, .min = 1, .max = 500, .doc = "goods in plain words"},
    {"weight_kg", SHAPE_NUMBER, .min = 0, .max = 100000, .doc = "gross weight, kilograms"},
    {"pieces", SHAPE_INTEGER, .min = 0, .max = 10000000, .doc = "number of pieces"},
    {"hs6", SHAPE_TEXT, .min = 6, .max = 7, .doc = "HS subheading"},
    {"importer", SHAPE_OBJECT, .members = identifier_members, .doc = "importer or consignee"},
    {"manufacturer", SHAPE_OBJECT, .members = identifier_members, .doc = "manufacturer or shipper"},
    {"in_bond", SHAPE_OBJECT, .members = in_bond_members, .doc = "where it moves under bond"},
    {"seals", SHAPE_LIST, .of = SHAPE_TEXT, .min = 0, .max = 16, .doc = "seal numbers"},
    {"documents", SHAPE_LIST, .of = SHAPE_OBJECT, .members = identifier_members, .min = 0, .max = 16,
     .doc = "other documents: mx.idccp, mx.pedimento, us.entry, …"},
    {NULL},
};
static const struct json_member file_members[] = {
    {"trip", SHAPE_OBJECT, .members = trip_members, .required = true, .doc = "the crossing"},
    {"at", SHAPE_TIME, .doc = "when it was filed"},
    {"conveyance", SHAPE_OBJECT, .members = conveyance_members, .required = true, .doc = "tractor"},
    {"trailers", SHAPE_LIST, .of = SHAPE_OBJECT, .members = trailer_members, .min = 0, .max = 3, .doc = "trailers"},
    {"driver", SHAPE_OBJECT, .members = driver_members, .doc = "driver"},
    {"shipments", SHAPE_LIST, .of = SHAPE_OBJECT, .members = shipment_members, .min = 0, .max = EMANIFEST_SHIPMENTS_MAX,
     .doc = "goods; none only where the trip is empty"},
    {"filer", SHAPE_OBJECT, .members = identifier_members, .doc = "who files, where it is not the carrier"},
    {NULL},
};

void emanifest_schema(struct buf *out)
{
    json_shape_schema(
        file_members, "urn:puente:schema:emanifest", "Puente: e-manifest",
        "The facts of a truck's pre-arrival filing. Beyond this schema, identifiers are checked by their schemes, "
        "and the whole for sense: a truck is empty or has shipments, control numbers differ, the trip number "
        "begins with its carrier's code.",
        out);
}

// --- sense ---

struct manifest {
    struct arena *arena;
    const struct document_context *context;
    struct why *why;
    struct str bytes;
    const struct json *file, *trip, *shipments;
    struct json *stated; // the shipments as the crossing states them: numbers in their normal form
    int64_t at_ms;
    struct str trip_scheme, control_scheme, port_scheme;
};

static enum err no_memory(const struct manifest *m)
{
    return why_set(m->why, ERR_NO_MEMORY, "", "no memory for the e-manifest");
}

static bool starts_with(struct str number, struct str code)
{
    return number.n >= code.n && strncasecmp(number.p, code.p, code.n) == 0;
}

static enum err trip_sense(const struct manifest *m)
{
    const struct json *carrier = json_get(m->trip, "carrier");
    size_t shipments = m->shipments ? m->shipments->count : 0;
    if (!carrier->count)
        return why_set(m->why, ERR_MALFORMED, "/trip/carrier",
                       "/trip/carrier must have one code at least: scac, caat, cbsa, rfc");
    if (json_true(m->trip, "empty") && shipments)
        return why_set(m->why, ERR_SENSELESS, "/trip/empty", "/trip/empty is true, but there are %zu shipments",
                       shipments);
    if (!json_true(m->trip, "empty") && !shipments)
        return why_set(m->why, ERR_SENSELESS, "/shipments",
                       "there are no shipments; an empty truck has /trip/empty true");
    bool canada = str_is(m->trip_scheme, "ca.crn"), us = str_is(m->trip_scheme, "us.ace.trip");
    struct str code = json_text(carrier, canada ? "cbsa" : "scac"), number = json_text(m->trip, "number");
    if ((canada || us) && code.p && !starts_with(number, code))
        return why_set(m->why, ERR_SENSELESS, "/trip/number", "/trip/number must begin with its carrier's code %.*s",
                       STR_ARG(code));
    return ERR_NONE;
}

static enum err controls_differ(const struct manifest *m)
{
    size_t i = 0;
    json_each(a, m->shipments)
    {
        struct str control = json_text(a, "control");
        for (const struct json *b = m->shipments->child; b != a; b = b->next) {
            struct str other = json_text(b, "control");
            char pointer[40];
            if (other.n != control.n || !starts_with(control, other)) continue;
            snprintf(pointer, sizeof pointer, "/shipments/%zu/control", i);
            return why_set(m->why, ERR_SENSELESS, pointer, "%s is the number of another shipment too", pointer);
        }
        i++;
    }
    return ERR_NONE;
}

// --- subjects ---

static enum err subject(const struct manifest *m, struct draft *d, enum noun noun, const char *scheme, struct str value,
                        const char *pointer, struct subject_ref **ref)
{
    return document_subject(m->arena, m->context, d, noun, str_of(scheme), value, pointer, ref, m->why);
}

// Another identifier of *ref, or its first.
static enum err subject_more(const struct manifest *m, struct draft *d, enum noun noun, const char *scheme,
                             struct str value, const char *pointer, struct subject_ref **ref)
{
    if (!value.p) return ERR_NONE;
    if (!*ref) return subject(m, d, noun, scheme, value, pointer, ref);
    return document_also(m->arena, m->context, *ref, str_of(scheme), value, pointer, m->why);
}

static const char *plate_scheme(struct str country)
{
    for (size_t i = 0; countries[i]; i++) {
        if (str_is(country, countries[i])) return plate_schemes[i];
    }
    return "trailer.plate";
}

static enum err add_crossing(const struct manifest *m, struct draft *d)
{
    return document_subject(m->arena, m->context, d, NOUN_CROSSING, m->trip_scheme, json_text(m->trip, "number"),
                            "/trip/number", NULL, m->why);
}

static enum err add_conveyance(const struct manifest *m, struct draft *d)
{
    const struct json *c = json_get(m->file, "conveyance");
    struct subject_ref *ref = NULL;
    enum err err = subject(m, d, NOUN_CONVEYANCE, plate_scheme(json_text(c, "country")), json_text(c, "plate"),
                           "/conveyance/plate", &ref);
    return err ? err : subject_more(m, d, NOUN_CONVEYANCE, "vin", json_text(c, "vin"), "/conveyance/vin", &ref);
}

// A trailer is known by its plate both with and without its country: a Carta Porte does not say of which one it is.
static enum err add_trailers(const struct manifest *m, struct draft *d)
{
    size_t i = 0;
    json_each(t, json_get(m->file, "trailers"))
    {
        struct str plate = json_text(t, "plate"), number = json_text(t, "number"), country = json_text(t, "country");
        struct subject_ref *ref = NULL;
        char pointer[40];
        snprintf(pointer, sizeof pointer, "/trailers/%zu", i++);
        if (!plate.p && !number.p)
            return why_set(m->why, ERR_MALFORMED, pointer, "%s must have a plate or a number", pointer);
        enum err err = subject_more(m, d, NOUN_TRAILER, "trailer.plate", plate, pointer, &ref);
        if (!err && country.p) err = subject_more(m, d, NOUN_TRAILER, plate_scheme(country), plate, pointer, &ref);
        bool own = number.p && memchr(number.p, ':', number.n);
        if (!err) err = subject_more(m, d, NOUN_TRAILER, own ? "trailer.number" : "iso6346", number, pointer, &ref);
        if (err) return err;
    }
    return ERR_NONE;
}

static enum err add_driver(const struct manifest *m, struct draft *d)
{
    const struct json *driver = json_get(m->file, "driver"), *licence = json_get(driver, "licence");
    struct subject_ref *ref = NULL;
    enum err err = subject_more(m, d, NOUN_DRIVER, "fast.id", json_text(driver, "fast_id"), "/driver/fast_id", &ref);
    if (err || !licence) return err;
    struct str scheme = arena_str(m->arena, json_text(licence, "scheme"));
    if (!scheme.p) return no_memory(m);
    const struct identifier_scheme *known = identifier_scheme_find(m->context->identifiers, scheme);
    if (known && !identifier_names(known, NOUN_DRIVER))
        return why_set(m->why, ERR_UNSUPPORTED, "/driver/licence",
                       "/driver/licence: the scheme does not name a driver");
    return subject_more(m, d, NOUN_DRIVER, scheme.p, json_text(licence, "value"), "/driver/licence", &ref);
}

static enum err add_carrier(const struct manifest *m, struct draft *d)
{
    static const char *const codes[][2] = {
        {"scac", "us.scac"}, {"caat", "mx.caat"}, {"cbsa", "ca.carrier"}, {"rfc", "mx.rfc"}};
    const struct json *carrier = json_get(m->trip, "carrier");
    struct subject_ref *ref = NULL;
    enum err err = ERR_NONE;
    for (size_t i = 0; i < 4 && !err; i++) {
        char pointer[40];
        snprintf(pointer, sizeof pointer, "/trip/carrier/%s", codes[i][0]);
        err = subject_more(m, d, NOUN_CARRIER, codes[i][1], json_text(carrier, codes[i][0]), pointer, &ref);
    }
    return err;
}

static enum err add_vehicle_and_people(const struct manifest *m, struct draft *d)
{
    enum err err = add_conveyance(m, d);
    if (!err) err = add_trailers(m, d);
    if (!err) err = add_driver(m, d);
    return err ? err : add_carrier(m, d);
}

static enum err add_party(const struct manifest *m, struct draft *d, enum noun noun, const struct json *id,
                          const char *pointer)
{
    if (!id) return ERR_NONE;
    return document_subject(m->arena, m->context, d, noun, json_text(id, "scheme"), json_text(id, "value"), pointer,
                            NULL, m->why);
}

static enum err add_control(const struct manifest *m, struct draft *d, const struct json *shipment, size_t index)
{
    char pointer[60];
    snprintf(pointer, sizeof pointer, "/shipments/%zu/control", index);
    return document_subject(m->arena, m->context, d, NOUN_CONSIGNMENT, m->control_scheme,
                            json_text(shipment, "control"), pointer, NULL, m->why);
}

// The consignments of one shipment: by its control number, and by each pedimento beside it.
static enum err add_consignments(const struct manifest *m, struct draft *d, const struct json *shipment, size_t index)
{
    enum err err = add_control(m, d, shipment, index);
    size_t k = 0;
    json_each(paper, json_get(shipment, "documents"))
    {
        char pointer[60];
        snprintf(pointer, sizeof pointer, "/shipments/%zu/documents/%zu", index, k++);
        if (!err && str_is(json_text(paper, "scheme"), "mx.pedimento"))
            err = add_party(m, d, NOUN_CONSIGNMENT, paper, pointer);
    }
    return err;
}

static enum err add_papers(const struct manifest *m, struct draft *d, const struct json *shipment, size_t index)
{
    size_t k = 0;
    json_each(paper, json_get(shipment, "documents"))
    {
        char pointer[60];
        snprintf(pointer, sizeof pointer, "/shipments/%zu/documents/%zu", index, k++);
        enum err err = add_party(m, d, NOUN_DOCUMENT, paper, pointer);
        if (err) return err;
    }
    return ERR_NONE;
}

// Subjects that a shipment adds at most.
static size_t shipment_subjects(const struct json *s)
{
    const struct json *papers = json_get(s, "documents");
    return 3 + 2 * (papers ? papers->count : 0);
}

// --- members ---

static void put_copy(const struct manifest *m, struct json *to, const char *name, const struct json *value)
{
    if (value) json_put(to, name, json_copy(m->arena, value));
}

static enum err normal(const struct manifest *m, const char *scheme, struct str value, const char *pointer,
                       struct str *out)
{
    struct identifier id;
    struct why inner = {0};
    enum err err = identifier_check(m->context->identifiers, m->arena, str_of(scheme), value, &id, &inner);
    if (err) return why_set(m->why, err, pointer, "%s: %.190s", pointer, inner.text);
    *out = id.value;
    return ERR_NONE;
}

static enum err seals_normal(const struct manifest *m, const struct json *shipment, size_t index, struct json *out)
{
    size_t k = 0;
    json_each(seal, json_get(shipment, "seals"))
    {
        char pointer[60];
        struct str number;
        snprintf(pointer, sizeof pointer, "/shipments/%zu/seals/%zu", index, k++);
        enum err err = normal(m, "iso17712", seal->text, pointer, &number);
        if (err) return err;
        json_add(out, json_new_text(m->arena, number));
    }
    return ERR_NONE;
}

static enum err crossing_shipments(const struct manifest *m, struct json *out)
{
    size_t index = 0;
    json_each(s, m->shipments)
    {
        struct json *one = json_new_object(m->arena), *seals = json_new_array(m->arena);
        struct str control, hs6;
        char pointer[60];
        if (!one || !seals) return no_memory(m);
        snprintf(pointer, sizeof pointer, "/shipments/%zu/control", index);
        enum err err = normal(m, m->control_scheme.p, json_text(s, "control"), pointer, &control);
        snprintf(pointer, sizeof pointer, "/shipments/%zu/hs6", index);
        if (!err && json_get(s, "hs6")) err = normal(m, "hs6", json_text(s, "hs6"), pointer, &hs6);
        if (!err) err = seals_normal(m, s, index, seals);
        if (err) return err;
        json_put_text(m->arena, one, "control", control);
        put_copy(m, one, "weight_kg", json_get(s, "weight_kg"));
        put_copy(m, one, "pieces", json_get(s, "pieces"));
        put_copy(m, one, "description", json_get(s, "description"));
        if (json_get(s, "hs6")) json_put_text(m->arena, one, "hs6", hs6);
        put_copy(m, one, "in_bond", json_get(s, "in_bond"));
        if (seals->count) json_put(one, "seals", seals);
        json_add(out, one);
        index++;
    }
    return ERR_NONE;
}

static enum err crossing_member(const struct manifest *m, const struct draft *d, struct json *out)
{
    struct str port;
    enum err err = normal(m, m->port_scheme.p, json_text(m->trip, "port"), "/trip/port", &port);
    if (err) return err;
    json_put_text(m->arena, out, "port", port);
    put_copy(m, out, "direction", json_get(m->trip, "direction"));
    int64_t eta;
    if (time_parse_ms(json_text(m->trip, "eta"), &eta)) document_put_time(m->arena, out, "eta", eta);
    json_put_bool(m->arena, out, "empty", json_true(m->trip, "empty"));
    put_copy(m, out, "destination", json_get(m->trip, "destination"));
    json_put_text(m->arena, out, "trip", d->re[0]->ids[0].value);
    return ERR_NONE;
}

// The plate of the tractor or of a trailer in its normal form; its own scheme has taken it before.
static enum err put_plate(const struct manifest *m, struct json *to, const struct json *from, const char *pointer)
{
    struct str plate = json_text(from, "plate");
    enum err err = plate.p ? normal(m, "trailer.plate", plate, pointer, &plate) : ERR_NONE;
    if (!err && plate.p) json_put_text(m->arena, to, "plate", plate);
    return err;
}

static enum err vehicle_members(const struct manifest *m, struct draft *d)
{
    const struct json *c = json_get(m->file, "conveyance");
    struct json *conveyance = json_new_object(m->arena), *trailers = json_new_array(m->arena);
    enum err err = put_plate(m, conveyance, c, "/conveyance/plate");
    put_copy(m, conveyance, "plate_country", json_get(c, "country"));
    put_copy(m, conveyance, "vin", json_get(c, "vin"));
    draft_put(d, "conveyance", conveyance);
    json_each(t, json_get(m->file, "trailers"))
    {
        struct json *one = json_new_object(m->arena);
        if (!err) err = put_plate(m, one, t, "/trailers");
        put_copy(m, one, "number", json_get(t, "number"));
        json_add(trailers, one);
    }
    if (trailers && trailers->count) draft_put(d, "trailers", trailers);
    return err;
}

static enum err crossing_new(const struct manifest *m, struct drafts *out, struct draft **d)
{
    *d = draft_new(m->arena, "crossing", m->at_ms, m->context->label);
    if (!*d) return no_memory(m);
    drafts_add(out, *d);
    return add_crossing(m, *d);
}

// Pedimentos come after all shipments; those that one statement cannot hold go into another about the same crossing.
static enum err crossing_pedimentos(const struct manifest *m, struct draft *d, struct drafts *out)
{
    const struct json *crossing = json_get(d->members, "crossing");
    size_t index = 0;
    json_each(s, m->shipments)
    {
        enum err err = ERR_NONE;
        if (d->nre + shipment_subjects(s) > RE_MAX) {
            err = crossing_new(m, out, &d);
            if (err) return err;
            put_copy(m, d->members, "crossing", crossing);
        }
        err = add_consignments(m, d, s, index++);
        if (err) return err;
    }
    return ERR_NONE;
}

static enum err crossing_drafts(struct manifest *m, struct drafts *out)
{
    struct draft *d;
    struct json *crossing = json_new_object(m->arena);
    m->stated = json_new_array(m->arena);
    if (!crossing || !m->stated) return no_memory(m);
    enum err err = crossing_new(m, out, &d);
    if (!err) err = add_vehicle_and_people(m, d);
    size_t index = 0;
    json_each(s, m->shipments)
    {
        if (!err) err = add_control(m, d, s, index++);
    }
    if (!err) err = crossing_member(m, d, crossing);
    if (!err) err = crossing_shipments(m, m->stated);
    if (err) return err;
    draft_put(d, "crossing", crossing);
    err = vehicle_members(m, d);
    if (m->stated->count) draft_put(d, "shipments", m->stated);
    return err ? err : crossing_pedimentos(m, d, out);
}

// --- documents ---

static struct json *manifest_facts(const struct manifest *m, const struct draft *crossing)
{
    struct json *facts = json_new_object(m->arena), *plates = json_new_array(m->arena),
                *seals = json_new_array(m->arena);
    double kg = 0, pieces = 0;
    bool weighed = m->stated->count > 0, counted = weighed;
    json_each(s, m->stated)
    {
        double value = 0;
        weighed = json_number(s, "weight_kg", &value) && weighed;
        kg += value;
        value = 0;
        counted = json_number(s, "pieces", &value) && counted;
        pieces += value;
        json_each(seal, json_get(s, "seals")) json_add(seals, json_new_text(m->arena, seal->text));
    }
    // A sum over some of the shipments would be read as the whole.
    if (weighed) json_put_number(m->arena, facts, "gross_kg", kg);
    if (counted) json_put_number(m->arena, facts, "pieces", pieces);
    put_copy(m, facts, "arrival", json_pointer(crossing->members, "/crossing/eta"));
    json_add(plates, json_new_text(m->arena, json_text(json_get(crossing->members, "conveyance"), "plate")));
    json_each(t, json_get(crossing->members, "trailers"))
    {
        if (json_get(t, "plate")) json_add(plates, json_new_text(m->arena, json_text(t, "plate")));
    }
    json_put(facts, "plates", plates);
    if (seals && seals->count) json_put(facts, "seals", seals);
    return facts;
}

// Who stands behind which shipment, by value: the subjects of one statement are linked to the document, not to each
// other.
static void put_parties(const struct manifest *m, struct json *parties, const struct json *shipment, size_t index)
{
    struct json *one = json_new_object(m->arena);
    put_copy(m, one, "control", json_get(json_at(m->stated, index), "control"));
    put_copy(m, one, "importer", json_get(shipment, "importer"));
    put_copy(m, one, "manufacturer", json_get(shipment, "manufacturer"));
    put_copy(m, one, "documents", json_get(shipment, "documents"));
    json_add(parties, one);
}

static const struct json *chunk_end(const struct json *from, size_t taken)
{
    while (from && taken + shipment_subjects(from) <= RE_MAX) {
        taken += shipment_subjects(from);
        from = from->next;
    }
    return from;
}

struct chunk {
    const struct json *from, *to; // shipments from..to, without `to`
    size_t index;                 // of `from`
};

static enum err chunk_subjects(const struct manifest *m, struct draft *d, const struct chunk *c)
{
    enum err err = ERR_NONE;
    size_t index = c->index;
    for (const struct json *s = c->from; s != c->to && !err; s = s->next) err = add_consignments(m, d, s, index++);
    if (!err) err = add_crossing(m, d);
    if (!err) err = add_vehicle_and_people(m, d);
    static const struct {
        const char *member;
        enum noun noun;
    } parties[] = {{"importer", NOUN_IMPORTER}, {"manufacturer", NOUN_MANUFACTURER}};
    for (size_t p = 0; p < 2; p++) {
        index = c->index;
        for (const struct json *s = c->from; s != c->to && !err; s = s->next) {
            char pointer[60];
            snprintf(pointer, sizeof pointer, "/shipments/%zu/%s", index++, parties[p].member);
            err = add_party(m, d, parties[p].noun, json_get(s, parties[p].member), pointer);
        }
    }
    return err;
}

static enum err document_draft(const struct manifest *m, const struct chunk *c, struct drafts *out)
{
    struct draft *d = draft_new(m->arena, "document", m->at_ms, m->context->label);
    struct json *document = json_new_object(m->arena), *parties = json_new_array(m->arena);
    if (!d || !document || !parties) return no_memory(m);
    enum err err = document_subject(m->arena, m->context, d, NOUN_DOCUMENT, m->trip_scheme,
                                    json_text(m->trip, "number"), "/trip/number", NULL, m->why);
    if (!err) err = chunk_subjects(m, d, c);
    if (!err) {
        json_put_text(m->arena, document, "type", STR("e-manifest"));
        json_put_text(m->arena, document, "number", d->re[0]->ids[0].value);
        err = document_filer(m->arena, m->context, d, document, json_get(m->file, "filer"), out, m->why);
    }
    size_t index = c->index;
    for (const struct json *s = c->from; s != c->to && !err; s = s->next) {
        err = add_papers(m, d, s, index);
        put_parties(m, parties, s, index++);
    }
    if (err) return err;
    draft_put(d, "document", document);
    draft_put(d, "facts", manifest_facts(m, out->first));
    if (parties->count) draft_put(d, "parties", parties);
    if (c->index == 0) draft_put(d, "original", document_original(m->arena, "application/json", m->bytes));
    drafts_add(out, d);
    return ERR_NONE;
}

static enum err document_drafts(const struct manifest *m, struct drafts *out)
{
    struct chunk c = {.from = m->shipments ? m->shipments->child : NULL};
    do {
        c.to =
            chunk_end(c.from, 12); // document, crossing, conveyance, 3 trailers, driver, carrier, filer, and some room
        enum err err = document_draft(m, &c, out);
        if (err) return err;
        for (; c.from != c.to; c.from = c.from->next) c.index++;
    } while (c.from);
    return ERR_NONE;
}

static enum err in_bond_draft(const struct manifest *m, const struct json *shipment, size_t index, struct drafts *out)
{
    const struct json *bond = json_get(shipment, "in_bond");
    struct draft *d = draft_new(m->arena, "document", m->at_ms, m->context->label);
    struct json *document = json_new_object(m->arena), *facts = json_new_object(m->arena);
    char pointer[60];
    if (!d || !document || !facts) return no_memory(m);
    snprintf(pointer, sizeof pointer, "/shipments/%zu/in_bond/number", index);
    enum err err = subject(m, d, NOUN_DOCUMENT, "us.inbond", json_text(bond, "number"), pointer, NULL);
    if (!err) err = add_consignments(m, d, shipment, index);
    if (!err) err = add_crossing(m, d);
    snprintf(pointer, sizeof pointer, "/shipments/%zu/importer", index);
    if (!err) err = add_party(m, d, NOUN_IMPORTER, json_get(shipment, "importer"), pointer);
    if (!err) {
        json_put_text(m->arena, document, "type", STR("in-bond"));
        json_put_text(m->arena, document, "number", d->re[0]->ids[0].value);
        put_copy(m, document, "bond", json_get(bond, "type"));
        err = document_filer(m->arena, m->context, d, document, json_get(m->file, "filer"), out, m->why);
    }
    if (err) return err;
    put_copy(m, facts, "destination", json_get(bond, "destination"));
    put_copy(m, facts, "gross_kg", json_get(shipment, "weight_kg"));
    put_copy(m, facts, "pieces", json_get(shipment, "pieces"));
    draft_put(d, "document", document);
    draft_put(d, "facts", facts);
    drafts_add(out, d);
    return ERR_NONE;
}

static enum err in_bond_drafts(const struct manifest *m, struct drafts *out)
{
    size_t index = 0;
    json_each(s, m->shipments)
    {
        enum err err = json_get(s, "in_bond") ? in_bond_draft(m, s, index, out) : ERR_NONE;
        if (err) return err;
        index++;
    }
    return ERR_NONE;
}

// --- the whole ---

// The country of the trip's number says what kind of control number and port it has.
static void schemes_choose(struct manifest *m)
{
    m->trip_scheme = json_text(m->trip, "scheme");
    bool canada = str_is(m->trip_scheme, "ca.crn"), mexico = str_is(m->trip_scheme, "mx.doda");
    // Shipments into Mexico keep the control number under which the northern carrier knows them.
    m->control_scheme = canada ? STR("ca.pars") : STR("us.paps");
    m->port_scheme = canada ? STR("ca.office") : mexico ? STR("mx.aduana") : STR("us.schedule-d");
    for (size_t i = 0; port_schemes[i]; i++) {
        if (str_is(json_text(m->trip, "port_scheme"), port_schemes[i])) m->port_scheme = str_of(port_schemes[i]);
    }
}

enum err emanifest_parse(struct arena *arena, struct str bytes, const struct document_context *context,
                         struct drafts *out, struct why *why)
{
    struct manifest m = {.arena = arena, .context = context, .why = why, .bytes = bytes, .at_ms = context->received_ms};
    struct drafts made = {0};
    if (bytes.n > DOCUMENT_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the e-manifest has %zu bytes; at most %zu are read", bytes.n,
                       DOCUMENT_BYTES_MAX);
    m.file = json_parse(arena, bytes, why);
    if (!m.file) return why && why->err ? why->err : ERR_MALFORMED;
    enum err err = json_shape_check(m.file, file_members, why);
    if (err) return err;
    m.trip = json_get(m.file, "trip");
    m.shipments = json_get(m.file, "shipments");
    if (json_get(m.file, "at")) time_parse_ms(json_text(m.file, "at"), &m.at_ms);
    schemes_choose(&m);
    err = trip_sense(&m);
    if (!err) err = controls_differ(&m);
    if (!err) err = crossing_drafts(&m, &made);
    if (!err) err = document_drafts(&m, &made);
    if (!err) err = in_bond_drafts(&m, &made);
    if (!err && arena->failed) err = no_memory(&m);
    if (err) return err;
    // All or nothing.
    if (out->last)
        out->last->next = made.first;
    else
        out->first = made.first;
    out->last = made.last;
    out->count += made.count;
    out->filer = made.filer;
    return ERR_NONE;
}
